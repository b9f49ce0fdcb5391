"""Network -> which quantities may depend on later steps of others, by what the definitions read.

Usually none does: what is computed at a step needs that step and earlier ones. A cost to go, a state that is read under
the name of the step before, and a network that runs in both directions do.
"""

from collections.abc import Iterator, Mapping

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Affine, Family, Prod, Ref, Sum, Term, children

FAR = 64
"""A lag that is no fixed number may be this many steps, and no sum of lags goes further."""


def leads(network: Network, name: str, by: str) -> bool:
    """Whether a quantity may depend on another one at a later step than its own."""
    return name in _leading(network, by)


def _leading(network: Network, by: str) -> frozenset[str]:
    """The names that a path of definitions with less than no lag leads to (shortest paths, as Bellman and Ford)."""
    readers: dict[str, list[tuple[str, int]]] = {}
    for name, definition in network.definitions.items():
        for read, lag in dict.fromkeys(_least_lags(definition)):
            readers.setdefault(read, []).append((name, lag))
    least: dict[str, int] = {by: 0}
    todo = [by]
    while todo:
        read = todo.pop()
        for name, lag in readers.get(read, ()):
            total = max(-FAR, least[read] + lag)
            if total < least.get(name, FAR):
                least[name] = total
                todo.append(name)
    return frozenset(name for name, lag in least.items() if lag < 0)


def _least_lags(definition: Definition) -> Iterator[tuple[str, int]]:
    if definition.var is not None:
        yield from _lags(definition.body, Affine.of(definition.var), {})


def _lags(term: Term, now: Affine, latest: Mapping[str, Affine]) -> Iterator[tuple[str, int]]:
    """What a term reads, and the least number of steps before now, `latest` being the last values of bound names."""
    if isinstance(term, Sum | Prod | Family):
        latest = {**latest, term.var: term.high.put(latest)}
    if isinstance(term, Ref) and term.time is not None:
        lag = now - term.time.put(latest)
        yield term.name, -FAR if lag.parts else lag.const
    for child in children(term):
        yield from _lags(child, now, latest)
