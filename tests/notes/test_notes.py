"""Note -> verdicts: short notes in many styles, each with the expected verdict of every relation in a comment above it.

A comment `expect: proved refuted` in the note's own kind of comment is about the relations displayed between it and the
next such comment, in order. A word is the verdict of a claim, or the kind of what is no claim.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reporting.report import Finding, Report

HERE = Path(__file__).parent
NOTES = sorted(path for path in HERE.iterdir() if path.suffix in {".md", ".rst", ".tex", ".ipynb"})
WORDS = {"definition", "declaration", "other", "proved", "refuted", "ill-typed", "undecided", "unread"}
MARK = re.compile(r"^[ \t]*(?:<!--|%|\.\.)[ ]expect:(?P<words>[ a-z-]*?)(?:-->)?$", re.MULTILINE)


LONG = {
    *("angle-brackets.md", "denominator.md", "einstein.md", "general-functions.rst", "gru.md", "indices.md", "lstm.md"),
    *("nablas.tex", "superscripts.md", "truncated.md"),
}
"""Notes that are settled in a long run only."""


def _param(note: Path) -> object:
    marks = [pytest.mark.xdist_group(note.name), *([pytest.mark.slow] if note.name in LONG else [])]
    return pytest.param(note, id=note.name, marks=marks)


@pytest.mark.parametrize("note", [_param(note) for note in NOTES])
def test_every_relation_of_the_note_is_settled_as_marked(note: Path, verdicts_of: Callable[[Path], Report]) -> None:
    report = verdicts_of(note)
    found = [(place, expected, [said(finding) for finding in group]) for place, expected, group in marked(report)]
    wrong = [f"{place}: expected {' '.join(want)}; got {' '.join(got)}" for place, want, got in found if want != got]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_the_note_has_right_and_wrong_claims(note: Path) -> None:
    words = {word for mark in MARK.finditer(text(note)) for word in mark["words"].split()}
    assert words <= WORDS
    assert "proved" in words
    assert words & {"refuted", "ill-typed"}


def text(note: Path) -> str:
    """The text of a note; that of a notebook with its line ends written out."""
    return note.read_text(encoding="utf-8").replace('",\n', "").replace("\\n", "\n").replace('    "', "")


def marked(report: Report) -> list[tuple[str, list[str], list[Finding]]]:
    """What each mark expects, with its place, and the displayed relations between it and the next mark."""
    shown = sorted((finding for finding in report.findings if not finding.inline), key=place)
    marks = list(MARK.finditer(report.source.text))
    starts = [mark.start() for mark in marks]
    ends = [*starts[1:], len(report.source.text)]
    before = [finding for finding in shown if not starts or finding.span.start < starts[0]]
    groups = [(where(report, 0), list[str](), before)] if before else []
    for mark, start, end in zip(marks, starts, ends, strict=True):
        between = [finding for finding in shown if start <= finding.span.start < end]
        groups.append((where(report, start), mark["words"].split(), between))
    return groups


def place(finding: Finding) -> tuple[int, int, int]:
    """Where a relation stands on the page."""
    return (finding.span.start, finding.row, finding.part)


def where(report: Report, offset: int) -> str:
    """The line of a mark, in its cell if the note is a notebook."""
    found = report.source.place(offset)
    return f"line {found.line}" if found.cell is None else f"cell {found.cell}, line {found.line}"


def said(finding: Finding) -> str:
    """The verdict of a claim, the kind of what is no claim."""
    return finding.verdict or finding.kind
