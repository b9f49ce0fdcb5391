"""A state that is a function of several quantities is a vector, so that the order of a product counts."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import network, prove

GENERAL = r"""
$$ h_t = f(h_{t-1}, x_t, w) $$

$$ o_t = g(h_t, v) $$

$$ L = \sum_{t=1}^T \ell(o_t, y_t) $$
"""


def test_a_state_of_several_arguments_is_a_vector() -> None:
    found = network(GENERAL)
    assert len(found.shapes["h"].axes) == len(found.shapes["o"].axes) == 1


SUMMED = r"\sum_{t=1}^T \frac{\partial L}{\partial h_t} \frac{\partial^+ h_t}{\partial w}"
ONE_PATH = r"\frac{\partial L}{\partial h_T} \prod_{t=1}^T \frac{\partial h_t}{\partial h_{t-1}}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t \frac{\partial h_i}{\partial h_{i-1}}", "proved"),
        (rf"\frac{{\partial L}}{{\partial w}} = {SUMMED}", "proved"),
        (rf"\frac{{\partial L}}{{\partial w}} = {ONE_PATH}", "ill-typed"),
    ],
)
def test_claims_about_any_recurrence(claim: str, verdict: str) -> None:
    (finding,) = prove(claim, GENERAL, repair=False).findings
    assert finding.verdict == verdict


def test_an_order_that_only_numbers_have_is_another_layout() -> None:
    first, second = r"\frac{\partial h_{t-1}}{\partial h_{t-2}}", r"\frac{\partial h_t}{\partial h_{t-1}}"
    claim = rf"\frac{{\partial h_t}}{{\partial h_{{t-2}}}} = {first} {second}"
    (finding,) = prove(claim, GENERAL, repair=False).findings
    assert finding.readings


def test_what_the_words_call_numbers_stays_a_number() -> None:
    found = check(f"All quantities are scalars.\n{GENERAL}", repair=False).networks[0]
    assert all(not q.shape for q in found.quantities)


def test_what_a_sum_takes_for_a_number_is_one() -> None:
    lines = (r"$$ h_t = f(h_{t-1}, x_t) $$", r"$$ d_t = e(h_t, y_t) $$", r"$$ L = \sum_{t=1}^T d_t $$")
    found = network("\n\n".join(lines))
    assert not found.shapes["d"].axes
