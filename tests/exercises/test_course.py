"""Templates and wrong solutions out of one source."""

import pytest

from tensorlearn.exercises import course
from tensorlearn.exercises.course import in_language, replace_lines, with_holes

SOURCE = '''\
"""
zh: 一
en: one
"""


def f(x):
    """
    zh: 第一行
    zh: 第二行
    en: first line
    """
    # zh: 注释
    # en: comment
    # >>> 1.1
    y = x
    return y
    # <<<
'''


def test_one_language_is_left():
    text = in_language(SOURCE, "zh")
    assert '"""一"""' in text
    assert '    """第一行\n    第二行\n    """' in text
    assert "    # 注释\n" in text
    assert "first" not in text


def test_a_single_line_closes_itself():
    assert '    """first line"""\n    # comment\n' in in_language(SOURCE, "en")


def test_a_hole_replaces_the_block():
    text = with_holes(in_language(SOURCE, "en"))
    assert text.endswith('    # comment\n    raise NotImplementedError("1.1")\n')


def test_lines_are_replaced_with_their_indentation():
    text = replace_lines(SOURCE, "y = x\nreturn y", "if x:\n    return -x\nreturn x")
    assert "    if x:\n        return -x\n    return x\n" in text


@pytest.mark.parametrize(("old", "count"), [("y = 3", 0), ('"""', 4)])
def test_lines_must_occur_once(old, count):
    with pytest.raises(ValueError, match=f"{count} places have the lines"):
        replace_lines(SOURCE, old, "")


@pytest.mark.parametrize("name", ["1", "01", "01_derivatives", "derivatives"])
def test_chapters_are_found_by_number_and_name(name):
    assert course.find(name).name == "01_derivatives"


def test_unknown_chapter_gets_a_suggestion():
    with pytest.raises(ValueError, match="did you mean '01_derivatives'"):
        course.find("01_derivative")


def test_exercise_must_name_its_chapter(tmp_path):
    path = tmp_path / "exercise.yml"
    path.write_text("lang: en\n")
    with pytest.raises(ValueError, match="must name `chapter`"):
        course.read_exercise(path)
