"""Relations -> models: which relations are definitions, and the network that they make.

A note may define its network more than once (a scalar version, then one with vectors): a section that defines two or
more names anew begins a new model, and falls back on the earlier one for what it leaves out. Names that have a time
elsewhere but are defined without one (`y = W x`, to be used later as a lemma) make a small model of their own,
without time.
"""

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

from bptt_symbolic.meaning.names import as_written, is_homonym, labels_of, letter_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.shapes import IllTyped, shape_of
from bptt_symbolic.meaning.shapes import Scope as TypeScope
from bptt_symbolic.meaning.terms import (
    LAST,
    SCALAR,
    Affine,
    Apply,
    Count,
    Deriv,
    Entry,
    Family,
    Function,
    Neg,
    Prod,
    Ref,
    Shape,
    Stack,
    Sum,
    Term,
    free_names,
    rebuild,
    speaks_of,
    standing,
    walk,
)
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.grounds import Fact, Inquiry, definition_of, in_toml
from bptt_symbolic.reporting.guard import Fallen, guarded
from bptt_symbolic.reporting.report import Kind
from bptt_symbolic.understanding.adjoints import errors_of_layers, name_adjoints
from bptt_symbolic.understanding.any_depth import Part, anchors_of, parts_of
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.coerce import whole_ranges
from bptt_symbolic.understanding.components import by_components
from bptt_symbolic.understanding.copies import with_copies
from bptt_symbolic.understanding.drafts import Draft, Given, Setting, enter
from bptt_symbolic.understanding.late import named_where_used
from bptt_symbolic.understanding.layer_marks import with_neighbours
from bptt_symbolic.understanding.matrices import numbers_beside
from bptt_symbolic.understanding.named_losses import softmaxes_in, written_out
from bptt_symbolic.understanding.names_inside import named_inside
from bptt_symbolic.understanding.networks import (
    ENTRYWISE,
    NUMBERS,
    SQUARE,
    Page,
    Troubles,
    closed,
    compared,
    network_of,
    recurrent,
    shaped,
)
from bptt_symbolic.understanding.notation import LOSS_LETTERS
from bptt_symbolic.understanding.prose import (
    says_bound,
    says_labels,
    says_one_hot,
    says_start,
    says_zero_start,
    shows_numbers,
)
from bptt_symbolic.understanding.relations import ORDERS, Stated
from bptt_symbolic.understanding.signatures import spelled_out
from bptt_symbolic.understanding.split import split_by_readers, without_readers
from bptt_symbolic.understanding.sum_bounds import NotBuilt
from bptt_symbolic.understanding.two_sequences import Joint, OneSequence, two_sequences
from bptt_symbolic.understanding.undefined_losses import generic_losses


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
    mentions: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Name -> the number of formulas of the note that mention it."""
    standing: frozenset[str] = frozenset()
    """Names that stand somewhere by themselves, and not below derivatives alone."""
    given: tuple[Given, ...] = ()
    """The values that names are given as an example."""
    start_said: bool = False
    """The note says what the initial state is."""
    zero_start: bool = False
    """It says that the initial state is zero."""
    one_hot_inputs: frozenset[str] = frozenset()
    """Inputs that it says are one-hot."""
    steps: frozenset[int] = frozenset()
    """Numbers of steps that it takes; of others it says nothing."""
    until: frozenset[str] = frozenset()
    """Letters up to which it sums, or multiplies, in what it says of a loss that it never defines."""
    supposed: tuple[Stated, ...] = ()
    """Inequalities that the note supposes."""
    bounds_in_words: bool = False
    """Its words suppose something of singular values and the like."""
    numbers: "Model | None" = None
    """The same with every letter a number, where nothing on the page shows a vector or a matrix."""
    literal: "Model | None" = None
    """The same with the first of two formulas where a chain gives a quantity two that differ."""
    restored: Mapping[Term, Term] = field(default_factory=dict)
    """What is left out of the first of such formulas put in again, where it stands as an argument."""
    split: "Model | None" = None
    """The same with copies of what is read in several places, one for each."""
    copies: frozenset[str] = frozenset()
    """The names of such copies."""
    parts: "tuple[StackPart, ...]" = ()
    """The same for layers in the middle of a stack."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """The quantities of layers of a stack, each with the letter that its layer is counted from."""
    sequences: "tuple[SequenceModel, ...]" = ()
    """The two recurrences of an encoder and a decoder."""
    variants: dict[str, "Model"] = field(default_factory=dict, compare=False, repr=False)
    """The same with an open function read as a known one, by the name of that."""
    answers: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was settled in exactly this model, by who settles it; another model begins without."""

    def says_as_much_as(self, other: "Model") -> bool:
        """Whether whatever is settled in one of two models comes out the same in the other. How often a formula
        mentions what the network knows is no matter; a name that it does not know is a slip if it stands once."""
        return self == other and self.strangers == other.strangers

    @property
    def strangers(self) -> frozenset[str]:
        """Names that several formulas mention and nothing defines."""
        return frozenset(n for n, count in self.mentions.items() if count > 1 and n not in self.network.shapes)


