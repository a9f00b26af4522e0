"""`python -m tensorlearn run script.py`: a script as Python would run it, with Keras."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tensorlearn.keras_compat.finder import install_as_keras
from tensorlearn.wording import say

_PACKAGE = str(Path(__file__).resolve().parents[1])


def run_script(path: Any, arguments: Sequence[str] = ()) -> int:
    """Run a Python file as the main program, `import keras` meaning tensorlearn.

    Returns the exit code: what it gave to sys.exit, 1 after an error, whose traceback is
    printed without our part of the stack, 2 if there is no such file.
    """
    script = Path(os.fspath(path))
    if not script.is_file():
        print(say("can't open file {path!r}", path=str(path)), file=sys.stderr)
        return 2
    install_as_keras()
    before = sys.argv[:], sys.path[:]
    sys.argv[:] = [str(path), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as leaving:
        return _code(leaving)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BaseException as error:
        _show(error)
        return 1
    finally:
        sys.argv[:], sys.path[:] = before
    return 0


def _code(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return int(leaving.code or 0)
    print(leaving.code, file=sys.stderr)
    return 1


def _show(error: BaseException) -> None:
    """The traceback from the script on: how it was started is none of its business."""
    error.__traceback__ = _from_script(error.__traceback__)
    traceback.print_exception(error)


def _from_script(trace: TracebackType | None) -> TracebackType | None:
    first = trace
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and "runpy" not in file:
            return trace
        trace = trace.tb_next
    return None if first is None else trace
