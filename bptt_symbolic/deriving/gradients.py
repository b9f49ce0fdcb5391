r"""Network -> gradients as terms: the adjoint recursion, the gradients by parameters, inputs and initial states.

    dL/dq_t = \sum (da/dq_t)^\top dL/da   over the definitions a that read q_t

Everything is shaped like what it is taken by (columns for columns: denominator layout) with the running time `t`;
`Algebra.rows` turns it into rows.
"""

from dataclasses import dataclass
from functools import cached_property

from bptt_symbolic.deriving.algebra import ONE, Algebra, add, product
from bptt_symbolic.deriving.dataflow import END, NOW, Graph, Reader, refs_in
from bptt_symbolic.deriving.pull import Open, Pull, Share
from bptt_symbolic.meaning.terms import (
    Affine,
    Deriv,
    Layout,
    Mul,
    Neg,
    Num,
    Ref,
    Sum,
    Term,
    substitute,
)

__all__ = ["END", "NOW", "Backward", "Reader", "collected"]


@dataclass(frozen=True)
class Backward(Graph):
    """The backward pass of one network with one total loss."""

    @cached_property
    def algebra(self) -> Algebra:
        """Products and transposes by shape."""
        return Algebra(self.network)

    @cached_property
    def weights(self) -> dict[str, Term]:
        """The total and the losses that it adds up, each with its weight, which depends on no step's numbers."""
        found: dict[str, Term] = {self.total: ONE}
        for name in reversed(self.forward):
            readers = self.readers(name)
            summed = all(r.name in found and r.at is None and not r.lag and self.timeless(r.name) for r in readers)
            if name != self.total and not self.network.shapes[name].axes and readers and summed:
                shares = [s for r in readers for s in self._weighed(r.name, name, found[r.name])]
                if shares and not any(x.name in self.forward for s in shares for x in refs_in(s.term)):
                    found[name] = collected([s.term for s in shares])
        return found

    def _weighed(self, reader: str, name: str, weight: Term) -> list[Share]:
        try:
            return list(Pull(name, self.algebra).through(self.forward[reader].body, weight))
        except Open:
            return []

    @cached_property
    def losses(self) -> dict[str, Term]:
        """What the total adds up, each with its weight; the total itself if it reads anything but numbers of a step."""
        parts = {name: weight for name, weight in self.weights.items() if self._is_loss(name)}
        return dict(sorted(parts.items(), key=lambda part: list(self.forward).index(part[0])))

    def _is_loss(self, name: str) -> bool:
        """Whether a part reads something that is no part itself, beside what is given."""
        return any(x.name in self.forward and x.name not in self.weights for x in refs_in(self.forward[name].body))

    @cached_property
    def outward(self) -> tuple[str, ...]:
        """Quantities that lead to the loss of their own step alone, nearest to the loss first; losses left out."""
        return tuple(
            n for n in reversed(self.forward) if n not in self.recurrent and n not in self.weights and self.matters(n)
        )

    def gradient(self, name: str, time: Affine | None = NOW) -> Deriv:
        """The gradient of the total by a quantity, shaped like it: a column for a column."""
        shape = self.network.shapes[name]
        layout: Layout = "gradient" if shape.down and not shape.up else "denominator"
        return Deriv(Ref(self.total), self.ref(name, time), "total", layout)

    def shares(self, reader: Reader, name: str) -> list[Share]:
        """What a definition hands to a quantity wherever it reads it; raises Open."""
        definition = self.forward[reader.name]
        g: Term = self.weights[reader.name] if reader.name in self.weights else self.gradient(reader.name)
        return list(Pull(name, self.algebra).through(definition.body, g, self.ref(reader.name, NOW)))

    def contribution(self, reader: Reader, name: str) -> Term:
        """What a definition hands back to a quantity at `t`, or at its fixed step; a Jacobian without a rule stays a
        name.
        """
        place = self.ref(name, NOW - reader.lag if reader.at is None else reader.at)
        try:
            found = collected([s.term for s in self.shares(reader, name) if s.at == place])
        except Open:
            found = self.named(reader, name)
        return substitute(found, {"t": NOW + reader.lag})

    def named(self, reader: Reader, name: str) -> Term:
        r"""The same with the Jacobian as a name: `(da_t/dq)^\top g`."""
        of = self.ref(reader.name, NOW)
        by = self.ref(name, NOW - reader.lag if reader.at is None else reader.at)
        if self.timeless(reader.name) and reader.at is None and name in self.network.temporal:
            raise Open(f"what {reader.name} adds up")
        if reader.name in self.weights:
            if reader.at is None and not self.direct(reader, name):
                raise Open(f"a loss that reads {name} twice, by itself and through others, and is not written out")
            return self.algebra.scaled(self.weights[reader.name], Deriv(of, by, "total", self.gradient(name).layout))
        if any(len(shape.up) != 1 or shape.down for shape in map(self.algebra.shape, (of, by)) if shape.axes):
            raise Open(f"the derivative of {reader.name} by {name}, which has more than two indices")
        jacobian = Deriv(of, by, "total", "denominator")
        if self.algebra.scalar(of):
            return self.algebra.mul(self.gradient(reader.name), jacobian)
        return self.algebra.mul(jacobian, self.gradient(reader.name))

    def adjoint(self, name: str) -> list[Term]:
        """The terms whose sum is the gradient by a quantity at `t`, one for each definition that reads it."""
        return [self.contribution(r, name) for r in self.at_any_step(name)]

    def at_step(self, name: str, time: Affine) -> list[Term]:
        """The terms of the gradient by a quantity at a step near an end, `T - k` or `1 + k`."""
        return [substitute(self.contribution(r, name), {"t": time}) for r in self.at_edge(name, time)]

    def parameter(self, name: str) -> Term:
        """The gradient by what has no step: a sum over the steps, and what enters but once. Raises Open."""
        always: list[Term] = []
        once: list[Term] = []
        for reader in self.readers(name):
            if not self.leads_to_loss(reader.name) or self.timeless(reader.name):
                continue
            found = self._without_step(reader, name)
            if reader.name in self.interior:
                always.append(found)
            else:
                once.extend(substitute(found, {"t": at}) for at in self.ends[reader.name])
        summed = [Sum("t", Affine(self.network.start), END, add(*always))] if always else []
        return add(*summed, *once, self.once(name))

    def once(self, name: str) -> Term:
        """What definitions without a step add to the gradient by what has none. Raises Open."""
        readers = [r for r in self.readers(name) if self.timeless(r.name) and self.leads_to_loss(r.name)]
        return add(*(self._without_step(r, name) for r in readers))

    def _without_step(self, reader: Reader, name: str) -> Term:
        return collected([s.term for s in self.shares(reader, name) if s.at.time is None])

    def initial(self, name: str, back: int = 1) -> list[Term]:
        """The terms of the gradient by a value that is given so many steps before the first one; after the last one,
        where the quantity runs backward.
        """
        time = self.before(name, back)
        return [substitute(self.contribution(r, name), {"t": time}) for r in self.from_before(name, back)]

    def last(self, name: str) -> list[Term]:
        """The terms of the gradient by a quantity of the last step."""
        return self.at_step(name, END)

    def step(self, of: str, by: str, lag: int = 1) -> Term:
        """The Jacobian of a quantity at `t` by a state one step earlier (lag -1: later), along every path within the
        step and with the states of other steps held fixed; in numerator layout. Raises Open.
        """
        seed = self.gradient(of)
        arrived: dict[str, list[Term]] = {of: [seed]}
        found: list[Term] = []
        for name in reversed(self.forward):
            for g in arrived.pop(name, ()):
                for source in dict.fromkeys(x.name for x in refs_in(self.forward[name].body)):
                    for share in Pull(source, self.algebra).through(self.forward[name].body, g, Ref(name, NOW)):
                        if share.at == Ref(by, NOW - lag):
                            found.append(share.term)
                        elif share.at.time == NOW and source in self.forward:
                            arrived.setdefault(source, []).append(share.term)
        return _without_first(self.algebra.rows(collected(found)))

    def jacobian(self, reader: Reader, name: str) -> Term:
        """The Jacobian of a definition at `t` by a quantity that it reads, in numerator layout; raises Open."""
        of = self.ref(reader.name, NOW)
        place = self.ref(name, NOW - reader.lag if reader.at is None else reader.at)
        if self.algebra.scalar(of):
            pulled = Pull(name, self.algebra).through(self.forward[reader.name].body, ONE, of)
            return self.algebra.rows(collected([s.term for s in pulled if s.at == place]))
        g = self.gradient(reader.name)
        pulled = Pull(name, self.algebra).through(self.forward[reader.name].body, g, of)
        return _without_first(self.algebra.rows(collected([s.term for s in pulled if s.at == place])))


