"""Term -> key: the same for formulas that differ only in how commuting factors and terms are ordered and bracketed.

Nothing is computed and no definition is put in: `a b` and `b a` have one key where one of the two is a scalar, while
`2 a` and `a + a` have two.
"""

from dataclasses import fields

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    Add,
    Apply,
    AtLabel,
    Cases,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Power,
    Prod,
    Ref,
    SameEntry,
    Sum,
    Term,
    children,
    walk,
)

Key = tuple[object, ...]


def key(term: Term, network: Network) -> Key:
    """What two formulas have in common that are the same but for the order of what commutes."""
    match term:
        case Add():
            return ("add", *sorted((key(x, network) for x in _summands(term)), key=repr))
        case Hadamard():
            return ("entrywise", *sorted((key(x, network) for x in _entrywise(term)), key=repr))
        case Mul():
            factors = list(_factors(term))
            scalars = [key(x, network) for x in factors if is_scalar(x, network)]
            rest = [key(x, network) for x in factors if not is_scalar(x, network)]
            return ("product", *sorted(scalars, key=repr), *rest)
        case _:
            return (type(term).__name__, *_own(term), *(key(x, network) for x in children(term)))


def _own(term: Term) -> tuple[str, ...]:
    """What a term says besides the terms under it."""
    if isinstance(term, Cases):
        return tuple(repr(when) for _, when in term.branches)
    below = {id(x) for x in children(term)}
    values = [getattr(term, f.name) for f in fields(term) if f.name != "span"]
    return tuple(
        repr(v) for v in values if id(v) not in below and not (isinstance(v, tuple) and below & {id(x) for x in v})
    )


def is_scalar(term: Term, network: Network) -> bool:
    """Whether a formula is certainly a number, whatever its bound letters are."""
    match term:
        case Num() | Count() | Indicator() | SameEntry() | AtLabel() | Inner():
            return True
        case Ref(name=name):
            shape = network.shapes.get(name)
            return shape is not None and not shape.axes
        case Entry(body=Ref(name=name), indices=indices):
            shape = network.shapes.get(name)
            return shape is not None and len(indices) == len(shape.axes) and None not in indices
        case Neg() | Power() | Add() | Mul() | Hadamard() | Divide() | Sum() | Prod() | Cases() | Apply() | Deriv():
            return all(is_scalar(x, network) for x in children(term))
        case _:
            return False


def is_untidy(term: Term) -> bool:
    """Whether a formula has a factor of one, or a derivative of something by itself, which few would leave."""
    for x in walk(term):
        if isinstance(x, Mul | Hadamard) and (_is_one(x.left) or _is_one(x.right)):
            return True
        if isinstance(x, Diag) and _is_one(x.body):
            return True
        if isinstance(x, Deriv) and x.of == x.by:
            return True
    return False


def _is_one(term: Term) -> bool:
    return isinstance(term, Num) and term.value == 1


def _summands(term: Term) -> list[Term]:
    return [y for x in term.items for y in _summands(x)] if isinstance(term, Add) else [term]


def _entrywise(term: Term) -> list[Term]:
    return [*_entrywise(term.left), *_entrywise(term.right)] if isinstance(term, Hadamard) else [term]


def _factors(term: Term) -> list[Term]:
    return [*_factors(term.left), *_factors(term.right)] if isinstance(term, Mul) else [term]
