"""Graph -> stages: what is computed for the whole sequence at once, and what has to go step by step.

Values that depend on themselves through a `Delay` (strongly connected components) make a loop; everything else is
computed for all steps together, before or after it. Sums in a loop are split, so that only what changes with the
recurrence is added there. The same rule serves the forward and the backward recursion.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bptt_symbolic.numeric.graph import Delay, Graph, Linear, Map, Node, Normalised, reachable
from bptt_symbolic.numeric.numeric_error import NumericError


@dataclass(frozen=True, slots=True)
class Loop:
    """Nodes that are computed step by step, in order; `backward`: from the last step to the first."""

    nodes: tuple[Node, ...]
    backward: bool


Stage = Node | Loop
"""A node for all steps at once, or a loop."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Stages, over a graph whose sums have been split."""

    stages: tuple[Stage, ...]
    graph: Graph
    at: Mapping[Node, Node]
    """Node of the graph before -> node of this one."""


def scheduled(graph: Graph, roots: Sequence[Node]) -> Schedule:
    """The stages that compute the roots."""
    renewed = _renewed(graph, list(roots), _loops(graph, roots))
    stages = _stages(renewed.graph, [renewed.at[node] for node in roots])
    return Schedule(tuple(stages), renewed.graph, renewed.at)


def _stages(graph: Graph, roots: Iterable[Node]) -> list[Stage]:
    found: list[Stage] = []
    for component in _components(graph, roots):
        if len(component) == 1:
            found.append(component[0])
        else:
            later = {node.op.lag < 0 for node in component if isinstance(node.op, Delay)}
            if len(later) > 1:
                raise NumericError("the recurrence reads earlier and later steps", "define it in one direction")
            found.append(Loop(tuple(_ordered(component)), backward=later == {True}))
    return found


def _loops(graph: Graph, roots: Iterable[Node]) -> dict[Node, int]:
    """The number of the loop that a node is in."""
    components = [c for c in _components(graph, roots) if len(c) > 1]
    return {node: number for number, component in enumerate(components) for node in component}


def _ordered(component: list[Node]) -> list[Node]:
    """Arguments first, within a loop."""
    inside, done = set(component), dict[Node, None]()
    for root in component:
        stack = [root]
        while stack:
            missing = [x for x in stack[-1].args if x in inside and x not in done]
            if missing:
                stack += missing
            else:
                done[stack.pop()] = None
    return list(done)


@dataclass(slots=True)
class _Renewed:
    graph: Graph
    at: dict[Node, Node]


def _renewed(graph: Graph, roots: list[Node], loop: Mapping[Node, int]) -> _Renewed:
    """The graph again: a sum that only another sum reads becomes part of it; sums in loops are split."""
    order = reachable(graph, roots)
    named = {*roots, *graph.variables.values()}
    uses: dict[Node, int] = {}
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    made = _Renewed(Graph(), {})
    single = {node for node in order if uses.get(node) == 1 and node not in named}
    for node in order:
        args = tuple(made.at[arg] for arg in node.args)
        if isinstance(node.op, Linear):
            made.at[node] = _split(made, node, list(_flat(node, single)), loop)
        elif node.op == Map("exp") and node.args[0].op == Normalised("log_softmax") and node.args[0] in single:
            made.at[node] = made.graph.normalised(
                "softmax", made.at[node.args[0].args[0]]
            )  # nobody needs the logarithm
        else:
            made.at[node] = made.graph.node(node.op, args, node.space)
    made.graph.variables = {name: made.at[node] for name, node in graph.variables.items() if node in made.at}
    return made


def _flat(node: Node, single: set[Node]) -> Iterable[tuple[Fraction, Node]]:
    if not isinstance(node.op, Linear):
        raise TypeError(node.op)
    for factor, arg in zip(node.op.coefficients, node.args, strict=True):
        if isinstance(arg.op, Linear) and arg in single:
            yield from ((factor * c, x) for c, x in _flat(arg, single))
        else:
            yield factor, arg


def _split(made: _Renewed, node: Node, parts: list[tuple[Fraction, Node]], loop: Mapping[Node, int]) -> Node:
    """A sum; what does not belong to the loop of the sum is added up outside of it."""
    outside = [(c, made.at[x]) for c, x in parts if loop.get(x) != loop.get(node)]
    inside = [(c, made.at[x]) for c, x in parts if loop.get(x) == loop.get(node)]
    if node not in loop or len(outside) < 2:  # noqa: PLR2004 - one summand is added in the loop
        return made.graph.linear([*outside, *inside])
    return made.graph.linear([(Fraction(1), made.graph.linear(outside)), *inside])


def _components(graph: Graph, roots: Iterable[Node]) -> list[list[Node]]:
    """Strongly connected components, those that are needed first (Tarjan 1972), without recursion."""
    search = _Tarjan(graph)
    for root in roots:
        if root not in search.number:
            search.from_root(root)
    return search.found


class _Tarjan:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.number: dict[Node, int] = {}
        self.low: dict[Node, int] = {}
        self.open: dict[Node, None] = {}
        self.found: list[list[Node]] = []

    def needs(self, node: Node) -> tuple[Node, ...]:
        """What a node reads, at whatever step."""
        return (self.graph.variables[node.op.variable],) if isinstance(node.op, Delay) else node.args

    def from_root(self, root: Node) -> None:
        """Find the components that a node needs."""
        work = [(root, iter(self.needs(root)))]
        self._enter(root)
        while work:
            node, rest = work[-1]
            for arg in rest:
                if arg not in self.number:
                    self._enter(arg)
                    work.append((arg, iter(self.needs(arg))))
                    break
                if arg in self.open:
                    self.low[node] = min(self.low[node], self.number[arg])
            else:
                work.pop()
                if work:
                    before = work[-1][0]
                    self.low[before] = min(self.low[before], self.low[node])
                self._leave(node)

    def _enter(self, node: Node) -> None:
        self.number[node] = self.low[node] = len(self.number)
        self.open[node] = None

    def _leave(self, node: Node) -> None:
        if self.low[node] != self.number[node]:
            return
        component = []
        while True:
            top, _ = self.open.popitem()
            component.append(top)
            if top is node:
                break
        self.found.append(component[::-1])
