"""What must hold for the book: every finding is one line that says where and what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs.book import LANGUAGES, NOTEBOOKS, ROOT, SOURCES
from docs.book.contents import MISSION, Contents, Section
from docs.book.notebooks import notebook, path_of
from docs.book.source import TAGS, Cell, Source, shown

SKELETON = {
    "zh": "它算什么 看一看 参数 形状 例子 梯度检查 常见错误 Keras?1?写法",
    "en": "What?it?computes A?picture Arguments Shapes Example Gradient?check "
    "Common?mistakes Keras?1?spelling",
}
SKELETON = {k: [h.replace("?", " ") for h in v.split()] for k, v in SKELETON.items()}
"""The headings of a layer page, in order."""

MISTAKES = {"zh": "常见错误", "en": "Common mistakes"}
CORRECTION = {"zh": "更正", "en": "Correction"}

MAX_CODE_LINES = 25


# ---- one section, as written ----


def section(source: Source, entry: Section | None) -> Iterator[str]:
    """What is wrong with the text of a section."""
    yield from _tags(source)
    yield from _pairs(source)
    headings = {lang: _headings(source, lang) for lang in LANGUAGES}
    if entry is None:
        yield f"{shown(source.path)}: not listed in notebooks/contents.yml"
    else:
        yield from _title(source, entry, headings)
        if entry.kind == "layer":
            yield from _skeleton(source, headings)
        elif entry.kind == "chapter":
            for lang in LANGUAGES:
                if (2, MISTAKES[lang]) not in headings[lang]:
                    yield f"{shown(source.path)}: no heading `## {MISTAKES[lang]}`"
    for cell in source.cells:
        for problem in _of_code(cell) if cell.is_code else _of_prose(cell):
            yield f"{source.where(cell)}: {problem}"


def _tags(source: Source) -> Iterator[str]:
    for cell in source.cells:
        unknown = sorted(cell.tags - TAGS) + sorted(cell.other)
        if unknown:
            known = ", ".join(sorted(TAGS))
            yield f"{source.where(cell)}: unknown tags {unknown}; known: {known}"
        if cell.lang and cell.lang not in LANGUAGES:
            yield f'{source.where(cell)}: prose needs lang="zh" or lang="en"'


def _pairs(source: Source) -> Iterator[str]:
    """zh, then en, saying the same."""
    cells = list(source.cells)
    for n, cell in enumerate(cells):
        before = cells[n - 1] if n else None
        after = cells[n + 1] if n + 1 < len(cells) else None
        if cell.lang == "zh" and (after is None or after.lang != "en"):
            yield f"{source.where(cell)}: Chinese prose without English after it"
        if cell.lang == "en":
            if before is None or before.lang != "zh":
                yield f"{source.where(cell)}: English prose without Chinese before it"
            else:
                for problem in differences(before.text, cell.text):
                    yield f"{source.where(cell)}: {problem}"


def differences(chinese: str, english: str) -> Iterator[str]:
    """What two texts that should say the same do not share."""
    for what, find in PARTS.items():
        zh, en = find(chinese), find(english)
        if zh != en:
            zh, en = _only(zh, en), _only(en, zh)
            yield f"{what} differ; only in zh: {zh}; only in en: {en}"


def _only(ours, theirs) -> str:
    found = [x for x in dict.fromkeys(ours) if x not in theirs]
    return ", ".join(map(str, found)) or ("other order" if ours else "none")


def without_code(text: str) -> str:
    """Prose without code blocks and code spans."""
    text = re.sub(r"^ *(```+|~~~+).*?^ *\1", "", text, flags=re.M | re.S)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "`x`", text)


def _levels(text: str) -> list[int]:
    return [len(m) for m in re.findall(r"^(#+) ", without_code(text), re.M)]


def _spans(text: str) -> list[str]:
    """Code spans, each once; those with Chinese in them may differ."""
    text = re.sub(r"^ *(```+|~~~+).*?^ *\1", "", text, flags=re.M | re.S)
    found = {m[1] for m in re.findall(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", text)}
    return sorted(s for s in found if not HAN.search(s))


def _blocks(text: str) -> list[str]:
    """Code blocks whole: both languages show the same code."""
    found = re.findall(r"^ *(```+)(.*?)^ *\1", text, re.M | re.S)
    return [re.sub(r"#.*|\s", "", body) for _, body in found]


def _formulas(text: str) -> list[str]:
    """Formulas, each once, without what is written in words."""
    found = re.findall(r"(?<![\\$])(\$\$?)(?!\$)(.+?)(?<!\\)\1", _bare(text), re.S)
    plain = (re.sub(r"\\text\{[^}]*\}", "", f) for _, f in found)
    return sorted({"".join(f.split()) for f in plain})


def _links(text: str) -> list[str]:
    return sorted(set(re.findall(r"\]\(([^)\s]+)", _bare(text))))


def _bare(text: str) -> str:
    return without_code(text).replace("`x`", "")


def _notes(text: str) -> list[str]:
    return re.findall(r"^(?:!!!|\?\?\?\+?) (\w+)", text, re.M)


def _rows(text: str) -> list[int]:
    """The number of rows in each table."""
    tables = re.findall(r"(?:^ *\|.*\n?)+", text, re.M)
    return [len(table.strip().splitlines()) for table in tables]


PARTS = {
    "heading levels": _levels,
    "code spans": _spans,
    "code blocks": _blocks,
    "formulas": _formulas,
    "links": _links,
    "admonitions": _notes,
    "table rows": _rows,
}


# ---- headings ----


def _headings(source: Source, lang: str) -> list[tuple[int, str]]:
    text = "\n\n".join(c.text for c in source.cells if c.lang == lang)
    text = re.sub(r"^ *(```+).*?^ *\1", "", text, flags=re.M | re.S)
    found = re.findall(r"^(#+) +(.+?) *$", text, re.M)
    return [(len(marks), title) for marks, title in found]


def _title(source: Source, entry: Section, headings) -> Iterator[str]:
    for lang in LANGUAGES:
        titles = [title for level, title in headings[lang] if level == 1]
        wanted = entry.heading(lang)
        if titles != [wanted]:
            got = " / ".join(f"# {t}" for t in titles) or "none"
            yield f"{shown(source.path)}: {lang} title must be `# {wanted}`, got {got}"


def _skeleton(source: Source, headings) -> Iterator[str]:
    for lang in LANGUAGES:
        found = [title for level, title in headings[lang] if level == 2]
        if found != SKELETON[lang]:
            missing = [t for t in SKELETON[lang] if t not in found]
            extra = [t for t in found if t not in SKELETON[lang]]
            what = "; ".join(
                f"{name}: {', '.join(titles)}"
                for name, titles in (("missing", missing), ("not of it", extra))
                if titles
            )
            yield (
                f"{shown(source.path)}: {lang} `##` headings of a layer page: "
                f"{what or 'order is ' + ', '.join(SKELETON[lang])}"
            )


# ---- one cell ----

HAN = re.compile(r"[\u4e00-\u9fff]")


def _of_code(cell: Cell) -> Iterator[str]:
    lines = cell.text.splitlines()
    if len(lines) > MAX_CODE_LINES:
        yield f"{len(lines)} lines of code, at most {MAX_CODE_LINES}: cut in two"
    wide = [n for n, line in enumerate(lines, 1) if len(line) > 100]
    if wide:
        yield f"code line {wide[0]} is longer than 100 characters"
    if not cell.text.strip():
        yield "an empty cell"


def _of_prose(cell: Cell) -> Iterator[str]:
    text = _bare(cell.text)
    if cell.lang == "en":
        for found in re.findall(r".{0,12}[\u4e00-\u9fff，。：；！？（）]+.{0,8}", text):
            yield f"Chinese in English prose: {found.strip()!r}"
        return
    for found, why in chinese_typography(cell.text):
        yield f"{why}: {found!r}"


def chinese_typography(text: str) -> Iterator[tuple[str, str]]:
    """Half-width punctuation after Chinese; Chinese and Latin without a space."""
    plain = without_code(text).replace("`x`", "x")
    plain = re.sub(r"(\$\$?)(?!\$).+?\1", "x", plain, flags=re.S)
    plain = re.sub(r"\]\([^)]*\)(\{[^}]*\})?", "", plain)
    plain = re.sub(r"[*\[\]]|<[^>]+>", "", plain)
    plain = re.sub(r"^ *\|? *[-:| ]+\|$", "", plain, flags=re.M)
    mark = (
        r".{0,6}(?:[\u4e00-\u9fff] ?[,;:?!]|[\w)] ?[,;:?!] ?(?=[\u4e00-\u9fff])).{0,4}"
    )
    for found in re.findall(mark, plain):
        yield found, "half-width punctuation in Chinese prose"
    for found in re.findall(r"\([^()\n]*[\u4e00-\u9fff][^()\n]*\)", plain):
        yield found, "half-width parentheses around Chinese"
    for found in re.findall(r".{0,6}[\u4e00-\u9fff]\.(?=\s|$)", plain):
        yield found, "half-width full stop in Chinese prose"
    pattern = r".{0,6}(?:[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9%][\u4e00-\u9fff]).{0,6}"
    for found in re.findall(pattern, plain):
        yield found, "a space is missing between Chinese and Latin or digits"


# ---- what came of running it ----


def outputs(source: Source, ran: dict) -> Iterator[str]:
    """What is wrong with how a section runs."""
    if ran["error"]:
        yield ran["error"]
    for cell, shows in zip(source.code, ran["cells"], strict=False):
        for lang in LANGUAGES:
            for problem in _shown(shows[lang]):
                yield f"{source.where(cell)}: {problem}"
                break
            else:
                continue
            break


def _shown(shows: list[dict]) -> Iterator[str]:
    text = "\n".join(o["text"] for o in shows if o["kind"] != "image")
    address = re.search(r"<[^<>\n]*\b0x[0-9a-f]{6,}[^<>\n]*>", text)
    if address:
        yield (
            f"shows an address, other in every run: {address[0][:60]} "
            "(end the line with `;` or assign the value)"
        )
    if str(ROOT) in text or "/tmp/" in text:
        yield "shows a path of this machine"
    if len(text) > 8000:
        yield f"prints {len(text)} characters; show less"


def slow(source: Source, ran: dict, entry: Section | None) -> Iterator[str]:
    """A remark on sections that keep everybody waiting."""
    limit = 20 if entry is not None and entry.kind == "project" else 5
    if ran["seconds"] > limit:
        yield f"{shown(source.path)}: runs for {ran['seconds']} s, aim at {limit}"


def untranslated(source: Source, ran: dict) -> Iterator[str]:
    """Errors that the Chinese page would show in English."""
    for cell, shows in zip(source.code, ran["cells"], strict=False):
        if "raises-exception" in cell.tags:
            text = " ".join(o["text"] for o in shows["zh"] if o["kind"] == "error")
            if not HAN.search(text):
                yield f"{source.where(cell)}: no Chinese in the error: {text[:100]}"


# ---- the whole book ----


def whole(contents: Contents, sources: dict[Path, Source]) -> Iterator[str]:
    """What is missing, left over, or out of step."""
    listed = {section.source: section for section in contents.sections()}
    ids = [section.id for section in listed.values() if section.id]
    for row in MISSION:
        if row not in ids:
            yield f"contents.yml: no section for {row} of the mission table"
    for row in sorted({i for i in ids if ids.count(i) > 1 or i not in MISSION}):
        yield f"contents.yml: {row} is listed twice, or unknown"
    for path, section_ in listed.items():
        if path not in sources:
            yield f"{shown(path)}: missing, though listed as {section_.heading('en')!r}"
    yield from stale(sources)
    known = {section.name for section in listed.values()}
    known |= {f"{chapter.slug}/index" for chapter in contents.chapters}
    for source in sources.values():
        yield from _targets(source, known)


def stale(sources: dict[Path, Source]) -> Iterator[str]:
    """Notebooks that differ from what their source gives, or have none."""
    wanted = {
        path_of(name_of(path), lang): (source, lang)
        for path, source in sources.items()
        for lang in LANGUAGES
    }
    for path, (source, lang) in wanted.items():
        if not path.exists() or path.read_text("utf-8") != notebook(source, lang):
            yield f"{shown(path)}: not in step with its source; run the book's `build`"
    for lang in LANGUAGES:
        for path in sorted((NOTEBOOKS / lang).rglob("*.ipynb")):
            if path not in wanted and ".ipynb_checkpoints" not in path.parts:
                yield f"{shown(path)}: has no source"


def name_of(path: Path) -> str:
    """core/dense"""
    return path.relative_to(SOURCES).with_suffix("").as_posix()


def _targets(source: Source, known: set[str]) -> Iterator[str]:
    """Links to sections that are not in the book."""
    folder = Path(name_of(source.path)).parent
    for cell in source.cells:
        for link in _links(cell.text) if cell.lang else ():
            target, _, _ = link.partition("#")
            if not target.endswith(".md") or "://" in target:
                continue
            parts: list[str] = []
            for part in (folder / target).with_suffix("").parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            name = "/".join(parts)
            by_hand = (ROOT / "docs/zh" / f"{name}.md").exists()
            if name not in known and not by_hand and not name.startswith(MADE):
                yield f"{source.where(cell)}: {link} leads nowhere"


MADE = ("api/", "backend", "numbering", "changelog")
"""Pages that are made from the code."""


# ---- pages written by hand ----


def twins(docs: Path = ROOT / "docs") -> Iterator[str]:
    """Hand-written pages that only one language has, or whose parts differ."""
    trees = {
        lang: {p.relative_to(docs / lang): p for p in (docs / lang).rglob("*.md")}
        for lang in LANGUAGES
    }
    for one, other in (LANGUAGES, LANGUAGES[::-1]):
        for name in sorted(trees[one].keys() - trees[other].keys()):
            yield f"docs/{one}/{name}: there is no docs/{other}/{name}"
    for name in sorted(trees["zh"].keys() & trees["en"].keys()):
        zh, en = (trees[lang][name].read_text("utf-8") for lang in LANGUAGES)
        for problem in differences(zh, en):
            yield f"docs/en/{name}: {problem}"
