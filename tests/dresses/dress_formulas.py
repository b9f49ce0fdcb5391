r"""Formulas of the dresses: a small tree of canonical names that evaluates to numbers; `dress_printing` writes it down.

Shares no code with the package. Every value has two axes: columns are n by 1 and numbers 1 by 1. A derivative of a
number is shaped like what it is taken by, or (`flat`) laid out as a row over all of its entries, so that chains of
Jacobians multiply; a derivative of a column is its Jacobian.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np

Value = Any
"""A NumPy array of two axes."""


class OutsideError(Exception):
    """A step outside of the sequence: the claim says nothing there."""


class Place(Protocol):
    """What is known at one point: the numbers of an unrolled network."""

    steps: int

    def value(self, name: str, step: int | None) -> Value:
        """The numbers of a quantity; raises OutsideError."""

    def jacobian(self, over: tuple[str, int | None], under: tuple[str, int | None], *, direct: bool) -> Value:
        """The derivative as a matrix: entries of what is differentiated by entries of what it is taken by."""

    def shape(self, name: str) -> tuple[int, int]:
        """The shape of a quantity."""


@dataclass(frozen=True)
class Step:
    """A letter and a shift."""

    letter: str
    shift: int = 0

    def at(self, letters: Mapping[str, int]) -> int:
        return letters[self.letter] + self.shift


@dataclass(frozen=True)
class Node:
    """Any formula; operators of Python make products, sums and entrywise products."""

    def __matmul__(self, other: "Node") -> "Node":
        """The product of matrices."""
        return Product(self, other)

    def __add__(self, other: "Node") -> "Node":
        """The sum."""
        return Plus(self, other)

    def __sub__(self, other: "Node") -> "Node":
        """The difference."""
        return Plus(self, Minus(other))

    def __mul__(self, other: "Node") -> "Node":
        """The entrywise product."""
        return Entrywise(self, other)

    @property
    def T(self) -> "Node":  # noqa: N802 - as in NumPy
        return Transposed(self)

    def children(self) -> Iterator[tuple[str, "Node"]]:
        for one in fields(self):
            child = getattr(self, one.name)
            if isinstance(child, Node):
                yield one.name, child

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        raise NotImplementedError


@dataclass(frozen=True)
class Var(Node):
    """A quantity of the network by its canonical name."""

    name: str
    step: Step | None = None

    def key(self, letters: Mapping[str, int]) -> tuple[str, int | None]:
        return self.name, None if self.step is None else self.step.at(letters)

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return place.value(*self.key(letters))


@dataclass(frozen=True)
class Derivative(Node):
    """The derivative of a quantity by another; `direct`: only where the step of the upper one reads the lower one."""

    over: Var
    under: Var
    direct: bool = False
    flat: bool = False

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        over, under = self.over.key(letters), self.under.key(letters)
        place.value(*over)
        place.value(*under)
        found = place.jacobian(over, under, direct=self.direct)
        return found if self.flat or place.shape(self.over.name) != (1, 1) else found.reshape(place.shape(under[0]))


@dataclass(frozen=True)
class Number(Node):
    """A number, as it is written."""

    text: str
    value: float = 1.0

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        del place, letters
        return np.full((1, 1), self.value)


@dataclass(frozen=True)
class Share(Node):
    r"""`\frac{1}{T}`."""

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        del letters
        return np.full((1, 1), 1 / place.steps)


@dataclass(frozen=True)
class Product(Node):
    """A product of matrices, or of a number and anything."""

    left: Node
    right: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        left, right = self.left.at(place, letters), self.right.at(place, letters)
        return left * right if (1, 1) in {left.shape, right.shape} else left @ right


@dataclass(frozen=True)
class Entrywise(Node):
    """A product entry by entry."""

    left: Node
    right: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        left, right = self.left.at(place, letters), self.right.at(place, letters)
        if left.shape != right.shape:
            raise ValueError((left.shape, right.shape))
        return left * right


@dataclass(frozen=True)
class Plus(Node):
    """A sum of two; a number is added to every entry, as in `1 - h`."""

    left: Node
    right: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        left, right = self.left.at(place, letters), self.right.at(place, letters)
        if left.shape != right.shape and not isinstance(self.left, Number):
            raise ValueError((left.shape, right.shape))
        return left + right


@dataclass(frozen=True)
class Minus(Node):
    """What is subtracted."""

    body: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return -self.body.at(place, letters)


@dataclass(frozen=True)
class Transposed(Node):
    """The transpose."""

    body: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return self.body.at(place, letters).T


@dataclass(frozen=True)
class Diagonal(Node):
    """The diagonal matrix of a column."""

    body: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return np.diag(self.body.at(place, letters).reshape(-1))


@dataclass(frozen=True)
class Squared(Node):
    """The square of every entry."""

    body: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return self.body.at(place, letters) ** 2


@dataclass(frozen=True)
class Length(Node):
    """The squared length of a column."""

    body: Node

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        body = self.body.at(place, letters)
        return np.sum(body * body).reshape(1, 1)


def sigmoid(x: Value) -> Value:
    return 1 / (1 + np.exp(-x))


def open_function(x: Value) -> Value:
    """What stands for the activation that a note leaves open."""
    return np.sin(x) + x / 3


def softmax(x: Value) -> Value:
    e = np.exp(x)
    return e / e.sum()


def open_loss(output: Value, target: Value) -> Value:
    """What stands for a loss that a note leaves open."""
    return (np.sin(output) * target + output**3 * target**2).sum().reshape(1, 1)


FUNCTIONS: Mapping[str, tuple[Callable[..., Value], Callable[[Value], Value] | None]] = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "open": (open_function, lambda x: np.cos(x) + 1 / 3),
    "softmax": (softmax, None),
    "log": (np.log, None),
    "loss": (open_loss, None),
}
"""Function -> its values, and those of its derivative."""


@dataclass(frozen=True)
class Call(Node):
    """A function of one or two arguments; `slope`: its derivative."""

    function: str
    body: Node
    second: Node | None = None
    slope: bool = False

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value, slope = FUNCTIONS[self.function]
        arguments = [one.at(place, letters) for one in (self.body, self.second) if one is not None]
        if self.slope and slope is not None:
            return slope(*arguments)
        return value(*arguments)


@dataclass(frozen=True)
class Over(Node):
    """A sum or an ordered product over steps: newest factor first, the identity or nothing where the range is empty."""

    letter: str
    low: Step
    high: Step
    body: Node
    product: bool = False

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        steps = range(self.low.at(letters), self.high.at(letters) + 1)
        values = [self.body.at(place, {**letters, self.letter: step}) for step in steps]
        if not values:
            raise OutsideError
        if not self.product:
            return sum(values)
        return np.linalg.multi_dot(values[::-1]) if len(values) > 1 else values[0]


def walk(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every part of a formula with the way to it."""
    yield path, node
    for name, child in node.children():
        yield from walk(child, (*path, name))


def put(node: Node, path: tuple[str, ...], new: Node) -> Node:
    """The formula with another part at a place."""
    if not path:
        return new
    name, *rest = path
    return replace(node, **{name: put(getattr(node, name), tuple(rest), new)})


def stepped(node: Node, letter: str, new: Step) -> Node:
    """The formula with a step put for a free letter: `T` for `t`."""

    def of(step: Step) -> Step:
        return Step(new.letter, new.shift + step.shift) if step.letter == letter else step

    changes: dict[str, Any] = {name: stepped(child, letter, new) for name, child in node.children()}
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, Step):
            changes[one.name] = of(value)
    return replace(node, **changes)


def transposed(node: Node) -> Node:
    """The formula for rows in place of columns: the products the other way round, the transposes where they were."""
    changes: dict[str, Any] = {name: transposed(child) for name, child in node.children()}
    if isinstance(node, Product) and not isinstance(node.left, Number | Share | Minus):
        return Product(changes["right"], changes["left"])
    return replace(node, **changes)
