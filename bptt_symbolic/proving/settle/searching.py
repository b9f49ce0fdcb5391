"""Readings of a relation -> an outcome: the first one that agrees is proved, or all of them are refuted.

Readings are looked at in floating point, most literal first, on the whole domain of the claim and then on the usual
one; what agrees is proved, for all steps and sizes where that method can, else at fixed ones. When nothing agrees, the
most literal reading that has a meaning is refuted.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.network import base_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Cases,
    Condition,
    Constant,
    Deriv,
    Family,
    Indicator,
    Num,
    Prod,
    Ref,
    Sum,
    free_names,
    walk,
)
from bptt_symbolic.proving.evidence import Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.proposals import proofs
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.methods.work import weight
from bptt_symbolic.proving.obligation import Assumptions, Obligation
from bptt_symbolic.proving.settle.enumeration import Reading, in_modes
from bptt_symbolic.proving.settle.extent import NOTHING, extent, said
from bptt_symbolic.proving.settle.modes import ahead_words, is_derivative
from bptt_symbolic.proving.settle.outcome import Outcome, shown
from bptt_symbolic.proving.settle.outside import outside_words
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import Domain
from bptt_symbolic.proving.settle.shrinking import shrunk
from bptt_symbolic.proving.settle.special import special_cases
from bptt_symbolic.proving.settle.standing import (
    open_for,
    open_practice,
    waiting,
)
from bptt_symbolic.reporting.grounds import NO_ACCUSATION
from bptt_symbolic.reporting.report import Scope as Shown
from bptt_symbolic.understanding import Model

MOST_LOOKS = 240
"""Readings that are looked at for one relation."""
MOST_TERMS, FEWEST_LOOKS = 100_000, 6
"""Terms in all readings, and readings of a relation that has very many."""


def _agrees(obligation: Obligation, largest: int) -> bool:
    """A quick look; a step written as a number must not be the last one by chance."""
    if not fixed.agrees(obligation):
        return False
    return largest <= 1 or obligation.assumptions.steps is not None or fixed.agrees(obligation, largest + 1)


VANISHES = "both sides are zero in the network as it was understood"
LEANS = "a derivative in it is zero, so that it says something else than it seems to"


def _hollow(obligation: Obligation) -> str:
    """Why a reading that agrees says nothing; empty if it says something."""
    if _leans_on_nothing(obligation):
        return LEANS
    return VANISHES if _says_nothing(obligation) else ""


def _says_nothing(obligation: Obligation) -> bool:
    """Both sides vanish, and not because one of them is written as zero."""
    written = any(
        isinstance(x, Indicator | Cases)
        or (isinstance(x, Num) and not x.value)
        or (isinstance(x, Constant) and x.kind == "zero")
        for t in (obligation.left, obligation.right)
        for x in walk(t)
    )
    return not written and fixed.vanishes(obligation)


def search(found: Sequence[Reading], assumptions: list[Assumptions], question: Question, domain: Domain) -> Outcome:
    """The outcome of a relation with these readings under these hypotheses."""
    looks = 0
    hollow: list[tuple[int, str]] = []
    unknown: list[str] = []
    most = _most_looks(found[0].obligation)
    tried: list[tuple[int, Reading]] = []
    for pair, reading in _with_modes(found, literal=question.literal):
        for assumed in assumptions:
            looks += 1
            obligation = replace(reading.obligation, assumptions=assumed)
            try:
                places = _agreeing(_places(obligation, domain), domain.largest)
                if places and (why := _hollow(places[0][0])):
                    hollow.append((pair, why))
                    break
                if places:
                    return _first_proof(reading, places, question.model, domain)
            except Unsupported as reason:
                unknown.append(str(reason))
                break
        else:
            tried.append((pair, reading))
        if looks > most:
            break
    if hollow:  # meant is what it says with this layout, one sign being one thing on both sides
        tried = [(pair, one) for pair, one in tried if pair == hollow[0][0] and _is_consistent(one.obligation)]
    if not tried:
        why = hollow[0][1] if hollow else ""
        return _left_with_nothing(why, unknown, found[0].obligation)
    if question.proof_only:
        return Outcome(judge.undecided("the sides differ at random numbers, and no counterexample was asked for"))
    refuted = _refuted([c for _, c in tried], assumptions, question, stopped=looks > most)
    usual = () if domain.usual.lost else domain.usual.words
    return replace(refuted, domain=_confined(domain, (*domain.meaning.words, *usual)))


def _is_consistent(obligation: Obligation) -> bool:
    """Whether no derivative is read in one way on the left side and in another on the right."""
    left, right = (
        {(x.of, x.by): x.mode for x in walk(side) if isinstance(x, Deriv)}
        for side in (obligation.left, obligation.right)
    )
    return all(left[one] == right[one] for one in left.keys() & right.keys())


def _left_with_nothing(why: str, unknown: Sequence[str], obligation: Obligation) -> Outcome:
    """A claim of which no reading is left: all are hollow, for this reason, or cannot be computed."""
    told = f"it holds, but says nothing: {why}" if why else f"nothing can be computed: {unknown[0]}"
    code = "vacuous" if why == VANISHES or "vacuous" in told else "undecided"
    return Outcome(judge.undecided(told, code), understood=shown(obligation))


def _most_looks(obligation: Obligation) -> int:
    """Readings that are looked at: the more there is to compute, the fewer."""
    place = fixed.instance_of(obligation)
    terms = 1 if place is None else weight(obligation, *place)
    return min(MOST_LOOKS, max(FEWEST_LOOKS, MOST_TERMS // terms))


Place = tuple[Obligation, tuple[str, ...]]
"""A domain of a claim, and what the page does not say of it."""


def _places(obligation: Obligation, domain: Domain) -> list[Place]:
    """The claim on its whole domain, then on the usual one, each with what the page does not say of it."""
    said = domain.meaning.words
    found = [(replace(obligation, conditions=domain.whole), said)]
    if domain.usual != NOTHING and not domain.usual.lost:
        found.append((obligation, tuple(dict.fromkeys((*said, *domain.usual.words)))))
    inside = _inside(obligation)
    left = extent(obligation.variables, obligation.conditions, inside)
    if left != NOTHING and not left.lost:
        within = replace(obligation, conditions=(*obligation.conditions, *inside))
        found.append((within, tuple(dict.fromkeys((*said, *domain.usual.words, *left.words)))))
    return found


def _inside(obligation: Obligation) -> tuple[Condition, ...]:
    """That no step which a claim names lies behind the last one: a recursion backward begins there."""
    letters = {n for n, _ in obligation.variables}
    times = {x.time for t in (obligation.left, obligation.right) for x in walk(t) if isinstance(x, Ref)}
    return tuple(
        Condition(time, "<=", Affine.of(LAST))
        for time in sorted((t for t in times if t is not None), key=str)
        if len(time.parts) == 1 and time.parts[0][0] in letters and time.parts[0][1] == 1 and time.const > 0
    )


def _agreeing(places: Sequence[Place], largest: int) -> list[Place]:
    """The places at which both sides agree; raises Unsupported where none can be computed."""
    found: list[Place] = []
    failure: Unsupported | None = None
    computed = False
    for place in places:
        try:
            agree = _agrees(place[0], largest)
        except Unsupported as reason:
            failure = failure or reason
            continue
        computed = True
        if agree:
            found.append(place)
    if failure is not None and not computed:
        raise failure
    return found


def _leans_on_nothing(obligation: Obligation) -> bool:
    """Whether a derivative within the right side is zero everywhere: what stands beside it is then not meant."""
    bound = {x.var for x in walk(obligation.right) if isinstance(x, Sum | Prod | Family)}
    if is_derivative(obligation.right):
        return False
    for x in walk(obligation.right):
        if isinstance(x, Deriv) and not free_names(x) & bound and base_of(x.of) != base_of(x.by):
            with suppress(Unsupported):
                if fixed.agrees(replace(obligation, left=x, right=Num(Fraction(0)))):
                    return True
    return False


def _first_proof(reading: Reading, places: Sequence[Place], model: Model, domain: Domain) -> Outcome:
    """The most general proof: on the largest domain, but for all steps and sizes rather than at fixed ones."""
    outcomes = []
    for obligation, words in places:
        outcome = _within(_proved(replace(reading, obligation=obligation), model), words, domain)
        if outcome.verdict.scope == ALL:
            return outcome
        outcomes.append(outcome)
    return next((o for o in outcomes if o.verdict.word == "proved"), outcomes[0])


def _within(outcome: Outcome, words: tuple[str, ...], domain: Domain) -> Outcome:
    """The outcome with what its letters are confined to; one letter fewer, and it is not the claim that was proved."""
    outcome = replace(outcome, domain=_confined(domain, words))
    if not words:
        return outcome
    only = ", ".join(words)
    if domain.meaning.lost:
        message = f"it has a meaning only for {only}, and the page does not say that it is about nothing else"
        return replace(outcome, verdict=judge.undecided(message, "narrow"), message=message, help=NARROW)
    if outcome.verdict.word != "proved":
        return outcome
    message = outcome.message.replace("holds", f"holds for {only}", 1)
    return replace(outcome, message=message, hypotheses=(*outcome.hypotheses, f"for {only}"))


def _confined(domain: Domain, words: tuple[str, ...]) -> tuple[str, ...]:
    """What the letters are confined to: what the page says, and what it leaves to be understood."""
    stated = (said(c) for c in domain.stated if (c.left - c.right).names() - {LAST})
    return tuple(dict.fromkeys((*stated, *words)))


NARROW = "write beside the equation for which steps it is meant, or correct its steps"
ALL = Shown("all", "all")


def _with_modes(found: Sequence[Reading], *, literal: bool) -> Iterator[tuple[int, Reading]]:
    """Each pair of terms, by its number, with every assignment of modes, all literal ones first."""
    yield from enumerate(found)
    for pair, reading in enumerate(found):
        yield from ((pair, one) for one in in_modes(reading, literal=literal))


def _proved(reading: Reading, model: Model) -> Outcome:
    obligation = reading.obligation
    reasons = []
    hypotheses = obligation.assumptions.described()
    for proposal in proofs(obligation):
        if proposal.identity is None:
            reasons.append(proposal.reason)
            continue
        verdict = judge.confirm_identity(obligation, proposal.identity)
        if isinstance(verdict, judge.Verdict):
            words = reading.words + ahead_words(obligation) + outside_words(obligation)
            message = _proof_message(words, obligation.assumptions, model, verdict.scope)
            return Outcome(
                verdict,
                words,
                hypotheses,
                message,
                understood=shown(obligation),
                obligation=obligation,
                facts=verdict.rests_on,
                charity=reading.charity,
            )
        if verdict.fact is not None:
            return waiting(verdict, obligation)
        reasons.append(verdict.reason)
    reason = "both sides agree at random numbers, but that is no proof: " + "; ".join(r for r in reasons if r)
    return Outcome(
        judge.undecided(reason), reading.words, hypotheses, reason, None, shown(obligation), None, obligation
    )


def _proof_message(words: Sequence[str], assumed: Assumptions, model: Model, scope: Shown | None) -> str:
    labels = assumed.sum_to_one or assumed.one_hot
    unsaid = assumed.steps is not None or (
        labels and not model.assumed_labels and not assumed.label and not assumed.other
    )
    parts = ["holds at the sizes tried" if scope is not None and scope.tried else "holds"]
    if words:
        parts.append("in the reading given")
    if assumed.described():
        parts.append("if " + " and ".join(assumed.described()))
    return " ".join(parts) + (", which the note does not say" if unsaid else "")


def _refuted(tried: list[Reading], assumptions: list[Assumptions], question: Question, *, stopped: bool) -> Outcome:
    first, model = tried[0], question.model
    obligation = replace(first.obligation, assumptions=assumptions[0])
    reason = ""
    refused = judge.resting_on(obligation, NO_ACCUSATION)
    if refused is not None:
        return waiting(refused, obligation)
    practice = open_for([c.obligation for c in tried], model, assumptions[0])
    if practice is not None:
        return open_practice(obligation, practice)
    granted = _granted(assumptions, model)
    for assumed in [granted, *([] if granted == assumptions[0] else [assumptions[0]])]:
        claim = replace(obligation, assumptions=assumed)
        try:
            proposal = fixed.propose(claim)
        except Unsupported as unsupported:
            return Outcome(judge.undecided(str(unsupported)), understood=shown(obligation))
        reason = proposal.reason
        for witness in proposal.witnesses:
            verdict = judge.confirm_witness(claim, witness)
            if isinstance(verdict, judge.Verdict) and question.brief:
                return Outcome(verdict, first.words, message="fails", understood=shown(obligation), witness=witness)
            if isinstance(verdict, judge.Verdict):
                outcome = _refutation(verdict, first, obligation, tried, stopped=stopped)
                smallest, verdict = _smallest(claim, witness, verdict)
                return replace(outcome, verdict=verdict, witness=smallest)
            reason = verdict.reason
    message = f"the sides differ at random numbers, but no counterexample was confirmed: {reason}"
    return Outcome(judge.undecided(message), first.words, (), message, None, shown(obligation), None, obligation)


def _granted(assumptions: list[Assumptions], model: Model) -> Assumptions:
    """What the note says of its targets: a claim that fails all the same fails beyond doubt."""
    said = [a for a in assumptions if a.one_hot and a.steps == assumptions[0].steps]
    return said[-1] if said and model.assumed_labels else assumptions[0]


def _smallest(obligation: Obligation, witness: Witness, verdict: judge.Verdict) -> tuple[Witness, judge.Verdict]:
    """The smallest witness that the kernel confirms, and its verdict."""
    for smaller in shrunk(obligation, witness):
        confirmed = judge.confirm_witness(obligation, smaller)
        if isinstance(confirmed, judge.Verdict):
            return smaller, confirmed
    return witness, verdict


def _refutation(
    verdict: judge.Verdict, first: Reading, obligation: Obligation, tried: list[Reading], *, stopped: bool
) -> Outcome:
    cases = special_cases([c.obligation for c in tried[:12]], obligation.assumptions)
    count = f"fails under every reading tried ({len(tried)}" + (", where the search stopped)" if stopped else ")")
    message = count if len(tried) > 1 else "fails"
    if cases:
        message += "; holds " + ", and ".join(cases[:3])
    hypotheses = obligation.assumptions.described()
    return Outcome(verdict, first.words, hypotheses, message, None, shown(obligation), None, obligation)
