"""Report -> corrected note: repairs put in the place of what was wrong, everything else byte for byte the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import pairwise

from bptt_symbolic.reading import readers
from bptt_symbolic.reporting.report import Change, Finding, Repair, Report


@dataclass(frozen=True, slots=True)
class Correction:
    """A note with its repairs."""

    before: str
    """The whole text of the file as it was read, once, before anything was settled."""
    text: str
    """The whole new text of the file."""
    applied: tuple[tuple[Finding, Repair], ...]
    left: tuple[tuple[Finding, str], ...]
    """What is wrong and was left as it is, and why."""
    diff: str
    """What changed, as a unified diff."""


def corrected(report: Report, raw: str, *, nearest: bool = False) -> Correction:
    """The note of a report with its repairs; `raw` is the text of its file.

    What somebody silenced stays as it is.
    A claim with several repairs that are about as small is left alone, unless the `nearest` is asked for.
    """
    applied: list[tuple[Finding, Repair]] = []
    left: list[tuple[Finding, str]] = []
    taken: list[Change] = []
    for finding in report.findings:
        if finding.silence is not None:  # wrong on purpose, perhaps
            continue
        if finding.repair is None:
            if finding.verdict in {"refuted", "ill-typed"} and finding.against_head != "proved":
                left.append((finding, "no repair was found"))
            continue
        if finding.alternatives and not nearest:
            left.append((finding, f"{len(finding.alternatives) + 1} repairs are as likely"))
            continue
        if finding.file is not None:
            left.append((finding, f"it stands in {finding.file}"))
            continue
        new = [c for c in finding.repair.changes if c not in taken]
        if not _apart([*taken, *new]):
            left.append((finding, "its repair touches another one"))
            continue
        taken.extend(new)
        applied.append((finding, finding.repair))
    changes = [(c.span, c.text) for c in sorted(taken, key=lambda c: c.span)]
    text = readers.rewritten(raw, report.source, changes)
    return Correction(raw, text, tuple(applied), tuple(left), "".join(_diff(raw, text, report.source.name)))


def _apart(changes: Sequence[Change]) -> bool:
    spans = sorted(c.span for c in changes)
    return all(a.end <= b.start and a != b for a, b in pairwise(spans))


def _diff(before: str, after: str, name: str) -> Iterator[str]:
    for line in unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name}, mended"
    ):
        yield line if line.endswith("\n") else f"{line}\n"
