r"""Monomial -> form: the rewriting rules, each with its side condition, until none applies.

delta_{ij} with i bound          substitute j for i
X(t, t) -> 1                     X(t, t-n) -> M_t ... M_{t-n+1}
M_t X(t-1, k) -> X(t, k)         X(t, k+1) M_{k+1} -> X(t, k)         X(t, j) X(j, k) -> X(t, k)
s^2 -> 1 - s'   (tanh)           s^2 -> s - s'   (sigmoid)            f(z_t) -> s_t, where that defines a state
sum_i p_i -> 1  (softmax)        sum_i y_i -> 1, y_i y_j -> y_i delta_{ij}   (under the hypothesis)
"""

from collections.abc import Callable
from fractions import Fraction

from bptt_symbolic.meaning.terms import LAST
from bptt_symbolic.proving.methods.symbolic.collapse import collapsed
from bptt_symbolic.proving.methods.symbolic.deltas import without_deltas
from bptt_symbolic.proving.methods.symbolic.domains import Closure, close, distance, flat, implies
from bptt_symbolic.proving.methods.symbolic.forms import (
    ONE,
    UNIT,
    Atom,
    Form,
    Index,
    Mono,
    Time,
    Unprovable,
    equal,
    instance,
    not_after,
    product,
    put_factors,
    replaced,
    scaled,
    single,
    times,
    variable_of,
)
from bptt_symbolic.proving.methods.symbolic.transfers import written_transfers
from bptt_symbolic.proving.methods.symbolic.world import Context, World
from bptt_symbolic.scalars.rows import ROWS

WIDEST = 6
"""Values of a bound time that are written out one by one."""

Rule = Callable[[World, Mono, Closure], Form | None]


def rewritten(world: World, context: Context, mono: Mono) -> Form | Mono:
    """The monomial if no rule applies (with its constraints closed), else what takes its place."""
    closure = close((*context.cons, *mono.cons))
    if closure is None:
        return []
    mono, closure = _without_equalities(mono, closure)
    mono = Mono(mono.factors, mono.idx, mono.times, flat(closure))
    mono_or_none = without_deltas(world, context, mono)
    if mono_or_none is None:
        return []
    mono = mono_or_none
    for rule in RULES:
        if rule is _zero_start and not context.opened:
            continue
        found = rule(world, mono, closure)
        if found is not None:
            return found
    return mono


def _without_equalities(mono: Mono, closure: Closure) -> tuple[Mono, Closure]:
    """Times that are a constant apart get one name; a free one stands for a bound one, which is then gone."""
    bound = set(mono.times)
    stamps: dict[str, Time] = {}
    for (x, y), c in closure.items():
        prefers = (y in bound, y) < (x in bound, x)
        better = x not in stamps or (y in bound, y) < (stamps[x][0] in bound, stamps[x][0])
        if prefers and closure.get((y, x)) == -c and better:
            stamps[x] = (y, c)
    if not stamps:
        return mono, closure
    gone = bound & set(stamps)
    factors = put_factors(mono.factors, {}, stamps)
    if gone:
        closure = {pair: c for pair, c in closure.items() if not gone & set(pair)}
    return Mono(factors, mono.idx, tuple(t for t in mono.times if t not in gone), ()), closure


