r"""Obligation -> whether it says less than it seems to: sums of a single term, derivatives by a later step, circles.

An edit that makes `\sum_{k=1}^t` run from `t` to `t` can make a wrong claim true, and is no repair: it takes away what
the claim was about.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from bptt_symbolic.meaning.network import Network, base_of, gap_of
from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Deriv,
    Entry,
    Family,
    Neg,
    Num,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    Unbound,
    children,
    rebuild,
    walk,
)
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Obligation

STEPS = 5
MOST_INSTANCES = 60


def hollow(obligation: Obligation) -> frozenset[str]:
    """What is hollow about a claim, in words; nothing about most claims."""
    sizes = fixed.sizes_of(obligation.network, *fixed.SIZES[0])
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
    left, right = _as_it_is(obligation.left), _as_it_is(obligation.right)
    if any(x == left for x in walk(right)) or any(x == right and isinstance(x, Deriv) for x in walk(left)):
        found.add("the left side itself on the right")
    found.update(f"{latex(x)}, which is zero" for x in _zeros(obligation))
    if any(
        isinstance(x, Add) and any(Neg(y) in x.items for y in x.items) for side in (left, right) for x in walk(side)
    ):
        found.add("a term and its negative")
    return frozenset(found)


def copies(before: Obligation, after: Obligation) -> bool:
    """Whether nothing is left of the right side but names of derivatives in its place: what was to be shown, written
    anew."""
    if any(isinstance(x, Deriv) for x in walk(before.right)):
        return False
    kept = {x.name for x in walk(before.right) if isinstance(x, Ref)} & _plain(after.right)
    return any(isinstance(x, Deriv) for x in walk(after.right)) and not kept


def _plain(term: Term) -> set[str]:
    """The quantities that stand in a formula outside of derivatives."""
    if isinstance(term, Deriv):
        return set()
    own = {term.name} if isinstance(term, Ref) else set()
    return own.union(*(_plain(child) for child in children(term)))


def _as_it_is(term: Term) -> Term:
    """A formula whatever its layout: without transposes, every derivative in one layout."""
    if isinstance(term, Transpose):
        return _as_it_is(term.body)
    if isinstance(term, Deriv) and term.layout != "numerator":
        term = replace(term, layout="numerator")
    return rebuild(term, _as_it_is)


def _zeros(obligation: Obligation) -> Iterator[Term]:
    """The derivatives and the sums within a claim that are zero wherever they are computed: what stands beside them may
    be anything."""
    free = {name for name, _ in obligation.variables}
    scope = Scope(obligation.network, dict(obligation.variables))
    for side in (obligation.left, obligation.right):
        for x, inside in _parts(side, scope):
            own = tuple((name, place) for name, place in inside.ranges.items() if name not in free)
            if isinstance(x, Add) and x is side:
                continue  # this is what the claim says
            if isinstance(x, Deriv) and base_of(x.of) == base_of(x.by):
                continue
            nothing = replace(obligation, left=x, right=Num(Fraction(0)), variables=(*obligation.variables, *own))
            with suppress(Unsupported, Unbound, IllTyped):
                shape_of(x, inside)
                if fixed.agrees(nothing):
                    yield x


def _parts(term: Term, scope: Scope) -> Iterator[tuple[Term, Scope]]:
    """Every derivative and every sum of terms in a formula, with the letters that are bound around it."""
    if isinstance(term, Deriv | Add):
        yield term, scope
    if isinstance(term, Deriv):
        return
    inside = scope.inside(term.var, term.low, term.high) if isinstance(term, Sum | Prod | Family) else scope
    for child in children(term):
        yield from _parts(child, inside)


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


def cases(obligation: Obligation, letters: frozenset[str] | None = None) -> int:
    """For how many values of its free names, or of those among some letters, a claim speaks."""
    sizes = fixed.sizes_of(obligation.network, *fixed.SIZES[0])
    steps = obligation.assumptions.steps or max(STEPS, obligation.least_steps)
    kept = [name for name, _ in obligation.variables if letters is None or name in letters]
    return len({tuple(env[name] for name in kept) for env in _instances(obligation, steps, sizes)})


def _instances(obligation: Obligation, steps: int, sizes: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """The assignments of the free names; none where a range has no meaning, as an ill-typed claim can have."""
    with suppress(Unbound):
        yield from obligation.assignments(steps, sizes)
