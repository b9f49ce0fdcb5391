r"""Monomial -> form: the rewriting rules, each with its side condition, until none applies.

delta_{ij} with i bound          substitute j for i
X(t, t) -> 1                     X(t, t-n) -> M_t ... M_{t-n+1}
M_t X(t-1, k) -> X(t, k)         X(t, k+1) M_{k+1} -> X(t, k)         X(t, j) X(j, k) -> X(t, k)
s^2 -> 1 - s'   (tanh)           s^2 -> s - s'   (sigmoid)            f(z_t) -> s_t, where that defines a state
sum_i p_i -> 1  (softmax)        sum_i y_i -> 1, y_i y_j -> y_i delta_{ij}   (under the hypothesis)
"""

from collections.abc import Callable, Hashable

from bptt_symbolic.methods.symbolic.collapse import collapsed
from bptt_symbolic.methods.symbolic.domains import Closure, close, distance, flat, implies
from bptt_symbolic.methods.symbolic.forms import (
    ONE,
    Atom,
    Form,
    Mono,
    Time,
    Unprovable,
    equal,
    fresh,
    instance,
    not_after,
    put,
    put_factors,
    single,
    sort_of,
    split,
)
from bptt_symbolic.methods.symbolic.world import STAMP, Chain, Context, World

WIDEST = 6
"""Values of a bound time that are written out one by one."""
LONGEST = 8
"""Steps of a transfer that are written out."""

Rule = Callable[[World, Mono, Closure], Form | None]


def rewritten(world: World, context: Context, mono: Mono) -> Form | Mono:
    """The monomial if no rule applies (with its constraints closed), else what takes its place."""
    closure = close((*context.cons, *mono.cons))
    if closure is None:
        return []
    mono, closure = _without_equalities(mono, closure)
    mono = Mono(mono.factors, mono.idx, mono.times, flat(closure))
    mono_or_none = _deltas(world, context, mono)
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


def _deltas(world: World, context: Context, mono: Mono) -> Mono | None:
    """Deltas substituted; None where one is zero. Between two free indices one stays and the first represents both."""
    delta = world.kind("delta")
    done: set[Atom] = set()
    while True:
        atom = next((a for a, _ in mono.factors if a.kind == delta and a not in done), None)
        if atom is None:
            return mono
        i, j = atom.idx
        rest = Mono(tuple(f for f in mono.factors if f[0] != atom), mono.idx, mono.times, mono.cons)
        if i == j:
            mono = rest
            continue
        verdict = _meeting(context, i, j)
        if verdict == "never":
            return None
        if isinstance(verdict, tuple):
            new = world.delta(*verdict)
            mono = Mono(_joined(rest, new), mono.idx, mono.times, mono.cons)
            continue
        old, representative = _substitution(i, j, mono)
        mono = put(rest, {old: representative}, {})
        if old not in rest.idx:
            kept = world.delta(old, representative)
            mono = Mono((*(f for f in mono.factors if f[0] != kept), (kept, 1)), mono.idx, mono.times, mono.cons)
            done.add(kept)


def _joined(mono: Mono, atom: Atom) -> tuple[tuple[Atom, int], ...]:
    return (*(f for f in mono.factors if f[0] != atom), (atom, 1))


def _meeting(context: Context, i: str, j: str) -> str | tuple[str, str]:
    """How two indices can be equal: `never`, only if two variables are, or `open`."""
    (a, v), (b, w) = split(i), split(j)
    if ((i, j) if i <= j else (j, i)) in context.unequal:
        return "never"
    if not a and not b:
        return "open"
    if not v and not w:
        if a.lstrip("-").isdigit() and b.lstrip("-").isdigit():
            return "never"
        raise Unprovable(f"whether the entries {a} and {b} are the same")
    if v and w and a == b:
        return (v, w)
    if a and b and v and w:
        if {a, b} & {"0"} and _apart((a, v), (b, w)):
            return "never"
        raise Unprovable("indices of two different parts of a stack")
    if (not v and not b) or (not w and not a):
        return "open"
    raise Unprovable("an index of a part of a stack")


