"""True claims -> proofs for every T and all sizes; false ones have none, and the kernel refuses a broken rule."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    AtLabel,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Function,
    Mul,
    Neg,
    Num,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.proving.evidence import Identity
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods.symbolic import NoProof, Proof, collapse, prove, residual_latex
from bptt_symbolic.proving.methods.symbolic.domains import Closure
from bptt_symbolic.proving.methods.symbolic.forms import Atom, Form, Mono
from bptt_symbolic.proving.methods.symbolic.world import World
from bptt_symbolic.proving.obligation import Assumptions, Obligation

Claim = Any
"""A row of `claims.CLAIMS`."""

T, K, J, END = (Affine.of(name) for name in "tkjT")
FIRST = Affine(1)
EVERY = ("t", (FIRST, END))
ROOM = {"C": 2, "D": 3, "M": 4}


def test_a_true_claim_is_proved(claim: Claim, cells: dict[str, Network]) -> None:
    found = prove(claim.about(cells[claim.cell]))
    assert isinstance(found, Proof), found
    assert found.all_steps
    assert found.all_sizes


@pytest.mark.slow
def test_the_kernel_confirms_every_proof(claim: Claim, cells: dict[str, Network]) -> None:
    obligation = claim.about(cells[claim.cell])
    found = prove(obligation)
    assert isinstance(found, Proof)
    sizes = {name: ROOM[name] for name in obligation.network.sizes}
    verdict = judge.confirm_identity(
        obligation, Identity("symbolic", found.steps, 3, sizes, all_steps=True, all_sizes=True)
    )
    assert isinstance(verdict, judge.Verdict), verdict


def closed(low: Affine = FIRST, mode: str = "immediate", *, newest: bool = True) -> Term:
    steps = Prod("i", K + 1, T, Deriv(Ref("s", Affine.of("i")), Ref("s", Affine.of("i") - 1)), newest, Affine.of("D"))
    last = Deriv(Ref("s", K), Ref("W"), mode)  # type: ignore[arg-type]
    return Sum("k", low, T, Mul(Deriv(Ref("L", T), Ref("s", T)), Mul(steps, last)))


WRONG: dict[str, tuple[Term, Term]] = {
    "a sum from the second step on": (Deriv(Ref("L", T), Ref("W")), closed(Affine(2))),
    "a total derivative for an immediate one": (Deriv(Ref("L", T), Ref("W")), closed(mode="total")),
    "a product in ascending order": (Deriv(Ref("L", T), Ref("W")), closed(newest=False)),
    "a missing sign": (Deriv(Ref("L", T), Ref("haty", T)), Transpose(Divide(Ref("y", T), Ref("haty", T)))),
    "a state for the one before": (
        Deriv(Ref("s", T), Ref("W"), "immediate"),
        Deriv(Ref("s", T - 1), Ref("W"), "immediate"),
    ),
    "a transposed matrix": (Deriv(Ref("z", T), Ref("s", T - 1)), Transpose(Ref("W"))),
    "a state that starts at zero": (Ref("s", Affine(0)), Mul(Num(Fraction(2)), Ref("s", Affine(0)))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_false_claim_is_not_proved(name: str, cells: dict[str, Network]) -> None:
    left, right = WRONG[name]
    assert isinstance(prove(Obligation(left, right, cells["elman"], (EVERY,))), NoProof)


def test_a_sum_from_k_0_counts_the_initial_state_which_does_not_depend_on_the_weights(
    cells: dict[str, Network],
) -> None:
    total = Sum("k", Affine(0), T, Mul(Deriv(Ref("s", T), Ref("s", K)), Deriv(Ref("s", K), Ref("W"), "immediate")))
    assert isinstance(prove(Obligation(Deriv(Ref("s", T), Ref("W")), total, cells["elman"], (EVERY,))), Proof)


def test_the_residual_of_a_sum_from_t_2_is_the_missing_first_term(cells: dict[str, Network]) -> None:
    whole = Sum("t", FIRST, END, Ref("L", T))
    rest = residual_latex(Obligation(whole, Sum("t", Affine(2), END, Ref("L", T)), cells["elman"], ()))
    assert rest is not None
    assert rest
    assert not any(r"\sum_{2" in line for line in rest)


@pytest.mark.parametrize(("first", "verdict"), [(0, NoProof), (1, Proof)])
def test_a_given_initial_state_has_no_formula_to_differentiate(
    first: int,
    verdict: type,
    cells: dict[str, Network],
) -> None:
    left = Deriv(Ref("h", T), Ref("o", T), "direct")
    right = Diag(Apply(Function("tanh"), (Ref("c", T),)))
    found = prove(Obligation(left, right, cells["lstm"], (("t", (Affine(first), END)),)))
    assert isinstance(found, verdict)


# hypotheses


def error() -> tuple[Term, Term]:
    return Transpose(Deriv(Ref("L", T), Ref("o", T))), Add((Ref("haty", T), Neg(Ref("y", T))))


@pytest.mark.parametrize(
    ("assumptions", "proved"),
    [
        (Assumptions(), False),
        (Assumptions(sum_to_one=frozenset({"y"})), True),
        (Assumptions(one_hot=frozenset({"y"})), True),
        (Assumptions(zero_start=True), False),
    ],
)
def test_the_error_needs_targets_that_add_to_one(
    assumptions: Assumptions,
    proved: bool,  # noqa: FBT001 - a column of the table
    cells: dict[str, Network],
) -> None:
    left, right = error()
    found = prove(Obligation(left, right, cells["elman"], (EVERY,), assumptions=assumptions))
    assert isinstance(found, Proof) is proved


@pytest.mark.parametrize(("marks", "proved"), [("label", True), ("other", False)])
def test_the_class_that_a_target_marks_decides(*, marks: str, proved: bool, cells: dict[str, Network]) -> None:
    loss = Neg(Apply(Function("log"), (AtLabel(Ref("haty", T), Ref("y", T)),)))
    left = Deriv(loss, Entry(Ref("o", T), (J,)))
    right = Add((Entry(Ref("haty", T), (J,)), Num(Fraction(-1))))
    hypothesis = {"y": J}
    assumptions = Assumptions(one_hot=frozenset({"y"}), marked_at=T)
    assumptions = replace(assumptions, label=hypothesis) if marks == "label" else replace(assumptions, other=hypothesis)
    variables = (EVERY, ("j", (FIRST, Affine.of("C"))))
    found = prove(Obligation(left, right, cells["elman"], variables, assumptions=assumptions))
    assert isinstance(found, Proof) is proved


def test_a_zero_initial_state_is_used_only_when_it_is_given(cells: dict[str, Network]) -> None:
    network = cells["elman"]
    left, right = Deriv(Ref("s", FIRST), Ref("W")), Num(Fraction(0))
    given = Definition("s", Constant("zero", Affine.of("D")), at=Affine(0))
    assert isinstance(prove(Obligation(left, right, network)), NoProof)
    assert isinstance(prove(Obligation(left, right, network, assumptions=Assumptions(zero_start=True))), Proof)
    assert isinstance(prove(Obligation(left, right, replace(network, initial=(given,)))), Proof)
    earlier = Obligation(Ref("s", Affine(-1)), right, replace(network, initial=(given,)))
    assert isinstance(prove(earlier), NoProof)


def test_the_transfer_of_a_linear_network_is_a_power(cells: dict[str, Network]) -> None:
    variables = (EVERY, ("k", (FIRST, T)))
    transfer = Deriv(Ref("s", T), Ref("s", K))
    power = Power(Ref("W"), T - K)
    assert isinstance(prove(Obligation(transfer, power, cells["linear"], variables)), Proof)
    assert isinstance(prove(Obligation(Transpose(transfer), power, cells["linear"], variables)), NoProof)
    assert isinstance(prove(Obligation(transfer, power, cells["elman"], variables)), NoProof)
    step = Mul(Ref("W"), Power(Ref("W"), T - K))
    assert isinstance(prove(Obligation(step, Power(Ref("W"), T - K + 1), cells["linear"], variables)), Proof)
    turned = Power(Transpose(Ref("W")), T - K)
    assert isinstance(prove(Obligation(Transpose(power), turned, cells["linear"], variables)), Proof)


def test_a_mean_divides_by_the_number_of_steps(cells: dict[str, Network]) -> None:
    mean = Divide(Sum("t", FIRST, END, Num(Fraction(1))), Count(END))
    assert isinstance(prove(Obligation(mean, Num(Fraction(1)), cells["elman"])), Proof)


def test_a_claim_without_a_value_of_its_free_names_is_not_proved(cells: dict[str, Network]) -> None:
    empty = ("t", (END + 1, END))
    found = prove(Obligation(Ref("L", T), Ref("L", T), cells["elman"], (empty,)))
    assert isinstance(found, NoProof)
    assert "vacuous" in found.reason


UNSUPPORTED: dict[str, Term] = {
    "a derivative of a derivative": Deriv(Deriv(Ref("L", T), Ref("s", T)), Ref("s", T)),
    "a derivative by a sum": Deriv(Ref("L", T), Add((Ref("s", T), Ref("s", T)))),
    "an unknown function": Apply(Function("zeta"), (Ref("L", T),)),
    "a time with a factor": Ref("L", T + T),
    "an ill-typed product": Mul(Ref("s", T), Ref("s", T)),
    "an undefined symbol": Ref("nobody"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_out_of_reach_is_a_reason_and_no_error(name: str, cells: dict[str, Network]) -> None:
    found = prove(Obligation(UNSUPPORTED[name], Ref("L", T), cells["elman"], (EVERY,)))
    assert isinstance(found, NoProof)
    assert found.reason


# the written proof


def test_the_steps_are_numbered_and_hold_the_induction_and_the_rules(cells: dict[str, Network]) -> None:
    found = prove(Obligation(Deriv(Ref("L", T), Ref("W")), closed(), cells["elman"], (EVERY,)))
    assert isinstance(found, Proof)
    assert [step.split(".")[0] for step in found.steps] == [str(n) for n in range(1, len(found.steps) + 1)]
    text = "\n".join(found.steps)
    for part in ("lemma", "base, t = 1", "step: by the product rule", "reduces to zero for every T and all sizes"):
        assert part in text


def test_the_hypotheses_are_named(cells: dict[str, Network]) -> None:
    left, right = error()
    assumptions = Assumptions(sum_to_one=frozenset({"y"}))
    found = prove(Obligation(left, right, cells["elman"], (EVERY,), assumptions=assumptions))
    assert isinstance(found, Proof)
    assert any("sum(y_t) = 1" in step for step in found.steps)


# a rule that is broken on purpose


def broken(rule: Callable[[World, Mono, Closure], Form | None]) -> Callable[[World, Mono, Closure], Form | None]:
    """`M_t X(t-1, k) -> X(t, k)` with the transfer one step too long."""

    def wrong(world: World, mono: Mono, closure: Closure) -> Form | None:
        found = rule(world, mono, closure)
        return None if found is None else [(c, _longer(world, m)) for c, m in found]

    return wrong


def _longer(world: World, mono: Mono) -> Mono:
    def moved(atom: Atom) -> Atom:
        if world.names[atom.kind][0] != "chain":
            return atom
        (name, offset), earlier = atom.times
        return Atom(atom.kind, ((name, offset + 1), earlier), atom.idx)

    return replace_factors(mono, tuple((moved(a), e) for a, e in mono.factors))


def replace_factors(mono: Mono, factors: tuple[tuple[Atom, int], ...]) -> Mono:
    return Mono(factors, mono.idx, mono.times, mono.cons)


def test_the_kernel_refuses_what_a_broken_rule_proves(
    cells: dict[str, Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Deriv(Ref("s", T), Ref("s", T - 1))
    left = Mul(step, Deriv(Ref("s", T - 1), Ref("s", K)))
    right = Deriv(Ref("s", T + 1), Ref("s", K))
    false = Obligation(left, right, replace(cells["elman"]), (EVERY, ("k", (FIRST, T - 1))))
    assert isinstance(prove(false), NoProof)
    monkeypatch.setattr("bptt_symbolic.proving.methods.symbolic.rewrite.collapsed", broken(collapse.collapsed))
    false.network.workspace.clear()
    found = prove(false)
    assert isinstance(found, Proof), found
    verdict = judge.confirm_identity(false, Identity("broken", found.steps, 3, ROOM, all_steps=True, all_sizes=True))
    assert isinstance(verdict, judge.Refusal)


def test_one_formula_is_itself_where_its_steps_have_no_order(cells: dict[str, Network]) -> None:
    """`W^{t-k}` has no meaning for some steps, and no rule of the calculus; the sides are equal all the same."""
    cell = cells["elman"]
    state, weight = Ref("s", K), Ref("W")
    spread = Deriv(Sum("j", FIRST, K, Mul(Power(weight, T - K), Ref("s", J))), weight)
    terms = Sum("j", FIRST, K, Deriv(Mul(Power(weight, T - K), Ref("s", J)), weight))
    power = Mul(Power(weight, T - K), Deriv(state, weight))
    other = Mul(Power(weight, T - K - Affine(1)), Deriv(state, weight))
    free = (EVERY, ("k", (FIRST, END)))
    assert isinstance(prove(Obligation(power, power, cell, free)), Proof)
    assert isinstance(prove(Obligation(power, other, cell, free)), NoProof)
    assert isinstance(prove(Obligation(spread, terms, cell, free)), Proof)
    assert isinstance(prove(Obligation(spread, replace(terms, high=END), cell, free)), NoProof)
