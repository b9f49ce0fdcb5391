"""Terms -> arrays with tangents, over any domain of numbers: forward-mode differentiation of whole arrays.

`Tensors` evaluates a term at fixed steps and sizes. A *seed* is the quantity that derivatives are taken by; the
tangent of an array has one more axis, at the end, that runs over the entries of the seed. The same code runs over
floating-point numbers (a quick look) and over polynomials in atoms (an exact proof); a domain says what a number is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
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
    Function,
    Hadamard,
    Indicator,
    Inner,
    Mode,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Shape,
    Stack,
    Sum,
    Term,
    Transpose,
    free_names,
    walk,
)
from bptt_symbolic.proving.methods.dependence import EndlessError, Unrolled

Array = NDArray[Any]
Env = Mapping[str, int]


class Unsupported(Exception):  # noqa: N818 - an honest "undecided" on its way
    """Something that this evaluation cannot do; the message is a reason a person can read."""


class Domain(Protocol):
    """What a number is."""

    def constant(self, value: Fraction | int) -> object:
        """An element for a rational number."""

    def array(self, shape: tuple[int, ...]) -> Array:
        """An array of zeros."""

    def given(self, name: str, time: int | None, shape: tuple[int, ...]) -> Array:
        """The entries of a quantity that is not computed."""

    def inverse(self, data: Array) -> Array:
        """Entrywise 1/x."""

    def apply(
        self, function: Function, index: int | None, args: list[Array], time: int | None
    ) -> tuple[Array, list[Array]]:
        """Value of a function and its derivative by each argument: entrywise (shape of the value), or a Jacobian
        (axes of the value, then of the argument) where the function mixes entries."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What derivatives are taken by, and what is held fixed meanwhile."""

    name: str
    time: int | None
    mode: Mode = "total"
    since: int | None = None
    """Immediate: quantities of another step than this are held fixed."""

    def holds(self, time: int | None) -> bool:
        """Whether a computed quantity of this time is held fixed."""
        return self.mode == "direct" or (
            self.mode == "immediate" and time is not None and self.since is not None and time != self.since
        )


LONGEST_ROW, MOST_ROWS = 40, 200
"""Quantities that are computed inside of each other, and how many such rows there may be."""


class TooDeep(Exception):  # noqa: N818 - no fault: this is computed first, and everything above it again
    """A quantity that lies deep inside of what is computed."""

    def __init__(self, node: tuple[str, int | None, Seed | None]) -> None:
        super().__init__(node)
        self.node = node


@dataclass(frozen=True, slots=True)
class Dual:
    """An array, how many of its axes are up, and its tangent (None: zero)."""

    data: Array
    up: int
    tan: Array | None = None

    @property
    def down(self) -> int:
        """Number of axes down."""
        return self.data.ndim - self.up


