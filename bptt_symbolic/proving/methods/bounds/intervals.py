r"""Terms -> intervals in which all of their entries lie, from what is known of functions.

Sums and products of intervals; a polynomial of degree 2 in one bounded quantity exactly (`1 - h^2`, `h (1 - h)`), and a
mean of two with a gate as its weight, `z a + (1 - z) b`, between both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from bptt_symbolic.meaning.shapes import IllTyped, shape_of
from bptt_symbolic.meaning.terms import (
    MEASURES,
    Add,
    Apply,
    Constant,
    Divide,
    Entry,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Stack,
    Term,
    Transpose,
    walk,
)
from bptt_symbolic.proving.methods.bounds.known import Known
from bptt_symbolic.scalars.rows import Interval, slopes, values

EVERYTHING = Interval()
UNIT = Interval(Fraction(0), Fraction(1))
INVARIANTS = (UNIT, Interval(Fraction(-1), Fraction(1)))
"""Intervals that a state is tried to stay in, by induction over the steps."""
DEEPEST = 8
"""Definitions that are put in, one inside of the other."""


@dataclass(frozen=True)
class Intervals:
    """What is known about the quantities of a claim."""

    known: Known
    supposed: Mapping[str, Interval] = field(default_factory=dict)
    """States that are supposed to lie in an interval at earlier steps."""
    depth: int = 0

    def of(self, term: Term) -> Interval:
        """Where every entry of a term lies."""
        found = self._plain(term)
        return met(found, *self._as_polynomials(term)) if isinstance(term, Add | Mul | Hadamard) else found

    def _plain(self, term: Term) -> Interval:  # noqa: C901, PLR0912 - one case a constructor
        match term:
            case Num(value=value):
                return Interval(value, value)
            case Constant(kind="zero"):
                return Interval(Fraction(0), Fraction(0))
            case Constant(kind="ones"):
                return Interval(Fraction(1), Fraction(1))
            case Neg(body=body):
                return negative(self.of(body))
            case Transpose(body=body) | Entry(body=body):
                return self.of(body)
            case Add(items=items):
                mean = self._mean(items)
                return mean if mean is not None else added([self.of(item) for item in items])
            case Hadamard(left=left, right=right):
                return product(self.of(left), self.of(right))
            case Mul(left=left, right=right) if self._is_number(left) or self._is_number(right):
                return product(self.of(left), self.of(right))
            case Divide(left=left, right=Num(value=value)) if value:
                return product(self.of(left), Interval(1 / value, 1 / value))
            case Power(body=body, exponent=exponent) if not exponent.parts and exponent.const > 0:
                return self._power(body, exponent.const, term)
            case Stack(items=items):
                return hull([self.of(item) for item in items])
            case Apply():
                return self._apply(term)
            case Ref():
                return self._quantity(term)
            case _:
                return EVERYTHING

    def _is_number(self, term: Term) -> bool:
        try:
            return not shape_of(term, self.known.scope).axes
        except IllTyped:
            return False

    def _power(self, body: Term, exponent: int, term: Power) -> Interval:
        if not term.entrywise and not self._by_entries(body):
            return EVERYTHING
        found = self.of(body)
        result = found
        for _ in range(exponent - 1):
            result = product(result, found)
        return met(result, Interval(Fraction(0))) if exponent % 2 == 0 else result

    def _by_entries(self, body: Term) -> bool:
        """Whether a power of it, or a product with itself, is one of entries."""
        try:
            return len(shape_of(body, self.known.scope).axes) <= 1
        except IllTyped:
            return False

    def _apply(self, term: Apply) -> Interval:
        function = term.function
        if function.own or len(term.args) != 1:
            return EVERYTHING
        if function.name == "abs" and not function.order:
            inside = self.of(term.args[0])
            return met(hull([inside, negative(inside)]), Interval(Fraction(0)))
        if function.name in MEASURES:
            return Interval(Fraction(0))
        return values(function.name) if not function.order else slopes(function.name, function.order)

    def _quantity(self, term: Ref) -> Interval:
        network = self.known.scope.network
        if term.name in self.supposed:
            return self.supposed[term.name]
        definition = network.definitions.get(term.name)
        if definition is None or definition.indices or self.depth > DEEPEST:
            return EVERYTHING
        if not self.known.is_computed(term):
            return EVERYTHING
        deeper = replace(self, depth=self.depth + 1)
        found = deeper.of(definition.body_at(term.time))
        return found if found.bounded else met(found, *self._invariants(term, definition.body))

    def _invariants(self, term: Ref, body: Term) -> Iterator[Interval]:
        """Intervals that a state which starts at zero never leaves."""
        if not self.known.starts_at_zero(term.name) or term.name not in self.known.scope.network.states or self.depth:
            return
        for interval in INVARIANTS:
            inside = replace(self, supposed={term.name: interval}, depth=self.depth + 1)
            if within(inside.of(body), interval):
                yield interval
                return

    def _mean(self, items: tuple[Term, ...]) -> Interval | None:
        """`z a + (1 - z) b` lies between `a` and `b` where `z` lies between 0 and 1."""
        if len(items) != 2:  # noqa: PLR2004 - a mean of two
            return None
        for one, a in _factors(items[0]):
            for two, b in _factors(items[1]):
                for gate, rest in ((one, two), (two, one)):
                    if not (isinstance(items[0], Hadamard) or self._is_number(gate)):
                        continue
                    if rest in {Add((Num(Fraction(1)), Neg(gate))), Add((Constant("ones"), Neg(gate)))} and within(
                        self.of(gate), UNIT
                    ):
                        return hull([self.of(a), self.of(b)])
        return None

    def _as_polynomials(self, term: Term) -> Iterator[Interval]:
        """The values of a term that is a polynomial of degree 2 in something bounded."""
        seen: list[Term] = []
        for x in walk(term):
            if isinstance(x, Apply | Ref | Entry) and x not in seen and self._by_entries(x):
                seen.append(x)
                coefficients = _polynomial(term, x)
                if coefficients is not None and (inside := self._plain(x)).bounded:
                    yield _values(coefficients, inside)


def _factors(term: Term) -> Iterator[tuple[Term, Term]]:
    if isinstance(term, Hadamard | Mul):
        yield term.left, term.right
        yield term.right, term.left


Quadratic = tuple[Fraction, Fraction, Fraction]


def _polynomial(term: Term, y: Term) -> Quadratic | None:
    """`a + b y + c y^2`; None for what is no such polynomial."""
    zero = Fraction(0)
    match term:
        case _ if term == y:
            return zero, Fraction(1), zero
        case Num(value=value):
            return value, zero, zero
        case Constant(kind="ones"):
            return Fraction(1), zero, zero
        case Neg(body=body):
            inner = _polynomial(body, y)
            return None if inner is None else (-inner[0], -inner[1], -inner[2])
        case Add(items=items):
            parts = [_polynomial(item, y) for item in items]
            if None in parts:
                return None
            a, b, c = (sum((p[n] for p in parts if p is not None), zero) for n in range(3))
            return a, b, c
        case Hadamard(left=left, right=right) | Mul(left=left, right=right):
            return _times(_polynomial(left, y), _polynomial(right, y))
        case Power(body=body, exponent=exponent) if not exponent.parts and exponent.const == 2:  # noqa: PLR2004
            inner = _polynomial(body, y)
            return _times(inner, inner)
        case _:
            return None


def _times(p: Quadratic | None, q: Quadratic | None) -> Quadratic | None:
    if p is None or q is None or p[1] * q[2] or p[2] * q[1] or p[2] * q[2]:
        return None
    return p[0] * q[0], p[0] * q[1] + p[1] * q[0], p[0] * q[2] + p[1] * q[1] + p[2] * q[0]


def _values(p: Quadratic, inside: Interval) -> Interval:
    """The values of a polynomial on a bounded interval."""
    low, high = inside.low, inside.high
    assert low is not None and high is not None  # noqa: S101, PT018 - it is bounded
    a, b, c = p
    ends = [
        Interval(v := a + b * x + c * x * x, v, opened, opened)
        for x, opened in ((low, inside.low_open), (high, inside.high_open))
    ]
    top = -b / (2 * c) if c else None
    if top is not None and low < top < high:
        value = a + b * top + c * top * top
        ends.append(Interval(value, value))
    return hull(ends)


def added(items: list[Interval]) -> Interval:
    """Where a sum lies."""
    low, high = [i.low for i in items], [i.high for i in items]
    return Interval(
        None if None in low else sum((x for x in low if x is not None), Fraction(0)),
        None if None in high else sum((x for x in high if x is not None), Fraction(0)),
        any(i.low_open for i in items),
        any(i.high_open for i in items),
    )


def negative(i: Interval) -> Interval:
    """Where the negative lies."""
    return Interval(None if i.high is None else -i.high, None if i.low is None else -i.low, i.high_open, i.low_open)


def product(a: Interval, b: Interval) -> Interval:
    """Where a product lies; an end is open where it is made of an open one and is not zero."""
    if a == b == EVERYTHING or not (a.bounded and b.bounded):
        positive = a.low is not None and b.low is not None and a.low >= 0 and b.low >= 0
        opened = positive and (a.low_open or a.low) and (b.low_open or b.low)
        return Interval(Fraction(0), None, bool(opened)) if positive else EVERYTHING
    ends = [
        Interval(v := x * y, v, o := (p or q) and bool(x * y or (p and q)), o)
        for x, p in ((a.low, a.low_open), (a.high, a.high_open))
        for y, q in ((b.low, b.low_open), (b.high, b.high_open))
        if x is not None and y is not None
    ]
    return hull(ends)


def hull(items: list[Interval]) -> Interval:
    """The smallest interval around others; an end is open where all that reach it are."""
    lows, highs = [i.low for i in items], [i.high for i in items]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    return Interval(
        low, high, all(i.low_open for i in items if i.low == low), all(i.high_open for i in items if i.high == high)
    )


def met(*items: Interval) -> Interval:
    """What lies in all of some intervals."""
    lows = [(i.low, i.low_open) for i in items if i.low is not None]
    highs = [(-i.high, i.high_open) for i in items if i.high is not None]
    low, low_open = max(lows, default=(None, False))
    high, high_open = max(highs, default=(None, False))
    return Interval(low, None if high is None else -high, low_open, high_open)


def within(inner: Interval, outer: Interval) -> bool:
    """Whether one interval lies in another, as its ends are."""
    return (outer.low is None or (inner.low is not None and inner.low >= outer.low)) and (
        outer.high is None or (inner.high is not None and inner.high <= outer.high)
    )
