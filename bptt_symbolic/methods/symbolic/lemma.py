r"""Total derivatives by given quantities -> the induction that shows their closed form.

The lemma: `G_t = S_t + J_t G_{t-1}` with `G_{start-1} = 0` is solved by `G_t = sum_{k=start..t} P(t, k) S_k`. It is
shown by induction for every quantity that a proof needs it for: the closed form is put into the recursion, and the difference
must have the normal form zero, at the first step and at every later one.
"""

from itertools import product as every

from bptt_symbolic.methods.symbolic.axes import Indices
from bptt_symbolic.methods.symbolic.effects import SEED
from bptt_symbolic.methods.symbolic.forms import Constraint, Form, Unprovable, bound, fresh, not_after, scaled, times
from bptt_symbolic.methods.symbolic.products import Products
from bptt_symbolic.methods.symbolic.reduce import residual
from bptt_symbolic.methods.symbolic.slopes import Seed
from bptt_symbolic.methods.symbolic.transfers import step_of, with_indices
from bptt_symbolic.methods.symbolic.world import STAMP, Chain, Context, World


class Calculus(Products):
    """Everything that can be computed in one world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.lemmas: dict[str, tuple[str, ...]] = {}
        """Quantity -> the steps of the induction that shows its total derivative."""

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
        for idx in every(*(self.free_indices(a, f"s{n}") for n, a in enumerate(axes))):
            seed = Seed(name, time, tuple(idx))
            for row in chain.blocks:
                rows = tuple(f"{size}:r{n}" for n, size in enumerate(chain.blocks[row]))
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
