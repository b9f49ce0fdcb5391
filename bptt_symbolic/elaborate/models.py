"""Relations -> models: which relations are definitions, and the network that they make.

A note may define its network more than once (a scalar version, then one with vectors): a section that defines two or
more names anew begins a new model, and falls back on the earlier one for what it leaves out. Names that have a time
elsewhere but are defined without one (`y = W x`, to be used later as a lemma) make a small model of their own,
without time.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

from bptt_symbolic.elaborate.bounds import NotBuilt
from bptt_symbolic.elaborate.build import TWIN, Builder
from bptt_symbolic.elaborate.coerce import resolved, whole_ranges
from bptt_symbolic.elaborate.drafts import Draft, Setting, sort
from bptt_symbolic.elaborate.infer import Conflict, Inference, names_in
from bptt_symbolic.elaborate.losses import generic_losses
from bptt_symbolic.elaborate.notation import LOSS_LETTERS
from bptt_symbolic.elaborate.relations import Stated
from bptt_symbolic.guard import Fallen, guarded
from bptt_symbolic.network import Definition, Network
from bptt_symbolic.report import Kind
from bptt_symbolic.shapes import IllTyped, shape_of
from bptt_symbolic.shapes import Scope as TypeScope
from bptt_symbolic.source import Fault
from bptt_symbolic.terms import (
    Affine,
    Apply,
    AtLabel,
    Deriv,
    Function,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    rebuild,
    walk,
)

SIGMA = r"\sigma"
SCALAR_TITLE = re.compile(r"\bscalar\b|one-?\s?dimensional", re.IGNORECASE)
SCALAR_WORDS = re.compile(
    r"\b(all|every|each)\b[^.]{0,60}\b(are|is|being)\b[^.]{0,12}\b(scalars?|one-?\s?dimensional|numbers)\b",
    re.IGNORECASE,
)
ONE_HOT = re.compile(r"one[- ]?hot|label vector|sums? to (one|1)|probability (vector|distribution)", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """A relation with what it is for."""

    stated: Stated
    kind: Kind
    model: int
    reason: str = ""
    """Why a relation that could be neither definition nor claim is none."""


@dataclass(frozen=True)
class Model:
    """One network of the note, and how its formulas are built."""

    network: Network
    builder: Builder
    sections: tuple[str, ...]
    notes: tuple[str, ...] = ()
    stated: frozenset[str] = frozenset()
    """Names whose shape the note states."""
    assumed_labels: bool = False
    """The note says that its targets are one-hot or sum to one."""
    timeless: Network | None = None
    faults: tuple[Fault, ...] = ()

    @cached_property
    def logistic(self) -> "Model | None":
        r"""The model with `\sigma` read as the logistic function; None where it has a meaning, or does not occur."""
        definitions = {n: replace(d, body=_logistic(d.body)) for n, d in self.network.definitions.items()}
        if definitions == dict(self.network.definitions):
            return None
        builder = replace(self.builder, meanings={**self.builder.meanings, SIGMA: "sigmoid"})
        return replace(self, network=replace(self.network, definitions=definitions), builder=builder)


def _logistic(term: Term) -> Term:
    new = rebuild(term, _logistic)
    if isinstance(new, Apply) and new.function.generic and new.function.name == SIGMA:
        return replace(new, function=Function("sigmoid", new.function.order))
    return new


def make_models(relations: Sequence[Stated], setting: Setting) -> tuple[list[Item], list[Model]]:
    """Sort the relations into definitions, declarations, claims and others, and build the networks."""
    splits = _around_scalars(relations, setting)
    drafts: list[Draft] = []
    items: list[Item] = []
    for _ in range(8):
        drafts, items = _draft(relations, setting, splits)
        more = {s for d in drafts for s, names in d.redefined.items() if len(names) > 1} - splits
        if not more:
            break
        splits = splits | {min(more, key=lambda s: _first_line(relations, s))}
    models: list[Model] = []
    for draft in drafts:
        models.append(_model(draft, setting, models[-1] if models else None))
    return items, models


def _around_scalars(relations: Sequence[Stated], setting: Setting) -> frozenset[str]:
    """A section that is declared scalar is a model of its own, and so is what follows it."""
    sections = list(dict.fromkeys(r.line.section for r in relations))
    starts = (b for a, b in pairwise(sections) if (a in setting.scalar) != (b in setting.scalar))
    return frozenset(starts if "" not in setting.scalar else ())


def _first_line(relations: Sequence[Stated], section: str) -> int:
    return next(i for i, r in enumerate(relations) if r.line.section == section)


def _draft(relations: Sequence[Stated], setting: Setting, splits: frozenset[str]) -> tuple[list[Draft], list[Item]]:
    drafts = [Draft([""], builder=setting.builder)]
    items: list[Item] = []
    everywhere = [r for r in relations if r.line.declared and not r.line.section]
    for stated in relations:
        if stated in everywhere and len(drafts) > 1:
            continue
        section = stated.line.section
        if section in splits and section not in drafts[-1].sections:
            drafts.append(Draft([section], builder=setting.builder))
            for again in everywhere:
                sort(again, drafts[-1], setting)
        if section not in drafts[-1].sections:
            drafts[-1].sections.append(section)
        kind, reason = guarded(partial(sort, stated, drafts[-1], setting), _unsorted)
        if not stated.line.declared:
            items.append(Item(stated, kind, len(drafts) - 1, reason))
    return drafts, items


def _unsorted(_: Fallen) -> tuple[Kind, str]:
    """A relation that the program fell on: settled as a claim it falls again, and this is said there."""
    return "claim", ""


def _model(draft: Draft, setting: Setting, before: Model | None) -> Model:
    definitions = {n: d for n, (d, _) in draft.definitions.items()}
    faults: list[Fault] = []
    notes = list(dict.fromkeys(draft.notes))
    if before is not None:
        _fall_back(definitions, before, draft)
    _without_cycles(definitions, draft, faults)
    scalar = _is_scalar(draft, setting)
    shapes = _shapes(draft, setting, faults)
    builder = _with_vector_functions(setting.builder, definitions, draft)
    definitions = {n: replace(d, body=_remark(d.body, builder.vector_functions)) for n, d in definitions.items()}
    known = len(notes)
    generic_losses(definitions, draft, setting, notes)
    faults.extend(
        Fault("no-loss", n, "define the loss in the note, or declare it", None, "warning")
        for n in notes[known:]
        if "any loss" in n  # nothing but its arguments is known; that a total is the sum of its steps is no surprise
    )
    initial = [d for d, _ in draft.initial if d.name in definitions]
    known_faults, known_notes = list(faults), list(notes)
    network = _network(definitions, initial, shapes, draft.mentioned, scalar=scalar, faults=faults, notes=notes)
    if network.adjoints and not scalar:
        columns = {n: replace(d, body=_columns(d.body)) for n, d in definitions.items()}
        other = _network(
            columns, initial, shapes, draft.mentioned, scalar=scalar, faults=known_faults, notes=known_notes
        )
        if _fitting(other, draft) >= _fitting(network, draft):
            network, faults, notes = other, known_faults, known_notes
    stated = frozenset(draft.shapes)
    words = " ".join(text for sec, text in setting.words if sec in draft.sections)
    labels = bool(ONE_HOT.search(words)) or bool(setting.one_hot) or (before is not None and before.assumed_labels)
    timeless = _timeless(draft, scalar=scalar, faults=faults, builder=builder)
    return Model(network, builder, tuple(draft.sections), tuple(notes), stated, labels, timeless, tuple(faults))


def _columns(term: Term) -> Term:
    """The derivatives that a name stands for, shaped like what they are taken by."""
    if isinstance(term, Deriv):
        return replace(term, layout="gradient")
    return rebuild(term, _columns)


def _fitting(network: Network, draft: Draft) -> int:
    """How many formulas with names for gradients have a shape in a network."""
    count = 0
    for term in draft.mentioned:
        if any(isinstance(x, Ref) and x.name in network.adjoints for x in walk(term)):
            with suppress(IllTyped, NotBuilt):
                scope = TypeScope(network)
                shape_of(whole_ranges(term, scope), scope)
                count += 1
    return count


def _fall_back(definitions: dict[str, Definition], before: Model, draft: Draft) -> None:
    """Definitions of the model before, for names that this one uses and nothing redefined stands under."""
    for name, definition in before.network.definitions.items():
        if name in definitions or name in before.network.adjoints:
            continue
        below = {x.name for x in walk(definition.body) if isinstance(x, Ref)}
        if not below & set(draft.definitions):
            definitions[name] = definition


def _shapes(draft: Draft, setting: Setting, faults: list[Fault]) -> dict[str, Shape]:
    """Stated and declared shapes; where both speak and differ, the note is followed."""
    faults.extend(draft.faults)
    shapes = dict(draft.shapes)
    for section, name, sizes in setting.shapes:
        if section and section not in draft.sections:
            continue
        shape = _declared_shape(sizes)
        if shapes.setdefault(name, shape) != shape:
            message = f"{name} is declared {shape}, but the note says {shapes[name]}"
            faults.append(Fault("declaration-conflict", message, "correct the declaration, or remove it"))
    return shapes


def _declared_shape(sizes: tuple[str, ...]) -> Shape:
    axes = [Affine.of(s) for s in sizes if s != "1"]
    if len(axes) == 2:  # noqa: PLR2004 - a matrix
        return Shape((axes[0],), (axes[1],))
    return Shape((), tuple(axes)) if sizes[:1] == ("1",) else Shape(tuple(axes))


def _without_cycles(definitions: dict[str, Definition], draft: Draft, faults: list[Fault]) -> None:
    """Drop definitions that need themselves within the same step."""
    for name in list(definitions):
        if _needs(name, name, definitions, set()):
            definition = definitions.pop(name)
            stated = draft.definitions[name][1] if name in draft.definitions else None
            span = definition.span if stated is None else stated.span
            message = f"{name} is defined by itself within one step"
            faults.append(
                Fault("cyclic-definition", message, "look which of the definitions is meant as a claim", span)
            )


def _needs(name: str, goal: str, definitions: Mapping[str, Definition], seen: set[str]) -> bool:
    definition = definitions.get(name)
    if definition is None or name in seen:
        return False
    seen.add(name)
    for term in walk(definition.body):
        if isinstance(term, Ref) and not any(isinstance(x, Deriv) for x in walk(definition.body)):
            same = term.time is None or definition.var is None or term.time == Affine.of(definition.var)
            if same and (term.name == goal or _needs(term.name, goal, definitions, seen)):
                return True
    return False


def _is_scalar(draft: Draft, setting: Setting) -> bool:
    if setting.scalar & {"", *draft.sections}:
        return True
    if draft.shapes:
        return False
    if any(SCALAR_TITLE.search(title) for title in draft.sections):
        return True
    return any(SCALAR_WORDS.search(text) for sec, text in setting.words if sec in draft.sections)


def _applied(terms: Sequence[Term]) -> Iterator[Function]:
    for term in terms:
        for x in walk(term):
            if isinstance(x, Apply):
                yield x.function


def _with_vector_functions(builder: Builder, definitions: Mapping[str, Definition], draft: Draft) -> Builder:
    """A generic function of an output that never carries a prime or an index may mix entries, as softmax does."""
    states = Network(definitions, {}, frozenset()).states
    everything = [d.body for d in definitions.values()] + draft.mentioned
    primed = {f.name for f in _applied(everything) if f.order or f.index is not None}
    inner = {
        x.function.name
        for n, d in definitions.items()
        if n in states or _feeds(n, definitions)
        for x in walk(d.body)
        if isinstance(x, Apply)
    }
    own = {f.name for d in definitions.values() for f in _applied([d.body]) if f.generic}
    return replace(builder, vector_functions=builder.vector_functions | (own - primed - inner))


def _feeds(name: str, definitions: Mapping[str, Definition]) -> bool:
    """Whether a quantity is read by some state's step."""
    states = Network(definitions, {}, frozenset()).states
    below: set[str] = set()
    todo = [s for s in states if s in definitions]
    while todo:
        for x in walk(definitions[todo.pop()].body):
            if isinstance(x, Ref) and x.name in definitions and x.name not in below:
                below.add(x.name)
                todo.append(x.name)
    return name in below


