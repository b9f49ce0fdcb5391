"""Evidence -> verdicts: the kernel confirms what a method proposes, by its own arithmetic, or refuses.

It is the only maker of verdicts: a `Verdict` cannot be built outside this module. An obligation without a single
assignment is vacuous and is never proved. A refutation is an entry at which the two sides differ by more than a
rigorous error bound, computed again here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import flint

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import facts_under
from bptt_symbolic.meaning.shapes import IllTyped, same_shape, shape_of
from bptt_symbolic.meaning.shapes import Scope as TypeScope
from bptt_symbolic.meaning.terms import LAST, Apply, Indicator, Ref, Term, free_names, walk
from bptt_symbolic.proving.evidence import MOST_GENTLE, Identity, Point, Witness, Worked
from bptt_symbolic.proving.kernel.balls import BITS, Number, Unsettled, ball
from bptt_symbolic.proving.kernel.digits import Met, compared, met
from bptt_symbolic.proving.kernel.showing import example
from bptt_symbolic.proving.kernel.supposed import fails, holds, meeting
from bptt_symbolic.proving.kernel.supposed import met as supposed_met
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.obligation import Obligation, labelings, may_mark
from bptt_symbolic.reporting.grounds import NO_ACCUSATION, NO_PROOF, Fact, Grade, Inquiry, in_toml
from bptt_symbolic.reporting.report import Counterexample, Evidence, Scope, Word

_SEAL = object()
POINTS = 2
"""Random points at which an identity is computed again."""
SAID: frozenset[Grade] = frozenset({"assumed", "convention"})
"""Grades of facts that a proof may rest on, and names."""
PRECISIONS = (BITS, 4 * BITS, 16 * BITS)
"""Digits of balls, in bits; more of them only where the error bounds come out too wide."""
MOST_ASSIGNMENTS = 10
"""Values of the free names that are computed at one point, spread evenly over all of them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is settled, with its evidence. Only the kernel makes one."""

    word: Word
    message: str = ""
    code: str | None = None
    scope: Scope | None = None
    evidence: Evidence | None = None
    counterexample: Counterexample | None = None
    rests_on: tuple[Fact, ...] = ()
    """What a proof takes for granted that the note does not say."""
    seal: object = field(default=None, repr=False, compare=False)
    """The kernel's mark under exactly this word, scope, evidence and counterexample."""

    def __post_init__(self) -> None:
        """Refuse a verdict that was not made here, or was changed since."""
        if self.seal is _SEAL:
            object.__setattr__(self, "seal", self._content())
        elif self.seal != self._content():
            raise TypeError("only the kernel makes verdicts")

    def _content(self) -> tuple[object, ...]:
        return (_SEAL, self.word, self.scope, self.evidence, self.counterexample, self.rests_on)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The kernel does not confirm the evidence; the reason in words."""

    reason: str
    fact: Fact | None = None
    """What the verdict would rest on, if that is the reason."""


def resting_on(obligation: Obligation, grades: frozenset[Grade]) -> Refusal | None:
    """The refusal of a verdict that would rest on a fact of one of these grades; the first one, dropped lines first."""
    found = [f for f in facts_under(obligation.network, (obligation.left, obligation.right)) if f.grade in grades]
    if "assumed" in grades:
        found.extend(_strangers(obligation))
        found.extend(_of_several_networks(obligation))
    if not found:
        return None
    fact = min(found, key=lambda f: f.grade != "dropped")
    return Refusal(fact.what, fact)


def _strangers(obligation: Obligation) -> Iterator[Fact]:
    """Functions that nobody knows: those that no definition of the network mentions, and those that are called by a
    word, which means something that the note does not say."""
    network = obligation.network
    below = [d.body for d in network.definitions.values()]
    known = {x.function.called for body in below for x in walk(body) if isinstance(x, Apply)}
    mentioned = {x.name for t in (obligation.left, obligation.right) for x in walk(t) if isinstance(x, Ref)}
    used = [network.definitions[n].body for n in mentioned if n in network.definitions]
    for term in (obligation.left, obligation.right, *used):
        for x in walk(term):
            if isinstance(x, Apply) and x.function.own and _unknown(x.function.called, known):
                name = x.function.called
                inquiry = Inquiry(f"What is the function {name}?", f'[functions]\n"{in_toml(name)}" = "..."')
                yield Fact("", f"nothing says what the function {name} is", "unknown", x.span, inquiry)


def _unknown(name: str, known: set[str]) -> bool:
    return name not in known or (len(name) > 1 and name.isalpha())


def _of_several_networks(obligation: Obligation) -> Iterator[Fact]:
    """A claim about recurrences that share nothing may mean some letters of one for those of the other."""
    mentioned = {x.name for t in (obligation.left, obligation.right) for x in walk(t) if isinstance(x, Ref)}
    touched = [sorted(group & mentioned) for group in obligation.network.islands if group & mentioned]
    if len(touched) > 1:
        one, other = sorted(as_written(names[0]) for names in touched)[:2]
        inquiry = Inquiry(f"Do {one} and {other} belong to one network?")
        yield Fact("", f"{one} and {other} stand in networks that share nothing", "assumed", None, inquiry)


def confirm_identity(obligation: Obligation, identity: Identity) -> Verdict | Refusal:
    """Compute both sides again at random points of the same steps and sizes; every entry must agree."""
    count = 0
    if (refused := resting_on(obligation, NO_PROOF)) is not None:
        return refused
    if obligation.assumptions.steps not in {None, identity.at_steps}:
        return Refusal(f"the claim is about T = {obligation.assumptions.steps}")
    try:
        for number, (steps, sizes) in enumerate(_places(obligation, identity)):
            for point, env in _points(obligation, steps, sizes, number):
                count += 1
                found = _surely_different(obligation, point, env)
                if found is not None:
                    return Refusal(f"the sides differ at {dict(env)}: {found[1]} and {found[2]}")
    except Unsettled as reason:
        return Refusal(f"the kernel cannot compute this: {reason}")
    if not count:
        return Refusal("vacuous: no value of the free indices is left")
    scope = _shown_for(obligation, identity)
    lines = (*identity.steps, f"confirmed by the kernel with dual numbers at {count} instances")
    given = tuple(f for f in facts_under(obligation.network, (obligation.left, obligation.right)) if f.grade in SAID)
    return Verdict("proved", scope=scope, evidence=Evidence(identity.method, lines), rests_on=given, seal=_SEAL)


def _surely_different(
    obligation: Obligation, point: Point, env: Mapping[str, int]
) -> tuple[tuple[int, ...], Number, Number] | None:
    """The first entry at which the sides differ; where they cannot be computed, at gentler numbers.

    An identity is claimed wherever both sides exist, so that any point at which they do is a test of it.
    """
    for gentle in range(MOST_GENTLE + 1):
        try:
            return _different_at(obligation, _meeting(obligation, replace(point, gentle=gentle)), env)
        except Unsettled:
            if gentle == MOST_GENTLE:
                raise
    return None


def _meeting(obligation: Obligation, point: Point) -> Point:
    """The point with numbers that meet what is supposed; raises Unsettled where none are found."""
    found = meeting(obligation.assumptions.bounds, obligation.network, point)
    if found is None:
        raise Unsettled("no numbers were found that meet the hypotheses")
    return found


def _different_at(
    obligation: Obligation, point: Point, env: Mapping[str, int]
) -> tuple[tuple[int, ...], Number, Number] | None:
    """With more digits where the error bounds are too wide to tell."""
    for bits in PRECISIONS:
        try:
            with flint.ctx.workprec(bits):
                return _difference(obligation, _tables(obligation, point, bits), env)
        except TooWide:
            if bits == PRECISIONS[-1]:
                raise
    return None


def _shown_for(obligation: Obligation, identity: Identity) -> Scope:
    """All steps and sizes, or those at which both sides were computed; a claim about T = 3 is shown for no other T."""
    given = obligation.assumptions.steps
    tried = ((identity.at_steps, dict(identity.at_sizes)), *((n, dict(s)) for n, s in identity.also_at))
    every = identity.all_steps and identity.all_sizes
    if not obligation.network.sizes:  # everything is a number: there are no sizes that it could hold for
        all_steps: int | Literal["all"] = "all" if identity.all_steps and given is None else identity.at_steps
        return Scope(all_steps, {}, () if every else tried)
    steps: int | Literal["all"] = identity.at_steps if given is not None or not identity.all_steps else "all"
    return Scope(steps, "all" if identity.all_sizes else dict(identity.at_sizes), () if every else tried)


def confirm_witness(obligation: Obligation, witness: Witness) -> Verdict | Refusal:
    """Compute both sides at the witness; some entry must differ beyond doubt."""
    if (refused := resting_on(obligation, NO_ACCUSATION)) is not None:
        return refused
    point, env = witness.point, witness.env
    if dict(env) not in list(obligation.assignments(point.steps, point.sizes)):
        return Refusal("the witness is outside the ranges of the claim")
    if not _meets(obligation, point, env):
        return Refusal("the numbers of the witness do not meet the hypotheses of the claim")
    try:
        with flint.ctx.workprec(BITS):
            tables = _tables(obligation, point)
            found = _difference(obligation, tables, env)
            if found is None:
                return Refusal("the sides agree at the witness")
            if not _numbers_meet(obligation, tables):
                return Refusal("the numbers of the witness do not meet the hypotheses of the claim")
            counterexample = example(point, env, tables, found)
    except Unsettled as reason:
        return Refusal(f"the kernel cannot compute this: {reason}")
    scope = Scope(point.steps, dict(point.sizes))
    evidence = Evidence("counterexample", ("both sides computed with dual numbers in exact or ball arithmetic",))
    return Verdict("refuted", scope=scope, evidence=evidence, counterexample=counterexample, seal=_SEAL)


def _places(obligation: Obligation, identity: Identity) -> Iterator[tuple[int, Mapping[str, int]]]:
    """Steps and sizes at which an identity is computed again: more of them, the more it claims."""
    for _ in range(POINTS):
        yield identity.at_steps, identity.at_sizes
    yield from identity.also_at
    names, numbers = list(identity.at_sizes), list(identity.at_sizes.values())
    turned = dict(zip(names, numbers[1:] + numbers[:1], strict=True)) if identity.all_sizes else identity.at_sizes
    fixed = obligation.assumptions.steps is not None or not identity.all_steps
    for steps in (identity.at_steps,) if fixed else (1, 2, identity.at_steps + 1):
        if identity.all_sizes or steps != identity.at_steps:
            yield steps, obligation.network.enlarged(turned)


def _meets(obligation: Obligation, point: Point, env: Mapping[str, int]) -> bool:
    """Whether the numbers of a point satisfy the hypotheses of the claim."""
    assumptions = obligation.assumptions
    if assumptions.zero_start > point.zero_start or assumptions.steps not in {None, point.steps}:
        return False
    if not assumptions.sum_to_one <= point.sum_to_one | set(point.labels):
        return False
    step = assumptions.marked_at.at({**point.sizes, LAST: point.steps, **env})
    classes = {n: obligation.network.shapes[n].axes[0].at(point.sizes) for n in assumptions.one_hot}
    marks = {n: point.label(n, step, c) for n, c in classes.items()}
    return all(mark is not None and may_mark(assumptions, n, mark, env) for n, mark in marks.items())


def _numbers_meet(obligation: Obligation, tables: Tables) -> bool:
    """Whether the numbers that were used satisfy the hypotheses, whoever chose them."""
    assumptions = obligation.assumptions
    if not supposed_met(assumptions.bounds, tables):
        return False
    for (name, time), table in tables.used.items():
        cells = [c.value for c in table.cells]
        numbers = sorted(cells)
        if name in assumptions.one_hot and numbers != [0] * (len(numbers) - 1) + [1]:
            return False
        row = table.dims[-1] if name in assumptions.sum_to_one and len(table.dims) in {1, 2} else 0
        if row and any(sum(cells[at : at + row]) != 1 for at in range(0, len(cells), row)):
            return False
        early = time is not None and time < obligation.network.start
        if assumptions.zero_start and early and name in obligation.network.states and any(x != 0 for x in numbers):
            return False
    return True


def gap(obligation: Obligation, tables: Tables, env: Mapping[str, int]) -> float:
    """How far apart the sides certainly are at a point; relative to the larger one if that is over 1.

    A look for those who search a better witness; no verdict follows. 0.0 where they agree or cannot be computed.
    """
    try:
        with flint.ctx.workprec(BITS):
            found = _difference(obligation, tables, env)
            if found is None or not _numbers_meet(obligation, tables):
                return 0.0
            left, right = ball(found[1]), ball(found[2])
            apart = float(abs((left - right) / max(flint.arb(1), abs(left), abs(right))))
            return max(apart, 1.0) if obligation.sign == "<" else apart  # a bound that is reached is seen at once
    except Unsettled:
        return 0.0


def confirm_ill_typed(obligation: Obligation, scope: TypeScope) -> Verdict | Refusal:
    """Type both sides again; one of them, or the relation between them, must have no meaning, and nothing that this
    rests on may be assumed. A name that nothing defines or binds is no mistake by itself: see `confirm_slip`."""
    if (refused := resting_on(obligation, NO_ACCUSATION)) is not None:
        return refused
    known = set(scope.ranges) | set(scope.network.sizes) | {LAST}
    loose = sorted((free_names(obligation.left) | free_names(obligation.right)) - known)
    if loose:
        return Refusal(f"{loose[0]} is bound nowhere")
    try:
        left, right = shape_of(obligation.left, scope), shape_of(obligation.right, scope)
    except IllTyped as fault:
        return Refusal(fault.message) if fault.code in UNKNOWN else _ill_typed(fault)
    numbers = (obligation.left, obligation.right) if obligation.sign == "=" else ()
    if not same_shape(left, right) and not any(map(_is_number, numbers)):
        return Verdict("ill-typed", f"the left side is {left}, the right side {right}", "shape-mismatch", seal=_SEAL)
    return Refusal("both sides have the same shape")


def confirm_worked(worked: Worked) -> Verdict | Refusal:
    """Compute both sides of a worked example and compare them to the digits that are written: by the numbers that the
    note works out, and from its data alone. Only where a claim fails by both, the mistake is its own."""
    found = {way for way in (_met_as_written(worked), _met_at_data(worked)) if way is not None}
    evidence = Evidence("worked numbers", ("both sides computed in ball arithmetic",))
    if "agree" in found:
        return Verdict("proved", "holds to the digits that are written", evidence=evidence, seal=_SEAL)
    if found == {"differ"} and worked.left is not None:
        return Verdict("refuted", "fails by more than the rounding of its numbers", evidence=evidence, seal=_SEAL)
    return Refusal("nothing says enough of the example, or the sides differ by no more than rounding may do")


def _met_as_written(worked: Worked) -> Met | None:
    """How the sides compare with the numbers that stand in the note."""
    if worked.left is None:
        return None
    try:
        return met(worked.left, worked.right, worked.data)
    except Unsettled:
        return None


def _met_at_data(worked: Worked) -> Met | None:
    """How the sides compare where the left one is computed from the data; None where the data do not suffice."""
    if worked.point is None or resting_on(worked.obligation, NO_PROOF) is not None:
        return None
    tables = Tables(worked.obligation.network, worked.point)
    try:
        with flint.ctx.workprec(BITS):
            cells = tables.table(worked.obligation.left, {}).cells
            if len(cells) > 1 or tables.functions or not tables.used.keys() <= worked.point.values.keys():
                return None
            value = ball(cells[0].value)
            return compared(value, value, worked.right, worked.data)
    except Unsettled:
        return None


UNKNOWN = frozenset({"undefined-symbol", "free-index", "tensor-layout"})
"""Faults of names that the checker does not know, and of layouts that it does not, which need not be the author's."""


