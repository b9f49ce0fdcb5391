"""Definitions -> the network that they make: shapes by unification, and the readings of definitions that fit.

A definition that contradicts the others in every reading is left out, with all that rests on it, and said.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.names import as_written, letter_of
from bptt_symbolic.meaning.network import Definition, Network, names_under
from bptt_symbolic.meaning.shapes import IllTyped
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Apply,
    AtLabel,
    Deriv,
    Entry,
    Hadamard,
    Inner,
    Mul,
    Neg,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
    free_names,
    walk,
)
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.understanding.coerce import resolved
from bptt_symbolic.understanding.infer import Conflict, Inference, names_in, varying_weights
from bptt_symbolic.understanding.notation import LOSS_LETTERS
from bptt_symbolic.understanding.sum_bounds import NotBuilt


@dataclass
class Troubles:
    """What is wrong with a note's definitions, and which of them are not used for it."""

    faults: list[Fault] = field(default_factory=list)
    dropped: dict[str, Fault] = field(default_factory=dict)

    def drop(self, name: str, fault: Fault) -> None:
        """A definition that is left out, and why."""
        self.faults.append(fault)
        self.dropped.setdefault(name, fault)

    def copy(self) -> "Troubles":
        """The same so far, for another attempt."""
        return Troubles(list(self.faults), dict(self.dropped))


@dataclass(frozen=True)
class Page:
    """What the page says of shapes besides the definitions."""

    shapes: Mapping[str, Shape]
    """Stated and declared ones."""
    mentioned: Sequence[Term]
    initial: Sequence[Definition]
    scalar: bool
    """Everything is declared a number."""
    vectors: bool
    """Something shows vectors or matrices, and nothing numbers."""
    numbers: bool = False
    """Words say that quantities are numbers, and no shape is stated."""
    either_way: frozenset[str] = frozenset()
    """Vectors that are stated by their size alone: they are columns, unless nothing fits then."""

    def stated(self, names: Collection[str], *, rows: bool) -> dict[str, Shape]:
        """The stated shapes of some names, where vectors are columns, or `rows`."""
        shapes = {n: s for n, s in self.shapes.items() if n in names}
        return {n: Shape(s.down, s.up) if rows and n in self.either_way else s for n, s in shapes.items()}


def network_of(definitions: dict[str, Definition], page: Page, troubles: Troubles) -> tuple[Network, tuple[Fact, ...]]:
    """The network of some definitions, and what had to be taken for granted."""
    temporal = temporal_in(definitions, page.mentioned)
    found, readings, how = shaped(definitions, temporal, page, troubles)
    found = found | dict(_as_long_as(found, definitions, page))
    sound = {n: d for n, d in definitions.items() if n in found}
    targets = _targets(sound, temporal) | compared(sound, found, temporal)
    behind = 0 if page.initial else _behind(sound, temporal)
    network = Network(sound, found, temporal, tuple(page.initial), _start(page.initial) + behind, targets, behind)
    return closed(network, readings, troubles), how


def _as_long_as(
    shapes: Mapping[str, Shape], definitions: Mapping[str, Definition], page: Page
) -> Iterator[tuple[str, Shape]]:
    r"""Given vectors whose length nothing else has, and that claims add to others: `p_t - y_t` beside `\ell(p_t, y_t)`
    says that there are as many targets as outputs.
    """
    counts = Counter(n for shape in shapes.values() for axis in shape.axes for n in axis.names())
    others: dict[str, set[Shape]] = {}
    for added in (x for term in page.mentioned for x in walk(term) if isinstance(x, Add)):
        names = [name for item in added.items if (name := _name_of(item)) is not None and name in shapes]
        for name in names:
            others.setdefault(name, set()).update(shapes[n] for n in names if n != name)
    for name, found in others.items():
        shape = shapes[name]
        lonely = len(shape.axes) == 1 and all(counts[n] == 1 for n in shape.axes[0].names())
        if name in definitions or name in page.shapes or not lonely or not shape.axes[0].names() or len(found) != 1:
            continue
        (other,) = found
        if (len(other.up), len(other.down)) == (len(shape.up), len(shape.down)):
            yield name, other


def _name_of(item: Term) -> str | None:
    """The quantity that a summand is, or an entry of."""
    while isinstance(item, Neg | Entry):
        item = item.body
    return item.name if isinstance(item, Ref) else None


