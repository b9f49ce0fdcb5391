r"""Polynomials in atoms as a domain: equality is a normal form, so a difference that reduces to zero is a proof.

Atoms are the entries of what is given and the values of functions, one for each argument in normal form. A function's
derivative is written in its own value: `tanh' = 1 - tanh^2`. The relations among atoms that are used are true ones:
`sum(softmax) = 1`, `exp(g_i) = p_i S` with `S = sum exp(g_j)`, `log p_i = g_i - log S`, `x \cdot x^{-1} = 1`.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np
from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from bptt_symbolic.proving.methods.tensor import Array, Unsupported
from bptt_symbolic.scalars.expressions import Algebra, fold
from bptt_symbolic.scalars.rows import MOST_ORDER, OF_VECTORS, ROWS, derivative, value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from fractions import Fraction

    from bptt_symbolic.meaning.terms import Function


MOST_WORK = 100_000_000
"""Exponents that are written in one proof."""


class Full(Exception):  # noqa: N818 - the caller starts again with more room
    """There are more atoms than the ring has generators."""


class Poly:
    """An element; a thin wrapper, because NumPy takes a bare flint polynomial for a sequence."""

    __slots__ = ("p",)

    def __init__(self, p: fmpq_mpoly) -> None:
        self.p = p

    def __add__(self, other: Poly) -> Poly:
        """Sum."""
        return Poly(self.p + other.p)

    def __sub__(self, other: Poly) -> Poly:
        """Difference."""
        return Poly(self.p - other.p)

    def __mul__(self, other: Poly) -> Poly:
        """Product."""
        return Poly(self.p * other.p)

    def __neg__(self) -> Poly:
        """Negative."""
        return Poly(-self.p)


class Polynomials:
    """The ring for one unrolled network; atoms appear as they are needed."""

    def __init__(
        self,
        room: int = 96,
        normal: frozenset[str] = frozenset(),
        labels: Callable[[str, int | None], int | None] | None = None,
        zero: frozenset[str] = frozenset(),
    ) -> None:
        self.room = room
        self._ring = fmpq_mpoly_ctx.get([f"a{i}" for i in range(room)], "degrevlex")
        self._generators = self._ring.gens()
        self._normal, self._labels, self._zeros = normal, labels, zero
        self._atoms: dict[tuple[Hashable, ...], int] = {}
        self._dependent: dict[int, fmpq_mpoly] = {}  # the last softmax entry by the others
        self._inverses: dict[int, fmpq_mpoly] = {}  # generator -> the polynomial it inverts
        self._logs: dict[int, fmpq_mpoly] = {}  # generator -> its logarithm
        self._exps: dict[str, fmpq_mpoly] = {}  # argument -> p_i S
        self._roots: dict[int, fmpq_mpoly] = {}  # generator -> the polynomial whose root it is
        self._spent = 0
        self._zero, self._one = self._ring.constant(0), self._ring.constant(1)
        self._algebra: Algebra[fmpq_mpoly] = Algebra(
            lambda q: self._one * fmpq(q.numerator, q.denominator),
            operator.add,
            operator.mul,
            self._power,
            self._called,
        )

    def begin(self) -> None:
        """A new proof: nothing has been done for it yet."""
        self._spent = 0

    def spend(self, terms: int) -> None:
        """Count terms that were computed; raises Unsupported where they are too many for one proof.

        A term of a ring with many generators takes more room, and counts more.
        """
        self._spent += terms * self.room
        if self._spent > MOST_WORK:
            raise Unsupported(f"the exact computation has more than {MOST_WORK} exponents to write")

    def composed(self, p: fmpq_mpoly, put: Mapping[int, fmpq_mpoly]) -> None:
        """Count what it takes to put polynomials for generators, before it is done."""
        size = len(p)
        for generator, body in put.items():
            size *= max(1, len(body)) ** int(p.degrees()[generator])
            if size > MOST_WORK:
                break
        self.spend(size)

    def constant(self, value: Fraction | int) -> Poly:
        """An element for a rational number."""
        return Poly(self._ring.constant(fmpq(value.numerator, value.denominator)))

    def array(self, shape: tuple[int, ...]) -> Array:
        """An array of zeros."""
        data = np.empty(shape, dtype=object)
        data.fill(Poly(self._zero))
        return data

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        """One atom an entry; the last entry of a label by the others, where its sum is assumed to be one."""
        data = self.array(shape)
        if self._labels is not None and (label := self._labels(name, time)) is not None and len(shape) == 1:
            data[label % shape[0]] = Poly(self._one)
            return data
        if name in self._zeros:
            return data
        for place in np.ndindex(*shape):
            data[place] = Poly(self._atom("given", name, time, place))
        if name in self._normal and len(shape) in {1, 2}:
            for row in data.reshape(-1, shape[-1]):
                row[-1] = sum((-x for x in row[:-1]), Poly(self._one))
        return data

    def inverse(self, data: Array) -> Array:
        """Entrywise 1/x by a new atom for each x."""
        return self._each(data, self._inverse)

    def apply(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """Value and derivatives by each argument."""
        if function.own:
            return self._generic(function, index, args, time)
        if function.name in OF_VECTORS:
            return self._of_vector(function, args[0])
        if function.name not in ROWS:
            raise Unsupported(f"the function {function.name}")
        if function.order >= MOST_ORDER:
            raise Unsupported(f"derivative {function.order + 1} of {function.name}")
        pairs = {}
        for place in np.ndindex(*args[0].shape):
            x = args[0].item(place).p
            pairs[place] = tuple(self._called(function.name, n, x) for n in (function.order, function.order + 1))
        value, slope = self.array(args[0].shape), self.array(args[0].shape)
        for place, (v, d) in pairs.items():
            value[place], slope[place] = Poly(v), Poly(d)
        return value, [slope]

    def is_zero(self, element: Poly) -> bool:
        """Whether an element is zero, by its normal form with every inverse cleared."""
        p = self._reduced(element.p)
        for generator in sorted(self._inverses, reverse=True):
            if p.is_zero():
                return True
            p = self._reduced(self._cleared(p, generator))
        for generator in sorted(self._roots, reverse=True):
            p = self._reduced(self._squared(p, generator))
        return bool(p.is_zero())

    # atoms

    def _atom(self, *key: Hashable) -> fmpq_mpoly:
        if key not in self._atoms:
            if len(self._atoms) >= len(self._generators):
                raise Full
            self._atoms[key] = len(self._atoms)
        return self._generators[self._atoms[key]]

    def _key(self, p: fmpq_mpoly) -> str:
        return str(self._reduced(p))

    def _each(self, data: Array, op: Callable[[fmpq_mpoly], fmpq_mpoly]) -> Array:
        new = self.array(data.shape)
        for place in np.ndindex(*data.shape):
            new[place] = Poly(op(data.item(place).p))
        return new

    def _reduced(self, p: fmpq_mpoly) -> fmpq_mpoly:
        if not self._dependent:
            return p
        degrees = p.degrees()
        if not any(degrees[g] for g in self._dependent):
            return p
        self.composed(p, {g: body for g, body in self._dependent.items() if degrees[g]})
        return p.compose(*(self._dependent.get(i, g) for i, g in enumerate(self._generators)))

    def _power(self, p: fmpq_mpoly, exponent: int) -> fmpq_mpoly:
        return p**exponent if exponent >= 0 else self._inverse(p) ** -exponent

    def _inverse(self, p: fmpq_mpoly) -> fmpq_mpoly:
        p = self._reduced(p)
        if p.is_zero():
            raise Unsupported("a division by zero")
        if p.is_constant():
            return self._one * (1 / p.leading_coefficient())
        monomials = p.to_dict()
        if len(monomials) == 1:
            return self._inverse_of_monomial(*next(iter(monomials.items())))
        return self._inverse_atom(p)

    def _inverse_of_monomial(self, exponents: tuple[int, ...], coefficient: fmpq) -> fmpq_mpoly:
        result = self._one * (1 / coefficient)
        for i, e in enumerate(exponents):
            if e:
                base = self._inverses.get(i)
                result = result * (self._inverse_atom(self._generators[i]) if base is None else base) ** int(e)
        return result

    def _inverse_atom(self, p: fmpq_mpoly) -> fmpq_mpoly:
        atom = self._atom("inverse", str(p))
        self._inverses.setdefault(self._atoms["inverse", str(p)], p)
        return atom

    def _cleared(self, p: fmpq_mpoly, generator: int) -> fmpq_mpoly:
        degree = p.degrees()[generator]
        if not degree:
            return p
        base = self._inverses[generator]
        self.spend(min(MOST_WORK, len(p) * len(base) ** int(degree)))
        parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for exponents, coefficient in p.to_dict().items():
            rest = tuple(0 if i == generator else int(e) for i, e in enumerate(exponents))
            parts.setdefault(int(exponents[generator]), {})[rest] = coefficient
        total = self._zero
        for power, terms in parts.items():
            total = total + self._ring.from_dict(terms) * base ** (int(degree) - power)
        return total

    def _squared(self, p: fmpq_mpoly, generator: int) -> fmpq_mpoly:
        """Even powers of a root by what it is the root of."""
        degree = int(p.degrees()[generator])
        if degree < 2:  # noqa: PLR2004 - a square
            return p
        base = self._roots[generator]
        self.spend(min(MOST_WORK, len(p) * len(base) ** (degree // 2)))
        parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for exponents, coefficient in p.to_dict().items():
            half, odd = divmod(int(exponents[generator]), 2)
            rest = tuple(odd if i == generator else int(e) for i, e in enumerate(exponents))
            parts.setdefault(half, {})[rest] = coefficient
        return sum((self._ring.from_dict(terms) * base**half for half, terms in parts.items()), self._zero)

    # functions of vectors

    def _of_vector(self, function: Function, x: Array) -> tuple[Array, list[Array]]:
        total = self.array(())
        if function.name == "sum":
            for entry in x.reshape(-1):
                total[()] = total[()] + entry
            return total, [self._each(x, lambda _: self._one)]
        if x.ndim != 1 or function.order:
            raise Unsupported(f"{function.name} of something that is no vector")
        if function.name == "softmax":
            return self._softmax(x)
        shares, _ = self._softmax(x)
        total[()] = Poly(self._atom("log total", tuple(self._key(e.p) for e in x)))
        return total, [shares]

    def _softmax(self, x: Array) -> tuple[Array, list[Array]]:
        key = tuple(self._key(e.p) for e in x)
        known = ("softmax", key, 0) in self._atoms
        atoms = [self._atom("softmax", key, i) for i in range(len(x))]
        if not known:
            self._join(key, [e.p for e in x], atoms)
        value, slope = self.array(x.shape), self.array((len(x), len(x)))
        for i, p in enumerate(atoms):
            value[i] = Poly(p)
            for j, q in enumerate(atoms):
                slope[i, j] = Poly(p - p * q if i == j else -(p * q))
        return value, [slope]

    def _join(self, key: tuple[str, ...], args: list[fmpq_mpoly], atoms: list[fmpq_mpoly]) -> None:
        """The relations between softmax, exp and log of the same vector."""
        total, log_total = self._atom("total", key), self._atom("log total", key)
        self._logs[self._atoms["total", key]] = log_total
        last = self._one
        for i, (text, arg, atom) in enumerate(zip(key, args, atoms, strict=True)):
            self._logs[self._atoms["softmax", key, i]] = arg - log_total
            self._exps.setdefault(text, atom * total)
            last = last - atom if i + 1 < len(atoms) else last
        self._dependent[self._atoms["softmax", key, len(atoms) - 1]] = last

    def log(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """Logarithm of a positive element: of a product, the sum of the logarithms."""
        for candidate in (p, self._reduced(p)):
            monomials = candidate.to_dict()
            if len(monomials) == 1:
                exponents, coefficient = next(iter(monomials.items()))
                total = self._zero if coefficient == 1 else self._atom("log", str(coefficient))
                for i, e in enumerate(exponents):
                    if e:
                        total = total + self._log_atom(i) * int(e)
                return total
        return self._atom("log", self._key(p))

    def _log_atom(self, generator: int) -> fmpq_mpoly:
        if generator in self._logs:
            return self._logs[generator]
        if generator in self._inverses:
            return -self.log(self._inverses[generator])
        return self._atom("log", str(self._generators[generator]))

    def exp(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """Exponential; of an argument of a softmax that is known, `p_i S`."""
        text = self._key(p)
        if text == "0":
            return self._one
        if text in self._exps:
            return self._exps[text]
        atom = self._atom("exp", text)
        self._logs.setdefault(self._atoms["exp", text], p)
        return atom

    def scalar_atom(self, name: str, p: fmpq_mpoly) -> fmpq_mpoly:
        """The value of a scalar function at an argument."""
        return self._atom(name, self._key(p))

    def _called(self, name: str, order: int, p: fmpq_mpoly) -> fmpq_mpoly:
        """A known scalar function, or its derivative of an order, at an argument."""
        return fold(derivative(name, order), self._algebra, p, lambda: self._value(name, p))

    def _value(self, name: str, p: fmpq_mpoly) -> fmpq_mpoly:
        match name:
            case "exp":
                return self.exp(p)
            case "log":
                return self.log(p)
            case "sqrt":
                return self._root(p)
        return self.scalar_atom(name, p) if ROWS[name].atom else fold(value(name), self._algebra, p)

    def _root(self, p: fmpq_mpoly) -> fmpq_mpoly:
        atom = self.scalar_atom("sqrt", p)
        self._roots.setdefault(self._atoms["sqrt", self._key(p)], p)
        return atom

    def _generic(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        if not function.mixes(len(args)):
            return self._by_entries(function, index, args[0])
        if function.order:
            raise Unsupported(f"a prime on {function.called}, which has several arguments")
        step = time if function.kind == "loss" else None
        key = (function.called, step, *(self._key(x.p) for a in args for x in a.reshape(-1)))
        shape = args[0].shape if function.kind == "vector" and len(args) == 1 else ()
        value = self.array(shape)
        for place in np.ndindex(*shape):
            value[place] = Poly(self._atom("generic", key, place))
        slopes = []
        for number, a in enumerate(args):
            slope = self.array((*shape, *a.shape))
            for place in np.ndindex(*slope.shape):
                slope[place] = Poly(self._atom("generic slope", key, number, place))
            slopes.append(slope)
        return value, slopes

    def _by_entries(self, function: Function, index: int | None, x: Array) -> tuple[Array, list[Array]]:
        value, slope = self.array(x.shape), self.array(x.shape)
        for number, place in enumerate(np.ndindex(*x.shape)):
            component = None if function.index is None else index or number + 1
            text = self._key(x.item(place).p)
            value[place] = Poly(self._atom(function.called, component, function.order, text))
            slope[place] = Poly(self._atom(function.called, component, function.order + 1, text))
        return value, [slope]
