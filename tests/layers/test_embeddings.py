"""Embedding: the table, the mask, word dropout, and what it says to bad integers."""

import numpy as np
import pytest

from tensorlearn.autograd import grad
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.layers import Dense, Embedding, Flatten, Input
from tensorlearn.models import Sequential

WORDS = np.array([[1, 2, 2], [0, 3, 0]])


def test_embedding_looks_up_rows():
    layer = Embedding(4, 2)
    y = layer(WORDS)
    np.testing.assert_array_equal(y.numpy(), layer.get_weights()[0][WORDS])


def test_embedding_starts_uniform():
    layer = Embedding(100, 20)
    layer.ensure_built((None, 3))
    assert 0.045 < abs(layer.get_weights()[0]).max() <= 0.05


def test_embedding_takes_pretrained_weights():
    table = np.arange(8.0).reshape(4, 2)
    y = Embedding(4, 2, weights=[table])(WORDS)
    np.testing.assert_array_equal(y.numpy(), table[WORDS])


def test_embedding_gradient_adds_up_repeated_words():
    layer = Embedding(4, 1)
    y = layer(WORDS)
    np.testing.assert_array_equal(grad(y.sum(), layer.embeddings)[:, 0], [2, 1, 2, 1])


def test_embedding_casts_floats():
    layer = Embedding(4, 2)
    np.testing.assert_array_equal(
        layer(WORDS.astype("float32")).numpy(), layer(WORDS).numpy()
    )


def test_embedding_mask_zero_masks_padding():
    layer = Embedding(4, 2, mask_zero=True)
    np.testing.assert_array_equal(layer.compute_mask(WORDS), WORDS != 0)
    assert Embedding(4, 2).compute_mask(WORDS) is None


def test_embedding_mask_needs_layers_that_take_it():
    x = Embedding(4, 2, mask_zero=True)(Input((3,), dtype="int32"))
    with pytest.raises(TypeError, match=r"Flatten .*does not support masking"):
        Flatten()(x)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([[1, 4]], r"Embedding 'words': .*integer 4, .*rows 0..3; pass input_dim=5"),
        (
            [[-1, 2]],
            r"Embedding 'words': .*integer -1, .*negative integers have no row",
        ),
    ],
)
def test_embedding_out_of_range_is_explained(words, message):
    with pytest.raises(ValueError, match=message):
        Embedding(4, 2, name="words")(np.array(words))


def test_embedding_input_length_is_the_shape():
    model = Sequential([Embedding(4, 2, input_length=3), Flatten(), Dense(1)])
    assert model.input_shape == (None, 3)
    assert model.output_shape == (None, 1)
    assert Embedding(4, 2).batch_input_shape == (None, None)


def test_embedding_input_length_must_agree():
    with pytest.raises(
        ValueError, match=r'"input_length" is 3, but received .*\(None, 5\)'
    ):
        Embedding(4, 2, input_length=3)(Input((5,)))


def test_embedding_may_come_later():
    x = Input((3,), dtype="int32")
    assert Embedding(4, 2)(x + 1).shape == (None, 3, 2)


def test_embedding_dropout_drops_whole_words():
    layer = Embedding(50, 4, dropout=0.5)
    words = np.tile(np.arange(50), (2, 1))
    still = layer(words).numpy()
    y = layer(words, training=True).numpy()
    dropped = (y == 0).all(axis=-1)
    assert (dropped[0] == dropped[1]).all()
    assert 10 < dropped[0].sum() < 40
    np.testing.assert_allclose(y[~dropped], 2 * still[~dropped], rtol=1e-6)


def test_embedding_config_names_dropout_only_if_used():
    assert "dropout" not in Embedding(4, 2).get_config()
    assert Embedding(4, 2, dropout=0.5).get_config()["dropout"] == 0.5


def test_embedding_keras1_call():
    with pytest.warns(Keras1Warning, match=r"embeddings_initializer='zero'"):
        layer = Embedding(4, 2, init="zero", W_regularizer="l2", dropout=0.2)
    assert layer.dropout == 0.2


def test_embedding_takes_two_by_position():
    with pytest.raises(TypeError, match=r"only 2 positional arguments"):
        Embedding(4, 2, "uniform")
