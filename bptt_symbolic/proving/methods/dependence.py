"""Network, steps -> which quantity depends on which: reachability in the unrolled network, read off the definitions.

Nothing is computed. Every branch of a case and every value of a bound name counts, so that more may seem to depend on a
quantity than does, and never less.
"""

from collections.abc import Iterator, Mapping

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import AtLabel, Family, Prod, Ref, Sum, Term, children

Node = tuple[str, int | None]
"""A quantity at a step."""


MOST_IN_ROW = 10_000
"""Quantities that are read one from the other."""


class EndlessError(ArithmeticError):
    """Definitions that read further and further steps."""


class Unrolled:
    """The graph of one network at some number of steps."""

    def __init__(self, network: Network, steps: int, env: Mapping[str, int]) -> None:
        self.network, self.steps, self.env = network, steps, env
        self._reads: dict[Node, frozenset[Node]] = {}
        self._below: dict[Node, dict[Node, bool]] = {}

    def reaches(self, source: Node, target: Node) -> bool:
        """Whether a quantity is read, directly or on the way, to compute another one."""
        known = self._below.setdefault(source, {source: True})
        path = [target]
        while path:
            if len(path) > MOST_IN_ROW:
                raise EndlessError
            node = path[-1]
            if known.get(node):
                known.update(dict.fromkeys(path, True))
                return True
            nearest = next((n for n in self.reads(node) if n not in known or known[n]), None)
            known.setdefault(node, False)
            if nearest is None:
                path.pop()
            else:
                path.append(nearest)
        return False

    def reads(self, node: Node) -> frozenset[Node]:
        """What the definition of a quantity reads."""
        if node not in self._reads:
            rule = self.network.rule(*node, self.steps)
            if rule is None:
                self._reads[node] = frozenset()
            else:
                step = {} if rule.var is None or node[1] is None else {rule.var: node[1]}
                self._reads[node] = frozenset(_references(rule.body, {**self.env, **step}))
        return self._reads[node]


def _references(term: Term, env: Mapping[str, int]) -> Iterator[Node]:
    if isinstance(term, Ref):
        yield term.name, None if term.time is None else term.time.at(env)
    elif isinstance(term, Sum | Prod | Family):
        values = range(term.low.at(env), term.high.at(env) + 1)
        for value in values if _is_step(term.var, term.body) else values[:1]:
            yield from _references(term.body, {**env, term.var: value})
    else:
        for child in children(term):
            yield from _references(child, env)


def _is_step(name: str, term: Term) -> bool:
    """Whether the steps, or the ranges, of what a term reads depend on a name."""
    match term:
        case Ref(time=time):
            return time is not None and name in time.names()
        case AtLabel(label=label) if label.time is not None and name in label.time.names():
            return True
        case Sum(low=low, high=high) | Prod(low=low, high=high) | Family(low=low, high=high) if (
            name in low.names() | high.names()
        ):
            return True
        case _:
            return any(_is_step(name, child) for child in children(term))
