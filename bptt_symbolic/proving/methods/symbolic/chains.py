r"""Network -> calculus: the transfers of its states, ordered products, powers, and the lemma about total derivatives.

The lemma: `G_t = S_t + J_t G_{t-1}` with `G_{start-1} = 0` is solved by `G_t = sum_{k=start..t} P(t, k) S_k`. It is
shown by induction for every quantity that a proof needs it for: the closed form is put into the recursion, and the
difference must have the normal form zero, at the first step and at every later one.
"""

from fractions import Fraction
from itertools import product as every

from bptt_symbolic.meaning.terms import Affine, Power, Prod
from bptt_symbolic.proving.methods.symbolic.axes import Indices
from bptt_symbolic.proving.methods.symbolic.differentiation import Seed
from bptt_symbolic.proving.methods.symbolic.domains import close, flat
from bptt_symbolic.proving.methods.symbolic.effects import SEED, Effects
from bptt_symbolic.proving.methods.symbolic.forms import (
    COLUMN,
    DISTANT,
    ONE,
    PARAMETER,
    ROW,
    SOURCE,
    Atom,
    Constraint,
    Form,
    Index,
    Mono,
    Time,
    Unprovable,
    before,
    bound,
    fresh,
    not_after,
    over,
    put,
    scaled,
    single,
    times,
    variable_of,
    variables_of,
)
from bptt_symbolic.proving.methods.symbolic.reduce import normal, residual
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.transfers import step_of, with_indices
from bptt_symbolic.proving.methods.symbolic.world import FAR, STAMP, Chain, Context, Rule, World

Step = dict[tuple[str, str], Form]


