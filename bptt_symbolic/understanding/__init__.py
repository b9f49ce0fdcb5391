"""Document -> note: the formulas of a document sorted, with the networks that its definitions make.

Other rooms use what stands in `__all__`, and the modules `opening` (files), `crosscheck` (the second reader), `names`
and `bounds` (how names and ranges are written), `conditions`, and `coerce` (what only shapes can say).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.reading import parser
from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reading.syntax import Relation
from bptt_symbolic.understanding.added_up import with_parts_added
from bptt_symbolic.understanding.below_braces import named_by_braces
from bptt_symbolic.understanding.build import HADAMARD, TRANSPOSES, Builder, Options
from bptt_symbolic.understanding.convention import SAID, letters_of_left, summed
from bptt_symbolic.understanding.corpus import differentiated_by, slot_node
from bptt_symbolic.understanding.declared import BadDeclaration, Declared, NoDeclaration, read_declared
from bptt_symbolic.understanding.differentials import derivative_parts, is_differential
from bptt_symbolic.understanding.dots import OPEN_COUNT, NoPattern
from bptt_symbolic.understanding.drafts import Given, Setting
from bptt_symbolic.understanding.elided import elided_in
from bptt_symbolic.understanding.interpret import spelled, survey
from bptt_symbolic.understanding.lines import Line, Lines, read_lines
from bptt_symbolic.understanding.models import Item, Model, StackPart, make_models
from bptt_symbolic.understanding.named_entries import named_entries
from bptt_symbolic.understanding.named_losses import is_loss
from bptt_symbolic.understanding.named_losses import usual as usual_losses
from bptt_symbolic.understanding.networks import NUMBERS
from bptt_symbolic.understanding.node_numbers import with_nodes_named
from bptt_symbolic.understanding.notation import (
    INDEX_LETTERS,
    LOSS_LETTERS,
    Notation,
    known_function,
)
from bptt_symbolic.understanding.own_functions import own_functions
from bptt_symbolic.understanding.page_signs import signs_of
from bptt_symbolic.understanding.prose import (
    hypothetical,
    marks_ascent,
    marks_immediate,
    marks_outer,
    marks_shortcut,
    said_entropies,
)
from bptt_symbolic.understanding.reasons import why
from bptt_symbolic.understanding.relations import ABOUT, ORDERS, Stated, relations
from bptt_symbolic.understanding.spelling import Spelling
from bptt_symbolic.understanding.sum_bounds import NotBuilt
from bptt_symbolic.understanding.sum_signs import with_sums_said
from bptt_symbolic.understanding.two_steps import two_step_names
from bptt_symbolic.understanding.undefined_losses import outputs_of, written_arguments
from bptt_symbolic.understanding.updates import UPDATE, Descent, descent
from bptt_symbolic.understanding.written_out import entry_names

__all__ = [
    "ABOUT",
    "HADAMARD",
    "INDEX_LETTERS",
    "LOSS_LETTERS",
    "NUMBERS",
    "OPEN_COUNT",
    "ORDERS",
    "TRANSPOSES",
    "UPDATE",
    "BadDeclaration",
    "Builder",
    "Declared",
    "Descent",
    "Given",
    "Item",
    "Model",
    "NoDeclaration",
    "NoPattern",
    "NotBuilt",
    "Note",
    "Options",
    "Spelling",
    "StackPart",
    "Stated",
    "derivative_parts",
    "descent",
    "elaborate",
    "hypothetical",
    "is_differential",
    "known_function",
    "letters_of_left",
    "marks_ascent",
    "marks_immediate",
    "marks_outer",
    "marks_shortcut",
    "outputs_of",
    "read_declared",
    "slot_node",
    "summed",
    "usual_losses",
    "why",
]

ASKED = -2
"""Number of the display of a formula that is asked about."""
FUNCTION_KINDS = frozenset({"elementwise", "vector"})


@dataclass(frozen=True)
class Note:
    """A note understood, as far as that goes without settling anything."""

    lines: Lines
    items: tuple[Item, ...]
    models: tuple[Model, ...]
    faults: tuple[Fault, ...]
    notation: Notation


def elaborate(document: Document, declared: Declared, cell: Document | None = None, asked: Sequence[str] = ()) -> Note:
    """Understand a document; `cell` is the note of the cell that it uses, `asked` are formulas to be read with it."""
    lines = read_lines(document, declared.macros)
    faults = list(lines.faults)
    lines = replace(lines, lines=(*lines.lines, *_asked_lines(asked, declared, lines, faults)))
    added = _declared_lines(declared, faults)
    borrowed = _borrowed(cell)
    named = tuple(named_by_braces(lines))
    everything = replace(lines, lines=(*borrowed, *added, *named, *lines.lines))
    functions = {name: kind for name, kind in declared.functions.items() if kind not in FUNCTION_KINDS}
    functions |= {name: name for name, kind in declared.functions.items() if kind in FUNCTION_KINDS}
    convention = any(SAID.search(text) for _, text in lines.words)
    everything, spelling, together = spelled(everything)
    notation = survey(everything, functions, convention=convention)
    notation = replace(notation, spelling=spelling, decisions={**together, **notation.decisions})
    builder = replace(_builder(notation, declared), convention=convention)
    found = with_nodes_named(tuple(with_parts_added(tuple(with_sums_said(relations(everything), notation)))))
    builder = replace(builder, two_steps=two_step_names(found, builder.tried))
    builder = replace(builder, named_entries=named_entries(found, builder.tried))
    words = [text for _, text in lines.words] + ([] if cell is None else [cell.source.text])
    builder = replace(builder, entries=entry_names(found, builder))
    meanings, formulas = own_functions(found, builder, words)
    losses = LOSS_LETTERS | frozenset(n for n in notation.functions if is_loss(n))
    entropies = frozenset(n for text in words for n in said_entropies(text, losses)) - set(meanings) - formulas
    builder = replace(builder, meanings=meanings, formulas=formulas, entropies=entropies)
    setting = Setting(
        notation,
        builder,
        lines.words,
        declared.scalar,
        declared.one_hot,
        declared.shapes,
        signs_of(everything),
        written_arguments(everything, builder),
        frozenset(
            n for line in everything.lines for u in differentiated_by(line.tree) if (n := builder.named(u.occurrence))
        ),
        frozenset(n for line in everything.lines if line.tree is not None for n in elided_in(line.tree, builder)),
    )
    items, models = make_models(_by_section(found, lines), setting)
    faults.extend(f for m in models for f in m.faults)
    return Note(lines, tuple(items), tuple(models), tuple(faults), notation)


def _builder(notation: Notation, declared: Declared) -> Builder:
    components = set()
    for name in notation.functions:
        labels = notation.labels.get(name, frozenset())
        if labels and labels <= INDEX_LETTERS and (name in notation.bare or len(labels) > 1):
            components.add(name)
    return Builder(
        notation,
        components=frozenset(components),
        vector_functions=frozenset(n for n, kind in declared.functions.items() if kind == "vector"),
        matrices=frozenset(n for n, kind in declared.functions.items() if kind == "diag"),
    )


def _asked_lines(asked: Sequence[str], declared: Declared, lines: Lines, faults: list[Fault]) -> list[Line]:
    """Formulas that a person asks about, as if they stood at the end of the note; their places count in themselves."""
    macros, _ = parser.collect_macros(Source("asked", ""), (), declared.macros)
    section = lines.sections[-1] if lines.sections else ""
    found: list[Line] = []
    for number, text in enumerate(asked, 1):
        source = Source("asked", text)
        parsed = parser.parse_display(source, Span(0, len(text)), macros)
        faults.extend(replace(f, span=None) for f in parsed.faults)
        for place, row in enumerate(parsed.rows, 1):
            fault = next((f for f in parsed.faults if f.severity == "error"), None)
            found.extend(
                Line(p, row.span, section, ASKED, place, f"{number}", fault=fault, text=text, macros=parsed.macros)
                for p in row.parts
            )
    return found


def _declared_lines(declared: Declared, faults: list[Fault]) -> list[Line]:
    macros, _ = parser.collect_macros(Source("declaration", ""), (), declared.macros)
    lines = []
    for section, text in declared.define:
        tree, problems = parser.parse_formula(text, macros)
        faults.extend(replace(p, span=None) for p in problems if p.severity == "error")
        if not isinstance(tree, Relation):
            message = f"the declaration {text!r} is neither TOML nor a definition"
            faults.append(Fault("declaration-file", message, "write a definition such as L = \\sum_t L_t"))
        else:
            lines.append(Line(tree, Span(0, 0), section, -1, inline=True, declared=True, added=True))
    return lines


def _borrowed(cell: Document | None) -> list[Line]:
    if cell is None:
        return []
    return [replace(line, section="", span=Span(0, 0), declared=True) for line in read_lines(cell, {}).lines]


def _by_section(found: Sequence[Stated], lines: Lines) -> list[Stated]:
    """Declared relations come right before the section that they are declared for."""
    own = [r for r in found if not r.line.declared]
    added = [r for r in found if r.line.declared]
    order = [r for r in added if not r.line.section]
    seen = {""}
    for relation in own:
        section = relation.line.section
        if section not in seen:
            seen.add(section)
            order.extend(r for r in added if r.line.section == section)
        order.append(relation)
    del lines
    return order
