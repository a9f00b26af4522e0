"""The bilingual book: one source per section, two notebooks, two pages.

Read `contents.py` (the list of sections), `source.py` (how a section is written), `run.py`
(its code is executed once), `notebooks.py` and `pages.py` (what is made of it), `check.py`
(what must hold) and `hook.py` (how MkDocs gets it all). `python -m docs.book` runs it.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "src"
CONTENTS = NOTEBOOKS / "contents.yml"
CACHE = ROOT / ".cache" / "book"

LANGUAGES = ("zh", "en")
