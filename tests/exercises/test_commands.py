"""`tensorlearn exercises …`, in both languages."""

import pytest

from tensorlearn.__main__ import main
from tensorlearn.exercises import course, prove

CHAPTER = course.find("1")

GOOD_TESTS = """
def test_square(student):
    assert student.square_backward(2.0, 3.0) == 12.0, "not 12"

def test_product(student):
    assert student.product_backward(2.0, 3.0, 4.0) == (8.0, 6.0)
"""


def test_nothing_explains_the_actions(capsys):
    assert main(["exercises"]) == 0
    text = capsys.readouterr().out
    for action in ("list", "new", "check", "grade", "zoo", "solution"):
        assert action in text


def test_unknown_actions_are_refused(capsys):
    assert main(["exercises", "nwe"]) == 2
    assert "nwe" in capsys.readouterr().err


@pytest.mark.parametrize(("lang", "title"), [("en", "Derivatives"), ("zh", "手算导数")])
def test_chapters_are_listed(lang, title, capsys):
    assert main(["exercises", "list", "--lang", lang]) == 0
    text = capsys.readouterr().out
    assert title in text
    assert all(name in text for name in course.chapters())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_new_folder_has_all_that_a_student_needs(lang, tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["exercises", "new", "1", str(folder), "--lang", lang]) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        *("README.md", "derivatives.py", "exercise.yml", "pytest.ini"),
    ]
    assert (folder / "README.md").read_text("utf-8") == CHAPTER.readme(lang)
    assert (folder / "derivatives.py").read_text("utf-8") == CHAPTER.template(lang)
    assert course.read_exercise(folder / "exercise.yml")["lang"] == lang


def test_a_students_work_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "derivatives.py").write_text("mine")
    assert main(["exercises", "new", "1", str(tmp_path)]) == 1
    assert "is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "derivatives.py").read_text() == "mine"


def test_the_solution_is_for_teachers(capsys):
    assert main(["exercises", "solution", "1"]) == 1
    assert "--teacher" in capsys.readouterr().err
    assert main(["exercises", "solution", "1", "--teacher"]) == 0
    assert capsys.readouterr().out == CHAPTER.solution("en")


def test_checking_no_exercise_says_so(tmp_path, capsys):
    assert main(["exercises", "check", str(tmp_path)]) == 1
    assert "it has no exercise.yml" in capsys.readouterr().err


# ---- tests that students write ----


def test_tests_are_worth_what_they_catch(tmp_path, capsys):
    path = tmp_path / "my_tests.py"
    path.write_text(GOOD_TESTS)
    assert main(["exercises", "zoo", "1", str(path)]) == 1
    text = capsys.readouterr().out
    assert " ✓ 1.2   the derivative of the square lacks its factor 2" in text
    assert " ✗ 1.3   the divisor is not squared" in text
    assert "caught  3 / 11" in text


@pytest.mark.parametrize(
    ("tests", "complaint"),
    [
        (
            "def test_a(student):\n    assert student.slope is None, 'no'\n",
            "test_a: no",
        ),
        ("x = 1\n", "there are no tests"),
        ("import nonsense\n", "nonsense"),
    ],
)
def test_tests_must_accept_the_right_solution(tests, complaint, tmp_path):
    path = tmp_path / "my_tests.py"
    path.write_text(tests)
    verdict = prove.zoo(CHAPTER, path)
    assert complaint in verdict.complaints[0]
    assert verdict.score == 0


def test_missing_tests_are_named(tmp_path, capsys):
    assert main(["exercises", "zoo", "1", str(tmp_path / "none.py")]) == 1
    assert "there is no file" in capsys.readouterr().err
