"""An index that hangs on a step, and sums that the summation convention leaves out beside other sums and deltas."""

import pytest

from bptt_symbolic.api import prove

STATE = r"""
We use the summation convention: repeated indices are summed over.

$$ h_t = \tanh(U x_t + W h_{t-1}) $$

$$ o_t = V h_t $$

$$ E_t = \frac12 (o_{t_k} - y_{t_k})(o_{t_k} - y_{t_k}) $$
"""


SUMMED = r"\sum_{r=1}^t \frac{\partial h_{t_m}}{\partial h_{r_n}} \frac{\partial^+ h_{r_n}}{\partial U_{ij}}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"\frac{{\partial h_{{t_m}}}}{{\partial U_{{ij}}}} = {SUMMED}", "proved"),
        (rf"\frac{{\partial h_{{t_m}}}}{{\partial U_{{ij}}}} = {SUMMED.replace('r=1', 'r=2')}", "refuted"),
        (rf"\frac{{\partial E_t}}{{\partial U_{{ij}}}} = (o_{{t_l}} - y_{{t_l}}) V_{{lm}} {SUMMED}", "proved"),
        (r"\frac{\partial h_{t_i}}{\partial h_{{t-1}_j}} = (1 - h_{t_i} h_{t_i}) W_{ij}", "proved"),
        (r"\frac{\partial h_{t_i}}{\partial h_{{t-1}_j}} = (1 - h_{t_i} h_{t_i}) W_{ji}", "refuted"),
        (r"\frac{\partial o_{t_l}}{\partial h_{t_m}} = V_{lb} \delta_{bm}", "proved"),
        (r"\frac{\partial o_{t_l}}{\partial h_{t_m}} = 2 V_{lb} \delta_{bm}", "refuted"),
    ],
)
def test_indices_that_hang_on_steps(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, STATE, repair=False).findings
    assert finding.verdict == verdict


def test_a_numbered_step_is_no_index_of_a_step() -> None:
    r"""`\sum_k L_{t_1}`: a one below a `t` tells steps apart."""
    claim = r"\frac{\partial h_{t_1}}{\partial h_{t_1 - 1}} = \mathrm{diag}(1 - h_{t_1}^2) W"
    (finding,) = prove(claim, STATE, repair=False).findings
    assert finding.verdict == "proved"
