"""Terms -> tables of dual numbers, entry by entry: the kernel's own arithmetic.

Every construct is computed from its definition by indices, in loops over plain Python lists, with a value and one
tangent an entry (forward-mode dual numbers; one direction at a time). It shares no code with the methods, on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import flint

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import (
    LAST,
    MEASURES,
    Add,
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
    Stack,
    Sum,
    Term,
    Transpose,
    free_names,
    walk,
)
from bptt_symbolic.proving.evidence import Point
from bptt_symbolic.proving.kernel.balls import Number, Unsettled, divide, quadratic, scalar
from bptt_symbolic.proving.kernel.norms import magnitude, norm

Env = Mapping[str, int]
Key = tuple[str, int | None]
"""A quantity at a step."""
ZERO, ONE = flint.fmpq(0), flint.fmpq(1)


Node = tuple[str, int | None, "Direction | None"]
"""A quantity at a step, and what is varied meanwhile."""
DEEPEST, MOST_BELOW = 30, 300
"""Quantities that are computed inside of each other, and how many such rows there may be."""
MOST_TERMS = 3_000_000
"""Terms that are computed for one side of a claim at one instance."""


class Deeper(Exception):  # noqa: N818 - no fault: something has to be computed first
    """A quantity lies so deep that it is computed by itself first, and everything above it again after that."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.node = node


@dataclass(frozen=True, slots=True)
class Pair:
    """A dual number `value + tangent * epsilon`; a tangent of None is zero."""

    value: Number
    tangent: Number | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Entries in row-major order over the axes up, then down."""

    up: tuple[int, ...]
    down: tuple[int, ...]
    cells: list[Pair]

    @property
    def dims(self) -> tuple[int, ...]:
        """All axes."""
        return self.up + self.down


@dataclass(frozen=True, slots=True)
class Direction:
    """One entry of one quantity that is varied, and which steps are held fixed meanwhile."""

    name: str
    time: int | None
    entry: int
    only_step: int | None = None
    """Immediate: what belongs to another step than this is held fixed."""
    frozen_all: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """A polynomial that stood for a function of the note's own."""

    name: str
    step: int | None
    component: int | None
    """Which component, from 1; None for a function of one number that is the same in every entry."""
    arguments: int = 0
    """How many numbers a quadratic form takes; 0 for a polynomial in one."""


def plus(a: Pair, b: Pair) -> Pair:
    """Sum of dual numbers."""
    tangent = a.tangent if b.tangent is None else b.tangent if a.tangent is None else a.tangent + b.tangent
    return Pair(a.value + b.value, tangent)


def times(a: Pair, b: Pair) -> Pair:
    """Product of dual numbers: `(ab, a'b + ab')`."""
    if a.tangent is None and b.tangent is None:
        return Pair(a.value * b.value)
    left = None if a.tangent is None else a.tangent * b.value
    right = None if b.tangent is None else a.value * b.tangent
    return Pair(a.value * b.value, right if left is None else left if right is None else left + right)


def over(a: Pair, b: Pair) -> Pair:
    """Quotient of dual numbers: `(a/b, (a' - (a/b) b')/b)`."""
    value = divide(a.value, b.value)
    if a.tangent is None and b.tangent is None:
        return Pair(value)
    rise = (ZERO if a.tangent is None else a.tangent) - (ZERO if b.tangent is None else value * b.tangent)
    return Pair(value, divide(rise, b.value))


def _count(dims: tuple[int, ...]) -> int:
    n = 1
    for d in dims:
        n *= d
    return n


