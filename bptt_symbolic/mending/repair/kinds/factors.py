"""A factor that was dropped, or one too many; the derivative of the activation above all."""

from collections.abc import Iterator, Sequence

from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.shapes import Scope
from bptt_symbolic.meaning.terms import Deriv, Shape, Term
from bptt_symbolic.mending.repair.activation_slopes import is_slope, quotient
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, rewritten
from bptt_symbolic.mending.repair.site import Offer, Site
from bptt_symbolic.mending.repair.spots import Chain, Factor, fixed_shape
from bptt_symbolic.reading.syntax import Fraction, Token

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
    return _put(site, chain, place, text, Named("missing factor", f"insert {text}", 1.1 if site.in_links else 1.6))


def _inserted(site: Site, chain: Chain) -> Iterator[Edit | None]:
    places = sorted({f.start for f in chain.factors if f.term is not None} | {len(chain.items)})
    scope = Scope(site.network, {})
    shapes = {f.start: fixed_shape(f.term, scope) for f in chain.factors}
    between = [
        (place, shapes[before.start] if (before := _before(chain, place)) else None, shapes.get(place))
        for place in places
    ]
    sign = site.spelling.entrywise
    signed = site.spelling.has(sign)
    for offer in [o for o in site.offers if not o.is_term][:MOST_OFFERS]:
        kind = "dropped activation derivative" if offer.is_slope else "missing factor"
        for place, *near in between:
            cost = _cost(offer) + 0.2 * (chain.deep and not offer.is_slope)
            named = Named(kind, f"insert {offer.text} {_where(site, chain, place)}", cost)
            if not (signed and any(_are_columns(shape, offer) for shape in near)):
                yield _put(site, chain, place, offer.text, named)
            if (offer.is_slope or signed) and _takes_entrywise(site, chain, place, near, offer):
                first = not place or _is_behind_sign(chain, place)
                against = offer.is_gradient and first == site.spelling.leading.last
                named = Named(kind, f"multiply entrywise by {offer.text}", cost + 0.15 * against)
                yield _put(site, chain, place, _leading(site, offer) if first else offer.text, named, sign)
        yield from _around(site, chain, offer)


def _cost(offer: Offer) -> float:
    """Slopes are forgotten most, then the gradient that comes from behind."""
    return (1.3 if offer.is_slope else 1.5 if offer.is_gradient else 1.6) + (0.4 if offer.is_link else 0.1) * (
        not offer.is_usual
    )


def _before(chain: Chain, place: int) -> Factor | None:
    """The factor that ends at a place, or at the operator before it."""
    return next((f for f in reversed(chain.factors) if f.end in {place, place - 1}), None)


def _are_columns(shape: Shape | None, offer: Offer) -> bool:
    """Whether a neighbour and an offer are columns, or rows, which have no product but the entrywise one."""
    if shape is None or len(shape.axes) != 1:
        return False
    other = offer.shape
    return offer.is_gradient if other is None else len(other.axes) == 1 and bool(shape.up) == bool(other.up)


def _takes_entrywise(site: Site, chain: Chain, place: int, near: Sequence[Shape | None], offer: Offer) -> bool:
    """Whether an entrywise product with a neighbour has a meaning, and is not the one with the factor before."""
    earlier = chain.items[place - 1] if place else None
    if isinstance(earlier, Token) and site.spelling.is_entrywise(earlier):
        return False
    return offer.shape is None or any(shape is None or shape == offer.shape for shape in near)


def _around(site: Site, chain: Chain, offer: Offer) -> Iterator[Edit | None]:
    r"""A gradient that is missing before a slope in a longer product: `(\delta \odot s) x^T` for `s x^T`."""
    sign = site.spelling.entrywise
    for factor in chain.factors if offer.is_gradient and len(chain.factors) > 1 else ():
        if factor.shape is not None and len(factor.shape.axes) == 1 and site.spelling.has(sign):
            text = in_brackets(f"{_leading(site, offer)} {sign} {site.text(chain, factor)}")
            cost = (1.7 if site.spelling.leading.last else 1.35) + 0.1 * (not offer.is_usual)
            named = Named("missing factor", f"multiply entrywise by {offer.text}", cost)
            yield rewritten(site.page, chain, (factor.start, factor.end), text, named)


def _leading(site: Site, offer: Offer) -> str:
    r"""A factor as it stands before an entrywise sign: what `\nabla_h L` is of must not seem to go on."""
    opens = offer.text.startswith(r"\nabla") or (
        site.spelling.leading.bracketed
        and not offer.text.startswith((r"\left(", "("))
        and not isinstance(site.page.read(offer.text), Fraction)
    )
    return in_brackets(offer.text) if offer.is_gradient and opens else offer.text


def _is_behind_sign(chain: Chain, place: int) -> bool:
    """Whether no factor ends at a place: a sum sign, or a differential, stands before it."""
    return not any(f.end == place and f.term is not None for f in chain.factors)


def _put(site: Site, chain: Chain, place: int, text: str, named: Named, sign: str | None = None) -> Edit | None:
    """A factor put at a place, with a sign, or the one that the author writes between factors."""
    sign = site.spelling.times if sign is None else sign
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
