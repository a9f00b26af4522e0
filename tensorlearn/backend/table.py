"""Every function of Keras 2.2.4's backend by subject, and why a few are left out.

`docs/backend.md` is generated from this table, and the tests hold the two together.
"""

from __future__ import annotations

from typing import Any, NoReturn

from tensorlearn.wording import say

SUBJECTS: dict[str, tuple[str, ...]] = {
    "Settings and names": (
        "backend", "floatx", "set_floatx", "cast_to_floatx", "epsilon", "set_epsilon",
        "image_data_format", "set_image_data_format", "normalize_data_format",
        "image_dim_ordering", "set_image_dim_ordering", "get_uid", "reset_uids",
        "name_scope", "clear_session", "manual_variable_initialization",
        "get_session", "set_session",
    ),
    "Variables and placeholders": (
        "variable", "constant", "placeholder", "zeros", "ones", "eye", "zeros_like",
        "ones_like", "identity", "random_uniform_variable", "random_normal_variable",
        "is_tensor", "is_keras_tensor", "is_placeholder", "is_sparse", "to_dense",
        "shape", "int_shape", "get_variable_shape", "ndim", "dtype", "count_params",
        "cast", "eval", "get_value", "batch_get_value", "set_value", "batch_set_value",
        "update", "update_add", "update_sub", "moving_average_update", "print_tensor",
    ),
    "Elementwise": (
        "square", "abs", "sqrt", "exp", "log", "round", "sign", "pow", "clip", "sin",
        "cos", "maximum", "minimum", "equal", "not_equal", "greater", "greater_equal",
        "less", "less_equal", "arange",
    ),
    "Reductions": (
        "max", "min", "sum", "prod", "mean", "var", "std", "logsumexp", "any", "all",
        "argmax", "argmin", "cumsum", "cumprod",
    ),
    "Products and lookup": ("dot", "batch_dot", "gather"),
    "Shape": (
        "concatenate", "stack", "reshape", "flatten", "batch_flatten", "expand_dims",
        "squeeze", "transpose", "permute_dimensions", "reverse", "tile", "repeat",
        "repeat_elements", "resize_images", "resize_volumes", "temporal_padding",
        "spatial_2d_padding", "spatial_3d_padding", "slice", "one_hot",
    ),
    "Graph": (
        "function", "gradients", "stop_gradient", "learning_phase",
        "set_learning_phase", "in_train_phase", "in_test_phase", "switch",
    ),
    "Loops": ("rnn", "map_fn", "foldl", "foldr"),
    "Networks": (
        "relu", "elu", "softmax", "softplus", "softsign", "sigmoid", "hard_sigmoid",
        "tanh", "dropout", "l2_normalize", "categorical_crossentropy",
        "sparse_categorical_crossentropy", "binary_crossentropy", "in_top_k",
        "normalize_batch_in_training", "batch_normalization", "bias_add",
        "ctc_label_dense_to_sparse", "ctc_batch_cost", "ctc_decode",
    ),
    "Convolution and pooling": (
        "conv1d", "conv2d", "conv3d", "conv2d_transpose", "conv3d_transpose",
        "depthwise_conv2d", "separable_conv1d", "separable_conv2d", "local_conv1d",
        "local_conv2d", "pool2d", "pool3d",
    ),
    "Random numbers": (
        "random_normal", "random_uniform", "random_binomial", "truncated_normal",
    ),
}  # fmt: skip

_NO_SESSION = (
    "there is no session: values are computed at once; use K.eval or K.function"
)
_NO_CTC = "alignment losses are not provided; use a sequence-to-sequence model instead"

LEFT_OUT: dict[str, str] = {
    "get_session": _NO_SESSION,
    "set_session": _NO_SESSION,
    "ctc_label_dense_to_sparse": _NO_CTC,
    "ctc_batch_cost": _NO_CTC,
    "ctc_decode": _NO_CTC,
}

DIFFERENT: dict[str, str] = {  # and how, unless the docstring says it
    "is_sparse": "",
    "to_dense": "",
    "placeholder": "sparse=True is refused",
    "variable": "a sparse matrix is refused",
    "manual_variable_initialization": "",
    "learning_phase": "an integer inside a running layer, else a Symbol",
    "update": "writes at once, unless the value is a Symbol",
    "update_add": "writes at once, unless the value is a Symbol",
    "update_sub": "writes at once, unless the value is a Symbol",
    "moving_average_update": "without the bias correction of TensorFlow",
    "gradients": "0 instead of an error where a path is not differentiable",
    "map_fn": "a function that uses Symbols from outside is refused",
    "rnn": "a function that uses Symbols from outside is refused",
}


def _refusal(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            say("K.{name}: {reason}", name=name, reason=say(LEFT_OUT[name]))
        )

    refuse.__name__ = name
    refuse.__doc__ = f"Not provided: {LEFT_OUT[name]}."
    return refuse


get_session = _refusal("get_session")
set_session = _refusal("set_session")
ctc_label_dense_to_sparse = _refusal("ctc_label_dense_to_sparse")
ctc_batch_cost = _refusal("ctc_batch_cost")
ctc_decode = _refusal("ctc_decode")
