"""Reports -> text: the report that a person reads in a terminal.

A line for every relation (place, number, verdict, the author's LaTeX), by section; below it whatever there is to say.
Definitions are one dim line each. Faults of the note stand after the relations, with carets under the note's own line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.formats._terminal import Pen, clean, columns, excerpt, padded, shortened
from bptt_symbolic.reporting.formats._words import (
    MARKS,
    at_sizes,
    counts,
    groups,
    names,
    number,
    numbers,
    place,
    plural,
    rows,
    shape,
    squeezed,
    tally,
)
from bptt_symbolic.reporting.report import Decided, Finding, NetworkView, Quantity, Report

NAME = "text"

_LABEL = 11
_QUIET = frozenset({"why", "help"})
"""What a proof need not say."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Where text goes: the pen, the width, and the widths of the columns of one report."""

    pen: Pen
    width: int
    place: int
    number: int

    @property
    def indent(self) -> int:
        """Where the author's LaTeX begins; what is said about it stands below."""
        return 2 + self.place + 2 + self.number + (1 if self.number else 0) + 14


def render(reports: Sequence[Report], *, colour: bool = False, width: int = 100) -> str:
    """All reports, one below the other, and a last line over all of them if there are several."""
    pen = Pen(colour)
    parts = ["\n".join(_report(report, pen, max(width, 60))) for report in reports]
    if len(reports) > 1:
        parts.append(_total(reports, pen))
    return "\n\n".join(parts) + "\n"


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone: quantities with their shapes and where those come from, then the equations."""
    return "\n\n".join("\n".join(clean(line) for line in _network_in_full(view)) for view in views) + "\n"


def render_decisions(decisions: Sequence[Decided], source: Source) -> str:
    """What was decided about a note's signs: the answer, its reasons with their places, and the second choice."""
    lines: list[str] = []
    for one in decisions:
        other = f"; else {one.second}, {one.margin:.1f} behind" if one.second is not None else ""
        lines.append(clean(f"{one.about}: {one.answer}{other}"))
        for reason in one.reasons:
            spot = None if reason.span is None else source.place(reason.span.start)
            where = "" if spot is None else f"  line {spot.line}, column {spot.column}"
            lines.append(clean(f"    {reason.weight:+5.1f}  {reason.says} ({reason.convention}){where}"))
    return "\n".join(lines) + "\n"


def render_finding(finding: Finding) -> str:
    """One finding, for people who look at it alone."""
    return "\n".join(_finding(finding, _page([finding], Pen(colour=False), 100), {}, None))


def render_fault(source: Source, fault: Fault, *, colour: bool = False, width: int = 100) -> str:
    """One fault, for messages outside a report."""
    return "\n".join(excerpt(source, fault, Pen(colour), width)) + "\n"


def _report(report: Report, pen: Pen, width: int) -> Iterator[str]:
    page = _page(report.findings, pen, width)
    yield pen("bold", clean(report.source.name)) + pen("dim", f"  {plural(report.equations, 'displayed equation')}")
    for view in report.networks:
        yield from _network(view, page)
    known = names(report.findings)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        yield ""
        yield pen("bold", clean(section) or "(before the first heading)")
        for finding in findings:
            yield from _finding(finding, page, known, report.source)
    if report.faults:
        yield ""
        for fault in report.faults:
            yield from excerpt(report.source, fault, pen, width)
    yield from _questions(report, page)
    yield ""
    yield from _summary(report, pen, width)


def _questions(report: Report, page: _Page) -> Iterator[str]:
    """What the author could say, and how many claims wait for it."""
    if report.questions:
        yield ""
        yield page.pen("bold", "Questions")
    for question in report.questions:
        line = question.span and report.source.place(question.span.start)
        where = f"line {line.line}: " if line else ""
        said = f"{plural(len(question.waiting), 'claim')} {'waits' if len(question.waiting) == 1 else 'wait'}: {where}"
        for i, part in enumerate(wrap(clean(said + question.inquiry.text), page.width - 4, break_long_words=False)):
            yield ("  ? " if i == 0 else "    ") + part
        if question.inquiry.declaration is not None:
            yield page.pen("dim", f"      declare: {' '.join(clean(question.inquiry.declaration).split())}")


def _page(findings: Sequence[Finding], pen: Pen, width: int) -> _Page:
    return _Page(
        pen,
        width,
        max((len(place(finding)) for finding in findings), default=0),
        min(max((columns(clean(number(finding))) for finding in findings), default=0), 12),
    )


def _network(view: NetworkView, page: _Page) -> Iterator[str]:
    """Header: one line for the quantities, one for each equation."""
    parts = [f"{title} " + ", ".join(_quantity(quantity) for quantity in members) for title, members in groups(view)]
    where = f" ({', '.join(view.sections)})" if view.sections else ""
    text = clean("; ".join([*parts, f"layout {view.layout}"]) + where)
    for i, line in enumerate(wrap(text, page.width - 12, break_long_words=False)):
        yield page.pen("dim", ("  network   " if i == 0 else " " * 12) + line)
    for equation in view.equations:
        yield page.pen("dim", f"            {shortened(clean(squeezed(equation)), page.width - 12)}")


