r"""Obligation -> whether it says less than it seems to: sums of a single term, derivatives by a later step, circles.

An edit that makes `\sum_{k=1}^t` run from `t` to `t` can make a wrong claim true, and is no repair: it takes away what
the claim was about.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from bptt_symbolic.methods import fixed
from bptt_symbolic.network import Network, base_of, gap_of
from bptt_symbolic.obligation import Obligation
from bptt_symbolic.terms import LAST, Affine, Deriv, Entry, Family, Prod, Ref, Sum, Term, Unbound, children, walk

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
    if any(
        isinstance(x, Deriv) and vanishes(x, obligation.network)
        for x in (*walk(obligation.left), *walk(obligation.right))
    ):
        found.add("a derivative by what nothing depends on")
    if any(x == obligation.left for x in walk(obligation.right)):
        found.add("the left side itself on the right")
    return frozenset(found)


def vanishes(term: Deriv, network: Network) -> bool:
    """Whether a derivative is certainly zero: what is differentiated does not read the variable, at any step."""
    by = base_of(term.by)
    if by is None:
        return False
    if term.mode != "total" and not isinstance(term.of, Ref | Entry):
        named = {x.name for x in walk(term.of) if isinstance(x, Ref)} - network.states
        if not named & set(network.definitions):  # nothing else is computed at this step
            return not any(isinstance(x, Ref) and (x.name, x.time) == (by.name, by.time) for x in walk(term.of))
    read = [x for x in walk(term.of) if isinstance(x, Ref)]
    if not {x.name for x in read} & network.adjoints:
        read = [x for x in read if x.time is None or not _is_earlier(x.time, by.time)]
    seen: set[str] = set()
    todo = [x.name for x in read]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            definition = network.definitions.get(name)
            todo += [] if definition is None else [x.name for x in walk(definition.body) if isinstance(x, Ref)]
            todo += [x.name for d in network.initial if d.name == name for x in walk(d.body) if isinstance(x, Ref)]
    return by.name not in seen


def _is_earlier(one: Affine, two: Affine | None) -> bool:
    """Whether a step certainly comes before another."""
    gap = None if two is None else one - two
    return gap is not None and not gap.parts and gap.const < 0


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
