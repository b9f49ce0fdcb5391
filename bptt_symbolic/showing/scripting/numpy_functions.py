"""Known functions -> NumPy: the value and the derivatives of any order, at a text for the argument.

Programs differentiate by complex steps, so a function that is not analytic looks at the real part of its argument.
"""

from fractions import Fraction
from itertools import accumulate

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
    expression = _called(name, order, f"({x})")
    return expression if x in expression else f"np.full(np.shape({x}), 1.0 * {expression})"


def _called(name: str, order: int, x: str) -> str:
    """A function of an atom, as an atom: a call, or something in brackets."""
    native = _NUMPY.get(name)
    y = native.replace("{x}", _inside(x)) if native is not None else fold(value(name), _ALGEBRA, x)
    return fold(derivative(name, order), _ALGEBRA, x, lambda: y)


def _inside(text: str) -> str:
    """Without brackets around all of it."""
    depths = list(accumulate((c == "(") - (c == ")") for c in text))
    return text[1:-1] if text[0] == "(" and 0 not in depths[:-1] else text


def _number(number: Fraction) -> str:
    return str(number) if number.denominator == 1 and number >= 0 else f"({number})"


def _added(a: str, b: str) -> str:
    return f"({a} - {b[2:-1]})" if b.startswith("(-") and _inside(b) != b else f"({a} + {b})"


def _times(a: str, b: str) -> str:
    return f"(-{b})" if a == "(-1)" else f"({a} * {b})"


_ALGEBRA = Algebra(_number, _added, _times, lambda a, n: f"({a} ** {n})", _called, "np.pi")
