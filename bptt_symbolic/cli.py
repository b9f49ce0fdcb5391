"""Arguments -> exit status: the command line.

    bptt-symbolic check NOTE... [--declare FILE] [--as KIND] [--format NAME] [--only 16,54] [--cross-check] [--strict]
                              [-o FILE]
    bptt-symbolic show NOTE|CELL [--format text|latex]
    bptt-symbolic prove --network NOTE|CELL LATEX
    bptt-symbolic explain [CODE]

Exit status of `check`: 0 all claims hold; 1 some claim is refuted or ill-typed; 2 something is unread or undecided, or
the note has a fault; 3 a note could not be opened, or the call was wrong. Of several notes, the worst.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import get_terminal_size
from typing import NoReturn

from bptt_symbolic import formats
from bptt_symbolic.report import Report
from bptt_symbolic.source import Fault, Source

HOLDS, FALSE, OPEN, WRONG = 0, 1, 2, 3


@dataclass
class _Progress:
    """A bar on stderr, shown after a second and only to somebody at a terminal."""

    label: str
    began: float = field(default_factory=time.monotonic)
    drawn: float = 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Draw, at most ten times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self.began < 1 or now - self.drawn < 0.1:  # noqa: PLR2004 - see above
            return
        self.drawn = now
        filled = 24 * done // max(total, 1)
        name = "".join(character if character.isprintable() else "?" for character in f"{self.label}  {what}"[:40])
        sys.stderr.write(f"\r\x1b[K[{'#' * filled}{'.' * (24 - filled)}] {done}/{total}  {name}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class _Parser(argparse.ArgumentParser):
    """argparse, with exit status 3 for a wrong call: 2 means that something is undecided."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what comes back is the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the letters of the note is no reason to stop
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return WRONG


def status(report: Report, *, strict: bool = False) -> int:
    """Exit status of one note."""
    verdicts = {finding.verdict for finding in report.findings}
    if verdicts & {"refuted", "ill-typed"}:
        return FALSE
    faulty = any(strict or fault.severity == "error" for fault in report.faults)
    return OPEN if faulty or verdicts & {"undecided", "unread"} else HOLDS


def _parser() -> _Parser:
    parser = _Parser(
        prog="bptt-symbolic", description="A proof-reader for derivations of back-propagation through time."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", required=True, metavar="check | show | prove | explain")
    _add_check(commands.add_parser("check", help="settle every equation of a note"))
    _add_show(commands.add_parser("show", help="print the network that a note defines"))
    _add_prove(commands.add_parser("prove", help="settle one formula about a network"))
    _add_explain(commands.add_parser("explain", help="print the help page of a verdict or fault"))
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and wanted by nobody else

        sys.stdout.write(f"bptt-symbolic {version('bptt-symbolic')}\n")
        parser.exit(HOLDS)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_check)
    parser.add_argument(
        "notes", nargs="+", metavar="NOTE", help="a note, as Markdown, reStructuredText, LaTeX, Jupyter"
    )
    parser.add_argument("--declare", metavar="FILE", help="declarations (default: NOTE's stem with .toml, if there)")
    parser.add_argument("--as", dest="kind", metavar="KIND", help="markdown, rst, latex or notebook (default: by name)")
    parser.add_argument("--format", choices=formats.names(), default="text", help="(default: %(default)s)")
    parser.add_argument("--only", type=_numbers, metavar="16,54", help="report on equations with these numbers only")
    parser.add_argument("--cross-check", action="store_true", help="read every relation a second time, by latex2sympy2")
    parser.add_argument("--strict", action="store_true", help="exit with 2 if there is any warning")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report to a file")
    parser.add_argument("--colour", choices=("auto", "always", "never"), default="auto", help="(default: %(default)s)")


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_show)
    parser.add_argument("note", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument("--format", choices=formats.names(), default="text", help="(default: %(default)s)")


def _add_prove(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_prove)
    parser.add_argument("formula", metavar="LATEX", help="relations in LaTeX, in the notation of the network's note")
    parser.add_argument("--network", required=True, metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument("--declare", metavar="FILE", help="declarations (default: NOTE's stem with .toml, if there)")
    parser.add_argument("--format", choices=formats.names(), default="text", help="(default: %(default)s)")
    parser.add_argument("--colour", choices=("auto", "always", "never"), default="auto", help="(default: %(default)s)")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_explain)
    parser.add_argument("code", nargs="?", metavar="CODE", help="as printed in a report; all codes if left out")


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.strip().strip("()") for number in text.split(",") if number.strip())


