"""Term, indices -> form: the value of one entry of a term.

Indices are handed down: a product makes a new bound index for each axis that it contracts, a transpose exchanges the
indices, a diagonal matrix is a delta. Quantities that are not states are replaced by their definitions.
"""

from dataclasses import replace
from itertools import product as every

from bptt_symbolic.methods.symbolic import functions
from bptt_symbolic.methods.symbolic.domains import close, distance, implies
from bptt_symbolic.methods.symbolic.forms import (
    IMPOSSIBLE,
    ONE,
    UNIT,
    Atom,
    Constraint,
    Form,
    Index,
    Mono,
    Time,
    Unprovable,
    before,
    bound,
    equal,
    fresh,
    fresh_time,
    guarded,
    instance,
    not_after,
    number,
    scaled,
    single,
    sort_of,
    split,
    times,
)
from bptt_symbolic.methods.symbolic.patterns import pattern_of
from bptt_symbolic.methods.symbolic.reduce import normal, residual
from bptt_symbolic.methods.symbolic.scope import Names, index_of, turned, use_of
from bptt_symbolic.methods.symbolic.shaping import Shapes
from bptt_symbolic.methods.symbolic.world import STAMP, Context, World
from bptt_symbolic.network import Definition
from bptt_symbolic.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
    Condition,
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
    rebuild,
    walk,
)

Indices = tuple[Index, ...]
MOST_POWER = 8
MOST_KEPT = 20_000
"""Terms of earlier claims that are remembered."""
MOST_NUMBERS = 12
"""Values of a bound index over a range of numbers that are written out."""
ONE_SIZE = Affine(1)
MARKED = "%marked"
"""Name of the index that a one-hot label marks."""


