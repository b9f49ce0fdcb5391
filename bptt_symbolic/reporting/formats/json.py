"""Reports -> JSON: the contract of `docs/json.md`.

One object for one note, a list for several. Keys may be added, never renamed. The text is plain ASCII, so that nothing
in a note can reach a terminal or trip over an encoding.
"""

import json
from collections.abc import Sequence
from typing import Any

from bptt_symbolic.reading.source import Fault, Place, Source, Span
from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._words import at_sizes, counts, root_mistakes
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.reporting.report import (
    Change,
    Counterexample,
    Decided,
    Diagnosis,
    Finding,
    NetworkView,
    OpenQuestion,
    Quantity,
    Repair,
    Report,
    Scope,
)

NAME = "json"
SUFFIX = ".json"
VERSION = 4
"""Of the contract: one more whenever keys are added. The first one had no key for it."""

Object = dict[str, Any]


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:  # noqa: ARG001 - every format
    """The reports as JSON text."""
    objects = [to_object(report) for report in reports]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2) + "\n"


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone, always a list."""
    return json.dumps([_network(view) for view in views], indent=2) + "\n"


def render_decisions(decisions: Sequence[Decided], source: Source) -> str:
    """What was decided about a note's signs, always a list."""
    return json.dumps([_decided(one, source) for one in decisions], indent=2) + "\n"


def to_object(report: Report) -> Object:
    """The report of one note."""
    return {
        "version": VERSION,
        "note": report.source.name,
        "kind": report.source.kind,
        "network": _network(report.networks[-1] if report.networks else NetworkView((), (), "")),
        "networks": [_network(view) for view in report.networks],
        "summary": _summary(report),
        "questions": [_open(question, report.source) for question in report.questions],
        "findings": [_finding(finding, report.source) for finding in report.findings],
        "faults": [_fault(fault, report.source) for fault in report.faults],
        "decisions": [_decided(one, report.source) for one in report.decisions],
    }


def _network(view: NetworkView) -> Object:
    def shapes(role: str) -> dict[str, list[str]]:
        return {quantity.name: list(quantity.shape) for quantity in view.quantities if quantity.role == role}

    return {
        "parameters": shapes("parameter"),
        "inputs": shapes("input"),
        "targets": shapes("target"),
        "states": list(shapes("state")),
        "outputs": list(shapes("output")),
        "losses": list(shapes("loss")),
        "initial": list(shapes("initial")),
        "layout": view.layout,
        "quantities": [_quantity(quantity) for quantity in view.quantities],
        "equations": list(view.equations),
        "sections": list(view.sections),
        "notes": list(view.notes),
    }


def _quantity(quantity: Quantity) -> Object:
    return {
        "name": quantity.name,
        "latex": quantity.latex,
        "role": quantity.role,
        "shape": list(quantity.shape),
        "source": quantity.source,
    }


def _summary(report: Report) -> Object:
    kinds = [finding.kind for finding in report.findings]
    return {
        "equations": report.equations,
        "relations": len(report.findings),
        "definitions": kinds.count("definition"),
        "declarations": kinds.count("declaration"),
        "others": kinds.count("other"),
        "claims": kinds.count("claim"),
        "root_mistakes": len(root_mistakes(report.findings)),
        "proved_at_sizes": at_sizes(report.findings),
        "silenced": sum(finding.silence is not None for finding in report.findings),
    } | {word.replace("-", "_"): count for word, count in counts(report).items()}


def _finding(finding: Finding, source: Source) -> Object:
    found: Object = {
        "id": finding.id,
        "line": finding.line,
        "column": finding.column,
        "number": finding.number,
        "label": finding.label,
        "section": finding.section,
        "row": finding.row,
        "part": finding.part,
        "inline": finding.inline,
        "latex": finding.latex,
        "standard": finding.standard,
        "understood": finding.understood,
        "kind": finding.kind,
        "verdict": finding.verdict,
        "against_head": finding.against_head,
    }
    if finding.cell is not None:
        found["cell"] = finding.cell
    if finding.file is not None:
        found["file"] = finding.file
    return found | _settled(finding, source)


