"""A letter above that counts layers is a part of names, and what is given for a layer holds for those beside it."""

import pytest

from bptt_symbolic.api import network, prove

BRACKETS = r"""
$$ z_t^{[l]} = W^{[l]} a_{t-1}^{[l]} + U^{[l]} a_t^{[l-1]} + b^{[l]} $$

$$ a_t^{[l]} = g(z_t^{[l]}) $$

$$ \delta_t^{[l]} = \frac{\partial L}{\partial z_t^{[l]}} $$
"""
ROUND = r"$$ h_t^{(i)} = \tanh(W^{(i)} h_{t-1}^{(i)} + U^{(i)} h_t^{(i-1)}) $$"
PLAIN = r"""
$$ q_t^l = U p_t^{l-1} + W s_{t-1} $$

$$ p_t^{l-1} = f^{l-1}(q_t^{l-1}) $$

$$ s_t = f(q_t^l) $$
"""
ONE_SCRIPT = r"""
$$ n^{l(t)} = w^l a^{l-1(t)} + r^l a^{l(t-1)} $$

$$ a^{l(t)} = f(n^{l(t)}) $$
"""
ERROR = r"\left((U^{[l+1]})^\top \delta_t^{[l+1]} + (W^{[l]})^\top \delta_{t+1}^{[l]}\right) \odot g'(z_t^{[l]})"


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (
            ROUND,
            r"\frac{\partial h_t^{(i)}}{\partial h_t^{(i-1)}} = \mathrm{diag}(1 - (h_t^{(i)})^2) U^{(i)}",
            "proved",
        ),
        (
            ROUND,
            r"\frac{\partial h_t^{(i)}}{\partial h_t^{(i-1)}} = \mathrm{diag}(1 - (h_t^{(i)})^2) W^{(i)}",
            "refuted",
        ),
        (
            ROUND,
            r"\frac{\partial h_t^{(i)}}{\partial h_{t-1}^{(i)}} = \mathrm{diag}(1 - (h_t^{(i)})^2) W^{(i)}",
            "proved",
        ),
        (
            ROUND,
            r"\frac{\partial h_t^{(i+1)}}{\partial h_t^{(i)}} = \mathrm{diag}(1 - (h_t^{(i+1)})^2) U^{(i+1)}",
            "proved",
        ),
        (
            ROUND,
            r"\frac{\partial h_t^{(i+1)}}{\partial h_t^{(i)}} = U^{(i+1)} \mathrm{diag}(1 - (h_t^{(i)})^2)",
            "refuted",
        ),
        (PLAIN, r"\frac{\partial q_t^l}{\partial q_t^{l-1}} = U \mathrm{diag}(f'^{l-1}(q_t^{l-1}))", "proved"),
        (PLAIN, r"\frac{\partial q_t^l}{\partial q_t^{l-1}} = 2 U \mathrm{diag}(f'^{l-1}(q_t^{l-1}))", "refuted"),
        (ONE_SCRIPT, r"\frac{\partial a^{l(t)}}{\partial a^{l(t-1)}} = f'(n^{l(t)}) r^l", "proved"),
        (ONE_SCRIPT, r"\frac{\partial a^{l(t)}}{\partial a^{l(t-1)}} = f'(n^{l(t)}) w^l", "refuted"),
        (BRACKETS, rf"\delta_t^{{[l]}} = {ERROR}", "proved"),
        (BRACKETS, rf"\delta_t^{{[l]}} = {ERROR.replace('+ (W', '- (W')}", "refuted"),
        (BRACKETS, r"\frac{\partial L}{\partial U^{[l]}} = \sum_t \delta_t^{[l]} (a_t^{[l-1]})^\top", "proved"),
    ],
)
def test_claims_about_layers_are_settled(note: str, claim: str, verdict: str) -> None:
    (finding,) = prove(claim, note, repair=False).findings
    assert finding.verdict == verdict


def test_weights_that_all_layers_share_give_no_other_layer() -> None:
    """What a layer below computes with is not known where the weights of this one carry no layer."""
    found = network(PLAIN)
    assert "q^{l}" in found.definitions
    assert "q^{l-1}" not in found.definitions


def test_a_sum_over_layers_is_not_taken_for_one_layer() -> None:
    claim = (
        r"\sum_{i=1}^n \frac{\partial h_t^{(i)}}{\partial h_t^{(i)}} = n \frac{\partial h_t^{(i)}}{\partial h_t^{(i)}}"
    )
    (finding,) = prove(claim, ROUND, repair=False).findings
    assert finding.verdict == "undecided"


def test_a_power_is_no_layer() -> None:
    claim = r"\frac{\partial s_t}{\partial s_{t-3}} = w^3"
    (finding,) = prove(claim, r"$$ s_t = w s_{t-1} + x_t $$", repair=False).findings
    assert finding.verdict == "proved"
