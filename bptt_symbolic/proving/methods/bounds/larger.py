r"""A factor -> what it is at most, one rule each.

    \|A B\| \le \|A\| \|B\|,  \|A + B\| \le \|A\| + \|B\|,  |x^\top y| \le \|x\| \|y\|,  \|f(x)\| \le \sup |f|

A derivative becomes a formula that is proved to equal it, a quantity its definition, and a hypothesis is used as it
stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bptt_symbolic.meaning.printing import latex
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Count,
    Deriv,
    Entry,
    Function,
    Hadamard,
    Inner,
    Mul,
    Outer,
    Power,
    Prod,
    Ref,
    Sum,
    Term,
    substitute,
    walk,
)
from bptt_symbolic.proving.methods.bounds.intervals import Intervals
from bptt_symbolic.proving.methods.bounds.jacobians import guesses
from bptt_symbolic.proving.methods.bounds.known import Known
from bptt_symbolic.proving.methods.bounds.measures import (
    ONE,
    OPERATOR,
    Measure,
    Unmeasured,
    measured,
    number,
    power,
    raised,
    repeated,
    single,
    size_of,
    times,
)
from bptt_symbolic.proving.obligation import Bound
from bptt_symbolic.scalars.rows import ROWS

MATRIX_AXES = 2


@dataclass(frozen=True, slots=True)
class Larger:
    """What a factor is not larger than, why, and whether it is always smaller."""

    measure: Measure
    why: str
    strictly: bool = False


def larger(base: Term, known: Known) -> Iterator[Larger]:
    """What a factor is at most."""
    yield from _by_hypotheses(base, known)
    if not isinstance(base, Apply) or len(base.args) != 1:
        return
    name, body = base.function.name, base.args[0]
    yield from _by_interval(name, body, known)
    for rule in (_by_product, _by_sum, _by_power, _by_entries, _by_formula):
        try:
            yield from rule(name, body, known)
        except (IllTyped, Unmeasured):
            continue


def _by_hypotheses(base: Term, known: Known) -> Iterator[Larger]:
    for bound in known.obligation.assumptions.bounds:
        env = _instance(bound, base, known)
        if env is not None:
            try:
                high = measured(substitute(bound.high, env), known.scope, known.letters)
            except Unmeasured:
                continue
            yield Larger(high, f"hypothesis: {bound.words}", bound.sign == "<")


def _by_interval(name: str, body: Term, known: Known) -> Iterator[Larger]:
    r"""`|f(x)|` is at most the largest value of `f`, and a vector is `\sqrt n` times as long at most."""
    axes = shape_of(body, known.scope).axes
    found = Intervals(known).of(body)
    if found.low is None or found.high is None:
        return
    largest = max(-found.low, found.high)
    open_ = all(o for end, o in ((-found.low, found.low_open), (found.high, found.high_open)) if end == largest)
    why = f"every entry of {latex(body)} is at most {largest}" if axes else f"|{latex(body)}| is at most {largest}"
    if name in {"abs", "norm_inf"} and len(axes) <= 1:
        yield Larger(number(largest), why, open_)
    elif name == "norm_2" and len(axes) == 1:
        yield Larger(times(number(largest), power(Apply(Function("sqrt"), (Count(axes[0]),)))), why)


def _by_product(name: str, body: Term, known: Known) -> Iterator[Larger]:
    """The product of the norms, for a matrix product; Cauchy and Schwarz for an inner one."""
    scope = known.scope
    why = "the norm of a product is at most the product of the norms"
    match body:
        case Inner(left=left, right=right) if name == "abs":
            yield Larger(times(size_of("norm_2", left, scope), size_of("norm_2", right, scope)), "Cauchy and Schwarz")
        case Mul(left=left, right=right) if name == "abs" and shape_of(left, scope).axes:
            yield Larger(times(size_of("norm_2", left, scope), size_of("norm_2", right, scope)), "Cauchy and Schwarz")
        case Mul(left=left, right=right) if _are_matrices(left, right, scope):
            kinds = (
                [(name, name)] if name in OPERATOR else [("norm_2", "norm_F"), ("norm_F", "norm_2"), ("norm_F",) * 2]
            )
            for one, two in kinds if name != "abs" else ():
                yield Larger(times(size_of(one, left, scope), size_of(two, right, scope)), why)
        case Outer(left=left, right=right) if name in {"norm_2", "norm_F"}:
            yield Larger(times(size_of("norm_2", left, scope), size_of("norm_2", right, scope)), why)
        case Hadamard(left=left, right=right) if name != "abs" and len(shape_of(body, scope).axes) == 1:
            why = "an entrywise product is at most the largest entry of one times the norm of the other"
            yield Larger(times(size_of("norm_inf", left, scope), size_of(name, right, scope)), why)
            yield Larger(times(size_of(name, left, scope), size_of("norm_inf", right, scope)), why)


def _are_matrices(left: Term, right: Term, scope: Scope) -> bool:
    return all(0 < len(shape_of(x, scope).axes) <= MATRIX_AXES for x in (left, right))


def _by_sum(name: str, body: Term, known: Known) -> Iterator[Larger]:
    """The triangle inequality."""
    match body:
        case Add(items=items) if not any(_is_number_beside(item, body, known.scope) for item in items):
            parts = tuple(s for item in items for s in size_of(name, item, known.scope))
            yield Larger(parts, "the norm of a sum is at most the sum of the norms")
        case Sum(var=var, low=low, high=high, body=inner, where=()):
            summed = Sum(var, low, high, Apply(Function(name), (inner,)))
            yield Larger(
                measured(summed, known.scope, known.letters), "the norm of a sum is at most the sum of the norms"
            )


def _is_number_beside(item: Term, whole: Term, scope: Scope) -> bool:
    """Whether a number is added to every entry of a vector."""
    return bool(shape_of(whole, scope).axes) and not shape_of(item, scope).axes


def _by_power(name: str, body: Term, known: Known) -> Iterator[Larger]:
    """The norm of a power or an ordered product of matrices; of none at all it is 1 in some norms only."""
    why = "the norm of a product is at most the product of the norms"
    match body:
        case Power(body=inner, exponent=exponent, entrywise=False) if shape_of(inner, known.scope).down:
            if name in OPERATOR or (name == "norm_F" and known.at_least(exponent, 1)):
                yield Larger(raised(size_of(name, inner, known.scope), exponent), why)
        case Prod(var=var, low=low, high=high, body=inner) if shape_of(body, known.scope).axes:
            if name in OPERATOR or (name == "norm_F" and known.at_least(high - low + ONE, 1)):
                size = size_of(name, inner, known.scope.inside(var, low, high))
                yield Larger(repeated(var, low, high, size), why)


def _by_entries(name: str, body: Term, known: Known) -> Iterator[Larger]:
    """Between norms of one thing, an entry and the whole, and through functions that do not lead away from zero."""
    axes = shape_of(body, known.scope).axes
    if name == "norm_2" and len(axes) == MATRIX_AXES:
        yield Larger(size_of("norm_F", body, known.scope), "the spectral norm is at most that of Frobenius")
    if name == "norm_inf" and len(axes) == 1:
        yield Larger(size_of("norm_2", body, known.scope), "the largest entry is at most the Euclidean norm")
    if name == "abs" and isinstance(body, Entry) and len(shape_of(body.body, known.scope).axes) == 1:
        yield Larger(size_of("norm_inf", body.body, known.scope), "an entry is at most the largest one")
    if isinstance(body, Apply) and not body.function.order and len(axes) <= 1:
        row = ROWS.get(body.function.name) if body.function.kind == "known" else None
        if row is not None and row.contracts:
            yield Larger(size_of(name, body.args[0], known.scope), f"|{row.name}(x)| is at most |x|")


def _by_formula(name: str, body: Term, known: Known) -> Iterator[Larger]:
    """What a quantity is defined by, or a derivative is proved to be."""
    network = known.scope.network
    if isinstance(body, Deriv):
        for guess in guesses(body, known.scope):
            if known.equals(body, guess):
                yield Larger(size_of(name, guess, known.scope), f"{latex(body)} = {latex(guess)}")
    definition = network.definitions.get(body.name) if isinstance(body, Ref) else None
    if definition is not None and isinstance(body, Ref) and not definition.indices and known.is_computed(body):
        formula = definition.body_at(body.time)
        yield Larger(size_of(name, formula, known.scope), f"{latex(body)} = {latex(formula)}")


def _instance(bound: Bound, base: Term, known: Known) -> dict[str, Affine] | None:
    """The letters of a hypothesis with which its left side is a factor; None where it is another one."""
    try:
        low = single(measured(bound.low, Scope(known.scope.network, dict(bound.variables)), frozenset()))
    except (Unmeasured, IllTyped):
        return None
    if low.coefficient != 1 or len(low.powers) != 1 or next(iter(low.powers.values())) != ONE:
        return None
    (pattern,) = low.powers
    if not bound.variables:
        return {} if pattern == base else None
    if len(bound.variables) > 1:
        return None
    ((letter, (first, last)),) = bound.variables
    for value in {x.time for x in walk(base) if isinstance(x, Ref) and x.time is not None}:
        for shift in (0, 1, -1):
            env = {letter: value + shift}
            inside = known.at_least(value + shift - first) and known.at_least(last - value - shift)
            if inside and substitute(pattern, env) == base:
                return env
    return None
