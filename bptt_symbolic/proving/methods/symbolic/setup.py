"""Network, assumptions -> calculus: what has to be known before the first claim, found once for each network."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Affine, Apply, Constant, Deriv, Entry, Num, Ref, Stack, Term, walk
from bptt_symbolic.proving.methods.symbolic.backward_recursions import Backward
from bptt_symbolic.proving.methods.symbolic.chains import Calculus
from bptt_symbolic.proving.methods.symbolic.forms import HEAD, NAMED, Index, Time, Unprovable, literal, over
from bptt_symbolic.proving.methods.symbolic.scope import Names
from bptt_symbolic.proving.methods.symbolic.shaping import Shapes
from bptt_symbolic.proving.methods.symbolic.world import STAMP, Fold, World
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.scalars.rows import ROWS

FOLDED = frozenset(row.name for row in ROWS.values() if row.square is not None)
MOST_HELD = 24
MOST_WRITTEN = 12
"""Entries of an axis of a fixed size that are looked at one by one."""


def calculus_of(obligation: Obligation, opaque: frozenset[str] = frozenset()) -> Backward:
    """The calculus of a network under hypotheses, kept for the next claim; nothing is known of `opaque` functions.

    What a target marks, and when, is part of the hypotheses: definitions in normal form may rest on it.
    """
    network, assumptions = obligation.network, obligation.assumptions
    parts = _partitions(network, (obligation.left, obligation.right))
    labels = labels_of(obligation)
    key = repr((_in_order(assumptions), sorted(labels.items()), sorted(parts.items(), key=repr), sorted(opaque)))
    return network.kept(
        "calculus",
        key,
        MOST_HELD,
        lambda: _fresh(World(network, assumptions, partitions=parts, labels=labels, opaque=opaque)),
    )


def _in_order(assumptions: Assumptions) -> list[object]:
    """Hypotheses as a value that is written in one way only."""
    values = (getattr(assumptions, f.name) for f in fields(assumptions))
    return [
        sorted(v) if isinstance(v, frozenset) else sorted(v.items()) if isinstance(v, Mapping) else v for v in values
    ]


def _fresh(world: World) -> Backward:
    world.forward = _checked(world.network)
    world.zero_states = _zero_states(world.network, world.assumptions)
    calculus = Backward(world)
    _exponentials(calculus)
    _folds(calculus)
    calculus.connect()
    return calculus


def labels_of(obligation: Obligation) -> dict[str, tuple[Time, Index, bool]]:
    """Target -> the step at which it marks a class, the class, and whether it does."""
    step = obligation.assumptions.marked_at
    time = (step.parts[0][0], step.const)
    found: dict[str, tuple[Time, Index, bool]] = {}
    for marks, given in ((True, obligation.assumptions.label), (False, obligation.assumptions.other)):
        for name, place in (given or {}).items():
            found[name] = (time, _label_place(obligation.network, name, place), marks)
    return found


def _label_place(network: Network, name: str, place: Affine) -> Index:
    """The class that a target marks, as the free index of a claim."""
    axes = network.shapes[name].axes
    if len(axes) != 1:
        raise Unprovable(f"{name} is not a vector")
    if not place.parts or (place.names() <= axes[0].names() and place == axes[0]):
        return literal(str(place))
    if len(place.parts) == 1 and place == Affine.of(place.parts[0][0]):
        return Index(str(axes[0]), NAMED, place.parts[0][0])
    raise Unprovable(f"the class {place}")


def _partitions(network: Network, terms: tuple[Term, ...]) -> dict[Affine, tuple[tuple[Affine, Affine], ...]]:
    """How the stacks of a network divide their axes."""
    shapes = Shapes(network)
    found: dict[Affine, tuple[tuple[Affine, Affine], ...]] = {}
    for term in (*(d.body for d in network.definitions.values()), *terms):
        for part in walk(term):
            if isinstance(part, Entry):
                found |= {axis: _each(axis) for axis in _looked_into(part, shapes)}
            if not isinstance(part, Stack):
                continue
            sizes = [_size(shapes, item, across=part.across) for item in part.items]
            total = sum(sizes, Affine())
            offsets = [sum(sizes[:n], Affine()) for n in range(len(sizes))]
            division = _each(total) if _is_written(total) else tuple(zip(offsets, sizes, strict=True))
            if found.setdefault(total, division) != division:
                raise Unprovable("two stacks that divide one axis differently")
    return found


def _is_written(axis: Affine) -> bool:
    """Whether the entries of an axis are few enough to be looked at one by one."""
    return not axis.parts and axis.const <= MOST_WRITTEN


def _each(axis: Affine) -> tuple[tuple[Affine, Affine], ...]:
    """Every entry of an axis of a fixed size by itself."""
    return tuple((Affine(n), Affine(1)) for n in range(axis.const))


def _looked_into(entry: Entry, shapes: Shapes) -> Iterator[Affine]:
    """The axes of a fixed size of which a formula takes an entry by its number: a sum over one is written out."""
    for index, axis in zip(entry.indices, shapes.of(entry.body).axes, strict=False):
        if index is not None and not index.parts and _is_written(axis):
            yield axis


def _size(shapes: Shapes, item: Term, *, across: bool) -> Affine:
    """How many entries of the axis an item takes; a row is one of a matrix."""
    up = () if across else shapes.of(item).up
    return up[0] if up else Affine(1)


def _checked(network: Network) -> frozenset[str]:
    """The states and all that they are computed from; refuses networks whose meaning the calculus does not cover."""
    for definition in network.initial:
        zero = isinstance(definition.body, Constant) and definition.body.kind == "zero"
        zero = zero or (isinstance(definition.body, Num) and definition.body.value == 0)
        if not zero or definition.name not in network.states or definition.at != Affine(network.start - 1):
            raise Unprovable(f"the given value of {definition.name} at a fixed time")
    forward = _beneath(network, network.states - network.adjoints)
    for definition in network.definitions.values():
        if definition.name in network.adjoints & network.states:
            raise Unprovable(f"{definition.name} is a derivative that is carried from step to step")
        if definition.name in forward:
            _check_forward(network, definition)
        elif definition.name not in network.adjoints | network.backward:
            _check_behind(network, definition)
    return forward


def _beneath(network: Network, names: Iterable[str]) -> frozenset[str]:
    """Names, and the computed quantities that their definitions need."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found and name in network.definitions:
            found.add(name)
            todo.extend(read for read, _ in network.lags(name))
    return frozenset(found)


