"""Backward passes with something else in the place of a factor, and what people do at a softmax."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bptt_symbolic.meaning.keywords import plain
from bptt_symbolic.numeric.describing import Described, complement
from bptt_symbolic.numeric.graph import Delay, Given, Map, Node
from bptt_symbolic.numeric.mistakes.alteration import Edit, has_name, multiplied, on_the_way
from bptt_symbolic.numeric.tape import Change, Edge, Pass
from bptt_symbolic.numeric.tape_rules import scalar

Array = Any


def factors(described: Described, edge: Edge) -> Iterator[Edit]:
    """What stands in the place of the other factor of a product."""
    other = edge[0].args[1 - edge[1]]
    yield from _as_it_stands(described, edge, other)
    yield from _at_other_steps(described, edge, other)
    yield from _stand_ins(described, edge, other)
    if other.space.batch and other.space.dims:
        yield from _made_of(described, edge, other)


def _as_it_stands(described: Described, edge: Edge, other: Node) -> Iterator[Edit]:
    """The factor without its transpose, at the step of its reader, or not at all."""
    node, place = edge
    op: Any = node.op
    letters = op.right if place == 0 else op.left
    where = described.owner(node)
    if len(other.space.dims) - 1 == len(set(other.space.dims)) == 1 and isinstance(other.op, Given):
        message = f"{described.called(other)} is not transposed on the way back"
        yield Edit("missing transpose", message, {edge: _product(edge, lambda r, n: r, swapped=True)}, where)
    if isinstance(other.op, Delay):
        which = "before" if other.op.lag > 0 else "after"
        message = f"{plain(other.op.variable)} of the same step stands for that of the step {which}"
        if _single_state(described):
            message = "the state of the same step stands for the state before"
        same = described.program.graph.variables[other.op.variable]
        yield Edit("off by one in time", message, {edge: _factor(edge, same)}, where)
    if set(letters) <= set(op.out):
        message = f"{described.called(other)} is missing {on_the_way(described, edge)}"
        yield Edit("missing factor", message, {edge: _factor(edge, None)}, where)


def _at_other_steps(described: Described, edge: Edge, other: Node) -> Iterator[Edit]:
    if not other.space.time or isinstance(other.op, Delay):
        return
    way, where = on_the_way(described, edge), described.owner(edge[0])
    for shift in (-1, 1):
        message = f"{described.called(other)} is taken at the step {'before' if shift < 0 else 'after'} {way}"
        yield Edit("off by one in time", message, {edge: _factor(edge, other, shift)}, where)
        around = f"{message}, where counting goes round at the end"
        yield Edit("off by one in time", around, {edge: _factor(edge, other, shift, around=True)}, where)


def _stand_ins(described: Described, edge: Edge, other: Node) -> Iterator[Edit]:
    """Something else of the same kind in its place."""
    way, where = on_the_way(described, edge), described.owner(edge[0])
    kind = "wrong parameter" if isinstance(other.op, Given) and not other.space.time else "wrong symbol"
    for stand_in in described.nodes:
        if stand_in is not other and stand_in.space == other.space and has_name(described, stand_in):
            message = f"{described.called(stand_in)} stands for {described.called(other)} {way}"
            yield Edit(kind, message, {edge: _factor(edge, stand_in)}, where)


def _made_of(described: Described, edge: Edge, other: Node) -> Iterator[Edit]:
    """What else is made of a factor: its complement, its square, a slope."""
    way, where, called = on_the_way(described, edge), described.owner(edge[0]), described.called(other)
    inside = complement(other)
    taken, of = (f"1 - {called}", called)
    if inside is not None:
        taken, of = described.called(inside), f"1 - {described.called(inside)}"
    yield Edit("wrong symbol", f"{taken} stands for {of} {way}", {edge: _product(edge, lambda r, n: 1 - r)}, where)
    message = f"the square of {called} stands for {called} {way}"
    yield Edit("superfluous factor", message, {edge: _product(edge, lambda r, n: r * r)}, where)
    message = f"the derivative of tanh at {called} stands for {called} {way}"
    yield Edit("derivative for its function", message, {edge: _product(edge, lambda r, n: 1 - r * r)}, where)


def _single_state(described: Described) -> bool:
    return len({n.op.variable for n in described.nodes if isinstance(n.op, Delay)}) == 1


def _product(edge: Edge, of: Callable[[Array, Array], Array], *, swapped: bool = False) -> Change:
    """The share with something else made of the other factor."""
    place = edge[1]

    def change(run: Pass, number: int, adjoint: Array) -> Array:
        line = run.tape.lines[number]
        rest = of(run.values[line.args[1 - place]], adjoint)
        return multiplied(line, place, adjoint, rest.T if swapped else rest)

    return change


def _factor(edge: Edge, stand_in: Node | None, shift: int = 0, *, around: bool = False) -> Change:
    """The share with another node in the place of the other factor; None for ones. What has no such step is zero."""
    _, place = edge

    def change(run: Pass, number: int, adjoint: Array) -> Array:
        line = run.tape.lines[number]
        right = run.values[line.args[1 - place]]
        if stand_in is None:
            return multiplied(line, place, adjoint, np.ones_like(right))
        time = None if not stand_in.space.time or line.time is None else line.time + shift
        if around and time is not None:
            time = run.tape.program.start + (time - run.tape.program.start) % run.tape.steps
        rest = _value_at(run, stand_in, time)
        rest = np.zeros_like(right) if rest is None else rest
        return multiplied(line, place, adjoint, rest)

    return change


def _value_at(run: Pass, node: Node, time: int | None) -> Array | None:
    """The value of a node at a step, which may be one before the first."""
    there = run.tape.at(node, time)
    if there is None and isinstance(node.op, Map):
        inner = run.tape.at(node.args[0], time)
        return None if inner is None else scalar(node.op.name, run.values[inner])
    return None if there is None else run.values[there]


def outputs(described: Described, edge: Edge) -> Iterator[Edit]:
    """What people do at a softmax."""
    node, place = edge
    name = described.called(node.args[0])

    def predicted(run: Pass, number: int) -> Array:
        value = run.values[number]
        return np.exp(value) if node.op.name == "log_softmax" else value  # type: ignore[union-attr]

    def again(run: Pass, number: int, adjoint: Array) -> Array:
        p = predicted(run, number)
        return run.share(number, place, adjoint) * p * (1 - p)

    def diagonal(run: Pass, number: int, adjoint: Array) -> Array:
        p = predicted(run, number)
        return adjoint * (1 - p) if node.op.name == "log_softmax" else adjoint * p * (1 - p)  # type: ignore[union-attr]

    def only_predicted(run: Pass, number: int, adjoint: Array) -> Array:
        return run.share(number, place, adjoint) - adjoint

    def only_label(run: Pass, number: int, adjoint: Array) -> Array:
        del run, number
        return adjoint

    owner = described.owner(node)
    for kind, message, change in (
        (
            "superfluous activation derivative",
            f"the derivative of the softmax is multiplied once more at {name}",
            again,
        ),
        ("missing term", f"the derivative of the softmax at {name} is that of each entry alone", diagonal),
        ("label for prediction", f"the label is missing in the error at {name}", only_predicted),
        ("label for prediction", f"the prediction is missing in the error at {name}", only_label),
    ):
        yield Edit(kind, message, {edge: change}, owner)
