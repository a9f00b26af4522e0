"""How two processes speak: calls, values, arrays that stay the same on both sides.

Used by the judge and by the student's process, which loads this file and `values.py` alone:
they know NumPy and nothing of tensorlearn. Nothing here trusts the other side: a message is
data, never code (no pickle), and what is asked for must be in a table of operations.

A message is JSON, followed by the bytes of its arrays. Plain values go by value; arrays,
dicts and random generators get a number, and whoever changes one tells the other side with
the next message. All else that belongs to the student goes by reference, as a proxy.
"""

from __future__ import annotations

import inspect
import json
import struct
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorlearn.exercises.values import (
    CONTAINERS,
    GENERATORS,
    TYPE_NAMES,
    TYPES,
    Dict,
    Garbled,
    array_of,
    differs,
    dtype_of,
    is_numpys,
    look,
    mirrored,
    overwrite,
    set_state,
    state_of,
)

LARGEST = 1 << 26  # bytes of a message
DEEPEST = 60  # lists within lists


class Closed(Exception):  # noqa: N818 - the other side has gone
    """No more messages will come."""


class Failed(Exception):  # noqa: N818 - an exception of the other side
    """The other side raised something; `facts` says what."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(str(facts.get("message", "")))
        self.facts = facts


class Wire:
    """One end of a conversation over two binary files.

    first: 0 on one side and 1 on the other, so that numbers do not clash. operations: what
    the other side may ask for. trusting: whether NumPy's functions are taken by name.
    """

    def __init__(
        self,
        source: Any,
        sink: Any,
        first: int,
        operations: dict[str, Callable[..., Any]],
        proxy: Callable[[Wire, int, bool], Any],
        explain: Callable[[BaseException], dict[str, Any]],
        trusting: bool = False,
    ) -> None:
        self.source, self.sink, self.next = source, sink, first
        self.operations, self.proxy = operations, proxy
        self.explain, self.trusting = explain, trusting
        self.mine: dict[int, Any] = {}  # number -> what the other side may refer to
        self.sent: dict[int, int] = {}  # how often it was sent there
        self.numbers: dict[int, int] = {}  # id of an object -> its number
        self.theirs: weakref.WeakValueDictionary[int, Any] = (
            weakref.WeakValueDictionary()
        )
        self.got: dict[int, int] = {}  # how often it came here
        self.fresh: list[Any] = []  # kept until it is known whether they were changed
        self.known: dict[int, Any] = {}  # number -> how a mirrored thing looked
        self.released: list[tuple[int, int]] = []

    # ---- conversation ----

    def ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Have the other side do something, and serve its questions meanwhile."""
        self.send({"ask": operation, "errors": np.geterr()}, [args, kwargs])
        while True:
            message, value = self.receive()
            if "ask" in message:
                self.answer(message, value)
            elif "error" in message:
                raise Failed(message["error"])
            else:
                return value

    def serve(self) -> None:
        """Answer until the other side closes."""
        while True:
            try:
                message, value = self.receive()
            except Closed:
                return
            self.answer(message, value)

    def answer(self, message: dict[str, Any], value: Any) -> None:
        """Do what is asked, and send what came of it."""
        errors = message.get("errors", {}) if self.trusting else {}
        try:
            args, kwargs = value
            with np.errstate(**errors):
                result = self.operations[message["ask"]](*args, **kwargs)
        except (Closed, Garbled):
            raise
        except (Exception, SystemExit) as error:
            self.send({"error": self.explain(error)}, None)
            return
        try:
            self.send({}, result)
        except TypeError as error:
            self.send({"error": self.explain(error)}, None)

    def send(self, message: dict[str, Any], value: Any) -> None:
        """Put a message on the wire, with all that has changed since the last one."""
        blobs: list[bytes] = []
        message["sync"] = self.changes(blobs)  # first: packing takes note of contents
        message["value"] = self.pack(value, blobs)
        self.fresh.clear()
        message["released"], self.released = self.released, []
        text = json.dumps(message).encode()
        body = b"".join(blobs)
        try:
            self.sink.write(struct.pack("<QQ", len(text), len(body)) + text + body)
            self.sink.flush()
        except (OSError, ValueError) as error:
            raise Closed from error

    def receive(self) -> tuple[dict[str, Any], Any]:
        """The next message and its value."""
        sizes = struct.unpack("<QQ", self.read(16))
        if max(sizes) > LARGEST:
            raise Garbled("too large")
        text, body = self.read(sizes[0]), self.read(sizes[1])
        try:
            message = json.loads(text)
            self.apply(message["sync"], body)
            value = self.unpack(message["value"], body)
            for number, times in message["released"]:
                self.release(number, times)
            return message, value
        except Garbled:
            raise
        except Exception as error:
            raise Garbled(type(error).__name__) from None

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        try:
            data: bytes = self.source.read(size)
        except (OSError, ValueError) as error:
            raise Closed from error
        if len(data) < size:
            raise Closed
        return data

    # ---- things with a number ----

    def number(self, thing: Any) -> int:
        """The number under which the other side knows a thing."""
        found = self.numbers.get(id(thing))
        if found is None:
            found, self.next = self.next, self.next + 2
            self.numbers[id(thing)] = found
            self.mine[found] = thing
        return found

    def release(self, number: int, times: int) -> None:
        """The other side has forgotten it, as often as it came there."""
        if number not in self.mine:
            return
        self.sent[number] -= times
        if self.sent[number] <= 0:  # it is not on its way again
            self.numbers.pop(id(self.mine.pop(number)), None)
            self.known.pop(number, None)
            del self.sent[number]

    def adopt(self, number: int, thing: Any) -> Any:
        """Know a thing of the other side by its number, as long as it lives here."""
        self.theirs[number] = thing
        self.numbers[id(thing)] = number
        weakref.finalize(thing, self.forget, number, id(thing)).atexit = False
        return thing

    def forget(self, number: int, key: int) -> None:
        """A thing of the other side has died here."""
        self.numbers.pop(key, None)
        self.known.pop(number, None)
        self.released.append((number, self.got.pop(number, 0)))

    def owns(self, thing: Any) -> bool:
        """Whether the other side got this from here."""
        return self.mine.get(self.numbers.get(id(thing), -1)) is thing

    def thing(self, number: int) -> Any:
        """By number, whosever it is; None if it is gone."""
        mine = self.mine.get(number)
        return self.theirs.get(number) if mine is None else mine

    # ---- mirroring ----

    def changes(self, blobs: list[bytes]) -> list[Any]:
        """The contents of all mirrored things that look different from before."""
        changed: list[Any] = []
        for number in list(self.known):
            thing = self.thing(number)
            if thing is None or not differs(thing, self.known[number]):
                continue
            self.known[number] = look(thing)
            changed.append([number, self.content(thing, blobs)])
        return changed

    def apply(self, changed: list[Any], body: bytes) -> None:
        """Make mirrored things look as on the other side."""
        for number, content in changed:
            thing = self.thing(number)
            if thing is None:
                continue
            if isinstance(thing, np.ndarray):
                fresh = array_of(content, body)
                if fresh.shape == thing.shape and fresh.dtype == thing.dtype:
                    overwrite(thing, fresh)
            elif isinstance(thing, dict):
                items = self._pairs(content, body)
                thing.clear()
                thing.update(items)
            else:
                set_state(thing, content)
            self.known[number] = look(thing)

    def content(self, thing: Any, blobs: list[bytes]) -> Any:
        """What a mirrored thing contains, packed."""
        if isinstance(thing, np.ndarray):
            where = sum(map(len, blobs))
            blobs.append(thing.tobytes())
            return [thing.dtype.str, list(thing.shape), where, thing.flags.writeable]
        if isinstance(thing, dict):
            return [
                [self.pack(k, blobs), self.pack(v, blobs)] for k, v in thing.items()
            ]
        return state_of(thing)

    def _pairs(self, content: Any, body: bytes) -> dict[Any, Any]:
        return {self.unpack(k, body): self.unpack(v, body) for k, v in content}

    # ---- values ----

    def pack(self, value: Any, blobs: list[bytes], depth: int = 0) -> Any:
        """A value as JSON; TypeError if it cannot travel."""
        if depth > DEEPEST:
            raise TypeError("too many lists within lists")
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) in (tuple, list, set, frozenset):
            tag = {tuple: "t", list: "l", set: "s", frozenset: "f"}[type(value)]
            return {tag: [self.pack(v, blobs, depth + 1) for v in value]}
        if type(value) in (slice, range):
            parts = [value.start, value.stop, value.step]
            tag = type(value).__name__
            return {tag: [self.pack(v, blobs, depth + 1) for v in parts]}
        return self._pack_other(value, blobs)

    def _pack_other(self, value: Any, blobs: list[bytes]) -> Any:
        if self.theirs.get(self.numbers.get(id(value), -1)) is value:
            return {"yours": self.numbers[id(value)]}
        if value is Ellipsis:
            return {"...": 0}
        if isinstance(value, bytes):
            return {"b": value.hex()}
        if type(value) is complex:
            return {"c": [value.real, value.imag]}
        if isinstance(value, np.dtype):
            return {"dtype": value.str}
        if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":
            return {"np": [value.dtype.str, value.tobytes().hex()]}
        if isinstance(value, type) and value in TYPE_NAMES:
            return {"type": TYPE_NAMES[value]}
        name = getattr(value, "__name__", None)
        if not self.trusting and isinstance(name, str) and is_numpys(value, name):
            return {"function": name}
        return self._pack_by_number(value, blobs)

    def _pack_by_number(self, value: Any, blobs: list[bytes]) -> Any:
        kind = mirrored(value)
        if not kind and not self.trusting and not callable(value):
            raise TypeError(f"{type(value).__name__} cannot be handed over")
        number = self.number(value)
        self.sent[number] = self.sent.get(number, 0) + 1
        if not kind:
            fixed = isinstance(value, type) or inspect.isroutine(value)
            return {"mine": [number, fixed]}
        self.known[number] = look(value)
        return {"new": [number, kind, self.content(value, blobs)]}

    def unpack(self, packed: Any, body: bytes) -> Any:
        """The value that was packed."""
        if not isinstance(packed, dict):
            if packed is not None and not isinstance(packed, (bool, int, float, str)):
                raise Garbled("a value")
            return packed
        ((tag, content),) = packed.items()
        if tag in CONTAINERS:
            return CONTAINERS[tag]([self.unpack(v, body) for v in content])
        return getattr(self, f"_unpack_{_NAMES[tag]}")(content, body)

    def _unpack_ellipsis(self, content: Any, body: bytes) -> Any:
        return Ellipsis

    def _unpack_bytes(self, content: Any, body: bytes) -> Any:
        return bytes.fromhex(content)

    def _unpack_complex(self, content: Any, body: bytes) -> Any:
        return complex(*content)

    def _unpack_dtype(self, content: Any, body: bytes) -> Any:
        return dtype_of(content)

    def _unpack_scalar(self, content: Any, body: bytes) -> Any:
        return np.frombuffer(bytes.fromhex(content[1]), dtype_of(content[0]))[0]

    def _unpack_type(self, content: Any, body: bytes) -> Any:
        return TYPES[content]

    def _unpack_function(self, content: Any, body: bytes) -> Any:
        if not self.trusting:
            raise Garbled("a function")
        return getattr(np, content)

    def _unpack_yours(self, content: Any, body: bytes) -> Any:
        return self.mine[content]

    def _unpack_mine(self, content: Any, body: bytes) -> Any:
        number, fixed = content
        found = self.theirs.get(number)
        if found is None:
            found = self.adopt(number, self.proxy(self, number, fixed))
        self.got[number] = self.got.get(number, 0) + 1
        return found

    def _unpack_new(self, content: Any, body: bytes) -> Any:
        number, kind, inside = content
        if number in self.mine:
            raise Garbled("a number")
        thing: Any = self.theirs.get(number)
        if thing is None:
            thing = self.adopt(number, self.made(kind, inside, body))
        self.got[number] = self.got.get(number, 0) + 1
        self.known[number] = look(thing)
        self.fresh.append(thing)
        return thing

    def made(self, kind: Any, inside: Any, body: bytes) -> Any:
        """A copy of a mirrored thing."""
        if kind == "ndarray":
            return array_of(inside, body)
        if kind == "dict":
            return Dict(self._pairs(inside, body))
        generator = GENERATORS[kind]()
        set_state(generator, inside)
        return generator


_NAMES = {
    "...": "ellipsis",
    "b": "bytes",
    "c": "complex",
    "dtype": "dtype",
    "np": "scalar",
    "type": "type",
    "function": "function",
    "yours": "yours",
    "mine": "mine",
    "new": "new",
}


class Callback:
    """A function of the judge's, as the student's code sees it."""

    def __init__(self, wire: Wire, number: int) -> None:
        self._wire, self._number = wire, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._wire.ask("call", self, *args, **kwargs)
        except Failed as error:
            raise RuntimeError(str(error)) from None


def callback(wire: Wire, number: int, fixed: bool = True) -> Any:
    """A stand-in for a function of the judge's.

    >>> callback(None, 1)._number
    1
    """
    return Callback(wire, number)
