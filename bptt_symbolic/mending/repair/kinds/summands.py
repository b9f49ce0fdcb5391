"""A term of a sum that was dropped, or one too many."""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import Affine, Entry, Power, Ref, walk
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, in_node, in_sum, rewritten
from bptt_symbolic.mending.repair.handwriting import below
from bptt_symbolic.mending.repair.page import New
from bptt_symbolic.mending.repair.site import Offer, Site
from bptt_symbolic.mending.repair.spots import Chain, Factor
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Node, Number, Sum, Token

MOST_OFFERS = 120
"""Terms that are tried behind every sum."""


def edits(site: Site) -> Iterator[Edit | None]:
    """Every term of a sum removed; a term of the note put behind a sum; `s^2` as `1 - s^2`."""
    yield from _without_term(site)
    for chain, factor in site.factors():
        text = site.text(chain, factor)
        for new, cost in (*((error, 1.3) for error in _errors(site, factor, text)), *_from_one(factor, text)):
            yield _of_factor(site, chain, factor, new, Named("missing term", f"write {new} for {text}", cost))
    for offer in [*(o for o in site.offers if o.is_term), *(o for o in site.offers if not o.is_term)][:MOST_OFFERS]:
        for body in _sides(site):
            yield from _with_term(site, body, offer)


def _without_term(site: Site) -> Iterator[Edit | None]:
    for node, _ in site.spots.sums:
        for place, item in enumerate(node.items):
            if not isinstance(item, Token) and len(node.items) > 1:
                start = place - 1 if place and isinstance(node.items[place - 1], Token) else place
                text = site.page.text(item)
                yield in_sum(site.page, node, (start, place + 1), "", Named("superfluous term", f"remove {text}", 1.3))


def _from_one(factor: Factor, text: str) -> Iterator[tuple[str, float]]:
    """What a factor is taken from in a slope; a square is hardly ever meant by itself."""
    if isinstance(factor.term, Power):
        yield f"1 - {text}", 1.25
    elif factor.shape is not None and len(factor.shape.axes) <= 1:
        yield f"1 - {text}", 1.6


def _with_term(site: Site, body: Node, offer: Offer) -> Iterator[Edit | None]:
    """A term of the note put behind a sum, and before what may be the rest of a difference."""
    rare = 0.05 * (not offer.is_usual)
    for sign in "-+":
        cost = (1.1 if isinstance(body, Number) and body is not site.side else 1.5) + rare
        yield _added(site, body, f"{sign} {offer.text}", Named("missing term", f"add {sign} {offer.text}", cost))
    if not isinstance(body, Sum):
        named = Named("missing term", f"take this from {offer.text}", 1.45 + rare)
        yield in_node(site.page, body, f"{offer.text} - {site.page.text(body)}", named)
    if _comes_first(site, body, offer):
        named = Named("missing term", f"begin with {offer.text}", 1.35 + rare)
        yield in_node(site.page, body, f"{offer.text} + {site.page.text(body)}", named)


def _comes_first(site: Site, body: Node, offer: Offer) -> bool:
    """Whether a term of a recursion is the one of the step itself, which authors write before what comes from the next
    one."""
    later, now = (
        max((t.const for t in _steps(site, node)), default=None) for node in (body, site.page.read(offer.text))
    )
    return later is not None and now is not None and now < later and not isinstance(body, Sum)


def _steps(site: Site, node: Node | None) -> Iterator[Affine]:
    """The steps that a formula speaks about."""
    term = None if node is None else site.spelling.builder.tried(node)
    yield from (x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None) if term is not None else ()


def _errors(site: Site, factor: Factor, text: str) -> Iterator[str]:
    """An output as the difference of it and its target, and a target likewise."""
    term, network = factor.term, site.network
    ref = base_of(term) if isinstance(term, Ref | Entry) else None
    if term is None or ref is None:
        return
    known = (
        network.definitions
        if ref.name in network.targets
        else network.targets
        if ref.name in network.definitions
        else ()
    )
    for name in sorted(known):
        other = site.spelled(term, name) if network.shapes[name] == network.shapes[ref.name] else None
        if other is not None:
            yield from (f"{text} - {other}", f"{other} - {text}")


def _of_factor(site: Site, chain: Chain, factor: Factor, new: str, named: Named) -> Edit | None:
    """A sum in the place of a factor, in brackets where it does not stand alone."""
    if len(chain.factors) == 1 and not isinstance(chain.owner, Sum):
        return in_node(site.page, chain.owner, new, named)
    return rewritten(site.page, chain, (factor.start, factor.end), in_brackets(new), named)


def _sides(site: Site) -> Iterator[Node]:
    """The whole side, and what stands alone in a bracket."""
    yield site.side
    inner = {id(n.body): n.body for n in below(site.side) if isinstance(n, Fenced) and n.body is not None}
    for chain in site.spots.chains:
        if id(chain.owner) in inner and chain.owner is not site.side:
            yield chain.owner


def _added(site: Site, node: Node, text: str, named: Named) -> Edit | None:
    """A term behind a sum, or behind what is to be one."""
    own, tail = site.page.span(node), site.page.read(f"x {text}")
    if own is None:
        return in_node(site.page, node, f"{site.page.text(node)} {text}", named)
    if not isinstance(tail, Sum):
        return None
    new = Sum((*(node.items if isinstance(node, Sum) else (node,)), *tail.items[1:]))
    before = site.page.text(node)
    places = ((Span(own.end, own.end), f" {text}"),)
    return Edit(named.kind, named.words, named.cost, node, New(new, places), node.span, before, f"{before} {text}")
