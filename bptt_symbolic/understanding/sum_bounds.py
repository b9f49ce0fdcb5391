r"""Scripts of a sum or product sign -> its variables and bounds.

Known forms: `k=1`, `1 \le k \le t`, `k < t`, `i \ne j`, `t \in \{1, \dots, T\}`, and a bare letter or two. A sign
without an upper bound gets one that only the shapes can tell, `end_of` its letter.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from bptt_symbolic.meaning.names import end_of
from bptt_symbolic.meaning.terms import Affine, Condition
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Environment, Fenced, List, Node, Relation, Scripted, Symbol, Token
from bptt_symbolic.understanding.occurrences import BIG, affine, letters_of, listed, unwrap

DOTS = r"\cdots"
Bounds = tuple[str, Affine, Affine, tuple[Condition, ...]]
Sign = Literal["=", "!=", "<", "<="]
RELATIONS: dict[str, tuple[Sign, bool]] = {
    "=": ("=", False), r"\ne": ("!=", False), "<": ("<", False), ">": ("<", True), r"\le": ("<=", False), r"\ge":
    ("<=", True),
}  # fmt: skip
"""Mark -> comparison, and whether the sides change places."""


UPWARD = {r"\ge": r"\le", ">": "<"}


class NotBuilt(Exception):  # noqa: N818 - an honest "undecided" on its way
    """A formula whose meaning the checker does not know: code, reason, place."""

    def __init__(self, code: str, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.code, self.message, self.span = code, message, span


def is_dots(node: Node) -> bool:
    """Whether a node is a run of dots."""
    inner = unwrap(node)
    return isinstance(inner, Symbol) and inner.name == DOTS


def big(node: Node | Token) -> tuple[str, tuple[tuple[str, Node], ...]] | None:
    """The sign of a sum or product with its scripts."""
    if isinstance(node, Symbol) and node.name in BIG:
        return node.name, ()
    if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in BIG:
        return node.base.name, tuple((s.mark, s.body) for s in node.scripts if s.body is not None)
    return None


def is_big(node: Node | Token) -> bool:
    """Whether a node is the sign of a sum or product."""
    return big(node) is not None


def ranges_of(scripts: tuple[tuple[str, Node], ...]) -> list[Bounds]:
    """The variables of a sum sign with their bounds, outermost first."""
    lower = [n for mark, body in scripts if mark == "_" for n in _conditions_below(body)]
    upper = [body for mark, body in scripts if mark == "^"]
    high = affine(upper[0]) if upper else None
    if upper and high is None:
        raise NotBuilt("not-settled", "an upper bound that is no integer expression", upper[0].span)
    ranges: list[Bounds] = []
    for node in lower:
        place = _known(node, ranges)
        if place is None:
            ranges.extend(_range(node, high))
        else:
            name, first, last, where = ranges[place]
            ranges[place] = (name, first, last, (*where, *_further(node)))
    if not ranges:
        raise NotBuilt("not-settled", "a sum sign that does not say over what", None)
    return ranges


def compared(left: Affine, mark: str, right: Affine) -> Condition:
    """A comparison by its mark."""
    sign, swapped = RELATIONS[mark]
    return Condition(right, sign, left) if swapped else Condition(left, sign, right)


def _conditions_below(body: Node) -> Iterator[Node]:
    r"""What stands below a sign: `i=1, i \ne j`, the lines of a `\substack`."""
    inner = unwrap(body)
    if isinstance(inner, Environment) and inner.name in {"substack", "subarray"}:
        yield from (n for row in inner.rows for cell in row if cell is not None for n in listed(cell))
    else:
        yield from listed(body)


def _known(node: Node, ranges: Sequence[Bounds]) -> int | None:
    r"""The range that a further relation below a sign is about: `i \ne j` behind `i = 1`."""
    if not isinstance(node, Relation):
        return None
    letters = {n for side in (node.sides[0], node.sides[-1]) if (a := affine(side)) is not None for n in a.names()}
    return next((n for n, r in reversed(list(enumerate(ranges))) if r[0] in letters), None)


def _further(node: Node) -> Iterator[Condition]:
    assert isinstance(node, Relation)  # noqa: S101 - _known has seen to it
    for number, mark in enumerate(node.names):
        left, right = affine(node.sides[number]), affine(node.sides[number + 1])
        if left is None or right is None or mark not in RELATIONS or mark == "=":
            raise NotBuilt("not-settled", "a range of a form that is not known", node.span)
        yield compared(left, mark, right)


def _range(node: Node, high: Affine | None) -> Iterator[Bounds]:
    if isinstance(node, Relation):
        yield _range_of_relation(node, high)
        return
    letters = letters_of(node)
    value = affine(node)
    names = letters or (tuple(value.names()) if value is not None and not value.const else ())
    if not names:
        raise NotBuilt("not-settled", "a sum sign that does not say over what", node.span)
    for name in names:
        yield name, Affine(1), high if high is not None else Affine.of(end_of(name)), ()


def _range_of_relation(node: Relation, high: Affine | None) -> Bounds:
    values = [affine(s) for s in node.sides]
    names = node.names
    if len(names) > 1 and all(n in UPWARD for n in names):  # `t >= i > k`
        values, names = values[::-1], tuple(UPWARD[n] for n in reversed(names))
    match names, values:
        case ("=",), [Affine() as var, Affine() as low] if len(var.parts) == 1:
            name = var.parts[0][0]
            return name, low, high if high is not None else Affine.of(end_of(name)), ()
        case (r"\le" | "<" as first, r"\le" | "<" as second), [Affine() as low, Affine() as var, Affine() as top] if (
            len(var.parts) == 1
        ):
            return var.parts[0][0], low + (first == "<"), top - (1 if second == "<" else 0), ()
        case (r"\le" | "<" as first,), [Affine() as var, Affine() as top] if len(var.parts) == 1:
            return var.parts[0][0], Affine(1), top - (1 if first == "<" else 0), ()
        case (r"\ge" | ">" as first,), [Affine() as var, Affine() as low] if len(var.parts) == 1:
            return var.parts[0][0], low + (first == ">"), Affine.of(end_of(var.parts[0][0])), ()
        case (r"\ne",), [Affine() as var, Affine() as other] if len(var.parts) == 1:
            name = var.parts[0][0]
            top = high if high is not None else Affine.of(end_of(name))
            return name, Affine(1), top, (Condition(var, "!=", other),)
        case (r"\in",), [Affine() as var, None] if len(var.parts) == 1 and node.sides[1] is not None:
            return _range_of_set(var.parts[0][0], node.sides[1])
        case _:
            raise NotBuilt("not-settled", "a range of a form that is not known", node.span)


def _range_of_set(name: str, node: Node) -> Bounds:
    inner = unwrap(node)
    if isinstance(inner, Fenced) and inner.left == r"\{" and inner.body is not None:
        body = unwrap(inner.body)
        ends = range_of([i for i in body.items if i is not None] if isinstance(body, List) else [body])
        if ends is not None:
            return name, *ends, ()
    raise NotBuilt("not-settled", "a range of a form that is not known", node.span)


def range_of(items: Sequence[Node]) -> tuple[Affine, Affine] | None:
    r"""The ends of `1, \dots, T`, `1, 2, \dots, T`, `T`, `1, 2, 3`; None for a set with gaps, `1, 3, \dots, T`."""
    dots = [n for n, i in enumerate(items) if is_dots(i)]
    known = [affine(i) for n, i in enumerate(items) if n not in dots]
    if not known or None in known or len(dots) > 1:
        return None
    values = [v for v in known if v is not None]
    counted = values[:-1] if dots else values
    if dots and (dots[0] != len(items) - 2 or not counted):
        return None
    if counted != [counted[0] + n for n in range(len(counted))]:
        return None
    return counted[0], values[-1]
