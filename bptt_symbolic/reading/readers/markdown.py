r"""Markdown -> document, as people type it: GitHub, Jekyll, Pandoc, R Markdown, Quarto, MyST and notebook cells.

    display = $$ ... $$ alone on its lines | \[ ... \] | \begin{align} ... \end{align} | ```math | ```{math} | :::{math}
    inline  = $ ... $ | \( ... \) | $$ ... $$ on one line with prose, as in kramdown; but where `$` is used for that,
              `$$` displays everywhere, so `$$` with a relation in it is a display
    beside  = `(5)` on the same line as the end of a display or on the next, {#eq-label}, {label}
    block   = heading | paragraph | list item | quote | <!--! declaration -->

`$` follows Pandoc: no space after the opening one nor before the closing one, no digit behind it; `$ x $` is read where
it looks like maths. Code, HTML comments and front matter are not read. The span of a display in a quote holds the `>`
at the beginning of its lines: whoever reads the span skips them.
"""

import re
from bisect import bisect_left, bisect_right
from html import unescape

from bptt_symbolic.reading.document import Document
from bptt_symbolic.reading.readers.scanning import (
    BLANK_LINE,
    CUT,
    DISPLAYS,
    GONE,
    HIDDEN,
    NUMBER,
    Found,
    Marks,
    Page,
    defines_only,
    definitions,
    environment,
    formula_at,
    names_defined,
    preambles,
    trimmed,
)
from bptt_symbolic.reading.source import Fault, Source, Span

KIND = "markdown"
SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".rmd", ".qmd", ".myst")

