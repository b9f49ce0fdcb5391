"""Definitions -> shapes: by unification over the definitions, starting from what the note states.

Sizes are affine expressions over names; an unknown one may be bound. What is unknown
about a quantity's rank is guessed from how it is written (capitals are matrices, small letters vectors, losses
scalars) and corrected by the definitions.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bptt_symbolic.meaning.names import behind, is_end, is_unknown, letter_of, stem_of, unknown
from bptt_symbolic.meaning.network import Definition, enlarged
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
    Function,
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
    walk,
)
from bptt_symbolic.reading.source import Span
from bptt_symbolic.scalars.rows import OF_VECTORS
from bptt_symbolic.understanding.counting import sizes_counted
from bptt_symbolic.understanding.matrices import cells_of, is_grid, stand_above
from bptt_symbolic.understanding.notation import LOSS_LETTERS

GREEK = frozenset(
    [
        r"\alpha",
        r"\beta",
        r"\gamma",
        r"\delta",
        r"\epsilon",
        r"\eta",
        r"\theta",
        r"\lambda",
        r"\mu",
        r"\rho",
        r"\varepsilon",
    ]
)


class Conflict(Exception):  # noqa: N818 - a fault of the note on its way
    """Two sizes, or a size and none, that cannot be equal."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.message, self.span = message, span
        self.definition: Span | None = None
        """Place of the definition that was being read."""


class _Rank(Exception):  # noqa: N818, RUF100 - control flow: start again with a better guess
    def __init__(self, name: str, rank: tuple[int, int]) -> None:
        super().__init__(name)
        self.name, self.rank = name, rank


