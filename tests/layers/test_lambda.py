"""Lambda: the examples of the source document, shapes, masks, and what can be written."""

import json

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import Tensor, grad
from tensorlearn.declare.registry import custom_object_scope
from tensorlearn.layers import Input, Lambda, Masking

ROWS = np.array([[1.0, -2.0, 3.0], [0.0, 4.0, -1.0]], "float32")


def ones(*shape):
    return np.ones(shape, "float32")


def antirectifier(x):
    x -= ops.reduce_mean(x, axis=1, keepdims=True)
    x = ops.l2_normalize(x, axis=1)
    return ops.concatenate([ops.relu(x), ops.relu(-x)], axis=1)


def antirectifier_output_shape(input_shape):
    shape = list(input_shape)
    assert len(shape) == 2
    shape[-1] *= 2
    return tuple(shape)


def test_lambda_square_of_the_document():
    np.testing.assert_array_equal(Lambda(lambda x: x**2)(ROWS).numpy(), ROWS**2)


def test_lambda_antirectifier_of_the_document():
    x = Tensor(np.array([[1.0, 2.0, 3.0, 4.0]]), requires_grad=True)
    layer = Lambda(antirectifier, output_shape=antirectifier_output_shape)
    y = layer(x)
    wanted = [[0, 0, 0.2236, 0.6708, 0.6708, 0.2236, 0, 0]]
    np.testing.assert_allclose(y.numpy(), wanted, atol=1e-4)
    np.testing.assert_array_equal(x.numpy(), [[1, 2, 3, 4]])
    assert layer(Input((4,))).shape == (None, 8)
    assert grad(y.sum(), x).shape == (1, 4)


def test_lambda_finds_its_output_shape():
    assert Lambda(lambda x: x[:, 1:])(Input((5, 2))).shape == (None, 4, 2)
    assert Lambda(lambda x: ops.concatenate(x))([Input((5,)), Input((2,))]).shape == (
        None,
        7,
    )


def test_lambda_output_shape_is_without_batch():
    layer = Lambda(lambda x: x, output_shape=(3,))
    assert layer(Input((3,))).shape == (None, 3)
    assert layer.output_shape == (None, 3)


def test_lambda_that_fails_on_zeros_asks_for_output_shape():
    def picky(x):
        if not x.data.any():
            raise ValueError("nothing there")
        return x

    with pytest.raises(ValueError, match=r"nothing there. If it works .*output_shape="):
        Lambda(picky)(Input((3,)))
    assert Lambda(picky, output_shape=(3,))(Input((3,))).shape == (None, 3)


def test_lambda_without_return_is_explained():
    with pytest.raises(ValueError, match=r"returned None; is a return missing"):
        Lambda(lambda x: None)(ROWS)


def test_lambda_arguments_are_passed_and_copied():
    arguments = {"factor": 3.0}
    layer = Lambda(lambda x, factor: x * factor, arguments=arguments)
    arguments["factor"] = 0.0
    np.testing.assert_array_equal(layer(ROWS).numpy(), ROWS * 3)
    assert layer.arguments == {"factor": 3.0}


def test_lambda_without_mask_ends_one():
    y = Lambda(lambda x: x)(Masking()(Input((4, 2))))
    assert not y.masked


def test_lambda_mask_may_be_a_function():
    layer = Lambda(lambda x, mask: x, mask=lambda inputs, mask: mask[:, ::2])
    x = Masking()(Input((4, 2)))
    y = layer(x)
    assert y.masked
    _, mask = layer.run_masked(Tensor(ones(1, 4, 2)), np.array([[1, 0, 1, 1]], bool))
    np.testing.assert_array_equal(mask, [[True, True]])


def test_lambda_passes_the_mask_to_a_function_that_wants_it():
    def mean(x, mask=None):
        return (x * mask[..., None]).sum(axis=1) / mask.sum(1, keepdims=True)

    layer = Lambda(mean, mask=lambda inputs, mask: None)
    y = layer(ones(1, 4, 2), mask=np.array([[1, 0, 1, 1]], bool))
    np.testing.assert_allclose(y.numpy(), [[1, 1]])


def test_lambda_named_function_survives_a_file():
    layer = Lambda(antirectifier, arguments={"a": np.arange(2)}, name="anti")
    settings = json.loads(json.dumps(layer.get_config()))
    assert settings["function"] == "antirectifier"
    assert settings["function_type"] == "function"
    with custom_object_scope({"antirectifier": antirectifier}):
        again = Lambda.from_config(settings)
    assert again.function is antirectifier
    np.testing.assert_array_equal(again.arguments["a"], [0, 1])


def test_lambda_bare_lambda_cannot_be_written():
    with pytest.raises(
        TypeError, match=r"has no name \(<lambda>\) .*def some_name\(x\)"
    ):
        Lambda(lambda x: x).get_config()


def test_lambda_unknown_function_is_refused():
    settings = Lambda(antirectifier).get_config()
    with pytest.raises(ValueError, match=r"'antirectifier', which is not known here"):
        Lambda.from_config(settings)


def test_lambda_bytecode_is_never_executed():
    settings = {"function": ["4wEAAAA=", None, None], "function_type": "lambda"}
    with pytest.raises(ValueError, match=r"bytecode, which is never executed here"):
        Lambda.from_config(settings)


def test_lambda_takes_two_by_position():
    with pytest.raises(TypeError, match=r"only 2 positional arguments"):
        Lambda(antirectifier, (3,), None)


@pytest.mark.parametrize("value", ["same", 3])
def test_lambda_output_shape_of_another_kind_is_refused(value):
    with pytest.raises(TypeError, match=r"must be a list, a tuple, or a function"):
        Lambda(antirectifier, output_shape=value)
