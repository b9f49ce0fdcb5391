"""Reports <-> a baseline: the findings that were there when somebody began to check, by what stands in them.

A file in JSON: the path of each note, as seen from the file's own folder, and under it how often each relation had each
verdict. Lines are not in it, so that a baseline stays true when they move; a relation that is changed, or gets another
verdict, is not what was there before.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bptt_symbolic.reporting.formats._words import squeezed
from bptt_symbolic.reporting.report import Finding, Report, Silence
from bptt_symbolic.reporting.silence import silenced

_VERSION = 1
_KEYS = ("verdict", "code", "latex")
Key = tuple[str, ...]


class BadBaseline(Exception):  # noqa: N818 - an answer, which the command gives to the person
    """A file that is no baseline."""


@dataclass(slots=True)
class Baseline:
    """What was there, of every note what is left of it."""

    file: Path
    left: dict[str, Counter[Key]] = field(default_factory=dict)

    def applied(self, report: Report) -> Report:
        """The report with what was there silenced."""
        left = self.left.get(_called(report, self.file), Counter())

        def ask(finding: Finding) -> Silence | None:
            if not left[_key(finding)]:
                return None
            left[_key(finding)] -= 1
            return Silence("baseline", "in the baseline")

        return silenced(report, ask)[0]

    @property
    def gone(self) -> int:
        """How many findings are there no more."""
        return sum(count.total() for count in self.left.values())


def read(file: Path) -> Baseline:
    """The baseline in a file; raises BadBaseline."""
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        notes: Mapping[str, Any] = data["notes"]
        if data["version"] != _VERSION:
            raise BadBaseline(f"{file} is a baseline of another version")
        left = {
            name: Counter({tuple(str(row[key]) for key in _KEYS): int(row["count"]) for row in rows})
            for name, rows in notes.items()
        }
    except OSError as error:
        raise BadBaseline(f"cannot read {file}: {error.strerror}; --write-baseline {file} makes one") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadBaseline(f"{file} is no baseline; --write-baseline makes one") from error
    return Baseline(file, left)


def text(reports: Iterable[Report], file: Path) -> str:
    """The baseline of these reports, to be written to a file."""
    notes = {}
    for report in reports:
        found = Counter(_key(f) for f in report.findings if f.silence is None and f.verdict not in {None, "proved"})
        rows = [dict(zip(_KEYS, key, strict=True)) | {"count": count} for key, count in sorted(found.items())]
        if rows:
            notes[_called(report, file)] = rows
    return json.dumps({"version": _VERSION, "notes": notes}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _called(report: Report, file: Path) -> str:
    return Path(os.path.relpath(report.source.name, file.parent)).as_posix()


def _key(finding: Finding) -> Key:
    return str(finding.verdict), finding.code or "", squeezed(finding.latex)