@dataclass
class Inference:
    """Shapes of all quantities, as far as they are known; filled by `solve`."""

    stated: Mapping[str, Shape]
    temporal: frozenset[str]
    scalar: bool = False
    rows: bool = False
    """Vectors stand as rows."""
    matrices: bool = False
    """Capitals with a step are matrices, with an example in each row."""
    varying: frozenset[str] = frozenset()
    """Weights that have a step."""
    broadcast: set[str] = field(default_factory=set)
    """Definitions that add a row to each row of a matrix."""
    readings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Definition -> "square", if the square of a vector is its squared norm, "entrywise", if a product of two columns
    is taken by entries."""
    _ranks: dict[str, tuple[int, int]] = field(default_factory=dict)
    _shapes: dict[str, Shape] = field(default_factory=dict)
    _bound: dict[str, Affine] = field(default_factory=dict)
    _next: int = 0
    _now: frozenset[str] = frozenset()
    """The readings of the definition that is looked at."""
    _at: Span | None = None
    """Its place."""
    _name: str = ""
    _defined: frozenset[str] = frozenset()
    _derived: frozenset[str] = frozenset()
    """Names that some definition differentiates."""

    def solve(
        self, definitions: Sequence[Definition], names: Sequence[str], mentioned: Sequence[Term] = ()
    ) -> dict[str, Shape]:
        """Shapes of all `names`; raises Conflict where the definitions contradict each other. What else is `mentioned`
        changes no shape, but may name a size."""
        self._defined = frozenset(d.name for d in definitions)
        derivatives = (x.of for d in definitions for x in walk(d.body) if isinstance(x, Deriv))
        self._derived = frozenset(x.name for of in derivatives for x in walk(of) if isinstance(x, Ref))
        for _ in range(4 * len(names) + 8):
            try:
                return self._attempt(definitions, names, mentioned)
            except _Rank as better:
                if self._ranks.get(better.name) == better.rank:
                    break
                self._ranks[better.name] = better.rank
        conflict = Conflict("the ranks of the quantities contradict each other", None)
        conflict.definition = self._at
        raise conflict

    def _attempt(
        self, definitions: Sequence[Definition], names: Sequence[str], mentioned: Sequence[Term]
    ) -> dict[str, Shape]:
        self._shapes, self._bound, self._next = {}, {}, 0
        self.broadcast.clear()
        for definition in definitions:
            self._now, self._at = self.readings.get(definition.name, frozenset()), definition.span
            self._name = definition.name
            try:
                self._definition(definition)
            except Conflict as conflict:
                conflict.definition = definition.span
                raise
        for name in names:
            self._shape(name)
        self._name_sizes(mentioned)
        found = self._named(names)
        axes = [axis for shape in found.values() for axis in shape.axes]
        if enlarged(axes, dict.fromkeys((n for axis in axes for n in axis.names()), 1)) is None:
            raise Conflict("no sizes give every quantity an entry", None)
        return found

    def _definition(self, definition: Definition) -> None:
        ranges = {n: self._fresh() for n in definition.indices}
        head = self._shape(definition.name)
        for index, axis in zip(definition.indices, head.axes, strict=False):
            self._unify(ranges[index], axis, definition.span)
        body = self._of(definition.body, ranges)
        if definition.indices:
            if body.axes:
                raise Conflict(
                    f"an entry of {definition.name} cannot be something {self._words(body)}", definition.span
                )
            if len(definition.indices) > len(head.axes):
                raise _Rank(definition.name, (1, 1) if len(definition.indices) == 2 else (1, 0))  # noqa: PLR2004
            return
        if not _loose(definition.body):
            self._match_head(definition, head, body)

    def _match_head(self, definition: Definition, head: Shape, body: Shape) -> None:
        if (len(head.up), len(head.down)) != (len(body.up), len(body.down)):
            if definition.name in self.stated and len(head.axes) != len(body.axes):
                raise Conflict(f"{definition.name} is stated {head}, but defined as something {body}", definition.span)
            if definition.name not in self.stated:
                self._lower_inputs(definition, head)
                raise _Rank(definition.name, (len(body.up), len(body.down)))
        for a, b in zip(head.axes, body.axes, strict=True):
            self._unify(a, b, definition.span)

    def _lower_inputs(self, definition: Definition, head: Shape) -> None:
        """A loss stays a scalar: what it compares are scalars then, `-y log p - (1 - y) log(1 - p)`."""
        base = letter_of(definition.name)
        recurrent = any(isinstance(x, Ref) and x.name == definition.name for x in walk(definition.body))
        if head.axes or base not in LOSS_LETTERS or recurrent:
            return
        for x in walk(definition.body):
            if (
                isinstance(x, Ref)
                and x.name not in self.stated
                and x.name not in self._ranks
                and x.name not in self._defined
                and self._shape(x.name).axes
            ):
                raise _Rank(x.name, (0, 0))

    # sizes

    def _fresh(self) -> Affine:
        self._next += 1
        return Affine.of(unknown(self._next))

    def _resolve(self, size: Affine) -> Affine:
        while any(n in self._bound for n in size.names()):
            size = size.put(self._bound)
        return size

    def _unify(self, a: Affine, b: Affine, span: Span | None) -> None:
        gap = self._resolve(a) - self._resolve(b)
        if gap == Affine():
            return
        free = [(n, c) for n, c in gap.parts if is_unknown(n) and abs(c) == 1]
        solved = {n: (Affine(0, ((n, c),)) - gap).times(c) for n, c in free}
        for name in sorted(solved, key=lambda n: not _is_total(solved[n])):
            self._bound[name] = solved[name]
            return
        raise Conflict(f"the sizes {self._resolve(a)} and {self._resolve(b)} would have to be equal", span)

    def _shape(self, name: str) -> Shape:
        if name not in self._shapes:
            self._shapes[name] = self.stated.get(name) or self._guess(name)
        return self._shapes[name]

    def _guess(self, name: str) -> Shape:
        if self.scalar:
            return SCALAR
        given = name not in self._defined | self._derived and name not in self.temporal
        matrix = name in self.varying or (self.matrices and _is_capital(name))
        temporal = name in self.temporal and not matrix
        up, down = self._ranks.get(name) or _usual_rank(name, temporal=temporal, given=given)
        if self.rows and (up, down) == (1, 0) and name not in self._ranks:
            up, down = 0, 1
        return Shape(tuple(self._fresh() for _ in range(up)), tuple(self._fresh() for _ in range(down)))

    def _is_guessed_matrix(self, name: str) -> bool:
        given = name not in self.stated and name not in self._defined and name not in self._ranks
        return given and len(self._shape(name).axes) == 2  # noqa: PLR2004 - a matrix has two axes

    # shapes of terms

    def _of(self, term: Term, ranges: Mapping[str, Affine]) -> Shape:  # noqa: C901, PLR0912
        match term:
            case Num() | Count() | Indicator() | SameEntry() | Constant():
                return SCALAR
            case Ref(name=name):
                return self._shape(name)
            case Entry():
                return self._entry(term, ranges)
            case Inner(left=left, right=right) if left == right:
                self._of(left, ranges)
                return SCALAR
            case AtLabel(body=left, label=right) | Inner(left=left, right=right):
                self._pairwise(self._of(left, ranges), self._of(right, ranges), term.span)
                return SCALAR
            case Add(items=items):
                return self._sum(items, ranges)
            case Power(body=body, exponent=exponent) if "square" in self._now and exponent == Affine(2):
                shape = self._of(body, ranges)
                return SCALAR if len(shape.axes) == 1 else shape
            case Neg(body=body) | Power(body=body):
                return self._of(body, ranges)
            case Mul(left=Constant(kind="ones", size=None), right=right) if _is_row(row := self._of(right, ranges)):
                return Shape((self._fresh(),), row.down)
            case Mul(left=left, right=Transpose(body=Constant(kind="ones", size=None))) if _is_column(
                column := self._of(left, ranges)
            ):
                return Shape(column.up, (self._fresh(),))
            case Mul(left=left, right=right):
                return self._product(self._of(left, ranges), self._of(right, ranges), term.span)
            case Divide(right=Ref(name=name)) if self._is_guessed_matrix(name):
                raise _Rank(name, (0, 0))  # nobody divides by a matrix
            case Hadamard(left=left, right=right) | Divide(left=left, right=right):
                return self._hadamard(self._of(left, ranges), self._of(right, ranges), term.span)
            case Outer(left=left, right=right):
                return Shape(self._of(left, ranges).axes, self._of(right, ranges).axes)
            case Transpose(body=body):
                inner = self._of(body, ranges)
                if not inner.axes and isinstance(body, Ref) and self._may_be_labels(body.name):
                    raise _Rank(body.name, (1, 0))
                return Shape(inner.down, inner.up)
            case Diag(body=body):
                axes = self._of(body, ranges).axes
                return Shape(axes, axes)
            case Apply(function=function, args=args):
                shapes = [self._of(a, ranges) for a in args]
                self._label(function, args)
                scalar = len(args) > 1 or function.kind == "loss" or function.name in OF_VECTORS - {"softmax"}
                return SCALAR if scalar else shapes[0]
            case Stack() if is_grid(term):
                return self._grid(term, ranges)
            case Stack(items=items, across=across):
                shapes = [self._of(i, ranges) for i in items]
                if not across and all(s.down and not s.up for s in shapes):
                    for shape in shapes:
                        self._pairwise(shapes[0], shape, term.span)
                    return Shape((Affine(len(items)),), shapes[0].down)
                total = Affine()
                for shape in shapes:
                    total = total + (shape.axes[0] if shape.axes else Affine(1))
                return Shape((), (total,)) if across and not any(s.up for s in shapes) else Shape((total,))
            case Family(var=var, low=low, high=high, body=body, across=across):
                inner = self._of(body, {**ranges, var: high - low + 1})
                return Shape((), (high - low + 1,)) if across else Shape((high - low + 1,), inner.down)
            case Sum(var=var, low=low, high=high, body=body):
                size = self._fresh() if any(is_end(n) for n in high.names()) else high if low == Affine(1) else None
                return self._of(body, {**ranges, var: size} if size is not None else ranges)
            case Prod(body=body):
                return self._of(body, ranges)
            case Cases(branches=branches):
                return self._sum(tuple(b for b, _ in branches), ranges)
            case Deriv(of=of, by=by):
                a, b = self._of(of, ranges), self._of(by, ranges)
                if not a.axes and len(b.axes) == 2:  # noqa: PLR2004
                    return Shape((b.axes[0],), (b.axes[1],))
                if not a.axes and term.layout == "gradient":
                    return b
                return Shape(b.axes, a.axes) if term.layout == "denominator" else Shape(a.axes, b.axes)

    def _may_be_labels(self, name: str) -> bool:
        """Whether a name with the letter of a loss, which nothing defines or states, may be a column of labels."""
        known = name in self.stated or name in self._ranks or name in self._defined
        return not known and not self.scalar and letter_of(name) in LOSS_LETTERS and name in self.temporal

    def _grid(self, term: Stack, ranges: Mapping[str, Affine]) -> Shape:
        """Rows of cells; in several rows and columns they are numbers, in one row they may be columns."""
        rows = cells_of(term)
        shapes = [[self._of(cell, ranges) for cell in row] for row in rows]
        flat = [shape for row in shapes for shape in row]
        columns = Affine(len(rows[0]))
        if not any(shape.axes for shape in flat):
            return Shape((), (columns,)) if len(rows) == 1 else Shape((Affine(len(rows)),), (columns,))
        for cell in (cell for row in rows for cell in row):
            free = isinstance(cell, Ref) and cell.name not in self.stated and cell.name not in self._ranks
            if len(rows) > 1 and free and isinstance(cell, Ref) and cell.name not in self._defined:
                raise _Rank(cell.name, (0, 0))
        if len(rows) > 1 or any(shape.down or not shape.up for shape in flat):
            raise Conflict("a matrix made of blocks", term.span)
        if stand_above(rows[0]):
            return Shape((sum((shape.up[0] for shape in flat), Affine()),))
        for shape in flat:
            self._pairwise(flat[0], shape, term.span)
        return Shape(flat[0].up, (columns,))

    def _entry(self, term: Entry, ranges: Mapping[str, Affine]) -> Shape:
        body = self._of(term.body, ranges)
        if len(body.axes) < len(term.indices):
            if isinstance(term.body, Ref) and term.body.name not in self.stated and not self.scalar:
                raise _Rank(term.body.name, (1, 1) if len(term.indices) == 2 else (1, 0))  # noqa: PLR2004
            return SCALAR
        kept = []
        for index, axis in zip(term.indices, body.axes, strict=False):
            if index is None:
                kept.append(axis)
            elif len(index.parts) == 1 and not index.const and (size := ranges.get(index.parts[0][0])) is not None:
                self._may_unify(size, axis, term.span)
        return Shape((*kept, *body.axes[len(term.indices) :]))

    def _may_unify(self, size: Affine, axis: Affine, span: Span | None) -> None:
        """The end of a sum tells the size of an axis that is not known yet."""
        if any(is_unknown(n) for n in (self._resolve(size) - self._resolve(axis)).names()):
            self._unify(size, axis, span)

    def _sum(self, items: Sequence[Term], ranges: Mapping[str, Affine]) -> Shape:
        found: Shape | None = None
        for item in items:
            shape = self._of(item, ranges)
            if _loose(item):
                continue
            if found is None:
                found = shape
            elif len(found.axes) == len(shape.axes):
                self._pairwise(found, shape, item.span)
            elif len(found.axes) == 2 and _is_row(shape):  # noqa: PLR2004 - a matrix has two axes
                self._unify(found.axes[1], shape.axes[0], item.span)
                self.broadcast.add(self._name)
            else:
                bare = item.body if isinstance(item, Neg) else item
                name = bare.name if isinstance(bare, Ref) else None
                if name is not None and name not in self.stated and name not in self._ranks:
                    bias = name not in self.temporal and (len(found.axes), len(shape.axes)) == (2, 1)
                    raise _Rank(name, (0, 1) if bias else (len(found.up), len(found.down)))
                raise Conflict(f"a sum of something {self._words(found)} and something {self._words(shape)}", item.span)
        return SCALAR if found is None else found

    def _label(self, function: Function, args: Sequence[Term]) -> None:
        r"""A label that a loss compares with what is predicted for it, `y` of `\hat y_t`, has the shape of that."""
        names = [a.name for a in args if isinstance(a, Ref)]
        if function.kind == "loss" and len(names) == 2 and behind(names[0], r"\hat") == names[1]:  # noqa: PLR2004
            prediction, label = map(self._shape, names)
            if len(prediction.axes) == len(label.axes):
                self._pairwise(prediction, label, None)
            elif names[1] not in {*self.stated, *self._defined, *self._ranks}:
                raise _Rank(names[1], (len(prediction.up), len(prediction.down)))

    def _pairwise(self, a: Shape, b: Shape, span: Span | None) -> None:
        if len(a.axes) != len(b.axes):
            raise Conflict(f"something {self._words(a)} against something {self._words(b)}", span)
        for x, y in zip(a.axes, b.axes, strict=True):
            self._unify(x, y, span)

    def _product(self, a: Shape, b: Shape, span: Span | None) -> Shape:
        if not a.axes or not b.axes:
            return a if a.axes else b
        if len(a.down) == len(b.up):
            for x, y in zip(a.down, b.up, strict=True):
                self._unify(x, y, span)
            return Shape(a.up, b.down)
        if len(a.axes) == len(b.axes) == 1 and (len(a.up), len(b.up)) in {(1, 1), (0, 0)}:
            self._unify(a.axes[0], b.axes[0], span)  # `-y_t * log(p_t)`: an inner product
            return a if "entrywise" in self._now else SCALAR
        raise Conflict(f"a product of something {self._words(a)} and something {self._words(b)}", span)

    def _hadamard(self, a: Shape, b: Shape, span: Span | None) -> Shape:
        if not a.axes or not b.axes:
            return a if a.axes else b
        self._pairwise(a, b, span)
        return a

    def _words(self, shape: Shape) -> Shape:
        return Shape(tuple(map(self._resolve, shape.up)), tuple(map(self._resolve, shape.down)))

    # names for what stayed unknown

    def _name_sizes(self, mentioned: Sequence[Term]) -> None:
        r"""`\sum_{i=1}^{D}` over the entries of one axis, whose size nothing else says, and of no other: it is `D`."""
        counted: dict[str, list[Affine]] = {}
        for name, of, place in (found for term in mentioned for found in sizes_counted(term)):
            axes = self._shapes[of.name].axes if of.name in self._shapes else ()
            if place < len(axes):
                counted.setdefault(name, []).append(self._resolve(axes[place]))
        known = {n for shape in self._shapes.values() for axis in shape.axes for n in self._resolve(axis).names()}
        taken = known | set(self._shapes)
        for name, sizes in counted.items():
            size = sizes[0].parts[0][0] if len(sizes[0].parts) == 1 else ""
            if name not in taken and is_unknown(size) and all(s == Affine.of(size) for s in sizes):
                self._bound.setdefault(size, Affine.of(name))

    def _named(self, names: Sequence[str]) -> dict[str, Shape]:
        shapes = {n: self._words(self._shapes[n]) for n in names}
        order = sorted(names, key=lambda n: (n not in self.temporal, len(shapes[n].axes) > 1, len(n), n))
        renamed: dict[str, Affine] = {}
        taken = {n for shape in shapes.values() for axis in shape.axes for n in axis.names()}
        for name in order:
            for axis in shapes[name].axes:
                for free in sorted(axis.names(), key=lambda n: (len(n), n)):
                    if is_unknown(free) and free not in renamed:
                        size = _size_name(name, taken)
                        taken.add(size)
                        renamed[free] = Affine.of(size)
        return {
            n: Shape(tuple(a.put(renamed) for a in s.up), tuple(a.put(renamed) for a in s.down))
            for n, s in shapes.items()
        }


def _is_total(size: Affine) -> bool:
    """A sum of sizes, which is positive whatever they are; `[h; x]` is as long as both, and neither is a difference."""
    return size.const >= 0 and all(factor > 0 for _, factor in size.parts)


def _size_name(quantity: str, taken: Collection[str]) -> str:
    letters = "".join(c for c in quantity if c.isalnum()) or "x"
    for word in ("hat", "tilde", "bar", "mathbf", "mathcal"):
        letters = letters.replace(word, "") or letters
    name, number = f"n_{letters}", 2
    while name in taken:
        name, number = f"n_{letters}{number}", number + 1
    return name


def _usual_rank(name: str, *, temporal: bool, given: bool) -> tuple[int, int]:
    """Axes up and down by the letter; a capital of losses that is `given` and nothing differentiates is a matrix."""
    base = stem_of(name)
    if base in LOSS_LETTERS:
        matrix = base in {"C", "E"} or (given and base in {"L", "J"})
        return (1, 1) if matrix and not temporal else (0, 0)
    if temporal:
        return (1, 0)
    core = base.removeprefix("\\hat{").removeprefix("\\tilde{").removeprefix("\\bar{").rstrip("}")
    if core in GREEK:
        return (0, 0)
    return (1, 1) if core[:1].isupper() or (core.startswith("\\") and core[1:2].isupper()) else (1, 0)


def _is_column(shape: Shape) -> bool:
    return not shape.down and len(shape.up) == 1


def _is_row(shape: Shape) -> bool:
    return not shape.up and len(shape.down) == 1


def varying_weights(definitions: Collection[Definition], temporal: frozenset[str]) -> frozenset[str]:
    """Capitals with a step that nothing defines, before a small letter with a step: the `W_t` of `W_t h_{t-1}`."""
    defined = {d.name for d in definitions}
    products = [x for d in definitions for x in walk(d.body) if isinstance(x, Mul)]
    return frozenset(
        x.left.name
        for x in products
        if isinstance(x.left, Ref)
        and x.left.name in temporal - defined
        and stem_of(x.left.name)[:1].isupper()
        and isinstance(x.right, Ref)
        and x.right.name in temporal
        and stem_of(x.right.name)[:1].islower()
    )


def _is_capital(name: str) -> bool:
    return stem_of(name)[:1].isupper() and stem_of(name) not in LOSS_LETTERS


def _loose(term: Term) -> bool:
    """A number or constant that stands for any shape."""
    if isinstance(term, Neg):
        return _loose(term.body)
    if isinstance(term, Mul):
        return any(isinstance(x, Constant) and x.kind == "identity" for x in (term.left, term.right))
    return isinstance(term, Num | Constant)


def names_in(terms: Sequence[Term]) -> list[str]:
    """The quantities that some terms mention, each once, in order."""
    return list(dict.fromkeys(x.name for t in terms for x in walk(t) if isinstance(x, Ref)))
