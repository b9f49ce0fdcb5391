"""Terms -> terms with the summation convention: an index that stands twice in a product is summed over.

Only where the note says so. An index that stands on the left of the equation is not summed; inside the argument of a
function, and inside what is differentiated, the convention applies by itself.
"""

import re
from collections import Counter
from dataclasses import replace

from bptt_symbolic.meaning.names import end_of
from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Apply,
    Cases,
    Deriv,
    Entry,
    Family,
    Indicator,
    Neg,
    Power,
    Prod,
    Sum,
    Term,
    children,
    rebuild,
)
from bptt_symbolic.understanding.notation import INDEX_LETTERS

SAID = re.compile(r"einstein|summation convention|repeated ind|sommation|summenkonvention", re.IGNORECASE)


def summed(term: Term, keep: frozenset[str]) -> Term:
    """The sums of the convention written out."""
    match term:
        case Add(items=items):
            return replace(term, items=tuple(summed(i, keep) for i in items))
        case Neg(body=body):
            return replace(term, body=summed(body, keep))
        case Sum(var=var, body=body):
            return replace(term, body=summed(body, keep | {var}))
        case Cases() | Prod() | Family():
            return term
        case _:
            inner = _inside(term, keep, _counts(term))
    for letter, count in sorted(_counts(inner).items()):
        if count > 1 and letter not in keep:
            inner = Sum(letter, Affine(1), Affine.of(end_of(letter)), inner, (), term.span)
    return inner


def _inside(term: Term, keep: frozenset[str], everywhere: Counter[str]) -> Term:
    """A product with the sums inside of its factors written out; `everywhere` counts the letters of all of it.

    In a bracket, `a (b_j + c_i d_{ij})`, a letter that stands in no other factor is summed over in its own term.
    """
    if isinstance(term, Apply):
        return replace(term, args=tuple(summed(a, keep | _single(a)) for a in term.args))
    if isinstance(term, Deriv):
        return replace(term, of=summed(term.of, keep))
    if isinstance(term, Add):
        own = _counts(term)
        outside = frozenset(n for n, count in everywhere.items() if count > own[n])
        return replace(term, items=tuple(summed(i, keep | outside) for i in term.items))
    return rebuild(term, lambda child: _inside(child, keep, everywhere))


def _single(term: Term) -> frozenset[str]:
    return frozenset(n for n, c in _counts(term).items() if c == 1)


def _counts(term: Term) -> Counter[str]:
    """How often each index letter stands in a product; the terms of a sum count once."""
    match term:
        case Sum(var=var, body=body) | Prod(var=var, body=body) | Family(var=var, body=body):
            return Counter({n: c for n, c in _counts(body).items() if n != var})
        case Add(items=items):
            most: Counter[str] = Counter()
            for item in items:
                most |= _counts(item)
            return most
        case Power(body=body, exponent=exponent) if not exponent.parts and exponent.const > 1:
            return Counter({n: c * exponent.const for n, c in _counts(body).items()})
        case Indicator(conditions=conditions):
            sides = (side for c in conditions if c.relation == "=" for side in (c.left, c.right))
            return Counter(n for side in sides for n in side.names() if n in INDEX_LETTERS)
        case _:
            found: Counter[str] = Counter()
            if isinstance(term, Entry):
                found.update(n for i in term.indices if i is not None for n in i.names() if n in INDEX_LETTERS)
            for child in children(term):
                found.update(_counts(child))
            return found


def letters_of_left(left: Term, right: Term) -> frozenset[str]:
    """The index letters that are free on the left of an equation; one that stands there twice and on the right not at
    all is summed over.
    """
    other = _counts(right)
    return frozenset(n for n, count in _counts(left).items() if count == 1 or n in other)
