"""Finding -> words: the sentences that every format for people shares.

`rows` is the order in which a person asks: what was understood, in which reading, for which sizes, why not, what to do.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bptt_symbolic.reading.source import Source
from bptt_symbolic.reporting.report import (
    Counterexample,
    Diagnosis,
    Finding,
    NetworkView,
    Quantity,
    Repair,
    Report,
    Scope,
    Word,
)

VERDICTS: tuple[Word, ...] = ("proved", "refuted", "ill-typed", "undecided", "unread")
"""In the order of summaries."""

MARKS: Mapping[Word, str] = {"proved": "✓", "refuted": "✗", "ill-typed": "!", "undecided": "?", "unread": "~"}
"""Verdict -> a sign for it, so that no verdict is told by colour alone."""

_NARROW = 200
"""Letters of a culprit that points at something."""
_RATIO = re.compile(r"(\d+)/(\d+)")
_LINE = re.compile(r"(?:C\d+)?L(\d+)")
_INTERVAL = re.compile(r"\[(-?[0-9.]+(?:e[+-]?\d+)?), (-?[0-9.]+(?:e[+-]?\d+)?)\]")
_FRACTION = re.compile(r"(-?)(\d+)(?:/(\d+))?")

_ROLES = (
    ("parameter", "parameters"),
    ("input", "inputs"),
    ("target", "targets"),
    ("state", "states"),
    ("initial", "initial states"),
    ("intermediate", "intermediate"),
    ("output", "outputs"),
    ("loss", "losses"),
)


def counts(report: Report) -> dict[Word, int]:
    """How many relations have each verdict."""
    return {word: sum(finding.verdict == word for finding in report.findings) for word in VERDICTS}


def at_sizes(findings: Iterable[Finding]) -> int:
    """How many are proved at the sizes tried only."""
    return sum(f.verdict == "proved" and f.scope is not None and bool(f.scope.tried) for f in findings)


def loud(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that nobody silenced."""
    return tuple(finding for finding in findings if finding.silence is None)


def counted_as(finding: Finding) -> set[str | None]:
    """What a finding can be failed on as: its verdict, its code, `sizes`."""
    return {"sizes"} if at_sizes([finding]) else {finding.verdict, finding.code} - {"proved"}


def mistakes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Refuted and ill-typed findings."""
    return tuple(finding for finding in findings if finding.verdict in {"refuted", "ill-typed"})


def root_mistakes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of these, the ones that do not merely inherit an earlier one."""
    return tuple(finding for finding in mistakes(findings) if finding.follows is None)


def tally(reports: Sequence[Report]) -> Iterator[tuple[Word | None, str]]:
    """What a last line counts, with the verdict that each part is about: `7 refuted`, `3 of them root mistakes`."""
    found = [finding for report in reports for finding in report.findings]
    roots, wrong = len(root_mistakes(found)), len(mistakes(found))
    for word in VERDICTS:
        if count := sum(finding.verdict == word for finding in found):
            yield word, f"{count} {word}"
        if word == "proved" and (some := at_sizes(found)):
            yield None, f"{some} of them at the sizes tried only"
        if word == "ill-typed" and 0 < roots < wrong:
            yield None, f"{roots} of them root mistakes" if roots != 1 else "1 of them a root mistake"


def names(findings: Iterable[Finding]) -> dict[str, str]:
    """Id -> what a person calls the relation: `(14)`, or `line 88:1` where it has no number; a second one that would be
    called so is `(14), part 2`.
    """
    found: dict[str, str] = {}
    times: Counter[str] = Counter()
    for finding in findings:
        name = number(finding) or f"line {place(finding)}"
        times[name] += 1
        found[finding.id] = name if times[name] == 1 else f"{name}, part {times[name]}"
    return found


def number(finding: Finding) -> str:
    """Number of the equation as it stands on the page."""
    return f"({finding.number})" if finding.number else ""


def place(finding: Finding) -> str:
    """Where the relation begins: `57:1`, in a notebook `cell 4, 2:1`, in a file that is put in `model.tex:57:1`."""
    inside = place_in(finding)
    if finding.file is not None:
        return f"{finding.file}:{inside}"
    return inside if finding.cell is None else f"cell {finding.cell}, {inside}"


def place_in(finding: Finding) -> str:
    """Line and column."""
    return f"{finding.line}:{finding.column}"


