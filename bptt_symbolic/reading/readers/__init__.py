"""Path -> source -> document: opens a note and reads it in the format it is written in.

Every module of this folder that has a `KIND` is a document format; one file more is one format more.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.readers.configuration import configured
from bptt_symbolic.reading.readers.inputs import with_inputs
from bptt_symbolic.reading.source import Fault, Source, Span

_ASKED = re.compile(r"\\(?:input|include|usepackage|RequirePackage)\s*+(?:\[[^\[\]]{0,200}\])?\s*+\{([^{}]{1,200})\}")
_PLAIN = re.compile(r"\w[\w./-]{0,100}")
_LARGEST = 200_000
"""Bytes of a style file that is read."""
DEFAULT = "markdown"
"""The kind of a text that looks like nothing else."""


class Reader(Protocol):
    """What a module of this folder offers."""

    KIND: str
    """Name of the format, as in `--as KIND`."""
    SUFFIXES: tuple[str, ...]
    """Suffixes of its files, in lower case, with the dot."""

    def recognises(self, text: str) -> bool:
        """Whether a text of unknown format is surely one of these."""

    def source_of(self, text: str, name: str) -> Source | Fault:
        """The text of a file as the text that is read and pointed into."""

    def read(self, source: Source) -> Document:
        """What the note says."""


def _found() -> dict[str, Reader]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    readers = [cast("Reader", module) for module in modules if hasattr(module, "KIND")]
    return {reader.KIND: reader for reader in sorted(readers, key=lambda reader: (reader.KIND == DEFAULT, reader.KIND))}


READERS = _found()
"""Kind -> reader, the default last."""


def open_source(path: str | Path, kind: str | None = None) -> Source | Fault:
    """The note in a file. `kind` overrules the suffix of its name."""
    text = text_of(path)
    if isinstance(text, Fault):
        return text
    return source_of(text, str(path), kind, Path(path).parent)


def text_of(path: str | Path) -> str | Fault:
    """The text of a file, with its byte order mark if it has one: encoded as UTF-8 it is the file again."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        return Fault("no-such-file", f"There is no file `{path}`.", "Check the spelling of the path.")
    except IsADirectoryError:
        return Fault("not-a-file", f"`{path}` is a folder.", "Name the notes in it, one by one.")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Fault("unreadable-file", f"`{path}` cannot be read: {reason}.", "Check the path and its permissions.")
    return _text(data, str(path))


def source_of(text: str, name: str, kind: str | None = None, folder: Path | None = None) -> Source | Fault:
    """A text that is already at hand; `name` is for messages and, without a `kind`, tells the format by its suffix. The
    files that it puts in, or takes macros from, are looked for in the `folder`.
    """
    text = text.removeprefix("\ufeff")
    chosen = _kind(text, name) if kind is None else kind
    if chosen not in READERS:
        known = ", ".join(sorted(READERS))
        return Fault("unknown-kind", f"`{chosen}` is not a document format.", f"Choose one of {known}.")
    source = READERS[chosen].source_of(text, name)
    if isinstance(source, Fault):
        return source
    source = with_inputs(replace(source, configured=source.configured or configured(text)), folder, text_of)
    return source if folder is None else replace(source, styles=tuple(_styles(source, folder)))


def read(source: Source) -> Document:
    """What a note says, in the order of the page."""
    document = READERS[source.kind].read(source)
    return replace(document, faults=(*source.faults, *document.faults)) if source.faults else document


def rewritten(raw: str, source: Source, changes: Sequence[tuple[Span, str]]) -> str:
    """The text of a file with places of its source rewritten, everything else as it was.

    `raw` is the text that `source` was made of, `changes` are ascending and do not overlap. A format whose source is
    not the text of its file has a function of its own for this.
    """
    own = getattr(READERS[source.kind], "rewritten", None)
    if own is not None:
        return cast("str", own(raw, source, changes))
    before = len(raw) - len(raw.removeprefix("\ufeff"))
    text, end = "", 0
    for span, new in changes:
        piece = source.piece(span.start)
        moved = before if piece is None else before + piece.at - piece.start
        text += raw[end : span.start + moved] + new
        end = span.end + moved
    return text + raw[end:]


def _styles(source: Source, folder: Path) -> Iterator[Source]:
    """The style files that a note asks for and that lie beside it, or in a folder there."""
    for name in dict.fromkeys(name.strip() for found in _ASKED.finditer(source.text) for name in found[1].split(",")):
        if not _PLAIN.fullmatch(name) or ".." in name:
            continue
        for path in (folder / f"{name}{suffix}" for suffix in ("", ".sty", ".tex")):
            if path.suffix in {".sty", ".tex"} and path.is_file() and path.stat().st_size < _LARGEST:
                text = text_of(path)
                if not isinstance(text, Fault):
                    yield Source(str(path), text, "latex")
                break


def _text(data: bytes, name: str) -> str | Fault:
    advice = "Save the note as UTF-8 text."
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Fault("not-utf-8", f"`{name}` is UTF-16, not UTF-8.", advice)
    if b"\0" in data or data.startswith(b"%PDF-"):
        return Fault("binary-file", f"`{name}` is not text.", "Give the source of the note, not a PDF or an image.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault("not-utf-8", f"`{name}` is not UTF-8: line {line} has the byte {data[error.start]:#x}.", advice)


def _kind(text: str, name: str) -> str:
    match = re.search(r"\.[A-Za-z]{1,10}\Z", name)
    suffix = match[0].lower() if match else ""
    for reader in READERS.values():
        if suffix in reader.SUFFIXES:
            return reader.KIND
    return next((reader.KIND for reader in READERS.values() if reader.recognises(text)), DEFAULT)
