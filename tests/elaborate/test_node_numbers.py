"""Graphs whose errors are told apart by the numbers of their nodes; what is added to itself."""

import pytest

import bptt_symbolic

GATED = r"""Point-wise products are written $\odot$; the nodes of the graph are numbered.

$$ z_t = \sigma(W_z x_t + U_z h_{t-1}) $$
$$ g_t = \tanh(W_g x_t + U_g h_{t-1}) $$
$$ h_t = z_t \odot g_t $$

The error from above is $\delta 1$.

$$ \delta 2 = \delta 1 \odot 3 = \delta 1 \odot g_t $$
$$ \delta 3 = \delta 1 \odot 2 = \delta 1 \odot z_t $$
$$ \delta 4 = \delta 2 \odot f'(2) = \delta 2 \odot \sigma'(z_t) $$
"""
CELL = r"""$$ a_t = w h_{t-1} + u x_t $$
$$ h_t = \tanh(a_t) $$
$$ o_t = v h_t $$

$$ \delta 6 = \delta 7 \times 4 = \delta 7 \times h_t $$
$$ \delta 4 = \delta 7 \times 5 = \delta 7 \times v $$
$$ \delta 3 = \delta 4 \times f'(3) = \delta 4 \times \tanh'(a_t) $$
$$ \delta 5 = \delta 3 \times x_t $$
"""
LAYERS = r"""The sign $\cdot$ is a product of entries.

$$ c_t = c_{t-1} \cdot f_t + \tanh(x_t) $$

$$ \varepsilon 8 = \varepsilon 9 \cdot 5 = \varepsilon 9 \cdot f_t $$
$$ \varepsilon 5 = \varepsilon 9 \cdot 8 = \varepsilon 9 \cdot c_{t-1} $$
"""
CLAIMS = [
    (GATED, r"\delta 2 = g_t \odot \delta 1", "proved"),
    (GATED, r"\delta 2 = z_t \odot \delta 1", "refuted"),
    (GATED, r"\delta 4 = \delta 1 \odot g_t \odot \sigma'(z_t)", "proved"),
    (GATED, r"\delta 9 = \delta 3 \odot 2 = \delta 3 \odot g_t", "refuted"),  # node 2 holds z_t
    (GATED, r"\delta 9 = \delta 3 \odot 2 = \delta 3 \odot z_t", None),
    (GATED, r"\delta 9 = 2 \delta 1 = \delta 1 + \delta 1", "proved"),
    (GATED, r"\delta 9 = 2 \delta 1 = 3 \delta 1", "refuted"),
    (CELL, r"\delta 3 = \delta 7 \times v \times \tanh'(a_t)", "proved"),
    (CELL, r"\delta 3 = \delta 7 \times v \times \tanh'(h_t)", "refuted"),
    (LAYERS, r"\varepsilon 8 = f_t \cdot \varepsilon 9", "proved"),
    (LAYERS, r"\varepsilon 5 = f_t \cdot \varepsilon 9", "refuted"),
]
ONCE = r"""$$ h_t = \tanh(w h_{t-1} + u x_t) $$

$$ \delta 4 = \delta 3 \cdot 2 = \delta 3 + \delta 3 $$

"""
SUMS = r"""$$ h_t = \tanh(W h_{t-1} + U x_t) $$

$$ L_t = \frac12 \| h_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$

$$ e_t = \frac{\partial L}{\partial h_t} $$

"""
UPDATES = [
    (SUMS, r"dW = dW + (e_t \odot (1 - h_t^2)) h_{t-1}^\top", "other", None),
    (SUMS, r"\delta W = \delta W + e_t h_{t-1}^\top", "other", None),
    (SUMS, r"g_t = g_t + e_t h_{t-1}^\top", "other", None),
    (SUMS, r"e_t = e_t + W^\top e_{t+1}", "claim", "refuted"),
    (SUMS, r"h_t = h_t + U x_t", "claim", "refuted"),
    (SUMS, r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_t} + U x_t", "claim", "refuted"),
]


@pytest.mark.parametrize(("note", "claim", "verdict"), CLAIMS)
def test_behind_an_error_the_number_of_a_node_is_what_the_node_holds(note: str, claim: str, verdict: str) -> None:
    assert bptt_symbolic.check(f"{note}$${claim}$$", repair=False).findings[-1].verdict == verdict


def test_a_claim_about_a_node_stands_where_the_page_has_it() -> None:
    found = bptt_symbolic.check(rf"{GATED}$$\delta 9 = \delta 3 \odot 2 = \delta 3 \odot g_t$$", repair=False).findings
    assert found[-1].latex == r"\delta 3 \odot 2 = \delta 3 \odot g_t"


def test_a_number_that_no_practice_explains_is_a_number() -> None:
    assert bptt_symbolic.check(ONCE, repair=False).findings[-1].verdict == "proved"
    wrong = ONCE.replace(r"+ \delta 3", r"+ 3 \delta 3")
    assert bptt_symbolic.check(wrong, repair=False).findings[-1].verdict == "refuted"


@pytest.mark.parametrize(("note", "relation", "kind", "verdict"), UPDATES)
def test_what_is_added_to_itself_is_an_update(note: str, relation: str, kind: str, verdict: str | None) -> None:
    found = bptt_symbolic.check(f"{note}$${relation}$$", repair=False).findings[-1]
    assert (found.kind, found.verdict) == (kind, verdict)
