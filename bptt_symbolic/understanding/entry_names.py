r"""Names of entries: what `u_{12}` is in a note that writes out `U = \begin{bmatrix} u_{11} & u_{12} \\ ...`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.meaning.terms import Affine, Entry, Ref, Term
from bptt_symbolic.reading.syntax import Node, Number, Product, Token
from bptt_symbolic.understanding.occurrences import Occurrence, Sup, affine, label_text, unwrap

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


def indices_of(found: Occurrence, rank: int) -> tuple[Affine, ...] | None:
    """The indices below a name: `w_{ij}`, `w_{i,j}`, `w_{1 n}`, `w_{12}`; None where these are not `rank` many."""
    parts: list[Node] = list(found.subs)
    inner = unwrap(parts[0]) if len(parts) == 1 and rank > 1 else None
    if isinstance(inner, Number) and len(inner.token.text) == rank:
        return tuple(Affine(int(digit)) for digit in inner.token.text) if inner.token.text.isdigit() else None
    if isinstance(inner, Product):
        parts = [item for item in inner.items if not isinstance(item, Token)]
    values = [affine(part) for part in parts]
    return tuple(v for v in values if v is not None) if None not in values and len(values) == rank else None


@dataclass(frozen=True)
class EntryNames:
    """The names that a note gives to entries, and to what they are entries of."""

    terms: Mapping[Key, Term] = field(default_factory=dict)
    letters: Mapping[Key, tuple[Ref, int]] = field(default_factory=dict)
    """Letters whose indices are entries, and how many these are: the `w` of `w_{ij}`."""

    def of(self, found: Occurrence) -> tuple[Term, tuple[Sup, ...]] | None:
        """The entry that a name means, and the superscripts that are no part of the name."""
        for own, rest in ((found.sups, ()), ((), found.sups)) if self.terms else ():
            key = key_of(found, own)
            term = None if key is None else self.terms.get(key)
            if term is not None:
                return replace(term, span=found.span), rest
        for own, rest in ((found.sups, ()), ((), found.sups)) if self.letters else ():
            key = key_of(replace(found, subs=()), own)
            body, rank = (None, 0) if key is None else self.letters.get(key, (None, 0))
            indices = None if body is None else indices_of(found, rank)
            if body is not None and indices is not None:
                return Entry(body, indices, found.span), rest
        return None
