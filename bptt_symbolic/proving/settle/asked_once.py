"""Question -> its outcome, which is looked up where the same was asked in the same model before.

A relation is the same wherever it stands on the page: its tree is compared with places counted from its beginning. So a
note that is checked again after a change (`pipeline.carried_over`) is settled where it changed, and in one check the
search for repairs settles nothing twice. Places in an outcome move with the relation.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from bptt_symbolic.proving.settle.outcome import Outcome
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Node

MOST = 4000
"""Outcomes that are kept for one model; the oldest go first."""


def asked_once(question: Question, settle: Callable[[Question], Outcome]) -> Outcome:
    """The outcome of a question, settled now unless it was before."""
    known = question.model.answers
    extent = _extent(question)
    key = _key(question, extent.start)
    if key in known:
        began, outcome = known[key]
        moved = _moved(outcome, Span(began, began + extent.end - extent.start), extent.start - began)
        if moved is not None:
            return moved
    outcome = settle(question)
    while len(known) >= MOST:
        known.pop(next(iter(known)))
    known[key] = extent.start, outcome
    return outcome


def _nodes(question: Question) -> Iterator[Node]:
    yield from (question.left, question.right, *question.beside)
    if question.head is not None:
        yield question.head


def _extent(question: Question) -> Span:
    """The part of the page on which a question stands."""
    spans = [node.span for node in _nodes(question)]
    return Span(min(s.start for s in spans), max(s.end for s in spans))


def _key(question: Question, begin: int) -> Hashable:
    said = (question.left, question.right, question.beside, question.head)
    how = (question.proof_only, question.brief, question.literal, question.outer)
    return tuple(_content(part, begin) for part in said), how


def _content(part: object, begin: int) -> Hashable:
    """What a part of a tree says, with its places counted from the beginning of the relation."""
    if isinstance(part, Span):
        return part.start - begin, part.end - begin
    if isinstance(part, tuple):
        return tuple(_content(inner, begin) for inner in part)
    if is_dataclass(part) and not isinstance(part, type):
        names = _names(type(part))
        return type(part).__name__, *(_content(getattr(part, name), begin) for name in names)
    assert isinstance(part, Hashable)  # noqa: S101 - letters and nothing
    return part


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _moved(outcome: Outcome, extent: Span, by: int) -> Outcome | None:
    """The outcome of a relation that stands somewhere else now; None where facts under the kernel's seal would have to
    move, too."""
    if by == 0:
        return outcome
    facts = (*outcome.facts, *outcome.verdict.rests_on, *(() if outcome.otherwise is None else outcome.otherwise.facts))
    if any(fact.span is not None and _is_in(fact.span, extent) for fact in facts):
        return None
    part = outcome.culprit
    if part is None or not _is_in(part, extent):
        return outcome
    return replace(outcome, culprit=Span(part.start + by, part.end + by))


def _is_in(part: Span, extent: Span) -> bool:
    return extent.start <= part.start and part.end <= extent.end
