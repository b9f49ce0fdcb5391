r"""Scripts of a sum or product sign -> its variables and bounds.

Known forms: `k=1`, `1 \le k \le t`, `k < t`, `i \ne j`, `t \in \{1, \dots, T\}`, and a bare letter or two. A sign
without an upper bound gets one that only the shapes can tell: its name is the letter behind `WHOLE`.
"""

from collections.abc import Iterator

from bptt_symbolic.elaborate.names import BIG, affine, letters_of, listed, unwrap
from bptt_symbolic.source import Span
from bptt_symbolic.syntax import Fenced, List, Node, Relation, Scripted, Symbol, Token
from bptt_symbolic.terms import Affine, Condition

DOTS = r"\cdots"
WHOLE = "|"
"""Prefix of the name of an upper bound that is the size of whatever the index runs over."""
Bounds = tuple[str, Affine, Affine, tuple[Condition, ...]]


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
    lower = [n for mark, body in scripts if mark == "_" for n in listed(body)]
    upper = [body for mark, body in scripts if mark == "^"]
    high = affine(upper[0]) if upper else None
    if upper and high is None:
        raise NotBuilt("not-settled", "an upper bound that is no integer expression", upper[0].span)
    ranges: list[Bounds] = []
    for node in lower:
        ranges.extend(_range(node, high))
    if not ranges:
        raise NotBuilt("not-settled", "a sum sign that does not say over what", None)
    return ranges


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
        yield name, Affine(1), high if high is not None else Affine.of(WHOLE + name), ()


def _range_of_relation(node: Relation, high: Affine | None) -> Bounds:
    values = [affine(s) for s in node.sides]
    names = node.names
    match names, values:
        case ("=",), [Affine() as var, Affine() as low] if len(var.parts) == 1:
            name = var.parts[0][0]
            return name, low, high if high is not None else Affine.of(WHOLE + name), ()
        case (r"\le" | "<" as first, r"\le" | "<" as second), [Affine() as low, Affine() as var, Affine() as top] if (
            len(var.parts) == 1
        ):
            return var.parts[0][0], low + (first == "<"), top - (1 if second == "<" else 0), ()
        case (r"\le" | "<" as first,), [Affine() as var, Affine() as top] if len(var.parts) == 1:
            return var.parts[0][0], Affine(1), top - (1 if first == "<" else 0), ()
        case (r"\ge" | ">" as first,), [Affine() as var, Affine() as low] if len(var.parts) == 1:
            return var.parts[0][0], low + (first == ">"), Affine.of(WHOLE + var.parts[0][0]), ()
        case (r"\ne",), [Affine() as var, Affine() as other] if len(var.parts) == 1:
            name = var.parts[0][0]
            return name, Affine(1), Affine.of(WHOLE + name), (Condition(var, "!=", other),)
        case (r"\in",), [Affine() as var, None] if len(var.parts) == 1 and node.sides[1] is not None:
            return _range_of_set(var.parts[0][0], node.sides[1])
        case _:
            raise NotBuilt("not-settled", "a range of a form that is not known", node.span)


def _range_of_set(name: str, node: Node) -> Bounds:
    inner = unwrap(node)
    if isinstance(inner, Fenced) and isinstance(inner.body, List):
        ends = [affine(i) for i in inner.body.items if i is not None and not is_dots(i)]
        if ends and ends[0] is not None and ends[-1] is not None:
            return name, ends[0], ends[-1], ()
    raise NotBuilt("not-settled", "a range of a form that is not known", node.span)
