"""Pictures by matplotlib: what is in them, their words, and no setting outlives them."""

import sys

import numpy as np
import pytest

from tensorlearn import set_language, visual
from tensorlearn.callbacks import History
from tensorlearn.layers import LSTM, Conv1D, Conv2D, Conv3D, Dense, Flatten, Input
from tensorlearn.models import Model, Sequential
from tensorlearn.visual import style
from tensorlearn.visual.style import drawable, drawing, mosaic

matplotlib = pytest.importorskip("matplotlib")
pyplot = pytest.importorskip("matplotlib.pyplot")
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def canvas():
    """A backend without windows, and no figure left behind."""
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")


def drawn(ax):
    """Draw, so that missing glyphs would warn; the words in the picture."""
    figure = np.ravel(np.asarray(ax, object))[0].figure
    figure.canvas.draw()
    return {t.get_text() for t in figure.findobj(matplotlib.text.Text)} - {""}


def history_of(**values):
    history = History()
    history.history = values
    history.epoch = list(range(len(next(iter(values.values())))))
    return history


def curves(ax):
    return [line for line in ax.get_lines() if len(line.get_xdata()) > 1]


# ---- history ----


def test_history_draws_a_panel_for_each_quantity():
    model = Sequential([Dense(2, input_shape=(3,), activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    x, y = rng.normal(size=(20, 3)), np.eye(2)[rng.integers(0, 2, 20)]
    history = model.fit(x, y, epochs=3, verbose=0, validation_split=0.25)
    axes = history.plot()
    assert [ax.get_title(loc="left") for ax in axes] == ["loss", "acc"]
    for ax, name in zip(axes, ("loss", "acc"), strict=True):
        training, validation = curves(ax)
        assert list(training.get_ydata()) == history.history[name]
        assert list(validation.get_ydata()) == history.history[f"val_{name}"]
        assert list(training.get_xdata()) == [1, 2, 3]


def test_the_best_epoch_is_marked():
    history = history_of(
        loss=[3.0, 2.0, 1.0], val_loss=[3.0, 1.5, 2.5], acc=[1.0, 0.0, 0]
    )
    words = drawn(history.plot())
    assert "validation, best 1.5 in epoch 2" in words
    assert "training, best 1 in epoch 1" in words  # the largest accuracy


def test_nan_and_short_validation_can_be_drawn():
    history = history_of(loss=[1.0, np.nan, 2.0], val_loss=[0.5, 0.4], lr=[1.0, 1, 1])
    assert "validation, best 0.4 in epoch 3" in drawn(history.plot())
    drawn(history_of(loss=[np.nan, np.nan]).plot())


def test_losses_can_be_logarithmic():
    loss, acc = history_of(loss=[1.0, 0.1], acc=[0.5, 0.6]).plot(log=True)
    assert (loss.get_yscale(), acc.get_yscale()) == ("log", "linear")


def test_outputs_share_a_panel():
    names = ("loss", "one_loss", "two_loss", "one_acc", "two_acc")
    axes = history_of(**{name: [1.0, 2.0] for name in names}).plot()
    assert [len(curves(ax)) for ax in axes] == [3, 2]
    assert "two_acc training, best 2 in epoch 2" in drawn(axes)


def test_axes_of_ones_own_are_used():
    figure, (left, right) = pyplot.subplots(1, 2)
    history = history_of(loss=[1.0, 2.0], acc=[1.0, 2.0])
    assert history.plot(ax=left) is left
    assert not right.get_lines()
    history.plot(ax=[left, right])
    assert right.get_lines()
    assert len(figure.axes) == 2


def test_a_dictionary_will_do():
    assert len(visual.plot_history({"loss": [1.0, 2.0]})) == 1


def test_without_epochs_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="there is nothing to draw yet"):
        History().plot()


# ---- weights and feature maps ----


def images():
    return Sequential(
        [
            Conv2D(5, 3, input_shape=(8, 8, 3), name="colour", activation="relu"),
            Conv2D(4, 2, name="deep"),
            Flatten(),
            Dense(2, name="out"),
        ],
        name="net",
    )


def test_a_model_shows_how_its_weights_are_spread():
    axes = visual.plot_weights(images())
    assert len(axes) == 6
    assert {"colour/kernel  3×3×3×5", "out/bias  2"} < drawn(axes)


@pytest.mark.parametrize("index", [0, 1, 3])
def test_a_layer_shows_its_weights(index):
    axes = visual.plot_weights(images().layers[index])
    assert len(axes) == 2
    assert axes[0].get_images()
    drawn(axes)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(Conv1D(3, 2), (6, 4)), (Conv3D(2, 2), (4, 4, 4, 1)), (LSTM(3), (5, 2))],
)
def test_other_kernels_can_be_drawn(layer, shape):
    Sequential([Input(shape).call.layer, layer])
    drawn(visual.plot_weights(layer))


