r"""Steps -> chains: the transfers of states, and the rules by which products with them are collapsed.

A relation, `X(t, k) = M_t X(t-1, k)` or `X(t, k-1) = X(t, k) M_k`, becomes a rule for its greatest monomial. The rows of
several states are taken in the order in which they depend on each other, each reduced by the rules before.
"""

from fractions import Fraction

from bptt_symbolic.methods.symbolic.axes import Indices
from bptt_symbolic.methods.symbolic.domains import close, flat
from bptt_symbolic.methods.symbolic.effects import Effects
from bptt_symbolic.methods.symbolic.forms import (
    Atom,
    Constraint,
    Form,
    Mono,
    Unprovable,
    before,
    bound,
    fresh,
    not_after,
    single,
    sort_of,
    split,
    times,
)
from bptt_symbolic.methods.symbolic.reduce import normal
from bptt_symbolic.methods.symbolic.scope import Names
from bptt_symbolic.methods.symbolic.slopes import Seed
from bptt_symbolic.methods.symbolic.transfers import step_of, with_indices
from bptt_symbolic.methods.symbolic.world import FAR, STAMP, Chain, Context, Rule

Step = dict[tuple[str, str], Form]


class Chains(Effects):
    """Transfers in one world."""

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
            idx = tuple(f"{x}:r{n}" for n, x in enumerate(self.network.shapes[a].axes))
            needs[a] = sum(
                bool(self.effect(a, idx, (STAMP, 0), Seed(b, (STAMP, 0), self._columns(b)))) for b in states if b != a
            )
        return sorted(states, key=lambda a: (needs[a], a))

    def _columns(self, name: str) -> Indices:
        return tuple(f"{x}:c{n}" for n, x in enumerate(self.network.shapes[name].axes))

    def _jacobian(self, row: str, column: str) -> Form:
        axes = self.network.shapes[row].axes
        if any(x in self.world.partitions for s in (row, column) for x in self.network.shapes[s].axes):
            raise Unprovable("a state that is a stack")
        rows = tuple(f"{x}:r{n}" for n, x in enumerate(axes))
        seed = Seed(column, (STAMP, -1), self._columns(column), "step", (STAMP, 0))
        return self.plain_step(self.varied(row, (STAMP, 0), rows, Names(cons=self.running), seed))

    def new_chain(self, blocks: dict[str, tuple[str, ...]], steps: Step, text: str) -> int:
        """Number of a chain with given steps; the same steps make the same chain."""
        key = tuple(sorted((pair, tuple(sorted(form, key=repr))) for pair, form in steps.items()))
        if key in self.known:
            return self.known[key]
        number = len(self.world.chains)
        still = not any(atom.times for form in steps.values() for _, m in form for atom, _ in m.factors)
        chain = Chain(number, blocks, steps, self.network.start - 1, text, still)
        self.world.chains.append(chain)
        chain.runs = self._as_runs(chain)
        for row in blocks:
            self._add_rules(chain, row, left=True)
        for column in blocks:
            self._add_rules(chain, column, left=False)
        self.known[key] = number
        return number

    @property
    def known(self) -> dict[object, int]:
        return self.world.known_chains

    def _add_rules(self, chain: Chain, block: str, *, left: bool) -> None:
        """The rules of one row (`X(t, k) = M_t X(t-1, k)`) or column (`X(t, k-1) = X(t, k) M_k`)."""
        for other in chain.blocks:
            relation, whole, known = self._relation(chain, block, other, left=left)
            table = normal(self.world, Context(known), relation)
            lead = self._leading(chain, table, block, left=left)
            if lead is None:
                continue
            coefficient = table.pop(lead)
            rest: Form = [(-c / coefficient, Mono(m.factors, m.idx)) for m, c in table.items()]
            result: Form = [(1 / coefficient, Mono(((whole, 1),))), *rest]
            transfer = next(f for f in lead.factors if self.world.names[f[0].kind][:2] == ("chain", chain.number))
            pattern = (transfer, *(f for f in lead.factors if f != transfer))
            needs = None if left or chain.still else not_after(("", chain.start + 1), (STAMP, 0))
            chain.rules.append(Rule(pattern, frozenset(lead.idx), result, needs))

    def _relation(
        self, chain: Chain, block: str, other: str, *, left: bool
    ) -> tuple[Form, Atom, tuple[Constraint, ...]]:
        """The expanded side of a relation, the transfer that it equals, and what is known about its times."""
        near = tuple(f"{size}:{'r' if left else 'c'}{n}" for n, size in enumerate(chain.blocks[block]))
        far = tuple(f"{size}:q{n}" for n, size in enumerate(chain.blocks[other]))
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
        near = {f"{size}:{'r' if left else 'c'}{n}" for n, size in enumerate(chain.blocks[block])}
        ends = ((STAMP, -1), (FAR, 0)) if left else ((FAR, 0), (STAMP, 0))
        fit = []
        for mono in table:
            found = [a for a, e in mono.factors if self.world.names[a.kind][:2] == ("chain", chain.number) and e == 1]
            seen = {split(i)[1] for a, _ in mono.factors for i in a.idx}
            if len(found) == 1 and found[0].times == ends and near <= seen and len(mono.factors) > 1 and not mono.times:
                fit.append(mono)
        return max(fit, key=lambda m: (sum(abs(e) for _, e in m.factors), m), default=None)

    def _as_runs(self, chain: Chain) -> tuple[tuple[int, int], ...] | None:
        """Running products in place of a chain of scalars whose step is one product."""
        if len(chain.blocks) != 1 or any(chain.blocks.values()):
            return None
        form = next(iter(chain.steps.values()))
        if len(form) != 1 or form[0][0] != 1 or form[0][1].idx:
            return None
        runs = [(self.run_kind(atom), e) for atom, e in form[0][1].factors]
        return (
            None if any(kind is None for kind, _ in runs) else tuple((kind, e) for kind, e in runs if kind is not None)
        )

    def run_kind(self, atom: Atom) -> int | None:
        """Kind of the running product of an atom, when it has at most one time and plain, different indices."""
        if len(atom.times) > 1 or len(set(atom.idx)) != len(atom.idx) or any("|" in i for i in atom.idx):
            return None
        names = tuple(f"{sort_of(i)}:?{n}" for n, i in enumerate(atom.idx))
        template = Atom(atom.kind, atom.times, names)
        return self.world.kind("run", self.world.pattern(("run", template), single(template)))
