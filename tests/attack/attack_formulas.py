r"""Formulas of the attack: a small tree that prints LaTeX for the checker and evaluates to numbers for the oracle.

Shares no code with the package. Vectors are columns, numbers are arrays without axes, a product that comes out 1 by 1
is a number. What has no meaning (a shape, a step outside, a derivative that nobody lays out) raises `Undefined`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np

Value = Any
"""A NumPy array of complex numbers; or one of the two below."""


class Neutral:
    """Zero of any shape, or the identity of any size: an empty sum or product."""


ZERO = Neutral()
ONE = Neutral()


class Undefined(Exception):  # noqa: N818 - no fault of the program: the claim has no meaning there
    """A formula without a meaning at a point, perhaps only within a sum (`bound`).

    `outside`: a step lies outside of the sequence; `odd`: nobody has said
    what it means.
    """

    def __init__(self, reason: str, *, outside: bool = False, odd: bool = False) -> None:
        super().__init__(reason)
        self.outside = outside
        self.bound = False
        self.odd = odd


class Place(Protocol):
    """What the oracle knows at one point: the numbers of an unrolled network."""

    steps: int
    layout: str

    def value(self, name: str, step: int | None) -> Value:
        """The numbers of a quantity, a column or a matrix or a number."""

    def jacobian(self, over: tuple[str, int | None], under: tuple[str, int | None], *, direct: bool) -> Value:
        """The derivative as an array: axes of what is differentiated first."""

    def size(self, name: str) -> int:
        """A size by its letter."""


@dataclass(frozen=True, slots=True)
class Step:
    """A letter and a shift; without a letter a number."""

    letter: str
    shift: int = 0

    def at(self, letters: Mapping[str, int]) -> int:
        return (letters[self.letter] if self.letter else 0) + self.shift

    def latex(self) -> str:
        if not self.letter:
            return str(self.shift)
        return self.letter + (f"{self.shift:+d}" if self.shift else "")


@dataclass(frozen=True, slots=True)
class Node:
    """Any formula; operators of Python make products, sums and transposes."""

    def __mul__(self, other: "Node") -> "Product":
        """A product, written as one with those before it."""
        left = self.factors if isinstance(self, Product) else (self,)
        return Product((*left, other))

    def __add__(self, other: "Node") -> "Total":
        """A sum, written as one with those before it."""
        left = self.terms if isinstance(self, Total) else ((1, self),)
        return Total((*left, (1, other)))

    def __sub__(self, other: "Node") -> "Total":
        """The same with a minus."""
        left = self.terms if isinstance(self, Total) else ((1, self),)
        return Total((*left, (-1, other)))

    @property
    def T(self) -> "Transpose":  # noqa: N802 - as in NumPy
        return Transpose(self)

    def latex(self) -> str:
        raise NotImplementedError

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Quantity(Node):
    """A named quantity at a step, a parameter without one, or one entry of either."""

    name: str
    step: Step | None = None
    entry: tuple[str, ...] = ()

    def latex(self) -> str:
        scripts = ([self.step.latex()] if self.step else []) + (["".join(self.entry)] if self.entry else [])
        return self.name + (f"_{{{','.join(scripts)}}}" if scripts else "")

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        whole = place.value(self.name, self.step.at(letters) if self.step else None)
        if not self.entry:
            return whole
        return _entry(
            whole[:, 0] if len(self.entry) == 1 and whole.ndim and whole.shape[1] == 1 else whole, self.where(letters)
        )

    def where(self, letters: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(letters[e] - 1 for e in self.entry)

    def key(self, letters: Mapping[str, int]) -> tuple[str, int | None]:
        return self.name, self.step.at(letters) if self.step else None


def _entry(whole: Value, where: tuple[int, ...]) -> Value:
    if whole.ndim != len(where) or any(i >= n for i, n in zip(where, whole.shape, strict=True)):
        raise Undefined("there is no such entry")
    return whole[where]


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """`over` differentiated by `under`; `direct`: earlier states held fixed."""

    over: Quantity
    under: Quantity
    direct: bool = False

    def latex(self) -> str:
        sign = r"\partial^{+}" if self.direct else r"\partial"
        return rf"\frac{{{sign} {self.over.latex()}}}{{\partial {self.under.latex()}}}"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        array = place.jacobian(self.over.key(letters), self.under.key(letters), direct=self.direct)
        above = len(place.value(*replace(self.over, entry=()).key(letters)).shape)
        above = min(above, 1)  # a column has one axis here; matrices are never differentiated
        if self.over.entry:
            if above != len(self.over.entry):
                raise Undefined("there is no such entry")
            array = _picked(array, self.over.where(letters), 0)
            above = 0
        if self.under.entry:
            if array.ndim - above != len(self.under.entry):
                raise Undefined("there is no such entry")
            array = _picked(array, self.under.where(letters), above)
        return laid_out(array, above, place.layout)


def _picked(array: Value, where: tuple[int, ...], axis: int) -> Value:
    for i in where:
        if i >= array.shape[axis]:
            raise Undefined("there is no such entry")
        array = np.take(array, i, axis)
    return array


LAYOUTS = ("rows", "gradient", "numerator", "denominator")
"""Derivatives of numbers by columns are rows, or columns, or rows with those by matrices transposed, or all is
transposed."""


def laid_out(array: Value, above: int, layout: str) -> Value:
    """A derivative as rows and columns; one of a column by a matrix keeps its three axes."""
    below = array.ndim - above
    if (above, below) == (0, 1):
        return array.reshape(1, -1) if layout in {"rows", "numerator"} else array.reshape(-1, 1)
    if (above, below) == (0, 2):
        return array.T if layout == "numerator" else array
    if (above, below) == (1, 0):
        return array.reshape(1, -1) if layout == "denominator" else array.reshape(-1, 1)
    if (above, below) == (1, 1):
        return array.T if layout == "denominator" else array
    if (above, below) == (1, 2) and layout == "denominator":
        raise Undefined("three axes are not transposed", odd=True)
    return array


@dataclass(frozen=True, slots=True)
class Transpose(Node):
    of: Node

    def latex(self) -> str:
        if isinstance(self.of, Quantity):
            return rf"{self.of.latex()}^\top"
        return rf"\left({self.of.latex()}\right)^\top"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value = self.of.at(place, letters)
        if isinstance(value, Neutral) or value.ndim == 0:
            return value
        if value.ndim > 2:
            raise Undefined("three axes are not transposed", odd=True)
        return value.T


@dataclass(frozen=True, slots=True)
class Product(Node):
    factors: tuple[Node, ...]

    def latex(self) -> str:
        *front, last = self.factors
        return " ".join([*(_bracketed(f, *LOOSE, Over, Hadamard) for f in front), _bracketed(last, *LOOSE, Hadamard)])

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value: Value = ONE
        for factor in self.factors:
            value = times(value, factor.at(place, letters), place.layout)
        return value


def times(a: Value, b: Value, layout: str) -> Value:
    """A product of arrays; numbers scale, rows and matrices act on what has three axes."""
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE or b is ONE:
        return b if a is ONE else a
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim != 2 or a.shape[1] != b.shape[0]:
        raise Undefined("shapes do not fit")
    if b.ndim == 3:
        found = np.einsum("ij,jkl->ikl", a, b)
        if found.shape[0] > 1:
            return found
        return found[0].T if layout == "numerator" else found[0]
    found = a @ b
    return found[0, 0] if found.shape == (1, 1) else found


@dataclass(frozen=True, slots=True)
class Hadamard(Node):
    factors: tuple[Node, ...]

    def latex(self) -> str:
        return r" \odot ".join(_bracketed(f, *LOOSE, Over, Hadamard, Product) for f in self.factors)

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        values = [f.at(place, letters) for f in self.factors]
        if any(isinstance(v, Neutral) for v in values):
            raise Undefined("an empty sum has no entries")
        if len({v.shape for v in values}) > 1:
            raise Undefined("shapes do not fit")
        value = values[0]
        for other in values[1:]:
            value = value * other
        return value


@dataclass(frozen=True, slots=True)
class Total(Node):
    """A sum of terms with their signs."""

    terms: tuple[tuple[int, Node], ...]

    def latex(self) -> str:
        written = []
        for n, (sign, term) in enumerate(self.terms):
            last = n == len(self.terms) - 1
            inner = _bracketed(term, *LOOSE) if last else _bracketed(term, *LOOSE, Over)
            written.append(("- " if sign < 0 else "+ " if n else "") + inner)
        return " ".join(written)

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value: Value = ZERO
        for sign, term in self.terms:
            value = plus(value, term.at(place, letters), sign)
        return value


def plus(a: Value, b: Value, sign: int = 1) -> Value:
    """A sum of arrays of one shape."""
    if b is ZERO:
        return a
    if a is ZERO and not isinstance(b, Neutral):
        return sign * b
    a, b = _as_arrays(a, b)
    if a.shape != b.shape:
        raise Undefined("shapes do not fit")
    return a + sign * b


def _as_arrays(a: Value, b: Value) -> tuple[Value, Value]:
    """Neutral values beside arrays: an identity, or zeros."""
    if isinstance(a, Neutral) and isinstance(b, Neutral):
        return (np.zeros(()) if a is ZERO else np.ones(())), (np.zeros(()) if b is ZERO else np.ones(()))
    if isinstance(a, Neutral):
        return _like(a, b), b
    if isinstance(b, Neutral):
        return a, _like(b, a)
    return a, b


def _like(neutral: Value, array: Value) -> Value:
    if neutral is ZERO:
        return np.zeros_like(array)
    if array.ndim == 0:
        return np.ones(())
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise Undefined("an identity is square")
    return np.eye(array.shape[0])


@dataclass(frozen=True, slots=True)
class Over(Node):
    """A sum or a product over steps; products run newest first. `entries`: a sum over entries, up to a size."""

    kind: str
    letter: str
    low: Step
    high: Step
    body: Node

    def latex(self) -> str:
        sign = r"\prod" if self.kind == "product" else r"\sum"
        inner = _bracketed(self.body, *LOOSE, Hadamard, *((Product,) if self.kind == "product" else ()))
        return rf"{sign}_{{{self.letter}={self.low.latex()}}}^{{{self.high.latex()}}} {inner}"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        high = place.size(self.high.letter) if self.kind == "entries" else self.high.at(letters)
        value: Value = ONE if self.kind == "product" else ZERO
        for step in range(self.low.at(letters), high + 1):
            try:
                inner = self.body.at(place, {**letters, self.letter: step})
            except Undefined as reason:
                reason.bound = True
                raise
            value = times(inner, value, place.layout) if self.kind == "product" else plus(value, inner)
        return value


@dataclass(frozen=True, slots=True)
class Diagonal(Node):
    of: Node

    def latex(self) -> str:
        return rf"\mathrm{{diag}}({self.of.latex()})"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value = self.of.at(place, letters)
        if value is ZERO or (not isinstance(value, Neutral) and value.ndim == 0 and not value):
            return ZERO  # the zero column
        if isinstance(value, Neutral) or value.ndim != 2 or 1 not in value.shape:
            raise Undefined("diag of what is no column")
        return np.diag(value.reshape(-1))


@dataclass(frozen=True, slots=True)
class OneMinus(Node):
    """1 minus a column, entry by entry."""

    of: Node

    def latex(self) -> str:
        return f"1 - {_bracketed(self.of, Total, OneMinus)}"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value = self.of.at(place, letters)
        if isinstance(value, Neutral) or (value.ndim > 1 and value.shape[1] != 1):
            raise Undefined("1 minus a matrix")
        return 1 - value


@dataclass(frozen=True, slots=True)
class Square(Node):
    """A square, entry by entry, of a quantity with a step."""

    of: Quantity

    def latex(self) -> str:
        return f"{self.of.latex()}^2"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return self.of.at(place, letters) ** 2


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A fraction of numbers; `above` and `below` may be `T`."""

    above: int | str
    below: int | str = 1

    def latex(self) -> str:
        return str(self.above) if self.below == 1 else rf"\frac{{{self.above}}}{{{self.below}}}"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        del letters
        above, below = (place.steps if v == "T" else v for v in (self.above, self.below))
        return ZERO if above == 0 else np.asarray(above / below)  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Applied(Node):
    """A function of a column, entry by entry."""

    function: str
    of: Node

    def latex(self) -> str:
        return rf"{self.function}({self.of.latex()})"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        return FUNCTIONS[self.function](self.of.at(place, letters))


