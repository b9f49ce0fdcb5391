r"""Transfers over a known number of steps -> products of steps: `X(t, t) = 1`, `X(t, t-n) = M_t ... M_{t-n+1}`.

A transfer has a meaning only where its times are ordered, and a transfer of states only from the initial state on.
"""

from collections.abc import Hashable

from bptt_symbolic.proving.methods.symbolic.axes import Indices
from bptt_symbolic.proving.methods.symbolic.domains import Closure, distance, implies
from bptt_symbolic.proving.methods.symbolic.forms import (
    COLUMN,
    ONE,
    ROW,
    Atom,
    Form,
    Mono,
    Time,
    Unprovable,
    fresh,
    instance,
    not_after,
    over,
    product,
    put,
    replaced,
)
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Chain, World

LONGEST = 8
"""Steps of a transfer that are written out."""


def written_transfers(world: World, mono: Mono, closure: Closure) -> Form | None:
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
        if steps < 0:
            raise Unprovable("a transfer back in time")
        if steps > LONGEST:
            world.left_long = True  # one name for the product: two spellings of it may stay apart
            continue
        if kind[0] == "run":
            pieces = [_run_factor(world, atom, (later[0], later[1] - n)) for n in range(steps)]
            return replaced(mono, atom, _power(pieces, exponent))
        if exponent != 1 and atom.idx:
            raise Unprovable("a power of an entry of a transfer")
        form = written_out(world, atom, steps)
        power = form
        for _ in range(exponent - 1):
            power = [(c * d, product(m, n)) for c, m in power for d, n in instance(form, {}, {})]
        return replaced(mono, atom, power)
    return None


def _started(world: World, kind: tuple[Hashable, ...], earlier: Time, closure: Closure) -> None:
    if kind[0] == "chain":
        chain = world.chains[int(str(kind[1]))]
        if not chain.still and not implies(closure, not_after(("", chain.start), earlier)):
            raise Unprovable("a transfer from before the initial state")


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
        tail = Atom(
            world.kind("chain", chain.number, middle, column), ((name, offset - 1), atom.times[1]), (*inner, *columns)
        )
        rest = written_out(world, tail, steps - 1)
        head = with_indices(first, chain, (row, rows), (middle, inner))
        total += [
            (c * d, Mono(product(m, n).factors, m.idx + n.idx + inner, m.times + n.times, m.cons + n.cons))
            for c, m in head
            for d, n in instance(rest, {}, {})
        ]
    return total


def step_of(chain: Chain, row: str, column: str, time: Time) -> Form:
    """`M_t` between two blocks, its bound names new."""
    return instance(chain.steps.get((row, column), []), {}, {STAMP: time})


def with_indices(form: Form, chain: Chain, rows: tuple[str, Indices], columns: tuple[str, Indices]) -> Form:
    """A step with the indices of its row block and column block put in."""
    env = dict(zip(over(chain.blocks[rows[0]], ROW), rows[1], strict=True))
    env |= dict(zip(over(chain.blocks[columns[0]], COLUMN), columns[1], strict=True))
    return [(c, put(m, env, {})) for c, m in form]
