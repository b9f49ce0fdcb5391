r"""Relations -> relations in which every sum sign says over what, as far as the page shows it.

A sum sign that says nothing runs over the steps, where that is all it can run over: in `L = \sum L_t` what is summed
has the running step, and what it gives has none. `L_t = -\sum y_t \log p_t` has the step on both sides; that sum is
over something else. A minus behind a sum sign belongs to what is summed: `\sum -(y_t - p_t) w`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.reading.syntax import Node, Product, Script, Scripted, Sum, Symbol, Token
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
        plain = head is not None and (_is_bare(head) or not _has_step(head, notation))
        left, right = (_written(side, notation) if plain and side is not None else side for side in sides)
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
    return isinstance(first, Symbol) and first.name == r"\sum"


def _has_step(side: Node, notation: Notation) -> bool:
    """Whether a formula has the running step."""
    times = (notation.time_of(use.occurrence, use.bracket)[0] for use in uses(side))
    return any(time is not None and notation.main in time.names() for time in times)


def _written(side: Node, notation: Notation) -> Node:
    """A side with the step below its bare sum signs, where what they sum has it."""
    if not isinstance(side, Product):
        return rebuilt(side, lambda child: _written(child, notation)) if isinstance(side, Sum) else side
    items: list[Node | Token] = []
    for place, item in enumerate(side.items):
        if isinstance(item, Symbol) and item.name == r"\sum" and _sums_steps(side.items[place + 1 :], notation):
            items.append(_below(item, notation.main))
        else:
            items.append(item)
    return replace(side, items=tuple(items))


def _sums_steps(summed: Sequence[Node | Token], notation: Notation) -> bool:
    return any(_has_step(item, notation) for item in summed if not isinstance(item, Token))


def _below(sign: Symbol, step: str) -> Scripted:
    return Scripted(sign, (Script("_", sign.tokens[0], Symbol(step, sign.tokens)),))
