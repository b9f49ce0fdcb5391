r"""Definition -> shares: what one definition hands back to a quantity that it reads (reverse mode, on terms).

For `a = body` with the gradient `g = \partial L / \partial a` as a column, each occurrence of the quantity in the body
receives a term: of `W x`, the matrix receives `g x^\top` and the vector `W^\top g`. One rule a constructor; a rule that
is missing is no fault: `Open` is raised, and the Jacobian stays a name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from bptt_symbolic.deriving.algebra import ONE, Algebra, minus, neg, number
from bptt_symbolic.deriving.entry_sums import whole_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Condition,
    Diag,
    Divide,
    Entry,
    Function,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Ref,
    Sum,
    Term,
    Transpose,
    walk,
)
from bptt_symbolic.scalars.expressions import Algebra as Expressions
from bptt_symbolic.scalars.expressions import called, fold, quotient
from bptt_symbolic.scalars.rows import WRITTEN, derivative

SQUARE = 2
MINUS = Num(Fraction(-1))


class Open(Exception):  # noqa: N818 - not an error: the Jacobian of this place stays a name
    """No rule for a place of a definition."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one occurrence of a quantity receives."""

    at: Ref
    term: Term


@dataclass(frozen=True, slots=True)
class Pull:
    """Hands gradients back through a body to one quantity."""

    name: str
    """The quantity that receives."""
    algebra: Algebra

    def entries(self, body: Term, g: Term) -> Iterator[tuple[str, Share]]:
        r"""Shares of entries under one sum over all of them: `\sum_j y_j x_j` hands `y_j` to `x_j`, with the letter."""
        match body:
            case Neg(body=inner):
                yield from self.entries(inner, neg(g))
            case Mul(left=left, right=right) if self.algebra.scalar(left) and not reads(left, self.name):
                yield from self.entries(right, self.algebra.scaled(left, g))
            case Sum(var=var, low=low, high=high, body=inner, where=()):
                inside = Pull(self.name, Algebra(self.algebra.network, ((var, (low, high)),)))
                yield from ((var, share) for share in inside.through(inner, g))
            case _:
                raise Open(type(body).__name__)

    def through(  # noqa: C901, PLR0912 - one case a constructor
        self, body: Term, g: Term, value: Term | None = None
    ) -> Iterator[Share]:
        """Shares of every occurrence; `value` is the name of the whole body, where it has one. Raises Open."""
        if not reads(body, self.name):
            return
        calc = self.algebra
        match body:
            case Ref():
                yield Share(body, g)
            case Entry(body=Ref() as inner) if calc.ranges:
                yield Share(inner, g)
            case Add(items=items):
                for item in items:
                    yield from self.through(item, g)
            case Neg(body=inner):
                yield from self.through(inner, neg(g))
            case Transpose(body=inner):
                yield from self.through(inner, calc.transpose(g))
            case Mul(left=left, right=right):
                yield from self._product(left, right, g)
            case Hadamard(left=left, right=right):
                yield from self.through(left, calc.had(g, right))
                yield from self.through(right, calc.had(g, left))
            case Inner(left=left, right=right):
                yield from self.through(left, calc.scaled(g, right))
                yield from self.through(right, calc.scaled(g, left))
            case Outer(left=left, right=right):
                yield from self.through(left, calc.mul(g, right))
                yield from self.through(right, calc.mul(calc.transpose(g), left))
            case Divide(left=left, right=right):
                yield from self._quotient(left, right, g)
            case Power():
                yield from self._power(body, g)
            case Apply(function=function, args=(argument,)):
                yield from self._applied(function, argument, g, value)
            case Sum(where=()) if (whole := whole_of(body, calc)) is not None:
                yield from self._all_entries(whole, g)
            case Sum(where=()):
                yield from self._summed(body, g)
            case _:
                raise Open(type(body).__name__)

    def _all_entries(self, whole: Term, g: Term) -> Iterator[Share]:
        """The sum of all entries of something entrywise hands `g` to each of them."""
        if isinstance(whole, Ref | Mul):
            raise Open("the sum of the entries of a product")
        for share in self.through(whole, ONE):
            yield Share(share.at, self.algebra.scaled(g, share.term))

    def _summed(self, body: Sum, g: Term) -> Iterator[Share]:
        """A sum over the steps: what is read at its step receives a term there; what is read at every step, the sum."""
        low, high, step = body.low, body.high, Affine.of(body.var)
        if not any(x.time is not None and body.var in x.time.names() for x in walk(body) if isinstance(x, Ref)):
            raise Open("a sum over entries")
        bounds = [Condition(low, "<=", step)] if low != Affine(self.algebra.network.start) else []
        bounds += [Condition(step, "<=", high)] if high != Affine.of(LAST) else []
        for share in self.through(body.body, g):
            if share.at.time is None or body.var not in share.at.time.names():
                yield Share(share.at, Sum(body.var, low, high, share.term))
            elif bounds:
                yield Share(share.at, self.algebra.scaled(Indicator(tuple(bounds)), share.term))
            else:
                yield share

    def _product(self, left: Term, right: Term, g: Term) -> Iterator[Share]:
        """`left right`: a number scales, anything else contracts."""
        calc = self.algebra
        if calc.scalar(left) or calc.scalar(right):
            number_, other = (left, right) if calc.scalar(left) else (right, left)
            if reads(number_, self.name):
                yield from self.through(number_, self._inner(g, other))
            yield from self.through(other, calc.scaled(number_, g))
        elif calc.scalar(g):
            yield from self.through(left, calc.scaled(g, calc.transpose(right)))
            yield from self.through(right, calc.scaled(g, calc.transpose(left)))
        else:
            yield from self.through(left, calc.mul(g, calc.transpose(right)))
            yield from self.through(right, calc.mul(calc.transpose(left), g))

    def _inner(self, g: Term, other: Term) -> Term:
        """The share of a number that scales something."""
        calc = self.algebra
        if calc.scalar(other):
            return calc.scaled(other, g)
        if len(calc.shape(other).axes) > 1:
            raise Open("a number that scales a matrix")
        return calc.mul(calc.transpose(g), other)

    def _quotient(self, left: Term, right: Term, g: Term) -> Iterator[Share]:
        """`left / right`, by a number or entry by entry."""
        calc = self.algebra
        if isinstance(right, Num):
            yield from self.through(left, calc.scaled(Num(Fraction(1) / right.value), g))
            return
        if reads(right, self.name) and calc.scalar(right) != calc.scalar(left):
            raise Open("a quotient by a number that is computed")
        yield from self.through(left, calc.scaled(Divide(ONE, right), g) if calc.scalar(right) else calc.div(g, right))
        yield from self.through(right, neg(calc.div(calc.had(g, left), calc.square(right))))

    def _power(self, body: Power, g: Term) -> Iterator[Share]:
        calc, inner, exponent = self.algebra, body.body, body.exponent
        if exponent.parts or not (body.entrywise or len(calc.shape(inner).axes) < SQUARE):
            raise Open("a power of a matrix")
        less = inner if exponent.const == SQUARE else Power(inner, exponent - 1, body.entrywise)
        yield from self.through(inner, calc.mul(number(exponent.const), calc.had(g, less)))

    def _applied(self, function: Function, argument: Term, g: Term, value: Term | None) -> Iterator[Share]:
        calc = self.algebra
        if function.name == "logsumexp":
            yield from self.through(argument, calc.scaled(g, Apply(Function("softmax"), (argument,))))
        elif function.name == "softmax":
            own = Apply(function, (argument,)) if value is None else value
            yield from self.through(argument, calc.mul(minus(Diag(own), Mul(own, Transpose(own))), g))
        elif function.name != "step":  # which is flat on both sides
            above, below = slope(function, argument, value, calc)
            share = g if above == ONE else calc.had(g, above)
            yield from self.through(argument, share if below is None else calc.div(share, below))


