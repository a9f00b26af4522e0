"""The student's process: values and objects cross, and what it must not do it cannot."""

import copy
import inspect
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tensorlearn.exercises import course
from tensorlearn.exercises.remote import Apart, Gone
from tensorlearn.exercises.student import BrokenFile

STUDENT = """
import numpy as np

def same(x):
    return x

def kind(x):
    return type(x).__name__

def add_one(x):
    x += 1

def twice(f, x):
    return f(f(x))

def draw(rng):
    return rng.normal(size=3)

def named(a, b=2, *, c):
    return a, b, c

def count():
    yield from range(3)

class Layer:
    def __init__(self, w):
        self.params = {"W": w}
        self.seen = []
    def __add__(self, other):
        return self.params["W"] + other
    def __radd__(self, other):
        return other - self.params["W"]
    def __getitem__(self, key):
        return key
    def __len__(self):
        return 7
    def step(self):
        self.params["W"] -= 1.0
    def me(self):
        return self

class Odd(ValueError):
    pass

def odd():
    raise Odd("three")

def todo():
    raise NotImplementedError("1.1")
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def start(tmp_path):
    """Load a text as a student's file."""
    apart = Apart()

    def load(text):
        path = tmp_path / "hand_in" / "student.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return apart.load(path)

    yield load
    apart.close()


@pytest.fixture
def student(start):
    return start(STUDENT)


# ---- what crosses ----


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, 10**30, 2.5, float("inf"), "文 \ud800", b"\x00\xff", 1 + 2j),
        *((1, [2, (3,)]), {"a": 1, (1, 2): [3]}, {1, 2}, frozenset({1}), ...),
        *(slice(1, None, 2), range(3), np.float32(0.1), np.int8(-3), np.dtype("f4")),
        *(float, np.float32),
    ],
    ids=repr,
)
def test_values_cross(student, value):
    got = student.same(value)
    assert got == value
    assert type(got) is type(value) or isinstance(value, dict)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "?", "c16", "U3"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_arrays_cross(student, dtype, shape):
    array = np.ones(shape).astype(dtype)
    assert student.kind(array) == "ndarray"
    copied = student.Layer(array).params["W"]
    np.testing.assert_array_equal(copied, array)
    assert copied.dtype == array.dtype


def test_an_array_is_the_same_when_it_comes_back(student):
    x = np.arange(3.0)
    assert student.same(x) is x


def test_changes_of_an_argument_are_seen(student):
    x = np.arange(3.0)
    student.add_one(x)
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_changes_between_two_calls_arrive(student):
    twice, x = student.twice, np.arange(3.0)
    assert twice(np.negative, x).tolist() == [0.0, 1.0, 2.0]
    x += 1
    assert twice(np.negative, x).tolist() == [1.0, 2.0, 3.0]


def test_functions_and_methods_are_asked_for_once_unless_set(student):
    layer = student.Layer(np.zeros(2))
    assert layer.step is layer.step
    layer.me = layer.step
    assert layer.me is layer.step
    layer.me = 3
    assert layer.me == 3


def test_a_locked_array_stays_locked(student):
    x = np.arange(3.0)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        student.add_one(x)


def test_changes_of_a_result_are_seen_by_the_student(student):
    layer = student.Layer(np.zeros(2))
    w = layer.params["W"]
    w += 5
    layer.step()
    assert w.tolist() == [4.0, 4.0]
    layer.params["W"] = np.ones(1)
    assert (layer + 1).tolist() == [2.0]


def test_functions_can_be_handed_over(student):
    assert student.twice(lambda x: x * 3, 2) == 18
    np.testing.assert_array_equal(student.twice(np.sqrt, np.full(2, 16.0)), [2.0, 2.0])


def test_random_generators_are_shared(student):
    rng = np.random.default_rng(3)
    first, second = student.draw(rng), student.draw(rng)
    again = np.random.default_rng(3)
    np.testing.assert_array_equal([first, second], again.normal(size=(2, 3)))
    assert rng.normal() == again.normal()


def test_objects_have_operators(student):
    layer = student.Layer(2.0)
    assert (layer + 1, 1 + layer, len(layer), layer[1:2]) == (3.0, -1.0, 7, slice(1, 2))
    assert layer.me() is layer
    assert isinstance(layer, student.Layer)
    assert copy.deepcopy(layer) is not layer
    assert list(student.count()) == [0, 1, 2]


def test_equality_is_not_the_students(start):
    module = start("class Equal:\n    def __eq__(self, other):\n        return True\n")
    assert module.Equal() != 1


def test_signatures_are_known(student):
    assert str(inspect.signature(student.named)) == "(a, b=None, *, c)"
    assert student.named.__name__ == "named"


