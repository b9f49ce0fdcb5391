"""What commands share at the terminal: the bar, the writing of results, complaints, exit statuses."""

import errno
import io
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import get_terminal_size
from typing import TextIO

from bptt_symbolic.commands._files import written
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting import formats, guard
from bptt_symbolic.reporting.formats._terminal import harmless
from bptt_symbolic.reporting.formats._words import counted_as
from bptt_symbolic.reporting.preferences import DEFAULT_FAIL_ON
from bptt_symbolic.reporting.report import Report

HOLDS, FALSE, OPEN, WRONG, FALLEN = 0, 1, 2, 3, 4
"""Exit statuses; the last is kept for faults of the program itself."""
_GRAVEST = (HOLDS, OPEN, FALSE, WRONG, FALLEN)


@dataclass
class Progress:
    """A bar on stderr, shown after a second and only to somebody at a terminal."""

    label: str
    began: float = field(default_factory=time.monotonic)
    drawn: float = 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Draw, at most ten times a second."""
        now = time.monotonic()
        if not is_watched() or now - self.began < 1 or now - self.drawn < 0.1:  # noqa: PLR2004 - see above
            return
        self.drawn = now
        filled = 24 * done // max(total, 1)
        name = "".join(character if character.isprintable() else "?" for character in f"{self.label}  {what}"[:40])
        tell(f"\r\x1b[K[{'#' * filled}{'.' * (24 - filled)}] {done}/{total}  {name}")

    def clear(self) -> None:
        """Take the bar away."""
        if self.drawn:
            tell("\r\x1b[K")
            self.drawn = 0.0


def worst(statuses: Iterable[int]) -> int:
    """The exit status of several: what is false counts more than what is open."""
    return max(statuses, key=_GRAVEST.index, default=HOLDS)


def is_watched() -> bool:
    """Whether somebody sits at a terminal and sees what stderr says."""
    return sys.stderr is not None and sys.stderr.isatty()


def status(report: Report, fail_on: frozenset[str] = DEFAULT_FAIL_ON) -> int:
    """Exit status of one note, of which only what is failed on and not silenced counts."""
    if guard.CODE in {*(finding.code for finding in report.findings), *(fault.code for fault in report.faults)}:
        return FALLEN
    counted = [f for f in report.findings if f.silence is None and counted_as(f) & fail_on]
    if any(finding.verdict in {"refuted", "ill-typed"} for finding in counted):
        return FALSE
    return OPEN if counted or any({fault.severity, fault.code} & fail_on for fault in report.faults) else HOLDS


def say(text: str) -> None:
    """One line on stderr, in the program's name."""
    tell(f"bptt-symbolic: {harmless(text)}\n")


def tell(text: str) -> None:
    """Text on stderr; where nobody can be told any more, that is no reason to stop."""
    with suppress(OSError):
        _put(sys.stderr, text)


def _put(stream: TextIO | None, text: str) -> None:
    """Write at once; a stream that fails is closed for good, or Python would complain about it when it ends."""
    if stream is None:  # it was closed before the program began
        raise OSError(errno.EBADF, "it is closed")
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        with suppress(OSError):  # a stream without a file
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def complain(source: Source, fault: Fault, colour: str) -> None:
    """A fault of the input on stderr."""
    from bptt_symbolic.reporting.formats.text import render_fault  # noqa: PLC0415 - one format, and only when something is wrong

    tell(render_fault(source, fault, formats.Look(has_colour(colour, sys.stderr), width())))


def not_opened(note: str, fault: Fault, colour: str = "auto") -> int:
    """Complain about a note that could not be opened; its span belongs to a text that nobody has."""
    complain(Source(note, ""), replace(fault, span=None), colour)
    return WRONG


def write(text: str, output: Path | None) -> int:
    """Write to the file or to stdout; a reader of stdout that has seen enough, `head` perhaps, is no fault."""
    try:
        if output is None:
            _put(sys.stdout, text)
        else:
            written(text.encode("utf-8", errors="replace"), output)
    except BrokenPipeError:
        return HOLDS
    except OSError as error:
        return not_written(output, error)
    return HOLDS


def not_written(output: Path | None, error: OSError) -> int:
    """Complain about a result that could not be written."""
    say(f"cannot write {output or 'to standard output'}: {error.strerror}")
    return WRONG


def has_colour(choice: str, stream: object = None) -> bool:
    """Whether to colour what goes to a stream (stdout by default)."""
    if choice != "auto":
        return choice == "always"
    target = sys.stdout if stream is None else stream
    seen = isinstance(target, io.TextIOBase) and target.isatty()
    return seen and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal, within reason."""
    return min(get_terminal_size((100, 24)).columns, 140)
