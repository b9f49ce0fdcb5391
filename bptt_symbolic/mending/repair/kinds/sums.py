"""A sum over the steps that is missing, or one too many."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import LAST, Affine
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, in_node, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Sign
from bptt_symbolic.reading.syntax import Relation, Sum
from bptt_symbolic.understanding.occurrences import affine, listed, unwrap


def edits(site: Site) -> Iterator[Edit | None]:
    """A sum put before the whole side, each sign removed, each range over another letter."""
    bound = {n for chain in site.spots.chains for n in chain.bound}
    letters = {n for q in site.spots.quantities if q.ref.time is not None for n in q.ref.time.names()}
    for letter in sorted(letters - bound - {LAST}):
        for low, high in _ranges(site, letter, letters):
            yield _over(site, letter, low, high)
    for sign in site.spots.signs:
        if sign.name == r"\sum":
            text = site.page.text(sign.node)
            named = Named("superfluous sum", f"remove {text}", 1.3)
            yield rewritten(site.page, sign.chain, (sign.place, sign.place + 1), "", named)
        yield from _rebound(site, sign)


def _ranges(site: Site, letter: str, letters: set[str]) -> Iterator[tuple[Affine, Affine]]:
    first = Affine(site.network.start)
    yield first, Affine.of(LAST)
    for other in sorted(letters - {letter, LAST}):
        yield first, Affine.of(other)
        yield Affine.of(other), Affine.of(LAST)


def _over(site: Site, letter: str, low: Affine, high: Affine) -> Edit | None:
    write = site.spelling.integer
    text = site.page.text(site.side)
    if isinstance(site.side, Sum):
        text = in_brackets(text)
    sign = rf"\sum_{{{write(Affine.of(letter))}={write(low)}}}^{{{write(high)}}}"
    cost = 1.2 if letter not in site.left_names else 1.6
    named = Named("missing sum over time", f"sum over {letter} from {low} to {high}", cost)
    return in_node(site.page, site.side, f"{sign} {text}", named)


def _rebound(site: Site, sign: Sign) -> Iterator[Edit | None]:
    r"""`\sum_{i=j}^C a_j`: the letter that is summed over is another."""
    used = {
        n for q in site.spots.quantities for i in getattr(q.term, "indices", ()) if i is not None for n in i.names()
    }
    for script in sign.node.scripts:
        if script.mark != "_" or script.body is None:
            continue
        for part in listed(script.body):
            if isinstance(part, Relation) and part.names == ("=",) and part.sides[0] is not None:
                bound = affine(unwrap(part.sides[0]))
                for letter in sorted(used):
                    if bound is not None and letter not in bound.names():
                        upper = "".join(
                            f"^{site.page.text(s.body)}" for s in sign.node.scripts if s.mark == "^" and s.body
                        )
                        text = rf"{sign.name}_{{{letter}=1}}{upper}"
                        named = Named("wrong summation index", f"sum over {letter}", 1.2)
                        yield rewritten(site.page, sign.chain, (sign.place, sign.place + 1), text, named)
