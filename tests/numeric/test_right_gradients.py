"""Right gradients that are written in many ways: none is accused."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest
from by_hand import elman, gru, lstm

from bptt_symbolic import api, assert_gradient
from bptt_symbolic.numeric import NumericError, check_gradient

Array = Any
Function = Callable[..., Any]
GATES = {name: [f"{name}_{gate}" for gate in "ifoc"] for name in "UWb"}


def vectorised(U: Array, W: Array, V: Array, b: Array, c: Array, s0: Array, x: Array, y: Array) -> tuple[Array, ...]:
    """Matrix products over all steps at once."""
    states = [s0]
    for row in x @ U.T + b:
        states.append(np.tanh(row + W @ states[-1]))
    s = np.array(states)
    scores = s[1:] @ V.T + c
    error = np.exp(scores - scores.max(1, keepdims=True))
    error = error / error.sum(1, keepdims=True) - y
    delta = np.zeros((len(x) + 1, len(b)))
    for t in reversed(range(len(x))):
        delta[t] = (error[t] @ V + delta[t + 1] @ W) * (1 - s[t + 1] ** 2)
    return delta[:-1].T @ x, delta[:-1].T @ s[:-1], delta.sum(0), error.T @ s[1:], error.sum(0)


def by_differences(**v: Array) -> dict[str, Array]:
    """Central differences of the loss: as exact as they are."""
    found = {}
    for name in "UWVbc":
        found[name] = np.zeros_like(v[name])
        for place in np.ndindex(v[name].shape):
            step = np.zeros_like(v[name])
            step[place] = 1e-5
            up, down = (elman.loss(**{**v, name: v[name] + sign * step}) for sign in (1, -1))
            found[name][place] = (up - down) / 2e-5
    return found


def by_complex_steps(**v: Array) -> dict[str, Array]:
    found = {}
    for name in "UWVbc":
        found[name] = np.zeros_like(v[name])
        for place in np.ndindex(v[name].shape):
            nudged = v[name].astype(complex)
            nudged[place] += 1e-30j
            found[name][place] = elman.loss(**{**v, name: nudged}).imag / 1e-30
    return found


def as_double_sum(**v: Array) -> dict[str, Array]:
    """The gradient by W as the sum over all pairs of steps, with products of Jacobians."""
    found = elman.gradients(**v)
    s = [v["s0"]]
    for row in v["x"]:
        s.append(np.tanh(v["U"] @ row + v["W"] @ s[-1] + v["b"]))
    total = np.zeros_like(v["W"])
    for t in range(1, len(s)):
        share = v["V"].T @ (elman.softmax(v["V"] @ s[t] + v["c"]) - v["y"][t - 1])
        for k in range(t, 0, -1):
            total += np.outer((1 - s[k] ** 2) * share, s[k - 1])
            share = v["W"].T @ ((1 - s[k] ** 2) * share)
    return {**found, "W": total}


def single(function: Function, kind: type = np.float32) -> Function:
    """In single precision from begin to end."""
    return lambda **v: {
        k: np.asarray(a, kind) for k, a in function(**{k: a.astype(kind) for k, a in v.items()}).items()
    }


def halved(function: Function) -> Function:
    return lambda **v: {k: a.astype(np.float16) for k, a in function(**v).items()}


def summed(function: Callable[..., Mapping[str, Array]], starts: tuple[str, ...], *, first: bool = False) -> Function:
    """A batch, one sequence after the other."""

    def gradients(**v: Array) -> dict[str, Array]:
        total: dict[str, Array] = {}
        count = v["x"].shape[0 if first else 1]
        for b in range(count):
            one = {k: (a[b] if first else a[:, b]) if k in "xy" else a[b] if k in starts else a for k, a in v.items()}
            for name, value in function(**one).items():
                total[name] = total.get(name, 0) + value
        return total

    return gradients


def in_rows(**v: Array) -> dict[str, Array]:
    """Weights that multiply from the right, `x @ U + s @ W`."""
    turned = {k: a.T if k in "UWV" else a for k, a in v.items()}
    return {k: a.T if k in "UWV" else a for k, a in elman.gradients(**turned).items()}


def mixed(**v: Array) -> dict[str, Array]:
    """One matrix transposed."""
    found = elman.gradients(**{**v, "U": v["U"].T})
    return {**found, "U": found["U"].T}


def in_a_dictionary(parameters: Mapping[str, Array], x: Array, y: Array) -> dict[str, Array]:
    return {f"d{k}": a for k, a in elman.gradients(**parameters, x=x, y=y).items()}


def all_in_a_dictionary(everything: Mapping[str, Array]) -> dict[str, Array]:
    return {f"grad_{k}": a for k, a in elman.gradients(**everything).items()}


def other_names(x: Array, y: Array, s0: Array, *, Wxh: Array, Whh: Array, Why: Array, bh: Array, by: Array) -> object:
    found = elman.gradients(U=Wxh, W=Whh, V=Why, b=bh, c=by, x=x, y=y, s0=s0)
    return {"dWxh": found["U"], "dWhh": found["W"], "dWhy": found["V"], "dbh": found["b"], "dby": found["c"]}


def stacked_gates(**v: Array) -> dict[str, Array]:
    """One matrix for four gates."""
    apart = {k: a for k, a in v.items() if k not in GATES}
    for name, parts in GATES.items():
        apart |= dict(zip(parts, np.split(v[name], 4), strict=True))
    found = lstm.gradients(**{**apart, "b": v["out"]})
    return {n: np.concatenate([found[p] for p in parts]) for n, parts in GATES.items()} | {
        "V": found["V"],
        "out": found["b"],
    }


BESIDE = {"W": [["W_i", "U_i"], ["W_f", "U_f"], ["W_o", "U_o"], ["W_c", "U_c"]]}


def beside_each_other(**v: Array) -> dict[str, Array]:
    """One matrix for everything, `W [h; x]`."""
    D = len(v["h0"])
    rest = {k: a for k, a in v.items() if k != "W"}
    for gate, block in zip("ifoc", np.split(v["W"], 4), strict=True):
        rest |= {f"W_{gate}": block[:, :D], f"U_{gate}": block[:, D:]}
    found = lstm.gradients(**rest)
    whole = np.concatenate([np.concatenate([found[f"W_{g}"], found[f"U_{g}"]], 1) for g in "ifoc"])
    return {"W": whole} | {k: a for k, a in found.items() if k[:2] not in {"W_", "U_"}}


WAYS: dict[str, tuple[Function, str, dict[str, Any]]] = {
    "loops": (elman.gradients, "elman", {}),
    "vectorised, as a tuple": (vectorised, "elman", {"wanted": ["U", "W", "b", "V", "c"]}),
    "differences": (by_differences, "elman", {}),
    "complex steps": (by_complex_steps, "elman", {}),
    "a double sum": (as_double_sum, "elman", {}),
    "single precision": (single(elman.gradients), "elman", {}),
    "half precision at the end": (halved(elman.gradients), "elman", {}),
    "a batch, time first": (summed(elman.gradients, ("s0",)), "elman", {"batch": 3}),
    "a batch, batch first": (summed(elman.gradients, ("s0",), first=True), "elman", {"batch": 3, "batch_first": True}),
    "all weights transposed": (in_rows, "elman", {"transposed": True}),
    "one weight transposed": (mixed, "elman", {"transposed": ["U"]}),
    "a dictionary of parameters": (in_a_dictionary, "elman", {}),
    "one dictionary": (all_in_a_dictionary, "elman", {}),
    "other names": (
        other_names,
        "elman",
        {"names": {"Wxh": "U", "Whh": "W", "Why": "V", "bh": "b", "by": "c"}},
    ),
    "a unit with gates": (gru.gradients, "gru", {}),
    "a unit with gates, single precision": (single(gru.gradients), "gru", {}),
    "a unit with gates, batch first": (
        summed(gru.gradients, ("h0",), first=True),
        "gru",
        {"batch": 2, "batch_first": True},
    ),
    "two states": (lstm.gradients, "lstm", {}),
    "two states, one step": (lstm.gradients, "lstm", {"steps": 1}),
    "gates in one matrix": (stacked_gates, "lstm", {"stacked": GATES, "names": {"out": "b"}}),
    "gates and inputs in one matrix": (beside_each_other, "lstm", {"stacked": BESIDE}),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_right_gradient_is_not_accused(way: str) -> None:
    function, cell, options = WAYS[way]
    report = check_gradient(function, api.network(cell), **options)
    assert report, str(report)


def test_a_mistake_in_stacked_gates_is_named_by_its_gate() -> None:
    def wrong(**v: Array) -> dict[str, Array]:
        found = stacked_gates(**v)
        D = len(v["h0"])
        return {**found, "W": np.concatenate([found["W"][:D], 2 * found["W"][D : 2 * D], found["W"][2 * D :]])}

    report = check_gradient(wrong, api.network("lstm"), stacked=GATES, names={"out": "b"})
    assert [(f.name, f.kind) for f in report.findings if not f.right] == [("W_f", "wrong number")]


def test_a_wrong_gradient_fails_a_test() -> None:
    assert_gradient(elman.gradients, "elman")
    with pytest.raises(AssertionError, match="W        wrong: sign"):
        assert_gradient(lambda **v: {**elman.gradients(**v), "W": -elman.gradients(**v)["W"]}, "elman")


def test_sigma_is_the_sigmoid_unless_somebody_says_otherwise() -> None:
    note = r"""
