"""Whatever a note asks to compute ends soon, in a verdict or in a reason that says which limit was met."""

from itertools import pairwise

import pytest

from bptt_symbolic.api import check
from bptt_symbolic.reporting.report import Finding

NOTE = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ L_t = \frac12 \| s_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$
"""


def settle(*claims: str) -> list[Finding]:
    note = NOTE + "".join(f"\n$$ {claim} $$\n" for claim in claims)
    return [f for f in check(note, repair=False).findings if f.kind == "claim"]


def nested(count: int) -> str:
    return "".join(rf"\sum_{{a_{{{n}}}=1}}^{{T}} " for n in range(count)) + "L_t"


@pytest.mark.parametrize(
    "claim",
    [
        r"L_t = \sum_{i=1}^{1000000} L_t",
        r"L_t = \sum_{i=1}^{3000} \sum_{j=1}^{3000} L_t",
        r"L_t = L_t^{-1000000}",
        r"L_t = L_t^{99999}",
        f"L_t = {nested(10)}",
    ],
)
def test_more_terms_than_can_be_written_out_are_undecided_with_the_limit(claim: str) -> None:
    (found,) = settle(claim)
    assert found.verdict == "undecided"
    assert "more than 20000 terms" in found.message


def test_a_long_product_of_jacobians_is_the_transfer_over_all_of_them() -> None:
    product = r"\prod_{i=2}^{10} \frac{\partial s_i}{\partial s_{i-1}}"
    true, false = settle(
        rf"\frac{{\partial s_{{10}}}}{{\partial s_1}} = {product}",
        rf"\frac{{\partial s_{{10}}}}{{\partial s_2}} = {product}",
    )
    assert true.verdict == "proved"
    assert false.verdict == "refuted"


def test_nine_written_factors_end_in_a_reason() -> None:
    factors = " ".join(rf"\frac{{\partial s_{{t-{n}}}}}{{\partial s_{{t-{n + 1}}}}}" for n in range(1, 9))
    claim = rf"\frac{{\partial s_t}}{{\partial s_{{t-9}}}} = \frac{{\partial s_t}}{{\partial s_{{t-1}}}} {factors}"
    (found,) = settle(claim)
    assert found.verdict in {"proved", "undecided"}


def test_entries_that_are_written_as_numbers_are_looked_at_where_they_exist() -> None:
    wrong, also = settle(
        r"\frac{\partial z_{t,1}}{\partial W_{1,2}} = s_{t-1,1}", r"\frac{\partial z_{t,2}}{\partial x_{t,1}} = 1"
    )
    right, zero = settle(
        r"\frac{\partial z_{t,1}}{\partial s_{t-1,2}} = W_{1,2}", r"\frac{\partial z_{t,2}}{\partial x_{t,2}} = 1"
    )
    assert (wrong.verdict, also.verdict) == ("refuted", "refuted")
    assert (right.verdict, zero.verdict) == ("proved", "proved")


def test_functions_of_too_many_arguments_are_no_functions_of_the_first() -> None:
    scalars = "Let $h_t, w \\in \\mathbb{R}$.\n\n$$ h_t = \\tanh(w h_{t-1}) $$\n"
    for claim in (r"\gcd(h_t, 0) = h_t", r"\exp(h_t, w) = \exp(h_t)"):
        found = check(f"{scalars}\n$$ {claim} $$\n", repair=False).findings[-1]
        assert found.verdict == "undecided", claim


@pytest.mark.slow
def test_two_hundred_definitions_in_a_row_are_no_recursion_of_the_program() -> None:
    letters = "abcdefghijklmno"
    names = [rf"\mathrm{{q{a}{b}}}" for a in letters for b in letters][:200]
    rows = [f"{names[0]}_t = s_t", *(f"{b}_t = {a}_t + s_t" for a, b in pairwise(names))]
    found = settle(*rows, f"{names[-1]}_t = 200 s_t", f"{names[-1]}_t = 201 s_t")
    assert [f.verdict for f in found] == ["proved", "refuted"]