def address(finding: Finding, source: Source | None) -> str:
    """Where the relation begins, as terminals open it: `note.tex:57:1:`; alone where the note is not at hand."""
    inside = place(finding) if source is None or finding.cell is None else f"cell {finding.cell}:{place_in(finding)}"
    return f"{inside}:" if source is None or finding.file is not None else f"{source.name}:{inside}:"


def squeezed(latex: str) -> str:
    """The same LaTeX on one line."""
    return " ".join(latex.split())


def differs(finding: Finding) -> bool:
    """Whether what was understood says more than what was written."""
    if finding.understood is None:
        return False
    return _bare(finding.understood) != _bare(finding.latex)


def scope(found: Scope) -> str:
    """For which steps and sizes: `every T and all sizes`, `T = 4, C = 4, D = 3`; all that were tried."""
    if len(found.tried) > 1:
        return "; ".join(scope(Scope(steps, sizes)) for steps, sizes in found.tried)
    steps = "every T" if found.steps == "all" else f"T = {found.steps}"
    sizes = "all sizes" if found.sizes == "all" else assignments(found.sizes) or "sizes 1"
    return f"{steps}, {sizes}" if sizes else steps


def assignments(values: Mapping[str, Any]) -> str:
    """`C = 4, D = 3`."""
    return ", ".join(f"{name} = {compact(value)}" for name, value in values.items())


