"""Threads: the same bits for any number of them, errors, nesting, forks, and BLAS."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tensorlearn import memory, ops, parallel
from tensorlearn.autograd import Parameter, Tensor, grad
from tensorlearn.config import random_stream, set_seed
from tensorlearn.layers import GRU, LSTM, BatchNormalization, Conv2D, MaxPooling2D
from tensorlearn.ops.linear import product
from tensorlearn.ops.shape import column_sums
from tensorlearn.optimizers import Adam
from tensorlearn.parallel import (
    LARGE,
    blockwise,
    each,
    followed,
    one_blas_thread,
    set_threads,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def two_threads():
    before = parallel.threads()
    set_threads(2)
    yield
    set_threads(before)


def numbers(*shape, dtype="float32"):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def run(code, **variables):
    """What a new process prints."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


# ---- what follows from each part of a recursion ----


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("items", [[], [5], [5, 6, 7, 8]], ids=len)
def test_work_follows_the_lead(number, items):
    set_threads(number)
    passed = []

    def lead(items):
        for item in items:
            passed.append(item)
        return "led"

    def work(item):
        assert item in passed
        return item * item

    assert followed(lead, work, items) == ("led", [item * item for item in items])


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("who", ["lead", "work"])
def test_nobody_waits_for_a_lead_that_failed(number, who):
    set_threads(number)

    def lead(items):
        for item in items:
            if who == "lead" and item == 2:
                raise KeyError("lost")

    def work(item):
        if who == "work":
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        followed(lead, work, [1, 2, 3])


# ---- how many ----


def test_number_of_threads_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.setenv("TENSORLEARN_THREADS", "3")
    assert parallel._from_environment() == 3
    monkeypatch.delenv("TENSORLEARN_THREADS")
    assert parallel._from_environment() == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert 1 <= parallel._from_environment() <= os.cpu_count()