def _short_ranges(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A bound time with a few values is written out."""
    del world
    for t in mono.times:
        for other in ("", *(n for n in sorted({n for pair in closure for n in pair}) if n not in {"", t})):
            up, down = closure.get((t, other)), closure.get((other, t))
            if up is not None and down is not None and 0 < up + down <= WIDEST:
                return [
                    (ONE, Mono(mono.factors, mono.idx, mono.times, mono.cons + equal((t, 0), (other, v))))
                    for v in range(-down, up + 1)
                ]
    return None


def _zero_start(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A state that starts at zero is zero before the first step."""
    for atom, exponent in mono.factors:
        name = _quantity(world, atom)
        if name not in world.zero_states or exponent <= 0:
            continue
        start, time = world.network.start, atom.times[0]
        if not world.assumptions.zero_start and not implies(closure, not_after(("", start - 1), time)):
            continue  # only the last value before the first step is known
        needed = not_after(("", start), time)
        if not implies(closure, needed):
            world.note(f"the initial state {name}_{start - 1} is zero")
            return [(ONE, Mono(mono.factors, mono.idx, mono.times, (*mono.cons, needed)))]
    return None


def _quantity(world: World, atom: Atom) -> str:
    kind = world.names[atom.kind]
    return str(kind[1]) if kind[0] == "q" else ""


def _is_computed(world: World, state: str, time: Time, closure: Closure) -> bool:
    """Whether a state is known to be computed at a time, and not given before the first step or after the last."""
    ends = state not in world.network.given_after or implies(closure, not_after(time, (LAST, 0)))
    return ends and implies(closure, not_after(("", world.network.start), time))


def _folded(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A function value that defines a state is that state."""
    if not world.folds:
        return None
    for atom, exponent in mono.factors:
        fold = world.folds.get(atom.kind)
        if fold is None:
            continue
        time = (atom.times[0][0], atom.times[0][1] + fold.shift)
        if _is_computed(world, fold.state, time, closure):
            state = Atom(world.kind("q", fold.state), (time,), tuple(atom.idx[p] for p in fold.places))
            world.note(f"a function value that defines {fold.state} is {fold.state}")
            return replaced(mono, atom, [(ONE, Mono(((state, exponent),)))])
    return None


def _squares(world: World, mono: Mono, closure: Closure) -> Form | None:
    """tanh^2 = 1 - tanh', sigmoid^2 = sigmoid - sigmoid'; step^2 = step; sqrt(u)^2 = u."""
    for atom, exponent in mono.factors:
        if abs(exponent) > 1 and (form := _rooted(world, atom, exponent)) is not None:
            return replaced(mono, atom, form)
        if exponent <= 1:
            continue
        found = _as_function(world, atom, closure)
        if found is None:
            continue
        name, slope = found
        lower = [(atom, exponent - 2)] if exponent > 2 else []  # noqa: PLR2004 - a square
        if name == "step":
            return replaced(mono, atom, single(atom))
        law = ROWS[name].square or (0, 0)
        parts = [(Fraction(a), base) for a, base in zip(law, ([], [(atom, 1)]), strict=True) if a]
        world.note(f"{name}^2 = {' + '.join(name if base else '1' for _, base in parts)} - {name}'")
        parts.append((-ONE, [(slope, 1)]))
        return replaced(mono, atom, [(a, Mono(_merged([*lower, *base]))) for a, base in parts])
    return None


def _rooted(world: World, atom: Atom, exponent: int) -> Form | None:
    """An even power of a square root without it: `sqrt(u)^3 = u sqrt(u)`; None where `u` cannot be divided by."""
    kind = world.names[atom.kind]
    if kind[0] != "fn" or kind[1] != "sqrt":
        return None
    inner, half = world.applied(int(str(kind[3])), atom.times, atom.idx, None), int(exponent / 2)
    if half < 0:
        if len(inner) != 1 or inner[0][1].idx or any(world.names[a.kind][0] == "delta" for a, _ in inner[0][1].factors):
            return None
        inner = [(1 / inner[0][0], Mono(tuple((a, -e) for a, e in inner[0][1].factors)))]
    world.note("sqrt(u)^2 = u")
    form = single(atom, exponent - 2 * half) if exponent % 2 else UNIT
    for _ in range(abs(half)):
        form = times(form, instance(inner, {}, {}))
    return form


def _merged(factors: list[tuple[Atom, int]]) -> tuple[tuple[Atom, int], ...]:
    total: dict[Atom, int] = {}
    for atom, e in factors:
        total[atom] = total.get(atom, 0) + e
    return tuple((atom, e) for atom, e in total.items() if e)


def _as_function(world: World, atom: Atom, closure: Closure) -> tuple[str, Atom] | None:
    """The function that an atom is a value of, and the atom of its slope there."""
    kind = world.names[atom.kind]
    row = ROWS.get(str(kind[1])) if kind[0] == "fn" else None  # a function of the note's own has none
    if kind[0] == "fn" and kind[2] == 0 and (kind[1] == "step" or (row is not None and row.square)):
        return str(kind[1]), Atom(world.kind("fn", kind[1], 1, kind[3]), atom.times, atom.idx)
    if kind[0] != "q" or kind[1] not in world.values:
        return None
    name, pattern, places, shift = world.values[str(kind[1])]
    if not ROWS[name].square or not _is_computed(world, str(kind[1]), atom.times[0], closure):
        return None
    time = (atom.times[0][0], atom.times[0][1] - shift)
    return name, Atom(world.kind("fn", name, 1, pattern), (time,), tuple(atom.idx[p] for p in places))


def _targets(world: World, mono: Mono, closure: Closure) -> Form | None:
    """What the hypotheses say about targets: the class that one marks, and that a one-hot vector is a unit vector."""
    if not world.assumptions.one_hot and not world.labels:
        return None
    seen: dict[tuple[str, tuple[Time, ...]], Atom] = {}
    for atom, exponent in mono.factors:
        name = _quantity(world, atom)
        if name in world.labels and (found := _marked(world, mono, atom, closure)) is not None:
            return found
        if name not in world.assumptions.one_hot or exponent < 1:
            continue
        if exponent > 1:
            return replaced(mono, atom, single(atom))
        other = seen.setdefault((name, atom.times), atom)
        if other != atom:
            world.note(f"{name} is one-hot: two entries of it differ from zero only in one place")
            return replaced(mono, atom, single(world.delta(atom.idx[0], other.idx[0])))
    return None


def _marked(world: World, mono: Mono, atom: Atom, closure: Closure) -> Form | None:
    time, place, marks = world.labels[_quantity(world, atom)]
    if not atom.times or distance(closure, atom.times[0], time) != 0:
        return None
    if marks:
        world.note(f"{_quantity(world, atom)} marks the given class")
        return replaced(mono, atom, single(world.delta(atom.idx[0], place)))
    if atom.idx[0] == place:
        world.note(f"{_quantity(world, atom)} does not mark the given class")
        return []
    return None


def _sums(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A bound index that one factor has, or none: sums that are one, and sizes."""
    del closure
    for index in mono.idx:
        having = [(a, e) for a, e in mono.factors if any(variable_of(i) == index for i in a.idx)]
        rest = tuple(i for i in mono.idx if i != index)
        if not having:
            size = world.kind("size", index.sort)
            return [(ONE, Mono(_merged([*mono.factors, (Atom(size, (), ()), 1)]), rest, mono.times, mono.cons))]
        if len(having) == 1 and having[0][1] == 1 and _sums_to_one(world, having[0][0], index):
            return [(ONE, Mono(tuple(f for f in mono.factors if f != having[0]), rest, mono.times, mono.cons))]
    return None


def _sums_to_one(world: World, atom: Atom, index: Index) -> bool:
    kind = world.names[atom.kind]
    if kind[0] == "softmax":
        if atom.idx[0] == index and index not in atom.idx[1:] and kind[2] == index.sort:
            world.note("the entries of a softmax add to one")
            return True
        return False
    name = _quantity(world, atom)
    if name in world.assumptions.sum_to_one or name in world.assumptions.one_hot:
        axes = world.network.shapes[name].axes
        last = bool(atom.idx) and atom.idx[-1] == index and index not in atom.idx[:-1]
        if last and len(axes) == len(atom.idx) <= 2 and str(axes[-1]) == index.sort:  # noqa: PLR2004 - or of each row
            world.note(f"the entries of {name} add to one (hypothesis)")
            return True
    return False


def _counts(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A bound time that no factor has but itself as a number: the number of its values, the sum of its powers."""
    number = world.kind("time")
    for t in mono.times:
        having = [(atom, e) for atom, e in mono.factors if any(n == t for n, _ in atom.times)]
        power = having[0][1] if having else 0
        if len(having) > 1 or power not in POWER_SUMS or any(atom.kind != number for atom, _ in having):
            continue
        highs = [(y, c) for (x, y), c in closure.items() if x == t]
        lows = [(x, -c) for (x, y), c in closure.items() if y == t]
        tight_high = [h for h in highs if all(implies(closure, not_after(h, o)) for o in highs)]
        tight_low = [b for b in lows if all(implies(closure, not_after(o, b)) for o in lows)]
        if not tight_high or not tight_low:
            continue
        high, low = tight_high[0], tight_low[0]
        cons = tuple(c for c in mono.cons if t not in c[:2])
        cons = (*cons, not_after(low, high))
        times = tuple(x for x in mono.times if x != t)
        base = Mono(tuple(f for f in mono.factors if f not in having), mono.idx, times, cons)
        upper, lower = _power_sum(world, power, high), _power_sum(world, power, (low[0], low[1] - 1))
        return [(c, product(base, m)) for c, m in (*upper, *scaled(lower, -1)) if c]
    return None


POWER_SUMS = {
    0: (Fraction(0), ONE),
    1: (Fraction(0), Fraction(1, 2), Fraction(1, 2)),
    2: (Fraction(0), Fraction(1, 6), Fraction(1, 2), Fraction(1, 3)),
    3: (Fraction(0), Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)),
}
"""Exponent e -> the coefficients of `1^e + 2^e + ... + n^e` as a polynomial in n (Faulhaber)."""


def _power_sum(world: World, exponent: int, last: Time) -> Form:
    """`1^e + ... + n^e`, where n is a time."""
    total: Form = []
    for power, coefficient in enumerate(POWER_SUMS[exponent]):
        if coefficient:
            atom = Atom(world.kind("time"), (last,), ())
            total.append((coefficient, Mono(((atom, power),) if power else ())))
    return total


def _numbers(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A time used as a number: `t + 1` is a number and one."""
    del closure
    kind = world.kind("time")
    for atom, exponent in mono.factors:
        if atom.kind != kind or (atom.times[0][0] and not atom.times[0][1]):
            continue
        name, offset = atom.times[0]
        if exponent < 0:
            if name:
                raise Unprovable("a division by a number of steps")
            if not offset:
                raise Unprovable("a division by zero")
            return replaced(mono, atom, [(ONE * offset**exponent, Mono())])
        bare: Form = [(ONE, Mono(((Atom(kind, ((name, 0),), ()), 1),)))] if name else []
        total: Form = [(ONE, Mono())]
        for _ in range(exponent):
            total = [
                (c * d, product(m, n))
                for c, m in total
                for d, n in [*bare, *([(ONE * offset, Mono())] if offset else [])]
            ]
        return replaced(mono, atom, total)
    return None


def _collapse(world: World, mono: Mono, closure: Closure) -> Form | None:
    return collapsed(world, mono, closure)


RULES: tuple[Rule, ...] = (
    _short_ranges,
    _zero_start,
    written_transfers,
    _folded,
    _squares,
    _targets,
    _numbers,
    _sums,
    _counts,
    _collapse,
)
"""The rules, tried in this order."""
