"""Derivation as data: what is said, in which order, before anybody has decided how it is printed.

A line is one relation with a reason; a section is a title with lines. Terms are those of the network, in its own
names; a notation and a format turn them into a document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Ref, Term

Kind = Literal["definition", "claim"]
Form = Literal["numerator", "denominator", "gradient"]
"""How derivatives are laid out: Jacobians and rows, transposed Jacobians and columns, or only derivatives of numbers,
each shaped like what it is taken by."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with terms between them: `say("the adjoint of ", s, " is")`; each term is set as a formula."""

    parts: tuple[str | Term | Affine, ...]


def say(*parts: str | Term | Affine) -> Sentence:
    """A sentence of words and terms."""
    return Sentence(parts)


@dataclass(frozen=True, slots=True)
class Line:
    """A relation, or a chain `left = a = b` of them."""

    left: Term
    members: tuple[Term, ...]
    reason: Sentence
    kind: Kind = "claim"
    label: str = ""
    """What a reader refers to, as in `adjoint-s`; the number of the line where it is empty."""
    optional: bool = False
    """Left out, and listed as left out, when it is not proved; any other line that is not proved is an error."""


@dataclass(frozen=True, slots=True)
class Inequality:
    """A relation that the checker may leave open, but not refute: LaTeX pieces and terms in a row."""

    parts: tuple[str | Term | Affine, ...]
    reason: Sentence


@dataclass(frozen=True)
class Section:
    """A titled part of a derivation."""

    title: str
    lines: tuple["Line | Inequality", ...]
    before: tuple[Sentence, ...] = ()
    after: tuple[Sentence, ...] = ()
    shapes: tuple[tuple[tuple[Ref, ...], tuple[Affine, ...]], ...] = ()
    """Quantities with their sizes, stated before the lines."""
    adds: Network | None = None
    """What the section defines beside the network of the derivation."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How the quantities that it adds are written."""


@dataclass(frozen=True)
class Plan:
    """Everything that a derivation wants to say."""

    title: str
    sections: tuple[Section, ...]
    form: Form
    left_out: tuple[str, ...] = field(default=())
    """What cannot be said about this network, one sentence each."""