class Values:
    """Values of terms in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = world.network
        self.shapes = Shapes(world.network)
        self._templates: dict[tuple[str, Indices, bool], Form] = {}
        self._open: set[str] = set()
        self._turned: dict[int, tuple[Term, Sum | Prod]] = {}
        self._sizes: dict[int, tuple[Term, Prod]] = {}
        self._pulled: dict[int, tuple[Term, Term | None]] = {}

    def forget(self) -> None:
        """Drop what is kept about the terms of earlier claims, once it is much."""
        if len(self._pulled) + len(self._turned) + len(self._sizes) + len(self.shapes) > MOST_KEPT:
            self.shapes = Shapes(self.network)
            self._pulled, self._turned, self._sizes = {}, {}, {}

    def value(self, term: Term, idx: Indices, names: Names) -> Form:  # noqa: C901, PLR0912 - one case a constructor
        """The entry of a term at given indices (up, then down)."""
        match term:
            case Num(value=value):
                return number(value)
            case Count(value=value):
                return self._count(value, names)
            case Constant(kind=kind, size=size):
                return self._constant(kind, size, idx)
            case Indicator(conditions=conditions):
                return self.indicator(conditions, names)
            case Ref(name=name, time=time):
                return self.quantity(name, None if time is None else names.time(time), idx, names)
            case Entry():
                return self.value(term.body, self.entry_indices(term, idx, names), names)
            case AtLabel(body=left, label=right) | Inner(left=left, right=right):
                return self._contracted(left, right, (), (), self.shapes.of(left).axes, names)
            case Add(items=items):
                return [part for item in items for part in self.broadcast(item, idx, names)]
            case Neg(body=body):
                return scaled(self.value(body, idx, names), -1)
            case Mul(left=left, right=right):
                return self._product(left, right, idx, names)
            case Hadamard(left=left, right=right):
                return times(self.broadcast(left, idx, names), self.broadcast(right, idx, names))
            case Outer(left=left, right=right):
                rank = len(self.shapes.of(left).axes)
                return times(self.value(left, idx[:rank], names), self.value(right, idx[rank:], names))
            case Divide(left=left, right=right):
                if (inside := self.at_label(term)) is not None:
                    return self.value(inside, idx, names)
                divisor = functions.inverse(self.world, self.broadcast(right, idx, names), names.cons)
                return times(self.broadcast(left, idx, names), divisor)
            case Power():
                return self._power(term, idx, names)
            case Transpose(body=body):
                return self.value(body, self.transposed(body, idx), names)
            case Diag(body=body):
                if not self.shapes.of(body).axes:
                    return self.value(body, (), names)
                return times(single(self.world.delta(*idx)), self.value(body, idx[:1], names))
            case Apply():
                return self._applied(term, idx, names)
            case Stack():
                found = self.part(term, idx)
                return self.value(found[0], found[1], names)
            case Family():
                return self.value(term.body, (), self.member(term, idx, names))
            case Sum() | Prod():
                forward = self.forward(term)
                return self._sum(forward, idx, names) if isinstance(forward, Sum) else self._prod(forward, idx, names)
            case Cases(branches=branches):
                return self._cases(branches, idx, names)
            case SameEntry():
                raise Unprovable("whether two entries are the same place")
            case Deriv():
                return self.derivative(term, idx, names)

    def derivative(self, term: Deriv, idx: Indices, names: Names) -> Form:
        """The entry of a derivative."""
        raise NotImplementedError

    def broadcast(self, term: Term, idx: Indices, names: Names) -> Form:
        """The entry of a term, or a scalar that stands for every entry."""
        if idx and not self.shapes.of(term).axes:
            if isinstance(term, Constant) and term.kind == "identity":
                raise Unprovable("an identity matrix of unknown size")
            return self.value(term, (), names)
        return self.value(term, idx, names)

    def variables(self, axes: tuple[Affine, ...]) -> list[tuple[Indices, tuple[str, ...]]]:
        """New indices over some axes, with the variables to bind; several where an axis is a stack."""
        return [
            (tuple(i for i, _ in choice), tuple(b for _, bs in choice for b in bs))
            for choice in every(*(self._axis(axis) for axis in axes))
        ]

    def _axis(self, axis: Affine) -> list[tuple[Index, tuple[str, ...]]]:
        parts = self.world.partitions.get(axis)
        if parts is None:
            variable = fresh(str(axis))
            return [(variable, (variable,))]
        found: list[tuple[Index, tuple[str, ...]]] = []
        for offset, size in parts:
            if size == ONE_SIZE:
                found.append((f"{offset + 1}|", ()))
            else:
                variable = fresh(str(size))
                found.append((f"{offset}|{variable}", (variable,)))
        return found

    def free_indices(self, axis: Affine, tail: str) -> list[Index]:
        """Every index that stands for any entry of an axis: one for each part of a stack."""
        parts = self.world.partitions.get(axis)
        if parts is None:
            return [f"{axis}:{tail}"]
        return [f"{offset + 1}|" if size == ONE_SIZE else f"{offset}|{size}:{tail}" for offset, size in parts]

    def encoded(self, index: Index, axis: Affine) -> Index:
        """An index as an atom shows it: a part of a stack always with its offset."""
        if "|" not in index and sort_of(index) != str(axis) and axis in self.world.partitions:
            return f"0|{index}"
        return index[2:] if index.startswith("0|") and axis not in self.world.partitions else index

    # quantities

    def quantity(self, name: str, time: Time | None, idx: Indices, names: Names) -> Form:
        """An entry of a quantity: an atom if it is given or a state, else by its definition."""
        shape = self.network.shapes[name]
        idx = tuple(self.encoded(i, axis) for i, axis in zip(idx, shape.axes, strict=True))
        definition = self.network.definitions.get(name)
        if definition is None or name in self.network.states:
            return single(Atom(self.world.kind("q", name), () if time is None else (time,), idx))
        return self._defined(definition, time, idx, names)

    def _defined(self, definition: Definition, time: Time | None, idx: Indices, names: Names) -> Form:
        """An instance of the template of a definition."""
        name = definition.name
        running = time is not None and self.has_started(time, names)
        places = tuple(f"{offset}|{sort_of(v)}:#{n}" if offset and v else f"{sort_of(v)}:#{n}" if v else i
                       for n, i in enumerate(idx) for offset, v in (split(i),))
        key = (name, places, running)
        if key not in self._templates:
            self._templates[key] = self._template(definition, places, running=running)
        env = {split(p)[1]: split(i)[1] for p, i in zip(places, idx, strict=True) if split(i)[1]}
        return instance(self._templates[key], env, {} if time is None else {STAMP: time})

    def has_started(self, time: Time, names: Names) -> bool:
        """Whether a time is known to be that of a step."""
        needed = not_after(("", self.network.start), time)
        if not time[0]:
            return time[1] >= self.network.start
        closure = close(names.cons)
        return closure is not None and implies(closure, needed)

    def _template(self, definition: Definition, places: Indices, *, running: bool) -> Form:
        if definition.name in self._open:
            raise Unprovable(f"{definition.name} is defined by itself")
        self._open.add(definition.name)
        try:
            names = self.inside(definition, places, (STAMP, 0), running=running)
            body = self.body(definition, places, names)
            return [(c, m) for m, c in normal(self.world, Context(names.cons), body).items()]
        finally:
            self._open.discard(definition.name)

    def inside(self, definition: Definition, idx: Indices, time: Time, *, running: bool) -> Names:
        """The names inside of a definition."""
        names = Names()
        if definition.var is not None:
            names = names.at(definition.var, time)
            if running:
                names = names.where(not_after(("", self.network.start), time))
        for name, index in zip(definition.indices, idx, strict=False):
            offset, variable = split(index)
            if offset and offset != "0":
                raise Unprovable("an entry of a stack that is defined by entries")
            names = names.placed(name, (Affine(), variable))
        return names

    def body(self, definition: Definition, idx: Indices, names: Names) -> Form:
        """The entry of the body of a definition."""
        if definition.indices:
            return self.value(definition.body, (), names)
        return self.broadcast(definition.body, idx, names)

    # constructors

    def _count(self, value: Affine, names: Names) -> Form:
        total = number(value.const)
        for name, factor in value.parts:
            if name == LAST or name in names.times:
                atom = Atom(self.world.kind("time"), (names.time(Affine.of(name)),), ())
            elif name in names.places:
                raise Unprovable(f"the index {name} as a number")
            else:
                atom = Atom(self.world.kind("size", name), (), ())
            total = [*total, *scaled(single(atom), factor)]
        return total

    def _constant(self, kind: str, size: Affine | None, idx: Indices) -> Form:
        if kind == "zero":
            return []
        if kind == "identity" and idx and size is not None:
            return single(self.world.delta(*idx))
        return UNIT

    def entry_indices(self, term: Entry, idx: Indices, names: Names) -> Indices:
        """All indices of the body of an entry."""
        rest = iter(idx)
        axes = self.shapes.of(term.body).axes
        given = (*term.indices, *(None,) * (len(axes) - len(term.indices)))
        return tuple(next(rest) if i is None else names.index(i) for i in given)

    def transposed(self, body: Term, idx: Indices) -> Indices:
        """The indices of the body of a transpose."""
        down = len(self.shapes.of(body).down)
        return idx[down:] + idx[:down]

    def _product(self, left: Term, right: Term, idx: Indices, names: Names) -> Form:
        a, b = self.shapes.of(left), self.shapes.of(right)
        if not a.axes or not b.axes:
            return times(self.broadcast(left, idx if a.axes else (), names), self.broadcast(right, idx if b.axes else (), names))
        if a.down != b.up:
            raise Unprovable("a product of unequal sizes")
        left, right = self._sized(left), self._sized(right)
        return self._contracted(left, right, idx[: len(a.up)], idx[len(a.up) :], a.down, names)

    def _sized(self, term: Term) -> Term:
        """An ordered product as a factor: when it is empty, it is the identity of the other factor's size."""
        if not isinstance(term, Prod) or term.size is not None:
            return term
        held = self._sizes.get(id(term))
        if held is None:
            held = self._sizes[id(term)] = (term, replace(term, size=self.shapes.of(term).axes[0]))
        return held[1]

    def _contracted(self, left: Term, right: Term, before_: Indices, after: Indices, axes: tuple[Affine, ...], names: Names) -> Form:
        total: Form = []
        for inner, variables in self.variables(axes):
            a, b = self.value(left, before_ + inner, names), self.value(right, inner + after, names)
            total += bound(times(a, b), variables)
        return total

    def _power(self, term: Power, idx: Indices, names: Names) -> Form:
        shape = self.shapes.of(term.body)
        matrix = bool(shape.up and shape.down) and not term.entrywise
        if term.exponent.parts:
            return self.symbolic_power(term, idx, names)
        exponent = term.exponent.const
        if abs(exponent) > MOST_POWER or (matrix and exponent < 0):
            raise Unprovable(f"the power {exponent}")
        if not matrix:
            return functions.power(self.world, self.value(term.body, idx, names), exponent, names.cons)
        return self.matrix_power(term.body, exponent, idx, names)

    def matrix_power(self, body: Term, exponent: int, idx: Indices, names: Names) -> Form:
        """`A^n` by its factors."""
        if not exponent:
            return single(self.world.delta(*idx))
        total: Form = []
        if exponent == 1:
            return self.value(body, idx, names)
        for inner, variables in self.variables(self.shapes.of(body).down):
            rest = self.matrix_power(body, exponent - 1, (*inner, idx[1]), names)
            total += bound(times(self.value(body, (idx[0], *inner), names), rest), variables)
        return total

    def symbolic_power(self, term: Power, idx: Indices, names: Names) -> Form:
        """`A^(t-k)`."""
        raise NotImplementedError

    def running_product(self, term: Prod, idx: Indices, names: Names) -> Form:
        """An ordered product over symbolic bounds."""
        raise NotImplementedError

    def part(self, term: Stack, idx: Indices) -> tuple[Term, Indices]:
        """The item of a stack in which an entry stands, and the entry in it."""
        offset, variable = split(idx[0])
        position = Affine()
        for item in term.items:
            axes = () if term.across else self.shapes.of(item).axes
            if not axes and not variable and offset == str(position + 1):
                return item, ()
            if axes and variable and (offset or "0") == str(position) and sort_of(variable) == str(axes[0]):
                return item, (variable,)
            position = position + (axes[0] if axes else 1)
        raise Unprovable("an entry of a stack that is in no part of it")

    def member(self, term: Family, idx: Indices, names: Names) -> Names:
        """The names inside of a list of entries, at one entry of it."""
        if use_of(term.var, term.body) == "time":
            raise Unprovable("a list of entries over time")
        if term.low.parts:
            raise Unprovable("a list of entries that starts at a size")
        offset, variable = split(idx[0])
        before_first = term.low - 1
        if not variable:
            return names.placed(term.var, (self._literal(offset) + before_first, ""))
        if offset and offset != "0":
            raise Unprovable("a part of a list of entries")
        return names.placed(term.var, (before_first, variable))

    def _literal(self, text: str) -> Affine:
        if text.lstrip("-").isdigit():
            return Affine(int(text))
        known = {str(axis): axis for shape in self.network.shapes.values() for axis in shape.axes}
        if text in known:
            return known[text]
        raise Unprovable(f"the entry {text}")

    def _applied(self, term: Apply, idx: Indices, names: Names) -> Form:
        function = term.function
        if (inside := self.at_label(term)) is not None:
            return self.value(inside, idx, names)
        if self.mixes(function, len(term.args)):
            atom, _ = self.mixing(term, idx, names)
            return single(atom)
        arg = term.args[0]
        if function.name == "softmax":
            return self._softmax(term, idx, names)
        if function.name == "sum":
            axes = self.shapes.of(arg).axes
            return [p for inner, vs in self.variables(axes) for p in bound(self.value(arg, inner, names), vs)]
        return self.scalar(term, self.value(arg, idx, names), 0, idx, names)

    def mixes(self, function: Function, arguments: int) -> bool:
        """Whether a function of the note's own takes all entries of its arguments at once."""
        return function.generic and (function.vector or arguments > 1 or function.name.startswith("loss"))

    def at_label(self, term: Apply | Divide) -> Term | None:
        r"""`f(a_y) = \sum_i y_i f(a_i)`, a function of the entry that a one-hot label marks; None where it is no such
        thing.
        """
        if id(term) in self._pulled:
            return self._pulled[id(term)][1]
        inside = self._at_label(term)
        self._pulled[id(term)] = (term, inside)
        return inside

    def _at_label(self, term: Apply | Divide) -> Term | None:
        parts = [p for p in walk(term) if isinstance(p, AtLabel) and p.label.name in self.world.assumptions.one_hot]
        labels = {p.label for p in parts}
        if len(labels) != 1 or self.shapes.of(term).axes:
            return None
        label = labels.pop()
        bound_names = {p.var for p in walk(term) if isinstance(p, Sum | Prod | Family)}
        if label.time is not None and bound_names & label.time.names():
            return None
        here = Affine.of(MARKED)
        inside = _marked(term, label.name, here)
        self.world.note(f"{label.name} is one-hot: a function of the marked entry is the marked value of the function")
        size = self.network.shapes[label.name].axes[0]
        return Sum(MARKED, ONE_SIZE, size, Mul(Entry(label, (here,)), inside))

    def scalar(self, term: Apply, arg: Form, more: int, idx: Indices, names: Names) -> Form:
        """A function by entries, differentiated `more` times."""
        function = term.function
        if not function.generic:
            return functions.scalar(self.world, function.name, function.order + more, arg, names.cons)
        component: Index | None = None
        if function.index is not None:
            shape = self.shapes.of(term.args[0])
            component = idx[0] if shape.axes else names.index(function.index)
            if len(shape.axes) > 1:
                raise Unprovable("a function by entries of a matrix, with an index")
        return functions.generic(self.world, function.name, function.order + more, arg, names.cons, component)

    def _softmax(self, term: Apply, idx: Indices, names: Names) -> Form:
        axes = self.shapes.of(term.args[0]).axes
        if term.function.order or len(axes) != 1 or axes[0] in self.world.partitions:
            raise Unprovable("a softmax of something that is not a plain vector")
        entry = fresh(str(axes[0]))
        return functions.softmax(self.world, self.value(term.args[0], (entry,), names), entry, idx[0], names.cons)

    def mixing(self, term: Apply, idx: Indices, names: Names) -> tuple[Atom, tuple[object, ...]]:
        """The value of a function of several numbers at once as an atom, and what its slopes have in common with it."""
        function = term.function
        if function.order:
            raise Unprovable(f"a prime on {function.name}, which has several arguments")
        patterns: list[int] = []
        stamps: list[Time] = []
        places: list[Index] = []
        for arg in term.args:
            axes = self.shapes.of(arg).axes
            if len(axes) > 1 or any(axis in self.world.partitions for axis in axes):
                raise Unprovable(f"an argument of {function.name} that is not a plain vector")
            entry = fresh(str(axes[0])) if axes else None
            form = self.value(arg, () if entry is None else (entry,), names)
            found = pattern_of(self.world, form, names.cons, entry)
            patterns.append(found[0])
            stamps.extend(found[1])
            places.extend(found[2])
        step = self._step(term, names) if function.name.startswith("loss") else None
        stamps.extend([] if step is None else [step])
        output = idx if function.vector and len(term.args) == 1 else ()
        kind = ("mix", function.name, tuple(patterns), step is None)
        return Atom(self.world.kind(*kind), tuple(stamps), (*output, *places)), kind

    def _step(self, term: Apply, names: Names) -> Time | None:
        """A generic loss may differ from step to step: the step of its first argument that has one."""
        for arg in term.args:
            if isinstance(arg, Ref) and arg.time is not None:
                return names.time(arg.time)
        return None

    # sums, products, cases

    def ranges(self, var: str, low: Affine, high: Affine, inside: tuple[Term, ...], names: Names) -> list[tuple[Names, tuple[str, ...], tuple[str, ...], tuple[Constraint, ...]]]:
        """What a bound name runs over: the names inside, the indices and times to bind, and the constraints."""
        use = use_of(var, *inside) or ("place" if high.names() & set(self.network.sizes) else "time")
        if use == "time":
            time = fresh_time()
            cons = (not_after(names.time(low), (time, 0)), not_after((time, 0), names.time(high)))
            return [(names.at(var, (time, 0)).where(*cons), (), (time,), cons)]
        if any(n in names.places or n in names.times for n in low.names() | high.names()):
            raise Unprovable(f"an index {var} between other indices")
        if not low.parts and not high.parts:
            if high.const - low.const > MOST_NUMBERS:
                raise Unprovable(f"an index {var} with too many values")
            return [(names.placed(var, (Affine(n), "")), (), (), ()) for n in range(low.const, high.const + 1)]
        offset = low - 1
        size = high - offset
        if not size.parts or any(c < 0 for _, c in size.parts) or size.const < 0 or offset.const:
            raise Unprovable(f"an index {var} from {low} to {high}")
        found = []
        for inner, variables in self.variables((high - offset,)):
            head, variable = split(inner[0])
            more = Affine() if not head or head == "0" else self._offset(head, high - offset)
            place = (offset + more, variable)
            found.append((names.placed(var, place), variables, (), ()))
        return found

    def _offset(self, text: str, axis: Affine) -> Affine:
        for offset, size in self.world.partitions[axis]:
            if text in {str(offset), str(offset + 1)} and (text == str(offset)) == (size != ONE_SIZE):
                return offset if size != ONE_SIZE else offset + 1
        raise Unprovable("an unknown part of a stack")

    def forward(self, term: Sum | Prod) -> Sum | Prod:
        """A sum or product that counts forward."""
        held = self._turned.get(id(term))
        if held is None:
            held = self._turned[id(term)] = (term, turned(term))
        return held[1]

    def _sum(self, term: Sum, idx: Indices, names: Names) -> Form:
        total: Form = []
        for inner, places, stamps, cons in self.ranges(term.var, term.low, term.high, (term.body,), names):
            part = self.broadcast(term.body, idx, inner)
            if term.where:
                part = times(self.indicator(term.where, inner), part)
            total += bound(part, places, stamps, cons)
        return total

    def _prod(self, term: Prod, idx: Indices, names: Names) -> Form:
        if idx and term.size is None:
            raise Unprovable("a product of matrices that may be empty, of unknown size")
        use = use_of(term.var, term.body)
        if use == "place":
            raise Unprovable("a product over entries")
        low, high = names.time(term.low), names.time(term.high)
        closure = close(names.cons)
        length = None if closure is None else distance(closure, high, low)
        if length is None:
            return self.running_product(term, idx, names)
        if length >= MOST_POWER:
            raise Unprovable("a product of too many factors")
        stamps = [(low[0], low[1] + n) for n in range(length + 1)]
        return self.ordered(term, stamps[::-1] if term.newest else stamps, idx, names)

    def ordered(self, term: Prod, stamps: list[Time], idx: Indices, names: Names) -> Form:
        """A product of the body at given times, from left to right."""
        if not stamps:
            if idx and (len(idx) != 2 or not self.shapes.of(term.body).down):  # noqa: PLR2004 - a matrix
                raise Unprovable("an empty product of vectors")
            return single(self.world.delta(*idx)) if idx else UNIT
        head = names.at(term.var, stamps[0])
        if len(stamps) == 1 or not idx:
            first = self.value(term.body, idx, head)
            return first if len(stamps) == 1 else times(first, self.ordered(term, stamps[1:], idx, names))
        total: Form = []
        for inner, variables in self.variables(self.shapes.of(term.body).down):
            rest = self.ordered(term, stamps[1:], (*inner, *idx[1:]), names)
            total += bound(times(self.value(term.body, (*idx[:1], *inner), head), rest), variables)
        return total

    def indicator(self, conditions: tuple[Condition, ...], names: Names) -> Form:
        """One where all conditions hold, else zero."""
        total = UNIT
        for condition in conditions:
            total = times(total, self._condition(condition, names))
        return total

    def _condition(self, condition: Condition, names: Names) -> Form:
        involved = condition.left.names() | condition.right.names()
        if involved and all(n in names.times or n == LAST for n in involved):
            return self._timing(condition, names)
        if not involved:
            return number(int(condition.holds({})))
        if condition.relation in {"<", "<="}:
            return self._order(condition, names)
        same = self._same(names.place(condition.left), names.place(condition.right))
        return same if condition.relation == "=" else [*UNIT, *scaled(same, -1)]

    def _timing(self, condition: Condition, names: Names) -> Form:
        a, b = names.time(condition.left), names.time(condition.right)
        match condition.relation:
            case "=":
                return guarded(equal(a, b))
            case "!=":
                return [*guarded((before(a, b),)), *guarded((before(b, a),))]
            case "<":
                return guarded((before(a, b),))
            case "<=":
                return guarded((not_after(a, b),))

    def _same(self, a: tuple[Affine, str], b: tuple[Affine, str]) -> Form:
        """Whether two indices are equal; only where both are known to be in the other's range."""
        (p, v), (q, w) = a, b
        if v and w and p == q and sort_of(v) == sort_of(w):
            return single(self.world.delta(v, w)) if v != w else UNIT
        if (v and w and p != q and self._below(p, v, q)) or (v and w and p != q and self._below(q, w, p)):
            return []
        for (offset, variable), (value, other) in ((a, b), (b, a)):
            if variable and not other and offset == Affine() and str(value) in {"1", sort_of(variable)}:
                return single(self.world.delta(variable, index_of((value, ""))))
        raise Unprovable("whether two indices of different ranges are equal")

    def _below(self, offset: Affine, variable: str, other: Affine) -> bool:
        """Whether `offset + variable <= other` for all values."""
        return str(other - offset) == sort_of(variable)

    def _order(self, condition: Condition, names: Names) -> Form:
        """An order between an index and a size, decided by the part of the stack that the index is in."""
        a, b = names.place(condition.left), names.place(condition.right)
        less = condition.relation == "<"
        if a[1] and not b[1]:
            low, high = a[0] + 1, self._top(a)
            if _never_less(b[0], high + int(less)):
                return UNIT
            if _never_less(low, b[0] + int(not less)):
                return []
        if b[1] and not a[1]:
            low, high = b[0] + 1, self._top(b)
            if _never_less(low, a[0] + int(less)):
                return UNIT
            if _never_less(a[0], high + int(not less)):
                return []
        raise Unprovable("an order between indices")

    def _top(self, place: tuple[Affine, str]) -> Affine:
        text = sort_of(place[1])
        return place[0] + (Affine(int(text)) if text.isdigit() else self._literal(text))

    def _cases(self, branches: tuple[tuple[Term, tuple[Condition, ...]], ...], idx: Indices, names: Names) -> Form:
        total: Form = []
        left = UNIT
        for body, conditions in branches:
            here = self.indicator(conditions, names)
            total += times(instance(times(left, here), {}, {}), self.broadcast(body, idx, names))
            left = times(left, [*UNIT, *scaled(here, -1)])
        if residual(self.world, Context(names.cons), left):
            raise Unprovable("cases that leave something out")
        return total


def _marked(term: Term, label: str, here: Affine) -> Term:
    """The term with the entry at an index in place of the entry that a label marks."""
    if isinstance(term, AtLabel) and term.label.name == label:
        return Entry(_marked(term.body, label, here), (here,))
    return rebuild(term, lambda child: _marked(child, label, here))


def _never_less(a: Affine, b: Affine) -> bool:
    """Whether `a >= b` for all sizes, which are at least one."""
    gap = a - b
    return all(c > 0 for _, c in gap.parts) and gap.const + sum(c for _, c in gap.parts) >= 0


__all__ = ["IMPOSSIBLE", "ONE", "Mono", "Values"]
