r"""A LaTeX note and the files that it puts in -> one text, in which every place is still that of its own file.

    command = \input{file} | \include{file} | \subfile{file} | \import{folder/}{file}

Files are looked for below the folder of the note, as LaTeX looks for them; what is not there, lies elsewhere or puts
itself in is a fault with its place, and the command stays.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bptt_symbolic.reading.readers.latex import KIND, shown
from bptt_symbolic.reading.source import Fault, Piece, Source, Span

_COMMAND = re.compile(
    r"\\(?:(?:input|include|subfile|subfileinclude)\s*+\{(?P<file>[^{}\n]{1,200})\}"
    r"|(?:sub)?(?:import|inputfrom|includefrom)\*?\s*+\{(?P<folder>[^{}\n]{0,200})\}\{(?P<there>[^{}\n]{1,200})\})"
)
_BODY = re.compile(r"\\begin\{document\}(?P<body>.*?)(?:\\end\{document\}|\Z)", re.DOTALL)
MOST_FILES, MOST_LETTERS = 100, 4_000_000
"""Files that one note puts in, and letters of all of them."""

Opened = Callable[[Path], str | Fault]
"""The text of a file."""


def with_inputs(source: Source, folder: Path | None, opened: Opened) -> Source:
    """The note with the text of the files that it puts in; `folder` is that of the note, None where it has none."""
    if source.kind != KIND or not _COMMAND.search(source.text):
        return source
    joining = _Joining(folder, opened)
    joining.add(source.text, None, 0, (source.name,))
    if not joining.files and not joining.faults:
        return source
    return replace(source, text="".join(joining.texts), pieces=tuple(joining.pieces), faults=tuple(joining.faults))


@dataclass
class _Joining:
    """The text so far, with the file that each part of it stands in."""

    folder: Path | None
    opened: Opened
    texts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    files: int = 0
    length: int = 0

    def add(self, text: str, name: str | None, start: int, above: tuple[str, ...]) -> None:
        """The text of a file from a place on, with what it puts in."""
        place = start
        for found in _commands(text, start):
            put_in = self._asked(found, above)
            if isinstance(put_in, Fault):
                at = self.length + found.start() - place
                self.faults.append(replace(put_in, span=Span(at, at + len(found[0]))))
                continue
            self._piece(text, name, place, found.start())
            path, inner = put_in
            body = _BODY.search(inner)  # a file that is also a document by itself
            first, last = (0, len(inner)) if body is None else body.span("body")
            self.add(inner[:last], str(path), first, (*above, str(path)))
            place = found.end()
        self._piece(text, name, place, len(text))

    def _piece(self, text: str, name: str | None, start: int, end: int) -> None:
        before = text.rfind("\n", 0, start) + 1
        self.pieces.append(Piece(self.length, name, start, text.count("\n", 0, start) + 1, start - before + 1))
        self.texts.append(text[start:end])
        self.length += end - start

    def _asked(self, found: re.Match[str], above: tuple[str, ...]) -> tuple[Path, str] | Fault:
        """The file that a command asks for, and its text; or why it is not put in."""
        asked = found["file"] or f"{found['folder']}/{found['there']}"
        if self.folder is None:
            return _left_out(asked, "the note is no file", "check the file that the note is in")
        path = _below(self.folder, asked.strip())
        if path is None:
            return _left_out(asked, "there is no such file below the folder of the note", "correct its name, or add it")
        if str(path) in above:
            return _left_out(asked, "it puts itself in", "remove one of the commands")
        self.files += 1
        text = self.opened(path)
        if isinstance(text, Fault):
            return _left_out(asked, text.message.rstrip("."), text.help)
        if self.files > MOST_FILES or self.length + len(text) > MOST_LETTERS:
            return _left_out(asked, f"the note has more than {MOST_FILES} files, or is too long", "split the note")
        return path, text.removeprefix("\ufeff")


def _commands(text: str, start: int) -> Iterator[re.Match[str]]:
    """The commands that put files in, but for those in comments and in what is only shown."""
    seen = shown(text)
    yield from (found for found in _COMMAND.finditer(text, start) if seen[found.start()] == "\\")


def _below(folder: Path, asked: str) -> Path | None:
    """The file of a name, if it lies below the folder."""
    root = folder.resolve()
    for name in (f"{asked}.tex", asked):
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(root) and path.is_file():
                return folder / path.relative_to(root)
        except (OSError, ValueError):
            continue
    return None


def _left_out(asked: str, why: str, help_: str) -> Fault:
    return Fault("not-put-in", f"{asked} is left out: {why}", help_, severity="warning")