class Tables:
    """A network at one point."""

    def __init__(self, network: Network, point: Point) -> None:
        self.network, self.point = network, point
        self.base: Env = {**point.sizes, LAST: point.steps}
        self.used: dict[Key, Table] = {}
        """Every given quantity that was looked at."""
        self.computed: set[str] = set()
        """Names of the quantities that were computed by a definition."""
        self.functions: dict[Instance, None] = {}
        """Every polynomial that stood for a function of the note's own, in the order of their use."""
        self._nodes: dict[tuple[str, int | None, Direction | None], Table] = {}
        self._spent = 0
        self._open: set[Key] = set()
        self._reads: dict[Key, frozenset[Key]] = {}
        """Quantity -> what was looked at to compute it; with a derivative, everything that was differentiated."""
        self._looking: list[set[Key]] = []
        self._reached: dict[Key, tuple[set[Key], set[Key]]] = {}
        """Quantity -> others that are known to depend on it, and others that are known not to."""
        self._free: dict[int, tuple[Term, tuple[str, ...]]] = {}  # the term is kept, so that its id stays its own
        self._derivatives: dict[tuple[object, ...], list[Table]] = {}

    def table(self, term: Term, env: Env) -> Table:
        """The entries of a term at an assignment of its free names."""
        self._spent = 0
        below: list[Node] = []
        while True:
            try:
                if not below:
                    return self._of(term, {**self.base, **env}, None)
                self._node(*below[-1])
                below.pop()
            except Deeper as reason:
                if reason.node in below:
                    raise Unsettled(f"{reason.node[0]} is defined by itself") from None
                if len(below) > MOST_BELOW:
                    raise Unsettled(
                        f"more than {MOST_BELOW * DEEPEST} quantities, one computed from the other"
                    ) from None
                below.append(reason.node)

    def _of(self, term: Term, env: Env, way: Direction | None) -> Table:  # noqa: C901, PLR0912
        self._spent += 1
        if self._spent > MOST_TERMS:
            raise Unsettled(f"more than {MOST_TERMS} terms to compute")
        match term:
            case Num(value=value):
                return _one(flint.fmpq(value.numerator, value.denominator))
            case Count(value=count):
                return _one(flint.fmpq(count.at(env)))
            case Indicator(conditions=conditions):
                return _one(ONE if all(c.holds(env) for c in conditions) else ZERO)
            case Ref(name=name, time=time):
                return self._node(name, None if time is None else time.at(env), way)
            case Constant():
                return _constant(term, env)
            case Entry():
                return self._entry(term, env, way)
            case AtLabel(body=left, label=right) | Inner(left=left, right=right):
                a, b = self._of(left, env, way), self._of(right, env, way)
                return _scalar(_total(times(x, y) for x, y in zip(a.cells, b.cells, strict=True)))
            case Add(items=items):
                return _sum([self._of(item, env, way) for item in items])
            case Neg(body=body):
                return _each(self._of(body, env, way), lambda x: times(Pair(flint.fmpq(-1)), x))
            case Mul(left=left, right=right):
                return product(self._of(left, env, way), self._of(right, env, way))
            case Hadamard(left=left, right=right):
                return _entrywise(self._of(left, env, way), self._of(right, env, way), times)
            case Divide(left=left, right=right):
                return _entrywise(self._of(left, env, way), self._of(right, env, way), over)
            case Outer(left=left, right=right):
                a, b = self._of(left, env, way), self._of(right, env, way)
                return Table(a.dims, b.dims, [times(x, y) for x in a.cells for y in b.cells])
            case Power():
                return self._power(term, env, way)
            case Transpose(body=body):
                return transposed(self._of(body, env, way))
            case Diag(body=body):
                return _diagonal(self._of(body, env, way))
            case Apply():
                return self._apply(term, env, way)
            case Stack(items=items, across=across):
                return _stacked([self._of(item, env, way) for item in items], across=across)
            case Family(var=var, across=across):
                return _stacked([self._of(term.body, {**env, var: i}, way) for i in _range(term, env)], across=across)
            case Sum(var=var):
                inner = [{**env, var: i} for i in _range(term, env)]
                parts = [self._of(term.body, e, way) for e in inner if all(c.holds(e) for c in term.where)]
                return _sum(parts) if parts else _one(ZERO)
            case Prod(var=var, newest=newest):
                order = reversed(_range(term, env)) if newest else _range(term, env)
                result: Table | None = None
                for i in order:
                    factor = self._of(term.body, {**env, var: i}, way)
                    result = factor if result is None else product(result, factor)
                if result is None:
                    return _one(ONE) if term.size is None else _unit((term.size.at(env),))
                return result
            case Cases(branches=branches):
                for body, conditions in branches:
                    if all(c.holds(env) for c in conditions):
                        return self._of(body, env, way)
                raise Unsettled("no case applies")
            case SameEntry():
                raise Unsettled("whether two entries are the same place")
            case Deriv():
                if way is not None:
                    raise Unsettled("a derivative of a derivative")
                return self._derivative(term, env)

    def _node(self, name: str, time: int | None, way: Direction | None) -> Table:
        if self._looking:
            self._looking[-1].add((name, time))
        key = (name, time, way)
        if key not in self._nodes:
            self._nodes[key] = self._fresh(name, time, way)
        return self._nodes[key]

    def _fresh(self, name: str, time: int | None, way: Direction | None) -> Table:
        if way is not None:
            plain = self._node(name, time, None)
            if (name, time) == (way.name, way.time):
                cells = [Pair(c.value, ONE if i == way.entry else None) for i, c in enumerate(plain.cells)]
                return Table(plain.up, plain.down, cells)
            held = time is not None and way.only_step is not None and time != way.only_step
            if way.frozen_all or held or not self._depends((name, time), (way.name, way.time)):
                return plain
        return self._computed(name, time, way)

    def _depends(self, on: Key, what: Key) -> bool:
        """Whether one quantity was looked at to compute another, directly or on the way."""
        reached, apart = self._reached.setdefault(what, ({what}, set()))
        seen, todo = {on}, [on]
        while todo:
            key = todo.pop()
            if key in reached:
                reached.add(on)
                return True
            more = self._reads.get(key, frozenset()) - seen - apart
            seen |= more
            todo += more
        apart |= seen
        return False

    def _computed(self, name: str, time: int | None, way: Direction | None) -> Table:
        shape = self.network.shapes.get(name)
        if shape is None:
            raise Unsettled(f"{name} has no definition that can be used")
        up, down = (tuple(a.at(self.base) for a in axes) for axes in (shape.up, shape.down))
        rule = self.network.rule(name, time, self.point.steps)
        if rule is None:
            return self._given(name, time, up, down)
        self.computed.add(name)
        if (name, time) in self._open:
            raise Unsettled(f"{name} is defined by itself")
        if len(self._open) >= DEEPEST:
            raise Deeper((name, time, way))
        self._open.add((name, time))
        self._looking.append(set())
        try:
            env = self.base if rule.var is None or time is None else {**self.base, rule.var: time}
            if not rule.indices:
                return _shaped(self._of(rule.body, env, way), up, down)
            envs = [dict(zip(rule.indices, (i + 1 for i in place), strict=True)) for place in _places(up + down)]
            return Table(up, down, [self._of(rule.body, {**env, **e}, way).cells[0] for e in envs])
        finally:
            self._open.discard((name, time))
            looked = self._looking.pop()
            if way is None:
                self._reads[name, time] = frozenset(looked)

    def _given(self, name: str, time: int | None, up: tuple[int, ...], down: tuple[int, ...]) -> Table:
        """What is not computed: a number for each entry, or zero for a derivative outside of the sequence."""
        network = self.network
        if name not in network.given_after and (name in network.adjoints or name in network.backward):
            return Table(up, down, [Pair(ZERO)] * _count(up + down))
        cells = [Pair(x) for x in self.point.given(name, time, up + down, state=name in network.states)]
        if len(cells) != _count(up + down):
            raise Unsettled(f"{len(cells)} numbers for {name}, which has {_count(up + down)} entries")
        self.used[name, time] = table = Table(up, down, cells)
        return table

    def _entry(self, term: Entry, env: Env, way: Direction | None) -> Table:
        return _picked(self._of(term.body, env, way), [None if i is None else i.at(env) - 1 for i in term.indices])

    def _power(self, term: Power, env: Env, way: Direction | None) -> Table:
        body, n = self._of(term.body, env, way), term.exponent.at(env)
        matrix = bool(body.up and body.down) and not term.entrywise
        if n < 0 and matrix:
            raise Unsettled("a negative power of a matrix")
        unit = _unit(body.up) if matrix else Table(body.up, body.down, [Pair(ONE)] * len(body.cells))
        result = unit
        for _ in range(abs(n)):
            result = product(result, body) if matrix else _entrywise(result, body, times)
        return _entrywise(unit, result, over) if n < 0 else result

    def _apply(self, term: Apply, env: Env, way: Direction | None) -> Table:
        args = [self._of(a, env, way) for a in term.args]
        function, first = term.function, args[0]
        if len(args) > 1 and not function.own:
            raise Unsettled(f"{function.name} of {len(args)} arguments")
        index = None if function.index is None else function.index.at(env)
        if function.name == "softmax" and not function.order:
            return _softmax(first)
        if function.name == "logsumexp" and not function.order:
            return _scalar(_lifted("log", _total(iter(_exponentials(first)))))
        if function.name == "sum":
            return _scalar(_total(iter(first.cells)))
        if function.name in MEASURES:
            return _measured(function, first)
        if function.mixes(len(args)):
            if function.order:
                raise Unsettled(f"a prime on {function.called}, which has several arguments")
            step = _step(term, env) if function.kind == "loss" else None
            vector = function.kind == "vector" and len(args) == 1
            width = sum(len(a.cells) for a in args)
            outputs = len(first.cells) if vector else 1
            self.functions |= dict.fromkeys(Instance(function.called, step, i + 1, width) for i in range(outputs))
            return _mixing(function.called, step, args, vector=vector)
        cells = []
        for number, cell in enumerate(first.cells):
            component = None if function.index is None else index or number + 1
            if function.own:
                self.functions[Instance(function.called, None, component)] = None
            value, slope = scalar(function, component, cell.value)
            cells.append(Pair(value, None if cell.tangent is None else slope * cell.tangent))
        return Table(first.up, first.down, cells)

    def _derivative(self, term: Deriv, env: Env) -> Table:
        entry = isinstance(term.by, Entry)
        by = term.by.body if isinstance(term.by, Entry) else term.by
        if not isinstance(by, Ref):
            raise Unsettled("a derivative by something that is not a quantity")
        time = None if by.time is None else by.time.at(env)
        shape = self._node(by.name, time, None)
        self._of(term.of, env, None)  # looked at here, whether or not its derivative is known already
        columns = self._columns(term, by.name, time, env)
        if isinstance(term.of, Entry) and isinstance(term.of.body, Ref):
            columns = [_picked(c, [None if i is None else i.at(env) - 1 for i in term.of.indices]) for c in columns]
        dims = shape.dims
        if entry and isinstance(term.by, Entry):
            fixed = [None if i is None else i.at(env) - 1 for i in term.by.indices]
            fixed += [None] * (len(dims) - len(fixed))
            keep = [all(f is None or f == p for f, p in zip(fixed, place, strict=True)) for place in _places(dims)]
            columns = [c for c, k in zip(columns, keep, strict=True) if k]
            if not columns:
                raise Unsettled("an index outside its range")
            dims = tuple(d for f, d in zip(fixed, dims, strict=True) if f is None)
        of = columns[0]
        cells = [
            Pair(ZERO if (tangent := c.cells[i].tangent) is None else tangent)
            for i in range(len(of.cells))
            for c in columns
        ]
        if not of.dims and len(dims) == 2:  # noqa: PLR2004 - the gradient by a matrix is shaped like it
            return Table(dims[:1], dims[1:], cells)
        if not of.dims and term.layout == "gradient":
            return Table(dims, (), cells) if entry else Table(shape.up, shape.down, cells)
        table = Table(of.dims, dims, cells)
        return transposed(table) if term.layout == "denominator" else table

    def _columns(self, term: Deriv, name: str, time: int | None, env: Env) -> list[Table]:
        """The numerator with its tangent, once for every entry of what it is differentiated by."""
        since = _latest(term.of, env) if term.mode == "immediate" else None
        direct = term.mode == "direct"
        of = term.of.body if isinstance(term.of, Entry) and isinstance(term.of.body, Ref) else term.of
        key = (*self._key(of, env), name, time, since, direct)
        if key not in self._derivatives:
            count = len(self._node(name, time, None).cells)
            ways = [Direction(name, time, i, since, direct) for i in range(count)]
            self._derivatives[key] = [self._direct(of, env, w) if direct else self._of(of, env, w) for w in ways]
        return self._derivatives[key]

    def _key(self, term: Term, env: Env) -> tuple[object, ...]:
        """What the entries of a term depend on."""
        if isinstance(term, Ref):
            return (term.name, None if term.time is None else term.time.at(env))
        if id(term) not in self._free:
            self._free[id(term)] = (term, tuple(sorted(free_names(term))))
        return (id(term), *(env.get(n) for n in self._free[id(term)][1]))

    def _direct(self, of: Term, env: Env, way: Direction) -> Table:
        if isinstance(of, Ref):
            time = None if of.time is None else of.time.at(env)
            if (of.name, time) != (way.name, way.time):
                return self._computed(of.name, time, way)
            return self._node(of.name, time, way)
        return self._of(of, env, way)


