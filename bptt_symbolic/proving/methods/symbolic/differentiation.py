r"""Derivative, indices -> form: the rules of differentiation by entries, and the transfers through time.

With the states of a step held fixed at the step before, the *step* derivatives are found by the product rule inside
of one step: `J^{ab}_t` of state a by state b of step t-1, and `S^b_k` of state b by anything in step k. Then

    d a_t / d q_k   = sum_b P^{ab}(t, k) S^b_k             for k <= t, else zero
    d a_t / d theta = sum_{k = start..t} sum_b P^{ab}(t, k) S^b_k
"""

from dataclasses import dataclass, replace

from bptt_symbolic.meaning.terms import (
    LAST,
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
    walk,
)
from bptt_symbolic.proving.methods.symbolic import applied_functions as functions
from bptt_symbolic.proving.methods.symbolic.axes import Indices
from bptt_symbolic.proving.methods.symbolic.domains import close, distance, implies
from bptt_symbolic.proving.methods.symbolic.entry_values import MOST_POWER, Values
from bptt_symbolic.proving.methods.symbolic.forms import (
    UNIT,
    Atom,
    Constraint,
    Form,
    Time,
    Unprovable,
    bound,
    instance,
    not_after,
    scaled,
    single,
    times,
)
from bptt_symbolic.proving.methods.symbolic.reduce import residual
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.world import Context


@dataclass(frozen=True, slots=True)
class Seed:
    """What is varied: an entry of a quantity, and how far its effects are followed."""

    name: str
    time: Time | None
    idx: Indices
    reach: str = "total"
    """`total`, `step` (states of earlier steps than `step` are held fixed) or `direct` (everything else is)."""
    step: Time | None = None


