"""Helpers of `keras.utils` under their older names and arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.preprocessing.draws import array_source
from tensorlearn.utils import np_utils
from tensorlearn.utils.generic_utils import deserialize_keras_object
from tensorlearn.wording import say

Array = np.ndarray[Any, Any]


def to_categorical(
    y: Any,
    num_classes: int | None = None,
    dtype: Any = "float32",
    nb_classes: int | None = None,
) -> Array:
    """Class numbers as one-hot rows; nb_classes is Keras 1's name of num_classes."""
    count = num_classes if nb_classes is None else nb_classes
    return np_utils.to_categorical(y, count, dtype)


def probas_to_classes(y_pred: Any) -> Array:
    """The most likely class of every sample."""
    y_pred = np.asarray(y_pred)
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return y_pred.argmax(axis=1)
    return (y_pred > 0.5).astype(np.int64).ravel()


def categorical_probas_to_classes(p: Any) -> Array:
    """The most likely class of every sample."""
    return np.argmax(p, axis=1)


def get_from_module(
    identifier: Any,
    module_params: Any,
    module_name: str,
    instantiate: bool = False,
    kwargs: Any = None,
) -> Any:
    """What a module of Keras 1 knows under a name."""
    found = deserialize_keras_object(identifier, module_params, None, module_name)
    return found(**(kwargs or {})) if instantiate or kwargs else found


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Keras asks on the terminal; here the answer is no, and `overwrite=True` is yes."""
    raise FileExistsError(
        say("{path} exists already; pass overwrite=True to replace it", path=filepath)
    )


def get_test_data(
    num_train: int = 1000,
    num_test: int = 500,
    input_shape: Any = (10,),
    output_shape: Any = (2,),
    classification: bool = True,
    num_classes: int = 2,
    **old: Any,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Random data with something to learn in it, in two parts."""
    num_train = old.pop("nb_train", num_train)
    num_test = old.pop("nb_test", num_test)
    num_classes = old.pop("nb_class", num_classes)
    source = array_source()
    count = num_train + num_test
    if classification:
        y = source.randint(0, num_classes, size=(count,))
        level = y.reshape(-1, *(1 for _ in input_shape))
    else:
        value = source.random_sample((count,))
        y = np.broadcast_to(
            value.reshape(-1, *(1 for _ in output_shape)), (count, *output_shape)
        ).astype(np.float32)
        level = value.reshape(-1, *(1 for _ in input_shape))
    x = (2 * level + 0.1 * source.standard_normal((count, *input_shape))).astype(
        np.float32
    )
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])
