"""The tests of chapter 2: local slopes first, then order, then whole graphs."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, engine, expect, gradient, numbers

SUM_AND_PRODUCT = {"+": lambda a, b: a + b, "*": lambda a, b: a * b}
FUNCTIONS = {
    "x ** 3": lambda x: x**3,
    "x ** -1": lambda x: x**-1,
    "x.exp()": lambda x: x.exp(),
    "x.tanh()": lambda x: x.tanh(),
}
XOR = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]], [-0.8, 0.8, 0.8, -0.8]


def slopes_are_right(student, operation, name, *inputs):
    """The local derivatives that an operation notes, against its own forward pass."""

    def forward(*xs):
        return operation(*map(student.Value, xs)).data

    def backward(g, *xs):
        slopes = [g * slope for slope in operation(*map(student.Value, xs)).slopes]
        return slopes[0] if len(slopes) == 1 else tuple(slopes)

    gradient(forward, backward, *map(np.array, inputs), name=name)


# ---- 2.1, 2.2 ----


@pytest.mark.task("2.1")
@pytest.mark.parametrize(("sign", "wanted"), [("+", 5.5), ("*", 7.0)])
def test_sum_and_product_have_values(student, sign, wanted):
    result = SUM_AND_PRODUCT[sign](student.Value(2.0), student.Value(3.5))
    close(result.data, wanted, f"(Value(2) {sign} Value(3.5)).data")


@pytest.mark.task("2.1")
@pytest.mark.parametrize("sign", SUM_AND_PRODUCT)
def test_sum_and_product_remember_their_parents(student, sign):
    a, b = student.Value(2.0), student.Value(3.5)
    parents = SUM_AND_PRODUCT[sign](a, b).parents
    expect(
        len(parents) == 2 and parents[0] is a and parents[1] is b,
        zh=f"a {sign} b 的 parents 应是 (a, b)，次序不变",
        en=f"the parents of a {sign} b must be (a, b), in this order",
    )


@pytest.mark.task("2.1")
@pytest.mark.parametrize("sign", SUM_AND_PRODUCT)
def test_sum_and_product_have_slopes(student, sign):
    slopes_are_right(student, SUM_AND_PRODUCT[sign], f"a {sign} b", 2.0, 3.5)


@pytest.mark.task("2.2")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_values(student, name):
    x = 0.7
    wanted = {"x ** 3": x**3, "x ** -1": 1 / x, "x.exp()": np.exp(x)}
    got = FUNCTIONS[name](student.Value(x)).data
    close(got, wanted.get(name, np.tanh(x)), f"({name}).data, x = Value({x})")


@pytest.mark.task("2.2")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_slopes(student, name):
    slopes_are_right(student, FUNCTIONS[name], name, 0.7)


# ---- 2.3 ----


def joined(student, *parents):
    """A Value computed from others, made without any operation."""
    return student.Value(1.0, parents, (1.0,) * len(parents))


def is_in_order(nodes):
    places = {id(node): i for i, node in enumerate(nodes)}
    return all(
        places.get(id(parent), len(nodes)) < i
        for i, node in enumerate(nodes)
        for parent in node.parents
    )


@pytest.mark.task("2.3")
def test_order_has_every_value_once(student):
    a = student.Value(1.0)
    b, c = joined(student, a), joined(student, a)
    end = joined(student, b, c, b)
    nodes = list(student.order(end))
    expect(
        len(nodes) == 4
        and {id(node) for node in nodes} == {id(n) for n in (a, b, c, end)},
        zh=f"这里有 4 个 Value，各应出现一次；得到 {len(nodes)} 个",
        en=f"there are 4 Values here, and each must occur once; got {len(nodes)}",
    )


@pytest.mark.task("2.3")
def test_order_puts_parents_first(student):
    """The short way from `a` to the end must not be taken for the only one."""
    a = student.Value(1.0)
    b = joined(student, a)
    c = joined(student, b, a)
    for end in (joined(student, a, c), joined(student, c, a)):
        expect(
            is_in_order(list(student.order(end))),
            zh="有一个 Value 排在了它的某个 parent 之前",
            en="a Value stands before one of its parents",
        )


@pytest.mark.task("2.3")
def test_order_goes_deep(student):
    end = student.Value(1.0)
    for _ in range(1100):
        end = joined(student, end)
    close(len(student.order(end)), 1101, "len(order(a chain of 1101 Values))")


# ---- 2.4 ----


@pytest.mark.task("2.4")
def test_backward_multiplies_along_a_path(student):
    a = student.Value(1.0)
    b = student.Value(1.0, (a,), (3.0,))
    student.Value(1.0, (b,), (-2.0,)).backward()
    close(a.grad, -6.0, "a.grad (slopes 3 and -2)")


@pytest.mark.task("2.4")
def test_backward_adds_up_paths(student):
    a = student.Value(1.0)
    b = student.Value(1.0, (a,), (3.0,))
    student.Value(1.0, (a, b, b), (5.0, 7.0, 11.0)).backward()
    close(a.grad, 5 + 3 * 7 + 3 * 11, "a.grad (paths 5, 3·7 and 3·11)")


@pytest.mark.task("2.4")
def test_backward_may_be_called_again(student):
    a = student.Value(1.0)
    b = student.Value(1.0, (a,), (3.0,))
    end = student.Value(1.0, (b,), (2.0,))
    end.backward()
    end.backward()
    close(a.grad, 6.0, "a.grad after backward() was called twice")


@pytest.mark.task("2.4")
def test_backward_of_a_value_used_twice(student):
    engine(lambda a, b: a * b + a, np.array(0.8), np.array(-0.6), leaf=student.Value)


@pytest.mark.task("2.4")
def test_backward_of_formulas(student):
    """Everything together, against numeric slopes."""

    def build(a, b):
        c = a * b + a**3
        return (c / (b * b + 1.0)).tanh() - (a * c * -0.1).exp()

    engine(build, np.array(0.8), np.array(-0.6), leaf=student.Value)


# ---- 2.5 ----


@pytest.mark.task("2.5")
def test_neuron(student):
    neuron = student.Neuron(3, np.random.default_rng(1))
    neuron.bias.data = 0.25
    x = numbers(3)
    got = neuron([float(v) for v in x]).data
    weights = [w.data for w in neuron.weights]
    close(got, np.tanh(np.dot(weights, x) + 0.25), "Neuron(3, rng)(x).data")


@pytest.mark.task("2.5")
def test_one_step_of_training(student):
    """By hand: a network of fixed weights, and the slope of its loss."""
    network = student.Network(2, 2, np.random.default_rng(2))
    before = [p.data for p in network.parameters()]
    losses = student.train(network, *XOR, steps=1, rate=0.01)
    after = [p.data for p in network.parameters()]

    def loss(p):
        layer = np.reshape(p[:6], (2, 3))  # two neurons, each of w₁ w₂ b
        hidden = np.tanh(np.array(XOR[0]) @ layer[:, :2].T + layer[:, 2])
        y = np.tanh(hidden @ p[6:8] + p[8])
        return float(np.sum((y - XOR[1]) ** 2))

    close(losses, [loss(np.array(before))], "train(…, steps=1)")
    steps = 1e-6 * np.eye(9)
    slopes = [(loss(before + h) - loss(before - h)) / 2e-6 for h in steps]
    wanted = np.array(before) - 0.01 * np.array(slopes)
    close(after, wanted, "the parameters after one step", atol=1e-7)


@pytest.mark.task("2.5")
def test_network_learns_xor(student):
    network = student.Network(2, 4, np.random.default_rng(0))
    losses = student.train(network, *XOR, steps=150, rate=0.1)
    close(len(losses), 150, "len(train(…, steps=150))")
    expect(
        losses[-1] < 0.05,
        zh=f"150 步之后损失应小于 0.05，得到 {losses[-1]:.3g}",
        en=f"after 150 steps the loss must be below 0.05, got {losses[-1]:.3g}",
    )
