"""What an installed package promises before anything is computed."""

import os
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import tensorlearn

ROOT = Path(__file__).parents[1]

# Loaded when used, so that they may be missing, or slow.
LAZY = {"h5py", "yaml", "matplotlib"}
# Never loaded by the library: tools for tests, types and documentation.
NEVER = {"pytest", "_pytest", "hypothesis", "mypy", "babel", "mkdocs", "unittest"}


def run(*lines, **environment):
    """What a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_version_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert tensorlearn.__version__ == project["version"]


def test_import_loads_neither_optional_nor_development_packages():
    listing = run("import sys, tensorlearn", "print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in listing.split()}
    assert "tensorlearn" in loaded
    assert not loaded & (LAZY | NEVER)


def test_package_works_where_optional_packages_are_missing():
    """In a browser, for example: everything but the files that need them."""
    run(
        "import sys; sys.modules.update(dict.fromkeys(['h5py', 'yaml', 'matplotlib']))",
        "import tensorlearn as tl",
        "model = tl.Sequential([tl.layers.Dense(2, input_shape=(3,))])",
        "model.compile('sgd', 'mse'); model.fit(*[[[1.0] * n] for n in (3, 2)], verbose=0)",
        "tl.models.model_from_json(model.to_json())",
    )


def test_public_names_exist():
    assert [n for n in tensorlearn.__all__ if not hasattr(tensorlearn, n)] == []


def test_import_takes_little_longer_than_that_of_numpy(tmp_path):
    """The goal is 0.35 s in all; a ratio does not depend on how busy the machine is."""
    lines = (
        "import time",
        "start = time.process_time()",
        "import numpy, numpy.random, numpy.linalg",
        "middle = time.process_time()",
        "import tensorlearn",
        "print((time.process_time() - middle) / (middle - start))",
    )
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    ratios = [float(run(*lines, **compiled)) for _ in range(3)]
    assert min(ratios) < 2


def test_package_is_marked_as_typed():
    assert (resources.files("tensorlearn") / "py.typed").is_file()
