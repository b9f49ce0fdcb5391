"""Reports -> SARIF 2.1.0, which code hosts and editors show beside the lines of a note.

One run over all notes. A rule is a code of the help pages; a repair that is proved is a fix; a fingerprint is made of
what stands in the relation, so that it stays the same when lines move. Columns count code points, as reports do. A
notebook's lines count inside its cells, so that its results have no region.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from bptt_symbolic.reading.source import Place, Source
from bptt_symbolic.reporting import help_pages
from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._problems import Problem, file_of, problems
from bptt_symbolic.reporting.formats._words import silence, squeezed
from bptt_symbolic.reporting.formats.text import render_networks
from bptt_symbolic.reporting.report import Finding, Repair, Report

__all__ = ["NAME", "SUFFIX", "render", "render_networks"]

NAME = "sarif"
SUFFIX = ".sarif"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Object = dict[str, Any]


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:
    """The log as JSON."""
    del look
    found = [(problem, report.source) for report in reports for problem in problems(report, silenced=True)]
    codes = sorted({problem.code for problem, _ in found})
    run = {
        "tool": {"driver": {"name": "bptt-symbolic", **_version(), "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file)}} for report in reports for file in _files(report)],
        "results": [_result(problem, source, codes) for problem, source in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _version() -> Object:
    with suppress(PackageNotFoundError):  # from a copy that is not installed
        return {"version": version("bptt-symbolic")}
    return {}


def _rule(code: str) -> Object:
    with suppress(KeyError):
        page = help_pages.page(code)
        return {
            "id": code,
            "shortDescription": {"text": page.summary},
            "help": {"text": page.text, "markdown": page.text},
        }
    return {"id": code}


def _result(problem: Problem, source: Source, codes: Sequence[str]) -> Object:
    place: Object = {"artifactLocation": {"uri": _uri(file_of(problem, source))}}
    if problem.start is not None and problem.end is not None and problem.start.cell is None:
        place["region"] = _region(problem.start, problem.end)
    found = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.level,
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    }
    return found | ({} if problem.finding is None else dict(_of_finding(problem.finding, source)))


def _of_finding(finding: Finding, source: Source) -> Iterator[tuple[str, Any]]:
    said = f"{squeezed(finding.latex)}\n{finding.verdict}"
    yield "partialFingerprints", {"formulaAndVerdict/v1": sha256(said.encode("utf-8", "replace")).hexdigest()}
    if finding.silence is not None:
        kind = "inSource" if finding.silence.by in {"ignore", "expect"} else "external"
        yield "suppressions", [{"kind": kind, "justification": silence(finding)}]
    if finding.repair is not None and finding.repair.changes and finding.cell is None:
        yield "fixes", [_fix(finding.repair, source)]


def _fix(repair: Repair, source: Source) -> Object:
    replacements = [
        {
            "deletedRegion": _region(source.place(change.span.start), source.place(change.span.end)),
            "insertedContent": {"text": change.text},
        }
        for change in repair.changes
    ]
    file = source.place(repair.changes[0].span.start).file or source.name
    changed = {"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}
    return {"description": {"text": "; ".join(repair.edits)}, "artifactChanges": [changed]}


def _region(start: Place, end: Place) -> Object:
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _files(report: Report) -> list[str]:
    """The note, and the files that it puts in."""
    return [report.source.name, *dict.fromkeys(p.file for p in report.source.pieces if p.file is not None)]


def _uri(file: str) -> str:
    return quote(file.replace("\\", "/").encode("utf-8", "replace"))
