r"""Small letters with indices, `w_{ij}`, are the entries of what has the capital letter."""

import pytest

import bptt_symbolic

MATRICES = r"""$$h_t = \tanh(W h_{t-1} + U x_t + B)$$

with $W \in \mathbb{R}^{n \times n}$ and $U \in \mathbb{R}^{n \times m}$.

"""
BY_ENTRIES = r"h_{t,i} = \tanh\left(\sum_{j=1}^n w_{ij} h_{t-1,j} + \sum_{k=1}^m u_{ik} x_{t,k} + b_i\right)"
NEIGHBOUR = r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) w_{ij}"
CLAIMS = [
    (BY_ENTRIES, "proved"),
    (BY_ENTRIES.replace("w_{ij}", "w_{ji}"), "refuted"),
    (BY_ENTRIES.replace("u_{ik} x_{t,k}", "u_{ik} x_{t-1,k}"), "refuted"),
    (BY_ENTRIES.replace("b_i", "2 b_i"), "refuted"),
    (BY_ENTRIES.replace("b_i", "c_i"), "undecided"),
    (BY_ENTRIES.replace("b_i", "b"), "undecided"),
    (BY_ENTRIES.replace("w_{ij}", "w_i"), "undecided"),
    (NEIGHBOUR, "proved"),
    (NEIGHBOUR.replace("w_{ij}", "w_{ji}"), "refuted"),
    (NEIGHBOUR.replace("w_{ij}", "w"), "undecided"),
]


@pytest.mark.parametrize(("claim", "verdict"), CLAIMS)
def test_small_letters_are_entries(claim: str, verdict: str) -> None:
    note = f"{MATRICES}$${BY_ENTRIES}$$\n\n$${claim}$$\n"
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == verdict


def test_which_letters_are_taken_for_entries_is_said() -> None:
    found = bptt_symbolic.check(f"{MATRICES}$${BY_ENTRIES}$$\n", repair=False).findings[-1]
    assert {f.what for f in found.assumptions} >= {f"{c} are the entries of {c.upper()}" for c in "wub"}


def test_a_letter_that_the_note_defines_is_itself() -> None:
    note = MATRICES + r"$$z_t = \tanh(b z_{t-1})$$" + f"\n\n$${BY_ENTRIES}$$\n"
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict != "proved"