def _remark(term: Term, vector: frozenset[str]) -> Term:
    """Mark the functions that may mix entries."""
    new = rebuild(term, lambda child: _remark(child, vector))
    if isinstance(new, Apply) and new.function.generic and new.function.name in vector:
        return replace(new, function=replace(new.function, vector=True))
    return new


def _network(
    definitions: dict[str, Definition],
    initial: list[Definition],
    shapes: Mapping[str, Shape],
    mentioned: Sequence[Term],
    *,
    scalar: bool,
    faults: list[Fault],
    notes: list[str],
) -> Network:
    temporal = _temporal(definitions, mentioned)
    found, how = _inferred(definitions, shapes, temporal, scalar=scalar, faults=faults)
    if how:
        notes.append(how)
    sound = {n: d for n, d in definitions.items() if n in found}
    network = Network(sound, found, temporal, tuple(initial), _start(initial), _targets(sound, temporal))
    return _resolved(network, faults)


def _resolved(network: Network, faults: list[Fault]) -> Network:
    """Every open bound of the definitions filled in; a definition that leaves one open is dropped, with a fault."""
    bodies: dict[str, Definition] = {}
    shapes = dict(network.shapes)
    for name, definition in network.definitions.items():
        try:
            bodies[name] = replace(definition, body=resolved(definition.body, network, definition.indices, inner=True))
        except NotBuilt as reason:
            message = f"the definition of {name} cannot be used: {reason.message}"
            faults.append(Fault(reason.code, message, "write the bounds of every sum", definition.span))
            del shapes[name]
        except IllTyped as fault:
            faults.append(Fault(fault.code, fault.message, "look at the shapes on this line", definition.span))
            del shapes[name]
        for x in walk(definition.body):
            if isinstance(x, Sum | Prod) and not (x.high - x.low).parts and (x.high - x.low).const < 0:
                text = f"the range from {x.low} to {x.high} is empty for every number of steps"
                faults.append(Fault("index-range", text, "check both ends of the range", definition.span))
    _drop_dependents(bodies, shapes, faults)
    initial = tuple(d for d in network.initial if d.name in bodies)
    targets = network.targets & set(shapes)
    return replace(network, definitions=bodies, shapes=shapes, initial=initial, targets=targets)


