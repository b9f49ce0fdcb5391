"""Obligation -> proof for every number of steps and all sizes, or the reason why there is none.

Both sides are brought to one normal form, entry by entry, with the free times and indices of the claim as they are.
What is left of their difference is nothing, and then the steps of the proof are given, or it is the residual.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, Condition, walk
from bptt_symbolic.proving.methods.symbolic.alike import one_formula
from bptt_symbolic.proving.methods.symbolic.backward_recursions import Backward
from bptt_symbolic.proving.methods.symbolic.clear import cleared, summands
from bptt_symbolic.proving.methods.symbolic.domains import close, negated
from bptt_symbolic.proving.methods.symbolic.forms import (
    NAMED,
    RESULT,
    Constraint,
    Form,
    Index,
    Unprovable,
    before,
    equal,
    not_after,
    numbering,
    scaled,
)
from bptt_symbolic.proving.methods.symbolic.monomial_latex import index_latex, written
from bptt_symbolic.proving.methods.symbolic.reduce import Table, normal, open_question, residual
from bptt_symbolic.proving.methods.symbolic.scope import Names, Place, index_of, use_of
from bptt_symbolic.proving.methods.symbolic.setup import calculus_of
from bptt_symbolic.proving.methods.symbolic.unfold import unfolded
from bptt_symbolic.proving.methods.symbolic.world import Context
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.scalars.rows import OPAQUE

MOST_SPLITS = 6
"""Cases within cases that free times are told apart by."""
MOST_UNFOLDED = 2
"""Times that states are written out by their formulas."""
MOST_VALUES = 8
"""Values of a free index over a range of numbers that are tried one by one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof in steps that a person can read."""

    steps: tuple[str, ...]
    all_steps: bool = True
    all_sizes: bool = True


@dataclass(frozen=True, slots=True)
class NoProof:
    """Why there is no proof; with what is left of the difference, in LaTeX, when both sides could be computed."""

    reason: str
    residual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """One choice of the parts of stacks that the free indices and the entry are in."""

    names: Names
    context: Context
    idx: tuple[Index, ...]
    word: str = ""


@dataclass
class _Work:
    """What is collected for the written proof."""

    calculus: Backward
    lines: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)


def prove(obligation: Obligation) -> Proof | NoProof:
    """A proof for every number of steps and all sizes; the reason when there is none.

    Activations that are made of other functions are looked at twice: as they are, which most claims need no more than
    of any function, and written out.
    """
    opaque = _applied(obligation) & OPAQUE
    found = _attempt(obligation, opaque) if opaque else None
    return found if isinstance(found, Proof) else _attempt(obligation, frozenset())


def _applied(obligation: Obligation) -> frozenset[str]:
    bodies = (d.body for d in obligation.network.definitions.values())
    terms = (obligation.left, obligation.right, *bodies)
    return frozenset(x.function.name for term in terms for x in walk(term) if isinstance(x, Apply))


def _attempt(obligation: Obligation, opaque: frozenset[str]) -> Proof | NoProof:
    try:
        with numbering():
            return _prove(obligation, opaque)
    except Unprovable as reason:
        return NoProof(f"not in the reach of the calculus: {reason}")
    except IllTyped as fault:
        return NoProof(f"ill-typed: {fault.message}")
    except RecursionError:
        return NoProof("the formula is nested too deeply")


def residual_latex(obligation: Obligation) -> tuple[str, ...] | None:
    """What is left of left minus right, one entry of the result for each product; None when it cannot be computed."""
    found = prove(obligation)
    return () if isinstance(found, Proof) else found.residual or None


def _prove(obligation: Obligation, opaque: frozenset[str]) -> Proof | NoProof:
    scope = Scope(obligation.network, dict(obligation.variables))
    left_shape, right_shape = shape_of(obligation.left, scope), shape_of(obligation.right, scope)
    if left_shape.axes and right_shape.axes and left_shape.axes != right_shape.axes:
        return NoProof("the sides have different shapes")
    calculus = calculus_of(obligation, opaque)
    calculus.world.used.clear()
    calculus.world.spent, calculus.world.left_long = 0, False
    calculus.given.clear()
    calculus.forget()
    work = _Work(calculus)
    axes = left_shape.axes or right_shape.axes
    cases = list(_cases(obligation, calculus, axes))
    if not cases:
        return NoProof("vacuous: no value of the free indices is left")
    try:
        for case in cases:
            _settle(obligation, case, work)
    except Unprovable:
        if not one_formula(obligation.left, obligation.right):
            raise
        return Proof(("both sides are one formula, the derivative of a sum being the sum of the derivatives",))
    if work.left_over and _left_out(obligation, cases):
        return NoProof("not in the reach of the calculus: a condition on the free names")
    if work.left_over and calculus.world.left_long:
        return NoProof("not in the reach of the calculus: a product of very many factors that is written out")
    if work.left_over:
        return NoProof("the difference of the sides does not reduce to zero", tuple(work.left_over))
    return Proof(_numbered(obligation, work))


def _settle(obligation: Obligation, case: _Case, work: _Work) -> None:
    calculus = work.calculus
    left, right = (calculus.broadcast(side, case.idx, case.names) for side in (obligation.left, obligation.right))
    difference: Form = [*left, *scaled(right, -1)]
    rest = _split(calculus, case.context, difference, MOST_SPLITS)
    if rest:
        work.left_over.extend(_shown(calculus, rest))
        return
    normal_form = normal(calculus.world, case.context, left)
    shown = " ".join(_shown(calculus, normal_form)) or "0"
    prefix = f"{case.word}: " if case.word else ""
    work.lines.append(f"{prefix}by entries, with definitions and derivatives put in, the left side is {shown}")


def _split(calculus: Backward, context: Context, form: Form, depth: int) -> Table:
    """What is left of a form, where need be in every case that its own ranges tell apart."""
    rest = residual(calculus.world, context, form)
    question = open_question(rest, context) if rest and depth else None
    if question is None:
        return rest if not rest or not depth or not _vanishes(calculus, context, rest) else {}
    calculus.world.note("the cases in which free times differ are shown one by one")
    for answer in (question, negated(question)):
        known = (*context.cons, answer)
        if close(known) is None:
            continue
        again: Form = [(c, m) for m, c in rest.items()]
        left = _split(calculus, Context(known, context.unequal, opened=True), again, depth - 1)
        if left:
            return left
    return {}


def _vanishes(calculus: Backward, context: Context, rest: Table) -> bool:
    """Whether a residual is zero once its states are written out or its divisors are cleared."""
    for _ in range(MOST_UNFOLDED):
        form = unfolded(calculus, rest)
        if form is None:
            break
        rest = residual(calculus.world, context, form)
        if not rest:
            return True
    return _vanishes_cleared(calculus, context, rest)


def _vanishes_cleared(calculus: Backward, context: Context, rest: Table) -> bool:
    multiple = cleared(calculus.world, rest)
    if multiple is not None and not residual(calculus.world, context, multiple):
        return True
    one = summands(rest)
    if one is None:
        return False
    calculus.world.note("sums over one range are compared summand by summand")
    rest = residual(calculus.world, context, one)
    return not rest or _vanishes_cleared(calculus, context, rest)


def _shown(calculus: Backward, table: Table) -> list[str]:
    return [written(calculus.world, coefficient, mono) for mono, coefficient in table.items()]


def _numbered(obligation: Obligation, work: _Work) -> tuple[str, ...]:
    calculus = work.calculus
    lines = [f"hypothesis: {word}" for word in obligation.assumptions.described()]
    for name in calculus.given:
        lines.extend(calculus.lemma(name))
    lines.extend(line for name in calculus.solved for line in calculus.solved[name])
    lines.extend(work.lines)
    lines.extend(f"rule: {rule}" for rule in calculus.world.used)
    lines.append("the right side has the same normal form: the difference reduces to zero for every T and all sizes")
    return tuple(f"{n}. {line}" for n, line in enumerate(lines, 1))


# the free names of a claim


def _cases(obligation: Obligation, calculus: Backward, axes: tuple[Affine, ...]) -> Iterator[_Case]:
    names, cons, choices = _free(obligation, calculus)
    entries = [calculus.free_indices(axis, RESULT, n) for n, axis in enumerate(axes)]
    for picked in product(*choices.values()):
        placed = names
        for name, place in zip(choices, picked, strict=True):
            placed = placed.placed(name, place)
        for placed_too, more, unequal in _conditions(obligation.conditions, placed):
            known = (*cons, *more)
            if close(known) is None:
                continue
            here = Names(placed_too.times, placed_too.places, known)
            for idx in product(*entries):
                word = (
                    ", ".join(index_latex(index_of(p)) for p in picked)
                    if any(len(c) > 1 for c in choices.values())
                    else ""
                )
                yield _Case(here, Context(known, unequal, opened=True), tuple(idx), word)


def _free(obligation: Obligation, calculus: Backward) -> tuple[Names, tuple[Constraint, ...], dict[str, list[Place]]]:
    """Free times with what is known about them, and the places that each free index may have."""
    names = Names()
    first = obligation.network.first
    cons: list[Constraint] = [not_after(("", first), (LAST, 0))]
    if obligation.assumptions.steps is not None:
        cons.extend(equal((LAST, 0), ("", obligation.assumptions.steps)))
    choices: dict[str, list[Place]] = {}
    sizes = set(obligation.network.sizes)
    for name, (low, high) in obligation.variables:
        use = use_of(name, obligation.left, obligation.right) or ("place" if high.names() & sizes else "time")
        if use == "time":
            names = names.at(name, (name, 0))
            cons += [not_after(names.time(low), (name, 0)), not_after((name, 0), names.time(high))]
        else:
            choices[name] = _places(calculus, name, low, high)
    return names, tuple(cons), choices


def _places(calculus: Backward, name: str, low: Affine, high: Affine) -> list[Place]:
    if not low.parts and not high.parts:
        if high.const - low.const >= MOST_VALUES:
            raise Unprovable(f"the index {name} has too many values")
        return [(Affine(n), None) for n in range(low.const, high.const + 1)]
    if low != Affine(1):
        raise Unprovable(f"the index {name} does not start at one")
    parts = calculus.world.partitions.get(high)
    if parts is None:
        return [(Affine(), Index(str(high), NAMED, name))]
    return [
        (offset + 1, None) if size == Affine(1) else (offset, Index(str(size), NAMED, name)) for offset, size in parts
    ]


def _conditions(
    conditions: tuple[Condition, ...], names: Names
) -> Iterator[tuple[Names, tuple[Constraint, ...], frozenset[tuple[Index, Index]]]]:
    """The conditions of a claim as constraints on times, equal and unequal indices; one case each way for `!=` of
    times.
    """
    states: list[tuple[Names, tuple[Constraint, ...], frozenset[tuple[Index, Index]]]] = [(names, (), frozenset())]
    for condition in conditions:
        try:
            states = [new for state in states for new in _with(condition, *state)]
        except Unprovable:
            continue  # a claim that is proved without a condition holds with it
    yield from states


def _left_out(obligation: Obligation, cases: Sequence[_Case]) -> bool:
    """Whether a condition of the claim could not be used, so that what is left may be zero where it holds."""
    for case in cases:
        for condition in obligation.conditions:
            try:
                _with(condition, case.names, (), frozenset())
            except Unprovable:
                return True
    return False


def _with(
    condition: Condition, names: Names, cons: tuple[Constraint, ...], unequal: frozenset[tuple[Index, Index]]
) -> list[tuple[Names, tuple[Constraint, ...], frozenset[tuple[Index, Index]]]]:
    involved = condition.left.names() | condition.right.names()
    if not involved & set(names.places):
        gap = condition.left - condition.right
        a = names.time(Affine(0, tuple((n, c) for n, c in gap.parts if c > 0)))
        b = names.time(Affine(-gap.const, tuple((n, -c) for n, c in gap.parts if c < 0)))
        match condition.relation:
            case "=":
                return [(names, (*cons, *equal(a, b)), unequal)]
            case "!=":
                return [(names, (*cons, before(a, b)), unequal), (names, (*cons, before(b, a)), unequal)]
            case "<":
                return [(names, (*cons, before(a, b)), unequal)]
            case "<=":
                return [(names, (*cons, not_after(a, b)), unequal)]
    return _between_indices(condition, names, cons, unequal)


def _between_indices(
    condition: Condition, names: Names, cons: tuple[Constraint, ...], unequal: frozenset[tuple[Index, Index]]
) -> list[tuple[Names, tuple[Constraint, ...], frozenset[tuple[Index, Index]]]]:
    a, b = names.index(condition.left), names.index(condition.right)
    if not a.is_plain or not b.is_plain or a.sort != b.sort:
        raise Unprovable("a condition between indices of different ranges")
    if condition.relation == "!=":
        return [] if a == b else [(names, cons, unequal | {(min(a, b), max(a, b))})]
    if condition.relation == "=":
        place = names.place(condition.right)
        renamed = {n: place if index_of(p) == a else p for n, p in names.places.items()}
        flat = frozenset(
            (min(x, y), max(x, y)) for x, y in ((b if i == a else i, b if j == a else j) for i, j in unequal)
        )
        if any(x == y for x, y in flat):
            return []
        return [(Names(names.times, renamed, names.cons), cons, flat)]
    raise Unprovable("an order between indices")
