"""Recurrences that are not those of the cells: two steps back, stacked, with states stated by the note, with masks."""

from collections.abc import Callable
from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import numpy as np
import pytest

from bptt_symbolic import api
from bptt_symbolic.numeric import NumericError, lambdify

Nearly = Callable[..., None]
Array = Any

DRAW = np.random.default_rng(5)
W, V, Q = (DRAW.uniform(-0.6, 0.6, (2, 2)) for _ in range(3))
X = DRAW.normal(size=(5, 2))
START, BEFORE = DRAW.normal(size=2), DRAW.normal(size=2)


def two_back(W: Array, V: Array, x: Array) -> Array:  # noqa: N803 - as in the note
    older, old, total = BEFORE, START, 0.0
    for value in x:
        older, old = old, anp.tanh(W @ old + V @ older + value)
        total = total + old @ old
    return total


def stacked(W: Array, V: Array, Q: Array, x: Array) -> Array:  # noqa: N803
    g, h, total = START, BEFORE, 0.0
    for value in x:
        g = anp.tanh(W @ g + value)
        h = 1 / (1 + anp.exp(-(V @ h + Q @ g)))
        total = total + h @ h
    return total


def later(W: Array, x: Array) -> Array:  # noqa: N803
    h, total = np.zeros(2), 0.0
    for t, value in enumerate(x, start=1):
        h = anp.tanh(W @ h + value)
        total = total + (h @ h if t >= 2 else 0.0)
    return total


def weighted(W: Array, x: Array) -> Array:  # noqa: N803
    h, total = np.zeros(2), 0.0
    for t, value in enumerate(x, start=1):
        h = anp.tanh(W @ h + value)
        total = total + t * h @ h
    return total / len(x)


def final(W: Array, x: Array) -> Array:  # noqa: N803
    h = START
    for value in x:
        h = anp.tanh(W @ h + value)
    return h @ h


SHAPES = r"Let $W, V, Q \in \mathbb{R}^{n \times n}$ and $x_t, h_t \in \mathbb{R}^{n}$." + "\n\n"
NETWORKS = [
    pytest.param(
        r"$$h_t = \tanh(W h_{t-1} + V h_{t-2} + x_t)$$ $$L = \sum_{t=1}^T h_t^\top h_t$$",
        two_back,
        {"W": W, "V": V, "x": X},
        {"h0": START, "h_m1": BEFORE},
        id="two steps back",
    ),
    pytest.param(
        r"$g_t \in \mathbb{R}^{n}$ $$g_t = \tanh(W g_{t-1} + x_t)$$ $$h_t = \text{sigmoid}(V h_{t-1} + Q g_t)$$"
        r" $$L = \sum_{t=1}^T h_t^\top h_t$$",
        stacked,
        {"W": W, "V": V, "Q": Q, "x": X},
        {"g0": START, "h0": BEFORE},
        id="stacked",
    ),
    pytest.param(
        r"$$h_t = \tanh(W h_{t-1} + x_t)$$ $$h_0 = 0$$ $$L = \sum_{t=2}^T h_t^\top h_t$$",
        later,
        {"W": W, "x": X},
        {},
        id="a sum that begins later, a state that is stated",
    ),
    pytest.param(
        r"$$h_t = \tanh(W h_{t-1} + x_t)$$ $$h_0 = 0$$ $$L = \frac{1}{T} \sum_{t=1}^T t h_t^\top h_t$$",
        weighted,
        {"W": W, "x": X},
        {},
        id="a mean with weights that grow",
    ),
    pytest.param(
        r"$$h_t = \tanh(W h_{t-1} + x_t)$$ $$L = h_T^\top h_T$$", final, {"W": W, "x": X}, {"h0": START}, id="the last"
    ),
]


@pytest.mark.parametrize(("note", "program", "by", "given"), NETWORKS)
def test_gradients_of_other_recurrences(
    note: str, program: Any, by: dict[str, Array], given: dict[str, Array], backend: str, nearly: Nearly
) -> None:
    if backend == "numba":
        pytest.skip("more functions to compile take numba too long")
    function = lambdify(api.network(SHAPES + note.replace("$$ $$", "$$\n\n$$")), ["loss", *by], backend=backend)
    found = function(**by, **given)
    nearly(found["loss"], program(**by))
    for name, value in by.items():
        nearly(found[name], autograd.grad(lambda v, n=name: program(**{**by, n: v}))(value), what=name)


def test_sizes_may_be_called_anything(nearly: Nearly) -> None:
    r"""`B` and `t` are sizes of this network, in $h_t = \tanh(W h_{t-1} + b)$ with its bias at every step."""
    text = (
        r"Let $W \in \mathbb{R}^{B \times B}$, $V \in \mathbb{R}^{B \times A}$, $h_t, b \in \mathbb{R}^{B}$,"
        r" $x_t \in \mathbb{R}^{A}$."
        "\n\n$$h_t = \\tanh(W h_{t-1} + V x_t + b)$$\n\n$$L = \\sum_{t=1}^T h_t^\\top h_t$$"
    )
    by = {"W": W, "V": V, "b": START}

    def program(W: Array, V: Array, b: Array) -> Array:  # noqa: N803
        total = 0.0
        for sequence in range(3):
            h = BEFORE
            for value in X:
                h = anp.tanh(W @ h + V @ (value + sequence) + b)
                total = total + h @ h
        return total

    function = lambdify(api.network(text), list(by))
    assert set(function.plan.sizes) == {"A", "B"}
    found = function(**by, x=np.stack([X, X + 1, X + 2], axis=1), h0=BEFORE)
    for name, value in by.items():
        nearly(found[name], autograd.grad(lambda v, n=name: program(**{**by, n: v}))(value), what=name)


def test_a_gradient_that_is_the_same_at_every_step(backend: str, nearly: Nearly) -> None:
    """`L = sum_t w^T x_t`: the gradient by every input is `w`, in an array of its own."""
    if backend == "numba":
        pytest.skip("one more function to compile takes numba seconds")
    note = r"Let $w, x_t \in \mathbb{R}^{n}$." + "\n\n" + r"$$L = \sum_{t=1}^T w^\top x_t$$"
    function = lambdify(api.network(note), ["x", "w"], backend=backend)
    w = START.copy()
    found = function(w=w, x=np.stack([X, X + 1], axis=1))
    nearly(found["x"], np.broadcast_to(START, (5, 2, 2)))
    nearly(found["w"], np.sum(2 * X + 1, axis=0))
    again = function(w=w, x=X)
    assert tuple(again["x"].shape) == (5, 2)
    if backend != "jax":  # whose arrays cannot be written to
        again["x"][0, 0] = 7.0
    assert np.array_equal(w, START)


def test_a_step_that_is_read_by_its_number_has_to_be_there() -> None:
    note = SHAPES + r"$$h_t = \tanh(W h_{t-1} + x_t)$$" + "\n\n" + r"$$L = h_T^\top h_T$$"
    function = lambdify(api.network(note))
    with pytest.raises(NumericError, match="expected T >= 1, got 0"):
        function(W=W, h0=START, x=np.zeros((0, 2)))
