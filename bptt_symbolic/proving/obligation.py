"""Claim -> obligation: two closed terms that must be equal in a network, for which values of their free names.

An obligation says *what* has to hold, and nothing about how it is shown. It is what methods work on and what the
kernel confirms. Its assignments at fixed steps and sizes are enumerated here; none at all means that the obligation
is vacuous.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Literal

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import Range
from bptt_symbolic.meaning.terms import LAST, Affine, Condition, Term

AT_LAST = Affine.of(LAST)
Sign = Literal["=", "<=", "<"]


@dataclass(frozen=True, slots=True)
class Bound:
    """`low sign high` for every assignment of the free names, which the note supposes."""

    low: Term
    sign: Literal["<=", "<"]
    high: Term
    variables: tuple[tuple[str, Range], ...] = ()
    conditions: tuple[Condition, ...] = ()
    words: str = ""
    """How it stands on the page."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Hypotheses under which a claim is to hold, beyond the definitions."""

    sum_to_one: frozenset[str] = frozenset()
    """Targets whose entries add to one, those of each row where they are `matrices`."""
    matrices: frozenset[str] = frozenset()
    """Those of them that are matrices with an example in each row."""
    one_hot: frozenset[str] = frozenset()
    """Targets that are unit vectors; every class is tried."""
    label: Mapping[str, Affine] | None = None
    """Target -> the class it marks, in the free names of the claim ("if y = j")."""
    other: Mapping[str, Affine] | None = None
    """Target -> a class that it does not mark ("if y != j")."""
    zero_start: bool = False
    """Every initial state is zero."""
    steps: int | None = None
    """The number of steps is this one."""
    bounds: tuple[Bound, ...] = ()
    """Inequalities that are supposed."""
    marked_at: Affine = AT_LAST
    """The step at which a target marks `label`, and not `other`."""

    def described(self) -> tuple[str, ...]:
        """The hypotheses in words, as a verdict shows them."""
        words = [f"sum({name}_t) = 1" for name in sorted(self.sum_to_one - self.matrices)]
        words += [f"each row of {name}_t adds to one" for name in sorted(self.matrices)]
        words += [f"{name}_t is one-hot" for name in sorted(self.one_hot)]
        words += [f"{name}_t marks the class {place}" for name, place in sorted((self.label or {}).items())]
        words += [f"{name}_t does not mark the class {place}" for name, place in sorted((self.other or {}).items())]
        words += ["the initial state is zero"] if self.zero_start else []
        words += [f"T = {self.steps}"] if self.steps is not None else []
        words += [bound.words for bound in self.bounds]
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Obligation:
    """`left = right` for every assignment of the free names, or `left <= right` of every entry."""

    left: Term
    right: Term
    network: Network
    variables: tuple[tuple[str, Range], ...] = ()
    """Free times and entry indices with their ranges; a range may mention earlier variables and sizes."""
    conditions: tuple[Condition, ...] = ()
    assumptions: Assumptions = Assumptions()
    least_steps: int = 3
    """Fewer steps than this leave no room for everything that the claim mentions."""
    sign: Sign = "="

    def assignments(self, steps: int, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Every assignment of the free names at fixed steps and sizes."""
        yield from assigned(self, {**sizes, LAST: steps})


def assigned(about: Obligation | Bound, base: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Every assignment of the free names of a claim or a hypothesis, where the sizes and the last step are known."""
    yield from _extend(about, {}, base)


def _extend(about: Obligation | Bound, env: dict[str, int], base: Mapping[str, int]) -> Iterator[dict[str, int]]:
    known = {**base, **env}
    if len(env) == len(about.variables):
        if all(c.holds(known) for c in about.conditions):
            yield env
        return
    name, (low, high) = about.variables[len(env)]
    for value in range(low.at(known), high.at(known) + 1):
        yield from _extend(about, {**env, name: value}, base)


def labelings(
    obligation: Obligation, steps: int, sizes: Mapping[str, int], env: Mapping[str, int]
) -> Iterator[dict[str, tuple[int, ...]]]:
    """Classes (from 0) that the one-hot targets may mark at each step from 0 on, under "marks j" and "does not mark j".

    What a target marks at one step says nothing about another step: between them the labelings have any two classes at
    any two steps, unless there are very many.
    """
    assumptions = obligation.assumptions
    names = sorted(assumptions.one_hot)
    classes = {n: obligation.network.shapes[n].axes[0].at(sizes) for n in names}
    step = assumptions.marked_at.at({**sizes, LAST: steps, **env})
    length = steps + 2
    found = False
    for row in _rows(tuple(classes[n] for n in names for _ in range(length))):
        labels = {n: row[k * length : (k + 1) * length] for k, n in enumerate(names)}
        if all(may_mark(assumptions, n, labels[n][step], env) for n in names):
            found = True
            yield labels
    if not found:
        marks = {n: [c for c in range(classes[n]) if may_mark(assumptions, n, c, env)] for n in names}
        if all(marks.values()):
            yield {n: tuple(marks[n][0] if t == step else 0 for t in range(length)) for n in names}


def may_mark(assumptions: Assumptions, name: str, mark: int, env: Mapping[str, int]) -> bool:
    """Whether a target may mark a class (from 0) under "marks j" and "does not mark j"."""
    same, other = (assumptions.label or {}).get(name), (assumptions.other or {}).get(name)
    return (same is None or mark == same.at(env) - 1) and (other is None or mark != other.at(env) - 1)


MOST_ROWS = 16
"""Labelings that are tried, or as many as there are classes."""


@cache
def _rows(classes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Rows with a class in each place: every class stands in every place, and between them, while there is room, any
    two classes in any two places."""
    draw = random.Random(len(classes))  # noqa: S311 - reproducible
    most = max(classes, default=0)
    first = [draw.randrange(most) for _ in classes] if most else []
    rows = [tuple((k + r) % c for k, c in zip(first, classes, strict=True)) for r in range(most)]
    seen = {pair for row in rows for pair in _pairs(row)}
    while len(rows) < MOST_ROWS:
        drawn = [tuple(draw.randrange(c) for c in classes) for _ in range(60)]
        best = max(drawn, key=lambda row: len(set(_pairs(row)) - seen))
        if set(_pairs(best)) <= seen:
            break
        seen |= set(_pairs(best))
        rows.append(best)
    return tuple(rows)


def _pairs(row: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    return combinations(enumerate(row), 2)
