"""Document -> lines: every formula of the note parsed, in order, with its section, its number and what stands beside
it.

A line is one column pair of one row of a display, or one inline formula. A condition typed beside a display ("if y =
j" in a paragraph of its own before it) belongs to the lines of the next display, and of those that go on with `=`
after it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from bptt_symbolic.reading.document import Block, Declaration, Document, Heading, Maths, Paragraph, Words
from bptt_symbolic.reading.parser import Macros, ParsedDisplay, collect_macros, parse_display
from bptt_symbolic.reading.readers.scanning import definitions, names_defined
from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reading.syntax import List, Node, Relation, Row
from bptt_symbolic.reporting.guard import CODE, HELP, guarded
from bptt_symbolic.understanding.beside import is_beside, is_condition, listed, parts_of
from bptt_symbolic.understanding.named_in_words import named_in_words
from bptt_symbolic.understanding.prose import sentence_around, sentences, stands_back, supposes_value
from bptt_symbolic.understanding.sentences import coming_out, running_into

PRINTED_HEADING = re.compile(r"^\s*\d+(\.\d+)*\.?\s+[A-Z][^.:$]{2,60}$")
"""A section title as it comes out of a printed page: a number, a capital, no full stop."""
NUMBERED = re.compile(r"\\begin\{(equation|align|gather|eqnarray|alignat|flalign|multline)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """One formula of the note."""

    tree: Node | None
    span: Span
    section: str
    display: int
    """Number of the display in the note, from 0; -1 for an inline formula."""
    row: int = 1
    number: str | None = None
    label: str | None = None
    beside: tuple[Node, ...] = ()
    """Conditions that stand beside the display."""
    inline: bool = False
    fault: Fault | None = None
    sentence: str = ""
    """The sentence in which it stands; for a display, what was begun before it and not ended."""
    lead: str = ""
    """For an inline formula: its sentence up to it."""
    declared: bool = False
    """Added by a declaration, not written in the note."""
    added: bool = False
    """Added by a declaration of its own, and not a part of the cell that is used: the note overrules it."""
    text: str | None = None
    """For a formula that is asked about: the text in which its spans count."""
    macros: Macros = field(default_factory=Macros, compare=False, repr=False)
    """The macros that hold where it stands."""
    slip: str = ""
    """What is written in it beside its place, and how that is read."""

    @property
    def stands_back(self) -> bool:
        """Whether it says nothing of the note: its sentence supposes something, or denies it."""
        return self.inline and not self.declared and stands_back(self.sentence, self.lead)

    @property
    def supposes_value(self) -> bool:
        """Whether a value that it gives is one case among others."""
        return self.inline and not self.declared and supposes_value(self.lead)


@dataclass(frozen=True)
class Lines:
    """The note as a row of formulas, and its words."""

    source: Source
    lines: tuple[Line, ...]
    words: tuple[tuple[str, str], ...]
    """(section, text) of every paragraph, formulas left in as `$...$`."""
    declarations: tuple[Declaration, ...]
    sections: tuple[str, ...]
    displays: int
    faults: tuple[Fault, ...]
    macros: Macros
    """The macros known at the end of the note."""


@dataclass
class _Reading:
    source: Source
    macros: Macros
    section: str = ""
    beside: tuple[Node, ...] = ()
    opening: str = ""
    """The sentence that the last paragraph left open."""
    chain_beside: tuple[Node, ...] = ()
    """Conditions of the chain that a display may go on with."""
    displays: int = 0
    counter: int = 0
    lines: list[Line] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    sections: list[str] = field(default_factory=lambda: [""])
    faults: list[Fault] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)


def read_lines(document: Document, macros: Mapping[str, str]) -> Lines:
    """Parse every formula of a document; `macros` are further definitions by name, from a declaration."""
    table, faults = collect_macros(document.source, document.macros, macros)
    several = defined_again(document) - macros.keys()
    state = _Reading(document.source, table.without(several), faults=[*document.faults, *faults])
    waiting = [span for span in document.macros if several]
    before: Block | None = None
    for block, after in zip_longest(document.blocks, document.blocks[1:]):
        while waiting and waiting[0].start < block.span.end:
            state.macros, _ = collect_macros(document.source, [waiting.pop(0)], macros, state.macros)
        match block:
            case Heading(text=text):
                state.opening = ""
                _open_section(state, text)
            case Maths():
                _display(state, block)
            case Paragraph():
                _paragraph(state, block)
                _sentences(state, block, before, after)
            case Declaration():
                state.declarations.append(block)
        before = block
    return Lines(
        document.source,
        tuple(state.lines),
        tuple(state.words),
        tuple(state.declarations),
        tuple(dict.fromkeys(state.sections)),
        state.displays,
        tuple(_once(state.faults)),
        state.macros,
    )


def defined_again(document: Document) -> frozenset[str]:
    """The macros that a note defines more than once: each holds from its place on, any other on the whole page."""
    seen: set[str] = set()
    again: set[str] = set()
    for region in document.macros:
        text = document.source.slice(region)
        for span in definitions(text, 0, len(text)):
            names = names_defined(text, span.start, span.end)
            again |= names & seen
            seen |= names
    return frozenset(again)


def _once(faults: list[Fault]) -> list[Fault]:
    """One warning about an unknown macro is enough."""
    seen: set[str] = set()
    kept = []
    for fault in faults:
        if fault.code != "unknown-macro" or fault.message not in seen:
            kept.append(fault)
        seen.add(fault.message)
    return kept


def _open_section(state: _Reading, title: str) -> None:
    state.section = title.strip()
    state.sections.append(state.section)
    state.words.append((state.section, title))
    state.beside = state.chain_beside = ()


def _display(state: _Reading, block: Maths) -> None:
    parsed = _parsed(state, block.span)
    state.macros = parsed.macros
    state.faults.extend(f for f in parsed.faults if f.code != "unread")
    number = block.number or _automatic(state, block)
    if not state.beside and parsed.rows and _goes_on(parsed.rows[0]):
        state.beside = state.chain_beside
    for row_number, row in enumerate(parsed.rows, 1):
        tag = row.tag or number
        if state.lines and row_number > 1 and _is_only_condition(row):
            state.lines[-1] = _with(state.lines[-1], row.parts)  # a row of its own, about the one before
        for part, cells in _with_cells(row):
            span = row.span if len(row.parts) == 1 or part is None else part.span
            beside = (*state.beside, *cells)
            line = Line(part, span, state.section, state.displays, row_number, tag, row.label or block.label, beside)
            line = replace(line, sentence=state.opening)
            fault = _fault_of(parsed, row) if part is None else None
            state.lines.append(replace(line, fault=fault, macros=parsed.macros))
    if not parsed.rows:
        state.faults.extend(f for f in parsed.faults if f.code == "unread")
    if parsed.rows:
        state.displays += 1
        state.chain_beside = state.beside
    state.beside = ()


def _with_cells(row: Row) -> list[tuple[Node | None, tuple[Node, ...]]]:
    """The formulas of a row, each with the cells behind it that are conditions on it."""
    found: list[tuple[Node | None, tuple[Node, ...]]] = []
    for part in row.parts:
        if part is not None and found and (is_condition(part) or is_beside(part, found[-1][0])):
            found[-1] = (found[-1][0], (*found[-1][1], part))
        else:
            found.append((part, ()))
    return found


def _is_only_condition(row: Row) -> bool:
    return bool(row.parts) and all(
        p is not None and is_condition(p) and not parts_of(listed(p)).equations for p in row.parts
    )


def _with(line: Line, conditions: tuple[Node | None, ...]) -> Line:
    return replace(line, beside=(*line.beside, *(c for c in conditions if c is not None)))


def _parsed(state: _Reading, span: Span) -> ParsedDisplay:
    """The rows of a formula; one that the parser falls on is a row that could not be read."""
    return guarded(
        lambda: parse_display(state.source, span, state.macros),
        lambda fallen: ParsedDisplay(
            (Row(span, (None,), ()),), state.macros, (Fault(CODE, fallen.message, HELP, span),)
        ),
    )


def _goes_on(row: Row) -> bool:
    """A row that begins with a relation sign continues the chain before it."""
    tree = row.parts[0]
    first = next((i for i in tree.items if i is not None), None) if isinstance(tree, List) else tree
    return isinstance(first, Relation) and first.sides[0] is None


def _automatic(state: _Reading, block: Maths) -> str | None:
    """LaTeX numbers an `equation` by itself."""
    text = state.source.slice(block.span)
    if state.source.kind != "latex" or not NUMBERED.match(text.strip()):
        return None
    state.counter += 1
    tag = re.search(r"\\tag\*?\{([^}]*)\}", text)
    if tag:
        state.counter -= 1
    return tag[1] if tag else str(state.counter)


def _fault_of(parsed: ParsedDisplay, row: Row) -> Fault:
    for fault in parsed.faults:
        inside = fault.span is None or row.span.start <= fault.span.start <= row.span.end
        if inside and fault.severity == "error":
            return fault
    return Fault("unread", "this formula could not be read", "look at the braces and brackets", row.span)


def _paragraph(state: _Reading, block: Paragraph) -> None:
    text = "".join(p.text + " " if isinstance(p, Words) else f"${state.source.slice(p.span)}$ " for p in block.parts)
    if all(isinstance(p, Words) for p in block.parts) and PRINTED_HEADING.match(text):
        _open_section(state, re.sub(r"^\s*[\d.]+\s+", "", text))
        return
    state.words.append((state.section, text))
    ended = text.rstrip()[-1:] in {".", "!", "?", "。", "\uff01", "\uff1f", ""}
    state.opening = "" if ended else list(sentences(text))[-1]
    written = [p.text if isinstance(p, Words) else f"${state.source.slice(p.span)}$" for p in block.parts]
    for number, part in enumerate(block.parts):
        if isinstance(part, Maths):
            before = " ".join(written[max(0, number - NEAR) : number])
            after = " ".join(written[number + 1 : number + 1 + NEAR])
            _inline(state, part, *sentence_around(before, state.source.slice(part.span), after))


def _sentences(state: _Reading, block: Paragraph, before: Block | None, after: Block | None) -> None:
    """What the sentence of a display says about it in the words before and behind it."""

    def parse(part: Maths) -> list[Node]:
        parsed = _parsed(state, part.span)
        return [p for row in parsed.rows for p in row.parts if p is not None]

    if isinstance(before, Maths) and (found := coming_out(block, parse)):
        last = max((line.display for line in state.lines), default=-1)
        state.lines = [_with(line, found) if line.display == last and not line.inline else line for line in state.lines]
    if isinstance(after, Maths):
        state.beside = (*state.beside, *running_into(block, parse))
    held = [line.span for line in state.lines if line.stands_back]
    for relation, span in named_in_words(block, parse):
        if any(span.start <= other.start and other.end <= span.end for other in held):
            continue  # "if ..., this denotes ..."
        state.lines.append(Line(relation, span, state.section, -1, inline=True, declared=True, macros=state.macros))


NEAR = 12
"""Pieces of a paragraph before and behind a formula that may belong to its sentence."""


def _inline(state: _Reading, part: Maths, sentence: str, lead: str) -> None:
    parsed = _parsed(state, part.span)
    state.macros = parsed.macros
    state.faults.extend(f for f in parsed.faults if f.code == CODE)
    for row in parsed.rows:
        for tree in row.parts:
            if tree is None:
                continue  # an unread inline formula makes no claim
            if is_condition(tree):
                state.beside = (tree,)
            line = Line(tree, part.span, state.section, -1, inline=True, macros=parsed.macros)
            state.lines.append(replace(line, sentence=sentence, lead=lead))
