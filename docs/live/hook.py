"""MkDocs hook: puts into the site what code in the page needs of it.

Where Pyodide is comes from `extra.live.pyodide`: its CDN, or a folder of the site's own.
The browser asks for it when a reader first presses Run, not before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.live.archives import served  # noqa: E402

CDN = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"


def on_config(config: Any) -> Any:
    """Tell the theme where everything will be; `extra.root` leads to the Chinese site."""
    live = config.extra.setdefault("live", {})
    root = config.extra.get("root", "")
    live["pyodide"] = placed(live.get("pyodide") or CDN, root)
    live["files"] = {name: f"{root}{path}?{stamp}" for name, path, stamp, _ in served()}
    return config


def placed(url: str, root: str) -> str:
    """A folder, by its full address or from the root of the site; ends in a slash."""
    elsewhere = "://" in url or url.startswith("/")
    return ("" if elsewhere else root) + url.rstrip("/") + "/"


def on_files(files: Any, config: Any) -> Any:
    """Add the archives to what MkDocs copies. Both languages share one set."""
    if config.extra.get("root"):
        for file in [f for f in files if f.src_uri.startswith("assets/live/")]:
            files.remove(file)
    else:
        for _, path, _, data in served():
            files.append(File.generated(config, path, content=data))
    return files
