r"""Matrices written out: what the cells between `\begin{bmatrix}` and its end make, once their shapes are known.

A matrix is its rows one above the other, `Stack((row, row))`, and a row is scalars side by side. As built from the page
every cell may still be a block: columns side by side are the columns of a matrix, rows one above the other its rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.terms import (
    Add,
    Affine,
    Entry,
    Family,
    Mul,
    Neg,
    Num,
    Ref,
    Shape,
    Stack,
    Term,
    Transpose,
    walk,
)


def is_grid(term: Term) -> bool:
    """Whether a term is rows of cells, as a matrix with more than one column is built."""
    return (
        isinstance(term, Stack) and not term.across and all(isinstance(row, Stack) and row.across for row in term.items)
    )


def cells_of(grid: Stack) -> list[tuple[Term, ...]]:
    """The cells of a grid by rows."""
    return [row.items for row in grid.items if isinstance(row, Stack)]


def with_cells(grid: Stack, rows: Sequence[Sequence[Term]]) -> Stack:
    """The grid with other cells."""
    items = tuple(
        replace(row, items=tuple(cells)) for row, cells in zip(grid.items, rows, strict=True) if isinstance(row, Stack)
    )
    return replace(grid, items=items)


def stand_above(cells: Sequence[Term]) -> bool:
    r"""Whether columns beside each other are one long column: different quantities of a step, as in
    `W \begin{bmatrix} h_{t-1} & x_t \end{bmatrix}`; columns of anything else are those of a matrix."""
    names = {c.name for c in cells if isinstance(c, Ref) and c.time is not None}
    return len(names) == len(cells)


def laid_out(grid: Stack, shapes: Sequence[Sequence[Shape]]) -> Term | None:
    """The row, matrix or long column that a grid is; None where its blocks make none that is known."""
    rows = cells_of(grid)
    flat = [shape for row in shapes for shape in row]
    if not any(shape.axes for shape in flat):
        return grid.items[0] if len(rows) == 1 else grid
    if len(rows) > 1 or any(shape.down or not shape.up for shape in flat):
        return None
    if stand_above(rows[0]):
        return Stack(rows[0], across=False, span=grid.span)
    return Transpose(Stack(tuple(Transpose(c, c.span) for c in rows[0]), across=False, span=grid.span), grid.span)


def own_entries(term: Term) -> tuple[Ref, Shape] | None:
    r"""The quantity whose entries, all in their places, a matrix or column is, and its size: `z` of
    `\begin{pmatrix} z_1 \\ z_2 \end{pmatrix}`."""
    turned = isinstance(term, Transpose)
    inner = term.body if isinstance(term, Transpose) else term
    if isinstance(inner, Family):
        return _own_list(inner, turned=turned)
    if not isinstance(inner, Stack):
        return None
    size = (len(inner.items), len(cells_of(inner)[0])) if is_grid(inner) else (len(inner.items),)
    found: set[Ref] = set()
    for place, cell in _placed(inner):
        here = place[::-1] if turned else place
        if not isinstance(cell, Entry) or not isinstance(cell.body, Ref) or cell.indices != here:
            return None
        found.add(cell.body)
    if len(found) != 1:
        return None
    axes = tuple(Affine(n) for n in (size[::-1] if turned else size))
    row = inner.across != turned and len(size) == 1
    shape = Shape(axes[:1], axes[1:]) if not row else Shape((), axes)
    return next(iter(found)), shape


def _own_list(term: Family, *, turned: bool) -> tuple[Ref, Shape] | None:
    """The same of a list with dots, or of rows that are such lists."""
    lists = [term, term.body] if isinstance(term.body, Family) else [term]
    cell = lists[-1].body
    places = tuple(Affine.of(one.var) - one.low + 1 for one in lists)
    if not isinstance(cell, Entry) or not isinstance(cell.body, Ref):
        return None
    if cell.indices != (places[::-1] if turned else places):
        return None
    axes = tuple(one.high - one.low + 1 for one in (lists[::-1] if turned else lists))
    row = len(axes) == 1 and term.across != turned
    return cell.body, Shape((), axes) if row else Shape(axes[:1], axes[1:])


def _placed(term: Stack) -> Iterator[tuple[tuple[Affine, ...], Term]]:
    """The cells with their places, from 1."""
    for i, item in enumerate(term.items, 1):
        if is_grid(term) and isinstance(item, Stack):
            for j, cell in enumerate(item.items, 1):
                yield (Affine(i), Affine(j)), cell
        else:
            yield (Affine(i),), item


def numbers_beside(terms: Iterable[Term]) -> frozenset[str]:
    """The quantities that are numbers because they stand beside entries: the `x_t` of `w_1 x_t + u_{11} h_{t-1,1}`."""
    found: set[str] = set()
    for term in terms:
        for part in walk(term):
            if isinstance(part, Add):
                found |= _numbers_in(part)
    return frozenset(found)


def _numbers_in(total: Add) -> set[str]:
    products = [factors_of(item.body if isinstance(item, Neg) else item) for item in total.items]
    if not any(all(isinstance(f, Entry) for f in factors) for factors in products):
        return set()
    loose = [[f for f in factors if not isinstance(f, Entry | Num)] for factors in products]
    return {
        f.name
        for factors, open_ in zip(products, loose, strict=True)
        if len(open_) == 1 and len(factors) > 1
        for f in open_
        if isinstance(f, Ref) and f.time is not None
    }


def factors_of(term: Term) -> list[Term]:
    """The factors of a product, in whatever brackets, from the left."""
    return [*factors_of(term.left), *factors_of(term.right)] if isinstance(term, Mul) else [term]


def with_factors(term: Mul, factors: Sequence[Term]) -> Mul:
    """The product with other factors in the same brackets."""
    rest = iter(factors)

    def put(old: Term) -> Term:
        return replace(old, left=put(old.left), right=put(old.right)) if isinstance(old, Mul) else next(rest)

    return replace(term, left=put(term.left), right=put(term.right))
