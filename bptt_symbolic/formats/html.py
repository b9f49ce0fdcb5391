"""Reports -> HTML: one page that needs nothing else, no network and no script.

Every equation is an `<article>` with its verdict; reading, counterexample and evidence stand in `<details>`. Radio
buttons and a style sheet filter by verdict. Light and dark follow the reader's system.
Notes are hostile: whatever comes from one goes through `escape`, formulas through `mathml`.
"""

from collections.abc import Iterator, Sequence
from html import escape as escaped
from itertools import groupby

from bptt_symbolic.formats._mathml import mathml
from bptt_symbolic.formats._words import (
    VERDICTS,
    counts,
    differs,
    groups,
    number,
    numbers,
    place,
    plural,
    rows,
    shape,
)
from bptt_symbolic.report import Counterexample, Evidence, Finding, NetworkView, Report
from bptt_symbolic.source import Fault, Source

NAME = "html"

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fdfdfb; --faint: #66666b; --line: #d9d9de; --box: #f3f3f0;
  --proved: #1a6b2f; --refuted: #b00020; --ill-typed: #8a1c8a; --undecided: #7a5200; --unread: #00607a; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececef; --paper: #17181a; --faint: #a2a2aa; --line: #3a3b40;
  --box: #212226;
  --proved: #74d08a; --refuted: #ff8a94; --ill-typed: #e49be4; --undecided: #e5b95c; --unread: #72cbe6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.3rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1.05rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; white-space: pre-wrap; }
article { border-left: .3rem solid var(--line); margin: .6rem 0; padding: .3rem .8rem; }
article > header { display: flex; flex-wrap: wrap; gap: .3rem .9rem; color: var(--faint); font-size: .9rem; }
.formula { overflow-x: auto; padding: .25rem 0; } math { font-size: 1.1em; }
.verdict { font-weight: 600; } .quiet { color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .4rem 0; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .1rem .9rem .1rem 0; vertical-align: top; }
pre { background: var(--box); padding: .5rem .8rem; } summary { cursor: pointer; }
fieldset { border: 1px solid var(--line); margin: 1rem 0; } fieldset label { margin-right: 1.2rem; }
@media print { fieldset { display: none; } body { max-width: none; } article { break-inside: avoid; } }
"""
_OPEN = "".join(
    f".{word} {{ border-color: var(--{word}); }} .{word} .verdict {{ color: var(--{word}); }}\n"
    f"body:has(#only-{word}:checked) article:not(.{word}) {{ display: none; }}\n"
    for word in VERDICTS
)


def render(reports: Sequence[Report], *, colour: bool = False, width: int = 100) -> str:  # noqa: ARG001 - every format
    """One page over all reports."""
    title = "Report: " + ", ".join(report.source.name for report in reports)
    body = [f"<h1>{escape(title)}</h1>", *_filter(reports)]
    for i, report in enumerate(reports, start=1):
        body += _note(report, i)
    return _document(title, body)


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone, as a page."""
    return _document("Network", ["<h1>Network</h1>", *(line for view in views for line in _network(view))])


def _document(title: str, body: Sequence[str]) -> str:
    head = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}{_OPEN}</style>",
        "</head>",
        "<body>",
        "<main>",
    ]
    return "\n".join([*head, *body, "</main>", "</body>", "</html>"]) + "\n"


def _filter(reports: Sequence[Report]) -> Iterator[str]:
    yield "<fieldset>"
    yield "<legend>Show</legend>"
    yield '<label><input type="radio" name="only" id="only-all" checked> everything</label>'
    for word in VERDICTS:
        count = sum(counts(report)[word] for report in reports)
        yield f'<label><input type="radio" name="only" id="only-{word}"> {word} ({count})</label>'
    yield "</fieldset>"


def _note(report: Report, index: int) -> Iterator[str]:
    yield f'<section aria-labelledby="note-{index}">'
    yield f'<h2 id="note-{index}">{escape(report.source.name)}</h2>'
    yield f"<p>{plural(report.equations, 'displayed equation')}, {plural(len(report.findings), 'relation')}.</p>"
    for view in report.networks:
        yield from _network(view)
    if report.faults:
        yield "<h3>Faults of the note</h3>"
        for fault in report.faults:
            yield from _fault(fault, report.source)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        yield f"<h3>{escape(section) or 'Before the first heading'}</h3>"
        for finding in findings:
            yield from _finding(finding)
    yield "</section>"


