"""Term -> entries: what a term is, entry by entry, as SymPy expressions in what it reads.

A block is an array of expressions with its axes up and down, as in `terms.py`. Nothing is substituted: a reference is
read as the named symbols of what it refers to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy  # type: ignore[import-untyped]
from numpy.typing import NDArray

from bptt_symbolic.meaning.terms import (
    Add,
    Apply,
    AtLabel,
    Cases,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Family,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Stack,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.showing.unrolled.sympy_functions import Expr, generic, known
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

Array = NDArray[Any]
Env = Mapping[str, int]
Read = Callable[[str, int | None], "Block"]


@dataclass(frozen=True, slots=True)
class Block:
    """An array of expressions and how many of its axes are up."""

    data: Array
    up: int

    @property
    def flat(self) -> list[Expr]:
        """All entries in row-major order."""
        return list(self.data.reshape(-1))


@dataclass(frozen=True, slots=True)
class Entries:
    """How terms are written out: what a reference yields, and known functions that stand for generic ones."""

    read: Read
    functions: Mapping[str, str]

    def of(self, term: Term, env: Env) -> Block:  # noqa: C901, PLR0912 - one case a constructor
        """The entries of a term at an assignment of its free names."""
        match term:
            case Num(value=value):
                return scalar(sympy.Rational(value.numerator, value.denominator))
            case Count(value=count):
                return scalar(sympy.Integer(count.at(env)))
            case Indicator(conditions=conditions):
                return scalar(sympy.Integer(all(c.holds(env) for c in conditions)))
            case Ref(name=name, time=time):
                return self.read(name, None if time is None else time.at(env))
            case Constant():
                return _constant(term, env)
            case Entry():
                return self._entry(term, env)
            case Add(items=items):
                return _added([self.of(item, env) for item in items])
            case Neg(body=body):
                return self._each(self.of(body, env), lambda x: -x)
            case Mul(left=left, right=right):
                return multiplied(self.of(left, env), self.of(right, env))
            case Hadamard(left=left, right=right):
                return _entrywise(self.of(left, env), self.of(right, env), lambda x, y: x * y)
            case Divide(left=left, right=right):
                return _entrywise(self.of(left, env), self.of(right, env), lambda x, y: x / y)
            case Outer(left=left, right=right):
                a, b = self.of(left, env), self.of(right, env)
                return Block(np.multiply.outer(a.data, b.data), 1)
            case Inner(left=a, right=b) | AtLabel(body=a, label=b):
                pairs = zip(self.of(a, env).flat, self.of(b, env).flat, strict=True)
                return scalar(sympy.Add(*(x * y for x, y in pairs)))
            case Power():
                return self._power(term, env)
            case Transpose(body=body):
                inner = self.of(body, env)
                order = (*range(inner.up, inner.data.ndim), *range(inner.up))
                return Block(inner.data.transpose(order), inner.data.ndim - inner.up)
            case Diag(body=body):
                return _diagonal(self.of(body, env))
            case Apply():
                return self._apply(term, env)
            case Stack(items=items, across=across):
                return _stacked([self.of(item, env) for item in items], across=across)
            case Family(across=across):
                return _stacked([self.of(term.body, e) for e in _ranged(term, env)], across=across)
            case Sum(where=where):
                kept = [e for e in _ranged(term, env) if all(c.holds(e) for c in where)]
                return _added([self.of(term.body, e) for e in kept]) if kept else scalar(sympy.S.Zero)
            case Prod():
                return self._product(term, env)
            case Cases(branches=branches):
                for body, conditions in branches:
                    if all(c.holds(env) for c in conditions):
                        return self.of(body, env)
                raise UnrollError("no case of a definition applies", "end the cases with one that always holds")
            case SameEntry():
                raise UnrollError("an indicator of entries", "compare indices instead")
            case Deriv():
                raise UnrollError("a derivative in the forward computation", "define the network without derivatives")

    def _each(self, block: Block, op: Callable[[Expr], Expr]) -> Block:
        return Block(filled(block.data.shape, [op(x) for x in block.flat]), block.up)

    def _entry(self, term: Entry, env: Env) -> Block:
        body = self.of(term.body, env)
        places = tuple(slice(None) if i is None else i.at(env) - 1 for i in term.indices)
        for place, size in zip(places, body.data.shape, strict=False):
            if isinstance(place, int) and not 0 <= place < size:
                raise UnrollError(f"the index {place + 1} of {size} entries", "choose larger sizes")
        data: Any = body.data[places]
        if not isinstance(data, np.ndarray):
            return scalar(data)
        row = data.ndim == 1 and body.data.ndim > 1 and not isinstance(places[0], slice)
        return Block(data, 0 if row else data.ndim)

    def _power(self, term: Power, env: Env) -> Block:
        body, n = self.of(term.body, env), term.exponent.at(env)
        if term.entrywise or body.data.ndim <= 1:
            return self._each(body, lambda x: x**n)
        if n < 0:
            raise UnrollError("a negative power of a matrix", "write the inverse as a parameter of its own")
        result = unit(len(body.data))
        for _ in range(n):
            result = multiplied(result, body)
        return result

    def _product(self, term: Prod, env: Env) -> Block:
        factors = [self.of(term.body, e) for e in _ranged(term, env)]
        result = scalar(sympy.S.One) if term.size is None else unit(term.size.at(env))
        for factor in reversed(factors) if term.newest else factors:
            result = multiplied(result, factor)
        return result

    def _apply(self, term: Apply, env: Env) -> Block:
        args = [self.of(arg, env) for arg in term.args]
        function = term.function
        if function.own and function.name not in self.functions:
            return _generic(term, args, env)
        name = self.functions.get(function.name, function.name)
        if name == "softmax" and not function.order:
            powers = [sympy.exp(x) for x in args[0].flat]
            return Block(filled(args[0].data.shape, [e / sympy.Add(*powers) for e in powers]), args[0].up)
        if name == "logsumexp" and not function.order:
            return scalar(sympy.log(sympy.Add(*map(sympy.exp, args[0].flat))))
        if name == "sum":
            return scalar(sympy.Add(*args[0].flat))
        return self._each(args[0], lambda x: known(name, function.order, x))


def scalar(x: Expr) -> Block:
    """A single number."""
    return Block(filled((), [x]), 0)


def unit(size: int) -> Block:
    """The identity matrix."""
    return _diagonal(Block(filled((size,), [sympy.S.One] * size), 1))


def filled(shape: tuple[int, ...], entries: list[Expr]) -> Array:
    """An array of expressions from its entries in row-major order."""
    data = np.empty(len(entries), dtype=object)
    data[:] = entries
    return data.reshape(shape)


def multiplied(a: Block, b: Block) -> Block:
    """Contract the axes down of `a` with the axes up of `b`; a scalar scales."""
    if not a.data.ndim or not b.data.ndim:
        return _entrywise(a, b, lambda x, y: x * y)
    middle = a.data.shape[a.up :]
    if middle != b.data.shape[: b.up]:
        raise UnrollError("a product of unequal sizes", "check the shapes of the network's definitions")
    left = a.data.reshape(-1, int(np.prod(middle, dtype=int)))
    right = b.data.reshape(left.shape[1], -1)
    entries = [sympy.Add(*(x * y for x, y in zip(row, column, strict=True))) for row in left for column in right.T]
    return Block(filled(a.data.shape[: a.up] + b.data.shape[b.up :], entries), a.up)


def _entrywise(a: Block, b: Block, op: Callable[[Expr, Expr], Expr]) -> Block:
    like = a if a.data.ndim else b
    left, right = (x.flat if x.data.ndim else x.flat * like.data.size for x in (a, b))
    return Block(filled(like.data.shape, [op(x, y) for x, y in zip(left, right, strict=True)]), like.up)


def _added(blocks: list[Block]) -> Block:
    like = max(blocks, key=lambda block: block.data.ndim)
    rows = [block.flat if block.data.ndim else block.flat * like.data.size for block in blocks]
    return Block(filled(like.data.shape, [sympy.Add(*column) for column in zip(*rows, strict=True)]), like.up)


def _diagonal(block: Block) -> Block:
    if not block.data.ndim:
        return block
    n = block.data.size
    entries = [block.flat[i] if i == j else sympy.S.Zero for i in range(n) for j in range(n)]
    return Block(filled((n, n), entries), 1)


def _stacked(blocks: list[Block], *, across: bool) -> Block:
    entries = [x for block in blocks for x in block.flat]
    if not across and all(block.data.ndim == 1 and not block.up for block in blocks):
        return Block(filled((len(blocks), blocks[0].data.size), entries), 1)  # rows, which are a matrix
    return Block(filled((len(entries),), entries), 0 if across else 1)


def _constant(term: Constant, env: Env) -> Block:
    if term.size is None:
        return scalar(sympy.Integer(term.kind != "zero"))
    n = term.size.at(env)
    ones = Block(filled((n,), [sympy.Integer(term.kind != "zero")] * n), 1)
    return _diagonal(ones) if term.kind == "identity" else ones


def _ranged(term: Sum | Prod | Family, env: Env) -> list[dict[str, int]]:
    return [{**env, term.var: i} for i in range(term.low.at(env), term.high.at(env) + 1)]


def _generic(term: Apply, args: list[Block], env: Env) -> Block:
    """By entries; or a function of all entries of its arguments, which a loss of each step may have anew."""
    function, first = term.function, args[0]
    numbers = tuple(x for arg in args for x in arg.flat)
    if not function.mixes(len(args)):
        which = None if function.index is None else function.index.at(env)  # `f` is the same for every entry
        entries = [generic(function, (which, None), (x,)) for x in numbers]
        return Block(filled(first.data.shape, entries), first.up)
    if function.order:
        raise UnrollError(f"a prime on {function.called}, which has several arguments", "write the derivative out")
    step = _step(term, env) if function.kind == "loss" else None
    if function.kind == "vector" and len(args) == 1:
        entries = [generic(function, (step, i + 1), numbers) for i in range(first.data.size)]
        return Block(filled(first.data.shape, entries), first.up)
    return scalar(generic(function, (step, None), numbers))


def _step(term: Apply, env: Env) -> int | None:
    times = [arg.time.at(env) for arg in term.args if isinstance(arg, Ref) and arg.time is not None]
    return times[0] if times else None
