"""Line, arrays -> its value, and the share of each argument: the operations of a graph with numbers, one at a time.

An array has an axis for the batch first if its line has one, then its data axes. The rules are written again here, not
made from `adjoint`: what judges a gradient shares no line with what generates one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.graph import (
    SEQUENCES,
    Arrange,
    At,
    Contract,
    Count,
    Delay,
    Identity,
    Join,
    Linear,
    Map,
    Mask,
    Node,
    Normalised,
    Number,
    Op,
    Part,
    Raise,
    Space,
    Total,
)
from bptt_symbolic.scalars import rows
from bptt_symbolic.scalars.expressions import Algebra, fold

Array = Any
BATCH = "Z"
"""The letter of the batch in a product."""


@dataclass(frozen=True, slots=True)
class Line:
    """One operation at one step."""

    node: Node | None
    """None for the sum of what a node is at every step."""
    time: int | None
    op: Op
    args: tuple[int, ...]
    space: Space
    spaces: tuple[Space, ...]
    """Those of the arguments."""


class Counts(Protocol):
    """What knows the numbers that integer expressions stand for."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """The lengths of axes, and how many sequences there are."""

    def integer(self, value: Affine, time: int | None) -> int:
        """An integer expression at a step."""


def scalar(name: str, x: Array) -> Array:
    """A scalar function by entries."""
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(0.5 * x))
    if name == "softplus":
        return np.logaddexp(x, 0)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "step":
        return np.heaviside(x, 0)
    if name == "erf":
        return fold_erf(x)
    found = getattr(np, name, None)
    return found(x) if found is not None else fold(rows.value(name), ALGEBRA, x)


def fold_erf(x: Array) -> Array:
    """The error function, which NumPy does not have."""
    return np.vectorize(math.erf, otypes=[float])(x)


def scalar_slope(name: str, x: Array, y: Array | None = None) -> Array:
    """The derivative of a scalar function at `x`, where it has the value `y`."""
    found = fold(rows.derivative(name, 1), ALGEBRA, x, lambda: scalar(name, x) if y is None else y)
    return np.broadcast_to(found, np.shape(x))


def _called(name: str, order: int, x: Array) -> Array:
    return scalar_slope(name, x) if order else scalar(name, x)


def _power(x: Array, exponent: int) -> Array:
    return np.asarray(x, dtype=float) ** exponent


def _number(value: Fraction) -> Array:
    return float(value)


ALGEBRA: Algebra[Array] = Algebra(_number, np.add, np.multiply, _power, _called, np.pi)


def _fitted(array: Array, own: Space, whole: Space) -> Array:
    """An array so that it meets one of a larger space: data axes of length one, sequences in front."""
    if not own.dims and whole.dims and own.batch:
        return array.reshape(array.shape + (1,) * len(whole.dims))
    return array


def summed(array: Array, whole: Space, own: Space) -> Array:
    """A share summed over the axes that an argument has not."""
    if whole.dims and not own.dims:
        array = array.sum(axis=tuple(range(-len(whole.dims), 0)))
    return array.sum(axis=0) if whole.batch and not own.batch else array


def _letters(space: Space, letters: str) -> str:
    return BATCH + letters if space.batch else letters


def _all(array: Array, space: Space, sizes: Mapping[str, int]) -> Array:
    """With every axis of the space."""
    dims = tuple(dim.at(sizes) for dim in space.dims)
    return np.broadcast_to(array, ((sizes[SEQUENCES],) * space.batch) + dims)


def valued(line: Line, args: Sequence[Array], counts: Counts) -> Array:  # noqa: C901, PLR0912 - one case an operation
    """The value of a line."""
    sizes = counts.sizes
    match line.op:
        case Number(value):
            return np.asarray(float(value))
        case Count(value):
            return np.asarray(float(counts.integer(value, line.time)))
        case Mask(low, high):
            inside = counts.integer(low, line.time) <= (line.time or 0) <= counts.integer(high, line.time)
            return np.asarray(float(inside))
        case Identity():
            return np.eye(line.space.dims[0].at(sizes))
        case Delay() | At():
            return _all(args[0], line.space, sizes)
        case Map(name):
            return scalar(name, args[0])
        case Raise(exponent):
            return args[0] ** exponent
        case Linear(coefficients):
            parts = zip(coefficients, args, line.spaces, strict=True)
            total = sum((float(c) * _fitted(a, s, line.space) for c, a, s in parts), start=np.zeros(()))
            return _all(total, line.space, sizes)
        case Contract(left, right, out):
            return np.einsum(_product(line, left, right, out), *args)
        case Total(before, after):
            return np.einsum(f"{_letters(line.spaces[0], before)}->{_letters(line.space, after)}", args[0])
        case Arrange(before, after):
            return _arranged(line, args[0], before, after, sizes)
        case Normalised(name):
            return _normalised(name, args[0])
        case Join():
            full = [
                _all(a, Space(s.dims, batch=line.space.batch), sizes) for a, s in zip(args, line.spaces, strict=True)
            ]
            return np.concatenate(full, axis=-1)
        case Part(axis, low, high):
            return args[0][_places(line, axis, low.at(sizes), high.at(sizes))]
    raise TypeError(line.op)


def _product(line: Line, left: str, right: str, out: str) -> str:
    a, b = line.spaces
    return f"{_letters(a, left)},{_letters(b, right)}->{_letters(line.space, out)}"


def _arranged(line: Line, array: Array, before: str, after: str, sizes: Mapping[str, int]) -> Array:
    """Axes in another order, new ones spread."""
    kept = "".join(k for k in after if k in before)
    found = np.einsum(f"{_letters(line.spaces[0], before)}->{_letters(line.space, kept)}", array)
    place: Any = ((slice(None),) * line.space.batch) + tuple(slice(None) if k in before else None for k in after)
    return _all(found[place], line.space, sizes)


def _places(line: Line, axis: int, low: int, high: int) -> Any:
    return (slice(None),) * (axis + line.space.batch) + (slice(low, high),)


def _normalised(name: str, x: Array) -> Array:
    top = x.max(axis=-1, keepdims=True)
    powers = np.exp(x - top)
    total = powers.sum(axis=-1, keepdims=True)
    if name == "softmax":
        return powers / total
    return x - top - np.log(total) if name == "log_softmax" else (np.log(total) + top)[..., 0]


def shared(
    line: Line, place: int, args: Sequence[Array], value: Array, adjoint: Array, sizes: Mapping[str, int]
) -> Array:
    """The share of one argument in the adjoint of a line."""
    own, whole = line.spaces[place], line.space
    match line.op:
        case Delay() | At():
            return summed(adjoint, whole, own)
        case Raise(exponent):
            return adjoint * exponent * args[0] ** (exponent - 1)
        case Linear(coefficients):
            return float(coefficients[place]) * summed(adjoint, whole, own)
        case Contract(left, right, out):
            mine, other = (left, right) if place == 0 else (right, left)
            rest = args[1 - place]
            spec = f"{_letters(whole, out)},{_letters(line.spaces[1 - place], other)}->{_letters(own, mine)}"
            return np.einsum(spec, adjoint, rest)
        case Total(before, after):
            return _untotalled(line, adjoint, before, after, args[0])
        case Arrange(before, after):
            return np.einsum(f"{_letters(whole, after)}->{_letters(own, before)}", adjoint)
        case Normalised(name):
            return normalised_share(name, args[0], value, adjoint)
        case Join():
            start = sum(a.shape[-1] for a in args[:place])
            piece = adjoint[..., start : start + args[place].shape[-1]]
            return piece.sum(axis=0) if whole.batch and not own.batch else piece
        case Part(axis, low, high):
            found = np.zeros_like(args[0])
            found[_places(line, axis, low.at(sizes), high.at(sizes))] = adjoint
            return found
    raise TypeError(line.op)


def _untotalled(line: Line, adjoint: Array, before: str, after: str, like: Array) -> Array:
    """The adjoint of a sum, once for every summand."""
    own = line.spaces[0]
    if own.batch and not line.space.batch:
        adjoint = adjoint[None]
    place: Any = ((slice(None),) * own.batch) + tuple(slice(None) if k in after else None for k in before)
    kept = "".join(k for k in before if k in after)
    lead = BATCH if own.batch else ""
    return np.broadcast_to(np.einsum(f"{lead}{after}->{lead}{kept}", adjoint)[place], like.shape)


def normalised_share(name: str, x: Array, value: Array, adjoint: Array) -> Array:
    """That of softmax and its relatives."""
    if name == "logsumexp":
        return adjoint[..., None] * _normalised("softmax", x)
    if name == "log_softmax":
        return adjoint - np.exp(value) * adjoint.sum(axis=-1, keepdims=True)
    return value * (adjoint - (adjoint * value).sum(axis=-1, keepdims=True))
