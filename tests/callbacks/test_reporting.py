"""CSVLogger, LambdaCallback, RemoteMonitor, TensorBoard: what others get to see."""

import builtins
import http.server
import json
import sys
import threading
import types
import urllib.parse

import numpy as np
import pytest

from tensorlearn.callbacks import (
    Callback,
    CSVLogger,
    LambdaCallback,
    RemoteMonitor,
    TensorBoard,
    tensor_board,
)
from tests.callbacks.stories import fit, interrupted, net, play

# ---- CSVLogger ----


def lines(path):
    return path.read_bytes().decode().split("\r\n")


def test_csv_has_a_line_for_every_epoch(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(net(metrics=["mae"]), [CSVLogger(path)], 2).history
    first, *rows, end = lines(path)
    assert first == "epoch,loss,mean_absolute_error"
    assert end == ""
    values = zip(history["loss"], history["mean_absolute_error"], strict=True)
    assert rows == [f"{i},{a},{b}" for i, (a, b) in enumerate(values)]


@pytest.mark.parametrize(
    ("append", "rows"),
    [(False, ["epoch;loss", "0;2"]), (True, ["epoch;loss", "0;1", "0;2"])],
)
def test_csv_goes_on_if_asked(tmp_path, append, rows):
    path = tmp_path / "log.csv"
    for value in (1, 2):
        play(CSVLogger(path, ";", append), [value], "loss")
    assert lines(path)[:-1] == rows


def test_csv_fills_what_is_missing_and_joins_arrays(tmp_path):
    logger = CSVLogger(tmp_path / "log.csv")
    logger.on_train_begin()
    logger.on_epoch_end(0, {"a": np.array([1, 2]), "b": "word"})
    logger.on_epoch_end(1, {"b": 3})
    logger.on_train_end()
    assert lines(tmp_path / "log.csv")[1:3] == ['0,"[1, 2]",word', "1,NA,3"]


def test_csv_is_complete_and_closed_when_training_breaks_off(tmp_path):
    def fail(epoch, logs):
        if epoch == 1:
            raise RuntimeError("enough")

    logger = CSVLogger(tmp_path / "log.csv")
    with interrupted(RuntimeError):
        fit(net(), [logger, LambdaCallback(on_epoch_end=fail)])
    assert logger.csv_file is None
    assert len(lines(tmp_path / "log.csv")) == 4  # header, two epochs, end


# ---- LambdaCallback ----


def test_lambda_is_called_at_its_moments():
    seen = []
    names = [name for name in vars(Callback) if name.startswith("on_")]
    told = {name: lambda *args, name=name: seen.append(name) for name in names}
    fit(net(), [LambdaCallback(**told)], 1, batch_size=24)
    assert seen == [
        "on_train_begin", "on_epoch_begin", "on_batch_begin",
        "on_batch_end", "on_epoch_end", "on_train_end",
    ]  # fmt: skip


def test_lambda_keeps_other_things_and_refuses_typos():
    assert LambdaCallback(color="red").color == "red"
    with pytest.raises(TypeError, match="'on_epoch_ends'; did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)


# ---- RemoteMonitor ----


@pytest.fixture
def server():
    """A web server on this computer, and what was posted to it."""
    posted = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            posted.append((self.path, dict(self.headers), body))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}", posted
        made.shutdown()
        thread.join()


@pytest.mark.parametrize("as_json", [False, True])
def test_remote_monitor_posts_every_epoch(server, as_json, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    root, posted = server
    monitor = RemoteMonitor(root, headers={"X-Key": "k"}, send_as_json=as_json)
    play(monitor, [np.float32(0.5)], "loss")
    ((path, headers, body),) = posted
    text = body if as_json else urllib.parse.parse_qs(body)["data"][0]
    assert path == "/publish/epoch/end/"
    assert headers["X-Key"] == "k"
    assert json.loads(text) == {"epoch": 0, "loss": 0.5}


def test_remote_monitor_does_not_mind_what_the_server_thinks(server, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    root, posted = server
    play(RemoteMonitor(root, "/broken"), [1])
    assert len(posted) == 1


def test_remote_monitor_warns_if_nobody_answers(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.warns(
        UserWarning, match="Could not reach RemoteMonitor root server at"
    ):
        play(RemoteMonitor("http://127.0.0.1:9"), [1])


def test_remote_monitor_wants_http():
    with pytest.raises(ValueError, match="`root` must begin with http:// or https://"):
        RemoteMonitor("file:///etc")


# ---- TensorBoard ----


class Events:
    """Stands for the package: keeps what was written."""

    def __init__(self):
        self.events, self.closed = [], False
        plain = types.SimpleNamespace
        self.Event = self.Summary = self.Value = self.Histogram = plain
        self.EventFileWriter = lambda log_dir: self
        self.add_event = self.events.append
        self.flush = lambda: None

    def close(self):
        self.closed = True

    def values(self):
        return [(e.step, v.tag) for e in self.events for v in e.summary.value]


@pytest.fixture
def events(monkeypatch):
    made = Events()
    monkeypatch.setattr(tensor_board, "_loaded", [made])
    return made


def test_tensorboard_gets_the_values_of_epochs(events):
    history = fit(net(), [TensorBoard()], 2, validation_split=0.5)
    tags = ["val_loss", "loss"]
    assert events.values() == [(epoch, tag) for epoch in (0, 1) for tag in tags]
    shown = [e.summary.value[1].simple_value for e in events.events]
    assert shown == history.history["loss"]
    assert events.closed


@pytest.mark.parametrize(
    ("frequency", "steps"), [("batch", [8, 16, 24]), (16, [16]), (12, [16])]
)
def test_tensorboard_gets_the_values_of_batches(events, frequency, steps):
    fit(net(), [TensorBoard(update_freq=frequency)], 1)
    found = events.values()
    assert [step for step, tag in found if tag == "batch_loss"] == steps
    assert found[-1] == (0, "epoch_loss")


def test_tensorboard_gets_histograms_of_weights(events):
    model = net()
    fit(model, [TensorBoard(histogram_freq=2)], 3)
    drawn = [v for e in events.events for v in e.summary.value if hasattr(v, "histo")]
    assert [v.tag for v in drawn] == [w.name for w in model.weights] * 2
    kernel = drawn[0].histo
    assert kernel.num == 20
    assert sum(kernel.bucket) == 20
    assert len(kernel.bucket) == len(kernel.bucket_limit)


def test_tensorboard_closes_when_training_breaks_off(events):
    def fail(epoch, logs):
        raise RuntimeError

    with interrupted(RuntimeError):
        fit(net(), [TensorBoard(), LambdaCallback(on_epoch_end=fail)])
    assert events.closed


def test_tensorboard_without_its_package_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.startswith("tensorboard"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(tensor_board, "_loaded", [])
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        TensorBoard()


@pytest.mark.parametrize("bad", ["step", 0, 1.5])
def test_tensorboard_refuses_another_frequency(events, bad):
    with pytest.raises(ValueError, match="`update_freq` must be 'epoch', 'batch' or"):
        TensorBoard(update_freq=bad)


def test_tensorboard_says_what_has_no_effect(events):
    with pytest.warns(UserWarning, match="`write_images` has no effect here"):
        TensorBoard(write_images=True)


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_reads_its_files(tmp_path):
    loader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_file_loader"
    )
    fit(net(), [TensorBoard(tmp_path, histogram_freq=1)], 2)
    (path,) = tmp_path.iterdir()
    found = [
        (event.step, value.tag)
        for event in loader.EventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]
    assert (1, "loss") in found
    assert len(found) == 2 * (1 + 4)
    assert "tensorboard" in sys.modules