@dataclass(frozen=True)
class StackPart:
    """Layers in the middle of a stack, as networks."""

    part: Part
    any_depth: Model | None = None
    """With any layers above."""
    last: Model | None = None
    """With the topmost one the last."""


@dataclass(frozen=True)
class SequenceModel:
    """One of two recurrences, as a network."""

    one: OneSequence
    model: Model


def make_models(relations: Sequence[Stated], setting: Setting) -> tuple[list[Item], list[Model]]:
    """Sort the relations into definitions, declarations, claims and others, and build the networks."""
    splits = _around_scalars(relations, setting)
    drafts: list[Draft] = []
    items: list[Item] = []
    for _ in range(8):
        drafts, items = _draft(relations, setting, splits)
        more = {section for draft in drafts for section in draft.redefined if _is_a_network(section, draft)} - splits
        if not more:
            break
        splits = splits | {min(more, key=lambda s: _first_line(relations, s))}
    spelled = {id(stated): (kind, reason) for draft in drafts for stated, kind, reason in spelled_out(draft)}
    items = [_sorted_anew(item, spelled.get(id(item.stated))) for item in items]
    for number, draft in enumerate(drafts):
        claims = [item.stated for item in items if item.model == number and _is_equation(item)]
        inside = {id(stated) for stated in named_inside(claims, draft, setting.notation)}
        items = [_sorted_anew(i, ("definition", "") if id(i.stated) in inside else None) for i in items]
    layers = setting.notation.layers
    claims = [stated for draft in drafts for stated in (*name_adjoints(draft), *errors_of_layers(draft, layers))]
    items = [replace(item, kind="claim") if item.stated in claims else item for item in items]
    models: list[Model] = []
    for draft in drafts:
        before = models[-1] if models else None
        model = _model(draft, setting, before)
        if draft.shorter:
            literal = replace(draft, definitions={**draft.definitions, **draft.shorter}, notes=[], faults=[])
            restored = dict(r for n, (d, _) in draft.shorter.items() for r in _restored(d, draft.definitions[n][0]))
            model = replace(model, literal=_model(literal, setting, before), restored=restored)
        model = replace(model, parts=tuple(_stack_parts(draft, setting, before)))
        model = replace(model, anchors=anchors_of(model.network.definitions, draft.mentioned, setting.notation.layers))
        model = replace(model, sequences=tuple(_sequences(draft, setting, before)))
        items = [_as_start(i, draft, used=bool(model.sequences)) for i in items]
        models.append(model)
    return items, models


def _is_equation(item: Item) -> bool:
    return item.kind == "claim" and item.stated.mark not in ORDERS and not item.reason


def _as_start(item: Item, draft: Draft, *, used: bool) -> Item:
    """`s_0 = h_T`: a definition where it can be used, and else no claim."""
    if not any(item.stated is stated for _, _, stated in draft.joined):
        return item
    if used:
        return replace(item, kind="definition", reason="")
    return replace(item, kind="other", reason="a state that begins with the last one of another recurrence")