def closed(network: Network, readings: Mapping[str, frozenset[str]], troubles: Troubles) -> Network:
    """Every open bound of the definitions filled in; a definition that leaves one open is dropped, with a fault."""
    bodies: dict[str, Definition] = {}
    shapes = dict(network.shapes)
    for name, definition in network.definitions.items():
        try:
            body = resolved(definition.body, network, definition.indices, readings.get(name, frozenset()))
            _known_ends(body, definition, network)
            bodies[name] = replace(definition, body=body)
        except NotBuilt as reason:
            message = f"the definition of {name} cannot be used: {reason.message}"
            troubles.drop(name, Fault(reason.code, message, "write the bounds of every sum", definition.span))
            del shapes[name]
        except IllTyped as fault:
            help_ = "look at the shapes on this line"
            troubles.drop(name, Fault(fault.code, fault.message, help_, definition.span))
            del shapes[name]
        for x in walk(definition.body):
            if isinstance(x, Sum | Prod) and not (x.high - x.low).parts and (x.high - x.low).const < 0:
                text = f"the range from {x.low} to {x.high} is empty for every number of steps"
                troubles.faults.append(Fault("index-range", text, "check both ends of the range", definition.span))
    _drop_dependents(bodies, shapes, troubles)
    initial = tuple(d for d in network.initial if d.name in bodies)
    targets = network.targets & set(shapes)
    return replace(network, definitions=bodies, shapes=shapes, initial=initial, targets=targets)


def _known_ends(body: Term, definition: Definition, network: Network) -> None:
    """Raise NotBuilt for a sum or product up to something that is neither a size nor a step."""
    known = {LAST, *network.sizes, *definition.indices} | ({definition.var} if definition.var else set())
    for name in sorted(free_names(body) - known):
        if any(isinstance(x, Sum | Prod) and name in (x.low.names() | x.high.names()) for x in walk(body)):
            raise NotBuilt("not-settled", f"{name}, the end of a sum, is no size that the note states", definition.span)


def _drop_dependents(bodies: dict[str, Definition], shapes: dict[str, Shape], troubles: Troubles) -> None:
    """Drop the definitions that rest on one that cannot be used, so that a network is closed."""
    while True:
        lost = {
            name: x.name
            for name, definition in bodies.items()
            for x in walk(definition.body)
            if isinstance(x, Ref) and x.name not in shapes
        }
        if not lost:
            return
        for name, other in lost.items():
            message = f"the definition of {name} rests on {as_written(other)}, which has none that can be used"
            fault = Fault("undefined-symbol", message, "mend that definition first", bodies.pop(name).span)
            troubles.drop(name, fault)
            if other in troubles.dropped:  # what is asked about is the line at the root
                troubles.dropped[name] = troubles.dropped[other]
            shapes.pop(name, None)


def temporal_in(definitions: Mapping[str, Definition], mentioned: Sequence[Term]) -> frozenset[str]:
    """The names that have a step."""
    terms = [d.body for d in definitions.values()] + list(mentioned)
    timed = {x.name for t in terms for x in walk(t) if isinstance(x, Ref) and x.time is not None}
    return frozenset(timed | {n for n, d in definitions.items() if d.var is not None})


