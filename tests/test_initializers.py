"""Initializers: names, distributions, seeds, and configurations that round trip."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorlearn import config, initializers
from tensorlearn.declare import arg
from tensorlearn.declare.registry import initializers as registry
from tensorlearn.engine import Layer

CLASSES = {
    "Zeros": ["zeros", "zero"],
    "Ones": ["ones", "one"],
    "Constant": ["constant"],
    "Identity": ["identity"],
    "RandomNormal": ["random_normal", "normal"],
    "RandomUniform": ["random_uniform", "uniform"],
    "TruncatedNormal": ["truncated_normal"],
    "VarianceScaling": [],
    "Orthogonal": ["orthogonal"],
}
# how Keras 2.2.4 writes them: scale, mode, distribution
FACTORIES = {
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "lecun_normal": (1.0, "fan_in", "normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "glorot_normal": (1.0, "fan_avg", "normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "normal"),
}
TF_NAMES = [name.title().replace("_", "") for name in FACTORIES]
RANDOM = ["random_normal", "random_uniform", "truncated_normal", "VarianceScaling"]
RANDOM += ["orthogonal", *FACTORIES]


def test_all_names_of_keras_are_registered_and_no_others():
    aliases = [alias for names in CLASSES.values() for alias in names]
    assert set(registry.known) == {*CLASSES, *aliases, *FACTORIES, *TF_NAMES}


@pytest.mark.parametrize("name", list(registry.known))
def test_every_name_makes_an_array_of_floatx(name):
    made = initializers.get(name)
    assert made((4, 4)).shape == (4, 4)
    assert made((4, 4)).dtype == np.float32
    assert made((4, 4), dtype="float64").dtype == np.float64
    config.set_floatx("float16")
    assert made((4, 4)).dtype == np.float16


@pytest.mark.parametrize("name", list(registry.known))
def test_a_configuration_survives_json(name):
    made = initializers.get(name)
    written = json.loads(json.dumps(initializers.serialize(made)))
    again = initializers.deserialize(written)
    assert type(again) is type(made)
    assert (
        again.get_config() == made.get_config() == initializers.get(again).get_config()
    )


@pytest.mark.parametrize(("name", "expected"), list(FACTORIES.items()))
def test_a_factory_is_written_as_variance_scaling(name, expected):
    written = initializers.serialize(getattr(initializers, name)(seed=3))
    scale, mode, distribution = expected
    assert written == {
        "class_name": "VarianceScaling",
        "config": {
            "scale": scale,
            "mode": mode,
            "distribution": distribution,
            "seed": 3,
        },
    }


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (initializers.Zeros(), {}),
        (initializers.Constant(), {"value": 0}),
        (initializers.Constant(np.float32(2)), {"value": 2.0}),
        (initializers.Identity(2), {"gain": 2.0}),
        (initializers.Orthogonal(1.5, 7), {"gain": 1.5, "seed": 7}),
        (
            initializers.RandomNormal(1, 2, 3),
            {"mean": 1.0, "stddev": 2.0, "seed": 3},
        ),
        (
            initializers.RandomUniform(),
            {"minval": -0.05, "maxval": 0.05, "seed": None},
        ),
        (
            initializers.TruncatedNormal(),
            {"mean": 0.0, "stddev": 0.05, "seed": None},
        ),
    ],
    ids=lambda made: type(made).__name__,
)
def test_configurations_are_those_of_keras(made, expected):
    assert made.get_config() == expected


def test_lower_case_names_are_the_classes():
    for name, aliases in CLASSES.items():
        for alias in aliases:
            assert getattr(initializers, alias) is getattr(initializers, name)


def test_the_dtype_of_a_foreign_configuration_is_ignored():
    made = initializers.Zeros.from_config({"dtype": "float32"})
    assert made.get_config() == {}


# ---- constants ----


def test_constants():
    np.testing.assert_array_equal(initializers.Zeros()((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(initializers.Ones()((2, 3)), np.ones((2, 3)))
    np.testing.assert_array_equal(initializers.Constant(5)((2,)), [5, 5])
    np.testing.assert_array_equal(initializers.Constant([1, 2])((2,)), [1, 2])


def test_identity_scales_and_repeats_along_the_long_side():
    expected = [[3, 0, 3, 0], [0, 3, 0, 3]]
    np.testing.assert_array_equal(initializers.Identity(3)((2, 4)), expected)
    with pytest.raises(ValueError, match=r"long side must be a multiple.*\(2, 3\)"):
        initializers.Identity()((2, 3))


def test_identity_needs_two_axes():
    with pytest.raises(
        ValueError, match=r"Identity: .* 2 axes .* got shape \(2, 2, 2\)"
    ):
        initializers.Identity()((2, 2, 2))


# ---- distributions ----

MANY = (250, 400)


def test_random_normal_has_its_mean_and_deviation():
    w = initializers.RandomNormal(1.0, 0.5, seed=1)(MANY)
    assert w.mean() == pytest.approx(1, abs=0.01)
    assert w.std() == pytest.approx(0.5, rel=0.02)
    assert np.abs(w - 1).max() > 1.5


def test_random_uniform_fills_its_interval():
    w = initializers.RandomUniform(-1, 3, seed=1)(MANY)
    assert -1 <= w.min() < -0.99
    assert 2.99 < w.max() <= 3
    assert w.mean() == pytest.approx(1, abs=0.02)


def test_truncated_normal_stays_within_two_deviations():
    w = initializers.TruncatedNormal(1.0, 0.5, seed=1)(MANY)
    assert 0.99 < np.abs(w - 1).max() <= 1.0
    assert w.std() == pytest.approx(0.5 * 0.8796, rel=0.02)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize(
    ("mode", "n"), [("fan_in", 250), ("fan_out", 400), ("fan_avg", 325)]
)
def test_variance_scaling_has_variance_scale_over_n(mode, n, distribution):
    made = initializers.VarianceScaling(3.0, mode, distribution, seed=1)
    w = made(MANY)
    assert w.var() == pytest.approx(3 / n, rel=0.02)
    limit = (
        math.sqrt(9 / n) if distribution == "uniform" else 2 * math.sqrt(3 / n) / 0.8796
    )
    assert 0.99 * limit < np.abs(w).max() <= limit * 1.0001


@pytest.mark.parametrize("scale", [0, -1])
def test_variance_scaling_needs_a_positive_scale(scale):
    with pytest.raises(ValueError, match=rf"`scale` must be .*, got {scale}"):
        initializers.VarianceScaling(scale)


def test_variance_scaling_corrects_a_misspelt_mode():
    with pytest.raises(
        ValueError, match=r"`mode` must be .* got 'fan_inn'.*mean 'fan_in'"
    ):
        initializers.VarianceScaling(mode="fan_inn")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3, 5), (3, 5)),
        ((7, 3, 5), (21, 35)),
        ((2, 4, 3, 5), (24, 40)),
        ((2, 2, 2, 3, 5), (24, 40)),
        ((9,), (3, 3)),
        ((), (1, 1)),
    ],
)
def test_fans_count_the_taps_of_a_kernel(shape, expected):
    assert initializers.fans(shape) == expected


@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=4),
    st.floats(0.1, 3),
    st.integers(0, 100),
)
def test_orthogonal_matrices_are_orthogonal(shape, gain, seed):
    w = initializers.Orthogonal(gain, seed)(shape, dtype="float64")
    assert w.shape == tuple(shape)
    matrix = w.reshape(-1, shape[-1]) / gain
    rows, columns = matrix.shape
    product = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_signs_are_random():
    first = [initializers.Orthogonal(seed=s)((3, 3))[0, 0] for s in range(40)]
    assert 10 < sum(x > 0 for x in first) < 30


def test_orthogonal_needs_two_axes():
    with pytest.raises(ValueError, match=r"Orthogonal: .*2 axes.*got shape \(3,\)"):
        initializers.Orthogonal()((3,))


# ---- seeds ----


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_gives_the_same_array_every_time(name):
    made = registry.find(name)(seed=5)
    np.testing.assert_array_equal(made((3, 4)), made((3, 4)))
    other = registry.find(name)(seed=6)
    assert not np.array_equal(made((3, 4)), other((3, 4)))


@pytest.mark.parametrize("name", RANDOM)
def test_without_a_seed_every_call_differs_and_set_seed_repeats_them(name):
    made = initializers.get(name)
    config.set_seed(3)
    first, second = made((3, 4)), made((3, 4))
    assert not np.array_equal(first, second)
    config.set_seed(3)
    np.testing.assert_array_equal(made((3, 4)), first)
    np.testing.assert_array_equal(made((3, 4)), second)


def test_a_seeded_initializer_does_not_disturb_the_stream_of_others():
    config.set_seed(3)
    expected = initializers.RandomNormal()((3,))
    config.set_seed(3)
    initializers.RandomNormal(seed=1)((3,))
    np.testing.assert_array_equal(initializers.RandomNormal()((3,)), expected)


# ---- one's own ----


class Weighted(Layer):
    kernel = arg.weight("glorot_uniform")

    def build(self, shape):
        self.add_weight("kernel", (2, 3))


@pytest.mark.parametrize(
    "own",
    [lambda shape: np.full(shape, 7.0), lambda shape, dtype=None: np.full(shape, 7)],
)
def test_any_function_of_a_shape_starts_a_weight(own):
    layer = Weighted(kernel_initializer=own)
    layer.build((None, 2))
    assert layer.kernel.dtype == np.float32
    np.testing.assert_array_equal(layer.kernel.numpy(), np.full((2, 3), 7))


def test_a_function_of_ones_own_is_found_by_name():
    def sevens(shape):
        return np.full(shape, 7.0)

    assert initializers.serialize(sevens) == "sevens"
    assert initializers.deserialize("sevens", {"sevens": sevens}) is sevens


def test_a_factory_without_its_brackets_is_called():
    assert initializers.get(initializers.he_normal).scale == 2
    assert initializers.get(initializers.Ones)((1,)) == 1


def test_an_initializer_of_ones_own_round_trips():
    class Alternating(initializers.Initializer):
        high = arg.number(1.0)

        def __call__(self, shape, dtype=None):
            return np.resize([0, self.high], shape)

    written = initializers.serialize(Alternating(high=2))
    assert written == {"class_name": "Alternating", "config": {"high": 2.0}}
    again = initializers.deserialize(written, {"Alternating": Alternating})
    np.testing.assert_array_equal(again((3,)), [0, 2, 0])


def test_the_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="must define __call__"):
        initializers.Initializer()((1,))


def test_a_misspelt_name_is_corrected():
    with pytest.raises(
        ValueError, match="Unknown initializer: 'glorot_unifrom'; did you "
    ):
        initializers.get("glorot_unifrom")
