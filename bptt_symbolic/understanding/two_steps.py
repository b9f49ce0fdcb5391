r"""Relations -> names that stand for a derivative between two steps.

A name as in `\delta_k^{(t)} = \frac{\partial L_t}{\partial z_k}` has two steps and is no quantity of a network: it is
the derivative that it abbreviates, at whatever steps stand in its two places, one of what is differentiated and one of
what it is differentiated by.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, Term
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding.occurrences import Occurrence, Sup, affine, occurrence
from bptt_symbolic.understanding.relations import NAMING, Stated

_Place = tuple[str, int]
"""Below or above, and the number of the script there."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An occurrence of such a name taken apart."""

    of: Affine
    """The step of what is differentiated."""
    by: Affine
    """The step of what it is differentiated by."""
    subs: tuple[Node, ...]
    """What else stands below: entries."""
    sups: tuple[Sup, ...]
    """What else stands above: powers, a transpose."""


@dataclass(frozen=True, slots=True)
class TwoSteps:
    """What a name with two steps stands for."""

    meant: Deriv
    places: tuple[_Place, _Place]
    """Where the name carries the steps of what is differentiated, and of what it is differentiated by."""

    def taken(self, found: Occurrence) -> Taken | None:
        """An occurrence with steps in both places; None for one of another form."""
        scripts = dict(_scripts(found))
        of, by = (affine(scripts[p]) if p in scripts else None for p in self.places)
        if of is None or by is None:
            return None
        subs = tuple(s for n, s in enumerate(found.subs) if ("below", n) not in self.places)
        sups = tuple(s for n, s in enumerate(found.sups) if ("above", n) not in self.places)
        return Taken(of, by, subs, sups)


def two_step_names(relations: Sequence[Stated], built: Callable[[Node | None], Term | None]) -> Mapping[str, TwoSteps]:
    """The names of a note that stand for derivatives between two steps, each by the first relation that says so."""
    found: dict[str, TwoSteps] = {}
    for stated in relations:
        name = None if stated.left is None or stated.place or stated.mark not in NAMING else stated.left
        head = None if name is None else occurrence(name)
        if head is None or head.primes or head.name in found or stated.line.stands_back:
            continue
        meant = built(stated.right)
        places = _places(head, meant) if isinstance(meant, Deriv) else None
        if isinstance(meant, Deriv) and places is not None:
            found[head.name] = TwoSteps(meant, places)
    return found


def _places(head: Occurrence, meant: Deriv) -> tuple[_Place, _Place] | None:
    """Where the two steps of a derivative stand in its name, which has no other script."""
    if not isinstance(meant.of, Ref) or not isinstance(meant.by, Ref) or meant.of.time == meant.by.time:
        return None
    steps = {affine(node): place for place, node in _scripts(head)}
    of, by = (steps.get(ref.time) if ref.time is not None else None for ref in (meant.of, meant.by))
    return None if of is None or by is None or len(steps) != len((of, by)) else (of, by)


def _scripts(found: Occurrence) -> Iterator[tuple[_Place, Node]]:
    yield from ((("below", n), node) for n, node in enumerate(found.subs))
    yield from ((("above", n), sup.body) for n, sup in enumerate(found.sups))
