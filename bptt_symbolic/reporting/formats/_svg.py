"""Picture -> SVG: the unrolled network, and the way of a gradient back through it.

A drawing of its own brings its style sheet along; in a page the style sheet of the page has it. Arrows show what is
computed from what; the thick line shows one term of the gradient and points backwards, from the loss to a use of the
variable. Whatever comes from a note is text, escaped.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape as escaped
from itertools import pairwise

from bptt_symbolic.reporting.formats._layout import HEIGHT, Layout, Point, layout
from bptt_symbolic.reporting.formats._style import DRAWING
from bptt_symbolic.reporting.formats._symbols import Symbol, symbol
from bptt_symbolic.reporting.report import Edge, Node, Picture

_RADIUS = 6
_HEAD = 7
_LETTER, _SMALL = 8.6, 6.2
"""Width of a letter of a name, and of a parameter."""
_WIDEST = 40
"""Letters of a name or of a list of parameters that are shown."""


def svg(picture: Picture, *, sheet: bool = True, prefix: str = "") -> str:
    """The picture as an `<svg>` element.

    `sheet`: with its style sheet, as a document of its own; in a page, the ids in it begin with `prefix`.
    """
    placed = layout(picture, _node_width(picture))
    said = _said(picture)
    caption = _wrapped(said[1:], placed.width)
    height = placed.height + 20 * len(caption) + (8 if caption else 0)
    identity = prefix + sha256(repr(picture).encode("utf-8", "replace")).hexdigest()[:8]
    size = f'viewBox="0 0 {_px(placed.width)} {_px(height)}" width="{_px(placed.width)}" height="{_px(height)}"'
    named = f'role="img" aria-labelledby="t{identity} d{identity}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bptt-drawing" {size} {named}>',
        f'<title id="t{identity}">{_text(said[0])}</title>',
        f'<desc id="d{identity}">{_text(" ".join(_described(picture)))}</desc>',
        *([f"<style>{DRAWING}</style>"] if sheet else []),
        f'<rect class="ground" width="{_px(placed.width)}" height="{_px(height)}"></rect>',
        *_arrows(picture, placed),
        *(_node(picture, i, placed) for i in range(len(picture.nodes))),
        *_columns(placed),
        *_caption(caption, placed),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _node_width(picture: Picture) -> float:
    names = [len(symbol(node.name, node.step).plain()) * _LETTER for node in picture.nodes]
    small = [len(_parameters(node)) * _SMALL for node in picture.nodes]
    return max([64.0, *(min(width, _WIDEST * _SMALL) + 18 for width in (*names, *small))])


def _parameters(node: Node) -> str:
    return ", ".join(symbol(name).plain() for name in node.parameters)


def _text(text: str) -> str:
    return escaped("".join(letter if letter.isprintable() else "\ufffd" for letter in text))


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _arrows(picture: Picture, placed: Layout) -> Iterator[str]:
    """Plain arrows first, those of the flow over them, the chosen way on top."""
    way = _way(picture)
    for edge in picture.edges:
        if edge not in picture.flow:
            yield _arrow(placed.routes[edge], "edge")
    for edge in picture.edges:
        if edge in picture.flow and edge not in way:
            yield _arrow(placed.routes[edge], "edge flow")
    for edge in picture.edges:
        if edge in way:
            yield _arrow(placed.routes[edge][::-1], "edge way")
    yield from _dots(picture, placed)


def _way(picture: Picture) -> frozenset[Edge]:
    return frozenset((start, end) for end, start in pairwise(picture.path))


def _arrow(points: Sequence[Point], kind: str) -> str:
    """A line with round corners that ends in a head."""
    (x, y), (before_x, before_y) = points[-1], points[-2]
    length = max(abs(x - before_x) + abs(y - before_y), 1)
    ahead = ((x - before_x) / length, (y - before_y) / length)
    neck = (x - ahead[0] * _HEAD, y - ahead[1] * _HEAD)
    across = (-ahead[1] * _HEAD * 0.5, ahead[0] * _HEAD * 0.5)
    head = [(x, y), (neck[0] + across[0], neck[1] + across[1]), (neck[0] - across[0], neck[1] - across[1])]
    drawn = " ".join(f"{_px(a)},{_px(b)}" for a, b in head)
    return (
        f'<g class="{kind}"><path d="{_rounded([*points[:-1], neck])}"></path><polygon points="{drawn}"></polygon></g>'
    )


def _rounded(points: Sequence[Point]) -> str:
    parts = [f"M{_px(points[0][0])} {_px(points[0][1])}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(at, before), _towards(at, after)
        parts.append(f"L{_px(near[0])} {_px(near[1])}Q{_px(at[0])} {_px(at[1])} {_px(far[0])} {_px(far[1])}")
    parts.append(f"L{_px(points[-1][0])} {_px(points[-1][1])}")
    return "".join(parts)


def _towards(start: Point, end: Point) -> Point:
    """A little way from one point to another."""
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    part = min(_RADIUS, length / 2) / length if length else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _dots(picture: Picture, placed: Layout) -> Iterator[str]:
    """Where one line becomes two."""
    found: dict[Point, str] = {}
    for node in range(len(picture.nodes)):
        corners: dict[float, set[float]] = {}
        for edge in picture.edges:
            route = placed.routes[edge]
            if edge[0] == node and len(route) > 3:  # noqa: PLR2004 - out, along the lane, and in
                corners.setdefault(route[1][0], set()).update(point[1] for point in route[1:3])
        for x, ys in corners.items():
            found |= {(x, y): "dot" for y in sorted(ys)[1:-1]}
    yield from (
        f'<circle class="{kind}" cx="{_px(x)}" cy="{_px(y)}" r="2.4"></circle>' for (x, y), kind in found.items()
    )


def _node(picture: Picture, place: int, placed: Layout) -> str:
    node, (x, y) = picture.nodes[place], placed.centres[place]
    kinds = ["node", "given" if node.role in {"input", "target", "initial"} else "computed"]
    kinds += ["on-way"] if place in picture.path else []
    corner = f'x="{_px(x - placed.node_width / 2)}" y="{_px(y - HEIGHT / 2)}"'
    box = f'{corner} width="{_px(placed.node_width)}" height="{HEIGHT}"'
    named = _set(symbol(node.name, node.step))
    lift = 4 if node.parameters else -5
    label = f'<text class="name" x="{_px(x)}" y="{_px(y - lift)}">{named}</text>'
    if node.parameters:
        names = ", ".join(_parameter(name, name == picture.by) for name in node.parameters)
        label += f'<text class="parameters" x="{_px(x)}" y="{_px(y + 13)}">{names}</text>'
    return f'<g class="{" ".join(kinds)}"><rect {box} rx="7"></rect>{label}</g>'


def _parameter(name: str, is_chosen: bool) -> str:  # noqa: FBT001 - one call
    return f'<tspan class="{"chosen" if is_chosen else "other"}">{_set(symbol(name))}</tspan>'


def _set(found: Symbol) -> str:
    """Letters with what stands below and above them; the line goes on at its height."""
    shown = f"<tspan>{_text(found.letters[:_WIDEST])}</tspan>"
    height = 0.0
    for text, shift in ((found.below, 0.3), (found.above, -0.4)):
        if text:
            shown += f'<tspan class="script" dy="{shift - height:.1f}em">{_text(text[:_WIDEST])}</tspan>'
            height = shift
    return shown + (f'<tspan dy="{-height * 0.72:.2f}em">\u200b</tspan>' if height else "")


def _columns(placed: Layout) -> Iterator[str]:
    for step, x in placed.columns:
        yield f'<text class="column" x="{_px(x)}" y="{_px(placed.foot)}">step {step}</text>'


def _caption(lines: Sequence[str], placed: Layout) -> Iterator[str]:
    for i, line in enumerate(lines):
        yield f'<text class="caption" x="16" y="{_px(placed.foot + 28 + 20 * i)}">{_text(line)}</text>'


def _said(picture: Picture) -> list[str]:
    """Title, and what stands below the picture."""
    steps = sorted({node.step for node in picture.nodes if node.step is not None and node.role != "initial"})
    title = f"Network unrolled for {len(steps)} steps"
    if picture.by is None:
        return [title]
    by = symbol(picture.by).plain()
    title += f", with the gradient by {by}"
    if not picture.path:
        return [title, f"In these steps no way leads from the loss to {by}."]
    names = [symbol(picture.nodes[i].name, picture.nodes[i].step).plain() for i in picture.path]
    named = [*names, by] if picture.nodes[picture.path[-1]].name != picture.by else names
    product = " · ".join(f"∂{a}/∂{b}" for a, b in pairwise(named))
    return [
        title,
        f"thick, one term of the gradient by {by}: {product}",
        "coloured: every way that carries a part of it",
    ]


def _described(picture: Picture) -> Iterator[str]:
    """The graph in words: what each quantity is computed from."""
    for i, node in enumerate(picture.nodes):
        sources = [picture.nodes[start] for start, end in picture.edges if end == i]
        read = [symbol(source.name, source.step).plain() for source in sources]
        read += [symbol(name).plain() for name in node.parameters]
        if read:
            yield f"{symbol(node.name, node.step).plain()} is computed from {', '.join(read)}."
    yield from (f"{line}." for line in _said(picture)[1:])


def _wrapped(lines: Sequence[str], width: float) -> list[str]:
    """Lines as wide as the picture, broken between factors."""
    room = max(int((width - 32) / 6.4), 24)
    broken = []
    for line in lines:
        now = ""
        for word in line.split(" "):
            if now and len(now) + 1 + len(word) > room:
                broken.append(now)
                now = f"   {word}"
            else:
                now = f"{now} {word}" if now else word
        broken.append(now)
    return broken
