"""What is called while a model trains: between epochs, between batches, at both ends."""

from tensorlearn.callbacks.backup import BackupAndRestore
from tensorlearn.callbacks.base import BaseLogger, Callback, CallbackList, History
from tensorlearn.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from tensorlearn.callbacks.reporting import CSVLogger, LambdaCallback, RemoteMonitor
from tensorlearn.callbacks.showing import ProgbarLogger
from tensorlearn.callbacks.tensor_board import TensorBoard
from tensorlearn.callbacks.watching import (
    EarlyStopping,
    ModelCheckpoint,
    TerminateOnNaN,
)

__all__ = [
    "BackupAndRestore",
    "BaseLogger",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "TensorBoard",
    "TerminateOnNaN",
]
