r"""LaTeX -> document: the body between `\begin{document}` and `\end{document}`, or the whole where there is none.

    display   = \[ ... \] | $$ ... $$ | \begin{align} ... \end{align}     (the span of an environment has its markers)
    inline    = $ ... $ | \( ... \) | \begin{math} ... \end{math}
    heading   = \section[short]{title}, and its like from \part to \subparagraph
    paragraph = what stands between blank lines, displays, headings, \item, \par, and \begin or \end of anything else

`%` comments, `verbatim` and its like are not read; a run of `%!` lines is one declaration.
"""

import re
from bisect import bisect_right

from bptt_symbolic.reading.document import Declaration, Document
from bptt_symbolic.reading.readers.scanning import (
    BLANK_LINE,
    CUT,
    DISPLAYS,
    GONE,
    HIDDEN,
    Marks,
    Page,
    definitions,
    environment,
    formula_at,
    partners,
    trimmed,
)
from bptt_symbolic.reading.source import Fault, Source, Span

KIND = "latex"
SUFFIXES = (".tex", ".ltx", ".latex")

_LEVELS = {
    "part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 5,
}  # fmt: skip
_UNREAD = re.compile(
    r"\\begin\{(?P<env>verbatim|Verbatim|lstlisting|minted|comment|filecontents|alltt)(?P<star>\*?)\}"
    r"|\\(?:verb\*?|lstinline)(?P<quote>[^A-Za-z\s\[{*])|(?P<iffalse>\\iffalse(?![A-Za-z]))"
    r"|\\.|(?P<comment>%(?P<mark>!(?!\s*+[Tt][Ee][Xx]\b))?[^\n]*+)",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"(?P<open>\\begin\{[A-Za-z]{1,20}\*?\})|(?P<close>\\end\{[^{}\n]{0,40}\})"
    r"|\\(?P<heading>part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\*?\s*+(?:\[[^\[\]\n]{0,200}\]\s*+)?(?=\{)"
    r"|(?P<item>\\(?:item|par|bibitem)(?![A-Za-z]))|(?P<maths>\\[\[(]|\$\$?)|\\.",
    re.DOTALL,
)
_ARGUMENTS = re.compile(r"\s*+(?:\[[^\[\]\n]{0,200}\])?(?:\{[^{}\n]{0,200}\})?")
_SILENT = re.compile(
    r"\\(?:label|cite[a-z]*|bibliography(?:style)?|includegraphics|usepackage|input|include|[vh]space|pagestyle"
    r"|thispagestyle|setcounter|addtocounter|stepcounter|hypersetup|bibliographystyle)\*?(?:\[[^\[\]]{0,200}\])?"
    r"(?>(?:\{[^{}]{0,200}\})*)",
)
_REFERENCE = re.compile(r"\\eqref\*?\{([^{}]{0,200})\}")
_COMMAND = re.compile(r"\\([%&$#_{}])|\\\\(?:\[[^\[\]]{0,20}\])?|\\[A-Za-z@]++\*?|\\.|[{}]", re.DOTALL)


def recognises(text: str) -> bool:
    r"""Whether a line begins with `\documentclass` or `\begin{document}`."""
    return re.search(r"^[ \t]*+\\(?:documentclass|begin\{document\})", text, re.MULTILINE) is not None


def source_of(text: str, name: str) -> Source | Fault:
    """The text as it stands."""
    return Source(name, text, KIND)


def read(source: Source) -> Document:
    """What a LaTeX note says."""
    page = Page(source.text)
    _hide_unread(page)
    masked = page.masked
    opening = re.search(r"\\begin\{document\}", masked)
    start = opening.end() if opening else 0
    end = masked.find("\\end{document}", start)
    end = len(masked) if end < 0 else end
    for span in definitions(masked, 0, end):
        page.macros.append(span)
        page.hide(span.start, span.end, GONE)
    _Body(page, start, end).scan()
    page.paragraphs(start, end, _clean)
    return page.document(source)


def shown(text: str) -> str:
    """The text without its comments, and without what is only shown; every place as it was."""
    page = Page(text)
    _hide_unread(page)
    return page.masked


