r"""A letter that is bound nowhere leaves a claim open, but not one that has no shape whatever step it is."""

import pytest

from bptt_symbolic.api import prove

NETWORK = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ L = \ell(h_T) $$
$$ \delta_t = \left( \frac{\partial L}{\partial h_t} \right)^\top $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\delta_k^\top = \prod_{j=k}^{t-1} \delta_j^\top W", "ill-typed"),
        (r"\frac{\partial h_k}{\partial h_{k-1}} = \delta_t + W", "ill-typed"),
        (r"\delta_k = W^\top \delta_t", "undecided"),
        (r"\frac{\partial L}{\partial W} = \delta_t h_{t-1}^\top", "undecided"),
    ],
)
def test_a_running_step_that_nothing_binds(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, NETWORK, repair=False).findings
    assert finding.verdict == verdict


def test_another_letter_may_count_entries() -> None:
    (finding,) = prove(r"\frac{\partial L}{\partial h_t} = x_k + \delta_t^\top", NETWORK, repair=False).findings
    assert finding.verdict == "undecided"
