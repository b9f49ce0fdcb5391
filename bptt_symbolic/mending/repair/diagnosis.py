"""Repair -> diagnosis: what kind of mistake it was, where, and what is left of the difference.

Without a repair the special cases in which the claim holds say what kind it is, or nothing does.
"""

from collections.abc import Sequence
from dataclasses import replace

from bptt_symbolic.mending.repair.search import Mended
from bptt_symbolic.proving.methods.symbolic import residual_latex
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle import Outcome
from bptt_symbolic.reporting.report import Diagnosis

MEANINGS: dict[str, str] = {
    "dropped activation derivative": "the derivative of the activation is missing",
    "superfluous activation derivative": "the derivative of the activation stands there once too often",
    "power for a product of Jacobians": "a power of the recurrent matrix stands where a product of Jacobians belongs: "
    "the derivative of the activation is another one at every step",
    "missing transpose": "a transpose is missing",
    "superfluous transpose": "there is a transpose too many",
    "order of factors": "the factors are in the wrong order: matrices do not commute",
    "kind of product": "it is another kind of product",
    "sign": "a sign is wrong",
    "off by one in time": "a quantity stands at the step next to the right one",
    "wrong step": "a quantity stands at the wrong step",
    "off by one in a bound": "a range begins or ends one too early or too late",
    "wrong bound": "a range has the wrong end",
    "wrong index": "an index is wrong",
    "wrong index range": "an index runs over the wrong part of its axis",
    "wrong summation index": "the sum binds another letter than its terms use",
    "label for prediction": "the label stands for the prediction, or the prediction for the label",
    "wrong parameter": "a parameter stands in the place of another",
    "wrong symbol": "a symbol stands in the place of another",
    "missing sum over time": "a sum over the steps is missing",
    "superfluous sum": "there is a sum too many",
    "missing factor": "a factor is missing",
    "superfluous factor": "there is a factor too many",
    "missing term": "a term is missing",
    "superfluous term": "there is a term too many",
    "loss of one step for all": "the loss of one step stands in the place of the loss of all, or the other way",
    "immediate for total": "the immediate derivative stands where the total one is needed",
    "total for immediate": "the total derivative stands where the immediate one is needed",
    "wrong number": "a number is wrong",
    "wrong power": "a power is wrong",
    "function for its derivative": "a function stands in the place of its derivative",
    "derivative for its function": "a derivative stands in the place of its function",
    "copied from an earlier mistake": "an earlier equation that is wrong was put in",
    "several mistakes": "there is more than one mistake",
    "paths through earlier states": "what earlier steps contribute is not right",
}
"""Kind of mistake -> what it means; a closed list, part of the contract of the JSON report."""

SPECIAL: tuple[tuple[str, str], ...] = (
    ("for a linear activation", "dropped activation derivative"),
    ("when every size is 1", "order of factors"),
    ("for T = 1", "paths through earlier states"),
)
"""A special case in which a false claim holds -> the kind of mistake that it betrays."""

INTERNAL = frozenset("[(")
"""Signs of the checker's own names in a residual: transfers `P(t, k)`, functions by number."""
LONGEST = 160
"""Characters of a residual that people can take in."""


def diagnosis_of(outcome: Outcome, repairs: Sequence[Mended]) -> Diagnosis | None:
    """The diagnosis of a wrong claim; None where nothing is known."""
    left_over = residual(outcome.obligation) if outcome.verdict.word == "refuted" else None
    if repairs:
        edits = repairs[0].edits
        kinds = tuple(dict.fromkeys(e.kind for e in edits))
        kind = kinds[0] if len(kinds) == 1 else "several mistakes"
        what = " and ".join(MEANINGS[k] for k in kinds)
        return Diagnosis(kind, what, edits[0].culprit, left_over)
    for words, kind in SPECIAL:
        if f"holds {words}" in outcome.message or f", and {words}" in outcome.message:
            return Diagnosis(kind, f"{MEANINGS[kind]} (it holds {words})", outcome.culprit, left_over)
    return None if left_over is None else Diagnosis("unknown", "no single kind of mistake fits", None, left_over)


def residual(obligation: Obligation | None) -> str | None:
    """Right minus left in normal form, where it is short enough to be read."""
    if obligation is None:
        return None
    found = residual_latex(replace(obligation, left=obligation.right, right=obligation.left))
    text = " ".join(found or ()).removeprefix("+").strip()
    return text if text and len(text) <= LONGEST and not INTERNAL & set(text) else None
