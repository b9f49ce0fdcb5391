r"""Relations -> relations in which no number stands for what a node of a graph holds.

Where the errors of a graph are told apart by the numbers of its nodes, `\delta 3`, authors write what a node holds by
its number, and the next member says what that is: `\delta 5 = \delta 3 \cdot 6 = \delta 3 \cdot o_t`. Such a number
behind an error is no factor of six, and a member with one is no formula: the head is given by the member after it.
`f'(6)` is the slope of whatever the node computes. A node holds one thing: where its number stands again, what was said
of it first stands there, and that the next member agrees is a claim.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from bptt_symbolic.reading.syntax import Fenced, Node, Number, Product, Scripted, Styled, Token, leaves
from bptt_symbolic.understanding.corpus import nodes
from bptt_symbolic.understanding.occurrences import ERRORS
from bptt_symbolic.understanding.relations import SETTLED, Stated
from bptt_symbolic.understanding.spelling import placed

LEAST = 2
"""Nodes whose numbers the next member explains, from which on this is how the note writes."""


@dataclass
class _Nodes:
    """What the nodes of a note hold, as far as it has been said."""

    errors: frozenset[str]
    """The numbers that tell errors apart."""
    held: dict[str, Sequence[Node]] = field(default_factory=dict)


def with_nodes_named(found: Sequence[Stated]) -> tuple[Stated, ...]:
    """The relations without members that speak of nodes by their numbers."""
    graph = _Nodes(frozenset(_numbers_of_errors(found)))
    chains = [list(chain) for _, chain in groupby(found, lambda stated: stated.chain)]
    explained = {text for chain in chains for one, other in _pairs(chain) for text in _number(one, other, graph)}
    if len(explained) < LEAST:
        return tuple(found)
    return tuple(stated for chain in chains for stated in _without_numbers(chain, graph))


def _numbers_of_errors(found: Sequence[Stated]) -> Iterator[str]:
    for side in (side for stated in found for side in (stated.left, stated.right) if side is not None):
        for node in nodes(side):
            if _is_error(node) and isinstance(node, Styled) and isinstance(node.body, Number):
                yield node.body.token.text


def _is_error(node: Node | Token) -> bool:
    r"""`\delta 3`, once the two are one name."""
    base = node.base if isinstance(node, Scripted) else node
    return isinstance(base, Styled) and f"\\{base.command}" in ERRORS and isinstance(base.body, Number)


def _pairs(chain: Sequence[Stated]) -> Iterator[tuple[Node, Node]]:
    """The members of a chain that stand behind a sign of equality, each with the next one."""
    for before, after in pairwise(chain):
        if {before.mark, after.mark} <= SETTLED and before.right is not None and after.right is not None:
            yield before.right, after.right


def _explained(one: Node, other: Node, graph: _Nodes) -> tuple[int, Sequence[Node]] | None:
    r"""The place of a number in `\delta 3 \cdot 6`, and the factors that stand there in `\delta 3 \cdot o_t`."""
    if not isinstance(one, Product) or not isinstance(other, Product) or not _is_error(one.items[0]):
        return None
    texts, others = ([_text(item) for item in side.items] for side in (one, other))
    place = next((i for i, (a, b) in enumerate(zip(texts, others, strict=False)) if a != b), None)
    if place is None or not _is_number_of(one.items[place], graph):
        return None
    end = len(others) - len(texts) + place + 1
    run = [item for item in other.items[place:end] if not isinstance(item, Token | Number)]
    whole = 0 < len(run) == end - place and others[end:] == texts[place + 1 :]
    return (place, run) if whole else None


def _is_number_of(item: Node | Token, graph: _Nodes) -> bool:
    return isinstance(item, Number) and item.token.text in graph.errors


def _text(node: Node | Token) -> str:
    return " ".join(token.text for token in leaves(node))


def _without_numbers(chain: Sequence[Stated], graph: _Nodes) -> Iterator[Stated]:
    """A chain without the members that speak of nodes by their numbers."""
    waiting: Stated | None = None
    for stated, after in zip(chain, (*chain[1:], None), strict=True):
        before, waiting = waiting, None
        if before is not None:
            yield from _without_member(before, stated, graph)
        elif after is not None and stated.left is not None and _speaks_by_number(stated, after, graph):
            waiting = stated
        else:
            yield stated


def _without_member(before: Stated, after: Stated, graph: _Nodes) -> Iterator[Stated]:
    """What stands before the member, given by what stands behind it; and that both agree, if they may not."""
    head, one, other = before.left, before.right, after.right
    assert head is not None and one is not None and other is not None  # noqa: PT018, S101 - `_pairs` has seen to it
    said = f"{_numbers(one, other, graph)} behind an error is the number of a node, and stands for what the node holds"
    span = head.span.to(after.span)
    yield replace(after, left=head, place=before.place, part=before.part, span=span, granted=said)
    member = _otherwise(one, other, graph)
    if member is not None:
        yield replace(after, left=member)


def _speaks_by_number(stated: Stated, after: Stated, graph: _Nodes) -> bool:
    """Whether the right side of a relation is a member that the next one explains."""
    return any(_numbers(one, other, graph) for one, other in _pairs((stated, after)))


def _number(one: Node, other: Node, graph: _Nodes) -> Iterator[str]:
    """The number of the node that a member explains."""
    found = _explained(one, other, graph)
    if found is not None and isinstance(one, Product):
        yield _text(one.items[found[0]])


def _slopes(one: Node, other: Node, graph: _Nodes) -> Iterator[str]:
    r"""The number of the node in `\delta 6 \cdot f'(6) = \delta 6 \cdot sigmoid'(o_t)`."""
    if not isinstance(one, Product) or not isinstance(other, Product) or len(one.items) != len(other.items):
        return
    inner, argument = (items[-1].body if isinstance(items[-1], Fenced) else None for items in (one.items, other.items))
    slope = one.items[-2]
    primed = isinstance(slope, Scripted) and any(script.mark == "'" for script in slope.scripts)
    same = [_text(a) for a in one.items[:-2]] == [_text(b) for b in other.items[:-2]]
    if not (_is_error(one.items[0]) and primed and same) or inner is None or argument is None:
        return
    if _is_number_of(inner, graph) and not isinstance(argument, Number):
        yield _text(inner)


def _numbers(one: Node, other: Node, graph: _Nodes) -> str:
    """The numbers of the nodes that a member speaks of."""
    return " and ".join((*_number(one, other, graph), *_slopes(one, other, graph)))


def _otherwise(one: Node, other: Node, graph: _Nodes) -> Node | None:
    """A member with what its node holds, where that is not what the next member says; what it says first is noted."""
    found = _explained(one, other, graph)
    if found is not None and isinstance(one, Product):
        place, run = found
        held = graph.held.setdefault(_text(one.items[place]), run)
        number = one.items[place]
        items = (*one.items[:place], *(placed(node, number.span) for node in held), *one.items[place + 1 :])
        return None if [*map(_text, held)] == [*map(_text, run)] else replace(one, items=items)
    return None  # a slope may be taken at what goes into the node, too
