"""Text -> expression: formulas of one argument `x`, of the value `y` there, differentiated and folded into any algebra.

    sum     = ["-"] product (("+" | "-") product)*         product = power (("*" | "/") power)*
    power   = atom ["^" ["-"] digits]                      atom    = digits | "x" | "y" | "pi" | call | "(" sum ")"
    call    = name "(" sum ")"

`fold` is the only thing that is ever done with an expression: floating point, polynomials, terms, graphs, and programs
are each an `Algebra`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Generic, Literal, TypeVar, assert_never

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Number:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Letter:
    """The argument, the value of the function there, or the number pi."""

    name: Literal["x", "y", "pi"]


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A product."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Power:
    """An integer power."""

    body: "Expression"
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """A scalar function, or its derivative of some order."""

    name: str
    argument: "Expression"
    order: int = 0


Expression = Number | Letter | Sum | Product | Power | Call
X, Y = Letter("x"), Letter("y")
ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


@dataclass(frozen=True, slots=True)
class Algebra(Generic[T]):
    """What an expression is folded into."""

    number: Callable[[Fraction], T]
    add: Callable[[T, T], T]
    times: Callable[[T, T], T]
    power: Callable[[T, int], T]
    call: Callable[[str, int, T], T]
    """Name, order of the derivative, argument."""
    pi: T | None = None
    """None where no function is written out that needs it."""


def fold(expression: Expression, algebra: Algebra[T], x: T, y: Callable[[], T] | None = None) -> T:
    """The expression in an algebra; `y` gives the value where that is needed."""

    def of(e: Expression) -> T:
        match e:
            case Number(value):
                return algebra.number(value)
            case Letter("x"):
                return x
            case Letter("y"):
                assert y is not None, "a value is not written in itself"  # noqa: S101 - a fault of ours
                return y()
            case Letter():
                assert algebra.pi is not None, "a function that needs pi is not an atom"  # noqa: S101 - a fault of ours
                return algebra.pi
            case Sum(items):
                return reduce(algebra.add, map(of, items))
            case Product(items):
                return reduce(algebra.times, map(of, items))
            case Power(body, exponent):
                return algebra.power(of(body), exponent)
            case Call(name, argument, order):
                return algebra.call(name, order, of(argument))
        assert_never(e)

    return of(expression)


def differentiated(e: Expression, slope: Expression, inner: Expression = ONE) -> Expression:
    """The derivative, where that of `y` is `slope`, and that of `x` is `inner`."""
    match e:
        case Number() | Letter("pi"):
            return ZERO
        case Letter("x"):
            return inner
        case Letter():
            return slope
        case Sum(items):
            return added(*(differentiated(i, slope, inner) for i in items))
        case Product(items):
            places = range(len(items))
            return added(
                *(
                    multiplied(*(differentiated(f, slope, inner) if i == n else f for i, f in enumerate(items)))
                    for n in places
                )
            )
        case Power(body, exponent):
            outer = multiplied(Number(Fraction(exponent)), raised(body, exponent - 1))
            return multiplied(outer, differentiated(body, slope, inner))
        case Call(name, argument, order):
            return multiplied(Call(name, argument, order + 1), differentiated(argument, slope, inner))
    assert_never(e)


def called(e: Expression) -> frozenset[str]:
    """The functions that an expression calls."""
    match e:
        case Number() | Letter():
            return frozenset()
        case Sum(items) | Product(items):
            return frozenset[str]().union(*map(called, items))
        case Power(body):
            return called(body)
        case Call(name, argument):
            return called(argument) | {name}
    assert_never(e)


def quotient(e: Expression) -> tuple[Expression, Expression | None]:
    """What an expression is, without negative powers, and what that is divided by."""
    items = e.items if isinstance(e, Product) else (e,)
    below = [raised(i, -1) for i in items if isinstance(i, Power) and i.exponent < 0]
    above = [i for i in items if not (isinstance(i, Power) and i.exponent < 0)]
    numbers = [i.value for i in above if isinstance(i, Number)]
    if below and numbers and numbers[0].denominator > 1:
        above[above.index(Number(numbers[0]))] = Number(Fraction(numbers[0].numerator))
        below.insert(0, Number(Fraction(numbers[0].denominator)))
    return multiplied(*above), multiplied(*below) if below else None


def added(*items: Expression) -> Expression:
    """A sum; numbers are collected at its end."""
    opened = [i for item in items for i in (item.items if isinstance(item, Sum) else (item,))]
    constant = sum((i.value for i in opened if isinstance(i, Number)), Fraction(0))
    if constant and isinstance(opened[0], Number):
        rest = [Number(constant), *(i for i in opened if not isinstance(i, Number))]
    else:
        rest = [*(i for i in opened if not isinstance(i, Number)), *([Number(constant)] if constant else [])]
    return Sum(tuple(rest)) if len(rest) > 1 else rest[0] if rest else ZERO


def multiplied(*items: Expression) -> Expression:
    """A product; numbers are collected at its beginning."""
    opened = [i for item in items for i in (item.items if isinstance(item, Product) else (item,))]
    factor = Fraction(1)
    for item in opened:
        factor *= item.value if isinstance(item, Number) else 1
    rest: list[Expression] = [i for i in opened if not isinstance(i, Number)]
    if not factor or not rest:
        return Number(factor)
    rest = rest if factor == 1 else [Number(factor), *rest]
    return Product(tuple(rest)) if len(rest) > 1 else rest[0]


def raised(body: Expression, exponent: int) -> Expression:
    """A power."""
    if isinstance(body, Number):
        return Number(body.value**exponent)
    if isinstance(body, Power):
        return raised(body.body, body.exponent * exponent)
    return body if exponent == 1 else Power(body, exponent) if exponent else ONE


_TOKEN = re.compile(r"\s*(\d+|\w+|\S)")


def parsed(text: str) -> Expression:
    """The expression of a formula."""
    reader = _Reader([*_TOKEN.findall(text), ""])
    found = reader.sum()
    if reader.tokens[reader.at]:
        raise ValueError(f"{text!r} goes on after its end")
    return found


@dataclass(slots=True)
class _Reader:
    tokens: list[str]
    at: int = 0

    def take(self, *wanted: str) -> str:
        """The next token if it is one of these, else nothing."""
        found = self.tokens[self.at]
        self.at += found in wanted and bool(found)
        return found if found in wanted else ""

    def sum(self) -> Expression:
        """`["-"] product (("+" | "-") product)*`."""
        minus = Number(Fraction(-1))
        items = [multiplied(minus, self.product()) if self.take("-") else self.product()]
        while sign := self.take("+", "-"):
            items.append(self.product() if sign == "+" else multiplied(minus, self.product()))
        return added(*items)

    def product(self) -> Expression:
        """`power (("*" | "/") power)*`."""
        items = [self.power()]
        while sign := self.take("*", "/"):
            items.append(self.power() if sign == "*" else raised(self.power(), -1))
        return multiplied(*items)

    def power(self) -> Expression:
        """`atom ["^" ["-"] digits]`."""
        body = self.atom()
        if not self.take("^"):
            return body
        sign = -1 if self.take("-") else 1
        self.at += 1
        return raised(body, sign * int(self.tokens[self.at - 1]))

    def atom(self) -> Expression:
        """`digits | "x" | "y" | "pi" | call | "(" sum ")"`."""
        found = self.tokens[self.at]
        self.at += 1
        match found:
            case "x" | "y" | "pi":
                return Letter(found)
            case "(":
                return self.closed()
        if found.isdigit():
            return Number(Fraction(int(found)))
        if not found.isidentifier() or not self.take("("):
            raise ValueError(f"expected a number, a letter or a function, not {found!r}")
        return Call(found, self.closed())

    def closed(self) -> Expression:
        """`sum ")"`."""
        inner = self.sum()
        if not self.take(")"):
            raise ValueError("expected a closing bracket")
        return inner
