"""What a row says of the values and slopes of a function, beside numbers of the kernel."""

from fractions import Fraction

import flint
import pytest

from bptt_symbolic.meaning.terms import Function
from bptt_symbolic.proving.kernel.balls import RATIONAL, TRANSCENDENTAL, Number, Unsettled, scalar
from bptt_symbolic.scalars.rows import ROWS, Interval, slopes, values

POINTS = [Fraction(n, 7) for n in range(-70, 71)]
KNOWN = sorted(set(ROWS) & ({*RATIONAL, *TRANSCENDENTAL}))


def _exact(x: Fraction) -> flint.fmpq:
    return flint.fmpq(x.numerator, x.denominator)


def _may_lie_in(x: Number, interval: Interval) -> bool:
    """Whether a number is not certainly outside."""
    low, high = interval.low, interval.high
    return not ((low is not None and x < _exact(low)) or (high is not None and x > _exact(high)))


@pytest.mark.parametrize("name", KNOWN)
def test_values_and_slopes_lie_where_the_row_says(name: str) -> None:
    for point in POINTS:
        try:
            value, slope = scalar(Function(name), None, _exact(point))
        except Unsettled:
            continue  # it bends here, or does not exist
        assert _may_lie_in(value, values(name)), point
        assert _may_lie_in(slope, slopes(name, 1)), point
        if ROWS[name].contracts:
            assert _may_lie_in(value, Interval(-abs(point), abs(point))), point


def test_the_ends_that_are_known_exactly_are_reached() -> None:
    assert scalar(Function("tanh"), None, flint.fmpq(0))[1] == 1 == slopes("tanh", 1).high
    assert scalar(Function("sigmoid"), None, flint.fmpq(0))[1] == flint.arb(0.25)
    assert slopes("sigmoid", 1) == Interval(Fraction(0), Fraction(1, 4), low_open=True)
