"""Notes -> report: settle every equation."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bptt_symbolic.commands import _baseline, _since
from bptt_symbolic.commands._inputs import STDIN, NoNotes, notes
from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import (
    FALLEN,
    HOLDS,
    WRONG,
    Progress,
    has_colour,
    not_opened,
    say,
    status,
    width,
    worst,
    write,
)
from bptt_symbolic.commands._settling import Unopened, settled
from bptt_symbolic.commands._watching import watched
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.formats._words import VERDICTS
from bptt_symbolic.reporting.guard import staged
from bptt_symbolic.reporting.help_pages import codes
from bptt_symbolic.reporting.preferences import SEVERITIES, Wanted, stranger
from bptt_symbolic.reporting.report import Report

SUMMARY = "settle every equation of a note"


def arguments(parser: ArgumentParser) -> None:
    """`check NOTE...` and how to report on them."""
    parser.add_argument(
        "notes",
        nargs="+",
        metavar="NOTE",
        help="a note, as Markdown, reStructuredText, LaTeX, HTML, Jupyter; a folder; a pattern; - for standard input",
    )
    add(parser, "declare", "as", "format", "verbose")
    parser.add_argument("--only", type=_numbers, metavar="16,54", help="report on equations with these numbers only")
    parser.add_argument(
        "--cross-check", action="store_true", help="read every relation a second time, by another program"
    )
    add(parser, "no-repair")
    parser.add_argument(
        "--fail-on",
        type=_failures,
        metavar="WORD,...",
        help="verdicts, codes, error, warning, sizes: what status counts",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 2 if there is any warning")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="silence what was there when FILE was written")
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="write what is wrong or open now to FILE")
    parser.add_argument("--since", metavar="REV", help="silence what stands on lines unchanged since a revision of git")
    parser.add_argument("--watch", action="store_true", help="check again whenever a note changes")
    add(parser, "output", "colour")


def run(options: Namespace) -> int:
    """Check each note and print all reports; the exit status is that of the worst."""
    try:
        found = notes(options.notes)
    except NoNotes as error:
        say(str(error))
        return WRONG
    if options.watch and STDIN in found:
        say("standard input cannot be watched")
        return WRONG
    work = partial(_call, found, options)
    return watched(work, found) if options.watch else work()


def _call(found: Sequence[str], options: Namespace) -> int:
    try:
        baseline = None if options.baseline is None else _baseline.read(options.baseline)
    except _baseline.BadBaseline as error:
        say(str(error))
        return WRONG
    call = _Call(options, baseline)
    statuses = [call.one(note) for note in found]
    if baseline is not None and baseline.gone:
        say(f"{baseline.gone} of the findings in {baseline.file} are there no more; write it again")
    if options.write_baseline is not None:
        text = _baseline.text(call.reports, options.write_baseline)
        return worst([write(text, options.write_baseline), *(s for s in statuses if s in {WRONG, FALLEN})])
    if options.only and (missing := options.only - call.numbers):
        say(f"no equation is numbered {', '.join(sorted(missing))}")
        statuses += [] if call.numbers else [WRONG]
    return worst([*statuses, call.printed()])


@dataclass(slots=True)
class _Call:
    """One call: what was asked for, and the reports so far."""

    options: Namespace
    baseline: _baseline.Baseline | None
    reports: list[Report] = field(default_factory=list)
    unopened: list[Report] = field(default_factory=list)
    format: str | None = None
    """What the settings of the first note say."""

    @property
    def numbers(self) -> frozenset[str | None]:
        """The numbers of everything that was found."""
        return frozenset(finding.number for report in self.reports for finding in report.findings)

    def one(self, note: str) -> int:
        """The exit status of one note."""
        options, progress = self.options, Progress(Path(note).name)
        try:
            report, told = settled(
                note,
                declare=options.declare,
                kind=options.kind,
                progress=progress,
                cross_check=options.cross_check,
                repair=not options.no_repair,
            )
            report = self._silenced(report)
        except Unopened as error:
            self.unopened.append(error.report)
            self.reports.append(error.report)
            return not_opened(note, error.fault, options.colour)
        except _since.NoRevision as error:
            say(str(error))
            return WRONG
        finally:
            progress.clear()
        self.format = self.format or told.format
        self.reports.append(report)
        return status(report, self._fail_on(told))

    def _silenced(self, report: Report) -> Report:
        """The report without what was not asked for, and with what somebody silenced."""
        options = self.options
        if options.only:
            report = replace(report, findings=tuple(f for f in report.findings if f.number in options.only))
        if self.baseline is not None:
            report = self.baseline.applied(report)
        return report if options.since is None else _since.unchanged(report, options.since)

    def _fail_on(self, told: Wanted) -> frozenset[str]:
        chosen: frozenset[str] = told.fail_on if self.options.fail_on is None else self.options.fail_on
        return chosen | ({"warning"} if self.options.strict else frozenset())

    def printed(self) -> int:
        """Print all reports; what could not be opened has been said, and stands in what programs read."""
        name = self.options.format or _by_suffix(self.options.output) or self.format or "text"
        form = formats.load(name)
        shown = [r for r in self.reports if name not in _FOR_PEOPLE or r not in self.unopened]
        if not shown:
            return HOLDS
        look = formats.Look(
            self.options.output is None and has_colour(self.options.colour), width(), self.options.verbose
        )
        text, fallen = _rendered(shown, partial(form.render, look=look))
        return worst([write(text, self.options.output), *([FALLEN] if fallen else [])])


_FOR_PEOPLE = frozenset({"text", "short"})
"""Formats in which a note that could not be opened is not said again."""


def _by_suffix(output: Path | None) -> str | None:
    return None if output is None else formats.of_suffix(output.suffix.lower())


def _rendered(reports: Sequence[Report], render: Callable[[Sequence[Report]], str]) -> tuple[str, tuple[Fault, ...]]:
    """The text of all reports; of one that the format falls on, nothing but this is said."""
    texts, fallen = staged("printing the report", lambda: [render(reports)])
    if not fallen:
        return texts[0], ()
    alone = [staged("printing the report", partial(map, render, [[report]]))[1] for report in reports]
    bare = [replace(r, networks=(), findings=(), faults=f) if f else r for r, f in zip(reports, alone, strict=True)]
    return render(bare), fallen


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.strip().strip("()") for number in text.split(",") if number.strip())


def _failures(text: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    if wrong := stranger(sorted(words - {"none"}), {*VERDICTS, *codes(), *SEVERITIES}):
        raise ArgumentTypeError(wrong)
    return words - {"none"}
