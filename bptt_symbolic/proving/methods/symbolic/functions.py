r"""Function, argument in index form -> value in index form; the derivative of order n is a value too.

tanh'' = -2 tanh tanh'           sigmoid'' = sigmoid' (1 - 2 sigmoid)      relu = x step(x)
exp(x_i) = p_i S                 where p is the softmax of x and S the sum of exp x_j, if the network has p
log p_i = x_i - log S            log' = 1/x
"""

from collections.abc import Callable
from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.forms import (
    ENTRY,
    LITERAL,
    ONE,
    PARAMETER,
    UNIT,
    Atom,
    Constraint,
    Form,
    Index,
    Mono,
    Unprovable,
    fresh,
    instance,
    number,
    parameter_time,
    scaled,
    single,
    times,
    variables_of,
)
from bptt_symbolic.proving.methods.symbolic.patterns import pattern_of, plain
from bptt_symbolic.proving.methods.symbolic.world import World

Known = tuple[Constraint, ...]

MOST_ORDER = 3
POSITIVE = frozenset({"softmax", "total"})
CIRCLE = ("sin", "cos")


def scalar(world: World, name: str, order: int, arg: Form, known: Known) -> Form:
    """Value of a known scalar function, or of its derivative of some order."""
    if order > MOST_ORDER:
        raise Unprovable(f"derivative {order} of {name}")
    row = ROWS.get(name)
    if row is None:
        raise Unprovable(f"the function {name}")
    return row(world, order, arg, known)


def generic(world: World, name: str, order: int, arg: Form, known: Known, component: Index | None) -> Form:
    """Value of a function of the note's own that acts by entries; `component` tells `f_i` from `f_j`."""
    pattern, stamps, idx = pattern_of(world, arg, known)
    if component is None:
        return single(Atom(world.kind("fn", name, order, pattern, "same"), stamps, idx))
    return single(Atom(world.kind("fn", name, order, pattern, "each"), stamps, (*idx, component)))


def softmax(world: World, arg: Form, entry: Index, place: Index, known: Known) -> Form:
    """`p_place`, where `arg` is the argument at the bound index `entry`."""
    pattern, stamps, idx = pattern_of(world, arg, known, entry)
    world.exponentials.add(pattern)
    return single(Atom(world.kind("softmax", pattern, entry.sort), stamps, (place, *idx)))


def inverse(world: World, arg: Form, known: Known) -> Form:
    """`1 / arg`: by factors where it is a product, else a new atom for the whole."""
    table = plain(world, arg, known)
    if not table:
        raise Unprovable("a division by zero")
    if len(table) == 1:
        mono, coefficient = next(iter(table.items()))
        if any(world.names[a.kind][0] == "delta" for a, _ in mono.factors):
            raise Unprovable("a division by something that may be zero")
        if not mono.idx:
            return [(1 / coefficient, Mono(tuple((a, -e) for a, e in mono.factors)))]
    pattern, stamps, idx = pattern_of(world, arg, known)
    return single(Atom(world.kind("whole", pattern), stamps, idx), -1)


def power(world: World, arg: Form, exponent: int, known: Known) -> Form:
    """An integer power of a number."""
    base = arg if exponent >= 0 else inverse(world, arg, known)
    total = UNIT
    for _ in range(abs(exponent)):
        total = times(total, instance(base, {}, {}))
    return total


def _value(world: World, name: str, order: int, arg: Form, known: Known) -> Atom:
    pattern, stamps, idx = pattern_of(world, arg, known)
    return Atom(world.kind("fn", name, order, pattern), stamps, idx)


def _tanh(world: World, order: int, arg: Form, known: Known) -> Form:
    if order < 2:  # noqa: PLR2004 - the value and the slope are atoms
        return single(_value(world, "tanh", order, arg, known))
    value, slope = (_value(world, "tanh", n, arg, known) for n in (0, 1))
    if order == 2:  # noqa: PLR2004
        return [(Fraction(-2), Mono(((value, 1), (slope, 1))))]
    return [(Fraction(4), Mono(((slope, 1),))), (Fraction(-6), Mono(((slope, 2),)))]


def _sigmoid(world: World, order: int, arg: Form, known: Known) -> Form:
    if order < 2:  # noqa: PLR2004 - the value and the slope are atoms
        return single(_value(world, "sigmoid", order, arg, known))
    value, slope = (_value(world, "sigmoid", n, arg, known) for n in (0, 1))
    if order == 2:  # noqa: PLR2004
        return [(ONE, Mono(((slope, 1),))), (Fraction(-2), Mono(((slope, 1), (value, 1))))]
    return [(ONE, Mono(((slope, 1),))), (Fraction(-6), Mono(((slope, 2),)))]


def _identity(world: World, order: int, arg: Form, known: Known) -> Form:
    del world, known
    return arg if not order else number(int(order == 1))


def _relu(world: World, order: int, arg: Form, known: Known) -> Form:
    if order > 1:
        return []
    step = single(_value(world, "step", 0, arg, known))
    return step if order else times(arg, step)


def _softplus(world: World, order: int, arg: Form, known: Known) -> Form:
    if order:
        return _sigmoid(world, order - 1, arg, known)
    return single(_value(world, "softplus", 0, arg, known))


