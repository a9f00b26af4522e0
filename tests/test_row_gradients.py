"""Tables of which few rows were looked up: the same steps without the zeros of the rest."""

import numpy as np
import pytest

from tensorlearn import ops
from tensorlearn.autograd import Parameter, Tensor, grad
from tensorlearn.autograd.graph import sweep
from tensorlearn.autograd.rows import RowGradient
from tensorlearn.declare.registry import optimizers
from tensorlearn.layers import Dense, Embedding, Flatten
from tensorlearn.models import Sequential

SHAPE = (2000, 40)  # large enough for a RowGradient
RULES = sorted({rule.__name__.lower() for rule in optimizers.known.values()})


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def looked_up(rng, shape=SHAPE):
    ids = rng.integers(-shape[0], shape[0], (5, 30))
    g = rng.standard_normal((*ids.shape, *shape[1:])).astype("float32")
    return ids, g


def dense(ids, g, shape=SHAPE):
    table = np.zeros(shape, "float32")
    np.add.at(table, ids, g)
    return table


@pytest.mark.parametrize("shape", [SHAPE, (3000, 5, 6), (70000,)], ids=str)
def test_as_an_array_it_is_the_whole_gradient(rng, shape):
    ids, g = looked_up(rng, shape)
    found = RowGradient(ids, g, shape)
    assert (np.diff(found.rows) > 0).all()
    np.testing.assert_allclose(np.asarray(found), dense(ids, g, shape), atol=1e-5)
    np.testing.assert_allclose(found + 1, dense(ids, g, shape) + 1, atol=1e-5)
    np.testing.assert_allclose(1 + found, dense(ids, g, shape) + 1, atol=1e-5)


LIMITS = [{}, {"clipnorm": 0.5}, {"clipvalue": 0.1}]
OPTIONS = {"sgd": [{"momentum": 0.9, "nesterov": True}], "adam": [{"amsgrad": True}]}
CASES = [(rule, o) for rule in RULES for o in LIMITS + OPTIONS.get(rule, [])]


@pytest.mark.parametrize(("rule", "options"), CASES, ids=str)
def test_every_optimizer_takes_the_same_steps(rng, rule, options):
    start = rng.standard_normal(SHAPE).astype("float32")
    bias = rng.standard_normal(7).astype("float32")
    runs = []
    for few in (True, False):
        rng = np.random.default_rng(3)
        optimizer = optimizers.get({"class_name": rule, "config": options})
        parameters = [Parameter(start.copy()), Parameter(bias.copy())]
        for _ in range(3):
            found = RowGradient(*looked_up(rng), SHAPE)
            table = found if few else np.asarray(found)
            optimizer.apply([table, rng.standard_normal(7)], parameters)
        runs.append([p.data for p in parameters] + optimizer.get_weights())
    for a, b in zip(*runs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def loss_of(table, ids):
    return (ops.gather(table, indices=ids) ** 2).sum()


def test_who_asks_for_gradients_gets_arrays(rng):
    table = Tensor(rng.standard_normal(SHAPE), requires_grad=True)
    ids, _ = looked_up(rng)
    wanted = dense(ids, 2 * table.data[ids])
    found = grad(loss_of(table, ids), table)
    assert type(found) is np.ndarray
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    loss_of(table, ids).backward()
    assert type(table.grad) is np.ndarray
    np.testing.assert_allclose(table.grad, wanted, atol=1e-5)


def test_only_a_leaf_gets_rows(rng):
    table = Tensor(rng.standard_normal(SHAPE), requires_grad=True)
    ids, _ = looked_up(rng)

    def found(loss):
        return sweep({loss.node: np.ones((), "float32")}, rows=True)[table.node]

    assert type(found(loss_of(table, ids))) is RowGradient
    scaled = found(loss_of(table * 3.0, ids))
    assert type(scaled) is np.ndarray
    np.testing.assert_allclose(scaled, dense(ids, 18 * table.data[ids]), atol=1e-4)
    twice = found(loss_of(table, ids) + loss_of(table, ids[:2]) + (table * 2.0).sum())
    assert type(twice) is np.ndarray
    wanted = (
        dense(ids, 2 * table.data[ids]) + dense(ids[:2], 2 * table.data[ids[:2]]) + 2
    )
    np.testing.assert_allclose(twice, wanted, atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"embeddings_constraint": "non_neg"}], ids=str)
