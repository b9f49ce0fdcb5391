"""Array operations -> graph: values that vary with time and batch, each made once.

A value has axes for its data (`dims`) and may vary with the step (`time`) and with the sequence (`batch`); both are
flags, so that one graph stands for one step and for the whole sequence. `Delay` reads a variable at another step,
before (lag > 0, a recurrence) or after (lag < 0, its adjoint); it names the variable, so that the graph has no cycle.

Products are contractions with letters for data axes: `Contract("ij", "j", "i")` is a matrix times a vector, for every
step and sequence that its arguments have.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.numeric.numeric_error import NumericError

ONE = Fraction(1)
STEP, STEPS, SEQUENCES = "#step", "#steps", "#sequences"
"""Names in integer expressions: the current step, how many steps and sequences there are. No size is called so."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Data axes in the specification of a product."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where a value lives: the sizes of its data axes, and whether it varies with the step and the sequence."""

    dims: tuple[Affine, ...] = ()
    time: bool = False
    batch: bool = False

    def within(self, dims: tuple[Affine, ...]) -> "Space":
        """The same steps and sequences with other data axes."""
        return Space(dims, self.time, self.batch)


@dataclass(frozen=True, slots=True)
class Given:
    """An argument; an input is read `offset` steps later than the current one."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A rational constant."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Count:
    """An integer expression in sizes, `T`, `STEP`, `STEPS` and `SEQUENCES`."""

    value: Affine


@dataclass(frozen=True, slots=True)
class Delay:
    """A variable `lag` steps before the current one."""

    variable: str
    lag: int


@dataclass(frozen=True, slots=True)
class Map:
    """A scalar function by entries."""

    name: str


@dataclass(frozen=True, slots=True)
class Raise:
    """An integer power by entries."""

    exponent: int


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of arguments with coefficients; an argument without data axes is added to every entry."""

    coefficients: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """The product of two arguments, letters for their data axes; summed over letters, steps, sequences not kept."""

    left: str
    right: str
    out: str
    over_time: bool = False
    over_batch: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over data axes that are not kept, over all steps, over all sequences."""

    before: str
    after: str
    over_time: bool = False
    over_batch: bool = False


@dataclass(frozen=True, slots=True)
class Arrange:
    """Data axes in another order, with new ones along which nothing changes."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Normalised:
    """`softmax`, `log_softmax` or `logsumexp` along the last data axis, stable for numbers of any size."""

    name: str


@dataclass(frozen=True, slots=True)
class Join:
    """Arguments one after another along the last data axis."""


@dataclass(frozen=True, slots=True)
class Part:
    """The entries `low .. high - 1` (from 0) of a data axis."""

    axis: int
    low: Affine
    high: Affine


@dataclass(frozen=True, slots=True)
class Pad:
    """Zeros along a data axis, with the argument from entry `low` on."""

    axis: int
    low: Affine


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity matrix."""


@dataclass(frozen=True, slots=True)
class Mask:
    """1 at the steps `low .. high`, else 0."""

    low: Affine
    high: Affine


@dataclass(frozen=True, slots=True)
class At:
    """The value at one step; with `or_zero`, zero where there is no such step."""

    time: Affine
    or_zero: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Zero, except for the argument at one step."""

    time: Affine


Op = (
    Given
    | Number
    | Count
    | Delay
    | Map
    | Raise
    | Linear
    | Contract
    | Total
    | Arrange
    | Normalised
    | Join
    | Part
    | Pad
    | Identity
    | Mask
    | At
    | Place
)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value: what is done to which others. Nodes are compared by identity; a graph makes each once."""

    op: Op
    args: tuple["Node", ...]
    space: Space


