"""Jupyter notebook -> document: its Markdown cells, one after the other.

The text of the source is the text of the Markdown cells with a blank line between them; `cells` says where each begins.
A code cell that begins with `%%latex` or `%%markdown` is one, and so is a raw cell that only defines macros. Other
cells are not read, but counted, so that a cell has the number that a person counts.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.readers.configuration import configured
from bptt_symbolic.reading.readers.markdown import read_part
from bptt_symbolic.reading.readers.scanning import defines_only
from bptt_symbolic.reading.source import Fault, Source, Span

KIND = "notebook"
SUFFIXES = (".ipynb",)

_BETWEEN = "\n\n"
_MAGIC = re.compile(r"\s*+%%(?:latex|markdown)[^\n]*+(?:\n|\Z)")
_ADVICE = "Save it again in Jupyter, or give its text in another format."


def recognises(text: str) -> bool:
    """Whether the text is a JSON object with cells."""
    return text.lstrip().startswith("{") and '"cells"' in text and not isinstance(_cells(text, ""), Fault)


def source_of(text: str, name: str) -> Source | Fault:
    """The Markdown cells of a notebook, or what is wrong with it."""
    cells = _cells(text, name)
    if isinstance(cells, Fault):
        return cells
    starts: list[tuple[int, int]] = []
    parts: list[str] = []
    offset = 0
    for number, cell in enumerate(cells, 1):
        text = _words(cell.get("source")) if isinstance(cell, dict) else ""
        if isinstance(cell, dict) and _is_read(cell.get("cell_type"), text):
            parts.append(text)
            starts.append((offset, number))
            offset += len(parts[-1]) + len(_BETWEEN)
    said = "\n\n".join(_words(cell.get("source")) for cell in cells if isinstance(cell, dict))
    return Source(name, _BETWEEN.join(parts), KIND, tuple(starts), configured=configured(said))


def _is_read(kind: object, text: str) -> bool:
    """Whether a cell says something in Markdown or LaTeX."""
    if kind == "code":
        return _MAGIC.match(text) is not None
    return kind == "markdown" or (kind == "raw" and defines_only(text.replace("$", " ")))


def read(source: Source) -> Document:
    """What the Markdown cells of a notebook say; nothing that one leaves open reaches the next."""
    starts = [start for start, _ in source.cells] or [0]
    ends = [start - len(_BETWEEN) for start in starts[1:]] + [len(source.text)]
    shown = [(_shown(source.text, start), end) for start, end in zip(starts, ends, strict=True)]
    pages = [read_part(source.text[start:end], start) for start, end in shown]
    cells = [page.document(source) for page in pages]
    return Document(
        source,
        tuple(block for cell in cells for block in cell.blocks),
        tuple(span for cell in cells for span in cell.macros),
        tuple(fault for cell in cells for fault in cell.faults),
    )


def _shown(text: str, start: int) -> int:
    """Where a cell begins behind its magic."""
    magic = _MAGIC.match(text, start)
    return start if magic is None else magic.end()


def _cells(text: str, name: str) -> list[object] | Fault:
    try:
        notebook: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return Fault("broken-notebook", f"`{name}` is not a notebook: {reason}{line}.", _ADVICE)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return Fault("broken-notebook", f"`{name}` is not a notebook: it has no list of cells.", _ADVICE)
    return cells


def _words(source: object) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


# the way back


def rewritten(raw: str, source: Source, changes: Sequence[tuple[Span, str]]) -> str:
    """The text of a notebook with places of its source rewritten, every other byte as it was.

    `raw` is the JSON that `source` was made of; `changes` are ascending and do not overlap.
    """
    for start, end, text in sorted(edits(raw, source, changes), reverse=True):
        raw = raw[:start] + text + raw[end:]
    return raw


def edits(raw: str, source: Source, changes: Sequence[tuple[Span, str]]) -> list[tuple[int, int, str]]:
    """The same as places of the JSON with their new text."""
    found: list[tuple[int, int, str]] = []
    ascii_only = raw.isascii()
    cells = [cell for cell in _cell_literals(raw) if cell is not None]
    for span, text in changes:
        number = max(n for n, (start, _) in enumerate(source.cells) if start <= span.start)
        at = source.cells[number][0]
        new = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        for literal in cells[number]:
            places = _places(raw, literal)
            length = len(places) - 1
            if at <= span.end and span.start <= at + length and (span.start < at + length or span.start == span.end):
                first, last = max(0, span.start - at), min(length, span.end - at)
                found.append((places[first], places[last], new))
                new = ""
                if span.end <= at + length:
                    break
            at += length
    return found


def offsets(raw: str) -> list[int]:
    """Where each letter of a source, and its end, stands in the JSON that it is made of; what stands between two cells
    is where the first of them ends.
    """
    found: list[int] = []
    end = 0
    for literals in (cell for cell in _cell_literals(raw) if cell is not None):
        found += [end] * len(_BETWEEN) if found else []
        for literal in literals:
            *letters, end = _places(raw, literal)
            found += letters
    return [*found, end]


def _cell_literals(raw: str) -> Iterator[list[int] | None]:
    """For each cell where the string literals of its source begin; None for one that is not read."""
    notebook = _value(raw, _skip(raw, 0))[0]
    for cell in notebook.get("cells", []):
        if not isinstance(cell, dict):
            continue
        kind = cell.get("cell_type")
        lines = cell.get("source")
        literals = [at for at in (lines if isinstance(lines, list) else [lines]) if isinstance(at, int)]
        text = "".join(_STRING.raw_decode(raw, at)[0] for at in literals)
        named = isinstance(kind, int) and _is_read(_STRING.raw_decode(raw, kind)[0], text)
        yield literals if named else None


def _value(raw: str, at: int) -> tuple[Any, int]:
    """A JSON value with each string replaced by the offset of its opening quote, and where the value ends."""
    if raw[at] == '"':
        return at, _STRING.raw_decode(raw, at)[1]
    if raw[at] not in "{[":
        found = _SCALAR.match(raw, at)
        return None, at + 1 if found is None else found.end()
    closing = "}" if raw[at] == "{" else "]"
    named: dict[str, Any] = {}
    listed: list[Any] = []
    at = _skip(raw, at + 1)
    while raw[at] != closing:
        key = None
        if closing == "}":
            key, at = _STRING.raw_decode(raw, at)
            at = _skip(raw, _skip(raw, at) + 1)
        value, at = _value(raw, at)
        listed.append(value)
        if key is not None:
            named[key] = value
        at = _skip(raw, at)
        if raw[at] == ",":
            at = _skip(raw, at + 1)
    return (named if closing == "}" else listed), at + 1


_STRING = json.JSONDecoder()
_SCALAR = re.compile(r"[^\s,\]}]+")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\"\\]", re.DOTALL
)


def _skip(raw: str, at: int) -> int:
    while raw[at] in " \t\r\n\ufeff":
        at += 1
    return at


def _places(raw: str, literal: int) -> list[int]:
    """Where each character of a string literal stands in the JSON, and where its closing quote does."""
    found, at = [], literal + 1
    while raw[at] != '"':
        character = _CHARACTER.match(raw, at)
        assert character is not None  # noqa: S101 - the JSON has been read before
        found.append(at)
        at = character.end()
    return [*found, at]
