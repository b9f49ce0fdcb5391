"""Relations -> models: which relations are definitions, and the network that they make.

A note may define its network more than once (a scalar version, then one with vectors): a section that defines two or
more names anew begins a new model, and falls back on the earlier one for what it leaves out. Names that have a time
elsewhere but are defined without one (`y = W x`, to be used later as a lemma) make a small model of their own,
without time.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.elaborate.build import TWIN, Builder, NotBuilt
from bptt_symbolic.elaborate.coerce import resolved
from bptt_symbolic.elaborate.dots import NoPattern
from bptt_symbolic.elaborate.infer import Conflict, Inference, names_in
from bptt_symbolic.elaborate.names import affine
from bptt_symbolic.elaborate.notation import LOSS_LETTERS, Notation
from bptt_symbolic.elaborate.relations import DECLARING, DEFINING, SETTLED, Stated
from bptt_symbolic.elaborate.statements import stated_shape
from bptt_symbolic.network import Definition, Network
from bptt_symbolic.report import Kind
from bptt_symbolic.source import Fault
from bptt_symbolic.terms import (
    LAST,
    Affine,
    Apply,
    AtLabel,
    Deriv,
    Entry,
    Function,
    Indicator,
    Num,
    Ref,
    Shape,
    Sum,
    Term,
    free_names,
    rebuild,
    substitute,
    walk,
)

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


@dataclass
class _Draft:
    """A model while its relations are read."""

    sections: list[str]
    definitions: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    initial: list[tuple[Definition, Stated]] = field(default_factory=list)
    timeless: dict[str, tuple[Definition, Stated]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    redefined: dict[str, set[str]] = field(default_factory=dict)
    mentioned: list[Term] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    builder: Builder | None = None


@dataclass(frozen=True)
class Setting:
    """What the note and its declarations say besides formulas."""

    notation: Notation
    builder: Builder
    words: Sequence[tuple[str, str]]
    scalar: frozenset[str] = frozenset()
    one_hot: frozenset[str] = frozenset()
    shapes: Sequence[tuple[str, str, tuple[str, ...]]] = ()


def make_models(relations: Sequence[Stated], setting: Setting) -> tuple[list[Item], list[Model]]:
    """Sort the relations into definitions, declarations, claims and others, and build the networks."""
    splits: frozenset[str] = frozenset()
    drafts: list[_Draft] = []
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


def _first_line(relations: Sequence[Stated], section: str) -> int:
    return next(i for i, r in enumerate(relations) if r.line.section == section)


def _draft(relations: Sequence[Stated], setting: Setting, splits: frozenset[str]) -> tuple[list[_Draft], list[Item]]:
    drafts = [_Draft([""], builder=setting.builder)]
    items: list[Item] = []
    everywhere = [r for r in relations if r.line.declared and not r.line.section]
    for stated in relations:
        if stated in everywhere and len(drafts) > 1:
            continue
        section = stated.line.section
        if section in splits and section not in drafts[-1].sections:
            drafts.append(_Draft([section], builder=setting.builder))
            for again in everywhere:
                _sort(again, drafts[-1], setting)
        if section not in drafts[-1].sections:
            drafts[-1].sections.append(section)
        kind, reason = _sort(stated, drafts[-1], setting)
        if not stated.line.declared:
            items.append(Item(stated, kind, len(drafts) - 1, reason))
    return drafts, items


def _sort(stated: Stated, draft: _Draft, setting: Setting) -> tuple[Kind, str]:  # noqa: PLR0911 - one return a kind
    """What a relation is; definitions and shapes are entered into the draft."""
    if _is_about_integers(stated):
        return "declaration", ""
    shape = stated_shape(stated, setting.builder)
    if shape is not None:
        draft.shapes.update(shape)
        return "declaration", ""
    if stated.mark in DECLARING or (stated.left is not None and _is_time_range(stated, setting.notation)):
        return "declaration", ""
    if stated.mark not in SETTLED | DEFINING:
        return "other", f"the relation {stated.mark} is read but not settled"
    if stated.left is None or stated.right is None:
        return "other", "one side is missing"
    head = _head(stated, setting.builder)
    if isinstance(head, str):
        return "definition", head
    body = _body(stated, setting.builder)
    if head is not None and _is_update(stated, head, body):
        return "other", "an update rule, not an equation"
    if head is not None and body is not None and stated.place == 0 and _define(head, body, stated, draft, setting):
        return "definition", ""
    if stated.mark in DEFINING and body is None:
        return "other", "an assignment of something that is not settled"
    if body is not None:
        if _is_hypothesis(stated, head, body, draft):
            return "declaration", "taken as a hypothesis"
        draft.mentioned.append(body)
    left = _term(stated.left, setting.builder)
    if left is not None:
        draft.mentioned.append(left)
    return "claim", ""


def _is_hypothesis(stated: Stated, head: Ref | Entry | None, body: Term, draft: _Draft) -> bool:
    """`sum_k y_{t,k} = 1`: something about given quantities only."""
    left = _term(stated.left, draft.builder) if stated.left is not None and draft.builder is not None else None
    if left is None or head is not None:
        return False
    names = {x.name for t in (left, body) for x in walk(t) if isinstance(x, Ref)}
    given = bool(names) and not names & (set(draft.definitions) | set(draft.timeless))
    return given and not any(isinstance(x, Deriv) for t in (left, body) for x in walk(t)) and isinstance(body, Num)


def _is_about_integers(stated: Stated) -> bool:
    """`t >= 1`, "if a = b": an inline relation between bare letters says nothing about the network."""
    if not stated.line.inline or stated.line.declared or stated.mark in DECLARING:
        return False
    sides = (affine(stated.left), affine(stated.right))
    small = all(a is not None and all(len(n) == 1 and n.islower() for n in a.names()) for a in sides)
    return small and (stated.mark != "=" or all(a is not None and a.parts for a in sides))


def _is_time_range(stated: Stated, notation: Notation) -> bool:
    """`t = 1, ..., T` says what a letter runs over."""
    value = affine(stated.left)
    right = affine(stated.right)
    return (
        value is not None
        and len(value.parts) == 1
        and not value.const
        and right is not None
        and value.names() <= (notation.times | {"i", "j", "k", "l"}) - frozenset(notation.slots)
    )


def _head(stated: Stated, builder: Builder) -> Ref | Entry | str | None:
    """What a definition would define: a quantity, entries of one, or (as text) something of the checker's own."""
    assert stated.left is not None  # noqa: S101 - the caller has seen to it
    left = _term(stated.left, builder)
    if left is None:
        return None
    if isinstance(left, Indicator) and stated.place == 0:
        return "an indicator"
    if isinstance(left, Apply) and stated.place == 0 and not left.function.order and isinstance(left.args[0], Ref):
        own = left.function.generic or left.function.name in builder.meanings.values()
        if own and left.args[0].time is None:
            return "a function"
    inner = left.body if isinstance(left, Entry) else left
    if not isinstance(inner, Ref):
        return None
    if isinstance(left, Entry):
        letters = [i for i in left.indices if i is not None and len(i.parts) == 1 and not i.const]
        if len(letters) != len(left.indices) or len({str(i) for i in letters}) != len(letters):
            return None
    return left  # type: ignore[return-value]


