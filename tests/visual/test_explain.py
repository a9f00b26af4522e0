"""loss.explain(): right numbers, nothing disturbed, readable in every form."""

import re

import numpy as np
import pytest

from tensorlearn import losses, ops, visual
from tensorlearn.autograd import PRIMITIVES, Parameter, Primitive, Tensor, no_grad
from tensorlearn.layers import LSTM, Dense
from tensorlearn.models import Sequential
from tensorlearn.views import VIEWS, Viewed


def leaf_of(values, dtype="float64"):
    return Tensor(np.array(values, dtype), requires_grad=True)


def network():
    """A loss in which a bias is broadcast and a weight is used twice."""
    x = Tensor(np.arange(6.0).reshape(2, 3))
    w, b = leaf_of(np.linspace(-1, 1, 6).reshape(3, 2)), leaf_of([0.5, -0.5])
    loss = ops.relu(x @ w + b).sum() + (w * w).sum()
    return loss, w, b


def leaves_of(explanation):
    return {name: gradient for name, _, gradient in explanation.leaves}


def test_gradients_are_those_of_backward():
    loss, w, b = network()
    found = leaves_of(loss.explain(w=w, b=b))
    loss.backward()
    np.testing.assert_array_equal(found["w"], w.grad)
    np.testing.assert_array_equal(found["b"], b.grad)


def test_graph_and_gradients_stay_as_they_were():
    loss, w, b = network()
    w.grad = before = np.ones((3, 2))
    for _ in range(2):
        loss.explain()
    assert w.grad is before
    assert b.grad is None
    loss.backward()  # nothing was freed


def test_contributions_add_up_to_the_gradient():
    loss, w, _ = network()
    explanation = loss.explain(w=w)
    parts = [f for s in explanation.steps for f in s.flows if f.name == "w"]
    assert [(f.number, f.count) for f in parts] == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_allclose(sum(f.value for f in parts), parts[-1].total)
    assert "w is used 3 times, its gradients add up" in str(explanation)


def test_broadcasting_is_pointed_out():
    loss, _, b = network()
    text = str(loss.explain(b=b))
    assert "b was broadcast, so its gradient is summed over axis 0" in text
    assert "g(b) = sum[0] g(" in text


def test_parameters_are_named_by_themselves():
    model = Sequential([Dense(2, input_shape=(3,), name="first")])
    loss = losses.mse(np.zeros((4, 2)), model(np.ones((4, 3)))).mean()
    names = [name for name, _, _ in loss.explain().leaves]
    assert sorted(names) == ["first.bias", "first.kernel"]


def test_renamed_parameters_are_known_by_their_new_name():
    p = Parameter(np.ones(2), "old")
    p.name = "new"
    assert [name for name, _, _ in p.sum().explain().leaves] == ["new"]


def test_layers_lend_their_names():
    layer = Dense(2, name="d")
    y = layer(np.ones((1, 3)))
    for p in layer.weights:
        p.name = p.name.replace("d/", "e/")
    assert "e.kernel" in str(y.sum().explain(layer))


def test_what_has_no_name_is_refused():
    x = leaf_of([1.0])
    with pytest.raises(TypeError, match=r"name Tensors by keywords \(explain\(x=x\)\)"):
        x.sum().explain(x)


def test_intermediate_results_can_be_named():
    x = leaf_of([1.0, 2.0])
    hidden = x * 2
    text = str(hidden.sum().explain(x=x, hidden=hidden))
    assert "hidden = x · 2 = [2, 4]" in text


def test_long_graphs_are_cut_in_the_middle():
    y = x = leaf_of([1.0])
    for _ in range(3000):
        y = y * 1.001
    explanation = y.sum().explain(x=x, limit=6)
    assert explanation.total == 3001
    assert [s.number for s in explanation.steps] == [1, 2, 3, 2999, 3000, 3001]
    assert "2995 steps are left out" in str(explanation)
    np.testing.assert_allclose(leaves_of(explanation)["x"], [1.001**3000])
    for text in (explanation.markdown(), explanation._repr_html_()):
        assert "2995 steps" in text
    assert r"\vdots" in explanation.latex()


def test_counts_go_on_through_the_gap():
    x = leaf_of([1.0])
    y = x * x
    for _ in range(10):
        y = y * 1.0
    y = y + x
    flows = [f for s in y.sum().explain(x=x, limit=4).steps for f in s.flows]
    assert [(f.number, f.count) for f in flows if f.name == "x"] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]


