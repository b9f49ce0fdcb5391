r"""Relations -> relations in which every sum sign says over what, as far as the page shows it.

A sum sign that says nothing runs over the steps, where that is all it can run over: in `L = \sum L_t` what is summed
has one letter of steps that what it gives has not. `L_t = -\sum y_t \log p_t` has the step on both sides; that sum is
over something else. A minus behind a sum sign belongs to what is summed: `\sum -(y_t - p_t) w`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from bptt_symbolic.reading.syntax import Node, Product, Script, Scripted, Sum, Symbol, Token
from bptt_symbolic.understanding.corpus import bound_in, nodes
from bptt_symbolic.understanding.notation import Notation
from bptt_symbolic.understanding.occurrences import uses
from bptt_symbolic.understanding.relations import Stated
from bptt_symbolic.understanding.spelling import rebuilt
from bptt_symbolic.understanding.sum_bounds import is_big

SAID = "a sum sign that says nothing runs over the steps"


def with_sums_said(found: Sequence[Stated], notation: Notation) -> Iterator[Stated]:
    """The relations with the running step below such signs, and a minus behind one inside of what is summed."""
    heads: dict[int, Node | None] = {}
    for stated in found:
        sides = [None if side is None else _signed(side) for side in (stated.left, stated.right)]
        head = heads.setdefault(stated.chain, sides[0])
        outside = frozenset() if head is None or _is_bare(head) else frozenset(_steps([head], notation))
        left, right = (None if side is None else _written(side, outside | notation.last, notation) for side in sides)
        granted = SAID if [left, right] != sides else ""
        yield replace(stated, left=left, right=right, granted=granted)


def _signed(side: Node) -> Node:
    r"""A side with `\sum - x` as a sum of `-x`."""
    if not isinstance(side, Sum):
        return side
    items: list[Node | Token] = []
    for item in side.items:
        sign = items[-1] if items else None
        before = items[-2] if len(items) > 1 else None
        if isinstance(sign, Token) and isinstance(before, Product | Symbol | Scripted) and _ends_with_sign(before):
            summed = Sum((sign, item))
            whole = (*before.items, summed) if isinstance(before, Product) else (before, summed)
            items[-2:] = [Product(whole)]
        else:
            items.append(item)
    return items[0] if len(items) == 1 and not isinstance(items[0], Token) else replace(side, items=tuple(items))


def _ends_with_sign(node: Node) -> bool:
    """Whether a sum sign stands last in a product."""
    last = node.items[-1] if isinstance(node, Product) else node
    return not isinstance(last, Token) and is_big(last)


def _is_bare(side: Node) -> bool:
    """Whether a side is nothing but a bare sum, which has no step itself."""
    first = side.items[0] if isinstance(side, Product) else None
    return first is not None and _is_bare_sign(first)


def _is_bare_sign(item: Node | Token) -> TypeGuard[Symbol]:
    return isinstance(item, Symbol) and item.name == r"\sum"


def _steps(items: Sequence[Node | Token], notation: Notation) -> Iterator[str]:
    """The letters of the steps of quantities."""
    for use in uses(Product(tuple(items))):
        time, _ = notation.time_of(use.occurrence, use.bracket)
        yield from () if time is None else time.names()


def _written(side: Node, outside: frozenset[str], notation: Notation) -> Node:
    """A side with a step below its bare sum signs, where what they sum has one that nothing outside has."""
    if not any(isinstance(part, Product) and any(map(_is_bare_sign, part.items)) for part in nodes(side)):
        return side
    inside = outside | frozenset(bound_in(side))
    again = rebuilt(side, lambda child: _written(child, inside, notation))
    if not isinstance(again, Product):
        return again
    items = list(again.items)
    for place, item in enumerate(items):
        if _is_bare_sign(item):
            letters = frozenset(_steps(items[place + 1 :], notation)) - inside
            if len(letters) == 1:
                items[place] = _below(item, *letters)
    return replace(again, items=tuple(items))


def _below(sign: Symbol, step: str) -> Scripted:
    return Scripted(sign, (Script("_", sign.tokens[0], Symbol(step, sign.tokens)),))
