"""The book from the command line:    python -m docs.book COMMAND [FILES]

check [FILES]   is the text right, do both languages agree, does all code run?
                Without files: the whole book, and that it is complete.
build [FILES]   write the notebooks.
show FILES      print what every cell shows.
pictures FILES  write what every cell draws to .cache/pictures, to be looked at.

--fresh runs the code even if nothing changed; --no-run only looks at the text;
--original PATH also looks for sentences copied from the original document.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

from docs.book import CACHE, LANGUAGES, SOURCES, check, contents, copied, reference
from docs.book.notebooks import notebook, path_of
from docs.book.run import run
from docs.book.source import Source, read


def main(arguments: list[str]) -> int:
    """Run one command; 1 if something is wrong."""
    parser = argparse.ArgumentParser(
        "python -m docs.book",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("check", "build", "show", "pictures"))
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--original", type=Path)
    options = parser.parse_intermixed_args(arguments)
    files = options.files or sorted(SOURCES.rglob("*.py"))
    sources = {path.resolve(): read(path) for path in files}
    if options.command == "build":
        for source in sources.values():
            write_notebooks(source)
        return 0
    ran = {} if options.no_run else run(sources.values(), fresh=options.fresh)
    if options.command in ("show", "pictures"):
        (show if options.command == "show" else pictures)(sources, ran)
        return 0
    return report(sources, ran, options, whole=not options.files)


def write_notebooks(source: Source) -> None:
    """Both notebooks of a section, if they changed."""
    for lang in LANGUAGES:
        path = path_of(check.name_of(source.path), lang)
        text = notebook(source, lang)
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def report(sources: dict[Path, Source], ran: dict, options, *, whole: bool) -> int:
    """Print what is wrong, then remarks."""
    book = contents.read()
    wrong, remarks = [], []
    for path, source in sources.items():
        entry = book.find(path)
        wrong += check.section(source, entry)
        if path in ran:
            wrong += check.outputs(source, ran[path])
            remarks += check.slow(source, ran[path], entry)
            remarks += check.untranslated(source, ran[path])
        if options.original:
            wrong += copied.sentences(source, options.original)
    if whole:
        wrong += check.whole(book, sources)
        wrong += check.twins()
        remarks += reference_remarks()
    for line in wrong:
        print(line)
    for line in remarks:
        print("remark:", line)
    seconds = sum(r["seconds"] for r in ran.values())
    print(f"{len(sources)} sections, {len(wrong)} problems, {seconds:.1f} s of code")
    return int(bool(wrong))


def reference_remarks() -> list[str]:
    """How much of the reference has no Chinese, and what is left over."""
    missing = reference.untranslated()
    unused = reference.unused()
    place = "docs/book/reference.zh.json"
    return [f"{place}: nothing for {n}: {text!r}" for n, text in missing.items()] + [
        f"{place}: not in the code any more: {text!r}" for text in unused
    ]


def show(sources: dict[Path, Source], ran: dict) -> None:
    """Every cell with what it shows, in both languages where they differ."""
    for path, source in sources.items():
        for cell, shows in zip(source.code, ran[path]["cells"], strict=False):
            print(f"\n---- {source.where(cell)} {' '.join(sorted(cell.tags))}")
            print(cell.text)
            for lang in ("en", "zh") if shows["en"] != shows["zh"] else ("en",):
                print(f">>>> {lang}")
                for output in shows[lang]:
                    image = output["kind"] == "image"
                    print("(a picture)" if image else output["text"].rstrip())
        print(ran[path]["error"])


def pictures(sources: dict[Path, Source], ran: dict) -> None:
    """Every picture of every cell, as a PNG or SVG file."""
    for path in sources:
        shown = [o for cell in ran[path]["cells"] for o in cell["zh"]]
        for number, output in enumerate(o for o in shown if o["kind"] == "image"):
            name = f"{check.name_of(path)}-{number}.{output['form']}"
            file = CACHE.parent / "pictures" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(base64.b64decode(output["text"]))
            print(file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
