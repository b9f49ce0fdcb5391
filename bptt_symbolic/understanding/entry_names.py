r"""Names of entries: what `u_{12}` is in a note that writes out `U = \begin{bmatrix} u_{11} & u_{12} \\ ...`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.terms import Term
from bptt_symbolic.understanding.occurrences import Occurrence, Sup, label_text

Key = tuple[str, int, str, tuple[str, ...]]
"""A name as it is written: its letter, primes, what stands below it, run together, and what stands above it."""


def key_of(found: Occurrence, sups: Sequence[Sup]) -> Key | None:
    """The key of a name with some of its superscripts; None where a script is no plain text."""
    below = [label_text(node) for node in found.subs]
    above = [label_text(sup.body) for sup in sups]
    if any(text is None for text in (*below, *above)):
        return None
    texts = [text for text in below if text]
    short = all(len(text) == 1 for text in texts)  # `u_{1,2}` is `u_{12}`, but `u_{1,12}` is not `u_{11,2}`
    return found.name, found.primes, ("" if short else ",").join(texts), tuple(text for text in above if text)


@dataclass(frozen=True)
class EntryNames:
    """The names that a note gives to entries, and to what they are entries of."""

    terms: Mapping[Key, Term] = field(default_factory=dict)

    def of(self, found: Occurrence) -> tuple[Term, tuple[Sup, ...]] | None:
        """The entry that a name means, and the superscripts that are no part of the name."""
        for own, rest in ((found.sups, ()), ((), found.sups)) if self.terms else ():
            key = key_of(found, own)
            term = None if key is None else self.terms.get(key)
            if term is not None:
                return replace(term, span=found.span), rest
        return None
