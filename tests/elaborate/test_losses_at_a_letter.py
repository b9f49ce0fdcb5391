r"""A loss without a step that reads what there is at one letter: the last step where the note shows it, and else not
known; nothing is made up in its place."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove

ELMAN = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ o_n = V h_n $$ $$ L = \ell(o_n, y) $$"
BRACKETS = r"$$ s^{(t)} = \tanh(W s^{(t-1)}) $$ $$ E = \frac12 \|s^{(m)} - d\|^2 $$"
LAYERS = r"Layers $i = 1, \dots, n$. $$ v_i = \sigma(W_i v_{i-1}) $$ $$ L = \ell(v_n, y) $$"


@pytest.mark.parametrize(
    ("network", "claim", "verdict"),
    [
        (ELMAN, r"\frac{\partial L}{\partial h_n} = V^\top \frac{\partial L}{\partial o_n}", "proved"),
        (ELMAN, r"\frac{\partial L}{\partial h_n} = W^\top V^\top \frac{\partial L}{\partial o_n}", "refuted"),
        (
            ELMAN,
            r"\frac{\partial L}{\partial h_t} = W^\top ((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}})",
            "proved",
        ),
        (BRACKETS, r"\frac{\partial E}{\partial s^{(m)}} = s^{(m)} - d", "proved"),
        (BRACKETS, r"\frac{\partial E}{\partial s^{(m)}} = d - s^{(m)}", "refuted"),
        (
            LAYERS,
            r"\frac{\partial L}{\partial v_{i-1}} = W_i^\top (\sigma'(W_i v_{i-1}) \odot \frac{dL}{dv_i})",
            "proved",
        ),
        (LAYERS, r"\frac{\partial L}{\partial v_{i-1}} = W_i^\top \frac{\partial L}{\partial v_i}", "refuted"),
    ],
)
def test_the_letter_is_the_last_step(network: str, claim: str, verdict: str) -> None:
    (finding,) = prove(claim, network, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize("loss", [r"\ell(o_k, y)", r"\frac12 \|o_k - y\|^2", r"-y^\top \log(o_s)"])
def test_a_loss_that_is_not_understood_is_not_replaced_by_another(loss: str) -> None:
    r"""A cell state `C` is no loss of a step either, of which the loss `E` would be the sum."""
    note = rf"""
$$ g_t = \sigma(U x_t + W h_{{t-1}}) $$ $$ C_t = g_t \odot C_{{t-1}} + (1 - g_t) \odot \tanh(P x_t) $$
$$ h_t = g_t \odot \tanh(C_t) $$ $$ o_t = V h_t $$ $$ E = {loss} $$

$$ \frac{{\partial E}}{{\partial h_k}} = V^\top \frac{{\partial E}}{{\partial o_k}} $$
$$ \frac{{\partial E}}{{\partial g_t}} = \frac{{\partial E}}{{\partial C_t}} \odot (C_{{t-1}} - \tanh(P x_t)) $$
"""
    report = check(note, repair=False)
    assert not [f for f in report.findings if f.verdict in {"refuted", "ill-typed"}]


def test_a_letter_that_steps_run_over_is_not_the_last_one() -> None:
    claim = r"\frac{\partial h_t}{\partial h_k} = 0, \quad t < k"
    (finding,) = prove(claim, r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$", repair=False).findings
    assert (finding.verdict, finding.domain) == ("proved", ("t < k",))


NOWHERE = r"$$ a_t = U x_t + W h_{t-1}, \qquad h_t = f(a_t), \qquad o_t = g(V h_t) $$"
COPIES = r"\frac{\partial E}{\partial W} = \sum_{k=1}^{t} \frac{\partial E}{\partial W_k}"
ONE_STEP = rf"""
{NOWHERE}
$$ \delta_k = \left(\frac{{\partial E}}{{\partial a_k}}\right)^\top $$
$$ {COPIES} $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (
            r"\frac{\partial E}{\partial a_k} = \frac{\partial E}{\partial a_t} \frac{\partial a_t}{\partial a_k}",
            "proved",
        ),
        (r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial h_t} \frac{\partial h_t}{\partial W}", "proved"),
        (COPIES, "proved"),
        (
            r"\frac{\partial E}{\partial h_k} = \frac{\partial E}{\partial h_t} \frac{\partial h_t}{\partial h_k}",
            "proved",
        ),
        (r"\delta_k^\top = \delta_t^\top \frac{\partial a_t}{\partial a_k}", "proved"),
        (r"\delta_k = \delta_t^\top \frac{\partial h_t}{\partial a_k}", "undecided"),
        (
            r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial h_t} \frac{\partial h_{t-1}}{\partial W}",
            "undecided",
        ),
        (r"\frac{\partial E}{\partial W} = \sum_{k=2}^{t} \frac{\partial E}{\partial W_k}", "undecided"),
    ],
)
def test_a_letter_on_the_right_alone_may_be_the_step_of_a_loss_that_nobody_defined(claim: str, verdict: str) -> None:
    """Nothing is accused for it: the note does not say of which step the loss is."""
    (finding,) = prove(claim, ONE_STEP, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize("loss", ["", r"$$ E = \sum_{t=1}^T \ell(o_t) $$"])
def test_nothing_sums_up_to_the_letter(loss: str) -> None:
    r"""A sum over the steps may as well have been forgotten."""
    claim = r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial h_t} \frac{\partial h_t}{\partial W}"
    (finding,) = prove(claim, f"{NOWHERE} {loss}", repair=False).findings
    assert finding.verdict != "proved"


LATER = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ E_n = (v^\top h_n - y_n)^2 $$ $$ E = \sum_n E_n $$"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial E_n}{\partial h_n} = 2 (v^\top h_n - y_n) v", "proved"),
        (r"\frac{\partial E_n}{\partial h_n} = (v^\top h_n - y_n) v", "refuted"),
        (r"\frac{\partial E}{\partial h_n} = 2 (v^\top h_n - y_n) v", "refuted"),
    ],
)
def test_a_loss_may_count_the_steps_by_another_letter(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, LATER, repair=False).findings
    assert finding.verdict == verdict
