"""A wrong index: another letter, two letters exchanged, the wrong part of a stacked axis."""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import Affine, Entry
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Quantity

PAIR = 2


def edits(site: Site) -> Iterator[Edit | None]:
    """Every index of every entry as another letter, moved by the size of a part, or by one."""
    letters = _letters(site)
    for quantity in site.spots.quantities:
        if not isinstance(quantity.term, Entry) or None in quantity.term.indices:
            continue
        old = [i for i in quantity.term.indices if i is not None]
        if len(old) == PAIR and old[0] != old[1]:
            yield _indexed(site, quantity, old[::-1], Named("wrong index", "exchange the indices of", 1.1))
        for place, index in enumerate(old):
            for other, kind, cost in _others(site, quantity, place, index, letters):
                yield _indexed(site, quantity, [*old[:place], other, *old[place + 1 :]], Named(kind, "", cost))
        yield _bare(site, quantity)


def _letters(site: Site) -> list[str]:
    found = {
        n
        for q in site.spots.quantities
        if isinstance(q.term, Entry)
        for i in q.term.indices
        if i is not None
        for n in i.names()
    }
    return sorted(found - set(site.network.sizes))


def _others(
    site: Site, quantity: Quantity, place: int, index: Affine, letters: list[str]
) -> Iterator[tuple[Affine, str, float]]:
    shape = site.network.shapes.get(quantity.ref.name)
    axes = () if shape is None else shape.axes
    if place < len(axes) and len(axes[place].parts) > 1:
        for name, _ in axes[place].parts:
            yield index + Affine.of(name), "wrong index range", 1.2
    for name in site.network.sizes:
        if name in index.names():
            yield index - Affine.of(name), "wrong index range", 1.2
        elif place < len(axes) and len(axes[place].parts) == 1 and _stacked(site, name):
            yield index - Affine.of(name), "wrong index range", 1.3
    for letter in letters:
        if Affine.of(letter) != index:
            yield Affine.of(letter), "wrong index", 1.3


def _stacked(site: Site, size: str) -> bool:
    """Whether a size is one part of a longer axis."""
    axes = [a for shape in site.network.shapes.values() for a in shape.axes]
    return any(len(a.parts) > 1 and size in a.names() for a in axes)


def _indexed(site: Site, quantity: Quantity, indices: list[Affine], named: Named) -> Edit | None:
    assert isinstance(quantity.term, Entry)  # noqa: S101 - the caller has seen to it
    kept = [i for i in quantity.term.indices if i is not None]
    old = site.spelling.quantity(quantity.ref.name, quantity.ref.time, kept)
    new = site.spelling.quantity(quantity.ref.name, quantity.ref.time, indices)
    text = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    if new is None:
        return None
    changed = text.replace(old, new) if old is not None and old in text else new
    words = f"{named.words} {text}" if named.words else f"write {new} for {text}"
    return rewritten(
        site.page, quantity.chain, (quantity.start, quantity.end), changed, Named(named.kind, words, named.cost)
    )


def _bare(site: Site, quantity: Quantity) -> Edit | None:
    """The quantity without an index: a scalar has none."""
    shape = site.network.shapes.get(quantity.ref.name)
    if shape is None or shape.axes:
        return None
    new = site.spelling.quantity(quantity.ref.name, quantity.ref.time)
    if new is None:
        return None
    text = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    place = (quantity.start, quantity.end)
    return rewritten(site.page, quantity.chain, place, new, Named("wrong index", f"write {new} for {text}", 1.0))
