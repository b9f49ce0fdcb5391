"""Reports -> HTML: one page that needs nothing else, no network and no script.

Every relation is an `<article>`; proofs are folded away in `<details>`. The filter is a row of radio buttons: the style
sheet hides what is not chosen (`:has(input:checked)`), so that it works without script, by keyboard, and not in print.
A Content-Security-Policy allows the page its own style sheet, by its hash, and nothing else whatever.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby

from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._articles import Page, article, escape, formula, is_wrong, link
from bptt_symbolic.reporting.formats._style import PAGE, SHEET
from bptt_symbolic.reporting.formats._svg import svg
from bptt_symbolic.reporting.formats._words import MARKS, VERDICTS, groups, names, plural, root_mistakes, shape, tally
from bptt_symbolic.reporting.report import Finding, NetworkView, Report

NAME = "html"
SUFFIX = ".html"

_FOOTER = """<footer><p><strong>proved</strong>: both sides are the same expression, found by exact algebra and
confirmed by a second computation; <strong>refuted</strong>: there are numbers at which they differ;
<strong>ill-typed</strong>: a shape, an index or a symbol does not exist as written; <strong>undecided</strong>,
<strong>unread</strong>: a hint in neither direction. A verdict is about its scope, its reading, and what is given.</p>
</footer>"""


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:  # noqa: ARG001 - every format
    """One page over all reports."""
    title = "Report: " + ", ".join(report.source.name for report in reports)
    skip = '<a class="skip" href="#note-main">Skip to the equations</a>'
    return _document(title, [skip, *_reports(reports, "note")])


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone, as a page."""
    return _document("Network", ["<main>", "<h1>Network</h1>", *_networks(views, "network", is_open=True), "</main>"])


def fragment(reports: Sequence[Report]) -> str:
    """The reports for a place in somebody else's page, such as the output of a notebook, with their style sheet."""
    identity = sha256("\n".join(report.source.text for report in reports).encode("utf-8", "replace")).hexdigest()
    return _placed(_reports(reports, f"n{identity[:8]}"))


def fragment_of_finding(finding: Finding) -> str:
    """One finding for a place in somebody else's page."""
    return _placed(article(finding, Page()))


def fragment_of_network(view: NetworkView) -> str:
    """One network for a place in somebody else's page."""
    return _placed(_networks([view], "n", is_open=True))


def networks_of(views: Sequence[NetworkView]) -> str:
    """The networks folded away, for a page that has the style sheet already."""
    return "\n".join(_networks(views, "network"))


def _placed(body: Iterator[str]) -> str:
    return "\n".join([f"<style>{SHEET}</style>", '<div class="bptt">', *body, "</div>"]) + "\n"


