"""Every derivative that notes use equals SymPy's `diff` of the scalar written out in full, at tiny sizes."""

from typing import Any

import flint
import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

from bptt_symbolic.proving.kernel.tables import Tables
from bptt_symbolic.proving.methods.tensor import Tensors
from bptt_symbolic.showing.unrolled import Unrolled, unroll
from bptt_symbolic.showing.unrolled.sympy_functions import Expr, written

Lab = Any
"""The fixture of `tests/conftest.py`, which cannot be imported; so with the others."""
Question = Any
Questions = Any
Valued = Any
Array = Any

STEPS = 2
SIZES = {
    "elman": {"D": 2, "M": 1, "C": 2},
    "jordan": {"D": 2, "M": 1},
    "gru": {"D": 1, "M": 1, "C": 2},  # written out, a gate of two entries takes SymPy minutes
    "lstm": {"D": 1, "M": 1, "C": 2},
}
CELLS = ["jordan", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("elman", "gru", "lstm"))]


class WrittenOut:
    """A network as one scalar for every entry, in what is given only; `by` may be computed, and then is a symbol."""

    def __init__(self, made: Unrolled, values: dict[Expr, float]) -> None:
        """`values` has a number for every named symbol."""
        self.program, self.values = made.program, values

    def scalar(self, symbol: Expr, kept: frozenset[Expr]) -> Expr:
        full: dict[Expr, Expr] = {}
        for name, body in self.program.bodies.items():
            if name not in kept or name == symbol:
                full[name] = body.xreplace(full)
        return written(full.get(symbol, symbol))

    def derivative(self, question: Question) -> Array:
        of, by = (self.program.blocks[key] for key in (question.of, question.by))
        step = question.of[1]
        kept = set(by.flat)
        if question.mode == "immediate":
            kept |= {s for s, (_, t) in self.program.owner.items() if t is not None and t < step}
        scalars = [self.scalar(s, frozenset(kept)) if s not in by.flat else s for s in of.flat]
        entries = [self.number(sympy.diff(x, s)) for x in scalars for s in by.flat]
        return np.reshape(entries, of.data.shape + by.data.shape)

    def number(self, expression: Expr) -> float:
        symbols = sorted(expression.free_symbols, key=lambda s: str(s.name))
        safe = {s: sympy.Symbol(f"v{i}") for i, s in enumerate(symbols)}
        function = sympy.lambdify(list(safe.values()), expression.xreplace(safe), "math", cse=True)
        return float(function(*(self.values[s] for s in symbols)))


@pytest.mark.parametrize("cell", CELLS)
def test_four_ways_agree_with_the_derivative_of_the_written_out_scalar(
    cell: str, lab: Lab, valued: Valued, questions: Questions
) -> None:
    network, sizes = lab.network(cell), SIZES[cell]
    values = lab.draw(network, STEPS, sizes)
    source = lab.floats(values)
    quick = Tensors(network, source, STEPS, sizes)
    ring = valued(source)
    exact = Tensors(network, ring, STEPS, sizes)
    tables = Tables(network, lab.point(STEPS, sizes, values))
    made = unroll(network, STEPS, sizes)
    known = numbers(made, quick)
    referee = WrittenOut(made, known)
    for question in questions(cell, network, STEPS):
        expected = referee.derivative(question)
        ways = {
            "floats": quick.evaluate(question.term, {}).data,
            "polynomials": [ring.number(x.p) for x in exact.evaluate(question.term, {}).data.flat],
            "tables": [float(flint.arb(c.value).mid()) for c in tables.table(question.term, {}).cells],
            "unrolled": [referee.number(written(x)) for x in made.jacobian(question.of, question.by, question.mode)],
        }
        for way, found in ways.items():
            close(found, expected, f"{way}: {question}")


@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_of_the_loss_in_every_form(cell: str, lab: Lab, questions: Questions) -> None:
    """In named states, written out, and as the sum of products."""
    network, sizes = lab.network(cell), SIZES[cell]
    values = lab.draw(network, STEPS, sizes, seed=1)
    made = unroll(network, STEPS, sizes)
    referee = WrittenOut(made, numbers(made, Tensors(network, lab.floats(values), STEPS, sizes)))
    for question in questions(cell, network, STEPS):
        if question.of != ("total", None) or question.by[1] is not None:
            continue
        expected, name = referee.derivative(question), question.by[0]
        for form in (made.gradient(name), made.gradient(name, written_out=True), made.closed_form(name)):
            close([referee.number(written(x)) for x in form], expected, question)


def numbers(made: Unrolled, quick: Tensors) -> dict[Expr, float]:
    """The number that every named symbol stands for."""
    return {
        symbol: float(value)
        for (name, time), block in made.program.blocks.items()
        for symbol, value in zip(block.flat, quick._node(name, time, None).data.flat, strict=True)  # noqa: SLF001
    }


def close(found: Array, expected: Array, what: object) -> None:
    """To 1e-12 of the largest entry."""
    scale = max(1e-3, float(np.max(np.abs(expected))))
    found = np.reshape(found, expected.shape)
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-12, err_msg=str(what))
