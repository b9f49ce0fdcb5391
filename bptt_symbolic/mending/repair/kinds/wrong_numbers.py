"""A wrong number: a square that is missing, a factor of two."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine, Power, Transpose
from bptt_symbolic.mending.repair.edit import Edit, Named, in_brackets, in_node, rewritten
from bptt_symbolic.mending.repair.handwriting import is_transpose
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Factor
from bptt_symbolic.reading.syntax import Fenced, Group, Scripted, Styled, Sum, Symbol
from bptt_symbolic.understanding.occurrences import affine, occurrence


def edits(site: Site) -> Iterator[Edit | None]:
    """Numbers one more and one less, powers likewise, squares put and removed, the whole doubled and halved."""
    for chain, place in site.spots.numbers:
        text = site.page.text(chain.items[place])
        if text.isdigit():
            for other in (int(text) + 1, int(text) - 1):
                named = Named("wrong number", f"write {other} for {text}", 1.2)
                yield rewritten(site.page, chain, (place, place + 1), str(other), named)
    for node in site.spots.scripts:
        yield from _powers(site, node)
    for chain, factor in site.factors():
        yield _squared(site, chain, factor)
    text = site.page.text(site.side)
    text = in_brackets(text) if isinstance(site.side, Sum) else text
    for number, words in ((r"\frac{1}{2}", "halve the whole side"), ("2", "double the whole side")):
        yield in_node(site.page, site.side, f"{number} {text}", Named("wrong number", words, 1.5))


def _powers(site: Site, node: Scripted) -> Iterator[Edit | None]:
    base, name = site.page.text(node.base), occurrence(node)
    layers = name is not None and name.name in site.spelling.builder.notation.numbered
    for place, script in enumerate(node.scripts):
        value = None if script.body is None else affine(script.body)
        if script.mark != "^" or value is None or script.body is None or is_transpose(script.body):
            continue
        before = "".join(map(site.page.script, node.scripts[:place]))
        after = "".join(map(site.page.script, node.scripts[place + 1 :]))
        for other in (value - 1, value + 1):
            power = "" if other == Affine(1) and not layers else f"^{{{site.spelling.integer(other)}}}"
            kind, what = ("wrong symbol", "layer") if layers else ("wrong power", "power")
            words = f"write the {what} {other} for {value}"
            rest = before + power + after
            carried = base if rest else _without_brackets(site, node)
            yield in_node(site.page, node, carried + rest, Named(kind, words, 1.1))


def _without_brackets(site: Site, node: Scripted) -> str:
    """What carries a script that goes: its brackets go as well, where they stand around a single symbol."""
    inner = node.base.body if isinstance(node.base, Fenced | Group) else None
    single = isinstance(inner, Symbol | Styled | Scripted)
    return site.page.text(inner if single and inner is not None else node.base)


def _squared(site: Site, chain: Chain, factor: Factor) -> Edit | None:
    """A square that is missing: `1 - s` for `1 - s^2`."""
    if len(chain.factors) != 1 or isinstance(factor.term, Power | Transpose):
        return None
    text = site.text(chain, factor)
    named = Named("wrong power", f"square {text}", 1.2)
    return rewritten(site.page, chain, (factor.start, factor.end), site.spelling.squared(text), named)
