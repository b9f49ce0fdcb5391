"""Network: the recurrence that the definitions of a note make.

A quantity is a parameter (no time, no definition), an input or target (time, no definition), or it is computed: by its
definition, or, where an earlier step reads a value from before the first step, as an initial state. Nothing here is
unrolled; a definition is a term with its time variable free.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    AtLabel,
    Deriv,
    Divide,
    Entry,
    Hadamard,
    Inner,
    Mul,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Shape,
    Term,
    children,
    speaks_of,
    substitute,
    walk,
)
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reporting.grounds import Fact

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Definition:
    """`name_time[indices] = body` for every time, or for the one fixed time in `at` (an initial value)."""

    name: str
    body: Term
    var: str | None = None
    """The name of the time variable in `body`; None for a quantity without time or a fixed time."""
    indices: tuple[str, ...] = ()
    """Names of the entry indices in `body` when the definition is by entries."""
    at: Affine | None = None
    span: Span | None = field(default=None, compare=False)

    def body_at(self, time: Affine | None) -> Term:
        """The body at a time."""
        if self.var is None or time is None:
            return self.body
        return substitute(self.body, {self.var: time})


@dataclass(frozen=True)
class Network:
    """Everything that derivatives are taken in."""

    definitions: Mapping[str, Definition]
    shapes: Mapping[str, Shape]
    temporal: frozenset[str]
    initial: tuple[Definition, ...] = ()
    start: int = 1
    """The first step that is computed; a state at an earlier time is an initial value."""
    targets: frozenset[str] = frozenset()
    """Inputs that a loss compares with: the hypotheses about labels are about these."""
    behind: int = 0
    """How much later than the sequence the states begin: `h_{t+1} = f(h_t, x_t)` computes `h_2` first."""
    facts: tuple[Fact, ...] = ()
    """What it rests on besides the page: what was assumed, and what could not be used."""

    @property
    def first(self) -> int:
        """The first step of the sequence."""
        return self.start - self.behind

    @cached_property
    def workspace(self) -> dict[str, dict[Any, Any]]:
        """What was computed about this network, by who keeps it: it lives as long, and is no part of it."""
        return {}

    def kept(self, what: str, key: Hashable, most: int, make: Callable[[], Kept]) -> Kept:
        """Something that was made before for the same key, or is made now; of each kind the `most` newest are kept."""
        held = self.workspace.setdefault(what, {})
        if key not in held:
            while len(held) >= most:
                held.pop(next(iter(held)))
            held[key] = make()
        found: Kept = held[key]
        return found

    @cached_property
    def states(self) -> frozenset[str]:
        """Quantities that some definition reads at an earlier time than its own."""
        reads = (one for name in self.definitions for one in self.lags(name))
        return frozenset(n for n, lag in reads if n in self.definitions and lag is not None and lag > 0)

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes, ascending."""
        return tuple(sorted({n for shape in self.shapes.values() for axis in shape.axes for n in axis.names()}))

    @cached_property
    def axes(self) -> tuple[Affine, ...]:
        """The length of every axis of every quantity."""
        return tuple(dict.fromkeys(axis for name in sorted(self.shapes) for axis in self.shapes[name].axes))

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether every quantity has at least one entry along each axis, where an axis may be `k - n` long."""
        return all(axis.at(sizes) > 0 for axis in self.axes)

    def enlarged(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """These sizes, some of them enlarged until every axis has an entry."""
        return enlarged(self.axes, sizes) or dict(sizes)

    @cached_property
    def adjoints(self) -> frozenset[str]:
        """Names that the note gives to derivatives; they are not part of the forward computation."""
        return frozenset(n for n, d in self.definitions.items() if any(isinstance(x, Deriv) for x in walk(d.body)))

    @cached_property
    def backward(self) -> frozenset[str]:
        """Names that a recursion reads at a later step than its own, directly or through other names."""
        found = set()
        for group in self.recursions:
            for name in group:
                found |= {read for read, lag in self.lags(name) if read in group and lag is not None and lag < 0}
        return frozenset(found)

    @cached_property
    def given_after(self) -> frozenset[str]:
        """Names of a backward recursion that have a value after the last step, which nobody computes.

        A recursion that is linear in itself carries derivatives or costs back and begins with zero. One that is not,
        or that a loss is computed from, is a state that runs the other way: its first value is given.
        """
        found: set[str] = set()
        for group in self.recursions:
            behind = group & self.backward
            if not behind or group & self.adjoints:
                continue
            linear = all(_is_linear(self.definitions[name].body, group) for name in group)
            if not linear or (any(self.shapes[n].axes for n in behind if n in self.shapes) and self._feeds_loss(group)):
                found |= behind
        return frozenset(found)

    def _feeds_loss(self, group: frozenset[str]) -> bool:
        """Whether a scalar outside of a recursion is computed from it."""
        reached, todo = set(group), list(group)
        while todo:
            for reader in self._readers.get(todo.pop(), ()):
                if reader not in reached and reader not in self.adjoints:
                    reached.add(reader)
                    todo.append(reader)
        return any(name in self.shapes and not self.shapes[name].axes for name in reached - group)

    @cached_property
    def _readers(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name in self.definitions:
            for read, _ in self.lags(name):
                found.setdefault(read, set()).add(name)
        return {name: frozenset(by) for name, by in found.items()}

    @cached_property
    def _lags(self) -> Mapping[str, tuple[tuple[str, int | None], ...]]:
        return {name: tuple(dict.fromkeys(_reads(definition))) for name, definition in self.definitions.items()}

    def lags(self, name: str) -> tuple[tuple[str, int | None], ...]:
        """What a definition reads, and how many steps before its own; None where that is no fixed number."""
        return self._lags.get(name, ())

    @cached_property
    def recursions(self) -> tuple[frozenset[str], ...]:
        """The groups of names that are computed from each other, at whatever steps."""
        return _cycles({name: [n for n, _ in self.lags(name) if n in self.definitions] for name in self.definitions})

    @cached_property
    def islands(self) -> tuple[frozenset[str], ...]:
        """The names that hang together by definitions, as far as a state is among them; what is only assumed to be
        computed from them does not tie them together."""
        assumed = {fact.about for fact in self.facts if fact.grade == "assumed"}
        groups: list[set[str]] = []
        for name in self.definitions.keys() - assumed:
            joined = {name, *(read for read, _ in self.lags(name))}
            joined.update(*(group for group in groups if group & joined))
            groups = [group for group in groups if not group & joined] + [joined]
        return tuple(frozenset(group) for group in groups if group & self.states)

    def initial_at(self, name: str, time: int, steps: int) -> Definition | None:
        """The explicit value of a quantity at a fixed time, if the note gives one."""
        for definition in self.initial:
            if definition.name == name and definition.at is not None and definition.at.at({LAST: steps}) == time:
                return definition
        return None

    def rule(self, name: str, time: int | None, steps: int) -> Definition | None:
        """The definition by which a quantity is computed at a time; None when it is given (an atom)."""
        if time is not None and (fixed := self.initial_at(name, time, steps)):
            return fixed
        if time is not None and name in self.states and time < self.start:
            return None
        if time is not None and name in self.backward and time > steps:
            return None
        return self.definitions.get(name)

    @cached_property
    def role(self) -> Mapping[str, str]:
        """Role of every quantity, for people: parameter, input, target, state, loss, output, intermediate, adjoint."""
        return {name: self._role(name) for name in self.shapes}

    def _role(self, name: str) -> str:
        if name in self.given_after:
            return "state"
        if name in self.adjoints or name in self.backward:
            return "adjoint"
        if name not in self.definitions:
            if name not in self.temporal:
                return "parameter"
            return "target" if name in self.targets else "input"
        if name in self.states:
            return "state"
        if not self.shapes[name].axes and (name not in self._read or name in self._only_summed):
            return "loss"
        return "intermediate" if name in self._read else "output"

    @cached_property
    def _read(self) -> frozenset[str]:
        return frozenset(
            x.name for n, d in self.definitions.items() for x in walk(d.body) if isinstance(x, Ref) and x.name != n
        )

    @cached_property
    def _only_summed(self) -> frozenset[str]:
        readers: dict[str, set[str]] = {}
        for name, definition in self.definitions.items():
            for term in walk(definition.body):
                if isinstance(term, Ref):
                    readers.setdefault(term.name, set()).add(name)
        timeless = {n for n in self.definitions if n not in self.temporal} | self.adjoints
        return frozenset(n for n, by in readers.items() if by <= timeless)


def facts_under(network: Network, terms: Iterable[Term]) -> tuple[Fact, ...]:
    """The facts that terms rest on: those about the whole network, and about every quantity under them."""
    under = names_under(network, terms)
    return tuple(f for f in network.facts if not f.about or f.about in under)


def names_under(network: Network, terms: Iterable[Term]) -> frozenset[str]:
    """The names in terms, and in the definitions of those names."""
    found: set[str] = set()
    todo = [x.name for term in terms for x in walk(term) if isinstance(x, Ref)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(read for read, _ in network.lags(name))
    return frozenset(found)


def of_derivatives(definitions: Mapping[str, Definition]) -> frozenset[str]:
    r"""What is computed from derivatives, `q_t = W^\top \delta_{t+1}`."""
    found = frozenset(n for n, d in definitions.items() if any(isinstance(x, Deriv) for x in walk(d.body)))
    while more := frozenset(n for n, d in definitions.items() if speaks_of(d.body, found)) - found:
        found |= more
    return found


def _reads(definition: Definition) -> Iterator[tuple[str, int | None]]:
    for term in walk(definition.body):
        if not isinstance(term, Ref):
            continue
        if term.time is None:
            yield term.name, None
        elif definition.var is not None:
            lag = Affine.of(definition.var) - term.time
            yield term.name, None if lag.parts else lag.const
        else:
            yield term.name, None


def _is_linear(term: Term, names: frozenset[str]) -> bool:
    """Whether no two quantities of a group are multiplied in a term, and none is the argument of a function."""
    if not speaks_of(term, names):
        return True
    match term:
        case Ref():
            return True
        case Mul() | Hadamard() | Outer() | Inner():
            one_side = not (speaks_of(term.left, names) and speaks_of(term.right, names))
            return one_side and _is_linear(term.left, names) and _is_linear(term.right, names)
        case Divide(left=left, right=right):
            return not speaks_of(right, names) and _is_linear(left, names)
        case Apply(function=function):
            return function.name in {"identity", "sum"} and not function.order
        case Power() | Prod() | AtLabel() | SameEntry():
            return False
        case _:
            return all(_is_linear(child, names) for child in children(term))


def _cycles(edges: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], ...]:
    """Groups of nodes that reach each other, and single nodes that reach themselves (Kosaraju, without recursion)."""
    back: dict[str, list[str]] = {}
    for node, targets in edges.items():
        for target in targets:
            back.setdefault(target, []).append(node)
    seen: set[str] = set()
    found = []
    for root in reversed(_finished(edges)):
        if root in seen:
            continue
        group, todo = set(), [root]
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                group.add(node)
                todo.extend(back.get(node, ()))
        if len(group) > 1 or root in edges[root]:
            found.append(frozenset(group))
    return tuple(found)


def _finished(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes in the order in which a search in depth leaves them."""
    order: list[str] = []
    seen: set[str] = set()
    for root in edges:
        stack = [(root, iter(edges[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            node, rest = stack[-1]
            nearest = next((n for n in rest if n not in seen), None)
            if nearest is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(nearest)
                stack.append((nearest, iter(edges[nearest])))
    return order


def enlarged(axes: Sequence[Affine], sizes: Mapping[str, int]) -> dict[str, int] | None:
    """The sizes, some of them enlarged until every axis has an entry; None where no such sizes are found.

    What is too short grows by its first size, again and again: `k - n` is common, a cycle of such differences is not.
    """
    found = dict(sizes)
    for _ in range(len(found) * len(axes) + 1):
        short = next((axis for axis in axes if axis.at(found) < 1), None)
        if short is None:
            return found
        grown = next(((name, factor) for name, factor in short.parts if factor > 0), None)
        if grown is None:
            return None
        name, factor = grown
        found[name] += -((short.at(found) - 1) // factor)
    return None


def base_of(term: Term) -> Ref | None:
    """The quantity that a reference or an entry of one refers to."""
    body = term.body if isinstance(term, Entry) else term
    return body if isinstance(body, Ref) else None


def gap_of(derivative: Deriv) -> Affine | None:
    """How many steps what is differentiated lies behind what it is taken by; None where one of them has no step."""
    of, by = base_of(derivative.of), base_of(derivative.by)
    return None if of is None or by is None or of.time is None or by.time is None else of.time - by.time
