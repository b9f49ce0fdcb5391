r"""Relations -> shapes that the note states: `U : D \times M`, `W \in \mathbb{R}^{h \times d}`, `x_t \in \R^{n}`."""

from collections.abc import Sequence

from bptt_symbolic.meaning.terms import SCALAR, Affine, Entry, Ref, Shape
from bptt_symbolic.reading.syntax import Fenced, Node, Product, Scripted, Token
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.occurrences import affine, occurrence, unwrap
from bptt_symbolic.understanding.relations import Stated


def stated_shape(stated: Stated, builder: Builder) -> dict[str, Shape] | None:
    """The shapes that a relation states; None when it states none."""
    sizes = _stated_sizes(stated)
    if sizes is None or stated.left is None:
        return None
    names = [n for node in (*stated.listed, stated.left) for n in _name(node, builder)]
    return dict.fromkeys(names, _shape(sizes)) if names else None


def stands_either_way(stated: Stated) -> bool:
    r"""Whether a vector is stated by nothing but its size, `x_t \in \mathbb{R}^n`, so that it may stand as a row."""
    return len(_stated_sizes(stated) or ()) == 1


def _stated_sizes(stated: Stated) -> list[Affine] | None:
    if stated.mark not in {":", r"\in"} or stated.right is None or stated.left is None:
        return None
    return _sizes(stated.right) if stated.mark == ":" else _space(stated.right)


def _name(node: Node, builder: Builder) -> list[str]:
    term = builder.tried(node)
    inner = term.body if isinstance(term, Entry) else term
    return [inner.name] if isinstance(inner, Ref) else []


def _space(node: Node) -> list[Affine] | None:
    r"""The exponent of `\mathbb{R}`."""
    inner = unwrap(node)
    if isinstance(inner, Scripted) and isinstance(inner.base, Fenced) and inner.base.left in {r"\{", "[", "("}:
        sups = [s.body for s in inner.scripts if s.mark == "^" and s.body is not None]
        return _sizes(sups[0]) if len(sups) == 1 else None  # `\{0, 1\}^k`
    found = occurrence(inner)
    if found is None or found.name not in {r"\mathbb{R}", "R", r"\Re", r"\mathbf{R}"}:
        return None
    if not isinstance(inner, Scripted) or not found.sups:
        return []
    return _sizes(found.sups[0].body)


def _sizes(node: Node) -> list[Affine] | None:
    inner = unwrap(node)
    if isinstance(inner, Product):
        parts: list[Affine] = []
        group: list[Node] = []
        for item in (*inner.items, None):
            if item is None or isinstance(item, Token):
                if isinstance(item, Token) and item.text.strip() not in {r"\times", r"\cdot", "*", "×"}:
                    return None
                value = affine(group[0]) if len(group) == 1 else None
                if value is None:
                    return None
                parts.append(_symbolic(value))
                group = []
            else:
                group.append(item)
        return parts
    value = affine(inner)
    return None if value is None else [_symbolic(value)]


MOST_LITERAL = 6
"""A larger number as a size is taken as a name: what holds for all sizes holds for it."""


def _symbolic(size: Affine) -> Affine:
    if size.parts or 1 <= size.const <= MOST_LITERAL:
        return size
    return Affine.of(f"n{size.const}")


def _shape(sizes: Sequence[Affine]) -> Shape:
    one = Affine(1)
    if len(sizes) == 2:  # noqa: PLR2004 - rows and columns
        up = () if sizes[0] == one else (sizes[0],)
        down = () if sizes[1] == one else (sizes[1],)
        return Shape(up, down)
    return SCALAR if list(sizes) in ([], [one]) else Shape(tuple(sizes))
