"""The modules of Keras, and what scripts do to them."""

import importlib
import os
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import tensorlearn
from tensorlearn import keras_compat
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.keras_compat.table import MODULES


@pytest.mark.parametrize("path", MODULES)
def test_every_module_is_there(path):
    module = importlib.import_module(path)
    assert module.__name__ == path
    assert all(hasattr(module, name) for name in module.__all__)
    parent, _, name = path.rpartition(".")
    if parent:
        assert getattr(sys.modules[parent], name) is module


# (what is imported, from where), as scripts of the time had it
IMPORTS = """
keras.models Sequential Model load_model model_from_json model_from_yaml save_model
keras.layers Dense Dropout Activation Flatten Convolution2D MaxPooling2D Merge LSTM Input
keras.layers Embedding TimeDistributed Bidirectional add concatenate dot multiply average
keras.layers.core Dense Dropout Activation Flatten Reshape Permute Lambda Masking Merge
keras.layers.core RepeatVector ActivityRegularization TimeDistributedDense Highway
keras.layers.convolutional Convolution1D Conv2D MaxPooling2D ZeroPadding2D UpSampling2D
keras.layers.convolutional AtrousConvolution2D Deconvolution2D AveragePooling2D
keras.layers.recurrent LSTM GRU SimpleRNN Recurrent ConvLSTM2D
keras.layers.embeddings Embedding
keras.layers.normalization BatchNormalization
keras.layers.noise GaussianNoise GaussianDropout AlphaDropout
keras.layers.advanced_activations LeakyReLU PReLU ELU ThresholdedReLU Softmax ReLU
keras.layers.wrappers TimeDistributed Bidirectional Wrapper
keras.layers.local LocallyConnected1D LocallyConnected2D
keras.layers.merge Add Concatenate add concatenate
keras.layers.pooling GlobalAveragePooling2D GlobalMaxPooling1D
keras.layers.convolutional_recurrent ConvLSTM2D
keras.engine.topology Layer Input InputLayer InputSpec Container Node Merge
keras.engine.topology get_source_inputs
keras.engine.base_layer Layer InputSpec
keras.engine Layer InputSpec Model
keras.engine.training Model slice_arrays make_batches
keras.legacy.interfaces legacy_dense_support generate_legacy_interface
keras.optimizers SGD RMSprop Adagrad Adadelta Adam Adamax Nadam
keras.objectives mse binary_crossentropy categorical_crossentropy
keras.losses mean_squared_error kld get
keras.metrics binary_accuracy categorical_accuracy top_k_categorical_accuracy mse
keras.regularizers l1 l2 l1_l2 l1l2 activity_l2 WeightRegularizer L1L2 Regularizer
keras.constraints maxnorm nonneg unitnorm MaxNorm max_norm
keras.initializers glorot_uniform RandomNormal Orthogonal he_normal
keras.initializations uniform glorot_uniform get normal
keras.activations relu softmax get
keras.callbacks Callback History
keras.utils to_categorical plot_model Sequence get_file multi_gpu_model HDF5Matrix
keras.utils.np_utils to_categorical normalize
keras.utils.generic_utils get_custom_objects CustomObjectScope Progbar has_arg
keras.utils.data_utils get_file Sequence GeneratorEnqueuer OrderedEnqueuer
keras.utils.io_utils HDF5Matrix
keras.utils.vis_utils plot_model model_to_dot
keras.utils.visualize_util plot
keras.utils.layer_utils print_summary layer_from_config convert_all_kernels_in_model
keras.utils.conv_utils convert_kernel normalize_tuple conv_output_length
keras.utils.test_utils get_test_data
keras.preprocessing.image ImageDataGenerator load_img img_to_array array_to_img
keras.preprocessing.text Tokenizer text_to_word_sequence one_hot hashing_trick
keras.preprocessing.sequence pad_sequences skipgrams make_sampling_table TimeseriesGenerator
keras.wrappers.scikit_learn KerasClassifier KerasRegressor
keras.datasets mnist cifar10 cifar100 imdb reuters boston_housing fashion_mnist
keras backend layers models optimizers callbacks utils datasets Input Model Sequential
"""


@pytest.mark.parametrize("row", IMPORTS.strip().splitlines())
def test_names_are_where_scripts_import_them(row):
    path, *names = row.split()
    module = importlib.import_module(path)
    missing = [name for name in names if not hasattr(module, name)]
    assert not missing


def test_objects_are_our_own():
    from keras.layers.core import Dense

    assert Dense is tensorlearn.layers.Dense


def test_installing_twice_is_installing_once():
    before = len(sys.meta_path)
    keras_compat.install_as_keras()
    assert len(sys.meta_path) == before
    assert keras_compat.installed()


def test_uninstalling_leaves_nothing():
    import keras  # noqa: F401

    keras_compat.uninstall()
    keras_compat.uninstall()
    assert not keras_compat.installed()
    assert not [name for name in sys.modules if name.split(".")[0] == "keras"]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("keras")


