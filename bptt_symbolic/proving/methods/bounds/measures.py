r"""Terms -> measures: sums of products of powers of what is never negative.

    \|A\| \sum_t \|\delta_t\| |w|^{t-k}   ->   one summand, over t, with three powers

The bases are absolute values, norms, letters that bound something, numbers and ordered products; exponents are integer
expressions. Only equalities are used here: `\|A^\top\| = \|A\|`, `\|2 A\| = 2 \|A\|`, `\|diag(v)\| = \max_i |v_i|`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count

from bptt_symbolic.meaning.names import numbered
from bptt_symbolic.meaning.shapes import Scope, shape_of
from bptt_symbolic.meaning.terms import (
    MEASURES,
    Add,
    Affine,
    Apply,
    Constant,
    Count,
    Diag,
    Divide,
    Function,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    free_names,
    substitute,
    walk,
)

ONE = Affine(1)
MOST_EXPANDED = 3
"""Powers of a sum that are multiplied out."""
OPERATOR = frozenset({"norm_2", "norm_1", "norm_inf"})
"""Norms in which a product of matrices is at most the product of the norms, and the identity has norm 1."""
TURNED = {"norm_2": "norm_2", "norm_F": "norm_F", "norm_1": "norm_inf", "norm_inf": "norm_1"}
"""The norm of a transpose."""


class Unmeasured(Exception):  # noqa: N818 - an honest "no proof" on its way
    """A term that is no sum of products of what is never negative."""


@dataclass(frozen=True, slots=True)
class Product:
    """A positive number times powers of bases."""

    coefficient: Fraction = Fraction(1)
    powers: Mapping[Term, Affine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summand:
    """A product, summed over ranges of letters."""

    product: Product
    ranges: tuple[tuple[str, Affine, Affine], ...] = ()


Measure = tuple[Summand, ...]


def number(value: Fraction) -> Measure:
    """A number that is not negative."""
    return (Summand(Product(value)),) if value else ()


def power(base: Term, exponent: Affine = ONE) -> Measure:
    """A power of one base."""
    return (Summand(Product(powers={base: exponent})),)


def multiplied(a: Product, b: Product) -> Product:
    """The product of two products."""
    powers = dict(a.powers)
    for base, exponent in b.powers.items():
        powers[base] = powers.get(base, Affine()) + exponent
    return Product(a.coefficient * b.coefficient, {p: e for p, e in powers.items() if e != Affine()})


def times(a: Measure, b: Measure) -> Measure:
    """The product of two measures."""
    found = []
    for one in a:
        for two in b:
            other = _apart(two, frozenset(n for n, _, _ in one.ranges))
            found.append(Summand(multiplied(one.product, other.product), (*one.ranges, *other.ranges)))
    return tuple(found)


def _apart(summand: Summand, taken: frozenset[str]) -> Summand:
    """The summand with its letters renamed where they are taken."""
    env = {n: _fresh(taken | {n for n, _, _ in summand.ranges}) for n, _, _ in summand.ranges if n in taken}
    return put(summand, {n: Affine.of(new) for n, new in env.items()}, env) if env else summand


def _fresh(taken: frozenset[str]) -> str:
    return next(name for name in map(numbered, count(100)) if name not in taken)


def put(summand: Summand, env: Mapping[str, Affine], names: Mapping[str, str] | None = None) -> Summand:
    """Expressions put for letters; `names` are new names for those of its ranges."""
    ranges = tuple(((names or {}).get(n, n), low.put(env), high.put(env)) for n, low, high in summand.ranges)
    powers: Mapping[Term, Affine] = {substitute(b, env): e.put(env) for b, e in summand.product.powers.items()}
    return Summand(replace(summand.product, powers=powers), ranges)


def raised(measure: Measure, exponent: Affine) -> Measure:
    """A power of a measure; raises Unmeasured for one of a sum that is not a small number."""
    if not exponent.parts and 0 <= exponent.const <= MOST_EXPANDED:
        found = number(Fraction(1))
        for _ in range(exponent.const):
            found = times(found, measure)
        return found
    product = single(measure)
    powers = {base: scaled(e, exponent) for base, e in product.powers.items()}
    if product.coefficient != 1:
        powers[Num(product.coefficient)] = exponent
    return (Summand(Product(powers=powers)),)


def single(measure: Measure) -> Product:
    """The product that a measure is; raises Unmeasured for a sum."""
    if len(measure) != 1 or measure[0].ranges:
        raise Unmeasured("a power of a sum")
    return measure[0].product


def scaled(a: Affine, b: Affine) -> Affine:
    """The product of two exponents, one of them a number."""
    if a.parts and b.parts:
        raise Unmeasured("a power of a power")
    return b.times(a.const) if not a.parts else a.times(b.const)


def repeated(var: str, low: Affine, high: Affine, measure: Measure) -> Measure:
    """The product of a measure over a range of a letter."""
    product, length = single(measure), high - low + 1
    powers: dict[Term, Affine] = {}
    if product.coefficient != 1:
        powers[Num(product.coefficient)] = length
    for base, exponent in product.powers.items():
        if var not in free_names(base) | exponent.names():
            powers[base] = scaled(exponent, length)
            continue
        letter = numbered(900 + sum(isinstance(x, Prod) for x in walk(base)))
        shift = _shift(var, base)
        body = substitute(base if exponent == ONE else Power(base, exponent), {var: Affine.of(letter) - shift})
        powers[Prod(letter, low + shift, high + shift, body)] = ONE
    return (Summand(Product(powers=powers)),)


def _shift(var: str, base: Term) -> int:
    """What a letter is less than the last step that is counted with it, so that a range is written in one way."""
    times = (x.time for x in walk(base) if isinstance(x, Ref) and x.time is not None)
    return max((time.const for time in times if time == Affine.of(var) + time.const), default=0)


def repeated_base(term: Term) -> tuple[Term, Affine]:
    """What stands in an ordered product, and its power."""
    assert isinstance(term, Prod)  # noqa: S101 - the caller has looked
    return (term.body.body, term.body.exponent) if isinstance(term.body, Power) else (term.body, ONE)


def measured(term: Term, scope: Scope, letters: frozenset[str]) -> Measure:  # noqa: C901 - one case a constructor
    """A term as a measure; `letters` are names that are known not to be negative. Raises Unmeasured."""
    match term:
        case Num(value=value) if value >= 0:
            return number(value)
        case Count(value=value):
            return number(Fraction(value.const)) if not value.parts and value.const >= 0 else power(term)
        case Apply(function=Function(name=name), args=(body,)) if name in MEASURES:
            return size_of(name, body, scope)
        case Apply(function=Function(name="sqrt", order=0), args=(Count() as body,)):
            return power(Apply(Function("sqrt"), (Count(body.value),)))
        case Ref(name=name) if name in letters:
            return power(Ref(name))
        case Add(items=items):
            return tuple(s for item in items for s in measured(item, scope, letters))
        case Mul(left=left, right=right) | Hadamard(left=left, right=right):
            return times(measured(left, scope, letters), measured(right, scope, letters))
        case Divide(left=left, right=right):
            return times(measured(left, scope, letters), _inverse(single(measured(right, scope, letters))))
        case Power(body=body, exponent=exponent):
            return raised(measured(body, scope, letters), exponent)
        case Prod(var=var, low=low, high=high, body=body):
            return repeated(var, low, high, measured(body, scope.inside(var, low, high), letters))
        case Sum(var=var, low=low, high=high, body=body, where=()):
            inner = measured(body, scope.inside(var, low, high), letters)
            return tuple(replace(s, ranges=((var, low, high), *s.ranges)) for s in inner)
        case _:
            raise Unmeasured("a side that is no sum of products of norms, absolute values and numbers")


def _inverse(product: Product) -> Measure:
    """One over a power of numbers, none of which is zero."""
    if not all(isinstance(base, Num | Count) for base in product.powers):
        raise Unmeasured("a division by something that may be zero")
    return (Summand(Product(1 / product.coefficient, {b: -e for b, e in product.powers.items()})),)


def size_of(name: str, body: Term, scope: Scope) -> Measure:
    """An absolute value or a norm, with what can be said of it by equalities."""
    axes = shape_of(body, scope).axes
    if not axes:
        return _of_number(body, scope)
    name = "norm_2" if name == "norm_F" and len(axes) == 1 else name
    match body:
        case Constant(kind="zero"):
            return ()
        case Constant(kind="identity") if name in OPERATOR:
            return number(Fraction(1))
        case Neg(body=inner):
            return size_of(name, inner, scope)
        case Transpose(body=inner) if name in TURNED:
            return size_of(TURNED[name], inner, scope)
        case Diag(body=inner) if name in TURNED:
            return size_of("norm_2" if name == "norm_F" else "norm_inf", inner, scope)
        case Mul(left=left, right=right) if name in TURNED and (_is_number(left, scope) or _is_number(right, scope)):
            return times(size_of(name, left, scope), size_of(name, right, scope))
        case Divide(left=left, right=right) if name in TURNED and _is_number(right, scope):
            return times(size_of(name, left, scope), _inverse(single(_of_number(right, scope))))
        case _:
            return power(Apply(Function(name), (body,)))


def _of_number(body: Term, scope: Scope) -> Measure:
    """The absolute value of a number."""
    match body:
        case Num(value=value):
            return number(abs(value))
        case Neg(body=inner):
            return _of_number(inner, scope)
        case Mul(left=left, right=right) if _is_number(left, scope) and _is_number(right, scope):
            return times(_of_number(left, scope), _of_number(right, scope))
        case Divide(left=left, right=right):
            return times(_of_number(left, scope), _inverse(single(_of_number(right, scope))))
        case Power(body=inner, exponent=exponent):
            return raised(_of_number(inner, scope), exponent)
        case Prod(var=var, low=low, high=high, body=inner):
            return repeated(var, low, high, _of_number(inner, scope.inside(var, low, high)))
        case Apply(function=Function(name=name), args=(_,)) if name in MEASURES:
            return measured(body, scope, frozenset())
        case Count():
            return measured(body, scope, frozenset())
        case _:
            return power(Apply(Function("abs"), (body,)))


def _is_number(term: Term, scope: Scope) -> bool:
    return not shape_of(term, scope).axes


def said(measure: Measure) -> Iterator[Term]:
    """The bases that stand in a measure."""
    for summand in measure:
        yield from summand.product.powers
