"""JupyterLite with the notebooks of both languages:  python -m docs.live.lite SITE/lite

Needs the extra `jupyterlite`. The result is static files that a page links to when
`extra.lite` says where they are. Its Python is the same Pyodide as that of the pages
(`DOCS_PYODIDE`, else the CDN); tensorlearn's wheel comes from the site itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from docs.live.archives import ROOT, installed, own_wheel, zipped

CDN = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
NOTEBOOKS = ROOT / "notebooks"

# Packages that tensorlearn only imports when it is asked to write such files.
WHEN_USED = {"h5py": r"\.h5\b|\.hdf5\b|\.save\(", "pyyaml": r"yaml"}

INSTALL = {
    "zh": "# 这一格只在 JupyterLite 里需要：从本站装入 tensorlearn，消息用中文\n"
    "%env TENSORLEARN_LANG=zh\n",
    "en": "# Only needed in JupyterLite: tensorlearn, from this site\n",
}


def build(output: Path, pyodide: str = CDN, notebooks: Path = NOTEBOOKS) -> None:
    """Write JupyterLite with all notebooks into `output`."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        name, wheel = own_wheel()
        (work / name).write_bytes(wheel)
        comm = (
            f"comm-{version('comm')}-py3-none-any.whl"  # or PyPI would be asked for it
        )
        (work / comm).write_bytes(zipped(installed("comm")))
        contents = work / "contents"
        for path in sorted(notebooks.rglob("*.ipynb")):
            goal = contents / path.relative_to(notebooks)
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.write_text(prepared(path.read_text("utf-8"), goal.parts), "utf-8")
        (work / "jupyter-lite.json").write_text(json.dumps(settings(pyodide)))
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps"]
        command += ["--no-libarchive", f"--lite-dir={work}"]
        command += ["--apps=lab", "--no-unused-shared-packages"]
        command += [f"--contents={contents}"]
        command += [f"--piplite-wheels={work / file}" for file in (name, comm)]
        output.mkdir(parents=True, exist_ok=True)
        command += [f"--output-dir={output.resolve()}"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{done.stdout}\n{done.stderr}\nJupyterLite was not built")


def settings(pyodide: str) -> dict[str, Any]:
    """The configuration of JupyterLite: where its Python is, and no telemetry or news."""
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "tensorlearn",
            "litePluginSettings": {
                KERNEL: {"pyodideUrl": pyodide.rstrip("/") + "/pyodide.js"}
            },
        },
    }


def prepared(text: str, place: tuple[str, ...]) -> str:
    """The notebook with a first cell that installs tensorlearn."""
    notebook = json.loads(text)
    code = "".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    )
    names = [
        "tensorlearn",
        *(n for n, used in WHEN_USED.items() if re.search(used, code)),
    ]
    comment = INSTALL["en" if "en" in place else "zh"]
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "install",
        "metadata": {},
        "outputs": [],
        "source": f"{comment}%pip install -q --no-deps {' '.join(names)}",
    }
    titled = notebook["cells"] and notebook["cells"][0]["cell_type"] == "markdown"
    notebook["cells"].insert(1 if titled else 0, cell)
    return json.dumps(notebook, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build(Path(sys.argv[1]), os.environ.get("DOCS_PYODIDE") or CDN)
