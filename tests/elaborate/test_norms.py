r"""Norms that are not squared, and losses that a later section takes at other steps."""

import pytest

import bptt_symbolic

NORM = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$y_t = V h_t$$

$$L_t = \|y_t - d_t\|$$

$$L = \sum_{t=1}^T L_t$$

"""
GENERAL = r"""$$h_t = f(x_t, h_{t-1}; \psi)$$

$$p_t = g(h_t; \phi)$$

$$L = \sum_{t=1}^T \|p_t - y_t\|$$

"""
LAST = r"""$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$y = V h_T$$

$$L = \|y - d\|$$

"""

CLAIMS = [
    (NORM, r"\frac{\partial L_t}{\partial y_t} = \frac{(y_t - d_t)^\top}{\|y_t - d_t\|}", "proved"),
    (NORM, r"\frac{\partial L_t}{\partial y_t} = (y_t - d_t)^\top", "refuted"),
    (NORM, r"\frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial y_t} V", "proved"),
    (NORM, r"\frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial y_t} V^\top", "ill-typed"),
    (
        GENERAL,
        r"\frac{\partial L}{\partial \phi} = \sum_t \frac{\partial L}{\partial p_t} \frac{\partial p_t}{\partial \phi}",
        "proved",
    ),
    (
        GENERAL,
        r"\frac{\partial L}{\partial \phi} = \frac{\partial L}{\partial p_T} \frac{\partial p_T}{\partial \phi}",
        "refuted",
    ),
    (LAST, r"\frac{\partial L}{\partial h_T} = \frac{(y - d)^\top}{\|y - d\|} V", "proved"),
    (LAST, r"\frac{\partial L}{\partial h_T} = \frac{(d - y)^\top}{\|y - d\|} V", "refuted"),
    (LAST, r"\|W\| = \|W^\top\|", "undecided"),
    (LAST, r"\| \frac{\partial h_t}{\partial h_{t-1}} \| = \|W\|", "undecided"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_the_norm_of_a_column_is_the_euclidean_one(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


STATE = r"""# One output

$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$y = V h_T$$

$$L = \frac12 \|y - d\|^2$$

$$\frac{\partial L}{\partial h_T} = (y-d)^\top V$$

$$\frac{\partial L}{\partial h_T} = (y+d)^\top V$$

"""
MANY = r"""# Many outputs

$$y_t = V h_t$$

$$L = \sum_{t=1}^T \frac12 \|y_t - d_t\|^2$$

$$\frac{\partial L}{\partial y_t} = (y_t-d_t)^\top$$

$$\frac{\partial L}{\partial y_t} = (y_t+d_t)^\top$$
"""


def test_a_section_that_sums_the_loss_over_steps_goes_on_with_another_network() -> None:
    found = [f.verdict for f in bptt_symbolic.check(STATE + MANY, repair=False).findings if f.verdict is not None]
    assert found == ["proved", "refuted", "proved", "refuted"]


def test_a_loss_that_is_written_with_a_new_name_is_a_claim() -> None:
    note = r"""# Loss

$$h_t = \tanh(W h_{t-1} + U x_t)$$

$$L = \sum_{t=1}^T \frac12 \|h_t - d_t\|^2$$

# Errors

$$e_t = h_t - d_t$$

$$L = \frac12 \sum_{t=1}^T e_t^\top e_t$$

$$L = \sum_{t=1}^T e_t^\top e_t$$
"""
    found = [f.verdict for f in bptt_symbolic.check(note, repair=False).findings if f.verdict is not None]
    assert found == ["proved", "refuted"]
