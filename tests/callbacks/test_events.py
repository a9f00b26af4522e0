"""Callbacks: who is called when, with what; averages; what is no callback."""

import pytest

from tensorlearn.callbacks import (
    BaseLogger,
    Callback,
    CallbackList,
    History,
    ProgbarLogger,
)

EVENTS = [name for name in vars(Callback) if name.startswith("on_")]


@pytest.mark.parametrize("event", EVENTS)
def test_event_reaches_only_those_that_override_it(event):
    seen = []
    own = type("Own", (Callback,), {event: lambda self, *args: seen.append(args)})
    calls = CallbackList([Callback(), own()])
    for name in EVENTS:
        getattr(calls, name)(*([] if "train" in name else [3]))
    assert seen == [({},) if "train" in event else (3, {})]


def test_method_set_on_the_object_counts():
    seen = []
    callback = Callback()
    callback.on_epoch_end = lambda epoch, logs: seen.append(epoch)
    CallbackList([callback]).on_epoch_end(4)
    assert seen == [4]


def test_what_one_adds_to_logs_the_next_one_sees():
    class Add(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["lr"] = 0.5

    history = History()
    CallbackList([Add(), history]).on_epoch_end(0, {"loss": 1.0})
    assert history.history == {"loss": [1.0], "lr": [0.5]}


def test_list_tells_model_and_params_to_all():
    calls = CallbackList([Callback()])
    calls.append(Callback())
    calls.set_model("model")
    calls.set_params({"epochs": 2})
    assert [(c.model, c.params) for c in calls] == [("model", {"epochs": 2})] * 2


def test_base_logger_averages_over_samples():
    logger = BaseLogger(stateful_metrics=["last"])
    logger.set_params({"metrics": ["loss", "last", "absent"]})
    logger.on_epoch_begin(0)
    logger.on_batch_end(0, {"size": 3, "loss": 1.0, "last": 1.0})
    logger.on_batch_end(1, {"size": 1, "loss": 5.0, "last": 7.0})
    logs = {}
    logger.on_epoch_end(0, logs)
    assert logs == {"loss": 2.0, "last": 7.0}


def test_progbar_logger_refuses_another_mode():
    with pytest.raises(
        ValueError, match="`count_mode` must be samples or steps, got 'rows'"
    ):
        ProgbarLogger("rows")


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="must be a list of Callback objects, got 3"):
        CallbackList([3])
    with pytest.raises(TypeError, match=r"needs parentheses: History\(\)"):
        CallbackList([History])
