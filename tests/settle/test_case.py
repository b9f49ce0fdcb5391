r"""A general recurrence in capitals and the particular one in small letters; claims that mix the two."""

import pytest

import bptt_symbolic

STATE = r"""A recurrence has the form $$S_k = f(R S_{k-1} + Q X_k)$$

Ours is $$s_k = r s_{k-1} + q x_k$$

"""
LABELLED = r"""In general $$H_n = g(H_{n-1} W_{h} + U_n W_{u})$$

Here it is linear: $$h_n = h_{n-1} w_{h} + u_n w_{u}$$

"""
GATED = r"""All quantities are scalars. In general $$A_t = \phi(W A_{t-1} + X_t)$$

We take $$a_t = \tanh(w a_{t-1} + x_t)$$

"""
KNOWN = STATE.replace("= f(", r"= \tanh(")
OTHER = STATE.replace("r s_{k-1}", "r s_{k-2}")
SLOPE = r"\frac{\partial S_k}{\partial S_{k-1}} = "
ERROR = r"\frac{\partial \xi}{\partial S_{k-1}} = \frac{\partial \xi}{\partial S_k} "


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (STATE, SLOPE + "r", "proved"),
        (STATE, SLOPE + "2 r", "undecided"),  # the capitals may be meant
        (STATE, r"\frac{\partial s_k}{\partial s_{k-1}} = 2 r", "refuted"),
        (STATE, r"\frac{\partial S_k}{\partial S_{k-m}} = r^m", "proved"),
        (STATE, ERROR + "r", "proved"),
        (STATE, ERROR + "q", "undecided"),
        (STATE, r"\frac{\partial \xi}{\partial r} = \sum_{k=1}^T \frac{\partial \xi}{\partial S_k} S_{k-1}", "proved"),
        (STATE, r"\frac{\partial \xi}{\partial r} = \sum_{k=1}^T \frac{\partial \xi}{\partial S_k} S_k", "undecided"),
        (LABELLED, r"\frac{\partial H_n}{\partial H_{n-1}} = w_{h}", "proved"),
        (LABELLED, r"\frac{\partial H_n}{\partial H_{n-1}} = w_{u}", "undecided"),
        (GATED, r"\frac{\partial A_t}{\partial A_{t-1}} = w (1 - A_t^2)", "proved"),
        (GATED, r"\frac{\partial A_t}{\partial A_{t-1}} = w (1 + A_t^2)", "undecided"),
        (KNOWN, SLOPE + "r", "undecided"),
        (OTHER, SLOPE + "r", "undecided"),
    ],
)
def test_capitals_mean_the_small_letters_where_the_note_goes_on_with_these(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict
