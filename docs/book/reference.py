"""The reference: which public names stand on which page, and what is said of them.

Nothing is listed by hand but the groups; names are asked of the modules.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from docs.book import ROOT
from scripts import backend_table
from tensorlearn import backend, wording
from tensorlearn.wording import translate

CHINESE = Path(__file__).with_name("reference.zh.json")
"""Chinese for docstrings that the library's own catalogue does not hold."""


@dataclass(frozen=True)
class Group:
    """One page of the reference."""

    slug: str
    zh: str
    en: str
    modules: tuple[str, ...]
    """Modules whose public names it has."""
    made_in: tuple[str, ...] = ()
    """If given: only what was written in these modules."""

    @property
    def page(self) -> str:
        return f"api/{self.slug}.md"


def _layers(slug: str, zh: str, en: str, *files: str) -> Group:
    made_in = tuple(f"tensorlearn.{f if '.' in f else 'layers.' + f}" for f in files)
    return Group(f"layers-{slug}", zh, en, ("layers",), made_in)


GROUPS = (
    Group("autograd", "张量与自动微分", "Tensors and gradients", ("autograd",)),
    Group("ops", "运算", "Operations", ("ops", "ops.random")),
    _layers("base", "层的基础", "What layers are", "engine.layer", "engine.operation"),
    _layers("core", "常用层", "Core layers", "core", "lambda_", "legacy"),
    _layers(
        "convolutional", "卷积层", "Convolutional layers", "convolutional", "resizing"
    ),
    _layers("pooling", "池化层", "Pooling layers", "pooling"),
    _layers("local", "局部连接层", "Locally connected layers", "local"),
    _layers(
        *("recurrent", "循环层", "Recurrent layers"),
        *("recurrent", "rnn", "cells", "convolutional_recurrent"),
    ),
    _layers("embeddings", "嵌入层", "Embedding layers", "embeddings"),
    _layers("merge", "合并层", "Merge layers", "merge"),
    _layers("advanced", "高级激活层", "Advanced activations", "advanced_activations"),
    _layers("normalization", "规范层", "Normalization", "normalization"),
    _layers("noise", "噪声层", "Noise layers", "noise"),
    _layers("wrappers", "包装层", "Wrappers", "wrappers"),
    _layers("attention", "注意力层", "Attention", "attention"),
    Group("models", "模型", "Models", ("models",)),
    Group("losses", "损失函数", "Losses", ("losses",)),
    Group("metrics", "评价指标", "Metrics", ("metrics",)),
    Group("optimizers", "优化器", "Optimizers", ("optimizers", "optimizers.schedules")),
    Group("callbacks", "回调", "Callbacks", ("callbacks",)),
    Group(
        *("initializers", "初始化、正则化、约束、激活函数"),
        "Initializers, regularizers, constraints, activations",
        ("initializers", "regularizers", "constraints", "activations"),
    ),
    Group("saving", "保存", "Saving", ("saving",)),
    Group(
        *("preprocessing", "数据预处理", "Preprocessing"),
        ("preprocessing.sequence", "preprocessing.text", "preprocessing.image"),
    ),
    Group("datasets", "数据集", "Datasets", ("datasets.digits", "datasets.classics")),
    Group("visual", "图示", "Pictures", ("visual",)),
    Group("testing", "检验工具", "Testing tools", ("testing",)),
    Group("utils", "工具", "Utilities", ("utils", "config", "wording", "describe")),
    Group("backend", "后端", "Backend", ("backend",)),
)


@cache
def names(group: Group) -> tuple[str, ...]:
    """Full public names on the page of a group, in order, each object once."""
    found: dict[int, str] = {}
    for part in group.modules:
        module = importlib.import_module(f"tensorlearn.{part}")
        for name, thing in public(module):
            made_in = _made_in(thing)
            if group.made_in and made_in not in group.made_in:
                continue
            if made_in.startswith("tensorlearn."):
                full = f"{module.__name__}.{name}"
                if full in sys.modules:  # `layers.merge` is a file, too
                    full = f"{made_in}.{name}"
                found.setdefault(id(thing), full)
    return tuple(found.values())


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """Functions, classes and operations of a module, under their own names."""
    listed = getattr(module, "__all__", None)
    for name in listed or sorted(vars(module)):
        thing = getattr(module, name)
        own = listed or _made_in(thing) == module.__name__
        called = getattr(thing, "__name__", None) or getattr(thing, "name", name)
        explained = callable(thing) and not hasattr(thing, "__origin__")
        if own and explained and called == name and not name.startswith("_"):
            yield name, thing


