"""The rows of known functions, in the kernel and in the methods, are the derivatives that SymPy finds."""

import operator
from functools import partial
from typing import Any

import flint
import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.proving.kernel import balls as numbers
from bptt_symbolic.proving.methods import floats
from bptt_symbolic.scalars import points, rows
from bptt_symbolic.scalars.expressions import Algebra, fold, parsed

X = sympy.Symbol("x", real=True)
RELU = sympy.Piecewise((X, X > 0), (0, True))
WRITTEN = {
    "tanh": sympy.tanh(X),
    "sigmoid": 1 / (1 + sympy.exp(-X)),
    "exp": sympy.exp(X),
    "log": sympy.log(X),
    "sqrt": sympy.sqrt(X),
    "sin": sympy.sin(X),
    "cos": sympy.cos(X),
    "cosh": sympy.cosh(X),
    "sinh": sympy.sinh(X),
    "arctan": sympy.atan(X),
    "erf": sympy.erf(X),
    "softplus": sympy.log(1 + sympy.exp(X)),
    "gelu": X * sympy.Integral(sympy.exp(-(X**2) / 2), X).doit() / sympy.sqrt(2 * sympy.pi) + X / 2,
    "silu": X / (1 + sympy.exp(-X)),
    "identity": X,
    "relu": RELU,
    "leaky_relu": sympy.Piecewise((X, X > 0), (X / 100, True)),
    "elu": sympy.Piecewise((X, X > 0), (sympy.exp(X) - 1, True)),
    "step": sympy.Piecewise((1, X > 0), (0, True)),
    "hardsigmoid": sympy.Piecewise((0, X < -3), (1, X > 3), ((X + 3) / 6, True)),
    "softsign": sympy.Piecewise((X / (1 + X), X > 0), (X / (1 - X), True)),
}
"""Formulas of the sources, not those of the rows; gelu as an integral of the density of the normal distribution."""
POINTS = tuple(sympy.Rational(n, 7) for n in (-29, -9, -3, 3, 11, 27))


def cases(orders: range) -> list[tuple[str, int, sympy.Rational]]:
    every = ((name, order, x) for name in WRITTEN for order in orders for x in POINTS)
    return [case for case in every if case[2] > 0 or case[0] not in {"log", "sqrt"}]


def true(name: str, order: int, x: sympy.Rational) -> float:
    """A derivative by SymPy, in 30 digits."""
    return float(sympy.diff(WRITTEN[name], X, order).subs(X, x).evalf(30))


def test_every_function_that_a_note_can_write_is_in_the_table() -> None:
    assert {*numbers.TRANSCENDENTAL, *numbers.RATIONAL} == set(WRITTEN) == rows.WRITTEN | {"step"}


