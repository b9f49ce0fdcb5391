"""Residual -> residual with states replaced by the formulas that define them, at their latest time only.

A claim may restate a definition (`h_t = o_t tanh(c_t)`), or use it. Values of functions are recognised as states
without this; sums and products are not.
"""

from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.chains import Calculus
from bptt_symbolic.proving.methods.symbolic.domains import close, implies
from bptt_symbolic.proving.methods.symbolic.forms import (
    INSIDE,
    Atom,
    Form,
    Mono,
    filling,
    instance,
    not_after,
    placeholders,
    times,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Context


def unfolded(calculus: Calculus, table: dict[Mono, Fraction]) -> Form | None:
    """The residual with its latest states written out; None when no state can be."""
    latest = _latest(table)
    total: Form = []
    changed = False
    for mono, coefficient in table.items():
        form: Form = [(coefficient, Mono((), mono.idx, mono.times, mono.cons))]
        for atom, exponent in mono.factors:
            if exponent > 0 and _state(calculus, atom, mono) and atom.times[0][1] == latest[atom.times[0][0]]:
                changed = True
                for _ in range(exponent):
                    form = times(form, _body(calculus, atom))
            else:
                form = times(form, [(Fraction(1), Mono(((atom, exponent),)))])
        total += form
    if not changed:
        return None
    calculus.world.note("a state is the formula that defines it")
    return total


def _latest(table: dict[Mono, Fraction]) -> dict[str, int]:
    found: dict[str, int] = {}
    for mono in table:
        for atom, _ in mono.factors:
            for name, offset in atom.times:
                found[name] = max(offset, found.get(name, offset))
    return found


def _state(calculus: Calculus, atom: Atom, mono: Mono) -> bool:
    """Whether an atom is a state that is neither given there nor the value of a function."""
    kind = calculus.world.names[atom.kind]
    if kind[0] != "q" or kind[1] not in calculus.network.states:
        return False
    if any(fold.state == kind[1] for fold in calculus.world.folds.values()):
        return False
    closure = close(mono.cons)
    return closure is not None and implies(closure, not_after(("", calculus.network.start), atom.times[0]))


def _body(calculus: Calculus, atom: Atom) -> Form:
    """The formula of a state at the times and indices of an atom."""
    definition = calculus.network.definitions[str(calculus.world.names[atom.kind][1])]
    places = placeholders(atom.idx, INSIDE)
    names = calculus.inside(definition, places, (STAMP, 0), running=True)
    table = normal(calculus.world, Context(names.cons), calculus.body(definition, places, names))
    return instance([(c, m) for m, c in table.items()], filling(places, atom.idx), {STAMP: atom.times[0]})
