"""Network -> picture: which quantity is computed from which over a few steps, and the way of a gradient back.

A gradient `dL/dW` is a sum over the ways from the loss back to a use of `W`. Every edge on such a way carries a part of
it (the *flow*). One way is chosen to be shown: it begins at the loss of a late step and ends at an early use, as far
back in time as there is one, and takes no detours; the product of the Jacobians on it is one term of the sum.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import LAST, Family, Prod, Ref, Sum, Term, Unbound, children, walk
from bptt_symbolic.reporting.report import Edge, Node, Picture

MOST = 60
"""Definitions that a picture has room for."""
_READS = 10_000
"""Places of one definition that are looked at: sums in sums have many."""
Key = tuple[str, int | None]
"""A quantity at a step."""


@dataclass(slots=True)
class _Graph:
    """The picture while it is made."""

    network: Network
    steps: int
    nodes: dict[Key, Node] = field(default_factory=dict)
    edges: dict[tuple[Key, Key], None] = field(default_factory=dict)
    readers: dict[str, list[Key]] = field(default_factory=dict)
    """Parameter -> the nodes whose definitions read it."""


def picture(network: Network, steps: int = 3, by: str | None = None) -> Picture:
    """The network unrolled for `steps` steps, with the way of the gradient by a parameter or a quantity `by`.

    Raises `KeyError` if the network has no quantity `by`, `ValueError` if there is no step or too much to draw.
    """
    if steps < 1 or len(network.definitions) > MOST:
        raise ValueError(steps)
    by = None if by is None else _meant(network, by)
    graph = _Graph(network, steps)
    for name, time in _computed(network, steps):
        _add(graph, name, time)
    order = list(graph.nodes)
    place = {key: i for i, key in enumerate(order)}
    edges = tuple((place[start], place[end]) for start, end in graph.edges)
    nodes = tuple(graph.nodes.values())
    if by is None:
        return Picture(nodes, edges)
    uses = [place[key] for key in graph.readers.get(by, ()) if key in place]
    uses = uses or [place[key] for key in order if key[0] == by and key[1] is not None]
    losses = _losses(nodes, edges)
    flow = _between(edges, uses, losses)
    return Picture(nodes, edges, as_written(by), flow, _longest(nodes, edges, uses, losses))


def wanted(network: Network) -> str | None:
    """The parameter whose gradient is most worth a picture: of those that a recurrence reads, one that maps a state to
    a state if there is one. None if the network has no parameter.
    """
    parameters = [name for name, role in network.role.items() if role == "parameter"]
    for definition in network.definitions.values():
        read = dict.fromkeys(islice(_reads(definition.body, {definition.var or "": 2, LAST: 3}), _READS))
        if any(time is not None and time < 2 for _, time in read):  # noqa: PLR2004 - the step before the second
            found = [name for name in parameters if (name, None) in read]
            if found:
                return min(found, key=lambda name: not _is_square(network, name))
    return parameters[0] if parameters else None


def _is_square(network: Network, name: str) -> bool:
    shape = network.shapes[name]
    return bool(shape.down) and shape.up == shape.down


def _meant(network: Network, name: str) -> str:
    """The name as the network has it: `W_h` may be called `W_{h}` there."""
    if name in network.shapes:
        return name
    found = [known for known in network.shapes if _bare(known) == _bare(name)]
    if len(found) != 1:
        raise KeyError(name)
    return found[0]


def _bare(name: str) -> str:
    return "".join(letter for letter in name if letter not in "{}\\ ")


def _computed(network: Network, steps: int) -> Iterator[Key]:
    """What is computed, step by step, then what has no step; derivatives that the note names are left out."""
    forward = [n for n in network.definitions if n not in network.adjoints and n not in network.backward]
    for time in range(network.first, steps + network.first):
        yield from ((name, time) for name in forward if name in network.temporal)
    yield from ((name, None) for name in forward if name not in network.temporal)


def _add(graph: _Graph, name: str, time: int | None) -> None:
    """A node, after everything that it is computed from."""
    key = (name, time)
    network = graph.network
    if key in graph.nodes:
        return
    rule = network.rule(name, time, _last(graph))
    if rule is None:
        graph.nodes[key] = Node(
            as_written(name), time, "initial" if name in network.definitions else network.role.get(name, "")
        )
        return
    read = list(dict.fromkeys(islice(_reads(rule.body_at(None), _env(rule, time, graph)), _READS)))
    inputs = [(n, t) for n, t in read if _is_near(graph, t) or (t is None and n in network.definitions)]
    if time is None and not any(t is not None for _, t in inputs):
        return  # computed from parameters alone: no part of the recurrence
    graph.nodes[key] = Node("", time, "")  # stands here, so that a definition by itself ends
    for found in inputs:
        _add(graph, *found)
    del graph.nodes[key]
    parameters = [n for n, t in read if t is None and n in network.shapes and (n, t) not in graph.nodes]
    graph.nodes[key] = Node(as_written(name), time, network.role.get(name, ""), tuple(map(as_written, parameters)))
    for parameter in _beneath(network, parameters):
        graph.readers.setdefault(parameter, []).append(key)
    graph.edges |= {(found, key): None for found in inputs if found in graph.nodes and found != key}


def _beneath(network: Network, names: Iterable[str]) -> dict[str, None]:
    """Parameters, and what those of them that are computed are computed from."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            rule = network.definitions.get(name)
            waiting += [] if rule is None else [n for n, t in islice(_reads(rule.body, {}), _READS) if t is None]
    return found


