"""Text -> terminal: colour, width and safety of lines that come from a note.

A note is hostile: a control or direction character in it must not reach the terminal, so every foreign text passes
`clean` first. Width counts columns, not characters: Korean and Chinese letters take two, combining marks none.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from bptt_symbolic.reading.source import Fault, Place, Source, Span

_STYLES: Mapping[str, str] = {
    "proved": "32",
    "refuted": "1;31",
    "ill-typed": "1;35",
    "undecided": "33",
    "unread": "36",
    "error": "1;31",
    "warning": "33",
    "dim": "2",
    "bold": "1",
}


HARD = "\xa0"
"""A blank at which no line breaks."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes a word in a style, or plainly where there is no colour."""

    colour: bool

    def __call__(self, style: str, text: str) -> str:
        """The text in that style; unknown styles and empty texts stay plain."""
        if not self.colour or not text or style not in _STYLES:
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def clean(text: str) -> str:
    """The text with every character that could steer a terminal replaced; one output character for one input one."""
    return "".join(_visible(character) for character in text)


def harmless(text: str) -> str:
    r"""Lines of a file with every character that could steer a terminal written out, as `\x1b`; line ends stay."""
    return "".join(
        _spelt(character, text[place + 1 : place + 2]) if not character.isprintable() else character
        for place, character in enumerate(text)
    )


def _spelt(character: str, after: str) -> str:
    if character in "\n\t" or unicodedata.category(character) == "Zs" or (character == "\r" and after == "\n"):
        return character
    return character.encode("unicode_escape").decode("ascii")


def columns(text: str) -> int:
    """How many columns a cleaned text takes."""
    return sum(_columns(character) for character in text)


def padded(text: str, width: int) -> str:
    """The text filled up with blanks to that many columns."""
    return text + " " * max(0, width - columns(text))


def excerpt(source: Source, fault: Fault, pen: Pen, width: int) -> list[str]:
    """A fault as people read it: headline, the line of the note with carets under the span, what to do."""
    place = None if fault.span is None else source.place(fault.span.start)
    headline = f"{pen(fault.severity, f'{fault.severity}[{fault.code}]')} {_address(source, place)}"
    lines = [f"{headline}: {clean(fault.message)}"]
    if fault.span is not None and place is not None:
        drawn, under, gutter = _drawn(source.line_at(fault.span.start), place, fault.span, width)
        lines.append(f"  {gutter} {pen('dim', '|')}")
        lines.append(f"  {pen('dim', f'{place.line} |')} {drawn}")
        lines.append(f"  {gutter} {pen('dim', '|')} {under.replace('^', '')}{pen(fault.severity, under.lstrip())}")
    if fault.help:
        lines.append(f"  {pen('dim', 'help:')} {clean(fault.help)}")
    return lines


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return character if character.isprintable() or character == HARD else "\ufffd"


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _within(text: str, width: int) -> str:
    used = 0
    for i, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:i]
    return text


def _address(source: Source, place: Place | None) -> str:
    if place is None:
        return clean(source.name)
    name = clean(place.file or source.name)
    inside = f"{place.line}:{place.column}"
    return f"{name}:{inside}" if place.cell is None else f"{name}, cell {place.cell}, {inside}"


def _drawn(line: str, place: Place, span: Span, width: int) -> tuple[str, str, str]:
    """(the line cut to the terminal around the span, blanks and carets below it, blanks as wide as the line number)."""
    gutter = " " * len(str(place.line))
    room = max(width - len(gutter) - 6, 20)
    start = min(place.column - 1, len(line))
    first = max(0, start - room // 4) if len(line) > room else 0
    shown = _within(clean(line[first : first + room]), room)
    marked = shown[start - first : start - first + span.end - span.start]
    return shown, " " * columns(shown[: start - first]) + "^" * max(1, columns(marked)), gutter