class Slopes(Values):
    """Values and derivatives of terms in one world."""

    def derivative(self, term: Deriv, idx: Indices, names: Names) -> Form:
        """The entry of a derivative."""
        by = term.by.body if isinstance(term.by, Entry) else term.by
        if not isinstance(by, Ref):
            raise Unprovable("a derivative by something that is not a quantity")
        if by.name in self.world.assumptions.one_hot:
            raise Unprovable("a derivative by a target that the hypotheses are about")
        of_idx, by_idx = self._sides(term, idx)
        if isinstance(term.by, Entry):
            by_idx = self.entry_indices(term.by, by_idx, names)
        axes = self.network.shapes[by.name].axes
        if len(by_idx) != len(axes):
            raise Unprovable("a derivative whose entries are counted by other axes than its own")
        by_idx = tuple(self.encoded(i, axis) for i, axis in zip(by_idx, axes, strict=True))
        time = None if by.time is None else names.time(by.time)
        seed = Seed(by.name, time, by_idx)
        if term.mode == "direct":
            return self._direct(term.of, of_idx, names, replace(seed, reach="direct"))
        if term.mode == "immediate" and (step := _step_of(term.of, names)) is not None:
            seed = replace(seed, reach="step", step=step)
        return self.slope(term.of, of_idx, names, seed)

    def _sides(self, term: Deriv, idx: Indices) -> tuple[Indices, Indices]:
        of, by = len(self.shapes.of(term.of).axes), len(self.shapes.of(term.by).axes)
        if term.layout != "denominator" or not of:
            return idx[:of], idx[of:]
        return idx[by:], idx[:by]

    def _direct(self, of: Term, idx: Indices, names: Names, seed: Seed) -> Form:
        """Only the formula that defines `of` is differentiated."""
        if isinstance(of, Entry):
            return self._direct(of.body, self.entry_indices(of, idx, names), names, seed)
        if not isinstance(of, Ref):
            return self.slope(of, idx, names, seed)
        time = None if of.time is None else names.time(of.time)
        if of.name == seed.name:
            if time is not None and seed.time is not None:
                closure = close(names.cons)
                if closure is None or distance(closure, time, seed.time) is None:
                    raise Unprovable("a direct derivative at a time that is not known")
                if distance(closure, time, seed.time):
                    return self._formula(of.name, time, idx, names, seed)
            return self.itself(idx, seed)
        return self._formula(of.name, time, idx, names, seed)

    def _formula(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of the formula of a quantity where it is computed: a state is given before the first step."""
        if name in self.network.adjoints:
            raise Unprovable("a derivative of a derivative")
        if name not in self.network.definitions:
            return []
        guards: tuple[Constraint, ...] = ()
        if time is not None and name in self.network.states:
            guards += (not_after(("", self.network.start), time),)
        if time is not None and name in self.network.backward:
            guards += (not_after(time, (LAST, 0)),)
        inside = names.where(*guards)
        if close(inside.cons) is None:
            return []
        return bound(self.body_slope(name, time, idx, inside, seed), cons=guards)

    def varied(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of an entry of a quantity."""
        raise NotImplementedError

    def body_slope(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of the formula that defines a quantity."""
        raise NotImplementedError

    # one case a constructor

    def slope(self, term: Term, idx: Indices, names: Names, seed: Seed) -> Form:  # noqa: C901, PLR0912 - one case a constructor
        """Derivative of the entry of a term by a seed."""
        match term:
            case Num() | Count() | Constant() | Indicator():
                return []
            case Ref(name=name, time=time):
                return self.varied(name, None if time is None else names.time(time), idx, names, seed)
            case Entry():
                return self.slope(term.body, self.entry_indices(term, idx, names), names, seed)
            case AtLabel(body=left, label=right) | Inner(left=left, right=right):
                return self._inner_slope(left, right, ((), ()), self.shapes.of(left).axes, names, seed)
            case Add(items=items):
                return [part for item in items for part in self.wide(item, idx, names, seed)]
            case Neg(body=body):
                return scaled(self.slope(body, idx, names, seed), -1)
            case Mul(left=left, right=right):
                return self._product_slope(left, right, idx, names, seed)
            case Hadamard(left=left, right=right):
                return self._by_entries(left, idx, right, idx, names, seed)
            case Outer(left=left, right=right):
                rank = len(self.shapes.of(left).axes)
                return self._by_entries(left, idx[:rank], right, idx[rank:], names, seed)
            case Divide():
                return self._quotient(term, idx, names, seed)
            case Power():
                return self._power_slope(term, idx, names, seed)
            case Transpose(body=body):
                return self.slope(body, self.transposed(body, idx), names, seed)
            case Diag(body=body):
                if not self.shapes.of(body).axes:
                    return self.slope(body, (), names, seed)
                return times(single(self.world.delta(*idx)), self.slope(body, idx[:1], names, seed))
            case Apply():
                return self._applied_slope(term, idx, names, seed)
            case Stack():
                item, inner = self.part(term, idx)
                return self.slope(item, inner, names, seed)
            case Family():
                return self.slope(term.body, idx[1:], self.member(term, idx, names), seed)
            case Sum():
                return self._sum_slope(self.forward(term), idx, names, seed)
            case Cases():
                return self._cases_slope(term, idx, names, seed)
            case Prod() | SameEntry() | Deriv():
                raise Unprovable("a derivative of a product over time, or of a derivative")

    def wide(self, term: Term, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of the entry of a term, or of a scalar that stands for every entry."""
        return self.slope(term, () if not self.shapes.of(term).axes else idx, names, seed)

    def _by_entries(
        self, left: Term, at_left: Indices, right: Term, at_right: Indices, names: Names, seed: Seed
    ) -> Form:
        """`da b + a db`."""
        da, db = self.wide(left, at_left, names, seed), self.wide(right, at_right, names, seed)
        total: Form = []
        if da:
            total += times(da, self.broadcast(right, at_right, names))
        if db:
            total += times(self.broadcast(left, at_left, names), db)
        return total

    def _inner_slope(
        self,
        left: Term,
        right: Term,
        outer: tuple[Indices, Indices],
        axes: tuple[object, ...],
        names: Names,
        seed: Seed,
    ) -> Form:
        total: Form = []
        for inner, variables in self.variables(axes):  # type: ignore[arg-type]
            part = self._by_entries(left, outer[0] + inner, right, inner + outer[1], names, seed)
            total += bound(part, variables)
        return total

    def _product_slope(self, left: Term, right: Term, idx: Indices, names: Names, seed: Seed) -> Form:
        a, b = self.shapes.of(left), self.shapes.of(right)
        if not a.axes or not b.axes:
            return self._by_entries(left, idx if a.axes else (), right, idx if b.axes else (), names, seed)
        return self._inner_slope(left, right, (idx[: len(a.up)], idx[len(a.up) :]), a.down, names, seed)

    def _quotient(self, term: Divide, idx: Indices, names: Names, seed: Seed) -> Form:
        if (inside := self.at_label(term)) is not None:
            return self.slope(inside, idx, names, seed)
        inverse = functions.inverse(self.world, self.broadcast(term.right, idx, names), names.cons)
        total = times(self.wide(term.left, idx, names, seed), inverse)
        db = self.wide(term.right, idx, names, seed)
        if db:
            squared = times(instance(inverse, {}, {}), instance(inverse, {}, {}))
            total += scaled(times(times(self.broadcast(term.left, idx, names), squared), db), -1)
        return total

    def _power_slope(self, term: Power, idx: Indices, names: Names, seed: Seed) -> Form:
        shape, exponent = self.shapes.of(term.body), term.exponent
        if exponent.parts or abs(exponent.const) > MOST_POWER:
            raise Unprovable("a derivative of a power over time")
        if not (shape.up and shape.down) or term.entrywise:
            base = functions.power(self.world, self.value(term.body, idx, names), exponent.const - 1, names.cons)
            return scaled(times(base, self.slope(term.body, idx, names, seed)), exponent.const)
        total: Form = []
        for n in range(exponent.const):
            for head, first in self.variables(shape.down):
                for tail, second in self.variables(shape.down):
                    part = times(
                        self.matrix_power(term.body, n, (idx[0], *head), names),
                        self.slope(term.body, (*head, *tail), names, seed),
                    )
                    rest = self.matrix_power(term.body, exponent.const - 1 - n, (*tail, idx[1]), names)
                    total += bound(times(part, rest), first + second)
        return total

    def _applied_slope(self, term: Apply, idx: Indices, names: Names, seed: Seed) -> Form:
        function = term.function
        if (inside := self.at_label(term)) is not None:
            return self.slope(inside, idx, names, seed)
        if function.mixes(len(term.args)):
            return self._mixing_slope(term, idx, names, seed)
        arg = term.args[0]
        if function.name == "sum":
            axes = self.shapes.of(arg).axes
            return [p for inner, vs in self.variables(axes) for p in bound(self.slope(arg, inner, names, seed), vs)]
        if function.name == "softmax":
            return self._softmax_slope(term, idx, names, seed)
        if function.name == "logsumexp":
            return self._logsumexp_slope(term, names, seed)
        inner = self.slope(arg, idx, names, seed)
        if not inner:
            return []
        return times(self.scalar(term, self.value(arg, idx, names), 1, idx, names), inner)

    def _softmax_slope(self, term: Apply, idx: Indices, names: Names, seed: Seed) -> Form:
        """`p_i (delta_ij - p_j)`, contracted with the slope of the argument."""
        here = self.value(term, idx, names)
        total = times(here, self.slope(term.args[0], idx, names, seed))
        for inner, variables in self.variables(self.shapes.of(term.args[0]).axes):
            slope = self.slope(term.args[0], inner, names, seed)
            if slope:
                other = times(self.value(term, idx, names), self.value(term, inner, names))
                total += bound(scaled(times(other, slope), -1), variables)
        return total

    def _logsumexp_slope(self, term: Apply, names: Names, seed: Seed) -> Form:
        """`p_j`, contracted with the slope of the argument."""
        total: Form = []
        softmax = replace(term, function=replace(term.function, name="softmax"))
        for inner, variables in self.variables(self.shapes.of(term.args[0]).axes):
            slope = self.slope(term.args[0], inner, names, seed)
            if slope:
                total += bound(times(self._softmax(softmax, inner, names), slope), variables)
        return total

    def _mixing_slope(self, term: Apply, idx: Indices, names: Names, seed: Seed) -> Form:
        total: Form = []
        for position, arg in enumerate(term.args):
            for inner, variables in self.variables(self.shapes.of(arg).axes):
                slope = self.slope(arg, inner, names, seed)
                if not slope:
                    continue
                atom, kind = self.mixing(term, idx, names)
                partial = Atom(self.world.kind("slope", position, *kind[1:]), atom.times, (*inner, *atom.idx))
                total += bound(times(single(partial), slope), variables)
        return total

    def _sum_slope(self, term: Sum | Prod, idx: Indices, names: Names, seed: Seed) -> Form:
        total: Form = []
        for inner, places, stamps, cons in self.ranges(term.var, term.low, term.high, (term.body,), names):
            part = self.wide(term.body, idx, inner, seed)
            if isinstance(term, Sum) and term.where and part:
                part = times(self.indicator(term.where, inner), part)
            total += bound(part, places, stamps, cons)
        return total

    def _cases_slope(self, term: Cases, idx: Indices, names: Names, seed: Seed) -> Form:
        total: Form = []
        left = UNIT
        for body, conditions in term.branches:
            here = self.indicator(conditions, names)
            total += times(times(left, here), self.wide(body, idx, names, seed))
            left = times(left, [*UNIT, *scaled(here, -1)])
        if residual(self.world, Context(names.cons), left):
            raise Unprovable("cases that leave something out")
        return total

    def itself(self, idx: Indices, seed: Seed) -> Form:
        """Derivative of an entry of the seed by the seed: deltas."""
        total = UNIT
        for i, j in zip(idx, seed.idx, strict=True):
            total = times(total, single(self.world.delta(i, j)) if i != j else UNIT)
        return total


def _step_of(term: Term, names: Names) -> Time | None:
    """The latest step among the quantities of a term that are not bound inside of it."""
    found = [x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None]
    times = [names.time(t) for t in found if t.names() <= {*names.times, LAST}]
    closure = close(names.cons)
    if not times:
        return None
    for time in times:
        if closure is not None and all(implies(closure, not_after(t, time)) for t in times):
            return time
    raise Unprovable("an immediate derivative of steps without an order")
