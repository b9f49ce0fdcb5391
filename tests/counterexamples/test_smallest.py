"""The counterexample of a refuted claim is the smallest: no single step makes it smaller.

Steps and sizes are looked at in floating point, which the search does not use; numbers by the kernel.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest

from bptt_symbolic.api import understand
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Deriv,
    Function,
    Mul,
    Neg,
    Num,
    Ref,
    Shape,
    Term,
    Transpose,
)
from bptt_symbolic.proving.evidence import Entries, Point, Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.review.settling import settled
from bptt_symbolic.proving.settle import searching
from bptt_symbolic.proving.settle.shrinking import SIMPLE, VISIBLE, shrunk
from bptt_symbolic.reporting.report import Counterexample

Cases = tuple[Any, ...]
"""Of `Case` in `conftest.py`, which cannot be imported."""
Interval = Callable[[str], tuple[Fraction, Fraction]]

T, FIRST, END = Affine.of("t"), Affine(1), Affine.of(LAST)
EVERY = ("t", (FIRST, END))
S, P, Y, L = (Ref(name, T) for name in ("s", "haty", "y", "L"))
TWO = Num(Fraction(2))


def agrees(obligation: Obligation, steps: int, sizes: dict[str, int]) -> bool:
    """Whether the sides agree in floating point, or there is nothing to compare."""
    try:
        return fixed.agrees(obligation, steps, sizes)
    except Unsupported as reason:
        return "vacuous" in str(reason) or "finite" in str(reason)


def apart(example: Counterexample, interval: Interval) -> float:
    """The distance of the sides, relative to the larger one if that is over 1."""
    left, right, difference = (interval(x) for x in (example.left, example.right, example.difference))
    largest = max(Fraction(1), *(abs(x) for x in (*left, *right)))
    return float(min(abs(x) for x in difference) / largest)


def simpler(values: dict[Any, Entries]) -> Iterator[dict[Any, Entries]]:
    """The same numbers with one of them simpler, in every way."""
    for key, entries in values.items():
        for place, entry in enumerate(entries):
            for number in SIMPLE[: SIMPLE.index(entry) if entry in SIMPLE else None]:
                yield values | {key: (*entries[:place], number, *entries[place + 1 :])}


def test_no_smaller_number_of_steps_refutes(cases: Cases) -> None:
    for case in cases:
        sizes = fixed.sizes_of(case.obligation.network, (3,), (2, 4))
        fixed_steps = case.obligation.assumptions.steps
        for steps in range(1, case.example.steps) if fixed_steps is None else ():
            assert agrees(case.obligation, steps, sizes), case.finding.id


def test_no_size_can_be_smaller(cases: Cases) -> None:
    for case in cases:
        for name, size in case.example.sizes.items():
            for less in range(1, size):
                assert agrees(case.obligation, case.example.steps, {**case.example.sizes, name: less}), case.finding.id


def test_no_number_can_be_simpler(cases: Cases, interval: Interval) -> None:
    """Not one entry can be zero, or simpler, with a difference that is still seen."""
    for case in cases:
        point = case.witness.point
        for values in simpler(dict(point.values)):
            found = judge.confirm_witness(case.obligation, Witness(replace(point, values=values), case.witness.env))
            if isinstance(found, judge.Verdict):
                assert found.counterexample is not None
                assert apart(found.counterexample, interval) < VISIBLE, case.finding.id


def test_the_numbers_are_simple_and_the_difference_is_seen(cases: Cases, interval: Interval) -> None:
    for case in cases:
        assert case.witness.point.values, case.finding.id
        assert {x for entries in case.witness.point.values.values() for x in entries} <= set(SIMPLE)
        assert apart(case.example, interval) >= VISIBLE
        (low, high), (least, most) = interval(case.example.left), interval(case.example.right)
        assert high < least or most < low, "the intervals of the two sides do not meet"


def test_a_smaller_witness_that_the_kernel_refuses_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search gone wrong: steps out of range, and numbers at which the sides agree. The first witness stays."""
    note = r"$$s_t = \tanh(w s_{t-1})$$" + "\n\n" + r"$$\frac{\partial s_t}{\partial s_{t-1}} = w$$"
    asked: list[Witness] = []

    def wrong(_: Obligation, witness: Witness) -> Iterator[Witness]:
        asked.append(witness)
        yield Witness(witness.point, {"t": 7})
        yield Witness(replace(witness.point, values={("w", None): (Fraction(0),)}), witness.env)

    monkeypatch.setattr(searching, "shrunk", wrong)
    outcome = [one.outcome for one in settled(understand(note))][1]
    assert outcome is not None
    assert outcome.verdict.word == "refuted"
    assert [outcome.witness] == asked


