"""A note and its settings -> its report: what every command that checks whole notes does with one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bptt_symbolic.commands._inputs import STDIN, text_of_stdin
from bptt_symbolic.reading.settings import BadSettings
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.preferences import Wanted, wanted
from bptt_symbolic.reporting.report import Report
from bptt_symbolic.reporting.silence import by_code


class Unopened(Exception):  # noqa: N818 - a fault of a note, on its way to the person
    """A note that cannot be opened, or whose settings or declarations cannot be used."""

    def __init__(self, note: str, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = replace(fault, span=None)  # its text is nobody's
        self.report = Report(Source(note, ""), (), (), (self.fault,), 0)


def settled(
    note: str,
    *,
    declare: str | None = None,
    kind: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    cross_check: bool = False,
    repair: bool = True,
) -> tuple[Report, Wanted]:
    """The report of a note and what its settings say; what they ignore is silenced. Raises Unopened."""
    from bptt_symbolic.api import NoteError, check  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        told = wanted(note)
        report = check(
            text_of_stdin() if note == STDIN else Path(note),
            declare=declare,
            kind=kind,
            progress=progress,
            cross_check=cross_check,
            repair=repair and told.repair,
        )
    except (NoteError, BadSettings) as error:
        raise Unopened(note, error.fault) from error
    if note == STDIN:
        report = replace(report, source=replace(report.source, name="stdin"))
    return by_code(report, told.ignore), told