_FRONT_MATTER = re.compile(r"(---|\+\+\+)[ \t\r]*+\n(?>(?:(?!\1|\.\.\.)[^\n]*+\n)*)(?:\1|\.\.\.)[ \t\r]*+(?=\n|\Z)")
_UNREAD = re.compile(
    r"^[ \t>]*+(?>(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?)(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+|:{3,}+)(?P<info>[^\n]*+)"
    r"|(?P<comment><!--)(?P<mark>!?)|<(?P<tag>pre|script|style|code|textarea)(?![\w-])|(?P<ticks>`++)"
    r"|(?P<liquid>\{%[^%\n]{0,200}%\})|\\.",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_TICKS = re.compile(r"`++")
_OPTION = re.compile(r"[ \t>]*+:(?P<name>[a-z-]{1,20}):[ \t]*+(?P<value>[^\n]*+)\n?")
_ONE_LINE = re.compile(r"[ \t]*+(?:math|\{math\})(?=\s)")
_DIRECTIVE = re.compile(
    r"\{(?:note|tip|warning|important|caution|danger|error|hint|attention|seealso|todo|admonition|dropdown|details|toggle"
    r"|card|grid(?:-item(?:-card)?)?|tab-set|tab-item|margin|sidebar|topic|figure|list-table|table|epigraph|pull-quote"
    r"|exercise|solution|callout\S*|div|container|aside|rubric|(?:prf:)?(?:theorem|proof|lemma|definition|example|remark"
    r"|corollary|proposition|property|algorithm|observation|conjecture|axiom|assumption|criterion))\}"
)
"""Directives of MyST whose body is Markdown; any other fence in braces is code."""
_YAML = re.compile(r"\s*+---[ \t\r]*+\n(?P<body>(?>(?:(?!---)[^\n]*+\n)*))---[ \t\r]*+\n")
_YAML_LABEL = re.compile(r"^(?:label|name):[ \t]*+(?P<label>\S++)", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*+(?>(?:>[ \t]?+)+)", re.MULTILINE)
_BULLET = re.compile(r"[ \t]*+(?>(?:(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n])[ \t]*+)+)(?>(?:\[[ xX]\][ \t]++)?)")
_HEADING = re.compile(r"[ \t]{0,3}(?P<level>#{1,6})(?>(?:[ \t]++(?P<title>[^\n]*+))?)(?=\n|\Z)")
_BREAK = re.compile(r"[ \t]{0,3}(?:(?>(?:-[ \t]*+){3,})|(?>(?:\*[ \t]*+){3,})|(?>(?:_[ \t]*+){3,}))\r?(?=\n|\Z)")
_UNDERLINE = re.compile(r"[ \t]{0,3}(?:(?P<one>=++)|-++)[ \t\r]*+(?=\n|\Z)")
_TOKEN = re.compile(
    r"(?P<env>\\begin\{[A-Za-z]{1,20}\*?\})|(?P<bracket>\\\\?[\[(])|(?P<dollars>\$\$)|\$|\\.",
    re.DOTALL,
)
_ASIDE = (
    r"\s|\\(?=\r?\Z)|\$\$(?>(?:[^$\\\n]|\\.|\$(?!\$))*)\$\$|[.,;:]|</?[A-Za-z][^<>\n]{0,200}>|\{[#.:][^{}\n]{0,200}\}"
    r"|" + NUMBER.replace("?P<number>", "") + r"|\([A-Za-z][\w.]{0,40}[:_-][\w.:-]{1,40}\)"
)
_ALONE = re.compile(rf"(?>(?:{_BULLET.pattern})?)(?>(?:{_ASIDE})*)")
_BESIDE = re.compile(
    rf"[ \t]*+[.,;]?[ \t]*+(?:(?:\r?\n[ \t]*+)?{NUMBER}|\{{\#(?P<label>[\w:.-]{{1,80}})[^{{}}\n]{{0,200}}\}}"
    r"|\((?P<name>[A-Za-z][\w.]{0,40}[:_-][\w.:-]{1,40})\))[ \t]*+[.,;]?[ \t\r]*+(?=\n|\Z)",
)
_LONGEST = 1000
"""Characters that `$ x $` may have between its spaces."""
_IN_BRACKETS = re.compile(r"\\\[(?P<square>.*)\\\]|\\\((?P<round>.*)\\\)", re.DOTALL)
_SINGLE = re.compile(r"(?<![\\$])\$(?![\s$])[^$\n]{0,200}(?<![\s$\\])\$(?![\d$])")
_RELATION = re.compile(r"[=<>]|\\(?:approx|leq?|geq?|neq?|in|to|equiv|propto|sim)(?![A-Za-z])")
_SIGN = re.compile(r"[\\^_=]")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}(?![A-Za-z}])")
_SENTENCE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}+[ ,.;:]++[A-Za-z]{2}")
_LABEL_OF_HEADING = re.compile(r"[ \t]*+\{[#.:][^{}\n]{0,200}\}|[ \t]++#++[ \t]*+\Z")
_LINK = re.compile(
    r"!\[[^\[\]\n]{0,500}\]\([^()\n]{0,1000}\)"
    r"|\[([^\[\]\n]{0,500})\](?:\([^()\n]{0,1000}\)|\[[^\[\]\n]{0,200}\])",
)
_MARKUP = re.compile(
    r"</?[A-Za-z][^<>\n]{0,500}>|`++|\{[:%#.][^{}\n]{0,200}\}|(?<!\*)\*++(?=\S)|(?<=[^\s*])\*++|(?<![^\s(\[\"'])_++(?=\S)"
    r"|(?<=[^\s_])_++(?=[\s.,;:!?)]|\Z)|~~|\\(?=[!-/:-@\[-`{-~])",
)


def recognises(text: str) -> bool:
    """Whether there is anything to read: Markdown is what a text is that is nothing else."""
    return bool(text)


def source_of(text: str, name: str) -> Source | Fault:
    """The text as it stands."""
    return Source(name, text, KIND)


def read(source: Source) -> Document:
    """What a Markdown note says."""
    return read_part(source.text, 0).document(source)


