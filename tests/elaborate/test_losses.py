"""Losses that are any function: their slopes, written with a prime or a nabla."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove

STATE = r"""
Let $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$ and $W \in \mathbb{R}^{n \times n}$.

$$ h_t = \tanh(W h_{t-1} + U x_t) $$
"""
LAST = STATE + "\n$$ L = \\ell(h_T) $$\n"
EVERY = STATE + "\n$$ L = \\sum_{t=1}^T \\ell(h_t) $$\n"


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (LAST, r"\frac{\partial L}{\partial h_T} = \ell'(h_T)", "proved"),
        (LAST, r"\frac{\partial L}{\partial h_{T-1}} = \ell'(h_T) \mathrm{diag}(1 - h_T^2) W", "proved"),
        (LAST, r"\frac{\partial L}{\partial h_{T-1}} = \ell'(h_T) W \mathrm{diag}(1 - h_T^2)", "refuted"),
        (LAST, r"\nabla_{h_{T-1}} L = W^\top \mathrm{diag}(1 - h_T^2) \nabla \ell(h_T)", "proved"),
        (LAST, r"\nabla_{h_{T-1}} L = W \mathrm{diag}(1 - h_T^2) \nabla \ell(h_T)", "refuted"),
        (EVERY, r"\frac{\partial L}{\partial h_T} = \ell'(h_T)", "proved"),
        (EVERY, r"\frac{\partial L}{\partial h_t} = \ell'(h_t)", "refuted"),
        (
            EVERY,
            r"\nabla_{h_t} L = \nabla \ell(h_t) + W^\top \mathrm{diag}(1 - h_{t+1}^2) \nabla_{h_{t+1}} L",
            "proved",
        ),
        (
            EVERY,
            r"\nabla_{h_t} L = \nabla \ell(h_{t+1}) + W^\top \mathrm{diag}(1 - h_{t+1}^2) \nabla_{h_{t+1}} L",
            "refuted",
        ),
    ],
)
def test_slopes_of_any_loss(note: str, claim: str, verdict: str) -> None:
    (finding,) = prove(claim, note, repair=False).findings
    assert finding.verdict == verdict


def test_a_nabla_that_does_not_say_by_what_is_left_open() -> None:
    (finding,) = prove(r"\nabla L = \sum_{t=1}^T \nabla_{h_t} L", EVERY, repair=False).findings
    assert finding.verdict == "undecided"


def test_a_second_example_of_a_loss_in_running_text_is_not_accused() -> None:
    note = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ o_t = \mathrm{softmax}(V h_t) $$

- regression: $L_t = \frac12 \|o_t - y_t\|^2$
- classes: $L_t = -\sum_i y_{t,i} \log o_{t,i}$

$$ \frac{\partial L_t}{\partial o_t} = o_t - y_t $$ $$ \frac{\partial L_t}{\partial o_t} = o_t $$
"""
    assert [f.verdict for f in check(note, repair=False).findings if f.verdict] == ["proved", "refuted"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial y_t} = y_t - d_t", "proved"),
        (r"\frac{\partial L}{\partial y_t} = 2 (y_t - d_t)", "refuted"),
        (r"\frac{\partial L}{\partial v} = \sum_{t=1}^{4} (y_t - d_t) h_t", "proved"),
        (r"\frac{\partial L}{\partial v} = \sum_{t=1}^{3} (y_t - d_t) h_t", "refuted"),
    ],
)
def test_a_loss_of_a_few_steps_is_one_of_all_of_them(claim: str, verdict: str) -> None:
    note = r"""Everything is a number.

$$ h_t = \tanh(w h_{t-1} + u x_t) $$

$$ y_t = v h_t $$

$$ L = \frac12 \sum_{t=1}^{4} (y_t - d_t)^2 $$
"""
    (finding,) = prove(claim, note, repair=False).findings
    assert finding.verdict == verdict


def test_a_total_with_the_name_of_its_parts_is_not_accused() -> None:
    total = r"E(t) = \sum_{k=1}^n E_k(t)"
    note = (
        r"$$ y_k(t) = \tanh(\sum_{j=1}^n w_{kj} y_j(t-1)) $$" + "\n\n" + r"$$ E_k(t) = \frac12 (d_k(t) - y_k(t))^2 $$"
    )
    report = check(f"{note}\n\n$$ {total} $$\n", repair=False)
    assert not [f.latex for f in report.findings if f.verdict in {"refuted", "ill-typed"}]


UNDER_LABELS = r"""$$h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad p_t = \mathrm{softmax}(o_t)$$

$$J^{\text{sq}}_t = \sum_j (y_{t,j} - p_{t,j})^2, \quad J^{\text{ce}}_t = -\sum_j y_{t,j} \log p_{t,j}$$

"""
"""A note with two losses, each under a label; what follows speaks of `J_t`."""


DIFFERENTIATED = r"$$\frac{\partial J_t}{\partial %s_{t,i}} = \frac{\partial (%s)}{\partial %s_{t,i}}$$"
ENTROPY = DIFFERENTIATED % ("o", r"-\sum_j y_{t,j} \log p_{t,j}", "o")
SQUARE = DIFFERENTIATED % ("p", r"\sum_j (y_{t,j} - p_{t,j})^2", "p")


@pytest.mark.parametrize(
    ("more", "claim", "expected"),
    [
        (ENTROPY, r"\frac{\partial J_t}{\partial o_t} = p_t - y_t", "proved"),
        (ENTROPY, r"\frac{\partial J_t}{\partial o_t} = y_t - p_t", "refuted"),
        (SQUARE, r"\frac{\partial J_t}{\partial p_t} = 2 (p_t - y_t)", "proved"),
        ("", r"\frac{\partial J_t}{\partial o_t} = p_t - y_t", "undecided"),
    ],
)
def test_a_loss_with_a_formula_under_a_label_only_is_the_one_whose_formula_is_differentiated(
    more: str, claim: str, expected: str
) -> None:
    words = "The targets $y_t$ are one-hot.\n\n"
    assert check(f"{words}{UNDER_LABELS}{more}\n\n$${claim}$$", repair=False).findings[-1].verdict == expected
