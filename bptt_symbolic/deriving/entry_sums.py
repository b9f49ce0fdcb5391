r"""Sums over all entries of a matrix -> what is summed, as one entrywise term.

\sum_i \sum_j A_{ij} B_{ij}   is the sum of the entries of   A \odot B
"""

from collections.abc import Callable

from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Count,
    Divide,
    Entry,
    Hadamard,
    Mul,
    Neg,
    Num,
    Power,
    Ref,
    Sum,
    Term,
    walk,
)
from bptt_symbolic.scalars.rows import OF_VECTORS

FIRST = Affine(1)
Letters = tuple[str, ...]


def whole_of(term: Term, algebra: Algebra) -> Term | None:
    """What two sums, one in the other, add up, if they run over all entries of matrices."""
    if not (isinstance(term, Sum) and isinstance(term.body, Sum)) or term.where or term.body.where:
        return None
    inner = term.body
    letters, axes = (term.var, inner.var), (term.high, inner.high)
    if (term.low, inner.low) != (FIRST, FIRST):
        return None
    entries = [x for x in walk(inner.body) if isinstance(x, Entry)]
    orders = ((letters, axes), (letters[::-1], axes[::-1]))
    if not any(all(_is_all(x, *order, algebra) for x in entries) for order in orders):
        return None
    return _whole(inner.body, letters)


def squared(term: Term, algebra: Algebra) -> Term | None:
    """The matrix whose squared Frobenius norm a term is."""
    whole = whole_of(term, algebra)
    return whole.left if isinstance(whole, Hadamard) and whole.left == whole.right else None


def _is_all(entry: Entry, letters: Letters, axes: tuple[Affine, ...], algebra: Algebra) -> bool:
    """Whether an entry is that in the place of the letters, and these run over all places."""
    try:
        return entry.indices == tuple(map(Affine.of, letters)) and algebra.shape(entry.body).axes == axes
    except IllTyped:
        return False


def _whole(term: Term, letters: Letters) -> Term | None:  # noqa: C901 - one case a constructor
    """The term of which another one is the entry: the indices go. None where that is no entrywise term."""

    def both(make: Callable[[Term, Term], Term], left: Term, right: Term) -> Term | None:
        a, b = _whole(left, letters), _whole(right, letters)
        return None if a is None or b is None else make(a, b)

    match term:
        case Entry(body=body):
            return body
        case Num():
            return term
        case Ref() | Count():
            return term if not _names(term) & set(letters) else None
        case Mul(left=left, right=right) if _is_entry(left) and _is_entry(right):
            return both(Hadamard, left, right)
        case Mul(left=left, right=right):
            return both(Mul, left, right)
        case Divide(left=left, right=right):
            return both(Divide, left, right)
        case Neg(body=body):
            inner = _whole(body, letters)
            return None if inner is None else Neg(inner)
        case Add(items=items):
            parts = [_whole(item, letters) for item in items]
            return Add(tuple(p for p in parts if p is not None)) if None not in parts else None
        case Power(body=body, exponent=exponent):
            inner = _whole(body, letters)
            return None if inner is None else Power(inner, exponent, entrywise=True)
        case Apply(function=function, args=(argument,)) if not function.mixes(1) and function.name not in OF_VECTORS:
            inner = _whole(argument, letters)
            return None if inner is None else Apply(function, (inner,))
        case _:
            return None


def _is_entry(term: Term) -> bool:
    return any(isinstance(x, Entry) for x in walk(term))


def _names(term: Term) -> frozenset[str]:
    return frozenset(term.value.names()) if isinstance(term, Count) else frozenset()
