"""Text -> places: spans, places and faults, the three things every later stage carries along.

A *span* is a pair of offsets into `Source.text`; a *place* is what a person reads (line, column, cell), both from 1.
A *fault* is something wrong with the note, never an exception: it has a code (see `bptt-symbolic explain CODE`),
one sentence that says what is wrong, and another that says what to do.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of offsets into `Source.text`."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person finds it: line and column from 1; in a notebook both count inside the cell."""

    line: int
    column: int
    cell: int | None = None
    file: str | None = None
    """The file that the note puts in here, where it is not the note itself."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text that stands together in one file."""

    start: int
    """Its offset in the text."""
    file: str | None
    """The file that it stands in; None for the note itself."""
    at: int
    """Its offset in that file."""
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the note."""

    code: str
    message: str
    help: str
    span: Span | None = None
    severity: Severity = "error"


@dataclass(frozen=True)
class Source:
    """The text of a note, its name for messages, its kind and, for a notebook, where its cells begin."""

    name: str
    text: str
    kind: str = "markdown"
    cells: tuple[tuple[int, int], ...] = field(default=())
    """(offset of the first character, cell number from 1) of each cell in `text`, ascending; empty unless a notebook.
    """
    styles: tuple["Source", ...] = field(default=(), compare=False)
    """Style files beside the note that it asks for: only the macros in them are read."""
    pieces: tuple[Piece, ...] = ()
    """Where the parts of the text stand, ascending; empty where all of it is one file."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the files that it is made of."""
    configured: tuple[tuple[str, str], ...] = ()
    r"""Macros that the page defines for its renderer, as `RR: "\\mathbb{R}"`: name and body, `[2]` before it for two
    arguments."""

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]

    @cached_property
    def _cell_starts(self) -> list[int]:
        return [start for start, _ in self.cells]

    def piece(self, offset: int) -> Piece | None:
        """The part of the text that an offset lies in; None where all of it is one file."""
        starts = [piece.start for piece in self.pieces]
        return self.pieces[max(0, bisect_right(starts, offset) - 1)] if starts else None

    def place(self, offset: int) -> Place:
        """Line and column of an offset (clamped to the text)."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        piece = self.piece(offset)
        if piece is not None:
            further = line - bisect_right(self._starts, piece.start)
            across = column if further else piece.column + offset - piece.start
            return Place(piece.line + further, across, None, piece.file)
        if not self.cells:
            return Place(line, column)
        start, number = self.cells[max(0, bisect_right(self._cell_starts, offset) - 1)]
        return Place(line - bisect_right(self._starts, start) + 1, column, number)

    def line_at(self, offset: int) -> str:
        """The whole line of text around an offset."""
        start = self._starts[bisect_right(self._starts, max(0, min(offset, len(self.text)))) - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end]

    def slice(self, span: Span) -> str:
        """The text under a span."""
        return self.text[span.start : span.end]
