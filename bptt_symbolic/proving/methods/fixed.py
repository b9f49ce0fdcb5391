"""Obligation -> proposal: both sides computed at fixed steps and sizes; a proof by normal form, or points to look at.

First a quick look in floating point, at sizes that are all different and T = 3 or more. Where the sides agree, the same
computation is done over polynomials in atoms, and every difference must reduce to zero. Where they differ, small points
are searched at which they still do; the kernel computes those again in exact or ball arithmetic.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

import numpy as np

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import LAST, Entry, Num, Ref, Term, walk
from bptt_symbolic.proving.evidence import Identity, Point, Proposal, Witness
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.layers import Bounded, LayeredPolynomials, LayeredTensors, TooLarge
from bptt_symbolic.proving.methods.numbered import numbered
from bptt_symbolic.proving.methods.polynomials import Full, Polynomials
from bptt_symbolic.proving.methods.remembered import Remembering
from bptt_symbolic.proving.methods.tensor import Array, Env, Unsupported, both
from bptt_symbolic.proving.methods.work import MOST_TERMS, weight
from bptt_symbolic.proving.obligation import Obligation, labelings

METHOD = "fixed sizes"
STEPS, MORE_STEPS = 3, 4
LOOKS, SEEDS = 2, 6
MOST_INSTANCES = 32
"""Values of the free names at which a quick look is taken, spread evenly over all of them."""
TOLERANCE = 1e-9
ROOM, MOST_ROOM = 96, 2000
MOST_LOOKED_AT = 100_000
"""Terms that are computed in one quick look: the more a claim has, the fewer of its instances are looked at."""
FEWEST_INSTANCES = 2

Place = tuple[int, Env]
"""Steps and sizes."""
Labels = tuple[tuple[str, tuple[int, ...]], ...]
"""One-hot target -> the class (from 0) that it marks at each step, from step 0 on."""
Instance = tuple[dict[str, int], Labels]
"""An assignment of the free names, and what the one-hot targets mark."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first instance at which the sides differ in floating point."""

    env: Mapping[str, int]
    labels: Labels
    gap: float
    """The largest relative difference of an entry."""


def agrees(obligation: Obligation, steps: int | None = None, sizes: Env | None = None) -> bool:
    """Whether both sides agree in floating point; a look, not a proof. Raises Unsupported when nothing can be seen."""
    if steps is None and sizes is None:
        where = _places(obligation)
    else:
        where = [_place(obligation, steps, sizes)]
        if steps is not None and sizes is None:
            where.append(_place(obligation, steps, sizes_of(obligation.network, *SIZES[1])))
        elif steps is None and obligation.assumptions.steps is None:
            where.append((where[0][0] + 1, where[0][1]))
    return _disagreeing(obligation, where) is None


def _disagreeing(obligation: Obligation, where: Sequence[Place]) -> Place | None:
    """The first place at which the sides differ: other numbers are tried at the first, and at the others once."""
    looked = ((place, _look(obligation, *place, LOOKS if not n else 1)) for n, place in enumerate(where))
    return next((place for place, found in looked if found is not None), None)


def seen_to_agree(obligation: Obligation) -> bool:
    """The same; False when nothing can be seen."""
    try:
        return agrees(obligation)
    except Unsupported:
        return False


def vanishes(obligation: Obligation, steps: int | None = None, sizes: Env | None = None) -> bool:
    """Whether both sides are zero wherever the quick look goes: an equation that says nothing."""
    zero = Num(Fraction(0))
    return all(agrees(o, steps, sizes) for o in (replace(obligation, right=zero), replace(obligation, left=zero)))


def propose(obligation: Obligation) -> Proposal:
    """A proof at fixed sizes, candidates for a counterexample, or the reason why there is neither."""
    try:
        differing = _disagreeing(obligation, _places(obligation))
        return _proposed(obligation) if differing is None else _refute(obligation, *differing)
    except Unsupported as reason:
        return Proposal(reason=f"{reason}")


