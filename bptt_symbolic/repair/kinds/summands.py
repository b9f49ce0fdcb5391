"""A term of a sum that was dropped, or one too many."""

from collections.abc import Iterator

from bptt_symbolic.repair.edit import Edit, Named, in_brackets, in_node, in_sum, rewritten
from bptt_symbolic.repair.site import Site
from bptt_symbolic.syntax import Sum, Token


def edits(site: Site) -> Iterator[Edit | None]:
    """Every term of a sum removed; a term of the note put behind a sum; `s^2` as `1 - s^2`."""
    for node, _ in site.spots.sums:
        for place, item in enumerate(node.items):
            if not isinstance(item, Token) and len(node.items) > 1:
                start = place - 1 if place and isinstance(node.items[place - 1], Token) else place
                text = site.page.text(item)
                yield in_sum(site.page, node, (start, place + 1), "", Named("superfluous term", f"remove {text}", 1.3))
    for chain, factor in site.factors():
        if len(chain.factors) == 1 and factor.shape is not None and len(factor.shape.axes) <= 1:
            text = site.text(chain, factor)
            named = Named("missing term", f"write 1 - {text} for {text}", 1.6)
            whole = isinstance(chain.owner, Sum)
            new = f"1 - {text}"
            if not whole:
                yield in_node(site.page, chain.owner, new, named)
            else:
                yield rewritten(site.page, chain, (factor.start, factor.end), in_brackets(new), named)
    text = site.page.text(site.side)
    for offer in site.offers:
        if offer.is_term:
            named = Named("missing term", f"add {offer.text}", 1.7)
            yield in_node(site.page, site.side, f"{text} + {offer.text}", named)