def _made_in(thing: Any) -> str:
    return getattr(plain(thing), "__module__", "") or ""


def plain(thing: Any) -> Any:
    """The function behind an operation; NumPy's functions have no home of ours."""
    return inspect.unwrap(getattr(thing, "forward", thing))


def _function(thing: Any) -> Any:
    """What a method, a property or an operation runs."""
    thing = getattr(thing, "__func__", thing)
    return plain(getattr(thing, "fget", None) or thing)


@cache
def _index() -> dict[str, tuple[Group, str]]:
    """Dense -> its group and full name; the first group wins."""
    found: dict[str, tuple[Group, str]] = {}
    for group in GROUPS:
        for name in names(group):
            found.setdefault(name.rpartition(".")[2], (group, name))
    return found


def page_of(name: str) -> str:
    """api/layers-core.md"""
    return _index()[name][0].page


def anchor(name: str) -> str:
    """tensorlearn.layers.Dense"""
    return _index()[name][1]


@cache
def file_of(name: str) -> tuple[str, int, int]:
    """The file of a class, its first line and its last."""
    thing = plain(resolve(anchor(name)))
    lines, first = inspect.getsourcelines(thing)
    file = Path(inspect.getsourcefile(thing) or "")
    return file.relative_to(ROOT).as_posix(), first, first + len(lines) - 1


def resolve(path: str) -> Any:
    """The object of a full name; None if there is none."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            thing = inspect.getattr_static(thing, part, None)
        return thing
    return None


# ---- pages ----


def page(group: Group, lang: str) -> str:
    """The page of a group, which mkdocstrings fills in."""
    title = getattr(group, lang)
    modules = (importlib.import_module(f"tensorlearn.{m}") for m in group.modules[:1])
    about = "" if group.made_in else next(map(_about, modules))
    lines = [f"# {title}", "", chinese(about) if lang == "zh" else about, ""]
    lines += [_entry(name) for name in names(group)]
    numpy = [n for part in group.modules for n in _of_numpy(part)]
    if numpy:
        title = {
            "zh": "NumPy 的函数，加上梯度",
            "en": "NumPy's functions, with gradients",
        }
        lines += [f"## {title[lang]}", "", " ".join(f"`{n}`" for n in numpy), ""]
    return "\n".join(lines)


def _entry(name: str) -> str:
    """What mkdocstrings is to show."""
    thing = resolve(name)
    if not inspect.isclass(thing):
        return f"::: {name}\n"
    shown = members(thing)
    inherited = [n for n in shown if n not in vars(thing)] or False
    return (
        f"::: {name}\n    options:\n      members: {json.dumps(shown)}\n"
        f"      inherited_members: {json.dumps(inherited)}\n"
    )


def members(thing: type) -> list[str]:
    """Methods and properties that a class adds to those explained elsewhere.

    Of a class that is made of parts without an entry, like Model, the parts' count, too,
    unless they call themselves private.
    """
    below: set[str] = set()
    parts = [thing]
    for base in thing.__mro__[1:]:
        if is_explained(base) or not base.__module__.startswith("tensorlearn"):
            below |= {name for cls in base.__mro__ for name in vars(cls)}
        elif base.__name__.startswith("_"):
            below |= set(vars(base))
        else:
            parts.append(base)
    found: dict[str, Any] = {}
    for cls in parts:
        for name, value in vars(cls).items():
            if not name.startswith("_") and name not in below:
                found.setdefault(name, value)
    return [n for n, value in found.items() if inspect.isfunction(_function(value))]


def is_explained(thing: Any) -> bool:
    """Whether a class or function has an entry of its own."""
    return id(thing) in _explained()


@cache
def _explained() -> set[int]:
    return {id(resolve(name)) for group in GROUPS for name in names(group)}


def _of_numpy(part: str) -> list[str]:
    """Operations that are functions of NumPy with a gradient."""
    module = importlib.import_module(f"tensorlearn.{part}")
    listed = getattr(module, "__all__", ())
    things = ((name, plain(getattr(module, name))) for name in listed)
    return [name for name, thing in things if isinstance(thing, np.ufunc)]


def _about(module: Any) -> str:
    return (inspect.getdoc(module) or "").partition("\n")[0]


def index(lang: str) -> str:
    """The first page of the reference: every name with its page."""
    titles = {"zh": "接口文档", "en": "Reference"}
    about = {
        "zh": "每个公开的名字都附有源代码。说明来自代码本身。",
        "en": "Every public name, with its source. What is said stands in the code.",
    }
    lines = [f"# {titles[lang]}", "", about[lang], ""]
    for group in GROUPS:
        links = (f"[`{_short(n)}`]({group.slug}.md#{n})" for n in names(group))
        lines += [f"## [{getattr(group, lang)}]({group.slug}.md)", "", " ".join(links)]
        lines += ["{ .names }", ""]
    return "\n".join(lines)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


# ---- Chinese ----


@cache
def _more() -> dict[str, str]:
    found = json.loads(CHINESE.read_text("utf-8")) if CHINESE.exists() else {}
    for name, text in backend_table.CHINESE.items():
        first = _paragraphs(getattr(backend, name, None))[:1]
        found |= dict.fromkeys(first, text)
    return found


def chinese(text: str) -> str:
    """The Chinese of a docstring's paragraph, or the text itself."""
    if not text.strip():
        return text  # gettext answers nothing with its own header
    found = translate(text)
    return found if found != text else _more().get(text, text)


