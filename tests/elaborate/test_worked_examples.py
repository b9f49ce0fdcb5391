"""Notes that begin with numbers: totals written out for a few steps, and a cell with numbers before the cell."""

import pytest

import bptt_symbolic

THREE = r"""$$h_t = \tanh(w h_{t-1} + u x_t)$$

$$y_t = v h_t$$

$$L_t = \frac12 (y_t - d_t)^2$$

$$L = L_1 + L_2 + L_3$$

"""
EVERY_STEP = r"\frac{\partial L}{\partial w} = \sum_t (y_t - d_t) v \frac{\partial h_t}{\partial w}"
OF_LOSSES = r"\frac{\partial L_1}{\partial w} + \frac{\partial L_2}{\partial w}"
NUMBERS_FIRST = r"""$$h_t = Relu(0.5 h_{t-1} + 0.5 y_{t-1})$$

$$p_t = Relu(0.5 h_t)$$

In general

$$h_t = f(b + w h_{t-1} + v y_{t-1})$$

$$p_t = g(c + u h_t)$$

"""
BY_W = r"\frac{\partial p_t}{\partial w} = \frac{\partial p_t}{\partial h_t}"
AVERAGE = r"""$$s_t = 0.9 s_{t-1} + 0.1 x_t$$

"""

CLAIMS = [
    (THREE, EVERY_STEP, "proved"),
    (THREE, EVERY_STEP.replace(" v ", " "), "refuted"),
    (THREE, rf"\frac{{\partial L}}{{\partial w}} = {OF_LOSSES} + \frac{{\partial L_3}}{{\partial w}}", "proved"),
    (THREE, rf"\frac{{\partial L}}{{\partial w}} = {OF_LOSSES}", "refuted"),
    (THREE, r"\frac{\partial L}{\partial h_3} = (y_3 - d_3) v", "proved"),
    (THREE, r"\frac{\partial L}{\partial h_2} = (y_2 - d_2) v", "refuted"),
    (NUMBERS_FIRST, BY_W + r" \frac{\partial h_t}{\partial w}", "proved"),
    (NUMBERS_FIRST, BY_W + " h_{t-1}", "refuted"),
    (AVERAGE, r"s_t = s_{t-1} + 0.1 (x_t - s_{t-1})", "proved"),
    (AVERAGE, r"\frac{\partial s_t}{\partial s_{t-1}} = \frac{\partial s_t}{\partial x_t}", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_a_note_that_begins_with_numbers_is_settled(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
