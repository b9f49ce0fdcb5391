"""Floating-point numbers as a domain: a quick look that proposes, and settles nothing.

Given quantities are drawn from a seeded generator; a generic function is a polynomial with coefficients drawn for its
name.
"""

import math
import operator
import zlib
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.proving.methods.tensor import Array, Unsupported
from bptt_symbolic.scalars.expressions import Algebra, fold
from bptt_symbolic.scalars.rows import MOST_ORDER, OF_VECTORS, ROWS, derivative, value


def _step(x: Array) -> Array:
    return np.asarray(x > 0, dtype=float)


def _erf(x: Array) -> Array:
    return np.reshape([math.erf(v) for v in np.ravel(x)], np.shape(x))


_NUMPY: dict[str, Callable[[Array], Array]] = {
    **{name: getattr(np, name) for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "arctan")},
    "step": _step,
    "erf": _erf,
}


def _value(name: str, x: Array) -> Array:
    native = _NUMPY.get(name)
    return native(x) if native is not None else fold(value(name), _ALGEBRA, x)


def _called(name: str, order: int, x: Array) -> Array:
    return fold(derivative(name, order), _ALGEBRA, x, lambda: _value(name, x))


_ALGEBRA: Algebra[Array] = Algebra(
    lambda q: np.asarray(float(q)),
    operator.add,
    operator.mul,
    lambda x, n: np.power(x, float(n)),
    _called,
    np.asarray(np.pi),
)


def pair(name: str, order: int, x: Array) -> tuple[Array, Array]:
    """A known scalar function, or its derivative of an order, and the slope there."""
    y = _value(name, x)
    low, high = (
        np.broadcast_to(fold(derivative(name, n), _ALGEBRA, x, lambda: y), np.shape(x)) for n in (order, order + 1)
    )
    return low, high


def _of_vector(function: Function, x: Array) -> tuple[Array, list[Array]]:
    if function.name == "sum":
        return np.asarray(x.sum()), [np.ones_like(x)]
    if x.ndim != 1 or function.order:
        raise Unsupported(f"{function.name} of something that is no vector")
    e = np.exp(x - x.max())
    p = e / e.sum()
    if function.name == "softmax":
        return p, [np.diag(p) - np.outer(p, p)]
    return np.asarray(x.max() + np.log(e.sum())), [p]


class Floats:
    """Numbers of double precision, drawn anew for each seed."""

    def __init__(
        self,
        seed: int,
        normal: frozenset[str] = frozenset(),
        labels: Callable[[str, int | None], int | None] | None = None,
        zero: frozenset[str] = frozenset(),
    ) -> None:
        self._seed, self._normal, self._labels, self._zero = seed, normal, labels, zero

    def constant(self, value: Fraction | int) -> float:
        """An element for a rational number."""
        return float(value)

    def array(self, shape: tuple[int, ...]) -> Array:
        """An array of zeros."""
        return np.zeros(shape)

    def _draw(self, *key: object) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(repr(key).encode())])

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        """Entries between -1 and 1; those of a label, or of each of its rows, add to one where that is assumed."""
        if self._labels is not None and (label := self._labels(name, time)) is not None and len(shape) == 1:
            marked: Array = np.eye(shape[0])[label % shape[0]]
            return marked
        if name in self._zero:
            return np.zeros(shape)
        data = self._draw("given", name, time).uniform(-1, 1, shape)
        if name in self._normal and len(shape) in {1, 2}:
            data[..., -1] = 1 - data[..., :-1].sum(axis=-1)
        return data

    def inverse(self, data: Array) -> Array:
        """Entrywise 1/x."""
        with np.errstate(all="ignore"):
            return np.asarray(1 / data)

    def apply(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """Value and derivatives by each argument."""
        if function.name in OF_VECTORS:
            return _of_vector(function, args[0])
        if function.own:
            return self._generic(function, index, args, time)
        if function.name not in ROWS:
            raise Unsupported(f"the function {function.name}")
        if function.order >= MOST_ORDER:
            raise Unsupported(f"derivative {function.order + 1} of {function.name}")
        with np.errstate(all="ignore"):
            at, slope = pair(function.name, function.order, args[0])
        return at, [slope]

    def _generic(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """A polynomial: cubic by entries; quadratic in all entries where the function mixes them."""
        if not function.mixes(len(args)):
            x = args[0]
            own = function.index is not None
            places = [index] * x.size if index else range(1, x.size + 1)
            coefficients = [self._draw(function.called, i if own else 0).uniform(-1, 1, 4) for i in places]
            c = np.array(coefficients).reshape((*x.shape, 4))
            p = np.polynomial.Polynomial
            values = [
                np.array(
                    [
                        p(ci).deriv(k)(xi) if k else p(ci)(xi)
                        for ci, xi in zip(c.reshape(-1, 4), x.reshape(-1), strict=True)
                    ]
                ).reshape(x.shape)
                for k in (function.order, function.order + 1)
            ]
            return values[0], [values[1]]
        if function.order:
            raise Unsupported(f"a prime on {function.called}, which has several arguments")
        flat = np.concatenate([a.reshape(-1) for a in args])
        vector = function.kind == "vector" and len(args) == 1
        outputs = args[0].size if vector else 1
        draw = self._draw(function.called, time if function.kind == "loss" else None)
        linear, square = draw.uniform(-1, 1, (outputs, flat.size)), draw.uniform(-1, 1, (outputs, flat.size, flat.size))
        square = square + square.transpose(0, 2, 1)
        value = linear @ flat + np.einsum("oij,i,j->o", square, flat, flat) / 2
        slope = linear + square @ flat
        if not vector:
            value, slope = value.reshape(()), slope.reshape(-1)
        else:
            value = value.reshape(args[0].shape)
        slopes, start = [], 0
        for a in args:
            slopes.append(slope[..., start : start + a.size].reshape((*value.shape, *a.shape)))
            start += a.size
        return value, slopes