class Calculus(Effects):
    """Everything that can be computed in one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lemmas: dict[str, tuple[str, ...]] = {}
        """Quantity -> the steps of the induction that shows its total derivative."""

    @property
    def running(self) -> tuple[Constraint, ...]:
        """That the time of a template is that of a step."""
        return (not_after(("", self.network.start), (STAMP, 0)),)

    def plain_step(self, form: Form) -> Form:
        """A step in normal form: one time, no sums over time, no conditions."""
        allowed = set(flat(close(self.running) or {}))
        found: Form = []
        for mono, coefficient in normal(self.world, Context(self.running), form).items():
            names = {n for atom, _ in mono.factors for n, _ in atom.times}
            if mono.times or not set(mono.cons) <= allowed or not names <= {STAMP}:
                raise Unprovable("a step that depends on other times")
            found.append((coefficient, Mono(mono.factors, mono.idx)))
        return found

    # the chain of the states

    def connect(self) -> None:
        """Find the step of the states and make rules of it."""
        states = self._ordered_states()
        if not states:
            return
        blocks = {s: tuple(str(a) for a in self.network.shapes[s].axes) for s in states}
        steps = {(a, b): self._jacobian(a, b) for a in states for b in states}
        text = "ds_t/ds_k".replace("s", states[0]) if len(states) == 1 else "transfers between states"
        self.chain = self.new_chain(blocks, steps, text)

    def _ordered_states(self) -> list[str]:
        """The states, each after those of its own step that it depends on."""
        states = sorted(self.network.states - self.network.adjoints)
        needs = {}
        for a in states:
            idx = over(self.network.shapes[a].axes, ROW)
            needs[a] = sum(
                bool(self.effect(a, idx, (STAMP, 0), Seed(b, (STAMP, 0), self._columns(b)))) for b in states if b != a
            )
        return sorted(states, key=lambda a: (needs[a], a))

    def _columns(self, name: str) -> Indices:
        return over(self.network.shapes[name].axes, COLUMN)

    def _jacobian(self, row: str, column: str) -> Form:
        axes = self.network.shapes[row].axes
        if any(x in self.world.partitions for s in (row, column) for x in self.network.shapes[s].axes):
            raise Unprovable("a state that is a stack")
        rows = over(axes, ROW)
        seed = Seed(column, (STAMP, -1), self._columns(column), "step", (STAMP, 0))
        return self.plain_step(self.varied(row, (STAMP, 0), rows, Names(cons=self.running), seed))

    def new_chain(self, blocks: dict[str, tuple[str, ...]], steps: Step, text: str) -> int:
        """Number of a chain with given steps; the same steps make the same chain."""
        key = tuple(sorted((pair, tuple(sorted(form, key=repr))) for pair, form in steps.items()))
        if key in self._chains:
            return self._chains[key]
        number = len(self.world.chains)
        still = not any(atom.times for form in steps.values() for _, m in form for atom, _ in m.factors)
        chain = Chain(number, blocks, steps, self.network.start - 1, text, still)
        self.world.chains.append(chain)
        chain.runs = self._as_runs(chain)
        for row in blocks:
            self._add_rules(chain, row, left=True)
        for column in blocks:
            self._add_rules(chain, column, left=False)
        self._chains[key] = number
        return number

    @property
    def _chains(self) -> dict[object, int]:
        return self.world.known_chains

    def _add_rules(self, chain: Chain, block: str, *, left: bool) -> None:
        """The rules of one row (`X(t, k) = M_t X(t-1, k)`) or column (`X(t, k-1) = X(t, k) M_k`)."""
        for other in chain.blocks:
            relation, whole, known = self._relation(chain, block, other, left=left)
            table = normal(self.world, Context(known), relation)
            lead = self._leading(chain, table, block, left=left)
            if lead is None:
                if left and self._is_of_its_step(chain, table, block):
                    result = [(c, Mono(m.factors, m.idx)) for m, c in table.items()]
                    later = before((FAR, 0), (STAMP, 0))
                    chain.rules.append(Rule(((whole, 1),), frozenset(), result, later, parts=True))
                continue
            coefficient = table.pop(lead)
            rest: Form = [(-c / coefficient, Mono(m.factors, m.idx)) for m, c in table.items()]
            result = [(1 / coefficient, Mono(((whole, 1),))), *rest]
            transfer = next(f for f in lead.factors if self.world.names[f[0].kind][:2] == ("chain", chain.number))
            pattern = (transfer, *(f for f in lead.factors if f != transfer))
            needs = None if left or chain.still else not_after(("", chain.start + 1), (STAMP, 0))
            chain.rules.append(Rule(pattern, frozenset(lead.idx), result, needs))

    def _is_of_its_step(self, chain: Chain, table: dict[Mono, Fraction], block: str) -> bool:
        """Whether the transfers to a state are made of those to other states of its step: `h_t = o_t tanh(c_t)`."""
        found = [
            [a for a, e in m.factors if self.world.names[a.kind][:2] == ("chain", chain.number) and e == 1]
            for m in table
        ]
        return bool(table) and all(
            len(atoms) == 1 and atoms[0].times == ((STAMP, 0), (FAR, 0)) and self.world.names[atoms[0].kind][2] != block
            for atoms in found
        )

    def _relation(
        self, chain: Chain, block: str, other: str, *, left: bool
    ) -> tuple[Form, Atom, tuple[Constraint, ...]]:
        """The expanded side of a relation, the transfer that it equals, and what is known about its times."""
        near = over(chain.blocks[block], ROW if left else COLUMN)
        far = over(chain.blocks[other], DISTANT)
        total: Form = []
        for middle, sizes in chain.blocks.items():
            inner = tuple(fresh(size) for size in sizes)
            if left:
                step = with_indices(step_of(chain, block, middle, (STAMP, 0)), chain, (block, near), (middle, inner))
                atom = Atom(
                    self.world.kind("chain", chain.number, middle, other), ((STAMP, -1), (FAR, 0)), (*inner, *far)
                )
            else:
                step = with_indices(step_of(chain, middle, block, (STAMP, 0)), chain, (middle, inner), (block, near))
                atom = Atom(
                    self.world.kind("chain", chain.number, other, middle), ((FAR, 0), (STAMP, 0)), (*far, *inner)
                )
            total += bound(times(single(atom), step), inner)
        start = ("", chain.start + 1)
        if left:
            whole = Atom(self.world.kind("chain", chain.number, block, other), ((STAMP, 0), (FAR, 0)), (*near, *far))
            return total, whole, (before((FAR, 0), (STAMP, 0)), not_after(("", chain.start), (FAR, 0)))
        whole = Atom(self.world.kind("chain", chain.number, other, block), ((FAR, 0), (STAMP, -1)), (*far, *near))
        return total, whole, (not_after((STAMP, 0), (FAR, 0)), not_after(start, (STAMP, 0)))

    def _leading(self, chain: Chain, table: dict[Mono, Fraction], block: str, *, left: bool) -> Mono | None:
        """The greatest monomial that has the older transfer and every index of the new one."""
        near = set(over(chain.blocks[block], ROW if left else COLUMN))
        ends = ((STAMP, -1), (FAR, 0)) if left else ((FAR, 0), (STAMP, 0))
        fit = []
        for mono in table:
            found = [a for a, e in mono.factors if self.world.names[a.kind][:2] == ("chain", chain.number) and e == 1]
            seen = variables_of(mono.factors)
            if len(found) == 1 and found[0].times == ends and near <= seen and len(mono.factors) > 1 and not mono.times:
                fit.append(mono)
        return max(fit, key=lambda m: (sum(abs(e) for _, e in m.factors), m), default=None)

    # running products

    def _as_runs(self, chain: Chain) -> tuple[tuple[int, int], ...] | None:
        """Running products in place of a chain of scalars whose step is one product."""
        if len(chain.blocks) != 1 or any(chain.blocks.values()):
            return None
        form = next(iter(chain.steps.values()))
        if len(form) != 1 or form[0][0] != 1 or form[0][1].idx:
            return None
        runs = [(self._run_kind(atom), e) for atom, e in form[0][1].factors]
        return (
            None if any(kind is None for kind, _ in runs) else tuple((kind, e) for kind, e in runs if kind is not None)
        )

    def _run_kind(self, atom: Atom) -> int | None:
        """Kind of the running product of an atom, when it has at most one time and plain, different indices."""
        if len(atom.times) > 1 or len(set(atom.idx)) != len(atom.idx) or not all(i.is_plain for i in atom.idx):
            return None
        names = over((i.sort for i in atom.idx), PARAMETER)
        template = Atom(atom.kind, atom.times, names)
        return self.world.kind("run", self.world.pattern(("run", template), single(template)))

    def running_product(self, term: Prod, idx: Indices, names: Names) -> Form:
        """An ordered product over symbolic bounds; the identity where it is empty."""
        low, high = names.time(term.low), names.time(term.high)
        if {low[0], high[0]} & {STAMP, SEED}:
            raise Unprovable("a product over time inside of a definition")
        ends = (high, (low[0], low[1] - 1))
        inside = Names(names.times, names.places, (*names.cons, *self.running)).at(term.var, (STAMP, 0))
        form = self._long_product(term, idx, inside, ends)
        empty = single(self.world.delta(*idx)) if idx else [(ONE, Mono())]
        return [*bound(form, cons=(not_after(ends[1], ends[0]),)), *bound(empty, cons=(before(ends[0], ends[1]),))]

    def _long_product(self, term: Prod, idx: Indices, names: Names, ends: tuple[Time, Time]) -> Form:
        if not idx:
            body = self.value(term.body, (), names)
            return self.scalar_run(self.plain_step(body), ends)
        axes = self.shapes.of(term.body).axes
        if len(axes) != 2 or axes[0] != axes[1] or axes[0] in self.world.partitions:  # noqa: PLR2004 - a square matrix
            raise Unprovable("a product over time of something that is not a square matrix")
        size = str(axes[0])
        row, column = _row_and_column(size)
        step = self.plain_step(self.value(term.body, (row, column) if term.newest else (column, row), names))
        return self.matrix_run(step, size, idx if term.newest else idx[::-1], ends)

    def matrix_run(self, step: Form, size: str, idx: Indices, ends: tuple[Time, Time]) -> Form:
        """A product of matrices, newest first: of diagonal ones, a running product of their entries."""
        row, column = _row_and_column(size)
        free = {v for _, m in step for v in variables_of(m.factors) - set(m.idx)} - {row, column}
        if free:
            raise Unprovable("a product over time that depends on other indices")
        delta = self.world.delta(row, column)
        if len(step) == 1 and (delta, 1) in step[0][1].factors and step[0][0] == 1 and not step[0][1].idx:
            kept = sorted(i for f, _ in step[0][1].factors if f != delta for i in f.idx)
            if set(kept) <= {min(row, column)}:
                runs = [(f, e) for f, e in step[0][1].factors if f != delta]
                kinds = [(self._run_kind(f), e, f.idx) for f, e in runs]
                if all(k is not None for k, _, _ in kinds):
                    factors = tuple((Atom(k, ends, idx[:1] if at else ()), e) for k, e, at in kinds if k is not None)
                    return times(single(self.world.delta(*idx)), [(ONE, Mono(factors))])
        number, flipped = self._matrix_chain(step, size)
        block = next(iter(self.world.chains[number].blocks))
        kind = self.world.kind("chain", number, block, block)
        return single(Atom(kind, ends, idx[::-1] if flipped else idx))

    def _matrix_chain(self, step: Form, size: str) -> tuple[int, bool]:
        """The chain of a step, and whether it is the one of its transpose (where the step is always the same)."""
        for name in self.world.chain_names(size):
            for flip in (False, True):
                found = self._chains.get(self._key(name, step, size, flip=flip))
                if found is not None and (not flip or self.world.chains[found].still):
                    return found, flip
        return self.new_chain({"": (size,)}, {("", ""): step}, "a product over time"), False

    def _key(self, name: str, step: Form, size: str, *, flip: bool) -> object:
        form = step
        if flip:
            row, column = _row_and_column(size)
            env = {row: column, column: row}
            form = [
                (c, m)
                for m, c in normal(self.world, Context(self.running), [(c, put(m, env, {})) for c, m in step]).items()
            ]
            form = [(c, Mono(m.factors, m.idx)) for c, m in form]
        return (((name, name), tuple(sorted(form, key=repr))),)

    def scalar_run(self, step: Form, ends: tuple[Time, Time]) -> Form:
        """A product of scalars: of single products, factor by factor."""
        if len(step) == 1 and step[0][0] == 1 and not step[0][1].idx:
            kinds = [(self._run_kind(a), e, a.idx) for a, e in step[0][1].factors]
            if all(k is not None for k, _, _ in kinds):
                return [(ONE, Mono(tuple((Atom(k, ends, idx), e) for k, e, idx in kinds if k is not None)))]
        if any(variable_of(i) not in m.idx for _, m in step for a, _ in m.factors for i in a.idx):
            raise Unprovable("a product over time that depends on indices")
        number = self._chains.get((((name := self._scalar_state(), name), tuple(sorted(step, key=repr))),))
        if number is None:
            number = self.new_chain({"": ()}, {("", ""): step}, "a product over time")
        block = next(iter(self.world.chains[number].blocks))
        return self.transfer(number, (block, block), ends, ())

    def _scalar_state(self) -> str:
        return next(iter(self.world.chains[self.chain].blocks)) if self.chain is not None else ""

    def symbolic_power(self, term: Power, idx: Indices, names: Names) -> Form:
        """`A^(t-k)`, by the distance of its times."""
        ends = self._ends(term.exponent, names)
        shape = self.shapes.of(term.body)
        matrix = bool(shape.up and shape.down) and not term.entrywise
        if not matrix:
            body = self.plain_step(self.value(term.body, idx, names))
            if any(a.times for _, m in body for a, _ in m.factors):
                raise Unprovable("a power over time of something that depends on time")
            return self.scalar_run(body, ends)
        size = str(shape.axes[0])
        if shape.axes[0] in self.world.partitions:
            raise Unprovable("a power of a stack")
        step = self.plain_step(self.value(term.body, _row_and_column(size), names))
        if any(a.times for _, m in step for a, _ in m.factors):
            raise Unprovable("a power over time of something that depends on time")
        return self.matrix_run(step, size, idx, ends)

    def _ends(self, exponent: Affine, names: Names) -> tuple[Time, Time]:
        plus = [n for n, c in exponent.parts if c == 1]
        minus = [n for n, c in exponent.parts if c == -1]
        if len(plus) != 1 or len(minus) > 1 or len(plus) + len(minus) != len(exponent.parts):
            raise Unprovable(f"the power {exponent}")
        later = names.time(Affine(exponent.const, ((plus[0], 1),)))
        return later, names.time(Affine.of(minus[0])) if minus else ("", 0)

    # the lemma

    def lemma(self, name: str) -> tuple[str, ...]:
        """The induction that shows the total derivatives of all states by a given quantity."""
        if name not in self.lemmas:
            self.lemmas[name] = self._induction(name)
        return self.lemmas[name]

    def _induction(self, name: str) -> tuple[str, ...]:
        if self.chain is None:
            return ()
        time = (SEED, 0) if name in self.network.temporal else None
        axes = self.network.shapes[name].axes
        chain = self.world.chains[self.chain]
        for idx in every(*(self.free_indices(a, SOURCE, n) for n, a in enumerate(axes))):
            seed = Seed(name, time, tuple(idx))
            for row in chain.blocks:
                rows = over(chain.blocks[row], ROW)
                for known in (self._first(), self.running):
                    if residual(self.world, Context(known), self._gap(chain, row, rows, seed)):
                        raise Unprovable(f"the induction for the derivatives by {name} does not close")
        return self._written_lemma(name)

    def _written_lemma(self, name: str) -> tuple[str, ...]:
        start = self.network.start
        lemma = (
            rf"lemma: \frac{{d s_t}}{{d {name}}} = \sum_{{k={start}}}^{{t}} P(t, k) S_k, with the step derivatives"
            rf" S_k = \frac{{\partial^{{+}} s_k}}{{\partial {name}}} of the states s, by induction over t"
        )
        base = f"base, t = {start}: the sum is S_{start}, for P({start}, {start}) = 1 and s_{start - 1} is given"
        step = (
            rf"step: by the product rule \frac{{d s_t}}{{d {name}}} = S_t + J_t \frac{{d s_{{t-1}}}}{{d {name}}}; with"
            r" J_t P(t-1, k) = P(t, k) for k \le t-1 and P(t, t) = 1 this is the sum up to t"
        )
        return lemma, base, step

    def _first(self) -> tuple[Constraint, ...]:
        return (*self.running, not_after((STAMP, 0), ("", self.network.start)))

    def _gap(self, chain: Chain, row: str, rows: Indices, seed: Seed) -> Form:
        """The closed form at t less what the recursion makes of it at t-1."""
        total = self.state_slope(row, (STAMP, 0), rows, seed)
        total += scaled(bound(self.effect(row, rows, (STAMP, 0), seed), cons=self.running), -1)
        for other, sizes in chain.blocks.items():
            inner = tuple(fresh(size) for size in sizes)
            step = with_indices(step_of(chain, row, other, (STAMP, 0)), chain, (row, rows), (other, inner))
            before_ = self.state_slope(other, (STAMP, -1), inner, seed)
            total += scaled(bound(times(step, before_), inner), -1)
        return total


def _row_and_column(size: str) -> tuple[Index, Index]:
    """The indices of a square matrix in a step."""
    return Index(size, ROW, 0), Index(size, COLUMN, 0)
