r"""Text -> page: what the scanners of all formats share (it has no `KIND`, so it is not a format).

A reader *masks* what it has understood, character for character, so that offsets never move:

    GONE    a space        not read at all: a comment, the `>` of a quote
    CUT     \x1e           not read, and it parts paragraphs: a display, a heading, a bullet, a code block
    HIDDEN  \x00           read by people, not by scanners: inline code, an inline formula

What is left between cuts and blank lines is the prose. Every search is an index look-up or a regular expression that
cannot backtrack over a run, so reading stays linear in the size of the text, whatever the text is.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bptt_symbolic.reading.document import Block, Declaration, Document, Heading, Maths, Paragraph, Words
from bptt_symbolic.reading.source import Fault, Source, Span

GONE, CUT, HIDDEN = " ", "\x1e", "\x00"

DISPLAYS = frozenset({
    "align", "alignat", "flalign", "gather", "multline", "equation", "eqnarray", "displaymath", "xalignat",
    "xxalignat", "dmath", "dgroup", "empheq", "IEEEeqnarray", "darray",
})  # fmt: skip
"""Environments that stand alone as displayed formulas, without their star."""

BRACKETS = {
    "\\[": ("\\]", True), "\\(": ("\\)", False), "$$": ("$$", True), "$": ("$", False),
    "\\\\[": ("\\\\]", True), "\\\\(": ("\\\\)", False),
}  # fmt: skip
"""Opening delimiter -> (closing delimiter, whether it displays); the doubled ones are Markdown's."""

NUMBER = r"\(\s*+(?P<number>[A-Z]?\d{1,4}(?:[.\-]\d{1,4}){0,3}[a-z]?'{0,3})\s*+\)"
"""A number beside a display."""

BLANK_LINE = re.compile(r"\n[ \t\r]*+(?=\n)")

_MARK = re.compile(r"\\(?:begin|end)\{[A-Za-z]{1,20}\*?\}|\\\\(?=[\[\]()])|\\.|\$", re.DOTALL)
_PARTING = re.compile(r"\x1e\s*+|\n[ \t\r]*+\n\s*+")
_EDGE = " \t\r\n\x0b\x0c\x1e"
_DEFINES = re.compile(
    r"\\(?:let\s*+\\(?:[A-Za-z@]++|.)\s*+=?\s*+\\(?:[A-Za-z@]++|.)"
    r"|(?P<one>(?:(?:re|provide)?newcommand|renewcommand|providecommand|Declare(?:RobustCommand|MathOperator))\*?\s*+"
    r"(?:\{\s*+\\(?:[A-Za-z@]++|.)\s*+\}|\\(?:[A-Za-z@]++|.))\s*+(?:\[[^\[\]\n]{0,200}\]\s*+){0,2}(?=\{))"
    r"|(?P<def>[gex]?def\s*+\\(?:[A-Za-z@]++|.)[^{}\n\\]{0,100}(?=\{))"
    r"|(?P<two>(?:(?:New|Renew|Declare|Provide)DocumentCommand|DeclarePairedDelimiter)\s*+"
    r"(?:\{\s*+\\(?:[A-Za-z@]++|.)\s*+\}|\\(?:[A-Za-z@]++|.))\s*+(?=\{)))",
)
_NAME = re.compile(r"\\(?:[A-Za-z@]+|.)")
_BETWEEN_DEFINITIONS = re.compile(r"(?>(?:\s|\x1e|%[^\n]*+|\\(?:require|usepackage)\{[^{}\n]{0,100}\}|\\\\(?=\s))*)")
_OPENED = re.compile(r"(?P<mark>\$\$?|\\[\[(])\s*+\Z")
_REQUIRES = re.compile(r"\\(?:require|usepackage)\{[^{}\n]{0,100}\}")
_CLOSERS = {"\\[": "\\]", "\\(": "\\)"}
_FAR = 400
"""Characters of white space and `\\require` that may stand between a `$` and the first definition behind it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A formula with its delimiters (`start`, `end`) and what it says (`span`)."""

    start: int
    end: int
    span: Span
    display: bool


class Marks:
    r"""Where each delimiter of maths stands in a text: `$`, `$$`, `\[`, `\begin{align}`, ... ; escaped ones do not."""

    def __init__(self, text: str) -> None:
        """Look at the text once."""
        self._at: dict[str, list[int]] = defaultdict(list)
        for mark in _MARK.finditer(text):
            key, start = mark[0], mark.start()
            if key == "\\\\":
                key = text[start : start + 3]
                self._at[key[1:]].append(start + 1)
            self._at[key].append(start)
            if key == "$" and text.startswith("$", start + 1):
                self._at["$$"].append(start)

    def positions(self, key: str) -> list[int]:
        """Every place of a delimiter, ascending."""
        return self._at.get(key, [])

    def after(self, key: str, position: int) -> int | None:
        """The first place of a delimiter at a position or after it."""
        places = self.positions(key)
        index = bisect_left(places, position)
        return places[index] if index < len(places) else None

    def closing(self, opening: str, closing: str, position: int, limit: int) -> int | None:
        """Where a formula opened before `position` closes; None if it opens again or the limit comes before that."""
        end = self.after(closing, position)
        if end is None or end + len(closing) > limit:
            return None
        again = self.after(opening, position) if opening != closing else None
        return end if again is None or again > end else None


