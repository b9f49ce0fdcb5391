"""Values that are kept: they must be those that are computed anew, at every step, seed and place."""

import math
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Deriv, Mul, Num, Prod, Ref, Sum, Term, Transpose
from bptt_symbolic.proving.methods import remembered
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.numbered import Numbered
from bptt_symbolic.proving.methods.remembered import Remembering, gap
from bptt_symbolic.proving.methods.tensor import Tensors

T, K, BETWEEN, ONE = Affine.of("t"), Affine.of("k"), Affine.of("i"), Affine(1)
SIZES = {"D": 3, "M": 2, "C": 4}


def closed_form(mode: str, first: Affine = ONE) -> Term:
    steps = Prod("i", K + 1, T, Deriv(Ref("s", BETWEEN), Ref("s", BETWEEN - 1)), newest=True)
    return Sum("k", first, T, Mul(Deriv(Ref("L", T), Ref("s", T)), Mul(steps, Deriv(Ref("s", K), Ref("W"), mode))))  # type: ignore[arg-type]


TERMS: list[Term] = [
    closed_form("immediate"),
    closed_form("total"),
    closed_form("immediate", Affine(2)),
    Deriv(Ref("L", T), Ref("W")),
    Transpose(Deriv(Ref("L", T), Ref("s", T))),
    Deriv(Mul(Ref("W"), Ref("s", T)), Ref("s", T - 1)),
]


@pytest.fixture
def elman(networks: ModuleType) -> Network:
    network: Network = networks.elman()
    return network


def test_what_is_kept_is_what_is_computed_anew(elman: Network) -> None:
    kept = Remembering(elman, Floats(0), 4, SIZES)
    for t in (3, 2, 4, 3, 2):
        for term in (*TERMS, *reversed(TERMS)):
            anew = Tensors(elman, Floats(0), 4, SIZES).evaluate(term, {"t": t})
            found = kept.evaluate(term, {"t": t})
            assert found.up == anew.up
            assert np.array_equal(found.data, anew.data)


def test_nothing_changes_when_the_memory_is_full(elman: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_KNOWN", 5)
    kept = Remembering(elman, Floats(0), 4, SIZES)
    for term in (*TERMS, *TERMS):
        assert np.array_equal(
            kept.evaluate(term, {"t": 3}).data, Tensors(elman, Floats(0), 4, SIZES).evaluate(term, {"t": 3}).data
        )


def test_terms_that_say_the_same_have_one_number_and_others_have_others() -> None:
    numbered = Numbered()
    numbers = [numbered.of(term).number for term in TERMS]
    assert len(set(numbers)) == len(TERMS)
    assert numbered.of(closed_form("immediate")).number == numbers[0]
    assert numbered.of(closed_form("immediate", Affine(3))).number not in numbers


def test_the_gap_of_two_terms(elman: Network) -> None:
    kept = Remembering(elman, Floats(0), 4, SIZES)
    left = Deriv(Ref("L", T), Ref("W"))
    for _ in range(2):
        assert kept.gap(left, closed_form("immediate"), {"t": 3}) < 1e-12
        assert kept.gap(left, closed_form("total"), {"t": 3}) > 1e-3
        assert kept.gap(left, Num(Fraction(0)), {"t": 3}) > 1e-3


def test_a_value_that_is_not_finite_has_no_gap() -> None:
    for one in (np.array(math.inf), np.array([1.0, math.nan])):
        assert math.isnan(gap(one, one))
    assert gap(np.array([1.0, 2.0]), np.array([1.0, 4.0])) == 0.5
    assert gap(np.array(0.25), np.array(0.75)) == 0.5
