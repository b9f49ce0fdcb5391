"""A formula of the page -> its rows, each part a tree: scan, expand, prefix, write out, merge, split, parse."""

from dataclasses import dataclass

from bptt_symbolic.reading.parser.brackets import MAX_NESTING
from bptt_symbolic.reading.parser.by_name import named
from bptt_symbolic.reading.parser.display_rows import Line, lines
from bptt_symbolic.reading.parser.infix import prefixed
from bptt_symbolic.reading.parser.lexer import Raw, scan
from bptt_symbolic.reading.parser.macros import Macros, declared, expand
from bptt_symbolic.reading.parser.merge import merge
from bptt_symbolic.reading.parser.parse import parse
from bptt_symbolic.reading.parser.pasted import as_typed
from bptt_symbolic.reading.parser.tokens import KINDS
from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reading.syntax import Node, Row, Token

MAX_LENGTH = 100_000
"""Characters in one display."""

_OPENING = tuple(text for text, (kind, _) in KINDS.items() if kind == "open")


@dataclass(frozen=True, slots=True)
class ParsedDisplay:
    """The rows of a display, the macros known after it, and what is wrong with it."""

    rows: tuple[Row, ...]
    macros: Macros
    faults: tuple[Fault, ...]


def parse_display(source: Source, span: Span, macros: Macros) -> ParsedDisplay:
    """Read one formula of a note; what cannot be read is a part None and a fault."""
    fault = _too_long(span)
    if fault is not None:
        return ParsedDisplay((Row(span, (None,), ()),), macros, (fault,))
    raws = scan(source, span)
    fault = _too_deep(raws)
    if fault is not None:
        return ParsedDisplay((Row(span, (None,), ()),), macros, (fault,))
    expansion = expand(raws, macros)
    if expansion.failed:
        return ParsedDisplay((Row(span, (None,), ()),), expansion.macros, expansion.faults)
    merged = merge(as_typed(prefixed(expansion.raws)))
    taken = named(merged.unknown)
    faults = [*expansion.faults, *(_unknown(name, at, taken.get(name)) for name, at in merged.unknown.items())]
    if taken:
        expansion = expand(raws, declared(taken, expansion.macros))
        merged = merge(as_typed(prefixed(expansion.raws)))
    rows = tuple(_row(line, faults) for line in lines(merged.pieces))
    return ParsedDisplay(rows, expansion.macros, tuple(faults))


def parse_formula(text: str, macros: Macros) -> tuple[Node | None, tuple[Fault, ...]]:
    """Read one formula that is not of the note; spans count in `text`."""
    parsed = parse_display(Source("formula", text, "latex"), Span(0, len(text)), macros)
    parts = [part for row in parsed.rows for part in row.parts]
    if len(parts) == 1:
        return parts[0], parsed.faults
    message = f"expected one formula, found {len(parts) or 'none'}"
    return None, (*parsed.faults, Fault("unread", message, "write one formula", Span(0, len(text))))


def _row(line: Line, faults: list[Fault]) -> Row:
    parts: list[Node | None] = []
    tokens: list[Token] = []
    for pieces in line.parts:
        node, part_tokens, fault = parse(pieces)
        if part_tokens:
            parts.append(node)
        tokens += part_tokens
        faults += [fault] if fault else _strays(part_tokens)
    spans = [piece.token.span for piece in line.pieces]
    span = Span(min(span.start for span in spans), max(span.end for span in spans))
    return Row(span, tuple(parts), tuple(tokens), line.tag, line.label)


def _strays(tokens: tuple[Token, ...]) -> list[Fault]:
    """Brackets without a partner; one that opens and one that closes are an interval, as `[0, 1)`."""
    strays = [token for token in tokens if token.kind == "stray"]
    opens = [token.text.endswith(_OPENING) for token in strays]
    if opens == [True, False] and any(token.kind == "separator" for token in tokens):
        return []
    help_ = "remove it, or write the bracket that belongs to it"
    said = [
        f"'{token.text}' {'is never closed' if opening else 'closes nothing'}"
        for token, opening in zip(strays, opens, strict=True)
    ]
    return [
        Fault("stray-bracket", text, help_, token.span, "warning") for text, token in zip(said, strays, strict=True)
    ]


def _too_long(span: Span) -> Fault | None:
    if span.end - span.start <= MAX_LENGTH:
        return None
    message = f"the formula has more than {MAX_LENGTH:,} characters"
    return Fault("too-long", message, "split it into several formulas", Span(span.start, span.start))


def _too_deep(raws: list[Raw]) -> Fault | None:
    depth = 0
    for raw in raws:
        depth += (raw.text == "{") - (raw.text == "}")
        if depth > MAX_NESTING:
            message = f"the formula is nested more than {MAX_NESTING} levels deep"
            return Fault("too-deep", message, "write the formula with fewer brackets inside one another", raw.span)
    return None


def _unknown(name: str, span: Span, taken: str | None) -> Fault:
    read = "a symbol" if taken is None else f"{taken.strip()}, for its name"
    help_ = f"define {name} in the note or in a declaration; it is read as {read}"
    return Fault("unknown-macro", f"nothing says what {name} means", help_, span, "warning")