class Page:
    """A text being read: its mask and what was found so far. `base` is where the text begins in the source."""

    def __init__(self, text: str, base: int = 0) -> None:
        """Begin with a page of which nothing is understood."""
        self.text = text
        self.base = base
        self.mask = list(text)
        self.blocks: list[Block] = []
        self.inline: list[Found] = []
        self.macros: list[Span] = []
        self._shared: set[Span] = set()
        self.unseen: list[Span] = []
        """Definitions in comments, which count where nothing else defines the name."""
        self.faults: list[Fault] = []

    @property
    def masked(self) -> str:
        """The text with everything understood so far masked out."""
        return "".join(self.mask)

    def hide(self, start: int, end: int, mark: str) -> None:
        """Mask a range; line ends stay."""
        self.mask[start:end] = [c if c == "\n" else mark for c in self.text[start:end]]

    def place(self, span: Span) -> Span:
        """A span of this text as a span of the source."""
        return Span(self.base + span.start, self.base + span.end)

    def fault(self, code: str, message: str, advice: str, span: Span) -> None:
        """Note something wrong at a place."""
        self.faults.append(Fault(code, message, advice, self.place(span)))

    def unclosed(self, opening: str, closing: str, at: int) -> None:
        """Note a formula that never ends."""
        message = f"The formula that `{opening}` opens here is never closed."
        advice = f"Close it with `{closing}`; nothing was read from here to the end of the paragraph."
        self.fault("unclosed-formula", message, advice, Span(at, at + len(opening)))

    def declare(self, start: int, end: int) -> None:
        """Add the declaration that a comment holds."""
        span = trimmed(self.text, start, end)
        if span.start < span.end:
            self.blocks.append(Declaration(self.place(span), self.text[span.start : span.end]))

    def head(self, start: int, end: int, text: str, level: int) -> None:
        """Add a section title."""
        self.blocks.append(Heading(self.place(trimmed(self.text, start, end)), text, level))

    def formula(self, found: Found, number: str | None = None, label: str | None = None) -> None:
        """Add a formula: a display, a part of its paragraph, or a region of macros if it only defines some."""
        if found.span.start == found.span.end:
            self.hide(found.start, found.end, GONE)
        elif defines_only(self.text[found.span.start : found.span.end]):
            self.macros.append(self.place(found.span))
            self.hide(found.start, found.end, GONE)
        elif found.display:
            self._share(found.span)
            self.blocks.append(Maths(self.place(found.span), display=True, number=number, label=label))
            self.hide(found.start, found.end, CUT)
        else:
            self.inline.append(found)
            self.hide(found.start, found.end, HIDDEN)

    def _share(self, span: Span) -> None:
        """Add the definitions in a display: they hold on the whole page."""
        start = self.base + span.start
        for defined in definitions(self.text[span.start : span.end], 0, span.end - span.start):
            region = Span(start + defined.start, start + defined.end)
            if region not in self._shared:
                self.macros.append(region)

    def define(self, span: Span) -> None:
        """Add a definition that stands in no formula."""
        self.macros.append(self.place(span))
        self._shared.add(self.macros[-1])

    def paragraphs(self, start: int, end: int, clean: Callable[[str], str]) -> None:
        """Add what is left between the cuts as paragraphs; `clean` takes the markup out of words."""
        masked = self.masked
        self.inline.sort(key=lambda found: found.start)
        at = start
        for gap in _PARTING.finditer(masked, start, end):
            self._paragraph(masked, at, gap.start(), clean)
            at = gap.end()
        self._paragraph(masked, at, end, clean)

    def _paragraph(self, masked: str, start: int, end: int, clean: Callable[[str], str]) -> None:
        parts: list[Words | Maths] = []
        at = start
        first = bisect_left(self.inline, start, key=lambda found: found.start)
        for found in self.inline[first : bisect_left(self.inline, end, key=lambda found: found.start)]:
            parts += self._words(masked, at, found.start, clean)
            parts.append(Maths(self.place(found.span), display=False))
            at = found.end
        parts += self._words(masked, at, end, clean)
        if any(isinstance(part, Maths) or any(c.isalnum() for c in part.text) for part in parts):
            self.blocks.append(Paragraph(parts[0].span.to(parts[-1].span), tuple(parts)))

    def _words(self, masked: str, start: int, end: int, clean: Callable[[str], str]) -> Iterator[Words]:
        seen = masked[start:end]
        if HIDDEN in seen:
            seen = "".join(c if m == HIDDEN else m for c, m in zip(self.text[start:end], seen, strict=True))
        text = " ".join(clean(seen).split())
        if text:
            yield Words(self.place(trimmed(masked, start, end)), text)

    def document(self, source: Source) -> Document:
        """All that was found, in the order of the page."""
        blocks = tuple(sorted(self.blocks, key=lambda block: block.span.start))
        return Document(source, blocks, tuple(sorted(self.macros)), tuple(self.faults))


