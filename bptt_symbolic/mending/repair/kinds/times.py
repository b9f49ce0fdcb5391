"""A quantity at the wrong step."""

from collections.abc import Iterator, Sequence

from bptt_symbolic.meaning.terms import Affine, Entry, Ref
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Quantity
from bptt_symbolic.reading.syntax import Node, Token
from bptt_symbolic.understanding import slot_node
from bptt_symbolic.understanding.occurrences import bracket_in, occurrence

KIND = "off by one in time"


def edits(site: Site) -> Iterator[Edit | None]:
    """Every quantity a step earlier, a step later, and at the other steps that the side speaks about."""
    for quantity in site.spots.quantities:
        time = quantity.ref.time
        if time is None:
            continue
        for other in (time - 1, time + 1):
            yield at_time(site, quantity, other, KIND, 1.0)
        for other in dict.fromkeys((*site.times, time - 2, time + 2)):
            if other not in {time, time - 1, time + 1}:
                yield at_time(site, quantity, other, "wrong step", 1.3)


def at_time(site: Site, quantity: Quantity, time: Affine, kind: str, cost: float) -> Edit | None:
    """The same quantity at another step: what stands in the place of its step is written anew."""
    nodes = quantity.chain.items[quantity.start : quantity.end]
    old, new = site.spelling.integer(quantity.ref.time or time), site.spelling.integer(time)
    node = _step(site, nodes)
    whole = [site.page.span(n) for n in nodes]
    span = None if node is None else site.page.span(node)
    if span is None or None in whole:
        return _respelled(site, quantity, time, Named(kind, f"write the step {new} for {old}", cost))
    first = whole[0]
    assert first is not None  # noqa: S101 - seen to above
    text = site.page.run(nodes)
    span, new = site.spelling.script(span, new)
    changed = text[: span.start - first.start] + new + text[span.end - first.start :]
    named = Named(kind, f"write {changed} for {text}", cost)
    return rewritten(site.page, quantity.chain, (quantity.start, quantity.end), changed, named, ((span, new),))


def _step(site: Site, nodes: Sequence[Node | Token]) -> Node | None:
    """The node that says at which step a quantity is."""
    first = nodes[0]
    found = None if isinstance(first, Token) else occurrence(first)
    slot = None if found is None else site.spelling.builder.notation.slots.get(found.name)
    if found is None or slot is None:
        return None
    return slot_node(found, bracket_in(nodes[1]) if len(nodes) > 1 else None, slot)[0]


def _respelled(site: Site, quantity: Quantity, time: Affine, named: Named) -> Edit | None:
    """A quantity out of a macro, as the note writes it elsewhere."""
    indices = quantity.term.indices if isinstance(quantity.term, Entry) else ()
    kept = [i for i in indices if i is not None]
    written = site.spelling.quantity(quantity.ref.name, time, kept) if len(kept) == len(indices) else None
    if written is None or not isinstance(quantity.term, Ref | Entry):
        return None
    return rewritten(site.page, quantity.chain, (quantity.start, quantity.end), written, named)
