"""Conditions -> what they leave: whether free letters are lost, and how a person says it.

A side may have no meaning at some steps: a range that is reversed, a negative power, a step after the last one. A claim
is then about the rest, which is said; but where the rest has fewer free letters than the claim (`t = T` only), what
holds there is not the claim. How many letters are free is the degree of the number of assignments as a polynomial in
the number of steps.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bptt_symbolic.meaning.shapes import Range
from bptt_symbolic.meaning.terms import LAST, Affine, Condition, Unbound

Variables = tuple[tuple[str, Range], ...]
FEW = 4
"""Steps, besides those that conditions write as numbers, at which every assignment is looked at."""
MOST_ASSIGNMENTS = 100_000
"""Assignments that are looked at."""
MOST_LETTERS = 5
"""Free steps whose assignments are counted."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What further conditions leave of a domain."""

    words: tuple[str, ...] = ()
    """The conditions that exclude something, as a person writes them."""
    lost: bool = False
    """Whether fewer letters are free than before."""


NOTHING = Extent()
"""Nothing is excluded."""


@cache
def extent(variables: Variables, base: tuple[Condition, ...], more: tuple[Condition, ...]) -> Extent:
    """What is left of the assignments that meet `base` when `more` is to hold as well."""
    letters = _steps_among(variables)
    names = {n for n, _ in letters} | {LAST}
    before = [c for c in base if (c.left - c.right).names() <= names]
    added = [c for c in dict.fromkeys(more) if (c.left - c.right).names() <= names]
    steps = FEW + max((abs((c.left - c.right).const) for c in (*before, *added)), default=0)
    if steps ** max(1, len(letters)) > MOST_ASSIGNMENTS:
        return Extent(("the steps that are written as numbers",), lost=True) if added else Extent()
    real = _excluding(letters, before, added, steps)
    if not real:
        return NOTHING
    asked = {n for c in real for n in (c.left - c.right).names()}
    asked |= {n for c in before if (c.left - c.right).names() & asked for n in (c.left - c.right).names()}
    concerned = tuple(v for v in letters if v[0] in asked)
    lost = len(concerned) > MOST_LETTERS or _degree(concerned, [*before, *real], steps) < _degree(
        concerned, before, steps
    )
    fixed = _fixed(concerned, [*before, *real], steps) if lost else ()
    return Extent(fixed or tuple(said(c) for c in real), lost)


def said(condition: Condition) -> str:
    """A condition as a person writes it: `t < T`, `k <= t`, `t >= 2`."""
    gap = condition.left - condition.right
    left = Affine(0, tuple((n, c) for n, c in gap.parts if c > 0))
    right = Affine(0, tuple((n, -c) for n, c in gap.parts if c < 0))
    sign, const = condition.relation, -gap.const
    if left.parts and right.parts and sign == "<=" and const == -1:
        sign, const = "<", 0
    if left.parts and right.parts and sign == "<" and const == 1:
        sign, const = "<=", 0
    if left.parts:
        return f"{left} {sign} {right + const}"
    turned = {"<=": ">=", "<": ">"}.get(sign, sign)
    return f"{right} {turned} {-const}"


def _steps_among(variables: Variables) -> Variables:
    """The letters that run over steps, or over numbers."""
    return tuple((n, (low, high)) for n, (low, high) in variables if (low.names() | high.names()) <= {LAST})


def _excluding(
    letters: Variables, before: Sequence[Condition], added: Sequence[Condition], steps: int
) -> list[Condition]:
    """The conditions that exclude something which the ones before them do not."""
    left = [_assignments(letters, before, count) for count in (steps, steps + 1)]
    real = []
    for condition in added:
        kept = [_meeting(envs, condition) for envs in left]
        if sum(map(_count, kept)) < sum(map(_count, left)):
            real.append(condition)
            left = kept
    return real


Assignments = Mapping[str, NDArray[np.int64]]
"""Name -> its value in each assignment."""


def _assignments(letters: Variables, conditions: Sequence[Condition], steps: int) -> Assignments:
    """Every assignment of the letters that meets the conditions, where there are so many steps."""
    ranges = [np.arange(low.at({LAST: steps}), high.at({LAST: steps}) + 1) for _, (low, high) in letters]
    grids = np.meshgrid(*ranges, indexing="ij") if ranges else []
    envs = {name: grid.ravel() for (name, _), grid in zip(letters, grids, strict=True)}
    envs[LAST] = np.full(math.prod(len(r) for r in ranges), steps)
    for condition in conditions:
        envs = dict(_meeting(envs, condition))
    return envs


_HOLDS = {"=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal}


def _meeting(envs: Assignments, condition: Condition) -> Assignments:
    """The assignments at which a condition holds; raises Unbound for a name that none of them gives."""
    if not _count(envs):
        return envs
    holds = _HOLDS[condition.relation](_values(condition.left, envs), _values(condition.right, envs))
    return {name: values[holds] for name, values in envs.items()}


def _values(value: Affine, envs: Assignments) -> NDArray[np.int64]:
    """An expression at each assignment."""
    found = np.full(_count(envs), value.const)
    for name, factor in value.parts:
        if name not in envs:
            raise Unbound(name)
        found += factor * envs[name]
    return found


def _count(envs: Assignments) -> int:
    return len(envs[LAST])


def _degree(letters: Variables, conditions: Sequence[Condition], steps: int) -> int:
    """How fast the number of assignments grows with the number of steps: the degree of a polynomial; -1 for none."""
    row = [_count(_assignments(letters, conditions, steps + n)) for n in range(len(letters) + 1)]
    degree = -1
    for number in range(len(letters) + 1):
        if row[0]:
            degree = number
        row = [b - a for a, b in pairwise(row)]
    return degree


def _fixed(letters: Variables, conditions: Sequence[Condition], steps: int) -> tuple[str, ...]:
    """What the letters are tied to wherever anything is left: `t = T`, `k = t`."""
    found = []
    places = [_assignments(letters, conditions, count) for count in (steps, steps + 1)]
    if not all(map(_count, places)):
        return ("no step at all",)
    names = [n for n, _ in letters]
    for number, name in enumerate(names):
        for other in (*names[:number], LAST, ""):
            gaps = {int(gap) for envs in places for gap in np.unique(envs[name] - (envs[other] if other else 0))}
            if len(gaps) == 1:
                found.append(f"{name} = {(Affine.of(other) if other else Affine()) + gaps.pop()}")
                break
    return tuple(found)
