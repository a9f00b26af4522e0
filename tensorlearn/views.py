"""Ways of looking at things, found by name.

A picture needs to know what it shows, so it lives far above it; whoever wants to offer it
as a method looks it up here, as operators are looked up. `tensorlearn/visual` fills this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VIEWS: dict[str, Callable[..., Any]] = {}
"""What shows something, by name."""


def view(name: str) -> Callable[[Any], Any]:
    """Decorator: the decorated function is the view of this name."""

    def note(function: Any) -> Any:
        VIEWS[name] = function
        return function

    return note


class Viewed:
    """What a Tensor can show of its history: methods that only look up a view."""

    __slots__ = ()

    def explain(self, *named: Any, **options: Any) -> Any:
        """The backward pass from here, step by step: see `tensorlearn.visual.explain`."""
        return VIEWS["explain"](self, *named, **options)

    def graph(self, *named: Any, **options: Any) -> Any:
        """A picture of how this came about: see `tensorlearn.visual.graph`."""
        return VIEWS["graph"](self, *named, **options)
