"""What is divided by stands under a sum: the summands are compared one by one."""

import pytest

from bptt_symbolic import check

NOTE = r"""
# Labels that do not exclude each other

$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ p_t = \sigma(V h_t + c) $$
where $\sigma$ is the logistic sigmoid.
$$ E_t = -\sum_{j} \left[ y_{t,j} \log p_{t,j} + (1 - y_{t,j}) \log (1 - p_{t,j}) \right] $$
$$ E = \sum_{t=1}^T E_t $$
"""
COSH = r"""
$$ s_t = W s_{t-1} + U x_t $$
$$ q_t = \cosh(s_t) $$
$$ E = \sum_{t=1}^T \sum_j \log q_{t,j} $$
"""
CLAIMS = [
    (NOTE, r"\frac{\partial E}{\partial V} = \sum_{t=1}^T (p_t - y_t) h_t^\top", "proved"),
    (NOTE, r"\frac{\partial E}{\partial c} = \sum_{t=1}^T (p_t - y_t)", "proved"),
    (NOTE, r"\frac{\partial E}{\partial V} = \sum_{t=1}^T (y_t - p_t) h_t^\top", "refuted"),
    (NOTE, r"\frac{\partial E}{\partial V} = \sum_{t=1}^T (p_t - y_t) h_{t-1}^\top", "refuted"),
    (NOTE, r"\frac{\partial E}{\partial c} = \sum_{t=1}^T (p_{t-1} - y_t)", "refuted"),
    (COSH, r"\frac{\partial E}{\partial q_t} = 1 \oslash q_t", "proved"),
    (COSH, r"\frac{\partial E}{\partial U} = \sum_{t=1}^T \frac{\partial E}{\partial s_t} x_t^\top", "proved"),
]


@pytest.mark.parametrize(("network", "claim", "verdict"), CLAIMS)
def test_a_sum_of_quotients(network: str, claim: str, verdict: str) -> None:
    (found,) = (f for f in check(f"{network}\n$$ {claim} \\tag{{1}} $$\n", repair=False).findings if f.kind == "claim")
    assert found.verdict == verdict, found.message