def _stack_parts(draft: Draft, setting: Setting, before: Model | None) -> Iterator[StackPart]:
    """The networks of layers in the middle of a stack that claims speak of."""
    letters = setting.notation.layers
    if not letters or not draft.definitions:
        return
    alone = replace(setting, notation=replace(setting.notation, layers=frozenset()))
    line = next(iter(draft.definitions.values()))[1]
    for part in parts_of(_definitions(draft, before, Troubles(), letters), draft.mentioned, letters):
        if not part.last:
            yield StackPart(part)
            continue
        models = []
        for definitions in (part.any_depth, part.last):
            given = {n: (d, draft.definitions.get(n, (d, line))[1]) for n, d in definitions.items()}
            models.append(_model(replace(draft, definitions=given, notes=[], faults=[]), alone, None))
        any_depth, last = models
        network = replace(any_depth.network, facts=(*any_depth.network.facts, *part.facts))
        yield StackPart(part, replace(any_depth, network=network), last)


def _sequences(draft: Draft, setting: Setting, before: Model | None) -> Iterator[SequenceModel]:
    """The networks of an encoder and a decoder."""
    literally = replace(setting.builder, notation=replace(setting.notation, last=frozenset()))
    joints = []
    for state, given, stated in draft.joined:
        written = literally.tried(stated.right)
        if isinstance(written, Ref) and written.time is not None:
            joints.append(Joint(state, given, written.time))
    if not joints:
        return
    definitions = _definitions(draft, before, Troubles(), setting.notation.layers)
    starts = [d for d, _ in draft.initial]
    line = draft.joined[0][2]
    for one in two_sequences(definitions, joints, starts, draft.mentioned, setting.notation.last):
        notation = replace(setting.notation, last=frozenset({one.end}), foreign=one.foreign, layers=frozenset())
        builder = replace(setting.builder, notation=notation, frozen=one.frozen)
        own = {n: (d, draft.definitions.get(n, (d, line))[1]) for n, d in one.definitions.items()}
        alone = replace(draft, definitions=own, initial=[(d, line) for d in one.starts], notes=[], faults=[])
        model = _model(alone, replace(setting, notation=notation, builder=builder), None)
        facts = (*model.network.facts, *one.facts)
        yield SequenceModel(one, replace(model, network=replace(model.network, facts=facts)))


def _sorted_anew(item: Item, found: tuple[Kind, str] | None) -> Item:
    return item if found is None else replace(item, kind=found[0], reason=found[1])


def _is_a_network(section: str, draft: Draft) -> bool:
    """Whether a section that gives something another formula goes on with a network of its own: it gives more anew."""
    return section in draft.another or len(draft.redefined[section] | draft.restated.get(section, set())) > 1


def _restored(shorter: Definition, fuller: Definition) -> Iterator[tuple[Term, Term]]:
    r"""What the argument of a function is in full: of `\sigma(W + U h)` and a column of `\sigma(w_i x + u_i h)`."""
    items = fuller.body.items if isinstance(fuller.body, Stack) else (fuller.body,)
    calls = [x for x in (shorter.body, *items) if isinstance(x, Apply) and len(x.args) == 1]
    if len(calls) == len(items) + 1 and len({x.function for x in calls}) == 1:
        whole = [x.args[0] for x in calls[1:]]
        full = Stack(tuple(whole)) if isinstance(fuller.body, Stack) else whole[0]
        yield calls[0].args[0], full


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
                enter(again, drafts[-1], setting)
        if section not in drafts[-1].sections:
            drafts[-1].sections.append(section)
        kind, reason = guarded(partial(enter, stated, drafts[-1], setting), _unsorted)
        if not stated.line.declared:
            items.append(Item(stated, kind, len(drafts) - 1, reason))
    return drafts, [_as_claim(item, drafts[item.model]) for item in items]


def _as_claim(item: Item, draft: Draft) -> Item:
    """A relation that was a definition until a later one said what its left side is."""
    later = any(item.stated is stated for stated in draft.recursions)
    return replace(item, kind="claim", reason="") if later else item


def _unsorted(_: Fallen) -> tuple[Kind, str]:
    """A relation that the program fell on: settled as a claim it falls again, and this is said there."""
    return "claim", ""


