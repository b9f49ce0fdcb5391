r"""HTML -> document: a page as it is saved, with the formulas that MathJax or KaTeX shows in it.

    formula = \( .. \) | \[ .. \] | $ .. $ | $$ .. $$ | \begin{align} .. \end{align}     in the text of the page
            | <script type="math/tex; mode=display"> .. </script>                        as MathJax 2 leaves it
            | <annotation encoding="application/x-tex"> .. </annotation>                 as KaTeX and pandoc leave it

Python's parser finds the tags; scripts, styles, comments, code and what is drawn of a formula are hidden, but for what
`<!--! .. -->` declares. An entity is read as its character, followed by blanks for the rest of it, so that every place
is one in the HTML.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser

from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.readers.markdown import clean, scan_formulas
from bptt_symbolic.reading.readers.scanning import CUT, GONE, HIDDEN, Found, Page, trimmed
from bptt_symbolic.reading.source import Fault, Source, Span

KIND = "html"
SUFFIXES = (".html", ".htm", ".xhtml")

_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt",
    "u", "var", "wbr",
})  # fmt: skip
"""Tags that part no paragraph."""
_UNREAD = frozenset({
    "pre", "script", "style", "textarea", "code", "svg", "noscript", "template", "head", "math", "select", "button",
})  # fmt: skip
_DRAWN = ("MathJax", "mjx-", "katex-html", "MJX")
"""Classes of what a renderer draws of a formula: the formula itself stands beside it."""
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))


def recognises(text: str) -> bool:
    """Whether a text begins as a page does."""
    return text.lstrip()[:14].lower().startswith(("<!doctype html", "<html"))


def source_of(text: str, name: str) -> Source | Fault:
    """The page with its entities read, every place as it was."""
    tags = _Tags(text)
    shown, end = [], 0
    for span in tags.entities:
        character = unescape(text[span.start : span.end])
        padded = character.ljust(span.end - span.start) if len(character) <= span.end - span.start else None
        shown += [text[end : span.start], text[span.start : span.end] if padded is None else padded]
        end = span.end
    return Source(name, "".join([*shown, text[end:]]), KIND)


def read(source: Source) -> Document:
    """What a page says."""
    page = Page(source.text)
    if (end := _last(source.text)) < len(source.text):
        advice = "Close it with `-->`; nothing was read from here to the end."
        page.fault("unclosed-comment", "`<!--` is never closed.", advice, Span(end, end + len("<!--")))
        page.hide(end, len(source.text), CUT)
    tags = _Tags(source.text)
    for span in tags.declared:
        page.declare(span.start, span.end)
    for element in tags.elements:
        page.hide(element.start, element.end, element.mark)
    for found in tags.formulas:
        page.formula(found)
    for heading in tags.headings:
        text = " ".join(clean(page.masked[heading.start : heading.end]).split())
        if text and "$" not in text and "\\(" not in text:
            page.head(heading.start, heading.end, text, heading.level)
            page.hide(heading.start, heading.end, CUT)
    scan_formulas(page)
    page.paragraphs(0, len(source.text), clean)
    return page.document(source)


def rewritten(raw: str, source: Source, changes: Sequence[tuple[Span, str]]) -> str:
    """The page with places of it rewritten, every other character as it was."""
    del source
    text, end = "", 0
    for span, new in changes:
        text += raw[end : span.start] + escape(new, quote=False)
        end = span.end
    return text + raw[end:]


def _last(text: str) -> int:
    """Where a comment opens that is never closed; the end of the text if none does."""
    at = text.find("<!--", text.rfind("-->") + 1)
    return len(text) if at < 0 else at


@dataclass(frozen=True, slots=True)
class _Element:
    """A range that is hidden, and how."""

    start: int
    end: int
    mark: str


@dataclass(frozen=True, slots=True)
class _Heading:
    start: int
    end: int
    level: int


@dataclass(slots=True)
class _Open:
    """A tag that is not closed yet."""

    tag: str
    start: int
    inside: int
    """Where its content begins."""
    unread: bool
    formula: bool
    display: bool


class _Tags(HTMLParser):
    """One pass over the tags of a page: what is hidden, what is a formula, a heading or an entity."""

    def __init__(self, text: str) -> None:
        """Look at the page once."""
        super().__init__(convert_charrefs=False)
        self.text = text
        self.starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
        self.elements: list[_Element] = []
        self.formulas: list[Found] = []
        self.headings: list[_Heading] = []
        self.entities: list[Span] = []
        self.declared: list[Span] = []
        """What comments declare."""
        self.stack: list[_Open] = []
        self.opened: Counter[str] = Counter()
        """How often each tag is open."""
        end = _last(text)
        self.feed(text[:end])
        self.close()
        while self.stack:
            self._leave(self.stack.pop(), end, end)

    @property
    def at(self) -> int:
        """Offset of the tag that is being read."""
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag is hidden; of some, what they hold too."""
        start, end = self.at, self.at + len(self.get_starttag_text() or "")
        self._hide(tag, start, end)
        if tag in _VOID:
            return
        given = {name: value or "" for name, value in attrs}
        kind = given.get("type", "") if tag == "script" else given.get("encoding", "") if tag == "annotation" else ""
        formula = kind.startswith("math/tex") or kind == "application/x-tex"
        block = given.get("display") == "block" or "katex-display" in given.get("class", "").split()
        display = block or "mode=display" in kind.replace(" ", "") or (bool(self.stack) and self.stack[-1].display)
        drawn = any(name.startswith(_DRAWN) for name in (tag, *given.get("class", "").split()))
        unread = tag in _UNREAD or drawn or (bool(self.stack) and self.stack[-1].unread)
        self.opened[tag] += 1
        self.stack.append(_Open(tag, start, end, unread and not formula, formula, display))

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those in it that nobody closed."""
        start = self.at
        end = self.text.find(">", start) + 1 or len(self.text)
        self._hide(tag, start, end)
        if not self.opened[tag]:
            return
        while (opened := self.stack.pop()).tag != tag:
            self._leave(opened, start, start)
        self._leave(opened, start, end)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<br/>` holds nothing."""
        del attrs
        self._hide(tag, self.at, self.at + len(self.get_starttag_text() or ""))

    def handle_comment(self, data: str) -> None:
        """A comment is not read, unless it is said to be for us: `<!--! ... -->`."""
        start, end = self.at, min(self.at + len(data) + len("<!---->"), len(self.text))
        self.elements.append(_Element(start, end, GONE))
        if data.startswith("!"):
            self.declared.append(Span(start + len("<!--!"), start + len("<!--") + len(data)))

    def handle_decl(self, decl: str) -> None:
        """`<!DOCTYPE html>`."""
        self.elements.append(_Element(self.at, min(self.at + len(decl) + len("<!>"), len(self.text)), CUT))

    def handle_pi(self, data: str) -> None:
        """`<?xml ... ?>`."""
        self.elements.append(_Element(self.at, min(self.at + len(data) + len("<?>"), len(self.text)), CUT))

    def handle_entityref(self, name: str) -> None:
        """`&lt;`."""
        self._entity(len(name) + 1)

    def handle_charref(self, name: str) -> None:
        """`&#955;`."""
        self._entity(len(name) + 2)

    def _entity(self, length: int) -> None:
        end = self.at + length
        self.entities.append(Span(self.at, end + self.text.startswith(";", end)))

    def _hide(self, tag: str, start: int, end: int) -> None:
        self.elements.append(_Element(start, end, GONE if tag in _INLINE else CUT))

    def _leave(self, opened: _Open, start: int, end: int) -> None:
        self.opened[opened.tag] -= 1
        outer = bool(self.stack) and self.stack[-1].unread
        if opened.formula:
            span = trimmed(self.text, opened.inside, start)
            self.formulas.append(Found(opened.inside, start, span, opened.display))
        elif opened.tag in _HEADINGS and not opened.unread:
            self.headings.append(_Heading(opened.inside, start, int(opened.tag[1])))
        elif opened.unread and not outer:
            self._cover(opened, end)

    def _cover(self, opened: _Open, end: int) -> None:
        """Hide what an element holds, but for the formulas in it."""
        mark = HIDDEN if opened.tag == "code" else GONE if opened.tag in _INLINE | {"math"} else CUT
        at = opened.start
        first = bisect_left(self.formulas, at, key=lambda found: found.start)
        for found in self.formulas[first:]:
            self.elements.append(_Element(at, found.start, GONE))
            at = found.end
        self.elements.append(_Element(at, end, mark if at == opened.start else GONE))
