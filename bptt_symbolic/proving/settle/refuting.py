"""An inequality -> numbers at which it certainly fails, made as small as possible, in every norm that may be meant."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.network import names_under
from bptt_symbolic.meaning.terms import Apply, walk
from bptt_symbolic.proving.evidence import Point, Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.kernel.balls import Unsettled, fraction
from bptt_symbolic.proving.kernel.supposed import meeting
from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle.shrinking import shrunk

MOST_STEPS, SEEDS, MOST_SIZE = 4, 3, 3
"""Steps, seeds and sizes at which a counterexample is searched."""
FACTORS = tuple(
    (Fraction(a), Fraction(b)) for a, b in ((1, 1), ("1/8", "1/8"), (1, 0), (8, 8), ("1/8", 0), (8, 0), (0, 0))
)
"""What parameters and what has a step are multiplied by: functions are steep at small numbers, powers differ at large
ones."""
MOST_INSTANCES = 12
"""Assignments that are looked at for one point."""

Found = tuple[judge.Verdict, Witness, Obligation]


def counterexample(claims: Sequence[Obligation]) -> Found | None:
    """A witness against each of some claims, which differ in the norm; with the verdict on the first."""
    first = claims[0]
    for witness in _witnesses(first):
        if all(_stands(claim, witness) for claim in claims):
            return next(_confirmed(claims, witness), None)
    return None


def _stands(claim: Obligation, witness: Witness) -> bool:
    """Whether a witness is one against a claim; a letter that bounds something is as large as its norm asks for."""
    moved = (
        meeting(claim.assumptions.bounds, claim.network, witness.point) if claim.assumptions.bounds else witness.point
    )
    return moved is not None and isinstance(judge.confirm_witness(claim, replace(witness, point=moved)), judge.Verdict)


def _confirmed(claims: Sequence[Obligation], witness: Witness) -> Iterator[Found]:
    """The smallest witnesses that the kernel confirms."""
    smaller = () if _least_size(claims[0]) > 1 else shrunk(claims[0], witness)
    for one in (*smaller, witness):
        verdict = judge.confirm_witness(claims[0], one)
        if isinstance(verdict, judge.Verdict) and all(_stands(claim, one) for claim in claims[1:]):
            yield verdict, one, claims[0]


def _witnesses(claim: Obligation) -> Iterator[Witness]:
    network = claim.network
    least = _least_size(claim)
    for size in range(least, MOST_SIZE + 1 if network.sizes else least + 1):
        sizes = network.enlarged(dict.fromkeys(network.sizes, size))
        for steps in range(1, max(MOST_STEPS, claim.least_steps) + 1):
            assignments = list(claim.assignments(steps, sizes))
            stride = max(1, len(assignments) // MOST_INSTANCES)
            for point in _points(claim, steps, sizes) if assignments else ():
                tables = Tables(network, point)
                for env in assignments[::stride]:
                    if judge.gap(claim, tables, env):
                        yield Witness(point, env)


def _points(claim: Obligation, steps: int, sizes: dict[str, int]) -> Iterator[Point]:
    """Points with numbers of several sizes that meet the hypotheses; states start at zero."""
    for seed in range(SEEDS):
        base = Point(steps, sizes, seed, zero_start=True)
        for factors in FACTORS:
            try:
                point = _times(claim, base, factors)
            except Unsettled:
                continue
            found = meeting(claim.assumptions.bounds, claim.network, point)
            if found is not None:
                yield found


def _times(claim: Obligation, point: Point, factors: tuple[Fraction, Fraction]) -> Point:
    """The point with all numbers that the claim is computed from multiplied by factors."""
    if set(factors) == {1}:
        return point
    tables = Tables(claim.network, point)
    for env in list(claim.assignments(point.steps, point.sizes))[:MOST_INSTANCES]:
        tables.table(claim.left, env)
        tables.table(claim.right, env)
    values = {
        key: tuple(fraction(c.value) * factors[key[1] is not None] for c in table.cells)
        for key, table in tables.used.items()
    }
    return replace(point, values=values)


def _least_size(claim: Obligation) -> int:
    """A softmax of one number is 1, which says nothing of others."""
    network = claim.network
    below = names_under(network, (claim.left, claim.right))
    terms = (claim.left, claim.right, *(d.body for n, d in network.definitions.items() if n in below))
    return 2 if any(isinstance(x, Apply) and x.function.name == "softmax" for t in terms for x in walk(t)) else 1
