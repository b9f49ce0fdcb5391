"""Backward passes with something else in the place of the derivative of a scalar function."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bptt_symbolic.numeric.describing import Described
from bptt_symbolic.numeric.graph import Linear, Map, Node
from bptt_symbolic.numeric.mistakes.alteration import Edit, has_name, on_the_way
from bptt_symbolic.numeric.tape import Change, Edge, Pass
from bptt_symbolic.numeric.tape_rules import scalar_slope

Array = Any
Slope = Callable[[Array, Array], Array]
"""Argument and value -> what stands for the derivative."""


def slopes(described: Described, edge: Edge) -> Iterator[Edit]:
    """What stands in the place of the derivative of a scalar function."""
    node, _ = edge
    name: str = node.op.name  # type: ignore[union-attr]
    where = f"of {name} in {described.owner(node)}"
    rows = [(kind, text.format(name, where), slope) for kind, text, slope in _usual(name)]
    for other in sorted({"tanh", "sigmoid", "relu"} - {name}):
        rows += [("wrong symbol", f"the derivative {where} is that of {other}", slope) for slope in _as_if(other)]
    for kind, message, slope in rows:
        yield Edit(kind, message, {edge: _with_slope(slope)}, described.owner(node))
    for shift in (-1, 1):
        message = f"the derivative {where} is taken at the step {'before' if shift < 0 else 'after'}"
        yield Edit("off by one in time", message, {edge: _shifted_slope(name, shift)}, described.owner(node))
    for other_node in described.nodes:
        if other_node is not node and other_node.space == node.space and has_name(described, other_node):
            message = f"the derivative {where} is taken at {described.called(other_node)}"
            change = _slope_of(name, other_node)
            yield Edit("slope at the wrong argument", message, {edge: change}, described.owner(node))


def _usual(name: str) -> tuple[tuple[str, str, Slope], ...]:
    """Kind, message about a function and where it stands, what is taken for its derivative."""
    return (
        ("dropped activation derivative", "the derivative of {0} is missing", lambda x, y: np.ones_like(y)),
        (
            "slope at the wrong argument",
            "the derivative {1} is taken at its value",
            lambda x, y: scalar_slope(name, y),
        ),
        (
            "slope of a slope",
            "the derivative {1} is taken of the derivative",
            lambda x, y: in_value(name, scalar_slope(name, x, y)),
        ),
        ("slope of a slope", "the derivative {1} is multiplied twice", lambda x, y: scalar_slope(name, x, y) ** 2),
        (
            "slope at the wrong argument",
            "the formula of the derivative {1} in its value is taken of its argument",
            lambda x, y: in_value(name, x),
        ),
        ("function for its derivative", "the value {1} stands for the derivative", lambda x, y: y),
        ("function for its derivative", "1 less the value {1} stands for the derivative", lambda x, y: 1 - y),
        ("sign", "a sign in the derivative {1} is wrong", lambda x, y: 2 - scalar_slope(name, x, y)),
        ("wrong power", "the square in the derivative {1} is wrong", lambda x, y: y**2),
        ("wrong symbol", "the value {1} is multiplied with its square", lambda x, y: y * (1 - y**2)),
    )


def _as_if(other: str) -> tuple[Slope, Slope]:
    """The derivative of another function, in the value or the argument."""
    return lambda x, y: in_value(other, y), lambda x, y: scalar_slope(other, x)


def in_value(name: str, y: Array) -> Array:
    """The derivative as people write it, in the value of the function."""
    match name:
        case "sigmoid":
            return y * (1 - y)
        case "tanh":
            return 1 - y**2
        case "exp":
            return y
    return scalar_slope(name, y)


def _with_slope(slope: Slope) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array:
        line = run.tape.lines[number]
        return adjoint * slope(run.values[line.args[0]], run.values[number])

    return change


def _slope_of(name: str, other: Node) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array:
        there = run.tape.index.get((other, run.tape.lines[number].time))
        return adjoint * in_value(name, run.values[there]) if there is not None else np.full_like(adjoint, np.nan)

    return change


def _shifted_slope(name: str, shift: int) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array:
        line = run.tape.lines[number]
        there = None if line.node is None else run.tape.at(line.node, (line.time or 0) + shift)
        return adjoint * in_value(name, run.values[there]) if there is not None else np.zeros_like(adjoint)

    return change


def jumps(described: Described, edge: Edge) -> Iterator[Edit]:
    """The error behind an activation where that before it belongs, on one way only."""
    above = edge[0]
    while len(readers := described.readers.get(above, [])) == 1 and isinstance(readers[0][0].op, Linear):
        above = readers[0][0]
    if len(readers) == 1 and isinstance(readers[0][0].op, Map) and edge[0].space == above.space:
        mapped = readers[0][0]
        message = f"the derivative of {readers[0][0].op.name} is missing on the way {on_the_way(described, edge)}"
        yield Edit("dropped activation derivative", message, {edge: _error_of(edge, mapped)}, described.owner(mapped))


def _error_of(edge: Edge, mapped: Node) -> Change:
    def change(run: Pass, number: int, adjoint: Array) -> Array | None:
        del adjoint
        there = run.tape.index.get((mapped, run.tape.lines[number].time))
        above = None if there is None else run.adjoints.get(there)
        return None if above is None else run.share(number, edge[1], above)

    return change
