"""The wrong kind of product: entrywise for matrix product or outer product, and the other way."""

from collections.abc import Iterator
from itertools import pairwise

from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.kinds.transposes import marks, transposed
from bptt_symbolic.mending.repair.page import Place
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Factor
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Token

KIND = "kind of product"


def edits(site: Site) -> Iterator[Edit | None]:
    """Every product of two neighbours that are no numbers, as one of another kind."""
    for chain in site.spots.chains:
        for a, b in pairwise(f for f in chain.factors if f.term is not None):
            if any(f.shape is not None and not f.shape.axes for f in (a, b)):
                continue
            yield from _between(site, chain, a, b)


def _between(site: Site, chain: Chain, a: Factor, b: Factor) -> Iterator[Edit | None]:
    left, right = site.text(chain, a), site.text(chain, b)
    operators = [i for i in chain.items[a.end : b.start] if isinstance(i, Token)]
    place = (a.start, b.end)
    if not any(site.spelling.is_entrywise(o) for o in operators):
        words, sign = f"use the entrywise product of {left} and {right}", site.spelling.entrywise
        new = _operator(site, chain, a, b, f"{sign} ")
        yield rewritten(site.page, chain, place, f"{left} {sign} {right}", Named(KIND, words, 1.0), new)
        return
    plain = _operator(site, chain, a, b, "")
    words = f"use the matrix product of {left} and {right}"
    yield rewritten(site.page, chain, place, f"{left} {right}", Named(KIND, words, 1.0), plain)
    words = f"use the outer product of {left} and {right}"
    more = marks(site, chain, b)
    outer = None if plain is None or more is None else (*plain, *more)
    yield rewritten(site.page, chain, place, f"{left} {transposed(site, chain, b)}", Named(KIND, words, 1.1), outer)
    for one, name, text in (
        (a, left, rf"\mathrm{{diag}}\left( {left} \right) {right}"),
        (b, right, rf"{left} \mathrm{{diag}}\left( {right} \right)"),
    ):
        if one.shape is not None and len(one.shape.axes) == 1:
            words = f"make a diagonal matrix of {name}"
            yield rewritten(site.page, chain, place, text, Named(KIND, words, 1.3))


def _operator(site: Site, chain: Chain, a: Factor, b: Factor, text: str) -> tuple[Place, ...] | None:
    """Another operator between two factors; none at all for an empty text."""
    operators = chain.items[a.end : b.start]
    following = site.page.span(chain.items[b.start])
    if not operators:
        return None if following is None else ((Span(following.start, following.start), text),)
    first, last = site.page.span(operators[0]), site.page.span(operators[-1])
    return None if first is None or last is None else ((first.to(last), text.strip()),)
