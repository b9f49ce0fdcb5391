r"""Sums and products with dots: groups of factors, ends alone, chains that grow, and signs left out around dots."""

import pytest

import bptt_symbolic

CELL = r"""$$s_t = \tanh(A s_{t-1} + B x_t)$$

$$o_t = C s_t, \quad L_t = \frac12 \|o_t - y_t\|^2, \quad L = \sum_{t=1}^T L_t$$

Let $E_t = \operatorname{diag}(1 - s_t^2)$ and $e_t = o_t - y_t$ and $g_t = \frac{\partial L_t}{\partial s_t}$.

"""
NUMBERS = r"""$$s_t = \tanh(a s_{t-1} + x_t), \quad L_t = \frac12 (s_t - y_t)^2, \quad L = \sum_{t=1}^T L_t$$

"""
BY_K, BY_S = r"\frac{\partial s_t}{\partial s_k} = ", r"\frac{\partial L}{\partial s_t} = "
LOSS_BY_K = r"\frac{\partial L_t}{\partial s_k} = "
STEP = r"\frac{\partial s_{%s}}{\partial s_{%s}}"
SHAPED = r"""$z_t, s_t \in \mathbb{R}^n$.

$$z_t = A s_{t-1} + x_t, \quad s_t = \tanh(z_t)$$

"""
COLUMN = r"s_t = \begin{bmatrix} \tanh(z_{t,1}) \\ \tanh(z_{t,2}) \\ \tanh(z_{t,%s}) \end{bmatrix}"
BY_A = r"\frac{\partial L}{\partial A} = \frac{\partial L_1}{\partial A} "


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        # several factors make one of the pattern
        (CELL, BY_K + r"E_t A E_{t-1} A \cdots E_{k+1} A", "proved"),
        (CELL, BY_K + r"E_t A E_{t-1} A \cdots E_{k} A", "refuted"),
        (CELL, BY_K + r"A E_t A E_{t-1} \cdots A E_{k+1}", "refuted"),
        (CELL, LOSS_BY_K + r"e_t^\top C E_t A \cdots E_{k+1} A", "proved"),
        (CELL, LOSS_BY_K + r"A^\top E_{k+1} A^\top E_{k+2} \cdots A^\top E_t C^\top e_t", "proved"),
        (CELL, LOSS_BY_K + r"e_t^\top C E_t A E_{t-1} A \cdots E_{k+1}", "undecided"),
        # the ends alone, in either direction
        (NUMBERS, BY_K + STEP % ("k+1", "k") + r"\cdots" + STEP % ("t", "t-1"), "proved"),
        (NUMBERS, BY_K + STEP % ("k+2", "k+1") + r"\cdots" + STEP % ("t", "t-1"), "refuted"),
        (NUMBERS, BY_K + STEP % ("t", "t-1") + r"\cdots" + STEP % ("k+1", "k"), "proved"),
        (CELL, r"\frac{\partial s_k}{\partial s_t} = E_k A \cdots E_{t+1} A", "proved"),
        (CELL, LOSS_BY_K + r"A^\top E_{k+1} \cdots A^\top E_t C^\top e_t", "proved"),
        (CELL, LOSS_BY_K + r"A^\top E_{k+1} \cdots E_t C^\top e_t", "refuted"),
        (CELL, BY_K + r"E_t A \cdots B E_{k+1} A", "undecided"),  # a factor that fits no pattern is not left out
        (CELL, r"L = L_1 + \cdots + L_T", "proved"),
        (CELL, r"L = L_T + \cdots + L_1", "proved"),
        (CELL, r"L = L_1 + \cdots + L_{T-1}", "refuted"),
        # chains that grow, to the right or to the left, up to the last step
        (CELL, BY_S + r"g_t + g_{t+1} E_{t+1} A + g_{t+2} E_{t+2} A E_{t+1} A + \dots", "proved"),
        (
            CELL,
            BY_S + r"C^\top e_t + A^\top E_{t+1} C^\top e_{t+1} + A^\top E_{t+1} A^\top E_{t+2} C^\top e_{t+2} + \dots",
            "proved",
        ),
        (
            CELL,
            BY_S + r"C^\top e_t + A^\top E_t C^\top e_{t+1} + A^\top E_t A^\top E_{t+1} C^\top e_{t+2} + \dots",
            "refuted",
        ),
        (CELL, BY_S + r"g_t + g_{t+1} E_{t+1} A + g_{t+2} E_{t+1} A E_{t+2} A + \dots", "undecided"),
        # signs and dots that are left out
        (CELL, BY_A + r"+ \frac{\partial L_2}{\partial A} \dots \frac{\partial L_T}{\partial A}", "proved"),
        (CELL, BY_A + r"+ \frac{\partial L_2}{\partial A} \dots \frac{\partial L_{T-1}}{\partial A}", "refuted"),
        (SHAPED, COLUMN % "n", "proved"),
        (SHAPED, COLUMN % "3", "ill-typed"),
    ],
)
def test_dots_stand_for_what_is_left_out(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
