"""What every kind of mistake looks at: one side, its spots, and what the note offers to write in their place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bptt_symbolic.meaning.network import Network, base_of
from bptt_symbolic.meaning.terms import Affine, Entry, Shape, Term
from bptt_symbolic.mending.repair.handwriting import Spelling
from bptt_symbolic.mending.repair.page import Page, Tree
from bptt_symbolic.mending.repair.spots import Chain, Factor, Spots
from bptt_symbolic.reading.syntax import Node


@dataclass(frozen=True, slots=True)
class Offer:
    """A factor or a term that could be missing, as its author would write it."""

    text: str
    is_slope: bool = False
    """The derivative of an activation."""
    is_gradient: bool = False
    """A derivative, or the name of one."""
    is_term: bool = False
    """A term of a sum, no factor."""
    shape: Shape | None = None
    """Its shape, where that is the same in every layout."""
    is_link: bool = False
    """A derivative that is not carried out."""
    is_usual: bool = True
    """The note writes such things."""


@dataclass(frozen=True)
class Site:
    """A side of a relation with all that edits of it can be made from."""

    side: Node
    spots: Spots
    network: Network
    spelling: Spelling
    other: Spots
    """The spots of the other side of the relation."""
    find_offers: Callable[[], tuple[Offer, ...]] = tuple
    names: tuple[str, ...] = ()
    """Names as they stand in formulas nearby."""
    in_links: bool = True
    """The note writes the chain rule as products of derivatives, or does not show how it writes it."""

    @property
    def page(self) -> Page:
        """The page that the side stands on."""
        return self.spelling.page

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """Factors and terms that could be missing; found when they are asked for."""
        return self.find_offers()

    @cached_property
    def tree(self) -> Tree:
        """The side as a tree of which many versions are made."""
        return Tree(self.side)

    @cached_property
    def times(self) -> tuple[Affine, ...]:
        """The steps that this side speaks about, then those of the other side."""
        return times_of(self.spots, self.other)

    @cached_property
    def indices(self) -> tuple[Affine, ...]:
        """The indices of entries on both sides."""
        return indices_of(self.spots, self.other)

    @cached_property
    def left_names(self) -> frozenset[str]:
        """Letters that the other side speaks about."""
        return frozenset(n for t in times_of(self.other) for n in t.names())

    def text(self, chain: Chain, factor: Factor) -> str:
        """A factor as it is written."""
        return self.page.run(chain.nodes(factor))

    def spelled(self, term: Term, name: str | None = None) -> str | None:
        """A quantity, or an entry of one, as its author writes it; or the same of the quantity of another name."""
        ref, indices = base_of(term), term.indices if isinstance(term, Entry) else ()
        kept = [i for i in indices if i is not None]
        if ref is None or len(kept) != len(indices):
            return None
        name = name or ref.name
        return self.spelling.quantity(name, ref.time if name in self.network.temporal else None, kept)

    def factors(self) -> Iterator[tuple[Chain, Factor]]:
        """Every factor that has a meaning by itself."""
        return self.spots.factors()


def times_of(*spots: Spots) -> tuple[Affine, ...]:
    """The steps at which quantities stand."""
    found = (q.ref.time for s in spots for q in s.quantities)
    return tuple(dict.fromkeys(t for t in found if t is not None))


def indices_of(*spots: Spots) -> tuple[Affine, ...]:
    """The indices of entries."""
    terms = (q.term for s in spots for q in s.quantities)
    found = (i for t in terms if isinstance(t, Entry) for i in t.indices)
    return tuple(dict.fromkeys(i for i in found if i is not None))
