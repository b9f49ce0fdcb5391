r"""A word at the bar behind a derivative: on which way the loss is reached, or that the derivative is immediate."""

import pytest

from bptt_symbolic import check

CELL = r"""$$z_t = A s_{t-1} + B x_t, \quad s_t = \tanh(z_t)$$

$$o_t = C s_t, \quad L_t = \frac12 \|o_t - y_t\|^2, \quad L = \sum_{t=1}^T L_t$$

"""
FED_BACK = CELL.replace("B x_t", "B o_{t-1}")
BY_S = r"\frac{\partial L}{\partial s_t}"
WAYS = (
    r"\left.\frac{\partial L}{\partial s_t}\right|_{\text{%s}}",
    r"\frac{\partial L}{\partial s_t}\Big|_{\mathrm{%s}}",
    r"\left(\frac{\partial L}{\partial s_t}\right)_{\text{%s}}",
    r"\frac{\partial L}{\partial s_t^{\text{%s}}}",
)
FUTURE = r"A^\top \frac{\partial L}{\partial z_{t+1}}"
IMMEDIATE = r"\left.\frac{\partial z_t}{\partial A}\right|_{\text{explicit}}"


def verdict(note: str, claim: str) -> str | None:
    return check(f"{note}$${claim}$$", repair=False).findings[-1].verdict


@pytest.mark.parametrize("way", WAYS)
def test_words_tell_the_way_over_the_output_from_that_over_the_next_state(way: str) -> None:
    out, future = way % "out", way % "future"
    assert verdict(CELL, rf"{out} = C^\top (o_t - y_t)") == "proved"
    assert verdict(CELL, rf"{future} = C^\top (o_t - y_t)") == "refuted"
    assert verdict(CELL, f"{future} = {FUTURE}") == "proved"
    assert verdict(CELL, f"{BY_S} = {out} + {future}") == "proved"
    assert verdict(CELL, f"{BY_S} = {out} - {future}") == "refuted"


@pytest.mark.parametrize(
    ("note", "claim", "expected"),
    [
        (CELL, rf"{WAYS[0] % 'train'} = C^\top (o_t - y_t)", "undecided"),  # a word that tells no way
        (CELL, r"\left.\frac{\partial s_t}{\partial z_t}\right|_{z_t = 0} = I", "undecided"),
        (CELL, r"\left.\frac{\partial L}{\partial s_t}\right|_{o_t} = C^\top (o_t - y_t)", "undecided"),
        (FED_BACK, rf"{WAYS[0] % 'out'} = C^\top (o_t - y_t)", "undecided"),  # the output leads to the next state
        (
            CELL,
            rf"\frac{{\partial L}}{{\partial A}} = \sum_{{t=1}}^T \frac{{\partial L}}{{\partial z_t}} {IMMEDIATE}",
            "proved",
        ),
        (
            CELL,
            rf"\frac{{\partial L}}{{\partial A}} = \sum_{{t=1}}^T \frac{{\partial L_t}}{{\partial z_t}} {IMMEDIATE}",
            "refuted",
        ),
    ],
)
def test_other_bars_and_words(note: str, claim: str, expected: str) -> None:
    assert verdict(note, claim) == expected
