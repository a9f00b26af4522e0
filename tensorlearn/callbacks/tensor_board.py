"""What TensorBoard shows, written by TensorBoard's own package, which is optional."""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np

from tensorlearn.callbacks.base import Callback, Logs, given
from tensorlearn.wording import say


class TensorBoard(Callback):
    """Writes losses, metrics and distributions of weights for TensorBoard.

    log_dir: where; look at it with `tensorboard --logdir <log_dir>`. histogram_freq:
    epochs from one histogram of all weights to the next, 0 for none. update_freq: "epoch",
    "batch", or a number of samples. The arguments about graphs, gradients, images and
    embeddings are taken for the sake of old scripts.
    """

    def __init__(
        self,
        log_dir: Any = "./logs",
        histogram_freq: int = 0,
        batch_size: int = 32,
        write_graph: bool = True,
        write_grads: bool = False,
        write_images: bool = False,
        embeddings_freq: int = 0,
        embeddings_layer_names: Any = None,
        embeddings_metadata: Any = None,
        embeddings_data: Any = None,
        update_freq: str | int = "epoch",
    ) -> None:
        super().__init__()
        for name, asked in (
            ("write_grads", write_grads),
            ("write_images", write_images),
            ("embeddings_freq", embeddings_freq),
        ):
            if asked:
                warnings.warn(
                    say("TensorBoard: `{name}` has no effect here", name=name),
                    UserWarning,
                    stacklevel=2,
                )
        known = update_freq in ("epoch", "batch") or isinstance(update_freq, int)
        if not known or (isinstance(update_freq, int) and update_freq < 1):
            raise ValueError(
                say(
                    "TensorBoard: `update_freq` must be 'epoch', 'batch' or a number of "
                    "samples ≥ 1, got {value!r}",
                    value=update_freq,
                )
            )
        _writer_package()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.batch_size = batch_size
        self.write_graph = write_graph
        self.update_freq: Any = 1 if update_freq == "batch" else update_freq
        self.samples_seen = 0
        self._written_at = 0
        self.writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open a new file of events."""
        self.writer = _writer_package().EventFileWriter(self.log_dir)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Write the values of this batch, if it is time."""
        if self.update_freq == "epoch":
            return
        logs = given(logs)
        self.samples_seen += logs.get("size", 0)
        if self.samples_seen - self._written_at >= self.update_freq:
            self._scalars({f"batch_{k}": v for k, v in logs.items()}, self.samples_seen)
            self._written_at = self.samples_seen

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the values of this epoch, and the histograms if it is time."""
        logs = given(logs)
        self._scalars(
            {f"epoch_{k}": v for k, v in logs.items()}
            if self.update_freq != "epoch"
            else logs,
            epoch,
        )
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            package = _writer_package()
            values = [
                package.Value(
                    tag=w.name, histo=package.Histogram(**_histogram(w.numpy()))
                )
                for w in self.model.weights
            ]
            self._write(values, epoch)
        self.writer.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file, also after an error."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def _scalars(self, values: Logs, step: int) -> None:
        value = _writer_package().Value
        skipped = ("batch", "size", "batch_batch", "batch_size")
        self._write(
            [
                value(tag=name, simple_value=float(number))
                for name, number in values.items()
                if name not in skipped
            ],
            step,
        )

    def _write(self, values: list[Any], step: int) -> None:
        package = _writer_package()
        summary = package.Summary(value=values)
        self.writer.add_event(
            package.Event(wall_time=time.time(), step=step, summary=summary)
        )


class _Package:
    """The few classes of the tensorboard package that are used."""

    def __init__(self) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self.Event, self.Summary, self.Value = Event, Summary, Summary.Value
        self.Histogram, self.EventFileWriter = HistogramProto, EventFileWriter


def _writer_package() -> Any:
    if not _loaded:
        try:
            _loaded.append(_Package())
        except ImportError as error:
            raise ImportError(
                say(
                    "TensorBoard needs the package tensorboard, which is not installed: "
                    "pip install tensorboard (or log to a file with CSVLogger)"
                )
            ) from error
    return _loaded[0]


_loaded: list[Any] = []


def _histogram(array: Any) -> dict[str, Any]:
    """The numbers of a HistogramProto: moments, and 30 buckets by their upper limits."""
    values = np.asarray(array, np.float64).reshape(-1)
    counts, edges = np.histogram(values, bins=30)
    return {
        "min": values.min(),
        "max": values.max(),
        "num": values.size,
        "sum": values.sum(),
        "sum_squares": np.square(values).sum(),
        "bucket_limit": edges[1:].tolist(),
        "bucket": counts.astype(float).tolist(),
    }
