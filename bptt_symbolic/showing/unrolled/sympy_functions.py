r"""Function -> SymPy: known functions written out, and functions of the note's own as classes with internal names.

A generic `f` becomes a class `generic_...` that knows its derivatives: `f(z)` differentiates to `f'(z)`, a function of
several numbers to its partial derivatives. The name that the note gives it is only printed.
"""

import operator
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import sympy  # type: ignore[import-untyped]

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.scalars.expressions import Algebra, fold
from bptt_symbolic.scalars.rows import WRITTEN, value
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

Expr = Any
"""A `sympy.Expr`; SymPy has no types of its own."""
Printer = Any
"""A printer of SymPy's."""


class logistic(sympy.Function):  # type: ignore[misc]  # noqa: N801 - SymPy's functions are classes in lower case
    r"""The sigmoid, with `\sigma' = \sigma (1 - \sigma)`."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        """The derivative in the function's own value."""
        del argindex
        return self * (1 - self)

    def _latex(self, printer: Printer, exp: str | None = None) -> str:
        text = rf"\sigma\left({printer.doprint(self.args[0])}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


def relu(x: Expr) -> Expr:
    """`x` where it is positive, else 0."""
    return sympy.Piecewise((x, x > 0), (0, True))


_NATIVE: Mapping[str, Callable[[Expr], Expr]] = {
    **{name: getattr(sympy, name) for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "erf")},
    "arctan": sympy.atan,
    "sigmoid": logistic,
    "relu": relu,
    "step": lambda x: sympy.Piecewise((1, x > 0), (0, True)),
}
"""Functions with a name of their own in SymPy; the others are written out."""


def written(expression: Expr) -> Expr:
    """The same expression in SymPy's own functions only."""
    if not expression.has(logistic):
        return expression
    return expression.replace(logistic, lambda x: 1 / (1 + sympy.exp(-x)))


def known(name: str, order: int, x: Expr) -> Expr:
    """A known scalar function, or its derivative of an order, at `x`."""
    if name not in WRITTEN:
        raise UnrollError(f"the function {name} is not known", f"known are {', '.join(sorted(WRITTEN))} and softmax")
    if not order:
        return _value(name, 0, x)
    u = sympy.Dummy("u")
    return sympy.diff(_value(name, 0, u), u, order).xreplace({u: x})


def _value(name: str, order: int, x: Expr) -> Expr:
    assert not order, "values are written in values"  # noqa: S101 - a fault of ours
    return _NATIVE[name](x) if name in _NATIVE else fold(value(name), _ALGEBRA, x)


_ALGEBRA: Algebra[Expr] = Algebra(
    lambda q: sympy.Rational(q.numerator, q.denominator), operator.add, operator.mul, operator.pow, _value, sympy.pi
)


def generic(function: Function, component: tuple[int | None, int | None], args: tuple[Expr, ...]) -> Expr:
    """A function of the note's own at numbers; `component` tells which one of several (entry or step, and output)."""
    return _generic_class(function.called, component, (1,) * function.order)(*args)


@cache
def _generic_class(name: str, component: tuple[int | None, int | None], slots: tuple[int, ...]) -> Callable[..., Expr]:
    """The class of one function; `slots` are the arguments it has been differentiated by, ascending."""

    def fdiff(self: Expr, argindex: int = 1) -> Expr:
        return _generic_class(name, component, tuple(sorted((*slots, argindex))))(*self.args)

    def latex(self: Expr, printer: Printer, exp: str | None = None) -> str:
        marks = "'" * len(slots) if len(self.args) == 1 else "".join(rf"\partial_{{{slot}}} " for slot in slots)
        place = ",".join(str(number) for number in component if number is not None)
        head = name if not place else f"{{{name}}}_{{{place}}}"
        head = head + marks if len(self.args) == 1 else marks + head
        text = rf"{head}\left({', '.join(printer.doprint(x) for x in self.args)}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"

    body = {"fdiff": fdiff, "_latex": latex, "generic_name": name}
    return type(f"generic_{_key((name, component, slots))}", (sympy.Function,), body)


def _key(content: object) -> str:
    """A name for a content, the same in every process, as SymPy orders its terms by the names of functions."""
    return sha256(repr(content).encode()).hexdigest()[:12]


def generic_names(expressions: list[Expr]) -> list[str]:
    """The names of the functions of the note's own that occur."""
    found = {f.generic_name for e in expressions for f in e.atoms(sympy.Function) if hasattr(f, "generic_name")}
    return sorted(found)