def _settled(finding: Finding, source: Source) -> Object:
    evidence, said = finding.evidence, finding.silence
    return {
        "scope": None if finding.scope is None else _scope(finding.scope),
        "readings": list(finding.readings),
        "hypotheses": list(finding.hypotheses),
        "domain": list(finding.domain),
        "message": finding.message,
        "help": finding.help,
        "code": finding.code,
        "culprit": None if finding.culprit is None else source.slice(finding.culprit),
        "counterexample": None if finding.counterexample is None else _counterexample(finding.counterexample),
        "diagnosis": None if finding.diagnosis is None else _diagnosis(finding.diagnosis, source),
        "follows": finding.follows,
        "repair": None if finding.repair is None else _repair(finding.repair, source),
        "alternatives": [_repair(repair, source) for repair in finding.alternatives],
        "evidence": None if evidence is None else {"method": evidence.method, "steps": list(evidence.steps)},
        "assumptions": [_fact(fact, source) for fact in finding.assumptions],
        "question": None if finding.question is None else _question(finding.question),
        "silenced": None if said is None else {"by": said.by, "reason": said.reason},
    }


def _fact(fact: Fact, source: Source) -> Object:
    return {"what": fact.what, "grade": fact.grade} | _place(fact.span, source)


def _decided(one: Decided, source: Source) -> Object:
    return {
        "about": one.about,
        "answer": one.answer,
        "second": one.second,
        "margin": round(one.margin, 2),
        "reasons": [
            {"convention": r.convention, "says": r.says, "weight": r.weight, "place": _place(r.span, source)}
            for r in one.reasons
        ],
    }


def _open(question: OpenQuestion, source: Source) -> Object:
    return (
        _question(question.inquiry)
        | {"reason": question.reason, "waiting": list(question.waiting)}
        | _place(question.span, source)
    )


def _question(question: Inquiry) -> Object:
    return {"text": question.text, "declare": question.declaration}


def _scope(scope: Scope) -> Object:
    tried = [{"steps": steps, "sizes": dict(sizes)} for steps, sizes in scope.tried]
    return {"steps": scope.steps, "sizes": scope.sizes if scope.sizes == "all" else dict(scope.sizes), "tried": tried}


def _counterexample(example: Counterexample) -> Object:
    return {
        "steps": example.steps,
        "sizes": dict(example.sizes),
        "times": dict(example.times),
        "values": dict(example.values),
        "functions": dict(example.functions),
        "entry": list(example.entry),
        "left": example.left,
        "right": example.right,
        "difference": example.difference,
    }


def _diagnosis(found: Diagnosis, source: Source) -> Object:
    return {
        "kind": found.kind,
        "message": found.message,
        "culprit": None if found.culprit is None else source.slice(found.culprit),
        "residual": found.residual,
    }


def _repair(repair: Repair, source: Source) -> Object:
    return {
        "latex": repair.latex,
        "standard": repair.standard,
        "edits": list(repair.edits),
        "scope": None if repair.scope is None else _scope(repair.scope),
        "changes": [_change(change, source) for change in repair.changes],
    }


def _change(change: Change, source: Source) -> Object:
    start, end = source.place(change.span.start), source.place(change.span.end)
    found: Object = {
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "old": source.slice(change.span),
        "new": change.text,
    }
    return found | _within(start)


def _fault(fault: Fault, source: Source) -> Object:
    said = {"message": fault.message, "help": fault.help}
    return {"code": fault.code, "severity": fault.severity} | _place(fault.span, source) | said


def _place(span: Span | None, source: Source) -> Object:
    """Where something begins; the cell only in a notebook."""
    if span is None:
        return {"line": None, "column": None}
    place = source.place(span.start)
    return {"line": place.line, "column": place.column} | _within(place)


def _within(place: Place) -> Object:
    """The cell of a notebook, or the file that a note puts in."""
    cell: Object = {} if place.cell is None else {"cell": place.cell}
    return cell if place.file is None else cell | {"file": place.file}
