"""A quantity at the wrong step."""

from collections.abc import Iterator

from bptt_symbolic.repair.edit import Edit, Named, rewritten
from bptt_symbolic.repair.site import Site
from bptt_symbolic.repair.spots import Quantity
from bptt_symbolic.terms import Affine, Entry

KIND = "off by one in time"


def edits(site: Site) -> Iterator[Edit | None]:
    """Every quantity a step earlier, a step later, and at the other steps that the side speaks about."""
    for quantity in site.spots.quantities:
        time = quantity.ref.time
        if time is None:
            continue
        for other in (time - 1, time + 1):
            yield at_time(site, quantity, other, KIND, 1.0)
        for other in site.times:
            if other not in {time, time - 1, time + 1}:
                yield at_time(site, quantity, other, "wrong step", 1.3)


def at_time(site: Site, quantity: Quantity, time: Affine, kind: str, cost: float) -> Edit | None:
    """The same quantity at another step."""
    indices = quantity.term.indices if isinstance(quantity.term, Entry) else ()
    if any(i is None for i in indices):
        return None
    written = site.spelling.quantity(quantity.ref.name, time, [i for i in indices if i is not None])
    old = site.spelling.quantity(quantity.ref.name, quantity.ref.time, [i for i in indices if i is not None])
    if written is None or old is None:
        return None
    text = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    # what the quantity carries besides, a transpose or a power, stays
    new = text.replace(old, written) if old in text else None
    if new is None:
        return None
    return rewritten(
        site.page, quantity.chain, (quantity.start, quantity.end), new, Named(kind, f"write {written} for {old}", cost)
    )
