"""Confirmed witness -> the smallest witness: fewest steps, then sizes, free names, and the simplest numbers.

A search by single steps, in which the kernel's own arithmetic says whether the sides still differ. Steps and sizes are
tried at a few random points each; a smaller network is a larger one with zeros in it, so that there is no need to try
all combinations. The numbers then begin as ones and become zero one after the other, whole quantities first; trying
them in several orders saves two numbers in a hundred, for twice the time. A step is taken only if the difference can
still be *seen*: by more than rounding, with the naked eye.

Nothing is settled here: the kernel confirms the result like any other witness.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from bptt_symbolic.proving.evidence import Entries, Point, Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.kernel.balls import fraction
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.methods.work import weight
from bptt_symbolic.proving.obligation import Obligation, labelings

Key = tuple[str, int | None]
Values = Mapping[Key, Entries]

SIMPLE = tuple(Fraction(x) for x in (0, 1, -1, 2, -2, "1/2", "-1/2", 3, -3))
"""Numbers from the simplest on; any other is less simple than these."""
VISIBLE = 1e-3
"""A difference that is seen at once, relative to the sides where they are larger than 1."""
LOOKS = 4
"""Random points at which steps and sizes are tried."""
MOST_TERMS, FEWEST_LOOKS = 400_000, 12
"""Terms that are computed in one search, and looks at claims that have very many."""
MOST_INSTANCES = 48
"""Assignments of the free names that are tried at one point, smallest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A witness, and how far apart the sides are there."""

    witness: Witness
    gap: float


@dataclass(slots=True)
class Looks:
    """How often it may still be computed whether the sides differ."""

    left: int

    def gap(self, obligation: Obligation, tables: Tables, env: Mapping[str, int]) -> float:
        """As the kernel says; nothing where there are no looks left."""
        self.left -= 1
        return judge.gap(obligation, tables, env) if self.left >= 0 else 0.0


def shrunk(obligation: Obligation, witness: Witness) -> Iterator[Witness]:
    """Smaller witnesses than a confirmed one, the smallest first; each is to be confirmed by the kernel."""
    looks = Looks(max(FEWEST_LOOKS, MOST_TERMS // weight(obligation, witness.point.steps, witness.point.sizes)))
    place = _smallest_place(obligation, witness, looks)
    found = _simplest(obligation, place, looks)
    if found is not None:
        yield found
    yield place


# steps, sizes, free names


def _smallest_place(obligation: Obligation, witness: Witness, looks: Looks) -> Witness:
    """The fewest steps, then the smallest sizes at which the sides differ, and the first values of the free names."""
    point = witness.point
    fixed = obligation.assumptions.steps is not None
    counts = range(point.steps if fixed else 1, point.steps + 1)
    steps = next((n for n in counts if _differing(obligation, n, point.sizes, looks) is not None), point.steps)
    sizes = _smallest_sizes(obligation, steps, dict(point.sizes), looks)
    return _differing(obligation, steps, sizes, looks) or witness


def _smallest_sizes(obligation: Obligation, steps: int, sizes: dict[str, int], looks: Looks) -> dict[str, int]:
    ones = obligation.network.enlarged(dict.fromkeys(sizes, 1))
    if _differing(obligation, steps, ones, looks) is not None:
        return ones
    while True:
        fitting = filter(obligation.network.fits, _one_smaller(sizes))
        smaller = next((s for s in fitting if _differing(obligation, steps, s, looks) is not None), None)
        if smaller is None:
            return sizes
        sizes = smaller


def _one_smaller(sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """The same with one size smaller, the smallest first."""
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        for less in range(1, size):
            yield {**sizes, name: less}


def _differing(obligation: Obligation, steps: int, sizes: Mapping[str, int], looks: Looks) -> Witness | None:
    """A witness at random numbers for these steps and sizes, with the smallest values of the free names."""
    tables: dict[tuple[object, ...], Tables] = {}
    for env, point in islice(_instances(obligation, steps, sizes), MOST_INSTANCES):
        for seed in range(LOOKS):
            seeded = replace(point, seed=seed)
            name = (seed, *point.labels.items())
            if name not in tables:
                tables[name] = Tables(obligation.network, seeded)
            if looks.gap(obligation, tables[name], env):
                return Witness(seeded, env)
    return None


def _instances(obligation: Obligation, steps: int, sizes: Mapping[str, int]) -> Iterator[tuple[dict[str, int], Point]]:
    """Values of the free names and what one-hot targets mark, smallest first."""
    assumed = obligation.assumptions
    base = Point(steps, sizes, sum_to_one=assumed.sum_to_one, zero_start=assumed.zero_start)
    for env in sorted(obligation.assignments(steps, sizes), key=lambda e: (sum(e.values()), *e.values())):
        for labels in labelings(obligation, steps, sizes, env) if assumed.one_hot else ({},):
            yield env, replace(base, labels=labels)


# numbers


def _simplest(obligation: Obligation, witness: Witness, looks: Looks) -> Witness | None:
    """The witness with its numbers made simple; None where no start is found at which the sides differ."""
    start = _start(obligation, witness)
    if start is None:
        return None
    enough = min(VISIBLE, start.gap / 2)
    point, env = start.witness.point, start.witness.env

    def differ(values: Values) -> bool:
        return looks.gap(obligation, Tables(obligation.network, replace(point, values=values)), env) >= enough

    values = _simplified(dict(point.values), point, differ)
    return Witness(replace(point, values=values), env)


def _start(obligation: Obligation, witness: Witness) -> Found | None:
    """Numbers to begin with: the simplest at which the difference is seen, or those at which it is largest."""
    best: Found | None = None
    for values in _starts(obligation, witness):
        point = replace(witness.point, values=values)
        gap = judge.gap(obligation, Tables(obligation.network, point), witness.env)
        if gap >= VISIBLE:
            return Found(Witness(point, witness.env), gap)
        if gap > (0.0 if best is None else best.gap):
            best = Found(Witness(point, witness.env), gap)
    return best


def _starts(obligation: Obligation, witness: Witness) -> Iterator[Values]:
    """Ones; then ones of either sign, halves, and what the seeds give."""
    point = witness.point
    tables = Tables(obligation.network, point)
    judge.gap(obligation, tables, witness.env)
    drawn = {
        key: tuple(fraction(c.value) for c in table.cells)
        for key, table in sorted(tables.used.items(), key=lambda item: (item[0][0], item[0][1] or 0))
        if key[0] not in point.labels
    }
    for pattern in ((1,), (1, -1), (1, 1, -1), (1, 2, -1), (Fraction(1, 2), 1, Fraction(-1, 2))):
        yield _patterned(drawn, point, [Fraction(x) for x in pattern])
    yield drawn


def _patterned(drawn: Values, point: Point, pattern: list[Fraction]) -> Values:
    """The pattern over all entries; a vector that has to add to one marks its first entry."""
    found: dict[Key, Entries] = {}
    place = 0
    for key, entries in drawn.items():
        if key[0] in point.sum_to_one:
            found[key] = _unit(0, len(entries))
            continue
        found[key] = tuple(pattern[(place + i) % len(pattern)] for i in range(len(entries)))
        place += len(entries)
    return found


def _unit(place: int, count: int) -> Entries:
    return tuple(Fraction(int(i == place)) for i in range(count))


def _simplified(values: dict[Key, Entries], point: Point, differ: Callable[[Values], bool]) -> Values:
    """Zeros wherever the sides still differ, whole quantities first, then the simplest numbers, until nothing helps."""
    for keys in (*_by_name(values), *([key] for key in values)):
        zeros = {key: (Fraction(0),) * len(values[key]) for key in keys if key[0] not in point.sum_to_one}
        if any(any(values[key]) for key in zeros) and differ({**values, **zeros}):
            values |= zeros
    better = True
    while better:
        better = False
        for key in values:
            simpler = next((v for v in _simpler(values, key, point) if differ(v)), None)
            if simpler is not None:
                values, better = simpler, True
    return values


def _by_name(values: Values) -> Iterator[list[Key]]:
    for name in dict.fromkeys(name for name, _ in values):
        yield [key for key in values if key[0] == name]


def _simpler(values: Values, key: Key, point: Point) -> Iterator[dict[Key, Entries]]:
    """The same numbers with one entry simpler; of a vector that has to add to one, another unit vector."""
    entries = values[key]
    if key[0] in point.sum_to_one:
        for place in range(len(entries)):
            unit = _unit(place, len(entries))
            if entries == unit:
                return
            yield {**values, key: unit}
        return
    for place, entry in enumerate(entries):
        for number in SIMPLE[: SIMPLE.index(entry) if entry in SIMPLE else None]:
            yield {**values, key: (*entries[:place], number, *entries[place + 1 :])}
