"""The tests of chapter 15. N = 2, T = 3 queries, S = 4 places, D = 5, V = 2."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, gradient, numbers


def arrays():
    return numbers(2, 3, 5), numbers(2, 4, 5, seed=1), numbers(2, 4, 2, seed=2)


@pytest.mark.task("15.1")
def test_softmax_by_hand(student):
    got = student.softmax(np.log([[1.0, 3.0], [1.0, 1.0]]))
    close(got, [[0.25, 0.75], [0.5, 0.5]], "softmax([[ln 1, ln 3], [0, 0]])")


@pytest.mark.task("15.1")
def test_softmax_does_not_overflow(student):
    with np.errstate(over="raise", invalid="raise"):
        got = student.softmax(np.array([[1000.0, 0.0], [-2000.0, -2000.0]]))
    close(got, [[1, 0], [0.5, 0.5]], "softmax([[1000, 0], [-2000, -2000]])")


@pytest.mark.task("15.1")
def test_softmax_gradient(student):
    def with_constant_sum(x):
        return np.exp(x - top) / total

    x = numbers(2, 3, 4)
    top = x.max(axis=-1, keepdims=True)
    total = np.exp(x - top).sum(axis=-1, keepdims=True)
    gradient(
        student.softmax,
        student.softmax_backward,
        x,
        suspects={"statistics": with_constant_sum},
    )


# ---- 15.2 ----


@pytest.mark.task("15.2")
def test_attention_by_hand(student):
    """D = 4, so √D = 2: the scores ln 9 / 2 and 0 give the weights 3/4 and 1/4."""
    q = np.array([[[np.log(9.0), 0.0, 0.0, 0.0]]])
    k = np.array([[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]])
    v = np.array([[[4.0], [8.0]]])
    got = student.attention(q, k, v)
    close(got, [[[5.0]]], "attention with the weights 3/4 and 1/4 for the values 4, 8")


@pytest.mark.task("15.2")
def test_attention_averages(student):
    """All keys alike: every place gets the same weight."""
    q, k, v = arrays()
    got = student.attention(q, 0 * k, v)
    wanted = np.repeat(v.mean(axis=1, keepdims=True), 3, axis=1)
    close(got, wanted, "attention(q, 0, v)")


@pytest.mark.task("15.2")
def test_attention_gradients(student):
    q, k, v = arrays()
    p = student.softmax(q @ np.swapaxes(k, 1, 2) / np.sqrt(5))

    def without_softmax(q, k, v):
        fixed = arrays()
        moved = q @ np.swapaxes(k, 1, 2) - fixed[0] @ np.swapaxes(fixed[1], 1, 2)
        return (p + moved / np.sqrt(5)) @ v

    gradient(
        student.attention,
        student.attention_backward,
        q,
        k,
        v,
        suspects={"chain": without_softmax},
        shrink=False,
    )


# ---- 15.3 ----


@pytest.mark.task("15.3")
def test_causal(student):
    wanted = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    close(student.causal(3), wanted, "causal(3)")


@pytest.mark.task("15.3")
def test_mask_leaves_places_out(student):
    """As if they were not there."""
    q, k, v = arrays()
    allowed = np.array([True, False, True, False])
    got = student.masked_attention(q, k, v, allowed)
    wanted = student.attention(q, k[:, allowed], v[:, allowed])
    close(got, wanted, "masked_attention(q, k, v, [True, False, True, False])")


@pytest.mark.task("15.3")
def test_mask_may_forbid_everything(student):
    got = student.masked_attention(*arrays(), np.zeros((2, 3, 4), bool))
    close(got, np.zeros((2, 3, 2)), "masked_attention with nothing allowed")


@pytest.mark.task("15.3")
def test_later_times_have_no_influence(student):
    q, k, v = (numbers(2, 4, 3, seed=i) for i in range(3))
    allowed = student.causal(4)
    before = np.array(student.masked_attention(q, k, v, allowed))
    k[:, 3] += 1
    v[:, 3] += 1
    after = np.array(student.masked_attention(q, k, v, allowed))
    close(after[:, :3], before[:, :3], "times 0 … 2, after time 3 was changed,")
    expect(
        not np.allclose(after[:, 3], before[:, 3]),
        zh="时刻 3 应看得到自己",
        en="time 3 must be able to see itself",
    )


@pytest.mark.task("15.3")
def test_masked_attention_gradients(student):
    q, k, v = arrays()
    allowed = numbers(2, 3, 4, seed=5) > -0.5
    allowed[0, 0] = False

    def forward(q, k, v):
        return student.masked_attention(q, k, v, allowed)

    def backward(g, q, k, v):
        return student.masked_attention_backward(g, q, k, v, allowed)

    gradient(
        forward,
        backward,
        q,
        k,
        v,
        suspects={"mask": student.attention},
        name="masked_attention",
        shrink=False,
    )


# ---- 15.4 ----


@pytest.mark.task("15.4")
def test_split_heads(student):
    x = np.arange(12.0).reshape(1, 2, 6)
    got = student.split_heads(x, 3)
    wanted = [[[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]]
    close(got, wanted, "split_heads(0 … 11 as (1, 2, 6), 3)")


@pytest.mark.task("15.4")
def test_merge_heads(student):
    x = numbers(2, 3, 4, 5)
    close(np.shape(student.merge_heads(x)), (2, 4, 15), "the shape of merge_heads(x)")
    close(
        student.split_heads(student.merge_heads(x), 3), x, "split_heads(merge_heads(x))"
    )


@pytest.mark.task("15.4")
def test_heads_work_on_their_own(student):
    x, W = numbers(2, 3, 4), numbers(4, 12, seed=1)
    q, k, v = np.split(x @ W, 3, axis=-1)
    halves = slice(0, 2), slice(2, 4)
    each = [student.attention(q[..., h], k[..., h], v[..., h]) for h in halves]
    got = student.multi_head(x, W, np.eye(4), 2)
    close(got, np.concatenate(each, axis=-1), "multi_head(x, W, 1, heads=2)")


@pytest.mark.task("15.4")
@pytest.mark.parametrize("part", ["q", "k", "v"])
def test_gradient_of_each_part_of_the_weights(student, part):
    """With one head and O = 1 it is that of attention; x gets a share from each part."""
    x, W = numbers(2, 3, 4), numbers(4, 12, seed=1)
    g = numbers(2, 3, 4, seed=5)
    dx, dW, _ = student.multi_head_backward(g, x, W, np.eye(4), 1)
    parts = student.attention_backward(g, *np.split(x @ W, 3, axis=-1))
    here = {"q": 0, "k": 1, "v": 2}[part]
    wanted = np.einsum("ntm,ntd->md", x, parts[here])
    columns = slice(4 * here, 4 * here + 4)
    close(np.asarray(dW)[:, columns], wanted, f"the gradient of W, the part of {part},")
    total = sum(d @ w.T for d, w in zip(parts, np.split(W, 3, axis=1), strict=True))
    close(dx, total, "the gradient of x, the sum of the shares from q, k and v,")


@pytest.mark.task("15.4")
def test_gradient_of_the_output_weights(student):
    """They multiply the heads' findings: where these are 0, so is the gradient."""
    x, W = numbers(2, 3, 4), numbers(4, 12, seed=1)
    W[:, 8:] = 0
    got = student.multi_head_backward(numbers(2, 3, 4), x, W, np.eye(4), 2)[2]
    close(got, np.zeros((4, 4)), "the gradient of O, with v = 0,")


@pytest.mark.task("15.4")
def test_multi_head_gradients(student):
    def forward(x, W, O):
        return student.multi_head(x, W, O, 2)

    def backward(g, x, W, O):
        return student.multi_head_backward(g, x, W, O, 2)

    inputs = numbers(2, 3, 4), numbers(4, 12, seed=1), numbers(4, 4, seed=2)
    gradient(forward, backward, *inputs, name="multi_head", shrink=False)