def _term(node: object, builder: Builder) -> Term | None:
    try:
        return builder.build(node)  # type: ignore[arg-type]
    except (NotBuilt, NoPattern):
        return None


def _body(stated: Stated, builder: Builder) -> Term | None:
    return _term(stated.right, builder)


def _is_update(stated: Stated, head: Ref | Entry, body: Term | None) -> bool:
    """`W <- W - eta dL/dW`, `W^{new} = W^{old} - ...`."""
    inner = head.body if isinstance(head, Entry) else head
    assert isinstance(inner, Ref)  # noqa: S101 - _head has seen to it
    if inner.time is not None or body is None:
        return False
    if inner.name.endswith("^{new}") or "^{(" in inner.name:
        return any(isinstance(x, Ref) and x.name.endswith("^{old}") for x in walk(body)) or stated.mark in DEFINING
    return any(isinstance(x, Ref) and x.name == inner.name and x.time is None for x in walk(body)) and not isinstance(
        body, Deriv
    )


def _define(head: Ref | Entry, body: Term, stated: Stated, draft: _Draft, setting: Setting) -> bool:
    """Enter a definition; False when the relation is a claim about something already defined."""
    notation = setting.notation
    ref = head.body if isinstance(head, Entry) else head
    assert isinstance(ref, Ref)  # noqa: S101 - _head has seen to it
    indices = tuple(str(i) for i in head.indices) if isinstance(head, Entry) else ()
    if ref.name.endswith(TWIN) and (supplied := _time_to_supply(body, notation)) is not None:
        ref = replace(ref, name=ref.name.removesuffix(TWIN), time=Affine.of(supplied))
        draft.notes.append(f"{ref.name} is understood as {ref.name}_{supplied}")
    if ref.time is None and _is_timeless_model(ref, body):
        return _define_timeless(ref, body, stated, draft, indices)
    time = ref.time
    if time is not None and (not time.parts or time.names() == {LAST}):
        return _define_initial(ref, body, stated, draft)
    if time is not None and (len(time.parts) != 1 or time.parts[0][1] != 1):
        return False
    var = None if time is None else time.parts[0][0]
    if time is not None and var is not None and time.const:
        body = substitute(body, {var: Affine.of(var) - time.const})
    if not _closed(body, {*indices, *([var] if var else [])}, notation):
        return False
    definition = Definition(ref.name, body, var, indices, None, stated.span)
    return _enter(definition, stated, draft)


