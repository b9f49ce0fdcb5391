"""A gradient function by hand, with one mistake at a time: each is found and called by its name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bptt_symbolic.numeric import GradientReport, NumericError, check_gradient

Lab = Any
Array = Any


def written_by_hand(lab: Lab, mistake: str = "") -> Callable[..., dict[str, Array]]:
    """The backward recursion of the textbooks for the Elman network."""

    def gradients(**v: Array) -> dict[str, Array]:
        run = lab.forward.Record()
        lab.forward.elman(np, v, run)
        steps = len(v["x"])
        found = {name: np.zeros_like(v[name]) for name in "UWVbc"}
        after = np.zeros_like(v["b"])
        for t in range(steps, 0, -1):
            s, before = run.values["s", t], run.values["s", t - 1]
            error = run.values["haty", t] - v["y"][t - 1]
            slope = 1.0 if mistake == "slope" else 1 - s**2
            delta = slope * (v["V"].T @ error + (0 if mistake == "truncated" else after))
            found["V"] += np.outer(error, s)
            found["c"] += error
            found["U"] += np.outer(delta, v["x"][t - 1])
            found["b"] += delta
            if not (mistake == "first step" and t == 1):
                found["W"] += np.outer(delta, s if mistake == "same step" else before)
            after = (v["W"] if mistake == "transpose" else v["W"].T) @ delta
        return changed(found, mistake, steps)

    return gradients


def changed(found: dict[str, Array], mistake: str, steps: int) -> dict[str, Array]:
    """Mistakes that are made at the end."""
    match mistake:
        case "mean":
            return {name: value / steps for name, value in found.items()}
        case "sign":
            return {**found, "W": -found["W"]}
        case "transposed":
            return {**found, "W": found["W"].T}
        case "tiny":
            return {**found, "W": found["W"] * (1 + 3e-4)}
        case "one entry":
            found["W"][0, 1] *= 1 + 3e-4
        case "not a number":
            found["W"][0, 1] = np.nan
    return found


def test_the_gradients_of_the_textbooks_are_right(lab: Lab) -> None:
    report = check_gradient(written_by_hand(lab), lab.network("elman"))
    assert report
    assert {f.name for f in report.findings} == {"b", "c", "U", "W", "V"}
    assert max(f.error for f in report.findings) < 1e-12


@pytest.mark.parametrize(
    ("mistake", "kind", "message"),
    [
        ("slope", "dropped activation derivative", "the derivative of tanh is missing"),
        ("truncated", "paths through earlier states", "what later steps contribute is missing"),
        ("first step", "off by one in a bound", "the sum over steps leaves out the first step in the gradient by W"),
        ("same step", "off by one in time", "the state of the same step stands for the state before"),
        ("transpose", "missing transpose", "W is not transposed on the way back"),
        ("mean", "mean for sum", "it is the mean over the steps, where the loss is their sum"),
        ("sign", "sign", "it is the negative of the gradient"),
        ("transposed", "missing transpose", "it is the transpose of the gradient"),
        ("tiny", "wrong number", "it is 1.0003 times the gradient"),
        ("one entry", "", "no known mistake gives these numbers"),
        ("not a number", "", "no known mistake gives these numbers"),
    ],
)
def test_a_mistake_is_found_and_named(mistake: str, kind: str, message: str, lab: Lab) -> None:
    report = check_gradient(written_by_hand(lab, mistake), lab.network("elman"))
    assert not report
    finding = next(f for f in report.findings if f.name == "W")
    assert (finding.right, finding.kind, finding.message) == (False, kind, message)
    assert all(f.right for f in report.findings if f.name in "Vc") or mistake == "mean"


def test_gradients_of_a_batch_as_a_tuple_in_single_precision(lab: Lab) -> None:
    def summed(**v: Array) -> tuple[Array, Array]:
        total: dict[str, Array] = {}
        for b in range(v["x"].shape[1]):
            one = {**v, "x": v["x"][:, b], "y": v["y"][:, b], "s0": v["s0"][b]}
            for name, value in lab.forward.elman_backward(np, one).items():
                total[name] = total.get(name, 0) + value
        return total["W"].astype(np.float32), total["U"].astype(np.float32)

    report: GradientReport = check_gradient(summed, lab.network("elman"), ["W", "U"], batch=3, sizes={"D": 5})
    assert report, str(report)
    assert report.sizes["D"] == 5


def test_gradients_of_another_library(lab: Lab) -> None:
    torch = pytest.importorskip("torch")

    def by_torch(**v: Any) -> dict[str, Any]:
        given = {key: value.requires_grad_() for key, value in v.items()}
        lab.forward.elman(torch, given, lab.forward.Record()).backward()
        return {key: given[key].grad for key in "UWVbc"}

    assert check_gradient(by_torch, lab.network("elman"), convert=torch.tensor)


def test_what_is_no_gradient_is_said(lab: Lab) -> None:
    network = lab.network("elman")
    with pytest.raises(NumericError, match=r"W: expected the shape \(\d, \d\), the function gave \(2,\)"):
        check_gradient(lambda **_: {"W": [1.0, 2.0]}, network, ["W"])
    with pytest.raises(NumericError, match="the function gave 1 arrays, expected 2: W, U"):
        check_gradient(lambda **_: (1.0,), network, ["W", "U"])
    with pytest.raises(NumericError, match="U: the function gave no such gradient"):
        check_gradient(lambda **v: {"W": v["W"]}, network, ["W", "U"])
    with pytest.raises(NumericError, match="sizes: the network has no size Q"):
        check_gradient(lambda **v: v, network, sizes={"Q": 3})
