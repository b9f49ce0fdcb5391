r"""Names of a note -> keywords: ASCII letters, digits and underscores only, and never one keyword for two names.

`\hat{y}` is `haty`, `W_{xh}` is `W_xh`. Where two names of a network would be called alike (`W` and `W'`, `\alpha` and
`alpha`), the one that is written so keeps the keyword and the others get one of their own (`W_prime`, `alpha_2`). So
does a name that a call has another use for (`steps`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from bptt_symbolic.meaning.names import is_homonym
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import AtLabel, Ref, Term, rebuild

TAKEN = frozenset({"self", "steps", "at", "loss"})
"""What calls have another use for, and what the total loss is called among results."""


def plain(name: str) -> str:
    r"""A name as a keyword, whatever else there is: `\hat{y}` is `haty`, `W_{xh}` is `W_xh`."""
    return re.sub(r"[^A-Za-z0-9_]", "", name) or "unnamed"


def initial_name(name: str, time: int) -> str:
    """How the initial value of a state is called: `s0`, and `s_m1` for the one before."""
    return f"{name}{time}" if time >= 0 else f"{name}_m{-time}"


def keywords_of(network: Network) -> dict[str, str]:
    """Name -> keyword, for everything in a network; no two are equal, nor equal to that of an initial value.

    A total and its steps go by one name, and the total is meant.
    """
    names = sorted(n for n in network.shapes if not is_homonym(n))
    starts = {initial_name(plain(n), network.start - back) for n in network.states for back in range(1, 4)}
    found: dict[str, str] = {}
    used: set[str] = set()
    for name in sorted(names, key=lambda n: (plain(n) != n, n)):
        given = name not in network.definitions
        barred = used | (starts | TAKEN if given else set())
        found[name] = next(wish for wish in _wishes(name) if wish not in barred)
        used.add(found[name])
    return found


def _wishes(name: str) -> Iterator[str]:
    """Keywords that a name would like to have, the plainest first."""
    base = plain(name)
    yield base
    if "'" in name:
        yield plain(name.replace("'", "_prime"))
    yield from (f"{base}_{number}" for number in count(2))


def distinct(network: Network) -> tuple[Network, Mapping[str, str]]:
    """The network with names of which no two are plainly alike, and the new name of each that was changed."""
    new = {name: word for name, word in keywords_of(network).items() if plain(name) != word}
    if not new:
        return network, {}
    definitions = {new.get(n, n): _defined(d, new) for n, d in network.definitions.items()}
    return (
        replace(
            network,
            definitions=definitions,
            shapes={new.get(n, n): shape for n, shape in network.shapes.items()},
            temporal=frozenset(new.get(n, n) for n in network.temporal),
            initial=tuple(_defined(d, new) for d in network.initial),
            targets=frozenset(new.get(n, n) for n in network.targets),
        ),
        new,
    )


def _defined(definition: Definition, new: Mapping[str, str]) -> Definition:
    name = new.get(definition.name, definition.name)
    return replace(definition, name=name, body=renamed(definition.body, new))


def renamed(term: Term, new: Mapping[str, str]) -> Term:
    """A term about quantities that go by new names."""
    if not new:
        return term
    if isinstance(term, Ref):
        return replace(term, name=new.get(term.name, term.name))
    found = rebuild(term, lambda child: renamed(child, new))
    if isinstance(found, AtLabel):
        return replace(found, label=replace(found.label, name=new.get(found.label.name, found.label.name)))
    return found
