r"""Sums over entries -> how they count: from zero or from one, and up to what.

An index that a sum begins at 0 can be no index of ours, which begin at 1; where it stands as an index and nowhere else
(`y_j`, but no `h_{t-j}`, no `j y_j`), `\sum_{j=0}^{V-1} y_j` is the sum over all entries, with both ends moved by one.
A name up to which entries are counted, `\sum_{j=1}^n W_{ij} h_j`, is the size of what they are entries of.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.names import is_end, is_unknown
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Condition,
    Entry,
    Indicator,
    Num,
    Ref,
    Sum,
    Term,
    free_names,
    rebuild,
    walk,
)

Ends = tuple[Affine, Affine]


def counted_from_one(var: str, ends: Ends, body: Term, where: Sequence[Condition]) -> Ends:
    """The ends of a sum over `var`, moved where its entries are counted from zero."""
    low, high = ends
    if low != Affine(0) or not high.parts or not _only_an_index(var, body) or not all(map(_between_letters, where)):
        return ends
    return low + 1, high + 1


def _only_an_index(var: str, body: Term) -> bool:
    """Whether a letter stands for the place of an entry, and for nothing else."""
    place = Affine.of(var)
    stands = any(isinstance(x, Entry) and place in x.indices for x in walk(body))
    return stands and var not in free_names(_without(place, body))


def _without(place: Affine, term: Term) -> Term:
    """A term without a letter where it is a place: as an index by itself, and compared with another."""
    if isinstance(term, Indicator) and all(map(_between_letters, term.conditions)):
        return Num(Fraction(1))
    new = rebuild(term, lambda child: _without(place, child))
    if isinstance(new, Entry):
        return replace(new, indices=tuple(None if i == place else i for i in new.indices))
    return new


def _between_letters(condition: Condition) -> bool:
    return all(len(side.parts) == 1 and not side.const for side in (condition.left, condition.right))


def sizes_counted(term: Term) -> Iterator[tuple[str, Ref, int]]:
    """The names up to which sums count the entries of quantities, with a quantity and the axis that is counted."""
    places = {n for x in walk(term) for n in _places(x)}
    for x in walk(term):
        if isinstance(x, Sum) and x.low == Affine(1) and (name := _single(x.high)) is not None and name not in places:
            for entry in walk(x.body):
                if isinstance(entry, Entry) and isinstance(entry.body, Ref) and Affine.of(x.var) in entry.indices:
                    yield name, entry.body, entry.indices.index(Affine.of(x.var))


def _places(term: Term) -> Iterator[str]:
    """The letters that stand for a step or an entry."""
    if isinstance(term, Ref) and term.time is not None:
        yield from term.time.names()
    if isinstance(term, Entry):
        yield from (n for i in term.indices if i is not None for n in i.names())


def _single(size: Affine) -> str | None:
    name = size.parts[0][0] if len(size.parts) == 1 else ""
    return None if size != Affine.of(name) or name == LAST or is_end(name) or is_unknown(name) else name
