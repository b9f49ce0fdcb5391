"""Program -> the programs of other conventions: the network that somebody may have computed instead.

The gate that keeps for the gate that takes, a reset gate after the product, a bias twice, another activation, a state
that begins with zero, weights transposed: rewritings of the graph, each with its own right gradients.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from bptt_symbolic.numeric.describing import Described, complement
from bptt_symbolic.numeric.graph import Contract, Delay, Given, Graph, Linear, Map, Node, reachable
from bptt_symbolic.numeric.tape import Program

Rule = Callable[[Graph, Node, dict[Node, Node]], Node | None]
"""New graph, old node, what the old ones have become -> the new node; None for the same operation."""


@dataclass(frozen=True, slots=True)
class Convention:
    """A network that is taken for another."""

    message: str
    rule: Rule
    together: bool = False
    """Whether it is usual to meet it beside others."""


def conventions(described: Described) -> Iterator[tuple[str, Program]]:
    """The programs, one change at a time and then two that are usual together; the likeliest first."""
    single = list(_single(described))
    for one in single:
        yield one.message, rewritten(described.program, one.rule)
    usual = [one for one in single if one.together]
    for pair in combinations(usual, 2):
        program = described.program
        yield " and ".join(one.message for one in pair), rewritten(program, _both(pair[0].rule, pair[1].rule))


def _both(one: Rule, two: Rule) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        found = one(graph, node, new)
        return two(graph, node, new) if found is None else found

    return rule


def rewritten(program: Program, rule: Rule) -> Program:
    """The program with some nodes made otherwise."""
    graph = Graph()
    new: dict[Node, Node] = {}
    for node in reachable(program.graph, [program.root, *program.initial.values()]):
        found = rule(graph, node, new)
        new[node] = graph.node(node.op, tuple(new[a] for a in node.args), node.space) if found is None else found
    graph.variables.update({name: new[node] for name, node in program.graph.variables.items() if node in new})
    initial = {key: new[node] for key, node in program.initial.items()}
    return replace(program, graph=graph, root=new[program.root], initial=initial)


def _single(described: Described) -> Iterator[Convention]:
    for node in described.nodes:
        gate = complement(node)
        if gate is not None:
            name = described.called(gate)
            yield Convention(f"{name} and 1 - {name} are exchanged", _exchanged(gate, node), together=True)
    for node in described.nodes:
        yield from _resets(described, node)
    for node in described.nodes:
        yield from _summands(described, node)
    for node in described.nodes:
        if isinstance(node.op, Map) and node.op.name in _ACTIVATIONS:
            for name in sorted(_ACTIVATIONS - {node.op.name}):
                yield Convention(f"{described.owner(node)} is computed with {name}", _applied(node, name))
        if isinstance(node.op, Given) and node.space.batch and not node.space.time:
            yield Convention(f"{described.called(node)} is taken for zero", _zero(node))
        if isinstance(node.op, Contract) and (square := _square(node)) is not None:
            name = described.called(square)
            yield Convention(f"{name} is taken for its transpose in {described.owner(node)}", _turned(node, square))


_ACTIVATIONS = frozenset({"tanh", "sigmoid", "relu"})


def _exchanged(gate: Node, rest: Node) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        if node is rest or not {gate, rest} & set(node.args):
            return None
        other = graph.linear([(Fraction(1), graph.number(1)), (Fraction(-1), new[gate])])
        args = tuple(other if a is gate else new[gate] if a is rest else new[a] for a in node.args)
        return graph.node(node.op, args, node.space)

    return rule


def _square(node: Node) -> Node | None:
    """The square matrix that a product multiplies with."""
    for matrix in node.args:
        dims = matrix.space.dims
        if isinstance(matrix.op, Given) and not matrix.space.time and len(dims) - 1 == len(set(dims)) == 1:
            return matrix
    return None


def _turned(product: Node, matrix: Node) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        op = node.op
        if node is not product or not isinstance(op, Contract):
            return None
        first = node.args[0] is matrix
        op = replace(op, left=op.left[::-1]) if first else replace(op, right=op.right[::-1])
        return graph.node(op, tuple(new[a] for a in node.args), node.space)

    return rule


def _resets(described: Described, node: Node) -> Iterator[Convention]:
    """`W (r h)` as `r (W h)`, and with the bias as `r (W h + b)`."""
    if not isinstance(node.op, Contract) or (matrix := _square(node)) is None:
        return
    inner = node.args[1] if node.args[0] is matrix else node.args[0]
    if not isinstance(inner.op, Contract) or any(a.space.dims != inner.space.dims for a in inner.args):
        return
    for place in (0, 1):
        gate, state = inner.args[place], inner.args[1 - place]
        what = f"{described.called(gate)} is applied after the product with {described.called(matrix)}"
        yield Convention(what, _after(node, inner, gate, state), together=True)
        for reader, _ in described.readers.get(node, []):
            for bias in reader.args if isinstance(reader.op, Linear) else ():
                if isinstance(bias.op, Given) and not bias.space.time:
                    rule = _after(node, inner, gate, state, reader, bias)
                    yield Convention(f"{what}, with {described.called(bias)} inside", rule, together=True)


def _after(
    product: Node, inner: Node, gate: Node, state: Node, reader: Node | None = None, bias: Node | None = None
) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        if node is product and reader is None:
            return graph.times(new[gate], _moved(graph, new))
        if node is not reader or bias is None or not isinstance(node.op, Linear):
            return None
        moved = graph.times(new[gate], graph.added(_moved(graph, new), new[bias]))
        kept = [
            (c, new[a])
            for c, a in zip(node.op.coefficients, node.args, strict=True)
            if a is not product and a is not bias
        ]
        return graph.linear([*kept, (Fraction(1), moved)])

    def _moved(graph: Graph, new: dict[Node, Node]) -> Node:
        args = tuple(new[state] if a is inner else new[a] for a in product.args)
        return graph.node(product.op, args, product.space)

    return rule


def _summands(described: Described, node: Node) -> Iterator[Convention]:
    """A summand twice, or not at all."""
    if not isinstance(node.op, Linear) or not any(isinstance(a.op, Given | Contract | Delay) for a in node.args):
        return
    for place, arg in enumerate(node.args):
        name, owner = described.called(arg), described.owner(node)
        if isinstance(arg.op, Given):
            yield Convention(f"{name} is added twice in {owner}", _times(node, place, 2))
        if len(node.args) > 1:
            yield Convention(f"{name} is left out of {owner}", _times(node, place, 0))


def _times(summed: Node, place: int, factor: int) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        if node is not summed or not isinstance(node.op, Linear):
            return None
        some = tuple(c * factor if i == place else c for i, c in enumerate(node.op.coefficients))
        return graph.node(Linear(some), tuple(new[a] for a in node.args), node.space)

    return rule


def _applied(mapped: Node, name: str) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        return graph.node(Map(name), (new[node.args[0]],), node.space) if node is mapped else None

    return rule


def _zero(given: Node) -> Rule:
    def rule(graph: Graph, node: Node, new: dict[Node, Node]) -> Node | None:
        del new
        if node is not given:
            return None
        return graph.node(Linear((Fraction(0),)), (graph.node(node.op, (), node.space),), node.space)

    return rule
