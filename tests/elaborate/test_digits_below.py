"""Two digits below the name of a matrix are two indices."""

import pytest

from bptt_symbolic.api import prove

MATRIX = r"""
$W \in \mathbb{R}^{2 \times 3}$, $x_t \in \mathbb{R}^{3}$, $h_t \in \mathbb{R}^2$, $v \in \mathbb{R}^2$.
$$ z_t = W x_t + U h_{t-1} $$ $$ h_t = \tanh(z_t) $$ $$ L_t = v^\top h_t $$
$$ U = \begin{pmatrix} U_{11} & U_{12} \\ U_{21} & U_{22} \end{pmatrix} $$
$$ W_{11} = W_{11}, \quad W_{23} = W_{23} $$
"""
OWN = r"\begin{pmatrix} U_{11} & U_{12} \\ U_{21} & U_{22} \end{pmatrix}"
WRONG = r"\begin{pmatrix} W_{11} & W_{12} & W_{13} \\ W_{21} & W_{22} & W_{21} \end{pmatrix}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial z_t}{\partial h_{t-1}} = " + OWN, "proved"),
        (r"\frac{\partial z_t}{\partial x_t} = " + WRONG, "refuted"),
        (r"\frac{\partial h_{t,2}}{\partial x_{t,3}} = (1 - h_{t,2}^2) W_{23}", "proved"),
        (r"\frac{\partial h_{t,2}}{\partial x_{t,3}} = (1 - h_{t,2}^2) W_{22}", "refuted"),
        (r"\frac{\partial L_t}{\partial z_{t,1}} U_{12} = v_1 (1 - h_{t,1}^2) U_{12}", "proved"),
        (r"\frac{\partial L_t}{\partial z_{t,1}} U_{12} = v_1 (1 - h_{t,1}^2) U_{21}", "refuted"),
    ],
)
def test_two_digits_are_two_indices(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, MATRIX, repair=False).findings
    assert finding.verdict == verdict


UNITS = r"""
$$ h_{t1} = \tanh(w_{11} h_{t-1,1} + w_{12} h_{t-1,2}) $$
$$ h_{t2} = \tanh(w_{21} h_{t-1,1} + w_{22} h_{t-1,2}) $$
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_{t1}}{\partial h_{t-1,2}} = (1 - h_{t1}^2) w_{12}", "proved"),
        (r"\frac{\partial h_{t1}}{\partial h_{t-1,2}} = (1 - h_{t1}^2) w_{21}", "refuted"),
        (r"\frac{\partial h_{t2}}{\partial h_{t-1,2}} = (1 - h_{t2}^2) w_{22}", "proved"),
    ],
)
def test_units_that_are_numbered_behind_the_step(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, UNITS, repair=False).findings
    assert finding.verdict == verdict
