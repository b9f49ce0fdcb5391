"""Claim -> claims that differ from it in one place, most of them false."""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    AtLabel,
    Condition,
    Constant,
    Deriv,
    Diag,
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
    Sum,
    Term,
    Transpose,
    children,
    rebuild,
)
from bptt_symbolic.proving.obligation import Assumptions, Obligation

OTHER_FUNCTION = {"tanh": "sigmoid", "sigmoid": "tanh", "log": "exp", "exp": "log"}


def mutants(obligation: Obligation) -> Iterator[tuple[str, Obligation]]:
    """Every obligation with one edit, and what the edit is; only those that have a shape."""
    for side in ("left", "right"):
        for what, term in edits(getattr(obligation, side), obligation.network):
            changed = replace(obligation, left=term) if side == "left" else replace(obligation, right=term)
            if well_typed(changed):
                yield f"{side}: {what}", changed
    yield from _of_hypotheses(obligation)


def well_typed(obligation: Obligation) -> bool:
    scope = Scope(obligation.network, dict(obligation.variables))
    try:
        shape_of(obligation.left, scope)
        shape_of(obligation.right, scope)
    except IllTyped:
        return False
    return True


def _of_hypotheses(obligation: Obligation) -> Iterator[tuple[str, Obligation]]:
    if obligation.assumptions != Assumptions():
        yield "a hypothesis removed", replace(obligation, assumptions=Assumptions())
    for condition in obligation.conditions:
        yield (
            "a condition removed",
            replace(obligation, conditions=tuple(c for c in obligation.conditions if c != condition)),
        )
    for number, (name, (low, high)) in enumerate(obligation.variables):
        if not low.parts and high.names() & {"T", "t", "k"}:
            wider = (*obligation.variables[:number], (name, (low - 1, high)), *obligation.variables[number + 1 :])
            yield f"{name} from one earlier", replace(obligation, variables=wider)


def edits(term: Term, network: Network) -> Iterator[tuple[str, Term]]:
    """The term with one edit somewhere in it."""
    yield from _here(term, network)
    for number, child in enumerate(children(term)):
        for what, changed in edits(child, network):
            yield what, _with_child(term, number, changed)


def _with_child(term: Term, number: int, new: Term) -> Term:
    count = iter(range(10**6))
    return rebuild(term, lambda child: new if next(count) == number else child)


def _here(term: Term, network: Network) -> Iterator[tuple[str, Term]]:  # noqa: C901, PLR0912 - one case a kind of mistake
    if not isinstance(term, Neg | Num):
        yield "sign", Neg(term)
    match term:
        case Neg(body=body):
            yield "sign dropped", body
        case Transpose(body=body):
            yield "transpose dropped", body
        case Ref():
            yield from _of_reference(term, network)
        case Mul(left=left, right=right):
            yield "factors swapped", Mul(right, left)
            yield "factor dropped", left
            yield "factor dropped", right
            yield "factor transposed", Mul(Transpose(left), right)
            yield "factor transposed", Mul(left, Transpose(right))
            yield "factor doubled", Mul(left, Mul(left, right))
        case Hadamard(left=left, right=right):
            yield "factor dropped", left
            yield "factor dropped", right
            yield "factor doubled", Hadamard(left, term)
        case Outer(left=left, right=right) | Inner(left=left, right=right):
            yield "factors swapped", replace(term, left=right, right=left)
        case Add(items=items):
            for number in range(len(items)):
                yield "summand dropped", Add((*items[:number], *items[number + 1 :])) if len(items) > 1 else term
        case Num(value=value):
            yield "number", Num(value + 1)
        case Power(exponent=exponent):
            yield "power", replace(term, exponent=exponent + 1)
            yield "power", replace(term, exponent=exponent - 1)
        case Diag(body=body):
            yield "diagonal dropped", body
        case Sum() | Prod():
            yield from _of_range(term)
        case Deriv():
            yield from _of_derivative(term)
        case Apply(function=function):
            if function.name in OTHER_FUNCTION:
                yield "function", replace(term, function=replace(function, name=OTHER_FUNCTION[function.name]))
            if function.order < 2:
                yield "prime", replace(term, function=replace(function, order=function.order + 1))
        case Entry(indices=indices) if len(indices) == 2:
            yield "indices swapped", replace(term, indices=indices[::-1])
        case Indicator(conditions=conditions):
            turned = tuple(Condition(c.left, "!=" if c.relation == "=" else "=", c.right) for c in conditions)
            yield "condition turned", Indicator(turned)
        case Constant() | AtLabel() | Family():
            pass
        case _:
            pass


def _of_reference(term: Ref, network: Network) -> Iterator[tuple[str, Term]]:
    if term.time is not None:
        yield "one step later", replace(term, time=term.time + 1)
        yield "one step earlier", replace(term, time=term.time - 1)
    shape = network.shapes[term.name]
    for name, other in sorted(network.shapes.items()):
        if name != term.name and other == shape and (name in network.temporal) == (term.name in network.temporal):
            yield f"{name} for {term.name}", replace(term, name=name)
    if len(shape.axes) == 2:
        yield "transpose", Transpose(term)


def _of_range(term: Sum | Prod) -> Iterator[tuple[str, Term]]:
    for shift in (1, -1):
        yield "lower bound", replace(term, low=term.low + shift)
        yield "upper bound", replace(term, high=term.high + shift)
    if isinstance(term, Prod):
        yield "order of the product", replace(term, newest=not term.newest)
    else:
        yield "sum dropped to its last term", _at(term, term.high)


def _at(term: Sum, value: Affine) -> Term:
    return replace(term, low=value, high=value)


def _of_derivative(term: Deriv) -> Iterator[tuple[str, Term]]:
    modes: tuple[str, ...] = ("total", "immediate", "direct")
    for mode in modes:
        if mode != term.mode:
            yield f"{mode} for {term.mode}", replace(term, mode=mode)  # type: ignore[arg-type]
    yield "layout", replace(term, layout="denominator" if term.layout == "numerator" else "numerator")