def _quantity(quantity: Quantity) -> str:
    return f"{quantity.name}: {shape(quantity)}" if quantity.shape else quantity.name


def _finding(finding: Finding, page: _Page, known: Mapping[str, str], source: Source | None) -> Iterator[str]:
    pen = page.pen
    where = place(finding).rjust(page.place)
    mark = padded(shortened(clean(number(finding)), page.number), page.number) + " " if page.number else ""
    latex = shortened(clean(squeezed(finding.latex)), max(page.width - page.indent, 30))
    if finding.verdict is None:
        yield pen("dim", f"  {where}  {mark}· {padded(finding.kind, 11)} {latex}".rstrip())
        return
    word = f"{MARKS[finding.verdict]} {padded(finding.verdict, 11)}"
    yield f"  {pen('dim', where)}  {pen('bold', mark)}{pen(finding.verdict, word)} {latex}".rstrip()
    for label, sentence in rows(finding, known, source):
        if finding.verdict != "proved" or label not in _QUIET:
            yield from _row(label, sentence, page)
        if label == "take":
            yield from _values(finding, page)
    if finding.verdict != "proved" and (finding.code or finding.help):
        yield from _row("more", f"bptt-symbolic explain {finding.code or finding.verdict}", page)


def _row(label: str, sentence: str, page: _Page) -> Iterator[str]:
    indent = min(page.indent, 24)
    room = max(page.width - indent - _LABEL, 30)
    for i, line in enumerate(wrap(clean(sentence), room, break_long_words=False, break_on_hyphens=False)):
        yield " " * indent + page.pen("dim", padded(label if i == 0 else "", _LABEL)) + line


def _values(finding: Finding, page: _Page) -> Iterator[str]:
    """The numbers of a counterexample, a line each: they are long."""
    if finding.counterexample is None:
        return
    for name, value in numbers(finding.counterexample):
        text = clean(f"{name} = {value}")
        yield from _row("where", shortened(text, page.width * 2), page)


def _summary(report: Report, pen: Pen, width: int) -> Iterator[str]:
    """What was settled, what else was found (on a line of its own where one is too short for both), and the outcome."""
    kinds = {
        kind: sum(finding.kind == kind for finding in report.findings)
        for kind in ("claim", "definition", "declaration")
    }
    rest = [plural(count, kind) for kind, count in kinds.items() if kind != "claim" and count]
    rest += [
        plural(sum(fault.severity == severity for fault in report.faults), severity)
        for severity in ("error", "warning")
        if any(fault.severity == severity for fault in report.faults)
    ]
    counted, more = _counted(report, Pen(colour=False), kinds["claim"]), f"({', '.join(rest)})" if rest else ""
    glue = "  " if columns(f"{counted}  {more}") <= width else "\n"
    yield (_counted(report, pen, kinds["claim"]) + glue + more).rstrip()
    yield _outcome(report)


def _counted(report: Report, pen: Pen, claims: int) -> str:
    said = ", ".join(pen(word or "bold", text) for word, text in tally([report]))
    return f"{plural(claims, 'claim')}: {said or 'nothing to settle'}"


def _outcome(report: Report) -> str:
    """The exit status in words, without warnings, which count only if somebody asks for it."""
    found = {word for word, count in counts(report).items() if count}
    if "internal-error" in {*(finding.code for finding in report.findings), *(fault.code for fault in report.faults)}:
        return "The checker itself is at fault somewhere: please report it."
    if found & {"refuted", "ill-typed"}:
        return "Not every claim holds."
    if found & {"undecided", "unread"} or any(fault.severity == "error" for fault in report.faults):
        return "Something is left open."
    if not any(finding.kind == "claim" for finding in report.findings):
        return "No claim was found, and so nothing was settled."
    if at_sizes(report.findings):
        return "Every claim holds, some of them at the sizes tried only."
    return "Every claim holds."


def _total(reports: Sequence[Report], pen: Pen) -> str:
    said = [pen(word or "bold", text) for word, text in tally(reports)]
    return f"{pen('bold', plural(len(reports), 'note'))}: {', '.join(said) or 'nothing to settle'}"


def _network_in_full(view: NetworkView) -> Iterator[str]:
    yield f"network{': ' + ', '.join(view.sections) if view.sections else ''}"
    for title, members in groups(view):
        yield f"  {title}"
        for quantity in members:
            yield f"    {padded(quantity.name, 10)} {padded(shape(quantity) or 'scalar', 10)} {quantity.source}"
    yield "  equations"
    yield from (f"    {squeezed(equation)}" for equation in view.equations)
    yield f"  layout {view.layout}"
    yield from (f"  note: {note}" for note in view.notes)
