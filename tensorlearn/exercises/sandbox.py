"""What a process gives up before it runs code that nobody has read.

Loaded by the student's process alone: it knows the standard library and nothing of
tensorlearn. Each measure is taken where the system has it; `confine` says which were.

- limits: time, memory, size of files, no new processes (everywhere but Windows)
- another user: where the grader runs as root, nobody's numbers, a different one each time
- landlock: of the file system only Python, NumPy and the own folder exist (Linux)
- seccomp: no signals to others, no network, no processes, no other programs (Linux)
- audit: where there is no landlock, Python itself refuses to open other files. Whoever
  knows Python well gets around that one.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def confine(folder: str, numpy: str, seconds: int, memory: int, user: int) -> list[str]:
    """Give up all but computing, and files in `folder`; which measures could be taken."""
    done = []
    if resource is not None:
        limit(seconds, memory)
        done.append("limits")
    readable = _readable(numpy)
    ruled = sys.platform == "linux" and _ruleset(folder, readable)
    if user and _is_root() and all(map(_open_to_all, (numpy, os.__file__))):
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        done.append("user")
    if sys.platform == "linux":
        _libc().prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: it does not outlive the judge
        _libc().prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        _libc().prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: nobody looks into this process
        if ruled and _libc().syscall(446, ruled, 0) == 0:  # landlock_restrict_self
            done.append("landlock")
        if _filter_calls():
            done.append("seccomp")
    if ruled:
        os.close(ruled)
    if "landlock" not in done:
        _audit(folder, readable)
        done.append("audit")
    return done


def _is_root() -> bool:
    return hasattr(os, "getuid") and os.getuid() == 0


def _open_to_all(path: str) -> bool:
    """Whether another user gets there."""
    return all(os.stat(parent).st_mode & 0o001 for parent in Path(path).parents)


def limit(seconds: int, memory: int) -> None:
    """Seconds of computing, bytes of memory, 16 MB for a file, no core dump."""
    limits = {"CPU": seconds, "AS": memory, "FSIZE": 1 << 24, "CORE": 0, "NOFILE": 64}
    for name, value in limits.items():
        with suppress(ValueError, OSError, AttributeError):  # not everywhere
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if hasattr(os, "getuid") and os.getuid():
        with suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _readable(numpy: str) -> list[str]:
    """Files and folders that Python and NumPy need, and no other package."""
    paths = sysconfig.get_paths()
    found = {numpy, f"{numpy}.libs", "/dev/null", "/dev/urandom", "/dev/zero"}
    found |= {"/etc/localtime", "/usr/share/zoneinfo", "/etc/ld.so.cache"}
    for root in {paths["stdlib"], paths["platstdlib"]}:
        found |= _inside(root, but=("site-packages", "dist-packages"))
    for root in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"):
        found |= _inside(root, but=("python",))
    return sorted(path for path in found if os.path.exists(path))


def _inside(root: str, but: tuple[str, ...]) -> set[str]:
    with suppress(OSError):
        return {
            f"{root}/{name}" for name in os.listdir(root) if not name.startswith(but)
        }
    return set()


# ---- landlock: https://docs.kernel.org/userspace-api/landlock.html ----

_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read file, read folder
_ALL_OF = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_FOLDERS_ONLY = 1 << 3 | ((1 << 14) - 1) & ~((1 << 4) - 1)


def _ruleset(folder: str, readable: Iterable[str]) -> int:
    """A file descriptor of the rules, or 0 where there is no landlock."""
    libc = _libc()
    version = libc.syscall(444, None, ctypes.c_size_t(0), 1)  # landlock_create_ruleset
    if version < 1:
        return 0
    files = _ALL_OF.get(version, (1 << 15) - 1)
    network = 3 if version >= 4 else 0  # no bind, no connect
    scoped = 3 if version >= 6 else 0  # no abstract sockets, no signals to outside
    attributes = struct.pack("<QQQ", files, network, scoped)
    size = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(version, 24)
    rules: int = libc.syscall(444, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return 0
    _allow(rules, folder, files)
    stdlib = sysconfig.get_paths()["stdlib"]
    _allow(rules, stdlib, 1 << 3)  # to list it, which the import system does
    for path in readable:
        _allow(rules, path, _READ & files)
    return rules


def _allow(rules: int, path: str, access: int) -> None:
    """Add a rule: what is allowed beneath a path."""
    with suppress(OSError):
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if not os.path.isdir(path):
            access &= ~_FOLDERS_ONLY
        beneath = struct.pack("<Qi", access, handle)
        _libc().syscall(445, rules, 1, beneath, 0)  # landlock_add_rule
        os.close(handle)


# ---- seccomp: https://docs.kernel.org/userspace-api/seccomp_filter.html ----

# Numbers on x86-64 and on ARM; 0 where there is no such call.
_FORBIDDEN = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "fork": (57, 0),
    "vfork": (58, 0),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execve": (59, 221),
    "execveat": (322, 281),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "chmod": (90, 0),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 0),
    "lchown": (94, 0),
    "fchownat": (260, 54),
    "utime": (132, 0),
    "utimes": (235, 0),
    "futimesat": (261, 0),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "add_key": (248, 217),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def _filter_calls() -> bool:
    """Have the kernel refuse these calls from now on; whether it agreed."""
    if platform.machine() not in _MACHINES:
        return False
    column, architecture = _MACHINES[platform.machine()]
    refuse, allow = (6, 0, 0, 0x00050001), (6, 0, 0, 0x7FFF0000)  # EPERM
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), refuse, (0x20, 0, 0, 0)]
    program += [(0x35, 0, 1, 0x40000000), refuse]  # x32 calls by other numbers
    for numbers in _FORBIDDEN.values():
        if numbers[column] or not column:
            program += [(0x15, 0, 1, numbers[column]), refuse]
    program.append(allow)
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    pointer = struct.pack("<H6xQ", len(program), ctypes.addressof(buffer))
    return bool(_libc().prctl(22, 2, pointer, 0, 0) == 0)  # PR_SET_SECCOMP


# ---- where there is no landlock ----

_REFUSED = ("subprocess.", "os.exec", "os.fork", "os.spawn", "os.system", "os.kill")
_REFUSED += ("os.posix_spawn", "os.forkpty", "os.startfile", "socket.", "ctypes.")
_REFUSED += ("sys.setprofile", "sys.settrace", "winreg.", "signal.pthread_kill")
_WITH_PATH = ("open", "os.remove", "os.rmdir", "os.rename", "os.mkdir", "os.link")
_WITH_PATH += ("os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime")
_WITH_PATH += ("os.listdir", "os.scandir", "shutil.rmtree", "shutil.move")


def _audit(folder: str, readable: Iterable[str]) -> None:
    """Have Python refuse files outside, other programs and the network."""
    roots = tuple(os.path.realpath(p) for p in readable)
    own = os.path.realpath(folder)
    lists = {os.path.realpath(p) for p in sys.path if p}

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"not while grading: {event}")
        if event not in _WITH_PATH or not args or isinstance(args[0], int):
            return
        path = os.path.realpath(os.fsdecode(args[0] if args[0] is not None else "."))
        writing = event not in ("open", "os.listdir", "os.scandir")
        writing |= event == "open" and _writes(args)
        inside = Path(path).is_relative_to(own)
        known = any(Path(path).is_relative_to(root) for root in roots) or path in lists
        if not inside and (writing or not known):
            raise PermissionError(f"not while grading: {event} {path}")

    sys.addaudithook(watch)


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    return isinstance(flags, int) and bool(flags & changing)