SIZES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (((3,), (2, 4)), ((2,), (3, 1)), ((1,), (2, 3)))
"""Numbers for the sizes of states, and of others: in each set all are different."""


def _places(obligation: Obligation, first: int = 0) -> list[Place]:
    """Steps and sizes at which a claim is computed that is not proved for all of them: three numbers of steps, and two
    sets of sizes; raises Unsupported where nothing is left to compute."""
    many, few = (_with_room(obligation, sizes_of(obligation.network, *SIZES[first + n])) for n in (0, 1))
    steps = _steps(obligation, many)
    if steps is None:
        raise Unsupported("vacuous: no value of the free indices is left")
    more = (0, 0, 0) if obligation.assumptions.steps is not None else (0, 1, 2)
    found = [(steps + n, sizes) for n, sizes in zip(more, (many, few, few), strict=True)]
    return [p for n, p in enumerate(found) if p not in found[:n]]


def _with_room(obligation: Obligation, sizes: Env) -> Env:
    """The sizes, large enough for every entry that is written as a number."""
    found, network = dict(sizes), obligation.network
    for side in (obligation.left, obligation.right):
        for name, number in numbered(network).kept("room", side, None, lambda one=side: _written(one, network)):  # type: ignore[misc]
            found[name] = max(found[name], number)
    return found


def _written(term: Term, network: Network) -> tuple[tuple[str, int], ...]:
    """Sizes, and the numbers that stand for entries along them."""
    found = []
    for x in walk(term):
        shape = network.shapes.get(x.body.name) if isinstance(x, Entry) and isinstance(x.body, Ref) else None
        if shape is None or not isinstance(x, Entry):
            continue
        for axis, index in zip(shape.axes, x.indices, strict=False):
            if index is not None and not index.parts and len(axis.parts) == 1 and not axis.const:
                found.append((axis.parts[0][0], index.const))
    return tuple(found)


def _place(obligation: Obligation, steps: int | None, sizes: Env | None) -> Place:
    places = sizes or sizes_of(obligation.network, *SIZES[0])
    count = _steps(obligation, places) if steps is None else steps
    if count is None or next(_instances(obligation, count, places), None) is None:
        raise Unsupported("vacuous: no value of the free indices is left")
    return count, places


@dataclass(frozen=True, slots=True)
class Inside:
    """Instances at which every free step lies between the first and the last one, and no two are the same."""

    steps: int
    sizes: Env
    instances: tuple[Instance, ...]


MOST_INSIDE = 2


def inside(obligation: Obligation) -> Inside:
    """Where a claim has nothing to do with the ends of the sequence; perhaps nowhere."""
    sizes = sizes_of(obligation.network, *SIZES[0])
    steps = max(STEPS + 2, obligation.least_steps + 1)
    times = [n for n, (_, high) in obligation.variables if LAST in high.names()]
    found: list[Instance] = []
    for env, labels in _instances(obligation, steps, sizes):
        values = [env[n] for n in times]
        if len(set(values)) == len(values) and all(obligation.network.start < v < steps for v in values):
            found.append((env, labels))
    return Inside(steps, sizes, tuple(found[:: max(1, len(found) - 1)][:MOST_INSIDE]))


def agrees_inside(obligation: Obligation, place: Inside) -> bool:
    """Whether both sides agree in floating point at some instances only; raises Unsupported when nothing is seen."""
    held = _held(obligation, place.steps, place.sizes, 0)
    if place.instances:
        _bounded(obligation, place.steps, place.sizes)
    with np.errstate(all="ignore"):
        for env, labels in place.instances:
            if labels not in held:
                held[labels] = Remembering(obligation.network, _floats(obligation, labels, 0), place.steps, place.sizes)
            if held[labels].gap(obligation.left, obligation.right, env) > TOLERANCE:
                return False
    return True


def instance_of(obligation: Obligation) -> tuple[int, dict[str, int]] | None:
    """Steps and sizes, all different, at which anything is left to check."""
    sizes = sizes_of(obligation.network, *SIZES[0])
    steps = _steps(obligation, sizes)
    return None if steps is None else (steps, sizes)


