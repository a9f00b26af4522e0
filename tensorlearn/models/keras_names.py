"""Undocumented names of Keras's models that old scripts lean on, in one place.

Nothing of the library uses them. What Keras builds on demand (functions for training)
always exists here, so the `_make_…` methods have nothing to do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorlearn.autograd.tensor import wrap


class KerasModel:
    """Mixed into Model."""

    inputs: list[Any]
    outputs: list[Any]
    calls: list[Any]
    layers: list[Any]
    input_names: list[str]
    output_names: list[str]

    def _make_train_function(self) -> None:
        """Nothing to do: `train_function` is always there."""

    def _make_test_function(self) -> None:
        """Nothing to do: `test_function` is always there."""

    def _make_predict_function(self) -> None:
        """Nothing to do: `predict_function` is always there."""

    def train_function(self, values: Any) -> list[float]:
        """One update on [inputs, targets, sample weights, learning phase] in one list."""
        x, y, weights = self._parts(values)
        return _listed(self.train_on_batch(x, y, sample_weight=weights))  # type: ignore[attr-defined]

    def test_function(self, values: Any) -> list[float]:
        """Loss and metrics for [inputs, targets, sample weights] in one list."""
        x, y, weights = self._parts(values)
        return _listed(self.test_on_batch(x, y, sample_weight=weights))  # type: ignore[attr-defined]

    def predict_function(self, values: Any) -> list[Any]:
        """Outputs for a list of inputs."""
        x = list(values)[: len(self.inputs)]
        return _listed(self.predict_on_batch(x if len(x) > 1 else x[0]))  # type: ignore[attr-defined]

    def _parts(self, values: Any) -> tuple[Any, Any, Any]:
        ends = np.cumsum(
            [len(self.inputs), len(self.outputs), len(self.outputs)]
        ).tolist()
        parts = [list(values)[a:b] for a, b in zip([0, *ends], ends, strict=False)]
        x, y, weights = (one[0] if len(one) == 1 else one or None for one in parts)
        return x, y, weights

    def _standardize_user_data(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        check_array_lengths: bool = True,
        batch_size: int | None = None,
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Inputs, targets and weights as lists of checked arrays."""
        if y is None:
            return self._inputs("x", x)[0], [], []  # type: ignore[attr-defined, no-any-return]
        data = self._data("train_on_batch", x, y, sample_weight, class_weight)  # type: ignore[attr-defined]
        weights = [np.ones(data.size) if w is None else w for w in data.weights]
        return data.inputs, data.targets, weights

    # ---- the graph ----

    @property
    def _layers(self) -> list[Any]:
        return self.layers

    @property
    def input_layers(self) -> list[Any]:
        """The layers where data enters."""
        return [s.call.layer for s in self.inputs]

    @property
    def output_layers(self) -> list[Any]:
        """The layers that make the outputs."""
        return [s.call.layer for s in self.outputs]

    _input_layers, _output_layers = input_layers, output_layers

    @property
    def _feed_inputs(self) -> list[Any]:
        return self.inputs

    @property
    def _feed_input_names(self) -> list[str]:
        return self.input_names

    @property
    def _feed_input_shapes(self) -> list[Any]:
        return [s.shape for s in self.inputs]

    @property
    def _feed_output_names(self) -> list[str]:
        return self.output_names

    @property
    def _collected_trainable_weights(self) -> list[Any]:
        collected = getattr(self, "_collected", None)
        return self.trainable_weights if collected is None else collected  # type: ignore[attr-defined, no-any-return]

    @property
    def nodes_by_depth(self) -> dict[int, list[Any]]:
        """The calls by their distance from the outputs."""
        depth: dict[Any, int] = {}
        for call in reversed(self.calls):
            depth.setdefault(call, 0)
            for symbol in call.inputs:
                depth[symbol.call] = max(depth.get(symbol.call, 0), depth[call] + 1)
        found: dict[int, list[Any]] = {}
        for call in self.calls:
            found.setdefault(depth[call], []).append(call)
        return found

    _nodes_by_depth = nodes_by_depth

    @property
    def layers_by_depth(self) -> dict[int, list[Any]]:
        """The layers by their distance from the outputs."""
        deepest: dict[Any, int] = {}
        for depth, calls in self.nodes_by_depth.items():
            for call in calls:
                deepest[call.layer] = max(deepest.get(call.layer, 0), depth)
        found: dict[int, list[Any]] = {}
        for layer in self.layers:
            found.setdefault(deepest.get(layer, 0), []).append(layer)
        return found

    _layers_by_depth = layers_by_depth

    def run_internal_graph(
        self, inputs: Any, masks: Any = None
    ) -> tuple[Any, Any, Any]:
        """Outputs, their masks and their shapes for these inputs."""
        given = [x if hasattr(x, "node") else wrap(np.asarray(x), None) for x in inputs]
        found, out_masks = self.run_masked(  # type: ignore[attr-defined]
            given if len(given) > 1 else given[0], masks
        )
        outputs = _listed(found)
        return outputs, _listed(out_masks), [y.shape for y in outputs]

    @property
    def state_updates(self) -> list[Any]:
        """Always empty: states are written as soon as they are computed."""
        return []


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
