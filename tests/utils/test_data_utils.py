"""Files, parts of HDF5 files, and batches made ready on threads."""

import hashlib
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tensorlearn import utils
from tensorlearn.layers import Dense
from tensorlearn.models import Sequential


class Squares(utils.Sequence):
    def __init__(self, count, pause=0.0):
        self.count, self.pause, self.epochs = count, pause, 0

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        time.sleep(self.pause * (self.count - i))
        return i * i

    def on_epoch_end(self):
        self.epochs += 1


def take(batches, count):
    return [next(batches) for _ in range(count)]


@pytest.mark.parametrize("workers", [1, 4])
def test_batches_come_in_order(workers):
    squares = Squares(5, pause=0.002)
    queue = utils.OrderedEnqueuer(squares)
    queue.start(workers=workers, max_queue_size=3)
    assert take(queue.get(), 12) == [0, 1, 4, 9, 16] * 2 + [0, 1]
    queue.stop()
    assert squares.epochs == 2
    assert not queue.is_running()


def test_batches_can_be_shuffled():
    with utils.OrderedEnqueuer(Squares(30), shuffle=True) as queue:
        epoch = take(queue.get(), 30)
    assert epoch != sorted(epoch)
    assert sorted(epoch) == [i * i for i in range(30)]


def test_generators_end():
    with utils.GeneratorEnqueuer(iter("abc")) as queue:
        assert list(queue.get()) == ["a", "b", "c"]


def test_generators_run_on_one_thread_at_a_time():
    def count():
        yield from range(200)

    queue = utils.GeneratorEnqueuer(count())
    queue.start(workers=8, max_queue_size=20)
    assert list(queue.get()) == list(range(200))


@pytest.mark.parametrize("kind", ["sequence", "generator"])
def test_errors_reach_the_consumer(kind):
    class Broken(Squares):
        def __getitem__(self, i):
            raise KeyError("broken")

    def broken():
        yield 1
        raise KeyError("broken")

    queue = (
        utils.OrderedEnqueuer(Broken(3))
        if kind == "sequence"
        else utils.GeneratorEnqueuer(broken())
    )
    queue.start()
    with pytest.raises(KeyError, match="broken"):
        list(queue.get())
    assert not queue.is_running()


def test_no_thread_stays_behind():
    before = threading.active_count()
    for _ in range(5):
        queue = utils.OrderedEnqueuer(Squares(4))
        queue.start(workers=3)
        next(queue.get())
        queue.stop()
        queue.stop()
    assert threading.active_count() == before


def test_an_empty_sequence_is_refused():
    with pytest.raises(ValueError, match="the Sequence has no batches"):
        next(started(utils.OrderedEnqueuer(Squares(0))))


def started(queue):
    queue.start()
    return queue.get()


def test_a_sequence_is_endless():
    assert take(iter(Squares(2)), 5) == [0, 1, 0, 1, 0]


# ---- get_file ----


def test_a_local_file_is_found(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    assert utils.get_file(tmp_path / "x.txt") == str(tmp_path / "x.txt")


@pytest.mark.parametrize("as_uri", [True, False])
def test_a_file_is_copied_to_the_cache(tmp_path, as_uri):
    source = tmp_path / "a b.txt"
    source.write_text("x")
    origin = source.as_uri() if as_uri else str(source)
    found = utils.get_file("copy.txt", origin, cache_dir=tmp_path / "cache")
    assert found == str(tmp_path / "cache" / "datasets" / "copy.txt")
    source.unlink()
    again = utils.get_file("copy.txt", origin, cache_dir=tmp_path / "cache")
    assert Path(again).read_text() == "x"


def test_nothing_is_downloaded(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"nothing is downloaded; get it from http"
    ):
        utils.get_file("x.npz", "https://example.com/x.npz", cache_dir=tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        utils.get_file("x.npz", str(tmp_path / "none"), cache_dir=tmp_path)


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_hashes_are_checked(tmp_path, kind):
    (tmp_path / "x").write_bytes(b"data")
    right = hashlib.new(kind, b"data").hexdigest()
    assert utils.get_file(tmp_path / "x", file_hash=right)
    assert utils.validate_file(tmp_path / "x", right)
    with pytest.raises(ValueError, match=f"its {kind} differs"):
        utils.get_file(tmp_path / "x", file_hash=right[::-1])


def test_archives_are_unpacked(tmp_path):
    (tmp_path / "in.txt").write_text("x")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "in.txt", "folder/in.txt")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "in.txt", "other/in.txt")
    cache = tmp_path / "cache"
    found = utils.get_file(
        "folder", str(tmp_path / "a.tar.gz"), untar=True, cache_dir=cache
    )
    assert Path(found, "in.txt").read_text() == "x"
    utils.get_file("b.zip", str(tmp_path / "b.zip"), extract=True, cache_dir=cache)
    assert (cache / "datasets" / "other" / "in.txt").is_file()


def test_archives_stay_in_their_folder(tmp_path):
    (tmp_path / "in.txt").write_text("x")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "in.txt", "../../out.txt")
    with pytest.raises(tarfile.FilterError):
        utils.get_file(tmp_path / "a.tar.gz", extract=True)


# ---- HDF5Matrix ----


@pytest.fixture
def matrix(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = np.arange(20.0).reshape(10, 2)
    return utils.HDF5Matrix(tmp_path / "x.h5", "x", start=2, end=9)


def test_parts_of_a_file_look_like_arrays(matrix):
    wanted = np.arange(20.0).reshape(10, 2)[2:9]
    assert (matrix.shape, matrix.ndim, matrix.size, len(matrix)) == ((7, 2), 2, 14, 7)
    np.testing.assert_array_equal(np.asarray(matrix), wanted)
    for key in (0, -1, slice(1, 5), slice(None, None, 2), [3, 0, 3], np.array([1, 0])):
        np.testing.assert_array_equal(matrix[key], wanted[key])
    with pytest.raises(IndexError, match="row 7 is not among 7"):
        matrix[7]


def test_pieces_are_normalized(tmp_path, matrix):
    halves = utils.HDF5Matrix(tmp_path / "x.h5", "x", normalizer=lambda x: x / 2)
    assert halves[1].tolist() == [1.0, 1.5]
    with pytest.raises(ValueError, match=r"must lie in 0\.\.10"):
        utils.HDF5Matrix(tmp_path / "x.h5", "x", end=11)


def test_a_model_learns_from_a_file(matrix):
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    model.fit(matrix, np.zeros(7), batch_size=4, shuffle="batch", verbose=0)
    assert model.predict(matrix).shape == (7, 1)
