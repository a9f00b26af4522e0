"""The tests of chapter 16."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, layer, numbers


@pytest.mark.task("16.1")
def test_layers_are_applied_to_nodes(student):
    a, b, add = student.Node(), student.Node(), student.Add()
    first, second = add(a, b), add(b, a)
    expect(
        first.layer is add and len(first.parents) == 2,
        zh="Add()(a, b) 应是一个节点，layer 是这一层，parents 是 (a, b)",
        en="Add()(a, b) must be a node with this layer and the parents (a, b)",
    )
    expect(
        first.parents[0] is a and first.parents[1] is b,
        zh="parents 的次序应与参数相同",
        en="parents must be in the order of the arguments",
    )
    expect(
        second is not first,
        zh="同一层再用一次，应得到另一个节点",
        en="a layer that is used again must give another node",
    )


def is_in_order(nodes):
    places = {id(node): i for i, node in enumerate(nodes)}
    return all(
        places.get(id(parent), len(nodes)) < i
        for i, node in enumerate(nodes)
        for parent in node.parents
    )


@pytest.mark.task("16.1")
def test_order(student):
    """A short way and a long one to the same end, and one layer used twice."""
    x, shared = student.Node(), student.Layer()
    a = student.Node(shared, (x,))
    b = student.Node(shared, (a,))
    for end in (student.Node(student.Layer(), (x, b)), student.Node(shared, (b, x))):
        nodes = list(student.order([end, a]))
        expect(
            {id(n) for n in nodes} == {id(n) for n in (x, a, b, end)}
            and len(nodes) == 4,
            zh=f"这里有 4 个节点，各应出现一次；得到 {len(nodes)} 个",
            en=f"there are 4 nodes here, and each must occur once; got {len(nodes)}",
        )
        expect(
            is_in_order(nodes),
            zh="有一个节点排在了它的某个 parent 之前",
            en="a node stands before one of its parents",
        )


# ---- graphs; their nodes are made without Layer.__call__ ----


def after(student, made, *parents):
    return student.Node(made, parents)


def diamond(student):
    """tanh(x) · x: x is used twice."""
    x = student.Node()
    a = after(student, student.Tanh(), x)
    return student.Model([x], [after(student, student.Multiply(), a, x)])


def twins(student):
    """tanh(a) · tanh(b), by one and the same Tanh, and a + b."""
    a, b, shared = student.Node(), student.Node(), student.Tanh()
    both = after(student, shared, a), after(student, shared, b)
    product = after(student, student.Multiply(), *both)
    return student.Model([a, b], [product, after(student, student.Add(), a, b)])


@pytest.mark.task("16.2")
def test_forward_of_a_diamond(student):
    x = numbers(2, 3)
    close(diamond(student).forward(x), np.tanh(x) * x, "tanh(x)·x as a graph")


@pytest.mark.task("16.2")
def test_forward_of_two_inputs_and_outputs(student):
    a, b = numbers(2, 3), numbers(2, 3, seed=1)
    got = twins(student).forward(a, b)
    expect(
        isinstance(got, tuple) and len(got) == 2,
        zh="有两个输出，应返回两个元素的元组",
        en="there are two outputs, so return a tuple of two",
    )
    close(got[0], np.tanh(a) * np.tanh(b), "tanh(a)·tanh(b), one layer used twice,")
    close(got[1], a + b, "a + b")


@pytest.mark.task("16.2")
def test_every_node_is_computed_once(student):
    """Twenty times y = y + y: whoever computes parents anew does it a million times."""
    x = end = student.Node()
    made = student.Add()
    for _ in range(20):
        end = after(student, made, end, end)
    model = student.Model([x], [end])
    close(model.forward(np.ones(2)), np.full(2, 2.0**20), "y = y + y, twenty times,")
    close(len(model.caches), 20, "the number of caches, one for each node,")


# ---- 16.3 ----


@pytest.mark.task("16.3")
def test_gradient_of_a_row(student):
    def make():
        x = end = student.Node()
        for _ in range(3):
            end = after(student, student.Tanh(), end)
        return student.Model([x], [end])

    layer(make, numbers(2, 3), params={}, name="tanh(tanh(tanh(x)))")


@pytest.mark.task("16.3")
def test_gradient_of_a_diamond(student):
    x = numbers(2, 3)

    def by_one_way(model, moved):
        return np.tanh(moved) * x

    layer(
        lambda: diamond(student),
        x,
        params={},
        suspects={"overwritten": by_one_way},
        name="tanh(x)·x",
        shrink=False,
    )


@pytest.mark.task("16.3")
def test_gradient_of_a_shared_layer_without_weights(student):
    inputs = numbers(2, 3), numbers(2, 3, seed=1)
    layer(lambda: twins(student), *inputs, params={}, name="tanh(a)·tanh(b), a + b")


@pytest.mark.task("16.3")
def test_gradient_of_an_output_that_is_used_further(student):
    """tanh(x) is an output, and so is its square."""

    def make():
        x = student.Node()
        a = after(student, student.Tanh(), x)
        return student.Model([x], [a, after(student, student.Multiply(), a, a)])

    x = numbers(2, 3)

    def without_its_own(model, moved):
        return np.tanh(x), np.tanh(moved) ** 2

    layer(
        make,
        x,
        params={},
        suspects={"overwritten": without_its_own},
        name="tanh(x), tanh²(x)",
        shrink=False,
    )


@pytest.mark.task("16.3")
def test_gradient_of_an_unused_input(student):
    x, unused = student.Node(), student.Node()
    model = student.Model([x, unused], [after(student, student.Tanh(), x)])
    model.forward(numbers(2, 3), numbers(4))
    got = model.backward(numbers(2, 3))
    close(len(got), 2, "the number of gradients for two inputs")
    close(got[1], np.zeros(4), "the gradient of an input that is not used")


# ---- 16.4 ----


def siamese(student):
    """Dense(a) · Dense(b), by one and the same Dense."""
    a, b = student.Node(), student.Node()
    dense = student.Dense(3, 4, np.random.default_rng(1))
    both = after(student, dense, a), after(student, dense, b)
    return student.Model([a, b], [after(student, student.Multiply(), *both)])


@pytest.mark.task("16.4")
def test_layers_are_listed_once(student):
    model = siamese(student)
    names = [type(made).__name__ for made in model.layers]
    expect(
        len(names) == 2,
        zh=f"图里有两层，Dense 用了两次；layers 却有 {len(names)} 项",
        en=f"the graph has two layers, Dense being used twice; but layers lists "
        f"{len(names)}",
    )
    expect(
        sorted(model.params) == ["0/W", "0/b"],
        zh=f"params 的名字应是 0/W 与 0/b，得到 {sorted(model.params)}",
        en=f"the names in params must be 0/W and 0/b, got {sorted(model.params)}",
    )


@pytest.mark.task("16.4")
def test_gradients_of_a_shared_dense(student):
    a, b = numbers(4, 3), numbers(4, 3, seed=1)
    fixed = {name: p.copy() for name, p in siamese(student).params.items()}

    def first_use_only(model, a, b):
        moved = model.params
        one = a @ moved["0/W"] + moved["0/b"]
        return one * (b @ fixed["0/W"] + fixed["0/b"])

    layer(
        lambda: siamese(student),
        a,
        b,
        accumulates=False,
        suspects={"overwritten": first_use_only},
        name="Dense(a)·Dense(b)",
        shrink=False,
    )


@pytest.mark.task("16.4")
def test_gradients_of_a_dense_behind_itself(student):
    def make():
        x, dense = student.Node(), student.Dense(3, 3, np.random.default_rng(2))
        a = after(student, student.Tanh(), after(student, dense, x))
        return student.Model([x], [after(student, dense, a)])

    layer(make, numbers(4, 3), name="Dense(tanh(Dense(x)))", shrink=False)