def _check_forward(network: Network, definition: Definition) -> None:
    """Of what states are computed from: everything that is computed is read at the same step or the one before."""
    name = definition.name
    if name in network.backward:
        raise Unprovable(f"{name} is computed from later steps, and states from it")
    for term in walk(definition.body):
        if isinstance(term, Deriv):
            raise Unprovable(f"{name} is computed with derivatives")
        if not isinstance(term, Ref) or term.time is None or term.name not in network.definitions:
            continue
        lag = None if definition.var is None else Affine.of(definition.var) - term.time
        if lag is None or lag.parts:
            raise Unprovable(f"{name} reads {term.name} at a time of its own")
        if lag.const not in {0, 1}:
            raise Unprovable(f"{name} reads {term.name} from {lag.const} steps before")


def _check_behind(network: Network, definition: Definition) -> None:
    """Of what no state needs: steps before the initial state are not read."""
    for name, lag in network.lags(definition.name):
        if lag is not None and lag > 1 and name in network.definitions:
            raise Unprovable(f"{definition.name} reads {name} from {lag} steps before")


def _zero_states(network: Network, assumptions: Assumptions) -> frozenset[str]:
    if assumptions.zero_start:
        return network.states
    return frozenset(d.name for d in network.initial)


def _placeholders(network: Network, name: str) -> tuple[Index, ...]:
    return over(network.shapes[name].axes, HEAD)


def _attempts(calculus: Calculus, names: Iterable[str]) -> Iterable[tuple[str, Definition, Names, tuple[Index, ...]]]:
    """The definitions that can be evaluated at a step of their own."""
    for name in names:
        definition = calculus.network.definitions[name]
        axes = calculus.network.shapes[name].axes
        if name in calculus.network.adjoints or any(axis in calculus.world.partitions for axis in axes):
            continue
        idx = _placeholders(calculus.network, name)
        yield name, definition, calculus.inside(definition, idx, (STAMP, 0), running=True), idx


def _exponentials(calculus: Calculus) -> None:
    """Patterns that some softmax or log-sum-exp is taken of, so that exponentials of the same vector are its parts."""
    having = [n for n, d in calculus.network.definitions.items() if _has_softmax(d.body)]
    for _, definition, names, idx in _attempts(calculus, having):
        try:
            calculus.body(definition, idx, names)
        except Unprovable:
            continue


def _has_softmax(body: Term) -> bool:
    return any(isinstance(t, Apply) and t.function.name in {"softmax", "logsumexp"} for t in walk(body))


def _folds(calculus: Calculus) -> None:
    """States that are values of a function: the value anywhere else is the state, too."""
    world = calculus.world
    for name, definition, names, idx in _attempts(
        calculus, sorted(calculus.network.states | calculus.network.given_after)
    ):
        try:
            form = calculus.body(definition, idx, names)
        except Unprovable:
            continue
        if len(form) != 1 or form[0][0] != 1 or form[0][1].idx or len(form[0][1].factors) != 1:
            continue
        (atom, exponent), kind = form[0][1].factors[0], world.names[form[0][1].factors[0][0].kind]
        if exponent != 1 or kind[0] != "fn" or kind[2] != 0 or len(atom.times) != 1 or atom.times[0][0] != STAMP:
            continue
        if sorted(atom.idx) != sorted(idx) or atom.kind in world.folds:
            continue
        shift = -atom.times[0][1]
        world.folds[atom.kind] = Fold(name, shift, tuple(atom.idx.index(i) for i in idx))
        if kind[1] in FOLDED:
            world.values[name] = (str(kind[1]), int(str(kind[3])), tuple(idx.index(i) for i in atom.idx), shift)
