"""Document: what a reader finds in a note, in the order of the page.

Readers (one a document format) turn text into this; nothing after them knows which format the note had.
"""

import re
from dataclasses import dataclass

from bptt_symbolic.reading.source import Fault, Source, Span

_MARK = re.compile(r"\s*(?:ignore|expect)\b\s*(?![\s=(_^])")
"""How a mark begins; what goes on with a sign is a definition of something that is called so."""


@dataclass(frozen=True, slots=True)
class Maths:
    """One formula. `span` is its content without the delimiters, environment markers included when they stand bare."""

    span: Span
    display: bool
    number: str | None = None
    """Number found *beside* the display, as `(5)` after it; a `\\tag` inside is left to the parser."""
    label: str | None = None
    """Label given by the document format (`:label:` in reStructuredText, `{#eq-1}` in Markdown)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A run of prose between formulas, markup removed; `text` is what a person reads."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A section title; `level` from 1."""

    span: Span
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, list item or quote: words and inline formulas in order."""

    span: Span
    parts: tuple[Words | Maths, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a person added in a comment (`%! ...`, `<!--! ... -->`, `.. ! ...`): TOML text, or one LaTeX definition; or
    a mark, which says nothing of the network and silences a finding.
    """

    span: Span
    text: str

    @property
    def is_mark(self) -> bool:
        """Whether it silences something."""
        return _MARK.match(self.text) is not None


Block = Heading | Paragraph | Maths | Declaration


@dataclass(frozen=True, slots=True)
class Document:
    """A note as read: its blocks in order (a `Maths` block is displayed), regions with macro definitions, faults."""

    source: Source
    blocks: tuple[Block, ...]
    macros: tuple[Span, ...] = ()
    """Regions that hold macro definitions: a LaTeX preamble, a `$...$` of `\\newcommand`s, one in a display."""
    faults: tuple[Fault, ...] = ()