def test_another_keras_comes_back_after_uninstalling():
    keras_compat.uninstall()
    other = sys.modules["keras"] = type(sys)("keras")
    keras_compat.install_as_keras()
    assert importlib.import_module("keras").__version__ == "2.2.4"
    keras_compat.uninstall()
    assert sys.modules.pop("keras") is other


def test_what_is_left_out_says_why():
    with pytest.raises(ImportError, match="trained weights do not come with"):
        importlib.import_module("keras.applications.vgg16")
    with pytest.raises(ModuleNotFoundError, match=r"no part of Keras 2.2.4"):
        importlib.import_module("keras.layers.nonsense")
    with pytest.raises(ImportError, match="cannot import name"):
        exec("from keras.layers import Nonsense")
    from keras.layers import CuDNNLSTM

    with pytest.raises(ValueError, match="needs a GPU; LSTM"):
        CuDNNLSTM(3)


def test_merge_is_a_module_and_a_function():
    from keras.layers import Input, merge
    from keras.layers.merge import Add

    a, b = Input((3,)), Input((3,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Keras1Warning)
        assert merge([a, b], mode="sum").shape == (None, 3)
    assert Add is merge.Add


def test_what_a_script_adds_to_a_module_is_known_by_name():
    import keras
    from keras import backend as K

    def far(y_true, y_pred):
        return K.mean(K.abs(y_pred - y_true), axis=-1)

    keras.losses.far = far
    try:
        assert tensorlearn.losses.get("far") is far
    finally:
        del keras.utils.generic_utils.get_custom_objects()["far"]


# ---- names that are not documented ----


def test_private_names_are_answered():
    import keras
    from keras.layers import Dense, Dropout, Input

    a = Input((4,))
    dense = Dense(3)
    h = dense(a)
    y = Dropout(0.5)(h)
    model = keras.models.Model(a, y)
    assert y._keras_shape == (None, 3)
    assert h._keras_history == (dense, 0, 0)
    assert h.get_shape().as_list() == [None, 3]
    assert not h._uses_learning_phase
    assert y._uses_learning_phase
    assert model.uses_learning_phase
    (node,) = dense._inbound_nodes
    assert node.inbound_layers == [a._keras_history[0]]
    assert node.outbound_layer is dense
    assert node.input_shapes == [(None, 4)]
    assert node.get_config()["outbound_layer"] == dense.name
    assert len(dense._outbound_nodes) == 1
    assert dense.get_updates_for(a) == dense.updates == []
    assert dense.get_losses_for(None) == []
    assert dense.get_output_shape_for((None, 4)) == (None, 3)
    assert [w.name for w in dense._trainable_weights] == [w.name for w in dense.weights]
    assert model._layers == model.layers
    assert model.input_layers == [model.layers[0]]
    assert list(model.nodes_by_depth) == [2, 1, 0]
    assert model.layers_by_depth[0] == [model.layers[2]]
    assert model._feed_input_names == model.input_names


def test_functions_that_keras_makes_on_demand_are_there():
    from keras.layers import Dense
    from keras.models import Sequential

    model = Sequential([Dense(2, input_dim=3)])
    model.compile("sgd", "mse")
    model._make_train_function()
    model._make_test_function()
    model._make_predict_function()
    x, y, w = np.ones((4, 3)), np.zeros((4, 2)), np.ones(4)
    (tested,) = model.test_function([x, y, w])
    (trained,) = model.train_function([x, y, w, 1.0])
    assert trained == pytest.approx(tested)
    (found,) = model.predict_function([x])
    np.testing.assert_allclose(found, model.predict(x), rtol=1e-6)
    assert [len(part) for part in model._standardize_user_data(x, y)] == [1, 1, 1]
    outputs, _, shapes = model.run_internal_graph([x.astype("float32")])
    assert shapes == [(4, 2)]
    np.testing.assert_allclose(outputs[0].numpy(), found, rtol=1e-6)


def test_functions_see_keras_names_on_their_arguments():
    from keras.layers import Dense, Lambda
    from keras.models import Sequential

    def halves(x):
        assert x.get_shape().as_list()[1] == 4
        return x[:, : x._keras_shape[1] // 2]

    model = Sequential([Dense(4, input_dim=3), Lambda(halves)])
    assert model.output_shape == (None, 2)


# ---- keras.legacy.interfaces ----


def test_old_names_reach_layers_of_other_people():
    from keras.engine.base_layer import Layer
    from keras.legacy import interfaces

    class Mine(Layer):
        @interfaces.legacy_dense_support
        def __init__(self, units, kernel_initializer="ones", **kwargs):
            self.units, self.start = units, kernel_initializer
            super().__init__(**kwargs)

    with pytest.warns(Keras1Warning, match="Update your `.*` call to the Keras 2 API"):
        layer = Mine(output_dim=3, init="zeros")
    assert (layer.units, layer.start) == (3, "zeros")

    @interfaces.generate_legacy_interface(conversions=[("old", "new")])
    def function(new=1):
        return new

    with pytest.warns(Keras1Warning):
        assert function(old=5) == 5
    assert function(new=4) == 4


# ---- datasets ----


def test_datasets_that_are_not_here_say_where_to_get_them(tmp_path, monkeypatch):
    from keras.datasets import cifar10, imdb, mnist

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for module in (mnist, imdb, cifar10):
        with pytest.raises(
            FileNotFoundError, match=r"nothing is downloaded; get it from"
        ):
            module.load_data()


def test_datasets_are_read_from_files(tmp_path):
    from keras.datasets import boston_housing, imdb, mnist, reuters

    x = np.arange(20 * 13.0).reshape(20, 13)
    np.savez(tmp_path / "boston.npz", x=x, y=np.arange(20.0))
    (x1, y1), (x2, y2) = boston_housing.load_data(str(tmp_path / "boston.npz"))
    assert (x1.shape, y1.shape, x2.shape, y2.shape) == ((16, 13), (16,), (4, 13), (4,))

    images = np.zeros((5, 28, 28), np.uint8)
    parts = dict.fromkeys(("x_train", "x_test"), images)
    parts |= dict.fromkeys(("y_train", "y_test"), np.arange(5))
    np.savez(tmp_path / "mnist.npz", **parts)
    (x1, y1), _ = mnist.load_data(path=str(tmp_path / "mnist.npz"))
    assert x1.shape == (5, 28, 28)
    assert y1.tolist() == [0, 1, 2, 3, 4]

    texts = np.empty(4, object)
    texts[:] = [[1, 2], [3], [1, 9, 2], [4, 4]]
    labels = np.array([0, 1, 1, 0])
    np.savez(
        tmp_path / "imdb.npz",
        x_train=texts,
        y_train=labels,
        x_test=texts,
        y_test=labels,
    )
    (x1, y1), _ = imdb.load_data(str(tmp_path / "imdb.npz"), num_words=8)
    order = np.arange(4)
    np.random.RandomState(113).shuffle(order)
    assert y1.tolist() == labels[order].tolist()
    wanted = [[1] + [w + 3 if w + 3 < 8 else 2 for w in texts[i]] for i in order]
    assert [list(t) for t in x1] == wanted

    np.savez(tmp_path / "reuters.npz", x=texts, y=labels)
    (x1, _), (x2, _) = reuters.load_data(str(tmp_path / "reuters.npz"), test_split=0.25)
    assert (len(x1), len(x2)) == (3, 1)


def test_datasets_execute_nothing(tmp_path):
    from keras.datasets import reuters

    class Bomb:
        def __reduce__(self):
            return (exec, ("raise SystemExit('executed')",))

    bomb = np.empty(1, object)
    bomb[0] = Bomb()
    np.savez(tmp_path / "reuters.npz", x=bomb, y=np.zeros(1))
    with pytest.raises(Exception, match=r"builtins\.exec.*refused"):
        reuters.load_data(str(tmp_path / "reuters.npz"))


# ---- python -m tensorlearn run ----


def run(tmp_path, code, *arguments):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code), "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "tensorlearn", "run", str(script), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
        timeout=120,
        check=False,
    )