def test_there_is_one_thread_in_a_browser(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert parallel._from_environment() == 1
    assert parallel._find_blas() == ()


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2"])
def test_impossible_numbers_of_threads_are_refused(number):
    with pytest.raises(ValueError, match="set_threads: `number` must be an integer"):
        set_threads(number)


def test_importing_starts_no_thread():
    code = "import threading, tensorlearn; print(threading.active_count())"
    assert run(code) == ["1"]


# ---- each ----


def test_results_are_in_order():
    assert each(lambda i: i * i, range(100)) == [i * i for i in range(100)]
    assert each(str, []) == []


def test_two_threads_work_at_the_same_time():
    both = threading.Barrier(2, timeout=20)
    each(lambda _: both.wait(), range(2))


def test_one_thread_is_the_calling_one():
    set_threads(1)
    found = each(lambda _: threading.get_ident(), range(5))
    assert set(found) == {threading.get_ident()}


def test_work_within_work_is_done_in_place():
    def inner(_):
        here = threading.get_ident()
        return set(each(lambda _: threading.get_ident(), range(4))) == {here}

    assert all(each(inner, range(4)))


def test_first_error_is_raised_and_the_pool_lives_on():
    def work(i):
        if i % 3 == 2:
            raise KeyError(i)
        return i

    for _ in range(5):
        with pytest.raises(KeyError, match="2"):
            each(work, range(100))
    assert each(abs, range(3)) == [0, 1, 2]


def test_numpy_settings_reach_every_thread():
    zeros = np.zeros(4096)
    both = threading.Barrier(2, timeout=20)

    def divide(_):
        both.wait()
        return (zeros + 1) / zeros

    with np.errstate(divide="ignore"):
        each(divide, range(2))
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        each(lambda _: (zeros + 1) / zeros, range(2))


def test_several_callers_do_not_mix_their_work():
    results = {}

    def call(name):
        results[name] = [each(lambda i: (name, i), range(50)) for _ in range(20)]

    callers = [threading.Thread(target=call, args=(n,)) for n in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    for name in range(4):
        assert results[name] == [[(name, i) for i in range(50)]] * 20


def test_work_goes_on_if_no_thread_can_be_started(monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(parallel, "_pool", parallel._Pool())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    set_threads(3)
    assert each(abs, range(5)) == [0, 1, 2, 3, 4]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_pool_of_its_own():
    code = """
import os, threading
from tensorlearn.parallel import each, set_threads
set_threads(2)
def together():
    both = threading.Barrier(2, timeout=20)
    each(lambda _: both.wait(), range(2))
together()
pid = os.fork()
together()
if pid:
    print(os.waitpid(pid, 0)[1])
else:
    os._exit(0)
"""
    assert run(code) == ["0"]


# ---- BLAS ----


def test_blas_has_one_thread_meanwhile():
    found = parallel._find_blas()
    if not found:
        pytest.skip("this BLAS cannot be told")
    write, read = found
    before = read()
    try:
        write(2)
        assert set(each(lambda _: read(), range(4))) == {1}
        with one_blas_thread, one_blas_thread:
            assert read() == 1
        assert read() == 2
        with pytest.raises(ZeroDivisionError):
            each(lambda _: 1 // 0, range(4))
        assert read() == 2
    finally:
        write(before)


def test_an_unknown_blas_is_left_alone(monkeypatch):
    monkeypatch.setattr(one_blas_thread, "functions", ())
    assert each(abs, range(3)) == [0, 1, 2]
    assert_allclose(product(*[np.eye(300)] * 2), np.eye(300))


# ---- the same bits, and the same as by definition ----


def trained(layer, x):
    leaf = Tensor(x, requires_grad=True)
    y = layer(leaf, training=True)
    weights = [leaf, *layer.trainable_weights]
    return [y.numpy(), *grad((y * y).sum(), weights)]


def adam():
    params = [Parameter(numbers(n)) for n in (200_000, 70_001, 12)]
    Adam(0.01).apply([numbers(p.size) for p in params], params)
    return [p.data for p in params]


JOBS = {
    "convolution": lambda: trained(
        Conv2D(7, 3, padding="same"), numbers(33, 20, 20, 5)
    ),
    "narrow": lambda: trained(Conv2D(7, 3, strides=2), numbers(33, 20, 20, 1)),
    "max_pool": lambda: trained(MaxPooling2D(2), numbers(33, 40, 40, 16)),
    "overlapping": lambda: trained(MaxPooling2D(3, strides=2), numbers(9, 64, 64, 16)),
    "normalization": lambda: trained(BatchNormalization(), numbers(64, 40, 40, 16)),
    "lstm": lambda: trained(LSTM(64, return_sequences=True), numbers(64, 50, 64)),
    "gru": lambda: trained(GRU(64, reset_after=True), numbers(64, 50, 64)),
    "matmul": lambda: [product(numbers(700, 301), numbers(301, 333))],
    "wide": lambda: [product(numbers(64, 784), numbers(784, 1100))],
    "stacked": lambda: [ops.matmul(numbers(40, 4, 64, 65), numbers(4, 65, 64))],
    "sum": lambda: [column_sums(numbers(30_001, 40))],
    "relu": lambda: trained(ops_layer(ops.relu), numbers(LARGE + 17)),
    "softmax": lambda: trained(ops_layer(ops.softmax), numbers(5000, 64)),
    "dropout": lambda: [ops.random.dropout(numbers(600, 700), 0.3, random_stream(1))],
    "adam": adam,
}


def ops_layer(function):
    def layer(x, training):
        return function(x)

    layer.trainable_weights = []
    return layer


@pytest.mark.parametrize("job", JOBS)
def test_any_number_of_threads_gives_the_same_bits(job):
    found = []
    for number in (1, 2, 5):
        set_threads(number)
        set_seed(0)
        found.append(JOBS[job]())
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            assert a.tobytes() == b.tobytes()


def test_products_in_parts_are_products():
    for m, k, n in [(700, 301, 333), (64, 784, 1100), (3, 4, 5), (0, 4, 5), (5, 0, 3)]:
        a, b = numbers(m, k), numbers(k, n)
        assert_allclose(product(a, b), a @ b, rtol=1e-4, atol=1e-3)
        assert_allclose(product(b.T, a.T), (a @ b).T, rtol=1e-4, atol=1e-3)


def test_stacks_in_parts_are_stacks():
    a, b = numbers(40, 4, 64, 65), numbers(40, 4, 65, 64)
    assert_allclose(ops.matmul(a, b), np.matmul(a, b), rtol=1e-4, atol=1e-4)
    assert_allclose(ops.matmul(a[0], b), np.matmul(a[0], b), rtol=1e-4, atol=1e-4)
    swapped = np.swapaxes(a, -1, -2)
    assert_allclose(ops.matmul(swapped, a), np.matmul(swapped, a), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("shape", [(5,), (LARGE + 3,), (3000, 100), (30, 20, 600)])
def test_blocks_are_the_whole(shape):
    x, row = numbers(*shape), numbers(shape[-1])
    for other in (x[::-1].copy(), 2.0, 3, row, x[:1], np.float32(2), x.astype("f8")):
        got = blockwise(np.add, x, other)
        assert_array_equal(got, x + other)
        assert got.dtype == (x + other).dtype


def test_blocks_leave_what_does_not_fit_to_numpy():
    x = numbers(800, 800)
    assert_array_equal(blockwise(np.negative, x.T), -x.T)
    assert_array_equal(blockwise(np.add, x, x.T), x + x.T)
    whole = np.arange(LARGE)
    assert_array_equal(blockwise(np.divide, whole, 2), whole / 2)


def test_normalization_in_blocks_keeps_its_formula():
    x = numbers(64, 40, 40, 16)
    y, gx, gamma, beta = trained(BatchNormalization(epsilon=1e-3), x)
    wide = x.astype("f8")
    mean, variance = wide.mean((0, 1, 2)), wide.var((0, 1, 2))
    root = np.sqrt(variance + 1e-3)
    wanted = (wide - mean) / root
    assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)
    g = 2 * wanted
    assert_allclose(gamma, (g * wanted).sum((0, 1, 2)), rtol=1e-4)
    assert_allclose(beta, g.sum((0, 1, 2)), atol=0.05)
    slope = g - g.mean((0, 1, 2)) - wanted * (g * wanted).mean((0, 1, 2))
    assert_allclose(gx, slope / root, atol=1e-5)


def test_a_large_softmax_and_its_slope_keep_their_formula():
    x = numbers(5000, 64)
    y, gx = trained(ops_layer(ops.softmax), x)
    e = np.exp(x.astype("f8"))
    wanted = e / e.sum(-1, keepdims=True)
    assert_allclose(y, wanted, rtol=1e-5)
    g = 2 * wanted
    slope = wanted * (g - (g * wanted).sum(-1, keepdims=True))
    assert_allclose(gx, slope, atol=1e-7)


# ---- memory ----


def test_memory_is_left_alone_where_somebody_has_set_it(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")
    assert memory.keep_freed() is False
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_")
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1")
    assert memory.keep_freed() is False
    monkeypatch.delenv("GLIBC_TUNABLES")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.keep_freed() is False


def test_steps_reuse_their_memory():
    code = """
import resource
import numpy as np
from tensorlearn.memory import keep_freed
if not keep_freed():
    print(0)
else:
    for _ in range(3):
        x = [np.ones(1_000_000) for _ in range(3)]
        del x
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        x = [np.ones(1_000_000) for _ in range(3)]
        del x
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems keep memory by themselves")
    assert int(run(code)[0]) < 1000
