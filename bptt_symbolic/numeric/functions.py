"""Scalar functions -> nodes of a graph: what every backend computes by itself, and the rest written out in that."""

import math
from fractions import Fraction

from bptt_symbolic.numeric.graph import Graph, Node, Number
from bptt_symbolic.scalars import rows
from bptt_symbolic.scalars.expressions import Algebra, fold

NATIVE = frozenset(
    {"tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh", "arctan", "erf"}
    | {"sigmoid", "softplus", "relu", "step", "reciprocal"}
)
"""Functions that every backend has a name, or a line, for."""
KNOWN = rows.WRITTEN | {"softmax", "logsumexp"}
"""Functions that a note may use, or that its own functions may stand for."""


def value(graph: Graph, name: str, x: Node) -> Node:
    """A function by entries."""
    if name == "sqrt" and isinstance(x.op, Number):
        return graph.number(Fraction(math.sqrt(x.op.value)))
    return graph.map(name, x) if name in NATIVE else fold(rows.value(name), _algebra(graph), x)


def slope(graph: Graph, name: str, x: Node, y: Node) -> Node:
    """Its derivative at the argument `x`, where it has the value `y`."""
    return fold(rows.derivative(name, 1), _algebra(graph), x, lambda: y)


def _algebra(graph: Graph) -> Algebra[Node]:
    def called(name: str, order: int, x: Node) -> Node:
        y = value(graph, name, x)
        return slope(graph, name, x, y) if order else y

    return Algebra(graph.number, graph.added, graph.times, graph.power, called, graph.number(Fraction(math.pi)))
