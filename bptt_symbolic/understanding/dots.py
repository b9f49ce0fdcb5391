r"""Terms with `\cdots` between them -> the sum, product or row that is meant.

The pattern is read off neighbours before the dots: two terms that differ only in integer expressions, by constants, are
`p(0)` and `p(1)` of one pattern `p`; every further term that is written must fit, and the last one says where it ends.
Equal factors (`W \cdot W \cdots`) are a power whose exponent the page does not say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from bptt_symbolic.meaning.names import unknown
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Diag,
    Family,
    Mul,
    Num,
    Power,
    Prod,
    Ref,
    Stack,
    Sum,
    Term,
    fresh_name,
    substitute,
    walk,
)
from bptt_symbolic.reading.source import Span

_Item = TypeVar("_Item")
OPEN_COUNT = unknown("#count")
"""Name of the exponent of a repeated factor that the page does not give."""


class NoPattern(Exception):  # noqa: N818 - an honest "undecided" on its way
    """The terms around the dots do not show a pattern."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.message, self.span = message, span


def sum_of(terms: Sequence[Term | None], span: Span, *, newest: bool = True) -> Term:
    """A sum in which None stands for the dots."""
    before, after = _around(terms, span)
    if len(before) < 2:  # noqa: PLR2004 - a pattern needs two
        return _sum_of_ends(before, after, span, newest=newest)
    if not after:
        return _endless(before, span)
    var = fresh_name([*before, *after])
    pattern, skipped = _pattern(before, var, span)
    steps, rest = _ending(pattern, var, after, span)
    body: Term = Sum(var, Affine(), steps, pattern, (), span)
    head = tuple(before[:skipped])
    return Add((*head, body, *rest), span) if head or rest else body


def _sum_of_ends(before: Sequence[Term], after: Sequence[Term], span: Span, *, newest: bool) -> Term:
    var = fresh_name([*before, *after])
    found = _between(before[0], after[0], var, newest=newest) if before and after else None
    if found is None:
        raise NoPattern("two terms before the dots are needed to see the pattern", span)
    body: Term = Sum(var, Affine(), found[1], found[0], (), span)
    return Add((body, *after[1:]), span) if after[1:] else body


