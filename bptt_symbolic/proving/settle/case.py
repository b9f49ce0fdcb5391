r"""Model -> the model without the capitals that a note goes on to write small.

A note may begin with the general recurrence in capitals, `S_k = f(S_{k-1} W_r + X_k W_x)`, give the one that it is
about in small letters, `s_k = s_{k-1} w_r + x_k w_x`, and write either afterwards. The second is the first with a known
function: it reads the same names at the same steps, but for their case.
"""

from collections.abc import Mapping
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written, name_of
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import Apply, walk
from bptt_symbolic.reporting.grounds import Fact
from bptt_symbolic.understanding import Model


def particular(model: Model) -> Model | None:
    """The model in which the names of the general recurrence are those of the particular one; None where there are no
    such two."""
    small = _in_small_letters(model.network) if len(model.network.islands) > 1 and not model.builder.renamed else {}
    return None if not small else _renamed(model, small)


def _renamed(model: Model, small: Mapping[str, str]) -> Model:
    said = " and ".join(f"{as_written(a)} is {as_written(b)}" for a, b in small.items())
    facts = (*model.network.facts, Fact("", said, "convention"))
    return replace(
        model,
        builder=replace(model.builder, renamed=small),
        network=replace(model.network, facts=facts),
        numbers=None if model.numbers is None else _renamed(model.numbers, small),
    )


def _in_small_letters(network: Network) -> Mapping[str, str]:
    """Each name of a general recurrence, with the name that it has in the particular one."""
    found: dict[str, str] = {}
    for general, definition in network.definitions.items():
        small = _small(general)
        of_it = network.definitions.get(small)
        if small == general or of_it is None or not _is_open(definition) or _is_open(of_it):
            continue
        if {(_small(name), lag) for name, lag in network.lags(general)} == set(network.lags(small)):
            found |= {name: _small(name) for name in (general, *(read for read, _ in network.lags(general)))}
    return {name: small for name, small in found.items() if name != small}


def _small(spelling: str) -> str:
    name = name_of(spelling)
    return str(replace(name, base=name.base.lower())) if len(name.base) == 1 else spelling


def _is_open(definition: Definition) -> bool:
    """Whether a formula applies a function that the note leaves open."""
    return any(isinstance(x, Apply) and x.function.own for x in walk(definition.body))
