r"""Numbers above names that count layers, `h_t^1`, beside those that are powers."""

import pytest

from bptt_symbolic.api import prove

STACK = r"""
$$ h_t^{1} = \tanh(U^1 x_t + W^1 h_{t-1}^{1}) $$
$$ h_t^{2} = \tanh(U^2 h_t^{1} + W^2 h_{t-1}^{2}) $$
$$ o_t = V h_t^2 $$ $$ L_t = \frac12 \|o_t - y_t\|^2 $$
"""
SLOPE = r"\mathrm{diag}(1 - h_t^{2} \odot h_t^{2})"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"\frac{{\partial h_t^2}}{{\partial h_t^1}} = {SLOPE} U^2", "proved"),
        (rf"\frac{{\partial h_t^2}}{{\partial h_t^1}} = {SLOPE} U^1", "ill-typed"),
        (r"\frac{\partial L_t}{\partial h_t^2} = V^\top (o_t - y_t)", "proved"),
        (r"\frac{\partial L_t}{\partial o_t} = V (h_t^2)^2 - y_t", "refuted"),
        (r"\frac{\partial h_t^2}{\partial h_{t-1}^2} = \mathrm{diag}(1 - (h_t^2)^2) W^2", "proved"),
        (r"\frac{\partial h_t^2}{\partial h_{t-1}^2} = \mathrm{diag}(1 - (h_t^2)^2) W^1", "ill-typed"),
        (r"\frac{\partial L_t}{\partial W^2} = V^\top (o_t - y_t)", "ill-typed"),
    ],
)
def test_numbers_above_are_layers(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, STACK, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize(
    ("network", "claim"),
    [
        (r"$$ h_t = \tanh(W h_{t-1}) $$", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"),
        (
            r"$$ h_t = \tanh(w h_{t-1}) $$ $$ h_0, w \in \mathbb{R} $$",
            r"\frac{\partial h_1}{\partial w} = (1 - h_1^2) h_0",
        ),
        (r"$$ h^{t} = \tanh(W h^{t-1}) $$", r"\frac{\partial h^1}{\partial h^0} = \mathrm{diag}(1 - (h^1)^2) W"),
    ],
)
def test_powers_and_steps_stay_what_they_are(network: str, claim: str) -> None:
    (finding,) = prove(claim, network, repair=False).findings
    assert finding.verdict == "proved"
