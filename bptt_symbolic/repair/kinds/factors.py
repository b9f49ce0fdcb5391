"""A factor that was dropped, or one too many; the derivative of the activation above all."""

from collections.abc import Iterator

from bptt_symbolic.repair.edit import Edit, Named, rewritten
from bptt_symbolic.repair.site import Site
from bptt_symbolic.repair.slopes import is_slope
from bptt_symbolic.repair.spots import Chain

MOST_OFFERS = 60
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
        yield from _inserted(site, chain)


def _inserted(site: Site, chain: Chain) -> Iterator[Edit | None]:
    places = sorted({f.start for f in chain.factors if f.term is not None} | {len(chain.items)})
    for offer in [o for o in site.offers if not o.is_term][:MOST_OFFERS]:
        kind = "dropped activation derivative" if offer.is_slope else "missing factor"
        for place in places:
            named = Named(kind, f"insert {offer.text} {_where(site, chain, place)}", 1.3 if offer.is_slope else 1.6)
            yield rewritten(site.page, chain, (place, place), offer.text, named)
            if offer.is_slope and place:
                named = Named(kind, f"multiply entrywise by {offer.text}", 1.5)
                yield rewritten(site.page, chain, (place, place), rf"\odot {offer.text}", named)


def _where(site: Site, chain: Chain, place: int) -> str:
    if place < len(chain.items):
        after = next(f for f in chain.factors if f.start == place)
        return f"before {site.text(chain, after)}"
    return f"after {site.text(chain, chain.factors[-1])}"
