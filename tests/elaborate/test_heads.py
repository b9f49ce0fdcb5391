"""What stands on the left of a definition: a row by the name of its column."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

NETWORK = r"""
$$ z_t = W h_{t-1} + U x_t $$

$$ h_t = \tanh(z_t) $$

$$ L = \sum_{t=1}^T \| h_t - y_t \|^2 $$
"""


def last(*parts: str) -> Finding:
    return [f for f in check("\n\n".join(parts) + "\n", repair=False).findings if f.kind == "claim"][-1]


@pytest.mark.parametrize("head", [r"\delta_t^\top", r"\delta_t^T", r"(\delta_t)^\top", r"\delta^\top_t"])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top", "proved"),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_t^\top", "refuted"),
        (r"\delta_t^\top = (2 (h_t - y_t)^\top + \delta_{t+1}^\top W) \mathrm{diag}(1 - h_t^2)", "proved"),
        (r"\delta_t^\top = (2 (h_t - y_t)^\top + \delta_{t+1}^\top W^\top) \mathrm{diag}(1 - h_t^2)", "refuted"),
    ],
)
def test_the_transpose_of_an_error_names_the_row(head: str, claim: str, verdict: str) -> None:
    assert last(NETWORK, rf"$$ {head} = \frac{{\partial L}}{{\partial z_t}} $$", f"$$ {claim} $$").verdict == verdict


def test_the_transpose_of_what_is_defined_already_is_a_claim() -> None:
    wrong = last(NETWORK, r"$$ h_t^\top = \frac{\partial L}{\partial z_t} $$")
    assert wrong.verdict == "refuted"