def read_part(text: str, base: int) -> Page:
    """What a text says that begins at `base` in its source: a note, or a cell of a notebook."""
    page = Page(text, base)
    front = _FRONT_MATTER.match(text)
    if front:
        page.hide(0, front.end(), CUT)
    _Unread(page).hide(front.end() if front else 0)
    _hide_quotes(page)
    scan_formulas(page)
    _hide_structure(page)
    page.paragraphs(0, len(text), clean)
    known = {name for region in page.macros for name in names_defined(text, region.start - base, region.end - base)}
    page.macros += [s for s in page.unseen if known.isdisjoint(names_defined(text, s.start - base, s.end - base))]
    return page


def scan_formulas(page: Page) -> None:
    """Find the formulas in what is not hidden yet."""
    _hide_preambles(page)
    _Formulas(page).scan()


class _Unread:
    """Hides code, comments and tags; fenced maths and declarations in comments are found on the way."""

    def __init__(self, page: Page) -> None:
        """Find the runs of backticks, by their length, and the blank lines."""
        self.page = page
        self.text = page.text
        self.blanks = [blank.start() for blank in BLANK_LINE.finditer(self.text)]
        self.open: list[str] = []
        """The marks of the directives that are not closed yet."""
        self.ticks: dict[int, list[int]] = {}
        for run in _TICKS.finditer(self.text):
            self.ticks.setdefault(len(run[0]), []).append(run.start())

    def hide(self, at: int) -> None:
        """Go over the text once."""
        while token := _UNREAD.search(self.text, at):
            at = token.end()
            if token["fence"]:
                at = self._fence(token)
            elif token["comment"]:
                at = self._comment(token)
            elif token["tag"]:
                at = self._until(token, f"</{token['tag']}>", HIDDEN)
            elif token["ticks"]:
                at = self._code(token)
            elif token["liquid"]:
                self.page.hide(token.start(), at, GONE)

    def _fence(self, token: re.Match[str]) -> int:
        fence, info = token["fence"], token["info"].strip()
        start, end = token.start("fence"), token.end()
        if fence[0] != ":" and _DIRECTIVE.match(info):
            return self._directive(token)
        if self._closes(fence, info):
            self.open.pop()
            self.page.hide(start, end, CUT)
            return end
        if fence[0] == ":" and not info.startswith("{math}"):
            self.page.hide(start, end, CUT)
            return end
        line = re.compile(rf"^[ \t>]*+{fence[0]}{{{len(fence)},}}+[ \t\r]*+$", re.MULTILINE)
        close = line.search(self.text, min(end + 1, len(self.text)))
        stop = close.start() if close else len(self.text)
        if info in {"math", "{math}", "{.math}"} and close:
            self._fenced_maths(Found(start, close.end(), Span(min(end + 1, stop), stop), display=True))
        elif info in {"math", "{math}", "{.math}"}:
            self.page.unclosed(fence + info, fence, start)
        self.page.hide(start, close.end() if close else stop, CUT)
        return close.end() if close else stop

    def _directive(self, token: re.Match[str]) -> int:
        """Only the marks and options of a directive are hidden: what stands between them is part of the page."""
        at = min(token.end() + 1, len(self.text))
        yaml = _YAML.match(self.text, at)
        at = yaml.end() if yaml else at
        while option := _OPTION.match(self.text, at):
            at = option.end()
        self.open.append(token["fence"])
        self.page.hide(token.start("fence"), at, CUT)
        return at

    def _closes(self, fence: str, info: str) -> bool:
        """Whether a fence ends the directive that was opened last."""
        return not info and bool(self.open) and fence.startswith(self.open[-1])

    def _fenced_maths(self, found: Found) -> None:
        at, label = found.span.start, None
        yaml = _YAML.match(self.text, at, found.span.end)
        if yaml:
            at = yaml.end()
            named = _YAML_LABEL.search(yaml["body"])
            label = named["label"] if named else None
        while option := _OPTION.match(self.text, at, found.span.end):
            at = option.end()
            label = option["value"].strip() if option["name"] in {"label", "name"} else label
        span = trimmed(self.text, at, found.span.end, also=">")
        self.page.formula(Found(found.start, found.end, span, display=True), label=label)

    def _comment(self, token: re.Match[str]) -> int:
        end = self._until(token, "-->", CUT if token["mark"] else GONE)
        inside = Span(token.end(), end - 3)
        if not token["mark"] and defines_only(self.text[inside.start : inside.end].replace("$", " ")):
            self.page.unseen.append(self.page.place(inside))
        if token["mark"] and self.text.startswith("-->", end - 3):
            self.page.declare(token.end(), end - 3)
        return end

    def _until(self, token: re.Match[str], closing: str, mark: str) -> int:
        """Hide up to a closing mark; without one, a fault and everything to the end (as a browser would)."""
        end = self.text.find(closing, token.end())
        if end < 0:
            advice = f"Close it with `{closing}`; nothing was read from here to the end."
            self.page.fault("unclosed-comment", f"`{token[0]}` is never closed.", advice, Span(*token.span()))
        end = len(self.text) if end < 0 else end + len(closing)
        self.page.hide(token.start(), end, mark)
        return end

    def _code(self, token: re.Match[str]) -> int:
        places = self.ticks.get(len(token[0]), [])
        index = bisect_left(places, token.end())
        if index == len(places) or bisect_left(self.blanks, places[index]) > bisect_left(self.blanks, token.end()):
            return token.end()
        end = places[index] + len(token[0])
        if (outer := self._in_dollars(token.start(), end)) is not None:
            self.page.formula(Found(*outer, trimmed(self.text, token.end(), places[index]), display=False))
            return outer[1]
        maths = _ONE_LINE.match(self.text, token.end(), places[index]) if len(token[0]) > 2 else None  # noqa: PLR2004 a fence
        if maths and not self.text[self.text.rfind("\n", 0, token.start()) + 1 : token.start()].strip(" \t>"):
            span = trimmed(self.text, maths.end(), places[index])
            self.page.formula(Found(token.start(), end, span, display=True))
        else:
            self.page.hide(token.start(), end, HIDDEN)
        return end

    def _in_dollars(self, start: int, end: int) -> tuple[int, int] | None:
        """Where maths begins and ends that is written as code between dollars, as on GitHub."""
        around = (self.text[start - 1 : start], self.text[end : end + 1])
        return (start - 1, end + 1) if around == ("$", "$") else None


