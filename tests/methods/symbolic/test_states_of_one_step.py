r"""States that are made of another state of their step, `h_t = \tanh(c_t)`, and are read at the next one.

The right side is the chain rule through the only place where a weight is read: `W` makes `f_t`, and `f_t` makes `c_t`.
The wrong twins read another step, or forget the slope of the gate.
"""

import pytest

from bptt_symbolic import check

GATE = r"$\sigma$ is the logistic function. $$ f_t = \sigma(W x_t + U h_{t-1}) $$"
LOSS = r"$$ L = \sum_t \ell(h_t) $$"
CELLS = {
    "tanh of the cell": r"$$ c_t = f_t \odot c_{t-1} + x_t $$ $$ h_t = \tanh(c_t) $$",
    "another input": r"$$ c_t = f_t \odot c_{t-1} + z_t $$ $$ h_t = \tanh(c_t) $$",
    "a projection": r"$$ c_t = f_t \odot c_{t-1} + x_t $$ $$ h_t = V c_t $$",
    "a given gate": r"$$ c_t = f_t \odot c_{t-1} + x_t $$ $$ h_t = z_t \odot \tanh(c_t) $$",
    "a gate of its own": r"$$ c_t = f_t \odot c_{t-1} + x_t $$ $$ o_t = \sigma(Q h_{t-1}) $$ $$ h_t = o_t \odot c_t $$",
    "itself": r"$$ c_t = f_t \odot c_{t-1} + x_t $$ $$ h_t = 2 c_t $$",
}
RIGHT = r"\left(\frac{\partial L}{\partial c_t} \odot c_{t-1} \odot f_t \odot (1-f_t)\right) x_t^\top"
WRONG = {
    "the step of the cell": RIGHT.replace("c_{t-1}", "c_t"),
    "the step of the input": RIGHT.replace("x_t", "x_{t-1}"),
    "no slope": RIGHT.replace(r"\odot (1-f_t)", ""),
}


def verdict(cell: str, right: str) -> str | None:
    note = rf"{GATE} {CELLS[cell]} {LOSS} $$ \frac{{\partial L}}{{\partial W}} = \sum_t {right} $$"
    finding = check(note, repair=False).findings[-1]
    assert finding.verdict != "proved" or (finding.scope is not None and finding.scope.steps == "all")
    return finding.verdict


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_by_a_weight_of_a_gate(cell: str) -> None:
    assert verdict(cell, RIGHT) == "proved"


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("cell", ["tanh of the cell", "a projection"])
def test_a_wrong_gradient(cell: str, wrong: str) -> None:
    assert verdict(cell, WRONG[wrong]) == "refuted"
