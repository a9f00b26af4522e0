"""The progress bar: right in terminals and in files, throttled, averaged."""

import contextlib
import io
import re

import numpy as np
import pytest

from tensorlearn import layers
from tensorlearn.models.sequential import Sequential
from tensorlearn.progress import Progbar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_terminal(show):
    """What `show()` writes when the output is a terminal."""
    with contextlib.redirect_stdout(Terminal()) as out:
        show()
    return out.getvalue()


def test_terminal_sees_one_line_that_moves():
    bar = Progbar(4, width=8, interval=0)
    shown = on_terminal(lambda: [bar.update(i, [("loss", i)]) for i in range(1, 5)])
    frames = shown.split("\r")[1:]
    assert frames[0].startswith("1/4 [=>......] - ETA: ")
    assert frames[1].startswith("2/4 [===>....] - ETA: ")
    assert frames[3].startswith("4/4 [========] - 0s ")
    assert frames[3].rstrip(" ").endswith("- loss: 2.5000\n")
    assert shown.count("\n") == 1


def test_file_gets_finished_lines_only(capsys):
    bar = Progbar(100, interval=0)
    for i in range(1, 101):
        bar.update(i)
    assert capsys.readouterr().out.count("/100") == 1


def test_redraws_are_throttled():
    bar = Progbar(10_000, interval=60)
    shown = on_terminal(lambda: [bar.update(i) for i in range(1, 10_000)])
    assert shown.count("\r") == 1


def test_shorter_line_covers_the_longer_one():
    bar = Progbar(2, interval=0)

    def show():
        bar.update(1, [("a_long_name", 1.0)])
        bar._sums.clear()
        bar.update(2)

    first, second = on_terminal(show).rstrip("\n").split("\r")[1:]
    assert len(second) >= len(first)


def test_values_are_weighted_by_progress(capsys):
    bar = Progbar(4)
    bar.update(1, [("loss", 4.0)])
    bar.update(4, [("loss", 0.0)])
    assert "loss: 1.0000" in capsys.readouterr().out


def test_stateful_values_are_the_last_ones(capsys):
    bar = Progbar(2, stateful_metrics=["lr"])
    bar.add(1, [("lr", 1.0)])
    bar.add(1, [("lr", 0.5)])
    assert "lr: 0.5000" in capsys.readouterr().out


def test_small_values_are_shown_in_powers(capsys):
    Progbar(1).update(1, [("loss", 0.00001234)])
    assert "loss: 1.2340e-05" in capsys.readouterr().out


def test_unknown_target_counts():
    shown = on_terminal(lambda: Progbar(None, interval=0).update(7))
    assert "      7/unknown" in shown


BAR = r"8/8 \[=+\] - \d+s \d+.?s/step - loss: \d\.\d{4} - val_loss: \d\.\d{4}\n$"
LINE = r" - \d+s - loss: \d\.\d{4} - val_loss: \d\.\d{4}\n$"
FIRST = r"^Train on 8 samples, validate on 2 samples\nEpoch 1/1\n"


@pytest.mark.parametrize(
    ("verbose", "pattern"), [(0, "^$"), (1, FIRST + BAR), (2, FIRST + LINE)]
)
def test_fit_reports_as_asked(verbose, pattern, capsys):
    model = Sequential([layers.Dense(1, input_shape=(2,), kernel_initializer="ones")])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    model.fit(rng.random((10, 2)), np.ones(10), batch_size=3, validation_split=0.2,
              verbose=verbose)  # fmt: skip
    assert re.search(pattern, capsys.readouterr().out)