def _proposed(obligation: Obligation) -> Proposal:
    """A proof at the sizes of the quick look, or at smaller ones where those are too many entries."""
    try:
        return Proposal(identity=_proved_at(obligation, _places(obligation)))
    except Unsupported as reason:
        smaller = _places(obligation, 1)
        if smaller == _places(obligation):
            raise
        try:
            return Proposal(identity=_proved_at(obligation, smaller))
        except Unsupported:
            raise reason from None


def _proved_at(obligation: Obligation, places: list[Place]) -> Identity:
    """The difference reduces to zero at each of the places."""
    found = [_prove(obligation, *place) for place in places]
    lines = tuple(line for one in found for line in one.steps)
    return replace(found[0], steps=lines, also_at=tuple((one.at_steps, one.at_sizes) for one in found[1:]))


def sizes_of(network: Network, states: tuple[int, ...], others: tuple[int, ...]) -> dict[str, int]:
    """Numbers for the sizes, all different: `states` for those of states, `others` (targets first), more as needed."""
    return dict(network.kept("sizes", (states, others), _MOST_LISTS, lambda: _numbered(network, states, others)))


def _numbered(network: Network, states: tuple[int, ...], others: tuple[int, ...]) -> dict[str, int]:
    of_states, of_targets = _sizes_in(network, network.states), _sizes_in(network, network.targets)
    rest = sorted(set(network.sizes) - of_states, key=lambda name: (name not in of_targets, name))
    more = itertools.count(max(states + others) + 1)
    found: dict[str, int] = {}
    for names, numbers in ((sorted(of_states), states), (rest, others)):
        for place, name in enumerate(names):
            found[name] = numbers[place] if place < len(numbers) else next(more)
    return network.enlarged(found)


def _sizes_in(network: Network, quantities: frozenset[str]) -> set[str]:
    return {n for name in quantities for axis in network.shapes[name].axes for n in axis.names()}


def _steps(obligation: Obligation, sizes: Env) -> int | None:
    """The smallest number of steps, from 3 on, at which anything is left to check."""
    fixed = obligation.assumptions.steps
    fewest = max(STEPS, obligation.least_steps)
    for steps in range(fewest, fewest + MORE_STEPS) if fixed is None else (fixed,):
        if next(_instances(obligation, steps, sizes), None) is not None:
            return steps
    return None


def _instances(obligation: Obligation, steps: int, sizes: Env) -> Iterator[Instance]:
    for env in obligation.assignments(steps, sizes):
        for marks in labelings(obligation, steps, sizes, env) if obligation.assumptions.one_hot else ({},):
            yield env, tuple(sorted(marks.items()))


# a quick look


def _look(obligation: Obligation, steps: int, sizes: Env, looks: int = LOOKS) -> Difference | None:
    """Both sides at random numbers; a seed at which something is not finite does not count."""
    counted = 0
    for seed in range(looks + SEEDS):
        try:
            found = _differs(obligation, steps, sizes, lambda labels, s=seed: _floats(obligation, labels, s), seed)  # type: ignore[misc]
        except NotFiniteError:
            continue
        if found is not None:
            return found
        counted += 1
        if counted == looks:
            return None
    raise Unsupported("the values are not finite at any of the numbers tried")


class NotFiniteError(ArithmeticError):
    """A value that is infinite, or not a number."""


def _floats(obligation: Obligation, labels: Labels, seed: int) -> Floats:
    return Floats(seed, obligation.assumptions.sum_to_one, _marked(labels), _zero(obligation))