def product_of(before: Sequence[Term], after: Sequence[Term], span: Span, *, newest: bool = True) -> list[Term]:
    r"""The factors of a product with dots between `before` and `after`; several of them may make one of the pattern,
    `W D_t W D_{t-1} \cdots W D_{k+1}`."""
    if not before:
        raise NoPattern("a factor before the dots is needed to see the pattern", span)
    if len(before) >= 2 and before[-1] == before[-2]:  # noqa: PLR2004
        return _repeated(before, after, span)
    if not after:
        raise NoPattern("nothing says where the product ends", span)
    var = fresh_name([*before, *after])
    for size in range(1, min(len(before) // 2, len(after)) + 1):
        one, two = (_product(group, span) for group in (before[-2 * size : -size], before[-size:]))
        if generalise(one, two, var) is not None:
            lead = before[: -2 * size]
            shown = [*lead, one, two] if size == 1 else [one, two]
            pattern, skipped = _pattern(shown, var, span)
            steps, rest = _ending(pattern, var, [_product(after[:size], span), *after[size:]], span)
            return [*(shown[:skipped] if size == 1 else lead), _links(var, steps, pattern, span), *rest]
    for size in range(1, min(len(before), len(after)) + 1):
        found = _between(_product(before[-size:], span), _product(after[:size], span), var, newest=newest)
        if found is not None:
            return [*before[:-size], _links(var, found[1], found[0], span), *after[size:]]
    raise NoPattern("the factors around the dots do not show a pattern", span)


def _links(var: str, steps: Affine, pattern: Term, span: Span) -> Prod:
    """The factors of a pattern, in the order of the page."""
    return Prod(var, Affine(), steps, pattern, newest=False, span=span)


def _between(first: Term, last: Term, var: str, *, newest: bool) -> tuple[Term, Affine] | None:
    r"""`J_t \cdots J_{k+1}`: the ends alone, one step at a time, and the number of steps; between two letters from the
    newest on, or from the oldest."""
    for slope in (-1, 1) if newest else (1, -1):
        pattern = _from_two_ends(first, last, var, slope)
        steps = None if pattern is None else solve(pattern, last, var)
        if pattern is not None and steps is not None and not _is_backward(steps):
            return pattern, steps
    return None


def _is_backward(steps: Affine) -> bool:
    """Whether a number of steps is surely negative: one letter is more than a number, and the last step than any."""
    parts = dict(steps.parts)
    ahead = list(parts.values()) if len(parts) == 1 else [parts.get(LAST, 0)]
    return steps.const < 0 if not parts else ahead[0] < 0


def row_of(items: Sequence[Term | None], span: Span) -> Term:
    """Scalars side by side, with or without dots."""
    return _listed(items, span, across=True)


def column_of(items: Sequence[Term | None], span: Span) -> Term:
    """Scalars or vectors one above the other, with or without dots."""
    return _listed(items, span, across=False)


def matrix_of(rows: Sequence[Sequence[Term | None]], span: Span) -> Term:
    r"""A matrix written out, as its rows one above the other.

    With dots, its corners show the general entry: every row is a list with dots, and so is the column of these rows;
    with zeros everywhere but on the diagonal, that is the list.
    """
    if all(cell is not None for row in rows for cell in row):
        return Stack(tuple(row_of(row, span) for row in rows), across=False, span=span)
    kept = [None if all(cell is None for cell in row) else once(row) for row in rows]
    short = once(kept)
    if len(short) == 1 and short[0] is not None:
        return row_of(short[0], span)
    diagonal = _diagonal([row for row in short if row is not None])
    if diagonal is not None:
        return Diag(column_of([*diagonal[:-1], None, diagonal[-1]], span), span)
    lists = [None if row is None else row_of(row, span) for row in short]
    if None not in lists:
        lists.insert(-1, None)  # the columns show that rows are left out
    return column_of(lists, span)


def _diagonal(rows: Sequence[Sequence[Term | None]]) -> list[Term] | None:
    """What stands on the diagonal of the rows that are written, where everything else is zero."""
    cells = [[cell for cell in row if cell is not None] for row in rows]
    if any(len(row) != len(rows) for row in cells):
        return None
    off = [cell for i, row in enumerate(cells) for j, cell in enumerate(row) if i != j]
    zero = all(isinstance(cell, Num) and cell.value == 0 for cell in off)
    return [row[i] for i, row in enumerate(cells)] if zero and len(rows) > 1 else None


def once(items: Iterable[_Item]) -> list[_Item]:
    """Dots in a row are dots once."""
    found: list[_Item] = []
    for item in items:
        if item is not None or not found or found[-1] is not None:
            found.append(item)
    return found


def _listed(items: Sequence[Term | None], span: Span, *, across: bool) -> Term:
    if None not in items:
        whole = [i for i in items if i is not None]
        if not _leave_out(whole):
            return Stack(tuple(whole), across, span)
        items = [*whole[:-1], None, whole[-1]]
    before, after = _around(items, span)
    var = fresh_name([*before, *after])
    if len(before) >= 2:  # noqa: PLR2004
        pattern, skipped = _pattern(before, var, span)
    else:
        found = _from_two_ends(before[0], after[0], var, 1) if before and after else None
        if found is None:
            raise NoPattern("two entries before the dots are needed to see the pattern", span)
        pattern, skipped = found, 0
    if skipped or not after:
        raise NoPattern("the entries around the dots do not show a pattern", span)
    steps, rest = _ending(pattern, var, after, span)
    if rest:
        raise NoPattern("the entries after the dots do not fit the pattern", span)
    return Family(var, Affine(), steps, pattern, across, span)


def _leave_out(items: Sequence[Term]) -> bool:
    """Whether entries are left out before the last one without any dots: the first, the second, the n-th."""
    if len(items) < 3:  # noqa: PLR2004 - two show the pattern
        return False
    var = fresh_name(items)
    pattern = generalise(items[0], items[1], var)
    steps = None if pattern is None else solve(pattern, items[-1], var)
    return steps is not None and bool(steps.parts)


def _around(terms: Sequence[Term | None], span: Span) -> tuple[list[Term], list[Term]]:
    where = list(terms).index(None)
    before = [t for t in terms[:where] if t is not None]
    after = [t for t in terms[where + 1 :] if t is not None]
    if None in list(terms)[where + 1 :]:
        raise NoPattern("two runs of dots in one sum", span)
    return before, after


def _pattern(before: Sequence[Term], var: str, span: Span) -> tuple[Term, int]:
    """The pattern of the terms before the dots, and how many of them stand outside it."""
    a, b = before[-2], before[-1]
    if generalise(a, b, var) is None:
        raise NoPattern("the terms before the dots do not show a pattern", span)
    first = len(before) - 2
    while first > 0 and generalise(before[first - 1], before[first], var) is not None:
        candidate = generalise(before[first - 1], before[first], var)
        if candidate is None or _at(candidate, var, len(before) - first) != before[-1]:
            break
        first -= 1
    pattern = generalise(before[first], before[first + 1], var)
    if pattern is None:
        raise NoPattern("the terms before the dots do not show a pattern", span)
    return pattern, first


def _at(pattern: Term, var: str, value: int) -> Term:
    return substitute(pattern, {var: Affine(value)})


def _ending(pattern: Term, var: str, after: Sequence[Term], span: Span) -> tuple[Affine, list[Term]]:
    """The number of the last term, and what follows after it."""
    steps = solve(pattern, after[0], var)
    if steps is None:
        raise NoPattern("the term after the dots does not fit the pattern before them", span)
    place = 1
    while place < len(after) and substitute(pattern, {var: steps + 1}) == after[place]:
        steps, place = steps + 1, place + 1
    return steps, list(after[place:])


def _repeated(before: Sequence[Term], after: Sequence[Term], span: Span) -> list[Term]:
    same = before[-1]
    first = next(i for i, t in enumerate(before) if t == same)
    rest = list(after)
    while rest and rest[0] == same:
        rest.pop(0)
    return [*before[:first], Power(same, Affine.of(OPEN_COUNT), entrywise=False, span=span), *rest]


def _endless(before: Sequence[Term], span: Span) -> Term:
    """`A + (J B) + (J J' C) + ...` without a last term: to the first step, or the last one."""
    chains = [_factors(t) for t in before]
    var = fresh_name(before)
    if len({len(c) for c in chains}) == 1:
        pattern, skipped = _pattern(before, var, span)
        body: Term = Sum(var, Affine(), _natural_end(pattern, var, span), pattern, (), span)
        return Add((*before[:skipped], body), span) if skipped else body
    for mirrored in (False, True):
        for length in range(len(chains[0]), 0, -1):
            found = _growing([c[::-1] for c in chains] if mirrored else chains, length, var)
            if found is not None:
                return _grown(*found, var, span, mirrored=mirrored)
    raise NoPattern("the terms before the dots do not show a pattern", span)


_Growth = tuple[Sequence[Term], tuple[Sequence[Term], Sequence[Term]], Sequence[Sequence[Term]]]
"""The factors that chains begin with, those of their first two links, and those that each ends with."""


def _growing(chains: Sequence[Sequence[Term]], length: int, var: str) -> _Growth | None:
    """What stands before, in and behind the links of growing chains, whose last `length` factors are the last one."""
    head, by = chains[0][:-length], len(chains[1]) - len(chains[0])
    sizes = [len(head) + by * n + length for n in range(len(chains))]
    if by < 1 or [len(c) for c in chains] != sizes or len(chains) < 3:  # noqa: PLR2004 - growth needs three terms
        return None
    inner = list(chains[-1][len(head) : -length])
    if any([*c[:-length]] != [*head, *inner[: by * n]] for n, c in enumerate(chains)):
        return None
    links, tails = (inner[:by], inner[by : 2 * by]), [c[-length:] for c in chains]
    lasts = [_product(tail, None) for tail in tails]
    tail = generalise(lasts[0], lasts[1], var)
    return (
        (head, links, tails) if tail is not None and all(_at(tail, var, n) == x for n, x in enumerate(lasts)) else None
    )


def _grown(
    head: Sequence[Term],
    links: Sequence[Sequence[Term]],
    tails: Sequence[Sequence[Term]],
    var: str,
    span: Span,
    *,
    mirrored: bool,
) -> Term:
    """The sum of growing chains; `mirrored` ones to the left, `g_t + g_{t+1} J_{t+1} + g_{t+2} J_{t+2} J_{t+1}`."""
    way = -1 if mirrored else 1
    inner = fresh_name([*head, *(f for group in (*links, *tails) for f in group)], [var])
    (one, two), (first, second) = ([_product(g[::way], span) for g in groups[:2]] for groups in (links, tails))
    step, tail = generalise(one, two, inner), generalise(first, second, var)
    if step is None or tail is None:
        raise NoPattern("the terms before the dots do not show a pattern", span)
    product = Prod(inner, Affine(), Affine.of(var) - 1, step, newest=mirrored, span=span)
    whole = _product([*head, product, tail][::way], span)
    return Sum(var, Affine(), _natural_end(tail, var, span), whole, (), span)


def _natural_end(pattern: Term, var: str, span: Span) -> Affine:
    """The last number at which every time of the pattern is at least 1, or where they rise, at most the last step."""
    ends: set[Affine] = set()
    for time in (x.time for x in walk(pattern) if isinstance(x, Ref) and x.time is not None):
        slope = dict(time.parts).get(var, 0)
        start = time - Affine(0, ((var, slope),))
        ends |= {start - 1} if slope == -1 else {Affine.of(LAST) - start} if slope == 1 else set()
    if len(ends) != 1:
        raise NoPattern("nothing says where the sum ends", span)
    return next(iter(ends))


def _factors(term: Term) -> list[Term]:
    return [*_factors(term.left), *_factors(term.right)] if isinstance(term, Mul) else [term]


def _product(factors: Sequence[Term], span: Span | None) -> Term:
    result = factors[0]
    for factor in factors[1:]:
        result = Mul(result, factor, span)
    return result


def generalise(a: Term, b: Term, var: str) -> Term | None:
    """The pattern with `p(0) = a` and `p(1) = b`; None when they differ in more than integers, or not at all."""
    if a == b:
        return None
    return _generalise(a, b, var)


def _generalise(a: object, b: object, var: str) -> "Term | None":
    found = _merge(a, b, var)
    return found if found is not _FAIL else None  # type: ignore[return-value]


_FAIL = object()


def _merge(a: object, b: object, var: str) -> object:
    if isinstance(a, Affine) and isinstance(b, Affine):
        slope = b - a
        return _FAIL if slope.parts else a + Affine(0, ((var, slope.const),) if slope.const else ())
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        parts = [_merge(x, y, var) for x, y in zip(a, b, strict=True)]
        return _FAIL if _FAIL in parts else tuple(parts)
    if type(a) is type(b) and hasattr(a, "__dataclass_fields__"):
        new = {}
        for f in fields(a):  # type: ignore[arg-type]
            if f.name == "span":
                continue
            new[f.name] = _merge(getattr(a, f.name), getattr(b, f.name), var)
        return _FAIL if _FAIL in new.values() else replace(a, **new)  # type: ignore[type-var]
    return a if a == b else _FAIL


def _from_two_ends(a: Term, b: Term, var: str, slope: int) -> Term | None:
    """The pattern from `a` to `b` in which every integer that differs changes by `slope` a step."""
    found = _merge_ends(a, b, var, slope)
    return None if found is _FAIL or a == b else found  # type: ignore[return-value]


def _merge_ends(a: object, b: object, var: str, slope: int) -> object:
    if isinstance(a, Affine) and isinstance(b, Affine):
        return a if a == b else a + Affine(0, ((var, slope),))
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        parts = [_merge_ends(x, y, var, slope) for x, y in zip(a, b, strict=True)]
        return _FAIL if _FAIL in parts else tuple(parts)
    if type(a) is type(b) and hasattr(a, "__dataclass_fields__"):
        new = {
            f.name: _merge_ends(getattr(a, f.name), getattr(b, f.name), var, slope)
            for f in fields(a)  # type: ignore[arg-type]
            if f.name != "span"
        }
        return _FAIL if _FAIL in new.values() else replace(a, **new)  # type: ignore[type-var]
    return a if a == b else _FAIL


def solve(pattern: Term, term: Term, var: str) -> Affine | None:
    """The number `n` with `p(n) = term`."""
    found: list[Affine] = []
    if not _match(pattern, term, var, found) or not found:
        return None
    return found[0] if all(x == found[0] for x in found) else None


def _match(pattern: object, term: object, var: str, found: list[Affine]) -> bool:
    if isinstance(pattern, Affine) and isinstance(term, Affine):
        slope = dict(pattern.parts).get(var, 0)
        if not slope:
            return pattern == term
        rest = term - (pattern - Affine(0, ((var, slope),)))
        if abs(slope) != 1:
            return False
        found.append(rest.times(slope))
        return True
    if isinstance(pattern, tuple) and isinstance(term, tuple):
        return len(pattern) == len(term) and all(_match(p, t, var, found) for p, t in zip(pattern, term, strict=True))
    if type(pattern) is type(term) and hasattr(pattern, "__dataclass_fields__"):
        names = [f.name for f in fields(pattern) if f.name != "span"]  # type: ignore[arg-type]
        return all(_match(getattr(pattern, n), getattr(term, n), var, found) for n in names)
    return pattern == term


__all__ = ["OPEN_COUNT", "NoPattern", "column_of", "matrix_of", "once", "product_of", "row_of", "sum_of"]
