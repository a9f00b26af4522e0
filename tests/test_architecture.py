"""The rules of the house: who may know whom, how long a file may be, what is explained.

The floors are those of CONTRIBUTING.md. A rule that a file must break is broken here, in
one of the tables below, with the reason.
"""

import ast
import doctest
import importlib
import inspect
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tensorlearn.autograd import PRIMITIVES, Tensor
from tensorlearn.operators import Operators

ROOT = Path(__file__).parents[1]

# ---- the tables ----

FLOORS = (
    {"config", "cores", "memory", "operators", "parallel", "views", "wording"},
    {"autograd"},
    {"ops"},
    {"declare"},
    {"activations", "initializers", "regularizers", "constraints"}
    | {"losses", "metrics", "optimizers"},
    {"engine"},
    {"layers"},
    {"saving", "callbacks", "prefetch", "progress"},
    {"models"},
    {"backend"},
    {"applications", "datasets", "exercises", "preprocessing", "testing", "utils"}
    | {"visual", "wrappers"},
    {"__init__", "__main__", "demo", "describe", "distributed", "keras_compat"},
)

# Imported where they are used: they may be missing, or are slow to load.
OPTIONAL = {"h5py", "matplotlib", "yaml", "PIL", "pydot"}
OPTIONAL |= {"scipy", "sklearn", "tensorboard", "hypothesis"}
OPTIONAL |= {
    "urllib"
}  # of the standard library, but slow to load: callbacks/reporting.py

OPTIONAL |= {"pytest", "hypothesis"}  # exercises

# Files that may print: what they print is what they are for.
PRINTERS = {
    "exercises/cli.py",
    *("__main__.py", "demo.py", "describe.py"),
    *("callbacks/showing.py", "models/training.py"),  # how far `fit` has come
    "backend/variables.py",  # K.print_tensor
    "keras_compat/script.py",  # what Python itself would say of a script
}

# Who answers for names that it does not have: it stands for an object elsewhere.
STANDING_IN = {"exercises/remote.py"}

MAX_LINES = 450
LONG_FILES: dict[str, tuple[int, str]] = {}

MAX_TENSOR_METHODS = 30  # besides `a + b` and the like, which are in Operators
SLOTS = {"data", "node"}
BOOKKEEPING = {"__slots__", "__module__", "__annotations__"}


# ---- what there is ----


def name_of(path):
    """tensorlearn/ops/nn.py -> tensorlearn.ops.nn; a package by its own name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# The chapters of exercises are teaching material: students' files and their tests.
CHAPTERS = ROOT / "tensorlearn" / "exercises" / "chapters"
PATHS = sorted((ROOT / "tensorlearn").rglob("*.py"))
FILES = {name_of(p): p for p in PATHS if not p.is_relative_to(CHAPTERS)}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}
every_module = pytest.mark.parametrize("name", FILES)


def imports_of(name, tree):
    """The modules of the package that this one imports, by full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module in FILES:
            members = {f"{node.module}.{a.name}" for a in node.names}
            modules = members & FILES.keys()
            yield from modules
            if len(modules) < len(members):
                yield node.module


def floor_of(name):
    part = name.split(".")[1] if "." in name else "__init__"
    numbers = [i for i, parts in enumerate(FLOORS) if part in parts]
    assert numbers, f"{name}: give {part!r} a floor in tests/test_architecture.py"
    return numbers[0]


# ---- the rules ----


@every_module
def test_imports_go_down(name):
    own = floor_of(name)
    too_high = [n for n in imports_of(name, TREES[name]) if floor_of(n) > own]
    assert not too_high


def test_imports_form_no_cycle():
    graph = {name: set(imports_of(name, tree)) for name, tree in TREES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@every_module
def test_imports_are_relative_to_nothing_and_stand_at_the_top(name):
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: name the package"
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                modules = [getattr(inner, "module", None) or inner.names[0].name]
                tops = {module.partition(".")[0] for module in modules}
                assert tops <= OPTIONAL, f"line {inner.lineno}: import at the top"


@every_module
def test_files_are_short(name):
    path = FILES[name]
    limit, _reason = LONG_FILES.get(
        path.relative_to(ROOT / "tensorlearn").as_posix(), (MAX_LINES, "")
    )
    assert len(path.read_text("utf-8").splitlines()) <= limit


def test_long_files_are_still_long():
    for path, (limit, reason) in LONG_FILES.items():
        count = len((ROOT / "tensorlearn" / path).read_text("utf-8").splitlines())
        assert MAX_LINES < count <= limit, path
        assert reason


@every_module
def test_all_that_is_public_is_explained(name):
    module = importlib.import_module(name)
    assert module.__doc__, "the module has no docstring"
    silent = [
        where for where, thing in public_parts(module) if not inspect.getdoc(thing)
    ]
    assert not silent


def public_parts(module):
    """(name, object) of the functions and classes made here, and of their methods."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing):
            yield name, thing
            for member, value in vars(thing).items():
                value = inspect.unwrap(getattr(value, "__func__", value))
                if not member.startswith("_") and (
                    inspect.isfunction(value) or isinstance(value, property)
                ):
                    yield f"{name}.{member}", getattr(thing, member)


@every_module
def test_no_typo_is_answered_by_getattr(name):
    if FILES[name].relative_to(ROOT / "tensorlearn").as_posix() in STANDING_IN:
        return
    defined = {n.name for n in ast.walk(TREES[name]) if isinstance(n, ast.FunctionDef)}
    assert not defined & {"__getattr__", "__getattribute__"}


@every_module
def test_the_library_does_not_print(name):
    if FILES[name].relative_to(ROOT / "tensorlearn").as_posix() in PRINTERS:
        return
    calls = (n.func for n in ast.walk(TREES[name]) if isinstance(n, ast.Call))
    assert "print" not in {getattr(function, "id", None) for function in calls}


def test_tensor_stays_small():
    named = [n for n in vars(Tensor) if not n.startswith("_") and n not in SLOTS]
    dunders = [n for n, v in vars(Tensor).items() if n.startswith("_") and callable(v)]
    assert len(named + dunders) <= MAX_TENSOR_METHODS, named + dunders


def test_operators_are_nothing_but_operators():
    names = vars(Operators).keys() - object.__dict__.keys() - BOOKKEEPING
    assert all(n.startswith("__") and n.endswith("__") for n in names), names


# ---- the examples in docstrings ----


@every_module
def test_examples_run(name):
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(module, name)
    for primitive in PRIMITIVES.values():  # objects, which doctest passes over
        if getattr(primitive.forward, "__module__", None) == name:
            found += finder.find(primitive.forward, primitive.name, module)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
