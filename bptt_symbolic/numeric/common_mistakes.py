"""Network -> gradients that are wrong in the ways in which people get them wrong.

A gradient that differs from the right one is compared with each of these; the one that it equals says what is wrong.
The words are those of the diagnoses of a report.
"""

from collections.abc import Iterator
from typing import Any

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, walk
from bptt_symbolic.numeric.adjoint import RULES, Mistake, Rule
from bptt_symbolic.numeric.functions import NATIVE
from bptt_symbolic.numeric.graph import Contract, Delay, Given, Graph, Map, Node


def mistakes(network: Network) -> Iterator[Mistake]:
    """All mistakes that can be made with a network."""
    first, last = Affine(network.start), Affine.of(LAST)
    names = {x.function.name for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Apply)}
    for name in sorted(names & NATIVE):
        yield Mistake("dropped activation derivative", f"the derivative of {name} is missing", {Map: _without(name)})
    for name in sorted(n for n, role in network.role.items() if role == "parameter"):
        if len(network.shapes[name].axes) == 2:  # noqa: PLR2004 - a matrix
            message = f"{name} is not transposed on the way back"
            yield Mistake("missing transpose", message, {Contract: _untransposed(name)})
    yield Mistake(
        "off by one in time", "the state of the same step stands for the state before", {Contract: _same_step}
    )
    yield Mistake("off by one in a bound", "the sum over steps leaves out the first step", bounds=(first + 1, last))
    yield Mistake("off by one in a bound", "the sum over steps leaves out the last step", bounds=(first, last - 1))
    yield Mistake("missing sum over time", "only the last step is there", bounds=(last, last))
    yield Mistake("paths through earlier states", "what later steps contribute is missing", later=False)


def _without(name: str) -> Rule:
    """The rule of scalar functions that takes the derivative of one of them for 1."""

    def rule(graph: Graph, node: Node, op: Any, adjoint: Node) -> list[Node]:
        return [adjoint] if op.name == name else RULES[Map](graph, node, op, adjoint)

    return rule


def _untransposed(name: str) -> Rule:
    """The rule of products that goes back through a square matrix as it goes forth."""

    def rule(graph: Graph, node: Node, op: Any, adjoint: Node) -> list[Node]:
        shares = RULES[Contract](graph, node, op, adjoint)
        a, b = node.args
        for place, (matrix, vector, letters) in enumerate(((a, b, op.left), (b, a, op.right))):
            is_it = isinstance(matrix.op, Given) and matrix.op.name == name
            if is_it and len(letters) == 2 and vector.space.dims == node.space.dims and len(op.out) == 1:  # noqa: PLR2004
                other = op.right if place == 0 else op.left
                shares[1 - place] = graph.contract(adjoint, matrix, other, letters, op.out)
        return shares

    return rule


def _same_step(graph: Graph, node: Node, op: Any, adjoint: Node) -> list[Node]:
    """The rule of products that takes a state of the current step for the one before, in gradients by parameters."""
    args = tuple(graph.variables[x.op.variable] if isinstance(x.op, Delay) else x for x in node.args)
    wrong = RULES[Contract](graph, graph.node(op, args, node.space), op, adjoint)
    right = RULES[Contract](graph, node, op, adjoint)
    return [right[i] if arg.space.time else wrong[i] for i, arg in enumerate(node.args)]
