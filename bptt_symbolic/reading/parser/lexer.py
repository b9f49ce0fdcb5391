r"""Text -> raw tokens: commands and characters as TeX sees them, blanks and comments gone, with their places.

    raw     = command | character
    command = \ letters | \ any character
    comment = % to the end of the line

Quote marks (`>`) that begin a line of Markdown are skipped as well.
"""

import re
from typing import NamedTuple

from bptt_symbolic.reading.source import Source, Span

QUOTING = frozenset({"markdown", "notebook"})
"""Kinds of source in which `>` at the beginning of a line is a quote mark."""

_REST = r"\s+|%[^\n]*)|\\(?:[A-Za-z]+|.|$)|."
_RAW = re.compile(r"(?P<blank>" + _REST, re.DOTALL)
_QUOTED = re.compile(r"(?P<blank>\s*(?m:^)[ \t]*(?:>[ \t]?)+|" + _REST, re.DOTALL)


class Raw(NamedTuple):
    """One command or character."""

    text: str
    span: Span
    glued: bool = True
    """Nothing stands between it and the one before."""
    trail: tuple[str, ...] = ()
    """Names of the macros it came out of, outermost first."""


def scan(source: Source, span: Span) -> list[Raw]:
    """The raw tokens of a region."""
    pattern = _QUOTED if source.kind in QUOTING else _RAW
    raws: list[Raw] = []
    glued = False
    for found in pattern.finditer(source.text, span.start, span.end):
        blank = found["blank"] is not None
        if not blank:
            raws.append(Raw(_meant(found[0]), Span(*found.span()), glued))
        glued = not blank
    return raws


def _meant(text: str) -> str:
    r"""A backslash before a character that is no letter of TeX is a slip: `\Σ` is typed for `Σ`."""
    return text[1] if len(text) > 1 and not text[1].isascii() and not text[1].isspace() else text


def scan_text(text: str, span: Span) -> tuple[Raw, ...]:
    """The raw tokens of a text that stands nowhere on the page; all carry the same span."""
    return tuple(raw._replace(span=span) for raw in scan(Source("", text, "latex"), Span(0, len(text))))


def spell(raws: list[Raw]) -> str:
    """The text of raw tokens, with one blank for any run of blanks."""
    return "".join(blank(before, raw) + raw.text for before, raw in zip([None, *raws], raws, strict=False))


def blank(before: Raw | None, raw: Raw) -> str:
    r"""What stands between two raw tokens; the `L` that a macro puts behind `\partial` needs a blank."""
    if before is None:
        return ""
    runs_on = before.text[:1] == "\\" and before.text[-1].isalpha() and raw.text[:1].isalpha()
    return " " if runs_on or not raw.glued else ""
