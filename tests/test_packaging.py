"""What an installed package promises before anything is computed."""

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


def test_version_agrees_with_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert tensorlearn.__version__ == project["version"]


def test_import_loads_neither_optional_nor_development_packages():
    listing = subprocess.run(
        [sys.executable, "-c", "import sys, tensorlearn; print(*sys.modules)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {name.partition(".")[0] for name in listing.stdout.split()}
    assert "tensorlearn" in loaded
    assert not loaded & (LAZY | NEVER)


def test_package_is_marked_as_typed():
    assert (resources.files("tensorlearn") / "py.typed").is_file()
