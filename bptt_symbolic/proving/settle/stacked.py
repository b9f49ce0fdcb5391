"""A claim about layers of a stack -> an outcome: proved for any layers above, refuted where there are none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, Term, speaks_of, walk
from bptt_symbolic.proving.settle.outcome import Outcome, left_open
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.standing import open_practice
from bptt_symbolic.reporting.grounds import Fact, Inquiry
from bptt_symbolic.understanding import NotBuilt, StackPart
from bptt_symbolic.understanding.conditions import conditions_of

BETWEEN = Fact(
    "",
    "the layers between those that are named",
    "unknown",
    None,
    Inquiry("Which layers are there, and what does each one read?"),
)
Settle = Callable[[Question], Outcome]
LAST = "the topmost layer that it names is the last one"
MEANT = "the letter of its layers means the last one"


def in_a_stack(question: Question, stack: StackPart, sides: Sequence[Term], settle: Settle) -> Outcome:
    """The outcome of a claim with these sides."""
    pinned = _pinned(question, stack.part.letter)
    if pinned is not None and pinned == stack.part.end:
        return _for_the_last(question, stack, settle)
    if stack.any_depth is None or stack.last is None or pinned is not None or is_of_far_layers(question, sides):
        return of_far_layers()
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


def is_of_far_layers(question: Question, sides: Sequence[Term]) -> bool:
    """Whether a claim differentiates, and names layers between which nobody knows how many there are."""
    parts = [x for side in sides for x in walk(side)]
    anchors = {question.model.anchors.get(x.name) for x in parts if isinstance(x, Ref)} - {None}
    return len(anchors) > 1 and any(isinstance(x, Deriv) for x in parts)


def of_far_layers() -> Outcome:
    """The outcome of such a claim."""
    return left_open(f"the checker does not know {BETWEEN.what}", None, BETWEEN)


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
