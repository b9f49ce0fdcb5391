"""Settled relations -> findings with diagnosis and repair; the first mistake first.

A claim that fails only because an earlier one failed is a consequence, not a second mistake:

- in a chain, a step from a wrong member to a right one, or on from a wrong member;
- across a note, a claim that becomes true when the right side of an earlier wrong equation is put back to its left
  side, or by the very edit that mended an earlier claim, or that says in another form what an earlier one said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from bptt_symbolic.meaning.shapes import Scope
from bptt_symbolic.mending.kept_repairs import Before, Edits, Keeper
from bptt_symbolic.mending.repair.diagnosis import diagnosis_of
from bptt_symbolic.mending.repair.edit import Edit
from bptt_symbolic.mending.repair.handwriting import Spelling
from bptt_symbolic.mending.repair.inherited import Mistake
from bptt_symbolic.mending.repair.looking import Habits, habits_of
from bptt_symbolic.mending.repair.page import Page
from bptt_symbolic.mending.repair.search import Mended, Wrong, mend
from bptt_symbolic.mending.repair.spots import Spots, spots_of
from bptt_symbolic.proving.review import WRONG, Progress, Settled, marks_of
from bptt_symbolic.proving.settle import Question, place_of
from bptt_symbolic.reading.parser import standard
from bptt_symbolic.reading.source import Source
from bptt_symbolic.reporting.guard import CODE, Fallen, guarded
from bptt_symbolic.reporting.report import Change, Diagnosis, Finding, Repair
from bptt_symbolic.understanding import ORDERS, Item, Note

NEAR = 6
"""Other formulas of the note that lend their factors to a repair."""
PATIENCE = 4
"""Claims for which every edit is looked at in vain, until only the likeliest are."""


def with_repairs(
    note: Note,
    found: Sequence[Settled],
    progress: Progress | None = None,
    before: Before | None = None,
    made: Edits | None = None,
) -> list[Finding]:
    """The findings, those of wrong claims with a diagnosis and, where there are any, repairs; what was told of a claim
    that is as it was `before` is told again. The edits that are `made` are entered there.
    """
    desk = _Desk(note, found)
    keeper = Keeper(note.lines.source, before)
    wrong = sum(not one.holds and not _is_inequality(one) for one in found)
    findings: list[Finding] = []
    done = 0
    for one in found:
        if one.holds or _is_inequality(one):
            findings.append(one.finding)
            continue
        if progress is not None:
            desk.pulse = partial(progress, done, wrong, f"repair of {one.finding.number or f'line {one.finding.line}'}")
        desk.pulse()
        done += 1
        kept = keeper.kept(one)
        if kept is not None:
            desk.enter(one, *kept)
            findings.append(kept[0])
        else:
            findings.append(guarded(partial(desk.mended, one), partial(unmended, one)))
    if made is not None:
        made.update(desk.edits)
    return findings


def _is_inequality(one: Settled) -> bool:
    """Whether a relation says which side is larger: of these no mistakes are known."""
    return one.item is not None and one.item.stated.mark in ORDERS


def unmended(one: Settled, fallen: Fallen) -> Finding:
    """A finding whose mistake could not be looked at; its verdict stands."""
    if one.holds:
        return one.finding
    message = f"{one.finding.message}; no repair was looked for: {fallen.message}"
    return replace(one.finding, message=message, code=CODE)


class _Desk:
    """One note on the way to its repairs."""

    def __init__(self, note: Note, found: Sequence[Settled]) -> None:
        self._note, self._found = note, found
        self._habits: Habits = habits_of(
            o.readings for one in found if (o := one.outcome) is not None and o.verdict.word == "proved"
        )
        self._marks = marks_of(note, found)
        self._page = Page(note.lines.source, note.lines.macros, note.notation.spelling)
        self._spellings: dict[int, Spelling] = {}
        self._mistakes: list[Mistake] = []
        self._first: dict[int, str] = {}
        """Chain -> the id of its first wrong relation."""
        self._in_vain = 0
        self.edits: Edits = {}
        self.pulse: Callable[[], None] = lambda: None
        """Called while a repair is looked for."""

    def mended(self, one: Settled) -> Finding:
        """The finding of a wrong claim with what is known about the mistake."""
        item, outcome = one.item, one.outcome
        assert item is not None and outcome is not None  # noqa: S101, PT018 - only claims are wrong
        chain, finding = item.stated.chain, one.finding
        if not self._note.models[item.model].network.definitions:
            return finding  # nothing that a repair could be proved about
        if outcome.verdict.word not in {*WRONG, "proved"}:  # nobody knows what this formula says: it is not accused
            return replace(finding, follows=self._first.get(chain))
        before = self._first.setdefault(chain, finding.id)
        if one.against is not None and one.against.verdict.word == "proved":
            return replace(finding, follows=None if before == finding.id else before)
        wrong = self._wrong(one, item)
        mending = mend(wrong, tuple(self._mistakes))
        follows = mending.follows
        if follows is None and outcome.verdict.word not in WRONG:
            follows = before if before != finding.id else None  # the step is right, what it starts from is not
        edits = mending.repairs[0].edits if mending.repairs else ()
        self.edits[finding.id] = edits
        self._mistakes.append(Mistake(follows or finding.id, wrong.question.left, wrong.question.right, edits))
        repairs = [self._repair(m, wrong) for m in mending.repairs]
        if not repairs:
            self._in_vain += 1
            looked = "among the likeliest edits no repair" if wrong.briefly else "no repair of one or two edits"
            finding = replace(finding, message=f"{finding.message}; {looked} was found")
        return replace(
            finding,
            repair=repairs[0] if repairs else None,
            alternatives=tuple(repairs[1:]),
            diagnosis=self._diagnosis(one, mending.repairs),
            follows=follows,
        )

    def enter(self, one: Settled, told: Finding, edits: tuple[Edit, ...]) -> None:
        """Count a mistake of which everything is known among those that later ones may be copied from."""
        item = one.item
        if item is None or item.stated.right is None or one.outcome is None:
            return
        self._first.setdefault(item.stated.chain, told.id)
        left = item.stated.left if one.head is None else one.head
        if left is not None and told.diagnosis is not None:
            self.edits[told.id] = edits
            self._mistakes.append(Mistake(told.follows or told.id, left, item.stated.right, edits))
            self._in_vain += told.repair is None

    def _diagnosis(self, one: Settled, repairs: Sequence[Mended]) -> Diagnosis | None:
        worse = one.outcome
        if worse is not None and worse.verdict.word not in WRONG:
            worse = one.against
        return None if worse is None else diagnosis_of(worse, repairs)

    def _wrong(self, one: Settled, item: Item) -> Wrong:
        stated, model = item.stated, self._note.models[item.model]
        left = stated.left if one.head is None else one.head
        assert left is not None and stated.right is not None  # noqa: S101, PT018 - a claim has both
        question = Question(left, stated.right, stated.conditions, model, one.head)
        outcome = one.outcome if one.against is None else one.against
        return Wrong(
            question,
            self._spelling(item),
            tuple(self._near(item, question)),
            self._marks,
            left_fixed=one.head is not None,
            habits=self._habits,
            obligation=None if outcome is None else outcome.obligation,
            briefly=self._in_vain >= PATIENCE,
            pulse=self.pulse,
        )

    def _spelling(self, item: Item) -> Spelling:
        text = item.stated.line.text
        key = item.model if text is None else -1
        if key not in self._spellings:
            page = self._page if text is None else replace(self._page, source=Source("asked", text))
            trees = tuple(line.tree for line in self._note.lines.lines if line.tree is not None)
            self._spellings[key] = Spelling(page, trees, self._note.models[item.model].builder)
        return self._spellings[key]

    def _near(self, item: Item, question: Question) -> Iterator[Spots]:
        """The formulas of the same chain, then those around it."""
        network, builder = place_of(question)
        claims = [s.item for s in self._found if s.item is not None and s.item.kind == "claim"]
        at = claims.index(item) if item in claims else 0
        order = sorted(
            (c for c in claims if c is not item and c.model == item.model),
            key=lambda c: (c.stated.chain != item.stated.chain, abs(claims.index(c) - at)),
        )
        for other in order[:NEAR]:
            for side in (other.stated.right, other.stated.left):
                if side is not None:
                    yield spots_of(side, builder, Scope(network, {}))

    def _repair(self, mended: Mended, wrong: Wrong) -> Repair:
        page, question = wrong.spelling.page, wrong.question
        left = mended.side if mended.on_left else page.text(question.left)
        right = page.text(question.right) if mended.on_left else mended.side
        latex = " ".join(f"{left} = {right}".split())
        return Repair(
            latex,
            tuple(dict.fromkeys(e.words for e in mended.edits)),
            mended.outcome.verdict.scope,
            tuple(Change(span, text) for span, text in mended.changes),
            standard(latex, page.macros),
        )
