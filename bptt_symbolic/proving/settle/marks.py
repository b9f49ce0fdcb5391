"""What a note marks -> which charitable readings a proof may use.

A derivative on the left that holds only as an immediate one, and a product of two columns that holds only as the outer
product, are readings of an author who says so. Where nothing on the page marks them, a claim is taken literally, and so
is what is offered in its place.
"""

from dataclasses import dataclass, replace

from bptt_symbolic.proving.settle.modes import Charity
from bptt_symbolic.proving.settle.outcome import Outcome
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.sides import OUTER


@dataclass(frozen=True, slots=True)
class Marks:
    """The charitable readings that a note marks."""

    immediate: frozenset[tuple[str, str]] | None
    """Derivatives that are immediate ones, of what and by what; None where the words of the note say so of any."""
    outer: bool
    """Products of two columns are outer products."""

    def unmarked(self, outcome: Outcome) -> list[Charity]:
        """The derivatives on the left that a proof reads as immediate ones without a mark."""
        known = self.immediate
        return [c for c in outcome.charity if c.side == "left" and known is not None and (c.of, c.by) not in known]

    def columns(self, outcome: Outcome, text: str) -> bool:
        r"""Whether a proof needs an outer product that nothing marks; `\times` in the formula itself is a mark."""
        return OUTER in outcome.readings and not self.outer and r"\times" not in text

    def literally(self, question: Question, outcome: Outcome, text: str) -> Question | None:
        """The claim without the readings that nothing marks; None where a proof needs no such reading."""
        unmarked, columns = self.unmarked(outcome), self.columns(outcome, text)
        if outcome.verdict.word != "proved" or not (unmarked or columns):
            return None
        return replace(question, literal=bool(unmarked), outer=not columns)
