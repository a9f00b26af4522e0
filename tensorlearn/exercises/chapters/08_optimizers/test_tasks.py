"""The tests of chapter 8: trajectories recorded from Keras 2.2.4, two numbers each.

Each of RECORDED is a start, and four steps: two gradients and where they led.
"""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, expect, numbers

RECORDED = {
    "SGD(lr=0.1)": """
          -1.1510009765625   -0.1229248046875
           0.6214599609375   -1.3167724609375  -1.21314697265625   0.00875244140625
           0.7886962890625   -0.4561767578125   -1.2920166015625    0.0543701171875
          -0.4901123046875   -0.3804931640625  -1.24300537109375   0.09241943359375
          -1.4674072265625    1.3382568359375   -1.0962646484375        -0.04140625
    """,
    "SGD(lr=0.1, decay=0.1)": """
           1.3062744140625   -1.0169677734375
          -1.2701416015625    1.6456298828125   1.43328857421875  -1.18153076171875
           0.4542236328125    0.7413330078125   1.39199551669034  -1.24892467151989
          -1.2420654296875   -0.1063232421875    1.4955009691643  -1.24006440133759
          -0.9818115234375    0.5682373046875   1.57102493250565  -1.28377496323663
    """,
    "Momentum(lr=0.05)": """
          -1.6182861328125    1.0164794921875
           0.6505126953125    0.1507568359375  -1.65081176757813   1.00894165039063
           0.0858154296875   -1.6876220703125  -1.68437561035156   1.08653869628906
           0.6566162109375   -1.0765380859375  -1.74741387939453   1.21020294189453
          -1.9078369140625    0.6680908203125  -1.70875647583008   1.28809622192383
    """,
    "Momentum(lr=0.05, nesterov=True)": """
          -0.0589599609375    0.5079345703125
          -0.1939697265625    1.3988037109375  -0.04053283691406   0.37504821777344
          -1.4197998046875   -1.1956787109375   0.10220391845703   0.43198614501953
           0.8621826171875   -1.4454345703125   0.08486865844727   0.56674102172852
           0.7642822265625   -1.0643310546875   0.03545833068848   0.72408730529785
    """,
    "RMSprop()": """
          -0.7159423828125    0.0562744140625
          -1.5467529296875    1.2633056640625  -0.71278010579885   0.05311213719391
           1.0457763671875   -0.6590576171875   -0.7146154086666   0.05463591184049
           0.3165283203125   -1.5440673828125  -0.71519116649201   0.05705687162392
           0.8843994140625    1.9219970703125  -0.71668558727772    0.0548157821972
    """,
    "Adam()": """
          -1.5670166015625    1.5186767578125
           1.6368408203125    0.7022705078125  -1.56801659963056   1.51767676231542
           0.1358642578125    1.1302490234375    -1.568745943023   1.51669110878143
          -1.7584228515625    0.0789794921875  -1.56866352307209   1.51589266254494
          -1.7025146484375    1.8438720703125  -1.56827255602074   1.51503863444285
    """,
}
TASKS = {"SGD": "8.1", "Momentum": "8.2", "RMSprop": "8.3", "Adam": "8.4"}
CALLS = [
    pytest.param(call, marks=pytest.mark.task(TASKS[call.split("(")[0]]), id=call)
    for call in RECORDED
]
CLASSES = [
    pytest.param(name, marks=pytest.mark.task(task), id=name)
    for name, task in TASKS.items()
]


def optimizer(student, call):
    name, options = call[:-1].split("(")
    pairs = [option.split("=") for option in options.split(", ") if option]
    return getattr(student, name)(**{k: NUMBER.get(v) or float(v) for k, v in pairs})


NUMBER = {"True": True}


@pytest.mark.parametrize("call", CALLS)
def test_steps_are_those_of_keras(student, call):
    start, *steps = RECORDED[call].strip().splitlines()
    p, made = np.array(start.split(), float), optimizer(student, call)
    for t, step in enumerate(steps, start=1):
        *g, there, also_there = map(float, step.split())
        made.step({"w": p}, {"w": np.array(g)})
        close(p, [there, also_there], f"p after step {t} of {call}", rtol=1e-8)


