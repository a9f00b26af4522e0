"""Configurations as JSON and YAML text, through readers that only ever make plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tensorlearn.declare.fields import plain
from tensorlearn.wording import say

DEEPEST = 200
"""How deep a configuration may be nested; real ones stay below 30."""
LARGEST = 2_000_000
"""How many values it may hold, repeated references counted each time."""


def config_to_json(config: Mapping[str, Any], **options: Any) -> str:
    """JSON text of a configuration; `options` go to json.dumps."""
    try:
        return json.dumps(plain(config), **options)
    except TypeError as error:
        raise TypeError(
            say(
                "the configuration holds something that JSON cannot express ({reason}); "
                "have get_config return plain numbers, strings, lists and dictionaries",
                reason=error,
            )
        ) from error


def config_from_json(text: str | bytes) -> dict[str, Any]:
    """The configuration in JSON text; ValueError if it is not one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(
            say("not a JSON configuration: {reason}", reason=error)
        ) from error
    return _checked(found)


def config_to_yaml(config: Mapping[str, Any], **options: Any) -> str:
    """YAML text of a configuration, in plain lists and mappings."""
    yaml = _yaml()
    text: str = yaml.safe_dump(json.loads(config_to_json(config)), **options)
    return text


def config_from_yaml(text: str | bytes) -> dict[str, Any]:
    """The configuration in YAML text; ValueError if it is not one.

    Reads Keras's files: the only tag known beyond plain YAML is !!python/tuple, which
    becomes a list. Any other tag is refused, so that nothing is ever executed.
    """
    yaml = _yaml()

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        """Plain data, and tuples as lists."""

    Loader.add_constructor(
        "tag:yaml.org,2002:python/tuple",
        lambda loader, node: loader.construct_sequence(node, deep=True),
    )
    try:
        found = yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(
            say("not a YAML configuration that may be read: {reason}", reason=error)
        ) from error
    return _checked(found)


def _checked(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get("class_name"), str):
        raise ValueError(
            say("the configuration must be a mapping with 'class_name' and 'config'")
        )
    stack, seen = [(found, 0)], 0
    while stack:
        value, depth = stack.pop()
        seen += 1
        if depth > DEEPEST or seen > LARGEST:
            raise ValueError(say("the configuration is nested too deeply or too large"))
        if isinstance(value, dict):
            stack += [(v, depth + 1) for pair in value.items() for v in pair]
        elif isinstance(value, list):
            stack += [(v, depth + 1) for v in value]
        elif value is not None and type(value) not in (bool, int, float, str):
            raise ValueError(
                say(
                    "the configuration holds a value of type {kind}, which none may hold",
                    kind=type(value).__name__,
                )
            )
    return found


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ImportError(
            say("YAML needs the package pyyaml: pip install pyyaml; JSON works without")
        ) from error
    return yaml
