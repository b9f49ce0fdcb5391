"""Reports -> text: the report that a person reads in a terminal.

Quiet about what is right, clear about what is not. First what is wrong, mistakes of their own before those that follow
from them; then what is open, the question that most claims wait for first; then what is proved, a line each, and below
it what the proofs rest on. Every line begins with its place, `file:line:column:`, which terminals open. `verbose` adds
definitions, and everything that there is to say about each relation. Formulas are Unicode, and break at operators.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from textwrap import wrap

from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._terminal import HARD, Pen, clean, columns, excerpt, padded
from bptt_symbolic.reporting.formats._unicode import formula, sentence, wrapped
from bptt_symbolic.reporting.formats._words import (
    MARKS,
    address,
    at_sizes,
    called,
    chain,
    counts,
    given,
    groups,
    loud,
    names,
    number,
    numbers,
    place,
    plural,
    root_mistakes,
    rows,
    scope,
    shape,
    short_numbers,
    silence,
    squeezed,
    tally,
)
from bptt_symbolic.reporting.report import Decided, Finding, NetworkView, OpenQuestion, Quantity, Report

NAME = "text"
SUFFIX = ".txt"

_INDENT = 4
_LABEL = 11
_LATEX = frozenset({"read as", "off by", "culprit", "repair", "or"})
"""Rows that are formulas."""
_BRIEF = frozenset({"given", "diagnosis", "culprit", "why", "take", "then", "chain", "repair"})
"""Rows that are always shown under what is wrong or open; `verbose` shows all."""
_AGAIN = re.compile(r"(?:^|; )at T = [^;]*$")
"""What the rows `take` and `then` say again."""
_ASKED = frozenset({"why", "culprit"})
"""What a question says for every claim that waits for its answer."""
_OPEN = frozenset({"undecided", "unread"})


@dataclass(frozen=True, slots=True)
class _Page:
    """Where text goes: the pen, the width, whether everything is said, the note, what its relations are called, and
    the widths of the two columns before a formula.
    """

    pen: Pen
    width: int
    verbose: bool
    source: Source | None
    known: Mapping[str, str]
    place: int
    number: int


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:
    """All reports, one below the other, and a last line over all of them if there are several."""
    pen = Pen(look.colour)
    parts = ["\n".join(_report(report, _page(report.findings, report.source, look))) for report in reports]
    if len(reports) > 1:
        parts.append(_total(reports, pen))
    return "\n\n".join(parts) + "\n"


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone: quantities with their shapes and where those come from, then the equations."""
    return "\n\n".join("\n".join(clean(line) for line in _network_in_full(view)) for view in views) + "\n"


def render_decisions(decisions: Sequence[Decided], source: Source) -> str:
    """What was decided about a note's signs: the answer, its reasons with their places, and the second choice."""
    lines: list[str] = []
    for one in decisions:
        other = f"; else {one.second}, {one.margin:.1f} behind" if one.second is not None else ""
        lines.append(clean(f"{one.about}: {one.answer}{other}"))
        for reason in one.reasons:
            spot = None if reason.span is None else source.place(reason.span.start)
            where = "" if spot is None else f"  line {spot.line}, column {spot.column}"
            lines.append(clean(f"    {reason.weight:+5.1f}  {reason.says} ({reason.convention}){where}"))
    return "\n".join(lines) + "\n"


def render_finding(finding: Finding) -> str:
    """One finding, for people who look at it alone."""
    return "\n".join(_in_full(finding, _page([finding], None, Look(verbose=True))))


def render_fault(source: Source, fault: Fault, look: Look = PLAIN) -> str:
    """One fault, for messages outside a report."""
    return "\n".join(excerpt(source, fault, Pen(look.colour), look.width)) + "\n"


def _page(findings: Sequence[Finding], source: Source | None, look: Look) -> _Page:
    def widest(texts: Iterable[str]) -> int:
        return max(map(columns, texts), default=0)

    spot = widest(clean(address(finding, source)) for finding in findings)
    mark = min(widest(clean(number(finding)) for finding in findings), 12)
    return _Page(Pen(look.colour), max(look.width, 60), look.verbose, source, names(findings), spot, mark)


