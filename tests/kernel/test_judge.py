"""The kernel confirms what is true, refuses what is not shown, and is the only maker of verdicts."""

from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import flint
import pytest

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Deriv,
    Diag,
    Function,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Shape,
    Term,
    Transpose,
)
from bptt_symbolic.proving.evidence import Identity, Point, Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.kernel.showing import number
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.methods import floats, polynomials, tensor
from bptt_symbolic.proving.methods.fixed import propose
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.scalars.expressions import Expression, parsed
from bptt_symbolic.scalars.rows import derivative

Polynomial = Any
"""A flint polynomial; flint has no types."""

T, FIRST, END = Affine.of("t"), Affine(1), Affine.of(LAST)
ONE = Num(Fraction(1))
SIZES = {"D": 3, "M": 2, "C": 4}
S, Z, BEFORE = Ref("s", T), Ref("z", T), Ref("s", T - 1)


@pytest.fixture
def elman(networks: ModuleType) -> Network:
    network: Network = networks.elman()
    return network


def always(left: Term, right: Term, network: Network, assumptions: Assumptions | None = None) -> Obligation:
    """`left = right` at every step."""
    return Obligation(left, right, network, (("t", (FIRST, END)),), (), assumptions or Assumptions())


def slope(sign: int) -> Term:
    """`diag(1 - s^2)`, or with the sign flipped."""
    square = Power(S, Affine(2), entrywise=True)
    return Diag(Add((ONE, Neg(square) if sign < 0 else square)))


def identity(steps: int = 3, sizes: dict[str, int] | None = None) -> Identity:
    return Identity("test", ("because",), steps, sizes or SIZES)


def settle(obligation: Obligation) -> judge.Verdict | judge.Refusal:
    """What the kernel says to the proposal of the method."""
    proposal = propose(obligation)
    if proposal.identity is not None:
        return judge.confirm_identity(obligation, proposal.identity)
    assert proposal.witnesses, proposal.reason
    return judge.confirm_witness(obligation, proposal.witnesses[0])


def test_a_true_claim_with_tanh_and_softmax_is_confirmed_in_balls(elman: Network) -> None:
    verdict = judge.confirm_identity(always(Deriv(S, Z), slope(-1), elman), identity())
    assert isinstance(verdict, judge.Verdict)
    assert verdict.word == "proved"
    assert verdict.scope is not None
    assert verdict.scope.steps == 3
    assert verdict.scope.sizes == SIZES


def test_a_false_claim_with_tanh_is_refuted_in_balls(elman: Network) -> None:
    verdict = settle(always(Deriv(S, Z), slope(+1), elman))
    assert isinstance(verdict, judge.Verdict)
    assert verdict.word == "refuted"
    example = verdict.counterexample
    assert example is not None
    assert example.left != example.right


def test_a_vacuous_obligation_is_refused(elman: Network) -> None:
    empty = Obligation(S, S, elman, (("t", (END + 1, END)),))
    refusal = judge.confirm_identity(empty, identity())
    assert isinstance(refusal, judge.Refusal)
    assert "vacuous" in refusal.reason


def test_a_false_identity_is_refused(elman: Network) -> None:
    refusal = judge.confirm_identity(always(Deriv(S, Z), slope(+1), elman), identity())
    assert isinstance(refusal, judge.Refusal)
    assert "differ" in refusal.reason


