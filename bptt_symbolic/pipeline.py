"""Path or text -> report: the stages of the program in their order, each made from what the one before it gave.

    path or text --open_note--> Source --understand_source--> Note --examine--> [Settled] --mend--> [Finding]
                                                                                --report--> Report

`check`, `prove`, `fix`, `counterexample` and the read-back of derivations all come through here. A stage that falls is
said in the report and costs what it would have found, nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bptt_symbolic.mending import Before, Edits, unmended, with_repairs
from bptt_symbolic.proving.review import Progress, Settled, looked_again, marked, settled
from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.reporting.guard import guarded, staged
from bptt_symbolic.reporting.report import Finding, Report
from bptt_symbolic.reporting.silence import marked as marked_by_hand
from bptt_symbolic.understanding import Note, crosscheck, why
from bptt_symbolic.understanding.notes import NoteError, called, open_note, understand_source, views

__all__ = [
    "Before",
    "Edits",
    "NoteError",
    "Progress",
    "Settled",
    "called",
    "carried_over",
    "examine",
    "findings",
    "mend",
    "open_note",
    "placed",
    "report",
    "reported",
    "understand",
    "understand_source",
    "views",
]


def understand(
    note: str | Path, *, declare: str | Path | None = None, kind: str | None = None, asked: tuple[str, ...] = ()
) -> Note:
    """Read a note or a cell and work out what it means, without settling anything; arguments and errors as in `check`.

    `asked` are formulas in LaTeX that are read with it.
    """
    return understand_source(open_note(note, kind), declare, asked)


def carried_over(note: Note, before: Note) -> Note:
    """The note with the models of an earlier state of it that say the same: what was settled in them stays settled."""
    known = list(before.models)
    models = tuple(next((old for old in known if model.says_as_much_as(old)), model) for model in note.models)
    return replace(note, models=models)


def examine(note: Note, progress: Progress | None = None, *, asked: bool = False) -> list[Settled]:
    """Every relation settled, by itself and in the light of the whole note; with `asked`, only the formulas asked
    about.
    """
    return looked_again(note, settled(note, progress, asked=asked), asked=asked)


def mend(
    note: Note,
    found: Sequence[Settled],
    progress: Progress | None = None,
    before: Before | None = None,
    made: Edits | None = None,
) -> list[Finding]:
    """What was found out, the wrong claims with a diagnosis and repairs; what was found `before` a change is kept, and
    the edits that are `made` are entered there.
    """
    return guarded(
        lambda: with_repairs(note, found, progress, before, made),
        lambda fallen: [unmended(one, fallen) for one in found],
    )


def findings(
    note: Note, progress: Progress | None = None, *, asked: bool = False, repair: bool = True
) -> list[Finding]:
    """`examine` and, if repairs are wanted, `mend`; what is wrong is found again in standard LaTeX."""
    found = examine(note, progress, asked=asked)
    told = mend(note, found, progress) if repair else [one.finding for one in found]
    return placed(note, found, told)


def placed(note: Note, found: Sequence[Settled], told: Sequence[Finding]) -> list[Finding]:
    """The findings with the place of what is wrong in standard LaTeX."""
    return [marked(finding, one, note) for finding, one in zip(told, found, strict=True)]


def report(note: Note, progress: Progress | None = None, *, cross_check: bool = False, repair: bool = True) -> Report:
    """Everything found out about a note; each stage that falls is said."""
    found, fallen = staged("settling the claims", lambda: findings(note, progress, repair=repair))
    second: tuple[Fault, ...] = ()
    if cross_check:
        compared, missing = staged("the second reader", lambda: crosscheck.cross_check(note).faults)
        second = (*compared, *missing)
    return reported(note, found, fallen, second)


def reported(
    note: Note, found: Sequence[Finding], fallen: Sequence[Fault] = (), second: Sequence[Fault] = ()
) -> Report:
    """The report of what was found out, with the networks, the decisions, and what is silenced by marks."""
    networks, unseen = staged("showing the networks", lambda: views(note))
    faults = (*note.faults, *fallen, *unseen)
    if not any(m.network.definitions for m in note.models):
        message = "the note defines no network, so that there is nothing to differentiate"
        help_ = 'write the recurrence, or declare `use = "elman"`'
        faults = (*faults, Fault("no-network", message, help_, None, "warning"))
    faults = (*faults, *second)
    told = Report(note.lines.source, networks, tuple(found), faults, note.lines.displays, why(note.notation))
    marks = [(mark.span, mark.text) for mark in note.lines.declarations if mark.is_mark]
    return marked_by_hand(told, marks, _displays(note)) if marks else told


def _displays(note: Note) -> tuple[Span, ...]:
    """The place of every formula of the page, a display with all its rows."""
    found: dict[int, Span] = {}
    for place, line in enumerate(note.lines.lines):
        if not line.declared and line.text is None:
            key = -1 - place if line.inline else line.display
            found[key] = line.span.to(found.get(key, line.span))
    return tuple(sorted(found.values()))
