"""Makes `import keras.…` work: modules are put together from the table when asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np

from tensorlearn.autograd import Tensor
from tensorlearn.declare import registry
from tensorlearn.engine.keras_names import KerasShape
from tensorlearn.keras_compat.table import (
    CALLABLE,
    MODULES,
    REGISTRIES,
    VERSION,
    absent,
)
from tensorlearn.wording import say


def install_as_keras() -> None:
    """From now on `import keras` and `from keras.… import …` give tensorlearn's objects.

    Calling it again changes nothing. Another Keras that was imported already is put aside
    until `uninstall`.
    """
    if installed():
        return
    for name in _keras_modules():
        _aside[name] = sys.modules.pop(name)
    for name, value in _TENSOR_NAMES.items():
        setattr(Tensor, name, value)
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Undo `install_as_keras`; modules that a script holds already go on working."""
    if not installed():
        return
    sys.meta_path.remove(_finder)
    for name in _keras_modules():
        del sys.modules[name]
    for name in _TENSOR_NAMES:
        delattr(Tensor, name)
    sys.modules.update(_aside)
    _aside.clear()


def installed() -> bool:
    """Whether `import keras` means tensorlearn."""
    return _finder in sys.meta_path


def _keras_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "keras"]


_aside: dict[str, ModuleType] = {}

_TENSOR_NAMES = {  # what functions in Lambda layers ask of their arguments
    "_keras_shape": property(lambda tensor: tensor.shape),
    "_uses_learning_phase": False,
    "get_shape": lambda tensor: KerasShape(tensor.shape),
    "eval": lambda tensor, *args, **kwargs: np.asarray(tensor.data),
}


# ---- the modules ----


class _Module(ModuleType):
    """A module of Keras; what a script sets in one that names things is registered."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        public = callable(value) and not name.startswith("_")
        if public and self.__name__ in REGISTRIES:
            registry.get_custom_objects()[name] = value


class _CallableModule(_Module):
    """A module that Keras 1 had as a function."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        (function,) = _names(CALLABLE[self.__name__]).values()
        return function(*args, **kwargs)


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the modules of the table, and says why others do not exist."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """A specification for every module of Keras's, none for anything else."""
        if fullname.partition(".")[0] != "keras":
            return None
        if fullname not in MODULES and absent(fullname) is None:
            raise ModuleNotFoundError(
                say(
                    "No module named {name!r}; it is no part of Keras {version} that "
                    "tensorlearn stands in for",
                    name=fullname,
                    version=VERSION,
                ),
                name=fullname,
            )
        return ModuleSpec(fullname, self, is_package=bool(_children(fullname)))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        kind = _CallableModule if spec.name in CALLABLE else _Module
        return kind(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Fill it with its names and its parts."""
        reason = absent(module.__name__)
        if reason is not None:
            raise ImportError(reason, name=module.__name__)
        path = module.__name__
        if path in REGISTRIES:
            vars(module).update(registry.REGISTRIES[REGISTRIES[path]].known)
        for source in MODULES[path]:
            vars(module).update(_names(source))
        vars(module)["__all__"] = sorted(
            n for n in vars(module) if not n.startswith("_")
        )
        if path == "keras":
            vars(module)["__version__"] = VERSION
        if path == "keras.utils.generic_utils":
            vars(module)["_GLOBAL_CUSTOM_OBJECTS"] = registry.get_custom_objects()
        for child in _children(path):
            importlib.import_module(child)


_finder = _Finder()


def _children(path: str) -> list[str]:
    return [name for name in MODULES if name.rpartition(".")[0] == path]


def _names(source: str) -> dict[str, Any]:
    """The names that a source stands for, and what they mean."""
    path, _, listed = source.partition(":")
    module = importlib.import_module(path)
    if listed:
        pairs = [entry.partition("=") for entry in listed.split(",")]
        return {new or old: getattr(module, old) for old, _, new in pairs}
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n, value in vars(module).items() if _belongs(module, n, value)]
    return {name: getattr(module, name) for name in names}


def _belongs(module: ModuleType, name: str, value: Any) -> bool:
    """Whether a module without `__all__` means the name to be used by others."""
    return not name.startswith("_") and (
        getattr(value, "__module__", None) == module.__name__ or name.isupper()
    )
