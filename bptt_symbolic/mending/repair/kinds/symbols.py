"""A symbol in the place of another of the same shape: the label for the prediction, one matrix for another."""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Entry, Ref, walk
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain, Quantity
from bptt_symbolic.reading.syntax import Scripted


def edits(site: Site) -> Iterator[Edit | None]:
    """Every quantity replaced by every other one that could stand in its place."""
    shapes = site.network.shapes
    for quantity in site.spots.quantities:
        name, shape = quantity.ref.name, shapes.get(quantity.ref.name)
        if shape is None:
            yield from _known(site, quantity)
            continue
        for other in shapes:
            if other == name or (other in site.network.temporal) != (quantity.ref.time is not None):
                continue
            if shapes[other] == shape:
                cost = 1.3
            elif quantity.inside or len(shapes[other].axes) == len(shape.axes):
                cost = 1.5
            else:
                continue
            yield _renamed(site, quantity, other, _named(site.network, name, other, cost))
    for chain, place in site.spots.strangers:
        yield from _instead(site, chain, (place, place + 1), None)
        yield from _nearby(site, chain, (place, place + 1))
    for quantity in site.spots.quantities:
        if quantity.ref.time is None and quantity.plain:
            yield from _nearby(site, quantity.chain, (quantity.start, quantity.end))


def _nearby(site: Site, chain: Chain, place: tuple[int, int]) -> Iterator[Edit | None]:
    """A name that stands in a formula nearby."""
    text = site.page.run(chain.items[place[0] : place[1]])
    for new in site.names:
        if new != text:
            yield rewritten(site.page, chain, place, new, Named("wrong symbol", f"write {new} for {text}", 1.5))


def _known(site: Site, quantity: Quantity) -> Iterator[Edit | None]:
    """A symbol that the network does not have, as each that it has."""
    if quantity.plain:
        yield from _instead(site, quantity.chain, (quantity.start, quantity.end), quantity.ref.time)


def _instead(site: Site, chain: Chain, place: tuple[int, int], at: Affine | None) -> Iterator[Edit | None]:
    """Each quantity of the network in a place, at the step that stands there and at others."""
    text = site.page.run(chain.items[place[0] : place[1]])
    for other in site.network.shapes:
        for time in site.times if other in site.network.temporal else (None,):
            for indices in ((), *((i,) for i in site.indices)):
                new = site.spelling.quantity(other, time, indices)
                if new is not None:
                    cost = 1.4 if at in {None, time} else 1.6
                    yield rewritten(
                        site.page, chain, place, new, Named("wrong symbol", f"write {new} for {text}", cost)
                    )


def _named(network: Network, name: str, other: str, cost: float) -> Named:
    if _compared(network, name, other):
        return Named("label for prediction", "", cost - 0.1)
    parameters = network.role.get(name) == network.role.get(other) == "parameter"
    return Named("wrong parameter" if parameters else "wrong symbol", "", cost)


def _compared(network: Network, name: str, other: str) -> bool:
    """Whether a loss compares the two: one is the label, the other the prediction."""
    if not {name, other} & network.targets:
        return False
    return any(
        {name, other} <= {x.name for x in walk(d.body) if isinstance(x, Ref)} for d in network.definitions.values()
    )


def _renamed(site: Site, quantity: Quantity, other: str, named: Named) -> Edit | None:
    indices = quantity.term.indices if isinstance(quantity.term, Entry) else ()
    kept: list[Affine] = [i for i in indices if i is not None]
    if len(kept) != len(indices):
        return None
    old = site.spelling.quantity(quantity.ref.name, quantity.ref.time, kept)
    new = site.spelling.quantity(other, quantity.ref.time, kept)
    text = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    if new is None:
        return None
    if old is not None and old in text:
        changed = text.replace(old, new)  # what it carries besides, a transpose or a power, stays
    elif quantity.plain:
        changed = new
    else:
        return _other_base(site, quantity, other, named)
    place = (quantity.start, quantity.end)
    return rewritten(
        site.page, quantity.chain, place, changed, Named(named.kind, f"write {new} for {old or text}", named.cost)
    )


def _other_base(site: Site, quantity: Quantity, other: str, named: Named) -> Edit | None:
    r"""Another letter under the same scripts: `h^{(t)\top}` for `a^{(t)\top}`."""
    node = quantity.chain.items[quantity.start]
    slots = site.spelling.builder.notation.slots
    if not isinstance(node, Scripted) or slots.get(quantity.ref.name) != slots.get(other):
        return None
    own, base = site.page.span(node.base), site.spelling.base(other)
    rest = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    old = site.page.text(node.base)
    if own is None or base is None or not rest.startswith(old):
        return None
    place = (quantity.start, quantity.end)
    words = f"write {base} for {old}"
    return rewritten(
        site.page, quantity.chain, place, base + rest[len(old) :], Named(named.kind, words, named.cost), ((own, base),)
    )
