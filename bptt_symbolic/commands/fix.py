"""Note -> corrected note: its repairs in place, the rest as it was, and a diff on the screen."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bptt_symbolic.commands._files import Changed, written
from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import (
    FALLEN,
    FALSE,
    HOLDS,
    WRONG,
    Progress,
    not_opened,
    not_written,
    say,
    status,
    worst,
    write,
)
from bptt_symbolic.reporting.formats._terminal import harmless
from bptt_symbolic.reporting.guard import HELP
from bptt_symbolic.reporting.report import Report

if TYPE_CHECKING:
    from bptt_symbolic.mending import Correction

SUMMARY = "write a copy of a note with what is wrong mended"


def arguments(parser: ArgumentParser) -> None:
    """`fix NOTE -o FILE`, or `--in-place`."""
    parser.add_argument("note", metavar="NOTE", help="a note, as Markdown, reStructuredText, LaTeX, HTML, Jupyter")
    add(parser, "declare", "as")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the corrected note to a file")
    where.add_argument("--in-place", action="store_true", help="write it over the note itself")
    parser.add_argument("--nearest", action="store_true", help="where several repairs are as small, take the first one")


def run(options: Namespace) -> int:
    """Mend a note and check it again; exit status 0 if nothing was wrong or all of it is mended, 1 if something is
    left, 3 if the note could not be read or the result not be written.

    Everything is said before anything is written. The note itself is written over only if every repair is confirmed in
    its place, and if the file still holds what was read.
    """
    from bptt_symbolic.api import NoteError, fix  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    progress = Progress(Path(options.note).name)
    try:
        found, again = fix(
            Path(options.note), declare=options.declare, kind=options.kind, nearest=options.nearest, progress=progress
        )
    except NoteError as error:
        progress.clear()
        return not_opened(options.note, error.fault)
    progress.clear()
    printed = write(harmless(found.diff), None)
    unconfirmed = _told(found, again)
    if options.in_place and unconfirmed:
        say("nothing written: in its place a repair is not confirmed; look at a copy, with -o FILE")
        return FALSE
    statuses = [printed, _saved(found, options), FALSE if found.left or unconfirmed else HOLDS]
    if status(again) == FALLEN:
        say(HELP)
        statuses.append(FALLEN)
    return worst(statuses)


def _told(found: "Correction", again: Report) -> int:
    """Say what was mended and what was left; how many repairs are not confirmed."""
    verdicts = {f.id: f for f in again.findings}
    unconfirmed = 0
    for finding, repair in found.applied:
        new = verdicts.get(finding.id)
        good = new is not None and new.verdict == "proved" and new.against_head in {None, "proved"}
        unconfirmed += not good
        word = "proved" if good else "NOT confirmed"
        say(f"{finding.number or f'line {finding.line}'}: {'; '.join(repair.edits)} ({word})")
    for finding, why in found.left:
        say(f"{finding.number or f'line {finding.line}'}: left as it is: {why}")
    return unconfirmed


def _saved(found: "Correction", options: Namespace) -> int:
    """Write the result where it was asked for, and say how many repairs there are."""
    target = Path(options.note) if options.in_place else options.output
    said = f"{len(found.applied)} mended, {len(found.left)} left"
    if target is None:
        say(f"{said}; nothing written: give -o FILE")
        return HOLDS
    try:
        written(found.text.encode(), target, found.before.encode() if options.in_place else None)
    except Changed:
        say(f"nothing written: {target} was changed while it was checked; run this again")
        return WRONG
    except OSError as error:
        return not_written(target, error)
    say(said)
    return HOLDS
