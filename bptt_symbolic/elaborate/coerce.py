r"""Terms + shapes -> terms: what only the shapes can say.

A sum sign without an upper bound runs over the whole axis that its index stands in. Where the ordinary product of two
vectors does not exist, it may be meant as an inner or an outer product; both are choices of a reading and are
reported.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.elaborate.bounds import WHOLE, NotBuilt
from bptt_symbolic.network import Network
from bptt_symbolic.shapes import IllTyped, Scope, shape_of
from bptt_symbolic.terms import (
    LAST,
    Add,
    Affine,
    Condition,
    Constant,
    Entry,
    Family,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Prod,
    Ref,
    SameEntry,
    Shape,
    Stack,
    Sum,
    Term,
    fresh_name,
    rebuild,
    walk,
)


def resolved(term: Term, network: Network, indices: Sequence[str] = (), *, inner: bool = False) -> Term:
    """The term with its open bounds filled in; `inner` reads a column times a column as an inner product."""
    ranges = {i: (Affine(1), Affine.of(f"?{i}")) for i in indices}
    scope = Scope(network, ranges)
    term = whole_ranges(term, scope)
    return products(term, scope, inner=True, outer=False) if inner else term


def whole_ranges(term: Term, scope: Scope) -> Term:
    """Fill in the upper bounds that are the size of whatever the index runs over."""
    match term:
        case (
            Sum(var=var, high=high, body=body)
            | Prod(var=var, high=high, body=body)
            | Family(var=var, high=high, body=body)
        ):
            if any(n.startswith(WHOLE) for n in high.names()):
                high = _end_of(var, body, scope)
                term = replace(term, high=high)
            inside = scope.inside(var, term.low, high)
            new = replace(term, body=whole_ranges(body, inside))
            return _sized_product(new, inside) if isinstance(new, Prod) else new
        case SameEntry():
            return _same_place(term, scope)
        case Inner(left=left, right=right):
            sides = whole_ranges(left, scope), whole_ranges(right, scope)
            return _of_matrices(Inner(*sides, term.span), scope)
        case _:
            return rebuild(term, lambda child: whole_ranges(child, scope))


def _sized_product(term: Prod, inside: Scope) -> Prod:
    """An empty product is the identity of the size of its factors."""
    body = products(term.body, inside, inner=True, outer=False)
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
    raise NotBuilt("not-settled", f"nothing says how far the sum over {var} goes", body.span)


def products(term: Term, scope: Scope, *, inner: bool, outer: bool) -> Term:
    """Read products of vectors that do not exist as inner or outer ones, from the inside out."""
    match term:
        case Sum(var=var) | Prod(var=var) | Family(var=var):
            inside = scope.inside(var, term.low, term.high)
            return replace(term, body=products(term.body, inside, inner=inner, outer=outer))
        case _:
            new = rebuild(term, lambda child: products(child, scope, inner=inner, outer=outer))
    if isinstance(new, Add):
        return _sized_constants(new, scope)
    if not isinstance(new, Mul):
        return new
    try:
        a, b = shape_of(new.left, scope), shape_of(new.right, scope)
    except IllTyped:
        return new
    return _vector_product(new, a, b, inner=inner, outer=outer)


def _vector_product(term: Mul, a: Shape, b: Shape, *, inner: bool, outer: bool) -> Term:
    if len(a.axes) != 1 or len(b.axes) != 1 or a.down == b.up or (not a.down and not b.up):
        return term
    if inner and a == b:
        return Inner(term.left, term.right, term.span)
    if outer:
        return Outer(term.left, term.right, term.span)
    return term


def _sized_constants(term: Add, scope: Scope) -> Term:
    """An identity matrix in a sum has the size of its neighbours."""
    if not any(isinstance(x, Constant) and x.kind == "identity" for i in term.items for x in walk(i)):
        return term
    sizes = set()
    for item in term.items:
        try:
            shape = shape_of(item, scope)
        except IllTyped:
            continue
        if shape.up and shape.up == shape.down:
            sizes.add(shape.up[0])
    if len(sizes) != 1:
        raise NotBuilt("not-settled", "an identity matrix whose size nothing says", term.span)
    size = next(iter(sizes))
    return replace(term, items=tuple(_sized(i, size) for i in term.items))


def _sized(term: Term, size: Affine) -> Term:
    if isinstance(term, Constant) and term.kind == "identity":
        return replace(term, size=size)
    return replace(term, body=_sized(term.body, size)) if isinstance(term, Neg) else term
