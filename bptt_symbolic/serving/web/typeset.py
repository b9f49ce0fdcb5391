"""Checked note -> HTML: its words and formulas in the order of the page, each with its verdicts in the margin."""

from collections.abc import Iterator, Sequence

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.document import Block, Declaration, Heading, Maths, Paragraph, Words
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reporting.formats._articles import Page, article, escape, formula
from bptt_symbolic.reporting.formats._mathml import mathml
from bptt_symbolic.reporting.formats._words import MARKS, edits, names, number, silence
from bptt_symbolic.reporting.report import Finding, Report

_LEVEL = 4
"""Of the headings inside articles; h1 is that of the page."""


def typeset(source: Source, report: Report | None = None) -> str:
    """The note; without a report, as it stands."""
    found = () if report is None else report.findings
    anchors = {finding.id: f"relation-{i}" for i, finding in enumerate(found)}
    page = Page(source, names(found), anchors, {f.id: f.follows for f in found}, _LEVEL)
    blocks = readers.read(source).blocks
    return "\n".join(line for block in blocks for line in _block(block, source, found, page))


def _block(block: Block, source: Source, found: Sequence[Finding], page: Page) -> Iterator[str]:
    here = [(i, f) for i, f in enumerate(found) if block.span.start <= f.span.start < block.span.end]
    match block:
        case Heading(text=text, level=level):
            rank = min(level + 1, _LEVEL - 1)
            yield f"<h{rank}>{escape(text)}</h{rank}>"
            return
        case Declaration(text=text):
            yield f'<p class="declared"><code translate="no">{escape(text)}</code></p>'
            return
        case Paragraph(parts=parts):
            said = "".join(_part(part, source, found) for part in parts)
            main = f"<p>{said}</p>"
        case Maths(span=span):
            main = _display(span, source, [f for _, f in here])
    yield f'<div class="row"><div class="main">{main}</div>'
    yield f'<div class="margin">{"".join(_verdict(i, f, page) for i, f in here if f.verdict is not None)}</div></div>'


def _part(part: Words | Maths, source: Source, found: Sequence[Finding]) -> str:
    if isinstance(part, Words):
        return escape(part.text)
    same = next((f for f in found if part.span.start <= f.span.start and f.span.end <= part.span.end), None)
    whole = source.slice(part.span)
    latex = same.standard if same is not None and same.standard and len(same.latex) >= len(whole.strip()) else whole
    return formula(latex or whole)


def _display(span: Span, source: Source, found: Sequence[Finding]) -> str:
    """A display: relation by relation, with what is wrong marked, or whole where nothing was found in it."""
    if not found:
        return f'<div class="formula">{formula(source.slice(span), display=True)}</div>'
    return "".join(f'<div class="formula">{_relation(finding)}</div>' for finding in found)


def _relation(finding: Finding) -> str:
    latex, part = finding.standard or finding.latex, finding.culprit_in_standard
    marked = None if part is None else mathml(latex, display=True, mark=part)
    return marked or formula(latex, display=True)


def _verdict(place: int, finding: Finding, page: Page) -> str:
    """The verdict, which opens on everything that is known."""
    word = finding.verdict or ""
    sign = f'<span aria-hidden="true">{MARKS[finding.verdict]}</span> ' if finding.verdict else ""
    quiet = f" ({escape(silence(finding))})" if finding.silence is not None else ""
    said = "\n".join((*article(finding, page), *_actions(place, finding)))
    called = escape(number(finding))
    return (
        f'<details class="box {word}" data-place="{place}"><summary>{sign}<span class="verdict">{word}</span> '
        f"{called}{quiet}</summary>{said}</details>"
    )


def _actions(place: int, finding: Finding) -> Iterator[str]:
    for which, repair in enumerate(r for r in (finding.repair, *finding.alternatives) if r is not None and r.changes):
        what = escape(edits(repair))
        about = f'data-act="repair" data-place="{place}" data-which="{which}"'
        yield f'<button type="button" {about}>Write: {what}</button>'
    if finding.counterexample is not None:
        yield f'<button type="button" data-act="program" data-place="{place}">The counterexample as a program</button>'
        yield '<pre class="program" hidden></pre>'
