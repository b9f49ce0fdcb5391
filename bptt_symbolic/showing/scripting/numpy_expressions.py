"""Terms -> NumPy expressions: arrays whose axes are those of the term, axes up before axes down.

`W s_{t-1}` is `W() @ s(t - 1)`: a quantity is called with its step. A derivative is
`derivative(lambda: s(t), W)`, with one more axis, or more, for what it is taken by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    MEASURES,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
    Condition,
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
    walk,
)
from bptt_symbolic.scalars.rows import OF_VECTORS
from bptt_symbolic.showing.scripting.identifiers import Identifiers
from bptt_symbolic.showing.scripting.numpy_functions import written

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly an expression is bound, loosest first."""
SIGNS = {"=": "==", "!=": "!=", "<": "<", "<=": "<="}
Axes = tuple[Affine, ...]
Names = frozenset[str]


class NotWritten(Exception):  # noqa: N818 - a fault of the call on its way
    """A term that the programs have no words for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression with its axes."""

    code: str
    level: int
    up: Axes = ()
    down: Axes = ()

    @property
    def axes(self) -> Axes:
        """All axes, up first."""
        return self.up + self.down

    def at(self, level: int) -> str:
        """The code, in parentheses where it is bound more loosely than wanted."""
        return self.code if self.level >= level else f"({self.code})"

    @property
    def cell(self) -> str:
        """The code of a number: that of the first entry where the term is none."""
        return f"np.ravel({self.code})[0]" if self.axes else self.code


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes terms about one network."""

    network: Network
    identifiers: Identifiers

    def write(self, term: Term, known: Names) -> Piece:  # noqa: C901, PLR0912 - one case a constructor
        """A term where the integer names in `known` have values."""
        match term:
            case Num(value=value):
                return Piece(_number(value), ATOM if value.denominator == 1 and value >= 0 else SUM)
            case Count(value=value):
                return Piece(self._affine(value), SUM)
            case Indicator(conditions=conditions):
                return Piece(f"float({self._all(conditions)})", ATOM)
            case Ref(name=name, time=time):
                shape = self.network.shapes[name]
                step = "" if time is None else self._affine(time)
                return Piece(f"{self.identifiers.quantity(name)}({step})", ATOM, shape.up, shape.down)
            case Constant():
                return self._constant(term)
            case Entry():
                return self._entry(term, known)
            case AtLabel(body=left, label=right) | Inner(left=left, right=right):
                a, b = self.write(left, known), self.write(right, known)
                return Piece(f"np.sum({a.at(PRODUCT)} * {b.at(POWER)})", ATOM)
            case Add(items=items):
                return self._add([self.write(item, known) for item in items])
            case Neg(body=body):
                inner = self.write(body, known)
                return Piece(f"-{inner.at(PRODUCT)}", SUM, inner.up, inner.down)
            case Mul(left=left, right=right):
                return product(self.write(left, known), self.write(right, known))
            case Hadamard(left=left, right=right):
                return _entrywise(self.write(left, known), "*", self.write(right, known))
            case Divide(left=left, right=right):
                return _entrywise(self.write(left, known), "/", self.write(right, known))
            case Outer(left=left, right=right):
                a, b = self.write(left, known), self.write(right, known)
                return Piece(f"np.multiply.outer({a.code}, {b.code})", ATOM, a.axes, b.axes)
            case Power():
                return self._power(term, known)
            case Transpose(body=body):
                return transposed(self.write(body, known))
            case Diag(body=body):
                inner = self.write(body, known)
                return Piece(f"np.diag({inner.code})", ATOM, inner.axes, inner.axes) if inner.axes else inner
            case Apply():
                return self._apply(term, known)
            case Stack():
                return self._stack(term, known)
            case Family(var=var, across=across):
                member = self.write(term.body, known | {var})
                axes = (term.high - term.low + 1,)
                if member.down:
                    return Piece(f"np.array([{member.code} for {self._loop(term)}])", ATOM, axes, member.down)
                code = f"np.array([{member.cell} for {self._loop(term)}])"
                return Piece(code, ATOM, () if across else axes, axes if across else ())
            case Sum():
                return self._sum(term, known)
            case Prod():
                return self._prod(term, known)
            case Cases(branches=branches):
                return self._cases(branches, known)
            case SameEntry():
                raise NotWritten("whether two entries are the same place")
            case Deriv():
                return self._derivative(term, known)
            case _:
                assert_never(term)

    def _affine(self, value: Affine) -> str:
        return self.identifiers.affine(value)

    def _size(self, axes: Axes) -> str:
        """A tuple of sizes: `(D, M)`, `(D,)`."""
        sizes = ", ".join(self._affine(a) for a in axes)
        return f"({sizes},)" if len(axes) == 1 else f"({sizes})"

    def _all(self, conditions: tuple[Condition, ...]) -> str:
        pairs = (f"{self._affine(c.left)} {SIGNS[c.relation]} {self._affine(c.right)}" for c in conditions)
        return " and ".join(pairs) or "True"

    def _loop(self, term: Sum | Prod | Family, *, down: bool = False) -> str:
        low, high = term.low, term.high
        ends = (high, low - 1) if down else (low, high + 1)
        step = ", -1" if down else ""
        return f"{self.identifiers.integer(term.var)} in range({self._affine(ends[0])}, {self._affine(ends[1])}{step})"

    def _constant(self, term: Constant) -> Piece:
        if term.size is None:
            return Piece("0.0" if term.kind == "zero" else "1.0", ATOM)
        size = self._affine(term.size)
        if term.kind == "identity":
            return Piece(f"np.eye({size})", ATOM, (term.size,), (term.size,))
        return Piece(f"np.{'zeros' if term.kind == 'zero' else 'ones'}({size})", ATOM, (term.size,))

    def _entry(self, term: Entry, known: Names) -> Piece:
        body = self.write(term.body, known)
        fixed = [*term.indices, *[None] * (len(body.axes) - len(term.indices))]
        code = f"{body.at(ATOM)}[{self._indices(fixed)}]"
        up = tuple(a for i, a in zip(fixed, body.up, strict=False) if i is None)
        down = tuple(a for i, a in zip(fixed[len(body.up) :], body.down, strict=True) if i is None)
        row = len(body.up) == 1 and len(body.down) == 1 and not up and bool(down)
        return Piece(code, ATOM, up, down) if row or (up and down) else Piece(code, ATOM, up + down)

    def _indices(self, fixed: Sequence[Affine | None]) -> str:
        return ", ".join(":" if i is None else self._affine(i - 1) for i in fixed)

    def _add(self, items: list[Piece]) -> Piece:
        largest = max(items, key=lambda item: len(item.axes))
        code = items[0].code
        for item in items[1:]:
            code += f" - {item.code[1:]}" if item.code.startswith("-") and item.level == SUM else f" + {item.code}"
        return Piece(code, SUM, largest.up, largest.down)

    def _power(self, term: Power, known: Names) -> Piece:
        body, exponent = self.write(term.body, known), self._affine(term.exponent)
        if body.up and body.down and not term.entrywise:
            return Piece(f"np.linalg.matrix_power({body.code}, {exponent})", ATOM, body.up, body.down)
        simple = not term.exponent.parts and term.exponent.const >= 0
        return Piece(f"{body.at(ATOM)} ** {exponent if simple else f'({exponent})'}", POWER, body.up, body.down)

    def _stack(self, term: Stack, known: Names) -> Piece:
        parts = [self.write(item, known) for item in term.items]
        if not term.across and all(part.down and not part.up for part in parts):
            rows = ", ".join(part.code for part in parts)
            return Piece(f"np.array([{rows}])", ATOM, (Affine(len(parts)),), parts[0].down)
        length = Affine()
        for part in parts:
            length = length + (part.axes[0] if part.axes else 1)
        code = f"np.hstack([{', '.join(part.code for part in parts)}])"
        return Piece(code, ATOM, () if term.across else (length,), (length,) if term.across else ())

    def _sum(self, term: Sum, known: Names) -> Piece:
        body = self.write(term.body, known | {term.var})
        where = f" if {self._all(term.where)}" if term.where else ""
        code = f"{body.code} for {self._loop(term)}{where}"
        code = f"sum(({code}), np.zeros({self._size(body.axes)}))" if body.axes else f"sum({code})"
        return Piece(code, ATOM, body.up, body.down)

    def _prod(self, term: Prod, known: Names) -> Piece:
        body = self.write(term.body, known | {term.var})
        code = f"[{body.code} for {self._loop(term, down=term.newest)}]"
        if not body.axes:
            return Piece(f"np.prod({code})", ATOM)
        if len(body.up) != 1 or len(body.down) != 1:
            raise NotWritten("a product over steps of what is no matrix")
        start = "" if term.size is None else f", np.eye({self._affine(term.size)})"
        return Piece(f"reduce(np.matmul, {code}{start})", ATOM, body.up, body.down)

    def _cases(self, branches: tuple[tuple[Term, tuple[Condition, ...]], ...], known: Names) -> Piece:
        pieces = [(self.write(body, known), conditions) for body, conditions in branches]
        largest = max((p for p, _ in pieces), key=lambda p: len(p.axes))
        parts = [f"{p.code} if {self._all(conditions)} else " for p, conditions in pieces]
        return Piece(f"({''.join(parts)}np.nan)", ATOM, largest.up, largest.down)

    # functions

    def _apply(self, term: Apply, known: Names) -> Piece:
        function, args = term.function, [self.write(a, known) for a in term.args]
        first = args[0]
        if function.mixes(len(args)):
            return self._mixing(term, args)
        if function.own:
            return self._generic(term, first)
        if function.name in MEASURES:
            return _measured(function.name, first)
        code = written(function.name, function.order, first.code)
        if code is None:
            raise NotWritten(f"derivative {function.order} of {function.name}")
        return (
            Piece(code, ATOM) if function.name in OF_VECTORS - {"softmax"} else Piece(code, ATOM, first.up, first.down)
        )

    def _generic(self, term: Apply, x: Piece) -> Piece:
        """A polynomial in each entry: the same in all, that of one component, or one of its own for each."""
        function, order = term.function, f", {term.function.order}" if term.function.order else ""
        name = self.identifiers.function(function.called)
        if function.index is None:
            return Piece(f"poly({name}, {x.code}{order})", ATOM, x.up, x.down)
        if function.index != Affine():
            return Piece(f"poly({name}[{self._affine(function.index)}], {x.code}{order})", ATOM, x.up, x.down)
        each = f"[poly({name}[row + 1], cell{order}) for row, cell in enumerate(np.ravel({x.code}))]"
        return Piece(f"np.reshape({each}, {self._size(x.axes)})", ATOM, x.up, x.down)

    def _mixing(self, term: Apply, args: list[Piece]) -> Piece:
        """A quadratic form in all entries of the arguments; of a vector, one for each entry."""
        function = term.function
        name = self.identifiers.function(function.called)
        times = [a.time for a in term.args if isinstance(a, Ref) and a.time is not None]
        step = self._affine(times[0]) if times and function.kind == "loss" else "None"
        given = ", ".join(a.code for a in args)
        if not (function.kind == "vector" and len(args) == 1):
            return Piece(f"quad({name}[{step}, 1], {given})", ATOM)
        x = args[0]
        each = f"[quad({name}[{step}, row + 1], {given}) for row in range(np.size({x.code}))]"
        return Piece(f"np.reshape({each}, {self._size(x.axes)})", ATOM, x.up, x.down)

    # derivatives

    def _derivative(self, term: Deriv, known: Names) -> Piece:
        by = term.by.body if isinstance(term.by, Entry) else term.by
        if not isinstance(by, Ref):
            raise NotWritten("a derivative by something that is not a quantity")
        of = self._differentiated(term, known)
        how = "" if by.time is None else f", {self._affine(by.time)}"
        if term.mode == "immediate" and (latest := self._latest(term.of, known)):
            how += f", only={latest}"
        how += ", direct=True" if term.mode == "direct" else ""
        called = of.code.removesuffix("()") if of.code.removesuffix("()").isidentifier() else f"lambda: {of.code}"
        code = f"derivative({called}, {self.identifiers.quantity(by.name)}{how})"
        shape = self.network.shapes[by.name]
        if not isinstance(term.by, Entry):
            return _laid_out(Piece(code, ATOM, of.axes, shape.axes), term, (shape.up, shape.down))
        fixed = [*term.by.indices, *[None] * (len(shape.axes) - len(term.by.indices))]
        code += f"[{self._indices([*[None] * len(of.axes), *fixed])}]"
        kept = tuple(a for i, a in zip(fixed, shape.axes, strict=True) if i is None)
        return _laid_out(Piece(code, ATOM, of.axes, kept), term, (kept, ()))

    def _differentiated(self, term: Deriv, known: Names) -> Piece:
        """What is differentiated; of a direct derivative, the formula that defines it."""
        of = self.write(term.of, known)
        base = term.of.body if isinstance(term.of, Entry) else term.of
        if term.mode != "direct" or not isinstance(base, Ref):
            return of
        plain = self.write(base, known).code
        step = "None" if base.time is None else self._affine(base.time)
        opened = f"{self.identifiers.quantity(base.name)}({step}, True)"
        return Piece(opened + of.code.removeprefix(plain), ATOM, of.up, of.down)

    def _latest(self, term: Term, known: Names) -> str:
        """The latest step among the quantities of a term."""
        steps = {x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None and x.time.names() <= known}
        found = sorted(self._affine(step) for step in steps)
        return f"max({', '.join(found)})" if len(found) > 1 else found[0] if found else ""


def _measured(name: str, x: Piece) -> Piece:
    """The absolute values of the entries, or a norm; a row is a matrix of one row."""
    kind = name.removeprefix("norm_")
    if kind == "abs":
        return Piece(f"np.abs({x.code})", ATOM, x.up, x.down)
    if not x.up and len(x.axes) == 1:
        kind = {"1": "inf", "inf": "1"}.get(kind, kind)
    order = {"2": ", 2", "1": ", 1", "inf": ", np.inf"}.get(kind, "") if x.axes else ""
    return Piece(f"np.linalg.norm({x.code}{order})", ATOM)


def product(a: Piece, b: Piece) -> Piece:
    """Contract the axes down of the left factor with the axes up of the right one; a scalar scales."""
    if not a.axes or not b.axes:
        return _entrywise(a, "*", b)
    if not a.down:
        return Piece(f"np.multiply.outer({a.code}, {b.code})", ATOM, a.up, b.down)
    if len(a.down) == 1 and len(a.axes) <= 2 and len(b.axes) <= 2:  # noqa: PLR2004 - what `@` does
        return Piece(f"{a.at(PRODUCT)} @ {b.at(POWER)}", PRODUCT, a.up, b.down)
    return Piece(f"np.tensordot({a.code}, {b.code}, {len(a.down)})", ATOM, a.up, b.down)


def transposed(a: Piece) -> Piece:
    """Axes up and down exchanged."""
    if not a.up or not a.down:
        return Piece(a.code, a.level, a.down, a.up)
    if len(a.axes) == 2:  # noqa: PLR2004 - a matrix
        return Piece(f"{a.at(ATOM)}.T", ATOM, a.down, a.up)
    order = (*range(len(a.up), len(a.axes)), *range(len(a.up)))
    return Piece(f"np.transpose({a.code}, {order})", ATOM, a.down, a.up)


def _entrywise(a: Piece, sign: str, b: Piece) -> Piece:
    larger = a if a.axes else b
    return Piece(f"{a.at(PRODUCT)} {sign} {b.at(POWER)}", PRODUCT, larger.up, larger.down)


def _laid_out(piece: Piece, term: Deriv, by: tuple[Axes, Axes]) -> Piece:
    """The axes of a derivative in its layout; `piece` has rows for what is differentiated."""
    if not piece.up and len(piece.down) == 2:  # noqa: PLR2004 - the gradient by a matrix is shaped like it
        return Piece(piece.code, ATOM, piece.down[:1], piece.down[1:])
    if not piece.up and term.layout == "gradient":
        return Piece(piece.code, ATOM, *by)
    return transposed(piece) if term.layout == "denominator" else piece


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"
