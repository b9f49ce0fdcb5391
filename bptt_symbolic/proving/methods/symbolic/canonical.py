"""Monomial -> monomial: one name for every bound variable, whatever it was called and wherever its range was shifted.

Bound variables are told apart by what they touch (refinement of colours); what is left is tried in every order.
"""

from collections.abc import Iterator, Mapping
from itertools import permutations, product
from math import factorial

from bptt_symbolic.proving.methods.symbolic.forms import (
    BOUND,
    LITERAL,
    Atom,
    Constraint,
    Index,
    Mono,
    Unprovable,
    put_constraint,
    put_factors,
    split,
)

MOST_ORDERS = 5040
ROUNDS = 3

Factors = tuple[tuple[Atom, int], ...]
Bound = Index | str
"""A bound variable: of an index, or the name of a time."""
Colour = tuple[int, str]
"""What is known to tell a bound variable from others: before the first round whether it is a time and its size."""

_FREE: Colour = (-1, "")
_NONE = Index("", LITERAL, 0)


def canonical(mono: Mono) -> Mono:
    """The same monomial with canonical names; constraints are carried along, not closed."""
    if not mono.idx and not mono.times:
        return Mono(tuple(sorted(mono.factors)), (), (), mono.cons)
    mono = _shifted(mono)
    classes = _classes(mono)
    best: Mono | None = None
    for order in _orders(classes):
        candidate = _named(mono, order)
        if best is None or (candidate.factors, candidate.cons) < (best.factors, best.cons):
            best = candidate
    if best is None:
        raise Unprovable("a product without an order of its names")
    return best


def _shifted(mono: Mono) -> Mono:
    """Every bound time moved so that its latest occurrence in a factor has no constant."""
    if not mono.times:
        return mono
    latest: dict[str, int] = {}
    for atom, _ in mono.factors:
        for name, offset in atom.times:
            latest[name] = max(offset, latest.get(name, offset))
    move = {t: (t, -latest[t]) for t in mono.times if latest.get(t, 0)}
    if not move:
        return mono
    cons = tuple(put_constraint(c, move) for c in mono.cons)
    return Mono(put_factors(mono.factors, {}, move), mono.idx, mono.times, cons)


def _classes(mono: Mono) -> list[list[Bound]]:
    """Bound names grouped by what they touch, the groups in a fixed order."""
    colour: dict[Bound, Colour] = {i: (1, i.sort) for i in mono.idx}
    colour |= dict.fromkeys(mono.times, (0, ""))
    groups = len(set(colour.values()))
    for _ in range(ROUNDS):
        if groups == len(colour):
            break
        signature = _signatures(mono.factors, colour)
        ranked = {s: n for n, s in enumerate(sorted(set(signature.values())))}
        colour = {v: (ranked[s], "") for v, s in signature.items()}
        if len(ranked) == groups:
            break
        groups = len(ranked)
    classes: dict[Colour, list[Bound]] = {}
    for name in sorted(colour, key=lambda v: (colour[v], v)):
        classes.setdefault(colour[name], []).append(name)
    return list(classes.values())


def _signatures(factors: Factors, colour: Mapping[Bound, Colour]) -> dict[Bound, tuple[object, ...]]:
    seen: dict[Bound, list[tuple[object, ...]]] = {v: [] for v in colour}
    for atom, exponent in factors:
        times = tuple((colour.get(n, _FREE), "" if n in colour else n, c) for n, c in atom.times)
        parts = [(offset, v or _NONE) for offset, v in map(split, atom.idx)]
        idx = tuple((offset, colour.get(v, _FREE), _NONE if v in colour else v) for offset, v in parts)
        places: list[Bound] = [*(n for n, _ in atom.times), *(v for _, v in parts)]
        for place, name in enumerate(places):
            if name in seen:
                seen[name].append((atom.kind, exponent, place, times, idx))
    return {v: (colour[v], tuple(sorted(s))) for v, s in seen.items()}


def _orders(classes: list[list[Bound]]) -> Iterator[list[Bound]]:
    count = 1
    for c in classes:
        count *= factorial(len(c))
    if count > MOST_ORDERS:
        raise Unprovable("a product with too many factors that look alike")
    for choice in product(*(permutations(c) for c in classes)):
        yield [name for part in choice for name in part]


def _named(mono: Mono, order: list[Bound]) -> Mono:
    idx: dict[Index, Index] = {}
    times: dict[str, tuple[str, int]] = {}
    for name in order:
        if isinstance(name, Index):
            idx[name] = Index(name.sort, BOUND, len(idx))
        else:
            times[name] = (f"~{len(times)}", 0)
    cons: tuple[Constraint, ...] = mono.cons
    if times:
        cons = tuple(sorted(put_constraint(c, times) for c in cons))
    factors = tuple(sorted(put_factors(mono.factors, idx, times)))
    return Mono(factors, tuple(idx.values()), tuple(n for n, _ in times.values()), cons)
