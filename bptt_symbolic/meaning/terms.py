r"""Terms: what a formula means, after every choice of reading has been made.

A term denotes a tensor whose axes come in two groups, *up* (rows) and *down* (columns): a column vector has one axis
up, a row vector one down, a matrix one of each, the Jacobian of a vector by a matrix one up and two down. The product
contracts the axes down of its left factor with the axes up of its right one; with that one rule, `A b`, `a b^\top`,
`a^\top b` and every chain of Jacobians in numerator layout are the same product.

Times, indices and bounds are affine integer expressions; sizes are names such as `D`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from itertools import count
from typing import Literal, TypeGuard, get_args

from bptt_symbolic.meaning.names import numbered
from bptt_symbolic.reading.source import Span

LAST = "T"
"""Name of the last step in every affine expression, whatever the note calls it."""

Mode = Literal["total", "immediate", "direct"]
Layout = Literal["numerator", "gradient", "denominator"]
Kind = Literal["known", "generic", "vector", "loss"]


MEASURES = frozenset({"abs", "norm", "norm_2", "norm_F", "norm_1", "norm_inf"})
"""Functions that say how large something is: the absolute value of each entry, and norms of a vector or a matrix, of
which `norm` is one that the note does not name."""


class Unbound(LookupError):  # noqa: N818 - a fault of the note on its way
    """A name in an integer expression that nothing binds."""


@dataclass(frozen=True, slots=True)
class Affine:
    """An integer expression `const + sum(coefficient * name)`; names ascending, no zero coefficients."""

    const: int = 0
    parts: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(name: str) -> "Affine":
        """The expression that is just a name."""
        return Affine(0, ((name, 1),))

    def __add__(self, other: "Affine | int") -> "Affine":
        """Sum of two expressions."""
        if isinstance(other, int):
            return Affine(self.const + other, self.parts)
        total = dict(self.parts)
        for name, coefficient in other.parts:
            total[name] = total.get(name, 0) + coefficient
        return Affine(self.const + other.const, tuple(sorted((n, c) for n, c in total.items() if c)))

    def __neg__(self) -> "Affine":
        """Negative of the expression."""
        return Affine(-self.const, tuple((n, -c) for n, c in self.parts))

    def __sub__(self, other: "Affine | int") -> "Affine":
        """Difference of two expressions."""
        return self + (-other)

    def times(self, factor: int) -> "Affine":
        """The expression multiplied by an integer."""
        return Affine(self.const * factor, tuple((n, c * factor) for n, c in self.parts)) if factor else Affine()

    def names(self) -> frozenset[str]:
        """The names that occur."""
        return frozenset(n for n, _ in self.parts)

    def at(self, env: Mapping[str, int]) -> int:
        """Value at an assignment of every name; raises Unbound when one is missing."""
        value = self.const
        for name, coefficient in self.parts:
            if name not in env:
                raise Unbound(name)
            value += coefficient * env[name]
        return value

    def put(self, env: "Mapping[str, Affine]") -> "Affine":
        """Substitute expressions for names."""
        total = Affine(self.const)
        for name, coefficient in self.parts:
            total = total + env.get(name, Affine.of(name)).times(coefficient)
        return total

    def __str__(self) -> str:
        """The expression as a person writes it: `t-1`, `d_in+d_out`."""
        text = ""
        for name, c in sorted(self.parts, key=lambda p: (p[1] < 0, p[0])):
            text += ("-" if c < 0 else "+") + (str(abs(c)) if abs(c) != 1 else "") + name
        if self.const or not text:
            text += f"{self.const:+d}"
        return text.removeprefix("+")


@dataclass(frozen=True, slots=True)
class Num:
    """A rational constant; scalar, and broadcast when it is added to a vector (`1 - h^2`)."""

    value: Fraction
    span: Span | None = field(default=None, compare=False)
    places: int | None = field(default=None, compare=False)
    """How many digits stand behind the point, where there is one: `0.910` has three."""


@dataclass(frozen=True, slots=True)
class Count:
    """An integer expression used as a number: the `T` of a mean, the `t-k` of a factor."""

    value: Affine
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """A quantity of the network, at a time when it has one."""

    name: str
    time: Affine | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    r"""A constant tensor: `zero`, `ones` (column), `identity`; sizes by unification, None until known."""

    kind: Literal["zero", "ones", "identity"]
    size: Affine | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """Entries by index, from 1; None keeps the axis (`W_{i,:}`)."""

    body: "Term"
    indices: tuple[Affine | None, ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AtLabel:
    """The entry of a vector at the class which a one-hot label marks: `y'_y`, i.e. the inner product with the label."""

    body: "Term"
    label: Ref
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Add:
    """Sum of terms."""

    items: tuple["Term", ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Neg:
    """Negative."""

    body: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Mul:
    """Product: contracts the axes down of `left` with the axes up of `right`; a scalar scales."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Hadamard:
    """Entrywise product of equal shapes."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Outer:
    """Outer product of two vectors, whichever way they stand: `left` up, `right` down."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Inner:
    """Inner product of two vectors, whichever way they stand."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Divide:
    """Quotient; the divisor is a scalar, or has the shape of the dividend (entrywise)."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Power:
    """Integer power: of a scalar, of a square matrix, or of each entry of a vector."""

    body: "Term"
    exponent: Affine
    entrywise: bool = False
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Transpose:
    """Axes up and down exchanged."""

    body: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Diag:
    """Diagonal matrix of a vector."""

    body: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: a known one (`tanh`, `softmax`), or one of which the note says no more than its name.

    Those of the note's own act by entries (generic), mix the entries of a vector (vector), or make one number of all
    their arguments, at each step another (loss).
    """

    name: str
    kind: Kind = "known"
    order: int = 0
    """Derivatives (primes)."""
    index: Affine | None = None
    """The component in `f_i`."""

    @property
    def own(self) -> bool:
        """Whether it is one of the note's own."""
        return self.kind != "known"

    @property
    def called(self) -> str:
        """What tells it from all others, in words: `f`, `loss L`."""
        return f"loss {self.name}" if self.kind == "loss" and not self.name.startswith("loss") else self.name

    def mixes(self, arguments: int) -> bool:
        """Whether it is one of the note's own that takes all entries of its arguments at once."""
        return self.kind in {"vector", "loss"} or (self.own and arguments > 1)


