"""The rows of known functions, in the kernel and in the methods, are the derivatives that SymPy finds."""

from typing import Any

import flint
import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.proving.kernel import numbers
from bptt_symbolic.proving.methods.floats import DERIVATIVES

X = sympy.Symbol("x")
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
    "softplus": sympy.log(1 + sympy.exp(X)),
    "identity": X,
}
AT = sympy.Rational(3, 7)


def test_every_known_function_is_in_the_table() -> None:
    assert {*numbers.TRANSCENDENTAL, "identity", "relu"} == {*WRITTEN, "relu"} == set(DERIVATIVES)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_function_and_its_slope_are_those_of_sympy(name: str, order: int) -> None:
    expected = [float(sympy.diff(WRITTEN[name], X, n).subs(X, AT).evalf(30)) for n in (order, order + 1)]
    try:
        with flint.ctx.workprec(numbers.BITS):
            found: Any = numbers.scalar(Function(name, order=order), None, flint.fmpq(3, 7))
    except numbers.Unsettled as reason:
        assert "derivative" in str(reason)  # noqa: PT017 - a row may end early, but never be wrong
        return
    np.testing.assert_allclose([float(flint.arb(x).mid()) for x in found], expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_rows_in_floating_point_are_those_of_sympy(name: str) -> None:
    for order, row in enumerate(DERIVATIVES[name](np.array([3 / 7]))):
        expected = float(sympy.diff(WRITTEN[name], X, order).subs(X, AT).evalf(30))
        np.testing.assert_allclose(row, [expected], rtol=1e-12, atol=1e-14)


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
