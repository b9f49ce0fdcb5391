"""A section that gives the state anew goes on with the outputs and the loss of the network before."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

FIRST = r"""
# With an activation

$$ h_t = \tanh(W h_{t-1} + U x_t) $$

$$ o_t = V h_t $$

$$ L = \sum_{t=1}^T \| o_t - y_t \|^2 $$
"""
SECOND = r"""
# Without

$$ h_t = W h_{t-1} + U x_t $$
"""
GATED = r"""
# With a gate

$$ z_t = \sigma(W_z h_{t-1} + U_z x_t) $$

$$ h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tanh(W h_{t-1} + U x_t) $$
"""
ERROR = r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} W + 2 (o_t - y_t)^\top V"
LAST = r"\frac{\partial L}{\partial h_T} = 2 (o_T - y_T)^\top V"


def last(*parts: str) -> Finding:
    return [f for f in check("\n\n".join(parts) + "\n", repair=False).findings if f.kind == "claim"][-1]


@pytest.mark.parametrize(
    ("section", "claim", "verdict"),
    [
        (SECOND, ERROR, "proved"),
        (SECOND, ERROR.replace("} W", r"} W^\top"), "refuted"),
        (SECOND, LAST, "proved"),
        (GATED, LAST, "proved"),
        (GATED, LAST.replace("2 ", ""), "refuted"),
        (GATED, ERROR, "refuted"),
    ],
)
def test_outputs_and_loss_of_the_network_before(section: str, claim: str, verdict: str) -> None:
    assert last(FIRST, section, f"$$ {claim} $$").verdict == verdict


def test_what_a_section_does_not_speak_of_is_not_taken_over() -> None:
    """A loss that nobody defines is one of the outputs of the section."""
    report = check(
        f"{FIRST.partition('$$ L =')[0]}\n\n{SECOND}\n\n$$ \\frac{{\\partial h_t}}{{\\partial h_{{t-1}}}} = W $$"
    )
    assert "o" not in [q.name for q in report.networks[-1].quantities]


RECAP = r"""
# Forward

$$ s_t = f(U x_t + W s_{t-1}) $$

$$ q_t = U x_t + W s_{t-1}, \qquad E = \sum_{t=1}^T \ell(s_t) $$

$$ \delta_t^\top = \frac{\partial E}{\partial q_t} $$

# Gradients

"""
SUM = r"$$ \frac{\partial E}{\partial W} = \sum_{t=1}^T \delta_t s_{t-1}^\top $$"
SAME = [
    r"$$ q_t = U x_t + W f(q_{t-1}), \qquad s_t = f(q_t) $$",
    r"$$ s_t = f(q_t), \qquad q_t = W f(q_{t-1}) + U x_t $$",
    r"$$ q_t = W s_{t-1} + U x_t, \qquad s_t = f(q_t) $$",
]


@pytest.mark.parametrize("recap", SAME)
def test_a_section_that_names_what_was_written_out_is_the_same_network(recap: str) -> None:
    r"""The name of an error, `\delta_t`, holds there, too."""
    assert last(RECAP, recap, SUM).verdict == "proved"
    assert last(RECAP, recap, SUM.replace("s_{t-1}", "s_t")).verdict in {"refuted", "ill-typed"}


def test_a_section_with_another_formula_for_both_is_another() -> None:
    report = check(RECAP + r"$$ q_t = U x_t + R f(q_{t-1}) + b, \qquad s_t = \tanh(q_t) $$", repair=False)
    assert len(report.networks) == 2
