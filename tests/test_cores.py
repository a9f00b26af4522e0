"""How many cores there are for us."""

import os
import sys
from pathlib import Path

import pytest

from tensorlearn import cores


def test_there_is_a_core_and_no_more_than_the_machine_has():
    assert 1 <= cores.cores() <= os.cpu_count()


def test_there_is_one_core_in_a_browser(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert cores.cores() == 1


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, float("inf")),
        ({"cpu.max": "max 100000\n"}, float("inf")),
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "300000 100000\n", "user/cpu.max": "50000 100000\n"}, 0.5),
        ({"cpu.max": "50000 100000\n", "user/cpu.max": "max 100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1e999),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu.max": "nonsense"}, float("inf")),
    ],
)
def test_quota_of_a_container_is_read(tmp_path, monkeypatch, files, quota):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    read = cores._text
    own = {Path("/proc/self/cgroup"): "1:cpu:/\n0::/user\n"}
    monkeypatch.setattr(cores, "_text", lambda path: own.get(path) or read(path))
    assert cores._quota(tmp_path) == quota
