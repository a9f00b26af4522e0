"""The notebooks in JupyterLite: prepared, built without a network, opened and run."""

import json
from importlib.util import find_spec

import pytest

from tests.docs import site

lite = pytest.importorskip("docs.live.lite", reason="hatchling is missing")


def notebook(*cells):
    """The text of an .ipynb of ("markdown" | "code", source)."""
    made = [
        {"cell_type": kind, "id": f"c{i}", "metadata": {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for i, (kind, source) in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("lang", "code", "installed"),
    [
        ("zh", "1 + 1", "tensorlearn"),
        ("en", "model.save('m.h5')", "tensorlearn h5py"),
        ("en", "model.to_yaml()", "tensorlearn pyyaml"),
    ],
)
def test_a_notebook_installs_what_it_needs_below_its_title(lang, code, installed):
    text = notebook(("markdown", "# T"), ("code", code))
    made = json.loads(lite.prepared(text, (lang, "core", "dense.ipynb")))
    title, install, rest = made["cells"]
    assert title["source"] == "# T"
    assert rest["source"] == code
    assert install["source"].endswith(f"%pip install -q --no-deps {installed}")
    assert ("TENSORLEARN_LANG=zh" in install["source"]) == (lang == "zh")


@pytest.mark.parametrize("address", ["https://x.org/full/", "/pyodide"])
def test_python_is_where_the_pages_have_it(address):
    plugins = lite.settings(address)["jupyter-config-data"]["litePluginSettings"]
    assert plugins[lite.KERNEL]["pyodideUrl"] == address.rstrip("/") + "/pyodide.js"


CODE = """
import numpy as np
from tensorlearn.layers import Dense
Dense(2)(np.ones((1, 3))).shape
"""


@pytest.mark.browser
def test_a_notebook_runs_and_asks_nobody_else(tmp_path):
    for name in ("jupyterlite_core", "jupyterlite_pyodide_kernel", "comm"):
        if not find_spec(name):
            pytest.skip(f"{name} is missing: pip install 'tensorlearn[jupyterlite]'")
    site.need_carrier()
    source = tmp_path / "notebooks/zh/core"
    source.mkdir(parents=True)
    wrong = ("code", "Dense('3')")
    (source / "dense.ipynb").write_text(notebook(("code", CODE), wrong), "utf-8")
    output = tmp_path / "site/lite"
    lite.build(output, "/pyodide/", tmp_path / "notebooks")
    (tmp_path / "site/pyodide").symlink_to(site.CARRIER.resolve())
    with site.served(tmp_path / "site") as url, site.chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(240_000)
        asked = []
        page.context.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}lite/lab/index.html?path=zh/core/dense.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.get_by_text("Run", exact=True).first.click()
        page.get_by_text("Run All Cells", exact=True).first.click()
        page.wait_for_selector(".jp-OutputArea-output >> text=必须是正整数")
        shown = " ".join(page.locator(".jp-OutputArea-output").all_inner_texts())
        assert "(1, 2)" in shown
        assert [u for u in asked if not u.startswith((url, "data:", "blob:"))] == []