def _picked(body: Table, fixed: list[int | None]) -> Table:
    """Entries by index, from 0; None keeps an axis."""
    fixed = fixed + [None] * (len(body.dims) - len(fixed))
    if len(fixed) > len(body.dims):
        raise Unsettled("an entry of something with fewer axes")
    if any(i is not None and not 0 <= i < d for i, d in zip(fixed, body.dims, strict=True)):
        raise Unsettled("an index outside its range")
    if None not in fixed:
        offset = 0
        for i, d in zip(fixed, body.dims, strict=True):
            offset = offset * d + (i or 0)
        return _scalar(body.cells[offset])
    places = zip(_places(body.dims), body.cells, strict=True)
    cells = [c for place, c in places if all(f is None or f == p for f, p in zip(fixed, place, strict=True))]
    up = tuple(d for f, d in zip(fixed, body.up, strict=False) if f is None)
    down = tuple(d for f, d in zip(fixed[len(body.up) :], body.down, strict=True) if f is None)
    row = len(body.up) == 1 and len(body.down) == 1 and not up and bool(down)
    return Table(up, down, cells) if row or (up and down) else Table(up + down, (), cells)


def _latest(term: Term, env: Env) -> int | None:
    times = [x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None]
    return max((t.at(env) for t in times if t.names() <= set(env)), default=None)


