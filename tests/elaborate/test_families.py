r"""Labels above the names of errors: the `c` of `\delta^c_t` beside `\delta^f_t` is one."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

CELL = r"""
$$ f_t = \sigma(W_f x_t + U_f h_{t-1}) $$

$$ i_t = \sigma(W_i x_t + U_i h_{t-1}) $$

$$ \tilde{C}_t = \tanh(W_c x_t + U_c h_{t-1}) $$

$$ C_t = f_t \odot C_{t-1} + i_t \odot \tilde{C}_t $$

$$ h_t = \tanh(C_t) $$

$$ L = \sum_{t=1}^T L_t(h_t) $$

$$ \delta^c_t = \frac{\partial L}{\partial C_t} $$

$$ \delta^f_t = \frac{\partial L}{\partial f_t} $$
"""
BY_W = r"\frac{\partial L}{\partial W_i} = \sum_t"
DECAY = r"""
$$ a^r_t = R h_{t-1} + Q x_t, \quad r_t = \sigma(a^r_t) $$

$$ a^b_t = W h_{t-1} + U x_t, \quad b_t = \tanh(a^b_t) $$

$$ h_t = r_t \odot h_{t-1} + (1 - r_t) \odot b_t $$

$$ E = \sum_{t=1}^T E_t(h_t) $$

$$ \delta^h_t = \frac{\partial E}{\partial h_t} $$
"""
PARTS = r"""
$$ a_t = W h_{t-1} + U x_t $$

$$ h_t = \tanh(a_t) $$

$$ y_t = V h_t $$

$$ J = \sum_{t=1}^T J_t(y_t) $$

$$ \delta^y_t = \frac{\partial J}{\partial y_t} $$

$$ \delta^{h,\text{next}}_t = W^\top \delta^a_{t+1} $$

$$ \delta^h_t = V^\top \delta^y_t + \delta^{h,\text{next}}_t $$

$$ \delta^a_t = \delta^h_t \odot (1 - h_t^2) $$

with $\delta^{h,\text{next}}_T = 0$.
"""
BEFORE = r"""
$$ g_t = \sigma(A h_{t-1} + B x_t) $$

$$ a_t = C h_{t-1} + D x_t $$

$$ h_t = g_t \odot \tanh(a_t) $$

$$ E = \sum_{t=1}^T E_t(h_t) $$

$$ \delta^h_t = \frac{\partial E}{\partial h_t} $$

$$ \delta^h_{a,t} = \delta^h_t \odot g_t \odot (1 - \tanh(a_t)^2) $$
"""
LATER = r"""
$$ z_t = W h_{t-1} + U x_t, \quad h_t = \tanh(z_t), \quad o_t = V h_t $$

$$ J = \sum_{t=1}^T J_t(o_t) $$

$$ e_t = \frac{\partial J_t}{\partial o_t} $$

$$ d_t = V^\top e_t + q_t $$

where $d_t \equiv \frac{\partial J}{\partial h_t}$.
"""


def last(note: str, claim: str) -> Finding:
    return [f for f in check(f"{note}\n\n$$ {claim} $$\n", repair=False).findings if f.kind == "claim"][-1]


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (CELL, r"\delta^f_t = \delta^c_t \odot C_{t-1}", "proved"),
        (CELL, r"\delta^f_t = \delta^c_t \odot C_t", "refuted"),
        (CELL, r"\delta^f_t = \delta^f_t \odot C_{t-1}", "refuted"),
        (
            CELL,
            r"\frac{\partial L}{\partial W_i} = \sum_t (\delta^c_t \odot \tilde{C}_t \odot i_t (1 - i_t)) x_t^\top",
            "",
        ),
        (DECAY, r"\frac{\partial E}{\partial a^b_t} = \delta^h_t \odot (1 - r_t) \odot (1 - b_t^2)", "proved"),
        (DECAY, r"\frac{\partial E}{\partial a^b_t} = \delta^h_t \odot r_t \odot (1 - b_t^2)", "refuted"),
        (DECAY, r"\frac{\partial E}{\partial U} = \sum_t \frac{\partial E}{\partial a^b_t} x_t^\top", "proved"),
        (DECAY, r"\frac{\partial E}{\partial U} = \sum_t \frac{\partial E}{\partial a^r_t} x_t^\top", "refuted"),
        (BEFORE, r"\frac{\partial E}{\partial D} = \sum_t \delta^h_{a,t} x_t^\top", "proved"),
        (BEFORE, r"\frac{\partial E}{\partial B} = \sum_t \delta^h_{a,t} x_t^\top", "refuted"),
        (LATER, r"\frac{\partial J}{\partial U} = \sum_t (d_t \odot (1 - h_t^2)) x_t^\top", "proved"),
        (LATER, r"\frac{\partial J}{\partial U} = \sum_t (e_t \odot (1 - h_t^2)) x_t^\top", "ill-typed"),
        (LATER, r"d_t = V^\top e_t", "refuted"),
        (PARTS, r"\delta^h_t = \frac{\partial J}{\partial h_t}", "proved"),
        (PARTS, r"\delta^{h,\text{next}}_t = \frac{\partial J}{\partial h_t} + V^\top \delta^y_t", "refuted"),
        (PARTS, r"\frac{\partial J}{\partial W} = \sum_{t=1}^T \delta^a_t h_{t-1}^\top", "proved"),
        (PARTS, r"\frac{\partial J}{\partial W} = \sum_{t=1}^T \delta^h_t h_{t-1}^\top", "refuted"),
    ],
)
def test_labels_above_errors(note: str, claim: str, verdict: str) -> None:
    found = last(note, claim)
    assert found.verdict == verdict if verdict else found.verdict != "refuted"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial s_t^2}{\partial s_t} = 2 s_t", "proved"),
        (r"\frac{\partial s_t^3}{\partial s_t} = 2 s_t^2", "refuted"),
        (r"\sum_{k=1}^{2} s_t^k = s_t + s_t^2", "proved"),
    ],
)
def test_a_power_is_no_label(claim: str, verdict: str) -> None:
    note = "Everything is a number.\n\n$$ s_t = w s_{t-1} + x_t $$\n\n$$ L = \\sum_{t=1}^T s_t^2 $$\n"
    assert last(note, claim).verdict == verdict


def test_a_bound_letter_before_the_step_is_an_index() -> None:
    note = r"""
$$ a_t = \tanh(w a_{t-1} + x_t) $$

$$ s_t = W s_{t-1} + u_t $$

$$ L = \sum_{t=1}^T \sum_a s_{a,t}^2 $$
"""
    assert last(note, r"\frac{\partial L}{\partial s_{a,T}} = 2 s_{a,T}").verdict not in {"refuted", "ill-typed"}
    assert last(note, r"\frac{\partial L}{\partial s_{a,T}} = s_{a,T}").verdict != "proved"
