r"""Derivative, indices -> form: the rules of differentiation by entries, and the transfers through time.

With the states of a step held fixed at the step before, the *step* derivatives are found by the product rule inside
of one step: `J^{ab}_t` of state a by state b of step t-1, and `S^b_k` of state b by anything in step k. Then

    d a_t / d q_k   = sum_b P^{ab}(t, k) S^b_k             for k <= t, else zero
    d a_t / d theta = sum_{k = start..t} sum_b P^{ab}(t, k) S^b_k
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bptt_symbolic.methods.symbolic import functions
from bptt_symbolic.methods.symbolic.domains import close, distance, implies
from bptt_symbolic.methods.symbolic.forms import (
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
    instance,
    not_after,
    number,
    scaled,
    single,
    split,
    times,
)
from bptt_symbolic.methods.symbolic.reduce import normal, residual
from bptt_symbolic.methods.symbolic.scope import Names
from bptt_symbolic.methods.symbolic.values import MOST_POWER, Indices, Values
from bptt_symbolic.methods.symbolic.world import STAMP, Context, World
from bptt_symbolic.terms import (
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

SEED = "%s"
"""The free time of a seed in a template."""


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

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.chain: int | None = None
        """Number of the chain of the states."""
        self.given: dict[str, None] = {}
        """Given quantities that total derivatives of states were taken by."""
        self._effect_templates: dict[str, Form] = {}

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
        definition = self.network.definitions.get(of.name)
        if of.name == seed.name:
            if time is not None and seed.time is not None:
                closure = close(names.cons)
                if closure is None or distance(closure, time, seed.time) is None:
                    raise Unprovable("a direct derivative at a time that is not known")
                if distance(closure, time, seed.time):
                    return self._body_slope(of.name, time, idx, names, seed)
            return self._itself(idx, seed)
        if definition is None:
            return []
        return self._body_slope(of.name, time, idx, names, seed)

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
                return [part for item in items for part in self._wide(item, idx, names, seed)]
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
                return self.slope(term.body, (), self.member(term, idx, names), seed)
            case Sum():
                return self._sum_slope(self.forward(term), idx, names, seed)
            case Cases(branches=branches):
                return self._cases_slope(term, branches[0][0], idx, names, seed)
            case Prod() | SameEntry() | Deriv():
                raise Unprovable("a derivative of a product over time, or of a derivative")

    def _wide(self, term: Term, idx: Indices, names: Names, seed: Seed) -> Form:
        return self.slope(term, () if not self.shapes.of(term).axes else idx, names, seed)

    def _by_entries(self, left: Term, at_left: Indices, right: Term, at_right: Indices, names: Names, seed: Seed) -> Form:
        """`da b + a db`."""
        da, db = self._wide(left, at_left, names, seed), self._wide(right, at_right, names, seed)
        total: Form = []
        if da:
            total += times(da, self.broadcast(right, at_right, names))
        if db:
            total += times(self.broadcast(left, at_left, names), db)
        return total

    def _inner_slope(
        self, left: Term, right: Term, outer: tuple[Indices, Indices], axes: tuple[object, ...], names: Names, seed: Seed
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
        total = times(self._wide(term.left, idx, names, seed), inverse)
        db = self._wide(term.right, idx, names, seed)
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
        if self.mixes(function, len(term.args)):
            return self._mixing_slope(term, idx, names, seed)
        arg = term.args[0]
        if function.name == "sum":
            axes = self.shapes.of(arg).axes
            return [p for inner, vs in self.variables(axes) for p in bound(self.slope(arg, inner, names, seed), vs)]
        if function.name == "softmax":
            return self._softmax_slope(term, idx, names, seed)
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
            part = self._wide(term.body, idx, inner, seed)
            if isinstance(term, Sum) and term.where and part:
                part = times(self.indicator(term.where, inner), part)
            total += bound(part, places, stamps, cons)
        return total

    def _cases_slope(self, term: Cases, first: Term, idx: Indices, names: Names, seed: Seed) -> Form:
        del first
        total: Form = []
        left = UNIT
        for body, conditions in term.branches:
            here = self.indicator(conditions, names)
            total += times(times(left, here), self._wide(body, idx, names, seed))
            left = times(left, [*UNIT, *scaled(here, -1)])
        if residual(self.world, Context(names.cons), left):
            raise Unprovable("cases that leave something out")
        return total

    # quantities

    def varied(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of an entry of a quantity."""
        idx = tuple(self.encoded(i, axis) for i, axis in zip(idx, self.network.shapes[name].axes, strict=True))
        if name in self.network.adjoints:
            raise Unprovable("a derivative of a derivative")
        state = name in self.network.states
        if state and seed.reach == "total":
            return self._state(name, self._timed(time), idx, seed)
        total = self._met(time, idx, seed) if name == seed.name else []
        if (name == seed.name and time is None) or name not in self.network.definitions or seed.reach == "direct":
            return total
        if seed.reach == "step" and time is not None and self._held(time, names, seed):
            return total
        guards: tuple[Constraint, ...] = ()
        if time is not None and seed.time is not None:
            guards += (before(seed.time, time) if name == seed.name else not_after(seed.time, time),)
        if state:
            guards += (not_after(("", self.network.start), self._timed(time)),)
        inside = names.where(*guards)
        if guards and close(inside.cons) is None:
            return total
        return total + bound(self._body_slope(name, time, idx, inside, seed), cons=guards)

    def _timed(self, time: Time | None) -> Time:
        if time is None:
            raise Unprovable("a state without a time")
        return time

    def _itself(self, idx: Indices, seed: Seed) -> Form:
        total = UNIT
        for i, j in zip(idx, seed.idx, strict=True):
            total = times(total, single(self.world.delta(i, j)) if i != j else UNIT)
        return total

    def _met(self, time: Time | None, idx: Indices, seed: Seed) -> Form:
        """The seed itself: deltas, where the times are equal."""
        if time is None or seed.time is None:
            return self._itself(idx, seed)
        return bound(self._itself(idx, seed), cons=equal(time, seed.time))

    def _held(self, time: Time, names: Names, seed: Seed) -> bool:
        """Whether a time is that of an earlier step, whose states are held fixed."""
        closure = close(names.cons)
        if seed.step is None or closure is None:
            raise Unprovable("an immediate derivative without a step")
        if implies(closure, before(time, seed.step)):
            return True
        if implies(closure, not_after(seed.step, time)):
            return False
        raise Unprovable("an immediate derivative through steps that cannot be told apart")

    def _body_slope(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        definition = self.network.definitions[name]
        key = f"d {name} at {time} by {seed.name}, {seed.reach} {seed.step}"
        if key in self._open:
            raise Unprovable(f"{name} is defined by itself")
        self._open.add(key)
        try:
            running = time is not None and self.has_started(time, names)
            inside = self.inside(definition, idx, time if time is not None else (STAMP, 0), running=running).where(*names.cons)
            if definition.indices:
                return self.slope(definition.body, (), inside, seed)
            return self._wide(definition.body, idx, inside, seed)
        finally:
            self._open.discard(key)

    # states

    def _state(self, name: str, time: Time, idx: Indices, seed: Seed) -> Form:
        """Total derivative of a state: transfers from where the seed has its effect."""
        if self.chain is None:
            raise Unprovable("a state without transfers")
        total: Form = []
        for other, sizes in self.world.chains[self.chain].blocks.items():
            inner = tuple(fresh(size) for size in sizes)
            for step, stamps, effect in self._effects(other, inner, seed):
                part = times(self.transfer(self.chain, (name, other), (time, step), (*idx, *inner)), effect)
                total += bound(part, inner, stamps, (not_after(step, time),))
        if name == seed.name and seed.time is not None:
            early = not_after(seed.time, ("", self.network.start - 2))
            total += bound(self._itself(idx, seed), cons=(early, *equal(time, seed.time)))
        return total

    def transfer(self, chain: int, blocks: tuple[str, str], ends: tuple[Time, Time], idx: Indices) -> Form:
        """`X^{ab}(t, k)`; of scalars with one factor, a running product."""
        runs = self.world.chains[chain].runs
        if runs is None:
            return single(Atom(self.world.kind("chain", chain, *blocks), ends, idx))
        return [(ONE, Mono(tuple((Atom(run, ends, ()), exponent) for run, exponent in runs)))]

    def _effects(self, state: str, idx: Indices, seed: Seed) -> Iterator[tuple[Time, tuple[str, ...], Form]]:
        """Where a seed first changes a state: the step, what to sum over, and the step derivative there."""
        start = ("", self.network.start)
        computed = seed.name in self.network.definitions
        if seed.time is not None and computed:
            if state == seed.name:
                yield seed.time, (), bound(self._itself(idx, seed), cons=(not_after(("", self.network.start - 1), seed.time),))
            else:
                effect = bound(self.effect(state, idx, seed.time, seed), cons=(not_after(start, seed.time),))
                if effect:
                    yield seed.time, (), effect
            return
        self.given.setdefault(seed.name)
        variable = fresh_time()
        effect = bound(self.effect(state, idx, (variable, 0), seed), cons=(not_after(start, (variable, 0)),))
        if effect:
            yield (variable, 0), (variable,), effect

    def effect(self, state: str, idx: Indices, step: Time, seed: Seed) -> Form:
        """`S^b_k`: derivative of a state by a seed with the states of the step before held fixed."""
        axes = self.network.shapes[state].axes
        rows = tuple(f"{axis}:r{n}" for n, axis in enumerate(axes))
        columns = tuple(_named(i, f"c{n}") for n, i in enumerate(seed.idx))
        key = f"{state}|{seed.name}|{columns}"
        own = seed.time is not None and seed.name in self.network.definitions
        if key not in self._effect_templates:
            when = None if seed.time is None else ((STAMP, 0) if own else (SEED, 0))
            inner = Seed(seed.name, when, columns, "step", (STAMP, 0))
            known = Names(cons=(not_after(("", self.network.start), (STAMP, 0)),))
            form = self.varied(state, (STAMP, 0), rows, known, inner)
            self._effect_templates[key] = [(c, m) for m, c in normal(self.world, Context(known.cons), form).items()]
        env = dict(zip(rows, idx, strict=True))
        env |= {split(c)[1]: split(i)[1] for c, i in zip(columns, seed.idx, strict=True) if split(i)[1]}
        stamps = {STAMP: step} | ({} if seed.time is None or own else {SEED: seed.time})
        return instance(self._effect_templates[key], env, stamps)


def _named(index: Index, tail: str) -> Index:
    """A placeholder for an index: the same offset and size, another name."""
    offset, variable = split(index)
    if not variable:
        return index
    name = f"{variable.partition(':')[0]}:{tail}"
    return f"{offset}|{name}" if offset else name


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


__all__ = ["Seed", "Slopes", "number"]
