"""The pytest plugin of tensorlearn: the part that every pytest session loads.

It stands outside the package because importing the package loads NumPy: a session without
exercises pays for this small file alone. The rest is in `tensorlearn.testing.plugin`, and
is loaded when the first `exercise.yml` or the first `task` mark turns up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

EXERCISE = "exercise.yml"
"""The file that makes a folder an exercise; what it says is in `tensorlearn exercises`."""

OPTIONS: dict[str, dict[str, Any]] = {
    "--tl-lang": {
        "choices": ("zh", "en"),
        "help": "language of the report / 报告的语言",
    },
    "--tl-hints": {
        "type": int,
        "default": 0,
        "metavar": "N",
        "help": "hints shown for a task that fails, 0 to 3 / 每道未通过的题给几条提示",
    },
    "--tl-full": {"action": "store_true", "help": "tracebacks, too / 连同调用栈"},
    "--tl-time": {
        "type": float,
        "default": 10.0,
        "metavar": "SECONDS",
        "help": "time limit of one test / 每个测试的时限（秒）",
    },
    "--tl-total": {
        "type": float,
        "default": float("inf"),
        "metavar": "SECONDS",
        "help": "time limit of all tests / 所有测试合计的时限（秒）",
    },
    "--tl-apart": {
        "action": "store_true",
        "help": "run the student's code in a process of its own, confined / 隔离运行",
    },
    "--tl-json": {"metavar": "FILE", "help": "all results, as JSON"},
    "--tl-gradescope": {"metavar": "FILE", "help": "results.json for Gradescope"},
    "--tl-classroom": {"metavar": "FILE", "help": "result for GitHub Classroom"},
    "--tl-csv": {"metavar": "FILE", "help": "one line for each task"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options --tl-*."""
    group = parser.getgroup("tensorlearn", "tensorlearn: exercises / 练习")
    for name, settings in OPTIONS.items():
        group.addoption(name, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """The mark `task`."""
    config.addinivalue_line(
        "markers", "task(number, points=1, title=None): a graded task of an exercise"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:
    """Where there is an exercise.yml: the tests of its chapter, from the package."""
    if file_path.name != EXERCISE:
        return None
    return _plugin(parent.config).collect(file_path, parent)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Somebody's own tests may have tasks, too."""
    loaded = config.pluginmanager.hasplugin("tensorlearn-scores")
    if loaded or any(item.get_closest_marker("task") for item in items):
        _plugin(config).prepare(items)


def _plugin(config: pytest.Config) -> Any:
    """The heavy part, registered once."""
    known = config.pluginmanager.get_plugin("tensorlearn-scores")
    if known is None:
        from tensorlearn.testing.plugin import Scores

        known = Scores(config)
        config.pluginmanager.register(known, "tensorlearn-scores")
    return known
