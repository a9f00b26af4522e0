"""Writing files so that an interruption leaves the old file whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tensorlearn.wording import say


@contextmanager
def replacing(path: Any, overwrite: bool = True) -> Iterator[str]:
    """The name of a temporary file beside `path`, moved there if the block succeeds.

    Raises FileExistsError if `path` exists and may not be overwritten, FileNotFoundError
    if its folder does not exist; if the block raises, what was at `path` is untouched.
    """
    target = Path(os.fspath(path)).absolute()
    if not overwrite and target.exists():
        raise FileExistsError(
            say("{path} exists already; pass overwrite=True to replace it", path=path)
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(
            say(
                "cannot write {path}: the folder {folder} does not exist",
                path=path,
                folder=target.parent,
            )
        )
    handle, name = tempfile.mkstemp(
        prefix=f".{target.name}.", suffix=".part", dir=target.parent
    )
    os.close(handle)
    try:
        yield name
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(name, 0o666 & ~_umask() | 0o600)  # in a web page the mask is 0o777
        os.replace(name, target)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            text = say(
                "{path} could not be written: {reason}; what was there is untouched",
                path=path,
                reason=error.strerror,
            )
            raise OSError(error.errno, text) from error
        raise


_FULL = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG")}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
