r"""Sides of a worked example -> whether they agree to the digits that are written: `\tanh(0.5) \approx 0.46`.

A number that an author worked out stands for all numbers that are rounded to it. Two sides agree where the right one,
so understood, meets the left one as it is written; they differ where they do not meet though every number of both sides
may be rounded, or cut off. Between these nothing is said: an author may have gone on with more digits than he shows. A
number that the note gives, and one of a single digit, `0.5`, is a datum, and is taken as it is, unless it is all that a
side says.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import flint

from bptt_symbolic.meaning.terms import Add, Apply, Count, Divide, Mul, Neg, Num, Power, Term, walk
from bptt_symbolic.proving.kernel.balls import BITS, Unsettled, ball, divide, scalar

Met = Literal["agree", "differ", "open"]
Numbers = frozenset[tuple[Fraction, int | None]]
"""Numbers as they are written: the value, and the digits behind the point."""
TEN = 10
NEARLY_ONE = Fraction(99, 100)
"""Cutting off changes a number by less than one of its last digit."""


def met(left: Term, right: Term, data: Numbers) -> Met:
    """How two sides that hold nothing but numbers compare; raises Unsettled for what is no number."""
    with flint.ctx.workprec(BITS):
        loose = _enclosed(left, Fraction(1, 2), data)
        return compared(_enclosed(left, Fraction(0), data), loose, right, data | written(left))


def written(term: Term) -> Numbers:
    """The numbers of a side."""
    return frozenset((x.value, x.places) for x in walk(term) if isinstance(x, Num))


def compared(value: flint.arb, loose: flint.arb, right: Term, data: Numbers) -> Met:
    """How the value of a left side, which may be any in `loose`, compares with a right side of numbers."""
    if value.overlaps(_enclosed(right, Fraction(1, 2), data)) or _is_cut_off(value, right):
        return "agree"
    return "open" if loose.overlaps(_enclosed(right, NEARLY_ONE, data)) else "differ"


def _is_cut_off(value: flint.arb, right: Term) -> bool:
    """Whether a number shows the first digits of a value: `0.66` of two thirds."""
    number = right.body if isinstance(right, Neg) else right
    if not isinstance(number, Num) or number.places is None:
        return False
    beyond = (-value if isinstance(right, Neg) else value) - _exact(number.value)
    return bool(beyond >= 0) and bool(beyond < _exact(Fraction(1, TEN**number.places)))


def _enclosed(term: Term, share: Fraction, data: Numbers) -> flint.arb:
    """All values that a side may have: its numbers, but for data, may be off by a share of their last digit."""
    alone = term.body if isinstance(term, Neg) else term

    def given(number: Num) -> flint.arb:
        value, places = number.value, number.places
        single = abs(value) * TEN ** (places or 0) < TEN
        if places is None or (number is not alone and (single or (value, places) in data)):
            return _exact(value)
        return flint.arb(_exact(value), _exact(share / TEN**places))

    return _value(term, given)


def _value(term: Term, given: Callable[[Num], flint.arb]) -> flint.arb:
    """The value of a side."""
    match term:
        case Num():
            return given(term)
        case Count(value=number) if not number.parts:
            return flint.arb(number.const)
        case Neg(body=body):
            return -_value(body, given)
        case Add(items=items):
            return sum((_value(item, given) for item in items), flint.arb(0))
        case Mul(left=left, right=right):
            return _value(left, given) * _value(right, given)
        case Divide(left=left, right=right):
            return ball(divide(_value(left, given), _value(right, given)))
        case Power(body=body, exponent=exponent) if not exponent.parts:
            return _value(body, given) ** exponent.const
        case Apply(function=function, args=(argument,)) if not function.own:
            return ball(scalar(function, None, _value(argument, given))[0])
        case _:
            raise Unsettled("something else than numbers")


def _exact(number: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(number.numerator, number.denominator))