def test_numpy_warnings_are_the_judges(start):
    module = start("import numpy as np\ndef f(x):\n    return np.exp(x)\n")
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        module.f(np.array([1000.0]))


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [("odd", ValueError, "Odd: three"), ("todo", NotImplementedError, "1.1")],
)
def test_exceptions_cross_with_their_line(student, name, kind, text):
    with pytest.raises(kind, match=text) as caught:
        getattr(student, name)()
    assert caught.value.student_line.startswith("student.py:")
    assert "raise" in caught.value.student_line


def test_things_of_the_judges_do_not_cross(student):
    with pytest.raises(TypeError, match="Path cannot be handed over"):
        student.same(Path("x"))


def test_what_is_forgotten_is_forgotten_there(student):
    for _ in range(5):
        student.same(np.zeros(10))
        student.Layer(np.zeros(10))
    wire = student._student.wire
    student.kind(1)
    student.kind(1)
    assert len(wire.mine) + len(wire.theirs) < 10


# ---- what is broken is said ----


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def f(:\n", r"student.py:1: def f\(:"),
        ("import tensorlearn\n", "No module named 'tensorlearn'"),
        ("1 / 0\n", "student.py:1: 1 / 0\n.*ZeroDivisionError"),
        ("raise SystemExit\n", "student.py:1: raise SystemExit"),
        ("import os\nos._exit(0)\n", "ended Python"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(start, text, complaint):
    with pytest.raises(BrokenFile, match=complaint):
        start(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BrokenFile, match=r"no file gone\.py"):
        Apart().load(tmp_path / "gone.py")


# ---- what it cannot do ----


def result_of(start, code):
    """What a function of the student's returns, or the error it gets."""
    module = start(f"import os, sys, socket\ndef attack(x):\n    return {code}\n")
    try:
        return module.attack(str(course.FOLDER))
    except (OSError, RuntimeError, MemoryError) as error:
        return type(error)


@linux
@pytest.mark.parametrize(
    "code",
    [
        "open(x + '/01_derivatives/solution.py').read()",
        "open('/etc/passwd').read()",
        "os.listdir('/tmp')",
        "open('/tmp/forged', 'w')",
        "os.remove(x + '/01_derivatives/solution.py')",
        "os.chmod(x, 0o777)",
        "os.kill(os.getppid(), 9)",
        "os.kill(-1, 9)",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "os.popen('echo').read() or 1 / 0",
        "__import__('subprocess').run(['true'])",
        "socket.socket()",
        "bytearray(50 << 30)",
        "open('large', 'wb').write(bytes(1 << 25))",
        "open(f'/proc/{os.getppid()}/environ').read()",
        "open(f'/proc/{os.getppid()}/mem', 'r+b')",
        "__import__('threading').Thread(target=int).start()",
    ],
)
def test_it_is_confined(start, code):
    found = result_of(start, code)
    assert isinstance(found, type), found
    assert issubclass(found, (OSError, MemoryError, RuntimeError))


@linux
def test_it_may_use_its_own_folder(start):
    assert result_of(start, "open('notes', 'w').write('abc')") == 3


def test_it_gets_no_secrets(start, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    module = start("import os\ndef names():\n    return sorted(os.environ)\n")
    assert "TOKEN" not in module.names()
    assert "HOME" in module.names()


def test_it_sees_nothing_of_the_judge(start):
    module = start(
        "import sys\n"
        "def names():\n"
        "    return [n for n in sys.modules if n.startswith(('tensorl', 'pytest'))]\n"
    )
    assert module.names() == []


def test_functions_of_the_judges_can_only_be_called(start):
    module = start(
        "def attack(f):\n    return [hasattr(f, n) for n in ('__globals__', '__code__')]\n"
    )
    assert module.attack(lambda x: x) == [False, False]


@pytest.mark.parametrize(
    "words",
    ["'get', f, '__globals__'", "'call', None", "'call', [f]", "'load', 'x'"],
)
def test_it_cannot_ask_the_judge_for_anything_else(start, words):
    module = start(
        "def attack(f):\n"
        "    try:\n"
        f"        return f._wire.ask({words})\n"
        "    except Exception as error:\n"
        "        return type(error).__name__\n"
    )
    assert module.attack(lambda x: x) == "Failed"


def test_a_loop_ends_with_the_time(start):
    module = start("def f():\n    while True:\n        pass\n")
    began = time.monotonic()
    with pytest.raises(TimeoutError), module._student.apart.limited(1.0, TimeoutError):
        module.f()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "junk",
    ["b'junk'", "b'\\xff' * 64", "b'\\x02' + bytes(15) + b'[]'"],
)
def test_nonsense_on_the_wire_is_refused(start, junk):
    module = start(
        "import os\n"
        "def attack():\n"
        "    for handle in range(3, 20):\n"
        "        try:\n"
        f"            os.write(handle, {junk})\n"
        "        except OSError:\n"
        "            pass\n"
        "    os._exit(0)\n"
    )
    with pytest.raises(Gone):
        module.attack()


@linux
def test_nothing_is_left_behind(start):
    module = start(STUDENT)
    folder, process = module._student.root, module._student.process
    module._student.apart.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
