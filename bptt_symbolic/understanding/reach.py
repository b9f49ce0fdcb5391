r"""Syntax -> syntax: how far a sum or product sign reaches where the page leaves its brackets out.

`\prod_j a_j + b_j` takes `a_j` only, by the letter of the grammar; but then the second `j` counts nothing. Where the
letter of a sign stands behind what the sign takes, and nowhere on the left side, the sign takes all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.reading.syntax import List, Node, Product, Relation, Sum, Token
from bptt_symbolic.understanding.corpus import bound_in, names_of
from bptt_symbolic.understanding.occurrences import unwrap, uses
from bptt_symbolic.understanding.spelling import rebuilt
from bptt_symbolic.understanding.sum_bounds import is_big


def reaching(tree: Node) -> Node:
    """A line of the page with each sign before all that has its letter."""
    if isinstance(tree, Relation):
        outside = frozenset(_counted(tree.sides[0]))
        rest = (None if side is None else _in(side, outside) for side in tree.sides[1:])
        return replace(tree, sides=(tree.sides[0], *rest))
    return rebuilt(tree, reaching) if isinstance(unwrap(tree), List) else tree


def _in(node: Node, outside: frozenset[str]) -> Node:
    again = rebuilt(node, lambda child: _in(child, outside))
    return _joined(again, outside) if isinstance(again, Sum) else again


def _joined(node: Sum, outside: frozenset[str]) -> Node:
    for place, item in enumerate(node.items):
        if isinstance(item, Token):
            continue
        factors = item.items if isinstance(item, Product) else (item,)
        sign = next((n for n, f in enumerate(factors) if is_big(f)), None)
        later = node.items[place + 1 :]
        if sign is None or sign == len(factors) - 1 or not later:
            continue
        letters = {n for f in factors[sign:] if is_big(f) and not isinstance(f, Token) for n in bound_in(f)} - outside
        if letters & frozenset(_loose(later)):
            taken = _sum_of(factors, sign, later)
            before = node.items[:place]
            return replace(node, items=(*before, taken)) if before else taken
    return node


def _sum_of(factors: Sequence[Node | Token], sign: int, later: Sequence[Node | Token]) -> Node:
    """The signs, and behind the last of them the sum of all that they take."""
    end = next(n for n in range(sign, len(factors)) if not is_big(factors[n]))
    inner = factors[end:]
    first = inner[0] if len(inner) == 1 and not isinstance(inner[0], Token) else Product(tuple(inner))
    return Product((*factors[:end], Sum((first, *later))))


def _loose(items: Sequence[Node | Token]) -> Iterator[str]:
    """The letters that summands count by and do not bind themselves."""
    for item in items:
        if not isinstance(item, Token):
            yield from set(_counted(item)) - set(bound_in(item))


def _counted(node: Node | None) -> Iterator[str]:
    """The letters in the scripts and brackets of names."""
    for use in uses(node):
        found = use.occurrence
        places = [*found.subs, *(s.body for s in found.sups), *([use.bracket.body] if use.bracket is not None else [])]
        for place in places:
            yield from names_of(place)
