"""Callbacks that tell others: a CSV file, a web server, functions of your own."""

from __future__ import annotations

import csv
import json
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlparse

import numpy as np

from tensorlearn.callbacks.base import EVENTS, Callback, Logs, given
from tensorlearn.declare.kinds import plain
from tensorlearn.wording import say, suggest


class CSVLogger(Callback):
    """Writes the values of every epoch as a line of a CSV file.

    append: go on with a file that is there, without another header.
    """

    remembers = ("keys",)

    def __init__(
        self, filename: Any, separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self.csv_file: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file."""
        self.keys = None
        exists = os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self.append_header = not (self.append and exists)
        mode = "a" if self.append else "w"
        self.csv_file = open(self.filename, mode, newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line; it is in the file when this returns."""
        logs = given(logs)
        if self.keys is None:
            self.keys = sorted(logs)
        writer = csv.writer(self.csv_file, delimiter=self.sep)
        if self.append_header:
            writer.writerow(["epoch", *self.keys])
            self.append_header = False
        values = (logs.get(key, "NA") for key in self.keys)
        writer.writerow([epoch, *map(_in_one_cell, values)])
        self.csv_file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file, also after an error."""
        if self.csv_file is not None:
            self.csv_file.close()
            self.csv_file = None


def _in_one_cell(value: Any) -> Any:
    if isinstance(value, str) or np.ndim(value) == 0:
        return value
    return f"[{', '.join(map(str, value))}]"


class LambdaCallback(Callback):
    """Functions that are called at those moments whose names they are given under.

    on_epoch_begin, on_epoch_end: functions of (epoch, logs); on_batch_begin, on_batch_end:
    of (batch, logs); on_train_begin, on_train_end: of (logs).
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_batch_begin: Callable[..., Any] | None = None,
        on_batch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        told = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        for name in kwargs:
            if name.startswith("on_"):
                raise TypeError(
                    say(
                        "{owner}: keyword argument not understood: {name!r}{hint}",
                        owner="LambdaCallback",
                        name=name,
                        hint=suggest(name, EVENTS),
                    )
                )
        self.__dict__.update(kwargs)
        self.__dict__.update((k, v) for k, v in told.items() if v is not None)


class RemoteMonitor(Callback):
    """Sends the values of every epoch to a web server (POST).

    The form has one field with the JSON text; send_as_json: the body is that text itself.
    A server that does not answer is only warned about.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = dict(headers or {})
        self.send_as_json = send_as_json
        if urlparse(root).scheme not in ("http", "https"):
            raise ValueError(
                say(
                    "RemoteMonitor: `root` must begin with http:// or https://, got "
                    "{root!r}",
                    root=root,
                )
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Send the values."""
        # a tenth of the time that `import tensorlearn` takes, for the few who need it
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        text = json.dumps(
            {"epoch": epoch, **{k: plain(v) for k, v in given(logs).items()}}
        )
        if self.send_as_json:
            kind, body = "application/json", text
        else:
            kind = "application/x-www-form-urlencoded"
            body = urlencode({self.field: text})
        request = Request(
            self.root + self.path,
            data=body.encode(),
            headers={"Content-Type": kind, **self.headers},
        )
        try:
            with urlopen(request, timeout=10):
                pass
        except HTTPError:
            pass  # it was reached; what it thinks of the data is its own business
        except (OSError, ValueError) as error:
            warnings.warn(
                say(
                    "Could not reach RemoteMonitor root server at {root} ({error})",
                    root=self.root,
                    error=error,
                ),
                UserWarning,
                stacklevel=2,
            )