def _document(title: str, body: Sequence[str]) -> str:
    allowed = b64encode(sha256(PAGE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    head = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>{PAGE}</style>",
        "</head>",
        "<body>",
        '<div class="bptt page">',
    ]
    return "\n".join([*head, *body, "</div>", "</body>", "</html>"]) + "\n"


def _reports(reports: Sequence[Report], prefix: str) -> Iterator[str]:
    yield "<header>"
    title = reports[0].source.name if len(reports) == 1 else plural(len(reports), "note")
    yield f"<h1>Report: {escape(title)}</h1>"
    counted = ", ".join(text for _, text in tally(reports)) or "nothing to settle"
    claims = sum(finding.kind == "claim" for report in reports for finding in report.findings)
    yield f"<p>{plural(claims, 'claim')}: {counted}.</p>"
    yield "</header>"
    yield from _filter(reports, prefix)
    yield f'<main id="{prefix}-main">'
    for i, report in enumerate(reports, start=1):
        yield from _note(report, f"{prefix}-{i}", alone=len(reports) == 1)
    yield "</main>"
    yield _FOOTER


def _filter(reports: Sequence[Report], prefix: str) -> Iterator[str]:
    """The radio buttons; their name is one for this output, since a notebook may hold several."""
    found = [finding for report in reports for finding in report.findings]
    yield "<fieldset><legend>Show</legend>"
    yield _choice(prefix, "all", "everything", len(found), checked=True)
    yield _choice(prefix, "wrong", "mistakes", sum(map(is_wrong, found)))
    for word in VERDICTS:
        yield _choice(prefix, word, f"{MARKS[word]} {word}", sum(finding.verdict == word for finding in found))
    yield "</fieldset>"


def _choice(prefix: str, value: str, text: str, count: int, *, checked: bool = False) -> str:
    state = " checked" if checked else "" if count else " disabled"
    return (
        f'<label class="choice"><input type="radio" name="{prefix}-only" value="{value}"{state}>'
        f'<span class="{value}">{text} ({count})</span></label>'
    )


def _note(report: Report, prefix: str, *, alone: bool) -> Iterator[str]:
    anchors = {finding.id: f"{prefix}-{i}" for i, finding in enumerate(report.findings, start=1)}
    follows = {finding.id: finding.follows for finding in report.findings}
    page = Page(report.source, names(report.findings), anchors, follows)
    yield f'<section aria-labelledby="{prefix}">'
    yield f'<h2 id="{prefix}">{"Overview" if alone else escape(report.source.name)}</h2>'
    yield f"<p>{plural(report.equations, 'displayed equation')}, {plural(len(report.findings), 'relation')}.</p>"
    yield from _overview(report, page)
    yield from _questions(report)
    yield from _networks(report.networks, prefix)
    if report.faults:
        yield f"<h3>{plural(len(report.faults), 'fault')} of the note</h3>"
        for fault in report.faults:
            yield from _fault(fault, report.source)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        yield f'<section class="part"><h3>{escape(section) or "Before the first heading"}</h3>'
        for finding in findings:
            yield from article(finding, page)
        yield "</section>"
    yield "</section>"


def _questions(report: Report) -> Iterator[str]:
    """What the author could say, the question that most claims wait for first."""
    if not report.questions:
        return
    yield f"<h3>{plural(len(report.questions), 'question')} to the author</h3><ol>"
    for question in report.questions:
        line = None if question.span is None else report.source.place(question.span.start).line
        where = "" if line is None else f", line {line}"
        waiting = plural(len(question.waiting), "claim")
        yield f"<li>{escape(question.inquiry.text)} <small>({waiting} open{where})</small>"
        if question.inquiry.declaration is not None:
            yield f"<pre>{escape(question.inquiry.declaration)}</pre>"
        yield "</li>"
    yield "</ol>"


def _overview(report: Report, page: Page) -> Iterator[str]:
    """Links to the mistakes, with those that follow from one behind it."""
    roots = root_mistakes(report.findings)
    if not roots:
        return
    heirs: dict[str, list[str]] = {}
    for finding in report.findings:
        heirs.setdefault(_origin(finding, page), []).append(link(finding.id, page))
    yield f'<nav aria-label="Mistakes"><p>{plural(len(roots), "mistake")} to mend:</p><ul>'
    for root in roots:
        kind = "" if root.diagnosis is None else f", {escape(root.diagnosis.kind)}"
        follows = f"; inherited by {', '.join(heirs[root.id])}" if root.id in heirs else ""
        yield f"<li>{link(root.id, page)} {root.verdict}{kind}{follows}</li>"
    yield "</ul></nav>"


def _origin(finding: Finding, page: Page) -> str:
    """The id of the first mistake that a finding inherits, by any number of steps; empty if it inherits none."""
    seen: list[str] = []
    at = finding.follows
    while at is not None and at not in seen:
        seen.append(at)
        at = page.follows.get(at)
    return seen[-1] if seen else ""


def _networks(views: Sequence[NetworkView], prefix: str, *, is_open: bool = False) -> Iterator[str]:
    for i, view in enumerate(views, start=1):
        where = f" in {', '.join(view.sections)}" if view.sections else ""
        yield f"<details{' open' if is_open else ''}>"
        yield f"<summary>The network as it was understood{escape(where)}; layout {escape(view.layout)}</summary>"
        yield from _network(view)
        if view.picture is not None:
            yield f'<div class="picture">{svg(view.picture, sheet=False, prefix=f"{prefix}-picture-{i}-")}</div>'
        yield "</details>"


def _network(view: NetworkView) -> Iterator[str]:
    yield from (f'<div class="formula">{formula(equation, display=True)}</div>' for equation in view.equations)
    header = "".join(f'<th scope="col">{title}</th>' for title in ("quantity", "role", "shape", "where from"))
    yield f"<table><thead><tr>{header}</tr></thead><tbody>"
    for _, members in groups(view):
        for quantity in members:
            yield f'<tr><th scope="row">{formula(quantity.latex or quantity.name)}</th><td>{escape(quantity.role)}</td>'
            yield f"<td>{escape(shape(quantity)) or 'scalar'}</td><td>{escape(quantity.source)}</td></tr>"
    yield "</tbody></table>"
    yield from (f"<p>{escape(note)}</p>" for note in view.notes)


def _fault(fault: Fault, source: Source) -> Iterator[str]:
    found = None if fault.span is None else source.place(fault.span.start)
    where = "" if found is None else f", line {found.line}:{found.column}"
    yield f"<p><strong>{fault.severity}</strong> <code>{escape(fault.code)}</code>{where}: {escape(fault.message)}</p>"
    if fault.span is not None:
        yield f'<pre translate="no">{escape(source.slice(fault.span)[:400])}</pre>'
    yield f"<p>{escape(fault.help)}</p>"


__all__ = [
    "NAME",
    "fragment",
    "fragment_of_finding",
    "fragment_of_network",
    "networks_of",
    "render",
    "render_networks",
    "svg",
]