def _enter(definition: Definition, stated: Stated, draft: _Draft) -> bool:
    known = draft.definitions.get(definition.name)
    if any(isinstance(x, Ref) and x.name == definition.name and x.time is None for x in walk(definition.body)):
        return False
    if known is None:
        draft.definitions[definition.name] = (definition, stated)
        return True
    before, where = known
    if isinstance(definition.body, Deriv) and _looks_ahead(before):
        draft.definitions[definition.name] = (definition, stated)
        return True
    if where.line.section != stated.line.section and before.body != definition.body and not stated.line.declared:
        draft.redefined.setdefault(stated.line.section, set()).add(definition.name)
    return False


def _looks_ahead(definition: Definition) -> bool:
    """A recursion that runs backward is better understood by the derivative that its name stands for."""
    if definition.var is None or any(isinstance(x, Deriv) for x in walk(definition.body)):
        return False
    return any(
        isinstance(x, Ref)
        and x.name == definition.name
        and x.time is not None
        and (x.time - Affine.of(definition.var)).const > 0
        for x in walk(definition.body)
    )


def _define_timeless(ref: Ref, body: Term, stated: Stated, draft: _Draft, indices: tuple[str, ...]) -> bool:
    if ref.name in draft.timeless or any(isinstance(x, Deriv) for x in walk(body)) or isinstance(body, Ref):
        return False
    if stated.line.inline and not stated.line.declared and not any(isinstance(x, Ref) for x in walk(body)):
        return False
    if any(isinstance(x, Ref) and x.name == ref.name for x in walk(body)):
        return False
    draft.timeless[ref.name] = (Definition(ref.name, body, None, indices, None, stated.span), stated)
    return True


def _define_initial(ref: Ref, body: Term, stated: Stated, draft: _Draft) -> bool:
    """`y(0) = 0`; a formula for step 3 of something that has a formula for every step is a claim."""
    simple = not any(isinstance(x, Deriv | Sum) for x in walk(body)) and not free_names(body)
    known = any(d.name == ref.name and d.at == ref.time for d, _ in draft.initial)
    time = ref.time
    if not simple or known or time is None or (time.parts == () and time.const > 0 and not stated.line.declared):
        return False
    if any(isinstance(x, Ref) and x.time is not None for x in walk(body)):
        return False
    draft.initial.append((Definition(ref.name, body, None, (), time, stated.span), stated))
    return True


def _time_to_supply(body: Term, notation: Notation) -> str | None:
    times = free_names(body) & notation.times
    return next(iter(times)) if len(times) == 1 else None


def _is_timeless_model(head: Ref, body: Term) -> bool:
    refs = [x for x in walk(body) if isinstance(x, Ref)]
    return any(x.name.endswith(TWIN) for x in (head, *refs)) and not any(x.time for x in refs)


def _closed(body: Term, allowed: set[str], notation: Notation) -> bool:
    """Only the head's own letters are free (and sizes, which are no letters of time or index)."""
    free = free_names(body) - allowed - {LAST}
    return not any(
        n in notation.times or n in {"i", "j", "k", "l", r"\ell", "m", "n"} for n in free if not n.startswith("|")
    )


