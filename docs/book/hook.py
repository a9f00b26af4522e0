"""What MkDocs is told: the pages made from sources, the navigation, the other language.

`mkdocs build` builds the Chinese site, and this hook the English one into `en/`, both at
once. `mkdocs serve` does the same, so that both can be read while writing.
"""

from __future__ import annotations

import logging
import re
import sys
from multiprocessing import get_context
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.book import CONTENTS, SOURCES, pages, reference  # noqa: E402
from docs.book.notebooks import notebook  # noqa: E402
from docs.book.run import surroundings, whole_book  # noqa: E402
from docs.book.words import REPOSITORY, WORDS  # noqa: E402
from tensorlearn import wording  # noqa: E402

log = logging.getLogger("mkdocs.plugins.book")

SHARED = ("assets/vendor/",)
"""Theme files that the English site takes from the Chinese one."""


def on_config(config):
    """Give the site its navigation."""
    lang = config.theme["language"]
    if lang == "zh":
        surroundings.cache_clear()
        whole_book.cache_clear()  # read and run again; the English site shows the same
    book, sources, _ = whole_book()
    config.nav = navigation(book, names(sources), lang)
    return config


def names(sources) -> set[str]:
    """core/dense and so on, of the sections that are written."""
    return {section.name for section in sources}


def navigation(book, ready: set[str], lang: str) -> list:
    """Start, book, projects, reference, more."""
    words = WORDS[lang]
    parts = {c.slug: _chapter(c, ready, lang) for c in book.chapters}
    projects = parts.pop("projects", None)
    api = [{getattr(g, lang): g.page} for g in reference.GROUPS]
    nav = [
        {words["start"]: ["index.md", "install.md"]},
        {words["book"]: [p for p in parts.values() if p]},
        {words["api"]: ["api/index.md", *api, {words["backend"]: "backend.md"}]},
        {
            words["about"]: [
                "speed.md",
                {words["numbering"]: "numbering.md"},
                {words["changes"]: "changelog.md"},
                "contributing.md",
            ]
        },
    ]
    if projects:
        nav.insert(2, projects)
    return nav


def _chapter(chapter, ready: set[str], lang: str) -> dict | None:
    sections = [
        {s.heading(lang): f"{s.name}.md"} for s in chapter.sections if s.name in ready
    ]
    if not sections:
        return None
    return {chapter.heading(lang): [f"{chapter.slug}/index.md", *sections]}


def on_files(files, *, config):
    """Add what is made: sections, chapters, the reference, and files from elsewhere."""
    lang = config.theme["language"]
    wording.set_language(lang)  # for the reference: what arguments mean
    for path, content in made(lang, config.extra.get("lite") or "").items():
        old = files.get_file_from_path(path)
        if old is not None:
            files.remove(old)
        files.append(File.generated(config, path, content=content))
    if lang == "en":
        for file in list(files):
            if file.src_uri.startswith(SHARED):
                files.remove(file)
    else:
        start_english(config)
    return files


def made(lang: str, lite: str) -> dict[str, str | bytes]:
    """Every generated file of one language: path -> content."""
    book, sources, ran = whole_book()
    ready = names(sources)
    found: dict[str, str | bytes] = {}
    wrong = [ran[source.path]["error"] for source in sources.values()]
    for problem in filter(None, wrong):
        log.warning("a section does not run: %s", problem)
    for section, source in sources.items():
        page = pages.section(source, ran[source.path], section, book, lang, lite)
        found[f"{section.name}.md"] = page.text
        found[f"{section.name}.ipynb"] = notebook(source, lang)
        for name, picture in page.pictures.items():
            found[f"{section.chapter}/{name}"] = picture
    for chapter in book.chapters:
        if any(s.name in ready for s in chapter.sections):
            found[f"{chapter.slug}/index.md"] = pages.chapter(chapter, ready, lang)
    found["numbering.md"] = pages.numbering(book, ready, lang)
    for group in reference.GROUPS:
        found[group.page] = reference.page(group, lang)
    found["api/index.md"] = reference.index(lang)
    return found | _from_elsewhere(lang)


