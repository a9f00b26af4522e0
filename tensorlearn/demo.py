"""`tensorlearn demo`: a network learns to read real handwritten digits, in seconds.

What it does is what the README's example does; the rest of this file is the picture.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from tensorlearn.config import set_seed
from tensorlearn.datasets import digits
from tensorlearn.layers import Dense, Dropout
from tensorlearn.models import Sequential
from tensorlearn.optimizers import Adam
from tensorlearn.wording import say

WIDTH = 72


def run(epochs: int = 40, seed: int = 0, output: str = "digits.png") -> float:
    """Train on the digits, tell what happens, draw it; returns the test accuracy.

    epochs: how often every training image is seen
    seed: another number gives other initial weights, another order, another dropout
    output: where the picture goes
    """
    set_seed(seed)
    (x_train, y_train), (x_test, y_test) = digits.load_data(flatten=True)
    x_train, x_test = 2 * x_train - 1, 2 * x_test - 1  # [0, 1] -> [-1, 1]

    model = network()
    model.summary()
    _tell(
        say(
            "{train} handwritten digits of 8×8 pixels to learn from, {test} others to be "
            "tested on. Every gradient below is computed by tensorlearn itself.",
            train=len(x_train),
            test=len(x_test),
        )
    )
    start = time.perf_counter()
    history = model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=epochs,
        validation_data=(x_test, y_test),
    )
    seconds = time.perf_counter() - start
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    _tell(
        say(
            "After {seconds:.1f} s of training the network reads {right} of {all} digits "
            "it has never seen: test accuracy {accuracy:.4f}.",
            seconds=seconds,
            right=round(accuracy * len(y_test)),
            all=len(y_test),
            accuracy=accuracy,
        )
    )
    predicted = model.predict(x_test)
    _tell(draw(output, history.history, x_test, y_test, predicted))
    return float(accuracy)


def network() -> Sequential:
    """Two hidden layers with dropout, compiled.   (N, 64) -> (N, 10)"""
    model = Sequential(
        [
            Dense(256, activation="relu", input_shape=(64,)),
            Dropout(0.5),
            Dense(256, activation="relu"),
            Dropout(0.5),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        Adam(lr=0.003, decay=0.002),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _tell(text: str) -> None:
    print(f"\n{text}")


# ---- the picture ----


def draw(output: str, history: dict[str, Any], x: Any, y: Any, predicted: Any) -> str:
    """Save curves and digits with their predictions; returns what there is to say.

    x: (N, 64) in [-1, 1]   y: (N,)   predicted: (N, 10)
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return say(
            "For a picture of it, install matplotlib: pip install 'tensorlearn[plot]'"
        )
    figure = Figure(figsize=(9.6, 4.0), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(4, 5))
    _curves(left, history)
    _digits(right, x, y, predicted)
    path = Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    return say("The picture is in {path}.", path=path)


BLUE, ORANGE, RED, GREY = "#2b6cb0", "#dd6b20", "#c53030", "#4a5568"


def _curves(figure: Any, history: dict[str, Any]) -> None:
    """Loss above, accuracy below, over the epochs."""
    accuracy = next(name for name in history if name.startswith("acc"))
    top, bottom = figure.subplots(2, 1, sharex=True)
    for axes, name, title in ((top, "loss", "loss"), (bottom, accuracy, "accuracy")):
        epochs = np.arange(1, len(history[name]) + 1)
        axes.plot(epochs, history[name], color=BLUE, label="training")
        axes.plot(epochs, history[f"val_{name}"], color=ORANGE, label="test")
        axes.set_title(title, loc="left", fontsize=10, color=GREY)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=GREY, labelsize=8)
        axes.grid(axis="y", alpha=0.25)
    top.set_ylim(bottom=0)
    top.legend(frameon=False, fontsize=8)
    bottom.set_ylim(min([*history[accuracy][1:], 0.9]) - 0.02, 1.005)
    bottom.set_xlabel("epoch", fontsize=9, color=GREY)


def _digits(figure: Any, x: Any, y: Any, predicted: Any) -> None:
    """Test digits in their order; in the last row those that were hardest to read."""
    rows, columns = 5, 8
    answers = predicted.argmax(axis=-1)
    order = np.argsort(predicted[np.arange(len(y)), y])
    others = np.sort(order[columns:])[: columns * (rows - 1)]
    shown = [*others, *order[:columns]]
    figure.suptitle(
        "test digits and what the network reads (last row: the hardest)",
        fontsize=10,
        color=GREY,
    )
    for axes, i in zip(figure.subplots(rows, columns).flat, shown, strict=True):
        axes.imshow(x[i].reshape(8, 8), cmap="Greys")
        right = answers[i] == y[i]
        title = f"{answers[i]}" if right else f"{answers[i]} (is {y[i]})"
        axes.set_title(title, fontsize=9, pad=2, color=GREY if right else RED)
        axes.set_axis_off()
