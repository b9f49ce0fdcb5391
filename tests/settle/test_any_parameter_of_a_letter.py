r"""`W` beside `W_f` and `W_i`, below derivatives alone, is any parameter of that letter, also where nobody defined the
loss."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove

GATED = r"""
$$ z_t = \sigma(W_z h_{t-1} + U_z x_t + b_z) $$
$$ h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tanh(W_h h_{t-1} + U_h x_t + b_h) $$
"""
JACOBIANS = r"\frac{\partial L}{\partial h_T} \prod_{t=1}^T \frac{\partial h_t}{\partial h_{t-1}}"
LAST = r"\frac{\partial L}{\partial h_T} \frac{\partial h_T}{\partial %s}"
IMMEDIATE = r"\sum_{t=1}^T \frac{\partial L}{\partial h_t} \frac{\partial h_{t-1}}{\partial W}"


@pytest.mark.parametrize(
    ("name", "right", "verdict"),
    [
        ("W", JACOBIANS, "ill-typed"),
        ("U", JACOBIANS, "ill-typed"),
        ("W", LAST % "W", "proved"),
        ("b", LAST % "b", "proved"),
        ("W", IMMEDIATE, "undecided"),  # it may be about another network
        (r"\theta", JACOBIANS, "undecided"),  # no letter of a parameter, and of some the shapes fit
    ],
)
def test_the_parameters_of_a_letter(name: str, right: str, verdict: str) -> None:
    (finding,) = prove(rf"\frac{{\partial L}}{{\partial {name}}} = {right}", GATED, repair=False).findings
    assert finding.verdict == verdict


def test_the_parameters_are_said() -> None:
    finding = check(rf"{GATED} $$ \frac{{\partial L}}{{\partial W}} = {JACOBIANS} $$", repair=False).findings[-1]
    assert any("W is any of" in fact.what for fact in finding.assumptions)


@pytest.mark.parametrize("right", [r"o_t - y_t", r"y_t - o_t"])
def test_a_name_that_stands_in_a_formula_of_its_own_is_no_other_parameter(right: str) -> None:
    r"""`c` is a bias of another network than the one that was taken."""
    note = rf"""
# One

$$ h_t = \tanh(W h_{{t-1}} + U x_t) $$ $$ o_t = V h_t $$ $$ L_t = \frac12 \|o_t - y_t\|^2 $$

# Two

$$ o_t = V h_t + c $$ $$ \frac{{\partial L_t}}{{\partial c}} = {right} $$
"""
    assert check(note, repair=False).findings[-1].verdict == "undecided"
