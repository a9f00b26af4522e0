"""Models written and read by ourselves: structure, weights, compile arguments, state."""

import json

import h5py
import numpy as np
import pytest

from tensorlearn import backend as K
from tensorlearn import config, layers, models, optimizers
from tensorlearn.layers import (
    LSTM,
    Activation,
    BatchNormalization,
    Bidirectional,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Input,
    Lambda,
    TimeDistributed,
)
from tensorlearn.models import Model, Sequential

RNG = np.random.default_rng(0)


def stack():
    return Sequential([Dense(4, activation="relu", input_shape=(3,)), Dense(2)])


def deferred():
    model = Sequential([Dense(4), Dense(2)])
    model.build((None, 3))
    return model


def image():
    return Sequential(
        [
            Conv2D(2, 2, input_shape=(4, 4, 1)),
            BatchNormalization(),
            Activation("tanh"),
            Flatten(),
            Dense(2),
        ]
    )


def shared():
    a, b = Input((3,)), Input((3,))
    layer = Dense(2, name="twice")
    return Model([a, b], Concatenate()([layer(a), layer(b)]))


def nested():
    inner = Sequential([Dense(3, input_shape=(3,)), Dense(2)], name="inner")
    x = Input((3,))
    part = Model(x, inner(x), name="part")
    a = Input((3,))
    return Model(a, [part(a), Dense(2)(part(a))])


def sequential_in_sequential():
    inner = Sequential([Dense(3, input_shape=(3,)), BatchNormalization()])
    return Sequential([inner, Dense(1)])


def operations():
    a = Input((3,))
    y = (a * 2.0 - 1.0)[:, 1:] / np.array([1.0, 4.0], np.float32)
    return Model(a, Dense(2)(y) + K.mean(a, axis=1, keepdims=True))


def sequence():
    model = Sequential()
    model.add(Embedding(9, 4, mask_zero=True, input_length=5))
    model.add(Bidirectional(LSTM(3, return_sequences=True)))
    model.add(TimeDistributed(Dense(2)))
    return model


def frozen():
    model = image()
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    return model


def frozen_inside():
    model = sequential_in_sequential()
    model.layers[0].trainable = False
    return model


MODELS = [
    stack,
    deferred,
    image,
    shared,
    nested,
    sequential_in_sequential,
    operations,
    sequence,
    frozen,
    frozen_inside,
]
every_model = pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)


