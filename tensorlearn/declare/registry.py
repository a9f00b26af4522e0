"""Names and objects: one registry per kind (activation, initializer, layer, ...).

`get` accepts what Keras accepts: a name, a {"class_name", "config"} dictionary, a
callable, or an object; `serialize` is its inverse. What a user registers or passes as
`custom_objects` is found before what the library brings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tensorlearn.wording import say, suggest

_custom: dict[str, Any] = {}
REGISTRIES: dict[str, Registry] = {}


class Registry:
    """Everything of one kind, by name.

    kind: as errors call it, e.g. "activation function".
    instances: whether a name means an object to be made (initializers) rather than the
    registered function itself (activations, losses).
    """

    def __init__(self, kind: str, *, instances: bool) -> None:
        self.kind = kind
        self.instances = instances
        self.known: dict[str, Any] = {}
        self.nicknames: tuple[str, ...] = ()  # understood elsewhere; worth suggesting
        REGISTRIES[kind] = self

    def register(self, *names: str) -> Callable[[Any], Any]:
        """Decorator: make the object known by its own name and by `names`."""

        def note(thing: Any) -> Any:
            for name in (thing.__name__, *names):
                self.known[name] = thing
            return thing

        return note

    def find(self, name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """What is registered under `name`; ValueError with a suggestion if nothing is."""
        for table in (custom_objects or {}, _custom, self.known):
            if name in table:
                return table[name]
        raise ValueError(
            say(
                "Unknown {kind}: {name!r}{hint}; your own must be passed in custom_objects",
                kind=say(self.kind),
                name=name,
                hint=suggest(name, (*self.nicknames, *self.known)),
            )
        )

    def get(
        self, identifier: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """The object that a name, dictionary, class or callable means; None is None."""
        if identifier is None:
            return None
        if isinstance(identifier, str):
            return self._made(self.find(identifier, custom_objects))
        if isinstance(identifier, Mapping):
            return self.deserialize(identifier, custom_objects)
        if callable(identifier):
            return self._made(identifier)
        raise self.refusal(identifier)

    def refusal(self, identifier: Any) -> ValueError:
        """The error for what can be no object of this kind."""
        return ValueError(
            say(
                "Could not interpret {kind} identifier: {got!r}; pass a name, a "
                "configuration dictionary or a callable",
                kind=say(self.kind),
                got=identifier,
            )
        )

    def deserialize(
        self, config: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """The object that `serialize` described."""
        if not isinstance(config, Mapping):
            return self.get(config, custom_objects)
        if not isinstance(config.get("class_name"), str):
            raise ValueError(
                say(
                    "{kind}: a configuration must hold 'class_name' and 'config', got the "
                    "keys {keys}",
                    kind=say(self.kind),
                    keys=sorted(map(str, config)),
                )
            )
        found = self.find(config["class_name"], custom_objects)
        settings = dict(config.get("config") or {})
        if hasattr(found, "from_config"):
            with custom_object_scope(custom_objects or {}):
                return found.from_config(settings)
        return found(**settings) if settings and self.instances else self._made(found)

    def _made(self, found: Any) -> Any:
        """The product of a class or factory such as `he_normal`; anything else as it is."""
        return found() if self.instances and _is_factory(found) else found

    def serialize(self, thing: Any) -> Any:
        """A name or {"class_name", "config"} from which `get` makes the object again."""
        if thing is None:
            return None
        if hasattr(thing, "get_config"):
            return {"class_name": type(thing).__name__, "config": thing.get_config()}
        if hasattr(thing, "__name__"):
            return thing.__name__
        raise ValueError(
            say(
                "{kind}: cannot write {got!r} to a configuration; give it a get_config "
                "method or use a named function",
                kind=say(self.kind),
                got=thing,
            )
        )


def _is_factory(thing: Any) -> bool:
    """Whether calling it without arguments is how the object is made."""
    if not inspect.isfunction(thing):
        return isinstance(thing, type)
    expected = inspect.signature(thing).parameters.values()
    return all(p.default is not inspect.Parameter.empty for p in expected)


activations = Registry("activation function", instances=False)
initializers = Registry("initializer", instances=True)
regularizers = Registry("regularizer", instances=True)
constraints = Registry("constraint", instances=True)
losses = Registry("loss function", instances=False)
metrics = Registry("metric function", instances=False)
optimizers = Registry("optimizer", instances=True)
schedules = Registry("learning rate schedule", instances=True)
layers = Registry("layer", instances=True)


@contextmanager
def custom_object_scope(*tables: Mapping[str, Any]) -> Iterator[None]:
    """Within the block the names in `tables` are known to every `get` and `deserialize`."""
    before = dict(_custom)
    for table in tables:
        _custom.update(table)
    try:
        yield
    finally:
        _custom.clear()
        _custom.update(before)


def get_custom_objects() -> dict[str, Any]:
    """The live dictionary of the user's own names; add to it to register for good."""
    return _custom