def slope(function: Function, argument: Term, value: Term | None, calc: Algebra) -> tuple[Term, Term | None]:
    """`f'(argument)` and what it is divided by, in the value `f(argument)` where that has a name; raises Open.

    Written out where the row of the function gives it in words that a note has: `tanh' = 1 - tanh^2`, `arctan' = 1 /
    (1 + x^2)`; else `f'`, as for an open function.
    """
    own = Apply(function, (argument,)) if value is None else value
    if (
        function.name in WRITTEN
        and not function.order
        and all(c in WRITTEN for c in called(derivative(function.name, 1)))
    ):
        above, below = quotient(derivative(function.name, 1))
        terms = _terms(calc)
        return fold(above, terms, argument, lambda: own), None if below is None else fold(
            below, terms, argument, lambda: own
        )
    if function.kind == "generic" or function.name in WRITTEN:
        return Apply(replace(function, order=function.order + 1), (argument,)), None
    raise Open(function.called)


def _terms(calc: Algebra) -> Expressions[Term]:
    def add(a: Term, b: Term) -> Term:
        return minus(a, b.body) if isinstance(b, Neg) else Add((a, b))

    def power(a: Term, n: int) -> Term:
        return calc.square(a) if n == SQUARE else Power(a, Affine(n), entrywise=True)

    def times(a: Term, b: Term) -> Term:
        return neg(b) if a == MINUS else calc.scaled(a, b) if isinstance(a, Num) else calc.had(a, b)

    return Expressions(Num, add, times, power, lambda name, order, x: Apply(Function(name, order=order), (x,)))


def reads(term: Term, name: str) -> bool:
    """Whether a quantity stands in a term."""
    return any(isinstance(x, Ref) and x.name == name for x in walk(term))