def _step(term: Apply, env: Env) -> int | None:
    for arg in term.args:
        if isinstance(arg, Ref) and arg.time is not None:
            return arg.time.at(env)
    return None


def _stacked(parts: list[Table], *, across: bool) -> Table:
    """Entries one after another; rows one above the other are a matrix."""
    cells = [c for part in parts for c in part.cells]
    if across:
        return Table((), (len(cells),), cells)
    if all(part.down and not part.up for part in parts):
        if any(part.down != parts[0].down for part in parts):
            raise Unsettled("rows of different lengths one above the other")
        return Table((len(parts),), parts[0].down, cells)
    return Table((len(cells),), (), cells)


def _range(term: Sum | Prod | Family, env: Env) -> range:
    return range(term.low.at(env), term.high.at(env) + 1)


def _places(dims: tuple[int, ...]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for d in dims:
        places = [(*p, i) for p in places for i in range(d)]
    return places


def _one(value: Number) -> Table:
    return Table((), (), [Pair(value)])


def _scalar(cell: Pair) -> Table:
    return Table((), (), [cell])


def _unit(dims: tuple[int, ...]) -> Table:
    places = _places(dims)
    return Table(dims, dims, [Pair(ONE if p == q else ZERO) for p in places for q in places])


def _constant(term: Constant, env: Env) -> Table:
    if term.size is None:
        return _one(ZERO if term.kind == "zero" else ONE)
    n = term.size.at(env)
    if term.kind == "identity":
        return _unit((n,))
    return Table((n,), (), [Pair(ZERO if term.kind == "zero" else ONE)] * n)


def _total(cells: "object") -> Pair:
    total = Pair(ZERO)
    for cell in cells:  # type: ignore[attr-defined]
        total = plus(total, cell)
    return total


def _each(table: Table, op: "object") -> Table:
    return Table(table.up, table.down, [op(c) for c in table.cells])  # type: ignore[operator]


def _sum(tables: list[Table]) -> Table:
    shape = max(tables, key=lambda t: len(t.dims))
    cells = [Pair(ZERO)] * len(shape.cells)
    for table in tables:
        other = table.cells * len(cells) if not table.dims else table.cells
        cells = [plus(a, b) for a, b in zip(cells, other, strict=False)]
    return Table(shape.up, shape.down, cells)


def _entrywise(a: Table, b: Table, op: "object") -> Table:
    shape = a if a.dims else b
    n = len(shape.cells)
    left, right = (t.cells if t.dims else t.cells * n for t in (a, b))
    return Table(shape.up, shape.down, [op(x, y) for x, y in zip(left, right, strict=True)])  # type: ignore[operator]


def product(a: Table, b: Table) -> Table:
    """Contract the axes down of `a` with the axes up of `b`; a scalar scales."""
    if not a.dims or not b.dims:
        return _entrywise(a, b, times)
    if a.down != b.up:
        raise Unsettled("a product of unequal sizes")
    rows, middle, columns = _count(a.up), _count(a.down), _count(b.down)
    cells = [
        _total(times(a.cells[i * middle + k], b.cells[k * columns + j]) for k in range(middle))
        for i in range(rows)
        for j in range(columns)
    ]
    return Table(a.up, b.down, cells)


def transposed(a: Table) -> Table:
    """Axes up and down exchanged."""
    rows, columns = _count(a.up), _count(a.down)
    return Table(a.down, a.up, [a.cells[i * columns + j] for j in range(columns) for i in range(rows)])


def _diagonal(a: Table) -> Table:
    if not a.dims:
        return a
    n = len(a.cells)
    return Table((n,), (n,), [a.cells[i] if i == j else Pair(ZERO) for i in range(n) for j in range(n)])


def _shaped(table: Table, up: tuple[int, ...], down: tuple[int, ...]) -> Table:
    cells = table.cells if table.dims else table.cells * _count(up + down)
    if len(cells) != _count(up + down):
        raise Unsettled("a definition whose sides have different shapes")
    return Table(up, down, cells)


def _softmax(x: Table) -> Table:
    lifted = _exponentials(x)
    total = _total(iter(lifted))
    return Table(x.up, x.down, [over(e, total) for e in lifted])


def _exponentials(x: Table) -> list[Pair]:
    return [_lifted("exp", c) for c in x.cells]


def _lifted(name: str, x: Pair) -> Pair:
    value, slope = scalar(Function(name), None, x.value)
    return Pair(value, None if x.tangent is None else slope * x.tangent)


def _measured(function: Function, x: Table) -> Table:
    """The absolute values of the entries, or a norm."""
    if function.order or any(c.tangent is not None for c in x.cells):
        raise Unsettled("the derivative of an absolute value or a norm")
    values = [c.value for c in x.cells]
    if function.name == "abs":
        return Table(x.up, x.down, [Pair(magnitude(v)) for v in values])
    kind = function.name.removeprefix("norm_")
    if len(x.dims) > 2 and kind != "F":  # noqa: PLR2004 - a matrix has two
        raise Unsettled("a norm of something with more than two axes")
    rows, columns = (_count(x.up), _count(x.down)) if x.up and x.down else _as_a_matrix(x)
    return _one(norm(kind, rows, columns, values))


def _as_a_matrix(x: Table) -> tuple[int, int]:
    """The rows and columns of a vector, or of a gradient by a matrix, which is shaped like it."""
    if len(x.dims) == 2:  # noqa: PLR2004 - a matrix has two
        return x.dims[0], x.dims[1]
    return _count(x.up), _count(x.down)


def _mixing(name: str, step: int | None, args: list[Table], *, vector: bool) -> Table:
    numbers = [c for a in args for c in a.cells]
    outputs = len(args[0].cells) if vector else 1
    cells = []
    for i in range(outputs):
        value, gradient = quadratic(name, step, i, [c.value for c in numbers])
        tangent: Number | None = None
        for slope, c in zip(gradient, numbers, strict=True):
            if c.tangent is not None:
                tangent = slope * c.tangent if tangent is None else tangent + slope * c.tangent
        cells.append(Pair(value, tangent))
    return Table(args[0].up, args[0].down, cells) if vector else _scalar(cells[0])
