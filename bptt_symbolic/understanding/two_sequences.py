"""Definitions -> the two recurrences of an encoder and a decoder, each as a network with a number of steps of its own.

    h_t = f(h_{t-1}, x_t), t = 1 .. N;  s_0 = h_N;  s_i = g(s_{i-1}, h_N), i = 1 .. M;  L made of the s_i

To the decoder the last states of the encoder are given vectors. To the encoder the loss is a function of its last
states: what a claim says of its derivatives it says of the error that comes back from the decoder, which may have any
value. So a claim about one of the two is settled in a network of its own, for all lengths of both; one that speaks of
both is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from bptt_symbolic.meaning.names import as_written, letter_of, name_of
from bptt_symbolic.meaning.network import Definition, Network, names_under
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Deriv,
    Function,
    Prod,
    Ref,
    Sum,
    Term,
    rebuild,
    substitute,
    walk,
)
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding.any_depth import is_linear
from bptt_symbolic.understanding.notation import LOSS_LETTERS

Definitions = Mapping[str, Definition]
Place = tuple[str, Affine]
"""A quantity at a step, as it is written."""


@dataclass(frozen=True)
class OneSequence:
    """One of the two recurrences."""

    names: frozenset[str]
    """What claims about it may speak of."""
    definitions: Definitions
    starts: tuple[Definition, ...]
    end: str
    """The letter of its last step."""
    foreign: frozenset[str]
    """That of the other one."""
    frozen: Mapping[Place, str] = field(default_factory=dict)
    """What the other one gives, with the names that it has here."""
    losses: frozenset[str] = frozenset()
    """What the other one makes of the last states of this one."""
    errors: Mapping[str, Ref] = field(default_factory=dict)
    """Names of its derivatives, each with what is differentiated."""
    facts: tuple[Fact, ...] = ()

    def settles(self, terms: Sequence[Term]) -> bool:
        """Whether a claim speaks of this one alone."""
        refs = {x.name for term in terms for x in walk(term) if isinstance(x, Ref)}
        known = self.names | self.losses | self.errors.keys()
        return refs <= known and (not self.losses or is_linear(terms, self.losses, self.errors))


@dataclass(frozen=True)
class Joint:
    """What is said of how the second recurrence begins."""

    state: Ref
    given: Ref
    """The last state of the first one."""
    written: Affine
    """Its step, as it is written."""


def two_sequences(
    definitions: Definitions,
    joints: Sequence[Joint],
    starts: Sequence[Definition],
    claims: Sequence[Term],
    last: frozenset[str],
) -> Iterator[OneSequence]:
    """The decoder and the encoder, where a note has both; `last` are the letters of the last step."""
    pair = _Pair(definitions, joints, starts, claims, last)
    if pair.is_pair:
        yield pair.decoder()
        yield pair.encoder()


@dataclass(frozen=True)
class _Pair:
    definitions: Definitions
    joints: Sequence[Joint]
    starts: Sequence[Definition]
    claims: Sequence[Term]
    last: frozenset[str]

    @cached_property
    def forward(self) -> Definitions:
        return {n: d for n, d in self.definitions.items() if not any(isinstance(x, Deriv) for x in walk(d.body))}

    @cached_property
    def network(self) -> Network:
        return Network(self.forward, {}, frozenset())

    @cached_property
    def first(self) -> Definitions:
        """The encoder: what the last states are computed from."""
        given = [j.given for j in self.joints]
        return {n: d for n, d in self.forward.items() if n in names_under(self.network, given)}

    @cached_property
    def second(self) -> Definitions:
        return {n: d for n, d in self.forward.items() if n not in self.first}

    @cached_property
    def written(self) -> str:
        """The letter of the last step of the encoder."""
        return next(iter(self.joints[0].written.names()))

    @cached_property
    def end(self) -> str:
        """That of the decoder: the end of the sums over its steps."""
        sums = (x for d in self.second.values() for x in walk(d.body) if isinstance(x, Sum | Prod))
        steps = (x for d in self.second.values() for x in walk(d.body) if isinstance(x, Ref) and x.name in self.second)
        times = [*(x.high for x in sums), *(x.time for x in steps if x.time is not None)]
        letters = {n for d in self.second.values() for n in (d.var,)}
        named = {n for time in times for n in time.names() if not time.const} - letters - {LAST}
        ends = sorted({n for n in named if n[:1].isupper()} or self.last - {self.written})
        return ends[0] if len(ends) == 1 else self.written

    @cached_property
    def is_pair(self) -> bool:
        """Whether there are two recurrences, and the second reads nothing of the first but its last states."""
        if len({j.written for j in self.joints}) != 1 or not self.second.keys() & {j.state.name for j in self.joints}:
            return False
        states = {j.given.name for j in self.joints} <= self.network.states & self.first.keys()
        read = [x for d in self.second.values() for x in walk(d.body) if isinstance(x, Ref) and x.name in self.first]
        return (
            states
            and all(self._is_end(x) for x in read)
            and not self.first.keys() & {j.state.name for j in self.joints}
        )

    def _is_end(self, ref: Ref) -> bool:
        return ref.time is not None and ref.time in {self.joints[0].given.time, Affine.of(self.written)}

    @cached_property
    def shared(self) -> frozenset[str]:
        """Parameters and inputs of both."""
        return _read(self.first) & _read(self.second)

    @cached_property
    def losses(self) -> frozenset[str]:
        """What claims differentiate that the decoder leads to."""
        terms = (*self.claims, *(d.body for d in self.definitions.values()))
        of = [x for term in terms for d in walk(term) if isinstance(d, Deriv) for x in (d.of,) if isinstance(x, Ref)]
        names = {x.name for x in of if x.time is None and letter_of(x.name) in LOSS_LETTERS}
        return frozenset(n for n in names if n in self.second or n not in self.definitions)

    def _errors(self, by: Definitions) -> dict[str, Definition]:
        """The names of derivatives by quantities of one of them."""
        found = {n: d for n, d in self.definitions.items() if isinstance(d.body, Deriv) and d.body.of in self._totals}
        return {n: d for n, d in found.items() if any(isinstance(x, Ref) and x.name in by for x in walk(d.body))}

    @property
    def _totals(self) -> frozenset[Ref]:
        return frozenset(Ref(n) for n in self.losses)

    def encoder(self) -> OneSequence:
        """The first recurrence, with any function of its last states."""
        args = tuple(dict.fromkeys(Ref(j.given.name, Affine.of(LAST)) for j in self.joints))
        args += tuple(x for x in self._ends_read() if x not in args)
        errors = self._errors(self.first)
        given = " and ".join(f"{as_written(x.name)}_{self.written}" for x in args)
        facts = (Fact(n, f"{as_written(n)} is any function of {given}", "convention") for n in sorted(self.losses))
        return OneSequence(
            frozenset(self.first.keys() | _read(self.first)) - self.shared,
            {**self.first, **{n: Definition(n, Apply(Function(n, "loss"), args)) for n in self.losses}, **errors},
            tuple(d for d in self.starts if d.name in self.first),
            self.written,
            frozenset({self.end} - {self.written}),
            losses=self.losses,
            errors={
                n: d.body.of for n, d in errors.items() if isinstance(d.body, Deriv) and isinstance(d.body.of, Ref)
            },
            facts=tuple(facts),
        )

    def _ends_read(self) -> list[Ref]:
        found = {
            x.name for d in self.second.values() for x in walk(d.body) if isinstance(x, Ref) and x.name in self.first
        }
        return [Ref(n, Affine.of(LAST)) for n in sorted(found)]

    def decoder(self) -> OneSequence:
        """The second recurrence, to which the last states of the first are given."""
        known = {n: self._as_vector(n) for n in self.first}
        errors = self._errors(self.first)
        own = {**self.second, **self._errors(self.second)}
        definitions = {n: replace(d, body=self._frozen(d.body, known)) for n, d in own.items()}
        of_ends = {n: replace(d, name=self._as_vector(n), var=None) for n, d in errors.items()}
        of_ends = {d.name: replace(d, body=self._by_end(d.body, known)) for d in of_ends.values()}
        begun = tuple(Definition(j.state.name, Ref(known[j.given.name]), at=j.state.time) for j in self.joints)
        names = own.keys() | of_ends.keys() | _read(definitions) | {known[j.given.name] for j in self.joints}
        return OneSequence(
            frozenset(names) - self.shared,
            {**definitions, **of_ends},
            (*(d for d in self.starts if d.name in self.second), *begun),
            self.end,
            frozenset({self.written} - {self.end}),
            {
                (n, Affine.of(self.written)): name
                for n, name in (*known.items(), *((n, self._as_vector(n)) for n in errors))
            },
        )

    def _as_vector(self, name: str) -> str:
        parts = name_of(name)
        return str(replace(parts, labels=(*parts.labels, self.written)))

    def _frozen(self, term: Term, known: Mapping[str, str]) -> Term:
        """A formula of the decoder that reads vectors, with its own last step."""
        if isinstance(term, Ref) and term.name in known:
            return Ref(known[term.name], None, term.span)
        return substitute(rebuild(term, lambda child: self._frozen(child, known)), {self.end: Affine.of(LAST)})

    def _by_end(self, term: Term, known: Mapping[str, str]) -> Term:
        return replace(term, by=self._frozen(term.by, known)) if isinstance(term, Deriv) else term


def _read(definitions: Definitions) -> frozenset[str]:
    """What formulas read and none of them gives."""
    return (
        frozenset(x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)) - definitions.keys()
    )