def test_a_method_with_a_flipped_sign_is_refused(elman: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tanh' = 1 + tanh^2`, in both arithmetics of the method."""
    false = always(Deriv(S, Z), slope(+1), elman)
    assert propose(false).identity is None

    def wrong(name: str, order: int) -> Expression:
        return parsed("1 + y^2") if name == "tanh" and order == 1 else derivative(name, order)

    monkeypatch.setattr(polynomials, "derivative", wrong)
    monkeypatch.setattr(floats, "derivative", wrong)
    proposal = propose(replace_network(false))
    assert proposal.identity is not None, "the corrupted method believes the false claim"
    refusal = judge.confirm_identity(false, proposal.identity)
    assert isinstance(refusal, judge.Refusal)


def test_a_method_that_loses_a_transpose_is_refused(elman: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ds_t/ds_{t-1} = diag(1 - s^2) W^T`, believed by a method whose transpose does nothing."""
    false = always(Deriv(S, BEFORE), Mul(slope(-1), Transpose(Ref("W"))), elman)
    assert propose(false).identity is None
    monkeypatch.setattr(tensor.Tensors, "_transpose", lambda _, a: a)
    proposal = propose(replace_network(false))
    assert proposal.identity is not None, "the corrupted method believes the false claim"
    refusal = judge.confirm_identity(false, proposal.identity)
    assert isinstance(refusal, judge.Refusal)


def test_a_method_that_forgets_a_path_is_refused(elman: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ds_t/dW` without what comes through `s_{t-1}`: the immediate derivative passed off as the total one."""
    false = always(Deriv(S, Ref("W")), Deriv(S, Ref("W"), "immediate"), elman)
    assert propose(false).identity is None
    monkeypatch.setattr(tensor.Seed, "holds", lambda self, time: time is not None and time < (self.since or 3))
    proposal = propose(
        replace(replace_network(false), variables=(("t", (END, END)),), assumptions=Assumptions(steps=3))
    )
    assert proposal.identity is not None, "the corrupted method believes the false claim"
    refusal = judge.confirm_identity(false, proposal.identity)
    assert isinstance(refusal, judge.Refusal)


def replace_network(obligation: Obligation) -> Obligation:
    """The same claim about a copy of the network, of which nothing has been kept."""
    return replace(obligation, network=replace(obligation.network))


def test_a_witness_outside_the_ranges_is_refused(elman: Network) -> None:
    false = always(Deriv(S, Z), slope(+1), elman)
    for env in ({"t": 0}, {"t": 3}, {}, {"t": 1, "k": 1}):
        refusal = judge.confirm_witness(false, Witness(Point(2, SIZES), env))
        assert isinstance(refusal, judge.Refusal)
        assert "outside" in refusal.reason


def test_a_witness_where_the_sides_agree_is_refused(elman: Network) -> None:
    """At the first step the immediate derivative is the total one."""
    false = always(Deriv(S, Ref("W")), Deriv(S, Ref("W"), "immediate"), elman)
    refusal = judge.confirm_witness(false, Witness(Point(2, SIZES), {"t": 1}))
    assert isinstance(refusal, judge.Refusal)
    assert "agree" in refusal.reason
    verdict = judge.confirm_witness(false, Witness(Point(2, SIZES), {"t": 2}))
    assert isinstance(verdict, judge.Verdict)


HYPOTHESES = {
    "sum(y) = 1": Assumptions(sum_to_one=frozenset({"y"})),
    "one-hot": Assumptions(one_hot=frozenset({"y"})),
}


@pytest.mark.parametrize("assumptions", HYPOTHESES.values(), ids=HYPOTHESES)
def test_a_witness_that_breaks_the_hypotheses_is_refused(elman: Network, assumptions: Assumptions) -> None:
    """`dL/do = p - y` holds when the entries of `y` add to one, and only then."""
    right = Transpose(Add((Ref("haty", T), Neg(Ref("y", T)))))
    claim = always(Deriv(Ref("L", T), Ref("o", T)), right, elman, assumptions)
    verdict = settle(claim)
    assert isinstance(verdict, judge.Verdict)
    assert verdict.word == "proved"
    refusal = judge.confirm_witness(claim, Witness(Point(2, SIZES), {"t": 1}))
    assert isinstance(refusal, judge.Refusal), "the numbers of this witness do not meet the hypotheses"


def test_a_witness_that_ignores_the_zero_start_is_refused(elman: Network) -> None:
    """`ds_1/dW = 0` holds when the initial state is zero."""
    zero = Mul(Num(Fraction(0)), Deriv(Ref("s", FIRST), Ref("W")))
    claim = Obligation(Deriv(Ref("s", FIRST), Ref("W")), zero, elman, (), (), Assumptions(zero_start=True))
    verdict = settle(claim)
    assert isinstance(verdict, judge.Verdict)
    assert verdict.word == "proved"
    assert isinstance(judge.confirm_witness(claim, Witness(Point(2, SIZES), {})), judge.Refusal)


CHOSEN = {
    "an entry of y is lost": (Assumptions(sum_to_one=frozenset({"y"})), "y", (1, 0, Fraction(1, 2), 0)),
    "two classes are marked": (Assumptions(one_hot=frozenset({"y"})), "y", (1, 1, 0, 0)),
    "a class is marked by halves": (Assumptions(one_hot=frozenset({"y"})), "y", (Fraction(1, 2), Fraction(1, 2), 0, 0)),
    "the start is not zero": (Assumptions(zero_start=True), "s", (0, 1, 0)),
}


@pytest.mark.parametrize(("assumptions", "name", "numbers"), CHOSEN.values(), ids=CHOSEN)
def test_chosen_numbers_that_break_the_hypotheses_are_refused(
    elman: Network, assumptions: Assumptions, name: str, numbers: tuple[Fraction | int, ...]
) -> None:
    """Whatever a point says about its numbers, the kernel looks at those that it used."""
    claim = always(Ref("L", T), Add((Ref("L", T), ONE)), elman, assumptions)
    values: dict[tuple[str, int | None], tuple[Fraction, ...]]
    values = {(name, t): tuple(map(Fraction, numbers)) for t in (0, 1)}
    told = Point(1, SIZES, sum_to_one=frozenset({"y"}), zero_start=assumptions.zero_start, values=values)
    lying = LyingPoint(1, SIZES, sum_to_one=frozenset({"y"}), labels={"y": (0,)}, zero_start=True, values=values)
    for point in (told, lying):
        refusal = judge.confirm_witness(claim, Witness(point, {"t": 1}))
        if point is told and assumptions.zero_start:
            assert isinstance(refusal, judge.Verdict), "a point that starts at zero has no other start"
        else:
            assert isinstance(refusal, judge.Refusal)
            assert "hypotheses" in refusal.reason


class LyingPoint(Point):
    """Says that it meets the hypotheses, and gives its numbers all the same."""

    def given(self, name: str, time: int | None, dims: tuple[int, ...], *, state: bool) -> list[flint.fmpq]:
        if (name, time) in self.values:
            return [flint.fmpq(x.numerator, x.denominator) for x in self.values[name, time]]
        return super().given(name, time, dims, state=state)


def test_too_few_numbers_are_refused(elman: Network) -> None:
    claim = always(Ref("L", T), ONE, elman)
    refusal = judge.confirm_witness(claim, Witness(Point(1, SIZES, values={("y", 1): (Fraction(1),)}), {"t": 1}))
    assert isinstance(refusal, judge.Refusal)
    assert "1 numbers for y, which has 4 entries" in refusal.reason


def test_a_gap_is_relative_and_zero_where_nothing_can_be_said(elman: Network) -> None:
    tables = Tables(elman, Point(1, SIZES))
    twice = always(Num(Fraction(300)), Num(Fraction(100)), elman)
    assert judge.gap(twice, tables, {"t": 1}) == pytest.approx(2 / 3)
    assert judge.gap(always(Num(Fraction(1, 2)), Num(Fraction(0)), elman), tables, {"t": 1}) == pytest.approx(0.5)
    assert judge.gap(always(S, S, elman), tables, {"t": 1}) == 0
    assert judge.gap(always(Apply(Function("log"), (Num(Fraction(-1)),)), ONE, elman), tables, {"t": 1}) == 0


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (flint.fmpq(-83, 200), 6, "-83/200"),
        (flint.arb(flint.fmpq(1, 4)), 6, "1/4"),
        (flint.arb(2).log(), 6, "[0.693147, 0.693148]"),
        (-flint.arb(2).log(), 3, "[-0.694, -0.693]"),
        (flint.arb(10).exp(), 6, "[22026.4, 22026.5]"),
    ],
)
def test_numbers_are_fractions_or_intervals_rounded_outwards(value: Any, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize("power", [10**6, -(10**6), 12345])
def test_numbers_of_any_size_are_enclosed(power: int) -> None:
    value = flint.arb(power).exp()
    low, high = (flint.arb(end) for end in number(value)[1:-1].split(", "))
    assert low < value < high
    assert (high - low) / value < 1e-4


def test_an_identity_at_other_steps_than_the_claim_is_refused(elman: Network) -> None:
    claim = always(S, S, elman, Assumptions(steps=4))
    assert isinstance(judge.confirm_identity(claim, identity(4)), judge.Verdict)
    assert isinstance(judge.confirm_identity(claim, identity(3)), judge.Refusal)


def test_a_verdict_cannot_be_made_outside_the_kernel() -> None:
    with pytest.raises(TypeError, match="only the kernel"):
        judge.Verdict("proved")
    with pytest.raises(TypeError, match="only the kernel"):
        judge.Verdict("refuted", seal=object())


def test_a_generic_function_gives_exact_fractions(networks: ModuleType) -> None:
    """`dy/dz = diag(f(z))` for `diag(f'(z))`: the generic `f` is a cubic, and the difference a fraction."""
    jordan: Network = networks.jordan()
    y, z = Ref("y", T), Ref("z", T)

    def right(order: int) -> Term:
        return Diag(Apply(Function("f", "generic", order), (z,)))

    proved = settle(always(Deriv(y, z), right(1), jordan))
    assert isinstance(proved, judge.Verdict)
    assert proved.word == "proved"
    refuted = settle(always(Deriv(y, z), right(0), jordan))
    assert isinstance(refuted, judge.Verdict)
    example = refuted.counterexample
    assert example is not None
    assert Fraction(example.left) - Fraction(example.right) == Fraction(example.difference) != 0


def test_exponentials_are_confirmed_and_refuted() -> None:
    """`d exp(x)/dx = exp(x)`, and not `x exp(x)`."""
    x, e = Ref("x", T), Ref("e", T)
    definitions = {"e": Definition("e", Apply(Function("exp"), (x,)), "t")}
    network = Network(definitions, {"x": Shape(), "e": Shape()}, frozenset({"x", "e"}))
    assert isinstance(judge.confirm_identity(always(Deriv(e, x), e, network), identity(2, {})), judge.Verdict)
    wrong = judge.confirm_witness(always(Deriv(e, x), Mul(x, e), network), Witness(Point(1, {}), {"t": 1}))
    assert isinstance(wrong, judge.Verdict)
    assert wrong.word == "refuted"


def test_sides_that_cannot_be_computed_are_refused(elman: Network) -> None:
    claim = always(Apply(Function("log"), (Num(Fraction(-1)),)), ONE, elman)
    refusal = judge.confirm_identity(claim, identity())
    assert isinstance(refusal, judge.Refusal)
    assert "logarithm" in refusal.reason
