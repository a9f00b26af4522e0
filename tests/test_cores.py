"""How many cores there are for us, and keeping them awake while work is shared."""

import os
import sys
from pathlib import Path

import pytest

from tensorlearn import cores
from tests.test_parallel import run

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

# ---- how many ----


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


# ---- awake ----

WATCHED = """
import os, time
from tensorlearn.cores import awake
from tensorlearn.parallel import each, set_threads

def idle():
    found = 0
    for task in os.listdir("/proc/self/task"):
        try:
            stat = open(f"/proc/self/task/{task}/stat").read()
        except OSError:  # it has just gone
            continue
        found += stat.rpartition(") ")[2].split()[38] == "5"
    return found

def until(wanted):
    for _ in range(500):
        if idle() == wanted:
            return wanted
        time.sleep(0.02)
    return idle()

set_threads(2)
work = lambda: each(lambda _: time.sleep(0.001), range(4))
print(idle())
work()
"""


@linux
def test_a_thread_of_the_idle_class_turns_round_on_each_core_while_work_is_shared():
    code = WATCHED + "print(until(2), until(0))\nwork()\nprint(until(2))"
    assert run(code, TENSORLEARN_AWAKE="1") == ["0", "2", "0", "2"]


@linux
def test_none_does_if_it_is_not_wanted():
    assert run(WATCHED + "print(idle())", TENSORLEARN_AWAKE="0") == ["0", "0"]


@linux
def test_a_forked_child_keeps_its_own():
    code = (
        WATCHED
        + """
pid = os.fork()
if pid:
    print(os.waitpid(pid, 0)[1], until(0))
else:
    before = idle()
    work()
    os._exit(before or until(2) != 2 or until(0))
"""
    )
    assert run(code, TENSORLEARN_AWAKE="1") == ["0", "0", "0"]


@linux
def test_it_is_given_up_where_the_idle_class_is_refused(monkeypatch):
    monkeypatch.setenv("TENSORLEARN_AWAKE", "1")
    monkeypatch.setattr(os, "SCHED_IDLE", 99)
    mine = cores._Awake()
    mine.begin(2)
    assert (mine.kept, mine.wanted, mine.patience) == (False, False, None)
    mine.begin(2)
    assert not mine.kept


@linux
def test_by_default_only_virtual_machines_without_a_quota_are_kept(monkeypatch):
    monkeypatch.delenv("TENSORLEARN_AWAKE", raising=False)
    flags = {"/proc/cpuinfo": "flags : fpu hypervisor\n"}
    monkeypatch.setattr(cores, "_text", lambda path: flags.get(str(path), ""))
    assert cores._is_wanted()
    flags["/sys/fs/cgroup/cpu.max"] = "100000 100000"
    assert not cores._is_wanted()
    flags.clear()
    assert not cores._is_wanted()


@pytest.mark.parametrize("platform", ["darwin", "win32", "emscripten"])
def test_other_systems_are_left_alone(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("TENSORLEARN_AWAKE", "1")
    mine = cores._Awake()
    mine.begin(2)
    mine.end()
    assert not mine.kept


@linux
def test_beginning_and_ending_again_and_again_leaves_nothing_behind():
    code = (
        WATCHED
        + """
for _ in range(200):
    awake.begin(2)
    awake.end()
print(until(0))
"""
    )
    assert run(code, TENSORLEARN_AWAKE="1") == ["0", "0"]