$$h_t = \sigma(W h_{t-1} + U x_t)$$

$$L = \sum_{t=1}^T \frac12 \|h_t - y_t\|^2$$
"""

    def gradients(slope: Callable[[Array], Array], f: Callable[[Array], Array], **v: Array) -> dict[str, Array]:
        h = [v["h0"]]
        for row in v["x"]:
            h.append(f(v["W"] @ h[-1] + v["U"] @ row))
        found, later = {"W": 0 * v["W"], "U": 0 * v["U"]}, 0 * v["h0"]
        for t in range(len(v["x"]), 0, -1):
            a = slope(h[t]) * (h[t] - v["y"][t - 1] + later)
            found["W"] += np.outer(a, h[t - 1])
            found["U"] += np.outer(a, v["x"][t - 1])
            later = v["W"].T @ a
        return found

    logistic = partial(gradients, lambda h: h * (1 - h), lambda z: 1 / (1 + np.exp(-z)))
    hyperbolic = partial(gradients, lambda h: 1 - h**2, np.tanh)
    report = check_gradient(logistic, api.network(note))
    assert report
    assert report.supposed == (r"\sigma is taken for the sigmoid",)
    assert check_gradient(hyperbolic, api.network(note), functions={"sigma": "tanh"})
    assert not check_gradient(hyperbolic, api.network(note))


@pytest.mark.slow
def test_modules_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")

    class Unit(torch.nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner, self.out = inner, torch.nn.Linear(3, 2)
            for name, parameter in inner.named_parameters():
                if name.startswith("bias_hh"):
                    torch.nn.init.zeros_(parameter)
                    parameter.requires_grad_(requires_grad=False)

    def run(module: Any, x: Any, y: Any, **start: Any) -> Any:
        state = tuple(s[None] for s in start.values())
        order = state if len(state) == 1 else (start["h0"][None], start["c0"][None])
        states, _ = module.inner(x, order[0] if len(order) == 1 else order)
        return -(y * torch.log_softmax(module.out(states), -1)).sum()

    sizes = {"M": 4, "D": 3, "C": 2}
    gates = {
        f"inner.{theirs}_l0": [f"{ours}_{gate}" for gate in "ifco"]
        for theirs, ours in (("weight_ih", "U"), ("weight_hh", "W"), ("bias_ih", "b"))
    }
    out = {"out.weight": "V", "out.bias": "b"}
    assert_gradient(Unit(torch.nn.LSTM(4, 3)), "lstm", sizes=sizes, stacked=gates, names=out, run=run)
    names = {
        "inner.weight_ih_l0": "U",
        "inner.weight_hh_l0": "W",
        "inner.bias_ih_l0": "b",
        "out.weight": "V",
        "out.bias": "c",
    }
    assert_gradient(Unit(torch.nn.RNN(4, 3)), "elman", sizes=sizes, names=names, run=run)
    reset = {
        name: [part[:-1] + gate for part, gate in zip(parts, "rzh", strict=False)] for name, parts in gates.items()
    }
    report = check_gradient(
        Unit(torch.nn.GRU(4, 3)), api.network("gru"), sizes=sizes, stacked=reset, names=out, run=run
    )
    assert {f.kind for f in report.findings} == {"another convention"}
    assert "z and 1 - z are exchanged and r is applied after the product with W_h" in report.findings[0].message


def test_a_loss_that_torch_differentiates() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def loss(U: Any, W: Any, V: Any, b: Any, c: Any, s0: Any, x: Any, y: Any) -> Any:
        s, total = s0, 0
        for t in range(len(x)):
            s = torch.tanh(U @ x[t] + W @ s + b)
            total = total - (y[t] * torch.log_softmax(V @ s + c, -1)).sum()
        return total

    assert_gradient(loss, "elman", by="torch")


def test_a_loss_that_jax_differentiates() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")

    def loss(U: Any, W: Any, V: Any, b: Any, c: Any, s0: Any, x: Any, y: Any) -> Any:
        s, total = s0, 0
        for t in range(len(x)):
            s = jax.numpy.tanh(U @ x[t] + W @ s + b)
            total = total - (y[t] * jax.nn.log_softmax(V @ s + c)).sum()
        return total

    assert_gradient(loss, "elman", by="jax")


def test_what_cannot_be_laid_out_is_said() -> None:
    with pytest.raises(NumericError, match="by: 'tf' is no library"):
        check_gradient(elman.gradients, api.network("elman"), by="tf")
    with pytest.raises(NumericError, match=r"W: expected the shape \(12, 3\), the function gave \(2,\)"):
        check_gradient(
            lambda **v: {**stacked_gates(**v), "W": [1.0, 2.0]}, api.network("lstm"), stacked=GATES, names={"out": "b"}
        )
