r"""Graph, scalar -> the same graph with every gradient: reverse-mode differentiation, one rule an operation.

Every rule is written for one step. A variable that is read `lag` steps later gets its share from there, so that the
adjoint of a state is the backward recursion of the textbooks

    dL/ds_t = d+L/ds_t + (ds_{t+1}/ds_t)^\top dL/ds_{t+1}        and zero after the last step,

never a double sum: `Delay` with a negative lag reads the adjoint of the later step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.functions import slope
from bptt_symbolic.numeric.graph import (
    LETTERS,
    SEQUENCES,
    STEPS,
    Arrange,
    At,
    Contract,
    Delay,
    Given,
    Graph,
    Join,
    Linear,
    Map,
    Node,
    Normalised,
    Op,
    Pad,
    Part,
    Place,
    Raise,
    Space,
    Total,
    reachable,
)

Rule = Callable[[Graph, Node, Any, Node], list[Node]]
"""Graph, node, its operation, its adjoint -> the share of every argument, before it is summed to its axes."""


Initial = Mapping[tuple[str, int], Node]
"""Variable, how many steps before the first one -> its value there."""


def differentiated(graph: Graph, root: Node, initial: Initial, start: int) -> "Reverse":
    """Every adjoint of a scalar, summed over the batch; `start` is the first step."""
    reverse = Reverse(graph, initial, start)
    reverse.parts[root] = [graph.number(1)]
    order = reachable(graph, [root, *initial.values()])
    for node in order:
        if isinstance(node.op, Delay):
            reverse.readers.setdefault(node.op.variable, []).append(node)
    for node in reverse.latest_first(order):
        reverse.through(node)
    return reverse


@dataclass(slots=True)
class Reverse:
    """Shares of adjoints as they are found."""

    graph: Graph
    initial: Initial
    start: int
    parts: dict[Node, list[Node]] = field(default_factory=dict)
    readers: dict[str, list[Node]] = field(default_factory=dict)
    """Variable -> the delays that read it."""

    def latest_first(self, order: list[Node]) -> list[Node]:
        """Every node after all that read it at the same step, initial values after what starts with them."""
        count: dict[Node, int] = dict.fromkeys(order, 0)
        for node in order:
            for arg in self._below(node):
                count[arg] += 1
        ready = [node for node in reversed(order) if not count[node]]
        found = []
        while ready:
            node = ready.pop()
            found.append(node)
            for arg in self._below(node):
                count[arg] -= 1
                if not count[arg]:
                    ready.append(arg)
        return found

    def _below(self, node: Node) -> list[Node]:
        return list(dict.fromkeys((*node.args, *(value for _, value in self._starts(node)))))

    def _starts(self, node: Node) -> list[tuple[int, Node]]:
        """The initial values that a delay reads, each with the step at which it does."""
        if not isinstance(node.op, Delay):
            return []
        steps = range(1, node.op.lag + 1)
        return [(self.start + node.op.lag - back, self.initial[node.op.variable, back]) for back in steps]

    def through(self, node: Node) -> None:
        """Pass the adjoint of a node on to its arguments."""
        for variable, delays in self.readers.items():
            if self.graph.variables[variable] is node:
                for delay in delays:
                    self._from_later(node, delay)
        adjoint = self.adjoint(node)
        if isinstance(node.op, Delay):
            self.graph.variables[_adjoint_name(node.op)] = adjoint
            for step, value in self._starts(node):
                self._to_initial(adjoint, step, node, value)
        if not self.parts.get(node) or not node.args:
            return
        for arg, share in zip(node.args, RULES[type(node.op)](self.graph, node, node.op, adjoint), strict=True):
            self.parts.setdefault(arg, []).append(_summed(self.graph, share, node, arg))

    def _from_later(self, node: Node, delay: Node) -> None:
        if not isinstance(delay.op, Delay):
            raise TypeError(delay.op)
        later = Delay(_adjoint_name(delay.op), -delay.op.lag)
        self.parts.setdefault(node, []).append(self.graph.node(later, (), delay.space))

    def _to_initial(self, adjoint: Node, step: int, delay: Node, value: Node) -> None:
        space = replace(adjoint.space, time=False)
        first = self.graph.node(At(Affine(step), or_zero=True), (adjoint,), space) if adjoint.space.time else adjoint
        node = self.graph.node(Given("initial"), (), replace(delay.space, time=False))
        self.parts.setdefault(value, []).append(_summed(self.graph, first, node, value))

    def adjoint(self, node: Node) -> Node:
        """The adjoint, with the data axes of its node."""
        shares = self.parts.get(node, [])
        whole = self.graph.added(*shares)
        if len(whole.space.dims) == len(node.space.dims):
            return whole
        letters = LETTERS[: len(node.space.dims)]
        return self.graph.arranged(whole, "", letters, dict(zip(letters, node.space.dims, strict=True)))


def _adjoint_name(delay: Delay) -> str:
    return f"adjoint of {delay.variable} {delay.lag} before"


def _summed(graph: Graph, share: Node, node: Node, arg: Node) -> Node:
    """A share summed over the axes, steps and sequences that the node has and the argument has not."""
    letters = LETTERS[: len(share.space.dims)]
    kept = letters if len(arg.space.dims) == len(share.space.dims) else ""
    if not isinstance(node.op, Contract):  # the rule of a product has summed already
        share = _counted(graph, share, node, arg)
    return graph.total(share, letters, kept, over_time=not arg.space.time, over_batch=not arg.space.batch)


def _counted(graph: Graph, share: Node, node: Node, arg: Node) -> Node:
    """Steps and sequences along which a share does not change are counted instead of summed."""
    counts = []
    if node.space.time and not arg.space.time and not share.space.time:
        counts.append(Affine.of(STEPS))
    if node.space.batch and not arg.space.batch and not share.space.batch:
        counts.append(Affine.of(SEQUENCES))
    for count in counts:
        share = graph.times(graph.count(count), share)
    return share


def _contract(graph: Graph, node: Node, op: Contract, adjoint: Node) -> list[Node]:
    a, b = node.args
    over = [(not x.space.time, not x.space.batch) for x in (a, b)]
    first = graph.contract(adjoint, b, op.out, op.right, op.left, over_time=over[0][0], over_batch=over[0][1])
    second = graph.contract(adjoint, a, op.out, op.left, op.right, over_time=over[1][0], over_batch=over[1][1])
    return [first, second]


def _total(graph: Graph, node: Node, op: Total, adjoint: Node) -> list[Node]:
    sizes = dict(zip(op.before, node.args[0].space.dims, strict=True))
    return [graph.arranged(adjoint, op.after, op.before, sizes)]


def _arrange(graph: Graph, node: Node, op: Arrange, adjoint: Node) -> list[Node]:
    del node
    return [graph.total(adjoint, op.after, op.before)]


def _linear(graph: Graph, node: Node, op: Linear, adjoint: Node) -> list[Node]:
    del node
    return [graph.scaled(adjoint, c) for c in op.coefficients]


def _map(graph: Graph, node: Node, op: Map, adjoint: Node) -> list[Node]:
    return [graph.times(adjoint, slope(graph, op.name, node.args[0], node))]


def _raise(graph: Graph, node: Node, op: Raise, adjoint: Node) -> list[Node]:
    slope = graph.scaled(graph.power(node.args[0], op.exponent - 1), op.exponent)
    return [graph.times(adjoint, slope)]


def _normalised(graph: Graph, node: Node, op: Normalised, adjoint: Node) -> list[Node]:
    x = node.args[0]
    letters = LETTERS[: len(x.space.dims)]
    short = letters[:-1]
    if op.name == "logsumexp":
        return [graph.contract(adjoint, graph.normalised("softmax", x), short, letters, letters)]
    if op.name == "log_softmax":
        total = graph.total(adjoint, letters, short)
        down = graph.contract(total, graph.map("exp", node), short, letters, letters)
        return [graph.linear([(Fraction(1), adjoint), (Fraction(-1), down)])]
    total = graph.contract(adjoint, node, letters, letters, short)
    spread = graph.contract(total, node, short, letters, letters)
    return [graph.linear([(Fraction(1), graph.times(adjoint, node)), (Fraction(-1), spread)])]


def _join(graph: Graph, node: Node, op: Join, adjoint: Node) -> list[Node]:
    del op
    found: list[Node] = []
    start, axis = Affine(), len(node.space.dims) - 1
    for arg in node.args:
        stop = start + arg.space.dims[axis]
        found.append(graph.part(adjoint, axis, start, stop))
        start = stop
    return found


def _part(graph: Graph, node: Node, op: Part, adjoint: Node) -> list[Node]:
    space = adjoint.space.within(node.args[0].space.dims)
    return [graph.node(Pad(op.axis, op.low), (adjoint,), space)]


def _at(graph: Graph, node: Node, op: At, adjoint: Node) -> list[Node]:
    arg = node.args[0].space
    return [graph.node(Place(op.time), (adjoint,), Space(adjoint.space.dims, time=arg.time, batch=adjoint.space.batch))]


RULES: Mapping[type[Op], Rule] = {
    Contract: _contract,
    Total: _total,
    Arrange: _arrange,
    Linear: _linear,
    Map: _map,
    Raise: _raise,
    Normalised: _normalised,
    Join: _join,
    Part: _part,
    At: _at,
}
"""The operations of a forward computation that have arguments."""
