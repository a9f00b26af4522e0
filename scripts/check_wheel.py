"""Check that a wheel holds every file of the package: `check_wheel.py FILE.whl`."""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def missing(wheel: Path) -> list[str]:
    """Files of the source tree that the wheel lacks."""
    tree = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tensorlearn").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        return sorted(tree - set(archive.namelist()))


if __name__ == "__main__":
    wheel = Path(sys.argv[1])
    lacking = missing(wheel)
    print(f"{wheel.name}: {wheel.stat().st_size / 1024:.0f} KB")
    sys.exit(f"missing from the wheel: {', '.join(lacking)}" if lacking else 0)