@dataclass(frozen=True, slots=True)
class Power(Node):
    """A power of a square matrix."""

    of: Quantity
    high: Step
    low: Step

    def latex(self) -> str:
        return f"{self.of.latex()}^{{{self.high.latex()}-{self.low.latex()}}}"

    def at(self, place: Place, letters: Mapping[str, int]) -> Value:
        value, exponent = self.of.at(place, letters), self.high.at(letters) - self.low.at(letters)
        if exponent < 0:
            raise Undefined("a negative power", outside=True)
        if value.ndim != 2 or value.shape[0] != value.shape[1]:
            raise Undefined("a power of what is not square")
        return np.linalg.matrix_power(value, exponent)


def sigmoid(z: Value) -> Value:
    return 1 / (1 + np.exp(-z))


def softmax(z: Value) -> Value:
    powers = np.exp(z)
    return powers / powers.sum()


LOOSE = (Total, OneMinus)
"""What binds its parts more loosely than a product does."""

FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    r"\tanh": np.tanh,
    r"\log": np.log,
    r"\sigma": sigmoid,
    r"\mathrm{softmax}": softmax,
}


def _bracketed(node: Node, *kinds: type[Node]) -> str:
    negative = isinstance(node, Number) and str(node.above).startswith("-")  # `a (-1)` is no difference
    return rf"\left({node.latex()}\right)" if negative or isinstance(node, kinds) else node.latex()


