"""Document -> outline: a few short lines that say what was read, so that a table of examples stays a table."""

from collections.abc import Callable

import pytest

from bptt_symbolic.reading.document import Block, Declaration, Document, Heading, Maths, Paragraph
from bptt_symbolic.reading.readers import read, source_of
from bptt_symbolic.reading.source import Fault, Source, Span

Outline = Callable[[str, str], list[str]]


def line_and_column(source: Source, span: Span) -> str:
    place = source.place(span.start)
    return f"{place.line}:{place.column}" + (f" in cell {place.cell}" if place.cell else "")


def line_of(source: Source, block: Block) -> str:
    content = source.slice(block.span)
    match block:
        case Maths(number=number, label=label):
            beside = (f" ({number})" if number else "") + (f" #{label}" if label else "")
            return f"display {line_and_column(source, block.span)} {content}{beside}"
        case Paragraph(parts=parts):
            return " ".join(f"<{source.slice(part.span)}>" if isinstance(part, Maths) else part.text for part in parts)
        case Heading(text=text, level=level):
            return f"{'#' * level} {text}"
        case Declaration(text=text):
            return f"! {text}"


def lines_of(document: Document) -> list[str]:
    source = document.source
    faults = [f"fault {f.code} {line_and_column(source, f.span)}" for f in document.faults if f.span]
    macros = [f"macros {source.slice(span)}" for span in document.macros]
    return [line_of(source, block) for block in document.blocks] + macros + faults


@pytest.fixture
def outline() -> Outline:
    def outlined(text: str, kind: str) -> list[str]:
        source = source_of(text, "note", kind)
        assert not isinstance(source, Fault), source
        return lines_of(read(source))

    return outlined
