r"""The loss of one step where that of all steps belongs, or the other way.

\frac{\partial L_t}{\partial s_t}      \frac{\partial L}{\partial s_t}
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Ref, Sum
from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Quantity

KIND = "loss of one step for all"


def edits(site: Site) -> Iterator[Edit | None]:
    """What is differentiated: the sum over the steps for its term, its term for the sum; a sum that stands on the other
    side for a term of it, where the network has no name for the sum."""
    sums = dict(_sums(site.network))
    for quantity in site.spots.quantities:
        if quantity.inside != "of" or not quantity.plain:
            continue
        name = quantity.ref.name
        totals = [total for total, part in sums.items() if part == name]
        for total in totals:
            yield _renamed(site, quantity, total, None, 1.1)
        if name in sums:
            for time in site.times:
                yield _renamed(site, quantity, sums[name], time, 1.5)
        if not totals and quantity.ref.time is not None:
            yield from _summed(site, quantity)


def _sums(network: Network) -> Iterator[tuple[str, str]]:
    """What is the sum of one quantity over its steps, and that quantity."""
    for name, definition in network.definitions.items():
        body = definition.body
        if isinstance(body, Sum) and isinstance(body.body, Ref) and body.body.time == Affine.of(body.var):
            yield name, body.body.name


def _renamed(site: Site, quantity: Quantity, name: str, time: Affine | None, cost: float) -> Edit | None:
    new = site.spelling.quantity(name, time, ())
    return None if new is None else _written(site, quantity, new, cost)


def _summed(site: Site, quantity: Quantity) -> Iterator[Edit | None]:
    """The terms that the other side sums."""
    others = [q for q in site.other.quantities if q.ref.name == quantity.ref.name and q.ref.time is not None]
    for sign in site.other.signs:
        if sign.name != r"\sum":
            continue
        for other in others:
            if other.ref.time is not None and other.ref.time.names() <= set(sign.chain.bound):
                term = site.page.run(other.chain.items[other.start : other.end])
                yield _written(site, quantity, f"{site.page.text(sign.node)} {term}", 1.1)


def _written(site: Site, quantity: Quantity, text: str, cost: float) -> Edit | None:
    old = site.page.run(quantity.chain.items[quantity.start : quantity.end])
    named = Named(KIND, f"write {text} for {old}", cost)
    return rewritten(site.page, quantity.chain, (quantity.start, quantity.end), text, named)
