"""A factor that was dropped, or one too many; the derivative of the activation above all."""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import Deriv, Term
from bptt_symbolic.mending.repair.activation_slopes import is_slope, quotient
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain

MOST_OFFERS = 150
"""Factors that are tried at every place of a chain."""


def edits(site: Site) -> Iterator[Edit | None]:
    """Every factor removed, and every factor that the note offers put at every place."""
    for chain, factor in site.factors():
        assert factor.term is not None  # noqa: S101 - `factors` gives no others
        slope = is_slope(factor.term, site.network)
        kind = "superfluous activation derivative" if slope else "superfluous factor"
        named = Named(kind, f"remove {site.text(chain, factor)}", 1.2 if slope else 1.4)
        yield rewritten(site.page, chain, (factor.start, factor.end), "", named)
    for chain in site.spots.chains:
        yield from _links(site, chain)
        yield from _inserted(site, chain)


def _links(site: Site, chain: Chain) -> Iterator[Edit | None]:
    """A link of the chain rule that is missing between two derivatives, or at the end of a chain of them."""
    derivatives = [(f, f.term) for f in chain.factors if isinstance(f.term, Deriv)]
    ends = [q for q in site.other.quantities if q.inside]
    for number, (factor, term) in enumerate(derivatives):
        after = derivatives[number + 1][1].of if number + 1 < len(derivatives) else None
        last = [q.term for q in ends if q.inside == "by"] if after is None else [after]
        for of in last:
            yield _link(site, chain, factor.end, term.by, of)
        for q in ends if not number else ():
            if q.inside == "of":
                yield _link(site, chain, factor.start, q.term, term.of)


def _link(site: Site, chain: Chain, place: int, upper: Term, lower: Term) -> Edit | None:
    """The derivative of one quantity by another, put at a place."""
    texts = [site.spelled(term) for term in (upper, lower)]
    one, two = base_of(upper), base_of(lower)
    if upper == lower or None in texts or one is None or two is None:
        return None
    if one.name == two.name and one.name not in site.network.states:
        return None  # the loss of one step by that of another
    text = quotient(str(texts[0]), str(texts[1]))
    return _put(site, chain, place, text, Named("missing factor", f"insert {text}", 1.1))


def _inserted(site: Site, chain: Chain) -> Iterator[Edit | None]:
    places = sorted({f.start for f in chain.factors if f.term is not None} | {len(chain.items)})
    for offer in [o for o in site.offers if not o.is_term][:MOST_OFFERS]:
        kind = "dropped activation derivative" if offer.is_slope else "missing factor"
        for place in places:
            cost = (1.3 if offer.is_slope else 1.6) + (0 if offer.is_usual else 0.1)
            named = Named(kind, f"insert {offer.text} {_where(site, chain, place)}", cost)
            yield _put(site, chain, place, offer.text, named)
            if place and not _is_behind_sign(chain, place) and (offer.is_slope or site.spelling.has(r"\odot")):
                named = Named(kind, f"multiply entrywise by {offer.text}", 1.5 if offer.is_slope else 1.7)
                yield rewritten(site.page, chain, (place, place), rf"\odot {offer.text}", named)


def _is_behind_sign(chain: Chain, place: int) -> bool:
    """Whether no factor ends at a place: a sum sign, or a differential, stands before it."""
    return not any(f.end == place and f.term is not None for f in chain.factors)


def _put(site: Site, chain: Chain, place: int, text: str, named: Named) -> Edit | None:
    """A factor put at a place, with the sign that the author writes between factors."""
    sign = site.spelling.times
    if not sign:
        return rewritten(site.page, chain, (place, place), text, named)
    if place and not _is_behind_sign(chain, place):
        return rewritten(site.page, chain, (place, place), f"{sign} {text}", named)
    return rewritten(site.page, chain, (place, place), f"{text} {sign}", named)


def _where(site: Site, chain: Chain, place: int) -> str:
    if place < len(chain.items):
        after = next(f for f in chain.factors if f.start == place)
        return f"before {site.text(chain, after)}"
    return f"after {site.text(chain, chain.factors[-1])}"
