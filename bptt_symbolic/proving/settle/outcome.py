"""Outcome: how a claim came out, in which reading, and what that rests on."""

from dataclasses import dataclass

from bptt_symbolic.meaning.printing import SIGNS, latex
from bptt_symbolic.proving.evidence import Witness
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle.modes import Charity
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reporting.grounds import Fact, Inquiry


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the reading it is about."""

    verdict: judge.Verdict
    readings: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    message: str = ""
    help: str | None = None
    understood: str | None = None
    culprit: Span | None = None
    obligation: Obligation | None = None
    witness: Witness | None = None
    """Where the sides differ, if the claim is refuted."""
    ill_typed_left: bool = False
    """The left side by itself has no meaning."""
    domain: tuple[str, ...] = ()
    """What the free letters are confined to, on the page or because a side has no meaning elsewhere."""
    facts: tuple[Fact, ...] = ()
    """What the verdict rests on that the note does not say; what an undecided claim waits for."""
    inquiry: Inquiry | None = None
    """What would settle an undecided claim."""
    charity: tuple[Charity, ...] = ()
    """The derivatives that a proof reads as immediate ones."""
    otherwise: "Outcome | None" = None
    """The proof under the one practice that it waits for, where other claims of the note may need that, too."""


def left_open(message: str, obligation: Obligation | None, fact: Fact) -> Outcome:
    """The outcome of a claim that waits for what its author could say about a fact."""
    code = "rests-on-dropped" if fact.grade == "dropped" else "rests-on-assumed"
    return Outcome(
        judge.undecided(message, code),
        message=message,
        understood=None if obligation is None else shown(obligation),
        obligation=obligation,
        facts=(fact,),
        inquiry=fact.inquiry,
    )


def shown(obligation: Obligation) -> str:
    """What was understood, in the checker's own notation."""
    return f"{latex(obligation.left)} {SIGNS[obligation.sign]} {latex(obligation.right)}"
