r"""A weight with a step below a derivative, `\frac{\partial L}{\partial W^{(k)}}`, is its copy at that step.

Where the weight stands without a step in the formulas of the network, each step uses a copy of it, and the derivative
is by the copy that one step uses.
"""

from collections.abc import Iterator

from bptt_symbolic.reading.syntax import Fraction, Node, Relation, Scripted, Symbol
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import Slot, Spot, bound_in, given, names_of, nodes, slot_node
from bptt_symbolic.understanding.differentials import derivative_parts
from bptt_symbolic.understanding.notation import LAST_LETTERS
from bptt_symbolic.understanding.occurrences import BIG, Use, listed, uses
from bptt_symbolic.understanding.roles import Evidence, Subject

_PLACES: tuple[Slot, ...] = ("bracket", "sub0")
_WEIGHT = 2


def _copies(view: View) -> Iterator[Evidence]:
    for slot in _PLACES:
        weights = _weights(slot, view)
        for spot in (spot for tree in view.corpus.trees for spot in _derived_by(tree)):
            if spot.name in weights and _has_step(spot, slot, view):
                yield Evidence(Subject("place of the step", spot.name), slot, _WEIGHT, spot.span)


def _weights(slot: Slot, view: View) -> frozenset[str]:
    """What stands with nothing in a place in a formula that gives a quantity of a step, and is given by none."""
    formulas = [
        (head, item) for tree in view.corpus.trees for item in listed(tree) if (head := _head(item)) is not None
    ]
    plain = {
        use.occurrence.name
        for head, item in formulas
        if any(view.main in value.names() for _, value in Spot(head, None).candidates()) and isinstance(item, Relation)
        for side in item.sides[1:]
        for use in uses(side)
        if slot_node(use.occurrence, use.bracket, slot)[0] is None
    }
    return frozenset(plain) - {head.occurrence.name for head, _ in formulas}


def _head(item: Node) -> Use | None:
    return given(item.sides[0]) if isinstance(item, Relation) and item.names[0] in {"=", ":="} else None


def _derived_by(tree: Node) -> Iterator[Spot]:
    """What something is differentiated by."""
    for node in nodes(tree):
        below: Node | None = None
        if isinstance(node, Fraction) and (parts := derivative_parts(node)) is not None:
            below = parts[1]
        if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in {r"\nabla", r"\partial"}:
            below = next((s.body for s in node.scripts if s.mark == "_"), None)
        yield from (Spot(use, use.occurrence.span) for use in list(uses(below))[:1])


def _has_step(spot: Spot, slot: Slot, view: View) -> bool:
    """Whether a letter stands in a place in which another quantity carries it and the running step; below, where
    nothing else stands, which might be a label as in `W_o`.
    """
    letters = {n for place, value in spot.candidates() if place == slot and not value.const for n in value.names()}
    if slot == "sub0":
        others = (s.use.occurrence.subs[0] for s in view.corpus.spots if s.name == spot.name and s.use.occurrence.subs)
        letters = {n for node in others for n in names_of(node) or {""}}
    counted = {n for tree in view.corpus.trees for n in _over_steps(tree, view)}
    carried = counted | {
        n
        for (name, place), values in view.corpus.values.items()
        if place == slot and name != spot.name and any(view.main in v.names() for v in values)
        for v in values
        for n in v.names()
    }
    quantities = {name for name, place in view.corpus.values if place == slot}
    return bool(letters) and letters <= carried - quantities


def _over_steps(tree: Node, view: View) -> Iterator[str]:
    """The letters of sums up to the running step or the last one."""
    for node in nodes(tree):
        if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in BIG:
            upper = next((s.body for s in node.scripts if s.mark == "^"), None)
            if names_of(upper) & {view.main, *LAST_LETTERS}:
                yield from bound_in(node)


ROWS = (
    Convention(
        "place/copy",
        "place of the step",
        "a weight that stands with a step below a derivative is its copy at that step",
        _copies,
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial L}{\partial W} = \sum_k \frac{\partial L}{\partial h_k}"
        r"\frac{\partial h_k}{\partial W_k}$$",
        r"$$h_t = \tanh(W_k h_{t-1} + W_i x_t)$$ $$\frac{\partial h_i}{\partial h_k} \frac{\partial L}{\partial W_k}$$",
    ),
)
