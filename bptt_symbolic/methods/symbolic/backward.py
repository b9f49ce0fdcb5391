r"""Quantities defined by their own next value -> closed forms: `b_t = c_t + A_t b_{t+1}`, zero after the last step.

    b_t = sum_{tau = t..T} A_t ... A_{tau-1} c_tau

The product is a transfer of the steps `M_s = A_{s-1}^T`; those of an error that is carried backward are the steps of
the states. The closed form is put into the recursion, and the difference must reduce to zero.
"""

from bptt_symbolic.methods.symbolic.axes import Indices
from bptt_symbolic.methods.symbolic.chains import Calculus
from bptt_symbolic.methods.symbolic.domains import close, flat
from bptt_symbolic.methods.symbolic.forms import (
    Atom,
    Constraint,
    Form,
    Mono,
    Time,
    Unprovable,
    bound,
    fresh,
    fresh_time,
    instance,
    not_after,
    product,
    put,
    scaled,
    single,
    times,
)
from bptt_symbolic.methods.symbolic.reduce import normal, residual
from bptt_symbolic.methods.symbolic.scope import Names
from bptt_symbolic.methods.symbolic.world import STAMP, Context, World
from bptt_symbolic.terms import LAST

Recursion = tuple[Form, Form]
"""`c_t` and `A_t` at the time STAMP, with the indices `size:rN` and `size:cN`."""


class Backward(Calculus):
    """A calculus that also knows quantities carried from later steps to earlier ones."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.solved: dict[str, tuple[str, ...]] = {}
        """Quantity -> what shows its closed form; in the order in which they were needed."""
        self._recursions: dict[str, Recursion] = {}
        self._unknown: str | None = None

    @property
    def _between(self) -> tuple[Constraint, ...]:
        """That the time of a template is that of a step, and not after the last."""
        return (*self.running, not_after((STAMP, 0), (LAST, 0)))

    def quantity(self, name: str, time: Time | None, idx: Indices, names: Names) -> Form:
        """An entry of a quantity; of one that is carried backward, by its closed form."""
        if name not in self.network.backward:
            return super().quantity(name, time, idx, names)
        if time is None or len(idx) > 1 or any("|" in i for i in idx):
            raise Unprovable(f"{name}, which is carried backward")
        if name == self._unknown:
            return single(Atom(self.world.kind("q", name), (time,), idx))
        if self._unknown is not None or not self.has_started(time, names):
            raise Unprovable(f"{name} before the first step, or inside of another recursion")
        self._solve(name)
        return self._closed(name, time, idx)

    def _solve(self, name: str) -> None:
        if name in self.solved:
            return
        self._recursions[name] = self._read(name)
        rows = self._rows(name)
        constant, matrix = self._recursions[name]
        inner = tuple(fresh(str(axis)) for axis in self.network.shapes[name].axes)
        step = [
            (c, put(m, dict(zip(self._columns(name), inner, strict=True)), {})) for c, m in instance(matrix, {}, {})
        ]
        gap = [
            *self._closed(name, (STAMP, 0), rows),
            *scaled(instance(constant, {}, {}), -1),
            *scaled(bound(times(step, self._closed(name, (STAMP, 1), inner)), inner), -1),
        ]
        if residual(self.world, Context(self._between), gap):
            raise Unprovable(f"the recursion of {name} has no closed form")
        text = (
            rf"recursion: {name}_t = c_t + A_t {name}_{{t+1}} with {name}_{{T+1}} = 0 is solved by"
            rf" {name}_t = \sum_{{\tau=t}}^{{T}} A_t \cdots A_{{\tau-1}} c_\tau: put in, both sides reduce to one"
        )
        self.solved[name] = (text,)

    def _rows(self, name: str) -> Indices:
        return tuple(f"{axis}:r{n}" for n, axis in enumerate(self.network.shapes[name].axes))

    def _read(self, name: str) -> Recursion:
        """The constant part of a definition and the factor of its own next value."""
        definition = self.network.definitions[name]
        self._unknown = name
        try:
            names = self.inside(definition, self._rows(name), (STAMP, 0), running=True)
            names = names.where(not_after((STAMP, 0), (LAST, 0)))
            body = self.body(definition, self._rows(name), names)
        finally:
            self._unknown = None
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

    def _closed(self, name: str, time: Time, idx: Indices) -> Form:
        """`sum_{tau = t..T} sum_j c_tau[j] X(tau, t)[j, i]`."""
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
