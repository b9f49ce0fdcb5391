r"""Terms + shapes -> terms: what only the shapes can say.

A sum sign without an upper bound runs over the whole axis that its index stands in. Where the ordinary product of two
vectors does not exist, it may be meant as an inner or an outer product; both are choices of a reading and are
reported.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Literal

from bptt_symbolic.meaning.names import is_end, unknown
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    Condition,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
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
    SameEntry,
    Stack,
    Sum,
    Term,
    Transpose,
    fresh_name,
    rebuild,
    walk,
)
from bptt_symbolic.understanding.matrices import cells_of, factors_of, is_grid, laid_out, with_cells, with_factors
from bptt_symbolic.understanding.sum_bounds import NotBuilt


def resolved(term: Term, network: Network, indices: Sequence[str] = (), readings: frozenset[str] = frozenset()) -> Term:
    """The body of a definition with its open bounds filled in. A column times a column is an inner product, or taken
    by entries where `readings` says so; squares of vectors are squared norms, and a row is added to every row of a
    matrix, where they say that."""
    ranges = {i: (Affine(1), Affine.of(unknown(i))) for i in indices}
    scope = Scope(network, ranges)
    term = whole_ranges(term, scope)
    term = squared_norms(term, scope) if "square" in readings else term
    term = products(term, scope, "entrywise" if "entrywise" in readings else "inner")
    return in_every_row(term, scope) if "examples" in readings else term


def in_every_row(term: Term, scope: Scope) -> Term:
    r"""A row in a sum with matrices is added to each of their rows: `X W + b` is `X W + \mathbf 1 b`."""
    if isinstance(term, Sum | Prod | Family):
        return replace(term, body=in_every_row(term.body, scope.inside(term.var, term.low, term.high)))
    new = rebuild(term, lambda child: in_every_row(child, scope))
    if not isinstance(new, Add):
        return new
    try:
        shapes = [shape_of(item, scope) for item in new.items]
    except IllTyped:
        return new
    rows = {shape.up[0] for shape in shapes if len(shape.up) == len(shape.down) == 1}
    if len(rows) != 1:
        return new
    ones = Constant("ones", rows.pop())
    return replace(
        new,
        items=tuple(
            Mul(ones, item, item.span) if not shape.up and len(shape.down) == 1 else item
            for item, shape in zip(new.items, shapes, strict=True)
        ),
    )


def squared_norms(term: Term, scope: Scope) -> Term:
    """Squares of vectors as their squared norms."""
    if isinstance(term, Sum | Prod | Family):
        return replace(term, body=squared_norms(term.body, scope.inside(term.var, term.low, term.high)))
    new = rebuild(term, lambda child: squared_norms(child, scope))
    if isinstance(new, Power) and new.exponent == Affine(2) and not new.entrywise:
        try:
            axes = shape_of(new.body, scope).axes
        except IllTyped:
            return new
        return Inner(new.body, new.body, new.span) if len(axes) == 1 else new
    return new


def whole_ranges(term: Term, scope: Scope) -> Term:
    """Fill in the upper bounds that are the size of whatever the index runs over."""
    match term:
        case (
            Sum(var=var, high=high, body=body)
            | Prod(var=var, high=high, body=body)
            | Family(var=var, high=high, body=body)
        ):
            if any(is_end(n) for n in high.names()):
                high = _end_of(var, body, scope)
                term = replace(term, high=high)
            elif isinstance(term, Family):
                high = _written_end(term, scope)
                term = replace(term, high=high)
            inside = scope.inside(var, term.low, high)
            new = replace(term, body=whole_ranges(body, inside))
            return _sized_product(new, inside) if isinstance(new, Prod) else new
        case SameEntry():
            return _same_place(term, scope)
        case Inner(left=left, right=right):
            sides = whole_ranges(left, scope), whole_ranges(right, scope)
            return _of_matrices(Inner(*sides, term.span), scope)
        case Ref(name=name, time=None) if (
            name in scope.network.sizes and name not in scope.network.shapes and name != "d"
        ):
            return Count(Affine.of(name), term.span)  # a size as a number: `1/n`; a `d` may be that of a differential
        case _:
            return rebuild(term, lambda child: whole_ranges(child, scope))


def _sized_product(term: Prod, inside: Scope) -> Prod:
    """An empty product is the identity of the size of its factors."""
    body = products(term.body, inside, "inner")
    try:
        shape = shape_of(body, inside)
    except IllTyped:
        return term
    return replace(term, size=shape.up[0]) if shape.up and shape.up == shape.down else term


def _same_place(term: SameEntry, scope: Scope) -> Term:
    """Entry `l` of `[x; y]` is entry `l - d` of `y`, where `d` is the size of `x`; both must exist."""
    left, right = term.left, term.right
    shape_of(left, scope)
    shape_of(right, scope)
    assert isinstance(left, Entry) and isinstance(left.body, Stack) and isinstance(right, Entry)  # noqa: S101, PT018
    before = Affine()
    for item in left.body.items:
        if item == right.body and left.indices[0] is not None and right.indices[0] is not None:
            return Indicator((Condition(left.indices[0], "=", right.indices[0] + before),), term.span)
        shape = shape_of(item, scope)
        before = before + (shape.axes[0] if shape.axes else Affine(1))
    return Num(Fraction(0), term.span)


def _of_matrices(term: Inner, scope: Scope) -> Term:
    r"""`\lVert A \rVert^2` of a matrix is the sum of the squares of its entries."""
    try:
        a, b = shape_of(term.left, scope), shape_of(term.right, scope)
    except IllTyped:
        return term
    if len(a.axes) != 2 or a != b:  # noqa: PLR2004 - a matrix
        return term
    row = fresh_name([term], scope.ranges)
    column = fresh_name([term], [*scope.ranges, row])
    place = (Affine.of(row), Affine.of(column))
    entries = Mul(Entry(term.left, place, term.span), Entry(term.right, place, term.span), term.span)
    of_row = Sum(column, Affine(1), a.axes[1], entries, (), term.span)
    return Sum(row, Affine(1), a.axes[0], of_row, (), term.span)


def with_ends(term: Term, network: Network) -> Term:
    """A formula as it is built, with the ends of its lists."""
    new = rebuild(term, lambda child: with_ends(child, network))
    return replace(new, high=_written_end(new, Scope(network))) if isinstance(new, Family) else new


def _written_end(term: Family, scope: Scope) -> Affine:
    """The end of a list up to an `n` that is no size of the network: it is the size of what the list runs over."""
    size = term.high - term.low + 1
    name = size.parts[0][0] if len(size.parts) == 1 else ""
    if size != Affine.of(name) or name in scope.network.sizes or name in scope.ranges or name == LAST:
        return term.high
    for x in walk(term.body):
        if isinstance(x, Entry) and Affine.of(term.var) - term.low + 1 in x.indices:
            place = x.indices.index(Affine.of(term.var) - term.low + 1)
            try:
                return shape_of(x.body, scope).axes[place] + term.low - 1
            except (IllTyped, IndexError):
                continue
    return term.high


def _end_of(var: str, body: Term, scope: Scope) -> Affine:
    for x in walk(body):
        if isinstance(x, Entry):
            for place, index in enumerate(x.indices):
                if index is not None and index == Affine.of(var):
                    try:
                        return shape_of(x.body, scope).axes[place]
                    except (IllTyped, IndexError):
                        continue
        if isinstance(x, Ref) and x.time is not None and var in x.time.names():
            return Affine.of(LAST)
    raise NotBuilt("not-settled", f"how far the sum over {var} goes", body.span)


Meant = Literal["inner", "outer", "entrywise", "slope"]
"""What a product of two vectors that does not exist may be meant to be."""


def products(term: Term, scope: Scope, meant: Meant | None = None) -> Term:
    """Read products of vectors that do not exist as they are meant, if that is said, from the inside out."""
    if isinstance(term, Sum | Prod | Family):
        return replace(term, body=products(term.body, scope.inside(term.var, term.low, term.high), meant))
    if isinstance(term, Stack) and is_grid(term):
        return _matrix(term, scope, meant)
    if isinstance(term, Diag):
        return replace(term, body=products(term.body, scope, "entrywise"))  # of a vector, which no other product gives
    new = rebuild(term, lambda child: products(child, scope, meant))
    if isinstance(new, Add):
        return _sized_constants(new, scope)
    if isinstance(new, Stack):
        return _upright(new, scope)
    if isinstance(new, Power):
        return _by_entries(new, scope)
    if isinstance(new, Apply) and new.function.name == "softmax":
        return _by_examples(new, scope)
    if isinstance(new, Mul):
        new = _sized_ones(_by_itself(new, scope), scope)
        return new if meant is None else _product(new, scope, meant)
    return new


def _by_itself(term: Mul, scope: Scope) -> Mul:
    r"""`\frac{\partial W}{\partial W} h`, the first half of the product rule: the derivative of `W h` by this `W`
    alone; of a matrix with four indices it is its own column index that meets the vector."""
    factors = factors_of(term)
    for place, (one, column) in enumerate(pairwise(factors)):
        if isinstance(one, Deriv) and isinstance(one.of, Ref) and one.of == one.by and one.of.time is None:
            try:
                matrix, vector = shape_of(one.of, scope), shape_of(column, scope)
            except IllTyped:
                continue
            if matrix.up and matrix.down == vector.up and not vector.down:
                half = replace(one, of=Mul(one.of, column, one.span), mode="direct")
                rest: list[Term] = [*factors[:place], half, *factors[place + 2 :]]
                whole = reduce(lambda left, right: Mul(left, right, term.span), rest)
                return whole if isinstance(whole, Mul) else Mul(Num(Fraction(1)), whole, term.span)
    return term


def _sized_ones(term: Mul, scope: Scope) -> Mul:
    r"""The columns and rows of ones of a product have the sizes of their neighbours: `A \mathbf 1 \mathbf 1^\top B`."""
    factors = factors_of(term)
    if not any(_open_ones(f) for f in factors):
        return term
    sized = list(factors)
    for place, factor in enumerate(factors):
        if _open_ones(factor):
            row = isinstance(factor, Transpose)
            beside = factors[place + 1 :] if row else factors[:place][::-1]
            size = _end_of_product(beside, scope, left=row)
            ones = Constant("ones", size, factor.span)
            sized[place] = Transpose(ones, factor.span) if row else ones
    return with_factors(term, sized)


def _open_ones(term: Term) -> bool:
    inner = term.body if isinstance(term, Transpose) else term
    return isinstance(inner, Constant) and inner.kind == "ones" and inner.size is None


def _end_of_product(factors: Sequence[Term], scope: Scope, *, left: bool) -> Affine | None:
    """The size that the first factor which is no number has at its left or right end."""
    for factor in factors:
        if _open_ones(factor):
            return None
        try:
            shape = shape_of(factor, scope)
        except IllTyped:
            return None
        if shape.axes:
            axes = shape.up if left else shape.down
            return axes[0] if len(axes) == 1 else None
    return None


def _product(new: Mul, scope: Scope, meant: Meant) -> Term:
    """A product as it is meant, where it is one of two vectors that does not exist."""
    try:
        a, b = shape_of(new.left, scope), shape_of(new.right, scope)
    except IllTyped:
        return new
    if len(a.axes) != 1 or len(b.axes) != 1 or a.down == b.up or (not a.down and not b.up):
        return new
    if meant == "outer":
        return Outer(new.left, new.right, new.span)
    slope = _is_slope(new.left, new.right) or _is_slope(new.right, new.left)
    if a != b or (meant == "slope" and not slope):
        return new
    return (Inner if meant == "inner" and not slope else Hadamard)(new.left, new.right, new.span)


def _is_slope(value: Term, other: Term) -> bool:
    r"""`f(1 - f)`: the slope of the logistic function by its value, which nobody means but by entries."""
    items = other.items if isinstance(other, Add) else ()
    return len(items) == 2 and isinstance(items[0], Num | Constant) and items[1] == Neg(value)  # noqa: PLR2004


def _by_entries(term: Power, scope: Scope) -> Term:
    """The power of a matrix that is not square is taken by entries."""
    try:
        shape = shape_of(term.body, scope)
    except IllTyped:
        return term
    wide = bool(shape.up) and bool(shape.down) and shape.up != shape.down
    return replace(term, entrywise=True) if wide else term


def _by_examples(term: Apply, scope: Scope) -> Term:
    """A function of vectors, of a matrix with one example in each row or column: classes are counted by the weights,
    which have no step, and examples only by what has one."""
    try:
        shape = shape_of(term.args[0], scope)
    except IllTyped:
        return term
    if len(shape.up) != 1 or len(shape.down) != 1:
        return term
    network = scope.network
    weights = {a for n, s in network.shapes.items() if n not in network.temporal for a in s.axes}
    in_rows, in_columns = shape.up[0] not in weights, shape.down[0] not in weights
    if in_rows == in_columns:
        return term
    var = fresh_name([term], [*scope.ranges])
    place = Affine.of(var)
    example = Entry(term.args[0], (place, None) if in_rows else (None, place), term.span)
    column: Term = replace(term, args=(Transpose(example, term.span) if in_rows else example,))
    count = shape.up[0] if in_rows else shape.down[0]
    rows = Family(var, Affine(1), count, Transpose(column, term.span), across=False, span=term.span)
    return rows if in_rows else Transpose(rows, term.span)


def _matrix(term: Stack, scope: Scope, meant: Meant | None) -> Term:
    """A matrix written out, with what its cells are once their shapes are known."""
    rows = [[products(cell, scope, meant) for cell in row] for row in cells_of(term)]
    grid = with_cells(term, rows)
    try:
        shapes = [[shape_of(cell, scope) for cell in row] for row in rows]
    except IllTyped:
        return grid
    found = laid_out(grid, shapes)
    if found is None:
        raise NotBuilt("not-settled", "a matrix made of these blocks", term.span)
    return found


def _upright(term: Stack, scope: Scope) -> Term:
    """Columns side by side between brackets, `[h_{t-1}, x_t]`, stand one above the other."""
    if not term.across:
        return term
    try:
        columns = [bool(shape_of(item, scope).up) for item in term.items]
    except IllTyped:
        return term
    return replace(term, across=False) if all(columns) else term


def _sized_constants(term: Add, scope: Scope) -> Term:
    """An identity matrix in a sum, by itself or scaled, and ones beside a row or column, are as large as what is added
    to them."""
    ones = Constant("ones")
    if any(isinstance(item, Mul) and (item.left == ones or item.right == Transpose(ones)) for item in term.items):
        term = replace(term, items=tuple(_with_sized_ones(term.items, scope)))
    loose = [_has_open_identity(item) for item in term.items]
    if not any(loose):
        return term
    sizes = set()
    for item, is_loose in zip(term.items, loose, strict=True):
        if is_loose:
            continue
        try:
            shape = shape_of(item, scope)
        except IllTyped:
            continue
        if shape.up and shape.up == shape.down:
            sizes.add(shape.up[0])
    if len(sizes) != 1:
        raise NotBuilt("not-settled", "an identity matrix whose size nothing says", term.span)
    size = next(iter(sizes))
    return replace(term, items=tuple(_sized(i, size) if o else i for i, o in zip(term.items, loose, strict=True)))


def _with_sized_ones(items: Sequence[Term], scope: Scope) -> Iterator[Term]:
    r"""`X W + \mathbf 1 b^\top`, `W X + b \mathbf 1^\top`: as many ones as the matrix has rows, or columns."""
    heights: set[Affine] = set()
    widths: set[Affine] = set()
    for item in items:
        with suppress(IllTyped):
            shape = shape_of(item, scope)
            heights.update(shape.up)
            widths.update(shape.down)
    for item in items:
        match item:
            case Mul(left=Constant(kind="ones", size=None) as ones) if len(heights) == 1:
                yield replace(item, left=replace(ones, size=next(iter(heights))))
            case Mul(right=Transpose(body=Constant(kind="ones", size=None) as ones) as row) if len(widths) == 1:
                yield replace(item, right=replace(row, body=replace(ones, size=next(iter(widths)))))
            case _:
                yield item


def _has_open_identity(term: Term) -> bool:
    """`I`, `-I`, `(1 - a) I`: an identity matrix without a size, up to a factor."""
    match term:
        case Constant(kind="identity", size=None):
            return True
        case Neg(body=body):
            return _has_open_identity(body)
        case Mul(left=left, right=right):
            return _has_open_identity(left) or _has_open_identity(right)
        case Divide(left=left):
            return _has_open_identity(left)
        case _:
            return False


def _sized(term: Term, size: Affine) -> Term:
    if isinstance(term, Constant) and term.kind == "identity" and term.size is None:
        return replace(term, size=size)
    return rebuild(term, lambda child: _sized(child, size)) if _has_open_identity(term) else term
