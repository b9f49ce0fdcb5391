"""Residual -> residual without divisors: what must be zero is multiplied by what is divided by.

A divisor is different from zero wherever the claim has a meaning, so that a residual is zero exactly when its
multiple is. Only divisors without bound names can be cleared.
"""

from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.forms import ONE, Atom, Form, Index, Mono, instance, times, variable_of
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
