"""Settled relations -> settled relations: what only the whole note can say of each.

- A derivative on the left that holds only as an immediate one is read so where the note marks that meaning: by its
  words, or because other claims need it. Else the literal meaning decides. A product of two columns likewise.
- What several claims wait for is the habit of the note: with it they are proved, which is said.
- Where most claims would be accused, the note was misunderstood: nobody is accused.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import get_args

from bptt_symbolic.meaning.network import Network, base_of
from bptt_symbolic.meaning.terms import Deriv, Mode, Neg, Ref, Sum, Term, Transpose, rebuild, walk
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.review.settling import WRONG, Settled
from bptt_symbolic.proving.settle import OUTER, Marks, Outcome, Question, left_open, settle
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.reporting.guard import CODE, guarded
from bptt_symbolic.understanding import Note, marks_immediate, marks_outer

MOST_ACCUSED = 4
"""So many wrong claims may be the author's, whatever their share."""


def looked_again(note: Note, found: Sequence[Settled], *, asked: bool = False) -> list[Settled]:
    """The relations of a note, those that were read charitably without a mark settled literally."""
    marks = marks_of(note, found)
    settled = _by_habit([_left_open(_literally(note, one, marks), marks) for one in found], marks)
    return _nobody(settled) if not asked and _misunderstood(settled) else settled


def marks_of(note: Note, found: Sequence[Settled]) -> Marks:
    """The charitable readings that a note marks: by its words and signs, or because other claims need them."""
    words = [text for _, text in note.lines.words]
    outer = any(map(marks_outer, words)) or "\\otimes" in note.lines.source.text or _outer_is_a_habit(found)
    if any(map(marks_immediate, words)):
        return Marks(None, outer)
    return Marks(_needed(found) | _habitual(note, found), outer)


def _needed(found: Sequence[Settled]) -> frozenset[tuple[str, str]]:
    """Derivatives that other proofs of the note read as immediate ones, with the left side total."""
    needed: set[tuple[str, str]] = set()
    for one in found:
        for outcome in (one.outcome, one.against):
            if outcome is not None and outcome.verdict.word == "proved":
                sides = {c.side for c in outcome.charity}
                needed |= {(c.of, c.by) for c in outcome.charity} if sides == {"right"} else set()
    return frozenset(needed)


_HABIT = 3
"""Parameters by which a quantity is derived within its step before that is what the note means by any."""


def _habitual(note: Note, found: Sequence[Settled]) -> set[tuple[str, str]]:
    """The derivatives of a quantity by its parameters, and of what is computed from it within the step, where what a
    note says of those by several parameters holds if they are immediate, and only then."""
    outcomes = [o for one in found for o in (one.outcome, one.against) if o is not None]
    proved = {(c.of, c.by) for o in outcomes if o.verdict.word == "proved" for c in o.charity}
    charity = proved | {(c.of, c.by) for o in outcomes if o.otherwise is not None for c in o.otherwise.charity}
    parameters = {n for m in note.models for n, role in m.network.role.items() if role == "parameter"}
    counts = Counter(of for of, by in proved if by in parameters)
    usual = {of for of, several in counts.items() if several >= _HABIT}
    readers = {name for m in note.models for name in m.network.definitions if _reads_now(name, usual, m.network)}
    return {(of, by) for of, by in charity if of in usual | readers}


def _reads_now(name: str, wanted: Collection[str], network: Network) -> bool:
    """Whether a quantity reads one of some within the same step."""
    seen, todo = {name}, [name]
    while todo:
        now = {read for read, lag in network.lags(todo.pop()) if lag == 0}
        if now & set(wanted):
            return True
        todo.extend(sorted((now & set(network.definitions)) - seen))
        seen |= now
    return False


def _outer_is_a_habit(found: Sequence[Settled]) -> bool:
    """Several proofs need products of columns to be outer products."""
    return sum(one.outcome is not None and OUTER in one.outcome.readings for one in found) > 1


def _literally(note: Note, one: Settled, marks: Marks) -> Settled:
    outcome = None if one.outcome is None else _again(note, one, one.outcome, marks, head=False)
    against = None if one.against is None else _again(note, one, one.against, marks, head=True)
    if outcome is one.outcome and against is one.against:
        return one
    assert outcome is not None  # noqa: S101 - what is settled against a head is settled by itself
    return one.with_outcomes(outcome, against)


def _again(note: Note, one: Settled, outcome: Outcome, marks: Marks, *, head: bool) -> Outcome:
    """The outcome, or that of the literal meaning where nothing marks another."""
    if outcome.verdict.word != "proved" or one.item is None:
        return outcome
    stated, model, text = one.item.stated, note.models[one.item.model], one.finding.latex
    left = one.head if head and one.head is not None else stated.left
    assert left is not None and stated.right is not None  # noqa: S101, PT018 - it was settled before
    literally = marks.literally(Question(left, stated.right, stated.conditions, model, one.head), outcome, text)
    if literally is None:
        return outcome
    literal = guarded(lambda: settle(literally), lambda fallen: Outcome(judge.undecided(fallen.message, CODE)))
    said = [f"it holds only if {c.words} is the {c.mode} derivative" for c in marks.unmarked(outcome)[:1]]
    said += ["it holds only if the product of two columns is the outer product"] * marks.columns(outcome, text)
    message = f"{literal.message or literal.verdict.message}; {' and '.join(said)}, which nothing on the page marks"
    return replace(literal, message=message)


