"""A claim about layers of a stack -> an outcome: proved for any layers above, refuted where there are none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bptt_symbolic.meaning.terms import Affine, Term, speaks_of
from bptt_symbolic.proving.settle.outcome import Outcome, left_open
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.standing import open_practice
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding import NotBuilt, StackPart
from bptt_symbolic.understanding.conditions import conditions_of

Settle = Callable[[Question], Outcome]
LAST = "the topmost layer that it names is the last one"
MEANT = "the letter of its layers means the last one"


def in_a_stack(question: Question, stack: StackPart, sides: Sequence[Term], settle: Settle) -> Outcome:
    """The outcome of a claim with these sides."""
    pinned = _pinned(question, stack.part.letter)
    if pinned is not None and pinned == stack.part.end:
        return _for_the_last(question, stack, settle)
    if stack.any_depth is None or stack.last is None or pinned is not None:
        return left_open(f"the checker does not know {stack.part.facts[0].what}", None, stack.part.facts[0])
    inside = stack.part.settles(sides)
    if inside:
        found = settle(replace(question, model=stack.any_depth, proof_only=True))
        if found.verdict.word == "proved":
            return found
    outcome = settle(replace(question, model=stack.last))
    if outcome.verdict.word in {"refuted", "ill-typed"} and not (inside or question.proof_only):
        other = _for_the_last(replace(question, proof_only=True), stack, settle)
        if other.verdict.word == "proved":
            return open_practice(other.obligation, Fact("", MEANT, "convention"), other)
    if outcome.verdict.word != "proved":
        return outcome
    return open_practice(outcome.obligation, Fact("", LAST, "convention"), outcome)


def of_one_sequence(question: Question, sides: Sequence[Term], settle: Settle) -> Outcome:
    """The outcome of a claim about an encoder and a decoder: in the network of the one of which it speaks."""
    known: set[str] = set()
    for sequence in question.model.sequences:
        own = [sequence.model.builder.tried(side) for side in (question.left, question.right)]
        known |= sequence.one.names | sequence.one.losses
        terms = [t for t in own if t is not None]
        if len(terms) == len(own) and sequence.one.settles(terms):
            return settle(replace(question, model=sequence.model))
    if not any(speaks_of(side, known) for side in sides):
        return settle(replace(question, model=replace(question.model, sequences=())))
    fact = Fact("", "claims that speak of both sequences, of different lengths", "unknown")
    return left_open(f"the checker does not settle {fact.what}", None, fact)


def _for_the_last(question: Question, stack: StackPart, settle: Settle) -> Outcome:
    """The claim where the letter of its layers is the last one."""
    builder = replace(question.model.builder, renamed=stack.part.as_last)
    return settle(replace(question, model=replace(question.model, builder=builder, parts=())))


def _pinned(question: Question, letter: str) -> Affine | None:
    """The one layer that a condition beside a claim says it is about."""
    own = Affine.of(letter)
    for node in question.beside if letter else ():
        with suppress(NotBuilt):
            for condition in conditions_of(node, question.model.builder.at_last):
                if condition.relation == "=" and own in {condition.left, condition.right}:
                    return condition.right if condition.left == own else condition.left
    return None
