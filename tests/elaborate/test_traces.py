r"""`tr(A^\top B)`: the sum of the products of entries, whose derivatives are those of a squared norm."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import prove

BATCH = r"""
Let $X_t \in \mathbb{R}^{n \times d}$, $H_t, Y_t \in \mathbb{R}^{n \times h}$, $P \in \mathbb{R}^{h \times h}$.
$$ H_t = \tanh(X_t U + H_{t-1} W) $$
$$ L_t = \frac12 \operatorname{tr}\left( (H_t - Y_t)^\top (H_t - Y_t) \right) $$
$$ J_t = \mathrm{Tr}(H_t P H_t^\top) $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L_t}{\partial H_t} = H_t - Y_t", "proved"),
        (r"\frac{\partial L_t}{\partial H_t} = 2 (H_t - Y_t)", "refuted"),
        (r"\frac{\partial J_t}{\partial H_t} = H_t (P + P^\top)", "proved"),
        (r"\frac{\partial J_t}{\partial H_t} = 2 H_t P", "refuted"),
        (r"\frac{\partial J_t}{\partial P} = H_t^\top H_t", "proved"),
        (r"\frac{\partial J_t}{\partial P} = H_t H_t^\top", "ill-typed"),
        (r"\mathrm{tr}(H_t^\top Y_t) = \mathrm{tr}(Y_t H_t^\top)", "proved"),
        (r"\mathrm{tr}(H_t^\top Y_t) = \mathrm{tr}(H_t^\top H_t)", "refuted"),
        (r"\frac{\partial L_t}{\partial U} = X_t^\top ((H_t - Y_t) \odot (1 - H_t^2))", "refuted"),
    ],
)
def test_traces(claim: str, verdict: str) -> None:
    """The last one leaves out the earlier steps."""
    (finding,) = prove(claim, BATCH, repair=False).findings
    assert finding.verdict == verdict


def test_a_matrix_that_is_not_square_has_none() -> None:
    claim = r"\mathrm{tr}(H_t) = \mathrm{tr}(Y_t)"
    (finding,) = prove(claim, BATCH, repair=False).findings
    assert finding.verdict == "ill-typed"


def test_a_transpose_called_tr_is_one() -> None:
    note = r"$$ h_t = \tanh(W h_{t-1}) $$ $$ L = \frac12 h_T^{tr} h_T $$ $$ \frac{\partial L}{\partial h_T} = h_T $$"
    assert [f.verdict for f in check(note, repair=False).findings if f.kind == "claim"] == ["proved"]
