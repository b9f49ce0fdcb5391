"""Source <-> the texts that an editor has open: where an offset of the source stands there, in the protocol's units.

A note is one text, as a rule. A notebook is either one text in JSON, in which every letter has its place, or a text for
each cell; and the files that a LaTeX note puts in are texts of their own. Lines end as the protocol says (a line feed,
a carriage return, or both), and letters are counted in UTF-16 units unless the editor asks for something else.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.readers import notebook
from bptt_symbolic.reading.source import Fault, Source, Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in a text: line and column from 0, in units."""

    line: int
    column: int


@dataclass(frozen=True)
class Sheet:
    """A text as the editor has it."""

    name: str
    """Its address."""
    text: str
    encoding: Encoding = "utf-16"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.text))]

    def spot(self, offset: int) -> Spot:
        """Where an offset is."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        return Spot(line, _units(self.text[self._starts[line] : offset], self.encoding))

    def offset(self, spot: Spot) -> int:
        """The offset of a place, within the text and its line."""
        if spot.line >= len(self._starts):
            return len(self.text)
        start = self._starts[spot.line]
        end = self._starts[spot.line + 1] if spot.line + 1 < len(self._starts) else len(self.text)
        line = _LINE_END.split(self.text[start:end])[0]
        units = 0
        for i, letter in enumerate(line):
            if units >= spot.column:
                return start + i
            units += _units(letter, self.encoding)
        return start + len(line)


def _units(text: str, encoding: Encoding) -> int:
    if encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else _utf_16(text)


def _utf_16(text: str) -> int:
    return sum(2 if letter > "\uffff" else 1 for letter in text)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the source that stands in one sheet."""

    start: int
    sheet: Sheet
    at: int = 0
    """The offset in the sheet at which it stands."""
    letters: Sequence[int] | None = field(default=None, repr=False)
    """The offset of each letter of it, where these do not follow each other."""
    end: int | None = None
    """Where it ends in the source, if not where the next one begins."""

    def there(self, offset: int) -> int:
        """The offset in the sheet of one in the source."""
        if self.letters is None:
            return self.at + offset - self.start
        return self.letters[min(offset - self.start, len(self.letters) - 1)]

    def back(self, offset: int) -> int:
        """The other way round."""
        if self.letters is None:
            return self.start + offset - self.at
        return self.start + max(0, bisect_right(self.letters, offset) - 1)


@dataclass(frozen=True)
class Pages:
    """Where a source stands."""

    source: Source
    parts: tuple[Part, ...]
    """In the order of the source."""

    def range(self, span: Span) -> tuple[Sheet, Spot, Spot]:
        """The sheet of a span, and its two ends there; what goes on in another sheet ends where that begins."""
        part = self._part(span.start)
        last = max(part.there(span.start), part.there(self._within(part, span.end)))
        return part.sheet, part.sheet.spot(part.there(span.start)), part.sheet.spot(last)

    def offset(self, name: str, spot: Spot) -> int | None:
        """The offset in the source of a place in a sheet; None where the source has nothing of that sheet."""
        found = [part for part in self.parts if part.sheet.name == name]
        if not found:
            return None
        there = found[0].sheet.offset(spot)
        part = max((p for p in found if p.there(p.start) <= there), key=lambda p: p.there(p.start), default=found[0])
        return self._within(part, max(part.start, part.back(there)))

    def edits(self, changes: Sequence[tuple[Span, str]]) -> list[tuple[Sheet, Spot, Spot, str]]:
        """Changes of the source as changes of sheets."""
        first = self.parts[0]
        if first.letters is not None:
            found = notebook.edits(first.sheet.text, self.source, changes)
            return [(first.sheet, first.sheet.spot(start), first.sheet.spot(end), text) for start, end, text in found]
        return [(*self.range(span), text) for span, text in changes]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Every sheet, once."""
        return tuple(dict.fromkeys(part.sheet for part in self.parts))

    def _part(self, offset: int) -> Part:
        starts = [part.start for part in self.parts]
        return self.parts[max(0, bisect_right(starts, offset) - 1)]

    def _within(self, part: Part, offset: int) -> int:
        """An offset, or the end of the part where it lies behind that."""
        following = bisect_left([p.start for p in self.parts], part.start + 1)
        end = part.end
        if end is None:
            end = self.parts[following].start if following < len(self.parts) else len(self.source.text)
        return min(offset, end)


def pages_of(source: Source, sheet: Sheet) -> Pages:
    """Where the source of one text stands in it, and in the files that it puts in."""
    if source.kind == notebook.KIND:
        return Pages(source, (Part(0, sheet, letters=notebook.offsets(sheet.text)),))
    before = len(sheet.text) - len(sheet.text.removeprefix("\ufeff"))
    if not source.pieces:
        return Pages(source, (Part(0, sheet, before),))
    files: dict[str | None, Sheet] = {None: sheet}
    for piece in source.pieces:
        if piece.file is not None and piece.file not in files:
            files[piece.file] = _file(piece.file, sheet.encoding)
    parts = [Part(p.start, files[p.file], p.at + before * (p.file is None)) for p in source.pieces]
    return Pages(source, tuple(parts))


def pages_of_cells(source: Source, cells: Sequence[Sheet]) -> Pages:
    """Where the source of a notebook stands in the texts of its cells."""
    parts = [Part(start, cells[number - 1], end=start + len(cells[number - 1].text)) for start, number in source.cells]
    return Pages(source, tuple(parts) or (Part(0, cells[0] if cells else Sheet("", "")),))


def _file(name: str, encoding: Encoding) -> Sheet:
    text = readers.text_of(name)
    return Sheet(Path(name).resolve().as_uri(), "" if isinstance(text, Fault) else text, encoding)
