"""The proof for every chapter: reference, template, zoo; and its texts are complete."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tensorlearn.exercises import course, prove

CHAPTERS = course.chapters()
LANGUAGES = ("zh", "en")
every_chapter = pytest.mark.parametrize("name", CHAPTERS)
every_language = pytest.mark.parametrize("lang", LANGUAGES)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@every_chapter
def test_tests_judge_rightly(name):
    wrong = [f for f in prove.prove(CHAPTERS[name]) if not f.right]
    assert not wrong


@pytest.mark.slow
@every_chapter
def test_tests_judge_rightly_from_another_process(name):
    wrong = [f for f in prove.prove(CHAPTERS[name], "--tl-apart") if not f.right]
    assert not wrong


@every_chapter
def test_numbers_belong_to_the_chapter(name):
    chapter = CHAPTERS[name]
    wanted = [f"{chapter.number}.{i}" for i in range(1, len(chapter.tasks) + 1)]
    assert list(chapter.tasks) == wanted


@every_chapter
def test_texts_are_there_in_both_languages(name):
    chapter = CHAPTERS[name]
    texts = [chapter.title, chapter.about]
    texts += [task.title for task in chapter.tasks.values()]
    texts += [bug.text for bug in chapter.zoo()]
    for text in texts:
        assert CHINESE.search(text["zh"])
        assert text["en"].strip()
        assert not CHINESE.search(text["en"])


@every_chapter
def test_tasks_have_three_hints(name):
    for task in CHAPTERS[name].tasks.values():
        assert {lang: len(task.hints[lang]) for lang in LANGUAGES} == {"zh": 3, "en": 3}


@every_chapter
@every_language
def test_readme_has_a_section_for_every_task(name, lang):
    chapter = CHAPTERS[name]
    headings = re.findall(r"^## (\d+\.\d+) (.+)$", chapter.readme(lang), re.M)
    wanted = [(task.number, task.title[lang]) for task in chapter.tasks.values()]
    assert headings == wanted
    assert chapter.file in chapter.readme(lang)


@every_chapter
@every_language
def test_template_is_in_one_language(name, lang):
    template = CHAPTERS[name].template(lang)
    assert bool(CHINESE.search(template)) == (lang == "zh")
    assert not re.search(r"^\s*(# )?(zh|en):", template, re.M)


@every_chapter
@every_language
def test_template_has_a_hole_for_every_task(name, lang):
    holes = re.findall(r'NotImplementedError\("(.+)"\)', CHAPTERS[name].template(lang))
    assert set(holes) == set(CHAPTERS[name].tasks)


@every_chapter
@every_language
def test_solution_and_template_differ_in_the_holes_alone(name, lang):
    chapter = CHAPTERS[name]
    solution = chapter.solution(lang).splitlines()
    given = [
        s for s in chapter.template(lang).splitlines() if "NotImplemented" not in s
    ]
    rest = iter(solution)
    assert all(line in rest for line in given)
    ast.parse(chapter.solution(lang))


@every_chapter
def test_students_need_numpy_and_the_standard_library_alone(name):
    tree = ast.parse(CHAPTERS[name].source())
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert names <= {"numpy", "math", "json", "itertools", "collections", "functools"}


@every_chapter
def test_zoo_has_five_members_with_names_of_their_own(name):
    names = [bug.name for bug in CHAPTERS[name].zoo()]
    assert len(names) == len(set(names)) >= 5
    assert {bug.task for bug in CHAPTERS[name].zoo()} <= set(CHAPTERS[name].tasks)


def test_the_table_of_the_zoo_is_up_to_date():
    script = Path(__file__).parents[2] / "scripts" / "zoo_table.py"
    done = subprocess.run(
        [sys.executable, script, "check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