def _hide_quotes(page: Page) -> None:
    """Hide the `>` of quotes; one more than on the line before parts paragraphs."""
    depth, expected = 0, 0
    for quote in _QUOTE.finditer(page.masked):
        depth = depth if quote.start() == expected else 0
        here = quote[0].count(">")
        page.hide(*quote.span(), CUT if here > depth else GONE)
        depth, expected = here, page.text.find("\n", quote.end()) + 1


def _hide_preambles(page: Page) -> None:
    """Hide definitions between signs of maths, before a `$` in them or around them is counted."""
    for frame, inside in preambles(page.masked):
        if frame != inside:
            page.macros.append(page.place(inside))
            page.hide(frame.start, frame.end, GONE)


class _Formulas:
    """The scan for maths, after everything that is not read was hidden."""

    def __init__(self, page: Page) -> None:
        """Find the delimiters, the lines, and which lines begin a block."""
        self.page = page
        self.text = page.masked
        self.marks = Marks(self.text)
        self.dollars = self.marks.positions("$")
        self.closers = self._closers()
        self.alone: dict[int, bool] = {}
        self.kramdown = _SINGLE.search(self.text) is None
        self.lines: list[int] = []
        self.blanks: list[int] = []
        self.starts: list[int] = []
        at = 0
        for line in self.text.split("\n"):
            self.lines.append(at)
            if not line.strip():
                self.blanks.append(at)
            if not line.strip() or _BULLET.match(line + "\n") or _HEADING.match(line) or _BREAK.match(line):
                self.starts.append(at)
            at += len(line) + 1

    def _closers(self) -> list[int | None]:
        """For each `$`, the one that closes a formula if this is the first after its beginning (Pandoc's rule)."""
        closers: list[int | None] = [None] * (len(self.dollars) + 1)
        for index in reversed(range(len(self.dollars))):
            at = self.dollars[index]
            if at and not self.text[at - 1].isspace():
                closers[index] = closers[index + 1] if self.text[at + 1 : at + 2].isdigit() else at
        return closers

    def scan(self) -> None:
        """Go over the text once."""
        for span in definitions(self.text, 0, len(self.text)):
            self._bare_definition(span)
        at = 0
        while token := _TOKEN.search(self.text, at):
            at = self._after(token)

    def _bare_definition(self, span: Span) -> None:
        r"""A `\newcommand` that begins its line and stands in no formula."""
        line = self._line_start(span.start)
        if span.start < line + 40 and not self.text[line : span.start].strip() and self._outside(span.start):
            self.page.define(span)
            self.page.hide(span.start, span.end, CUT)

    def _outside(self, at: int) -> bool:
        before = bisect_left(self.dollars, at) - bisect_left(self.dollars, self._block(at))
        opened = self.marks.after("\\]", at)
        return before % 2 == 0 and (opened is None or (self.marks.after("\\[", at) or opened) < opened)

    def _block(self, at: int) -> int:
        index = bisect_right(self.blanks, at) - 1
        return self.blanks[index] if index >= 0 else 0

    def _after(self, token: re.Match[str]) -> int:
        at = token.start()
        if token["env"]:
            return self._environment(token[0], at) if environment(token[0]) in DISPLAYS | {"math"} else token.end()
        if token["bracket"]:
            return self._bracket(token[0], at)
        if token["dollars"]:
            return self._double(at)
        return self._single(at) if token[0] == "$" else token.end()

    def _limit(self, at: int, lines: list[int]) -> int:
        index = bisect_right(lines, at)
        return lines[index] if index < len(lines) else len(self.text)

    def _unclosed(self, opening: str, closing: str, at: int) -> int:
        limit = self._limit(at, self.blanks)
        self.page.unclosed(opening, closing, at)
        self.page.hide(at, limit, CUT)
        return limit

    def _environment(self, opening: str, at: int) -> int:
        found = formula_at(self.text, self.marks, opening, at, len(self.text))
        return self._add(found) if found else self._unclosed(opening, opening.replace("begin", "end"), at)

    def _bracket(self, opening: str, at: int) -> int:
        limit = self._limit(at, self.blanks if opening.endswith("[") else self.starts)
        found = formula_at(self.text, self.marks, opening, at, limit)
        closing = opening.replace("[", "]").replace("(", ")")
        if found is None:
            line = self.text[at + len(opening) : min(self._line_end(at), at + 200)]
            maths = _SIGN.search(line) or not line.strip()
            return self._unclosed(opening, closing, at) if maths else at + len(opening)
        content = self.text[found.span.start : found.span.end]
        if not _SIGN.search(content) and (content.isdigit() or _PROSE.search(content)):
            return at + len(opening)
        return self._add(found)

    def _double(self, at: int) -> int:
        limit = self._limit(at, self.blanks)
        found = formula_at(self.text, self.marks, "$$", at, limit) or self._over_blank_lines(at)
        if found is None:
            return self._unclosed("$$", "$$", at)
        display = self._stands_alone(found)
        if not display and not self.kramdown:
            display = _RELATION.search(self.text, found.span.start, found.span.end) is not None
        return self._add(Found(found.start, found.end, found.span, display))

    def _over_blank_lines(self, at: int) -> Found | None:
        """A display with blank lines in it, if both its `$$` stand alone and no sentence is between them."""
        if self.text[at + 2 : self._line_end(at)].strip():
            return None
        found = formula_at(self.text, self.marks, "$$", at, min(at + 20_000, len(self.text)))
        if found is None or _SENTENCE.search(self.text, at, found.end):
            return None
        return None if self.text[self._line_start(found.end - 2) : found.end - 2].strip() else found

    def _stands_alone(self, found: Found) -> bool:
        """Whether there is no prose on the lines on which the formula touches its delimiters."""
        first, last = self._line_start(found.start), self._line_end(found.end)
        if self._line_end(found.start) == last:
            if first not in self.alone:
                self.alone[first] = _ALONE.fullmatch(self.text, first, last) is not None
            return self.alone[first]
        before = _ALONE.fullmatch(self.text, first, found.start) is not None
        after = _ALONE.fullmatch(self.text, found.end, last) is not None
        opens = not self.text[found.start + 2 : self._line_end(found.start)].strip()
        closes = not self.text[self._line_start(found.end - 2) : found.end - 2].strip()
        return (before or opens) and (after or closes)

    def _line_start(self, at: int) -> int:
        return self.lines[bisect_right(self.lines, at) - 1]

    def _line_end(self, at: int) -> int:
        index = bisect_right(self.lines, at)
        return self.lines[index] - 1 if index < len(self.lines) else len(self.text)

    def _single(self, at: int) -> int:
        index = bisect_left(self.dollars, at)
        end = self.closers[index + 1] if index + 1 < len(self.dollars) else None
        if end is None or self.text[at + 1].isspace():
            end = self._spaced(index)
        if end is None or end >= self._limit(at, self.starts):
            return at + 1
        return self._add(Found(at, end + 1, self._bare(trimmed(self.text, at + 1, end)), display=False))

    def _bare(self, span: Span) -> Span:
        r"""A formula without signs of maths within those around it: `$\[ h_t = f(z_t) \]$`."""
        inside = _IN_BRACKETS.fullmatch(self.text, span.start, span.end)
        return span if inside is None else trimmed(self.text, *inside.span(inside.lastgroup or 0))

    def _spaced(self, index: int) -> int | None:
        """The next `$`, if what is before it looks like maths in spite of the spaces at its ends."""
        if index + 1 >= len(self.dollars):
            return None
        start, end = self.dollars[index] + 1, self.dollars[index + 1]
        if end - start > _LONGEST or not _SIGN.search(self.text, start, end) or self.text[end + 1 : end + 2].isdigit():
            return None
        both = self.text[start].isspace() and self.text[end - 1].isspace()
        return end if both or not _PROSE.search(self.text, start, end) else None

    def _add(self, found: Found) -> int:
        """Add a formula, with the number and the label beside it if it is a display."""
        end, number, label = found.end, None, None
        while found.display and (beside := _BESIDE.match(self.text, end)) and beside.end() > end:
            number = number or beside["number"]
            label = label or beside["label"] or beside["name"]
            self.page.hide(end, beside.end(), CUT)
            end = beside.end()
        self.page.formula(found, number, label)
        return end


