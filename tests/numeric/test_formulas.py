"""Formulas of notes as functions: both sides equal what NumPy programs written by hand give."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import bptt_symbolic
from bptt_symbolic.numeric import FormulaFunction, NumericError

Lab = Any
POWERS = r"\frac{\partial s_t}{\partial s_k} = W^{t-k}, \quad k \le t"
STEP = r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W"


def values(steps: int, seed: int = 0) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    return {
        "U": draw.normal(size=(3, 2)),
        "W": draw.normal(size=(3, 3)),
        "V": draw.normal(size=(4, 3)),
        "b": draw.normal(size=3),
        "c": draw.normal(size=4),
        "s0": draw.normal(size=3),
        "x": draw.normal(size=(steps, 2)),
        "y": np.eye(4)[draw.integers(0, 4, steps)],
    }


def test_a_wrong_formula_beside_the_true_one(lab: Lab) -> None:
    function = bptt_symbolic.function_of(POWERS, "elman")
    given = values(4)
    found = function(at={"t": 3, "k": 1}, **given)
    run = lab.forward.Record()
    lab.forward.elman(np, given, run)
    jacobians = [np.diag(1 - run.values["s", i] ** 2) @ given["W"] for i in (2, 3)]
    np.testing.assert_allclose(found.truth, jacobians[1] @ jacobians[0], rtol=1e-12)
    np.testing.assert_allclose(found.formula, given["W"] @ given["W"], rtol=1e-12)
    gap = np.max(np.abs(found.formula - found.truth)) / np.max(np.abs(found.truth))
    assert found.error == pytest.approx(gap)
    assert function.verdict == "refuted"


def test_a_right_formula_has_no_error() -> None:
    function = bptt_symbolic.function_of(STEP, "elman")
    assert function.verdict == "proved"
    assert max(row.largest for row in function.compare(steps=(1, 3, 6), draws=3).rows) < 1e-14


def test_how_wrong_a_formula_is_grows_with_the_number_of_steps() -> None:
    comparison = bptt_symbolic.function_of(POWERS, "elman").compare(steps=(1, 2, 4, 8), draws=5)
    errors = [row.median for row in comparison.rows]
    assert errors == sorted(errors)
    assert errors[0] == 0  # at T = 1 both sides are the identity
    assert errors[-1] > 2 * errors[1] > 0.02
    assert "relative error, 5 draws" in str(comparison)
    picture = ET.fromstring(comparison.svg())  # noqa: S314 - our own picture
    assert len(picture.findall("{http://www.w3.org/2000/svg}circle")) == 4


def test_the_same_draws_give_the_same_comparison() -> None:
    function = bptt_symbolic.function_of(POWERS, "elman")
    assert function.compare(steps=(3,), draws=2) == function.compare(steps=(3,), draws=2)
    assert function.compare(steps=(3,), draws=2, seed=1) != function.compare(steps=(3,), draws=2)


NOTE = r"""
$$s_t = \tanh(w s_{t-1} + x_t) \tag{1}$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w (1 - s_{t-1}^2) \tag{2}$$
"""


def test_a_finding_of_a_report_can_be_evaluated() -> None:
    finding = bptt_symbolic.check(NOTE)["2"]
    assert finding.verdict == "refuted"
    assert isinstance(finding.function(), FormulaFunction)
    found = finding.evaluate(at={"t": 2}, w=0.5, s0=0.1, x=[0.3, -0.4, 1.0])
    first = np.tanh(0.05 + 0.3)
    assert found.formula == pytest.approx(0.5 * (1 - first**2))
    assert found.truth == pytest.approx(0.5 * (1 - np.tanh(0.5 * first - 0.4) ** 2))


def test_a_definition_cannot_be_evaluated() -> None:
    report = bptt_symbolic.check(NOTE)
    with pytest.raises(LookupError, match="is no claim that can be evaluated"):
        report["1"].evaluate()
    with pytest.raises(KeyError):
        report["no such number"]


def test_every_fault_of_a_call_is_said() -> None:
    function = bptt_symbolic.function_of(POWERS, "elman")
    given = values(4)
    del given["W"]
    with pytest.raises(NumericError) as caught:
        function(at={"t": 3}, Q=1, **given)
    assert caught.value.faults == ("Q is no argument", "W is missing: expected (D, D)", "at: k is missing")
    with pytest.raises(NumericError, match=re.escape("at: expected")):
        function(at={"t": 9, "k": 1}, **values(4))


@pytest.mark.parametrize("formula", [r"\frac{\partial L}{\partial W}", r"\frac{\partial L}{\partial W} = W s_t s_t"])
def test_what_is_no_relation_or_has_no_meaning(formula: str) -> None:
    with pytest.raises(NumericError, match="the formula is"):
        bptt_symbolic.function_of(formula, "elman")