@dataclass(slots=True)
class Graph:
    """The nodes made so far, and the named variables that `Delay` reads."""

    variables: dict[str, Node] = field(default_factory=dict)
    _made: dict[tuple[object, ...], Node] = field(default_factory=dict)

    def node(self, op: Op, args: Iterable[Node], space: Space) -> Node:
        """The node of an operation as it is; the other methods simplify first."""
        kept = tuple(args)
        return self._made.setdefault((op, *map(id, kept), space), Node(op, kept, space))

    def number(self, value: Fraction | int) -> Node:
        """A constant."""
        return self.node(Number(Fraction(value)), (), Space())

    def count(self, value: Affine) -> Node:
        """An integer expression; it varies with time if it reads the current step."""
        if not value.parts:
            return self.number(value.const)
        return self.node(Count(value), (), Space((), time=STEP in value.names()))

    def map(self, name: str, x: Node) -> Node:
        """A function by entries; logarithms of exponentials, of softmax and of sigmoid are taken in one stable step."""
        match name, x.op:
            case "log", Map("exp"):
                return x.args[0]
            case "log", Normalised("softmax"):
                return self.normalised("log_softmax", x.args[0])
            case "log", Map("sigmoid"):
                return self.scaled(self.map("softplus", self.scaled(x.args[0], -1)), -1)
            case "log", Total(before, after, False, False) if (
                isinstance(x.args[0].op, Map) and x.args[0].op.name == "exp" and before[:-1] == after
            ):
                return self.normalised("logsumexp", x.args[0].args[0])
            case "reciprocal", Number(value) if value:
                return self.number(1 / value)
        return self.node(Map(name), (x,), x.space)

    def normalised(self, name: str, x: Node) -> Node:
        """Softmax and its relatives along the last data axis."""
        space = x.space.within(x.space.dims[:-1]) if name == "logsumexp" else x.space
        return self.node(Normalised(name), (x,), space)

    def power(self, x: Node, exponent: int) -> Node:
        """An integer power by entries."""
        if exponent < 0:
            return self.power(self.map("reciprocal", x), -exponent)
        if exponent <= 1:
            return x if exponent else self.number(1)
        if isinstance(x.op, Number):
            return self.number(x.op.value**exponent)
        return self.node(Raise(exponent), (x,), x.space)

    def scaled(self, x: Node, factor: Fraction | int) -> Node:
        """A rational multiple."""
        return self.linear([(Fraction(factor), x)])

    def added(self, *items: Node) -> Node:
        """A sum."""
        return self.linear([(ONE, item) for item in items])

    def linear(self, parts: Iterable[tuple[Fraction, Node]]) -> Node:
        """A sum with coefficients: multiples are opened, equal arguments and numbers are collected."""
        found: dict[Node, Fraction] = {}
        constant = Fraction(0)
        for factor, item in _opened(parts):
            if isinstance(item.op, Number):
                constant += factor * item.op.value
            else:
                found[item] = found.get(item, Fraction(0)) + factor
        found = {item: factor for item, factor in found.items() if factor}
        if constant or not found:
            if not found:
                return self.number(constant)
            found[self.number(1)] = constant
        if len(found) == 1 and set(found.values()) == {ONE}:
            return next(iter(found))
        spaces = [item.space for item in found]
        dims = max((s.dims for s in spaces), key=len)
        space = Space(dims, any(s.time for s in spaces), any(s.batch for s in spaces))
        return self.node(Linear(tuple(found.values())), tuple(found), space)

    def contract(
        self, a: Node, b: Node, left: str, right: str, out: str, *, over_time: bool = False, over_batch: bool = False
    ) -> Node:
        """A product; numbers scale, letters of one factor alone are summed first, softmax is recognised."""
        sizes = dict(zip(left, a.space.dims, strict=True))
        for letter, size in zip(right, b.space.dims, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise NumericError(f"a product of unequal sizes, {sizes[letter]} and {size}", "check the shapes")
        a, left = self._narrowed(a, left, right + out)
        b, right = self._narrowed(b, right, left + out)
        if known := "".join(k for k in out if k not in left + right):
            kept = "".join(k for k in out if k not in known)
            made = self.contract(a, b, left, right, kept, over_time=over_time, over_batch=over_batch)
            return self.arranged(made, kept, out, sizes)
        time, batch = a.space.time or b.space.time, a.space.batch or b.space.batch
        over_time, over_batch = over_time and time, over_batch and batch
        for x, y, mine in ((a, b, right), (b, a, left)):
            if isinstance(x.op, Number) and not x.space.dims:
                return self.scaled(self.total(y, mine, out, over_time=over_time, over_batch=over_batch), x.op.value)
            if isinstance(x.op, Linear) and len(x.args) == 1:
                one, two = (x.args[0], b) if x is a else (a, x.args[0])
                made = self.contract(one, two, left, right, out, over_time=over_time, over_batch=over_batch)
                return self.scaled(made, x.op.coefficients[0])
        if (whole := self._as_softmax(a, b, left + right == out)) is not None and not over_time and not over_batch:
            return whole
        space = Space(tuple(sizes[k] for k in out), time and not over_time, batch and not over_batch)
        if (joined := self._distributed(a, b, (left, right, out), (over_time, over_batch))) is not None:
            return joined
        return self.node(Contract(left, right, out, over_time, over_batch), (a, b), space)

    def _narrowed(self, x: Node, own: str, others: str) -> tuple[Node, str]:
        """Without axes along which nothing changes, and without letters that nobody else knows."""
        if isinstance(x.op, Arrange):
            inner = {new: old for new, old in zip(own, x.op.after, strict=True) if old in x.op.before}
            order = {old: new for new, old in inner.items()}
            if set(own) - set(inner) <= set(others):
                return x.args[0], "".join(order[old] for old in x.op.before)
        kept = "".join(k for k in own if k in others)
        return (x, own) if kept == own else (self.total(x, own, kept), kept)

    def _as_softmax(self, a: Node, b: Node, plain: bool) -> Node | None:  # noqa: FBT001 - one condition of the rule
        """`exp(z) / sum exp(z)` is `softmax(z)`."""
        for x, y in ((a, b), (b, a)):
            match x.op, y.op:
                case Map("exp"), Map("reciprocal"):
                    total = y.args[0]
                    if plain and isinstance(total.op, Total) and total.args == (x,) and len(x.space.dims) == 1:
                        return self.normalised("softmax", x.args[0])
        return None

    def _distributed(self, a: Node, b: Node, letters: tuple[str, str, str], over: tuple[bool, bool]) -> Node | None:
        """A matrix times a joined vector is a sum of products, each of which may be known earlier than the others."""
        left, right, out = letters
        for x, y, mine, other in ((a, b, left, right), (b, a, right, left)):
            if not isinstance(x.op, Join) or len(x.space.dims) != 1 or mine in out:
                continue
            axis, start, parts = other.index(mine), Affine(), []
            for item in x.args:
                stop = start + item.space.dims[0]
                piece = self.part(y, axis, start, stop)
                one, two = (item, piece) if x is a else (piece, item)
                parts.append(self.contract(one, two, left, right, out, over_time=over[0], over_batch=over[1]))
                start = stop
            return self.added(*parts)
        return None

    def times(self, a: Node, b: Node) -> Node:
        """The product by entries; an argument without data axes scales."""
        left = "ijklmn"[: len(a.space.dims)]
        right = "ijklmn"[: len(b.space.dims)]
        return self.contract(a, b, left, right, max(left, right, key=len))

    def total(self, x: Node, before: str, after: str, *, over_time: bool = False, over_batch: bool = False) -> Node:
        """A sum over axes; steps or sequences along which nothing changes are counted."""
        over_time, over_batch = over_time and x.space.time, over_batch and x.space.batch
        if before == after and not over_time and not over_batch:
            return x
        sizes = dict(zip(before, x.space.dims, strict=True))
        if set(before) == set(after) and not over_time and not over_batch:
            return self.arranged(x, before, after, sizes)
        if isinstance(x.op, Linear) and len(x.args) == 1:
            inner = self.total(x.args[0], before, after, over_time=over_time, over_batch=over_batch)
            return self.scaled(inner, x.op.coefficients[0])
        if isinstance(x.op, Contract) and (not after or set(x.op.left + x.op.right) != set(x.op.out)):
            return self._total_of_product(x, x.op, (before, after), (over_time, over_batch))
        space = Space(tuple(sizes[k] for k in after), x.space.time and not over_time, x.space.batch and not over_batch)
        return self.node(Total(before, after, over_time, over_batch), (x,), space)

    def _total_of_product(self, x: Node, op: Contract, letters: tuple[str, str], over: tuple[bool, bool]) -> Node:
        """A sum of products is one product: its letters are renamed, those that it sums over get spare ones."""
        before, after = letters
        named = dict(zip(op.out, before, strict=True))
        spare = iter(k for k in LETTERS[::-1] if k not in before)
        for k in dict.fromkeys(op.left + op.right):
            if k not in named:
                named[k] = next(spare)
        left, right = ("".join(named[k] for k in side) for side in (op.left, op.right))
        over_time, over_batch = over[0] or op.over_time, over[1] or op.over_batch
        return self.contract(x.args[0], x.args[1], left, right, after, over_time=over_time, over_batch=over_batch)

    def arranged(self, x: Node, before: str, after: str, sizes: dict[str, Affine]) -> Node:
        """Axes in another order; `sizes` has those of new ones."""
        if before == after:
            return x
        return self.node(Arrange(before, after), (x,), x.space.within(tuple(sizes[k] for k in after)))

    def joined(self, items: list[Node]) -> Node:
        """One after another along the last data axis."""
        dims = items[0].space.dims
        length = sum((item.space.dims[-1] for item in items), Affine())
        spaces = [item.space for item in items]
        space = Space((*dims[:-1], length), any(s.time for s in spaces), any(s.batch for s in spaces))
        return items[0] if len(items) == 1 else self.node(Join(), items, space)

    def part(self, x: Node, axis: int, low: Affine, high: Affine) -> Node:
        """Entries of an axis."""
        dims = x.space.dims
        if low == Affine() and high == dims[axis]:
            return x
        return self.node(Part(axis, low, high), (x,), x.space.within((*dims[:axis], high - low, *dims[axis + 1 :])))


def _opened(parts: Iterable[tuple[Fraction, Node]]) -> Iterable[tuple[Fraction, Node]]:
    for factor, item in parts:
        if isinstance(item.op, Linear) and len(item.args) == 1:  # a longer sum may have other readers
            yield factor * item.op.coefficients[0], item.args[0]
        else:
            yield factor, item


def reachable(graph: Graph, roots: Iterable[Node]) -> list[Node]:
    """Everything that roots need, arguments first; what a `Delay` reads counts, its order does not."""
    done: dict[Node, None] = {}
    waiting = list(roots)
    while waiting:
        stack = [waiting.pop()]
        while stack:
            top = stack[-1]
            missing = [x for x in top.args if x not in done]
            if top in done or not missing:
                if top not in done and isinstance(top.op, Delay):
                    waiting.append(graph.variables[top.op.variable])
                done[stack.pop()] = None
            else:
                stack += missing
    return list(done)