def trained(make):
    """The model with weights that no initializer makes."""
    model = make()
    model.set_weights([RNG.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    return model


def inputs(model):
    found = [
        RNG.integers(0, 9, (4, *s.shape[1:]))
        if isinstance(model.layers[0], Embedding)
        else RNG.normal(size=(4, *s.shape[1:])).astype("float32")
        for s in model.inputs
    ]
    return found if len(found) > 1 else found[0]


def assert_same(a, b):
    x = inputs(a)
    for one, two in zip(_listed(a.predict(x)), _listed(b.predict(x)), strict=True):
        np.testing.assert_array_equal(one, two)


def _listed(value):
    return value if isinstance(value, list) else [value]


@every_model
def test_a_saved_model_comes_back_whole(make, tmp_path):
    model = trained(make)
    model.save(tmp_path / "model.h5")
    again = models.load_model(tmp_path / "model.h5", compile=False)
    assert again.get_config() == json.loads(json.dumps(model.get_config())) or (
        again.to_json() == model.to_json()
    )
    assert_same(model, again)


@every_model
@pytest.mark.parametrize("ending", ["h5", "npz", "weights"])
def test_weights_come_back(make, ending, tmp_path):
    model, again = trained(make), make()
    model.save_weights(tmp_path / f"w.{ending}")
    again.load_weights(tmp_path / f"w.{ending}")
    assert_same(model, again)


@every_model
def test_text_describes_the_model(make):
    model = trained(make)
    for again in (
        models.model_from_json(model.to_json()),
        models.model_from_yaml(model.to_yaml()),
        type(model).from_config(model.get_config()),
        models.clone_model(model),
    ):
        again.set_weights(model.get_weights())
        assert_same(model, again)
        assert again.to_json() == model.to_json()
        trainable = [p.trainable for p in model.trainable_weights]
        assert [p.trainable for p in again.trainable_weights] == trainable


def test_a_clone_has_weights_of_its_own():
    model = trained(stack)
    copy = models.clone_model(model)
    before = model.get_weights()[0].copy()
    copy.set_weights([w + 1 for w in copy.get_weights()])
    np.testing.assert_array_equal(model.get_weights()[0], before)
    assert [layer.name for layer in copy.layers] == [
        layer.name for layer in model.layers
    ]


def test_options_go_to_json_and_yaml():
    assert '\n  "' in stack().to_json(indent=2)
    assert stack().to_yaml(default_flow_style=True).startswith("{")


def test_keras_1_lists_describe_a_sequential():
    described = stack().get_config()["layers"]
    assert len(Sequential.from_config(described).layers) == 2


# ---- weights ----


def test_the_layout_is_that_of_keras(tmp_path):
    stack_ = Sequential([Dense(2, input_shape=(3,), name="a"), Dropout(0.5, name="b")])
    stack_.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        assert list(file.attrs["layer_names"]) == [b"a", b"b"]
        assert file.attrs["backend"] in ("tensorflow", b"tensorflow")
        assert file.attrs["keras_version"] in ("2.2.4", b"2.2.4")
        assert list(file["a"].attrs["weight_names"]) == [b"a/kernel:0", b"a/bias:0"]
        assert len(file["b"].attrs["weight_names"]) == 0
        assert file["a/a/kernel:0"].shape == (3, 2)
        assert file["a/a/kernel:0"].dtype == np.float32


def test_weights_by_name_reach_only_their_layers(tmp_path):
    first = Sequential([Dense(4, input_shape=(3,), name="base"), Dense(2, name="old")])
    second = Sequential([Dense(4, input_shape=(3,), name="base"), Dense(5, name="new")])
    untouched = second.layers[1].get_weights()[0]
    first.save_weights(tmp_path / "w.h5")
    second.load_weights(tmp_path / "w.h5", by_name=True)
    np.testing.assert_array_equal(
        second.layers[0].get_weights()[0], first.layers[0].get_weights()[0]
    )
    np.testing.assert_array_equal(second.layers[1].get_weights()[0], untouched)


@pytest.mark.parametrize("ending", ["h5", "npz"])
def test_what_does_not_fit_is_skipped_on_request(ending, tmp_path):
    first = Sequential([Dense(4, input_shape=(3,), name="a"), Dense(2, name="b")])
    second = Sequential([Dense(4, input_shape=(3,), name="a"), Dense(9, name="b")])
    first.save_weights(tmp_path / f"w.{ending}")
    with pytest.raises(ValueError, match=r"'b'.*\(4, 9\).*\(4, 2\)"):
        second.load_weights(tmp_path / f"w.{ending}", by_name=True)
    with pytest.warns(UserWarning, match="Skipping loading of weights for layer b"):
        second.load_weights(tmp_path / f"w.{ending}", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(second.get_weights()[0], first.get_weights()[0])


def test_skip_mismatch_needs_names(tmp_path):
    stack().save_weights(tmp_path / "w.h5")
    with pytest.raises(ValueError, match="only possible with by_name=True"):
        stack().load_weights(tmp_path / "w.h5", skip_mismatch=True)


def test_another_number_of_layers_is_refused(tmp_path):
    stack().save_weights(tmp_path / "w.h5")
    with pytest.raises(
        ValueError, match="containing 2 layers into a model with 1 layers"
    ):
        Sequential([Dense(4, input_shape=(3,))]).load_weights(tmp_path / "w.h5")


def test_a_refused_file_changes_nothing(tmp_path):
    first = Sequential([Dense(4, input_shape=(3,)), Dense(2)])
    second = Sequential([Dense(4, input_shape=(3,)), Dense(3)])
    before = [w.copy() for w in second.get_weights()]
    first.save_weights(tmp_path / "w.h5")
    with pytest.raises(ValueError, match="has shape"):
        second.load_weights(tmp_path / "w.h5")
    for one, two in zip(second.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_missing_file_is_called_missing(tmp_path):
    for name in ("none.h5", "none.npz"):
        with pytest.raises(FileNotFoundError):
            stack().load_weights(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        models.load_model(tmp_path / "none.h5")


def test_a_weight_file_is_no_model_file(tmp_path):
    stack().save_weights(tmp_path / "w.h5")
    with pytest.raises(ValueError, match=r"No model found.*load_weights"):
        models.load_model(tmp_path / "w.h5")


def test_load_weights_reads_model_files(tmp_path):
    model, again = trained(stack), stack()
    model.save(tmp_path / "m.h5")
    again.load_weights(tmp_path / "m.h5")
    assert_same(model, again)


def test_names_too_long_for_one_attribute_are_split(tmp_path):
    width = 300
    names = [f"{i:0{width}d}" for i in range(300)]

    def make():
        return Sequential([Dense(1, input_shape=(1,), name=name) for name in names])

    model, again = trained(make), make()
    model.save(tmp_path / "m.h5")
    again.load_weights(tmp_path / "m.h5")
    np.testing.assert_array_equal(model.get_weights()[9], again.get_weights()[9])
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names1" in file["model_weights"].attrs
    loaded = models.load_model(tmp_path / "m.h5", compile=False)
    assert [layer.name for layer in loaded.layers] == names


# ---- functions and classes of one's own ----


def double(x):
    return x * 2


class Scale(layers.Layer):
    def __init__(self, factor, **kwargs):
        self.factor = factor
        super().__init__(**kwargs)

    def call(self, x):
        return x * self.factor

    def compute_output_shape(self, shape):
        return shape


def my_loss(y_true, y_pred):
    return K.mean(K.abs(y_true - y_pred), axis=-1)


def test_custom_objects_are_found(tmp_path):
    model = Sequential([Lambda(double, input_shape=(3,)), Scale(3.0), Dense(2)])
    model.compile("sgd", my_loss, metrics=[my_loss])
    model.save(tmp_path / "m.h5")
    mine = {"double": double, "Scale": Scale, "my_loss": my_loss}
    again = models.load_model(tmp_path / "m.h5", custom_objects=mine)
    assert_same(model, again)
    assert again.loss is my_loss or again.loss == "my_loss"
    assert again.metrics_names == ["loss", "my_loss"]


def test_a_missing_custom_object_is_named(tmp_path):
    model = Sequential([Scale(3.0, input_shape=(3,))])
    model.save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=r"Unknown layer: 'Scale'.*custom_objects"):
        models.load_model(tmp_path / "m.h5")


def test_a_bare_lambda_cannot_be_saved(tmp_path):
    model = Sequential([Lambda(lambda x: x**2, input_shape=(3,))])
    with pytest.raises(TypeError, match=r"has no name.*custom_objects"):
        model.save(tmp_path / "m.h5")
    assert not list(tmp_path.iterdir())


# ---- compile arguments and exact resumption ----


def test_compile_arguments_come_back(tmp_path):
    a = Input((3,))
    model = Model(a, [Dense(1, name="p")(a), Dense(1, name="q")(a)])
    model.compile(
        optimizers.RMSprop(lr=0.02, decay=0.1, clipnorm=2.0),
        loss={"p": "mse", "q": "mae"},
        loss_weights={"p": 1.0, "q": 0.5},
        metrics={"p": ["mae"], "q": "mse"},
    )
    model.save(tmp_path / "m.h5")
    again = models.load_model(tmp_path / "m.h5")
    assert again.metrics_names == model.metrics_names
    assert again.optimizer.get_config() == model.optimizer.get_config()
    x, y = np.ones((4, 3)), [np.ones((4, 1))] * 2
    np.testing.assert_array_equal(
        again.train_on_batch(x, y), model.train_on_batch(x, y)
    )


def test_without_optimizer_the_model_is_not_compiled(tmp_path):
    model = stack()
    model.compile("sgd", "mse")
    model.save(tmp_path / "m.h5", include_optimizer=False)
    with pytest.warns(UserWarning, match="No training configuration found"):
        assert models.load_model(tmp_path / "m.h5").optimizer is None
    assert models.load_model(tmp_path / "m.h5", compile=False).optimizer is None


OPTIMIZERS = [
    optimizers.SGD(0.1, momentum=0.9, nesterov=True, decay=0.1),
    optimizers.RMSprop(0.01, decay=0.3),
    optimizers.Adagrad(0.1, decay=0.1),
    optimizers.Adadelta(decay=0.1),
    optimizers.Adam(0.01, decay=0.1),
    optimizers.Adam(0.01, amsgrad=True),
    optimizers.Adamax(0.01),
    optimizers.Nadam(0.01),
]


def noisy():
    return Sequential(
        [
            Dense(6, activation="tanh", input_shape=(3,)),
            Dropout(0.3),
            BatchNormalization(),
            GaussianNoise(0.1),
            Dense(1),
        ]
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_five_epochs_and_five_more_are_ten(optimizer, tmp_path):
    x, y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 1))
    kind = type(optimizer)

    def start():
        config.set_seed(3)
        model = noisy()
        model.compile(kind.from_config(optimizer.get_config()), "mse")
        return model

    whole = start()
    losses = whole.fit(x, y, 8, 10, 0).history["loss"]
    half = start()
    first = half.fit(x, y, 8, 5, 0).history["loss"]
    half.save(tmp_path / "m.h5")
    later = models.load_model(tmp_path / "m.h5")
    second = later.fit(x, y, 8, 10, 0, initial_epoch=5).history["loss"]
    assert first + second == losses
    for one, two in zip(later.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_seed_set_after_loading_counts(tmp_path):
    model = noisy()
    model.compile("sgd", "mse")
    x, y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 1))
    model.fit(x, y, 8, 1, 0)
    model.save(tmp_path / "m.h5")
    orders = []
    for _ in range(2):
        again = models.load_model(tmp_path / "m.h5")
        config.set_seed(8)
        orders.append(again._shuffler().permutation(9).tolist())
    assert orders[0] == orders[1]


# ---- files that appear whole or not at all ----


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "m.h5"
    for save in (stack().save, stack().save_weights):
        save(path)
        with pytest.raises(FileExistsError, match="pass overwrite=True"):
            save(path, overwrite=False)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.h5"
    model = trained(stack)
    model.save(path)
    before = path.read_bytes()

    def fail(*_args, **_named):
        raise RuntimeError("no space left")

    monkeypatch.setattr("tensorlearn.models.model_file._write_optimizer", fail)
    model.compile("adam", "mse")
    with pytest.raises(RuntimeError, match="no space left"):
        model.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.h5"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder .*nowhere does not exist"):
        stack().save(tmp_path / "nowhere" / "m.h5")


def test_a_model_without_weights_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="cannot be saved before it has weights"):
        Sequential([Dense(3)]).save(tmp_path / "m.h5")
