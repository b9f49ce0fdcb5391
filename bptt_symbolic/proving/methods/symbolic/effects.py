r"""Quantity, seed -> form: what varying one quantity does to another, in the same step and through time.

    d a_t / d q_k   = sum_b P^{ab}(t, k) S^b_k             for k <= t, else zero
    d a_t / d theta = sum_{k = start..t} sum_b P^{ab}(t, k) S^b_k

That nothing depends on a later step is known of the states and of what they are computed from, and only there: of what
lies behind them (a cost to go, a loss that compares with the next state) the formula says on which steps it depends.
With the states of the step before held fixed, the *step* derivatives `S^b_k` of state b by anything in step k are found
by the product rule inside of that step.
"""

from collections.abc import Iterator

from bptt_symbolic.proving.methods.symbolic.axes import Indices
from bptt_symbolic.proving.methods.symbolic.differentiation import Seed, Slopes
from bptt_symbolic.proving.methods.symbolic.domains import close, implies
from bptt_symbolic.proving.methods.symbolic.forms import (
    COLUMN,
    ONE,
    ROW,
    Atom,
    Constraint,
    Form,
    Mono,
    Time,
    Unprovable,
    before,
    bound,
    equal,
    filling,
    fresh,
    fresh_time,
    instance,
    not_after,
    over,
    placeholders,
    single,
    times,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Context, World

SEED = "%s"
"""The free time of a seed in a template."""


class Effects(Slopes):
    """Derivatives of quantities in one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.chain: int | None = None
        """Number of the chain of the states."""
        self.given: dict[str, None] = {}
        """Given quantities that total derivatives of states were taken by."""
        self._effect_templates: dict[tuple[str, str, Indices], Form] = {}

    def varied(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of an entry of a quantity."""
        idx = tuple(self.encoded(i, axis) for i, axis in zip(idx, self.network.shapes[name].axes, strict=True))
        if name in self.network.adjoints:
            raise Unprovable("a derivative of a derivative")
        state = name in self.network.states
        if state and seed.reach == "total":
            return self.state_slope(name, self._timed(time), idx, seed)
        total = self._met(time, idx, seed) if name == seed.name else []
        if (name == seed.name and time is None) or name not in self.network.definitions or seed.reach == "direct":
            return total
        if seed.reach == "step" and time is not None and self._held(time, names, seed):
            return total
        guards: tuple[Constraint, ...] = ()
        if time is not None and seed.time is not None and {name, seed.name} <= self.world.forward:
            guards += (before(seed.time, time) if name == seed.name else not_after(seed.time, time),)
        if state:
            guards += (not_after(("", self.network.start), self._timed(time)),)
        inside = names.where(*guards)
        if guards and close(inside.cons) is None:
            return total
        return total + bound(self.body_slope(name, time, idx, inside, seed), cons=guards)

    def _timed(self, time: Time | None) -> Time:
        if time is None:
            raise Unprovable("a state without a time")
        return time

    def _met(self, time: Time | None, idx: Indices, seed: Seed) -> Form:
        """The seed itself: deltas, where the times are equal."""
        if time is None or seed.time is None:
            return self.itself(idx, seed)
        return bound(self.itself(idx, seed), cons=equal(time, seed.time))

    def _held(self, time: Time, names: Names, seed: Seed) -> bool:
        """Whether a time is that of another step, where everything is held fixed."""
        closure = close(names.cons)
        if seed.step is None or closure is None:
            raise Unprovable("an immediate derivative without a step")
        if implies(closure, before(time, seed.step)) or implies(closure, before(seed.step, time)):
            return True
        if all(implies(closure, c) for c in equal(time, seed.step)):
            return False
        raise Unprovable("an immediate derivative through steps that cannot be told apart")

    def body_slope(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of the formula that defines a quantity."""
        definition = self.network.definitions[name]
        key = f"d {name} at {time} by {seed.name}, {seed.reach} {seed.step}"
        if key in self._open:
            raise Unprovable(f"{name} is defined by itself")
        self._open.add(key)
        try:
            running = time is not None and self.has_started(time, names)
            inside = self.inside(definition, idx, time if time is not None else (STAMP, 0), running=running).where(
                *names.cons
            )
            if definition.indices:
                return self.slope(definition.body, (), inside, seed)
            return self.wide(definition.body, idx, inside, seed)
        finally:
            self._open.discard(key)

    def state_slope(self, name: str, time: Time, idx: Indices, seed: Seed) -> Form:
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
            total += bound(self.itself(idx, seed), cons=(early, *equal(time, seed.time)))
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
                yield (
                    seed.time,
                    (),
                    bound(self.itself(idx, seed), cons=(not_after(("", self.network.start - 1), seed.time),)),
                )
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
        rows, columns = over(axes, ROW), placeholders(seed.idx, COLUMN)
        key = (state, seed.name, columns)
        own = seed.time is not None and seed.name in self.network.definitions
        if key not in self._effect_templates:
            when = None if seed.time is None else ((STAMP, 0) if own else (SEED, 0))
            inner = Seed(seed.name, when, columns, "step", (STAMP, 0))
            known = Names(cons=(not_after(("", self.network.start), (STAMP, 0)),))
            form = self.varied(state, (STAMP, 0), rows, known, inner)
            self._effect_templates[key] = [(c, m) for m, c in normal(self.world, Context(known.cons), form).items()]
        env = dict(zip(rows, idx, strict=True))
        env |= filling(columns, seed.idx)
        stamps = {STAMP: step} | ({} if seed.time is None or own else {SEED: seed.time})
        return instance(self._effect_templates[key], env, stamps)
