r"""A sum over a stacked axis that is meant to go over one part of it.

\sum_{l=1}^{m+n} W_{il} 1([x; y]_l = y_l) a_l      \sum_{l=1}^n W_{i,m+l} a_l
"""

from collections.abc import Iterator

from bptt_symbolic.elaborate.bounds import NotBuilt, ranges_of
from bptt_symbolic.repair.edit import Edit, Named, in_node
from bptt_symbolic.repair.page import Place, apart
from bptt_symbolic.repair.site import Site
from bptt_symbolic.repair.spots import Quantity, Sign
from bptt_symbolic.source import Span
from bptt_symbolic.terms import Affine, Entry, Indicator, SameEntry

KIND = "wrong index range"


def edits(site: Site) -> Iterator[Edit | None]:
    """Every sum over a whole stacked axis, over each part of it instead."""
    axes = {a for shape in site.network.shapes.values() for a in shape.axes if len(a.parts) > 1}
    for sign in site.spots.signs:
        scripts = tuple((s.mark, s.body) for s in sign.node.scripts if s.body is not None)
        try:
            ranges = ranges_of(scripts)
        except NotBuilt:
            continue
        if len(ranges) == 1 and ranges[0][2] in axes:
            var, _, high, _ = ranges[0]
            before = Affine()
            for name, _ in high.parts:
                yield _over(site, sign, var, before, Affine.of(name))
                before = before + Affine.of(name)


def _over(site: Site, sign: Sign, var: str, before: Affine, size: Affine) -> Edit | None:
    """The sum over the part that begins behind `before`."""
    whole, write = site.page.span(sign.chain.owner), site.spelling.integer
    if whole is None:
        return None
    places: list[Place | None] = [_sign(site, sign, var, write(size))]
    for quantity in site.spots.quantities:
        if isinstance(quantity.term, Entry) and _within(quantity, sign):
            places.extend(_shifted(site, quantity, quantity.term, var, before))
    places.extend(_without_indicators(site, sign))
    known = tuple(sorted(p for p in places if p is not None))
    if len(known) != len(places) or not apart(known):
        return None
    text = site.page.spliced(whole, known)
    named = Named(KIND, f"sum over {var} from 1 to {size} only", 1.3)
    return in_node(site.page, sign.chain.owner, text, named, sign.node.span)


def _sign(site: Site, sign: Sign, var: str, size: str) -> Place | None:
    span = site.page.span(sign.node)
    return None if span is None else (span, rf"{sign.name}_{{{var}=1}}^{{{size}}}")


def _within(quantity: Quantity, sign: Sign) -> bool:
    owner = sign.chain.owner.span
    return owner.start <= quantity.chain.owner.span.start and quantity.chain.owner.span.end <= owner.end


def _shifted(site: Site, quantity: Quantity, term: Entry, var: str, before: Affine) -> Iterator[Place | None]:
    """Entries of stacked axes, their index moved by what stands before the part."""
    shape = site.network.shapes.get(quantity.ref.name)
    old = [i for i in term.indices if i is not None]
    if shape is None or len(old) != len(term.indices) or len(shape.axes) != len(old):
        return
    new = [i + before if var in i.names() and len(a.parts) > 1 else i for i, a in zip(old, shape.axes, strict=True)]
    if new != old:
        spans = [site.page.span(n) for n in quantity.chain.items[quantity.start : quantity.end]]
        text = site.spelling.quantity(quantity.ref.name, quantity.ref.time, new)
        if None in spans or text is None:
            yield None
            return
        known = [s for s in spans if s is not None]
        yield known[0].to(known[-1]), text


def _without_indicators(site: Site, sign: Sign) -> Iterator[Place | None]:
    """The part needs no sign that says where it is."""
    for chain, factor in site.factors():
        if isinstance(factor.term, Indicator | SameEntry) and chain.owner.span == sign.chain.owner.span:
            start, end = factor.start, factor.end
            if end < len(chain.items) and chain.items[end].span.start >= chain.items[end - 1].span.end:
                operator = getattr(chain.items[end], "kind", "") == "operator"
                end += operator
            first, last = site.page.span(chain.items[start]), site.page.span(chain.items[end - 1])
            yield None if first is None or last is None else (Span(first.start, last.end), "")