def _model(draft: Draft, setting: Setting, before: Model | None) -> Model:
    troubles = Troubles()
    definitions = _definitions(draft, before, troubles, setting.notation.layers)
    shapes = _shapes(draft, setting, troubles)
    words = [text for section, text in setting.words if section in draft.sections]
    if not (setting.scalar & {"", *draft.sections} or any(map(shows_numbers, words))):
        definitions = by_components(definitions, draft.mentioned)
    definitions, builder = _marked(definitions, shapes, draft, setting)
    losses = generic_losses(definitions, draft, setting)
    troubles.faults.extend(_no_loss(f) for f in losses if "any loss" in f.what)  # a total is the sum of its steps
    page = _page(definitions, shapes, draft, setting, words)
    network, how, troubles = _network(definitions, page, draft, troubles)
    timeless = _timeless(draft, page, troubles, builder)
    facts = (
        *losses,
        *how,
        *_not_used(draft, network, troubles),
        *_unexplained(network, setting),
        *_example(draft),
        *_slips(draft, network),
        *_own_formulas(network, setting),
        *without_readers(network, draft.mentioned),
        *_starts_not_used(draft, network),
    )
    labels = bool(setting.one_hot) or any(says_labels(text, network.targets) for text in words)
    network = with_copies(replace(network, facts=facts), draft.mentioned, draft.updated)
    copies = network.facts[len(facts) :]
    model = Model(
        network,
        replace(builder, entrywise=any(f.what == ENTRYWISE for f in how)),
        tuple(draft.sections),
        (*dict.fromkeys(draft.notes), *_left_out(network, setting), *(f.what for f in (*losses, *how, *copies))),
        frozenset(draft.shapes),
        labels or (before is not None and before.assumed_labels),
        None if timeless is None else replace(timeless, facts=_not_used(draft, timeless, troubles)),
        tuple(troubles.faults),
        draft.mentions,
        standing=frozenset[str]().union(*map(standing, draft.mentioned)),
        given=tuple(draft.given),
        start_said=bool(draft.initial) or any(map(says_start, words)),
        zero_start=any(map(says_zero_start, words)),
        steps=frozenset(draft.taken),
        bounds_in_words=any(map(says_bound, words)),
        supposed=(*(before.supposed if before is not None else ()), *draft.supposed),
        until=frozenset(_ends_of_losses(draft.mentioned, network, {f.about for f in losses if f.grade == "assumed"})),
        one_hot_inputs=_inputs(network) if any(map(says_one_hot, words)) else frozenset(),
    )
    split, names = split_by_readers(network, draft.mentioned)
    model = replace(model, split=replace(model, network=split, variants={}), copies=names) if names else model
    numbers = None if page.vectors or page.scalar or not network.sizes else _as_numbers(definitions, page, facts)
    numbers = None if numbers is None else with_copies(numbers, draft.mentioned, draft.updated)
    return model if numbers is None else replace(model, numbers=replace(model, network=numbers))


def _definitions(
    draft: Draft, before: Model | None, troubles: Troubles, layers: Collection[str]
) -> dict[str, Definition]:
    """The definitions of a draft, with those of the model before that it goes on with."""
    definitions = {n: d for n, (d, _) in draft.definitions.items()}
    if before is not None:
        _fall_back(definitions, before, draft)
    definitions |= dict(_without_their_step(definitions, draft))
    for name in _looking_back(definitions):
        message = f"{as_written(name)} has an entry for each step up to its own alone"
        troubles.drop(name, Fault("not-settled", message, "write the sum over all steps", definitions.pop(name).span))
    definitions = with_neighbours(definitions, draft.mentioned, layers)
    _without_cycles(definitions, draft, troubles)
    return definitions


def _without_their_step(definitions: Mapping[str, Definition], draft: Draft) -> Iterator[tuple[str, Definition]]:
    r"""`\hat y = \mathrm{softmax}(o)` beside `o_t = V h_t`: what other formulas read at a step, and what is given by
    nothing but quantities that have one, leaves it out."""
    read = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref) and x.time is not None}
    for name, (definition, _) in draft.timeless.items():
        refs = [x.name for x in walk(definition.body) if isinstance(x, Ref) and is_homonym(x.name)]
        stepped = refs and all((known := definitions.get(as_written(n))) and known.var for n in refs)
        plain = as_written(name)
        if stepped and plain in read and plain not in definitions:
            draft.notes.append(f"{plain} is understood as {plain}_t")
            yield plain, replace(definition, name=plain, body=_at_the_step(definition.body), var="t")