@dataclass(frozen=True, slots=True)
class Apply:
    """A function applied; several arguments only for generic functions."""

    function: Function
    args: tuple["Term", ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Stack:
    """Vectors one above the other, `[x; y]`; of rows this makes a matrix. With `across`, scalars side by side."""

    items: tuple["Term", ...]
    across: bool = False
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Family:
    r"""Scalars `body` for `var = low .. high` as one row (`[a_1, a_2, \cdots, a_C]`) or column; a column of rows is a
    matrix."""

    var: str
    low: Affine
    high: Affine
    body: "Term"
    across: bool = True
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """Sum over a range, empty when `high < low`; `where` further conditions (`i != j`)."""

    var: str
    low: Affine
    high: Affine
    body: "Term"
    where: tuple["Condition", ...] = ()
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Prod:
    """Ordered product over a range; the identity when empty. `newest` puts the highest index leftmost.

    `size` is that of the identity, filled in when the shapes are known; None for scalar factors.
    """

    var: str
    low: Affine
    high: Affine
    body: "Term"
    newest: bool = True
    size: Affine | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of integer expressions: `i = j`, `k <= t`."""

    left: Affine
    relation: Literal["=", "!=", "<", "<="]
    right: Affine

    def holds(self, env: Mapping[str, int]) -> bool:
        """Whether it holds at an assignment of the names."""
        a, b = self.left.at(env), self.right.at(env)
        return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b}[self.relation]


@dataclass(frozen=True, slots=True)
class Indicator:
    r"""1 where every condition holds, else 0: `\mathbf 1(i = j)`, `\delta_{ij}`."""

    conditions: tuple[Condition, ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SameEntry:
    """1 where two entries are the same place, `1([x; y]_l = y_l)`; becomes an Indicator once sizes are known."""

    left: "Term"
    right: "Term"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cases:
    """The first branch whose conditions hold; no conditions means otherwise."""

    branches: tuple[tuple["Term", tuple[Condition, ...]], ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Deriv:
    """Derivative of `of` by the quantity or entry `by`.

    total: `by` is varied and everything computed from it follows. immediate: only what belongs to the same step as
    `of` follows, earlier states are held fixed. direct: only the formula that defines `of` is differentiated.
    Layouts: numerator, a Jacobian, with gradients as rows; gradient, the same with the derivative of a scalar shaped
    like what it is taken by; denominator, the transpose of the Jacobian.
    """

    of: "Term"
    by: "Term"
    mode: Mode = "total"
    layout: Layout = "numerator"
    span: Span | None = field(default=None, compare=False)


Term = (
    Num
    | Count
    | Ref
    | Constant
    | Entry
    | AtLabel
    | Add
    | Neg
    | Mul
    | Hadamard
    | Outer
    | Inner
    | Divide
    | Power
    | Transpose
    | Diag
    | Apply
    | Stack
    | Family
    | Sum
    | Prod
    | Indicator
    | SameEntry
    | Cases
    | Deriv
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the axes up and down; a scalar has none."""

    up: tuple[Affine, ...] = ()
    down: tuple[Affine, ...] = ()

    @property
    def axes(self) -> tuple[Affine, ...]:
        """All axes, up first."""
        return self.up + self.down

    def __str__(self) -> str:
        """The shape in words: `scalar`, `D x 1`, `1 x D`, `D x M`, `D x (D x M)`."""
        if not self.axes:
            return "scalar"

        def side(dims: tuple[Affine, ...]) -> str:
            text = " x ".join(str(d) if len(d.parts) + bool(d.const) <= 1 else f"({d})" for d in dims)
            return f"({text})" if len(dims) > 1 else text or "1"

        return f"{side(self.up)} x {side(self.down)}"


SCALAR = Shape()


def children_places(kind: type) -> tuple[tuple[str, str], ...]:
    """The fields of a constructor that hold terms: one, several, or branches of cases."""
    found = []
    for f in fields(kind):
        declared = str(f.type).replace("'", "")
        if f.name == "branches":
            found.append((f.name, "branches"))
        elif declared == "Term" or f.name == "label":
            found.append((f.name, "one"))
        elif declared == "tuple[Term, ...]":
            found.append((f.name, "several"))
    return tuple(found)


_PLACES: dict[type, tuple[tuple[str, str], ...]] = {kind: children_places(kind) for kind in get_args(Term)}


def children(term: Term) -> Iterator[Term]:
    """The terms directly under a term."""
    for name, kind in _PLACES[type(term)]:
        value = getattr(term, name)
        if kind == "one":
            yield value
        elif kind == "several":
            yield from value
        else:
            yield from (body for body, _ in value)


def walk(term: Term) -> Iterator[Term]:
    """The term and everything under it, outermost first."""
    stack = [term]
    while stack:
        top = stack.pop()
        yield top
        for name, kind in reversed(_PLACES[type(top)]):
            value = getattr(top, name)
            if kind == "one":
                stack.append(value)
            elif kind == "several":
                stack.extend(value[::-1])
            else:
                stack.extend(body for body, _ in value[::-1])


def rebuild(term: Term, change: Callable[[Term], Term]) -> Term:
    """The same term with every direct child replaced by `change(child)`; the label of an `AtLabel` stays."""
    new: dict[str, object] = {}
    for name, kind in _PLACES[type(term)]:
        value = getattr(term, name)
        if kind == "several":
            items = tuple(change(item) for item in value)
            if any(a is not b for a, b in zip(items, value, strict=True)):
                new[name] = items
        elif kind == "branches":
            new[name] = tuple((change(body), when) for body, when in value)
        elif name != "label" and (one := change(value)) is not value:
            new[name] = one
    return replace(term, **new) if new else term  # type: ignore[arg-type]


def substitute(term: Term, env: Mapping[str, Affine]) -> Term:  # noqa: C901 - one case a constructor
    """Put expressions for the free integer names of a term; bound names shadow."""
    if not env:
        return term
    match term:
        case Sum(var=var) | Prod(var=var) | Family(var=var):
            inner = {n: a for n, a in env.items() if n != var}
            new = replace(term, low=term.low.put(env), high=term.high.put(env), body=substitute(term.body, inner))
            if isinstance(new, Sum):
                return replace(new, where=_put_all(new.where, inner))
            return new
        case Ref(time=time) if time is not None:
            return replace(term, time=time.put(env))
        case Count(value=value):
            return replace(term, value=value.put(env))
        case Entry(indices=indices):
            put = tuple(i if i is None else i.put(env) for i in indices)
            return replace(term, body=substitute(term.body, env), indices=put)
        case Power(exponent=exponent):
            return replace(term, body=substitute(term.body, env), exponent=exponent.put(env))
        case AtLabel(label=label) if label.time is not None:
            return replace(term, body=substitute(term.body, env), label=replace(label, time=label.time.put(env)))
        case Apply(function=function) if function.index is not None:
            function = replace(function, index=function.index.put(env))
            return replace(term, function=function, args=tuple(substitute(a, env) for a in term.args))
        case Indicator(conditions=conditions):
            return replace(term, conditions=_put_all(conditions, env))
        case Cases(branches=branches):
            return replace(term, branches=tuple((substitute(b, env), _put_all(w, env)) for b, w in branches))
        case _:
            return rebuild(term, lambda child: substitute(child, env))


def _put_all(conditions: tuple[Condition, ...], env: Mapping[str, Affine]) -> tuple[Condition, ...]:
    return tuple(Condition(c.left.put(env), c.relation, c.right.put(env)) for c in conditions)


def fresh_name(terms: Iterable[Term], taken: Iterable[str] = ()) -> str:
    """The first name of the checker's own that occurs in none of the terms, and is not taken."""
    known = set(taken)
    for term in terms:
        known |= free_names(term) | {x.var for x in walk(term) if isinstance(x, Sum | Prod | Family)}
    return next(name for name in map(numbered, count(1)) if name not in known)


def standing(term: Term) -> frozenset[str]:
    """The names of quantities in a term but those that it only differentiates by."""
    own = frozenset({term.name}) if isinstance(term, Ref) else frozenset()
    return own.union(*(standing(x) for x in ((term.of,) if isinstance(term, Deriv) else children(term))))


def is_measure(term: Term) -> TypeGuard[Apply]:
    """Whether a term is an absolute value or a norm."""
    return isinstance(term, Apply) and term.function.name in MEASURES


def speaks_of(term: Term, names: Collection[str]) -> bool:
    """Whether one of these quantities stands somewhere in a term."""
    return any(isinstance(x, Ref) and x.name in names for x in walk(term))


def free_names(term: Term) -> frozenset[str]:
    """The integer names that are free in a term: times, indices, sizes."""
    match term:
        case Sum(var=var) | Prod(var=var) | Family(var=var):
            where = _names_of(term.where) if isinstance(term, Sum) else frozenset()
            return term.low.names() | term.high.names() | ((free_names(term.body) | where) - {var})
        case _:
            own = _own_names(term)
            return own.union(*(free_names(child) for child in children(term)))


def _own_names(term: Term) -> frozenset[str]:
    match term:
        case Ref(time=time):
            return frozenset() if time is None else time.names()
        case Count(value=value):
            return value.names()
        case Entry(indices=indices):
            return frozenset[str]().union(*(i.names() for i in indices if i is not None))
        case Power(exponent=exponent):
            return exponent.names()
        case Apply(function=function):
            return frozenset() if function.index is None else function.index.names()
        case Indicator(conditions=conditions):
            return _names_of(conditions)
        case Cases(branches=branches):
            return frozenset[str]().union(*(_names_of(when) for _, when in branches))
        case _:
            return frozenset()


def _names_of(conditions: tuple[Condition, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(c.left.names() | c.right.names() for c in conditions))
