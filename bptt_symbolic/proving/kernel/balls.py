"""Numbers of the kernel: exact rationals as long as they last, then balls that enclose the true value.

Functions of the note's own (`f`, a generic loss) are instantiated by small polynomials with rational coefficients, so
that a counterexample with them is exact.
"""

import random
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction

import flint

from bptt_symbolic.meaning.terms import Function

Number = flint.fmpq | flint.arb
"""A rational, or a ball once a transcendental function has been applied."""

ZERO, ONE, SMALL = flint.fmpq(0), flint.fmpq(1), flint.fmpq(1, 100)
BITS = 160
"""Working precision of the balls."""


class Unsettled(Exception):  # noqa: N818 - an honest "undecided" on its way
    """The kernel cannot compute this; the message is a reason a person can read."""


def ball(x: Number) -> flint.arb:
    """The number as a ball."""
    return x if isinstance(x, flint.arb) else flint.arb(x)


def fraction(x: Number) -> Fraction:
    """A rational as a fraction of Python; raises Unsettled for a ball, as no entry that is given is one."""
    if isinstance(x, flint.arb):
        raise Unsettled("a given number that is not rational")
    return Fraction(int(x.p), int(x.q))


def divide(a: Number, b: Number) -> Number:
    """Quotient; a divisor that may be zero is refused."""
    if isinstance(b, flint.arb):
        if b.contains(0):
            raise Unsettled("a division by something that may be zero")
    elif b == 0:
        raise Unsettled("a division by zero")
    return ball(a) / b if isinstance(b, flint.arb) or isinstance(a, flint.arb) else flint.fmpq(a) / b


def _tanh(x: flint.arb) -> Sequence[Number]:
    t = x.tanh()
    u = 1 - t * t
    return t, u, -2 * t * u, (6 * t * t - 2) * u


def _sigmoid(x: flint.arb) -> Sequence[Number]:
    s = 1 / (1 + (-x).exp())
    u = s * (1 - s)
    return s, u, u * (1 - 2 * s), u * (1 - 6 * s + 6 * s * s)


def _log(x: flint.arb) -> Sequence[Number]:
    if not x > 0:
        raise Unsettled("the logarithm of something that is not positive")
    return x.log(), 1 / x, -1 / (x * x), 2 / (x * x * x)


def _sqrt(x: flint.arb) -> Sequence[Number]:
    if not x > 0:
        raise Unsettled("the square root of something that is not positive")
    root = x.sqrt()
    return root, 1 / (2 * root), -1 / (4 * root * x), 3 / (8 * root * x * x)


def _softplus(x: flint.arb) -> Sequence[Number]:
    return (1 + x.exp()).log(), *_sigmoid(x)[:3]


def _normal(x: flint.arb) -> flint.arb:
    """The density of the normal distribution."""
    return (-x * x / 2).exp() / (2 * flint.arb.pi()).sqrt()


def _erf(x: flint.arb) -> Sequence[Number]:
    g = 2 * _normal(x * flint.arb(2).sqrt()) * flint.arb(2).sqrt()
    return x.erf(), g, -2 * x * g, (4 * x * x - 2) * g


def _gelu(x: flint.arb) -> Sequence[Number]:
    """`x Phi(x)`, with the distribution and the density of the normal one."""
    below, n = (1 + (x / flint.arb(2).sqrt()).erf()) / 2, _normal(x)
    return x * below, below + x * n, (2 - x * x) * n, (x * x - 4) * x * n


def _silu(x: flint.arb) -> Sequence[Number]:
    s, first, second, third = _sigmoid(x)
    return x * s, s + x * first, 2 * first + x * second, 3 * second + x * third


def _arctan(x: flint.arb) -> Sequence[Number]:
    u = 1 / (1 + x * x)
    return x.atan(), u, -2 * x * u * u, (6 * x * x - 2) * u * u * u


def _elu(x: flint.arb) -> Sequence[Number]:
    if _side(x, 0):
        return [x, ONE, ZERO, ZERO]
    return x.exp() - 1, x.exp(), x.exp(), x.exp()


TRANSCENDENTAL: dict[str, Callable[[flint.arb], Sequence[Number]]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "exp": lambda x: (x.exp(),) * 4,
    "log": _log,
    "sqrt": _sqrt,
    "sin": lambda x: (x.sin(), x.cos(), -x.sin(), -x.cos()),
    "cos": lambda x: (x.cos(), -x.sin(), -x.cos(), x.sin()),
    "cosh": lambda x: (x.cosh(), x.sinh(), x.cosh(), x.sinh()),
    "sinh": lambda x: (x.sinh(), x.cosh(), x.sinh(), x.cosh()),
    "softplus": _softplus,
    "erf": _erf,
    "gelu": _gelu,
    "silu": _silu,
    "arctan": _arctan,
    "elu": _elu,
}
"""Scalar function -> its value and derivatives at a ball."""


