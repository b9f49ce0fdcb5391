r"""Relations -> names that stand for a derivative of an entry by an entry.

`p^k_{ij}(t) = \frac{\partial y_k(t)}{\partial w_{ij}}` is no quantity of a network: it is the derivative that it
abbreviates, with whatever stands in the places of its letters (Williams and Zipser, 1989).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bptt_symbolic.meaning.terms import LAST, Affine, Deriv, Entry, Term, free_names, substitute
from bptt_symbolic.reading.syntax import Fenced, Node
from bptt_symbolic.understanding.corpus import given
from bptt_symbolic.understanding.notation import Notation
from bptt_symbolic.understanding.occurrences import Occurrence, affine, letters_of
from bptt_symbolic.understanding.relations import NAMING, Stated

LEAST = 3
"""Indices of such a name."""


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """What a name with letters in its scripts stands for."""

    meant: Deriv
    letters: tuple[str, ...]
    """Its free letters, in the order of the scripts."""
    bracket: bool
    """Whether the last of them stands in a bracket behind the name."""

    def at(self, found: Occurrence, bracket: Fenced | None) -> Term | None:
        """The derivative that an occurrence means; None for one of another form."""
        values = _values(found, bracket if self.bracket else None)
        if values is None or len(values) != len(self.letters) or found.primes:
            return None
        return substitute(self.meant, dict(zip(self.letters, values, strict=True)))


def named_entries(
    relations: Sequence[Stated], built: Callable[[Node | None], Term | None], notation: Notation
) -> Mapping[str, NamedEntry]:
    """The names of a note that stand for derivatives of entries, each by the first relation that says so."""
    found: dict[str, NamedEntry] = {}
    for stated in relations:
        head = None if stated.left is None or stated.mark not in NAMING else given(stated.left)
        if head is None or head.occurrence.primes or head.occurrence.name in found or stated.line.stands_back:
            continue
        values = _values(head.occurrence, head.bracket)
        meant = built(stated.right) if values is not None and len(values) > 1 else None
        if values is None or not isinstance(meant, Deriv) or not _is_of_entries(meant, head.occurrence, notation):
            continue
        letters = tuple(name for value in values for name in value.names())
        alone = all(value == Affine.of(*value.names()) for value in values if len(value.names()) == 1)
        free = free_names(meant) - {LAST} - (set() if notation.main in letters else {notation.main})
        if alone and len(set(letters)) == len(values) and set(letters) == free:
            found[head.occurrence.name] = NamedEntry(meant, letters, head.bracket is not None)
    return found


def _is_of_entries(meant: Deriv, head: Occurrence, notation: Notation) -> bool:
    """Whether it takes more indices than a matrix has, or its name stands nowhere without them, and leaves out its step
    or has it apart; else those of two are the entries of a Jacobian with a name of its own."""
    of, by = meant.of, meant.by
    if not (isinstance(of, Entry) and isinstance(by, Entry)):
        return False
    below = notation.slots.get(head.name) in {"sub0", "sub1"}
    apart = notation.main in free_names(meant) and head.name not in notation.bare and not below
    return len(of.indices) + len(by.indices) >= LEAST or apart


def _values(found: Occurrence, bracket: Fenced | None) -> list[Affine] | None:
    """What stands below, above and in the bracket of a name; None where that is no letter and no number."""
    values = list(_listed(found, bracket))
    return None if None in values else [value for value in values if value is not None]


def _listed(found: Occurrence, bracket: Fenced | None) -> Iterator[Affine | None]:
    for node in found.subs:
        letters = letters_of(node)
        yield from (affine(node),) if letters is None else map(Affine.of, letters)
    yield from (affine(sup.body) for sup in found.sups)
    if bracket is not None:
        yield None if bracket.body is None else affine(bracket.body)
