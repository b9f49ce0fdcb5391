"""Report and a revision of git -> report in which what stands on unchanged lines is silenced.

The note as it was is read as the note as it is, and both are compared line by line: so a notebook is compared by what
stands in its cells. A note that was not there is new from its first line to its last.
"""

import subprocess
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reporting.report import Report, Silence
from bptt_symbolic.reporting.silence import silenced


class NoRevision(Exception):  # noqa: N818 - an answer, which the command gives to the person
    """A revision that git does not know, or no git at all."""


def unchanged(report: Report, revision: str) -> Report:
    """The report without what stands on lines that are as they were in that revision; raises NoRevision."""
    before = _before(report.source, revision)
    if before is None:
        return report
    changed = frozenset(_changed(before.text.splitlines(), report.source.text.splitlines()))
    said = Silence("since", f"unchanged since {revision}")

    def lines(span: Span) -> range:
        text = report.source.text
        first = text.count("\n", 0, span.start)
        return range(first, first + text.count("\n", span.start, span.end) + 1)

    return silenced(report, lambda finding: None if changed.intersection(lines(finding.span)) else said)[0]


def _before(source: Source, revision: str) -> Source | None:
    """The note in a revision; None where it was not there."""
    from bptt_symbolic.reading import readers  # noqa: PLC0415 - `--help` stays prompt

    path = Path(source.name)
    _git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        old = readers.source_of(_git(path, "show", f"{revision}:./{path.name}"), source.name, source.kind)
    except NoRevision:
        return None
    return None if isinstance(old, Fault) else old


def _git(note: Path, *arguments: str) -> str:
    call = ["git", "-C", str(note.parent), *arguments]
    try:
        done = subprocess.run(call, capture_output=True, check=True)  # noqa: S603 - no shell, and a fixed command
    except FileNotFoundError as error:
        raise NoRevision("--since needs git") from error
    except subprocess.CalledProcessError as error:
        raise NoRevision(f"git knows no revision {arguments[-1].removesuffix('^{commit}')} of {note}") from error
    return done.stdout.decode("utf-8", "replace")


def _changed(before: list[str], now: list[str]) -> Iterator[int]:
    """Numbers, from 0, of the lines that are not as they were."""
    for what, _, _, start, end in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if what != "equal":
            yield from range(start, end)
