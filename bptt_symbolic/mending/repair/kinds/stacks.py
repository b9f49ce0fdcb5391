r"""A sum over a stacked axis that is meant to go over one part of it.

\sum_{l=1}^{m+n} W_{il} 1([x; y]_l = y_l) a_l              \sum_{l=1}^n W_{i,m+l} a_l
\sum_{l=1}^{m+n} (b_l + W_{il} 1([x; y]_l = y_l) a_l)      \sum_{l=1}^{m+n} b_l + \sum_{l=1}^n W_{i,m+l} a_l
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine, Entry, Indicator, SameEntry
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, in_node
from bptt_symbolic.mending.repair.page import Place, apart
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Quantity, Sign
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Node, Sum, Token
from bptt_symbolic.understanding import NotBuilt
from bptt_symbolic.understanding.sum_bounds import ranges_of

KIND = "wrong index range"


def edits(site: Site) -> Iterator[Edit | None]:
    """Every sum over a whole stacked axis, over each part of it instead; or one of its terms over a part."""
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
                yield from _split(site, sign, var, before, Affine.of(name))
                before = before + Affine.of(name)


def _over(site: Site, sign: Sign, var: str, before: Affine, size: Affine) -> Edit | None:
    """The sum over the part that begins behind `before`."""
    owner = sign.chain.owner
    text = _part(site, owner, var, before, [_sign(site, sign, var, site.spelling.integer(size))])
    return None if text is None else in_node(site.page, owner, text, _named(var, size), sign.node.span)


def _named(var: str, size: Affine) -> Named:
    return Named(KIND, f"sum over {var} from 1 to {size} only", 1.3)


def _part(site: Site, owner: Node, var: str, before: Affine, places: list[Place | None]) -> str | None:
    """A product with its entries of stacked axes at the part, without the signs that say which part is meant."""
    whole = site.page.span(owner)
    if whole is None:
        return None
    for quantity in site.spots.quantities:
        if isinstance(quantity.term, Entry) and _within(quantity, owner):
            places.extend(_shifted(site, quantity, quantity.term, var, before))
    places.extend(_without_indicators(site, owner))
    known = tuple(sorted(p for p in places if p is not None))
    return site.page.spliced(whole, known) if len(known) == len(places) and apart(known) else None


def _split(site: Site, sign: Sign, var: str, before: Affine, size: Affine) -> Iterator[Edit | None]:
    """A sum of a sum: each of its terms by itself over the part, the others over the whole axis."""
    owner, body = sign.chain.owner, sign.chain.items[-1]
    if sign.place or len(sign.chain.items) != len(("sign", "bracket")) or not isinstance(body, Fenced):
        return
    terms = body.body.items if isinstance(body.body, Sum) else ()
    for place, term in enumerate(terms):
        if isinstance(term, Token) or not place:
            continue  # the first term has no sign before it
        rest = [site.page.text(item) for n, item in enumerate(terms) if n not in {place - 1, place}]
        moved, own = _part(site, term, var, before, []), _sign(site, sign, var, site.spelling.integer(size))
        if moved is None or own is None:
            continue
        others = rest[0] if len(rest) == 1 else in_brackets(" ".join(rest))
        text = f"{site.page.text(sign.node)} {others} {site.page.text(terms[place - 1])} {own[1]} {moved}"
        text = text if owner is site.side else in_brackets(text)
        yield in_node(site.page, owner, text, _named(var, size), sign.node.span)


def _sign(site: Site, sign: Sign, var: str, size: str) -> Place | None:
    span = site.page.span(sign.node)
    return None if span is None else (span, rf"{sign.name}_{{{var}=1}}^{{{size}}}")


def _within(quantity: Quantity, owner: Node) -> bool:
    return owner.span.start <= quantity.chain.owner.span.start and quantity.chain.owner.span.end <= owner.span.end


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


def _without_indicators(site: Site, owner: Node) -> Iterator[Place | None]:
    """The part needs no sign that says where it is."""
    for chain, factor in site.factors():
        if isinstance(factor.term, Indicator | SameEntry) and chain.owner.span == owner.span:
            start, end = factor.start, factor.end
            if end < len(chain.items) and chain.items[end].span.start >= chain.items[end - 1].span.end:
                operator = getattr(chain.items[end], "kind", "") == "operator"
                end += operator
            first, last = site.page.span(chain.items[start]), site.page.span(chain.items[end - 1])
            yield None if first is None or last is None else (Span(first.start, last.end), "")
