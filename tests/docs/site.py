"""A small site with the theme and the hook of the real one, served and browsed.

The production page names Pyodide's CDN. The browser is told to answer for the CDN from a
local folder whose files have the hashes of the official lock (scripts/pyodide_carrier.py);
where that folder is comes from `PYODIDE_CARRIER`, and without it these tests are skipped.
"""

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CDN = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
CARRIER = Path(os.environ.get("PYODIDE_CARRIER", ROOT / ".cache/pyodide"))

CONFIG = """
site_name: tensorlearn
site_url: https://example.org/{folder}
docs_dir: {docs}
theme:
  name: material
  language: {lang}
  custom_dir: {theme}
  font: false
  features: [content.code.copy, {feature}]
  palette: {{scheme: {scheme}}}
extra: {{root: "{root}", live: {{pyodide: "{pyodide}"}}}}
hooks: [{hook}]
markdown_extensions:
  attr_list: {{}}
  md_in_html: {{}}
  pymdownx.highlight: {{}}
  pymdownx.superfences: {{}}
plugins: [search]
"""
MAIN = """{% extends "base.html" %}
{% block scripts %}{{ super() }}{% include "partials/live.html" %}{% endblock %}
"""


def build(folder, pages, *, pyodide="", feature="navigation.top", scheme="default"):
    """Build `pages` {path: Markdown} in Chinese, and in English under en/."""
    for path, text in pages.items():
        file = folder / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    theme = folder / "theme"
    for part in ("assets/live", "partials"):
        shutil.copytree(ROOT / "docs/theme" / part, theme / part)
    for file in (theme / "partials").iterdir():
        if file.name != "live.html":
            file.unlink()
    (theme / "main.html").write_text(MAIN)
    for lang, place, root in (("zh", "", ""), ("en", "en/", "../")):
        config = folder / f"mkdocs.{lang}.yml"
        config.write_text(
            CONFIG.format(
                folder=place,
                docs=folder / "docs",
                lang=lang,
                theme=theme,
                feature=feature,
                scheme=scheme,
                root=root,
                pyodide=pyodide,
                hook=ROOT / "docs/live/hook.py",
            )
        )
        command = [sys.executable, "-m", "mkdocs", "build", "-q", "--strict"]
        subprocess.run(
            [*command, "-f", config, "-d", folder / "site" / place],
            check=True,
            env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        )
    return folder / "site"


class Handler(SimpleHTTPRequestHandler):
    """Files, silently; `isolated` adds what lets a page share memory with its worker."""

    isolated = False

    def end_headers(self):
        if self.isolated:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_):
        pass


class Isolated(Handler):
    """The same, cross-origin isolated."""

    isolated = True


@contextmanager
def served(folder, handler=Handler):
    """The address of a server of `folder`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def chromium():
    """A headless browser; skips what needs it if there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_api.sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def need_carrier():
    """Skip, with the reason, where Pyodide's files are not at hand."""
    if not (CARRIER / "pyodide-lock.json").exists():
        pytest.skip(
            f"no Pyodide in {CARRIER}: run scripts/pyodide_carrier.py {CARRIER}"
        )


KINDS = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
}


def answer_for_the_cdn(route):
    """What the CDN would send, from the carrier; 404 for what that lacks."""
    file = CARRIER / route.request.url.removeprefix(CDN)
    headers = {"Access-Control-Allow-Origin": "*"}
    if not file.is_file():
        route.fulfill(status=404, headers=headers, body="")
        return
    headers["Content-Type"] = KINDS.get(file.suffix, "application/octet-stream")
    route.fulfill(body=file.read_bytes(), headers=headers)