def _hide_unread(page: Page) -> None:
    at = 0
    while token := _UNREAD.search(page.text, at):
        at = _unread_end(page, token)
        if token["comment"]:
            page.hide(token.start(), at, CUT if token["mark"] else GONE)
            if token["mark"]:
                _declare(page, token.start(), at)
        elif token["quote"]:
            page.hide(token.start(), at, GONE)
            page.hide(token.end(), max(at - 1, token.end()), HIDDEN)
        elif token["env"] or token["iffalse"]:
            page.hide(token.start(), at, CUT)


def _unread_end(page: Page, token: re.Match[str]) -> int:
    text, after = page.text, token.end()
    if token["quote"]:
        end = text.find(token["quote"], after, after + 500)
        return end + 1 if end >= 0 else after
    closing = f"\\end{{{token['env']}{token['star']}}}" if token["env"] else "\\fi" if token["iffalse"] else ""
    if not closing:
        return after
    end = text.find(closing, after)
    if end < 0:
        page.unclosed(token[0], closing, token.start())
        return len(text)
    return end + len(closing)


def _declare(page: Page, start: int, end: int) -> None:
    """Add the declaration of a `%!` line, or let it go on the one of the line before."""
    last = page.blocks[-1] if page.blocks else None
    new = Declaration(Span(start, end), page.text[start + 2 : end])
    joins = isinstance(last, Declaration) and not last.is_mark and not new.is_mark
    if (
        joins
        and isinstance(last, Declaration)
        and re.fullmatch(r"[ \t\r]*+\n[ \t]*+", page.text[last.span.end : start])
    ):
        span = Span(last.span.start, trimmed(page.text, start, end).end)
        page.blocks[-1] = Declaration(span, f"{last.text}\n{page.text[start + 2 : end].strip()}")
    else:
        page.declare(start + 2, end)


class _Body:
    """The scan over the body: hides displays, headings and what else parts paragraphs."""

    def __init__(self, page: Page, start: int, end: int) -> None:
        """Find the delimiters, the braces and the blank lines."""
        self.page = page
        self.masked = page.masked
        self.start, self.end = start, end
        self.marks = Marks(self.masked)
        self.pairs = partners(self.masked)
        self.blanks = [blank.start() for blank in BLANK_LINE.finditer(self.masked)]

    def scan(self) -> None:
        """Go over the body once."""
        at = self.start
        while token := _TOKEN.search(self.masked, at, self.end):
            at = self._after(token)

    def _after(self, token: re.Match[str]) -> int:
        start, end = token.span()
        name = environment(token["open"] or "")
        if token["maths"] or name in DISPLAYS or name == "math":
            return self._formula(token["maths"] or token["open"], start)
        if token["open"] or token["close"]:
            arguments = _ARGUMENTS.match(self.masked, end, self.end) if token["open"] else None
            end = arguments.end() if arguments else end
            self.page.hide(start, end, CUT)
        elif token["item"]:
            end += self.masked.startswith("[", end)
            self.page.hide(start, end, CUT)
        elif token["heading"]:
            return self._heading(token["heading"], start, end)
        return end

    def _formula(self, opening: str, at: int) -> int:
        paragraph = self._paragraph_end(at)
        limit = paragraph if opening in {"$", "$$", "\\("} else self.end
        found = formula_at(self.masked, self.marks, opening, at, limit)
        if found is None:
            closing = {"\\[": "\\]", "\\(": "\\)"}.get(opening, opening.replace("begin", "end"))
            self.page.unclosed(opening, closing, at)
            self.page.hide(at, paragraph, CUT)
            return paragraph
        self.page.formula(found)
        return found.end

    def _paragraph_end(self, at: int) -> int:
        index = bisect_right(self.blanks, at)
        return min(self.blanks[index] if index < len(self.blanks) else self.end, self.end)

    def _heading(self, name: str, start: int, brace: int) -> int:
        closing = self.pairs.get(brace, -1)
        if not 0 <= closing <= self._paragraph_end(brace):
            return brace + 1
        text = " ".join(_clean(self.masked[brace + 1 : closing]).split())
        self.page.head(brace + 1, closing, text, _LEVELS[name])
        self.page.hide(start, closing + 1, CUT)
        return closing + 1


def _clean(text: str) -> str:
    text = _REFERENCE.sub(r"(\1)", _SILENT.sub("", text))
    text = _COMMAND.sub(lambda command: command[1] or (" " if command[0][:2] == "\\\\" else ""), text)
    return text.replace("~", " ").replace("``", '"').replace("''", '"').lstrip("] \n")
