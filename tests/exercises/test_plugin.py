"""The pytest plugin: scores, messages, files, time; and that others do not pay for it."""

import base64
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tensorlearn.exercises import course, reports
from tensorlearn.exercises.running import fill, judged
from tensorlearn.testing import plugin

ROOT = Path(__file__).parents[2]
CHAPTER = course.find("1")
GOOD = CHAPTER.solution("en")

# 1.1 is right, 1.2 is wrong by a factor and not done in part, the others are not done.
HALF = CHAPTER.template("en").replace(
    '    raise NotImplementedError("1.1")\n',
    "    return (f(x + h) - f(x - h)) / (2 * h)\n",
)
HALF = HALF.replace('    raise NotImplementedError("1.2")\n', "    return g * x\n", 1)


def pytest_in(folder, *options, plugins=("tensorlearn_pytest",)):
    """What pytest prints in a folder, in a fresh process without other plugins."""
    words = [word for name in plugins for word in ("-p", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, *options],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """A student's folder, half done, and what the plugin writes about it."""
    folder = tmp_path_factory.mktemp("half")
    fill(folder, CHAPTER, HALF)
    files = [f"--tl-{name}={folder}/out.{name}" for name in reports.FORMATS]
    shown = pytest_in(folder, "--tb=no", "-q", "-rN", "--tl-hints=2", *files)
    return folder, shown


def test_the_table_has_points_and_marks(half):
    shown = half[1]
    assert "01_derivatives  Derivatives by hand" in shown
    assert " ✓ 1.1   Measure a slope                2 / 2\n" in shown
    assert " ✗ 1.2   Square and product             0 / 2\n" in shown
    assert " ○ 1.3   Quotient                       0 / 2\n" in shown
    assert "score  2 / 12" in shown


def test_failures_say_what_is_wrong_and_nothing_else(half):
    shown = half[1]
    assert "     · square: the gradient with respect to x is wrong\n" in shown
    assert "diagnosis: the gradient is halved" in shown
    assert "smallest failing example: x = " in shown
    assert "Traceback" not in shown
    assert "def test_" not in shown
    assert "plugin.py" not in shown


def test_hints_are_shown_as_many_as_asked_for(half):
    shown = half[1]
    assert "hint 1 of 3: The g from upstream" in shown
    assert "hint 2 of 3: " in shown
    assert "hint 3 of 3" not in shown


def test_chinese_lines_up(tmp_path):
    fill(tmp_path, CHAPTER, CHAPTER.template("zh"), "zh")
    shown = pytest_in(tmp_path, "--tb=no", "-q", "-rN")
    lines = [line for line in shown.splitlines() if line.startswith(" ○")]
    assert len(lines) == len(CHAPTER.tasks)
    assert len({reports.width(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("ab", 2), ("斜率", 4), ("é", 1), ("（a）", 5)]
)
def test_width_counts_columns(text, columns):
    assert reports.width(text) == columns


# ---- files ----


def test_json_has_everything(half):
    results = json.loads((half[0] / "out.json").read_text("utf-8"))
    assert (results["score"], results["max_score"]) == (2.0, 12)
    states = {task["task"]: task["state"] for task in results["tasks"]}
    assert list(states.values()) == ["passed", "failed", "todo", "todo", "todo"]
    (code,) = {test["code"] for test in results["tasks"][1]["tests"]} - {""}
    assert code


# The fields that the format has: https://gradescope-autograders.readthedocs.io/en/latest/specs
GRADESCOPE = {"score", "execution_time", "output", "output_format", "visibility"}
GRADESCOPE |= {"test_output_format", "test_name_format", "stdout_visibility"}
GRADESCOPE |= {"extra_data", "tests", "leaderboard"}
GRADESCOPE_TEST = {"score", "max_score", "status", "name", "name_format", "number"}
GRADESCOPE_TEST |= {"output", "output_format", "tags", "visibility", "extra_data"}


def test_gradescope_gets_its_fields(half):
    results = json.loads((half[0] / "out.gradescope").read_text("utf-8"))
    assert results.keys() <= GRADESCOPE
    assert [test["number"] for test in results["tests"]] == list(CHAPTER.tasks)
    for test in results["tests"]:
        assert test.keys() <= GRADESCOPE_TEST
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]
        assert test["visibility"] in (
            "hidden",
            "after_due_date",
            "after_published",
            "visible",
        )


# https://github.com/classroom-resources/autograding-grading-reporter
CLASSROOM_TEST = {"name", "status", "score", "message", "test_code", "filename"}
CLASSROOM_TEST |= {"line_no", "execution_time"}


def test_classroom_gets_its_fields(half):
    text = (half[0] / "out.classroom").read_text("utf-8")
    results = json.loads(base64.b64decode(text))
    assert results.keys() == {"version", "status", "max_score", "tests"}
    assert (results["version"], results["status"], results["max_score"]) == (
        1,
        "fail",
        12,
    )
    for test in results["tests"]:
        assert test.keys() == CLASSROOM_TEST
        assert test["status"] in ("pass", "fail", "error")
    assert sum(test["score"] for test in results["tests"]) == 2.0


def test_csv_has_a_line_for_every_task(half):
    with (half[0] / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == list(CHAPTER.tasks)
    assert [row["state"] for row in rows[:3]] == ["passed", "failed", "todo"]


def test_a_spreadsheet_finds_no_formulas():
    assert reports.csv_text([["=1+1", "-2", -2, "a"]]) == "'=1+1,'-2,-2,a\n"


# ---- what may be wrong with a student's file ----


def message_for(tmp_path, source, *options):
    fill(tmp_path, CHAPTER, source)
    row = judged([tmp_path], *options)["tasks"][0]
    return row["tests"][0]["message"], row


def test_a_syntax_error_is_said_for_every_task(tmp_path):
    fill(tmp_path, CHAPTER, GOOD + "\ndef f(:\n")
    for row in judged([tmp_path])["tasks"]:
        assert row["state"] == "failed"
        assert "derivatives.py:" in row["tests"][0]["message"]
        assert "def f(:" in row["tests"][0]["message"]


def test_an_error_while_loading_names_the_line(tmp_path):
    message, _ = message_for(tmp_path, "import nonsense\n" + GOOD)
    assert "derivatives.py:1: import nonsense" in message
    assert "No module named 'nonsense'" in message


def test_an_error_in_a_function_names_the_line(tmp_path):
    source = GOOD.replace("return (f(x + h) - f(x - h)) / (2 * h)", "return missing")
    message, _ = message_for(tmp_path, source)
    assert "return missing" in message
    assert "NameError" in message


def test_a_forgotten_return_is_named(tmp_path):
    source = GOOD.replace("return (f(x + h) - f(x - h)) / (2 * h)", "x")
    message, _ = message_for(tmp_path, source)
    assert message == "slope(lambda x: x**2, 3.0) gave None: is a `return` missing?"


@pytest.mark.parametrize("options", [(), ("--tl-apart",)], ids=["here", "apart"])
def test_a_loop_costs_its_task_alone(tmp_path, options):
    source = GOOD.replace("return (f(x + h) - f(x - h)) / (2 * h)", "while True: pass")
    message, row = message_for(tmp_path, source, "--tl-time=0.5", *options)
    assert message == "no answer within 0.5 s: a loop that never ends?"
    assert row["score"] == 0
    results = judged([tmp_path], "--tl-time=0.5", *options)
    assert results["score"] == CHAPTER.points - 2, results


@pytest.mark.parametrize("options", [(), ("--tl-apart",)], ids=["here", "apart"])
def test_a_loop_while_loading_is_waited_for_once(tmp_path, options):
    fill(tmp_path, CHAPTER, "while True: pass")
    tasks = judged([tmp_path], "--tl-time=1", *options)["tasks"]
    tests = [test for task in tasks for test in task["tests"]]
    assert all("no answer within" in test["message"] for test in tests)
    assert sum(test["seconds"] > 0.9 for test in tests) == 1


def test_the_time_of_all_tests_is_limited(tmp_path):
    source = GOOD.replace("return (f(x + h) - f(x - h)) / (2 * h)", "while True: pass")
    fill(tmp_path, CHAPTER, source)
    results = judged([tmp_path], "--tl-total=1")
    assert results["score"] == 0
    assert "used up" in results["tasks"][-1]["tests"][0]["message"]


def test_a_thread_can_limit_the_time_too():
    def forever():
        while True:
            pass

    with pytest.raises(plugin.TimeUp), plugin._by_thread(0.1, plugin.TimeUp):
        forever()


# ---- other people's tests ----


def test_anybodys_tests_may_have_tasks(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "@pytest.mark.task('A', points=3, title='first')\n"
        "@pytest.mark.parametrize('x', [1, 2, 3])\n"
        "def test_a(x):\n    assert x < 3, 'too large'\n"
        "def test_b():\n    pass\n"
    )
    shown = pytest_in(tmp_path, "--tb=no", "-q", "-rN", "--strict-markers")
    assert " ✗ A     first     2 / 3\n" in shown
    assert "too large" in shown
    assert "1 failed, 3 passed" in shown


def test_without_tasks_nothing_is_loaded(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_nothing():\n"
        "    names = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert not names & {'numpy', 'tensorlearn', 'hypothesis', 'yaml'}\n"
    )
    shown = pytest_in(tmp_path, "-q")
    assert "1 passed" in shown
    assert "score" not in shown


def test_the_entry_point_is_declared():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'tensorlearn = "tensorlearn_pytest"' in text
