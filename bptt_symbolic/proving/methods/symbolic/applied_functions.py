r"""Function, argument in index form -> value in index form; the derivative of order n is a value too.

f' = slope(x, f)                 from the row of the function; tanh' and sigmoid' are atoms of their own
exp(x_i) = p_i S                 where p is the softmax of x and S the sum of exp x_j, if the network has p
log p_i = x_i - log S            log' = 1/x
exp(n log u) = u^n
"""

from fractions import Fraction
from functools import cache

from bptt_symbolic.proving.methods.symbolic.forms import (
    LITERAL,
    ONE,
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
    scaled,
    single,
    times,
    variables_of,
)
from bptt_symbolic.proving.methods.symbolic.patterns import pattern_of, plain
from bptt_symbolic.proving.methods.symbolic.world import World
from bptt_symbolic.scalars.expressions import Algebra, Expression, Number, X, Y, added, differentiated, fold, multiplied
from bptt_symbolic.scalars.rows import MOST_ORDER, ROWS, derivative, value

Known = tuple[Constraint, ...]

POSITIVE = frozenset({"softmax", "total"})


def scalar(world: World, name: str, order: int, arg: Form, known: Known) -> Form:
    """Value of a known scalar function, or of its derivative of some order."""
    if order > MOST_ORDER:
        raise Unprovable(f"derivative {order} of {name}")
    if name not in ROWS:
        raise Unprovable(f"the function {name}")

    def called(inner: str, more: int, x: Form) -> Form:
        return scalar(world, inner, more, x, known)

    algebra: Algebra[Form] = Algebra(number, _plus, _times, lambda x, n: power(world, x, n, known), called)
    row = ROWS[name]
    if name in world.opaque:
        return single(_value(world, name, order, arg, known))
    if not row.atom and not order:
        return fold(value(name), algebra, arg)
    if name == "exp":
        return _exp(world, arg, known)
    if name == "log" and not order:
        return _log(world, arg, known)

    def own() -> Form:
        return single(_value(world, name, 0, arg, known))

    if row.square is None or not order:
        return fold(derivative(name, order), algebra, arg, own)
    return fold(_in_slope(name, order), algebra, single(_value(world, name, 1, arg, known)), own)


def _plus(a: Form, b: Form) -> Form:
    return [*a, *b]


def _times(a: Form, b: Form) -> Form:
    return times(a, instance(b, {}, {}))


@cache
def _in_slope(name: str, order: int) -> Expression:
    """A derivative in the value `y` and the slope, here `x`: where `y' = a + b y - y^2`, it is `y'' = (b - 2y) y'`."""
    if order == 1:
        return X
    _, b = ROWS[name].square or (0, 0)
    turn = multiplied(added(Number(Fraction(b)), multiplied(Number(Fraction(-2)), Y)), X)
    last = _in_slope(name, order - 1)
    return differentiated(last, X, turn)


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


def logsumexp(world: World, arg: Form, entry: Index, known: Known) -> Form:
    """`log S`, where `arg` is the argument at the bound index `entry`."""
    pattern, stamps, idx = pattern_of(world, arg, known, entry)
    world.exponentials.add(pattern)
    return single(Atom(world.kind("log total", pattern), stamps, idx))


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


def _exp(world: World, arg: Form, known: Known) -> Form:
    """Every derivative of exp is exp; of an argument of a softmax that the network has, `p_i S`."""
    table = plain(world, arg, known)
    if not table:
        return UNIT
    logarithm = _logarithm(world, table)
    if logarithm is not None:
        atom, times_ = logarithm
        return power(
            world, world.applied(int(str(world.names[atom.kind][3])), atom.times, atom.idx, None), times_, known
        )
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


def _logarithm(world: World, table: dict[Mono, Fraction]) -> tuple[Atom, int] | None:
    """The logarithm that a form is an integer multiple of."""
    if len(table) != 1:
        return None
    mono, coefficient = next(iter(table.items()))
    if mono.idx or len(mono.factors) != 1 or mono.factors[0][1] != 1 or coefficient.denominator != 1:
        return None
    kind = world.names[mono.factors[0][0].kind]
    return (mono.factors[0][0], int(coefficient)) if kind[:3] == ("fn", "log", 0) else None


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


def _log(world: World, arg: Form, known: Known) -> Form:
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
        arg = world.applied(int(str(kind[1])), atom.times, atom.idx[1:], atom.idx[0])
        return [*arg, *scaled(total, -1)]
    return world.applied(int(str(kind[3])), atom.times, atom.idx, None)