# networks


def _model(draft: _Draft, setting: Setting, before: Model | None) -> Model:
    definitions = {n: d for n, (d, _) in draft.definitions.items()}
    faults: list[Fault] = []
    notes = list(dict.fromkeys(draft.notes))
    if before is not None:
        _fall_back(definitions, before, draft)
    _without_cycles(definitions, draft, faults)
    scalar = _is_scalar(draft, setting)
    shapes = {
        **draft.shapes,
        **{n: _declared_shape(s) for sec, n, s in setting.shapes if not sec or sec in draft.sections},
    }
    builder = _with_vector_functions(setting.builder, definitions, draft)
    definitions = {n: replace(d, body=_remark(d.body, builder.vector_functions)) for n, d in definitions.items()}
    _generic_losses(definitions, draft, setting, notes)
    initial = [d for d, _ in draft.initial if d.name in definitions]
    network = _network(definitions, initial, shapes, draft.mentioned, scalar=scalar, faults=faults, notes=notes)
    stated = frozenset(draft.shapes)
    words = " ".join(text for sec, text in setting.words if sec in draft.sections)
    labels = bool(ONE_HOT.search(words)) or bool(setting.one_hot) or (before is not None and before.assumed_labels)
    timeless = _timeless(draft, scalar=scalar, faults=faults, builder=builder)
    return Model(network, builder, tuple(draft.sections), tuple(notes), stated, labels, timeless, tuple(faults))


def _fall_back(definitions: dict[str, Definition], before: Model, draft: _Draft) -> None:
    """Definitions of the model before, for names that this one uses and nothing redefined stands under."""
    for name, definition in before.network.definitions.items():
        if name in definitions or name in before.network.adjoints:
            continue
        below = {x.name for x in walk(definition.body) if isinstance(x, Ref)}
        if not below & set(draft.definitions):
            definitions[name] = definition


def _declared_shape(sizes: tuple[str, ...]) -> Shape:
    axes = [Affine.of(s) for s in sizes if s != "1"]
    if len(axes) == 2:  # noqa: PLR2004 - a matrix
        return Shape((axes[0],), (axes[1],))
    return Shape((), tuple(axes)) if sizes[:1] == ("1",) else Shape(tuple(axes))


def _without_cycles(definitions: dict[str, Definition], draft: _Draft, faults: list[Fault]) -> None:
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


def _is_scalar(draft: _Draft, setting: Setting) -> bool:
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


def _with_vector_functions(builder: Builder, definitions: Mapping[str, Definition], draft: _Draft) -> Builder:
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


def _generic_losses(definitions: dict[str, Definition], draft: _Draft, setting: Setting, notes: list[str]) -> None:
    """Losses that the note differentiates but never defines."""
    numerators: dict[str, Affine | None] = {}
    for term in [*draft.mentioned, *(d.body for d in definitions.values())]:
        for x in walk(term):
            if isinstance(x, Deriv):
                for ref in walk(x.of):
                    if isinstance(ref, Ref):
                        numerators.setdefault(ref.name, ref.time)
    timed = setting.notation.slots
    for name, time in sorted(numerators.items(), key=lambda item: item[0] not in timed):
        base = name.split("_")[0].split("^")[0].removesuffix(TWIN)
        if name in definitions or base not in LOSS_LETTERS:
            continue
        if time is not None:
            _step_loss(name, definitions, notes)
        else:
            _total_loss(name, definitions, notes)


def _step_loss(name: str, definitions: dict[str, Definition], notes: list[str]) -> None:
    outputs = _outputs(definitions)
    if outputs:
        args: tuple[Term, ...] = tuple(Ref(o, Affine.of("t")) for o in outputs)
        function = Function(f"loss {name}", generic=True, vector=False)
        definitions[name] = Definition(name, Apply(function, args), "t")
        notes.append(f"{name}_t is not defined: taken as any loss of {', '.join(f'{o}_t' for o in outputs)}")