@np.errstate(all="ignore")  # what is not finite does not count
def _differs(
    obligation: Obligation, steps: int, sizes: Env, domain: Callable[[Labels], Floats], kind: object
) -> Difference | None:
    held = _held(obligation, steps, sizes, kind)
    most = min(MOST_INSTANCES, max(FEWEST_INSTANCES, MOST_LOOKED_AT // _bounded(obligation, steps, sizes)))
    everything = _everything(obligation, steps, sizes)
    stride = max(1, -(-len(everything) // most))
    for env, labels in everything[::stride]:
        if labels not in held:
            held[labels] = Remembering(obligation.network, domain(labels), steps, sizes)
        gap = held[labels].gap(obligation.left, obligation.right, env)
        if math.isnan(gap):
            raise NotFiniteError
        if gap > TOLERANCE:
            return Difference(env, labels, gap)
    return None


_MOST_LISTS = 16


def _everything(obligation: Obligation, steps: int, sizes: Env) -> list[Instance]:
    """The instances of a claim, which are the same for all of its readings."""
    o, assumed = obligation, obligation.assumptions
    marks = repr((assumed.label, assumed.other, assumed.marked_at)) if assumed.one_hot else ""
    key = (o.variables, o.conditions, steps, tuple(sizes.items()), assumed.one_hot, marks)
    found = islice(_instances(obligation, steps, sizes), MOST_LOOKED_AT)
    return obligation.network.kept("instances", key, _MOST_LISTS, lambda: list(found))


def _bounded(obligation: Obligation, steps: int, sizes: Env) -> int:
    """How many terms there are to compute; raises Unsupported where they are too many."""
    terms = weight(obligation, steps, sizes)
    if terms > MOST_TERMS:
        where = ", ".join(f"{name} = {value}" for name, value in (("T", steps), *sizes.items()))
        raise Unsupported(f"written out there are more than {MOST_TERMS} terms at {where}")
    return terms


_MOST_HELD = 48


def _held(obligation: Obligation, steps: int, sizes: Env, kind: object) -> dict[Labels, Remembering]:
    """The evaluations so far of the same network at the same numbers."""
    network, assumptions = obligation.network, obligation.assumptions
    key = (steps, tuple(sizes.items()), kind, assumptions.sum_to_one, assumptions.zero_start)
    return network.kept("quick looks", key, _MOST_HELD, dict)


def _marked(labels: Labels) -> Callable[[str, int | None], int | None] | None:
    marks = dict(labels)
    return (
        (lambda name, step: marks[name][(step or 0) % len(marks[name])] if name in marks else None) if marks else None
    )


def _zero(obligation: Obligation) -> frozenset[str]:
    return obligation.network.states if obligation.assumptions.zero_start else frozenset()


# refutation


class AtPoint(Floats):
    """The numbers of a point in floating point."""

    def __init__(self, point: Point, states: frozenset[str]) -> None:
        """The numbers of `point`; `states` are the names that may start at zero."""
        super().__init__(point.seed)
        self._point, self._states = point, states

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        """The entries of a quantity that is not computed."""
        entries = self._point.given(name, time, shape, state=name in self._states)
        return np.array([int(x.p) / int(x.q) for x in entries]).reshape(shape)


def _refute(obligation: Obligation, steps: int, sizes: Env) -> Proposal:
    """Candidates at the fewest steps and the smallest sizes, then at those of the quick look, clearest first."""
    smallest = next(_small_places(obligation, steps, sizes), None)
    found: list[Witness] = []
    for place in (smallest, (steps, sizes)):
        if place is not None:
            tried = [_witness(obligation, *place, seed) for seed in range(SEEDS)]
            found += [w for w, _ in sorted(filter(None, tried), key=lambda pair: -round(pair[1], 1))]
    if not found:
        return Proposal(reason="the sides differ in floating point, but at no small point that was tried")
    return Proposal(witnesses=tuple(found))


def _small_places(obligation: Obligation, steps: int, sizes: Env) -> Iterator[tuple[int, Env]]:
    ladder = [sizes_of(obligation.network, (2,), numbers) for numbers in ((3, 1), (3, 4))]
    fewest = steps if obligation.assumptions.steps is not None else 1
    for count in range(fewest, steps + 1):
        for rung in (*ladder, sizes):
            if any(_witness(obligation, count, rung, seed) for seed in range(LOOKS)):
                yield count, rung


def _witness(obligation: Obligation, steps: int, sizes: Env, seed: int) -> tuple[Witness, float] | None:
    """The first instance at which the sides differ at the numbers of this seed, and by how much."""
    network, assumptions = obligation.network, obligation.assumptions

    def point(labels: Labels) -> Point:
        normal, zero = assumptions.sum_to_one, assumptions.zero_start
        return Point(steps, sizes, seed, dict(labels), sum_to_one=normal, zero_start=zero)

    try:
        found = _differs(
            obligation, steps, sizes, lambda labels: AtPoint(point(labels), network.states), ("point", seed)
        )
    except (NotFiniteError, Unsupported):
        return None
    return None if found is None else (Witness(point(found.labels), found.env), found.gap)


# proof


@dataclass(slots=True)
class Kept:
    """An exact evaluation, kept for the next claim of the same network, steps and sizes."""

    room: int
    tensors: dict[tuple[Labels, bool], tuple[Polynomials, Bounded]]
    """What the one-hot targets mark, whether long derivatives have names -> the ring and the evaluation over it."""


_MOST_KEPT = 8


def _prove(obligation: Obligation, steps: int, sizes: Env) -> Identity:
    _bounded(obligation, steps, sizes)
    kept = _kept(obligation, steps, sizes)
    layered = False
    while True:
        try:
            return _proof(obligation, (steps, sizes), kept, layered=layered)
        except TooLarge:
            if layered:
                raise
            layered = True
        except Full:
            if kept.room >= MOST_ROOM:
                raise Unsupported(f"the exact computation needs more than {MOST_ROOM} atoms") from None
            kept.room, kept.tensors = min(2 * kept.room, MOST_ROOM), {}


def _kept(obligation: Obligation, steps: int, sizes: Env) -> Kept:
    assumptions = obligation.assumptions
    key = (steps, tuple(sizes.items()), assumptions.sum_to_one, assumptions.zero_start)
    return obligation.network.kept("exact", key, _MOST_KEPT, lambda: Kept(ROOM, {}))


def _proof(obligation: Obligation, place: tuple[int, Env], kept: Kept, *, layered: bool) -> Identity:
    steps, sizes = place
    count = entries = 0
    for env, labels in _instances(obligation, steps, sizes):
        if (labels, layered) not in kept.tensors:
            kept.tensors[labels, layered] = _evaluation(obligation, place, labels, kept.room, layered=layered)
        ring, tensors = kept.tensors[labels, layered]
        if not count:
            ring.begin()
        left, right = both(tensors.evaluate(obligation.left, env), tensors.evaluate(obligation.right, env))
        for a, b in zip(left.flat, right.flat, strict=True):
            if not ring.is_zero(a - b):
                raise Unsupported("the sides agree in floating point, but their difference did not reduce to zero")
        count, entries = count + 1, entries + left.size
    return Identity(METHOD, _told(steps, sizes, count, entries), steps, dict(sizes))


def _evaluation(
    obligation: Obligation, place: tuple[int, Env], labels: Labels, room: int, *, layered: bool
) -> tuple[Polynomials, Bounded]:
    """A ring, and the network over it; with names for long derivatives where they are too large without."""
    given = (room, obligation.assumptions.sum_to_one, _marked(labels), _zero(obligation))
    if layered:
        named = LayeredPolynomials(*given)
        return named, LayeredTensors(obligation.network, named, *place)
    ring = Polynomials(*given)
    return ring, Bounded(obligation.network, ring, *place)


def _told(steps: int, sizes: Env, count: int, entries: int) -> tuple[str, ...]:
    where = ", ".join(f"{name} = {size}" for name, size in (("T", steps), *sizes.items()))
    return (
        f"both sides written as polynomials in the given entries and the values of the functions, at {where}",
        f"the difference of each of {entries} entries, at {count} values of the free indices, reduces to zero",
    )
