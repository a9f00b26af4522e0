"""Models as scikit-learn estimators: for cross_val_score, GridSearchCV and pipelines.

scikit-learn itself is not imported: an estimator is whatever has its methods.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from tensorlearn.declare.fields import label
from tensorlearn.losses import get as loss_of
from tensorlearn.models import Model, Sequential
from tensorlearn.utils.generic_utils import has_arg
from tensorlearn.utils.np_utils import to_categorical
from tensorlearn.wording import say, suggest

Array = np.ndarray[Any, Any]


class BaseWrapper:
    """A function that makes a compiled model, and the arguments for it and for `fit`.

    build_fn: the function, or None in a subclass that defines `__call__`. sk_params: any
    arguments of build_fn, fit, predict, predict_classes, predict_proba or evaluate; those
    that `fit` and its like are given themselves win.
    """

    _kind: ClassVar[str] = ""

    def __init__(
        self, build_fn: Callable[..., Any] | None = None, **sk_params: Any
    ) -> None:
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def _builder(self) -> Callable[..., Any]:
        """The function that makes the model, as something with a signature."""
        if self.build_fn is None:
            return type(self).__call__  # type: ignore[attr-defined, no-any-return]
        plain = inspect.isfunction(self.build_fn) or inspect.ismethod(self.build_fn)
        return self.build_fn if plain else type(self.build_fn).__call__

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise ValueError for a name that none of the functions takes."""
        methods = (
            Model.fit,
            Model.predict,
            Sequential.predict_classes,
            Sequential.predict_proba,
            Model.evaluate,
            self._builder(),
        )
        for name in params:
            if name == "nb_epoch" or any(has_arg(f, name) for f in methods):
                continue
            known = {n for f in methods for n in inspect.signature(f).parameters}
            raise ValueError(
                say(
                    "{name} is not a legal parameter{hint}",
                    name=name,
                    hint=suggest(name, known - {"self", "kwargs"}),
                )
            )

    def get_params(self, **_params: Any) -> dict[str, Any]:
        """All arguments, with build_fn."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> BaseWrapper:
        """Change arguments; returns the estimator itself."""
        params = dict(params)
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(
        self, fn: Callable[..., Any], override: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Those of the arguments that `fn` takes, with `override` on top."""
        found = {k: v for k, v in self.sk_params.items() if has_arg(fn, k)}
        return found | dict(override or {})

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Make a new model and train it; kwargs go to `Model.fit`. Returns the History."""
        make = self.build_fn if self.build_fn is not None else self.__call__  # type: ignore[operator]
        self.model = make(**self.filter_sk_params(self._builder()))
        y = np.asarray(y)
        if self._loss_is_categorical() and y.ndim != 2:
            y = to_categorical(y)
        given = self.filter_sk_params(Model.fit, kwargs)
        if "nb_epoch" in self.sk_params:
            given.setdefault("epochs", self.sk_params["nb_epoch"])
        return self.model.fit(x, y, **given)

    def _loss_is_categorical(self) -> bool:
        return _loss_name(self.model) == "categorical_crossentropy"

    def _fitted(self) -> Any:
        if not hasattr(self, "model"):
            raise RuntimeError(
                say("{owner}: call fit before predict or score", owner=label(self))
            )
        return self.model

    # ---- what newer versions of scikit-learn ask ----

    def __sklearn_tags__(self) -> Any:
        return _tags(self._kind)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")

    @property
    def _estimator_type(self) -> str:
        return self._kind

    def __repr__(self) -> str:
        told = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"{type(self).__name__}({told})"


class KerasClassifier(BaseWrapper):
    """A model that tells classes apart, as a scikit-learn classifier.

    After `fit`: classes_ and n_classes_. Labels may be of any kind, also text.
    """

    _kind = "classifier"

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Make a new model and train it.

        y: labels (N,) or one-hot rows (N, C). Raises ValueError for any other shape.
        """
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(say("Invalid shape for y: {shape}", shape=y.shape))
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Array:
        """The class of every sample.   -> (N,)"""
        told = self.filter_sk_params(Sequential.predict_classes, kwargs)
        found = self._fitted().predict(x, **told)
        if found.shape[-1] > 1:
            return self.classes_[found.argmax(axis=-1)]
        return self.classes_[(found > 0.5).astype(np.int32)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Array:
        """The probability of every class.   -> (N, C)"""
        told = self.filter_sk_params(Sequential.predict_proba, kwargs)
        found = self._fitted().predict(x, **told)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The accuracy on these data, which the model must be compiled to measure."""
        y = np.asarray(y)
        if not (y.ndim == 2 and y.shape[1] > 1):
            y = np.searchsorted(self.classes_, y)
        model = self._fitted()
        if _loss_name(model) == "categorical_crossentropy" and y.ndim != 2:
            y = to_categorical(y, self.n_classes_)
        told = self.filter_sk_params(Model.evaluate, kwargs)
        outputs = model.evaluate(x, y, **{"verbose": 0, **told})
        listed = outputs if isinstance(outputs, list) else [outputs]
        for name, value in zip(model.metrics_names, listed, strict=True):
            if name in ("acc", "accuracy"):
                return float(value)
        raise ValueError(
            say(
                "The model is not configured to compute accuracy. You should pass "
                '`metrics=["accuracy"]` to the `model.compile()` method.'
            )
        )


class KerasRegressor(BaseWrapper):
    """A model that predicts numbers, as a scikit-learn regressor."""

    _kind = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> Array:
        """The prediction for every sample.   -> (N,) or (N, D)"""
        told = self.filter_sk_params(Model.predict, kwargs)
        found = self._fitted().predict(x, **told)
        return found[..., 0] if found.ndim == 2 and found.shape[1] == 1 else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Minus the loss on these data: larger is better, as scikit-learn wants it."""
        told = self.filter_sk_params(Model.evaluate, kwargs)
        loss = self._fitted().evaluate(x, y, **{"verbose": 0, **told})
        return -float(loss[0] if isinstance(loss, list) else loss)


def _loss_name(model: Any) -> str:
    loss = model.loss
    if isinstance(loss, str):
        loss = loss_of(loss)
    return getattr(loss, "__name__", "")


def _tags(kind: str) -> Any:
    from sklearn.utils import (
        ClassifierTags,
        InputTags,
        RegressorTags,
        Tags,  # whoever asks for tags has it
        TargetTags,
    )

    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(required=True),
        classifier_tags=ClassifierTags() if kind == "classifier" else None,
        regressor_tags=RegressorTags() if kind == "regressor" else None,
        input_tags=InputTags(),
    )
