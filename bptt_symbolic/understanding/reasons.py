"""Decisions -> words: what was decided about the signs of a note, with the reasons of it."""

from collections.abc import Mapping

from bptt_symbolic.reporting.report import Decided, Reason
from bptt_symbolic.understanding.conventions import rows
from bptt_symbolic.understanding.corpus import SLOTS
from bptt_symbolic.understanding.notation import Notation
from bptt_symbolic.understanding.roles import Decision, Evidence, Question

_MOST = 3
"""Places of one reason that are worth showing."""
_ORDER: tuple[Question, ...] = (
    "running step",
    "last step",
    "place of the step",
    "function",
    "number behind",
    "digits below",
    "word",
    "sign",
    "layer",
    "label",
)


def why(notation: Notation) -> tuple[Decided, ...]:
    """Every decision, the general ones first."""
    found = sorted(notation.decisions.values(), key=lambda d: (_ORDER.index(d.subject.question), d.subject))
    return tuple(_decided(d) for d in found)


def _decided(decision: Decision) -> Decided:
    subject = decision.subject
    about = "the running step" if subject.question == "running step" else subject.name
    second = None if decision.second is None else _answer(subject.question, decision.second)
    return Decided(about, _answer(subject.question, decision.role), second, decision.margin, _reasons(decision))


def _answer(question: Question, role: str) -> str:
    if question == "place of the step":
        return f"the step stands {_PLACES[role]}"
    if question == "running step":
        return role
    return f"the {role}" if question in {"last step", "sign"} else f"a {role}"


_PLACES: Mapping[str, str] = {str(slot): words for slot, words in SLOTS.items()}


def _reasons(decision: Decision) -> tuple[Reason, ...]:
    says = {row.id: row.says for row in rows()}
    heard: dict[str, list[Evidence]] = {}
    for one in decision.evidence:
        heard.setdefault(one.row, []).append(one)
    return tuple(Reason(row, says[row], one.weight, one.span) for row, found in heard.items() for one in found[:_MOST])