class Tensors:
    """A network unrolled at fixed steps and sizes, with everything computed so far."""

    def __init__(self, network: Network, domain: Domain, steps: int, sizes: Env) -> None:
        self.network, self.domain, self.steps = network, domain, steps
        self.env: Env = {**sizes, LAST: steps}
        self._nodes: dict[tuple[str, int | None, Seed | None], Dual] = {}
        self._jacobians: dict[tuple[object, ...], tuple[Array, int]] = {}
        self._free: dict[int, tuple[Term, tuple[str, ...]]] = {}  # the term is kept, so that its id stays its own
        self._open: set[tuple[str, int | None]] = set()
        self.unrolled = Unrolled(network, steps, self.env)

    def evaluate(self, term: Term, env: Env) -> Dual:
        """Value of a term at an assignment of its free names."""
        first: list[tuple[str, int | None, Seed | None]] = []  # what lies too deep, and is computed before
        while True:
            try:
                if not first:
                    return self._ev(term, {**self.env, **env}, None)
                self._node(*first[-1])
                first.pop()
            except TooDeep as reason:
                if len(first) > MOST_ROWS or reason.node in first:
                    message = f"more than {MOST_ROWS * LONGEST_ROW} quantities, one computed from the other"
                    raise Unsupported(message) from None
                first.append(reason.node)

    # One method a group of constructors; `_ev` only dispatches.

    def _ev(self, term: Term, env: Env, seed: Seed | None) -> Dual:  # noqa: C901, PLR0912
        match term:
            case Num(value=value):
                return self._scalar(value)
            case Count(value=value):
                return self._scalar(value.at(env))
            case Indicator(conditions=conditions):
                return self._scalar(int(all(c.holds(env) for c in conditions)))
            case Ref(name=name, time=time):
                return self._node(name, None if time is None else time.at(env), seed)
            case Constant():
                return self._constant(term, env)
            case Entry():
                return self._entry(term, env, seed)
            case AtLabel(body=body, label=label):
                return self._inner(self._ev(body, env, seed), self._ev(label, env, seed))
            case Add(items=items):
                return self._add([self._ev(item, env, seed) for item in items])
            case Neg(body=body):
                return _negative(self._ev(body, env, seed))
            case Mul(left=left, right=right):
                return self.mul(self._ev(left, env, seed), self._ev(right, env, seed))
            case Hadamard(left=left, right=right):
                return self._hadamard(self._ev(left, env, seed), self._ev(right, env, seed))
            case Outer(left=left, right=right):
                one, other = self._ev(left, env, seed), self._ev(right, env, seed)
                return self._bilinear(one, other, 0, one.data.ndim)
            case Inner(left=left, right=right):
                return self._inner(self._ev(left, env, seed), self._ev(right, env, seed))
            case Divide(left=left, right=right):
                return self._hadamard(self._ev(left, env, seed), self._inverse(self._ev(right, env, seed)))
            case Power():
                return self._power(term, env, seed)
            case Transpose(body=body):
                return self._transpose(self._ev(body, env, seed))
            case Diag(body=body):
                return self._diag(self._ev(body, env, seed))
            case Apply():
                return self._apply(term, env, seed)
            case Stack():
                return self._stack([self._ev(item, env, seed) for item in term.items], across=term.across)
            case Family(var=var, across=across):
                parts = [self._ev(term.body, {**env, var: i}, seed) for i in _span(term, env)]
                return self._stack(parts, across=across)
            case Sum(var=var):
                return self._sum(term, var, env, seed)
            case Prod(var=var, newest=newest):
                times = _span(term, env)
                if not times and term.size is not None:
                    return self._constant(Constant("identity", term.size), env)
                return self._prod(
                    [self._ev(term.body, {**env, var: i}, seed) for i in (reversed(times) if newest else times)]
                )
            case Cases():
                return self._cases(term, env, seed)
            case SameEntry():
                raise Unsupported("whether two entries are the same place")
            case Deriv():
                if seed is not None:
                    raise Unsupported("a derivative of a derivative")
                return self._deriv(term, env)

    def _scalar(self, value: Fraction | int) -> Dual:
        return Dual(_cell(self.domain.constant(value), self.domain.array(())), 0)

    def _constant(self, term: Constant, env: Env) -> Dual:
        one = self.domain.constant(1)
        if term.size is None:
            return self._scalar(0 if term.kind == "zero" else 1)
        n = term.size.at(env)
        data = self.domain.array((n, n) if term.kind == "identity" else (n,))
        if term.kind == "identity":
            for i in range(n):
                data[i, i] = one
        elif term.kind == "ones":
            for i in range(n):
                data[i] = one
        return Dual(data, 1)

    def _node(self, name: str, time: int | None, seed: Seed | None) -> Dual:
        key = (name, time, seed)
        if key not in self._nodes:
            if seed is not None and (name, time) == (seed.name, seed.time):
                self._nodes[key] = self._seeded(self._node(name, time, None))
            elif seed is not None and (seed.holds(time) or not self._follows(name, time, seed)):
                self._nodes[key] = self._node(name, time, None)
            else:
                self._nodes[key] = self._computed(name, time, seed)
        return self._nodes[key]

    def _follows(self, name: str, time: int | None, seed: Seed) -> bool:
        """Whether a quantity is computed from the seed, by what the definitions read."""
        try:
            return self.unrolled.reaches((seed.name, seed.time), (name, time))
        except EndlessError:
            raise Unsupported(f"{name} reads further and further steps") from None

    def _computed(self, name: str, time: int | None, seed: Seed | None) -> Dual:
        rule = self.network.rule(name, time, self.steps)
        shape = self.network.shapes.get(name)
        if shape is None:
            raise Unsupported(f"{name} has no definition that can be used")
        dims = tuple(axis.at(self.env) for axis in shape.axes)
        if rule is None:
            if name in (self.network.adjoints | self.network.backward) - self.network.given_after:
                return Dual(self.domain.array(dims), len(shape.up))
            return Dual(self.domain.given(name, time, dims), len(shape.up))
        if (name, time) in self._open:
            raise Unsupported(f"{name} is defined by itself")
        if len(self._open) >= LONGEST_ROW:
            raise TooDeep((name, time, seed))
        self._open.add((name, time))
        try:
            env = self.env if rule.var is None or time is None else {**self.env, rule.var: time}
            if rule.indices:
                return self._by_entries(rule.indices, rule.body, env, shape, seed)
            return self._fit(self._ev(rule.body, env, seed), dims, shape)
        finally:
            self._open.discard((name, time))

    def _by_entries(self, indices: tuple[str, ...], body: Term, env: Env, shape: Shape, seed: Seed | None) -> Dual:
        dims = tuple(axis.at(self.env) for axis in shape.axes)
        data = self.domain.array(dims)
        tan: Array | None = None
        for place in np.ndindex(*dims):
            entry = self._ev(body, {**env, **{n: i + 1 for n, i in zip(indices, place, strict=True)}}, seed)
            data[place] = entry.data[()]
            if entry.tan is not None:
                if tan is None:
                    tan = self.domain.array((*dims, entry.tan.shape[-1]))
                tan[place] = entry.tan
        return Dual(data, len(shape.up), tan)

    def _fit(self, value: Dual, dims: tuple[int, ...], shape: Shape) -> Dual:
        if value.data.shape == dims:
            return Dual(value.data, len(shape.up), value.tan)
        if value.data.ndim == 0 and dims:  # a bare zero or one stands for the whole vector
            return Dual(np.broadcast_to(value.data, dims), len(shape.up))
        raise Unsupported("a definition whose sides have different shapes")

    def _seeded(self, value: Dual) -> Dual:
        n = value.data.size
        tan = self.domain.array((n, n))
        for i in range(n):
            tan[i, i] = self.domain.constant(1)
        return Dual(value.data, value.up, tan.reshape((*value.data.shape, n)))

    def _entry(self, term: Entry, env: Env, seed: Seed | None) -> Dual:
        body = self._ev(term.body, env, seed)
        where = _inside(term.indices, env, body.data.shape)
        data = self._boxed(body.data[where])
        row = data.ndim == 1 and body.up == 1 and body.data.ndim == 2 and where[0] != slice(None)  # noqa: PLR2004
        return Dual(data, 0 if row else data.ndim, None if body.tan is None else body.tan[where])

    def _add(self, items: list[Dual]) -> Dual:
        largest = max(items, key=lambda item: item.data.ndim)
        data, tan = items[0].data, items[0].tan
        for item in items[1:]:
            data = box(data + item.data, data)
            tan = item.tan if tan is None else tan if item.tan is None else _tan_add(tan, item.tan)
        if tan is not None and tan.ndim != largest.data.ndim + 1:
            tan = np.broadcast_to(tan, (*largest.data.shape, tan.shape[-1]))
        return Dual(self._boxed(data), largest.up, tan)

    def _boxed(self, data: Any) -> Array:
        return data if isinstance(data, np.ndarray) else _cell(data, self.domain.array(()))

    def mul(self, a: Dual, b: Dual) -> Dual:
        """The product of the calculus: contract axes down with axes up, or scale."""
        if not a.data.ndim or not b.data.ndim:
            return self._hadamard(a, b)
        if a.data.shape[a.up :] != b.data.shape[: b.up]:
            raise Unsupported("a product of unequal sizes")
        return self._bilinear(a, b, b.up, a.up)

    def _hadamard(self, a: Dual, b: Dual) -> Dual:
        up = a.up if a.data.ndim else b.up
        return self._bilinear(a, b, None, up)

    def _inner(self, a: Dual, b: Dual) -> Dual:
        return self._bilinear(a, b, min(a.data.ndim, 1), 0)

    def _bilinear(self, a: Dual, b: Dual, k: int | None, up: int) -> Dual:
        """Contract the last `k` axes of `a` with the first of `b` (None: entrywise), and the tangent `da b + a db`."""
        if k is None:
            data, tan = a.data * b.data, None
            if a.tan is not None:
                tan = a.tan * b.data[..., None]
            if b.tan is not None:
                other = a.data[..., None] * b.tan
                tan = other if tan is None else tan + other
            return Dual(self._boxed(data), up, tan)
        data, tan = _contract(a.data, b.data, k), None
        if a.tan is not None:
            tan = np.moveaxis(self._boxed(_contract(np.moveaxis(a.tan, -1, 0), b.data, k)), 0, -1)
        if b.tan is not None:
            other = _contract(a.data, b.tan, k)
            tan = other if tan is None else tan + other
        return Dual(self._boxed(data), up, tan)

    def _inverse(self, a: Dual) -> Dual:
        inverse = self.domain.inverse(a.data)
        tan = None if a.tan is None else -box(inverse * inverse, inverse)[..., None] * a.tan
        return Dual(inverse, a.up, tan)

    def _power(self, term: Power, env: Env, seed: Seed | None) -> Dual:
        body, n = self._ev(term.body, env, seed), term.exponent.at(env)
        if n < 0:
            if body.data.ndim == 2 and not term.entrywise:  # noqa: PLR2004
                raise Unsupported("a negative power of a matrix")
            body, n = self._inverse(body), -n
        matrix = body.up > 0 and body.down > 0 and not term.entrywise
        if not n:
            return self._identity(body) if matrix else Dual(self._ones(body.data.shape), body.up)
        result = body
        for _ in range(n - 1):
            result = self.mul(result, body) if matrix else self._hadamard(result, body)
        return result

    def _ones(self, shape: tuple[int, ...]) -> Array:
        data = self.domain.array(shape)
        data[...] = self.domain.constant(1)
        return data

    def _identity(self, like: Dual) -> Dual:
        n = like.data.shape[0]
        data = self.domain.array((n, n))
        for i in range(n):
            data[i, i] = self.domain.constant(1)
        return Dual(data, 1)

    def _transpose(self, a: Dual) -> Dual:
        order = (*range(a.up, a.data.ndim), *range(a.up))
        tan = None if a.tan is None else a.tan.transpose(*order, a.data.ndim)
        return Dual(a.data.transpose(order), a.down, tan)

    def _diag(self, a: Dual) -> Dual:
        if not a.data.ndim:
            return a
        n = a.data.shape[0]
        data = self.domain.array((n, n))
        tan = None if a.tan is None else self.domain.array((n, n, a.tan.shape[-1]))
        for i in range(n):
            data[i, i] = a.data[i]
            if tan is not None and a.tan is not None:
                tan[i, i] = a.tan[i]
        return Dual(data, 1, tan)

    def _apply(self, term: Apply, env: Env, seed: Seed | None) -> Dual:
        args = [self._ev(a, env, seed) for a in term.args]
        index = None if term.function.index is None else term.function.index.at(env)
        value, slopes = self.domain.apply(term.function, index, [a.data for a in args], self._time_of(term, env))
        if len(slopes) != len(args):
            raise Unsupported(f"{term.function.name} of {len(args)} arguments")
        tan: Array | None = None
        for arg, slope in zip(args, slopes, strict=True):
            if arg.tan is None:
                continue
            if slope.shape == arg.data.shape == value.shape:
                part = slope[..., None] * arg.tan
            else:
                part = _contract(slope, arg.tan, arg.data.ndim)
            tan = part if tan is None else tan + part
        return Dual(value, args[0].up if value.ndim else 0, None if tan is None else self._boxed(tan))

    def _time_of(self, term: Apply, env: Env) -> int | None:
        """A generic loss may differ from step to step: the step of its first argument that has one."""
        for arg in term.args:
            if isinstance(arg, Ref) and arg.time is not None:
                return arg.time.at(env)
        return None

    def _stack(self, parts: list[Dual], *, across: bool) -> Dual:
        if not parts:
            raise Unsupported("an empty list of entries")
        rows = [p.data.reshape(-1) for p in parts]
        width = next((p.tan.shape[-1] for p in parts if p.tan is not None), None)
        tan = None
        if width is not None:
            blocks = [
                self.domain.array((r.size, width)) if p.tan is None else p.tan.reshape((r.size, width))
                for p, r in zip(parts, rows, strict=True)
            ]
            tan = np.concatenate(blocks)
        data = np.concatenate(rows)
        if not across and all(p.data.ndim == 1 and not p.up for p in parts):
            shape = (len(parts), parts[0].data.size)  # rows, which are a matrix
            return Dual(data.reshape(shape), 1, None if tan is None else tan.reshape((*shape, tan.shape[-1])))
        return Dual(data, 0 if across else 1, tan)

    def _sum(self, term: Sum, var: str, env: Env, seed: Seed | None) -> Dual:
        parts = []
        for i in _span(term, env):
            inner = {**env, var: i}
            if all(c.holds(inner) for c in term.where):
                parts.append(self._ev(term.body, inner, seed))
        return self._add(parts) if parts else self._scalar(0)

    def _prod(self, factors: list[Dual]) -> Dual:
        if not factors:
            return self._scalar(1)  # the identity of whatever it multiplies
        result = factors[0]
        for factor in factors[1:]:
            result = self.mul(result, factor)
        return result

    def _cases(self, term: Cases, env: Env, seed: Seed | None) -> Dual:
        for body, conditions in term.branches:
            if all(c.holds(env) for c in conditions):
                return self._ev(body, env, seed)
        raise Unsupported("no case applies")

    def _deriv(self, term: Deriv, env: Env) -> Dual:
        by = term.by.body if isinstance(term.by, Entry) else term.by
        if not isinstance(by, Ref):
            raise Unsupported("a derivative by something that is not a quantity")
        time = None if by.time is None else by.time.at(env)
        key = (*self._key(term.of, env), by.name, time, term.mode)
        if key not in self._jacobians:
            self._jacobians[key] = self._jacobian(term, by.name, time, env)
        tan, of = self._jacobians[key]
        if isinstance(term.by, Entry):
            where = _inside(term.by.indices, env, tan.shape[of:])
            rest = (slice(None),) * (tan.ndim - of - len(where))
            tan = self._boxed(tan[(..., *where, *rest)])
        shape = self.network.shapes[by.name]
        kept = len(shape.up) if not isinstance(term.by, Entry) else tan.ndim - of
        return self._laid_out(tan, of, term.layout, kept)

    def _key(self, term: Term, env: Env) -> tuple[object, ...]:
        """What the value of a term depends on."""
        if isinstance(term, Ref):
            return (term.name, None if term.time is None else term.time.at(env))
        if id(term) not in self._free:
            self._free[id(term)] = (term, tuple(sorted(free_names(term))))
        return (id(term), *(env.get(n) for n in self._free[id(term)][1]))

    def _jacobian(self, term: Deriv, name: str, time: int | None, env: Env) -> tuple[Array, int]:
        """The derivative by all entries of a quantity, and how many axes the numerator has."""
        seed = Seed(name, time, term.mode, _step_of(term.of, env) if term.mode == "immediate" else None)
        of = self._direct(term.of, env, seed) if term.mode == "direct" else self._ev(term.of, env, seed)
        base = self._node(name, time, None)
        tan = self.domain.array((*of.data.shape, base.data.size)) if of.tan is None else of.tan
        return tan.reshape((*of.data.shape, *base.data.shape)), of.data.ndim

    def _direct(self, of: Term, env: Env, seed: Seed) -> Dual:
        """Differentiate only the formula that defines `of`; every other quantity is held fixed."""
        if isinstance(of, Entry):
            inner = self._direct(of.body, env, seed)
            where = _inside(of.indices, env, inner.data.shape)
            data = self._boxed(inner.data[where])
            return Dual(data, data.ndim, None if inner.tan is None else inner.tan[where])
        if not isinstance(of, Ref):
            return self._ev(of, env, seed)
        time = None if of.time is None else of.time.at(env)
        if (of.name, time) == (seed.name, seed.time):
            return self._node(of.name, time, seed)
        return self._computed(of.name, time, seed)

    def _laid_out(self, tan: Array, of: int, layout: str, up: int) -> Dual:
        by = tan.ndim - of
        if not of and by == 2:  # noqa: PLR2004 - the gradient by a matrix is shaped like it
            return Dual(tan, 1)
        if not of and layout == "gradient":
            return Dual(tan, up)
        if layout != "denominator":
            return Dual(tan, of)
        return Dual(tan.transpose((*range(of, tan.ndim), *range(of))), by)


