"""Global settings: their defaults, what they refuse, the Keras settings file, the seed."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tensorlearn import config

SHOW = """
import json
from tensorlearn import config as c
print(json.dumps([c.floatx(), c.epsilon(), c.image_data_format()]))
"""
DEFAULTS = ["float32", 1e-7, "channels_last"]


def settings_of(home, **environment):
    """The settings of a fresh interpreter whose home directory is `home`."""
    kept = {k: v for k, v in os.environ.items() if k != "KERAS_HOME"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**kept, "HOME": str(home), "USERPROFILE": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("keras.json").write_text(text, encoding="utf-8")
    return folder


# ---- the settings file ----


def test_without_a_file_the_defaults_hold_and_none_is_written(tmp_path):
    assert settings_of(tmp_path) == DEFAULTS
    assert list(tmp_path.iterdir()) == []


KERAS2 = {
    "floatx": "float64",
    "epsilon": 1e-5,
    "backend": "theano",
    "image_data_format": "channels_first",
}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (KERAS2, ["float64", 1e-5, "channels_first"]),
        ({"image_dim_ordering": "th"}, ["float32", 1e-7, "channels_first"]),
        ({"image_dim_ordering": "tf", "epsilon": 1}, ["float32", 1.0, "channels_last"]),
        (
            {"image_dim_ordering": "th", "image_data_format": "channels_last"},
            DEFAULTS,
        ),
        ({"floatx": "float128", "epsilon": -1, "image_data_format": "last"}, DEFAULTS),
        ({"floatx": None, "epsilon": "small", "image_dim_ordering": []}, DEFAULTS),
        ([], DEFAULTS),
        ("{not json", DEFAULTS),
    ],
    ids=["keras2", "th", "tf", "both", "wrong", "nonsense", "list", "broken"],
)
def test_both_generations_of_the_file_are_read_and_mistakes_ignored(
    tmp_path, content, expected
):
    text = content if isinstance(content, str) else json.dumps(content)
    folder = write(tmp_path / ".keras", text)
    assert settings_of(tmp_path) == expected
    assert (folder / "keras.json").read_text(encoding="utf-8") == text
    assert len(list(folder.iterdir())) == 1


def test_keras_home_wins_over_the_home_directory(tmp_path):
    write(tmp_path / ".keras", json.dumps({"floatx": "float16"}))
    elsewhere = write(tmp_path / "elsewhere", json.dumps({"floatx": "float64"}))
    assert settings_of(tmp_path, KERAS_HOME=str(elsewhere))[0] == "float64"
    assert settings_of(tmp_path, KERAS_HOME=str(tmp_path / "none")) == DEFAULTS


def test_a_file_that_is_no_text_is_ignored(tmp_path):
    write(tmp_path / ".keras", "{}").joinpath("keras.json").write_bytes(b"\xff\xfe\x00")
    assert settings_of(tmp_path) == DEFAULTS


# ---- setting them ----


def test_settings_are_what_was_set():
    config.set_floatx("float64")
    config.set_epsilon(1)
    config.set_image_data_format("channels_first")
    assert config.floatx() == "float64"
    assert config.epsilon() == 1.0
    assert config.image_data_format() == "channels_first"


@pytest.mark.parametrize(
    ("setter", "value", "message"),
    [
        (
            config.set_floatx,
            "float31",
            r"`floatx` must be one .*, got 'float31'; did you",
        ),
        (
            config.set_floatx,
            32,
            r"`floatx` must be one of float16, float32, float64, got",
        ),
        (config.set_epsilon, 0, r"set_epsilon: .* must be positive, got 0"),
        (config.set_epsilon, -1e-3, r"set_epsilon: .* must be positive, got -0.001"),
        (
            config.set_epsilon,
            float("nan"),
            r"set_epsilon: .* must be positive, got nan",
        ),
        (config.set_image_data_format, "last", r"`data_format` must be .* got 'last'"),
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(setter, value, message):
    with pytest.raises(ValueError, match=message):
        setter(value)
    assert [config.floatx(), config.epsilon(), config.image_data_format()] == DEFAULTS


# ---- randomness ----


def draws(count):
    return [config.random_stream().random(4).tolist() for _ in range(count)]


def test_set_seed_repeats_every_stream():
    config.set_seed(5)
    first = draws(3)
    config.set_seed(5)
    assert draws(3) == first


def test_streams_and_seeds_differ():
    config.set_seed(5)
    five = draws(3)
    config.set_seed(6)
    six = draws(3)
    assert len({tuple(numbers) for numbers in five + six}) == 6


def test_a_stream_does_not_depend_on_what_others_drew():
    config.set_seed(5)
    config.random_stream()
    expected = config.random_stream().random()
    config.set_seed(5)
    config.random_stream().random(1000)
    config.random_stream(seed=9).random(10)
    assert config.random_stream().random() == expected


def test_a_stream_with_its_own_seed_is_always_the_same():
    config.set_seed(1)
    expected = config.random_stream(7).random(3)
    config.set_seed(2)
    np.testing.assert_array_equal(config.random_stream(7).random(3), expected)


def test_the_current_seed_is_known():
    config.set_seed(np.int64(11))
    assert config.current_seed() == 11


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None, True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match=rf"set_seed: `seed` must be .*, got {seed!r}"):
        config.set_seed(seed)


def test_two_interpreters_draw_the_same():
    script = (
        "from tensorlearn import config; config.set_seed(3);"
        "print(config.random_stream().random(), config.random_stream().random())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 1


# ---- names ----


def test_uids_count_per_prefix():
    config.reset_uids()
    assert [config.get_uid("dense") for _ in range(3)] == [1, 2, 3]
    assert config.get_uid("lstm") == 1
    assert config.get_uid() == 1
    config.reset_uids()
    assert config.get_uid("dense") == 1
