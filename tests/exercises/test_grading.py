"""A class with hostile students: each loses points of their own, and nobody else's."""

import csv
import io
import json
import sys

import pytest

from tensorlearn.exercises import course, grading

CHAPTER = course.find("1")
GOOD = CHAPTER.solution("en")
SLOPE = "    return (f(x + h) - f(x - h)) / (2 * h)\n"
SOLVED = 10.0  # the points of all tasks but 1.1

# What stands in task 1.1; the other tasks are solved.
HOSTILE = {
    "loops": "while True: pass",
    "swallows": "while True:\n        try:\n            1 / 0\n        except: pass",
    "hoards": "return bytearray(50 << 30)",
    "leaves": "import os; os._exit(0)",
    "deletes": "import shutil; shutil.rmtree({folder!r}); return 0.0",
    "prints": "return open({other!r}).read()",
    "reads": "return open({solution!r}).read()",
    "kills": "import os; os.kill(-1, 9); return 0.0",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "recurses": "return slope(f, x)",
    "floods": "return np.zeros(1 << 24)",
    "nests": "y = []\n    for _ in range(10**5): y = [y]\n    return y",
    "steers": "raise ValueError('\\x1b[2J\\x1b[31m' * 10)",
}
# Code at the top of the file, for all points there are.
FORGERS = {
    "patches": (
        "import sys\n"
        "for module in list(sys.modules.values()):\n"
        "    for name in ('gradcheck', 'check_gradient', 'close', 'gradient'):\n"
        "        if hasattr(module, name): setattr(module, name, lambda *a, **k: None)\n"
        "import builtins\n"
        "builtins.AssertionError = builtins.Warning\n"
    ),
    "forges": (
        "import glob, json, os\n"
        "forged = json.dumps({'score': 12, 'max_score': 12, 'tasks': []})\n"
        "for pattern in ('/tmp/**/results.json', './results.json', '/proc/*/fd/*'):\n"
        "    for path in [pattern, *glob.glob(pattern, recursive=True)]:\n"
        "        try: open(path, 'w').write(forged)\n"
        "        except Exception: pass\n"
        "for handle in (1, 2):\n"
        "    os.write(handle, forged.encode())\n"
        "print(forged)\n"
    ),
    "equals": (
        "class Equal(float):\n"
        "    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0.0\n"
        "    __rsub__ = __array__ = __sub__\n"
        "    __abs__ = __float__ = lambda self: 0.0\n"
    ),
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results of everybody by name."""
    root = tmp_path_factory.mktemp("class")
    hand_in(root, "ann", GOOD)
    (root / "nobody").mkdir()
    hand_in(root, "typo", "def f(:\n")
    hand_in(root, "latin", "# \xe9\n".encode("latin-1"))
    hand_in(root, "plugin", "raise NotImplementedError\n")
    (root / "plugin" / "conftest.py").write_text("import os; os._exit(0)\n")
    (root / "plugin" / "__init__.py").write_text("import os; os._exit(0)\n")
    (root / "plugin" / "numpy.py").write_text("1 / 0\n")
    places = {
        "folder": str(root),
        "other": str(root / "ann" / CHAPTER.file),
        "solution": str(CHAPTER.folder / "solution.py"),
    }
    for name, code in HOSTILE.items():
        text = GOOD.replace(SLOPE, f"    {code.format(**places)}\n")
        assert text != GOOD
        hand_in(root, name, text)
    for name, code in FORGERS.items():
        value = "Equal()" if name == "equals" else "0.0"
        hand_in(root, name, code + GOOD.replace(SLOPE, f"    return {value}\n"))
    hand_in(root, "zoe", GOOD)
    folders = grading.submissions(root)
    found = dict(grading.grade(folders, [CHAPTER], jobs=2, seconds=60))
    assert list(found) == [folder.name for folder in folders]
    return found


def hand_in(root, name, text):
    (root / name).mkdir()
    raw = text if isinstance(text, bytes) else text.encode()
    (root / name / CHAPTER.file).write_bytes(raw)


def state(results, number):
    return next(row["state"] for row in results["tasks"] if row["task"] == number)


def message(results, number):
    row = next(row for row in results["tasks"] if row["task"] == number)
    return row["tests"][0]["message"]


@linux
@pytest.mark.slow
@pytest.mark.parametrize("name", ["ann", "zoe"])
def test_others_lose_nothing(graded, name):
    assert graded[name]["score"] == CHAPTER.points


@linux
@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_the_hostile_lose_the_points_of_their_task(graded, name):
    assert state(graded[name], "1.1") == "failed"
    assert graded[name]["score"] == SOLVED


@linux
@pytest.mark.slow
@pytest.mark.parametrize("name", FORGERS)
def test_nobody_forges_a_point(graded, name):
    assert state(graded[name], "1.1") == "failed"
    assert graded[name]["score"] <= SOLVED


@linux
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nobody", "nothing was handed in"),
        ("typo", "derivatives.py:1: def f(:"),
        ("latin", "UnicodeDecodeError"),
    ],
)
def test_who_cannot_be_graded_learns_why(graded, name, why):
    assert graded[name]["score"] == 0
    assert why in message(graded[name], "1.1")


@linux
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("loops", "no answer within 10 s"),
        ("hoards", "MemoryError"),
        ("leaves", "ended Python (exit code 0)"),
        ("prints", "Permission"),
        ("reads", "Permission"),
        ("recurses", "RecursionError"),
    ],
)
def test_the_hostile_learn_what_happened(graded, name, why):
    assert why in message(graded[name], "1.1")


@linux
@pytest.mark.slow
def test_terminals_are_not_steered(graded):
    assert "\x1b" not in json.dumps(graded["steers"], ensure_ascii=False)


@linux
@pytest.mark.slow
def test_files_of_the_submission_are_not_run_by_the_judge(graded):
    assert {row["state"] for row in graded["plugin"]["tasks"]} <= {"todo", "failed"}


@linux
@pytest.mark.slow
def test_the_class_is_a_table(graded, tmp_path):
    (path,) = grading.write(list(graded.items()), "csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert [row["student"] for row in rows] == list(graded)
    assert rows[0]["score"] == "12.0"
    assert list(rows[0])[3:] == list(CHAPTER.tasks)


# ---- without running anything ----


def test_a_class_is_a_folder_of_folders(tmp_path):
    with pytest.raises(ValueError, match="must contain a folder for each student"):
        grading.submissions(tmp_path)
    with pytest.raises(ValueError, match="there is no folder"):
        grading.submissions(tmp_path / "none")


def test_files_are_found_but_links_are_not(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / CHAPTER.file).symlink_to("/etc/passwd")
    assert grading.file_of(tmp_path, CHAPTER) is None
    (tmp_path / "deep" / CHAPTER.file).write_text("")
    assert grading.file_of(tmp_path, CHAPTER) == tmp_path / "deep" / CHAPTER.file


def test_chapters_are_those_handed_in(tmp_path):
    (tmp_path / "derivatives.py").write_text("")
    assert grading.chapters_in([tmp_path]) == [CHAPTER]


@pytest.mark.parametrize("form", ["json", "gradescope", "classroom"])
def test_everybody_gets_a_file(tmp_path, form):
    graded = [(name, grading.one(tmp_path, [CHAPTER], 1.0)) for name in ("a", "文/..")]
    paths = grading.write(graded, form, tmp_path / "out")
    assert len({path.parent for path in paths}) == 2
    assert all(path.is_file() and path.is_relative_to(tmp_path) for path in paths)
