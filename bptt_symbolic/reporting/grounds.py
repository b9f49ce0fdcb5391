"""What a verdict rests on: facts, each with how it is known, and what the author could say that would settle it.

A fact is made where a decision is taken (a definition that could not be used, a loss that nobody defined) and travels
with the claim to the kernel, which refuses an accusation that rests on something assumed.
"""

from dataclasses import dataclass
from typing import Literal

from bptt_symbolic.reading.source import Span

Grade = Literal["stated", "forced", "convention", "assumed", "dropped", "unknown"]
"""How a fact is known: on the page or declared; following from that by unification; one of several practices; made up
by the checker; a line that was not used; a name that nothing defines."""

NO_ACCUSATION: frozenset[Grade] = frozenset({"assumed", "dropped", "unknown"})
"""A claim that rests on one of these is neither refuted nor ill-typed."""
NO_PROOF: frozenset[Grade] = frozenset({"dropped", "unknown"})
"""A claim that rests on one of these is not proved either."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question to the author that would settle something left open."""

    text: str
    """One sentence."""
    declaration: str | None = None
    """What to paste into the declarations beside the note, with the blanks to fill in; None where nothing can be
    declared."""


def definition_of(name: str) -> str:
    """The declaration that defines a name, with a blank for its formula."""
    return f'define = ["{in_toml(name)} = ..."]'


def in_toml(name: str) -> str:
    """A name as it stands between quotes in declarations."""
    return name.replace("\\", "\\\\")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a verdict rests on."""

    about: str
    """The quantity of the network that it is about; empty for the whole network."""
    what: str
    """One clause, as it stands behind "given"."""
    grade: Grade
    span: Span | None = None
    """Where it was made, on the page of the note."""
    inquiry: Inquiry | None = None
