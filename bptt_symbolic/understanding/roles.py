"""Decisions about a note, with their reasons: data only.

Every convention that finds something on the page gives evidence for a role of a subject; the role with the most is the
decision, which keeps its evidence, the second choice and the margin between them. Weights are log odds: 2 is "hardly
ever otherwise", 4 "never seen otherwise".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bptt_symbolic.reading.source import Span

Question = Literal[
    "running step",
    "place of the step",
    "function",
    "last step",
    "number behind",
    "digits below",
    "word",
    "sign",
    "layer",
    "label",
]
"""What a decision answers: which letter runs over the steps; where a name carries its step; whether a name is a
function; whether a letter is the last step; a number or a name behind a sign; whether two digits
below a name are two indices; letters side by side; what a sign
multiplies; whether a letter above counts layers; whether a letter below a name tells versions of it apart."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a decision is about."""

    question: Question
    name: str = ""
    """A name of the note; empty for the note itself."""
    text: str = ""
    """For a script of that name: what stands in it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something on the page that speaks for a role of a subject, or (with a negative weight) against it."""

    subject: Subject
    role: str
    weight: float
    span: Span | None = None
    """Where it stands; None when it lies outside of the note."""
    row: str = ""
    """The id of the convention that found it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The role of a subject, with its reasons."""

    subject: Subject
    role: str
    weight: float
    margin: float
    """By how much it beats the second choice, or nothing at all."""
    second: str | None
    heard: tuple[str, ...]
    """Every role that something speaks for, best first."""
    evidence: tuple[Evidence, ...]
    """What speaks for it or against it, heaviest first."""


def decide(evidence: Iterable[Evidence]) -> dict[Subject, Decision]:
    """The best role of each subject that has one with more for it than against it; among equals the first one named."""
    heard: dict[Subject, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for one in evidence:
        heard[one.subject][one.role].append(one)
    found = {subject: _decision(subject, roles) for subject, roles in heard.items()}
    return {subject: decision for subject, decision in found.items() if decision.weight > 0}


def _decision(subject: Subject, roles: Mapping[str, list[Evidence]]) -> Decision:
    weights = {role: sum(e.weight for e in found) for role, found in roles.items()}
    best, *others = sorted(weights, key=lambda role: (-weights[role], role))
    second = max((weights[o] for o in others), default=0.0)
    reasons = sorted(roles[best], key=lambda e: -abs(e.weight))
    margin = weights[best] - max(second, 0.0)
    choice = others[0] if second > 0 else None
    return Decision(subject, best, weights[best], margin, choice, (best, *others), tuple(reasons))