def test_one_weight_fits_into_given_axes():
    _, ax = pyplot.subplots()
    model = images()
    assert visual.plot_weights(model.layers[3].kernel, ax=ax) is ax
    np.testing.assert_array_equal(
        ax.get_images()[0].get_array(), model.layers[3].kernel.data
    )
    assert visual.plot_weights(np.zeros((3, 3))).get_images()


def test_layers_without_weights_are_refused():
    with pytest.raises(ValueError, match=r"plot_weights: Flatten '\w+' has no weights"):
        visual.plot_weights(Flatten())


def test_feature_maps_are_the_outputs_of_the_layer():
    model = images()
    x = rng.normal(size=(3, 8, 8, 3)).astype("float32")
    ax = visual.feature_maps(model, x)
    picture = np.ma.filled(ax.get_images()[0].get_array(), np.nan)
    expected = model.trace(x[:1])["colour"].output[0]
    np.testing.assert_allclose(picture[:6, :6], expected[..., 0], rtol=1e-6)
    assert "colour: 5 channels" in drawn(ax)
    deep = visual.feature_maps(model, x, layer="deep", limit=2)
    assert "deep: 2 of 4 channels" in drawn(deep)


def test_feature_maps_of_sequences_and_of_several_inputs():
    a, b = Input((6, 3)), Input((6, 3))
    shared = LSTM(4, return_sequences=True, name="walk")
    model = Model([a, b], [shared(a), shared(b)])
    x = rng.normal(size=(2, 6, 3))
    ax = visual.feature_maps(model, [x, x])
    assert ax.get_images()[0].get_array().shape == (4, 6)


def test_feature_maps_heed_the_layout():
    conv = Conv2D(5, 3, data_format="channels_first", input_shape=(2, 7, 7))
    ax = visual.feature_maps(Sequential([conv]), rng.normal(size=(1, 2, 7, 7)))
    assert any("5 channels" in word for word in drawn(ax))


def test_layers_without_channels_are_refused():
    x = rng.normal(size=(1, 8, 8, 3))
    with pytest.raises(ValueError, match="'out' has no channels to be drawn"):
        visual.feature_maps(images(), x, layer="out")
    plain = Sequential([Dense(2, input_shape=(3,))], name="plain")
    with pytest.raises(ValueError, match="Sequential 'plain' has no channels"):
        visual.feature_maps(plain, np.ones((1, 3)))


@pytest.mark.parametrize("shape", [(1, 2, 3), (5, 2, 3), (7, 4, 1), (4, 3, 3, 3)])
def test_mosaics_hold_every_picture_once(shape):
    pictures = rng.uniform(0.1, 0.9, size=shape)
    page = mosaic(pictures)
    kept = page[(page != 1.0) & ~np.isnan(page)]
    np.testing.assert_allclose(np.sort(kept), np.sort(pictures.ravel()))


# ---- confusion ----


def test_confusion_counts_who_is_taken_for_whom():
    found = visual.confusion_matrix([0, 0, 1, 1, 1], [0, 1, 1, 1, 0])
    assert found.counts.tolist() == [[1, 1], [1, 2]]
    assert np.asarray(found).tolist() == [[1, 1], [1, 2]]
    assert found.accuracy == 0.6
    np.testing.assert_allclose(found.precision, [1 / 2, 2 / 3])
    np.testing.assert_allclose(found.recall, [1 / 2, 2 / 3])
    np.testing.assert_allclose(found.f1, [1 / 2, 2 / 3])
    assert "0.600" in str(found)


