"""Finding -> HTML: one `<article>` with verdict, formula, reading, counterexample, repair, and the proof folded away.

Notes are hostile: whatever comes from one goes through `escape`, formulas through `mathml`, and no text of a note ever
becomes an attribute.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape as escaped
from typing import Any

from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reporting.formats._mathml import mathml
from bptt_symbolic.reporting.formats._words import (
    MARKS,
    called,
    chain,
    compact,
    diagnosis,
    differs,
    edits,
    function_latex,
    inherits,
    instance,
    number,
    place,
    scope,
    silence,
    value_latex,
)
from bptt_symbolic.reporting.report import Change, Counterexample, Evidence, Finding, Repair

_LONGEST = 4000
"""Characters of the author's text to show of one relation."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an article has to know about the page that it stands on."""

    source: Source | None = None
    """The note; None where a finding is shown without it."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Id of a finding -> what a person calls it."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """Id of a finding -> the id of its article on the page."""
    follows: Mapping[str, str | None] = field(default_factory=dict)
    """Id of a finding -> the id of the one whose mistake it inherits."""
    level: int = 4
    """Level of the headings."""


def article(finding: Finding, page: Page) -> Iterator[str]:
    """All that is known about one relation."""
    words = [finding.verdict or "said", *(["wrong"] if is_wrong(finding) else [])]
    anchor = page.anchors.get(finding.id)
    identity = f' id="{anchor}"' if anchor else ""
    yield f'<article class="{" ".join(words)}"{identity}>'
    yield _heading(finding, page)
    yield f'<div class="formula">{_relation(finding)}</div>'
    yield from _definitions(_always(finding, page))
    yield from _folded(finding, page)
    yield "</article>"


def _relation(finding: Finding) -> str:
    """The relation as written, with the part that is wrong marked in it."""
    latex, part = finding.standard or finding.latex, finding.culprit_in_standard
    marked = None if part is None else mathml(latex, display=True, mark=part)
    return marked or formula(latex, display=True)


def is_wrong(finding: Finding) -> bool:
    """Whether it is refuted or ill-typed."""
    return finding.verdict in {"refuted", "ill-typed"}


def escape(text: str) -> str:
    """The text of a note as text of a page, without characters that could turn or hide what stands beside them."""
    return escaped("".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text))


def formula(latex: str, *, display: bool = False) -> str:
    """The formula as MathML, or as LaTeX where that cannot be."""
    return mathml(latex, display=display) or f'<code translate="no">{escape(latex)}</code>'


def link(identity: str, page: Page) -> str:
    """The name of another finding, which leads there."""
    name = escape(called(identity, page.known))
    anchor = page.anchors.get(identity)
    return f'<a href="#{anchor}">{name}</a>' if anchor else name


def _heading(finding: Finding, page: Page) -> str:
    mark = "" if finding.verdict is None else f'<span aria-hidden="true">{MARKS[finding.verdict]}</span> '
    parts = [f'<span class="verdict">{mark}{finding.verdict or finding.kind}</span>']
    if finding.number:
        parts.append(f'<span class="number">{escape(number(finding))}</span>')
    parts.append(f"<span>{'' if finding.cell else 'line '}{escape(place(finding))}</span>")
    if finding.follows is not None:
        parts.append("<span>inherited</span>")
    if finding.silence is not None:
        parts.append("<span>silenced</span>")
    if finding.verdict == "proved" and finding.scope is not None:
        parts.append(f"<span>for {escape(scope(finding.scope))}</span>")
    return f"<h{page.level}>{' '.join(parts)}</h{page.level}>"


def _definitions(said: Iterator[tuple[str, str]]) -> Iterator[str]:
    """A list of label and content; nothing if there is nothing to say."""
    rows = [f"<dt>{label}</dt><dd>{content}</dd>" for label, content in said]
    if rows:
        yield f"<dl>{''.join(rows)}</dl>"


def _always(finding: Finding, page: Page) -> Iterator[tuple[str, str]]:
    """What stands open, most wanted first."""
    settled = finding.verdict not in {None, "proved"}
    if finding.silence is not None:
        yield "silenced", escape(silence(finding))
    if settled and differs(finding):
        yield "read as", f'<div class="formula">{formula(finding.understood or "", display=True)}</div>'
    if finding.readings:
        yield "reading", escape("; ".join(finding.readings))
    if finding.hypotheses:
        yield "given", escape("; ".join(finding.hypotheses))
    if settled and finding.scope is not None:
        yield "scope", escape(scope(finding.scope))
    yield from _mistake(finding, page)
    if chain(finding):
        yield "chain", escape(chain(finding))
    yield from _repairs(finding, page)
    if finding.help is not None and settled:
        yield "help", escape(finding.help)


def _mistake(finding: Finding, page: Page) -> Iterator[tuple[str, str]]:
    """What is wrong, where, and numbers that show it."""
    if finding.diagnosis is not None:
        yield "diagnosis", f"<strong>{escape(diagnosis(finding.diagnosis))}</strong>"
        if finding.diagnosis.residual is not None:
            yield "off by", f'<div class="formula">{formula(finding.diagnosis.residual, display=True)}</div>'
    wrong = finding.wrong_part
    if wrong is not None and page.source is not None:
        yield "culprit", f'<pre translate="no">{_marked(page.source, finding.span, wrong)}</pre>'
    if finding.follows is not None:
        rest = inherits(finding, page.known).removeprefix(called(finding.follows, page.known))
        yield "follows", link(finding.follows, page) + escape(rest)
    if finding.message and finding.verdict != "proved":
        yield "why", escape(finding.message)
    if finding.counterexample is not None:
        yield "take", _counterexample(finding.counterexample)


def _repairs(finding: Finding, page: Page) -> Iterator[tuple[str, str]]:
    if finding.repair is not None:
        yield "repair", _repair(finding.repair, page)
    for repair in finding.alternatives:
        yield "or", _repair(repair, page)


def _folded(finding: Finding, page: Page) -> Iterator[str]:
    """The author's LaTeX, and for a proof how it was read and found."""
    if finding.verdict is None:
        return
    proved = finding.verdict == "proved"
    yield f"<details><summary>{'How it was read and proved' if proved else 'As written, and evidence'}</summary>"
    yield from _definitions(_background(finding, page))
    yield from () if finding.evidence is None else _evidence(finding.evidence)
    yield "</details>"