def _looking_back(definitions: Mapping[str, Definition]) -> list[str]:
    r"""The vectors with an entry for each step of which formulas sum over some steps only, `\sum_{j=1}^t a_{t,j}`."""
    last = Affine.of(LAST)
    partial = [x for d in definitions.values() for x in walk(d.body) if isinstance(x, Sum) and x.high != last]
    some = {
        y.body.name
        for x in partial
        for y in walk(x.body)
        if isinstance(y, Entry) and isinstance(y.body, Ref) and y.indices == (Affine.of(x.var),)
    }
    return [n for n, d in definitions.items() if isinstance(d.body, Family) and not d.body.across and n in some]


def _at_the_step(term: Term) -> Term:
    if isinstance(term, Ref) and is_homonym(term.name):
        return replace(term, name=as_written(term.name), time=Affine.of("t"))
    return rebuild(term, _at_the_step)


def _marked(
    definitions: dict[str, Definition], shapes: Mapping[str, Shape], draft: Draft, setting: Setting
) -> tuple[dict[str, Definition], Builder]:
    """The definitions with sizes as numbers, and functions that may mix entries marked as such, here and in what is
    built from now on."""
    sizes = _sizes(shapes, definitions)
    counted = {n: replace(d, body=_counted(d.body, sizes)) for n, d in definitions.items()}
    draft.mentioned = [_counted(t, sizes) for t in draft.mentioned]
    builder = replace(setting.builder, softmaxes=softmaxes_in(counted), supplied=frozenset(draft.supplied))
    builder = _with_kinds(builder, counted, draft, setting.elided, vectors=setting.signs.vectors)
    marked = {n: replace(d, body=_remark(d.body, builder)) for n, d in counted.items()}
    named = named_where_used(marked)
    return named, replace(builder, calls=dict(_calls(named, setting.notation.main)))


def _calls(definitions: Mapping[str, Definition], step: str) -> Iterator[tuple[str, tuple[Term, ...]]]:
    r"""The functions that one formula of a step applies, and to one thing: what the dots of `f'(\dots)` stand for."""
    found: dict[str, set[tuple[str | None, tuple[Term, ...]]]] = {}
    for definition in definitions.values():
        for x in walk(definition.body):
            if isinstance(x, Apply) and not x.function.order:
                found.setdefault(x.function.name, set()).add((definition.var, x.args))
    yield from ((name, args) for name, calls in found.items() if len(calls) == 1 for var, args in calls if var == step)


def _page(
    definitions: Mapping[str, Definition],
    shapes: Mapping[str, Shape],
    draft: Draft,
    setting: Setting,
    words: Sequence[str],
) -> Page:
    """What the page says of shapes: letters are vectors and matrices as if stated where something shows it, and nothing
    shows numbers."""
    stated = any(shape.axes for shape in shapes.values())
    numbers = not stated and any(map(shows_numbers, words))
    return Page(
        shapes,
        draft.mentioned,
        [d for d, _ in draft.initial if d.name in definitions],
        scalar=bool(setting.scalar & {"", *draft.sections}),
        vectors=stated or (setting.signs.vectors and not draft.values and not numbers),
        numbers=numbers,
        either_way=frozenset(draft.either_way),
    )


def _network(
    definitions: dict[str, Definition], page: Page, draft: Draft, troubles: Troubles
) -> tuple[Network, tuple[Fact, ...], Troubles]:
    """The network, what had to be taken for granted, and what is wrong; with the derivatives that names stand for in
    the layout in which most formulas have a shape."""
    known = troubles.copy()
    network, how = network_of(definitions, page, troubles)
    if network.adjoints and not page.scalar:
        columns = {n: replace(d, body=_columns(d.body)) for n, d in definitions.items()}
        other, other_how = network_of(columns, page, known)
        if _fitting(other, draft) >= _fitting(network, draft):
            return other, other_how, known
    return network, how, troubles


