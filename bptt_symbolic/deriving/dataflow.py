"""Network -> what reads what, how many steps apart, and through which of it the total loss is reached.

A quantity is read by a definition of its own step, of a later one (a positive lag) or of an earlier one (a network that
runs backward); or by something that has no step, such as the total: at a fixed step, or at every step of a sum.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bptt_symbolic.deriving.pull import Open
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import LAST, Affine, Ref, Sum, Term, rebuild, substitute, walk

NOW = Affine.of("t")
END = Affine.of(LAST)


def arrives(first: Iterable[str], goal: str, onward: Callable[[str], Iterable[str]]) -> bool:
    """Whether some way from the first names leads to the goal."""
    todo, seen = [*first], set[str]()
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            todo.extend(onward(here))
    return False


@dataclass(frozen=True, slots=True)
class Reader:
    """One definition that reads a quantity, `lag` steps later."""

    name: str
    lag: int = 0
    at: Affine | None = None
    """The fixed step at which it is read by what has no step."""


@dataclass(frozen=True)
class Graph:
    """The definitions of a network, and how they lead to its total loss."""

    network: Network
    total: str
    """The loss of all steps, a scalar without time."""

    @cached_property
    def forward(self) -> dict[str, Definition]:
        """Definitions in an order in which they can be computed within a step, all by the letter `t`; then those
        without a step, the total last. Raises Open for a definition that has no place in such an order.
        """
        named = {n: by_t(d) for n, d in self.network.definitions.items() if n not in self.network.adjoints}
        ordered: dict[str, Definition] = {}
        under_way: set[str] = set()

        def visit(name: str) -> None:
            if name in ordered or name not in named:
                return
            if name in under_way:
                raise Open(f"{name}, which is computed from itself within a step")
            under_way.add(name)
            for x in refs_in(named[name].body):
                if x.name != name and (x.time == NOW or named[name].var is None):
                    visit(x.name)
            ordered[name] = named[name]

        for name in sorted(named, key=lambda n: named[n].var is None):
            visit(name)
        _look(ordered)
        return ordered

    def timeless(self, name: str) -> bool:
        """Whether a quantity has no step."""
        return name not in self.network.temporal

    def ref(self, name: str, time: Affine | None) -> Ref:
        """A quantity at a step, or without one where it has none."""
        return Ref(name, None if self.timeless(name) else time)

    def readers(self, name: str) -> list[Reader]:
        """The definitions that read a quantity, in the order of the forward pass, those of the same step first."""
        return self._readers.get(name, [])

    @cached_property
    def _readers(self) -> dict[str, list[Reader]]:
        found: dict[str, dict[Reader, None]] = {}
        for reader, definition in self.forward.items():
            for x in refs_in(definition.body):
                if x.time is None:
                    here = Reader(reader)
                elif definition.var is None and "t" not in x.time.names():
                    here = Reader(reader, 0, x.time)
                else:
                    here = Reader(reader, (NOW - x.time).const)
                found.setdefault(x.name, {})[here] = None
        return {name: sorted(some, key=lambda r: abs(r.lag)) for name, some in found.items()}

    # through what the total is reached

    @cached_property
    def _reached(self) -> "Reached":
        found = Reached(self, still={self.total})
        before = -1
        while before != (before := found.count):
            for name, readers in self._readers.items():
                for reader in readers:
                    found.look(name, reader)
        return found

    @property
    def interior(self) -> Collection[str]:
        """Quantities on which the total depends at any step."""
        return self._reached.interior

    @property
    def ends(self) -> Mapping[str, Collection[Affine]]:
        """Quantities on which the total depends at fixed steps through what reads them there, with these steps."""
        return self._reached.ends

    def leads_to_loss(self, name: str) -> bool:
        """Whether the total depends on a quantity."""
        return name == self.total or self.matters(name)

    def matters(self, name: str) -> bool:
        """Whether the total depends on a quantity that is not the total."""
        return name != self.total and self._reached.at_all(name)

    @cached_property
    def recurrent(self) -> tuple[str, ...]:
        """Quantities on which other steps depend, last computed first."""
        found: set[str] = set()
        before = -1
        while before != (before := len(found)):
            found.update(n for n in self.forward if any(r.lag or r.name in found for r in self.readers(n)))
        return tuple(n for n in reversed(self.forward) if n in found and self.matters(n))

    def at_any_step(self, name: str) -> list[Reader]:
        """The readers through which the total depends on a quantity at any step."""
        return [r for r in self.readers(name) if r.at is None and self._lives(r) and (r.lag or self._always(r))]

    def at_edge(self, name: str, time: Affine) -> list[Reader]:
        """The readers through which the total depends on a quantity at a step near an end, `T - k` or `1 + k`."""
        found = []
        for r in self.readers(name):
            inside = self._inside(time + r.lag)
            own = r.at == time or (not r.lag and time in self.ends.get(r.name, ()))
            if self._lives(r) and (own or (r.at is None and inside and (r.lag or self._always(r)))):
                found.append(r)
        return found

    def edges(self, name: str) -> list[Affine]:
        """The steps near an end at which a quantity is read otherwise than at any step, the last one first."""
        lags = [r.lag for r in self.at_any_step(name)]
        first = Affine(self.network.start)
        near = [END - k for k in range(max([*lags, 0]))] + [first + k for k in range(-min([*lags, 0]))]
        found = dict.fromkeys([*near, *self.ends.get(name, ())])
        return [at for at in found if self.at_edge(name, at) != self.at_any_step(name)]

    def before(self, name: str, back: int) -> Affine:
        """The step of a given value, so many steps before the first one; after the last one, if it runs backward."""
        first = Affine(self.network.start)
        return END + back if self.runs_backward(name) else first - back

    def from_before(self, name: str, back: int) -> list[Reader]:
        """The readers that read a given value from outside of the sequence."""
        sign = -1 if self.runs_backward(name) else 1
        return [r for r in self.at_any_step(name) if r.lag * sign >= back]

    def runs_backward(self, name: str) -> bool:
        """Whether a quantity is read at earlier steps than its own."""
        return any(r.lag < 0 for r in self.readers(name)) and name in self.network.given_after

    def reach(self, name: str) -> int:
        """The largest number of steps between a quantity and what reads it."""
        return max([abs(r.lag) for r in self.at_any_step(name)], default=0)

    def _lives(self, reader: Reader) -> bool:
        return self.leads_to_loss(reader.name)

    def _always(self, reader: Reader) -> bool:
        return reader.name in self.interior or self.timeless(reader.name)

    def _inside(self, time: Affine) -> bool:
        """Whether a step near an end is one of the sequence, which is thought of as long."""
        return time.const <= 0 if time.names() else time.const >= self.network.start

    def direct(self, reader: Reader, name: str) -> bool:
        """Whether a definition depends on a quantity in no other way than by reading it there."""
        others = [r for r in self.readers(name) if r != reader and r.at is None and not self.timeless(r.name)]
        return not any((reader.name, reader.lag) in self.later(r) for r in others)

    def later(self, start: Reader) -> frozenset[tuple[str, int]]:
        """What depends on a definition, each with how many steps later, as far as a path that is worth walking goes:
        one that passes every name.
        """
        far = max((abs(r.lag) for n in self.forward for r in self.readers(n)), default=0) * len(self.forward)
        seen: set[tuple[str, int]] = set()
        todo = [(start.name, start.lag)]
        while todo:
            here = todo.pop()
            if here in seen or abs(here[1]) > far:
                continue
            seen.add(here)
            todo.extend((r.name, here[1] + r.lag) for r in self.readers(here[0]) if not self.timeless(r.name))
        return frozenset(seen)

    def within_step(self, of: str, by: str, lag: int) -> bool:
        """Whether a quantity depends on another one of `lag` steps before by a path that lies in its own step."""
        first = [r.name for r in self.readers(by) if r.lag == lag and not self.timeless(r.name)]
        return arrives(
            first, of, lambda n: (r.name for r in self.readers(n) if not r.lag and not self.timeless(r.name))
        )

    def sees(self, loss: str, name: str) -> bool:
        """Whether a loss depends on a quantity by a path within the step."""
        return arrives([name], loss, lambda n: (r.name for r in self.readers(n) if not r.lag))

    @cached_property
    def backward_states(self) -> frozenset[str]:
        """The states that run from the last step to the first one."""
        return frozenset(n for n in self.forward if self.runs_backward(n))


@dataclass
class Reached:
    """Through what the total is reached, as far as it is found out."""

    graph: Graph
    still: set[str]
    """What has no step and reaches it."""
    interior: set[str] = field(default_factory=set)
    """What reaches it at any step."""
    ends: dict[str, dict[Affine, None]] = field(default_factory=dict)
    """What does so at fixed steps, with these."""

    @property
    def count(self) -> int:
        """How much is found out."""
        return len(self.interior) + len(self.still) + sum(map(len, self.ends.values()))

    def at_all(self, name: str) -> bool:
        """Whether something reaches the total, wherever."""
        return name in self.still or name in self.interior or name in self.ends

    def look(self, name: str, reader: Reader) -> None:
        """What follows for a quantity from one of its readers."""
        if not self.at_all(reader.name):
            return
        if self.graph.timeless(name):
            self.still.add(name)
            return
        if reader.at is not None:
            self.ends.setdefault(name, {})[reader.at] = None
        elif reader.lag or self.graph.timeless(reader.name) or reader.name in self.interior:
            self.interior.add(name)
        if not reader.lag and reader.name in self.ends:
            self.ends.setdefault(name, {}).update(self.ends[reader.name])


def refs_in(term: Term) -> list[Ref]:
    """The quantities that stand in a term."""
    return [x for x in walk(term) if isinstance(x, Ref)]


def by_t(definition: Definition) -> Definition:
    """The definition with its time, or the letter of a sum over the steps, called `t`."""
    if definition.var is None:
        return Definition(definition.name, _sums_by_t(definition.body), None, definition.indices, definition.at)
    if definition.var == "t":
        return definition
    return Definition(definition.name, definition.body_at(NOW), "t", definition.indices, definition.at)


def _sums_by_t(term: Term) -> Term:
    if isinstance(term, Sum) and over_steps(term):
        return Sum("t", term.low, term.high, substitute(term.body, {term.var: NOW}), term.where)
    return rebuild(term, _sums_by_t)


def over_steps(term: Sum) -> bool:
    """Whether a sum runs over steps, and not over entries."""
    return any(x.time is not None and term.var in x.time.names() for x in refs_in(term.body))


def _look(forward: Mapping[str, Definition]) -> None:
    """Raises Open where a definition reads steps at no fixed distance."""
    for name, definition in forward.items():
        for x in refs_in(definition.body):
            far = x.time is not None and "t" not in x.time.names() and definition.var is not None
            apart = Affine() if x.time is None or "t" not in x.time.names() else NOW - x.time
            if far or apart.parts:
                raise Open(f"{name}, which reads {x.name} at no fixed distance")
