"""Constraints -> domain: conjunctions of difference constraints between times, closed by Floyd and Warshall.

The closure is canonical: two conjunctions with the same integer points have the same closure.
"""

from collections.abc import Iterable

from bptt_symbolic.proving.methods.symbolic.forms import Constraint, Time

Closure = dict[tuple[str, str], int]
"""`(x, y) -> c`: the least c for which x - y <= c follows; pairs that nothing follows for are missing."""


def close(constraints: Iterable[Constraint]) -> Closure | None:
    """Closure of constraints, or None when no times satisfy them."""
    best: Closure = {}
    for x, y, c in constraints:
        if x == y:
            if c < 0:
                return None
        elif c < best.get((x, y), c + 1):
            best[x, y] = c
    if not best:
        return best
    into: dict[str, dict[str, int]] = {}
    for (x, y), c in best.items():
        into.setdefault(y, {})[x] = c
    for middle in {n for pair in best for n in pair}:
        if not _through(into, middle):
            return None
    return {(x, y): c for y, row in into.items() for x, c in row.items()}


def _through(into: dict[str, dict[str, int]], middle: str) -> bool:
    """One round: every path through one name; False when a path leads back with less than nothing."""
    heads = list(into.get(middle, {}).items())
    tails = [(row, y, row[middle]) for y, row in into.items() if middle in row and y != middle]
    for x, c in heads:
        for row, y, d in tails:
            total = c + d
            if x == y:
                if total < 0:
                    return False
            elif total < row.get(x, total + 1):
                row[x] = total
    return True


def implies(closure: Closure, constraint: Constraint) -> bool:
    """Whether a constraint follows."""
    x, y, c = constraint
    if x == y:
        return c >= 0
    return closure.get((x, y), c + 1) <= c


def distance(closure: Closure, a: Time, b: Time) -> int | None:
    """`a - b` where it is the same number in the whole domain."""
    if a[0] == b[0]:
        return a[1] - b[1]
    up, down = closure.get((a[0], b[0])), closure.get((b[0], a[0]))
    return up + a[1] - b[1] if up is not None and down is not None and up == -down else None


def flat(closure: Closure) -> tuple[Constraint, ...]:
    """The closure as constraints in a fixed order."""
    return tuple(sorted((x, y, c) for (x, y), c in closure.items()))


def negated(constraint: Constraint) -> Constraint:
    """`not (x - y <= c)`, that is `y - x <= -c - 1`."""
    x, y, c = constraint
    return (y, x, -c - 1)
