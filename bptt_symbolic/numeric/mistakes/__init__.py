"""Network -> backward passes with one thing wrong: what a gradient that is wrong is compared with.

An edit changes the share that goes over an edge of the graph: it is left out, turned, doubled, taken at one step only,
made with another slope, or with another factor. No cell is known here; gates, states and weights are nodes like others.
The likeliest come first, because several edits may give the same numbers.
"""

from collections.abc import Iterator, Sequence

from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.graph import Contract, Map, Normalised
from bptt_symbolic.numeric.mistakes.alteration import Edit, leads_on, on_the_way, places, scaled
from bptt_symbolic.numeric.mistakes.other_factors import factors, outputs
from bptt_symbolic.numeric.mistakes.other_slopes import jumps, slopes
from bptt_symbolic.numeric.mistakes.partial_sums import kept_alone, missing, numbers, of_steps

__all__ = ["Edit", "edits"]


def edits(described: Described) -> Iterator[Edit]:
    """All edits, the likeliest first."""
    found = list(_single(described))
    yield from _everywhere(found)
    yield from found
    yield from kept_alone(described)
    yield from of_steps(described)
    yield from numbers(described)


def _single(described: Described) -> Iterator[Edit]:
    """One edge each, at every step."""
    edges = [(node, place) for node in described.nodes for place in places(node) if leads_on(described, node, place)]
    for edge in edges:
        if isinstance(edge[0].op, Map):
            yield from slopes(described, edge)
        if isinstance(edge[0].op, Contract):
            yield from factors(described, edge)
        if isinstance(edge[0].op, Normalised):
            yield from outputs(described, edge)
    for edge in edges:
        yield from jumps(described, edge)
    for edge in edges:
        yield missing(described, edge)
    for edge in edges:
        message = f"what goes back has the wrong sign {on_the_way(described, edge)}"
        yield Edit("sign", message, {edge: scaled(edge, -1)}, described.owner(edge[0]))


def _everywhere(found: Sequence[Edit]) -> Iterator[Edit]:
    """The same mistake at all its places: every gate, every matrix, every factor of the step before."""
    groups: dict[tuple[str, str], list[Edit]] = {}
    for edit in found:
        groups.setdefault(_alike(edit), []).append(edit)
    for edit in found:
        if edit.kind == "missing transpose":
            groups.setdefault((edit.kind, "{} are not transposed on the way back"), []).append(edit)
    for (kind, what), members in groups.items():
        places = {place for edit in members for place in edit.changes}
        if what and len(members) > 1 and len(places) == len(members):
            changes = {edge: change for edit in members for edge, change in edit.changes.items()}
            owners = ", ".join(dict.fromkeys(edit.place for edit in members))
            names = ", ".join(dict.fromkeys(edit.message.split(" ", 1)[0] for edit in members))
            yield Edit(kind, what.format(names), changes, owners)


def _alike(edit: Edit) -> tuple[str, str]:
    """What edits have in common that are made together; empty where none are."""
    if edit.kind in {"dropped activation derivative", "off by one in time", "missing transpose"}:
        if edit.kind == "missing transpose":
            named = edit.message.split(" ", 1)[0]
            return edit.kind, f"{named} is not transposed on the way back"
        return edit.kind, edit.message
    if " in " in edit.message and edit.kind in {"slope at the wrong argument", "slope of a slope", "wrong symbol"}:
        return edit.kind, edit.message.replace(f" in {edit.place}", "")
    if edit.kind == "function for its derivative":
        return edit.kind, edit.message.replace(f" in {edit.place}", "")
    return edit.kind, ""
