"""A wrong sign."""

from collections.abc import Iterator

from bptt_symbolic.mending.repair.edit import Edit, Named, in_sum
from bptt_symbolic.mending.repair.page import New
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Sum, Token

KIND = "sign"
DIFFERENCE = 3
"""Nodes of `a - b`."""


def edits(site: Site) -> Iterator[Edit | None]:
    """The sign of each term of each sum, a difference turned around, a minus before everything."""
    for node, _ in site.spots.sums:
        yield from _of_terms(site, node)
    if not isinstance(site.side, Sum):
        yield _negated(site)


def _negated(site: Site) -> Edit | None:
    """A minus before a product."""
    new, own = site.page.read(f"-{site.page.text(site.side)}"), site.page.span(site.side)
    if new is None or own is None:
        return None
    at = Span(own.start, own.start)
    return Edit(KIND, "change the sign", 1.05, site.side, New(new, ((at, "-"),)), own, "", "-")


def _of_terms(site: Site, node: Sum) -> Iterator[Edit | None]:
    for place, item in enumerate(node.items):
        if isinstance(item, Token) and item.text.strip() in {"+", "-"}:
            other = "-" if item.text.strip() == "+" else "+"
            after = site.page.text(node.items[place + 1])
            if place == 0:
                yield in_sum(site.page, node, (0, 1), "", Named(KIND, f"remove the sign before {after}", 1.0))
                yield in_sum(site.page, node, (0, 1), other, Named(KIND, f"write {other} before {after}", 1.0))
            else:
                named = Named(KIND, f"write {other} for {item.text.strip()} before {after}", 1.0)
                yield in_sum(site.page, node, (place, place + 1), other, named)
    first = node.items[0]
    if not isinstance(first, Token):
        named = Named(KIND, f"write - before {site.page.text(first)}", 1.1)
        yield in_sum(site.page, node, (0, 1), f"-{site.page.text(first)}", named)
        if len(node.items) == DIFFERENCE and isinstance(node.items[1], Token) and node.items[1].text.strip() == "-":
            turned = f"{site.page.text(node.items[2])} - {site.page.text(first)}"
            yield in_sum(site.page, node, (0, DIFFERENCE), turned, Named(KIND, f"write {turned}", 0.9))