def _sqrt(world: World, order: int, arg: Form, known: Known) -> Form:
    root = _value(world, "sqrt", 0, arg, known)
    coefficient = {0: ONE, 1: Fraction(1, 2), 2: Fraction(-1, 4), 3: Fraction(3, 8)}[order]
    return [(coefficient, Mono(((root, 1 - 2 * order),)))]


def _circle(name: str) -> Callable[[World, int, Form, Known], Form]:
    def row(world: World, order: int, arg: Form, known: Known) -> Form:
        turns = order + CIRCLE.index(name)
        sign = -1 if turns % 4 >= 2 else 1  # noqa: PLR2004 - sin, cos, -sin, -cos
        return scaled(single(_value(world, CIRCLE[turns % 2], 0, arg, known)), sign)

    return row


def _hyperbola(name: str) -> Callable[[World, int, Form, Known], Form]:
    def row(world: World, order: int, arg: Form, known: Known) -> Form:
        other = name if order % 2 == 0 else {"sinh": "cosh", "cosh": "sinh"}[name]
        return single(_value(world, other, 0, arg, known))

    return row


def _exp(world: World, order: int, arg: Form, known: Known) -> Form:
    """Every derivative of exp is exp; of an argument of a softmax that the network has, `p_i S`."""
    del order
    table = plain(world, arg, known)
    if not table:
        return UNIT
    free = {v for m in table for v in variables_of(m.factors)} - {i for m in table for i in m.idx}
    literals = {i for m in table for a, _ in m.factors for i in a.idx if i.role == LITERAL}
    for index in sorted(free):
        found = _share(world, arg, known, index, index)
        if found is not None:
            return found
    for index in sorted(literals):
        for variable in _openings(world):
            found = _share(world, _opened(table, index, variable), known, variable, index)
            if found is not None:
                return found
    return single(_value(world, "exp", 0, arg, known))


def _openings(world: World) -> tuple[Index, ...]:
    sizes = {str(axis) for shape in world.network.shapes.values() for axis in shape.axes}
    return tuple(fresh(size) for size in sorted(sizes))


def _opened(table: dict[Mono, Fraction], literal: Index, variable: Index) -> Form:
    """The argument with a variable for a literal index."""
    form: Form = []
    for mono, coefficient in table.items():
        factors = tuple(
            (Atom(a.kind, a.times, tuple(variable if i == literal else i for i in a.idx)), e) for a, e in mono.factors
        )
        form.append((coefficient, Mono(factors, mono.idx)))
    return instance(form, {}, {})


def _share(world: World, arg: Form, known: Known, entry: Index, place: Index) -> Form | None:
    pattern, stamps, idx = pattern_of(world, arg, known, entry)
    if pattern not in world.exponentials:
        return None
    part = Atom(world.kind("softmax", pattern, entry.sort), stamps, (place, *idx))
    total = Atom(world.kind("total", pattern), stamps, idx)
    return [(ONE, Mono(((part, 1), (total, 1))))]


def _log(world: World, order: int, arg: Form, known: Known) -> Form:
    if order:
        base = power(world, arg, -order, known)
        return scaled(base, {1: 1, 2: -1, 3: 2}[order])
    table = plain(world, arg, known)
    if len(table) == 1:
        mono, coefficient = next(iter(table.items()))
        if coefficient == 1 and not mono.idx and mono.factors and all(_positive(world, a) for a, _ in mono.factors):
            return [(c * e, m) for a, e in mono.factors for c, m in _log_of(world, a)]
    return single(_value(world, "log", 0, arg, known))


def _positive(world: World, atom: Atom) -> bool:
    kind = world.names[atom.kind]
    return kind[0] in POSITIVE or (kind[0] == "fn" and kind[1] == "exp")


def _log_of(world: World, atom: Atom) -> Form:
    """Logarithm of one positive atom: `log p_i = x_i - log S`, `log exp x = x`."""
    kind = world.names[atom.kind]
    if kind[0] == "total":
        return single(Atom(world.kind("log total", kind[1]), atom.times, atom.idx))
    if kind[0] == "softmax":
        total = single(Atom(world.kind("log total", kind[1]), atom.times, atom.idx[1:]), 1)
        arg = applied(world, int(str(kind[1])), atom.times, atom.idx[1:], atom.idx[0])
        return [*arg, *scaled(total, -1)]
    return applied(world, int(str(kind[3])), atom.times, atom.idx, None)


def applied(
    world: World, pattern: int, stamps: tuple[tuple[str, int], ...], idx: tuple[Index, ...], place: Index | None
) -> Form:
    """The form of a pattern at given parameters."""
    form = world.patterns[pattern]
    env: dict[Index, Index] = {}
    for v in {v for _, m in form for v in variables_of(m.factors) if v not in m.idx}:
        if v.role == ENTRY and place is not None:
            env[v] = place
        elif v.role == PARAMETER:
            env[v] = idx[int(v.which)]
    return instance(form, env, {parameter_time(n): t for n, t in enumerate(stamps)})


ROWS: dict[str, Callable[[World, int, Form, Known], Form]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "identity": _identity,
    "relu": _relu,
    "exp": _exp,
    "log": _log,
    "softplus": _softplus,
    "sqrt": _sqrt,
    "sin": _circle("sin"),
    "cos": _circle("cos"),
    "sinh": _hyperbola("sinh"),
    "cosh": _hyperbola("cosh"),
}
"""Known scalar functions: the derivative of some order at an argument."""