def _check(options: argparse.Namespace) -> int:
    reports, worst = [], []
    for note in options.notes:
        report, found = _checked(note, options)
        worst.append(found)
        if found != WRONG or options.format != "text":
            reports.append(report)
    if options.only and reports and not any(report.findings for report in reports):
        sys.stderr.write(f"bptt-symbolic: no equation is numbered {', '.join(sorted(options.only))}\n")
        worst.append(WRONG)
    if reports:
        colour = options.output is None and _has_colour(options.colour)
        text = formats.load(options.format).render(reports, colour=colour, width=_width())
        worst.append(_write(text, options.output))
    return WRONG if WRONG in worst else FALSE if FALSE in worst else max(worst)


def _checked(note: str, options: argparse.Namespace) -> tuple[Report, int]:
    """(report, exit status) of one note; a note that cannot be opened gives a report with nothing but the fault."""
    from bptt_symbolic.api import NoteError, check  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    progress = _Progress(Path(note).name)
    try:
        report = check(
            Path(note), declare=options.declare, kind=options.kind, progress=progress, cross_check=options.cross_check
        )
    except NoteError as error:
        progress.clear()
        source = Source(note, "")
        fault = replace(error.fault, span=None)  # its span belongs to a text that nobody has
        _complain(source, fault, options.colour)
        return Report(source, (), (), (fault,), 0), WRONG
    progress.clear()
    if options.only:
        report = replace(report, findings=tuple(found for found in report.findings if found.number in options.only))
    return report, status(report, strict=options.strict)


def _show(options: argparse.Namespace) -> int:
    from bptt_symbolic.api import NoteError, show  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        views = show(options.note)
    except NoteError as error:
        _complain(Source(options.note, ""), replace(error.fault, span=None), "auto")
        return WRONG
    if not views:
        sys.stderr.write("bptt-symbolic: the note defines no network (bptt-symbolic explain no-network)\n")
        return OPEN
    return _write(formats.load(options.format).render_networks(views), None)


def _prove(options: argparse.Namespace) -> int:
    from bptt_symbolic.api import NoteError, prove  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        report = prove(options.formula, options.network, declare=options.declare)
    except NoteError as error:
        _complain(Source(options.network, ""), replace(error.fault, span=None), options.colour)
        return WRONG
    if not report.findings:
        sys.stderr.write("bptt-symbolic: the formula has no relation, such as `left = right`\n")
        return WRONG
    text = formats.load(options.format).render([report], colour=_has_colour(options.colour), width=_width())
    return _write(text, None) or status(report)


def _explain(options: argparse.Namespace) -> int:
    from bptt_symbolic import explain  # noqa: PLC0415 - reads its pages; `check` has no use for them

    if options.code is None:
        return _write(explain.overview(), None)
    with suppress(KeyError):
        return _write(explain.page(options.code).text, None)
    meant = " or ".join(explain.near(options.code))
    hint = f"; did you mean {meant}?" if meant else "; `bptt-symbolic explain` lists them all"
    sys.stderr.write(f"bptt-symbolic: there is no code {options.code!r}{hint}\n")
    return WRONG


def _complain(source: Source, fault: Fault, colour: str) -> None:
    from bptt_symbolic.formats.text import render_fault  # noqa: PLC0415 - one format, and only when something is wrong

    sys.stderr.write(render_fault(source, fault, colour=_has_colour(colour, sys.stderr), width=_width()))


def _write(text: str, output: Path | None) -> int:
    """Write to the file or to stdout; a reader of stdout that has seen enough, `head` perhaps, is no fault."""
    if output is None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        return HOLDS
    try:
        output.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        sys.stderr.write(f"bptt-symbolic: cannot write {output}: {error.strerror}\n")
        return WRONG
    return HOLDS


def _has_colour(choice: str, stream: object = None) -> bool:
    if choice != "auto":
        return choice == "always"
    target = sys.stdout if stream is None else stream
    seen = isinstance(target, io.TextIOBase) and target.isatty()
    return seen and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _width() -> int:
    return min(get_terminal_size((100, 24)).columns, 140)
