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
        isinstance(x, Deriv) and _vanishes(x, obligation.network)
        for x in (*walk(obligation.left), *walk(obligation.right))
    ):
        found.add("a derivative by what nothing depends on")
    if any(x == obligation.left for x in walk(obligation.right)):
        found.add("the left side itself on the right")
    return frozenset(found)


def _vanishes(term: Deriv, network: Network) -> bool:
    """Whether a derivative is certainly zero, or is zero but for one step: what is differentiated reads the variable at
    no step, or at a step of its own alone."""
    by = base_of(term.by)
    read = [x for x in walk(term.of) if isinstance(x, Ref)]
    if by is None or {x.name for x in read} & network.adjoints:
        return False
    if term.mode != "total" and not isinstance(term.of, Ref | Entry):
        named = {x.name for x in read} - network.states
        if not named & set(network.definitions):  # nothing else is computed at this step
            return not any((x.name, x.time) == (by.name, by.time) for x in read)
    return not any(_reads(x, by, network) for x in read if not _is_given(x, network))


def _reads(ref: Ref, by: Ref, network: Network) -> bool:
    """Whether a quantity may depend on another one that is more than itself at the same step."""
    lags = _lags_of(ref.name, by.name, network)
    if lags is None or ref.time is None or by.time is None:
        return lags is None or bool(lags)
    gap = ref.time - by.time
    if gap.parts:
        return len(lags) > 1
    return gap.const in lags or gap.const > MOST_LAG


MOST_LAG = 3


def _lags_of(name: str, by: str, network: Network) -> frozenset[int] | None:
    """By how many steps up to a few a quantity may lag behind another that it is computed from; None when that cannot
    be said, as of a sum over all steps."""
    seen = {(name, 0)}
    todo = [(name, 0)]
    while todo:
        here, lag = todo.pop()
        bodies = [(d.var, d.body) for d in network.initial if d.name == here]
        if here in network.definitions:
            bodies.append((network.definitions[here].var, network.definitions[here].body))
        for var, body in bodies:
            for x in walk(body):
                if isinstance(x, Ref):
                    step = _lag(var, x.time)
                    if step is None:
                        return None
                    if lag + step <= MOST_LAG and (x.name, lag + step) not in seen:
                        seen.add((x.name, lag + step))
                        todo.append((x.name, lag + step))
    return frozenset(lag for other, lag in seen if other == by)


def _lag(var: str | None, time: Affine | None) -> int | None:
    """How many steps back a definition reads; None where that is no fixed number."""
    if time is None:
        return 0
    gap = None if var is None else Affine.of(var) - time
    return None if gap is None or gap.parts or gap.const < 0 else gap.const


def _is_given(ref: Ref, network: Network) -> bool:
    """Whether a state stands before the first step, where nothing computes it."""
    early = ref.time is not None and not ref.time.parts and ref.time.const < network.start
    return early and ref.name in network.states and not network.initial


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
