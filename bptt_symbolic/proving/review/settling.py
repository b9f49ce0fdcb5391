"""Note -> settled relations: every one by itself and against the head of its chain."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.terms import Entry, Ref, Sum, walk
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.review.values import with_values
from bptt_symbolic.proving.review.worked import worked
from bptt_symbolic.proving.settle import Outcome, Question, settle, settle_inequality, settle_update
from bptt_symbolic.reading.parser import standard, standard_place
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reading.syntax import Node, leaves
from bptt_symbolic.reporting import guard
from bptt_symbolic.reporting.guard import Fallen, guarded
from bptt_symbolic.reporting.report import Finding, Word
from bptt_symbolic.reporting.selection import line_of
from bptt_symbolic.understanding import (
    ABOUT,
    ORDERS,
    UPDATE,
    Item,
    Model,
    Note,
    Stated,
    descent,
    hypothetical,
    marks_ascent,
    marks_shortcut,
)

Progress = Callable[[int, int, str], None]
Known = Callable[[], Sequence[Obligation]]
"""What is proved by now."""
HELP = {
    "refuted": "compute both sides at the counterexample by hand, or by the program of `bptt-symbolic counterexample`",
    "undecided": "if something is left unsaid, declare it beside the note (see the documentation on declarations)",
    "unread": "look at the place that is marked",
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A relation with its finding; for a claim, how it came out and against what."""

    finding: Finding
    item: Item | None = None
    outcome: Outcome | None = None
    against: Outcome | None = None
    """How it came out against the head of its chain; None for the first relation of a chain."""
    head: Node | None = None
    """The head of its chain, where it is not the first relation."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it, nor with what it inherits."""
        return all(o is None or o.verdict.word not in WRONG for o in (self.outcome, self.against))

    def with_outcomes(self, outcome: Outcome, against: Outcome | None) -> "Settled":
        """The same relation, come out otherwise."""
        return replace(self, finding=_reported(self.finding, outcome, against), outcome=outcome, against=against)


NOT_WORKED_OUT = r"the relation \approx is settled where it rounds numbers that are worked out"
WRONG = frozenset({"refuted", "ill-typed"})


def settled(note: Note, progress: Progress | None = None, *, asked: bool = False) -> list[Settled]:
    """Settle a note; definitions, declarations and other relations are listed with it. `asked`: only the formulas
    asked about.
    """
    found: list[Settled] = []
    chains: dict[int, list[tuple[Node, Outcome | None]]] = {}
    shown = [i for i in note.items if _is_listed(i) and (i.stated.line.text is not None) == asked]
    claims = sum(i.kind == "claim" for i in shown)
    done = 0
    for item in shown:
        text = item.stated.line.text
        source = note.lines.source if text is None else Source("asked", text)
        finding = _place(item, source)
        if item.kind != "claim":
            found.append(Settled(replace(finding, message=item.reason), item))
            continue
        if progress is not None:
            progress(done, claims, finding.number or f"line {finding.line}")
        done += 1
        chain = chains.setdefault(item.stated.chain, [])
        known = partial(_proved, found)
        one = guarded(partial(_settled, finding, item, note, chain, known), partial(_unsettled, finding, item, chain))
        if not (one.finding.inline and one.finding.code in {"not-settled", "undefined-symbol"}):
            found.append(one)  # else words with a sign between them, no equality of known quantities
    found.extend(Settled(f) for f in _unread(note, asked=asked))
    return list(_with_ids(sorted(found, key=lambda s: s.finding.span)))


def marked(finding: Finding, one: Settled, note: Note) -> Finding:
    """The finding with the place, in its standard LaTeX, of the part that is wrong."""
    part, span = finding.wrong_part, finding.span
    if one.item is None or part is None or not span.start <= part.start < part.end <= span.end:
        return finding
    line = one.item.stated.line
    source = note.lines.source if line.text is None else Source("asked", line.text)
    begin = len(finding.latex) - len(_written(span, source))  # after a left side from the row before
    start = begin + _columns(source.slice(Span(span.start, part.start)))
    end = start + len(" ".join(source.slice(part).split()))
    return replace(finding, culprit_in_standard=standard_place(finding.latex, line.macros, Span(start, end)))


def _columns(text: str) -> int:
    """Letters that come before what follows a text, where a run of blanks is one and none stands in front."""
    return len(" ".join(f"{text}x".split())) - 1


def _is_listed(item: Item) -> bool:
    """Inline formulas are listed when they define or claim something."""
    return not item.stated.line.inline or item.kind in {"definition", "claim"}


def _place(item: Item, source: Source) -> Finding:
    stated = item.stated
    place = source.place(stated.line.span.start)
    latex = _as_written(stated, source)
    return Finding(
        id="",
        span=stated.span,
        line=place.line,
        column=place.column,
        cell=place.cell,
        file=place.file,
        number=stated.line.number,
        label=stated.line.label,
        section=stated.line.section,
        row=stated.line.row,
        part=stated.part,
        latex=latex,
        standard=standard(latex, stated.line.macros),
        kind=item.kind,
        verdict=None,
        inline=stated.line.inline,
        code=None if item.kind == "claim" else item.kind,
    )


