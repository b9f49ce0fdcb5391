r"""Lines -> relations: every `left = right` of the note, with the chain it belongs to and the conditions beside it.

A chain goes on over rows and blocks that begin with a relation sign. What is a condition is told in `beside`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Node, Product, Relation, Symbol, Text, Token
from bptt_symbolic.understanding.beside import listed, parts_of
from bptt_symbolic.understanding.conditions import JOINING, OTHERWISE, WORDS, relations_in
from bptt_symbolic.understanding.lines import Line, Lines
from bptt_symbolic.understanding.occurrences import occurrence, unwrap, word_of

SETTLED = frozenset({"=", r"\equiv", r"\triangleq"})
DEFINING = frozenset({":=", r"\gets", r"\triangleq", r"\leftarrow", "=:"})
ORDERS: Mapping[str, tuple[Literal["<", "<="], bool]] = {
    "<": ("<", False),
    ">": ("<", True),
    r"\le": ("<=", False),
    r"\ge": ("<=", True),
}
"""Mark of an inequality -> what it says, and whether its right side is the smaller one."""
ABOUT = r"\approx"
"""Settled between numbers that are worked out, to the digits that are written."""
NAMING = frozenset({"=", ":=", r"\equiv"})
"""Marks of a relation that says what a name stands for."""
DECLARING = frozenset({r"\in", ":", r"\to", r"\sim"})


@dataclass(frozen=True, slots=True)
class Stated:
    """One relation of the note."""

    left: Node | None
    right: Node | None
    mark: str
    line: Line
    part: int
    """Number of the relation in its row, from 1."""
    chain: int
    """Number of the chain it belongs to."""
    place: int
    """Its place in the chain, from 0."""
    conditions: tuple[Node, ...]
    span: Span
    listed: tuple[Node, ...] = ()
    """For `z_t, s_t : D x 1`: the names before the last one."""
    granted: str = ""
    """What was taken for granted in reading it."""


@dataclass
class _State:
    chain: int = 0
    place: int = 0
    last: Node | None = None
    found: list[Stated] = field(default_factory=list)


def relations(lines: Lines) -> tuple[Stated, ...]:
    """Every relation in the order of the page; inline formulas are chains of their own."""
    display, inline = _State(), _State(chain=1_000_000)
    order: list[Stated] = []
    for line in lines.lines:
        if line.tree is None:
            continue
        state = inline if line.inline else display
        before = len(state.found)
        _line(line, line.tree, state)
        order.extend(state.found[before:])
    return tuple(order)


def _line(line: Line, tree: Node, state: _State) -> None:
    found = parts_of(listed(tree))
    conditions = (*line.beside, *found.conditions)
    equations = [unwrap(e) for e in found.equations]
    if not equations and not line.inline:  # `for t in ...` on a line of its own declares
        equations = [r for r in relations_in(tree) if r.names == (r"\in",)]
    names = [item for item in found.others if _is_plain(item) or occurrence_like(item)]
    part = 0
    for equation in equations:
        assert isinstance(equation, Relation)  # noqa: S101 - parts_of has sorted them
        part = _chain(line, equation, conditions, tuple(names), state, part)
    if not equations and len(names) == 1 and not line.inline:
        _head(names[0], state)


def _head(node: Node, state: _State) -> None:
    """A row without a relation may be the head of the chain that follows."""
    state.chain, state.place, state.last = state.chain + 1, 0, node


def _chain(
    line: Line, equation: Relation, conditions: tuple[Node, ...], names: tuple[Node, ...], state: _State, part: int
) -> int:
    if equation.sides[0] is not None:
        state.chain, state.place, state.last = state.chain + 1, 0, equation.sides[0]
    for number, mark in enumerate(equation.names):
        right = _without_joining(equation.sides[number + 1])
        part += 1
        first = equation.sides[number]
        spans = [n.span for n in (first, right) if n is not None]
        span = spans[0].to(spans[-1]).to(equation.marks[number].span) if spans else equation.span
        state.found.append(
            Stated(state.last, right, mark, line, part, state.chain, state.place, conditions, span, names)
        )
        state.place += 1
        state.last = right if right is not None else state.last
    return part


def _without_joining(side: Node | None) -> Node | None:
    r"""A side without the word that joins it to the row below: `a = b c \text{ and}`."""
    if not isinstance(side, Product) or len(side.items) < 2:  # noqa: PLR2004 - a formula and the word
        return side
    *kept, before, last = side.items
    joins = not isinstance(last, Token) and (word_of(last) or "").lower() in JOINING
    if isinstance(before, Token) or not joins:
        return side
    return Product((*kept, before)) if kept else before


def _is_dots(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name == r"\cdots"


def occurrence_like(item: Node) -> bool:
    """A name, perhaps with a bracket behind it."""
    inner = unwrap(item)
    if isinstance(inner, Product):
        first = inner.items[0]
        return (
            len(inner.items) == 2  # noqa: PLR2004 - a name and its bracket
            and not isinstance(first, Token)
            and occurrence(first) is not None
            and isinstance(inner.items[1], Fenced)
        )
    return occurrence(inner) is not None


def _is_plain(item: Node) -> bool:
    inner = unwrap(item)
    return not isinstance(inner, Text) and word_of(inner) not in WORDS | OTHERWISE | JOINING and not _is_dots(inner)