def test_several_outputs_are_told_apart():
    x = leaf_of([[1.0, 2.0, 3.0]])
    a, b = ops.split(x, [1, 2], axis=1)
    explanation = (a * b).sum().explain(x=x)
    assert "v1[0] · v1[1]" in str(explanation)
    np.testing.assert_array_equal(leaves_of(explanation)["x"], [[5.0, 1.0, 1.0]])


def test_recurrent_layers_are_explained():
    layer = LSTM(3, name="lstm")
    explanation = layer(np.ones((2, 4, 5))).sum().explain()
    assert {"lstm.kernel", "lstm.recurrent_kernel", "lstm.bias"} == set(
        leaves_of(explanation)
    )


def test_unknown_primitives_degrade_to_their_name():
    before = dict(PRIMITIVES)
    try:
        thrice = Primitive("thrice", lambda x: 3 * x, [lambda g, *_: g * 3.0])
        x = leaf_of([1.0])
        text = str(thrice(x).sum().explain(x=x))
    finally:
        PRIMITIVES.clear()
        PRIMITIVES.update(before)
    assert "v1 = thrice(x) = [3]" in text
    assert "g(x) = thrice'(g(v1)) = [3]" in text


def test_where_no_gradient_flows_is_said():
    x, condition = leaf_of([1.0, -1.0]), leaf_of([1.0, 0.0])
    text = str(ops.where(condition, x, 0.0).sum().explain(x=x, c=condition))
    assert "g(c) (2,) = no gradient arrives" in text


def test_other_outputs_want_a_gradient():
    x = leaf_of([1.0, 2.0])
    with pytest.raises(ValueError, match="pass `gradient`"):
        (x * 2).explain()
    assert leaves_of((x * 2).explain(x=x, gradient=[1.0, 0.0]))["x"].tolist() == [2, 0]


def test_without_history_there_is_nothing_to_explain():
    with pytest.raises(RuntimeError, match="explain: there is no history to show"):
        Tensor(1.0).explain()
    x = leaf_of([1.0])
    with no_grad():
        y = x * 2
    with pytest.raises(RuntimeError, match="graph: there is no history"):
        y.graph()


def test_freed_values_are_explained():
    x = leaf_of(2.0)
    y = x * x * x
    y.backward()
    for view in (y.explain, y.graph):
        with pytest.raises(RuntimeError, match=r"'multiply' saved were freed.*retain"):
            view()


def test_a_stale_parameter_is_noticed():
    p = Parameter(np.ones(2), "p")
    loss = (p * p).sum()
    p.assign(np.zeros(2))
    with pytest.raises(RuntimeError, match="written in place"):
        loss.explain()


def test_a_leaf_alone_can_be_shown():
    x = leaf_of(2.0)
    assert leaves_of(x.explain(x=x)) == {"x": 1.0}
    assert str(x.graph(x=x)).startswith("flowchart")


def test_hooks_count_as_in_backward():
    x = leaf_of([1.0, 2.0])
    hidden = x * 2
    hidden.register_hook(lambda g: g * 10)
    assert leaves_of(hidden.sum().explain(x=x))["x"].tolist() == [20, 20]


def test_large_arrays_are_summed_up():
    x = leaf_of(np.linspace(0, 1, 100))
    text = str((x * 2).sum().explain(x=x))
    assert "x · 2 = min 0, mean 1, max 2" in text
    x.data[3] = np.nan
    assert "1 of 100 values are NaN or infinite" in str((x * 2).sum().explain(x=x))


@pytest.mark.parametrize("form", ["markdown", "latex", "_repr_html_"])
def test_other_forms_tell_every_step(form):
    loss, w, b = network()
    explanation = loss.explain(w=w, b=b)
    text = getattr(explanation, form)()
    assert "w" in text
    if form == "latex":
        assert text.count("&") == len(explanation.steps) + sum(
            len(s.flows) for s in explanation.steps
        )
    if form == "markdown":
        assert len(re.findall(r"^\d+\. ", text, re.M)) == len(explanation.steps)
        assert text.count("$") % 2 == 0


def test_html_is_escaped():
    x = leaf_of([1.0])
    html = (x * 2).sum().explain(**{"<b>": x})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html.replace("<p><b>", "").replace("</b>", "")


def test_methods_are_nothing_but_views():
    methods = [name for name in vars(Viewed) if not name.startswith("_")]
    assert set(methods) <= VIEWS.keys()
    assert VIEWS["explain"] is visual.explain