def _from_elsewhere(lang: str) -> dict[str, str | bytes]:
    """Documents that also stand in the repository by themselves."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8").partition("\n")[2]
    backend, exercises = (
        (ROOT / _in(lang, f"docs/{name}")).read_text("utf-8")
        for name in ("backend", "exercises")
    )
    words = WORDS[lang]
    return {
        "backend.md": backend,
        "exercises/teaching.md": exercises,
        "assets/digits.png": (ROOT / "docs/assets/digits.png").read_bytes(),
        "changelog.md": f"# {words['changes']}\n\n{words['changes_intro']}\n{changes}",
    }


def _in(lang: str, name: str) -> str:
    """The file of a document that is written once in each language."""
    return f"{name}.zh.md" if lang == "zh" else f"{name}.md"


def on_pre_page(page, *, config, files):
    """The edit link of a generated page leads to what it is made from."""
    source = SOURCES / Path(page.file.src_uri).with_suffix(".py")
    elsewhere = {
        "changelog.md": "CHANGELOG.md",
        "backend.md": "scripts/backend_table.py",
        "exercises/teaching.md": _in(config.theme["language"], "docs/exercises"),
    }
    if page.file.generated_by and source.exists():
        place = source.relative_to(ROOT).as_posix()
    elif page.file.generated_by and not page.file.src_uri.startswith("api/"):
        place = elsewhere.get(page.file.src_uri, "notebooks/contents.yml")
    else:
        return page
    page.edit_url = f"{REPOSITORY}/edit/main/{place}"
    return page


SOURCE = re.compile(r'<details class="mkdocstrings-source">.*?</details>', re.S)
PLACE = '<i class="source"></i>'
HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”]"
BREAK = re.compile(rf"(?<={HAN})\n(?={HAN})")
"""The end of a line within a Chinese sentence, which a browser would show as a space."""


def on_page_content(html, *, page, config, files):
    """Join Chinese lines; take source code away while the page is searched for words."""
    page.sources = SOURCE.findall(html)  # it would drown them
    html = SOURCE.sub(PLACE, html)
    parts = re.split(r"(<pre.*?</pre>)", html, flags=re.S)
    parts[::2] = [BREAK.sub("", prose) for prose in parts[::2]]
    return "".join(parts)


def on_post_page(output, *, page, config):
    """Put source code back."""
    kept = iter(page.sources)
    return re.sub(PLACE, lambda _: next(kept), output)


def on_serve(server, *, config, builder):
    """Rebuild when a source changes."""
    for path in (SOURCES, CONTENTS, ROOT / "docs", ROOT / "tensorlearn"):
        server.watch(str(path))
    return server


# ---- the other language ----

english: list = []
"""The process that builds the English site while this one builds the Chinese."""


def start_english(config) -> None:
    """Fork here, where sections have run; elsewhere than on Linux wait for the end."""
    if sys.platform == "linux":
        process = get_context("fork").Process(
            target=build_english, args=(config,), daemon=True
        )
        process.start()
        english.append(process)


def on_post_build(*, config):
    """Have both languages when it is done."""
    if config.theme["language"] != "zh":
        return
    if not english:
        build_english(config)
        return
    process = english.pop()
    process.join()
    if process.exitcode:
        raise PluginError("the English site could not be built: see above")


def build_english(chinese) -> None:
    """Build docs/mkdocs.en.yml into `en/` of the Chinese site."""
    url = chinese.site_url
    config = load_config(
        str(ROOT / "docs" / "mkdocs.en.yml"),
        strict=chinese.strict,
        site_dir=str(Path(chinese.site_dir) / "en"),
        site_url=url.rstrip("/") + "/en/" if url else None,
    )
    config.plugins.on_startup(command="build", dirty=False)
    try:
        build(config)
    finally:
        config.plugins.on_shutdown()
        wording.set_language("en")
