"""Drafts -> losses that the note differentiates, or sums over time, but never defines.

A loss of one step is any function of the outputs of that step, or what a defined total sums over the steps; a total is
the sum of the losses of the steps. Either is said in the report.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written, behind, homonym_of, is_homonym, labels_of, letter_of, marks_of
from bptt_symbolic.meaning.network import Definition, Network, of_derivatives
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Apply,
    Deriv,
    Diag,
    Entry,
    Function,
    Ref,
    Sum,
    Term,
    Transpose,
    children,
    speaks_of,
    substitute,
    walk,
)
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.reporting.grounds import Fact, Grade, Inquiry, definition_of
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.drafts import Draft, Setting
from bptt_symbolic.understanding.lines import Lines
from bptt_symbolic.understanding.named_losses import softmaxes_in, written_out
from bptt_symbolic.understanding.notation import LOSS_LETTERS
from bptt_symbolic.understanding.occurrences import listed, uses


def generic_losses(definitions: dict[str, Definition], draft: Draft, setting: Setting) -> tuple[Fact, ...]:
    """Losses that the note differentiates, or sums over time, but never defines; each is said.

    A loss whose arguments the note writes, `L_t(h_t)`, is any function of these, as stated. What a defined total sums
    over the steps is the loss of a step by convention. Everything else is made up.
    """
    numerators = _used_as_losses(definitions, draft)
    labels = _columns(definitions)
    unusual = _unusual_loss(numerators, definitions, draft)
    timed = setting.notation.slots
    facts: list[Fact] = []
    for name, time in sorted(numerators.items(), key=lambda item: item[0] not in timed):
        base = letter_of(name)
        unnamed = name in definitions or not (base in LOSS_LETTERS or name == unusual)
        if unnamed or name in {*draft.unbuilt, *labels}:
            continue  # what the note defines, in words that the checker does not know, is not made up
        written = _by_written(name, setting.arguments, definitions, setting.builder.entropies)
        known = written or _by_label(name, definitions, draft.mentioned, stepped=time is not None)
        if known is not None:
            definitions[name], fact = known
            facts.append(fact)
        elif time is not None:
            facts.extend(_step_loss(name, definitions, draft.mentioned))
        else:
            facts.extend(_total_loss(name, definitions, draft.mentioned))
    return tuple(facts)


def _by_written(
    name: str,
    arguments: Mapping[str, tuple[Ref, ...]],
    definitions: Mapping[str, Definition],
    entropies: frozenset[str],
) -> tuple[Definition, Fact] | None:
    """A loss by the arguments that the note writes behind it: those that are quantities of the network."""
    written = tuple(a for a in arguments.get(name, ()) if a.name in definitions)
    if not written:
        return None
    times = {a.time for a in arguments[name] if a.time is not None}
    letters = {n for t in times for n in t.names()} - {LAST}
    function = Function(name, "loss")
    of = ", ".join(map(_shown, arguments[name]))
    known = written_out(replace(function, name=letter_of(name)), arguments[name], softmaxes_in(definitions), entropies)
    body = known or Apply(function, arguments[name])
    said = f"{as_written(name)} is {'any function' if known is None else 'the cross-entropy'} of {of}, as written"
    if not letters:
        return Definition(name, body), Fact(name, said, "stated")
    if len(letters) == 1 and not is_homonym(name):
        (letter,) = letters
        return Definition(name, body, letter), Fact(name, said, "stated")
    return None


def _by_label(
    name: str, definitions: Mapping[str, Definition], mentioned: Sequence[Term], *, stepped: bool
) -> tuple[Definition, Fact] | None:
    r"""A loss `J` that has a formula under a label only, `J_{llk}`: the one whose formula the note differentiates, or
    the only one that is made from outputs."""
    outputs = frozenset(outputs_of(definitions))
    stem = as_written(name)
    marked = (n for n in definitions if as_written(n) == n and (labels_of(n) or marks_of(n)) and letter_of(n) == stem)
    labelled = {n: definitions[n] for n in marked if (definitions[n].var is not None) == stepped}
    numerators = [x.of for term in mentioned for x in walk(term) if isinstance(x, Deriv)]
    differentiated = [n for n, d in labelled.items() if any(_is_at_some_step(x, d) for x in numerators)]
    made = [n for n, d in labelled.items() if speaks_of(d.body, outputs)]
    (one, *more) = differentiated or made or [""]
    if not one or more:
        return None
    time = Affine.of("t") if stepped else None
    said = f"{stem} has no formula of its own: taken as {one}"
    grade: Grade = "convention" if differentiated else "assumed"
    fact = Fact(name, said, grade, None, Inquiry(f"Is {stem} the loss {one}?", definition_of(name)))
    return Definition(name, Ref(one, time), "t" if stepped else None), fact


def _is_at_some_step(term: Term, definition: Definition) -> bool:
    """Whether a term is what a definition says, at a step of its own."""
    if isinstance(term, Ref):
        return False
    times = {x.time for x in walk(term) if isinstance(x, Ref) and x.time is not None}
    if definition.var is None or not times:
        return term == definition.body
    return any(term == substitute(definition.body, {definition.var: time}) for time in times)


def _shown(ref: Ref) -> str:
    return ref.name if ref.time is None else f"{ref.name}_{{{ref.time}}}"


def _used_as_losses(definitions: Mapping[str, Definition], draft: Draft) -> dict[str, Affine | None]:
    """Numerators of derivatives, and what the definitions read (`L = sum_t l_t(o_t)`), each with a time it has."""
    bodies = [d.body for d in definitions.values()]
    found: dict[str, Affine | None] = {}
    for x in (x for term in (*draft.mentioned, *bodies) for x in walk(term)):
        if isinstance(x, Deriv):
            found.update({r.name: r.time for r in walk(x.of) if isinstance(r, Ref) and r.name not in found})
    for x in (x for body in bodies for x in walk(body)):
        if isinstance(x, Ref) and x.time is not None:
            found.setdefault(x.name, x.time)
    return found


def _columns(definitions: Mapping[str, Definition]) -> frozenset[str]:
    r"""What a formula transposes, or has entries of: labels that are called `l`, in `-l_t^\top \log y_t`."""
    inner = (x.body for d in definitions.values() for x in walk(d.body) if isinstance(x, Transpose | Entry))
    return frozenset(x.name for x in inner if isinstance(x, Ref))


def _unusual_loss(
    numerators: Mapping[str, Affine | None], definitions: Mapping[str, Definition], draft: Draft
) -> str | None:
    r"""The one name that nothing defines and that only stands above bars, `\frac{\partial \xi}{\partial W}`, in a note
    without a loss of a usual name."""
    terms = [*draft.mentioned, *(d.body for d in definitions.values())]
    elsewhere = {x.name for term in terms for x in _outside_bars(term) if isinstance(x, Ref)}
    only_above = {n for n in numerators if n not in elsewhere | set(definitions)}
    usual = any(letter_of(n) in LOSS_LETTERS for n in (*numerators, *definitions))
    (one, *more) = only_above or {""}
    return one if not more and not usual and numerators.get(one) is None else None


def _outside_bars(term: Term) -> Iterator[Term]:
    yield term
    whole = isinstance(term, Deriv) and isinstance(term.of, Ref)
    for child in (term.by,) if isinstance(term, Deriv) and whole else children(term):
        yield from _outside_bars(child)


def _step_loss(name: str, definitions: dict[str, Definition], mentioned: Sequence[Term]) -> list[Fact]:
    total = definitions.get(homonym_of(name))
    if total is not None and isinstance(total.body, Sum) and total.body.body == Ref(name, Affine.of(total.body.var)):
        total = None  # `L = sum_t L_t(y_t)` says nothing about `L_t`
    if (
        total is not None
        and isinstance(total.body, Sum)
        and total.body.low.const <= 1
        and total.body.high == Affine.of(LAST)
    ):
        definitions[name] = Definition(name, total.body.body, total.body.var)
        return [Fact(name, f"{name}_t is not defined: taken as what {name} sums over the steps", "convention")]
    outputs = outputs_of(definitions)
    if not outputs:
        return []
    function = Function(name, "loss")
    definitions[name] = Definition(name, Apply(function, _arguments(outputs, definitions, mentioned)), "t")
    said = f"{name}_t is not defined: taken as any loss of {', '.join(f'{o}_t' for o in outputs)}"
    return [Fact(name, said, "assumed", None, _asked(f"{name}_t"))]


def _arguments(
    outputs: Sequence[str], definitions: Mapping[str, Definition], mentioned: Sequence[Term]
) -> tuple[Ref, ...]:
    r"""What a loss that nobody defined is of: the outputs of its step, and the label `y` of a single output `\hat y_t`
    where the note goes on to speak of it."""
    args = tuple(Ref(o, Affine.of("t")) for o in outputs)
    label = behind(outputs[0], r"\hat") if len(outputs) == 1 else None
    if label is None or label in definitions:
        return args
    bare = {x.time is None for term in mentioned for x in walk(term) if isinstance(x, Ref) and x.name == label}
    return (*args, *(Ref(label, None if b else args[0].time) for b in sorted(bare)[:1]))


def _asked(name: str) -> Inquiry:
    return Inquiry(f"What is the loss {name}?", definition_of(name))


def _total_loss(name: str, definitions: dict[str, Definition], mentioned: Sequence[Term]) -> list[Fact]:
    shown = as_written(name)
    states = Network(definitions, {}, frozenset()).states  # the cell state `C_t` is no loss of a step
    letters = {n for n in set(definitions) - states if letter_of(n) in LOSS_LETTERS}
    per_step = [n for n, d in definitions.items() if d.var is not None and n in letters]
    twin = shown if shown in per_step else None
    twin = twin or (per_step[0] if len(per_step) == 1 else None)
    if twin is None:
        outputs = outputs_of(definitions)
        if not outputs:
            return []
        args = _arguments(outputs, definitions, mentioned)
        body: Term = Sum("t", Affine(1), Affine.of(LAST), Apply(Function(name, "loss"), args))
        of = ", ".join(f"{o}_t" for o in outputs)
        said = f"{shown} is not defined: taken as the sum over all steps of any loss of {of}"
    else:
        body = Sum("t", Affine(1), Affine.of(LAST), Ref(twin, Affine.of("t")))
        said = f"{shown} is not defined: taken as the sum of {twin}_t over all steps"
    definitions[name] = Definition(name, body, None)
    return [Fact(name, said, "assumed", None, _asked(shown))]


def outputs_of(definitions: Mapping[str, Definition]) -> list[str]:
    """Quantities with a time that nothing reads, or the states when everything is read."""
    backward = of_derivatives(definitions)
    made = {n: d for n, d in definitions.items() if n not in backward and not isinstance(d.body, Diag)}
    forward = {n: d for n, d in made.items() if not (isinstance(d.body, Ref) and d.body.time is None)}  # no copies
    read = {x.name for n, d in forward.items() for x in walk(d.body) if isinstance(x, Ref) and x.name != n}
    states = Network(forward, {}, frozenset()).states
    leaves = [n for n, d in forward.items() if d.var is not None and n not in read and letter_of(n) not in LOSS_LETTERS]
    return leaves or sorted(states)


def written_arguments(lines: Lines, builder: Builder) -> dict[str, tuple[Ref, ...]]:
    """Loss -> what the note writes in brackets behind it, `L_t(h_t, y_t)`; of several, the longest."""
    found: dict[str, tuple[Ref, ...]] = {}
    for line in lines.lines:
        for use in uses(line.tree):
            name = builder.notation.aliases.get(use.occurrence.name, use.occurrence.name)
            if name in LOSS_LETTERS and use.bracket is not None and use.bracket.body is not None:
                args = _quantities(use.bracket.body, builder)
                key = builder.named(use.occurrence)
                if args and key is not None and len(args) > len(found.get(key, ())):
                    found[key] = args
    return found


def _quantities(node: Node, builder: Builder) -> tuple[Ref, ...]:
    """The arguments in a bracket, if each is a quantity by itself."""
    args: list[Ref] = []
    for item in listed(node):
        term = builder.tried(item)
        if not isinstance(term, Ref):
            return ()
        args.append(term)
    return tuple(args)
