"""Monomial -> form: products of steps and transfers collapsed into one transfer.

A rule is matched factor by factor: times and indices of its pattern are unified with those of the monomial. Its bound
indices must be bound in the monomial, differ from each other, and occur in no other factor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bptt_symbolic.proving.methods.symbolic.domains import Closure, implies, negated
from bptt_symbolic.proving.methods.symbolic.forms import (
    ONE,
    Atom,
    Form,
    Index,
    Mono,
    Time,
    instance,
    put_constraint,
    split,
    variable_of,
)
from bptt_symbolic.proving.methods.symbolic.forms import product as joined
from bptt_symbolic.proving.methods.symbolic.world import FAR, STAMP, Rule, World


@dataclass(frozen=True, slots=True)
class Match:
    """What the names of a pattern stand for, and what the monomial has beside it."""

    indices: dict[Index, Index] = field(default_factory=dict)
    stamps: dict[str, Time] = field(default_factory=dict)
    left: dict[Atom, int] = field(default_factory=dict)


def collapsed(world: World, mono: Mono, closure: Closure) -> Form | None:
    """The monomial after the first collapse that applies."""
    for atom, exponent in mono.factors:
        kind = world.names[atom.kind]
        if kind[0] == "run":
            found = _run(world, mono, atom)
        elif kind[0] == "chain" and exponent == 1:
            found = _still(world, mono, atom) or _composed(world, mono, atom) or _by_rules(world, mono, atom, closure)
        else:
            continue
        if found is not None:
            return found
    return None


def _by_rules(world: World, mono: Mono, atom: Atom, closure: Closure) -> Form | None:
    chain = world.chains[int(str(world.names[atom.kind][1]))]
    for rule in chain.rules:
        if rule.pattern[0][0].kind != atom.kind:
            continue
        for match in _matches(rule, mono, atom):
            if rule.parts and (cases := _cases(rule, match, mono, closure)):
                return cases
            if not _applies(rule, match, mono, closure):
                continue
            gone = {match.indices[i] for i in rule.bound}
            rest = Mono(tuple(match.left.items()), tuple(i for i in mono.idx if i not in gone), mono.times, mono.cons)
            world.note(f"a step and a transfer are a transfer: {chain.text}")
            return [(c, joined(rest, m)) for c, m in instance(rule.result, match.indices, match.stamps)]
    return None


def _cases(rule: Rule, match: Match, mono: Mono, closure: Closure) -> Form:
    """The monomial where the need of a rule is met, and where it is not; nothing if that is known."""
    if rule.needs is None:
        return []
    need = put_constraint(rule.needs, match.stamps)
    if implies(closure, need) or implies(closure, negated(need)):
        return []
    return [(ONE, Mono(mono.factors, mono.idx, mono.times, (*mono.cons, c))) for c in (need, negated(need))]


def _matches(rule: Rule, mono: Mono, atom: Atom) -> Iterator[Match]:
    start = Match({}, {}, dict(mono.factors))
    first = _unified(rule.pattern[0][0], atom, start)
    if first is None:
        return
    left = dict(first.left)
    del left[atom]
    yield from _rest(rule.pattern[1:], Match(first.indices, first.stamps, left))


def _rest(pattern: tuple[tuple[Atom, int], ...], match: Match) -> Iterator[Match]:
    if not pattern:
        yield match
        return
    (wanted, exponent), others = pattern[0], pattern[1:]
    for atom, have in match.left.items():
        if atom.kind != wanted.kind or have * exponent <= 0 or abs(have) < abs(exponent):
            continue
        new = _unified(wanted, atom, match)
        if new is None:
            continue
        left = {a: e for a, e in match.left.items() if a != atom}
        if have != exponent:
            left[atom] = have - exponent
        yield from _rest(others, Match(new.indices, new.stamps, left))


def _unified(wanted: Atom, atom: Atom, match: Match) -> Match | None:
    indices, stamps = dict(match.indices), dict(match.stamps)
    for (name, offset), (other, place) in zip(wanted.times, atom.times, strict=True):
        if name not in {STAMP, FAR}:
            if (name, offset) != (other, place):
                return None
        elif stamps.setdefault(name, (other, place - offset)) != (other, place - offset):
            return None
    for want, have in zip(wanted.idx, atom.idx, strict=True):
        (a, v), (b, w) = split(want), split(have)
        if v is None:
            if want != have:
                return None
            continue
        if a and (a != b or w is None):
            return None
        found = w if a and w is not None else have
        if indices.setdefault(v, found) != found:
            return None
    return Match(indices, stamps, match.left)


def _applies(rule: Rule, match: Match, mono: Mono, closure: Closure) -> bool:
    """The side conditions: bound indices are bound, different, and used nowhere else; times allow it."""
    gone = [match.indices[i] for i in rule.bound]
    if len(set(gone)) != len(gone) or not set(gone) <= set(mono.idx):
        return False
    kept = {variable_of(i) for v, i in match.indices.items() if v not in rule.bound}
    used = {variable_of(i) for a in match.left for i in a.idx}
    if (kept | used).intersection(gone):
        return False
    return rule.needs is None or implies(closure, put_constraint(rule.needs, match.stamps))


def _still(world: World, mono: Mono, atom: Atom) -> Form | None:
    """Where the step is the same at every time, only the distance counts: the earlier time gets no constant."""
    chain = world.chains[int(str(world.names[atom.kind][1]))]
    (a, p), (b, q) = atom.times
    if not chain.still or not q or a == b:
        return None
    new = Atom(atom.kind, ((a, p - q), (b, 0)), atom.idx)
    return [(ONE, _with(mono, {atom: -1, new: 1}))]


def _with(mono: Mono, changes: dict[Atom, int], gone: frozenset[Index] = frozenset()) -> Mono:
    total = dict(mono.factors)
    for atom, exponent in changes.items():
        total[atom] = total.get(atom, 0) + exponent
    factors = tuple((a, e) for a, e in total.items() if e)
    return Mono(factors, tuple(i for i in mono.idx if i not in gone), mono.times, mono.cons)


def _composed(world: World, mono: Mono, atom: Atom) -> Form | None:
    """`X(t, j) X(j, k) -> X(t, k)` for a chain of one block."""
    number = int(str(world.names[atom.kind][1]))
    chain = world.chains[number]
    if len(chain.blocks) != 1:
        return None
    rank = len(next(iter(chain.blocks.values())))
    for other, exponent in mono.factors:
        if other.kind != atom.kind or exponent != 1 or other == atom or atom.times[1] != other.times[0]:
            continue
        inner = atom.idx[rank:]
        if inner != other.idx[:rank] or not set(inner) <= set(mono.idx) or len(set(inner)) != rank:
            continue
        rest = [i for a, _ in mono.factors if a not in {atom, other} for i in a.idx]
        outer = (*atom.idx[:rank], *other.idx[rank:])
        if any(variable_of(i) in inner for i in (*rest, *outer)):
            continue
        new = Atom(atom.kind, (atom.times[0], other.times[1]), outer)
        world.note(f"two transfers one after the other are one: {chain.text}")
        return [(ONE, _with(mono, {atom: -1, other: -1, new: 1}, frozenset(inner)))]
    return None


def _run(world: World, mono: Mono, atom: Atom) -> Form | None:
    """A running product and its next or previous factor: one running product; powers by distance only."""
    form = world.patterns[int(str(world.names[atom.kind][1]))]
    template = form[0][1].factors[0][0]
    (a, p), (b, q) = atom.times
    if not template.times and q:
        return [(ONE, _with(mono, {atom: -1, Atom(atom.kind, ((a, p - q), (b, 0)), atom.idx): 1}))]
    for other, exponent in mono.factors:
        alike = other.kind == atom.kind and other != atom and other.idx == atom.idx
        if alike and exponent > 0 and other.times[0] == atom.times[1]:
            new = Atom(atom.kind, (atom.times[0], other.times[1]), atom.idx)
            return [(ONE, _with(mono, {atom: -1, other: -1, new: 1}))]
        if other.kind != template.kind or other.idx != atom.idx or exponent <= 0:
            continue
        if not template.times or other.times == ((a, p + 1 + template.times[0][1]),):
            new = Atom(atom.kind, ((a, p + 1), (b, q)), atom.idx)
        elif other.times == ((b, q + template.times[0][1]),):
            new = Atom(atom.kind, ((a, p), (b, q - 1)), atom.idx)
        else:
            continue
        world.note("a running product and its next factor are a running product")
        return [(ONE, _with(mono, {atom: -1, other: -1, new: 1}))]
    return None