def _sizes(shapes: Mapping[str, Shape], definitions: Mapping[str, Definition]) -> frozenset[str]:
    """The names of sizes in the shapes that the note states, which are no quantities besides."""
    names = {n for shape in shapes.values() for axis in shape.axes for n in axis.names()}
    return frozenset(names - set(shapes) - set(definitions) - {LAST, "d"})  # `d` may be the sign of a differential


def _counted(term: Term, sizes: frozenset[str]) -> Term:
    r"""`\frac{1}{C}`: a size that stands where a number does is that size."""
    if isinstance(term, Ref) and term.time is None and term.name in sizes:
        return Count(Affine.of(term.name), term.span)
    return rebuild(term, lambda child: _counted(child, sizes))


def _as_numbers(definitions: dict[str, Definition], page: Page, facts: Sequence[Fact]) -> Network | None:
    """The network with every letter a number; None where that does not fit."""
    troubles = Troubles()
    network, _ = network_of(definitions, replace(page, scalar=True), troubles)
    if troubles.dropped:
        return None
    inquiry = Inquiry("Is everything here a number, or are these vectors and matrices?", "scalar = true")
    kept = (f for f in facts if f.what not in {SQUARE, ENTRYWISE} and f.grade != "dropped")
    return replace(network, facts=(*kept, Fact("", NUMBERS, "convention", None, inquiry)))


def _inputs(network: Network) -> frozenset[str]:
    """Given vectors with a step that are no targets."""
    given = network.temporal - set(network.definitions) - network.targets
    return frozenset(n for n in given if n in network.shapes and len(network.shapes[n].axes) == 1)


def _ends_of_losses(claims: Sequence[Term], network: Network, losses: Collection[str]) -> Iterator[str]:
    """The letters that are free at the upper ends of sums and products in what is said of losses, or of their
    derivatives that have names."""
    spoken = {n for n in network.adjoints if speaks_of(network.definitions[n].body, losses)} | set(losses)
    for term in claims:
        if speaks_of(term, spoken):
            ends = {n for x in walk(term) if isinstance(x, Sum | Prod) for n in x.high.names()}
            yield from ends & free_names(term) - {LAST}


def _no_loss(fact: Fact) -> Fault:
    return Fault("no-loss", fact.what, "define the loss in the note, or declare it", None, "warning")


def _not_used(draft: Draft, network: Network, troubles: Troubles) -> tuple[Fact, ...]:
    """Definitions of the note that are not in the network, with the reason; the line that could not be used is asked
    about."""
    found: list[Fact] = []
    lost = {n: (f.message, f.span) for n, f in troubles.dropped.items()} | draft.unbuilt
    for name, (message, span) in lost.items():
        if name not in network.definitions:
            shown = as_written(name)
            inquiry = Inquiry(f"How is {shown} computed? {message}", definition_of(shown))
            found.append(Fact(name, message, "dropped", span, inquiry))
    return tuple(found)


def _starts_not_used(draft: Draft, network: Network) -> Iterator[Fact]:
    """States that begin with the last one of another recurrence in the same network."""
    begun = {(d.name, d.at) for d in network.initial}
    for state, given, stated in draft.joined:
        if {state.name, given.name} <= network.definitions.keys() and (state.name, state.time) not in begun:
            what = f"{as_written(state.name)} begins with the last {as_written(given.name)}"
            yield Fact(state.name, what, "dropped", stated.span)


def _own_formulas(network: Network, setting: Setting) -> Iterator[Fact]:
    """Quantities that are made by a function with a formula of its own: it is taken for any function."""
    for name, definition in network.definitions.items():
        for function in sorted({f.name for f in _applied([definition.body])} & setting.builder.formulas):
            inquiry = Inquiry(f"Which function is {function}?", f'[functions]\n"{in_toml(function)}" = "..."')
            what = f"the formula for {function} is none that the checker knows; it is taken for any function"
            yield Fact(name, what, "assumed", None, inquiry)


