"""Terms -> numbers: two terms with one number say the same, wherever they were written.

What is computed of terms again and again is kept for their numbers, which are found by identity where a term was met
before: no term is compared with another, or hashed as a whole, twice.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_args

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Term, children_places, free_names

MOST_KNOWN = 50_000
"""Terms that are numbered, and values that are kept at one place; then everything is begun anew."""
_KIND = "numbered terms"
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Known:
    """A term that was numbered."""

    term: Term
    """Kept, so that its `id` stays its own."""
    number: int
    names: tuple[str, ...]
    """The names that its value depends on."""


class Numbered:
    """Terms -> numbers, the same for terms that are equal."""

    def __init__(self) -> None:
        self._by_id: dict[int, Known] = {}
        self._by_content: dict[tuple[Hashable, ...], Known] = {}
        self._kept: dict[tuple[Hashable, ...], Any] = {}

    def kept(self, what: str, term: Term, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Something about a term that was computed before, or is computed now."""
        place = (what, self.of(term).number, key)
        if place not in self._kept:
            self._kept[place] = make()
        found: Kept = self._kept[place]
        return found

    def of(self, term: Term) -> Known:
        """The number of a term, found by its identity where that was asked before."""
        known = self._by_id.get(id(term))
        return known if known is not None else self._entered(term)

    def full(self) -> bool:
        """Whether there are so many that all should go."""
        return max(len(self._by_id), len(self._kept)) > MOST_KNOWN

    def _entered(self, term: Term) -> Known:
        content: tuple[Hashable, ...] = (type(term).__name__, *self._content(term))
        equal = self._by_content.get(content)
        if equal is None:
            equal = Known(term, len(self._by_content), tuple(sorted(free_names(term))))
            self._by_content[content] = equal
        found = self._by_id[id(term)] = Known(term, equal.number, equal.names)
        return found

    def _content(self, term: Term) -> Iterator[Hashable]:
        """What a term says, with numbers for the terms directly under it."""
        for name, kind in _FIELDS[type(term)]:
            value = getattr(term, name)
            if kind == "one":
                yield self.of(value).number
            elif kind == "several":
                yield tuple(self.of(item).number for item in value)
            elif kind == "branches":
                yield tuple((self.of(body).number, when) for body, when in value)
            else:
                yield value


def _fields(kind: type) -> tuple[tuple[str, str], ...]:
    places = dict(children_places(kind))
    return tuple((f.name, places.get(f.name, "own")) for f in fields(kind) if f.compare)


_FIELDS: dict[type, tuple[tuple[str, str], ...]] = {kind: _fields(kind) for kind in get_args(Term)}


def numbered(network: Network) -> Numbered:
    """The numbers of the terms that are about a network, begun anew where there are too many."""
    found: Numbered = network.kept(_KIND, None, 1, Numbered)
    if found.full():
        network.workspace[_KIND].clear()
        return numbered(network)
    return found