def _is_near(graph: _Graph, time: int | None) -> bool:
    """Whether a time is on the picture: no further than one step beyond the last, whatever a note adds up."""
    return time is not None and time <= _last(graph) + 1


def _last(graph: _Graph) -> int:
    return graph.network.start + graph.steps - 1


def _env(rule: Definition, time: int | None, graph: _Graph) -> dict[str, int]:
    env = {LAST: _last(graph)}
    return env if rule.var is None or time is None else env | {rule.var: time}


def _reads(term: Term, env: Mapping[str, int]) -> Iterator[Key]:
    """What a term reads; a sum over steps reads each of them, one over entries is looked at once. A time that nothing
    binds gives a name that no quantity has.
    """
    if isinstance(term, Ref):
        try:
            yield term.name, None if term.time is None else term.time.at(env)
        except Unbound:
            yield "", None
    if isinstance(term, Sum | Prod | Family):
        if not any(isinstance(part, Ref) for part in walk(term.body)):
            return
        for value in _range(term, env):
            yield from _reads(term.body, {**env, term.var: value})
        return
    for child in children(term):
        yield from _reads(child, env)


def _range(term: Sum | Prod | Family, env: Mapping[str, int]) -> Iterable[int]:
    try:
        low, high = term.low.at(env), term.high.at(env)
        return range(max(low, -MOST), min(high, MOST) + 1)
    except Unbound:
        return (1,)


def _losses(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> list[int]:
    """The total loss; without one, the losses of the steps; without any, what nothing else is computed from."""
    found = [i for i, node in enumerate(nodes) if node.role == "loss"]
    total = [i for i in found if nodes[i].step is None]
    read = {start for start, _ in edges}
    return total or found or [i for i in range(len(nodes)) if i not in read]


def _between(edges: tuple[Edge, ...], uses: Iterable[int], losses: Iterable[int]) -> frozenset[Edge]:
    """The edges on any way from a use to a loss."""
    after = _reached(edges, uses)
    before = _reached(tuple((end, start) for start, end in edges), losses)
    return frozenset(edge for edge in edges if edge[0] in after and edge[1] in before)


def _reached(edges: tuple[Edge, ...], starts: Iterable[int]) -> set[int]:
    ends = _ends(edges)
    found = set(starts)
    waiting = list(found)
    while waiting:
        new = [end for end in ends.get(waiting.pop(), ()) if end not in found]
        found.update(new)
        waiting += new
    return found


def _ends(edges: Iterable[Edge]) -> dict[int, list[int]]:
    """Where the arrows of each node lead."""
    found: dict[int, list[int]] = {}
    for start, end in edges:
        found.setdefault(start, []).append(end)
    return found


def _longest(nodes: tuple[Node, ...], edges: tuple[Edge, ...], uses: list[int], losses: list[int]) -> tuple[int, ...]:
    """The shortest way between the use and the loss that are furthest apart in time, from the loss back."""
    late = [start for start, end in edges if end in losses and nodes[end].step is None] or losses
    best: tuple[int, ...] = ()
    score = (-1, -1)
    for use in uses:
        ways = _ways(edges, use)
        for loss in late:
            if loss not in ways:
                continue
            last = nodes[loss].step or 0
            found = (last - (nodes[use].step or 0), last)
            if found > score:
                score, best = found, ways[loss]
    totals = [end for start, end in edges if best and start == best[0] and end in losses and nodes[end].step is None]
    return (*totals[:1], *best)


def _ways(edges: tuple[Edge, ...], start: int) -> dict[int, tuple[int, ...]]:
    """The shortest way to everything that can be reached, from its end back to the start."""
    ways: dict[int, tuple[int, ...]] = {start: (start,)}
    ends = _ends(edges)
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        for end in ends.get(at, ()):
            if end not in ways:
                ways[end] = (end, *ways[at])
                waiting.append(end)
    return ways