@pytest.mark.parametrize(
    ("true", "pred"),
    [
        ([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]),
        ([[1, 0], [0, 1], [0, 1]], [0, 1, 0]),
        ([[0], [1], [1]], [[0.1], [0.7], [0.5]]),
        (np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0])),
    ],
)
def test_confusion_takes_classes_in_every_form(true, pred):
    found = visual.confusion_matrix(np.array(true), np.array(pred))
    assert found.counts.tolist() == [[1, 0], [1, 1]]


def test_classes_that_never_occur_are_counted_too():
    found = visual.confusion_matrix([0, 2], [0, 2], labels=["a", "b", "c", "d"])
    assert found.counts.shape == (4, 4)
    assert np.isnan(found.recall[1])
    drawn(found.plot())


@pytest.mark.parametrize("normalize", [False, True])
def test_confusion_is_drawn_with_its_labels(normalize):
    found = visual.confusion_matrix([0, 0, 1], [0, 1, 1], labels=["cat", "small dog"])
    words = drawn(found.plot(normalize=normalize))
    assert {"cat", "small dog", "predicted", "true", "accuracy 66.7%"} < words
    assert ("0.50" if normalize else "1") in words


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([0, 1], [0]), "`y_true` has 2 samples, `y_pred` has 1"),
        (([0, 3], [0, 1], ["a", "b"]), "there are 4 classes, but 2 `labels`"),
        ((np.zeros((2, 2, 2)), [0, 1]), r"`y_true` must be \(N,\) or \(N, C\)"),
        (([0, -1], [0, 1]), "`y_true` holds negative class numbers"),
    ],
)
def test_confusion_explains_mistakes(arguments, match):
    with pytest.raises(ValueError, match=match):
        visual.confusion_matrix(*arguments)


# ---- fonts and settings ----


def chinese_words():
    return {
        "predicted": "预测",
        "true": "真实",
        "accuracy {share:.1%}": "准确率 {share:.1%}",
    }


@pytest.fixture
def chinese(monkeypatch):
    """Chinese words for the picture, whatever the catalogue has."""
    translated = chinese_words()
    from tensorlearn import wording

    def translate(text):
        return translated.get(text, text) if wording.language() == "zh" else text

    monkeypatch.setattr(wording, "translate", translate)
    set_language("zh")


def test_chinese_is_drawn_with_a_chinese_font(chinese):
    if style.chinese_font() is None:
        pytest.skip("no Chinese font is installed here")
    ax = visual.confusion_matrix([0, 1], [0, 1], labels=["猫", "狗"]).plot()
    assert {"猫", "狗", "预测", "真实", "准确率 100.0%"} < drawn(ax)


def test_chinese_can_be_read_in_axes_of_the_reader(chinese):
    if style.chinese_font() is None:
        pytest.skip("no Chinese font is installed here")
    plt = matplotlib.pyplot
    _, ax = plt.subplots()
    matrix = visual.confusion_matrix([0, 1], [0, 1], labels=["猫", "狗"])
    matrix.plot(ax).figure.canvas.draw()  # a missing character would be a warning
    history_of(准确率=[1.0, 2.0]).plot(plt.subplots()[1])
    plt.gcf().canvas.draw()


def test_without_a_chinese_font_the_words_are_english(chinese, monkeypatch):
    monkeypatch.setattr(style, "CHINESE_FONTS", ())
    ax = visual.confusion_matrix([0, 1], [0, 1], labels=["猫", "dog"]).plot()
    words = drawn(ax)
    assert {"0", "dog", "predicted", "true", "accuracy 100.0%"} < words
    assert not any("一" <= c <= "鿿" for word in words for c in word)
    assert drawable("卷积", "layer") == "layer"
    assert drawable("conv", "layer") == "conv"


def test_the_language_comes_back_after_an_error(monkeypatch):
    monkeypatch.setattr(style, "CHINESE_FONTS", ())
    set_language("zh")
    with pytest.raises(KeyError), drawing():
        raise KeyError
    from tensorlearn import language

    assert language() == "zh"


def test_no_setting_outlives_a_picture():
    before = dict(matplotlib.rcParams)
    visual.confusion_matrix([0, 1], [0, 1]).plot()
    history_of(loss=[1.0, 2.0]).plot()
    visual.plot_weights(images())
    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_the_remedy_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'tensorlearn\[plot\]'"):
        history_of(loss=[1.0]).plot()
