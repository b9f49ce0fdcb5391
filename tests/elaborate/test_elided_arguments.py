r"""`f'(\dots)`: the slope where the network applies `f`."""

import pytest

import bptt_symbolic

CELL = r"""$$h_t = f_h(b + w h_{t-1} + v x_t)$$

$$p_t = f_y(c + u h_t)$$

$$L_t = \frac12 (p_t - d_t)^2$$

"""
VECTORS = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$L_t = \frac12 \| h_t - d_t \|^2$$

"""
TWICE = r"""$$r_t = g(a x_t)$$

$$h_t = r_t h_{t-1} + g(b x_t)$$

"""
BY = r"\frac{\partial L_t}{\partial %s} = \frac{\partial L_t}{\partial p_t} "
CLAIMS = [
    (CELL, BY % "u" + r"f'_y(\ldots) h_t", "proved"),
    (CELL, BY % "u" + r"f'_h(\ldots) h_t", "refuted"),
    (CELL, BY % "h_t" + r"f'_y(\dots) u", "proved"),
    (CELL, BY % "v" + r"f'_y(\ldots) u f'_h(\ldots) x_t", "refuted"),  # the state before is made with v, too
    (CELL, r"\frac{\partial h_t}{\partial h_{t-1}} = f'_h(\ldots) w", "proved"),
    (CELL, r"\frac{\partial h_2}{\partial h_1} = f'_h(\ldots) w", "undecided"),
    (CELL, r"p_t = f_y(\ldots)", "undecided"),
    (VECTORS, r"\frac{\partial h_t}{\partial h_{t-1}} = diag(\tanh'(\ldots)) W", "proved"),
    (VECTORS, r"\frac{\partial h_t}{\partial h_{t-1}} = diag(\tanh'(\ldots)) U", "ill-typed"),
    (TWICE, r"\frac{\partial h_t}{\partial b} = g'(\ldots) x_t", "undecided"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_dots_in_a_slope_are_what_the_function_is_applied_to(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