def _report(report: Report, page: _Page) -> Iterator[str]:
    yield page.pen("bold", clean(report.source.name)) + page.pen(
        "dim", f"  {plural(report.equations, 'displayed equation')}"
    )
    for view in report.networks:
        yield from _network(view, page)
    heard = loud(report.findings)
    roots = root_mistakes(heard)
    heirs = [f for f in heard if f.verdict in {"refuted", "ill-typed"} and f not in roots]
    proved = [f for f in report.findings if f.verdict == "proved"]
    yield from _headed("Wrong", (line for finding in roots for line in _in_full(finding, page)), page)
    yield from _headed("Wrong because of these", (line for finding in heirs for line in _in_full(finding, page)), page)
    yield from _headed("Open", _open(report, page), page)
    yield from _headed("Proved", _proved(proved, page), page)
    quiet = [f for f in report.findings if f.silence is not None]
    yield from _headed("Silenced", (line for finding in quiet for line in _silenced(finding, page)), page)
    if page.verbose:
        rest = [f for f in report.findings if f.verdict is None]
        yield from _headed("Read", (line for finding in rest for line in _line(finding, page)), page)
    if report.faults:
        yield ""
        yield from _faults(report, page)
    yield ""
    yield from _summary(report, page)


def _faults(report: Report, page: _Page) -> Iterator[str]:
    """Each with its line of the note; of a code that has come before, to somebody who did not ask for everything, no
    more than a line.
    """
    told: set[str] = set()
    for fault in report.faults:
        lines = excerpt(report.source, replace(fault, message=sentence(fault.message)), page.pen, page.width)
        yield from lines if page.verbose or fault.code not in told else lines[:1]
        told.add(fault.code)


def _headed(title: str, lines: Iterable[str], page: _Page) -> Iterator[str]:
    """Lines under their title; nothing where there are none."""
    found = list(lines)
    if found:
        yield from ("", page.pen("bold", title), *found)


def _network(view: NetworkView, page: _Page) -> Iterator[str]:
    """What was understood: the equations, then the quantities."""
    first, more = view.sections[:1], len(view.sections) - 1
    others = f" and {plural(more, 'more section')}" if more > 0 else ""
    where = f" of {first[0]}{others}" if first else ""
    shapes = [f"{title} " + ", ".join(map(_quantity, members)) for title, members in groups(view)]
    parts = [_unbroken(formula(equation), page.width - _INDENT) for equation in view.equations]
    parts += [*shapes, f"layout {view.layout}"] if page.verbose else shapes[:1]
    yield from (page.pen("dim", line) for line in _filled(f"  network{where}: {'; '.join(parts)}", page.width))


def _unbroken(text: str, width: int) -> str:
    """The text as one word, which a line cannot break in, unless it is too long for any line."""
    return text.replace(" ", HARD) if columns(text) < width else text


def _filled(text: str, width: int) -> Iterator[str]:
    for line in wrap(
        clean(text), width, subsequent_indent=" " * _INDENT, break_long_words=False, break_on_hyphens=False
    ):
        yield line.replace(HARD, " ")


def _quantity(quantity: Quantity) -> str:
    name = sentence(quantity.name)
    return f"{name}:{HARD}{shape(quantity)}" if quantity.shape else name


def _line(finding: Finding, page: _Page, said: str = "") -> Iterator[str]:
    """Place, sign and number, verdict, formula: on one line if they fit."""
    word = finding.verdict or finding.kind
    mark = "·" if finding.verdict is None else MARKS[finding.verdict]
    head = padded(clean(address(finding, page.source)), page.place)
    head += f" {mark} {padded(clean(number(finding))[:12], page.number)}".rstrip() + f" {said}" * bool(said)
    text = squeezed(clean(finding.latex)) if word == "unread" else formula(finding.standard or finding.latex)
    beside = [""] if said else wrapped(text, page.width - _INDENT, page.width - columns(head) - 2)
    if len(beside) > 1 and beside[0]:  # whole below rather than begun here
        beside = [""]
    below = [] if len(beside) == 1 and beside[0] else wrapped(text, page.width - _INDENT)
    yield page.pen(word, head) + (f"  {beside[0]}" if beside[0] else "")
    yield from (" " * _INDENT + line for line in below)