def _background(finding: Finding, page: Page) -> Iterator[tuple[str, str]]:
    if finding.verdict == "proved" and finding.understood is not None:
        yield "read as", f'<div class="formula">{formula(finding.understood, display=True)}</div>'
    text = escape(finding.latex) if page.source is None else _marked(page.source, finding.span, None)
    yield "as written", f'<pre translate="no">{text}</pre>'
    if finding.verdict == "proved" and finding.message:
        yield "result", escape(finding.message)
    if finding.code is not None:
        yield "more", f"<code>bptt-symbolic explain {escape(finding.code)}</code>"


def _marked(source: Source, span: Span, part: Span | None) -> str:
    """The author's text of a relation, with the part in question marked."""
    if part is None:
        return escape(source.slice(span)[:_LONGEST])
    whole = span.to(part)
    before, after = Span(whole.start, part.start), Span(part.end, whole.end)
    wrong = escape(source.slice(part)[:_LONGEST]) or "▲"
    return f"{escape(source.slice(before)[-_LONGEST:])}<mark>{wrong}</mark>{escape(source.slice(after)[:_LONGEST])}"


def _counterexample(example: Counterexample) -> str:
    """The instance, its values as small matrices, and the two sides."""
    values = "".join(f"<span>{_assigned(name, value)}</span>" for name, value in example.values.items())
    values += "".join(f"<span>{formula(function_latex(name, body))}</span>" for name, body in example.functions.items())
    where = f", in entry ({', '.join(map(str, example.entry))})" if example.entry else ""
    sides = (("left side", example.left), ("right side", example.right), ("difference", example.difference))
    rows = "".join(f'<tr><th scope="row">{side}</th><td>{_number(text)}</td></tr>' for side, text in sides)
    return (
        f'<p>{escape(instance(example))}</p><div class="values">{values}</div>'
        f"<p>Then the sides differ{where}:</p><table><tbody>{rows}</tbody></table>"
    )


def _assigned(name: str, value: Any) -> str:
    """`W = (1 1/2; 0 -1)` as a matrix, or as text where it is none."""
    latex = value_latex(value)
    found = None if latex is None else mathml(f"{name} = {latex}")
    return found or f'<code translate="no">{escape(name)} = {escape(compact(value))}</code>'


def _number(text: str) -> str:
    latex = value_latex(text)
    return (None if latex is None else mathml(latex)) or escape(text)


def _repair(repair: Repair, page: Page) -> str:
    changed = "" if page.source is None else "".join(_change(change, page.source) for change in repair.changes)
    return (
        f'<div class="formula">{formula(repair.standard or repair.latex, display=True)}</div>'
        f"<p>{escape(edits(repair))}</p>{f'<ul>{changed}</ul>' if changed else ''}"
    )


def _change(change: Change, source: Source) -> str:
    """The text that goes, and the text that comes."""
    old, found = source.slice(change.span), source.place(change.span.start)
    gone = f"<del>{escape(old)}</del> becomes " if old else "insert "
    come = f"<ins>{escape(change.text)}</ins>" if change.text else "nothing"
    return f'<li>{found.line}:{found.column} <code translate="no">{gone}{come}</code></li>'


def _evidence(evidence: Evidence) -> Sequence[str]:
    steps = "".join(f"<li>{escape(step)}</li>" for step in evidence.steps)
    return [f"<p>Found by {escape(evidence.method)}:</p><ol>{steps}</ol>"]
