"""Terms -> shapes: the shape of a term, or what makes it ill-typed and where.

One rule for products: the axes down of the left factor equal the axes up of the right one. An index must lie in the
range of its axis for every size; a Hadamard product needs equal shapes; only numbers are added to vectors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    MEASURES,
    SCALAR,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
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
    Shape,
    Stack,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.reading.source import Span

Range = tuple[Affine, Affine]


class IllTyped(Exception):  # noqa: N818 - it is a verdict on its way, not an error of the program
    """A term that has no shape: the code of the fault, one sentence, the place on the page, and the name that nothing
    defines or binds, where it is about one."""

    def __init__(self, code: str, message: str, span: Span | None, name: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.span, self.name = code, message, span, name


@dataclass(frozen=True)
class Scope:
    """What a term is typed in: the network, and the range of every index name that is bound or free on the left."""

    network: Network
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def inside(self, var: str, low: Affine, high: Affine) -> "Scope":
        """The same scope with one more bound name."""
        return replace(self, ranges={**self.ranges, var: (low, high)})


def shape_of(term: Term, scope: Scope) -> Shape:  # noqa: C901, PLR0912 - one case a constructor
    """Shape of a term; raises IllTyped with the innermost place that has none."""
    match term:
        case Num() | Count() | Indicator() | SameEntry():
            return SCALAR
        case Ref():
            return _ref(term, scope)
        case Constant(size=size, kind=kind):
            axes = () if size is None else (size,)
            return Shape(axes, axes if kind == "identity" else ())
        case Entry():
            return _entry(term, scope)
        case AtLabel(body=body, label=label):
            _same(shape_of(body, scope), shape_of(label, scope), term.span, "the label")
            return SCALAR
        case Add(items=items):
            return _add(items, scope)
        case Neg(body=body):
            return shape_of(body, scope)
        case Mul(left=left, right=right):
            return _mul(shape_of(left, scope), shape_of(right, scope), term.span)
        case Hadamard(left=left, right=right):
            return _hadamard(shape_of(left, scope), shape_of(right, scope), term.span)
        case Outer(left=left, right=right):
            return Shape(_vector(shape_of(left, scope), term.span), _vector(shape_of(right, scope), term.span))
        case Inner(left=left, right=right):
            one, two = _vector(shape_of(left, scope), term.span), _vector(shape_of(right, scope), term.span)
            _same(Shape(one), Shape(two), term.span, "the inner product")
            return SCALAR
        case Divide(left=left, right=right):
            return _divide(shape_of(left, scope), shape_of(right, scope), term.span)
        case Power():
            return _power(term, scope)
        case Transpose(body=body):
            inner = shape_of(body, scope)
            if len(inner.axes) == 2 and (not inner.up or not inner.down):  # noqa: PLR2004 - shaped like a matrix or not
                raise IllTyped("tensor-layout", f"the transpose of something {inner}", term.span)
            return Shape(inner.down, inner.up)
        case Diag(body=body):
            axis = _vector(shape_of(body, scope), term.span)
            return Shape(axis, axis)
        case Apply():
            return _apply(term, scope)
        case Stack():
            return _stack(term, scope)
        case Family(var=var, low=low, high=high, body=body, across=across):
            inner = shape_of(body, scope.inside(var, low, high))
            axes = (high - low + 1,)
            if not across and inner.down and not inner.up:
                return Shape(axes, inner.down)
            _scalar(inner, body.span, "an entry of the list")
            return Shape((), axes) if across else Shape(axes, ())
        case Sum(var=var, low=low, high=high, body=body):
            return shape_of(body, scope.inside(var, low, high))
        case Prod(var=var, low=low, high=high, body=body):
            inner = shape_of(body, scope.inside(var, low, high))
            if inner.axes and inner.up != inner.down:
                raise IllTyped(
                    "shape-mismatch", f"a repeated product needs square factors, this one is {inner}", term.span
                )
            return inner
        case Cases(branches=branches):
            return _add(tuple(body for body, _ in branches), scope)
        case Deriv():
            return _deriv(term, scope)


def _ref(term: Ref, scope: Scope) -> Shape:
    shape = scope.network.shapes.get(term.name)
    if shape is None:
        _no_counter(term, (term.time,), scope)
        how = "is never defined" if term.name == as_written(term.name) else "stands without its step"
        raise IllTyped("undefined-symbol", f"{as_written(term.name)} {how}", term.span, term.name)
    if (term.time is not None) != (term.name in scope.network.temporal):
        what = "has no time, but is used with one" if term.time is not None else "is used without its time"
        raise IllTyped("shape-mismatch", f"{term.name} {what}", term.span)
    return shape


def _no_counter(term: Ref, places: Iterable[Affine | None], scope: Scope) -> None:
    """Raise IllTyped for `j_{j-1}` where nothing is called j but what counts."""
    if term.name not in scope.network.shapes and any(
        place is not None and term.name in place.names() for place in places
    ):
        raise IllTyped("shape-mismatch", f"{term.name} counts here, and has no entries or steps", term.span, term.name)


def _entry(term: Entry, scope: Scope) -> Shape:
    if isinstance(term.body, Ref):
        _no_counter(term.body, term.indices, scope)
    body = shape_of(term.body, scope)
    axes = body.axes
    if len(term.indices) > len(axes):
        what = "a scalar has no entries" if not axes else f"{len(term.indices)} indices on something {body}"
        raise IllTyped("index-range", what, term.span)
    kept: list[Affine] = []
    for index, axis in zip(term.indices, axes, strict=False):
        if index is None:
            kept.append(axis)
        else:
            _in_range(index, axis, scope, term.span)
    kept.extend(axes[len(term.indices) :])
    up = len(body.up)
    if len(term.indices) == len(axes) and len(kept) == 1:
        column = term.indices[:up] != (None,) * up or not body.down
        row_kept = any(i is None for i in term.indices[up:]) and column
        return Shape((), tuple(kept)) if row_kept and body.down else Shape(tuple(kept))
    return Shape(tuple(kept))


def _in_range(index: Affine, axis: Affine, scope: Scope, span: Span | None) -> None:
    low, high = _extremes(index, scope)
    for name in sorted(index.names()):
        if name not in scope.ranges and name not in scope.network.sizes:
            raise IllTyped("free-index", f"the index {name} is bound nowhere", span, name)
    if not index.names() - set(scope.network.sizes) and not index.parts:
        if index.const < 1:
            raise IllTyped("index-range", f"the index {index} is below 1", span)
        return
    for margin in (axis - high, low - 1):
        least = margin.const + sum(c for _, c in margin.parts)
        if least < 0 or any(c < 0 for _, c in margin.parts):
            text = f"the index {index} runs from {low} to {high}, but there are only {axis} entries"
            raise IllTyped("index-range", text, span)


def _extremes(index: Affine, scope: Scope) -> Range:
    low = high = index
    for _ in range(len(scope.ranges) + 1):
        names = [n for n, _ in high.parts + low.parts if n in scope.ranges]
        if not names:
            break
        high = high.put({n: scope.ranges[n][1 if c > 0 else 0] for n, c in high.parts if n in scope.ranges})
        low = low.put({n: scope.ranges[n][0 if c > 0 else 1] for n, c in low.parts if n in scope.ranges})
    return low, high


def _flexible(term: Term) -> bool:
    """A number, or a constant of no fixed size, may stand where a vector is expected."""
    if isinstance(term, Neg):
        return _flexible(term.body)
    return isinstance(term, Num) or (isinstance(term, Constant) and term.size is None)


def _add(items: tuple[Term, ...], scope: Scope) -> Shape:
    found: tuple[Shape, Term] | None = None
    for item in items:
        shape = shape_of(item, scope)
        if _flexible(item):
            continue
        if found is None:
            found = (shape, item)
        elif not same_shape(found[0], shape):
            raise IllTyped(_code(found[0], shape), f"a sum of something {found[0]} and something {shape}", item.span)
    return SCALAR if found is None else found[0]


def same_shape(a: Shape, b: Shape) -> bool:
    """Equal as arrays: a gradient by a matrix (both axes down) is compared with a matrix entry by entry."""
    if len(a.axes) == 1 or len(b.axes) == 1:
        return a == b
    return a.axes == b.axes


MOST_AXES = 3
"""Axes of what stands on a page with one meaning; how the derivative of a matrix by a matrix is laid out, and
multiplied, is for its author to say."""


def _code(a: Shape, b: Shape) -> str:
    return "tensor-layout" if max(len(a.axes), len(b.axes)) > MOST_AXES else "shape-mismatch"


def _mul(a: Shape, b: Shape, span: Span | None) -> Shape:
    if not a.axes or not b.axes:
        return a if a.axes else b
    if a.down == b.up:
        return Shape(a.up, b.down)
    if not a.down and not b.down:
        raise IllTyped("shape-mismatch", f"a column times a column ({a} and {b})", span)
    raise IllTyped(_code(a, b), f"a product of something {a} and something {b}", span)


def _hadamard(a: Shape, b: Shape, span: Span | None) -> Shape:
    if not a.axes or not b.axes:
        return a if a.axes else b
    if not same_shape(a, b):
        raise IllTyped(_code(a, b), f"an entrywise product of something {a} and something {b}", span)
    return a


def _divide(a: Shape, b: Shape, span: Span | None) -> Shape:
    if not b.axes:
        return a
    if a.axes and not same_shape(a, b):
        raise IllTyped("shape-mismatch", f"an entrywise quotient of something {a} by something {b}", span)
    return b


def _power(term: Power, scope: Scope) -> Shape:
    body = shape_of(term.body, scope)
    if body.up and body.down and not term.entrywise and body.up != body.down:
        raise IllTyped("shape-mismatch", f"a power of something {body}, which is not square", term.span)
    return body


def _apply(term: Apply, scope: Scope) -> Shape:
    function = term.function
    shapes = [shape_of(a, scope) for a in term.args]
    if function.index is not None and function.index.parts and shapes[0].axes:
        raise IllTyped(
            "shape-mismatch", f"{function.name} with an index takes one entry, not something {shapes[0]}", term.span
        )
    if function.name == "softmax" and len(shapes[0].axes) != 1:
        raise IllTyped("shape-mismatch", f"softmax takes a vector, not something {shapes[0]}", term.span)
    if function.kind == "loss" or function.name in SCALAR_VALUED or len(term.args) > 1:
        return SCALAR
    return shapes[0]


SCALAR_VALUED = frozenset({"sum", "logsumexp"}) | (MEASURES - {"abs"})
"""Known functions of a whole vector with a scalar value."""


def _stack(term: Stack, scope: Scope) -> Shape:
    shapes = [shape_of(item, scope) for item in term.items]
    if term.across:
        for shape, item in zip(shapes, term.items, strict=True):
            _scalar(shape, item.span, "an entry of the row")
        return Shape((), (Affine(len(shapes)),))
    if all(shape.down and not shape.up for shape in shapes):
        for shape, item in zip(shapes, term.items, strict=True):
            _same(shapes[0], shape, item.span, "a matrix")
        return Shape((Affine(len(shapes)),), shapes[0].down)
    total = Affine()
    for shape, item in zip(shapes, term.items, strict=True):
        if shape.down:
            raise IllTyped("shape-mismatch", f"something {shape} in a stack of columns", item.span)
        total = total + (shape.up[0] if shape.up else Affine(1))
    return Shape((total,))


def _deriv(term: Deriv, scope: Scope) -> Shape:
    of, by = shape_of(term.of, scope), shape_of(term.by, scope)
    if not of.axes and len(by.axes) == 2:  # noqa: PLR2004 - the gradient by a matrix is shaped like it
        return Shape((by.axes[0],), (by.axes[1],))
    if not of.axes and term.layout == "gradient":
        return by
    return Shape(by.axes, of.axes) if term.layout == "denominator" else Shape(of.axes, by.axes)


def _vector(shape: Shape, span: Span | None) -> tuple[Affine, ...]:
    if len(shape.axes) > 1:
        raise IllTyped("shape-mismatch", f"a vector is expected here, not something {shape}", span)
    return shape.axes


def _scalar(shape: Shape, span: Span | None, what: str) -> None:
    if shape.axes:
        raise IllTyped("shape-mismatch", f"{what} must be a scalar, not {shape}", span)


def _same(a: Shape, b: Shape, span: Span | None, what: str) -> None:
    if a != b:
        raise IllTyped("shape-mismatch", f"{what} joins something {a} and something {b}", span)