Path = tuple[object, ...]


def children(node: Node) -> Iterator[tuple[Path, Node]]:
    """The formulas right below a formula."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Node):
            yield (field.name,), value
        elif field.name == "factors":
            yield from (((field.name, n), part) for n, part in enumerate(value))
        elif field.name == "terms":
            yield from (((field.name, n), part) for n, (_, part) in enumerate(value))


def places(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every formula in a formula, with the way to it."""
    yield path, node
    for way, part in children(node):
        yield from places(part, (*path, *way))


def put(node: Node, path: Path, new: Node) -> Node:
    """The formula with another one at a place."""
    if not path:
        return new
    name = str(path[0])
    value = getattr(node, name)
    if isinstance(value, Node):
        return replace(node, **{name: put(value, path[1:], new)})
    n = path[1]
    parts = list(value)
    parts[n] = (value[n][0], put(value[n][1], path[2:], new)) if name == "terms" else put(value[n], path[2:], new)  # type: ignore[call-overload]
    return replace(node, **{name: tuple(parts)})


def free(node: Node) -> set[str]:
    """Letters of steps and entries that nothing binds."""
    found: set[str] = set()
    for _, part in children(node):
        found |= free(part)
    if isinstance(node, Over):
        found -= {node.letter}
        found |= {node.low.letter} | (set() if node.kind == "entries" else {node.high.letter})
    elif isinstance(node, Quantity):
        found |= ({node.step.letter} if node.step else set()) | set(node.entry)
    elif isinstance(node, Power):
        found |= {node.high.letter, node.low.letter}
    return found - {"", "T"}
