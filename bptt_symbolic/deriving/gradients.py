r"""Network -> gradients as terms: the adjoint recursion, the gradients by parameters, inputs and initial states.

    dL/dq_t = \sum (da/dq_t)^\top dL/da   over the definitions a that read q_t

Everything is made for columns (denominator layout) with the running time `t`; `Algebra.rows` turns it into rows.
"""

from dataclasses import dataclass
from functools import cached_property

from bptt_symbolic.deriving.algebra import ONE, ZERO, Algebra, add
from bptt_symbolic.deriving.pull import Open, Pull, reads
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Deriv,
    Divide,
    Mul,
    Neg,
    Num,
    Ref,
    Sum,
    Term,
    substitute,
    walk,
)

NOW = Affine.of("t")
END = Affine.of(LAST)


@dataclass(frozen=True, slots=True)
class Reader:
    """One definition that reads a quantity, `lag` steps later."""

    name: str
    lag: int


@dataclass(frozen=True)
class Backward:
    """The backward pass of one network with one total loss."""

    network: Network
    total: str
    """The loss of all steps, a scalar without time."""

    @cached_property
    def algebra(self) -> Algebra:
        """Products and transposes by shape."""
        return Algebra(self.network)

    @cached_property
    def forward(self) -> dict[str, Definition]:
        """Definitions with a time, all by the letter `t`, in an order in which they can be computed."""
        named = {n: _by_t(d) for n, d in self.network.definitions.items() if d.var and n not in self.network.adjoints}
        ordered: dict[str, Definition] = {}

        def visit(name: str) -> None:
            if name in ordered or name not in named:
                return
            for x in walk(named[name].body):
                if isinstance(x, Ref) and x.time == NOW and x.name != name:
                    visit(x.name)
            ordered[name] = named[name]

        for name in named:
            visit(name)
        return ordered

    @cached_property
    def losses(self) -> dict[str, Term]:
        """The losses of one step that the total sums, each with its weight."""
        found: dict[str, Term] = {}
        for name in self.forward:
            if not self.network.shapes[name].axes and reads(self.network.definitions[self.total].body, name):
                shares = list(Pull(name, self.algebra).through(self._summand(), ONE))
                found[name] = add(*(s.term for s in shares))
        return found

    def _summand(self) -> Term:
        """The total without its sum over the steps."""
        return _without_sum(self.network.definitions[self.total].body)

    @cached_property
    def recurrent(self) -> tuple[str, ...]:
        """Quantities on which later steps depend, last computed first."""
        return tuple(n for n in reversed(self.forward) if self._reaches_later(n, set()))

    @cached_property
    def outward(self) -> tuple[str, ...]:
        """Quantities that lead to the loss of their own step alone, nearest to the loss first; losses left out."""
        return tuple(
            n for n in reversed(self.forward) if n not in self.recurrent and n not in self.losses and self.matters(n)
        )

    def _reaches_later(self, name: str, seen: set[str]) -> bool:
        if name in seen:
            return False
        seen.add(name)
        return any(r.lag > 0 or self._reaches_later(r.name, seen) for r in self.readers(name))

    def matters(self, name: str) -> bool:
        """Whether any loss depends on a quantity."""
        seen: set[str] = set()
        todo = [name]
        while todo:
            for reader in self.readers(todo.pop()):
                if reader.name in self.losses:
                    return True
                if reader.name not in seen:
                    seen.add(reader.name)
                    todo.append(reader.name)
        return False

    def readers(self, name: str) -> list[Reader]:
        """The definitions that read a quantity, in the order of the forward pass, those of the same step first."""
        found = {
            Reader(reader, (NOW - x.time).const if x.time is not None else 0): None
            for reader, definition in self.forward.items()
            for x in walk(definition.body)
            if isinstance(x, Ref) and x.name == name and (x.time is None or not (NOW - x.time).parts)
        }
        return sorted(found, key=lambda r: r.lag)

    def gradient(self, name: str, time: Affine | None = NOW) -> Deriv:
        """The gradient of the total by a quantity, as a column."""
        at = time if name in self.network.temporal else None
        return Deriv(Ref(self.total), Ref(name, at), "total", "denominator")

    def shares(self, reader: str, name: str, lag: int | None) -> Term:
        """What a definition at `t` hands to a quantity `lag` steps earlier (None: to a parameter); raises Open."""
        definition = self.forward[reader]
        g: Term = self.losses[reader] if reader in self.losses else self.gradient(reader)
        pulled = Pull(name, self.algebra).through(definition.body, g, Ref(reader, NOW))
        return collected([s.term for s in pulled if lag is None or s.at.time == NOW - lag])

    def contribution(self, reader: Reader, name: str) -> Term:
        """What a definition hands back to a quantity at `t`; a Jacobian without a rule stays a name."""
        try:
            found = self.shares(reader.name, name, reader.lag)
        except Open:
            found = self.named(reader, name)
        return substitute(found, {"t": NOW + reader.lag})

    def named(self, reader: Reader, name: str) -> Term:
        r"""The same with the Jacobian as a name: `(da_t/dq)^\top g`."""
        of, by = Ref(reader.name, NOW), Ref(name, NOW - reader.lag)
        if reader.name in self.losses:
            return self.algebra.scaled(self.losses[reader.name], Deriv(of, by, "total", "denominator"))
        jacobian = Deriv(of, by, "total", "denominator")
        if self.algebra.scalar(of):
            return self.algebra.mul(self.gradient(reader.name), jacobian)
        return self.algebra.mul(jacobian, self.gradient(reader.name))

    def direct(self, reader: Reader, name: str) -> bool:
        """Whether a definition depends on a quantity in no other way than by reading it there."""
        others = [r for r in self.readers(name) if r.name != reader.name and r.lag <= reader.lag]
        return not any(self._leads(r, reader) for r in others)

    def _leads(self, start: Reader, goal: Reader) -> bool:
        """Whether a reader, so many steps later, leads to another one."""
        seen: set[Reader] = set()
        todo = [start]
        while todo:
            here = todo.pop()
            for following in self.readers(here.name) if here not in seen else ():
                reached = Reader(following.name, here.lag + following.lag)
                if reached == goal:
                    return True
                if reached.lag <= goal.lag:
                    todo.append(reached)
            seen.add(here)
        return False

    def adjoint(self, name: str) -> list[Term]:
        """The terms whose sum is the gradient by a quantity at `t`, one for each definition that reads it."""
        return [self.contribution(r, name) for r in self.readers(name) if self.leads_to_loss(r.name)]

    def leads_to_loss(self, name: str) -> bool:
        """Whether a quantity is a loss of one step, or some such loss depends on it."""
        return name in self.losses or self.matters(name)

    def parameter(self, name: str) -> Term:
        """The gradient by a parameter: a sum over the steps. Raises Open."""
        terms = [self.shares(r.name, name, None) for r in self.readers(name) if self.leads_to_loss(r.name)]
        return Sum("t", Affine(self.network.start), END, add(*terms)) if terms else ZERO

    def initial(self, name: str) -> list[Term]:
        """The terms of the gradient by the value of a state before the first step."""
        first = Affine(self.network.start)
        return [
            substitute(self.contribution(reader, name), {"t": first - 1})
            for reader in self.readers(name)
            if reader.lag == 1 and self.leads_to_loss(reader.name)
        ]

    def last(self, name: str) -> list[Term]:
        """The terms of the gradient by a quantity of the last step."""
        own = [r for r in self.readers(name) if r.lag == 0 and self.leads_to_loss(r.name)]
        return [substitute(self.contribution(r, name), {"t": END}) for r in own]

    def step(self, of: str, by: str) -> Term:
        """The Jacobian of a quantity at `t` by a state one step earlier, along every path within the step and with
        earlier states held fixed; in numerator layout. Raises Open.
        """
        seed = self.gradient(of)
        arrived: dict[str, list[Term]] = {of: [seed]}
        found: list[Term] = []
        for name in reversed(self.forward):
            for g in arrived.pop(name, ()):
                for source in dict.fromkeys(x.name for x in _refs(self.forward[name].body)):
                    for share in Pull(source, self.algebra).through(self.forward[name].body, g, Ref(name, NOW)):
                        if share.at == Ref(by, NOW - 1):
                            found.append(share.term)
                        elif share.at.time == NOW and source in self.forward:
                            arrived.setdefault(source, []).append(share.term)
        return _without_first(self.algebra.rows(collected(found)))

    def jacobian(self, reader: Reader, name: str) -> Term:
        """The Jacobian of a definition at `t` by a quantity that it reads, in numerator layout; raises Open."""
        of = Ref(reader.name, NOW)
        if self.algebra.scalar(of):
            pulled = Pull(name, self.algebra).through(self.forward[reader.name].body, ONE, of)
            return self.algebra.rows(collected([s.term for s in pulled if s.at.time == NOW - reader.lag]))
        g = self.gradient(reader.name)
        pulled = Pull(name, self.algebra).through(self.forward[reader.name].body, g, of)
        row = self.algebra.rows(collected([s.term for s in pulled if s.at.time == NOW - reader.lag]))
        return _without_first(row)


def _refs(term: Term) -> list[Ref]:
    return [x for x in walk(term) if isinstance(x, Ref)]


def _by_t(definition: Definition) -> Definition:
    """The definition with its time called `t`."""
    if definition.var == "t":
        return definition
    return Definition(definition.name, definition.body_at(NOW), "t", definition.indices, definition.at)


def _without_sum(term: Term) -> Term:
    match term:
        case Sum(var=var, body=body):
            return substitute(body, {var: NOW})
        case Mul(left=left, right=right):
            return Mul(_without_sum(left), _without_sum(right))
        case Neg(body=body):
            return Neg(_without_sum(body))
        case Divide(left=left, right=right):
            return Divide(_without_sum(left), right)
        case _:
            return term


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
    return Mul(count, rest) if count.value > 0 else Neg(Mul(Num(-count.value), rest))