def test_a_model_learns_the_same_whether_its_table_is_large_or_small(rng, options):
    def trained(words):
        layer = Embedding(words, 40, input_length=6, **options)
        model = Sequential([layer, Flatten(), Dense(1)])
        model.compile(loss="mse", optimizer="adam")
        table, kernel, bias = model.get_weights()
        table[:100] = start
        model.set_weights([table, np.ones_like(kernel), bias])
        for _ in range(5):
            model.train_on_batch(x, y)
        return model.get_weights()[0][:100]

    start = rng.standard_normal((100, 40)).astype("float32")
    x, y = rng.integers(0, 100, (8, 6)), rng.standard_normal((8, 1)).astype("float32")
    np.testing.assert_allclose(trained(2000), trained(100), rtol=1e-4, atol=1e-5)


class Momentous(optimizers.known["rmsprop"]):
    """A rule of one's own that moves weights also where the gradient is zero."""

    slots = ("accumulators", "velocity")

    def update(self, g, change, spare, states):
        squares, velocity = states
        super().update(g, change, spare, [squares])
        velocity *= 0.9
        velocity += change
        change[...] = velocity


def test_a_rule_of_ones_own_does_not_inherit_how_others_fade(rng):
    start = rng.standard_normal(SHAPE).astype("float32")
    found, wanted = Parameter(start.copy()), Parameter(start.copy())
    few, all_rows = Momentous(), Momentous()
    for _ in range(4):
        rows = RowGradient(*looked_up(rng), SHAPE)
        few.apply([rows], [found])
        all_rows.apply([np.asarray(rows)], [wanted])
    np.testing.assert_allclose(found.data, wanted.data, rtol=1e-5, atol=1e-6)


def test_an_apply_of_ones_own_sees_arrays(rng):
    class Centered(optimizers.known["sgd"]):
        def apply(self, gradients, parameters):
            super().apply([g - g.mean(axis=0) for g in gradients], parameters)

    model = Sequential([Embedding(2000, 40, input_length=6), Flatten(), Dense(1)])
    model.compile(loss="mse", optimizer=Centered())
    model.train_on_batch(rng.integers(0, 2000, (8, 6)), np.zeros((8, 1)))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64"])
@pytest.mark.parametrize("rows", [200, 40000])
def test_indices_of_any_integer_type(rng, dtype, rows):
    table = Tensor(rng.standard_normal((rows, 8)), requires_grad=True)
    ids = rng.integers(0, 100, (3, 50)).astype(dtype)
    found = grad(loss_of(table, ids), table)
    wanted = dense(ids, 2 * table.data[ids], (rows, 8))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_small_table_may_have_one_too(rng):
    parameters = [Parameter(np.zeros((10, 2), "float32")) for _ in range(2)]
    ids, g = looked_up(rng, (10, 2))
    optimizers.get("sgd").apply([RowGradient(ids, g, (10, 2)), g[0, :10]], parameters)
    np.testing.assert_allclose(parameters[0].data, -0.01 * dense(ids, g, (10, 2)), 1e-4)


@pytest.mark.parametrize("rows", [1, 2, 256, 257, 65536, 65537])
def test_rows_of_tables_of_any_length_are_found(rng, rows):
    ids = rng.integers(0, rows, 300)
    ids[:2] = 0, rows - 1
    g = rng.standard_normal((300, 2)).astype("float32")
    found = RowGradient(ids, g, (rows, 2))
    assert (np.diff(found.rows) > 0).all()
    np.testing.assert_allclose(np.asarray(found), dense(ids, g, (rows, 2)), atol=1e-4)