def _example(draft: Draft) -> Iterator[Fact]:
    """A number of steps that the note takes: what it says of it may hold for that number only."""
    if draft.example is not None:
        inquiry = Inquiry("Is what the note says meant for this number of steps only?", None)
        yield Fact("", "the note takes a number of steps as an example", "assumed", draft.example, inquiry)


def _slips(draft: Draft, network: Network) -> Iterator[Fact]:
    """Quantities whose formula cannot be meant as it is written, and is read otherwise."""
    for name, (message, span) in draft.slips.items():
        if name in network.definitions:
            inquiry = Inquiry(f"How is {as_written(name)} computed? {message}", definition_of(as_written(name)))
            yield Fact(name, f"{message}; it is read as if it did", "assumed", span, inquiry)


def _left_out(network: Network, setting: Setting) -> Iterator[str]:
    """The names that are written without their step."""
    for name in network.definitions:
        if setting.notation.slots.get(as_written(name)) == "left out":
            yield f"{name} is understood as {name}_{setting.notation.main}"


def _unexplained(network: Network, setting: Setting) -> tuple[Fact, ...]:
    """Quantities that are written by a command which nothing explains, or by the letter that it seems to set."""
    letters = dict(setting.notation.spelling.letters)
    found = []
    for name in network.shapes:
        for macro in sorted(setting.signs.unknown):
            inquiry = Inquiry(f"What does {macro} stand for?", f'[macros]\n"{in_toml(macro)}" = "..."')
            if re.search(re.escape(macro) + r"(?![A-Za-z])", name):
                found.append(Fact(name, f"nothing says what {macro} means", "unknown", None, inquiry))
            elif letters.get(macro) == letter_of(name):
                what = f"nothing says what {macro} means; it is read as the letter {letters[macro]} in some style"
                found.append(Fact(name, what, "assumed", None, inquiry))
    return tuple(found)


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
    """Definitions of the model before, for names that this one does not define: those that nothing redefined stands
    under, and those that its formulas speak of, `o_t = V h_t` with another `h_t`."""
    spoken = {x.name for term in draft.mentioned for x in walk(term) if isinstance(x, Ref)}
    todo = {n: d for n, d in before.network.definitions.items() if n not in {*definitions, *before.network.adjoints}}
    while True:
        below = {n: {x.name for x in walk(d.body) if isinstance(x, Ref)} for n, d in todo.items()}
        taken = {n for n in todo if n in spoken or not below[n] & set(draft.definitions)}
        if not taken:
            return
        spoken.update(*(below[n] for n in taken))
        definitions |= {n: todo.pop(n) for n in sorted(taken)}


def _shapes(draft: Draft, setting: Setting, troubles: Troubles) -> dict[str, Shape]:
    """Stated and declared shapes; where both speak and differ, the note is followed."""
    troubles.faults.extend(draft.faults)
    shapes = dict(draft.shapes)
    for section, name, sizes in setting.shapes:
        if section and section not in draft.sections:
            continue
        shape = _declared_shape(sizes)
        if shapes.setdefault(name, shape) != shape:
            message = f"{name} is declared {shape}, but the note says {shapes[name]}"
            troubles.faults.append(Fault("declaration-conflict", message, "correct the declaration, or remove it"))
    given = numbers_beside((*draft.mentioned, *(d.body for d, _ in draft.definitions.values())))
    numbers = {name for name in given if name not in draft.definitions}
    numbers |= {name for name, (d, _) in draft.definitions.items() if _is_one_entry(d)}
    return {**dict.fromkeys(sorted(numbers), SCALAR), **shapes}


def _is_one_entry(definition: Definition) -> bool:
    r"""Whether a numbered quantity is made of single entries: `h_{t,1} = \tanh(w_{11} h_{t-1,1} + w_{12} x_t)`."""
    entries = [x for x in walk(definition.body) if isinstance(x, Entry)]
    single = all(i is not None and not i.parts for x in entries for i in x.indices)
    return bool(entries) and single and all(map(str.isdigit, labels_of(definition.name) or ("",)))


def _declared_shape(sizes: tuple[str, ...]) -> Shape:
    axes = [Affine.of(s) for s in sizes if s != "1"]
    if len(axes) == 2:  # noqa: PLR2004 - a matrix
        return Shape((axes[0],), (axes[1],))
    return Shape((), tuple(axes)) if sizes[:1] == ("1",) else Shape(tuple(axes))


