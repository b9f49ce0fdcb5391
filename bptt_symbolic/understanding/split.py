r"""Network -> network: a quantity that is read in several places has a copy for each, where the note pretends so.

"We pretend that there are two versions of `s_t`: `s_{a,t}` acts on `s_{t+1}` only, `s_{b,t}` on `h_t` only." Copies
are told by their derivatives: `\frac{\partial s_{t+1}}{\partial s_{a,t}}` says which formula reads which copy. They are
equal to the quantity, so that `\frac{\partial L}{\partial s_t} = \frac{\partial L}{\partial s_{a,t}} + \frac{\partial
L}{\partial s_{b,t}}` is a sentence of the calculus. Nothing is made up: where a place that reads the quantity is given
no copy, or two, there are none. What speaks of no copy is settled in the network of the note.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written, name_of
from bptt_symbolic.meaning.network import Definition, Network, base_of
from bptt_symbolic.meaning.terms import Affine, Apply, Deriv, Ref, Term, rebuild, speaks_of, walk
from bptt_symbolic.reporting.grounds import Fact, Inquiry

LEAST = 2
"""Copies of one quantity that derivatives tell apart: a single one would be another name for it."""
Reader = tuple[str, int]
"""A quantity, and how many steps before its own it reads another."""


def split_by_readers(network: Network, mentioned: Sequence[Term]) -> tuple[Network, frozenset[str]]:
    """The network with the copies that the note differentiates by, and their names."""
    found: set[str] = set()
    for origin, copies in sorted(_copies(network, mentioned).items()):
        told = _told(origin, copies, network, mentioned) if len(copies) >= LEAST else None
        by_reader = told or _said(origin, copies, network)
        if by_reader is not None:
            network = _split(network, origin, by_reader)
            found |= set(by_reader.values())
    return network, frozenset(found)


def _copies(network: Network, mentioned: Sequence[Term]) -> dict[str, set[str]]:
    """What is computed at a step -> the names below bars that are its own with one more label or mark."""
    found: dict[str, set[str]] = {}
    bases = (base_of(x.by) for term in mentioned for x in walk(term) if isinstance(x, Deriv))
    for name in {by.name for by in bases if by is not None and by.time is not None}:
        origin = next((n for n in _shorter(name) if n in network.definitions and n in network.temporal), None)
        if origin is not None and (name not in network.shapes or _only_equal(name, origin, network)):
            found.setdefault(origin, set()).add(name)
    return found


_NOW = frozenset({"out", "output", "outputs", "loss", "readout", "local", "now", "current", "present"})
_LATER = frozenset({"future", "next", "later", "rec", "recurrent", "recurrence", "temporal", "time"})
"""Words for the way over the output of the step, and over the state of the next one."""


def _said(origin: str, copies: Collection[str], network: Network) -> Mapping[Reader, str] | None:
    r"""The copy that each place reads where words tell, `h_t^{\text{out}}` and `h_t^{\text{future}}`; None where they
    do not, or where what reads a quantity within its step leads to the next one as well."""
    readers = {r for n, d in network.definitions.items() if n not in copies for r in _readers(d, origin)}
    recurrent = next((group for group in network.recursions if origin in group), frozenset[str]())
    if any(ahead != (name in recurrent) for name, ahead in readers):
        return None
    ways = {copy: way for copy in copies if (way := _way(copy, origin)) is not None}
    by_way = {way: copy for copy, way in ways.items()}
    found = {reader: by_way[reader[1]] for reader in readers if reader[1] in by_way}
    return found if found and set(found.values()) == set(ways) else None


def _way(copy: str, origin: str) -> int | None:
    """How many steps ahead the copy acts that a word calls so."""
    words = {*name_of(copy).labels, *name_of(copy).marks} - {*name_of(origin).labels, *name_of(origin).marks}
    return next((way for way, known in enumerate((_NOW, _LATER)) if words and words <= known), None)


def _only_equal(name: str, origin: str, network: Network) -> bool:
    """Whether all that is said of a name is that it equals another, at the same step, and no formula reads it."""
    definition = network.definitions.get(name)
    read = any(speaks_of(d.body, {name}) for d in network.definitions.values())
    if definition is None or definition.var is None or read:
        return False
    return definition.body == Ref(origin, Affine.of(definition.var))


def without_readers(network: Network, mentioned: Sequence[Term]) -> Iterator[Fact]:
    """The copies that the note differentiates by and makes equal to what they copy, and that no formula reads."""
    below = {by.name for x in (x for t in mentioned for x in walk(t) if isinstance(x, Deriv)) if (by := base_of(x.by))}
    for copy in sorted(below & set(network.definitions)):
        origin = next((n for n in _shorter(copy) if _only_equal(copy, n, network)), None)
        if origin is not None:
            yield _unread(copy, origin)


def _unread(copy: str, origin: str) -> Fact:
    inquiry = Inquiry(f"Which formula reads {as_written(copy)} in the place of {as_written(origin)}?")
    return Fact(copy, f"no formula reads the copy {as_written(copy)} of {as_written(origin)}", "unknown", None, inquiry)


def _shorter(spelling: str) -> Iterator[str]:
    """A name without one of its labels and marks."""
    name = name_of(spelling)
    for k in range(len(name.labels)):
        yield str(replace(name, labels=name.labels[:k] + name.labels[k + 1 :]))
    for k in range(len(name.marks)):
        yield str(replace(name, marks=name.marks[:k] + name.marks[k + 1 :]))


def _derivatives(mentioned: Sequence[Term]) -> Iterator[tuple[Ref, Ref]]:
    """What is differentiated and by what, where both have a step."""
    for x in (x for term in mentioned for x in walk(term)):
        of, by = (base_of(x.of), base_of(x.by)) if isinstance(x, Deriv) else (None, None)
        if of is not None and by is not None and of.time is not None and by.time is not None:
            yield of, by


def _told(
    origin: str, copies: Collection[str], network: Network, mentioned: Sequence[Term]
) -> Mapping[Reader, str] | None:
    """The copy that each place reads; None where the note does not tell one for each, and a place for each copy."""
    told: dict[Reader, set[str]] = {}
    for of, by in _derivatives(mentioned):
        ahead = None if of.time is None or by.time is None else of.time - by.time
        if by.name in copies and ahead is not None and not ahead.parts:
            told.setdefault((of.name, ahead.const), set()).add(by.name)
    readers = {r for n, d in network.definitions.items() if n not in copies for r in _readers(d, origin)}
    sole = {reader: next(iter(told[reader])) for reader in readers if len(told.get(reader, ())) == 1}
    others = {reader: told.get(reader, set()) - set(sole.values()) for reader in readers - set(sole)}
    whole = all(len(left) == 1 for left in others.values())  # what another place reads reaches this one through that
    by_reader = {**sole, **{reader: next(iter(left)) for reader, left in others.items()}} if whole else {}
    return by_reader if by_reader and set(by_reader.values()) == set(copies) else None


def _readers(definition: Definition, origin: str) -> Iterator[Reader]:
    """The places of a formula that read a quantity; one that no step is told of has no number."""
    parts = list(walk(definition.body))
    if any(isinstance(x, Deriv) or (isinstance(x, Apply) and x.function.order) for x in parts):
        return  # a slope is a value on the way back, and no influence
    for x in parts:
        if isinstance(x, Ref) and x.name == origin:
            ahead = None if x.time is None or definition.var is None else Affine.of(definition.var) - x.time
            yield definition.name, -1 if ahead is None or ahead.parts else ahead.const


def _split(network: Network, origin: str, by_reader: Mapping[Reader, str]) -> Network:
    """The network in which every place reads its own copy."""
    read = {n: replace(d, body=_reading(d.body, d, origin, by_reader)) for n, d in network.definitions.items()}
    copies = sorted(set(by_reader.values()))
    said = (
        f"{' and '.join(as_written(c) for c in copies)} are copies of {as_written(origin)}, one for each that reads it"
    )
    return replace(
        network,
        definitions={c: Definition(c, Ref(origin, Affine.of("t")), "t") for c in copies}
        | {n: d for n, d in read.items() if n not in copies},
        shapes={**network.shapes, **dict.fromkeys(copies, network.shapes[origin])},
        temporal=network.temporal | set(copies),
        initial=(*network.initial, *(replace(d, name=c) for d in network.initial if d.name == origin for c in copies)),
        facts=(*(f for f in network.facts if f.about not in copies), *(Fact(c, said, "convention") for c in copies)),
    )


def _reading(term: Term, definition: Definition, origin: str, by_reader: Mapping[Reader, str]) -> Term:
    """A formula that reads copies."""
    if isinstance(term, Deriv):
        return term
    if isinstance(term, Ref) and term.name == origin and term.time is not None and definition.var is not None:
        ahead = Affine.of(definition.var) - term.time
        copy = by_reader.get((definition.name, ahead.const))
        return term if copy is None or ahead.parts else replace(term, name=copy)
    return rebuild(term, lambda child: _reading(child, definition, origin, by_reader))