def _drop_dependents(bodies: dict[str, Definition], shapes: dict[str, Shape], faults: list[Fault]) -> None:
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
            message = f"the definition of {name} rests on {other.removesuffix(TWIN)}, which has none that can be used"
            faults.append(Fault("undefined-symbol", message, "mend that definition first", bodies.pop(name).span))
            shapes.pop(name, None)


def _temporal(definitions: Mapping[str, Definition], mentioned: Sequence[Term]) -> frozenset[str]:
    terms = [d.body for d in definitions.values()] + list(mentioned)
    timed = {x.name for t in terms for x in walk(t) if isinstance(x, Ref) and x.time is not None}
    return frozenset(timed | {n for n, d in definitions.items() if d.var is not None})


def _inferred(
    definitions: Mapping[str, Definition],
    shapes: Mapping[str, Shape],
    temporal: frozenset[str],
    *,
    scalar: bool,
    faults: list[Fault],
) -> tuple[dict[str, Shape], str]:
    """Shapes of everything that the definitions mention, and what had to be assumed; a definition that contradicts the
    others is left out, with a fault."""
    names = list(dict.fromkeys([*definitions, *names_in([d.body for d in definitions.values()])]))
    stated = {n: s for n, s in shapes.items() if n in names}
    attempts = [(True, False, "")] if scalar else [(False, False, ""), (False, True, "vectors are rows")]
    if not scalar and not any(s.axes for s in stated.values()):
        attempts.append((True, False, "everything is a scalar"))
    first: Conflict | None = None
    for all_scalar, rows, how in attempts:
        try:
            inference = Inference({} if all_scalar else stated, temporal, all_scalar, rows)
            return inference.solve(list(definitions.values()), names), how
        except Conflict as conflict:
            first = first or conflict
    assert first is not None  # noqa: S101 - some attempt has failed
    blamed = next((d for d in definitions.values() if d.span == first.definition), None)
    kept = {n: d for n, d in definitions.items() if d is not blamed}
    message = f"the shapes on this line do not fit: {first.message}"
    faults.append(Fault("shape-mismatch", message, "check the factors, or state the shapes", first.definition))
    if blamed is None:
        return {n: stated.get(n, Shape()) for n in names}, ""
    found, how = _inferred(kept, shapes, temporal, scalar=scalar, faults=faults)
    return {n: s for n, s in found.items() if n != blamed.name}, how