def _without_cycles(definitions: dict[str, Definition], draft: Draft, troubles: Troubles) -> None:
    """Drop definitions that need themselves within the same step."""
    for name in list(definitions):
        if _needs(name, name, definitions, set()):
            definition = definitions.pop(name)
            stated = draft.definitions[name][1] if name in draft.definitions else None
            span = definition.span if stated is None else stated.span
            message = f"{name} is defined by itself within one step"
            help_ = "look which of the definitions is meant as a claim"
            troubles.drop(name, Fault("cyclic-definition", message, help_, span))


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


def _applied(terms: Sequence[Term]) -> Iterator[Function]:
    for term in terms:
        for x in walk(term):
            if isinstance(x, Apply):
                yield x.function


def _with_kinds(
    builder: Builder, definitions: Mapping[str, Definition], draft: Draft, elided: Collection[str], *, vectors: bool
) -> Builder:
    r"""The kinds of the note's own functions: one of an output that never carries a prime or an index may mix entries,
    as softmax does; one that only losses are made of, `L = \sum_t \ell(h_t)`, makes one number of a vector.
    """
    everything = [d.body for d in definitions.values()] + draft.mentioned
    primed = {f.name for f in _applied(everything) if f.order or f.index is not None} | set(elided)
    inner = {f.name for n in recurrent(definitions) for f in _applied([definitions[n].body])}
    own = {f.name for d in definitions.values() for f in _applied([d.body]) if f.kind in {"generic", "vector"}}
    made = {n: {f.name for f in _applied([d.body])} for n, d in definitions.items()}
    losses = {n for n in definitions if letter_of(n) in LOSS_LETTERS}
    outermost = {f for n in losses if (f := _outermost(definitions[n].body)) is not None}
    elsewhere = {f for n, found in made.items() if n not in losses for f in found}
    scalar = frozenset(outermost & own - elsewhere - (frozenset() if vectors else primed))
    vector = builder.vector_functions | (own - primed - inner - scalar)
    return replace(builder, vector_functions=vector, loss_functions=scalar)


def _outermost(term: Term) -> str | None:
    """The function that a loss is, or that it sums."""
    while isinstance(term, Sum | Neg):
        term = term.body
    return term.function.name if isinstance(term, Apply) and len(term.args) == 1 else None


def _remark(term: Term, builder: Builder) -> Term:
    """The kinds of functions marked where they stand."""
    new = rebuild(term, lambda child: _remark(child, builder))
    if not isinstance(new, Apply) or not new.function.own:
        return new
    known = written_out(new.function, new.args, builder.softmaxes, builder.entropies)
    if known is not None or new.function.kind != "generic":
        return known or new
    return replace(new, function=replace(new.function, kind=builder.kind_of(new.function.name)))


def _timeless(draft: Draft, page: Page, troubles: Troubles, builder: Builder) -> Network | None:
    """The little model of definitions without time."""
    if not draft.timeless:
        return None
    definitions = {n: d for n, (d, _) in draft.timeless.items()}
    read = {x.name for d in definitions.values() for x in walk(d.body) if isinstance(x, Ref)}
    outputs = [n for n in definitions if n not in read]
    mentioned = {x.name for t in draft.mentioned for x in walk(t) if isinstance(x, Ref) and x.time is None}
    for name in sorted(mentioned):
        if name not in definitions and name not in read and as_written(name) in LOSS_LETTERS:
            args: tuple[Term, ...] = tuple(Ref(o) for o in outputs)
            definitions[name] = Definition(name, Apply(Function(name, "loss"), args))
    definitions = {n: replace(d, body=_remark(d.body, builder)) for n, d in definitions.items()}
    alone = replace(page, shapes={}, mentioned=(), initial=())
    found, readings, _ = shaped(definitions, frozenset(), alone, troubles)
    sound = {n: d for n, d in definitions.items() if n in found}
    network = Network(sound, found, frozenset(), targets=compared(sound, found, frozenset()))
    return closed(network, readings, troubles)
