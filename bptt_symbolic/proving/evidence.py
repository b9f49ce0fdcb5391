"""Method -> kernel: what a method proposes, as data. Neither side imports the other; these records are all they share.

A proposal settles nothing: the kernel computes an identity or a witness again before it makes a verdict.
"""

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import flint

from bptt_symbolic.meaning.terms import Term
from bptt_symbolic.proving.obligation import Obligation

Entries = tuple[Fraction, ...]
"""The numbers of one quantity at one step, in row-major order."""

SMALL, MOST_GENTLE = 8, 2


@dataclass(frozen=True)
class Point:
    """Steps, sizes and a number for every given entry.

    The numbers are those in `values`; what is not there follows from the seed, so that a point is a value.
    """

    steps: int
    sizes: Mapping[str, int]
    seed: int = 0
    labels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """One-hot target -> the class (from 0) that it marks at each step, from step 0 on."""
    sum_to_one: frozenset[str] = frozenset()
    """Targets whose entries add to one, those of each row where they are matrices."""
    zero_start: bool = False
    """Every initial state is zero."""
    gentle: int = 0
    """1: the numbers drawn are small, 2: small and positive, so that roots, logarithms and growing functions exist."""
    values: Mapping[tuple[str, int | None], Entries] = field(default_factory=dict)
    """(name, time) -> chosen numbers. Whether they meet the hypotheses of a claim is for the kernel to see."""

    def label(self, name: str, time: int | None, classes: int) -> int | None:
        """The class that a one-hot target marks at a step."""
        marks = self.labels.get(name)
        return None if marks is None else marks[(time or 0) % len(marks)] % classes

    def given(self, name: str, time: int | None, dims: tuple[int, ...], *, state: bool) -> list[flint.fmpq]:
        """The entries of a quantity that is not computed, in row-major order."""
        count = 1
        for d in dims:
            count *= d
        label = self.label(name, time, dims[0]) if len(dims) == 1 else None
        if label is not None:
            return [flint.fmpq(int(i == label)) for i in range(count)]
        if state and self.zero_start:
            return [flint.fmpq(0)] * count
        if (name, time) in self.values:
            return [flint.fmpq(x.numerator, x.denominator) for x in self.values[name, time]]
        draw = random.Random(zlib.crc32(repr((self.seed, name, time)).encode()))  # noqa: S311 - reproducible
        entries = [flint.fmpq(draw.choice([-3, -2, -1, 1, 2, 3]), draw.choice([1, 2, 3, 4])) for _ in range(count)]
        if self.gentle:
            entries = [(abs(e) if self.gentle == MOST_GENTLE else e) / SMALL for e in entries]
        if name in self.sum_to_one and len(dims) in {1, 2}:
            for end in range(dims[-1], count + 1, dims[-1]):
                entries[end - 1] = 1 - sum(entries[end - dims[-1] : end - 1], flint.fmpq(0))
        return entries


@dataclass(frozen=True, slots=True)
class Identity:
    """Proposed proof: the two sides are identical at these steps and sizes (or at all of them)."""

    method: str
    steps: tuple[str, ...]
    """The proof in steps that a person can read."""
    at_steps: int
    at_sizes: Mapping[str, int]
    all_steps: bool = False
    all_sizes: bool = False
    also_at: tuple[tuple[int, Mapping[str, int]], ...] = ()
    """Further steps and sizes at which it was computed, where it is no proof for all of them."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Proposed refutation: a point and an assignment of the free names."""

    point: Point
    env: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Worked:
    """A claim of an example, in which quantities are numbers that are worked out one from the other."""

    obligation: Obligation
    left: Term | None
    """Its left side with the numbers that the note works out, and nothing else; None where these are not known."""
    right: Term
    """Its right side, likewise."""
    data: frozenset[tuple[Fraction, int | None]]
    """The numbers that the note begins with, as they are written: the value, and the digits behind the point."""
    point: Point | None
    """The data, at sizes 1; None where the sides have no shape there."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one method has to say about one obligation: a proof, candidates for a counterexample, or neither and why."""

    identity: Identity | None = None
    witnesses: tuple[Witness, ...] = ()
    """Candidates, most readable first."""
    reason: str = ""
    """Why there is nothing, in words a person can read; empty when there is something."""