# hypotheses


@pytest.fixture
def elman(networks: ModuleType) -> Network:
    network: Network = networks.elman()
    return network


def smallest(obligation: Obligation) -> tuple[Point, Counterexample]:
    """The first witness of the search that the kernel confirms."""
    first = next(w for w in fixed.propose(obligation).witnesses if confirmed(obligation, w) is not None)
    for witness in shrunk(obligation, first):
        verdict = confirmed(obligation, witness)
        if verdict is not None and verdict.counterexample is not None:
            return witness.point, verdict.counterexample
    pytest.fail("nothing is confirmed")


def confirmed(obligation: Obligation, witness: Witness) -> judge.Verdict | None:
    verdict = judge.confirm_witness(obligation, witness)
    return verdict if isinstance(verdict, judge.Verdict) else None


def twice_the_error(network: Network, assumptions: Assumptions) -> Obligation:
    """`dL/do = 2 (p - y)`: wrong by a factor."""
    right = Mul(TWO, Transpose(Add((P, Neg(Y)))))
    return Obligation(Deriv(L, Ref("o", T)), right, network, (EVERY,), (), assumptions)


def test_targets_that_add_to_one_still_do(elman: Network) -> None:
    _, example = smallest(twice_the_error(elman, Assumptions(sum_to_one=frozenset({"y"}))))
    assert example.steps == 1
    assert example.sizes == {"D": 1, "M": 1, "C": 2}
    assert example.values["y_1"] == ["1", "0"]


def test_targets_that_are_one_hot_still_are(elman: Network) -> None:
    _, example = smallest(twice_the_error(elman, Assumptions(one_hot=frozenset({"y"}))))
    assert sorted(example.values["y_1"]) == ["0", "1"]


def test_a_zero_start_is_kept(elman: Network) -> None:
    """`ds_t/dW` is not twice itself; at the first step it is zero."""
    left = Deriv(S, Ref("W"))
    claim = Obligation(left, Mul(TWO, left), elman, (EVERY,), (), Assumptions(zero_start=True))
    _, example = smallest(claim)
    assert example.steps == 2
    assert example.values["s_0"] == ["0"]


def test_the_number_of_steps_of_the_claim_is_kept(elman: Network) -> None:
    _, example = smallest(Obligation(S, Mul(TWO, S), elman, (EVERY,), (), Assumptions(steps=3)))
    assert example.steps == 3


def test_numbers_at_which_nothing_is_defined_are_avoided() -> None:
    """`log x` is no number at zero, and relu has no derivative there."""
    x, e, r = (Ref(name, T) for name in ("x", "e", "r"))

    def applied(name: str) -> Definition:
        return Definition(name[0], Apply(Function(name), (x,)), "t")

    definitions = {"e": replace(applied("log"), name="e"), "r": applied("relu")}
    network = Network(definitions, dict.fromkeys("xer", Shape()), frozenset("xer"))
    _, example = smallest(Obligation(Deriv(e, x), e, network, (EVERY,)))
    assert (example.values["x_1"], example.left, example.right) == ("1", "1", "0")
    _, example = smallest(Obligation(Deriv(r, x), TWO, network, (EVERY,)))
    assert (example.values["x_1"], example.left, example.right) == ("1", "1", "2")


def test_a_difference_that_is_always_small_is_shown_with_enough_digits(interval: Interval) -> None:
    """`tanh x + 10^-8` for `tanh x`: no numbers make it visible, and the report still tells the sides apart."""
    x, e = Ref("x", T), Ref("e", T)
    near: Term = Add((Apply(Function("tanh"), (x,)), Num(Fraction(1, 10**8))))
    definition = Definition("e", Apply(Function("tanh"), (x,)), "t")
    network = Network({"e": definition}, dict.fromkeys("xe", Shape()), frozenset("xe"))
    claim = Obligation(e, near, network, (EVERY,))
    point = Point(1, {}, values={("x", 1): (Fraction(1),)})
    verdict = confirmed(claim, Witness(point, {"t": 1}))
    assert verdict is not None
    assert verdict.counterexample is not None
    left, right = interval(verdict.counterexample.left), interval(verdict.counterexample.right)
    assert left[1] < right[0]
    _, example = smallest(claim)
    low, high = interval(example.right)
    assert example.left == "0"
    assert low <= Fraction(1, 10**8) <= high
