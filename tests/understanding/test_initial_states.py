"""What the words say of the initial state decides whether a claim that needs it to be zero is wrong or left open."""

import pytest

from bptt_symbolic import check

NOTE = r"""
$$ h_t = \tanh(W h_{t-1} + x_t) $$

WORDS

$$ h_1 = \tanh(x_1) $$
"""


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("The initial state is zero.", "proved"),
        ("We do not assume that $h_0 = 0$.", "refuted"),
        ("The initial state $h_0$ is learned like a weight.", "refuted"),
        (r"Let $\mathbf{h}_0$ be arbitrary.", "refuted"),
        ("The initial state need not vanish.", "refuted"),
        ("The first factor is a matrix.", "undecided"),
        ("The matrix $W_0$ is learned.", "undecided"),
        ("The states do not explode.", "undecided"),
    ],
)
def test_the_initial_state(words: str, verdict: str) -> None:
    (finding,) = [f for f in check(NOTE.replace("WORDS", words), repair=False).findings if f.kind == "claim"]
    assert finding.verdict == verdict
