r"""Graph of a step -> the whole computation at some steps, with numbers: values forward, adjoints backward.

    line i:  v_i = op(v_j, ...)          a_j += (dv_i/dv_j)^\top a_i        from the last line to the first

Every value of every step is a line, so that single edges of the backward pass can be changed: a gradient that somebody
gets wrong is compared with what a changed edge gives. Small sequences only; `lambdify` is for long ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.meaning.terms import LAST, Affine
from bptt_symbolic.numeric.graph import STEP, STEPS, At, Contract, Delay, Given, Graph, Linear, Map, Node, Total
from bptt_symbolic.numeric.tape_rules import Line, scalar_slope, shared, valued

Array = Any
Edge = tuple[Node, int]
"""A node and the number of an argument."""
Change = Callable[["Pass", int, Array], Array | None]
"""Pass, line, its adjoint -> another share of the argument; None for none at all."""
Key = tuple[Node, int | None]
Initial = Mapping[tuple[str, int], Node]


@dataclass(frozen=True, slots=True)
class Program:
    """A scalar that is computed step by step."""

    graph: Graph
    root: Node
    initial: Initial
    start: int


@dataclass(slots=True)
class Tape:
    """The lines of a computation at some steps, arguments first."""

    program: Program
    steps: int
    sizes: Mapping[str, int]
    """The lengths of axes, and under SEQUENCES how many sequences there are."""
    lines: list[Line] = field(default_factory=list)
    index: dict[Key, int] = field(default_factory=dict)
    """Node, step -> its line."""
    _of: dict[Node, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out every line, the arguments of each before it."""
        stack: list[Key] = [(self.program.root, None)]
        while stack:
            key = stack[-1]
            if key in self.index:
                stack.pop()
                continue
            needs = list(self._needs(*key))
            missing = [need for need in needs if need not in self.index]
            if missing:
                stack += missing
                continue
            stack.pop()
            self.index[key] = len(self.lines)
            self.lines.append(self._line(key, [self.index[need] for need in needs]))

    @property
    def last(self) -> int:
        """The last step."""
        return self.program.start + self.steps - 1

    def _line(self, key: Key, args: list[int]) -> Line:
        node, time = key
        if time is None and _over_time(node):
            return Line(
                None, time, Linear((Fraction(1),) * len(args)), tuple(args), node.space, (node.space,) * len(args)
            )
        if isinstance(node.op, Delay) and not args:
            return Line(node, time, Linear(()), (), node.space, ())
        spaces = tuple(self.lines[i].space for i in args)
        return Line(node, time, node.op, tuple(args), node.space, spaces)

    def _needs(self, node: Node, time: int | None) -> Iterator[Key]:
        """What a line reads."""
        if time is None and _over_time(node):
            yield from ((node, step) for step in range(self.program.start, self.last + 1))
        elif isinstance(node.op, Delay):
            assert time is not None, "a delay has a step"  # noqa: S101 - a fault of ours
            yield from self._delayed(node.op, time - node.op.lag)
        elif isinstance(node.op, At):
            yield node.args[0], self.integer(node.op.time, None)
        else:
            yield from ((arg, time if arg.space.time else None) for arg in node.args)

    def _delayed(self, op: Delay, source: int) -> Iterator[Key]:
        start = self.program.start
        if source < start:
            yield self.program.initial[op.variable, start - source], None
        elif source <= self.last:
            node = self.program.graph.variables[op.variable]
            yield node, source if node.space.time else None

    def integer(self, value: Affine, time: int | None) -> int:
        """An integer expression at a step."""
        known = {**self.sizes, LAST: self.last, STEPS: self.steps}
        return value.at({**known, STEP: time} if time is not None else known)

    def at(self, node: Node, time: int | None) -> int | None:
        """The line of a node at a step; before the first one, that of its initial value. None if there is none."""
        start = self.program.start
        if time is not None and time < start:
            graph = self.program.graph
            starts = [(v, start - time) for v, n in graph.variables.items() if n is node]
            found = [self.program.initial[key] for key in starts if key in self.program.initial]
            return self.index.get((found[0], None)) if found else None
        return self.index.get((node, time))

    def lines_of(self, node: Node) -> list[int]:
        """The lines of a node."""
        if not self._of:
            for number, line in enumerate(self.lines):
                if line.node is not None:
                    self._of.setdefault(line.node, []).append(number)
        return self._of.get(node, [])

    def values(self, point: Mapping[str, Array], firsts: Mapping[str, int]) -> list[Array]:
        """Every line at a point, whose sequences and initial values have an axis for the batch; `firsts` says how many
        steps before the first one a sequence begins.
        """
        found: list[Array] = []
        for line in self.lines:
            op = line.op
            if isinstance(op, Given):
                array = point[plain(op.name)]
                if line.time is not None:
                    array = array[line.time - self.program.start + op.offset - firsts.get(op.name, 0)]
                found.append(array)
            else:
                found.append(valued(line, [found[i] for i in line.args], self))
        return found


def _over_time(node: Node) -> bool:
    return isinstance(node.op, Contract | Total) and node.op.over_time


@dataclass(slots=True)
class Pass:
    """One backward pass: adjoints of all lines, and which shares they were made of."""

    tape: Tape
    values: Sequence[Array]
    changes: Mapping[Edge, Change] = field(default_factory=dict)
    adjoints: dict[int, Array] = field(default_factory=dict)
    slopes: dict[int, Array] = field(default_factory=dict)
    """Derivatives of scalar functions, computed once for all passes over the same values."""

    def __post_init__(self) -> None:
        """Go back from the root."""
        lines, changes, adjoints = self.tape.lines, self.changes, self.adjoints
        adjoints[len(lines) - 1] = np.ones_like(self.values[-1])
        for number in range(len(lines) - 1, -1, -1):
            line = lines[number]
            adjoint = adjoints.get(number)
            if adjoint is None or not line.args:
                continue
            for place, arg in enumerate(line.args):
                change = changes.get((line.node, place)) if changes and line.node is not None else None
                share = self.share(number, place, adjoint) if change is None else change(self, number, adjoint)
                if share is not None:
                    adjoints[arg] = adjoints[arg] + share if arg in adjoints else share

    def share(self, number: int, place: int, adjoint: Array) -> Array:
        """What is right for an argument of a line."""
        line = self.tape.lines[number]
        if isinstance(line.op, Map):
            if number not in self.slopes:
                self.slopes[number] = scalar_slope(line.op.name, self.values[line.args[0]], self.values[number])
            return adjoint * self.slopes[number]
        args = [self.values[i] for i in line.args]
        return shared(line, place, args, self.values[number], adjoint, self.tape.sizes)

    def gradients(self, firsts: Mapping[str, int], point: Mapping[str, Array]) -> dict[str, Array]:
        """The gradients by everything that is given."""
        found: dict[str, Array] = {}
        for number, line in enumerate(self.tape.lines):
            if not isinstance(line.op, Given):
                continue
            name = plain(line.op.name)
            whole = found.setdefault(name, np.zeros_like(point[name]))
            if number not in self.adjoints:
                continue
            if line.time is None:
                whole += self.adjoints[number]
            else:
                row = line.time - self.tape.program.start + line.op.offset - firsts.get(line.op.name, 0)
                whole[row] += self.adjoints[number]
        return found
