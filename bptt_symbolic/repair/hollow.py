r"""Obligation -> whether it says less than it seems to: sums of a single term, derivatives by a later step, circles.

An edit that makes `\sum_{k=1}^t` run from `t` to `t` can make a wrong claim true, and is no repair: it takes away what
the claim was about.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from bptt_symbolic.methods import fixed
from bptt_symbolic.network import gap_of
from bptt_symbolic.obligation import Obligation
from bptt_symbolic.terms import LAST, Deriv, Family, Prod, Sum, Term, Unbound, children, walk

STEPS = 5
MOST_INSTANCES = 60


def hollow(obligation: Obligation) -> frozenset[str]:
    """What is hollow about a claim, in words; nothing about most claims."""
    sizes = fixed.sizes_of(obligation.network, (3,), (2, 4))
    steps = obligation.assumptions.steps or max(STEPS, obligation.least_steps)
    longest: dict[int, int] = {}
    found: set[str] = set()
    for env in islice(_instances(obligation, steps, sizes), MOST_INSTANCES):
        for term in (obligation.left, obligation.right):
            for x, length in _lengths(term, {**sizes, LAST: steps, **env}):
                if isinstance(x, Deriv):
                    if length < 0:
                        found.add("a derivative by a later step")
                else:
                    longest[id(x)] = max(longest.get(id(x), 0), length)
    if any(length <= 1 for length in longest.values()):
        found.add("a sum of a single term")
    if any(x == obligation.left for x in walk(obligation.right)):
        found.add("the left side itself on the right")
    return frozenset(found)


def _lengths(term: Term, env: Mapping[str, int]) -> Iterator[tuple[Term, int]]:
    """Every range with how long it is, every derivative of one step by another with how far they lie apart."""
    if isinstance(term, Sum | Prod | Family):
        try:
            low, high = term.low.at(env), term.high.at(env)
        except Unbound:
            return
        yield term, high - low + 1
        for i in dict.fromkeys((low, high)):
            if low <= high:
                yield from _lengths(term.body, {**env, term.var: i})
        return
    if isinstance(term, Deriv):
        gap = gap_of(term)
        if gap is not None and gap.names() and gap.names() <= set(env):
            yield term, gap.at(env)
    for child in children(term):
        yield from _lengths(child, env)


def cases(obligation: Obligation) -> int:
    """For how many values of its free names a claim speaks."""
    sizes = fixed.sizes_of(obligation.network, (3,), (2, 4))
    steps = obligation.assumptions.steps or max(STEPS, obligation.least_steps)
    return sum(1 for _ in _instances(obligation, steps, sizes))


def _instances(obligation: Obligation, steps: int, sizes: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """The assignments of the free names; none where a range has no meaning, as an ill-typed claim can have."""
    with suppress(Unbound):
        yield from obligation.assignments(steps, sizes)
