r"""Wrong gradients -> the first quantity that is wrong on the way back, with its step.

    dL/dW = \sum_t e_t v_t^\top        with as many independent v_t as columns: e_t can be solved for

So the errors that a function has computed on the way are seen in the gradients that it gives.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bptt_symbolic.numeric.explaining import Explained, Search
from bptt_symbolic.numeric.graph import Contract, Given, Linear, Node
from bptt_symbolic.numeric.tape import Pass
from bptt_symbolic.numeric.whole_gradients import Sample, error

Array = Any
EXACT = 1e-6
"""What does not add up to this says nothing."""


def located(search: Search, told: Mapping[str, Explained]) -> str:
    """A sentence: how short a sequence shows it, in which gradient it is met first, in the error of which step."""
    sample = next((s for s in search.samples if search.wrong(s)), None)
    if sample is None or not told:
        return ""
    wrong = search.wrong(sample)
    name, node = _first(search, wrong)
    found = f"the gradient by {name} for T = {sample.steps}"
    step = None if node is None else _step(search, sample, name, node)
    if node is not None and step is not None:
        found += f", where the error of {search.described.owner(node)} at step {step} differs"
    return found


def _first(search: Search, wrong: frozenset[str]) -> tuple[str, Node | None]:
    """The wrong gradient that is met first on the way back, and the operation that its parameter enters."""
    described = search.described
    for node in reversed(described.nodes):
        for arg in node.args:
            if isinstance(arg.op, Given) and described.called(arg) in wrong:
                return described.called(arg), node
    return min(wrong), None


def _step(search: Search, sample: Sample, name: str, node: Node) -> int | None:
    """The last step whose error is another one, if the errors can be told from the gradient."""
    described, tape = search.described, search.tape(sample)
    given = next(arg for arg in node.args if isinstance(arg.op, Given) and described.called(arg) == name)
    lines = [i for i in tape.lines_of(node) if tape.lines[i].time is not None]
    if len(described.readers[given]) != 1 or not lines:
        return None
    values = tape.values(sample.point, search.firsts)
    right = Pass(tape, values).adjoints
    errors = _errors(search, sample, (node, given), values)
    if errors is None or len(errors) != len(lines) * sample.batch:
        return None
    for place, number in reversed(list(enumerate(lines))):
        mine = errors[place * sample.batch : (place + 1) * sample.batch]
        there = right.get(number)
        if there is None or error(mine.reshape(there.shape), there) > max(search.allowed, 1e-6):
            return tape.lines[number].time
    return None


def _errors(search: Search, sample: Sample, edge: tuple[Node, Node], values: list[Array]) -> Array | None:
    """The errors of all steps and sequences, row by row, that give the gradient; None where several do."""
    node, given = edge
    tape = search.tape(sample)
    gradient = sample.theirs[search.described.called(given)]
    lines = [tape.lines[i] for i in tape.lines_of(node)]
    if isinstance(node.op, Linear) and len(lines) * sample.batch == 1:
        coefficient = float(node.op.coefficients[node.args.index(given)])
        return gradient[None] / coefficient if gradient.ndim == 1 else None
    if not isinstance(node.op, Contract) or gradient.ndim != len(node.args) or len(node.op.out) != 1:
        return None
    place = node.args.index(given)
    mine = node.op.left if place == 0 else node.op.right
    inputs = np.concatenate([np.atleast_2d(values[line.args[1 - place]]) for line in lines])
    gradient = gradient if mine[0] == node.op.out else gradient.T
    if gradient.shape[1] != inputs.shape[1] or np.linalg.matrix_rank(inputs) < len(inputs):
        return None
    found = gradient @ np.linalg.pinv(inputs)
    return found.T if error(found @ inputs, gradient) < EXACT else None