def _hide_structure(page: Page) -> None:
    """Hide headings, breaks and bullets; each parts paragraphs."""
    text = page.masked
    start, before = 0, ""
    for line in text.split("\n"):
        heading, bullet, solid = _HEADING.match(line), _BULLET.match(line + "\n"), False
        if heading:
            _head(page, start, heading)
        elif _UNDERLINE.match(line) and before.strip() and not _BULLET.match(before):
            title = start - len(before) - 1
            page.head(title, start, _title(page.text[title:start]), 1 if "=" in line else 2)
            page.hide(title, start + len(line), CUT)
        elif _BREAK.match(line):
            page.hide(start, start + len(line), CUT)
        else:
            page.hide(start, start + (min(bullet.end(), len(line)) if bullet else 0), CUT)
            solid = bool(line.strip())
        before = "" if not solid else "- " if before else line
        start += len(line) + 1


def _head(page: Page, start: int, heading: re.Match[str]) -> None:
    first, last = (start + heading.start("title"), start + heading.end("title")) if heading["title"] else (start, start)
    if heading["title"]:
        page.head(first, last, _title(page.text[first:last]), len(heading["level"]))
    page.hide(start, start + heading.end(), CUT)


def _title(text: str) -> str:
    return " ".join(clean(_LABEL_OF_HEADING.sub("", text.rstrip())).split())


def clean(text: str) -> str:
    """Words without their markup."""
    return unescape(_MARKUP.sub("", _LINK.sub(lambda link: link[1] or "", text)))
