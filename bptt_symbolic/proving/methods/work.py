"""Obligation -> how much there is to compute, before anything is: a number of terms, and no time.

Limits count terms and never seconds, so that a verdict is the same on every machine. Sums and products are counted as
they are written out, ranges between bound names at their longest.
"""

from collections.abc import Mapping

from bptt_symbolic.meaning.network import Network, names_under
from bptt_symbolic.meaning.terms import LAST, Affine, Family, Power, Prod, Sum, Term, children
from bptt_symbolic.proving.methods.numbered import numbered
from bptt_symbolic.proving.obligation import Obligation

Span = tuple[int, int]
MOST_TERMS = 20_000
"""Terms of both sides, and of the definitions that they need, at one instance."""
MOST_PLACES = 16
"""Steps and sizes for which it is kept how many terms the definitions have."""


def weight(obligation: Obligation, steps: int, sizes: Mapping[str, int]) -> int:
    """How many terms both sides and the definitions that they need have when they are written out."""
    spans: dict[str, Span] = {LAST: (steps, steps), **{name: (n, n) for name, n in sizes.items()}}
    for name, (low, high) in obligation.variables:
        spans[name] = (_ends(low, spans)[0], _ends(high, spans)[1])
    sides = (obligation.left, obligation.right)
    network = obligation.network
    terms, place = numbered(network), tuple(spans.items())
    total = sum(terms.kept("weight", side, place, lambda one=side: _weight(one, spans)) for side in sides)  # type: ignore[misc]
    weights = network.kept("weights", (steps, tuple(sizes.items())), MOST_PLACES, dict)
    under = (terms.kept("names", side, None, lambda one=side: names_under(network, (one,))) for side in sides)  # type: ignore[misc]
    for name in frozenset().union(*under) & network.definitions.keys():
        if name not in weights:
            weights[name] = _of_definition(network, name, spans)
        total += weights[name]
    return total


def _of_definition(network: Network, name: str, spans: Mapping[str, Span]) -> int:
    """The terms of a definition, at all the steps that it has."""
    definition = network.definitions[name]
    if definition.var is None:
        return _weight(definition.body, spans)
    steps = spans[LAST][1]
    return steps * _weight(definition.body, {**spans, definition.var: (network.start, steps)})


def _weight(term: Term, spans: Mapping[str, Span]) -> int:
    if isinstance(term, Sum | Prod | Family):
        low, high = _ends(term.low, spans)[0], _ends(term.high, spans)[1]
        return 1 + max(0, high - low + 1) * _weight(term.body, {**spans, term.var: (low, high)})
    own = max(map(abs, _ends(term.exponent, spans))) if isinstance(term, Power) else 1
    return own + sum(_weight(child, spans) for child in children(term))


def _ends(value: Affine, spans: Mapping[str, Span]) -> Span:
    """The least and the greatest value of an expression; a name that is not known counts as zero."""
    low = high = value.const
    for name, factor in value.parts:
        ends = [factor * end for end in spans.get(name, (0, 0))]
        low, high = low + min(ends), high + max(ends)
    return low, high
