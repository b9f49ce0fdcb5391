r"""Commands of a style file that the page does not show, losses that are likelihoods, transposes hung on the step."""

import pytest

import bptt_symbolic

STYLED = r"""$$\Va_t = \Vb + \MW \Vh_{t-1} + \MU \Vx_t$$

$$\Vh_t = \tanh(\Va_t)$$

$$\Vo_t = \Vc + \MV \Vh_t$$

$$L = \sum_t \frac12 \|\Vo_t - \Vd_t\|^2$$

"""
SMALL = STYLED.replace("\\V", "\\v").replace("\\M", "\\m")
TWO_STYLES = r"""$$\Va_t = \tanh(\Ma \Va_{t-1} + \Mb \Vb_t + \Mc \Vc_t)$$

"""
LIKELIHOOD = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$o_t = c + V h_t$$

$$p_t = softmax(o_t)$$

$$L_t = -\log p(y_t \mid x_1, \dots, x_t)$$

$$L = \sum_t L_t$$

"""
ABOVE = r"""$$h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})$$

$$L = \sum_t \ell(h^{(t)})$$

"""
SLOPE = r"\text{diag}(1 - (h^{(t)})^2) (\nabla_{h^{(t)}} L)"

CLAIMS = [
    (STYLED, r"\nabla_{\Vh_T} L = \MV^\top \nabla_{\Vo_T} L", "proved"),
    (STYLED, r"\nabla_{\Vh_T} L = 2 \MV^\top \nabla_{\Vo_T} L", "undecided"),
    (STYLED, r"\frac{\partial L}{\partial o_{t,i}} = o_{t,i} - d_{t,i}", "proved"),
    (STYLED, r"\frac{\partial L}{\partial o_{t,i}} = o_{t,i} + d_{t,i}", "undecided"),
    (SMALL, r"\nabla_{\vh_T} L = \mV^\top \nabla_{\vo_T} L", "proved"),
    (SMALL, r"\nabla_{\vh_T} L = -\mV^\top \nabla_{\vo_T} L", "undecided"),
    (TWO_STYLES, r"\frac{\partial \Va_t}{\partial \Va_{t-1}} = \Va_t \Ma", "undecided"),
    (LIKELIHOOD, r"\nabla_{h_T} L = V^\top \nabla_{o_T} L", "proved"),
    (LIKELIHOOD, r"\nabla_{h_T} L = 2 V^\top \nabla_{o_T} L", "undecided"),
    (LIKELIHOOD, r"\nabla_c L = \sum_t \nabla_{o_t} L", "proved"),
    (LIKELIHOOD, r"\nabla_c L = \nabla_{o_T} L", "undecided"),
    (ABOVE, rf"\nabla_W L = \sum_t {SLOPE} h^{{(t-1)^\top}}", "proved"),
    (ABOVE, rf"\nabla_W L = \sum_t {SLOPE} h^{{(t)^\top}}", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_what_a_page_leaves_to_a_style_or_a_word(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_a_single_command_is_no_style() -> None:
    note = r"""$$h_t = \tanh(W h_{t-1} + \Vx_t)$$

$$\frac{\partial h_t}{\partial x_t} = diag(1 - h_t^2)$$"""
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == "undecided"
