"""One thing that may be wrong in a backward pass, and what all kinds of edits are made with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.describing import Described, complement
from bptt_symbolic.numeric.graph import Delay, Given, Map, Node
from bptt_symbolic.numeric.tape import Change, Edge, Pass
from bptt_symbolic.numeric.tape_rules import BATCH, Line

Array = Any


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that may be wrong in a backward pass."""

    kind: str
    """The kind of mistake, in the words of a report."""
    message: str
    changes: Mapping[Edge, Change] = field(default_factory=dict)
    place: str = ""
    """The quantity in whose definition the edge stands."""


def places(node: Node) -> range:
    """The numbers of the arguments."""
    return range(1 if isinstance(node.op, Delay) else len(node.args))


def argument(described: Described, edge: Edge) -> Node:
    """What an edge goes to; of a delay, the variable that it reads."""
    node, place = edge
    return described.program.graph.variables[node.op.variable] if isinstance(node.op, Delay) else node.args[place]


def leads_on(described: Described, node: Node, place: int) -> bool:
    """Whether gradients are taken by something below."""
    arg = argument(described, (node, place))
    return bool(arg.args) or isinstance(arg.op, Given | Delay)


def on_the_way(described: Described, edge: Edge) -> str:
    """An edge in words."""
    node, _ = edge
    arg = argument(described, edge)
    if isinstance(node.op, Delay):
        return f"from {plain(node.op.variable)} of the next step back to {plain(node.op.variable)}"
    return f"from {described.owner(node)} to {described.called(arg)}"


def has_name(described: Described, node: Node) -> bool:
    """Whether people have a name for a node."""
    return node in described.names or isinstance(node.op, Given | Delay | Map) or complement(node) is not None


def nothing(run: Pass, number: int, adjoint: Array) -> None:
    """No share at all."""
    del run, number, adjoint


def scaled(edge: Edge, factor: float) -> Change:
    """A multiple of the share."""
    return lambda run, number, adjoint: factor * run.share(number, edge[1], adjoint)


def multiplied(line: Line, place: int, adjoint: Array, rest: Array) -> Array:
    """The share of a factor, with this for the other one."""
    op: Any = line.op
    mine, other = (op.left, op.right) if place == 0 else (op.right, op.left)
    own, theirs = line.spaces[place], line.spaces[1 - place]
    first = BATCH * line.space.batch + op.out
    return np.einsum(f"{first},{BATCH * theirs.batch + other}->{BATCH * own.batch + mine}", adjoint, rest)