def trimmed(text: str, start: int, end: int, also: str = "") -> Span:
    """A range without the white space at its ends, nor what else is named."""
    edge = _EDGE + also
    while end > start and text[end - 1] in edge:
        end -= 1
    while start < end and text[start] in edge:
        start += 1
    return Span(start, end)


def formula_at(text: str, marks: Marks, opening: str, at: int, limit: int) -> Found | None:
    r"""The formula that a bracket (`$$`, `\[`, ...) or `\begin{...}` opens at a place; None if it does not close."""
    inside = at + len(opening)
    closing, display = BRACKETS[opening] if opening in BRACKETS else (opening.replace("begin", "end"), True)
    end = marks.closing(opening, closing, inside, limit)
    if end is None:
        return None
    if opening in BRACKETS:
        return Found(at, end + len(closing), trimmed(text, inside, end), display)
    return Found(at, end + len(closing), Span(at, end + len(closing)), "{math}" not in opening)


def environment(opening: str) -> str:
    r"""The name in `\begin{name*}`, without its star; empty if it is no such thing."""
    return opening[7:-1].rstrip("*") if opening.startswith("\\begin{") else ""


def partners(text: str) -> dict[int, int]:
    """Where each opening brace of a text is closed."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for brace in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if brace[0] == "{":
            stack.append(brace.start())
        elif brace[0] == "}" and stack:
            pairs[stack.pop()] = brace.start()
    return pairs


def definitions(text: str, start: int, end: int) -> list[Span]:
    r"""Every macro definition (`\newcommand`, `\def`, `\DeclareMathOperator`, ...) of a range, whole."""
    found: list[Span] = []
    pairs: dict[int, int] | None = None
    for head in _DEFINES.finditer(text, start, end):
        pairs = partners(text) if pairs is None else pairs
        stop = _definition_end(text, head, pairs)
        if stop is not None and stop <= end and (not found or head.start() >= found[-1].end):
            found.append(Span(head.start(), stop))
    return found


def names_defined(text: str, start: int, end: int) -> frozenset[str]:
    """The macros that a range defines."""
    text = text[start:end]  # braces outside it are nobody's partners
    found = (_NAME.search(text, span.start + 1, span.end) for span in definitions(text, 0, len(text)))
    return frozenset(name[0] for name in found if name is not None)


def _definition_end(text: str, head: re.Match[str], pairs: dict[int, int]) -> int | None:
    at = head.end()
    for _ in range({"one": 1, "def": 1, "two": 2}.get(head.lastgroup or "", 0)):
        while at < len(text) and text[at].isspace():
            at += 1
        if at not in pairs:
            return None
        at = pairs[at] + 1
    return at


def preambles(text: str) -> Iterator[tuple[Span, Span]]:
    """Runs of definitions with the signs of maths around them, and without.

    The signs are those of a preamble that nobody wants to see as a formula: `$`, a line end, definitions, a line end,
    `$`. White space and blank lines do not matter there, nor how long it is. A run with no such signs is its own frame.
    """
    run: list[Span] = []
    for span in [*definitions(text, 0, len(text)), Span(len(text), len(text))]:
        if (
            run
            and (gap := _BETWEEN_DEFINITIONS.match(text, run[-1].end, span.start))
            and gap.end() == span.start < len(text)
        ):
            run.append(span)
            continue
        if run:
            inside = Span(run[0].start, run[-1].end)
            yield _frame(text, inside) or inside, inside
        run = [span]


def _frame(text: str, inside: Span) -> Span | None:
    """A run of definitions with the signs of maths on both sides of it, if they stand there."""
    opening = _opening(text, inside.start)
    rest = _BETWEEN_DEFINITIONS.match(text, inside.end)
    if opening is None or rest is None:
        return None
    closing = _CLOSERS.get(opening[1], opening[1])
    return Span(opening[0], rest.end() + len(closing)) if text.startswith(closing, rest.end()) else None


def _opening(text: str, start: int) -> tuple[int, str] | None:
    """The sign of maths before a place, with nothing but comments and white space behind it, and where it stands."""
    end, first = start, start - _FAR
    while end >= max(0, first):
        line = text.rfind("\n", 0, end) + 1
        here = text[line:end]
        opened = _OPENED.search(_REQUIRES.sub(lambda found: " " * len(found[0]), here))
        if opened:
            return line + opened.start(), opened["mark"]
        if not _BETWEEN_DEFINITIONS.fullmatch(here):
            return None
        end = line - 1
    return None


def defines_only(text: str) -> bool:
    """Whether a formula holds macro definitions, and nothing else but comments."""
    if "\\" not in text or not _DEFINES.search(text):
        return False
    at = 0
    for span in definitions(text, 0, len(text)):
        gap = _BETWEEN_DEFINITIONS.match(text, at, span.start)
        if gap is None or gap.end() != span.start:
            return False
        at = span.end
    rest = _BETWEEN_DEFINITIONS.match(text, at)
    return at > 0 and rest is not None and rest.end() == len(text)