def _left_open(one: Settled, marks: Marks) -> Settled:
    """A derivative of a total that fails, where those of its terms are meant within their step: by the same practice it
    may be the sum of these."""
    return _with(one, *(o if o is None else _of_total(o, marks) for o in (one.outcome, one.against)))


def _by_habit(found: Sequence[Settled], marks: Marks) -> list[Settled]:
    """The relations, with proofs for those that wait for what is the habit of the note."""
    waiting = [{o.facts[0].what for o in (one.outcome, one.against) if o is not None and o.otherwise} for one in found]
    habits = {what for what, several in Counter(chain.from_iterable(waiting)).items() if several >= _HABIT}

    def closed(outcome: Outcome | None) -> Outcome | None:
        proof = None if outcome is None else outcome.otherwise
        if outcome is None or proof is None or outcome.facts[0].what not in habits or marks.unmarked(proof):
            return outcome
        fact = replace(outcome.facts[0], inquiry=None)
        message = f"{proof.message or proof.verdict.message} if {fact.what}, as several claims of the note take it"
        return replace(proof, message=message, facts=(*proof.facts, fact))

    return [_with(one, closed(one.outcome), closed(one.against)) for one in found]


def _with(one: Settled, outcome: Outcome | None, against: Outcome | None) -> Settled:
    same = outcome is one.outcome and against is one.against
    return one if same or outcome is None else one.with_outcomes(outcome, against)


def _of_total(outcome: Outcome, marks: Marks) -> Outcome:
    obligation = outcome.obligation
    if outcome.verdict.word != "refuted" or obligation is None or marks.immediate is None:
        return outcome
    left, network = obligation.left, obligation.network
    while isinstance(left, Transpose | Neg):
        left = left.body
    of = base_of(left.of) if isinstance(left, Deriv) else None
    definition = None if of is None or of.time is not None else network.definitions.get(of.name)
    summed = () if definition is None or not isinstance(definition.body, Sum) else walk(definition.body)
    meant = {name for name, _ in marks.immediate}
    if not any(isinstance(x, Ref) and (x.name in meant or _reads_now(x.name, meant, network)) for x in summed):
        return outcome
    if definition is None or not isinstance(left, Deriv) or not _holds_summed(obligation, left, definition.body):
        return outcome
    what = "the note means the derivatives of what it sums within their step"
    said = f"fails as a total derivative; {what}, and may mean the sum of these"
    return left_open(said, obligation, Fact("", what, "convention"))


def _holds_summed(obligation: Obligation, total: Deriv, body: Term) -> bool:
    """Whether a claim about a total agrees for the sum of the derivatives of its terms, all within their step."""

    def put(term: Term, mode: Mode) -> Term:
        if term == total and isinstance(body, Sum):
            return replace(body, body=replace(total, of=body.body, mode=mode))
        new = rebuild(term, lambda child: put(child, mode))
        return replace(new, mode=mode) if isinstance(new, Deriv) and new.by == total.by else new

    for mode in get_args(Mode):
        within = replace(obligation, left=put(obligation.left, mode), right=put(obligation.right, mode))
        with suppress(Unsupported):
            if mode != "total" and fixed.agrees(within):
                return True
    return False


def _misunderstood(found: Sequence[Settled]) -> bool:
    """More than half of the claims would be accused, and not just a few."""
    claims = [one for one in found if one.outcome is not None and not one.finding.inline]
    wrong = sum(not one.holds for one in claims)
    return wrong > MOST_ACCUSED and 2 * wrong > len(claims)


def _nobody(found: Sequence[Settled]) -> list[Settled]:
    """The same with nobody accused, and the question why."""
    counts = Counter(one.outcome.verdict.word for one in found if one.outcome is not None)
    wrong = counts["refuted"] + counts["ill-typed"]
    what = f"{wrong} of {sum(counts.values())} claims would be accused, so the note was probably misunderstood"
    inquiry = Inquiry("Is the network of `bptt-symbolic show` the one that the note means?", 'define = ["..."]')
    fact = Fact("", what, "unknown", None, inquiry)

    def open_(outcome: Outcome | None) -> Outcome | None:
        if outcome is None or outcome.verdict.word not in WRONG:
            return outcome
        said = f"{what}; as it was read, this would be {outcome.verdict.word}: {outcome.message}"
        verdict = judge.undecided(said, "misunderstood")
        return replace(outcome, verdict=verdict, message=said, facts=(fact,), inquiry=inquiry, witness=None)

    return [_with(one, open_(one.outcome), open_(one.against)) for one in found]