def _apart(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Whether `0 + v` stays below `offset + w`: v runs over 1..offset."""
    (a, v), (b, w) = (first, second) if first[0] == "0" else (second, first)
    del w
    return a == "0" and sort_of(v) == b


def _substitution(i: str, j: str, mono: Mono) -> tuple[str, str]:
    """What is replaced by what; a bound index by anything of its size, a free one by the smaller free one."""
    for old, new in ((i, j), (j, i)):
        if old in mono.idx:
            if new in mono.idx and sort_of(old) != sort_of(new):
                raise Unprovable("indices that run over different sizes")
            return old, new
    literal = [x for x in (i, j) if "|" in x]
    if literal:
        return (j, i) if literal[0] == i else (i, j)
    return (j, i) if i <= j else (i, j)


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


def _transfers(world: World, mono: Mono, closure: Closure) -> Form | None:
    """Transfers over a known number of steps are written out; the others must have an order of their times."""
    for atom, exponent in mono.factors:
        kind = world.names[atom.kind]
        if kind[0] not in {"chain", "run"}:
            continue
        later, earlier = atom.times
        _started(world, kind, earlier, closure)
        steps = distance(closure, later, earlier)
        if steps is None:
            if not implies(closure, not_after(earlier, later)):
                raise Unprovable("a transfer whose times have no order")
            continue
        if steps < 0 or steps > LONGEST:
            raise Unprovable("a transfer back in time" if steps < 0 else "a transfer over too many steps")
        if kind[0] == "run":
            pieces = [_run_factor(world, atom, (later[0], later[1] - n)) for n in range(steps)]
            return _replaced(mono, atom, _power(pieces, exponent))
        if exponent != 1 and atom.idx:
            raise Unprovable("a power of an entry of a transfer")
        form = written_out(world, atom, steps)
        power = form
        for _ in range(exponent - 1):
            power = [(c * d, _times(m, n)) for c, m in power for d, n in instance(form, {}, {})]
        return _replaced(mono, atom, power)
    return None


def _started(world: World, kind: tuple[Hashable, ...], earlier: Time, closure: Closure) -> None:
    if kind[0] == "chain":
        chain = world.chains[int(str(kind[1]))]
        if not chain.still and not implies(closure, not_after(("", chain.start), earlier)):
            raise Unprovable("a transfer from before the initial state")


def _times(a: Mono, b: Mono) -> Mono:
    total = dict(a.factors)
    for atom, e in b.factors:
        total[atom] = total.get(atom, 0) + e
    return Mono(tuple((x, e) for x, e in total.items() if e), a.idx + b.idx, a.times + b.times, a.cons + b.cons)


def _power(pieces: list[Atom], exponent: int) -> Form:
    total: dict[Atom, int] = {}
    for piece in pieces:
        total[piece] = total.get(piece, 0) + exponent
    return [(ONE, Mono(tuple(total.items())))]


def _run_factor(world: World, atom: Atom, time: Time) -> Atom:
    """The factor of a running product at one time."""
    template = run_template(world, atom)
    times = tuple((time[0], time[1] + c) for _, c in template.times)
    return Atom(template.kind, times, atom.idx)


def run_template(world: World, atom: Atom) -> Atom:
    """The factor of a running product at the time STAMP."""
    form = world.patterns[int(str(world.names[atom.kind][1]))]
    return form[0][1].factors[0][0]


def written_out(world: World, atom: Atom, steps: int) -> Form:
    """`X(t, t-n)` as a product of `n` steps, newest first."""
    kind = world.names[atom.kind]
    chain, row, column = world.chains[int(str(kind[1]))], str(kind[2]), str(kind[3])
    rank = len(chain.blocks[row])
    rows, columns = atom.idx[:rank], atom.idx[rank:]
    if not steps:
        if row != column:
            return []
        return [(ONE, Mono(tuple((world.delta(i, j), 1) for i, j in zip(rows, columns, strict=True) if i != j)))]
    name, offset = atom.times[0]
    total: Form = []
    for middle in chain.blocks:
        first = step_of(chain, row, middle, (name, offset))
        if not first:
            continue
        inner = tuple(fresh(size) for size in chain.blocks[middle])
        tail = Atom(world.kind("chain", chain.number, middle, column), ((name, offset - 1), atom.times[1]), (*inner, *columns))
        rest = written_out(world, tail, steps - 1)
        head = with_indices(first, chain, (row, rows), (middle, inner))
        total += [
            (c * d, Mono(_times(m, n).factors, m.idx + n.idx + inner, m.times + n.times, m.cons + n.cons))
            for c, m in head
            for d, n in instance(rest, {}, {})
        ]
    return total


def step_of(chain: Chain, row: str, column: str, time: Time) -> Form:
    """`M_t` between two blocks, its bound names new."""
    return instance(chain.steps.get((row, column), []), {}, {STAMP: time})


def with_indices(form: Form, chain: Chain, rows: tuple[str, tuple[str, ...]], columns: tuple[str, tuple[str, ...]]) -> Form:
    """A step with the indices of its row block and column block put in."""
    env = {f"{size}:r{n}": i for n, (size, i) in enumerate(zip(chain.blocks[rows[0]], rows[1], strict=True))}
    env |= {f"{size}:c{n}": i for n, (size, i) in enumerate(zip(chain.blocks[columns[0]], columns[1], strict=True))}
    return [(c, put(m, env, {})) for c, m in form]


def _replaced(mono: Mono, atom: Atom, form: Form) -> Form:
    rest = Mono(tuple(f for f in mono.factors if f[0] != atom), mono.idx, mono.times, mono.cons)
    return [(c, _times(rest, m)) for c, m in form]


def _folded(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A function value that defines a state is that state."""
    if not world.folds:
        return None
    for atom, exponent in mono.factors:
        fold = world.folds.get(atom.kind)
        if fold is None:
            continue
        time = (atom.times[0][0], atom.times[0][1] + fold.shift)
        if implies(closure, not_after(("", world.network.start), time)):
            state = Atom(world.kind("q", fold.state), (time,), tuple(atom.idx[p] for p in fold.places))
            world.note(f"a function value that defines {fold.state} is {fold.state}")
            return _replaced(mono, atom, [(ONE, Mono(((state, exponent),)))])
    return None


def _squares(world: World, mono: Mono, closure: Closure) -> Form | None:
    """tanh^2 = 1 - tanh', sigmoid^2 = sigmoid - sigmoid'; step^2 = step."""
    for atom, exponent in mono.factors:
        if exponent <= 1:
            continue
        found = _as_function(world, atom, closure)
        if found is None:
            continue
        name, slope = found
        lower = [(atom, exponent - 2)] if exponent > 2 else []  # noqa: PLR2004 - a square
        if name == "step":
            return _replaced(mono, atom, single(atom))
        base = [] if name == "tanh" else [(atom, 1)]
        whole, less = _merged([*lower, *base]), _merged([*lower, (slope, 1)])
        world.note("tanh^2 = 1 - tanh'" if name == "tanh" else "sigmoid^2 = sigmoid - sigmoid'")
        return _replaced(mono, atom, [(ONE, Mono(whole)), (-ONE, Mono(less))])
    return None


def _merged(factors: list[tuple[Atom, int]]) -> tuple[tuple[Atom, int], ...]:
    total: dict[Atom, int] = {}
    for atom, e in factors:
        total[atom] = total.get(atom, 0) + e
    return tuple(total.items())


def _as_function(world: World, atom: Atom, closure: Closure) -> tuple[str, Atom] | None:
    """The function that an atom is a value of, and the atom of its slope there."""
    kind = world.names[atom.kind]
    if kind[0] == "fn" and kind[2] == 0 and kind[1] in {"tanh", "sigmoid", "step"}:
        return str(kind[1]), Atom(world.kind("fn", kind[1], 1, kind[3]), atom.times, atom.idx)
    if kind[0] != "q" or kind[1] not in world.values:
        return None
    name, pattern, places, shift = world.values[str(kind[1])]
    if name not in {"tanh", "sigmoid"} or not implies(closure, not_after(("", world.network.start), atom.times[0])):
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
            return _replaced(mono, atom, single(atom))
        other = seen.setdefault((name, atom.times), atom)
        if other != atom:
            world.note(f"{name} is one-hot: two entries of it differ from zero only in one place")
            return _replaced(mono, atom, single(world.delta(atom.idx[0], other.idx[0])))
    return None


def _marked(world: World, mono: Mono, atom: Atom, closure: Closure) -> Form | None:
    time, place, marks = world.labels[_quantity(world, atom)]
    if not atom.times or distance(closure, atom.times[0], time) != 0:
        return None
    if marks:
        world.note(f"{_quantity(world, atom)} marks the given class")
        return _replaced(mono, atom, single(world.delta(atom.idx[0], place)))
    if atom.idx[0] == place:
        world.note(f"{_quantity(world, atom)} does not mark the given class")
        return []
    return None


def _sums(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A bound index that one factor has, or none: sums that are one, and sizes."""
    del closure
    for index in mono.idx:
        having = [(a, e) for a, e in mono.factors if any(split(i)[1] == index for i in a.idx)]
        rest = tuple(i for i in mono.idx if i != index)
        if not having:
            size = world.kind("size", sort_of(index))
            return [(ONE, Mono(_merged([*mono.factors, (Atom(size, (), ()), 1)]), rest, mono.times, mono.cons))]
        if len(having) == 1 and having[0][1] == 1 and _sums_to_one(world, having[0][0], index):
            return [(ONE, Mono(tuple(f for f in mono.factors if f != having[0]), rest, mono.times, mono.cons))]
    return None


def _sums_to_one(world: World, atom: Atom, index: str) -> bool:
    kind = world.names[atom.kind]
    if kind[0] == "softmax":
        if atom.idx[0] == index and index not in atom.idx[1:] and kind[2] == sort_of(index):
            world.note("the entries of a softmax add to one")
            return True
        return False
    name = _quantity(world, atom)
    if name in world.assumptions.sum_to_one or name in world.assumptions.one_hot:
        axes = world.network.shapes[name].axes
        if len(axes) == 1 and str(axes[0]) == sort_of(index) and atom.idx == (index,):
            world.note(f"the entries of {name} add to one (hypothesis)")
            return True
    return False


def _counts(world: World, mono: Mono, closure: Closure) -> Form | None:
    """A bound time that no factor has: the number of its values."""
    for t in mono.times:
        if any(n == t for atom, _ in mono.factors for n, _ in atom.times):
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
        base = Mono(mono.factors, mono.idx, times, cons)
        number = world.kind("time")
        parts: Form = [(ONE * (high[1] - low[1] + 1), Mono())]
        parts += [(ONE, Mono(((Atom(number, ((high[0], 0),), ()), 1),)))] if high[0] else []
        parts += [(-ONE, Mono(((Atom(number, ((low[0], 0),), ()), 1),)))] if low[0] else []
        return [(c, _times(base, m)) for c, m in parts if c]
    return None


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
            return _replaced(mono, atom, [(ONE * offset**exponent, Mono())])
        bare: Form = [(ONE, Mono(((Atom(kind, ((name, 0),), ()), 1),)))] if name else []
        total: Form = [(ONE, Mono())]
        for _ in range(exponent):
            total = [(c * d, _times(m, n)) for c, m in total for d, n in [*bare, *([(ONE * offset, Mono())] if offset else [])]]
        return _replaced(mono, atom, total)
    return None


def _collapse(world: World, mono: Mono, closure: Closure) -> Form | None:
    return collapsed(world, mono, closure)


RULES: tuple[Rule, ...] = (
    _short_ranges,
    _zero_start,
    _transfers,
    _folded,
    _squares,
    _targets,
    _numbers,
    _sums,
    _counts,
    _collapse,
)
"""The rules, tried in this order."""