def confirm_slip(fault: IllTyped, mended: Verdict) -> Verdict | Refusal:
    """A name that nothing defines or binds is a slip of the pen where the claim is proved with another letter in its
    place; `mended` is that proof."""
    if mended.word != "proved" or fault.code not in UNKNOWN:
        return Refusal("the claim is not proved with another letter either")
    return _ill_typed(fault)


def _is_number(term: Term) -> bool:
    """Numbers alone, which may stand for a vector of them: `0`, `1`, `-(0 + 0)`."""
    return not any(isinstance(x, Ref | Apply | Indicator) for x in walk(term))


def _ill_typed(fault: IllTyped) -> Verdict:
    return Verdict("ill-typed", fault.message, fault.code, seal=_SEAL)


def undecided(message: str, code: str = "undecided") -> Verdict:
    """Neither proved nor refuted, and why."""
    return Verdict("undecided", message, code, seal=_SEAL)


def unread(message: str) -> Verdict:
    """Could not be read, and why."""
    return Verdict("unread", message, "unread", seal=_SEAL)


def _points(
    obligation: Obligation, steps: int, sizes: Mapping[str, int], seed: int
) -> Iterator[tuple[Point, dict[str, int]]]:
    assumptions = obligation.assumptions
    base = Point(steps, sizes, seed, sum_to_one=assumptions.sum_to_one, zero_start=assumptions.zero_start)
    everything = list(obligation.assignments(steps, sizes))
    stride = max(1, -(-len(everything) // MOST_ASSIGNMENTS))
    for env in everything[seed % stride :: stride]:
        if not assumptions.one_hot:
            yield base, env
            continue
        for labels in islice(labelings(obligation, steps, sizes, env), 1 if seed else None):  # all at the first place
            yield replace(base, labels=labels), env


_CACHE_SIZE = 24


def _tables(obligation: Obligation, point: Point, bits: int = BITS) -> Tables:
    """The tables at a point, kept for the next claim of the same network."""
    network = obligation.network
    return network.kept("kernel", (repr(point), bits), _CACHE_SIZE, lambda: Tables(network, point))


def _difference(
    obligation: Obligation, tables: Tables, env: Mapping[str, int]
) -> tuple[tuple[int, ...], Number, Number] | None:
    """The first entry at which the relation certainly fails, with both values."""
    left, right = tables.table(obligation.left, env), tables.table(obligation.right, env)
    dims = left.dims or right.dims
    count = len(left.cells) if left.dims else len(right.cells)
    a, b = ([c.value for c in t.cells] if t.dims else [t.cells[0].value] * count for t in (left, right))
    if len(a) != len(b):
        raise Unsettled("sides of different sizes")
    for number, (x, y) in enumerate(zip(a, b, strict=True)):
        if fails(obligation.sign, x, y):
            return _place(number, dims), x, y
        if not _close(x, y) and (obligation.sign == "=" or not holds(obligation.sign, x, y)):
            raise TooWide("the error bounds are too wide")
    return None


def _close(x: Number, y: Number) -> bool:
    if not isinstance(x, flint.arb) and not isinstance(y, flint.arb):
        return True
    return bool(abs(ball(x) - ball(y)) < flint.arb(2) ** (-BITS // 3))


class TooWide(Unsettled):
    """Two balls that meet, and are too large to say more."""


def _place(number: int, dims: tuple[int, ...]) -> tuple[int, ...]:
    place: list[int] = []
    for d in reversed(dims):
        place.insert(0, number % d + 1)
        number //= d
    return tuple(place)
