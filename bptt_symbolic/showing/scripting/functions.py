"""Known functions -> NumPy: the value and the derivatives of any order, at a text for the argument.

Programs differentiate by complex steps, so a function that is not analytic looks at the real part of its argument.
"""

from fractions import Fraction

from bptt_symbolic.scalars.expressions import Algebra, fold
from bptt_symbolic.scalars.rows import MOST_ORDER, ROWS, derivative, value

_NUMPY = {
    **{name: f"np.{name}({{x}})" for name in ("tanh", "exp", "expm1", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
    "arctan": "np.arctan({x})",
    "erf": "erf({x})",
    "sigmoid": "sigmoid({x})",
    "step": "(1.0 * (np.real({x}) > 0))",
    "relu": "(({x}) * (np.real({x}) > 0))",
}
WHOLE = {
    "softmax": "softmax({x})",
    "logsumexp": "np.log(np.sum(np.exp({x})))",
    "sum": "np.sum({x})",
}
"""Functions of a vector."""
HELPERS: dict[str, str] = {
    "reduce": "from functools import reduce",
    "erf": (  # to first order in the imaginary part, which is all that a complex step needs
        "import math\n"
        "def erf(x): return np.vectorize(lambda z: math.erf(z.real) + 2j * z.imag * np.exp(-z.real**2) / np.pi**0.5)(x)"
    ),
    "sigmoid": "def sigmoid(x): return 1 / (1 + np.exp(-x))",
    "softmax": "def softmax(x): return np.exp(x) / np.exp(x).sum()",
    "poly": "def poly(c, x, order=0): return [c[0] + c[1] * x + c[2] * x**2, c[1] + 2 * c[2] * x, 2 * c[2]][order]",
    "quad": "def quad(c, *args): return np.dot(c[0], a := np.hstack([np.ravel(x) for x in args])) + a @ c[1] @ a",
}
"""Name -> the line that a program needs if it says `name(`."""


def written(name: str, order: int, x: str) -> str | None:
    """A known function, or its derivative of an order, of an argument; None where nobody knows it."""
    if name not in ROWS or order > MOST_ORDER:
        return None if order else WHOLE.get(name, "").replace("{x}", x) or None
    expression = fold(derivative(name, order), _ALGEBRA, f"({x})", lambda: _called(name, 0, x))
    return expression if x in expression else f"np.full(np.shape({x}), {expression}.0)"


def _called(name: str, order: int, x: str) -> str:
    y = _NUMPY[name].replace("{x}", x) if name in _NUMPY else fold(value(name), _ALGEBRA, f"({x})")
    return y if not order else fold(derivative(name, order), _ALGEBRA, f"({x})", lambda: y)


def _number(value_: Fraction) -> str:
    return str(value_) if value_.denominator == 1 else f"({value_})"


def _added(a: str, b: str) -> str:
    return f"({a} - {b.removeprefix('-1 * ')})" if b.startswith("-1 * ") else f"({a} + {b})"


_ALGEBRA = Algebra(_number, _added, lambda a, b: f"{a} * {b}", lambda a, n: f"{a} ** {n}", _called, "np.pi")
