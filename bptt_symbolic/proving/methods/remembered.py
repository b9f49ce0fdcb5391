"""Evaluation that computes every distinct term once: the readings of a claim, and the claims of a note, share most.

A value is kept for the number of a term, the values of its free names and the seed of the derivative.
"""

import math
from collections.abc import Hashable

import numpy as np

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Count, Num, Ref, Term
from bptt_symbolic.proving.methods.floats import Floats
from bptt_symbolic.proving.methods.numbered import MOST_KNOWN, numbered
from bptt_symbolic.proving.methods.tensor import Array, Dual, Env, Seed, Tensors, both

Key = tuple[Hashable, ...]
"""What a value is kept for."""
LIGHT = (Num, Count, Ref)
"""Terms that are computed as fast as they are looked up."""


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
        self._terms = numbered(self.network)
        self._values: dict[Key, Dual] = {}
        self._jacobians = {}  # which are found by numbers of terms
        self._gaps: dict[Key, float] = {}

    def evaluate(self, term: Term, env: Env) -> Dual:
        """Value of a term at an assignment of its free names."""
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
