"""Report and what somebody said about it -> report in which some findings are silenced.

A note says so in a comment, `ignore: reason` or `expect refuted: reason`, on the line of an equation or before it; the
configuration says so by code; a baseline, or lines that did not change, say so for findings that were there before. A
silenced finding stays in the report, with who silenced it and why, and does not count for the exit status.

    mark = ("ignore" | "expect") [word {"," word}] ":" reason         a word is a verdict, or the code of a help page

An `ignore` without words silences whatever is not proved; an `expect` has a verdict. One that finds nothing to silence
is a fault: what was to be ignored, or was wrong on purpose, is not there any more.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.reporting.report import Finding, Report, Silence

_MARK = re.compile(r"\s*(ignore|expect)\b\s*([\w-]+(?:\s*,\s*[\w-]+)*)?\s*:\s*(\S.*)", re.DOTALL)
_OPENING = re.compile(r"(?:<!--|%+|\.\.\s?)\s*!\s*$")
"""What stands before a mark in its comment."""
_CLOSED = re.compile(r"(?:\$|\\[\])]|\\end\{[A-Za-z]*\*?\})(?:</?[A-Za-z][^<>]*>|[^\w<])*")
"""What stands at the end of a formula, and behind it nothing to read."""
_SHAPE = "write `ignore: reason` or `expect refuted: reason`"


@dataclass(frozen=True, slots=True)
class _Mark:
    span: Span
    verb: str
    words: frozenset[str]
    reason: str


def marked(report: Report, comments: Sequence[tuple[Span, str]], formulas: Sequence[Span]) -> Report:
    """The report with what the note's own marks silence; `formulas` are their places, a display with all its rows."""
    page = _Page(report, formulas)
    faults: list[Fault] = []
    for span, text in comments:
        mark = _mark(span, text)
        if mark is None:
            faults.append(Fault("bad-mark", "a mark says whose finding is silenced, and why", _SHAPE, span))
            continue
        meant = page.meant(mark.span)
        said = partial(_said_by, mark, frozenset(finding.id for finding in meant))
        report, _ = silenced(report, said)
        if not any(_is_open(finding) and said(finding) for finding in meant):
            faults.append(_idle(mark, meant))
    return replace(report, faults=(*report.faults, *faults))


def silenced(report: Report, ask: Callable[[Finding], Silence | None]) -> tuple[Report, int]:
    """The report with every finding silenced that somebody says something to, and how many these are."""
    found = [ask(f) if f.silence is None and _is_open(f) else None for f in report.findings]
    kept = [f if said is None else replace(f, silence=said) for f, said in zip(report.findings, found, strict=True)]
    return replace(report, findings=tuple(kept)), sum(said is not None for said in found)


def by_code(report: Report, codes: frozenset[str]) -> Report:
    """The report with findings of these codes or verdicts silenced, and without faults of these codes."""
    said = Silence("configuration", "by its code")
    kept = tuple(fault for fault in report.faults if fault.code not in codes)
    return silenced(replace(report, faults=kept), lambda f: said if {f.code, f.verdict} & codes else None)[0]


def _is_open(finding: Finding) -> bool:
    return finding.verdict not in {None, "proved"}


def _mark(span: Span, text: str) -> _Mark | None:
    found = _MARK.fullmatch(text)
    if found is None or (found[1] == "expect" and not found[2]):
        return None
    words = frozenset(re.split(r"\s*,\s*", found[2])) if found[2] else frozenset()
    return _Mark(span, found[1], words, " ".join(found[3].split()))


def _said_by(mark: _Mark, meant: frozenset[str], finding: Finding) -> Silence | None:
    told = not mark.words or bool({finding.verdict, finding.code} & mark.words)
    is_meant = told and finding.id in meant
    return Silence("ignore" if mark.verb == "ignore" else "expect", mark.reason) if is_meant else None


class _Page:
    """Where the checked relations of a note stand."""

    def __init__(self, report: Report, formulas: Sequence[Span]) -> None:
        self.text = report.source.text
        self.starts = [0, *(i + 1 for i, letter in enumerate(self.text) if letter == "\n")]
        self.findings = [finding for finding in report.findings if finding.verdict is not None]
        self.formulas = [span for span in formulas if self._in(span)]

    def meant(self, mark: Span) -> Sequence[Finding]:
        """The findings on the line of a mark; else those of the formula that is closed before it on this line; else
        those of the next row or formula.
        """
        line = self._line(mark.start)
        same = [f for f in self.findings if self._line(f.span.start) <= line <= self._line(f.span.end)]
        if same:
            return same
        around = next((span for span in self.formulas if span.start <= mark.start < span.end), None)
        if around is not None:  # in a comment between two rows
            below = self._in(Span(mark.end, around.end))
            return [f for f in below if self._line(f.span.start) == self._line(below[0].span.start)]
        after = (span for span in self.formulas if span.start >= mark.end)
        before = (span for span in reversed(self.formulas) if span.end <= mark.start)
        wanted = next(before if self._is_behind_one(mark) else after, None)
        return [] if wanted is None else self._in(wanted)

    def _in(self, span: Span) -> list[Finding]:
        return [f for f in self.findings if span.start <= f.span.start < span.end]

    def _line(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def _is_behind_one(self, mark: Span) -> bool:
        """Whether a formula is closed right before it, on its line."""
        line = self.text[self.starts[self._line(mark.start) - 1] : mark.start]
        closed = list(_CLOSED.finditer(_OPENING.sub("", line)))
        return bool(closed) and closed[-1].end() == len(_OPENING.sub("", line))


def _idle(mark: _Mark, meant: Sequence[Finding]) -> Fault:
    """What is said of a mark that silences nothing."""
    verdicts = ", ".join(dict.fromkeys(f.verdict or f.kind for f in meant)) or "no equation"
    if mark.verb == "ignore":
        message = f"this silences nothing: what stands here is {verdicts}"
        return Fault("idle-ignore", message, "take the comment away", mark.span, "warning")
    wanted = " or ".join(sorted(mark.words))
    return Fault("unmet-expectation", f"expected {wanted}, found {verdicts}", "mend the note, or the mark", mark.span)
