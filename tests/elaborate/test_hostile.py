"""Formulas that nobody means: each gets a verdict, and the rest of the note is settled all the same."""

import pytest

import bptt_symbolic
from bptt_symbolic.api import understand
from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.proving.settle.hypotheses import assumptions_of
from bptt_symbolic.proving.settle.ranges import Domain
from bptt_symbolic.understanding.sum_bounds import NotBuilt

NOTE = r"""
$$s_t = \tanh(W s_{t-1})$$

$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W$$
"""


@pytest.mark.parametrize(
    "formula",
    [r"\frac{\partial}{\partial} s_t = W", r"\frac{\partial}{\partial} = W", r"s_t = \frac{\partial s_t}{\partial}"],
)
def test_a_derivative_by_nothing(formula: str) -> None:
    report = bptt_symbolic.check(f"{NOTE}\n$${formula}$$\n")
    verdicts = [f.verdict for f in report.findings if f.kind == "claim"]
    assert verdicts[0] == "proved"
    assert not {"proved", "refuted"} & set(verdicts[1:])


@pytest.mark.parametrize("formula", [r"f(\cdots)", r"\tanh(\dots)", r"f(s_t, \cdots)", r"W f(\dots, s_{t-1})"])
def test_dots_among_the_arguments_of_a_function_are_not_left_out(formula: str) -> None:
    report = bptt_symbolic.check(f"{NOTE}\n$$\\frac{{\\partial s_t}}{{\\partial s_{{t-1}}}} = {formula}$$\n")
    verdicts = [f.verdict for f in report.findings if f.kind == "claim"]
    assert verdicts == ["proved", "undecided"]


def test_a_class_that_is_marked_by_a_number_is_no_hypothesis() -> None:
    """`if y = j` beside a claim, where y has no entries."""
    model = understand("$$p_t = \\tanh(w p_{t-1})$$\n\n$$L_t = -y_t \\log p_t$$\n").models[0]
    domain = Domain((), (), {"y": Affine.of("j")}, {}, 0)
    with pytest.raises(NotBuilt, match="other than a vector"):
        assumptions_of(model, model.network, domain, ())
