"""Evaluation that computes every distinct term once: the readings of a claim, and the claims of a note, share most.

Terms are numbered by what they say, so that two with one number are equal wherever they were written; a value is kept
for a number, the values of its free names and the seed of the derivative.
"""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields
from typing import get_args

import numpy as np

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Count, Num, Ref, Term, children_places, free_names
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.tensor import Array, Dual, Env, Seed, Tensors, both

MOST_KNOWN = 50_000
"""Terms that are numbered, and values that are kept at one place; then everything is begun anew."""
LIGHT = (Num, Count, Ref)
"""Terms that are computed as fast as they are looked up."""


@dataclass(frozen=True, slots=True)
class Known:
    """A term that was numbered."""

    term: Term
    """Kept, so that its `id` stays its own."""
    number: int
    names: tuple[str, ...]
    """The names that its value depends on."""


class Numbered:
    """Terms -> numbers, the same for terms that are equal."""

    def __init__(self) -> None:
        self._by_id: dict[int, Known] = {}
        self._by_content: dict[tuple[Hashable, ...], Known] = {}

    def of(self, term: Term) -> Known:
        """The number of a term, found by its identity where that was asked before."""
        known = self._by_id.get(id(term))
        return known if known is not None else self._entered(term)

    def full(self) -> bool:
        """Whether there are so many that all should go."""
        return len(self._by_id) > MOST_KNOWN

    def _entered(self, term: Term) -> Known:
        content: tuple[Hashable, ...] = (type(term).__name__, *self._content(term))
        equal = self._by_content.get(content)
        if equal is None:
            equal = Known(term, len(self._by_content), tuple(sorted(free_names(term))))
            self._by_content[content] = equal
        found = self._by_id[id(term)] = Known(term, equal.number, equal.names)
        return found

    def _content(self, term: Term) -> Iterator[Hashable]:
        """What a term says, with numbers for the terms directly under it."""
        for name, kind in _FIELDS[type(term)]:
            value = getattr(term, name)
            if kind == "one":
                yield self.of(value).number
            elif kind == "several":
                yield tuple(self.of(item).number for item in value)
            elif kind == "branches":
                yield tuple((self.of(body).number, when) for body, when in value)
            else:
                yield value


def _fields(kind: type) -> tuple[tuple[str, str], ...]:
    places = dict(children_places(kind))
    return tuple((f.name, places.get(f.name, "own")) for f in fields(kind) if f.compare)


_FIELDS: dict[type, tuple[tuple[str, str], ...]] = {kind: _fields(kind) for kind in get_args(Term)}


def gap(left: Array, right: Array) -> float:
    """The largest relative difference of an entry; nan where one is not finite."""
    if left.ndim == 0:
        return _relative(left.item(), right.item())
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return math.nan
    return float((abs(left - right) / np.maximum(1, np.maximum(abs(left), abs(right)))).max(initial=0))


def _relative(one: float, other: float) -> float:
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.nan
    return abs(one - other) / max(1, abs(one), abs(other))


class Remembering(Tensors):
    """A network at fixed steps, sizes and numbers, with the value of every term that was asked for."""

    def __init__(self, network: Network, domain: Floats, steps: int, sizes: Env) -> None:
        super().__init__(network, domain, steps, sizes)
        self._begin()

    def _begin(self) -> None:
        self._terms: Numbered = self.network.kept("numbered terms", None, 1, Numbered)
        self._values: dict[tuple[Hashable, ...], Dual] = {}
        self._jacobians = {}  # which are found by numbers of terms
        self._gaps: dict[tuple[Hashable, ...], float] = {}

    def evaluate(self, term: Term, env: Env) -> Dual:
        """Value of a term at an assignment of its free names."""
        if self._terms.full():
            self.network.workspace["numbered terms"].clear()
        if self._terms.full() or len(self._values) > MOST_KNOWN:
            self._begin()
        return super().evaluate(term, env)

    def gap(self, left: Term, right: Term, env: Env) -> float:
        """The largest relative difference of an entry of two terms; nan where one of them is not finite."""
        one, other = self._terms.of(left), self._terms.of(right)
        key = (one.number, other.number, *map(env.get, one.names), *map(env.get, other.names))
        found = self._gaps.get(key)
        if found is None:
            found = self._gaps[key] = gap(*both(self.evaluate(left, env), self.evaluate(right, env)))
        return found

    def _ev(self, term: Term, env: Env, seed: Seed | None) -> Dual:
        if isinstance(term, LIGHT):
            return super()._ev(term, env, seed)
        known = self._terms.of(term)
        key = (known.number, seed, *map(env.get, known.names))
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = super()._ev(term, env, seed)
        return value

    def _key(self, term: Term, env: Env) -> tuple[object, ...]:
        if isinstance(term, Ref):
            return super()._key(term, env)
        known = self._terms.of(term)
        return (known.number, *map(env.get, known.names))
