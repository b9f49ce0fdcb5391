r"""Letters that tell versions of a quantity apart, `h_{a,t}`, and letters that count its entries."""

import pytest

import bptt_symbolic

CELL = r"""$$s_t = \tanh(A s_{t-1} + B x_t)$$

$$o_t = C s_t$$

$$L_t = \frac12 \|o_t - d_t\|^2$$

$$L = \sum_{t=1}^T L_t$$

"""
PLACES = ("s_{p,t}", "s_{q,t}"), ("s_{t,p}", "s_{t,q}")
TOLD = r"""$$\frac{\partial o_t}{\partial %s} = C$$

$$\frac{\partial s_{t+1}}{\partial %s} = \operatorname{diag}(1 - s_{t+1}^2) A$$

"""
TOTAL = r"\frac{\partial L}{\partial s_t} = \frac{\partial L}{\partial %s} + \frac{\partial L}{\partial %s}"
TWO = r"""$$u_t = A s_{t-1} + B x_t, \quad s_{p,t} = \tanh(u_t)$$

$$s_{q,t} = \tanh(C s_{q,t-1} + D s_{p,t})$$

$$s_t = s_{p,t} + s_{q,t}$$

$$L = \sum_{t=1}^T \frac12 \|s_t - d_t\|^2$$

"""
BY_P = r"\frac{\partial s_{q,t}}{\partial s_{p,t}} = \operatorname{diag}(1 - s_{%s,t}^2) D"
EQUAL = CELL + r"$$s_{p,t} = s_t, \quad s_{q,t} = s_t$$" + "\n\n"
ENTRIES = r"""$$s_{p,t} = \tanh(\sum_q A_{pq} s_{q,t-1} + x_{p,t})$$

$$L = \sum_{t=1}^T \sum_p \frac12 (s_{p,t} - d_{p,t})^2$$

"""
NAMED = r"""$$s_t = A s_{t-1} + B x_t, \quad p_t = \operatorname{softmax}(s_t)$$

$$q_t = p_{t,a}$$

$$\frac{\partial q_t}{\partial p_{t,a}} = 1$$

"""
CLASS = r"""$$s_t = \tanh(A s_{t-1} + B x_t), \quad p_t = \operatorname{softmax}(C s_t)$$

$$L_t = -\log p_{t,c}$$

"""


@pytest.mark.parametrize(("p", "q"), PLACES)
def test_copies_have_letters_on_either_side_of_the_step(p: str, q: str) -> None:
    claims = TOTAL % (p, q), rf"\frac{{\partial L}}{{\partial {p}}} = C^\top (o_t - d_t)"
    note = CELL + TOLD % (p, q) + "\n\n".join(f"$${claim}$$" for claim in claims)
    found = bptt_symbolic.check(note, repair=False).findings[-4:]
    assert [f.verdict for f in found] == ["proved"] * 4


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (CELL + TOLD % PLACES[0], r"\frac{\partial L}{\partial s_{p,t}} = C^\top (o_t + d_t)", "refuted"),
        (CELL + TOLD % PLACES[0], TOTAL.replace("+", "-") % PLACES[0], "refuted"),
        (
            CELL + "Copies are $s_{p,t}$ and $s_{q,t}$.\n\n",
            TOTAL % PLACES[0],
            "undecided",
        ),  # nothing says which formula reads which
        (CELL, r"\frac{\partial L}{\partial s_{p,t}} = C^\top (o_t - d_t)", "undecided"),
        (CELL, r"\frac{\partial L}{\partial s_t^{\text{up}}} = C^\top (o_t - d_t)", "undecided"),
        (CELL, r"\frac{\partial L_t}{\partial s_{i,t}} = C^\top (o_t - d_t)", "ill-typed"),  # i counts entries
        (EQUAL, r"\frac{\partial L}{\partial s_{p,t}} = C^\top (o_t - d_t)", "undecided"),
        (EQUAL + TOLD % PLACES[0], TOTAL % PLACES[0], "proved"),
        (EQUAL + TOLD % PLACES[0], TOTAL.replace("+", "- 2") % PLACES[0], "refuted"),
        (TWO, BY_P % "q", "proved"),
        (TWO, BY_P % "p", "refuted"),
        (ENTRIES, r"\frac{\partial s_{p,t}}{\partial s_{q,t-1}} = (1 - s_{p,t}^2) A_{pq}", "proved"),
        (ENTRIES, r"\frac{\partial s_{p,t}}{\partial s_{q,t-1}} = (1 - s_{p,t}^2) A_{qp}", "refuted"),
        (ENTRIES, r"\frac{\partial s_{p,t}}{\partial s_{q,t-1}} = (1 - s_t^2) A_{pq}", "undecided"),
        (NAMED, r"\frac{\partial p_{t,a}}{\partial s_{t,b}} = - p_{t,a} p_{t,b}", "refuted"),
        (NAMED, r"\frac{\partial p_{t,a}}{\partial s_{t,a}} = p_{t,a} (1 - p_{t,a})", "proved"),
        (CLASS, r"\frac{\partial L_t}{\partial s_t} = 0", "undecided"),  # c is a class, and no other quantity
    ],
)
def test_a_letter_is_a_label_where_nothing_counts_by_it(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
