"""Terms -> shapes, once: the axes of every part of a term that is known to have a shape.

The ranges of indices are checked before, by `shapes.shape_of`; this only remembers.
"""

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.shapes import SCALAR_VALUED
from bptt_symbolic.meaning.terms import (
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
from bptt_symbolic.proving.methods.symbolic.forms import Unprovable


class Shapes:
    """Shapes of terms in one network; terms are told apart by identity and kept."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[int, tuple[Term, Shape]] = {}

    def __len__(self) -> int:
        """Number of terms whose shape is known."""
        return len(self._known)

    def of(self, term: Term) -> Shape:
        """Shape of a term."""
        held = self._known.get(id(term))
        if held is None:
            held = self._known[id(term)] = (term, self._fresh(term))
        return held[1]

    def _fresh(self, term: Term) -> Shape:  # noqa: C901, PLR0912 - one case a constructor
        match term:
            case Num() | Count() | Indicator() | SameEntry() | AtLabel() | Inner():
                return SCALAR
            case Ref(name=name):
                if name not in self._network.shapes:
                    raise Unprovable(f"{name} is not known")
                return self._network.shapes[name]
            case Constant(kind=kind, size=size):
                axes = () if size is None else (size,)
                return Shape(axes, axes if kind == "identity" else ())
            case Entry():
                return self._entry(term)
            case Add(items=items):
                return self._widest(items)
            case Cases(branches=branches):
                return self._widest(tuple(body for body, _ in branches))
            case Neg(body=body) | Power(body=body) | Sum(body=body) | Prod(body=body):
                return self.of(body)
            case Mul(left=left, right=right):
                a, b = self.of(left), self.of(right)
                return (a if a.axes else b) if not a.axes or not b.axes else Shape(a.up, b.down)
            case Hadamard(left=left, right=right):
                return self.of(left) if self.of(left).axes else self.of(right)
            case Divide(left=left, right=right):
                return self.of(left) if self.of(left).axes else self.of(right)
            case Outer(left=left, right=right):
                return Shape(self.of(left).axes, self.of(right).axes)
            case Transpose(body=body):
                return Shape(self.of(body).down, self.of(body).up)
            case Diag(body=body):
                return Shape(self.of(body).axes, self.of(body).axes)
            case Apply(function=function, args=args):
                return (
                    SCALAR
                    if function.kind == "loss" or function.name in SCALAR_VALUED or len(args) > 1
                    else self.of(args[0])
                )
            case Stack(items=items, across=across):
                return self._stack(items, across=across)
            case Family(low=low, high=high, body=body, across=across):
                axes = (high - low + 1,)
                return Shape((), axes) if across else Shape(axes, self.of(body).down)
            case Deriv(of=of, by=by, layout=layout):
                return _derivative(self.of(of), self.of(by), layout)

    def _widest(self, items: tuple[Term, ...]) -> Shape:
        shapes = [self.of(item) for item in items]
        return next((s for s in shapes if s.axes), SCALAR)

    def _stack(self, items: tuple[Term, ...], *, across: bool) -> Shape:
        if across:
            return Shape((), (Affine(len(items)),))
        if all(shape.down and not shape.up for shape in map(self.of, items)):
            return Shape((Affine(len(items)),), self.of(items[0]).down)
        total = Affine()
        for item in items:
            shape = self.of(item)
            total = total + (shape.axes[0] if shape.axes else Affine(1))
        return Shape((total,))

    def _entry(self, term: Entry) -> Shape:
        body = self.of(term.body)
        indices = (*term.indices, *(None,) * (len(body.axes) - len(term.indices)))
        if len(indices) != len(body.axes):
            raise Unprovable("more indices than axes")
        up = len(body.up)
        kept_up = tuple(a for a, i in zip(body.up, indices, strict=False) if i is None)
        kept_down = tuple(a for a, i in zip(body.down, indices[up:], strict=True) if i is None)
        row = up == 1 and len(body.down) == 1 and not kept_up and bool(kept_down)
        return Shape((), kept_down) if row else Shape(kept_up + kept_down)


def _derivative(of: Shape, by: Shape, layout: str) -> Shape:
    if not of.axes and len(by.axes) == 2:  # noqa: PLR2004 - the gradient by a matrix is shaped like it
        return Shape((by.axes[0],), (by.axes[1],))
    if not of.axes and layout == "gradient":
        return by
    return Shape(by.axes, of.axes) if layout == "denominator" else Shape(of.axes, by.axes)
