"""Obligation -> proposals: every method that can prove it, the most general first.

An open set: a method is a function from an obligation to a `Proposal`; it settles nothing by itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from bptt_symbolic.evidence import Identity, Proposal
from bptt_symbolic.methods import fixed, symbolic
from bptt_symbolic.network import Network
from bptt_symbolic.obligation import Obligation

METHOD = "every number of steps and all sizes"


def proofs(obligation: Obligation) -> Iterator[Proposal]:
    """Proposals of the methods in turn, lazily."""
    yield _general(obligation)
    yield fixed.propose(obligation)


def _general(obligation: Obligation) -> Proposal:
    """A proof for every number of steps and all sizes, with a place at which the kernel can look."""
    found = symbolic.prove(replace(obligation, network=_any_start(obligation.network)))
    if not isinstance(found, symbolic.Proof) and obligation.network.initial:
        found = symbolic.prove(obligation)
    if not isinstance(found, symbolic.Proof):
        return Proposal(reason=f"not for all sizes: {found.reason}")
    place = fixed.place_of(obligation)
    if place is None:
        return Proposal(reason="vacuous: no value of the free indices is left")
    return Proposal(Identity(METHOD, found.steps, *place, all_steps=found.all_steps, all_sizes=found.all_sizes))


_ANY_START: dict[int, tuple[Network, Network]] = {}


def _any_start(network: Network) -> Network:
    """The network with initial values left open: what holds for any of them holds for `y(0) = 0`."""
    if not network.initial:
        return network
    if id(network) not in _ANY_START or _ANY_START[id(network)][0] is not network:
        _ANY_START.clear()
        _ANY_START[id(network)] = (network, replace(network, initial=()))
    return _ANY_START[id(network)][1]
