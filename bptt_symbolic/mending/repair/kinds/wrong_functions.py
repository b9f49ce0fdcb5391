"""A function for its derivative, or the other way, or at the wrong argument."""

from collections.abc import Iterator

from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.reading.syntax import Scripted


def edits(site: Site) -> Iterator[Edit | None]:
    """Each function that is applied, with a prime more or less."""
    for chain, place in site.spots.functions:
        node = chain.items[place]
        text = site.page.text(node)
        primes = [s for s in node.scripts if s.mark == "'"] if isinstance(node, Scripted) else []
        if primes and isinstance(node, Scripted):
            bare = text.replace("'", "", 1)
            named = Named("derivative for its function", f"write {bare} for {text}", 1.2)
            yield rewritten(site.page, chain, (place, place + 1), bare, named)
        else:
            base = site.page.text(node.base) if isinstance(node, Scripted) else text
            rest = text[len(base) :]
            named = Named("function for its derivative", f"write {base}'{rest} for {text}", 1.2)
            yield rewritten(site.page, chain, (place, place + 1), f"{base}'{rest}", named)