def _network(view: NetworkView) -> Iterator[str]:
    yield "<details>"
    where = f" in {', '.join(view.sections)}" if view.sections else ""
    yield f"<summary>The network as it was understood{escape(where)}; layout {escape(view.layout)}</summary>"
    yield '<table><thead><tr><th scope="col">quantity</th><th scope="col">role</th>'
    yield '<th scope="col">shape</th><th scope="col">where from</th></tr></thead><tbody>'
    for title, members in groups(view):
        for quantity in members:
            yield f"<tr><td>{_formula(quantity.latex or quantity.name)}</td><td>{escape(title)}</td>"
            yield f"<td>{escape(shape(quantity)) or 'scalar'}</td><td>{escape(quantity.source)}</td></tr>"
    yield "</tbody></table>"
    yield from (f'<div class="formula">{_formula(equation)}</div>' for equation in view.equations)
    yield from (f"<p>{escape(note)}</p>" for note in view.notes)
    yield "</details>"


def _finding(finding: Finding) -> Iterator[str]:
    yield f'<article class="{finding.verdict or "quiet"}">'
    mark = f"<strong>{escape(number(finding))}</strong>" if finding.number else ""
    yield (
        f'<header><span class="verdict">{finding.verdict or finding.kind}</span>{mark}'
        f"<span>line {escape(place(finding))}</span></header>"
    )
    yield f'<div class="formula">{_formula(finding.latex)}</div>'
    if finding.message and finding.verdict != "proved":
        yield f"<p>{escape(finding.message)}</p>"
    yield from _details(finding)
    yield "</article>"


def _details(finding: Finding) -> Iterator[str]:
    said = [(label, sentence) for label, sentence in rows(finding) if label not in {"read as", "repair"}]
    if finding.verdict is None and not said and not differs(finding):
        return
    yield f"<details{' open' if finding.verdict in {'refuted', 'ill-typed'} else ''}><summary>Details</summary><dl>"
    yield f"<dt>as written</dt><dd><code>{escape(finding.latex)}</code></dd>"
    if finding.understood is not None:
        yield f"<dt>read as</dt><dd>{_formula(finding.understood)}</dd>"
    for label, sentence in said:
        yield f"<dt>{escape(label)}</dt><dd>{escape(sentence)}</dd>"
    if finding.repair is not None:
        edits = escape("; ".join(finding.repair.edits))
        yield f"<dt>repair</dt><dd>{_formula(finding.repair.latex)} <span>{edits}</span></dd>"
    yield "</dl>"
    if finding.counterexample is not None:
        yield from _values(finding.counterexample)
    if finding.evidence is not None:
        yield from _evidence(finding.evidence)
    yield "</details>"


def _values(example: Counterexample) -> Iterator[str]:
    yield "<table><caption>Set to</caption><tbody>"
    for name, value in numbers(example):
        yield f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(value)}</code></td></tr>'
    yield "</tbody></table>"


def _evidence(evidence: Evidence) -> Iterator[str]:
    yield f"<p>Evidence, by {escape(evidence.method)}:</p><ol>"
    yield from (f"<li>{escape(step)}</li>" for step in evidence.steps)
    yield "</ol>"


def _fault(fault: Fault, source: Source) -> Iterator[str]:
    found = None if fault.span is None else source.place(fault.span.start)
    where = "" if found is None else f", line {found.line}:{found.column}"
    yield f"<p><strong>{fault.severity}</strong> <code>{escape(fault.code)}</code>{where}: {escape(fault.message)}</p>"
    if fault.span is not None:
        yield f"<pre>{escape(source.slice(fault.span)[:400])}</pre>"
    yield f"<p>{escape(fault.help)}</p>"


def escape(text: str) -> str:
    """The text of a note as text of a page, without characters that could turn or hide what stands beside them."""
    return escaped("".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text))


def _formula(latex: str) -> str:
    return mathml(latex) or f"<code>{escape(latex)}</code>"
