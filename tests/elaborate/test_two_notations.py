r"""A chapter that has the step in brackets above in one part, `h^{(t)}`, and below in another, `h_t`."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

ABOVE = r"""
# Plain

$$ h^{(t)} = \tanh(U x^{(t)} + W h^{(t-1)} + b) $$

$$ o^{(t)} = V h^{(t)} $$

$$ L = \sum_{t=1}^n L^{(t)}(o^{(t)}) $$
"""
CLAIM = "\n\n$$ {} $$\n"
TWO = (
    r"\frac{\partial L^{(2)}}{\partial b} = \frac{\partial L^{(2)}}{\partial h^{(2)}}"
    r"(\frac{\partial h^{(2)}}{\partial b}"
)
ONE = r"\frac{\partial h^{(2)}}{\partial h^{(1)}} \frac{\partial h^{(1)}}{\partial b}"
POWERS = r"\frac{\partial h^{(t)}}{\partial h^{(k)}}"
BELOW = r"""
# With gates

$$ f_t = \sigma(A x_t + B h_{t-1}) $$

$$ h_t = f_t \odot h_{t-1} + \tanh(C x_t) $$

The layers of a deeper one are $h_t^{(1)}$ and $h_t^{(2)}$.
"""


def claims(note: str) -> list[Finding]:
    return [f for f in check(note, repair=False).findings if f.kind == "claim"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h^{(t)}}{\partial h^{(t-1)}} = \mathrm{diag}(1 - (h^{(t)})^2) W", "proved"),
        (r"\frac{\partial h^{(t)}}{\partial h^{(t-1)}} = \mathrm{diag}(1 - (h^{(t-1)})^2) W", "refuted"),
        (f"{TWO} + {ONE})", "proved"),
        (f"{TWO} - {ONE})", "refuted"),
        (rf"{POWERS} = \prod_{{j=k+1}}^t \frac{{\partial h^{{(j)}}}}{{\partial h^{{(j-1)}}}}", "proved"),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^n \frac{\partial L^{(t)}}{\partial o^{(t)}} h^{(t)}", ""),
    ],
)
def test_the_part_with_the_step_above(claim: str, verdict: str) -> None:
    (found,) = claims(ABOVE + CLAIM.format(claim) + BELOW)
    assert found.verdict == verdict if verdict else found.verdict != "proved"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_t}{\partial f_t} = \mathrm{diag}(h_{t-1})", "proved"),
        (r"\frac{\partial h_t}{\partial f_t} = \mathrm{diag}(h_t)", "refuted"),
    ],
)
def test_the_part_with_the_step_below(claim: str, verdict: str) -> None:
    assert claims(ABOVE + BELOW + CLAIM.format(claim))[-1].verdict == verdict