def _without_first(row: Term) -> Term:
    """`g A` -> `A`; raises Open where the gradient does not stand first."""
    match row:
        case Neg(body=body):
            return Neg(_without_first(body))
        case Mul(left=Deriv(), right=right):
            return right
        case Mul(left=left, right=right):
            return Mul(_without_first(left), right)
        case _:
            items = getattr(row, "items", None)
            if items is None:
                raise Open("the identity")
            return add(*(_without_first(i) for i in items))


def collected(terms: list[Term]) -> Term:
    """A sum with equal terms taken together: `a/2 + a/2` is `a`."""
    counts: dict[Term, Num] = {}
    for term in terms:
        factor, rest = _split(term)
        before = counts.get(rest)
        counts[rest] = factor if before is None else Num(before.value + factor.value)
    return add(*(_times(count, rest) for rest, count in counts.items() if count.value))


def _split(term: Term) -> tuple[Num, Term]:
    if isinstance(term, Neg):
        factor, rest = _split(term.body)
        return Num(-factor.value), rest
    if isinstance(term, Mul) and isinstance(term.left, Num):
        factor, rest = _split(term.right)
        return Num(term.left.value * factor.value), rest
    return (term, ONE) if isinstance(term, Num) else (ONE, term)


def _times(count: Num, rest: Term) -> Term:
    if rest == ONE:
        return count
    if count == ONE:
        return rest
    if count == Num(-ONE.value):
        return Neg(rest)
    return product(count, rest) if count.value > 0 else Neg(product(Num(-count.value), rest))
