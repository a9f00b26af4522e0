"""Merge layers: values, broadcasting, masks, and the errors that list shapes."""

import numpy as np
import pytest

from tensorlearn import layers
from tensorlearn.autograd import Tensor
from tensorlearn.layers import (
    Add,
    Average,
    Concatenate,
    Dense,
    Dot,
    Input,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)

RNG = np.random.default_rng(0)
A, B, C = (RNG.normal(size=(4, 3, 2)).astype("float32") for _ in range(3))

VALUES = [
    (Add, [A, B, C], A + B + C),
    (Subtract, [A, B], A - B),
    (Multiply, [A, B, C], A * B * C),
    (Average, [A, B, C], (A + B + C) / 3),
    (Maximum, [A, B, C], np.maximum(np.maximum(A, B), C)),
    (Minimum, [A, B, C], np.minimum(np.minimum(A, B), C)),
    (Concatenate, [A, B], np.concatenate([A, B], -1)),
]
ids = [cls.__name__ for cls, _, _ in VALUES]


@pytest.mark.parametrize(("cls", "inputs", "wanted"), VALUES, ids=ids)
def test_layer_joins(cls, inputs, wanted):
    np.testing.assert_allclose(cls()(inputs).numpy(), wanted, rtol=1e-6)


@pytest.mark.parametrize(("cls", "inputs", "wanted"), VALUES, ids=ids)
def test_functional_twin_is_the_same(cls, inputs, wanted):
    twin = getattr(layers, cls.__name__.lower())
    np.testing.assert_allclose(twin(inputs).numpy(), wanted, rtol=1e-6)
    symbols = [Input(x.shape[1:]) for x in inputs]
    y = twin(symbols, name="joined")
    assert y.shape == (None, *wanted.shape[1:])
    assert y.call.layer.name == "joined"


def test_dot_and_concatenate_twins_take_their_settings():
    assert layers.concatenate([A, B], axis=1).shape == (4, 6, 2)
    assert layers.dot([A, B], axes=2).shape == (4, 3, 3)
    cosine = layers.dot([A, A], 2, normalize=True).numpy()
    np.testing.assert_allclose(np.diagonal(cosine, axis1=1, axis2=2), 1, rtol=1e-5)


def test_fewer_axes_are_inserted_behind_the_batch():
    short = A[:, 0]
    np.testing.assert_allclose(Add()([A, short]).numpy(), A + short[:, None])
    assert Add()([Input((3, 2)), Input((2,))]).shape == (None, 3, 2)


def test_unknown_lengths_stay_unknown():
    assert Add()([Input((None, 2)), Input((3, 2))]).shape == (None, None, 2)
    assert Concatenate(1)([Input((None, 2)), Input((3, 2))]).shape == (None, None, 2)
    assert Concatenate()([Input((None, 2)), Input((3, 2))]).shape == (None, 3, 4)


@pytest.mark.parametrize("cls", [cls for cls, _, _ in VALUES], ids=ids)
def test_one_input_is_refused(cls):
    with pytest.raises(ValueError, match=r"should be called on a list of"):
        cls()([A])
    with pytest.raises(ValueError, match=r"should be called on a list of"):
        cls()(A)


@pytest.mark.parametrize("layer", [Subtract(), Dot(1)], ids=["Subtract", "Dot"])
def test_exactly_two_inputs_are_wanted(layer):
    with pytest.raises(ValueError, match=r"a list of 2 inputs, got 3"):
        layer([A, B, C])


def test_shapes_that_do_not_fit_are_listed():
    with pytest.raises(ValueError, match=r"shapes \[\(4, 3, 2\), \(4, 5, 2\)\]"):
        Add()([A, np.ones((4, 5, 2))])
    with pytest.raises(ValueError, match=r"axis -1, got \[\(4, 3, 2\), \(4, 5, 2\)\]"):
        Concatenate()([A, np.ones((4, 5, 2))])
    with pytest.raises(
        ValueError, match=r"3 != 2 .*shapes: \[\(4, 3, 2\), \(4, 3, 2\)\]"
    ):
        Dot((1, 2))([A, B])


def test_batches_of_different_sizes_are_refused():
    with pytest.raises(
        ValueError, match=r"different batch sizes, .*\(4, 3, 2\), \(5, 3, 2\)"
    ):
        Add()([A, np.ones((5, 3, 2))])


@pytest.mark.parametrize("cls", [Add, Concatenate, Dot])
def test_inputs_in_the_first_call_are_explained(cls):
    with pytest.raises(
        TypeError, match=rf"second call, `{cls.__name__}\(\)\(\[a, b\]\)`"
    ):
        cls([Input((3,)), Input((3,))])


@pytest.mark.parametrize(
    ("axes", "error"),
    [("1", TypeError), ((1, 2, 3), ValueError), ((1.0, 2), ValueError)],
)
def test_dot_axes_must_be_one_or_two_integers(axes, error):
    with pytest.raises(error, match=r"`axes` must be an integer or a pair"):
        Dot(axes)


@pytest.mark.parametrize("axes", [0, 3, (1, -3)])
def test_dot_axes_must_be_behind_the_batch(axes):
    with pytest.raises(ValueError, match=r"`axes` must name axes behind the batch"):
        Dot(axes)([A, B])


def test_dot_of_vectors_is_a_column():
    x, y = A[:, 0], B[:, 0]
    wanted = (x * y).sum(1, keepdims=True)
    np.testing.assert_allclose(Dot(-1)([x, y]).numpy(), wanted, rtol=1e-5)


def test_masks_are_joined_by_and():
    masks = [np.array([[1, 1, 0]] * 4, bool), None, np.array([[0, 1, 1]] * 4, bool)]
    found = Add().compute_mask([A, B, C], masks)
    np.testing.assert_array_equal(found, [[False, True, False]] * 4)
    assert Add().compute_mask([A, B], [None, None]) is None


def test_masks_are_concatenated_along_time():
    masks = [np.array([[1, 1, 0]] * 4, bool), None]
    found = Concatenate(1).compute_mask([Tensor(A), Tensor(B)], masks)
    np.testing.assert_array_equal(found, [[1, 1, 0, 1, 1, 1]] * 4)
    found = Concatenate().compute_mask([Tensor(A), Tensor(B)], masks)
    np.testing.assert_array_equal(found, [[1, 1, 0]] * 4)


def test_wrong_number_of_masks_is_refused():
    with pytest.raises(ValueError, match=r"a list with one mask \(or None\) per input"):
        Add().compute_mask([A, B], [None])


def test_shared_layers_can_be_merged():
    shared, a, b = Dense(3), Input((5,)), Input((5,))
    assert Concatenate()([shared(a), shared(b)]).shape == (None, 6)