def _as_written(stated: Stated, source: Source) -> str:
    """`left = right` in the author's LaTeX, the left side taken from before when the row begins with the sign."""
    text = _written(stated.span, source)
    left = stated.left
    if left is not None and not stated.span.start <= left.span.start <= stated.span.end:
        return f"{_written(left.span, source)} {text}"
    return text


def _written(span: Span, source: Source) -> str:
    """The text under a span, with the braces that close the last argument of a macro."""
    text = " ".join(source.slice(span).split())
    after = source.text[span.end : span.end + 8]
    closing = len(after) - len(after.lstrip("}"))
    return text + "}" * min(closing, max(0, text.count("{") - text.count("}")))


def _proved(found: Sequence[Settled]) -> list[Obligation]:
    """What is known by now of the networks."""
    outcomes = (one.outcome for one in found if one.outcome is not None and one.outcome.verdict.word == "proved")
    return [outcome.obligation for outcome in outcomes if outcome.obligation is not None]


def _settled(
    finding: Finding, item: Item, note: Note, chain: list[tuple[Node, Outcome | None]], known: Known
) -> Settled:
    stated = item.stated
    if stated.left is None or stated.right is None:
        return Settled(replace(finding, kind="other", message="one side is missing"), item)
    model = note.models[item.model]
    head = chain[0][0] if chain else None
    question = Question(stated.left, stated.right, stated.conditions, model, head)
    if stated.mark in ORDERS:
        chain.clear()  # what comes next equals this side, and not the head
        return _bounded(finding, item, question)
    if item.reason == UPDATE:
        return _stepping(finding, item, question, note)
    if item.reason:  # what happens in the long run
        open_ = Outcome(judge.undecided(item.reason, "not-settled"))
        return Settled(_reported(finding, open_, None), item, open_)
    outcome = _come_out(question, stated, note, known)
    if outcome is None:
        return Settled(replace(finding, kind="other", code="other", message=NOT_WORKED_OUT), item)
    against: Outcome | None = None
    if not chain:
        chain.append((stated.left, None))
    elif head is not None:
        whole = replace(question, left=head)
        meant = outcome.verdict.word != "ill-typed" or not (outcome.ill_typed_left or _broken(chain[-1][1]))
        against = _come_out(replace(whole, brief=meant), stated, note, known)
        if against is not None and not meant:
            outcome = _instead(against, head, note)
    broken = outcome.verdict.word == "ill-typed" and (against is None or against.verdict.word == "ill-typed")
    chain.append((stated.right, outcome if broken else None))
    return Settled(_reported(finding, outcome, against), item, outcome, against, head)


def _bounded(finding: Finding, item: Item, question: Question) -> Settled:
    """An inequality; in running text it may be a condition, and is listed where it holds."""
    stated = item.stated
    outcome = _in_its_place(settle_inequality(question, stated.mark), stated, question.model)
    if stated.line.inline and outcome.verdict.word != "proved":
        return Settled(replace(finding, kind="other", code="other", message="read as a condition"), item)
    return Settled(_reported(finding, outcome, None), item, outcome)


def _stepping(finding: Finding, item: Item, question: Question, note: Note) -> Settled:
    """An update, settled as what it says of a gradient, or listed as the rule that it is."""
    stated, model = item.stated, question.model
    step = descent(stated, model.builder)
    outcome = None if step is None else settle_update(question, step, stated.line.macros)
    words = [text for section, text in note.lines.words if section == stated.line.section]
    meant_otherwise = stated.line.inline or any(marks_ascent(text) or marks_shortcut(text) for text in words)
    if outcome is None or (outcome.verdict.word != "proved" and meant_otherwise):
        return Settled(replace(finding, kind="other", code="other", message=UPDATE), item)
    outcome = _in_its_place(outcome, stated, model)
    return Settled(_reported(finding, outcome, None), item, outcome)


def _come_out(question: Question, stated: Stated, note: Note, known: Known) -> Outcome | None:
    """What becomes of a claim where it stands in its note; None where it says that something is nearly so, and is not
    about the numbers of an example."""
    example = worked(question, stated, note, known)
    if example is not None or stated.mark == ABOUT:
        return example
    return _in_its_place(with_values(question, settle(question), stated, note), stated, question.model)


def _in_its_place(outcome: Outcome, stated: Stated, model: Model) -> Outcome:
    """An accusation that the place on the page does not bear out is left open: the sentence supposes something, or the
    numbers are an example."""
    if outcome.verdict.word not in WRONG:
        return outcome
    said = ""
    if hypothetical(stated.line.sentence):
        said = "the sentence supposes something that may hold here, and which the checker cannot use"
    elif any(_is_example(side, inline=stated.line.inline) for side in (stated.left, stated.right)):
        said = "numbers stand for quantities here, as in an example"
    elif _is_own_sum(stated, model):
        said = "a name stands for a column here, and for the sum of its entries"
    elif stated.line.inline and (names := _mentioned(outcome) & {given.name for given in model.given}):
        said = f"the text gives {as_written(min(names))} a value, which may be taken here"
    if not said:
        return outcome
    verdict = judge.undecided(f"{said}; without that it is {outcome.verdict.word}", "supposed")
    return replace(outcome, verdict=verdict, message=verdict.message, witness=None)


