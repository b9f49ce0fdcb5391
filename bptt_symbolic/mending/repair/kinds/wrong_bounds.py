"""A bound of a sum or product that is off by one, or another letter's."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import LAST, Affine
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Sign
from bptt_symbolic.reading.syntax import Node, Relation
from bptt_symbolic.understanding.occurrences import affine, listed, unwrap

KIND = "off by one in a bound"


def edits(site: Site) -> Iterator[Edit | None]:
    """Each end of each range one earlier, one later, and at the other natural places."""
    for sign in site.spots.signs:
        for node in _ends(sign):
            value = affine(node)
            if value is None:
                continue
            for shift in (-1, 1):
                yield _moved(site, sign, node, value + shift, Named(KIND, "", 1.0))
            for other, named in _others(site, value, upper=sign.node.scripts[0].body is not node):
                if other not in {value, value - 1, value + 1}:
                    yield _moved(site, sign, node, other, named)


def _others(site: Site, value: Affine, *, upper: bool) -> Iterator[tuple[Affine, Named]]:
    """Other ends that a range could have: of an axis, or a step that the side speaks about."""
    if value.names() & set(site.network.sizes):
        for axis in _axes(site):
            yield axis, Named("wrong index range", "", 1.2)
        return
    if value.parts or upper or value == Affine(1):
        for letter in sorted({n for t in site.times for n in t.names()} | {LAST}):
            yield Affine.of(letter), Named("wrong bound", "", 1.3 if value.parts or upper else 1.4)


def _axes(site: Site) -> list[Affine]:
    """How long the axes of the network are."""
    return list(dict.fromkeys(axis for shape in site.network.shapes.values() for axis in shape.axes))


def _ends(sign: Sign) -> Iterator[Node]:
    """The nodes that say where a range begins and where it ends."""
    for script in sign.node.scripts:
        if script.body is None:
            continue
        if script.mark == "^":
            yield unwrap(script.body)
            continue
        for part in listed(script.body):
            if isinstance(part, Relation):
                sides = [s for s in part.sides if s is not None]
                yield from sides[1:] if len(sides) == 2 else (sides[0], sides[-1])  # noqa: PLR2004 - `k = 1`


def _moved(site: Site, sign: Sign, node: Node, value: Affine, named: Named) -> Edit | None:
    span = site.page.span(node)
    if span is None:
        return None
    new, old = site.spelling.integer(value), site.page.text(node)
    whole, text = site.page.span(sign.node), site.page.text(sign.node)
    if whole is None:
        return None
    words = f"let the {'sum' if sign.name.endswith('sum') else 'product'} run with {new} in the place of {old}"
    span, new = site.spelling.script(span, new)
    changed = text[: span.start - whole.start] + new + text[span.end - whole.start :]
    return rewritten(site.page, sign.chain, (sign.place, sign.place + 1), changed, Named(named.kind, words, named.cost))
