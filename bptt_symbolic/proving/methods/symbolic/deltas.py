r"""Monomial -> monomial: deltas substituted.

A bound index that a delta ties to another index is replaced by it. Between two free indices one delta stays, and the
first of the two stands for both everywhere else.
"""

from bptt_symbolic.proving.methods.symbolic.forms import Atom, Index, Mono, Unprovable, put, split
from bptt_symbolic.proving.methods.symbolic.world import Context, World


def without_deltas(world: World, context: Context, mono: Mono) -> Mono | None:
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


def _meeting(context: Context, i: Index, j: Index) -> str | tuple[Index, Index]:
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
        if (a == "0" and v.sort == b) or (b == "0" and w.sort == a):
            return "never"
        raise Unprovable("indices of two different parts of a stack")
    if (not v and not b) or (not w and not a):
        return "open"
    raise Unprovable("an index of a part of a stack")


def _substitution(i: Index, j: Index, mono: Mono) -> tuple[Index, Index]:
    """What is replaced by what; a bound index by anything of its size, a free one by the smaller free one."""
    for old, new in ((i, j), (j, i)):
        if old in mono.idx:
            if new in mono.idx and old.sort != new.sort:
                raise Unprovable("indices that run over different sizes")
            return old, new
    if not i.is_plain:
        return j, i
    if not j.is_plain:
        return i, j
    return (j, i) if i <= j else (i, j)
