"""Every derivative that notes use equals what an automatic differentiation library finds, to 1e-12."""

from typing import Any

import autograd  # type: ignore[import-untyped]
import autograd.numpy as anp  # type: ignore[import-untyped]
import flint
import numpy as np
import pytest

from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.methods.tensor import Tensors
from bptt_symbolic.showing.unrolled import unroll

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent of input")  # a derivative that is zero

Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported; so with the questions."""
Question = Any
Questions = Any
Array = Any

SIZES = {"D": 3, "M": 2, "C": 4}
CELLS = ("elman", "gru", "jordan", "lstm")
QUICK = [("elman", 3), ("jordan", 3), ("gru", 1), ("lstm", 1)]
SLOW = [("elman", 1), ("jordan", 1), ("gru", 3), ("lstm", 3), *((cell, 5) for cell in CELLS)]
RUNS = [*QUICK, *(pytest.param(*run, marks=pytest.mark.slow) for run in SLOW)]


class Referee:
    """The derivatives of one cell at one set of numbers, by automatic differentiation of the NumPy program."""

    def __init__(self, lab: Lab, cell: str, values: dict[str, Array]) -> None:
        """Run the program once."""
        self.run, self.record, self.values = lab.forward.CELLS[cell], lab.forward.Record, values
        self.plain = self.record()
        self.run(np, values, self.plain)

    def derivative(self, question: Question) -> Array:
        (name, step), (by, at) = question.of, question.by
        held = {}
        if question.mode == "immediate":
            held = {key: value for key, value in self.plain.values.items() if key[1] is not None and key[1] < step}

        def value(x: Array) -> Array:
            given = {**self.values, by: x} if at is None else self.values
            nudged = None if at is None else (by, at)
            record = self.record(held, nudged, 0.0 if at is None else x)
            self.run(anp, given, record)
            return record.values[name, step]

        start = self.values[by] if at is None else np.zeros_like(self.plain.values[by, at])
        return autograd.jacobian(value)(start)


def close(found: Array, expected: Array, what: object) -> None:
    """To 1e-12 of the largest entry."""
    scale = max(1e-3, float(np.max(np.abs(expected))))
    found = np.reshape(found, np.shape(expected))
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-12, err_msg=str(what))


@pytest.mark.parametrize(("cell", "steps"), RUNS)
def test_whole_arrays_with_tangents(cell: str, steps: int, lab: Lab, questions: Questions) -> None:
    """`methods.tensor` in floating point."""
    network = lab.network(cell)
    sizes = {n: SIZES[n] for n in network.sizes}
    values = lab.draw(network, steps, sizes, seed=steps)
    referee, tensors = Referee(lab, cell, values), Tensors(network, lab.floats(values), steps, sizes)
    for question in questions(cell, network, steps):
        close(tensors.evaluate(question.term, {}).data, referee.derivative(question), question)


@pytest.mark.parametrize(("cell", "steps"), RUNS)
def test_tables_of_dual_numbers(cell: str, steps: int, lab: Lab, questions: Questions) -> None:
    """The kernel, in balls: the exact value lies within 1e-12 of the referee's."""
    network = lab.network(cell)
    sizes = {n: SIZES[n] for n in network.sizes}
    values = lab.draw(network, steps, sizes, seed=steps)
    referee, tables = Referee(lab, cell, values), Tables(network, lab.point(steps, sizes, values))
    for question in questions(cell, network, steps):
        cells = [float(flint.arb(c.value).mid()) for c in tables.table(question.term, {}).cells]
        close(cells, referee.derivative(question), question)


@pytest.mark.parametrize(("cell", "steps"), RUNS)
def test_compiled_gradients(cell: str, steps: int, lab: Lab, questions: Questions) -> None:
    """`unrolled`, by SymPy through the program and `lambdify`."""
    network = lab.network(cell)
    sizes = {n: SIZES[n] for n in network.sizes}
    values = lab.draw(network, steps, sizes, seed=steps)
    referee = Referee(lab, cell, values)
    found = unroll(network, steps, sizes).lambdify()(**values)
    assert isinstance(found, dict)
    for question in questions(cell, network, steps):
        if question.of == ("total", None) and question.by[1] is None:
            close(found[question.by[0]], referee.derivative(question), question)
