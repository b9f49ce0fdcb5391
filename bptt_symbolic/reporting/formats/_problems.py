"""Reports -> problems: what is wrong or open in a note, a row each, for formats that programs read.

A relation that is not proved and a fault of the note are both problems; a fault that only says again why a relation
could not be read is none. They come in the order of the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bptt_symbolic.reading.source import Fault, Place, Source, Span
from bptt_symbolic.reporting.formats._terminal import clean
from bptt_symbolic.reporting.formats._unicode import formula, sentence
from bptt_symbolic.reporting.formats._words import loud, number, short_numbers, sides, squeezed
from bptt_symbolic.reporting.report import Finding, Report

SERIOUS = frozenset({"refuted", "ill-typed", "error"})
"""What is an error of the note; anything else is a warning."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person has to look at."""

    code: str
    """Code of the help page."""
    kind: str
    """The verdict of a relation, or the severity of a fault."""
    message: str
    """One line."""
    start: Place | None
    end: Place | None
    """Behind the last letter."""
    span: Span | None
    """The same in the text of the source: of a relation, the part that is wrong where that is known."""
    finding: Finding | None = None

    @property
    def level(self) -> str:
        """`error` or `warning`."""
        return "error" if self.kind in SERIOUS else "warning"


def problems(report: Report, *, silenced: bool = False) -> tuple[Problem, ...]:
    """Everything that is wrong or open, in the order of the page, and perhaps what is silenced of it; what has no place
    comes first.
    """
    heard = report.findings if silenced else loud(report.findings)
    bad = [finding for finding in heard if finding.verdict not in {None, "proved"}]
    found = [_of_finding(finding, report.source) for finding in bad]
    found += [_of_fault(fault, report.source) for fault in report.faults if not _is_said(fault, report)]
    return tuple(sorted(found, key=_order))


def address(problem: Problem, source: Source) -> str:
    """`note.md:3:4`, in a notebook `note.ipynb:cell 2:3:4`; the name alone where there is no place."""
    name, place = clean(file_of(problem, source)), problem.start
    if place is None:
        return name
    cell = "" if place.cell is None else f"cell {place.cell}:"
    return f"{name}:{cell}{place.line}:{place.column}"


def file_of(problem: Problem, source: Source) -> str:
    """The file that a problem is in: the note, or one that it puts in."""
    inside = None if problem.start is None else problem.start.file
    return source.name if inside is None else inside


def _order(problem: Problem) -> tuple[str, int, int, int]:
    place = problem.start
    return ("", 0, 0, 0) if place is None else (place.file or "", place.cell or 0, place.line, place.column)


def _of_finding(finding: Finding, source: Source) -> Problem:
    verdict = str(finding.verdict)
    start = Place(finding.line, finding.column, finding.cell, finding.file)
    said = clean("; ".join(_said(finding)))
    return Problem(
        finding.code or verdict, verdict, said, start, source.place(finding.span.end), _marked(finding), finding
    )


def _marked(finding: Finding) -> Span:
    part = finding.wrong_part
    return finding.span if part is None or part.start >= part.end else part


def _said(finding: Finding) -> Iterator[str]:
    """What is wrong with a relation, and what is true instead, in parts of one line."""
    known = finding.diagnosis.message if finding.diagnosis is not None else finding.message
    written = squeezed(finding.latex) if finding.verdict == "unread" else formula(finding.standard or finding.latex)
    head = [number(finding), "" if finding.code in {None, finding.verdict} else str(finding.verdict)]
    yield ": ".join(filter(None, [" ".join(filter(None, head)), written]))
    if known:
        yield short_numbers(sentence(known))
    elif finding.counterexample is not None:
        yield short_numbers(sides(finding.counterexample))
    if finding.repair is not None:
        yield f"write {formula(finding.repair.standard or finding.repair.latex)}"


def _of_fault(fault: Fault, source: Source) -> Problem:
    span = fault.span
    start, end = (None, None) if span is None else (source.place(span.start), source.place(span.end))
    message = clean(f"{fault.message}; {fault.help}" if fault.help else fault.message)
    return Problem(fault.code, fault.severity, message, start, end, span)


def _is_said(fault: Fault, report: Report) -> bool:
    """Whether a relation with the code of the fault stands at its place."""
    span = fault.span
    return span is not None and any(f.code == fault.code and _covers(f.span, span) for f in report.findings)


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
