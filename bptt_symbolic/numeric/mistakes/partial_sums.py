"""Backward passes with sums that leave something out: steps, shares, multiples."""

from collections.abc import Callable, Iterator
from typing import Any

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.graph import Contract, Delay, Given, Linear, Node
from bptt_symbolic.numeric.mistakes.alteration import Edit, argument, leads_on, nothing, on_the_way, places, scaled
from bptt_symbolic.numeric.tape import Change, Edge, Pass

Array = Any
Keep = Callable[[int, int, int], bool]
"""Step, the first, the last -> whether it has its share."""
_BOUNDS: tuple[tuple[str, str, Keep], ...] = (
    ("off by one in a bound", "the sum over steps leaves out the first step", lambda s, first, last: s != first),
    ("off by one in a bound", "the sum over steps leaves out the last step", lambda s, first, last: s != last),
    ("missing sum over time", "only the last step is there", lambda s, first, last: s == last),
    (
        "overwritten instead of added",
        "only the first step is there, the last that is computed",
        lambda s, first, last: s == first,
    ),
)
_SOME_STEPS: tuple[tuple[str, str, Keep], ...] = (
    ("missing path", "is there at the last step only", lambda s, first, last: s == last),
    ("off by one in a bound", "is missing at the first step", lambda s, first, last: s != first),
    ("off by one in a bound", "is missing at the last step", lambda s, first, last: s != last),
)


def missing(described: Described, edge: Edge) -> Edit:
    """A path that is left out."""
    node, _ = edge
    if isinstance(node.op, Delay):
        what = f"the path through {plain(node.op.variable)} from step to step is missing"
        later = "what later steps contribute is missing"
        alone = len({n.op.variable for n in described.nodes if isinstance(n.op, Delay)}) == 1
        message = later if alone else f"{what}: {later}"
        return Edit("paths through earlier states", message, {edge: nothing}, plain(node.op.variable))
    several = len(described.readers.get(argument(described, edge), [])) > 1
    tail = " (left out, or overwritten where it should be added)" if several else ""
    return Edit(
        "missing path",
        f"the path {on_the_way(described, edge)} is missing{tail}",
        {edge: nothing},
        described.owner(node),
    )


def kept_alone(described: Described) -> Iterator[Edit]:
    """One share of several: the others are overwritten."""
    for node in described.nodes:
        edges = described.readers.get(node, [])
        if len(edges) < 3 or (isinstance(node.op, Given) and node.space.time):  # noqa: PLR2004 - of two, one is missing
            continue
        for kept in edges:
            message = (
                f"in what goes back to {described.called(node)}, only the share of {described.owner(kept[0])} is left: "
                "overwritten where it should be added"
            )
            changes: dict[Edge, Change] = {edge: nothing for edge in edges if edge != kept}
            yield Edit("overwritten instead of added", message, changes, described.called(node))


def of_steps(described: Described) -> Iterator[Edit]:
    """Sums over steps that leave some out, for all parameters, those of one quantity, or one."""
    parameters = described.parameters()
    groups: list[tuple[str, list[Node]]] = [("", parameters)]
    for group in _of_owners(described):
        names = ", ".join(map(described.called, group))
        groups.append((f" in the gradient{'s' * (len(group) > 1)} by {names}", group))
    groups += [(f" in the gradient by {described.called(one)}", [one]) for one in parameters]
    for where, some in groups:
        edges = [edge for one in some for edge in described.uses(one)]
        names = ", ".join(map(described.called, some))
        for kind, message, keep in _BOUNDS:
            if edges:
                yield Edit(kind, message + where, {edge: _at_steps(edge, keep) for edge in edges}, names)
    for node in described.nodes:
        yield from _at_some_steps(described, node)
        if isinstance(node.op, Delay):
            name = plain(node.op.variable)
            message = f"what comes back through {name} is that of one later step only"
            yield Edit("paths through earlier states", message, {(node, 0): _one_back(described)}, name)


def _at_some_steps(described: Described, node: Node) -> Iterator[Edit]:
    """A share that is there at some steps only."""
    for place in places(node) if node.space.time else ():
        edge = node, place
        if leads_on(described, node, place) and argument(described, edge).space.time:
            for kind, message, keep in _SOME_STEPS:
                said = f"what goes back {on_the_way(described, edge)} {message}"
                yield Edit(kind, said, {edge: _at_steps(edge, keep)}, described.owner(node))


def _of_owners(described: Described) -> Iterator[list[Node]]:
    """The parameters of each quantity."""
    found: dict[str, list[Node]] = {}
    for one in described.parameters():
        for node, _ in described.readers.get(one, []):
            found.setdefault(described.owner(node), []).append(one)
    yield from (list(dict.fromkeys(group)) for group in found.values() if len(set(group)) > 1)


def _at_steps(edge: Edge, keep: Keep) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array | None:
        step = run.tape.lines[number].time or 0
        return run.share(number, edge[1], adjoint) if keep(step, run.tape.program.start, run.tape.last) else None

    return change


def _one_back(described: Described) -> Change:
    """The share without what the later step had from steps after it."""
    delays = [n for n in described.nodes if isinstance(n.op, Delay)]

    def change(run: Pass, number: int, adjoint: Array) -> Array | None:
        del adjoint
        at = run.tape.lines[number].time or 0
        changes = {(d, 0): _at_steps((d, 0), lambda step, first, last: step <= at) for d in delays}
        found = Pass(run.tape, run.values, changes).adjoints.get(number)
        return None if found is None else run.share(number, 0, found)

    return change


def numbers(described: Described) -> Iterator[Edit]:
    """Shares that are a multiple of what is right."""
    for node in described.nodes:
        for place in places(node):
            edge = node, place
            if not leads_on(described, node, place):
                continue
            for factor in (2.0, 0.5):
                message = f"what goes back {on_the_way(described, edge)} is {factor:g} times what is right"
                yield Edit("wrong number", message, {edge: scaled(edge, factor)}, described.owner(node))
            if isinstance(node.op, Linear | Contract) and isinstance(argument(described, edge).op, Given):
                by = described.called(argument(described, edge))
                message = f"the error of {described.owner(node)} in the gradient by {by} is that of the next step"
                yield Edit("off by one in time", message, {edge: _next_error(edge)}, described.owner(node))


def _next_error(edge: Edge) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array | None:
        line = run.tape.lines[number]
        if line.node is None or line.time is None:
            return run.share(number, edge[1], adjoint)
        there = run.tape.index.get((line.node, line.time + 1))
        later = None if there is None else run.adjoints.get(there)
        return None if later is None else run.share(number, edge[1], later)

    return change
