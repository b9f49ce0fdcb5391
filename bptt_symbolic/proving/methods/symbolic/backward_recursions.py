r"""Quantities defined by their own next value -> closed forms: `b_t = c_t + A_t b_{t+1}`, zero after the last step.

    b_t = sum_{tau = t..T} A_t ... A_{tau-1} c_tau

Most often such a quantity is a derivative of a loss that is carried backward, `b_t = dL/dq_t`: the derivative is put
into the recursion, and both sides must reduce to one; after the last step it must be zero. Two solutions of a recursion
that begins with zero are one. Where it is no derivative that is known, the closed form is used.

The product is a transfer of the steps `M_s = A_{s-1}^T`; those of an error that is carried backward are the steps of
the states. The closed form is put into the recursion, and the difference must reduce to zero.
"""

from collections.abc import Iterator

from bptt_symbolic.meaning.terms import LAST
from bptt_symbolic.proving.methods.symbolic.axes import Indices
from bptt_symbolic.proving.methods.symbolic.chains import Calculus
from bptt_symbolic.proving.methods.symbolic.differentiation import Seed
from bptt_symbolic.proving.methods.symbolic.domains import close, flat
from bptt_symbolic.proving.methods.symbolic.forms import (
    ROW,
    Atom,
    Constraint,
    Form,
    Mono,
    Time,
    Unprovable,
    bound,
    equal,
    fresh,
    fresh_time,
    instance,
    not_after,
    over,
    product,
    put,
    scaled,
    single,
    times,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal, residual
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Context, World

Recursion = tuple[Form, Form]
"""`c_t` and `A_t` at the time STAMP, with the indices `size:rN` and `size:cN`."""


class Backward(Calculus):
    """A calculus that also knows quantities carried from later steps to earlier ones.

    Of one that is no solution of a linear recursion the value is an atom, as that of a state, and only its derivatives
    are carried: `d b_t / d q = S_t + A_t d b_{t+1} / d q`.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.solved: dict[str, tuple[str, ...]] = {}
        """Quantity -> what shows its closed form; in the order in which they were needed."""
        self._recursions: dict[str, Recursion] = {}
        self._unknown: str | None = None
        self._meanings: dict[str, tuple[str, str]] = {}
        """Quantity -> the loss, and what the loss is differentiated by."""
        self._fixed: str | None = None
        """The quantity whose own next value is held fixed."""

    @property
    def _between(self) -> tuple[Constraint, ...]:
        """That the time of a template is that of a step, and not after the last."""
        return (*self.running, not_after((STAMP, 0), (LAST, 0)))

    def quantity(self, name: str, time: Time | None, idx: Indices, names: Names) -> Form:
        """An entry of a quantity; of one that is carried backward, by its closed form."""
        if name not in self.network.backward:
            return super().quantity(name, time, idx, names)
        if name in self.network.given_after:
            return single(Atom(self.world.kind("q", name), () if time is None else (time,), idx))
        if time is None or len(idx) > 1 or not all(i.is_plain for i in idx):
            raise Unprovable(f"{name}, which is carried backward")
        if name == self._unknown:
            return single(Atom(self.world.kind("q", name), (time,), idx))
        if self._unknown is not None or not self.has_started(time, names):
            raise Unprovable(f"{name} before the first step, or inside of another recursion")
        self._solve(name)
        return self._closed(name, time, idx, names)

    # derivatives

    def varied(self, name: str, time: Time | None, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of an entry of a quantity; of one that is carried backward, from every later step."""
        if name not in self.network.backward or name in self.network.adjoints:
            return super().varied(name, time, idx, names, seed)
        if time is None or len(idx) > 1 or not all(i.is_plain for i in (*idx, *seed.idx)):
            raise Unprovable(f"a derivative of {name}, which is carried backward")
        met = self._met(time, idx, seed) if name == seed.name else []
        if name == self._fixed or seed.reach == "direct" or (seed.reach == "step" and self._held(time, names, seed)):
            return met
        if seed.reach == "step":
            return met + self._here(name, time, idx, names, seed)
        return self._carried(name, time, idx, seed)

    def _here(self, name: str, time: Time, idx: Indices, names: Names, seed: Seed) -> Form:
        """Derivative of the formula, its own next value held fixed."""
        before, self._fixed = self._fixed, name
        try:
            cons = (not_after(time, (LAST, 0)),)
            return bound(self.body_slope(name, time, idx, names.where(*cons), seed), cons=cons)
        finally:
            self._fixed = before

    def _carried(self, name: str, time: Time, idx: Indices, seed: Seed) -> Form:
        """`d b_t / d q = sum_{tau = t..T} A_t ... A_{tau-1} S_tau`, with the derivative S of the formula alone."""
        self._linearise(name)
        if name == seed.name:
            if seed.time is None:
                raise Unprovable(f"a derivative by {name} without a step")
            inside = (not_after(time, seed.time), not_after(seed.time, (LAST, 1)))
            far = (not_after((LAST, 2), seed.time), *equal(time, seed.time))
            through = self._transfer(name, (*seed.idx, *idx), (seed.time, time))
            return [*bound(through, cons=inside), *bound(self.itself(idx, seed), cons=far)]
        later = fresh_time()
        cons = (not_after(time, (later, 0)), not_after((later, 0), (LAST, 0)))
        inner = tuple(fresh(str(axis)) for axis in self.network.shapes[name].axes)
        start = self._here(name, (later, 0), inner, Names(cons=(*self._started_at(time), *cons)), seed)
        return bound(times(start, self._transfer(name, (*inner, *idx), ((later, 0), time))), inner, (later,), cons)

    def _started_at(self, time: Time) -> tuple[Constraint, ...]:
        return (not_after(("", self.network.start), time),)

    def _linearise(self, name: str) -> None:
        """The factor `A_t` of the next value, in first order."""
        if name in self._meanings:
            raise Unprovable("a derivative of a derivative")
        if name not in self.network.given_after:
            self._solve(name)
            return
        if name in self._recursions:
            return
        if any(name in group and len(group & self.network.backward) > 1 for group in self.network.recursions):
            raise Unprovable(f"{name}, which is carried backward with other quantities")
        rows, columns = self._rows(name), self._columns(name)
        form = self._here(name, (STAMP, 0), rows, Names(cons=self._between), Seed(name, (STAMP, 1), columns))
        known = set(flat(close(self._between) or {}))
        matrix: Form = []
        for mono, coefficient in normal(self.world, Context(self._between), form).items():
            if mono.times or not set(mono.cons) <= known:
                raise Unprovable("a recursion whose factor depends on other times")
            matrix.append((coefficient, Mono(mono.factors, mono.idx)))
        self._recursions[name] = ([], matrix)
        text = (
            rf"lemma: \frac{{d {name}_t}}{{d q}} = \sum_{{\tau=t}}^{{T}} A_t \cdots A_{{\tau-1}} S_\tau, by induction"
            rf" from the last step: by the product rule it is S_t + A_t \frac{{d {name}_{{t+1}}}}{{d q}}"
        )
        self.solved[name] = (text,)

    # values

    def _solve(self, name: str) -> None:
        if name in self.solved:
            return
        self._recursions[name] = self._read(name)
        for loss, quantity in self._derivatives(name):
            self._meanings[name] = (loss, quantity)
            if self._fits(name):
                text = (
                    rf"recursion: {name}_t = c_t + A_t {name}_{{t+1}} with {name}_{{T+1}} = 0 is solved by"
                    rf" {name}_t = d {loss} / d {quantity}_t: put in, both sides reduce to one"
                )
                self.solved[name] = (text,)
                return
        self._meanings.pop(name, None)
        if not self._fits(name):
            raise Unprovable(f"the recursion of {name} has no closed form")
        text = (
            rf"recursion: {name}_t = c_t + A_t {name}_{{t+1}} with {name}_{{T+1}} = 0 is solved by"
            rf" {name}_t = \sum_{{\tau=t}}^{{T}} A_t \cdots A_{{\tau-1}} c_\tau: put in, both sides reduce to one"
        )
        self.solved[name] = (text,)

    def _derivatives(self, name: str) -> Iterator[tuple[str, str]]:
        """The derivatives of a loss that a quantity may be: of a scalar without step, by what has its shape."""
        network = self.network
        alike = [
            n for n in network.definitions if n in network.temporal and n not in network.adjoints | network.backward
        ]
        for loss in network.definitions:
            if loss in network.temporal or loss in network.adjoints or network.shapes[loss].axes:
                continue
            yield from ((loss, n) for n in alike if network.shapes[n].axes == network.shapes[name].axes)

    def _fits(self, name: str) -> bool:
        """Whether a solution meets the recursion at every step, and is zero after the last one."""
        rows = self._rows(name)
        constant, matrix = self._recursions[name]
        inner = tuple(fresh(str(axis)) for axis in self.network.shapes[name].axes)
        step = [
            (c, put(m, dict(zip(self._columns(name), inner, strict=True)), {})) for c, m in instance(matrix, {}, {})
        ]
        inside, after = Names(cons=self._between), Names(cons=(*self.running, *equal((STAMP, 0), (LAST, 1))))
        try:
            gap = [
                *self._closed(name, (STAMP, 0), rows, inside),
                *scaled(instance(constant, {}, {}), -1),
                *scaled(bound(times(step, self._closed(name, (STAMP, 1), inner, inside)), inner), -1),
            ]
            if residual(self.world, Context(self._between), gap):
                return False
            return not residual(self.world, Context(after.cons), self._closed(name, (STAMP, 0), rows, after))
        except Unprovable:
            if name in self._meanings:
                return False
            raise

    def _rows(self, name: str) -> Indices:
        return over(self.network.shapes[name].axes, ROW)

    def _read(self, name: str) -> Recursion:
        """The constant part of a definition and the factor of its own next value."""
        definition = self.network.definitions[name]
        self._unknown = name
        kept, self._templates = self._templates, {}  # with the unknown in them they are of no use to others
        try:
            names = self.inside(definition, self._rows(name), (STAMP, 0), running=True)
            names = names.where(not_after((STAMP, 0), (LAST, 0)))
            body = self.body(definition, self._rows(name), names)
        finally:
            self._unknown, self._templates = None, kept
        itself = self.world.kind("q", name)
        constant: Form = []
        matrix: Form = []
        for mono, coefficient in normal(self.world, Context(self._between), body).items():
            atoms = [(a, e) for a, e in mono.factors if a.kind == itself]
            if not atoms:
                constant.append((coefficient, mono))
            elif len(atoms) == 1 and atoms[0][1] == 1 and atoms[0][0].times == ((STAMP, 1),):
                matrix.append((coefficient, self._opened(mono, atoms[0][0], self._columns(name))))
            else:
                raise Unprovable(f"{name} does not depend linearly on its next value alone")
        return constant, matrix

    def _opened(self, mono: Mono, atom: Atom, columns: Indices) -> Mono:
        """A product with its unknown factor taken out and the index of that factor left free."""
        known = set(flat(close(self._between) or {}))
        if mono.times or not set(mono.cons) <= known:
            raise Unprovable("a recursion whose factor depends on other times")
        rest = Mono(tuple(f for f in mono.factors if f[0] != atom), mono.idx)
        for index, column in zip(atom.idx, columns, strict=True):
            if index in rest.idx:
                rest = put(rest, {index: column}, {})
            else:
                rest = product(rest, Mono(((self.world.delta(index, column), 1),)))
        return rest

    def _closed(self, name: str, time: Time, idx: Indices, names: Names) -> Form:
        """The derivative that a quantity is, or `sum_{tau = t..T} sum_j c_tau[j] X(tau, t)[j, i]`."""
        if name in self._meanings:
            loss, quantity = self._meanings[name]
            return self.varied(loss, None, (), Names(cons=names.cons), Seed(quantity, time, idx))
        constant, _ = self._recursions[name]
        later = fresh_time()
        inner = tuple(fresh(str(axis)) for axis in self.network.shapes[name].axes)
        start = instance(constant, dict(zip(self._rows(name), inner, strict=True)), {STAMP: (later, 0)})
        transfer = self._transfer(name, (*inner, *idx), ((later, 0), time))
        cons = (not_after(time, (later, 0)), not_after((later, 0), (LAST, 0)))
        return bound(times(start, transfer), inner, (later,), cons)

    def _transfer(self, name: str, idx: Indices, ends: tuple[Time, Time]) -> Form:
        """`X(tau, t)` of the steps `M_s = A_{s-1}^T`."""
        _, matrix = self._recursions[name]
        axes = self.network.shapes[name].axes
        exchange = dict(
            zip((*self._rows(name), *self._columns(name)), (*self._columns(name), *self._rows(name)), strict=True)
        )
        step = self.plain_step([(c, put(m, exchange, {STAMP: (STAMP, -1)})) for c, m in matrix])
        if axes:
            return self.matrix_run(step, str(axes[0]), idx, ends)
        return self.scalar_run(step, ends)
