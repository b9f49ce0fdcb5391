"""An ill-typed claim -> whether it is also false after the obvious repair.

The repairs are those that a reader makes without thinking: an entrywise product of vectors of different sizes meant
as the outer product, two factors in the wrong order, a missing transpose, an index on a scalar. They are tried one at
a time on the first node that has no shape, until everything has one.
"""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    Affine,
    Entry,
    Family,
    Hadamard,
    Mul,
    Outer,
    Prod,
    Ref,
    Sum,
    Term,
    Transpose,
    children,
    free_names,
    rebuild,
    walk,
)

MOST_REPAIRS = 3
"""Repairs of one side."""


def mended(term: Term, scope: Scope) -> Iterator[tuple[Term, tuple[str, ...]]]:
    """The term with its shapes repaired, and each repair in words; nothing when no repair is known."""
    yield from _mended(term, scope, MOST_REPAIRS)


def _mended(term: Term, scope: Scope, left: int) -> Iterator[tuple[Term, tuple[str, ...]]]:
    broken = _first_broken(term, scope)
    if broken is None:
        yield term, ()
        return
    if not left:
        return
    node, inside = broken
    for new, words in _repairs(node, inside):
        try:
            shape_of(new, inside)
        except IllTyped:
            continue
        for whole, more in _mended(_replaced(term, node, new), scope, left - 1):
            yield whole, (words, *more)


def _first_broken(term: Term, scope: Scope) -> tuple[Term, Scope] | None:
    """The innermost node without a shape whose children all have one."""
    inside = scope.inside(term.var, term.low, term.high) if isinstance(term, Sum | Prod | Family) else scope
    for child in children(term):
        found = _first_broken(child, inside)
        if found is not None:
            return found
    try:
        shape_of(term, scope)
    except IllTyped:
        return term, scope
    return None


def _replaced(term: Term, old: Term, new: Term) -> Term:
    return new if term is old else rebuild(term, lambda child: _replaced(child, old, new))


def _repairs(node: Term, scope: Scope) -> Iterator[tuple[Term, str]]:
    match node:
        case Hadamard(left=a, right=b):
            yield from _of_entrywise(a, b, scope, node)
        case Mul(left=a, right=b):
            yield Mul(b, a, node.span), "with the factors in the other order"
            yield Outer(a, b, node.span), "with the outer product"
            yield Mul(a, Transpose(b, b.span), node.span), "with the right factor transposed"
            yield Mul(Transpose(a, a.span), b, node.span), "with the left factor transposed"
            if isinstance(a, Mul):
                yield Mul(a.left, Mul(b, a.right, node.span), node.span), "with the factors in the other order"
        case Entry(body=Ref() as body) if not shape_of(body, scope).axes:
            yield replace(body, span=node.span), "without the index on a scalar"
        case _:
            return


def rebound(term: Term, letter: str) -> Term | None:
    """`sum_{i=j}^C a_j` as `sum_{j=1}^C a_j`, and `sum_{i=1}^C a_j` likewise; None where no sum binds one letter and
    uses this one."""
    for x in walk(term):
        used = free_names(x.body) if isinstance(x, Sum) else frozenset()
        if isinstance(x, Sum) and letter in used and x.var not in used:
            low = Affine(1) if x.low == Affine.of(letter) else x.low
            return _replaced(term, x, replace(x, var=letter, low=low))
    return None


def _of_entrywise(a: Term, b: Term, scope: Scope, node: Term) -> Iterator[tuple[Term, str]]:
    one, two = shape_of(a, scope), shape_of(b, scope)
    if len(one.axes) == len(two.axes) == 1 and one.axes != two.axes:
        yield Outer(a, b, node.span), "with the outer product"
    yield Hadamard(a, Transpose(b, b.span), node.span), "with one factor transposed"
