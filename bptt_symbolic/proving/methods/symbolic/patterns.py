"""Form -> pattern: a form with its free names taken out, so that equal arguments make equal atoms.

The free times of a form, each with its latest offset, and its free indices become parameters of the atom; what is
left is the pattern. The entries that a function of a vector or a matrix runs over are the parameters ENTRY.
"""

from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.canonical import canonical
from bptt_symbolic.proving.methods.symbolic.domains import close, flat
from bptt_symbolic.proving.methods.symbolic.forms import (
    ENTRY,
    PARAMETER,
    Constraint,
    Form,
    Index,
    Mono,
    Time,
    Unprovable,
    parameter_time,
    put_factors,
    variable_of,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal
from bptt_symbolic.proving.methods.symbolic.world import Context, World

Pattern = tuple[int, tuple[Time, ...], tuple[Index, ...]]


def pattern_of(world: World, form: Form, known: tuple[Constraint, ...], *entries: Index) -> Pattern:
    """Number of the pattern of a form, and its parameters."""
    table = plain(world, form, known)
    times, indices = _parameters(table, entries)
    stamps = {name: (parameter_time(n), -offset) for n, (name, offset) in enumerate(times)}
    places = {v: Index(v.sort, PARAMETER, n) for n, v in enumerate(indices)}
    places |= {entry: Index(entry.sort, ENTRY, n) for n, entry in enumerate(entries)}
    found: dict[Mono, Fraction] = {}
    for mono, coefficient in table.items():
        new = canonical(Mono(put_factors(mono.factors, places, stamps), mono.idx, (), ()))
        found[new] = found.get(new, Fraction(0)) + coefficient
    key = tuple(sorted(found.items(), key=repr))
    return world.pattern(key, [(c, m) for m, c in key]), times, indices


def plain(world: World, form: Form, known: tuple[Constraint, ...]) -> dict[Mono, Fraction]:
    """Normal form of something that has no sums over time and no conditions beyond what is known."""
    table = normal(world, Context(known), form)
    base = close(known)
    allowed = () if base is None else flat(base)
    found: dict[Mono, Fraction] = {}
    for mono, coefficient in table.items():
        if mono.times or not set(mono.cons) <= set(allowed):
            raise Unprovable("a function of a sum over time")
        found[Mono(mono.factors, mono.idx)] = coefficient
    return found


def _parameters(table: dict[Mono, Fraction], entries: tuple[Index, ...]) -> tuple[tuple[Time, ...], tuple[Index, ...]]:
    """Free times with their latest offsets and free indices, in an order that does not depend on their names."""
    offsets: dict[str, int] = {}
    indices: dict[Index, None] = {}
    for mono in sorted(table, key=lambda m: _shape(m, entries)):
        bound = {*mono.idx, *entries}
        for atom, _ in sorted(mono.factors, key=lambda f: (f[0].kind, f[1], tuple(c for _, c in f[0].times), f[0])):
            for name, offset in atom.times:
                offsets[name] = max(offset, offsets.get(name, offset))
            for index in atom.idx:
                variable = variable_of(index)
                if variable is not None and variable not in bound:
                    indices.setdefault(variable)
    return tuple(offsets.items()), tuple(indices)


def _shape(mono: Mono, entries: tuple[Index, ...]) -> tuple[object, ...]:
    def blank(index: Index) -> tuple[str, bool, str]:
        variable = variable_of(index)
        if variable is not None and variable in entries:
            return index.offset, False, str(entries.index(variable))
        return index.offset, True, index.sort

    parts = (
        (atom.kind, exponent, tuple(c for _, c in atom.times), tuple(blank(i) for i in atom.idx))
        for atom, exponent in mono.factors
    )
    return (len(mono.factors), tuple(sorted(parts)))
