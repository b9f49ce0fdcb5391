r"""Two measures -> steps that show that the first is nowhere larger, or nothing.

The first is made larger by rules until it is the second: a norm of a product by the product of the norms, a norm of a
sum by the sum, what bounds a factor (a hypothesis, the steepest slope of a function) for the factor; a derivative first
becomes a formula that is proved to equal it. Equal factors are left out on both sides, and what is left on the right
is a number that is not below the one on the left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.meaning.terms import Affine, Apply, Num, Prod, Term
from bptt_symbolic.proving.methods.bounds.known import Known
from bptt_symbolic.proving.methods.bounds.larger import Larger, larger
from bptt_symbolic.proving.methods.bounds.measures import (
    ONE,
    Measure,
    Product,
    Summand,
    Unmeasured,
    measured,
    multiplied,
    put,
    raised,
    repeated,
    repeated_base,
    single,
    times,
)

DEEPEST = 14
"""Rules that are used one after the other."""
MOST_BASES = 2
"""Factors of a hypothesis from which on it is one about a product."""
MOST_TRIED = 400
"""Measures that are looked at for one claim."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The steps that show an inequality, the hypotheses among them, and whether it is strict."""

    steps: tuple[str, ...] = ()
    strictly: bool = False


class Comparison:
    """The search for a proof of one claim."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.tried = 0
        self.seen: set[tuple[Fraction, frozenset[tuple[Term, Affine]]]] = set()

    def measured(self, term: Term) -> Measure:
        """A side of the claim as a measure; raises Unmeasured."""
        return measured(term, self.known.scope, self.known.letters)

    def shown(self, left: Measure, right: Measure, depth: int = DEEPEST) -> Shown | None:
        """The steps that show that the left measure is at most the right one."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            return None
        open_, steps, strict = self._matched(left, right)
        if not open_:
            return Shown(tuple(steps), strictly=bool(left) and strict)
        if not depth:
            return None
        for place, summand in enumerate(left):
            if summand not in open_:
                continue
            for base, exponent in summand.product.powers.items():
                for one in self._split(base, exponent, self._inside(summand)):
                    rest = Product(
                        summand.product.coefficient, {b: e for b, e in summand.product.powers.items() if b != base}
                    )
                    new = times((Summand(rest, summand.ranges),), one.measure)
                    found = self.shown((*left[:place], *new, *left[place + 1 :]), right, depth - 1)
                    if found is not None:
                        return replace(found, steps=(one.why, *found.steps))
        return None

    def _matched(self, left: Measure, right: Measure) -> tuple[list[Summand], list[str], bool]:
        """The summands on the left that no other one on the right is seen to bound; steps for the others."""
        free, open_, strict = list(right), list[Summand](), True
        steps: list[str] = []
        for summand in left:
            for other in free:
                found = self._summand(summand, other)
                if found is not None:
                    free.remove(other)
                    steps += found.steps
                    strict = strict and found.strictly
                    break
            else:
                open_.append(summand)
        return open_, steps, strict

    def _summand(self, left: Summand, right: Summand) -> Shown | None:
        """Two summands over the same ranges."""
        if len(left.ranges) != len(right.ranges):
            return None
        names = {a[0]: b[0] for a, b in zip(left.ranges, right.ranges, strict=True)}
        left = put(left, {n: Affine.of(new) for n, new in names.items()}, names)
        if left.ranges != right.ranges:
            return None
        inner = Comparison(self._inside(right)) if right.ranges else self
        return inner.products(left.product, right.product, DEEPEST)

    def _inside(self, summand: Summand) -> Known:
        known = self.known
        for var, low, high in summand.ranges:
            known = known.inside(var, low, high)
        return known

    # products

    def products(self, left: Product, right: Product, depth: int) -> Shown | None:
        """The steps that show that one product is at most another."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            return None
        numbers = all(isinstance(b, Num) for b in right.powers)  # else both sides may be zero
        rest, steps = self._without_equals(multiplied(left, _inverse(right)))
        if self._at_most_one(rest):
            return Shown(steps, strictly=numbers and not rest.powers and rest.coefficient < 1)
        key = (rest.coefficient, frozenset(rest.powers.items()))
        if key in self.seen or not depth:
            return None
        self.seen.add(key)
        for why, new, strictly in self._made_larger(rest):
            found = self.products(new, Product(), depth - 1)
            if found is not None:
                return Shown((*steps, why, *found.steps), numbers and (found.strictly or strictly))
        return None

    def _made_larger(self, rest: Product) -> Iterator[tuple[str, Product, bool]]:
        """Products that are at least a product: why, and whether each is always larger."""
        yield from self._by_products(rest)
        for base, exponent in rest.powers.items():
            if isinstance(base, Num) or not self.known.at_least(exponent):
                continue
            for one in self._larger(base, exponent, self.known):
                if len(one.measure) == 1 and not one.measure[0].ranges:  # else a sum, or nothing at all
                    without = Product(rest.coefficient, {b: e for b, e in rest.powers.items() if b != base})
                    strictly = one.strictly and self.known.at_least(exponent, 1)
                    yield one.why, multiplied(without, one.measure[0].product), strictly

    def _by_products(self, rest: Product) -> Iterator[tuple[str, Product, bool]]:
        r"""Hypotheses about products, `\gamma \|W\| \le 1`."""
        for bound in self.known.obligation.assumptions.bounds:
            try:
                low, high = (single(self.measured(side)) for side in (bound.low, bound.high))
            except (Unmeasured, IllTyped):
                continue
            exponents = {rest.powers.get(base, Affine()) for base in low.powers}
            if (
                len(low.powers) < MOST_BASES
                or len(exponents) > 1
                or set(low.powers.values()) != {ONE}
                or bound.variables
            ):
                continue
            (exponent,) = exponents
            if exponent != Affine() and self.known.at_least(exponent):
                factor = single(raised((Summand(multiplied(high, _inverse(low))),), exponent))
                strictly = bound.sign == "<" and self.known.at_least(exponent, 1)
                yield f"hypothesis: {bound.words}", multiplied(rest, factor), strictly

    def _without_equals(self, rest: Product) -> tuple[Product, tuple[str, ...]]:
        """The product without what stands above and below, where it is proved to be equal in other words."""
        powers, steps = dict(rest.powers), []
        for base in rest.powers:
            for other in rest.powers:
                if base not in powers or other not in powers or not _are_alike(base, other):
                    continue
                if self.known.at_least(powers[base], 1) and powers[base] == -powers[other] and self._equal(base, other):
                    del powers[base], powers[other]
                    steps.append(f"{latex(base)} = {latex(other)}")
        return replace(rest, powers=powers), tuple(steps)

    def _equal(self, base: Term, other: Term) -> bool:
        known = self.known
        if isinstance(base, Prod) and isinstance(other, Prod):
            known = known.inside(base.var, base.low, base.high)
        one, two = _argument(base), _argument(other)
        return one is not None and two is not None and known.equals(one, two)

    def _at_most_one(self, rest: Product) -> bool:
        """Whether a product of powers of numbers is at most 1 for all values of its letters."""
        if not all(isinstance(b, Num) for b in rest.powers):
            return False
        exponent = next((e for e in rest.powers.values() if e.parts), None)
        if exponent is None:
            return rest.coefficient <= 1
        step = Affine(0, exponent.parts)
        step = step if self.known.at_least(step) else -step
        low = next((n for n in (2, 1, 0) if self.known.at_least(step, n)), None)
        found = _least_powers(rest, step)
        return found is not None and low is not None and found[0] <= 1 and found[1] * found[0] ** low <= 1

    # rules

    def _larger(self, base: Term, exponent: Affine, known: Known) -> Iterator[Larger]:
        """What a power of a factor is at most: one product each."""
        if isinstance(base, Prod):
            yield from self._larger_repeated(base, exponent, known)
            return
        for one in larger(base, known):
            try:
                yield replace(one, measure=raised(one.measure, exponent))
            except Unmeasured:
                continue

    def _larger_repeated(self, base: Prod, exponent: Affine, known: Known) -> Iterator[Larger]:
        inside = known.inside(base.var, base.low, base.high)
        inner, own = repeated_base(base)
        for one in self._larger(inner, own, inside):
            try:
                size = raised(repeated(base.var, base.low, base.high, one.measure), exponent)
                strictly = one.strictly and known.at_least(base.high - base.low)
                yield replace(one, measure=size, strictly=strictly)
            except Unmeasured:
                continue

    def _split(self, base: Term, exponent: Affine, known: Known) -> Iterator[Larger]:
        """What a factor is at most: a sum each, or a formula of which that is one."""
        if exponent == ONE and not isinstance(base, Prod):
            yield from larger(base, known)


def _inverse(product: Product) -> Product:
    if not product.coefficient:
        return product
    return Product(1 / product.coefficient, {b: -e for b, e in product.powers.items()})


def _are_alike(base: Term, other: Term) -> bool:
    """Whether two factors are the same norm of something, over the same range."""
    if isinstance(base, Prod) and isinstance(other, Prod):
        same = (base.var, base.low, base.high) == (other.var, other.low, other.high)
        return same and _are_alike(base.body, other.body)
    return isinstance(base, Apply) and isinstance(other, Apply) and base.function == other.function and base != other


def _argument(base: Term) -> Term | None:
    inner = base.body if isinstance(base, Prod) else base
    return inner.args[0] if isinstance(inner, Apply) else None


def _least_powers(rest: Product, step: Affine) -> tuple[Fraction, Fraction] | None:
    r"""`c \prod_j q_j^{e_j}` as `offset * base^step`, where all exponents count the steps."""
    (name, unit), *_ = step.parts
    base, offset = Fraction(1), rest.coefficient
    for term, exponent in rest.powers.items():
        assert isinstance(term, Num)  # noqa: S101 - the caller has looked
        ratio = dict(exponent.parts).get(name, 0) // unit
        if Affine(0, exponent.parts) != step.times(ratio):
            return None
        base *= term.value**ratio
        offset *= term.value**exponent.const
    return base, offset
