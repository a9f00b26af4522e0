"""The book's machinery: how sections are read, run, checked and shown."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="needs the extra: pip install '.[docs]'")
import nbformat

from docs.book import (
    CONTENTS,
    ROOT,
    check,
    contents,
    copied,
    notebooks,
    pages,
    reference,
    run,
)
from docs.book import source as sources
from docs.book.__main__ import main

HEAD = """\
# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

"""


def section(tmp_path, *cells, name="page.py"):
    """A section of prose cells, given as (header, text)."""
    parts = [HEAD]
    for header, text in cells:
        lines = [f"# {line}".rstrip() for line in text.split("\n")]
        parts.append("\n".join([f"# %% {header}", *lines, "", ""]))
    path = tmp_path / name
    path.write_text("".join(parts), "utf-8")
    return sources.read(path)


def pair(zh, en):
    return ('[markdown] lang="zh"', zh), ('[markdown] lang="en"', en)


# ---- reading ----


def percent(tmp_path, body):
    path = tmp_path / "page.py"
    path.write_text(HEAD + body, "utf-8")
    return sources.read(path)


BODY = """\
# %% [markdown] lang="zh"
# # 标题
#
# !!! note "更正"
#     见 [Dense](../core/dense.md#further)。
#
# 后文

# %% [markdown] lang="en"
# # Title
#
# !!! note "Correction"
#     See [Dense](../core/dense.md#further).
#
# After