def _is_own_sum(stated: Stated, model: Model) -> bool:
    r"""`E(t) = \sum_k E_k(t)`: whether a name without an index is the total of what has that name."""
    left, right = (None if side is None else model.builder.tried(side) for side in (stated.left, stated.right))
    return isinstance(right, Sum) and isinstance(right.body, Entry) and right.body.body == left


def _mentioned(outcome: Outcome) -> frozenset[str]:
    """The quantities that a claim is about."""
    sides = () if outcome.obligation is None else (outcome.obligation.left, outcome.obligation.right)
    return frozenset(x.name for side in sides for x in walk(side) if isinstance(x, Ref))


def _is_example(side: Node | None, *, inline: bool) -> bool:
    """Whether a side holds rounded numbers, or in running text is a number alone."""
    if side is None:
        return False
    numbers = [t.text for t in leaves(side) if t.kind == "number"]
    if any("." in text for text in numbers):
        return True
    return inline and bool(numbers) and all(t.kind in _OF_NUMBERS for t in leaves(side))


_OF_NUMBERS = frozenset({"number", "sign", "open", "close", "separator", "begin", "newline", "amp", "end"})
"""What a number, or a row or a column of numbers, is written with."""


def _unsettled(finding: Finding, item: Item, chain: list[tuple[Node, Outcome | None]], fallen: Fallen) -> Settled:
    """A claim that the program fell on; what continues its chain is settled all the same."""
    stated = item.stated
    if stated.left is not None and stated.right is not None:
        chain[:] = chain or [(stated.left, None)]
        chain.append((stated.right, None))
    verdict = judge.undecided(fallen.message, guard.CODE)
    told = replace(finding, verdict=verdict.word, message=verdict.message, help=guard.HELP, code=verdict.code)
    return Settled(told, item)


def _broken(before: Outcome | None) -> bool:
    """Whether the member before was found to have no meaning."""
    return before is not None


def _instead(against: Outcome, head: Node, note: Note) -> Outcome:
    """The member before has no meaning: the step is settled against the head of the chain."""
    text = _written(head.span, note.lines.source)
    said = against.message or against.verdict.message
    return replace(against, message=f"the member before has no meaning, so this is settled against ${text}$: {said}")


def _reported(finding: Finding, outcome: Outcome, against: Outcome | None) -> Finding:
    verdict = outcome.verdict
    word: Word = verdict.word
    message = outcome.message or verdict.message
    if against is not None and against.verdict.word != word:
        message += f"; against the head of the chain it is {against.verdict.word}"
    example = verdict.counterexample
    if example is not None:
        message += (
            f"; at T = {example.steps} the left side is {_short(example.left)}, the right side {_short(example.right)}"
        )
    return replace(
        finding,
        verdict=word,
        against_head=None if against is None else against.verdict.word,
        scope=verdict.scope,
        readings=outcome.readings,
        hypotheses=outcome.hypotheses,
        domain=outcome.domain,
        message=message,
        help=outcome.help or HELP.get(word),
        code=verdict.code or word,
        understood=outcome.understood,
        counterexample=example,
        evidence=verdict.evidence,
        culprit=outcome.culprit,
        assumptions=outcome.facts,
        question=outcome.inquiry,
    )


def _short(number: str) -> str:
    """A fraction with many digits as a decimal; the report keeps the exact one."""
    if len(number) <= 12 or "/" not in number or "[" in number:  # noqa: PLR2004 - what one reads at a glance
        return number
    return f"about {float(Fraction(number)):.6g}"


def _unread(note: Note, *, asked: bool) -> Iterator[Finding]:
    for line in note.lines.lines:
        source = note.lines.source if line.text is None else Source("asked", line.text)
        if (line.text is not None) == asked and line.tree is None and not line.inline and line.fault is not None:
            verdict = judge.unread(line.fault.message)
            place = source.place(line.span.start)
            yield Finding(
                id="",
                span=line.span,
                line=place.line,
                column=place.column,
                cell=place.cell,
                file=place.file,
                number=line.number,
                section=line.section,
                row=line.row,
                part=1,
                latex=" ".join(source.slice(line.span).split()),
                kind="claim",
                verdict=verdict.word,
                message=verdict.message,
                help=line.fault.help,
                code=line.fault.code,
                culprit=line.fault.span,
            )


def _with_ids(found: Sequence[Settled]) -> Iterator[Settled]:
    """`eq:16.1` is the first relation of equation 16; without a number, the line stands for it."""
    counts: dict[str, int] = {}
    for one in found:
        finding = one.finding
        base = f"eq:{finding.number or line_of(finding)}"
        counts[base] = counts.get(base, 0) + 1
        yield replace(one, finding=replace(finding, id=f"{base}.{counts[base]}"))
