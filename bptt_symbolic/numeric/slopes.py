"""Scalar functions -> their derivatives, in the function's own value where that is shorter: knowledge as rows."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from bptt_symbolic.numeric.graph import Graph, Node

Slope = Callable[[Graph, Node, Node], Node]
"""Graph, argument `x`, value `v` -> derivative."""


def _one_minus(g: Graph, x: Node) -> Node:
    return g.linear([(Fraction(1), g.number(1)), (Fraction(-1), x)])


SLOPES: Mapping[str, Slope] = {
    "tanh": lambda g, _, v: _one_minus(g, g.power(v, 2)),
    "sigmoid": lambda g, _, v: g.times(v, _one_minus(g, v)),
    "relu": lambda g, x, _: g.map("step", x),
    "softplus": lambda g, x, _: g.map("sigmoid", x),
    "exp": lambda _g, _x, v: v,
    "log": lambda g, x, _: g.map("reciprocal", x),
    "sqrt": lambda g, _, v: g.scaled(g.map("reciprocal", v), Fraction(1, 2)),
    "sin": lambda g, x, _: g.map("cos", x),
    "cos": lambda g, x, _: g.scaled(g.map("sin", x), -1),
    "sinh": lambda g, x, _: g.map("cosh", x),
    "cosh": lambda g, x, _: g.map("sinh", x),
    "reciprocal": lambda g, _, v: g.scaled(g.power(v, 2), -1),
    "step": lambda g, _x, _v: g.number(0),
}

KNOWN = frozenset(SLOPES) - {"step", "reciprocal"} | {"identity", "softmax", "logsumexp"}
"""Functions that a note may use, or that its own functions may stand for."""