def compact(value: Any) -> str:
    """A value as one line: `[[1, 1/2], [0, -1]]`."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return str(value)
    return "[" + ", ".join(compact(item) for item in value) + "]"


def value_latex(value: Any) -> str | None:
    """A number as a fraction, a list as a column, a list of lists as a matrix, in LaTeX; None for anything else."""
    if isinstance(value, str):
        return _fraction(value)
    if not isinstance(value, Sequence) or not value:
        return None
    rows = [[item] if isinstance(item, str) else item for item in value]
    cells = [[_fraction(cell) if isinstance(cell, str) else None for cell in row] for row in rows]
    if any(cell is None for row in cells for cell in row):
        return None
    lines = r" \\ ".join(" & ".join(cell or "" for cell in row) for row in cells)
    return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def function_latex(name: str, body: str) -> str:
    """`f(x) = x^2 - 1/2 x`, what stood for a function that the note leaves open, with its fractions as fractions."""
    return f"{name} = {_RATIO.sub(_ratio, body)}"


def _ratio(found: re.Match[str]) -> str:
    return rf"\frac{{{found[1]}}}{{{found[2]}}}"


def _fraction(text: str) -> str | None:
    found = _FRACTION.fullmatch(text)
    if found is None:
        return None
    sign, over, under = found.groups()
    return f"{sign}{over}" if under is None else rf"{sign}\frac{{{over}}}{{{under}}}"


def instance(example: Counterexample) -> str:
    """What was set besides values: `T = 2, D = 3; t = 1, k = 1`."""
    parts = [scope(Scope(example.steps, example.sizes)) if example.sizes else f"T = {example.steps}"]
    if example.times:
        parts.append(assignments(example.times))
    return "; ".join(parts)


def numbers(example: Counterexample) -> Iterator[tuple[str, str]]:
    """(name, value) of everything that was chosen: the given quantities, then functions that the note leaves open."""
    yield from ((name, compact(value)) for name, value in example.values.items())
    yield from example.functions.items()


def sides(example: Counterexample) -> str:
    """The two sides where they differ."""
    where = f"entry {compact(example.entry)}: " if example.entry else ""
    return f"{where}left {example.left}, right {example.right}, difference {example.difference}"


def edits(repair: Repair) -> str:
    """What a repair changes and how far that is proved: `transpose W  (every T, all sizes)`."""
    changed = "; ".join(repair.edits)
    return changed if repair.scope is None else f"{changed}  (proved for {scope(repair.scope)})".lstrip()


def diagnosis(found: Diagnosis) -> str:
    """`missing transpose: W stands as it is, where its transpose belongs`."""
    return ": ".join(part for part in (found.kind, found.message) if part)


def chain(finding: Finding) -> str:
    """What is known about the chain that the relation continues; empty if nothing else than about the step."""
    if finding.against_head in {None, finding.verdict}:
        return ""
    return f"this step is {finding.verdict}; against the head of its chain it is {finding.against_head}"


def inherits(finding: Finding, known: Mapping[str, str]) -> str:
    """Where the mistake of a relation comes from; empty if it is its own."""
    if finding.follows is None:
        return ""
    return f"{called(finding.follows, known)}, whose mistake it only inherits"


def called(identity: str, known: Mapping[str, str]) -> str:
    """What a person calls a finding; of one that is not in the report the id tells as much: `eq:14.1` is in (14)."""
    if identity in known:
        return known[identity]
    number = identity.removeprefix("eq:").rpartition(".")[0] or identity
    line = _LINE.fullmatch(number)
    return f"({number})" if line is None else f"line {line[1]}"


def silence(finding: Finding) -> str:
    """Who silenced a finding, and why: `ignored: an exercise`."""
    said = finding.silence
    if said is None:
        return ""
    word = {"ignore": "ignored", "expect": "expected", "configuration": "ignored by the configuration"}.get(said.by)
    return f"{word}: {said.reason}" if word else said.reason


def rows(finding: Finding, known: Mapping[str, str], source: Source | None) -> Iterator[tuple[str, str]]:
    """(label, sentence) for each thing to say about a finding, most wanted first; `known` are `names`, `source` is the
    note if it is at hand.
    """
    if differs(finding):
        yield "read as", squeezed(finding.understood or "")
    yield from _choices(finding)
    if finding.diagnosis is not None:
        yield "diagnosis", diagnosis(finding.diagnosis)
        if finding.diagnosis.residual is not None:
            yield "off by", squeezed(finding.diagnosis.residual)
    part = finding.wrong_part
    text = "" if part is None or source is None else squeezed(source.slice(part))
    if 0 < len(text) <= _NARROW and text != squeezed(finding.latex):
        yield "culprit", text
    if finding.message:
        yield "why", finding.message
    if finding.counterexample is not None:
        yield "take", instance(finding.counterexample)
        yield "then", sides(finding.counterexample)
    yield from _consequences(finding, known)
    yield from _what_to_do(finding)


def _what_to_do(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.silence is not None:
        yield "silenced", silence(finding)
    if finding.question is not None:
        yield "question", finding.question.text
        if finding.question.declaration is not None:
            yield "declare", " ".join(finding.question.declaration.split())
    elif finding.help is not None:
        yield "help", finding.help


def given(finding: Finding) -> tuple[str, ...]:
    """What a verdict rests on that is not on the page, or only for some."""
    facts = (fact.what for fact in finding.assumptions if finding.verdict == "proved")
    return tuple(dict.fromkeys([*finding.hypotheses, *facts]))


def short_numbers(text: str) -> str:
    """The text with each enclosing interval as the number that both of its ends round to: `0.24687`."""
    return _INTERVAL.sub(_rounded, text)


def _rounded(found: re.Match[str]) -> str:
    if "." not in found[0]:  # a row of exact numbers
        return found[0]
    low, high = float(found[1]), float(found[2])
    for digits in range(5, 0, -1):
        if f"{low:.{digits}g}" == f"{high:.{digits}g}":
            return f"{low:.{digits}g}"
    return found[0]


def _choices(finding: Finding) -> Iterator[tuple[str, str]]:
    """In which reading, given what, and for which sizes."""
    if finding.readings:
        yield "reading", "; ".join(finding.readings)
    if grounds := given(finding):
        yield "given", "; ".join(grounds)
    if finding.scope is not None:
        yield "scope", scope(finding.scope)


def _consequences(finding: Finding, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where the mistake comes from, and what would mend it."""
    said = [("chain", chain(finding)), ("follows", inherits(finding, known))]
    repairs = (() if finding.repair is None else (finding.repair,)) + finding.alternatives
    for i, repair in enumerate(repairs):
        said += [("repair" if i == 0 else "or", squeezed(repair.latex)), ("edit", edits(repair))]
    yield from ((label, sentence) for label, sentence in said if sentence)


def groups(view: NetworkView) -> Iterator[tuple[str, tuple[Quantity, ...]]]:
    """(title, quantities) for every role that the network has; roles nobody planned come last under their own name."""
    for role, title in _ROLES:
        members = tuple(quantity for quantity in view.quantities if quantity.role == role)
        if members:
            yield title, members
    known = {role for role, _ in _ROLES}
    for role in sorted({quantity.role for quantity in view.quantities} - known):
        yield role, tuple(quantity for quantity in view.quantities if quantity.role == role)


def shape(quantity: Quantity) -> str:
    """`D×M`; empty for a scalar."""
    return "×".join(quantity.shape)


def plural(count: int, noun: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _bare(latex: str) -> str:
    return "".join(character for character in latex if not character.isspace() and character not in "{}")
