"""Factors in the wrong order: matrices do not commute."""

from collections.abc import Iterator
from itertools import pairwise

from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Factor

KIND = "order of factors"


def edits(site: Site) -> Iterator[Edit | None]:
    """Neighbours exchanged, the first factor moved to the end, the last to the front, all turned around."""
    for chain in site.spots.chains:
        run = [f for f in chain.factors if f.term is not None]
        run = [f for f in run if not any(g.start > f.start and g.term is None for g in chain.factors)]
        for a, b in pairwise(run):
            if _scales(a) or _scales(b):
                continue
            words = f"exchange {site.text(chain, a)} and {site.text(chain, b)}"
            yield _reordered(site, chain, [a, b], [b, a], Named(KIND, words, 1.0))
        if len(run) > 2:  # noqa: PLR2004 - two are neighbours
            first, *rest = run
            yield _reordered(site, chain, run, [*rest, first], _moved(site, chain, first, "to the end"))
            *rest, last = run
            yield _reordered(site, chain, run, [last, *rest], _moved(site, chain, last, "to the front"))
            yield _reordered(site, chain, run, run[::-1], Named(KIND, "turn the order of the factors around", 1.3))


def _scales(factor: Factor) -> bool:
    """A number may stand anywhere."""
    return factor.shape is not None and not factor.shape.axes


def _moved(site: Site, chain: Chain, factor: Factor, where: str) -> Named:
    return Named(KIND, f"move {site.text(chain, factor)} {where}", 1.2)


def _reordered(site: Site, chain: Chain, old: list[Factor], new: list[Factor], named: Named) -> Edit | None:
    """Factors in another order, the operators between them where they were."""
    text, end = "", old[0].start
    for was, now in zip(old, new, strict=True):
        text += " ".join([*(site.page.text(i) for i in chain.items[end : was.start]), site.text(chain, now)]) + " "
        end = was.end
    return rewritten(site.page, chain, (old[0].start, old[-1].end), text.strip(), named)
