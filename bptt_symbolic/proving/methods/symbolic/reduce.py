"""Form -> normal form: every monomial rewritten and named canonically, equal summands merged or split by their domains.

Two sums with one summand over different domains are cut where the domains differ; the common part is merged, and what
is left over goes back to be rewritten, because on its smaller domain more rules may apply.
"""

from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.canonical import canonical
from bptt_symbolic.proving.methods.symbolic.domains import close, implies, negated
from bptt_symbolic.proving.methods.symbolic.forms import Constraint, Form, Mono, Unprovable
from bptt_symbolic.proving.methods.symbolic.rewrite import rewritten
from bptt_symbolic.proving.methods.symbolic.world import Context, World

MOST_STEPS = 4000
"""Monomials that are looked at in one normal form."""
MOST_IN_ALL = 40_000
"""Monomials that are looked at in one proof."""
MOST_CUTS = 200

Domain = tuple[Constraint, ...]
Table = dict[Mono, Fraction]


def normal(world: World, context: Context, form: Form) -> Table:
    """Canonical monomials with their coefficients; no domains are cut."""
    table: Table = {}
    stack = list(form)
    steps = 0
    while stack:
        coefficient, mono = stack.pop()
        steps += 1
        world.spent += 1
        if steps > MOST_STEPS:
            raise Unprovable(f"a sum of more than {MOST_STEPS} products")
        if world.spent > MOST_IN_ALL:
            raise Unprovable(f"more than {MOST_IN_ALL} products in one proof")
        found = rewritten(world, context, mono)
        if not isinstance(found, Mono):
            stack.extend((coefficient * c, m) for c, m in found)
            continue
        found = canonical(found)
        total = table.get(found, Fraction(0)) + coefficient
        if total:
            table[found] = total
        else:
            del table[found]
    return table


def residual(world: World, context: Context, form: Form) -> Table:
    """What is left of a form that may be zero: empty when it is."""
    table = normal(world, context, form)
    for _ in range(MOST_CUTS):
        pair = _pair(table)
        if pair is None:
            return table
        a, b = pair
        pieces = _cut(a, table.pop(a), b, table.pop(b))
        world.note("equal summands: their ranges are split where they differ, and merged")
        for mono, coefficient in normal(world, context, pieces).items():
            total = table.get(mono, Fraction(0)) + coefficient
            if total:
                table[mono] = total
            else:
                del table[mono]
    return table


def _pair(table: Table) -> tuple[Mono, Mono] | None:
    """Two monomials of opposite sign with one summand and domains that meet."""
    groups: dict[tuple[object, ...], list[Mono]] = {}
    for mono in table:
        groups.setdefault((mono.factors, mono.idx, mono.times), []).append(mono)
    for group in groups.values():
        for n, a in enumerate(group):
            for b in group[n + 1 :]:
                if table[a] * table[b] < 0 and close((*a.cons, *b.cons)) is not None:
                    return a, b
    return None


def open_question(table: Table, context: Context) -> Constraint | None:
    """A constraint on free times that some monomial of a residual asks for and nothing decides yet."""
    known = close(context.cons) or {}
    for mono in table:
        for constraint in mono.cons:
            if not set(constraint[:2]) & set(mono.times) and not implies(known, constraint):
                return constraint
    return None


def _cut(a: Mono, of_a: Fraction, b: Mono, of_b: Fraction) -> Form:
    pieces: Form = []
    for mono, coefficient, other in ((a, of_a, b), (b, of_b, a)):
        inside = mono.cons
        for constraint in sorted(other.cons, key=lambda c: (not set(c[:2]) & set(mono.times), c)):
            closure = close(inside)
            if closure is None or implies(closure, constraint):
                continue
            outside = (*inside, negated(constraint))
            if close(outside) is not None:
                pieces.append((coefficient, Mono(mono.factors, mono.idx, mono.times, outside)))
            inside = (*inside, constraint)
        if mono is a:
            common = inside
    if of_a + of_b:
        pieces.append((of_a + of_b, Mono(a.factors, a.idx, a.times, common)))
    return pieces
