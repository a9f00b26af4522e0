"""Inside the process of one section: its cells, run by IPython, and what they show."""

from __future__ import annotations

import base64
import gc
import io
import json
import os
import re
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

import tensorlearn
from docs.book import ROOT
from docs.live.page.figures import STYLE


def section(job: dict) -> None:
    """Run every cell of a section and write what came of it to a file."""
    started = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 5))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        shell = _shell()
        done: dict = {"cells": [], "error": ""}
        for number, cell in enumerate(job["cells"], 1):
            outputs, error = _cell(shell, cell, number)
            done["cells"].append(outputs)
            if error:
                done["error"] = f"{cell['where']}: {error}"
                break
        os.chdir(ROOT)
    done["seconds"] = round(time.process_time() - started, 2)
    file = Path(job["file"])
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(done, ensure_ascii=False), "utf-8")
    beside.replace(file)


def _shell() -> InteractiveShell:
    InteractiveShell.displayhook_class = Hook
    InteractiveShell.display_pub_class = Publisher
    shell = InteractiveShell.instance(
        colors="nocolor", history_length=0, autocall=0, user_ns={}
    )
    shell.history_manager.enabled = False
    shell.showtraceback = lambda *args, **keywords: None  # we show it
    mpl.rcParams.update(STYLE)
    warnings.resetwarnings()
    warnings.simplefilter("default")
    warnings.formatwarning = lambda message, kind, *place: (
        f"{kind.__name__}: {message}\n"
    )
    return shell


def _cell(shell: InteractiveShell, cell: dict, number: int) -> tuple[dict, str]:
    """What a cell shows in each language, and what is wrong with it."""
    shown, error = {}, ""
    if {"both", "raises-exception"} & set(cell["tags"]):
        shown["zh"], error = _forked(lambda: _once(shell, cell, number, "zh"))
    tensorlearn.set_language("en")
    shown["en"], wrong = _once(shell, cell, number, "en")
    shown.setdefault("zh", shown["en"])
    return shown, wrong or error


def _forked(function):
    """The result of `function`, run in a copy of this process."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with os.fdopen(write, "w", encoding="utf-8") as pipe:
                json.dump(function(), pipe)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else ([], "the process died")


def _once(shell, cell: dict, number: int, lang: str) -> tuple[list[dict], str]:
    tensorlearn.set_language(lang)
    outputs.clear()
    Hook.code = cell["code"]
    kept = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = Printed()
    try:
        result = shell.run_cell(cell["code"], store_history=False)
        _figures()
    finally:
        sys.stdout, sys.stderr = kept
    wanted = "raises-exception" in cell["tags"]
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        found = "tagged raises-exception, but nothing is raised" if wanted else ""
        return list(outputs), found and f"{found} ({lang})"
    text = "".join(traceback.format_exception_only(error)).rstrip()
    name, _, message = text.partition(": ")
    text = f"{name.rpartition('.')[2]}: {message}" if message else text
    outputs.append({"kind": "error", "text": text})
    if wanted:
        return list(outputs), ""
    return list(outputs), f"{text}\n{_trace(error)}"


def _trace(error: BaseException) -> str:
    """Where in the cell, then where in the library."""
    steps = traceback.extract_tb(error.__traceback__)
    mine = [s for s in steps if "IPython" not in s.filename]
    return "\n".join(f"    {_place(s)}: {s.line}" for s in mine[-6:])


def _place(step: traceback.FrameSummary) -> str:
    where = "line" if "ipython-input" in step.filename else f"{step.filename}:"
    return f"{where} {step.lineno}"


# ---- what cells show ----

outputs: list[dict[str, str]] = []


class Printed(io.TextIOBase):
    """A stream whose text is one of the outputs, in order."""

    def write(self, text: str) -> int:
        if outputs and outputs[-1]["kind"] == "text" and "value" not in outputs[-1]:
            outputs[-1]["text"] += text
        elif text:
            outputs.append({"kind": "text", "text": text})
        return len(text)


class Hook(DisplayHook):
    """Takes the value of the last expression of a cell, unless it ends with `;`."""

    code = ""

    def __call__(self, result=None):
        if result is None or self.semicolon_at_end_of_expression(self.code):
            return
        data, metadata = self.compute_format_data(result)
        self.update_user_ns(result)
        _show(data, metadata)


class Publisher(DisplayPublisher):
    """Takes what `display` is given."""

    def publish(self, data, metadata=None, **other):
        _show(data, metadata or {})


def _show(data: dict, metadata: dict) -> None:
    if "image/svg+xml" in data:
        _image("svg", data["image/svg+xml"].encode())
    elif "image/png" in data:
        png = data["image/png"]
        _image("png", base64.b64decode(png) if isinstance(png, str) else png)
    elif "text/html" in data:
        outputs.append({"kind": "html", "text": data["text/html"], "value": "1"})
    elif "text/markdown" in data:
        outputs.append({"kind": "markdown", "text": data["text/markdown"]})
    else:
        outputs.append({"kind": "text", "text": data["text/plain"], "value": "1"})


def _image(form: str, body: bytes, width: float = 0) -> None:
    """`width` in CSS pixels; 0 leaves it to the image."""
    text = base64.b64encode(body).decode()
    shown = {"kind": "image", "form": form, "text": text}
    outputs.append(shown | ({"width": f"{width:.0f}"} if width else {}))


def _figures() -> None:
    """Every open figure, as SVG or PNG, whichever is smaller."""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        forms = {
            "svg": _saved(figure, "svg", metadata={"Date": None, "Creator": None}),
            "png": _saved(figure, "png", dpi=200, metadata={"Software": None}),
        }
        form = min(forms, key=lambda name: len(forms[name]))
        _image(form, forms[form], 96 * figure.get_figwidth())
    plt.close("all")
    gc.collect()


def _saved(figure, form: str, **keywords) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=form, **keywords)
    body = file.getvalue()
    return re.sub(rb"<metadata>.*?</metadata>\s*", b"", body, flags=re.S)
