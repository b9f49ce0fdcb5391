r"""LaTeX -> LaTeX that needs no package but amsmath: the note's own macros expanded, shorthand of packages written out.

    \qty( a )     \left( a \right)         the same for [ ] and { }
    \mqty[ a ]    \begin{bmatrix} a \end{bmatrix}, by the bracket as in `tokens.MATRICES`
    a & = b       a = b                    an alignment mark outside an environment means nothing

Blanks and comments of the page are gone, everything else stays as it was written.
"""

from bptt_symbolic.reading.parser.lexer import Raw, blank, scan, spell
from bptt_symbolic.reading.parser.macros import Macros, expand
from bptt_symbolic.reading.parser.stream import partners
from bptt_symbolic.reading.parser.tokens import MATRICES
from bptt_symbolic.reading.source import Source, Span

_SIZED = {"(": r"\left(", "[": r"\left[", "{": r"\left\{"}
_CLOSED = {"(": r"\right)", "[": r"\right]", "{": r"\right\}"}


def standard(latex: str, macros: Macros) -> str | None:
    """The formula in standard LaTeX; None where the expansion of its macros fails."""
    raws = _raws(latex, macros)
    return None if raws is None else spell(raws)


def standard_place(latex: str, macros: Macros, part: Span) -> Span | None:
    """Where a part of the formula stands in its standard LaTeX; None where nothing of it does."""
    found: list[Span] = []
    at = 0
    raws = _raws(latex, macros) or []
    for before, raw in zip([None, *raws], raws, strict=False):
        at += len(blank(before, raw))
        if part.start <= raw.span.start and raw.span.end <= part.end and raw.text:
            found.append(Span(at, at + len(raw.text)))
        at += len(raw.text)
    return found[0].to(found[-1]) if found else None


def _raws(latex: str, macros: Macros) -> list[Raw] | None:
    expansion = expand(scan(Source("", latex, "latex"), Span(0, len(latex))), macros)
    return None if expansion.failed else _without_marks(_written_out(expansion.raws))


def _written_out(raws: list[Raw]) -> list[Raw]:
    closers = partners(raws)
    changed: dict[int, str] = {}
    for at, raw in enumerate(raws):
        after = raws[at + 1].text if at + 1 in closers else ""
        if raw.text == r"\qty" and after in _SIZED:
            changed |= {at: "", at + 1: _SIZED[after], closers[at + 1]: _CLOSED[after]}
        elif raw.text == r"\mqty" and after in MATRICES:
            name = MATRICES[after]
            changed |= {at: "", at + 1: rf"\begin{{{name}}}", closers[at + 1]: rf" \end{{{name}}}"}
    return [raw._replace(text=changed.get(at, raw.text)) for at, raw in enumerate(raws)]


def _without_marks(raws: list[Raw]) -> list[Raw]:
    """Without the `&` of rows that are shown alone."""
    depth = 0
    kept = []
    for raw in raws:
        depth += raw.text.startswith(r"\begin") - raw.text.strip().startswith(r"\end")
        if raw.text != "&" or depth > 0:
            kept.append(raw)
    return kept
