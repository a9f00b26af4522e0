"""The pages of the book as Markdown: sections with what their code shows, and lists."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

import yaml

from docs.book.contents import Chapter, Contents, Section
from docs.book.reference import anchor, file_of, page_of
from docs.book.source import Cell, Source
from docs.book.words import KERAS, REPOSITORY, WORDS

LITE = "{lite}lab/index.html?path={lang}/{name}.ipynb"


@dataclass
class Page:
    """Markdown and the pictures that it shows."""

    text: str
    pictures: dict[str, bytes] = field(default_factory=dict)
    """File name, next to the page -> content."""


# ---- a section ----


def section(
    source: Source, ran: dict, entry: Section, book: Contents, lang: str, lite: str = ""
) -> Page:
    """The page of a section in one language; `lite` is where JupyterLite is, if at all."""
    page = Page("")
    shows = iter(ran["cells"])
    parts, heading = [], ""
    for cell in source.cells:
        if cell.is_code:
            parts.append(
                _code(cell, next(shows, {}).get(lang, []), page, entry, heading)
            )
        elif cell.lang == lang:
            parts.append(without_gaps(cell.text, entry, book))
            heading = (re.findall(r"^##+ +(.+)$", cell.text, re.M) or [heading])[-1]
    title, _, rest = "\n\n".join(parts).partition("\n")
    page.text = "\n\n".join(
        (
            front_matter(entry.heading(lang), description(rest)),
            title,
            _buttons(entry, lang, lite),
            rest.strip(),
            _further(entry, book, lang),
        )
    )
    return page


def without_gaps(text: str, entry: Section, book: Contents) -> str:
    """Links to sections that nobody has written yet become plain text."""
    gaps = {s.name for s in book.sections() if not s.source.exists()}

    def plain(found: re.Match) -> str:
        target = found[2] if "/" in found[2] else f"../{entry.chapter}/{found[2]}"
        return found[1] if target.removeprefix("../") in gaps else found[0]

    return re.sub(r"\[([^\]]+)\]\(([\w./]+)\.md(?:#[^)]*)?\)", plain, text)


def front_matter(title: str, text: str, **more: object) -> str:
    """What Material reads from the head of a page."""
    values = {"title": title, "description": text} | more
    body = yaml.safe_dump(values, allow_unicode=True, width=1000, sort_keys=False)
    return f"---\n{body}---\n"


def description(text: str) -> str:
    """The first paragraph as plain text, for search engines and links."""
    for paragraph in text.split("\n\n"):
        plain = paragraph.strip()
        if plain and not re.match(r"[#!<`$|\[-]|```", plain):
            plain = re.sub(r"\]\([^)]*\)|[*`\[\]]", "", plain)
            plain = re.sub(r"\$+([^$]*)\$+", r"\1", plain)
            return " ".join(plain.split())[:200]
    return ""


def _code(cell: Cell, shows: list[dict], page: Page, entry: Section, title: str) -> str:
    """A cell with its outputs, in a box of its own."""
    parts = []
    if "mermaid" not in cell.tags:
        live = "" if "no-run" in cell.tags else " .live"
        parts.append(fenced(f"{{ .python{live} }}", cell.text))
    parts += [_output(cell, shown, page, entry, title) for shown in shows]
    inside = "\n\n".join(parts)
    return f'<div class="cell" markdown="1">\n\n{inside}\n\n</div>'


def fenced(info: str, text: str) -> str:
    """A code block, whatever its text contains."""
    ticks = max((len(m) for m in re.findall(r"`{3,}", text)), default=2) + 1
    return f"{'`' * max(3, ticks)} {info}\n{text.rstrip()}\n{'`' * max(3, ticks)}"


ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _output(cell: Cell, shown: dict, page: Page, entry: Section, title: str) -> str:
    kind, text = shown["kind"], shown["text"]
    if kind == "image":
        number = len(page.pictures) + 1
        name = f"{entry.slug}-{number}.{shown['form']}"
        page.pictures[name] = base64.b64decode(text)
        width = f' width="{shown["width"]}"' if "width" in shown else ""
        alt = re.sub(r"[`\[\]$*]", "", title or entry.slug)
        return f"![{alt} ({number})]({name}){{ .output .figure{width} }}"
    if kind == "html":
        lines = (line.strip() for line in text.splitlines())
        body = "\n".join(line for line in lines if line)
        return f'<div class="output html">\n{body}\n</div>'
    if kind == "markdown":
        return text
    if "mermaid" in cell.tags:
        return fenced("mermaid", text)
    style = ".output .error" if kind == "error" else ".output"
    return fenced(f"{{ .text {style} }}", ANSI.sub("", text).strip("\n"))


def _buttons(entry: Section, lang: str, lite: str) -> str:
    words = WORDS[lang]
    links = [
        f":material-download-outline: [{words['download']}]"
        f"({entry.slug}.ipynb){{ download }}"
    ]
    if lite:
        target = LITE.format(lite=lite, lang=lang, name=entry.name)
        links.append(
            f':material-notebook-outline: <a href="{target}">{words["lite"]}</a>'
        )
    links += [
        f":material-code-tags: [{name}]({source_url(name)})" for name in entry.shows[:3]
    ]
    return " ".join(links) + "\n{ .book-actions }"


def source_url(name: str) -> str:
    """Where the code of a class is shown on the web."""
    file, first, last = file_of(name)
    return f"{REPOSITORY}/blob/main/{file}#L{first}-L{last}"


def _further(entry: Section, book: Contents, lang: str) -> str:
    """What belongs to a section and is not written by hand."""
    words = WORDS[lang]
    rows = []
    if entry.shows:
        links = (f"[`{n}`](../{page_of(n)}#{anchor(n)})" for n in entry.shows)
        rows.append((words["reference"], ", ".join(links)))
        files = dict.fromkeys(file_of(name)[0] for name in entry.shows)
        links = (f"[{file}]({REPOSITORY}/blob/main/{file})" for file in files)
        rows.append((words["source"], ", ".join(links)))
    if entry.exercise:
        text = words["exercise_text"].format(name=entry.exercise)
        rows.append((words["exercise"], text))
    if entry.kind == "layer":
        known = {s.name: s for s in book.sections()}
        text = f"[`keras/layers/{entry.chapter}.py`]({KERAS}/{entry.chapter}.py)"
        if (guide := known.get("guides/keras1")) and guide.source.exists():
            text += f"; [{words['keras1']}](../guides/keras1.md)"
        rows.append(("Keras", text.replace("; ", "；" if lang == "zh" else "; ")))
    rows += [
        (
            words["credits"],
            f"[{book.credits[key]['title']}]({book.credits[key]['url']})",
        )
        for key in entry.credits
    ]
    if not rows:
        return ""
    items = "\n".join(f"- **{name}**{words['colon']}{text}" for name, text in rows)
    return f"## {words['further']} {{ #further }}\n\n{items}\n"


# ---- lists ----


def chapter(entry: Chapter, written: set[str], lang: str) -> str:
    """The page of a chapter: what it has."""
    title = entry.heading(lang)
    intro = getattr(entry, f"intro_{lang}")
    rows = [
        f"- [{s.heading(lang)}]({s.slug}.md)"
        for s in entry.sections
        if s.name in written
    ]
    about = intro or title
    head = front_matter(title, description(about) or title)
    return "\n".join((head, f"# {title}", "", intro, "", *rows, ""))


def numbering(book: Contents, written: set[str], lang: str) -> str:
    """Which section of the original document became which page."""
    words = WORDS[lang]
    head = front_matter(words["numbering"], words["numbering_intro"])
    lines = [head, f"# {words['numbering']}", "", words["numbering_intro"], ""]
    lines.append(
        f"| {words['before']} | {words['now']} | {words['section']} | {words['note']} |"
    )
    lines.append("|---|---|---|---|")
    for s in book.sections():
        if s.id:
            note = getattr(s, f"note_{lang}") or _note(s, words)
            title = getattr(s, lang)
            link = f"[{title}]({s.name}.md)" if s.name in written else title
            lines.append(f"| {s.original or '—'} | {s.number} | {link} | {note} |")
    lines += ["", words["numbering_new"], ""]
    for entry in book.chapters:
        extra = [s for s in entry.sections if not s.id and s.name in written]
        if extra:
            links = (f"[{s.heading(lang)}]({s.name}.md)" for s in extra)
            joined = ("；" if lang == "zh" else "; ").join(links)
            lines.append(f"- **{entry.heading(lang)}**{words['colon']}{joined}")
    return "\n".join(lines) + "\n"


def _note(entry: Section, words: dict[str, str]) -> str:
    if entry.original == entry.number.partition(".")[0]:
        return words["empty"]
    return "" if entry.original == entry.number else words["renumbered"]
