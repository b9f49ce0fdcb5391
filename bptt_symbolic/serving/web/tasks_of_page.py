"""Text of a page -> what the page shows, as plain data: done by a worker."""

from typing import Any

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.formats._articles import escape
from bptt_symbolic.reporting.formats._words import counts, plural
from bptt_symbolic.reporting.formats.html import networks_of
from bptt_symbolic.reporting.report import Report
from bptt_symbolic.serving import tasks
from bptt_symbolic.serving.labour import Asker
from bptt_symbolic.serving.tasks import Checked, Refused
from bptt_symbolic.serving.web.typeset import typeset

Shown = dict[str, Any]


def check_page(tell: Asker, *, text: str, kind: str | None) -> Shown:
    """A note typeset with its verdicts: told once without repairs, and then with them."""

    def told(message: object) -> None:
        tell(_shown(message, kind) if isinstance(message, Checked) else None)

    return _shown(tasks.check_pasted(Asker(told, tell.known), text=text, kind=kind), kind)


def _shown(found: Checked | Refused, kind: str | None) -> Shown:
    if isinstance(found, Refused):
        return _refused(found.fault)
    report = found.report
    return {
        "note": typeset(report.source, report),
        "networks": networks_of(report.networks),
        "summary": _summary(report),
        "questions": [
            {"text": q.inquiry.text, "reason": q.reason, "waiting": len(q.waiting), "declare": q.inquiry.declaration}
            for q in report.questions
        ],
        "faults": [f"{fault.message}; {fault.help}" for fault in report.faults],
        "kind": kind or report.source.kind,
        "mended": found.mended,
    }


def _refused(fault: Fault) -> Shown:
    message = "; ".join(filter(None, (fault.message, fault.help)))
    return {"note": f"<p>{escape(message)}</p>", "summary": message, "mended": True}


def _summary(report: Report) -> str:
    said = [f"{count} {word}" for word, count in counts(report).items() if count]
    claims = sum(finding.kind == "claim" for finding in report.findings)
    return f"{plural(claims, 'claim')}: {', '.join(said) or 'nothing to settle'}"


def repaired(tell: Asker, *, text: str, kind: str | None, place: int, which: int) -> Shown:
    """The text of a note with one repair of one relation in it."""
    found = tasks.check_pasted(tell, text=text, kind=kind)
    if isinstance(found, Refused):
        return _refused(found.fault)
    findings = found.report.findings
    finding = findings[place] if 0 <= place < len(findings) else None
    offered = [] if finding is None else [r for r in (finding.repair, *finding.alternatives) if r and r.changes]
    if not 0 <= which < len(offered):
        return {"text": None}
    changes = sorted(((c.span, c.text) for c in offered[which].changes), key=lambda change: change[0])
    return {"text": readers.rewritten(text, found.report.source, changes)}


def program(tell: Asker, *, text: str, kind: str | None, place: int) -> Shown:
    """The program of the counterexample of one relation."""
    found = tasks.check_pasted(tell, text=text, kind=kind, repair=False)
    if isinstance(found, Refused) or not 0 <= place < len(found.report.findings):
        return {"program": None}
    answer = tasks.counterexample(tell, note=text, kind=kind, equation=found.report.findings[place].id)
    return {"program": answer if isinstance(answer, str) else answer.fault.message}


def derive_page(tell: Asker, *, network: str, by: str, style: str) -> Shown:
    """A derivation as a note, and typeset."""
    names = tuple(name for name in by.replace(",", " ").split() if name)
    found = tasks.derive(tell, network=network, by=names, style=style, output="markdown")
    if isinstance(found, Refused):
        return {**_refused(found.fault), "text": None}
    source = readers.source_of(found.text, tasks.PASTED, "markdown")
    shown = _refused(source)["note"] if isinstance(source, Fault) else typeset(source)
    summary = f"{plural(found.relations, 'relation')} read back and proved"
    return {"text": found.text, "note": shown, "summary": summary, "left_out": list(found.left_out)}