def _total_loss(name: str, definitions: dict[str, Definition], notes: list[str]) -> None:
    per_step = [n for n, d in definitions.items() if d.var is not None and n.split("_")[0] in LOSS_LETTERS]
    twin = name.removesuffix(TWIN) if name.removesuffix(TWIN) in per_step else None
    twin = twin or (per_step[0] if len(per_step) == 1 else None)
    if twin is None:
        outputs = _outputs(definitions)
        if not outputs:
            return
        args: tuple[Term, ...] = tuple(Ref(o, Affine.of("t")) for o in outputs)
        body: Term = Sum("t", Affine(1), Affine.of(LAST), Apply(Function(f"loss {name}", generic=True), args))
        of = ", ".join(f"{o}_t" for o in outputs)
        notes.append(f"{name.removesuffix(TWIN)} is not defined: taken as the sum over all steps of any loss of {of}")
    else:
        body = Sum("t", Affine(1), Affine.of(LAST), Ref(twin, Affine.of("t")))
        notes.append(f"{name.removesuffix(TWIN)} is not defined: taken as the sum of {twin}_t over all steps")
    definitions[name] = Definition(name, body, None)


def _outputs(definitions: Mapping[str, Definition]) -> list[str]:
    """Quantities with a time that nothing reads, or the states when everything is read."""
    forward = {n: d for n, d in definitions.items() if not any(isinstance(x, Deriv) for x in walk(d.body))}
    read = {x.name for n, d in forward.items() for x in walk(d.body) if isinstance(x, Ref) and x.name != n}
    states = Network(forward, {}, frozenset()).states
    leaves = [
        n for n, d in forward.items() if d.var is not None and n not in read and n.split("_")[0] not in LOSS_LETTERS
    ]
    return leaves or sorted(states)


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
    names = list(dict.fromkeys([*definitions, *names_in([d.body for d in definitions.values()])]))
    found, how = _inferred(definitions, names, shapes, temporal, scalar=scalar, faults=faults)
    if how:
        notes.append(how)
    network = Network(definitions, found, temporal, tuple(initial), _start(initial), _targets(definitions, temporal))
    bodies = {n: replace(d, body=resolved(d.body, network, d.indices, inner=True)) for n, d in definitions.items()}
    return replace(network, definitions=bodies)


def _temporal(definitions: Mapping[str, Definition], mentioned: Sequence[Term]) -> frozenset[str]:
    terms = [d.body for d in definitions.values()] + list(mentioned)
    timed = {x.name for t in terms for x in walk(t) if isinstance(x, Ref) and x.time is not None}
    return frozenset(timed | {n for n, d in definitions.items() if d.var is not None})


def _inferred(
    definitions: Mapping[str, Definition],
    names: Sequence[str],
    shapes: Mapping[str, Shape],
    temporal: frozenset[str],
    *,
    scalar: bool,
    faults: list[Fault],
) -> tuple[dict[str, Shape], str]:
    stated = {n: s for n, s in shapes.items() if n in names}
    attempts = (
        [(True, False, "")]
        if scalar
        else [(False, False, ""), (False, True, "vectors are rows"), (True, False, "everything is a scalar")]
    )
    first: Conflict | None = None
    for all_scalar, rows, how in attempts:
        try:
            inference = Inference({} if all_scalar else stated, temporal, all_scalar, rows)
            return inference.solve(list(definitions.values()), names), how
        except Conflict as conflict:
            first = first or conflict
    assert first is not None  # noqa: S101 - some attempt has failed
    message = f"the definitions contradict each other in their shapes: {first.message}"
    faults.append(Fault("shape-conflict", message, "state the shapes, or declare them beside the note", first.span))
    kept = {n: d for n, d in definitions.items() if d.span != first.span or first.span is None}
    if len(kept) < len(definitions):
        return _inferred(kept, names, shapes, temporal, scalar=scalar, faults=faults)
    return {n: stated.get(n, Shape()) for n in names}, ""


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


def _timeless(draft: _Draft, *, scalar: bool, faults: list[Fault], builder: Builder) -> Network | None:
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
    names = list(dict.fromkeys([*definitions, *names_in([d.body for d in definitions.values()])]))
    found, _ = _inferred(definitions, names, {}, frozenset(), scalar=scalar, faults=faults)
    network = Network(definitions, found, frozenset())
    bodies = {n: replace(d, body=resolved(d.body, network, d.indices, inner=True)) for n, d in definitions.items()}
    return replace(network, definitions=bodies)
