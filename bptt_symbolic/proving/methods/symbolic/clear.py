"""Residual -> residual without divisors: what must be zero is multiplied by what is divided by.

A divisor is different from zero wherever the claim has a meaning, so that a residual is zero exactly when its
multiple is. Only divisors without bound names can be cleared; where a sum divides by something under its sign, its
summands are compared one by one, which is enough.
"""

from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.forms import (
    ONE,
    Atom,
    Form,
    Index,
    Mono,
    fresh,
    fresh_time,
    instance,
    put,
    times,
    variable_of,
)
from bptt_symbolic.proving.methods.symbolic.world import World

MOST_POWER = 4


def cleared(world: World, table: dict[Mono, Fraction]) -> Form | None:
    """The residual multiplied by its divisors; None when it has none that can be cleared."""
    powers = _divisors(table)
    if not powers or any(n > MOST_POWER for n in powers.values()):
        return None
    total: Form = []
    for mono, coefficient in table.items():
        have = dict(mono.factors)
        rest = Mono(tuple(f for f in mono.factors if f[0] not in powers), mono.idx, mono.times, mono.cons)
        form: Form = [(coefficient, rest)]
        for atom, n in powers.items():
            for _ in range(n + have.get(atom, 0)):
                form = times(form, instance(_opened(world, atom), {}, {}))
        total += form
    world.note("both sides are multiplied by what is divided by")
    return total


def summands(table: dict[Mono, Fraction]) -> Form | None:
    """One summand of each sum, at the same place of all, where a divisor has bound names; None when none has.

    If the summands cancel at every place, so do the sums. Which bound name of a sum without that divisor is the place
    does not matter for that; the first of its kind is taken.
    """
    place = _bound_divisor(table)
    if place is None:
        return None
    idx = [fresh(i.sort) for i in place[0]]
    stamps = [fresh_time() for _ in place[1]]
    form: Form = []
    for mono, coefficient in table.items():
        found = _bound_divisor({mono: coefficient}) or (mono.idx, mono.times)
        indices, moments = dict[Index, Index](), dict[str, tuple[str, int]]()
        for new in idx:
            old = next((i for i in found[0] if i.sort == new.sort and i not in indices), None)
            if old is None:
                return None
            indices[old] = new
        for stamp in stamps:
            moment = next((t for t in found[1] if t not in moments), None)
            if moment is None:
                return None
            moments[moment] = (stamp, 0)
        form.append((coefficient, put(mono, indices, moments)))
    return form


def _bound_divisor(table: dict[Mono, Fraction]) -> tuple[tuple[Index, ...], tuple[str, ...]] | None:
    """The bound indices and times of the first divisor that has some."""
    for mono in table:
        for atom, exponent in mono.factors:
            idx = tuple(v for i in atom.idx if (v := variable_of(i)) in mono.idx and v is not None)
            stamps = tuple(n for n, _ in atom.times if n in mono.times)
            if exponent < 0 and (idx or stamps):
                return tuple(dict.fromkeys(idx)), tuple(dict.fromkeys(stamps))
    return None


def _divisors(table: dict[Mono, Fraction]) -> dict[Atom, int]:
    """Divisors with their highest powers."""
    found: dict[Atom, int] = {}
    for mono in table:
        bound: set[Index | str | None] = {*mono.idx, *mono.times}
        for atom, exponent in mono.factors:
            names = {*(n for n, _ in atom.times), *map(variable_of, atom.idx)}
            if exponent < 0 and not names & bound:
                found[atom] = max(-exponent, found.get(atom, 0))
    return found


def _opened(world: World, atom: Atom) -> Form:
    """A divisor: the sum that it stands for, or itself."""
    kind = world.names[atom.kind]
    if kind[0] == "whole":
        return world.applied(int(str(kind[1])), atom.times, atom.idx, None)
    return [(ONE, Mono(((atom, 1),)))]