def both(left: Dual, right: Dual) -> tuple[Array, Array]:
    """The entries of two sides, a bare number beside each entry of the other; raises Unsupported where they differ."""
    one, other = left.data, right.data
    if one.shape == other.shape:
        return one, other
    if one.ndim and other.ndim:
        raise Unsupported("the sides have different sizes")
    pair: tuple[Array, ...] = tuple(np.broadcast_arrays(one, other))
    return pair[0], pair[1]


def _step_of(term: Term, env: Env) -> int | None:
    """The latest step among the quantities of a term."""
    times = [x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None]
    return max((t.at(env) for t in times if t.names() <= set(env)), default=None)


def _inside(indices: tuple[Affine | None, ...], env: Env, shape: tuple[int, ...]) -> tuple[int | slice, ...]:
    """Indices from 0; raises Unsupported for one outside of its range, or of something that has no such axis."""
    where = tuple(slice(None) if i is None else i.at(env) - 1 for i in indices)
    if len(where) > len(shape):
        raise Unsupported("an entry of something with fewer axes")
    if any(isinstance(place, int) and not 0 <= place < size for place, size in zip(where, shape, strict=False)):
        raise Unsupported("an index outside its range")
    return where


def _span(term: Sum | Prod | Family, env: Env) -> range:
    return range(term.low.at(env), term.high.at(env) + 1)


def _negative(a: Dual) -> Dual:
    return Dual(box(-a.data, a.data), a.up, None if a.tan is None else -a.tan)


def box(value: Any, like: Array) -> Array:
    """NumPy turns arrays without axes into bare numbers; this turns them back."""
    return value if isinstance(value, np.ndarray) else _cell(value, np.empty((), dtype=like.dtype))


def _cell(value: Any, empty: Array) -> Array:
    empty[()] = value
    return empty


def _contract(a: Array, b: Array, k: int) -> Any:
    if k == 1 and b.ndim <= 2:  # noqa: PLR2004 - what `dot` does, without the overhead of tensordot
        return a.dot(b)
    return np.tensordot(a, b, axes=k)


def _tan_add(a: Array, b: Array) -> Array:
    if a.ndim < b.ndim:
        a, b = b, a
    return a + b.reshape((1,) * (a.ndim - b.ndim) + b.shape) if b.ndim < a.ndim else a + b
