"""A transpose that is missing, or one too many."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Deriv, Prod, Sum
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.handwriting import is_transpose
from bptt_symbolic.mending.repair.page import Place
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Factor
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Fenced, Group, Scripted, Styled, Symbol

MATRIX = 2


def edits(site: Site) -> Iterator[Edit | None]:
    """Every matrix and vector with a transpose more or less."""
    for chain, factor in site.factors():
        bare = _without(site, chain, factor)
        place, text = (factor.start, factor.end), site.text(chain, factor)
        if bare is not None:
            yield rewritten(
                site.page, chain, place, bare, Named("superfluous transpose", f"remove the transpose of {bare}", 1.0)
            )
        elif factor.shape is None or factor.shape.axes:
            axes = MATRIX if factor.shape is None else len(factor.shape.axes)
            cost = (1.0 if axes == MATRIX else 1.1) + (0.3 if isinstance(factor.term, Deriv | Sum | Prod) else 0)
            named = Named("missing transpose", f"transpose {text}", cost)
            yield rewritten(site.page, chain, place, transposed(site, chain, factor), named, marks(site, chain, factor))


def transposed(site: Site, chain: Chain, factor: Factor) -> str:
    """A factor with the sign of a transpose, in brackets where it needs them."""
    nodes = chain.nodes(factor)
    return site.spelling.transposed(site.text(chain, factor), bare=len(nodes) == 1 and _takes_script(nodes[0]))


def marks(site: Site, chain: Chain, factor: Factor) -> tuple[Place, ...] | None:
    """What a transpose adds to the page: brackets where they are needed, and the sign."""
    spans = [site.page.span(n) for n in chain.nodes(factor)]
    if None in spans or not spans:
        return None
    first, last = spans[0], spans[-1]
    assert first is not None and last is not None  # noqa: S101, PT018 - seen to above
    text = site.text(chain, factor)
    if site.spelling.marks_inside(text):
        return ((Span(last.end - 1, last.end - 1), f" {site.spelling.transpose}"),)
    before, _, after = transposed(site, chain, factor).partition(text)
    start = ((Span(first.start, first.start), before),) if before else ()
    return (*start, (Span(last.end, last.end), after))


def _takes_script(node: object) -> bool:
    match node:
        case Scripted(scripts=scripts):
            return all(s.mark == "_" for s in scripts)
        case Symbol() | Styled() | Fenced() | Group():
            return True
        case _:
            return False


def _without(site: Site, chain: Chain, factor: Factor) -> str | None:
    """A factor without its transpose; None where it has none."""
    last = chain.nodes(factor)[-1]
    if not isinstance(last, Scripted):
        return None
    signs = [n for n, s in enumerate(last.scripts) if s.mark == "^" and s.body is not None and is_transpose(s.body)]
    if not signs:
        return None
    kept = [s for n, s in enumerate(last.scripts) if n != signs[-1]]
    text = site.page.text(last.base) + "".join(site.page.script(s) for s in kept)
    return " ".join([*(site.page.text(n) for n in chain.nodes(factor)[:-1]), text])
