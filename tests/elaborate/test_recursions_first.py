"""A recursion that stands before its note says of what it is one is a claim all the same."""

import pytest

from bptt_symbolic import check

CELL = r"""
$$ z_t = W s_{t-1} + U x_t $$ $$ s_t = \tanh(z_t) $$ $$ L = \sum_{t=1}^{T} \frac12 \| s_t - y_t \|^2 $$
"""
OWN, LATER = r"s_t - y_t", r"\delta_{t+1}"


@pytest.mark.parametrize(
    ("recursion", "derivative", "verdict"),
    [
        (rf"(1 - s_t^2) \odot ({OWN} + W^\top {LATER})", r"\frac{\partial L}{\partial z_t}", "proved"),
        (rf"(1 - s_t^2) \odot ({OWN} + W {LATER})", r"\frac{\partial L}{\partial z_t}", "refuted"),
        (rf"{OWN} + W^\top ((1 - s_{{t+1}}^2) \odot {LATER})", r"\frac{\partial L}{\partial s_t}", "proved"),
        (rf"{OWN} + W^\top ((1 - s_t^2) \odot {LATER})", r"\frac{\partial L}{\partial s_t}", "refuted"),
        (rf"{OWN} + W^\top {LATER}", r"\frac{\partial L}{\partial s_t}", "refuted"),
    ],
)
def test_a_recursion_is_settled_by_what_it_turns_out_to_be_about(recursion: str, derivative: str, verdict: str) -> None:
    note = rf"{CELL} $$ \delta_t = {recursion} $$ where $$ \delta_t = {derivative} $$"
    found = [f for f in check(note, repair=False).findings if r"\delta" in f.latex]
    assert [f.verdict for f in found] == [verdict, None]


def test_a_recursion_of_which_nothing_is_said_defines() -> None:
    recursion = rf"a_t = (1 - s_t^2) \odot ({OWN} + W^\top a_{{t+1}})"
    note = rf"{CELL} $$ {recursion} $$ $$ \frac{{\partial L}}{{\partial z_t}} = a_t $$"
    assert [f.verdict for f in check(note, repair=False).findings if f.kind == "claim"] == ["proved"]