def test_a_script_is_run_as_the_main_program(tmp_path):
    (tmp_path / "helper.py").write_text("from keras.layers import Dense\n")
    done = run(
        tmp_path,
        """
        import sys
        from helper import Dense
        from keras.models import Sequential
        model = Sequential([Dense(2, input_dim=3)])
        print(__name__, sys.argv[1:], model.output_shape)
        """,
        "--lang",
        "zh",
        "-x",
    )
    assert done.stdout == "__main__ ['--lang', 'zh', '-x'] (None, 2)\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("ending", "code"), [("sys.exit(3)", 3), ("sys.exit()", 0), ("sys.exit('no')", 1)]
)
def test_a_script_decides_its_exit_code(tmp_path, ending, code):
    assert run(tmp_path, f"import sys\n{ending}").returncode == code


def test_a_traceback_begins_in_the_script(tmp_path):
    done = run(tmp_path, "def f():\n    raise KeyError('x')\nf()")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "script.py" in lines[1]
    assert "runpy" not in done.stderr
    assert lines[-1] == "KeyError: 'x'"


def test_a_missing_script_is_named(capsys):
    assert keras_compat.run_script("no/such/script.py") == 2
    assert "can't open file 'no/such/script.py'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("keras.layers.core", "Dense InputSpec K Layer activations has_arg"),
        ("keras.layers.recurrent", "LSTM Layer InputSpec initializers"),
        ("keras.layers.convolutional", "Conv2D InputSpec K Layer"),
        ("keras.legacy.layers", "AtrousConvolution2D Layer Recurrent"),
        ("keras.losses", "deserialize_keras_object serialize_keras_object"),
        ("keras.engine.topology", "InputSpec Layer to_list"),
    ],
)
def test_modules_lend_what_they_import_themselves(path, names):
    module = importlib.import_module(path)
    assert [name for name in names.split() if not hasattr(module, name)] == []