# %% tags=["both"]
print(1)
"""


def test_cells_know_language_tags_and_line(tmp_path):
    source = percent(tmp_path, BODY)
    assert [c.lang for c in source.cells] == ["zh", "en", ""]
    assert [c.line for c in source.cells] == [7, 15, 23]
    assert source.code[0].in_both
    assert source.where(source.code[0]).endswith("page.py:23 (cell 3)")


def test_notebooks_have_one_language_and_stable_bytes(tmp_path):
    source = percent(tmp_path, BODY)
    zh, again = (notebooks.notebook(source, "zh") for _ in range(2))
    assert zh == again
    nbformat.validate(nbformat.reads(zh, as_version=4))
    cells = json.loads(zh)["cells"]
    assert [c["cell_type"] for c in cells] == ["markdown", "code"]
    assert cells[1]["outputs"] == []
    assert len({c["id"] for c in cells}) == 2
    assert "Title" not in zh
    assert "Title" in notebooks.notebook(source, "en")


def test_prose_of_notebooks_is_what_jupyter_shows(tmp_path):
    text = notebooks.prose(percent(tmp_path, BODY).cells[0].text)
    assert "> **更正**\n>\n> 见 [Dense](../core/dense.ipynb)。\n\n后文" in text


# ---- checking ----

WRONG = {
    "heading levels differ": ("## 一\n\n文", "### One\n\ntext"),
    "code spans differ; only in zh: x": ("`x` 文", "text"),
    "formulas differ": ("$a+b$ 文", "$a-b$ text"),
    "links differ": ("[文](a.md)", "[text](b.md)"),
    "admonitions differ": ('!!! note "注"\n    文', '!!! tip "Tip"\n    text'),
    "table rows differ": ("| a |\n|---|\n| b |", "| a |\n|---|\n| b |\n| c |"),
    "half-width punctuation": ("文字,文字", "text"),
    "half-width full stop": ("文字.", "text"),
    "half-width parentheses": ("文字 (括号)", "text"),
    "a space is missing": ("用Dense", "text"),
    "Chinese in English prose": ("文", "text 文"),
}


@pytest.mark.parametrize("problem", WRONG)
def test_check_finds(tmp_path, problem):
    found = list(check.section(section(tmp_path, *pair(*WRONG[problem])), None))
    assert any(problem in line for line in found), found


FINE = [
    (
        "用 `Dense` 计算 $x + y$，共 3 个（见下）。",
        "`Dense` computes $x+y$, 3 of them.",
    ),
    ("**加粗。** 文字：`a.b`、`c`。", "**Bold.** Text: `a.b`, `c`."),
    ("```python\nx,y = 1,2  # 见下\n```", "```python\nx,y = 1,2  # below\n```"),
    ("比例是 $50\\%$，即 0.5。", "The rate is $50\\%$, that is 0.5."),
    ("`读作中文` 的代码", "code in words"),
]


@pytest.mark.parametrize(("zh", "en"), FINE)
def test_check_leaves_good_text_alone(tmp_path, zh, en):
    found = list(check.section(section(tmp_path, *pair(zh, en)), None))
    assert [line for line in found if "not listed" not in line] == []


def test_check_wants_pairs_and_known_tags(tmp_path):
    source = percent(
        tmp_path,
        '# %% [markdown] lang="zh"\n# 文\n\n# %% tags=["boths"]\n1\n\n'
        '# %% [markdown] lang="en"\n# text\n',
    )
    found = "\n".join(check.section(source, None))
    assert "Chinese prose without English" in found
    assert "English prose without Chinese" in found
    assert "unknown tags ['boths']" in found


def test_layer_pages_have_their_headings_in_order(tmp_path):
    entry = contents.Section("core", "page", "页", "Page", kind="layer", number="1")
    zh = "# 1 页\n" + "".join(f"\n## {h}\n" for h in check.SKELETON["zh"])
    en = "# 1 Page\n" + "".join(f"\n## {h}\n" for h in check.SKELETON["en"])
    assert list(check.section(section(tmp_path, *pair(zh, en)), entry)) == []
    moved = en.replace("## Shapes", "## Forms")
    found = list(check.section(section(tmp_path, *pair(zh, moved)), entry))
    assert any("missing: Shapes; not of it: Forms" in line for line in found)
    found = list(check.section(section(tmp_path, *pair(zh, en[2:])), entry))
    assert any("en title must be `# 1 Page`, got none" in line for line in found)


def test_stale_notebooks_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "SOURCES", tmp_path)
    monkeypatch.setattr(check, "NOTEBOOKS", tmp_path / "made")
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path / "made")
    source = percent(tmp_path, BODY)
    wanted = {source.path: source}
    assert sum("not in step" in line for line in check.stale(wanted)) == 2
    for lang in ("zh", "en"):
        path = notebooks.path_of("page", lang)
        path.parent.mkdir(parents=True)
        path.write_text(notebooks.notebook(source, lang), "utf-8")
    assert list(check.stale(wanted)) == []
    assert all("has no source" in line for line in check.stale({}))


def test_copied_sentences_are_found(tmp_path):
    original = tmp_path / "original.txt"
    original.write_text("全连接层是神经网络中最常见的一种层，没有之一。", "utf-8")
    taken = section(tmp_path, *pair("全连接层，是神经网络中最常见的一种层。", "x"))
    own = section(tmp_path, *pair("每个输出都要看一遍所有的输入，再各自相加。", "x"))
    assert len(list(copied.sentences(taken, original))) == 1
    assert list(copied.sentences(own, original)) == []


def test_hand_written_pages_come_in_pairs(tmp_path):
    for lang, text in (("zh", "# 一\n\n## 二"), ("en", "# One")):
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "page.md").write_text(text, "utf-8")
    (tmp_path / "zh" / "alone.md").write_text("文", "utf-8")
    found = list(check.twins(tmp_path))
    assert len(found) == 2
    assert "docs/zh/alone.md: there is no docs/en/alone.md" in found


@pytest.mark.slow
def test_code_of_all_pages_runs_in_one_session(tmp_path):
    every = [sources.read(section.source) for section in contents.read().sections()]
    done = run.in_one_session(every, tmp_path / "all.json")
    assert done["error"] == ""
    assert len(done["cells"]) == sum(len(source.code) for source in every)


@pytest.mark.slow
def test_example_of_the_home_page_learns(capsys):
    text = (ROOT / "docs/en/index.md").read_text("utf-8")
    example = re.search(r"^``` ?\{ \.python.*?\n(.*?)^```$", text, re.M | re.S)[1]
    exec(example, {})
    assert float(re.search(r"accuracy ([\d.]+)", capsys.readouterr().out)[1]) > 0.9


def test_our_hand_written_pages_agree():
    assert list(check.twins()) == []


# ---- running ----


def test_cells_run_once_in_order_and_in_both_languages(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    source = percent(
        tmp_path,
        "# %%\nimport tensorlearn as tl\nn = 1\nprint('printed')\nn + 1\n\n"
        "# %% tags=['both']\nn += 1\nprint(tl.language(), n)\n\n"
        "# %%\nn\n\n"
        "# %% tags=['raises-exception']\ntl.layers.Dense('three')\n\n"
        "# %%\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n",
    )
    ran = run.run([source])[source.path]
    assert ran["error"] == ""
    first, second, third, fourth, fifth = ran["cells"]
    assert [o["text"].strip() for o in first["zh"]] == ["printed", "2"]
    assert second["zh"][0]["text"] == "zh 2\n"
    assert second["en"][0]["text"] == "en 2\n"
    assert third["en"][0]["text"] == "2"  # the Chinese run left no trace
    assert fourth["zh"][0]["kind"] == "error"
    assert check.HAN.search(fourth["zh"][0]["text"])
    assert not check.HAN.search(fourth["en"][0]["text"])
    assert [o["kind"] for o in fifth["zh"]] == ["image"]
    again = run.run([source], fresh=True)[source.path]
    assert again["cells"] == ran["cells"], "pictures are the same every time"


def test_what_goes_wrong_names_file_and_cell(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    source = percent(tmp_path, "# %%\nx = 1\n\n# %%\n1 / 0\n")
    ran = run.run([source])[source.path]
    assert "page.py:10 (cell 2): ZeroDivisionError" in ran["error"]
    quiet = percent(tmp_path, "# %% tags=['raises-exception']\n1\n")
    ran = run.run([quiet])[quiet.path]
    assert "nothing is raised" in ran["error"]


def test_lost_sections_are_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    dies = percent(tmp_path, "# %%\nimport os\n\n# %%\nos._exit(3)\n")
    for _ in range(2):
        ran = run.run([dies])[dies.path]
        assert "page.py: died, 3" in ran["error"]
        assert not run._known(next((tmp_path / "cache").glob("*.json")))


def test_sections_may_not_take_forever(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(run, "CPU_SECONDS", 1)
    source = percent(tmp_path, "# %%\nwhile True:\n    pass\n")
    assert "takes too long" in run.run([source])[source.path]["error"]


def test_addresses_are_refused(tmp_path):
    source = percent(tmp_path, "# %%\nobject()\n")
    shows = [{"kind": "text", "text": "<object object at 0x7f0123456789>"}]
    ran = {"error": "", "cells": [{"zh": shows, "en": shows}]}
    assert "shows an address" in next(iter(check.outputs(source, ran)))


# ---- pages ----


def test_page_shows_outputs_with_their_code(tmp_path):
    source = percent(tmp_path, BODY)
    entry = contents.Section("core", "page", "标题", "Title", shows=("Dense",))
    shows = [
        {"kind": "text", "text": "1\n"},
        {"kind": "error", "text": "ValueError: no"},
        {"kind": "image", "form": "png", "text": "aGk=", "width": "300"},
    ]
    ran = {"cells": [{"zh": shows, "en": shows}]}
    page = pages.section(source, ran, entry, contents.Contents(), "en")
    assert page.pictures == {"page-1.png": b"hi"}
    for wanted in (
        "title: Title",
        "``` { .python .live }\nprint(1)\n```",
        "``` { .text .output }\n1\n```",
        "``` { .text .output .error }",
        "(page-1.png)",
        "(page.ipynb)",
        "(../api/layers-core.md#tensorlearn.layers.Dense)",
        "tensorlearn/blob/main/tensorlearn/layers/core.py",
    ):
        assert wanted in page.text
    assert "文" not in page.text


def test_fences_are_longer_than_what_they_hold():
    assert pages.fenced("text", "a\n```\nb").startswith("```` text")


# ---- the list of sections ----


def test_contents_cover_the_original_document():
    book = contents.read()
    ids = [s.id for s in book.sections() if s.id]
    assert sorted(ids) == sorted(contents.MISSION)


NAMED = {"slug": "a", "zh": "一", "en": "A"}
BAD = {
    "unknown keys": [{**NAMED, "colour": "red", "sections": []}],
    "missing": [{"slug": "a", "zh": "一", "sections": []}],
    "`kind` must be": [{**NAMED, "sections": [{**NAMED, "kind": "poem"}]}],
    "no credits are called": [{**NAMED, "sections": [{**NAMED, "credits": ["x"]}]}],
    "listed twice": [{**NAMED, "sections": [NAMED, NAMED]}],
}


@pytest.mark.parametrize("problem", BAD)
def test_contents_say_what_is_wrong(tmp_path, problem):
    path = tmp_path / "contents.yml"
    path.write_text(json.dumps({"chapters": BAD[problem]}))
    with pytest.raises(ValueError, match=problem):
        contents.read(path)


def test_numbering_lists_every_section():
    book = contents.read()
    for lang in ("zh", "en"):
        table = pages.numbering(book, set(), lang)
        assert table.count("\n| ") == 1 + len(contents.MISSION)


def test_command_line_checks_text(capsys):
    path = next(s.source for s in contents.read().sections() if s.source.exists())
    main(["check", "--no-run", str(path)])
    assert "1 sections" in capsys.readouterr().out


@pytest.mark.slow
def test_whole_book_is_in_order(capsys):
    assert main(["check"]) == 0, capsys.readouterr().out


def test_book_says_nothing_of_this_machine():
    written = [CONTENTS, *ROOT.glob("docs/zh/*.md"), *ROOT.glob("docs/en/*.md")]
    assert not [p for p in written if "/work/" in Path(p).read_text("utf-8")]


# ---- the reference ----


def test_reference_says_everything_in_chinese():
    assert reference.untranslated() == {}
    assert reference.unused() == []
