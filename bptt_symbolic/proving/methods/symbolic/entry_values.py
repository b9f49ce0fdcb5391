"""Term, indices -> form: the value of one entry of a term.

Indices are handed down: a product makes a new bound index for each axis that it contracts, a transpose exchanges the
indices, a diagonal matrix is a delta. Quantities that are not states are replaced by their definitions.
"""

from dataclasses import replace

from bptt_symbolic.meaning.names import internal
from bptt_symbolic.meaning.terms import (
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
from bptt_symbolic.proving.methods.symbolic import applied_functions as functions
from bptt_symbolic.proving.methods.symbolic.axes import ONE_SIZE, Indices
from bptt_symbolic.proving.methods.symbolic.defined import Defined
from bptt_symbolic.proving.methods.symbolic.domains import close, distance
from bptt_symbolic.proving.methods.symbolic.forms import (
    UNIT,
    Atom,
    Form,
    Index,
    Time,
    Unprovable,
    bound,
    fresh,
    instance,
    number,
    scaled,
    single,
    times,
)
from bptt_symbolic.proving.methods.symbolic.patterns import pattern_of
from bptt_symbolic.proving.methods.symbolic.reduce import residual
from bptt_symbolic.proving.methods.symbolic.scope import Names, turned, use_of
from bptt_symbolic.proving.methods.symbolic.shaping import Shapes
from bptt_symbolic.proving.methods.symbolic.world import Context, World

MOST_POWER = 8
MOST_KEPT = 20_000
"""Terms of earlier claims that are remembered."""
MARKED = internal("marked")
"""Name of the index that a one-hot label marks."""


class Values(Defined):
    """Values of terms in one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
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
                return self.value(term.body, idx[1:], self.member(term, idx, names))
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

    def _product(self, left: Term, right: Term, idx: Indices, names: Names) -> Form:
        a, b = self.shapes.of(left), self.shapes.of(right)
        if not a.axes or not b.axes:
            return times(
                self.broadcast(left, idx if a.axes else (), names), self.broadcast(right, idx if b.axes else (), names)
            )
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

    def _contracted(
        self, left: Term, right: Term, before_: Indices, after: Indices, axes: tuple[Affine, ...], names: Names
    ) -> Form:
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

    def _applied(self, term: Apply, idx: Indices, names: Names) -> Form:
        function = term.function
        if (inside := self.at_label(term)) is not None:
            return self.value(inside, idx, names)
        if function.mixes(len(term.args)):
            atom, _ = self.mixing(term, idx, names)
            return single(atom)
        if len(term.args) > 1:
            raise Unprovable(f"{function.called} of {len(term.args)} arguments")
        arg = term.args[0]
        if function.name == "softmax":
            return self._softmax(term, idx, names)
        if function.name == "logsumexp":
            entry = self._softmax_entry(term)
            return functions.logsumexp(self.world, self.value(arg, (entry,), names), entry, names.cons)
        if function.name == "sum":
            axes = self.shapes.of(arg).axes
            return [p for inner, vs in self.variables(axes) for p in bound(self.value(arg, inner, names), vs)]
        return self.scalar(term, self.value(arg, idx, names), 0, idx, names)

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
        if not function.own:
            return functions.scalar(self.world, function.name, function.order + more, arg, names.cons)
        component: Index | None = None
        if function.index is not None:
            shape = self.shapes.of(term.args[0])
            component = idx[0] if shape.axes and function.index == Affine() else names.index(function.index)
            if len(shape.axes) > 1:
                raise Unprovable("a function by entries of a matrix, with an index")
        return functions.generic(self.world, function.called, function.order + more, arg, names.cons, component)

    def _softmax(self, term: Apply, idx: Indices, names: Names) -> Form:
        entry = self._softmax_entry(term)
        return functions.softmax(self.world, self.value(term.args[0], (entry,), names), entry, idx[0], names.cons)

    def _softmax_entry(self, term: Apply) -> Index:
        """A new index along the vector that softmax, or log-sum-exp, is taken of."""
        axes = self.shapes.of(term.args[0]).axes
        if term.function.order or len(axes) != 1 or axes[0] in self.world.partitions:
            raise Unprovable(f"a {term.function.name} of something that is not a plain vector")
        return fresh(str(axes[0]))

    def mixing(self, term: Apply, idx: Indices, names: Names) -> tuple[Atom, tuple[object, ...]]:
        """The value of a function of several numbers at once as an atom, and what its slopes have in common with it."""
        function = term.function
        if function.order:
            raise Unprovable(f"a prime on {function.called}, which has several arguments")
        patterns: list[int] = []
        stamps: list[Time] = []
        places: list[Index] = []
        for arg in term.args:
            axes = self.shapes.of(arg).axes
            if any(axis in self.world.partitions for axis in axes):
                raise Unprovable(f"an argument of {function.called} that is made of parts")
            entries = tuple(fresh(str(axis)) for axis in axes)
            found = pattern_of(self.world, self.value(arg, entries, names), names.cons, *entries)
            patterns.append(found[0])
            stamps.extend(found[1])
            places.extend(found[2])
        step = self._step(term, names) if function.kind == "loss" else None
        stamps.extend([] if step is None else [step])
        output = idx if function.kind == "vector" and len(term.args) == 1 else ()
        kind = ("mix", function.called, tuple(patterns), step is None)
        return Atom(self.world.kind(*kind), tuple(stamps), (*output, *places)), kind

    def _step(self, term: Apply, names: Names) -> Time | None:
        """A generic loss may differ from step to step: the step of its first argument that has one."""
        for arg in term.args:
            if isinstance(arg, Ref) and arg.time is not None:
                return names.time(arg.time)
        return None

    # sums, products, cases

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
            return self.running_product(term, idx, names)
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
