"""Formulas that nobody means: each gets a verdict, and the rest of the note is settled all the same."""

import pytest

import bptt_symbolic

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