@pytest.mark.parametrize("name", CLASSES)
def test_parameters_are_apart(student, name):
    """Two parameters at once go the way that each goes alone."""
    together = {"a": numbers(3), "b": numbers(2, 2, seed=1)}
    alone = {key: p.copy() for key, p in together.items()}
    made = getattr(student, name)()
    single = {key: getattr(student, name)() for key in alone}
    for t in range(3):
        grads = {key: numbers(*p.shape, seed=10 + t) for key, p in together.items()}
        made.step(together, grads)
        for key in alone:
            single[key].step({key: alone[key]}, {key: grads[key]})
    for key in alone:
        text = f'params["{key}"] after 3 steps with two parameters'
        close(together[key], alone[key], text)


@pytest.mark.parametrize("name", CLASSES)
def test_in_place_and_gradients_left_alone(student, name):
    params, g = {"w": numbers(3)}, numbers(3, seed=1)
    p, before = params["w"], params["w"].copy()
    made = getattr(student, name)()
    for _ in range(2):
        made.step(params, {"w": g})
    expect(
        (p != before).all(),
        zh="step 应当就地改变 params 里的数组，它却没有变",
        en="step must change the array in params in place, but it is as before",
    )
    close(g, numbers(3, seed=1), "the gradient after step")


@pytest.mark.task("8.3")
def test_rmsprop_does_not_mind_the_scale(student):
    """Gradients a thousand times larger make the same steps."""
    small, large = np.zeros(2), np.zeros(2)
    first, second = student.RMSprop(epsilon=1e-12), student.RMSprop(epsilon=1e-12)
    for t in range(3):
        g = numbers(2, seed=t)
        first.step({"w": small}, {"w": g})
        second.step({"w": large}, {"w": 1000 * g})
    close(large, small, "p with gradients 1000 times as large", rtol=1e-6)


@pytest.mark.task("8.3")
def test_rmsprop_adds_epsilon_outside_the_root(student):
    """Seen with gradients as small as epsilon."""
    p, g = np.zeros(2), np.array([1e-6, -1e-7])
    student.RMSprop().step({"w": p}, {"w": g})
    wanted = -0.001 * g / (np.sqrt(0.1 * g**2) + 1e-7)
    close(p, wanted, "p after step 1 with the gradient [1e-6, -1e-7]", atol=1e-12)


@pytest.mark.task("8.4")
def test_adam_crosses_a_valley(student):
    """A valley a thousand times steeper across than along."""
    p, made = np.array([1.0, 1.0]), student.Adam(lr=0.05)
    for _ in range(400):
        made.step({"w": p}, {"w": np.array([1000.0, 1.0]) * p})
    expect(
        np.abs(p).max() < 0.01,
        zh=f"Adam 走 400 步应到谷底附近，实际在 {p.round(3)}",
        en=f"after 400 steps Adam must be near the bottom, got {p.round(3)}",
    )


GRADS = {"a": np.array([3.0, 0.0]), "b": np.array([[0.0], [4.0]])}  # of length 5


@pytest.mark.task("8.5")
@pytest.mark.parametrize(
    ("limit", "factor"), [(1.0, 0.2), (2.5, 0.5), (5.0, 1), (9, 1)]
)
def test_clip_by_norm(student, limit, factor):
    got = student.clip_by_norm({k: g.copy() for k, g in GRADS.items()}, limit)
    for key, g in GRADS.items():
        close(
            got[key], g * factor, f'clip_by_norm(grads of length 5, {limit})["{key}"]'
        )


@pytest.mark.task("8.5")
def test_clip_by_norm_makes_new_arrays(student):
    grads = {k: g.copy() for k, g in GRADS.items()}
    student.clip_by_norm(grads, 1.0)
    close(grads["a"], GRADS["a"], 'grads["a"] after clip_by_norm(grads, 1)')


@pytest.mark.task("8.5")
def test_clip_of_zeros(student):
    with np.errstate(all="raise"):
        got = student.clip_by_norm({"a": np.zeros(2)}, 1.0)
    close(got["a"], np.zeros(2), 'clip_by_norm(zeros, 1)["a"]')