def _in_full(finding: Finding, page: _Page, left_out: frozenset[str] = frozenset()) -> Iterator[str]:
    """A finding with what there is to say about it, but for rows that say what stands above it already."""
    yield from _line(finding, page, _verdict(finding, page))
    for label, text in rows(finding, page.known, page.source):
        if label in left_out or not _is_wanted(finding, label, page):
            continue
        yield from _row(label, _without_echo(finding, label, text, page), page)
        if label == "take" and finding.counterexample is not None:
            chosen = (f"{sentence(name)} = {value}" for name, value in numbers(finding.counterexample))
            yield from _row("", ", ".join(_unbroken(text, page.width // 2) for text in chosen), page)


def _without_echo(finding: Finding, label: str, text: str, page: _Page) -> str:
    """What a row says, with the note's macros expanded, and without what another row says again."""
    if label == "culprit" and finding.standard is not None and (part := finding.culprit_in_standard) is not None:
        return finding.standard[part.start : part.end]
    return text if page.verbose or label != "why" else _AGAIN.sub("", text)


def _verdict(finding: Finding, page: _Page) -> str:
    """The verdict in words: its code, and where the mistake comes from."""
    said = str(finding.verdict or finding.kind)
    if finding.code not in {None, finding.verdict}:
        said += f" [{finding.code}]"
    if finding.follows is not None:
        said += f", inherited from {called(finding.follows, page.known)}"
    return clean(said)


def _is_wanted(finding: Finding, label: str, page: _Page) -> bool:
    """Whether a row is shown. How a formula was read, where it looks the same, and that a proof holds say nothing; to
    somebody who did not ask for everything, what follows from another mistake says what is true instead, and a sentence
    stands only where no diagnosis says more.
    """
    if label == "read as" and formula(finding.understood or "") == formula(finding.standard or finding.latex):
        return False
    if finding.verdict == "proved" and label in {"why", "help"}:
        return False
    if page.verbose:
        return True
    if finding.follows is not None:
        return label == "repair"
    return label in _BRIEF and not (label == "why" and finding.diagnosis is not None)


def _row(label: str, text: str, page: _Page) -> Iterator[str]:
    room = max(page.width - _INDENT - _LABEL, 30)
    if label in _LATEX:
        lines = wrapped(formula(text), room)
    else:
        lines = wrap(short_numbers(sentence(text)), room, break_long_words=False, break_on_hyphens=False)
    for i, line in enumerate(lines):
        yield " " * _INDENT + page.pen("dim", padded(label if i == 0 else "", _LABEL)) + line.replace(HARD, " ")


def _open(report: Report, page: _Page) -> Iterator[str]:
    """The questions, each with the claims that wait for its answer; then what no answer would settle."""
    left = {finding.id: finding for finding in loud(report.findings) if finding.verdict in _OPEN}
    for question in report.questions:
        yield from _question(question, page)
        for identity in filter(left.__contains__, question.waiting):
            yield from _in_full(left.pop(identity), page, frozenset() if page.verbose else _ASKED)
    for finding in left.values():
        yield from _in_full(finding, page)


def _silenced(finding: Finding, page: _Page) -> Iterator[str]:
    if page.verbose:
        yield from _in_full(finding, page)
    else:
        yield from _line(finding, page, clean(f"{finding.verdict}, {silence(finding)}"))


def _question(question: OpenQuestion, page: _Page) -> Iterator[str]:
    waiting = f"{plural(len(question.waiting), 'claim')} {'waits' if len(question.waiting) == 1 else 'wait'} for this"
    for i, line in enumerate(wrap(f"{sentence(question.inquiry.text)} ({waiting})", page.width - 2)):
        yield page.pen("undecided", ("? " if i == 0 else "  ") + line)
    yield from _filled(f"  {sentence(question.reason)}", page.width)
    if question.inquiry.declaration is not None:
        yield page.pen("dim", f"  declare: {squeezed(clean(question.inquiry.declaration))}")


def _proved(findings: Sequence[Finding], page: _Page) -> Iterator[str]:
    """A line for each, and what they rest on."""
    for finding in findings:
        yield from _in_full(finding, page) if page.verbose else _line(finding, page)
    if page.verbose:
        return
    titles = [number(finding) or place(finding).replace(", ", ":") for finding in findings]
    rests: dict[str, dict[str, list[int]]] = {}
    for i, finding in enumerate(findings):
        for label, text in _grounds(finding):
            rests.setdefault(label, {}).setdefault(text, []).append(i)
    for label, found in rests.items():
        together: dict[tuple[int, ...], list[str]] = {}
        for text, places in found.items():
            together.setdefault(tuple(places), []).append(text)
        parts = (f"{_joined(texts)}: {', '.join(_runs(places, titles))}" for places, texts in together.items())
        yield from _row(label, "; ".join(parts), page)


def _joined(texts: Sequence[str]) -> str:
    """`immediate: a, b` for what begins with the same word."""
    first, colon, _ = texts[0].partition(": ")
    if colon and all(text.startswith(first + colon) for text in texts):
        return first + colon + ", ".join(text.removeprefix(first + colon) for text in texts)
    return ", ".join(texts)


def _grounds(finding: Finding) -> Iterator[tuple[str, str]]:
    """What a proof rests on besides the page, and how far it reaches where that is not everywhere."""
    yield from (("given", text) for text in given(finding))
    yield from (("reading", text) for text in finding.readings)
    if finding.scope is not None and (finding.scope.sizes != "all" or finding.scope.steps != "all"):
        yield "scope", scope(finding.scope)
    if said := chain(finding):
        yield "chain", said


def _runs(places: Sequence[int], titles: Sequence[str]) -> Iterator[str]:
    """`(4) to (8)` for three or more in a row."""
    if len(places) == len(titles) > 1:
        yield "all"
        return
    for _, group in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [titles[place] for _, place in group]
        yield from run if len(run) < 3 else [f"{run[0]} to {run[-1]}"]  # noqa: PLR2004 - see above


def _summary(report: Report, page: _Page) -> Iterator[str]:
    """What was settled, what else was found (on a line of its own where one is too short for both), and the outcome."""
    kinds = {
        kind: sum(finding.kind == kind for finding in report.findings)
        for kind in ("claim", "definition", "declaration")
    }
    rest = [plural(count, kind) for kind, count in kinds.items() if kind != "claim" and count]
    rest += [
        plural(sum(fault.severity == severity for fault in report.faults), severity)
        for severity in ("error", "warning")
        if any(fault.severity == severity for fault in report.faults)
    ]
    if not page.verbose and any(f.verdict not in {None, "proved"} for f in loud(report.findings)):
        yield page.pen("dim", "(more: -v; bptt-symbolic explain CODE; bptt-symbolic fix NOTE)")
    if silent := sum(finding.silence is not None for finding in report.findings):
        rest.append(f"{silent} silenced")
    counted, more = _counted(report, Pen(colour=False), kinds["claim"]), f"({', '.join(rest)})" if rest else ""
    glue = "  " if columns(f"{counted}  {more}") <= page.width else "\n"
    yield (_counted(report, page.pen, kinds["claim"]) + glue + more).rstrip()
    yield _outcome(report)


def _counted(report: Report, pen: Pen, claims: int) -> str:
    said = ", ".join(pen(word or "bold", text) for word, text in tally([report]))
    return f"{plural(claims, 'claim')}: {said or 'nothing to settle'}"


def _outcome(report: Report) -> str:
    """The exit status in words, without warnings, which count only if somebody asks for it."""
    heard = replace(report, findings=loud(report.findings))
    found = {word for word, count in counts(heard).items() if count}
    if "internal-error" in {*(finding.code for finding in report.findings), *(fault.code for fault in report.faults)}:
        return "The checker itself is at fault somewhere: please report it."
    if found & {"refuted", "ill-typed"}:
        return "Not every claim holds."
    if found & {"undecided", "unread"} or any(fault.severity == "error" for fault in report.faults):
        return "Something is left open."
    if not any(finding.kind == "claim" for finding in report.findings):
        return "No claim was found, and so nothing was settled."
    if heard.findings != report.findings:
        return "Every claim holds, but for those that are silenced."
    if at_sizes(report.findings):
        return "Every claim holds, some of them at the sizes tried only."
    return "Every claim holds."


def _total(reports: Sequence[Report], pen: Pen) -> str:
    said = [pen(word or "bold", text) for word, text in tally(reports)]
    return f"{pen('bold', plural(len(reports), 'note'))}: {', '.join(said) or 'nothing to settle'}"


def _network_in_full(view: NetworkView) -> Iterator[str]:
    yield f"network{': ' + ', '.join(view.sections) if view.sections else ''}"
    for title, members in groups(view):
        yield f"  {title}"
        for quantity in members:
            yield f"    {padded(quantity.name, 10)} {padded(shape(quantity) or 'scalar', 10)} {quantity.source}"
    yield "  equations"
    yield from (f"    {squeezed(equation)}" for equation in view.equations)
    yield f"  layout {view.layout}"
    yield from (f"  note: {note}" for note in view.notes)