@pytest.mark.parametrize(("name", "order", "x"), cases(range(3)))
def test_a_function_and_its_slope_are_those_of_sympy(name: str, order: int, x: sympy.Rational) -> None:
    with flint.ctx.workprec(numbers.BITS):
        found: Any = numbers.scalar(Function(name, order=order), None, flint.fmpq(int(x.p), int(x.q)))
    expected = [true(name, n, x) for n in (order, order + 1)]
    np.testing.assert_allclose([float(flint.arb(v).mid()) for v in found], expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(("name", "order", "x"), cases(range(4)))
def test_the_rows_are_those_of_sympy(name: str, order: int, x: sympy.Rational) -> None:
    """Of numbers and of arrays: the value, and the derivatives that follow from the formula of the slope."""
    expected = true(name, order, x)
    assert points.at(name, float(x), order) == pytest.approx(expected, rel=1e-11, abs=1e-13)
    if order < rows.MOST_ORDER:
        found = floats.pair(name, order, np.array([float(x)]))
        np.testing.assert_allclose(np.ravel(found), [expected, true(name, order + 1, x)], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", sorted(n for n, row in rows.ROWS.items() if row.value))
def test_the_slope_of_a_row_is_the_derivative_of_its_value(name: str) -> None:
    """By a difference of the value in 60 digits, on both sides of where it bends."""
    ring: Algebra[Any] = Algebra(
        lambda q: mpmath.mpf(q.numerator) / q.denominator, operator.add, operator.mul, operator.pow, high, mpmath.pi
    )
    with mpmath.workdps(60):
        for x in map(mpmath.mpf, (-4.1, -1.3, -0.2, 0.3, 1.7, 5.3)):
            if name == "log" and x < 0:
                continue
            slope = mpmath.diff(lambda u: fold(rows.value(name), ring, u), x)
            y = fold(rows.value(name), ring, x)
            assert abs(fold(rows.derivative(name, 1), ring, x, partial(mpmath.mpf, y)) - slope) < mpmath.mpf(10) ** -20


def high(name: str, order: int, x: Any) -> Any:
    """Functions that rows call, in many digits, from mpmath."""
    known = {
        "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
        "relu": lambda u: max(u, mpmath.mpf(0)),
        "step": lambda u: mpmath.mpf(u > 0),
        "abs": abs,
        "gauss": lambda u: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-u * u),
    }
    function = known.get(name) or getattr(mpmath, name)
    return function(x) if not order else mpmath.diff(function, x, order)


@pytest.mark.parametrize("name", sorted(n for n, row in rows.ROWS.items() if row.steepest is not None))
def test_no_function_is_steeper_than_its_row_says(name: str) -> None:
    x = np.linspace(-9, 9, 3001) + 1e-5
    slopes = np.abs(floats.pair(name, 0, x)[1])
    steepest = float(rows.ROWS[name].steepest or 0)
    assert slopes.max() <= steepest + 1e-12
    assert slopes.max() >= 0.98 * steepest, "and the bound is near"


@pytest.mark.parametrize("name", sorted(n for n, row in rows.ROWS.items() if row.square is not None))
def test_a_square_is_what_its_row_says(name: str) -> None:
    a, b = rows.ROWS[name].square or (0, 0)
    for x in (-2.0, 0.3, 1.1):
        y = points.at(name, x)
        assert y * y == pytest.approx(a + b * y - true(name, 1, sympy.Rational(x)), abs=1e-12)


@pytest.mark.parametrize("name", ["relu", "step", "leaky_relu", "elu", "softsign", "hardsigmoid"])
def test_where_a_function_bends_nothing_is_settled(name: str) -> None:
    bend = flint.fmpq(3 if name == "hardsigmoid" else 0)
    with pytest.raises(numbers.Unsettled):
        numbers.scalar(Function(name), None, bend)


@pytest.mark.parametrize("text", ["x +", "(x", "x y", "2 $ x", "tanh x"])
def test_a_formula_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        parsed(text)


def test_relu_has_no_slope_where_it_bends() -> None:
    assert numbers.scalar(Function("relu"), None, flint.fmpq(2)) == (flint.fmpq(2), flint.fmpq(1))
    assert numbers.scalar(Function("relu"), None, flint.fmpq(-2)) == (flint.fmpq(0), flint.fmpq(0))
    with pytest.raises(numbers.Unsettled):
        numbers.scalar(Function("relu"), None, flint.fmpq(0))


def test_a_generic_function_is_a_polynomial_with_its_own_derivatives() -> None:
    h = flint.fmpq(1, 1000)
    low, high = (numbers.polynomial("f", None, flint.fmpq(1) + sign * h, 1) for sign in (-1, 1))
    middle = numbers.polynomial("f", None, flint.fmpq(1), 3)
    error = (high[0] - low[0]) / (2 * h) - middle[1]
    assert error == h * h * middle[3] / 6, "exact for a cubic"


def test_generic_functions_of_different_names_differ() -> None:
    rows = {tuple(map(str, numbers.polynomial(n, i, flint.fmpq(2), 2))) for n in "fgh" for i in (None, 1, 2)}
    assert len(rows) == 9


def test_the_gradient_of_a_generic_loss_is_its_slope() -> None:
    args = [flint.fmpq(1), flint.fmpq(-2), flint.fmpq(1, 3)]
    h = flint.fmpq(1, 10)
    _, gradient = numbers.quadratic("loss", 1, 0, args)
    for i, slope in enumerate(gradient):
        moved = [[a + (sign * h if i == j else 0) for j, a in enumerate(args)] for sign in (-1, 1)]
        low, high = (numbers.quadratic("loss", 1, 0, m)[0] for m in moved)
        assert (high - low) / (2 * h) == slope