def _start(initial: Sequence[Definition]) -> int:
    """The first step that is computed: the one after the latest initial value."""
    times = [d.at.const for d in initial if d.at is not None and not d.at.parts]
    return max(times) + 1 if times else 1


def _targets(definitions: Mapping[str, Definition], temporal: frozenset[str]) -> frozenset[str]:
    """Inputs that only quantities off the recurrence read."""
    given = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)} - set(definitions)
    by_recurrence = {
        x.name for n, d in definitions.items() if _feeds(n, definitions) or n in Network(definitions, {},
        frozenset()).states for x in walk(d.body) if isinstance(x, Ref)
    }  # fmt: skip
    labels = {x.label.name for d in definitions.values() for x in walk(d.body) if isinstance(x, AtLabel)}
    return frozenset(((given & temporal) - by_recurrence) | labels)


def _timeless(draft: Draft, *, scalar: bool, faults: list[Fault], builder: Builder) -> Network | None:
    """The little model of definitions without time."""
    if not draft.timeless:
        return None
    definitions = {n: d for n, (d, _) in draft.timeless.items()}
    read = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    outputs = [n for n in definitions if n not in read]
    mentioned = {x.name for t in draft.mentioned for x in walk(t) if isinstance(x, Ref) and x.time is None}
    for name in sorted(mentioned):
        if name not in definitions and name not in read and name.removesuffix(TWIN) in LOSS_LETTERS:
            args: tuple[Term, ...] = tuple(Ref(o) for o in outputs)
            definitions[name] = Definition(name, Apply(Function(f"loss {name}", generic=True), args))
    definitions = {n: replace(d, body=_remark(d.body, builder.vector_functions)) for n, d in definitions.items()}
    found, _ = _inferred(definitions, {}, frozenset(), scalar=scalar, faults=faults)
    return _resolved(Network({n: d for n, d in definitions.items() if n in found}, found, frozenset()), faults)
