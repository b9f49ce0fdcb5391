r"""Obligation -> two obligations: a state in a closed form, `h_t = A^t h_0 + \sum_{k=0}^{t-1} A^k b`, by induction.

No rule of the calculus unrolls a recurrence. The closed form is put for the state of the step before in the formula
that gives the state, and has to give itself; and it has to be the initial value before the first step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bptt_symbolic.meaning.network import Network, names_under
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Condition,
    Deriv,
    Mul,
    Neg,
    Ref,
    Sum,
    Term,
    rebuild,
    substitute,
    walk,
)
from bptt_symbolic.proving.obligation import Obligation

MOST_WITHIN = 8
"""Quantities of a step between one state and the next that are written out."""


def by_induction(obligation: Obligation) -> tuple[Obligation, Obligation] | None:
    """The first step and the step from one to the next; None for a claim that is no closed form of a state."""
    for state, closed in ((obligation.left, obligation.right), (obligation.right, obligation.left)):
        letter = _counts(state, obligation)
        if letter is None or not isinstance(state, Ref) or any(isinstance(x, Deriv) for x in walk(closed)):
            continue
        if any(x.name == state.name and letter in x.time.names() for x in _stepped(closed) if x.time is not None):
            continue
        body = _formula(state, obligation.network)
        if body is not None:
            return _first(state, closed, letter, obligation), _next(state, closed, body, letter, obligation)
    return None


def _counts(state: Term, obligation: Obligation) -> str | None:
    """The letter that the step of a state is, if no condition ties it to another one."""
    if not isinstance(state, Ref) or state.time is None or state.name not in obligation.network.states:
        return None
    (letter, *more) = state.time.names() or ("",)
    tied = any(letter in names and names - {letter, LAST} for names in _names(obligation))
    free = letter in dict(obligation.variables) and state.time == Affine.of(letter)
    return letter if free and not more and not tied else None


def _names(obligation: Obligation) -> Iterator[frozenset[str]]:
    """The letters that stand together in each condition, and in the range of each letter."""
    yield from ((c.left - c.right).names() for c in obligation.conditions)
    yield from (low.names() | high.names() | {name} for name, (low, high) in obligation.variables)


def _formula(state: Ref, network: Network) -> Term | None:
    """What gives a state, in the state of the step before; None where it reads others, or is no such formula."""
    definition = network.definitions[state.name]
    if definition.var is None or definition.indices or state.time is None:
        return None
    body = substitute(definition.body, {definition.var: state.time})
    for _ in range(MOST_WITHIN):
        within = {x for x in _stepped(body) if x.name != state.name and state.name in names_under(network, [x])}
        if not within:
            break
        body = _put(body, {x: value for x in within if (value := _given(x, network)) is not None})
    read = {x.time for x in _stepped(body) if state.name in names_under(network, [x])}
    return body if read == {state.time - 1} and not any(isinstance(x, Deriv) for x in walk(body)) else None


def _given(ref: Ref, network: Network) -> Term | None:
    definition = network.definitions.get(ref.name)
    if definition is None or definition.var is None or definition.indices or ref.time is None:
        return None
    return substitute(definition.body, {definition.var: ref.time})


def _first(state: Ref, closed: Term, letter: str, obligation: Obligation) -> Obligation:
    """The closed form before the first step, where the state has its initial value."""
    before = {letter: Affine(obligation.network.start - 1)}
    variables = tuple((name, ends) for name, ends in obligation.variables if name != letter)
    return replace(
        obligation,
        left=substitute(state, before),
        right=_without_empty(substitute(closed, before)),
        variables=variables,
        conditions=_without(letter, obligation),
    )


def _without_empty(term: Term) -> Term:
    """A sum of terms without those that are products with an empty sum."""
    if not isinstance(term, Add):
        return term
    kept = tuple(item for item in term.items if not _vanishes(item))
    return term if not kept else kept[0] if len(kept) == 1 else replace(term, items=kept)


def _vanishes(term: Term) -> bool:
    match term:
        case Sum(low=low, high=high):
            return not (high - low).parts and (high - low).const < 0
        case Mul(left=left, right=right):
            return _vanishes(left) or _vanishes(right)
        case Neg(body=body):
            return _vanishes(body)
        case _:
            return False


def _next(state: Ref, closed: Term, body: Term, letter: str, obligation: Obligation) -> Obligation:
    """The closed form at a step, if it holds at the one before; for every step that is computed."""
    assert state.time is not None  # noqa: S101 - a state has one
    before = substitute(closed, {letter: Affine.of(letter) - 1})
    start = Affine(obligation.network.start)
    variables = ((n, (start, ends[1]) if n == letter else ends) for n, ends in obligation.variables)
    return replace(
        obligation,
        left=_put(body, {Ref(state.name, state.time - 1): before}),
        right=closed,
        variables=tuple(variables),
        conditions=_without(letter, obligation),
    )


def _without(letter: str, obligation: Obligation) -> tuple[Condition, ...]:
    return tuple(c for c in obligation.conditions if letter not in (c.left - c.right).names())


def _stepped(term: Term) -> Iterator[Ref]:
    yield from (x for x in walk(term) if isinstance(x, Ref) and x.time is not None)


def _put(term: Term, values: Mapping[Ref, Term]) -> Term:
    """A term with others for some quantities."""
    if isinstance(term, Ref):
        return values.get(replace(term, span=None), term)
    return rebuild(term, lambda child: _put(child, values))