def texts() -> dict[str, str]:
    """Place -> paragraph, of all prose that the reference shows."""
    found: dict[str, str] = {}
    for group in GROUPS:
        if not group.made_in:
            module = importlib.import_module(f"tensorlearn.{group.modules[0]}")
            found[group.slug] = _about(module)
        for name in names(group):
            thing = resolve(name)
            found |= _numbered(name, thing)
            if inspect.isclass(thing):
                for member in members(thing):
                    value = inspect.getattr_static(thing, member)
                    found |= _numbered(f"{name}.{member}", value)
    return found


def _numbered(name: str, thing: Any) -> dict[str, str]:
    first, *others = _paragraphs(thing) or [""]
    prose = [text for text in others if _is_prose(text)]
    listed = [first, *prose] if first else []
    return {f"{name} ¶{i}": text for i, text in enumerate(listed, 1)}


def _is_prose(text: str) -> bool:
    """Whether there is something to translate: not in shapes, nor in names and years."""
    shapes = re.fullmatch(r"[^ ]*\(.*-> \(.*\)", text)
    return not shapes and len(re.findall("[A-Za-z]{2,}", text)) > 3


def _paragraphs(thing: Any) -> list[str]:
    """Of a docstring, but for examples, each in one line."""
    thing = _function(thing)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)) or not thing.__doc__:
        return []
    found = paragraphs(thing.__doc__)
    return [" ".join(p.split("\n")) for p in found if not p.startswith((">>>", "    "))]


def paragraphs(text: str) -> list[str]:
    """Of a docstring, as they stand."""
    return re.split(r"\n{2,}", inspect.cleandoc(text))


def untranslated() -> dict[str, str]:
    """The paragraphs without Chinese."""
    kept = wording.language()
    wording.set_language("zh")
    try:
        return {n: text for n, text in texts().items() if chinese(text) == text}
    finally:
        wording.set_language(kept)


def unused() -> list[str]:
    """Translations of texts that are not in the code any more."""
    listed = json.loads(CHINESE.read_text("utf-8")) if CHINESE.exists() else {}
    return sorted(listed.keys() - set(texts().values()))
