"""Name, number -> the value of a scalar function there, in floating point."""

import math
import operator
from collections.abc import Callable

from bptt_symbolic.scalars.expressions import Algebra, fold
from bptt_symbolic.scalars.rows import derivative, value

_NATIVE: dict[str, Callable[[float], float]] = {
    **{name: getattr(math, name) for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "erf")},
    "arctan": math.atan,
    "step": lambda x: float(x > 0),
}


def at(name: str, x: float, order: int = 0) -> float:
    """The function, or its derivative of an order; raises ValueError outside its domain, and OverflowError."""
    native = _NATIVE.get(name)
    y = native(x) if native is not None else fold(value(name), _ALGEBRA, x)
    return fold(derivative(name, order), _ALGEBRA, x, lambda: y)


_ALGEBRA: Algebra[float] = Algebra(
    float, operator.add, operator.mul, lambda x, n: float(x**n), lambda name, order, x: at(name, x, order), math.pi
)
