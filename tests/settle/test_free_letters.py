"""A letter that stands on the right side alone is no slip where the claim holds for all of its values."""

import pytest

from bptt_symbolic.api import prove

NOTE = r"""Let $s_t, q_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ q_t = \tanh(W s_{t-1} + x_t) $$

$$ s_t = s_{t-1} + q_t $$

$$ L_t = \frac12 \| s_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""


CHAIN = r"\frac{\partial s_t}{\partial s_k} = \frac{\partial s_t}{\partial s_\tau} \frac{\partial s_\tau}{\partial s_k}"
TURNED = (
    r"\frac{\partial s_t}{\partial s_k} = \frac{\partial s_\tau}{\partial s_k} \frac{\partial s_t}{\partial s_\tau}"
)
"""The same in denominator layout."""


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (CHAIN, "proved"),
        (TURNED, "proved"),
        (TURNED.replace("s_k", "s_{k+1}", 1), "refused"),
        (r"s_t = s_k + \sum_{l=k+1}^{t} q_l", "undecided"),
        (
            r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L_t}{\partial W} + x_k x_t^\top",
            "refused",
        ),
        (CHAIN.replace(r"}{\partial s_\tau}", r"}{\partial s_{\tau+1}}"), "refused"),
    ],
)
def test_the_letter_is_free(formula: str, verdict: str) -> None:
    (finding,) = prove(formula, NOTE, repair=False).findings
    assert finding.verdict == verdict or (verdict == "refused" and finding.verdict != "proved"), finding.message
