r"""Syntax -> derivatives: what is a differential, and what stands above and below it.

The sign may be `\partial`, an upright or italic `d`, or a slashed `\delta`; the operand may be the rest of a product or
of a whole sum; `\partial^{+}` is the immediate derivative.
"""

from bptt_symbolic.meaning.terms import Mode
from bptt_symbolic.reading.syntax import Fraction, Node, Product, Scripted, Sum, Symbol, Token
from bptt_symbolic.understanding.occurrences import DERIVING, occurrence, unwrap


def is_operator(node: Node) -> bool:
    r"""A derivative without its operand: `\frac{\partial}{\partial W}`, `\nabla_W`."""
    if isinstance(node, Fraction) and node.lower is not None:
        return is_differential(node.upper) is not None and _after_differential(node.lower) is not None
    found = occurrence(node)
    return found is not None and found.name in DERIVING and len(found.subs) == 1


def is_differential(node: Node | Token) -> Mode | None:
    r"""Whether a node is a bare `\partial`, `d`, `\mathrm d`, `\delta`; `\partial^+` is the immediate derivative."""
    if isinstance(node, Token):
        return None
    inner = unwrap(node)
    if isinstance(inner, Symbol):
        return "total" if inner.name in {r"\partial", "d", r"\delta", r"\Delta", r"\nabla"} else None
    if isinstance(inner, Scripted) and isinstance(inner.base, Symbol) and inner.base.name == r"\partial":
        script = inner.scripts[0]
        sign = None if script.body is None else unwrap(script.body)
        plus = script.mark == "^" and isinstance(sign, Symbol) and sign.name in {"+", r"\oplus"}
        return "immediate" if plus and len(inner.scripts) == 1 else None
    return None


def _after_differential(node: Node) -> tuple[Mode, Node | None] | None:
    """The rest of a product or sum that begins with a differential."""
    inner = unwrap(node)
    mode = is_differential(inner)
    if mode is not None:
        return mode, None
    match inner:
        case Product(items=items) if (mode := is_differential(items[0])) is not None:
            rest = items[1:]
            return mode, _as_node(rest, Product)
        case Sum(items=items) if not isinstance(items[0], Token):
            first = _after_differential(items[0])
            if first is None:
                return None
            rest = items[1:] if first[1] is None else (first[1], *items[1:])
            return first[0], _as_node(rest, Sum)
        case _:
            return None


def factors_before(node: Node) -> tuple[tuple[Node | Token, ...], Node] | None:
    r"""The factors before the only `\partial` of a product, and the product from there on; None where none is."""
    inner = unwrap(node)
    items = inner.items if isinstance(inner, Product) else (inner,)
    places = [n for n, item in enumerate(items) if is_differential(item) is not None and not _is_letter(item)]
    if len(places) != 1 or places[0] == len(items) - 1:
        return None
    before = items[: places[0]]
    if before and isinstance(before[-1], Token):
        before = before[:-1]
    rest = _as_node(items[places[0] :], Product)
    return None if rest is None else (before, rest)


def _is_letter(item: Node | Token) -> bool:
    """A `d` among factors may be a number."""
    return not isinstance(item, Token) and (found := occurrence(item)) is not None and found.name == "d"


def _as_node(items: "tuple[Node | Token, ...]", kind: type[Product] | type[Sum]) -> Node | None:
    if len(items) == 1 and not isinstance(items[0], Token):
        return items[0]
    return kind(items) if items else None


def derivative_parts(node: Fraction) -> tuple[Node | None, Node, Mode] | None:
    """Numerator and denominator of a derivative quotient; None when the fraction is a plain one."""
    if node.lower is None:
        return None
    upper, lower = _after_differential(node.upper), _after_differential(node.lower)
    if upper is None or lower is None or lower[1] is None:
        return None
    mode: Mode = "immediate" if "immediate" in {upper[0], lower[0]} else "total"
    return upper[1], lower[1], mode
