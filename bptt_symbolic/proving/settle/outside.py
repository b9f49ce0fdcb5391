"""Obligation -> the steps outside of the sequence that it names: before the first or after the last one.

They are computed by the same formulas, or given; the note does not say so, so
it is said. States before the first step are initial states, and what is carried back may be zero after the last one:
notes mean that.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import LAST, Cases, Condition, Family, Prod, Ref, Sum, Term, children
from bptt_symbolic.proving.obligation import Obligation

STEPS = 4
MOST_PLACES = 6
"""Values of the free letters at which steps are looked at."""
MOST_TERMS = 4000
"""Terms that are looked at for one of them."""


def outside_words(obligation: Obligation) -> tuple[str, ...]:
    """What is said about steps outside of the sequence; nothing where there are none."""
    network = obligation.network
    steps = max(STEPS, obligation.least_steps, obligation.assumptions.steps or 0)
    sizes = {name: STEPS + number for number, name in enumerate(network.sizes)}
    spans = {name: existence(name, network) for name in network.temporal}
    found: dict[str, None] = {}
    for env in islice(obligation.assignments(steps, sizes), MOST_PLACES):
        for side in (obligation.left, obligation.right):
            for ref, step in islice(_steps(side, {**sizes, LAST: steps, **env}), MOST_TERMS):
                low, high = spans.get(ref.name, (network.first, 0))
                if not low <= step <= steps + high:
                    found[_named(ref.name, step, steps)] = None
    if not found:
        return ()
    first = f"{network.first}..T"
    return (f"steps outside {first} count, too, by the same formulas: {', '.join(found)}",)


def existence(name: str, network: Network) -> tuple[int, int]:
    """The first step of a quantity, and how far its last one is behind the last step."""
    leads = _leads(name, network)
    if name in network.backward | network.adjoints:
        return network.start, max(1, *leads)
    if name in network.states:
        return network.start + min(leads), max(leads)
    if name in network.definitions:
        return network.first, max(leads)
    return network.first + min(leads), max(leads)


def _leads(name: str, network: Network) -> set[int]:
    """How far ahead of their own step the definitions read a quantity, negative where they look back; and 0."""
    reads = (one for reader in network.definitions for one in network.lags(reader))
    return {0} | {-lag for read, lag in reads if read == name and lag is not None}


def _holds(condition: Condition, env: Mapping[str, int]) -> bool:
    return not (condition.left - condition.right).names() <= set(env) or condition.holds(env)


def _named(name: str, step: int, steps: int) -> str:
    shown = str(step) if step < steps else f"T+{step - steps}"
    return f"{name}_{{{shown}}}" if len(shown) > 1 else f"{name}_{shown}"


def _steps(term: Term, env: Mapping[str, int]) -> Iterator[tuple[Ref, int]]:
    """Every quantity with its step, for every value of the bound letters."""
    if isinstance(term, Sum | Prod | Family):
        if (term.low.names() | term.high.names()) <= set(env):
            for value in range(term.low.at(env), term.high.at(env) + 1):
                inner = {**env, term.var: value}
                if not isinstance(term, Sum) or all(c.holds(inner) for c in term.where):
                    yield from _steps(term.body, inner)
        return
    if isinstance(term, Cases):
        body = next((b for b, when in term.branches if all(_holds(c, env) for c in when)), None)
        yield from () if body is None else _steps(body, env)
        return
    if isinstance(term, Ref) and term.time is not None and term.time.names() <= set(env):
        yield term, term.time.at(env)
    for child in children(term):
        yield from _steps(child, env)