Inferred = tuple[dict[str, Shape], dict[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Practice:
    """How authors lay out what they do not state."""

    how: str = ""
    """In words, if it is not the usual one."""
    scalar: bool = False
    """Everything is a number."""
    rows: bool = False
    """Vectors are rows."""
    matrices: bool = False
    """Capitals with a step are matrices, with an example of a batch in each row."""


COLUMNS, NUMERIC = Practice(), Practice(scalar=True)
PRACTICES = (
    COLUMNS,
    Practice("vectors are rows", rows=True),
    Practice("capitals with a step are matrices with an example in each row", matrices=True),
)
"""The practices that are tried, most usual first."""


def _attempt(
    definitions: Mapping[str, Definition],
    names: Sequence[str],
    temporal: frozenset[str],
    stated: Mapping[str, Shape],
    practice: Practice,
    page: Page | None = None,
    *,
    plain: bool,
) -> Inferred | Conflict:
    """Shapes under one practice, with the readings of definitions that it needs; `plain` says whether they have their
    plain reading only."""
    everything = [*definitions.values(), *(() if page is None else _starts(page))]
    varying = varying_weights(definitions.values(), temporal)
    vectors = temporal - varying
    readings = {n: order[0] for n, d in definitions.items() if (order := _order(d, vectors))[0] and not practice.scalar}
    first: Conflict | None = None
    while True:
        try:
            inference = Inference(
                stated, temporal, practice.scalar, practice.rows, practice.matrices, varying, readings=readings
            )
            shapes = inference.solve(everything, names, () if page is None else page.mentioned)
        except Conflict as conflict:
            first = first or conflict
            blamed = next((n for n, d in definitions.items() if d.span == conflict.definition), None)
            another = None if blamed is None else _next_reading(definitions[blamed], readings.get(blamed), vectors)
            if plain or blamed is None or another is None:
                return first
            readings[blamed] = another
            continue
        return shapes, readings | {n: readings.get(n, PLAIN) | EXAMPLES for n in inference.broadcast}


def _starts(page: Page) -> list[Definition]:
    """The initial values that are no numbers, `a_0 = x`."""
    return [d for d in page.initial if names_in([d.body])]


def _fit_numbers(
    definitions: Mapping[str, Definition], names: Sequence[str], temporal: frozenset[str]
) -> tuple[dict[str, Shape], dict[str, frozenset[str]], tuple[Fact, ...]] | None:
    found = _attempt(definitions, names, temporal, {}, NUMERIC, plain=True)
    return None if isinstance(found, Conflict) else (*found, (_numbers(names, temporal),))


PLAIN: frozenset[str] = frozenset()
READINGS = (PLAIN, frozenset({"square"}), frozenset({"entrywise"}), frozenset({"square", "entrywise"}))
"""Readings of the products and squares of a definition, most usual first."""
EXAMPLES = frozenset({"examples"})
"""A row is added to each row of a matrix."""


def _order(definition: Definition, vectors: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The readings of a definition; two `vectors` of one step are multiplied by entries rather than into a number."""
    base = letter_of(definition.name)
    gates = base not in LOSS_LETTERS and any(
        isinstance(x, Mul) and all(_only(side, vectors) for side in (x.left, x.right)) for x in walk(definition.body)
    )
    return (READINGS[2], *(r for r in READINGS if r != READINGS[2])) if gates else READINGS


def _only(term: Term, vectors: frozenset[str]) -> bool:
    names = {x.name for x in walk(term) if isinstance(x, Ref)}
    return bool(names) and names <= vectors and not any(isinstance(x, Entry | Transpose) for x in walk(term))


SQUARE = "the square of a vector is its squared norm"
ENTRYWISE = "a product of two columns is the entrywise product"
ADDED = "a row that is added to a matrix is added to each of its rows"
NUMBERS = "everything is a number"


def shaped(
    definitions: Mapping[str, Definition], temporal: frozenset[str], page: Page, troubles: Troubles
) -> tuple[dict[str, Shape], dict[str, frozenset[str]], tuple[Fact, ...]]:
    """Shapes of everything that the definitions mention, the readings of definitions that are not the plain ones, and
    what had to be assumed; a definition that contradicts the others in every reading is left out, with a fault."""
    everything = [*definitions.values(), *_starts(page)]
    names = list(dict.fromkeys([*definitions, *names_in([d.body for d in everything])]))
    attempts = (NUMERIC,) if page.scalar else PRACTICES
    numbers = None if page.vectors or page.scalar else _fit_numbers(definitions, names, temporal)
    if page.numbers and numbers is not None:
        shapes, readings, (fact,) = numbers
        return shapes, readings, (replace(fact, grade="convention"),)
    first: Conflict | None = None
    for plain in (True, False) if numbers is not None and numbers[2][0].grade == "forced" else (False,):
        for practice in attempts:
            stated = {} if practice.scalar else page.stated(names, rows=practice.rows)
            found = _attempt(definitions, names, temporal, stated, practice, page, plain=plain)
            if not isinstance(found, Conflict):
                return (*found, _granted(practice.how, found))
            first = first or found
        if plain and numbers is not None:
            return numbers
    assert first is not None  # noqa: S101 - some attempt has failed
    if numbers is not None:
        return numbers
    return _without_blamed(definitions, temporal, page, troubles, first)


def _next_reading(definition: Definition, now: frozenset[str] | None, vectors: frozenset[str]) -> frozenset[str] | None:
    order = _order(definition, vectors)
    place = order.index(now or PLAIN) + 1
    return order[place] if place < len(order) else None


def _granted(how: str, found: Inferred) -> tuple[Fact, ...]:
    shapes, readings = found
    used = frozenset(r for n, rs in readings.items() for r in rs if shapes[n].axes or r == "square")
    facts = [Fact("", how, "forced")] if how else []
    facts += [Fact("", SQUARE, "convention")] if "square" in used else []
    facts += [Fact("", ENTRYWISE, "convention")] if "entrywise" in used else []
    facts += [Fact("", ADDED, "convention")] if "examples" in used else []
    return tuple(facts)


def _numbers(names: Sequence[str], temporal: frozenset[str]) -> Fact:
    """Letters are numbers because nothing else fits; with capitals among the parameters that is only assumed."""
    capitals = any(n not in temporal and n[:1].isupper() and n not in LOSS_LETTERS for n in names)
    inquiry = Inquiry("Is everything here a number, or what are the shapes?", "scalar = true")
    return Fact("", NUMBERS, "assumed" if capitals else "forced", None, inquiry)


def _without_blamed(
    definitions: Mapping[str, Definition], temporal: frozenset[str], page: Page, troubles: Troubles, first: Conflict
) -> tuple[dict[str, Shape], dict[str, frozenset[str]], tuple[Fact, ...]]:
    """The same without the definition that contradicts the others."""
    blamed = next((d for d in definitions.values() if d.span == first.definition), None)
    message = f"the shapes on this line do not fit: {first.message}"
    fault = Fault("shape-mismatch", message, "check the factors, or state the shapes", first.definition)
    if blamed is None:
        troubles.faults.append(fault)
        names = list(dict.fromkeys([*definitions, *names_in([d.body for d in definitions.values()])]))
        for name in definitions:
            troubles.drop(name, fault)
        return {n: page.shapes.get(n, Shape()) for n in names if n not in definitions}, {}, ()
    troubles.drop(blamed.name, fault)
    kept = {n: d for n, d in definitions.items() if d is not blamed}
    found, readings, how = shaped(kept, temporal, page, troubles)
    return {n: s for n, s in found.items() if n != blamed.name}, readings, how


def _start(initial: Sequence[Definition]) -> int:
    """The first step that is computed: the one after the latest initial value."""
    times = [d.at.const for d in initial if d.at is not None and not d.at.parts]
    return max(times) + 1 if times else 1


def _behind(definitions: Mapping[str, Definition], temporal: frozenset[str]) -> int:
    """1 where a recurrence is written for the next state and every other formula reads that one, else 0.

    `h_{t+1} = f(h_t, x_t)` beside `L_t = l(h_{t+1})`: with `t` from 1 on, `h_1` is given. It would be computed from
    `x_0`, which no other formula has.
    """
    network, inner = Network(definitions, {}, temporal), recurrent(definitions)
    outer = [reads for name in definitions if name not in inner for reads in network.lags(name)]
    states = {lag for name, lag in outer if name in network.states and lag is not None}
    within = [reads for name in inner for reads in network.lags(name)]
    inputs = {lag for name, lag in within if name in temporal - set(definitions) and lag is not None}
    return int(states == {-1} and inputs <= {1})


def _targets(definitions: Mapping[str, Definition], temporal: frozenset[str]) -> frozenset[str]:
    """Inputs that only quantities off the recurrence read."""
    given = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)} - set(definitions)
    by_recurrence = {x.name for n in recurrent(definitions) for x in walk(definitions[n].body) if isinstance(x, Ref)}
    labels = {x.label.name for d in definitions.values() for x in walk(d.body) if isinstance(x, AtLabel)}
    weights = {n for d in definitions.values() for x in walk(d.body) for n in _weights_of_logarithm(x)}
    return frozenset(((given & temporal) - by_recurrence) | labels | (given & temporal & weights))


def _weights_of_logarithm(term: Term) -> Iterator[str]:
    r"""`x_{t+1}` of `-x_{t+1}^\top \log p_t`: a target, though the recurrence reads it as well."""
    if isinstance(term, Mul | Inner | Hadamard):
        for side, other in ((term.left, term.right), (term.right, term.left)):
            weight = side
            while isinstance(weight, Transpose | Neg):
                weight = weight.body
            if isinstance(weight, Ref) and isinstance(other, Apply) and other.function.name == "log":
                yield weight.name


def compared(
    definitions: Mapping[str, Definition], shapes: Mapping[str, Shape], temporal: frozenset[str]
) -> frozenset[str]:
    """Given vectors without a step that a loss reads, a scalar which nothing reads, and nothing in front of it."""
    readers: dict[str, set[str]] = {}
    for name, definition in definitions.items():
        if not any(isinstance(x, Deriv) for x in walk(definition.body)):
            for x in walk(definition.body):
                if isinstance(x, Ref):
                    readers.setdefault(x.name, set()).add(name)
    unread = {n for n in definitions if n not in readers}
    losses = {n for n in unread if not shapes[n].axes}
    given = {n for n in shapes if n not in definitions and n not in temporal and len(shapes[n].axes) == 1}
    return frozenset(n for n, by in readers.items() if n in given and by & losses and by <= unread)


def recurrent(definitions: Mapping[str, Definition]) -> frozenset[str]:
    """The states, and what is computed on the way to them."""
    network = Network(definitions, {}, frozenset())
    return network.states | (names_under(network, [definitions[s].body for s in network.states]) & set(definitions))
