"""Note -> corrected note: its repairs in place, the rest as it was, and a diff on the screen."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bptt_symbolic.commands._terminal import (
    FALLEN,
    FALSE,
    HOLDS,
    WRONG,
    Progress,
    add_declare,
    add_kind,
    not_opened,
    say,
    status,
    write,
)
from bptt_symbolic.formats._terminal import harmless
from bptt_symbolic.guard import HELP

SUMMARY = "write a copy of a note with what is wrong mended"


def arguments(parser: ArgumentParser) -> None:
    """`fix NOTE -o FILE`, or `--in-place`."""
    parser.add_argument("note", metavar="NOTE", help="a note, as Markdown, reStructuredText, LaTeX, Jupyter")
    add_declare(parser)
    add_kind(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the corrected note to a file")
    where.add_argument("--in-place", action="store_true", help="write it over the note itself")
    parser.add_argument("--nearest", action="store_true", help="where several repairs are as small, take the first one")


def run(options: Namespace) -> int:
    """Mend a note and check it again; exit status 0 if nothing was wrong or all of it is mended, 1 if something is
    left, 3 if the note could not be read or the copy not be written.
    """
    from bptt_symbolic.api import NoteError, fix  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    target = Path(options.note) if options.in_place else options.output
    if target is not None and not options.in_place and target.exists() and target.samefile(options.note):
        say(f"{target} is the note itself; write over it with --in-place")
        return WRONG
    progress = Progress(Path(options.note).name)
    try:
        found, again = fix(
            Path(options.note), declare=options.declare, kind=options.kind, nearest=options.nearest, progress=progress
        )
    except NoteError as error:
        progress.clear()
        return not_opened(options.note, error.fault)
    progress.clear()
    if target is not None and write(found.text, target) != HOLDS:
        return WRONG
    write(harmless(found.diff), None)
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
    say(f"{len(found.applied)} mended, {len(found.left)} left" + ("" if target else "; nothing written: give -o FILE"))
    if status(again) == FALLEN:
        say(HELP)
        return FALLEN
    return FALSE if found.left or unconfirmed else HOLDS
