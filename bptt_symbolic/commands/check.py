"""Notes -> report: settle every equation."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bptt_symbolic.commands._output import (
    FALLEN,
    WRONG,
    Progress,
    add_colour,
    add_declare,
    add_format,
    add_kind,
    add_output,
    has_colour,
    not_opened,
    say,
    status,
    width,
    worst,
    write,
)
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.guard import staged
from bptt_symbolic.reporting.report import Report

SUMMARY = "settle every equation of a note"


def arguments(parser: ArgumentParser) -> None:
    """`check NOTE...` and how to report on them."""
    parser.add_argument(
        "notes", nargs="+", metavar="NOTE", help="a note, as Markdown, reStructuredText, LaTeX, HTML, Jupyter"
    )
    add_declare(parser)
    add_kind(parser)
    add_format(parser)
    parser.add_argument("--only", type=_numbers, metavar="16,54", help="report on equations with these numbers only")
    parser.add_argument(
        "--cross-check", action="store_true", help="read every relation a second time, by another program"
    )
    parser.add_argument(
        "--no-repair", action="store_true", help="do not look for repairs: much faster on a note with mistakes"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 2 if there is any warning")
    parser.add_argument("-v", "--verbose", action="store_true", help="say everything, about what is right too")
    add_output(parser)
    add_colour(parser)


def run(options: Namespace) -> int:
    """Check each note and print all reports; the exit status is that of the worst."""
    reports: list[Report] = []
    statuses: list[int] = []
    for note in options.notes:
        report, found = _checked(note, options)
        statuses.append(found)
        if found != WRONG or options.format != "text":
            reports.append(report)
    met = {found.number for report in reports for found in report.findings}
    if options.only and reports and (missing := options.only - met):
        say(f"no equation is numbered {', '.join(sorted(missing))}")
        statuses += [] if met else [WRONG]
    if reports:
        text, fallen = _rendered(reports, options)
        statuses += [write(text, options.output), *([FALLEN] if fallen else [])]
    return worst(statuses)


def _rendered(reports: Sequence[Report], options: Namespace) -> tuple[str, tuple[Fault, ...]]:
    """The text of all reports; of one that the format falls on, nothing but this is said."""
    look = formats.Look(options.output is None and has_colour(options.colour), width(), options.verbose)
    render = partial(formats.load(options.format).render, look=look)
    texts, fallen = staged("printing the report", lambda: [render(reports)])
    if not fallen:
        return texts[0], ()
    alone = [staged("printing the report", partial(map, render, [[report]]))[1] for report in reports]
    bare = [replace(r, networks=(), findings=(), faults=f) if f else r for r, f in zip(reports, alone, strict=True)]
    return render(bare), fallen


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.strip().strip("()") for number in text.split(",") if number.strip())


def _checked(note: str, options: Namespace) -> tuple[Report, int]:
    """(report, exit status) of one note; a note that cannot be opened gives a report with nothing but the fault."""
    from bptt_symbolic.api import NoteError, check  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    progress = Progress(Path(note).name)
    try:
        report = check(
            Path(note),
            declare=options.declare,
            kind=options.kind,
            progress=progress,
            cross_check=options.cross_check,
            repair=not options.no_repair,
        )
    except NoteError as error:
        progress.clear()
        found = not_opened(note, error.fault, options.colour)
        return Report(Source(note, ""), (), (), (replace(error.fault, span=None),), 0), found
    progress.clear()
    if options.only:
        report = replace(report, findings=tuple(found for found in report.findings if found.number in options.only))
    return report, status(report, strict=options.strict)
