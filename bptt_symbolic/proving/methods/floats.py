"""Floating-point numbers as a domain: a quick look that proposes, and settles nothing.

Given quantities are drawn from a seeded generator; a generic function is a polynomial with coefficients drawn for its
name.
"""

import zlib
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.proving.methods.tensor import Array, Unsupported


def _tanh(x: Array) -> tuple[Array, ...]:
    t = np.tanh(x)
    return t, 1 - t**2, -2 * t * (1 - t**2), (6 * t**2 - 2) * (1 - t**2)


def _sigmoid(x: Array) -> tuple[Array, ...]:
    s = 1 / (1 + np.exp(-x))
    d = s * (1 - s)
    return s, d, d * (1 - 2 * s), d * (1 - 6 * d)


def _step(x: Array) -> Array:
    return np.asarray(x > 0, dtype=float)


DERIVATIVES: dict[str, Callable[[Array], tuple[Array, ...]]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "identity": lambda x: (x, np.ones_like(x), np.zeros_like(x)),
    "relu": lambda x: (x * _step(x), _step(x), np.zeros_like(x)),
    "exp": lambda x: (np.exp(x),) * 4,
    "log": lambda x: (np.log(x), 1 / x, -1 / x**2, 2 / x**3),
    "sqrt": lambda x: (np.sqrt(x), 0.5 / np.sqrt(x), -0.25 * x**-1.5),
    "sin": lambda x: (np.sin(x), np.cos(x), -np.sin(x), -np.cos(x)),
    "cos": lambda x: (np.cos(x), -np.sin(x), -np.cos(x), np.sin(x)),
    "cosh": lambda x: (np.cosh(x), np.sinh(x), np.cosh(x)),
    "sinh": lambda x: (np.sinh(x), np.cosh(x), np.sinh(x)),
    "softplus": lambda x: (np.logaddexp(0, x), *_sigmoid(x)[:3]),
}
"""Known scalar functions: the value and the derivatives in order."""


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
        """Entries between -1 and 1; those of a label add to one where that is assumed."""
        if self._labels is not None and (label := self._labels(name, time)) is not None and len(shape) == 1:
            marked: Array = np.eye(shape[0])[label % shape[0]]
            return marked
        if name in self._zero:
            return np.zeros(shape)
        data = self._draw("given", name, time).uniform(-1, 1, shape)
        if name in self._normal and len(shape) == 1:
            data[-1] = 1 - data[:-1].sum()
        return data

    def inverse(self, data: Array) -> Array:
        """Entrywise 1/x."""
        with np.errstate(all="ignore"):
            return np.asarray(1 / data)

    def apply(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """Value and derivatives by each argument."""
        if function.name == "softmax" and args[0].ndim != 1:
            raise Unsupported("softmax of something that is no vector")
        if function.name == "softmax" and not function.order:
            e = np.exp(args[0] - args[0].max())
            p = e / e.sum()
            return p, [np.diag(p) - np.outer(p, p)]
        if function.name == "sum":
            return np.asarray(args[0].sum()), [np.ones_like(args[0])]
        if function.own:
            return self._generic(function, index, args, time)
        rows = DERIVATIVES.get(function.name)
        if rows is None:
            raise Unsupported(f"the function {function.name}")
        with np.errstate(all="ignore"):
            values = rows(args[0])
        if function.order + 1 >= len(values):
            raise Unsupported(f"derivative {function.order + 1} of {function.name}")
        return values[function.order], [values[function.order + 1]]

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
