"""Reports -> text: the report that a person reads in a terminal.

A line for every relation (place, number, verdict, the author's LaTeX), by section; below it whatever there is to say.
Definitions are one dim line each. Faults of the note stand after the relations, with carets under the note's own line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

from bptt_symbolic.formats._terminal import Pen, clean, columns, excerpt, padded, shortened
from bptt_symbolic.formats._words import (
    VERDICTS,
    counts,
    groups,
    number,
    numbers,
    place,
    plural,
    rows,
    shape,
    squeezed,
)
from bptt_symbolic.report import Finding, NetworkView, Quantity, Report, Word
from bptt_symbolic.source import Fault, Source

NAME = "text"

_SYMBOLS: dict[Word, str] = {"proved": "✓", "refuted": "✗", "ill-typed": "!", "undecided": "?", "unread": "~"}
_LABEL = 9
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


def render_fault(source: Source, fault: Fault, *, colour: bool = False, width: int = 100) -> str:
    """One fault, for messages outside a report."""
    return "\n".join(excerpt(source, fault, Pen(colour), width)) + "\n"


def _report(report: Report, pen: Pen, width: int) -> Iterator[str]:
    page = _page(report.findings, pen, width)
    yield pen("bold", clean(report.source.name)) + pen("dim", f"  {plural(report.equations, 'displayed equation')}")
    for view in report.networks:
        yield from _network(view, page)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        yield ""
        yield pen("bold", clean(section) or "(before the first heading)")
        for finding in findings:
            yield from _finding(finding, page)
    if report.faults:
        yield ""
        for fault in report.faults:
            yield from excerpt(report.source, fault, pen, width)
    yield ""
    yield _summary(report, pen)


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


def _finding(finding: Finding, page: _Page) -> Iterator[str]:
    pen = page.pen
    where = place(finding).rjust(page.place)
    mark = padded(shortened(clean(number(finding)), page.number), page.number) + " " if page.number else ""
    latex = shortened(clean(squeezed(finding.latex)), max(page.width - page.indent, 30))
    if finding.verdict is None:
        yield pen("dim", f"  {where}  {mark}· {padded(finding.kind, 11)} {latex}".rstrip())
        return
    word = f"{_SYMBOLS[finding.verdict]} {padded(finding.verdict, 11)}"
    yield f"  {pen('dim', where)}  {pen('bold', mark)}{pen(finding.verdict, word)} {latex}".rstrip()
    for label, sentence in rows(finding):
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


def _summary(report: Report, pen: Pen) -> str:
    kinds = {
        kind: sum(finding.kind == kind for finding in report.findings)
        for kind in ("claim", "definition", "declaration")
    }
    said = [plural(kinds["claim"], "claim")]
    said += [pen(word, f"{count} {word}") for word, count in counts(report).items() if count]
    rest = [plural(count, kind) for kind, count in kinds.items() if kind != "claim" and count]
    rest += [
        plural(sum(fault.severity == severity for fault in report.faults), severity)
        for severity in ("error", "warning")
        if any(fault.severity == severity for fault in report.faults)
    ]
    counted = ": ".join([said[0], ", ".join(said[1:]) or "nothing to settle"])
    return counted + (f"  ({', '.join(rest)})" if rest else "") + f"\n{_outcome(report)}"


def _outcome(report: Report) -> str:
    """The exit status in words, without warnings, which count only if somebody asks for it."""
    found = {word for word, count in counts(report).items() if count}
    if found & {"refuted", "ill-typed"}:
        return "Not every claim holds."
    if found & {"undecided", "unread"} or any(fault.severity == "error" for fault in report.faults):
        return "Something is left open."
    return "Every claim holds."


def _total(reports: Sequence[Report], pen: Pen) -> str:
    sums = {word: sum(counts(report)[word] for report in reports) for word in VERDICTS}
    said = [pen(word, f"{count} {word}") for word, count in sums.items() if count]
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
