r"""reStructuredText -> document, as docutils and Sphinx read it.

    display = .. math:: formula                 content by indentation, at any depth, in any directive
                 :label: name                   options; blank lines part formulas
    inline  = :math:`formula`                   also `formula` where the default role is math
    heading = a line with a line of punctuation under it (and over it)
    comment = .. anything else                  not read, except `.. ! declaration`

With `:nowrap:` the content holds its own `\[ ... \]`, `$$ ... $$` or environments. A directive of nothing but
`\newcommand`s is a region of macros. Directives of code are not read; the argument and the content of all others are.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.readers.scanning import (
    CUT,
    DISPLAYS,
    HIDDEN,
    Found,
    Marks,
    Page,
    defines_only,
    environment,
    formula_at,
    trimmed,
)
from bptt_symbolic.reading.source import Fault, Source, Span

KIND = "rst"
SUFFIXES = (".rst", ".rest")

_CODE = frozenset({
    "code", "code-block", "sourcecode", "literalinclude", "highlight", "parsed-literal", "raw", "meta", "image",
    "toctree", "prompt", "doctest", "testcode", "testsetup", "testcleanup", "testoutput", "ipython", "plot",
    "include", "index", "tabularcolumns", "productionlist", "graphviz", "mermaid", "jupyter-execute", "default-role",
    "role",
})  # fmt: skip
_DIRECTIVE = re.compile(
    r"\.\.[ \t]++(?:\|[^|\n]{1,100}\|[ \t]++)?(?P<name>[A-Za-z][\w.:+-]{0,60}?)[ \t]?::(?:[ \t]++|$)",
)
_TARGET = re.compile(r"\.\.[ \t]++_[^\n]*:|__[ \t]")
_FOOTNOTE = re.compile(r"\.\.[ \t]++\[[^\[\]\n]{1,100}\][ \t]++")
_COMMENT = re.compile(r"\.\.(?:[ \t]++|$)(?P<mark>!?)")
_OPTION = re.compile(r":(?P<name>[A-Za-z][\w -]{0,60}):(?:[ \t]++(?P<value>[^\n]*+)|$)")
_LINE = re.compile(r"([!-/:-@\[-`{-~])\1++\Z")
_BULLET = re.compile(r"(?>(?:(?:[-*+\u2022]|\(?(?:\d{1,9}|#)[.)]|[A-Za-z]\)|\|)(?:[ \t]++|$))+)")
_OPENER = re.compile(r"\\begin\{[A-Za-z]{1,20}\*?\}|\\\[|\$\$|\\.", re.DOTALL)
_INLINE = re.compile(
    r"(?P<code>``)|(?P<role>:math:`)|(?P<other>:[\w.:+-]{1,60}:`[^`\\]*+(?>(?:\\.[^`\\]*+)*)`)|(?P<tick>`)|\\.",
    re.DOTALL,
)
_CLOSE = re.compile(r"[^`\\]*+(?>(?:\\.[^`\\]*+)*)`", re.DOTALL)
_END = re.compile(r"\n[ \t\r]*+(?=\n)|\x1e++|\Z")
_DEFAULT_MATH = re.compile(r"^\.\.[ \t]++default-role::[ \t]++math[ \t\r]*+$", re.MULTILINE)
_ROLE = re.compile(
    r"(?::[\w.:+-]{1,60}:)?`([^`<]*+)(?:<[^`<>]*+>)?`__?|:[\w.:+-]{1,60}:`([^`<]*+)(?:<[^`<>]*+>)?`",
)
_MARKUP = re.compile(
    r"(?<=:):\s*+\Z|``|`__?(?!\w)|`|(?<!\*)\*++(?=\S)|(?<=[^\s*])\*++|\\(?P<kept>\S)|\\\s?|(?<=\w)_(?!\w)",
)


def recognises(text: str) -> bool:
    """Whether there is a `.. math::` directive."""
    return re.search(r"^[ \t]*+\.\.[ \t]++math::", text, re.MULTILINE) is not None


def source_of(text: str, name: str) -> Source | Fault:
    """The text as it stands."""
    return Source(name, text, KIND)


def read(source: Source) -> Document:
    """What a reStructuredText note says."""
    page = Page(source.text)
    _Lines(page).scan()
    _scan_inline(page)
    page.paragraphs(0, len(source.text), _clean)
    return page.document(source)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    indent: int
    text: str
    """Without the indentation and the white space at the end."""

    @property
    def at(self) -> int:
        return self.start + self.indent

    @property
    def end(self) -> int:
        return self.at + len(self.text)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for raw in text.split("\n"):
        content = raw.strip()
        lines.append(_Line(start, len(raw) - len(raw.lstrip()) if content else 0, content))
        start += len(raw) + 1
    return lines


class _Lines:
    """The scan over lines: directives, comments, headings and bullets, whatever they are nested in."""

    def __init__(self, page: Page) -> None:
        """Split the text into lines."""
        self.page = page
        self.lines = _lines(page.text)
        self.styles: list[tuple[str, bool]] = []
        self.literal: int | None = None
        """Indentation of a paragraph that ended in `::`, while its literal block may follow."""

    def scan(self) -> None:
        """Go over the lines once."""
        at = 0
        while at < len(self.lines):
            at = self._block(at)

    def _block(self, at: int) -> int:
        line = self.lines[at]
        if not line.text:
            return at + 1
        if self.literal is not None and self._parted(at):
            indent, self.literal = self.literal, None
            if line.indent > indent:
                return self._hide(at, self._below(at - 1, indent))
        if line.text.startswith(("..", "__")):
            return self._explicit(at, line.indent)
        return self._heading(at) or self._prose(at)

    def _parted(self, at: int) -> bool:
        return at == 0 or not self.lines[at - 1].text

    def _below(self, at: int, indent: int) -> int:
        """The first line after `at` that is neither blank nor indented deeper than `indent`."""
        at += 1
        while at < len(self.lines) and (not self.lines[at].text or self.lines[at].indent > indent):
            at += 1
        return at

    def _hide(self, first: int, after: int) -> int:
        """Hide whole lines."""
        self.page.hide(self.lines[first].at, self.lines[after - 1].end, CUT)
        return after

    def _explicit(self, at: int, indent: int) -> int:
        """Read a directive, a footnote, a target or a comment that begins at a line."""
        line = self.lines[at]
        directive = _DIRECTIVE.match(line.text)
        if directive:
            return self._directive(at, indent, directive)
        footnote = _FOOTNOTE.match(line.text)
        if footnote:
            self.page.hide(line.at, line.at + footnote.end(), CUT)
            return at + 1
        if _TARGET.match(line.text):
            return self._hide(at, at + 1)
        comment = _COMMENT.match(line.text)
        if comment is None:
            return self._prose(at)
        after = self._below(at, indent)
        if comment["mark"]:
            self.page.declare(line.at + comment.end(), self.lines[after - 1].end)
        return self._hide(at, after)

    def _directive(self, at: int, indent: int, directive: re.Match[str]) -> int:
        line = self.lines[at]
        argument = line.at + directive.end()
        after = self._below(at, indent)
        name = directive["name"].rstrip(":")
        if name in {"math", "displaymath"}:
            self._maths(at, after, argument)
            return self._hide(at, after)
        if name in _CODE:
            return self._hide(at, after)
        self.page.hide(line.at, argument, CUT)
        return self._options(at + 1, after)[0]

    def _options(self, at: int, after: int) -> tuple[int, dict[str, str]]:
        """The options at the beginning of a directive, hidden; a value may go on, indented deeper."""
        options: dict[str, str] = {}
        while at < after and (option := _OPTION.match(self.lines[at].text)):
            options[option["name"]] = option["value"] or ""
            below = at + 1
            while below < after and self.lines[below].text and self.lines[below].indent > self.lines[at].indent:
                below += 1
            at = self._hide(at, below)
        return at, options

    def _maths(self, at: int, after: int, argument: int) -> None:
        text = self.page.text
        first, options = self._options(at + 1, after)
        parts = [trimmed(text, argument, self.lines[at].end)]
        start, depth = None, 0
        for line in self.lines[first:after]:
            depth += line.text.count("\\begin{") - line.text.count("\\end{")
            if not line.text and depth <= 0 and "nowrap" not in options:
                start = None
            elif start is None and line.text:
                start = line.at
                parts.append(Span(start, line.end))
            elif start is not None and line.text:
                parts[-1] = Span(start, line.end)
        label = options.get("label") or options.get("name")
        for part in parts:
            if part.start < part.end:
                label = self._formula(part, label, own="nowrap" in options)

    def _formula(self, part: Span, label: str | None, *, own: bool) -> str | None:
        """Add the formula of a part, or those that it brackets itself; the label is spent on the first."""
        inside = self._bracketed(part) if own else []
        for found in inside or [Found(part.start, part.end, part, display=True)]:
            macros = defines_only(self.page.text[found.span.start : found.span.end])
            self.page.formula(found, label=None if macros else label)
            label = label if macros else None
        return label

    def _bracketed(self, part: Span) -> list[Found]:
        text = self.page.text[part.start : part.end]
        marks, at = Marks(text), 0
        found: list[Found] = []
        while token := _OPENER.search(text, at):
            at = token.end()
            opening = token[0]
            if opening in {"\\[", "$$"} or environment(opening) in DISPLAYS:
                formula = formula_at(text, marks, opening, token.start(), len(text))
                if formula:
                    at = formula.end
                    found.append(_moved(formula, part.start))
        return found

    def _heading(self, at: int) -> int | None:
        """Read a title with a line under it, and maybe over it."""
        over = _LINE.match(self.lines[at].text) is not None and self.lines[at].indent == 0
        title, under = at + over, at + over + 1
        if under >= len(self.lines) or not self.lines[title].text or not self._parted(at):
            return self._hide(at, at + 1) if over and len(self.lines[at].text) >= len("----") else None
        line, rule = self.lines[title], self.lines[under]
        fits = len(rule.text) >= min(len(line.text), len("----")) and rule.indent == 0 and (over or line.indent == 0)
        if not (fits and _LINE.match(rule.text)) or (over and rule.text[0] != self.lines[at].text[0]):
            return None
        style = (rule.text[0], over)
        if style not in self.styles:
            self.styles.append(style)
        text = " ".join(_clean(line.text).split())
        self.page.head(line.at, line.end, text, self.styles.index(style) + 1)
        return self._hide(at, under + 1)

    def _prose(self, at: int) -> int:
        """Read a line of prose; its bullet parts paragraphs, as does the name of a field."""
        line = self.lines[at]
        lead = _BULLET.match(line.text) or _OPTION.match(line.text)
        indent = line.indent
        if lead:
            end = lead.start("value") if "value" in lead.groupdict() and lead["value"] else lead.end()
            self.page.hide(line.at, line.at + end, CUT)
            indent += end
            if line.text.startswith(".. ", end):
                self.lines[at] = _Line(line.start, indent, line.text[end:])
                return self._explicit(at, line.indent)
        if self.literal is None and line.text.endswith("::"):
            self.literal = line.indent
        elif not line.text.endswith("::"):
            self.literal = None
        return at + 1


def _moved(found: Found, by: int) -> Found:
    return Found(found.start + by, found.end + by, Span(found.span.start + by, found.span.end + by), found.display)


def _scan_inline(page: Page) -> None:
    """Find the roles of maths in the prose; literals and other roles hold none."""
    text = page.masked
    default = _DEFAULT_MATH.search(page.text) is not None
    ends = [end.start() for end in _END.finditer(text)]
    at = 0
    while token := _INLINE.search(text, at):
        at = token.end()
        if token["code"]:
            end = text.find("``", at, at + 2000)
            if end >= 0:
                page.hide(token.start(), end + 2, HIDDEN)
                at = end + 2
        elif token["role"] or token["tick"]:
            stop = ends[bisect_left(ends, at)]
            at = _inline(page, token, _CLOSE.match(text, at, stop), stop, maths=bool(token["role"]) or default)


def _inline(page: Page, token: re.Match[str], close: re.Match[str] | None, stop: int, *, maths: bool) -> int:
    if close is None and not maths:
        return token.end()
    if close is None:
        page.unclosed(token[0], "`", token.start())
        page.hide(token.start(), stop, CUT)
        return stop
    span = trimmed(page.text, token.end(), close.end() - 1)
    if maths:
        page.formula(Found(token.start(), close.end(), span, display=False))
    return close.end()


def _clean(text: str) -> str:
    text = _ROLE.sub(lambda role: role[1] or role[2] or "", text)
    return _MARKUP.sub(lambda mark: mark["kept"] or "", text)