def _side(x: Number, bend: int) -> bool:
    """Whether the argument lies above a place where a function bends; raises Unsettled where that is not sure."""
    if not (x > bend or x < bend):
        raise Unsettled("a function at a point where it may bend")
    return bool(x > bend)


def _softsign(x: Number) -> Sequence[Number]:
    sign = 1 if _side(x, 0) else -1
    u = ONE / (1 + sign * x)
    return x * u, u * u, -2 * sign * u * u * u, 6 * u * u * u * u


def _hardsigmoid(x: Number) -> Sequence[Number]:
    above, below = _side(x, -3), not _side(x, 3)
    value = (x + 3) / flint.fmpq(6) if above and below else flint.fmpq(int(above))
    return [value, flint.fmpq(1, 6) if above and below else ZERO, ZERO, ZERO]


RATIONAL: dict[str, Callable[[Number], Sequence[Number]]] = {
    "identity": lambda x: [x, ONE, ZERO, ZERO],
    "step": lambda x: [ONE if _side(x, 0) else ZERO, ZERO, ZERO, ZERO],
    "relu": lambda x: [x, ONE, ZERO, ZERO] if _side(x, 0) else [ZERO] * 4,
    "leaky_relu": lambda x: (
        [x, ONE, ZERO, ZERO] if _side(x, 0) else [x / flint.fmpq(100), 1 / flint.fmpq(100), ZERO, ZERO]
    ),
    "hardsigmoid": _hardsigmoid,
    "softsign": _softsign,
}
"""The same for functions that are rational at a rational number, piece by piece."""


def scalar(function: Function, index: int | None, x: Number) -> tuple[Number, Number]:
    """Value of a scalar function (or of its derivative, by `order`) and the slope there."""
    order = function.order
    if function.own:
        values = polynomial(function.called, index, x, order + 1)
    elif function.name in RATIONAL:
        values = list(RATIONAL[function.name](x))
    elif function.name in TRANSCENDENTAL:
        values = list(TRANSCENDENTAL[function.name](ball(x)))
    else:
        raise Unsettled(f"the function {function.name}")
    if order + 1 >= len(values):
        raise Unsettled(f"derivative {order + 1} of {function.name}")
    return values[order], values[order + 1]


def polynomial(name: str, index: int | None, x: Number, order: int) -> list[Number]:
    """The quadratic that stands for a generic function, and its derivatives up to `order`."""
    rest, values = coefficients(name, index), []
    for _ in range(order + 1):
        total: Number = flint.fmpq(0)
        for c in reversed(rest):
            total = total * x + c
        values.append(total)
        rest = [c * i for i, c in enumerate(rest)][1:] or [flint.fmpq(0)]
    return values


def coefficients(name: str, index: int | None) -> list[flint.fmpq]:
    """Those of the quadratic that stands for a generic function, of the lowest power first."""
    draw = random.Random(zlib.crc32(repr((name, index)).encode()))  # noqa: S311 - reproducible, not secret
    return [flint.fmpq(draw.choice([-2, -1, 1, 2]), draw.choice([1, 2, 3])) for _ in range(3)]


def quadratic(name: str, step: int | None, output: int, args: Sequence[Number]) -> tuple[Number, list[Number]]:
    """The quadratic form that stands for a generic function of several numbers, and its gradient."""
    n = len(args)
    linear, square = form(name, step, output, n)
    value: Number = flint.fmpq(0)
    gradient = []
    for i in range(n):
        value = value + linear[i] * args[i]
        slope: Number = linear[i]
        for j in range(n):
            value = value + square[i][j] * args[i] * args[j]
            slope = slope + (square[i][j] + square[j][i]) * args[j]
        gradient.append(slope)
    return value, gradient


def form(name: str, step: int | None, output: int, n: int) -> tuple[list[flint.fmpq], list[list[flint.fmpq]]]:
    """Coefficients `l` and `q` of the form `sum l_i a_i + sum q_ij a_i a_j` that stands for a function of n numbers."""
    draw = random.Random(zlib.crc32(repr((name, step, output)).encode()))  # noqa: S311 - reproducible, not secret
    linear = [flint.fmpq(draw.choice([-2, -1, 1, 2, 3]), draw.choice([1, 2, 3])) for _ in range(n)]
    square = [[flint.fmpq(draw.choice([-1, 1, 2]), draw.choice([1, 2, 3])) for _ in range(n)] for _ in range(n)]
    return linear, square
