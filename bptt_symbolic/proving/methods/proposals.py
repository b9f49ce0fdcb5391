"""Obligation -> proposals: every method that can prove it, the most general first.

An open set: a method is a function from an obligation to a `Proposal`; it settles nothing by itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from bptt_symbolic.meaning.network import Definition, Network, names_under
from bptt_symbolic.meaning.terms import Affine, Num
from bptt_symbolic.proving.evidence import Identity, Proposal
from bptt_symbolic.proving.methods import fixed, symbolic
from bptt_symbolic.proving.methods.induction import by_induction
from bptt_symbolic.proving.obligation import Obligation

METHOD = "every number of steps and all sizes"
INDUCTION = "by induction over the steps: before the first one, and from each to the next"


def proofs(obligation: Obligation) -> Iterator[Proposal]:
    """Proposals of the methods in turn, lazily. A difference that is found for every T and all sizes is not overruled
    by a computation at some.
    """
    general, left_over = _general(obligation)
    yield general
    if not left_over:
        yield fixed.propose(obligation)


def _general(obligation: Obligation) -> tuple[Proposal, bool]:
    """A proof for every number of steps and all sizes, with a place at which the kernel can look; whether a difference
    was found instead."""
    found = _symbolic(obligation)
    if isinstance(found, symbolic.NoProof) and (parts := by_induction(obligation)) is not None:
        shown = [proof for part in parts if isinstance(proof := _symbolic(part), symbolic.Proof)]
        if len(shown) == len(parts):
            found = symbolic.Proof(
                (INDUCTION, *(step for proof in shown for step in proof.steps)),
                all(proof.all_steps for proof in shown),
                all(proof.all_sizes for proof in shown),
            )
    if not isinstance(found, symbolic.Proof):
        told_apart = not (obligation.network.initial or obligation.assumptions.zero_start)
        return Proposal(reason=_why(found)), bool(
            found.residual
        ) and told_apart  # no rule knows what a start makes zero
    place = fixed.instance_of(obligation)
    if place is None:
        return Proposal(reason="vacuous: no value of the free indices is left"), False
    identity = Identity(METHOD, found.steps, *place, all_steps=found.all_steps, all_sizes=found.all_sizes)
    return Proposal(identity), False


def _symbolic(obligation: Obligation) -> symbolic.Proof | symbolic.NoProof:
    """A proof of the calculus, from any start, or else from the one that is known."""
    found = symbolic.prove(replace(obligation, network=_without_strangers(obligation)))
    if not isinstance(found, symbolic.Proof) and obligation.assumptions.zero_start:
        return symbolic.prove(replace(obligation, network=_from_zero(obligation.network)))
    if not isinstance(found, symbolic.Proof) and obligation.network.initial:
        return symbolic.prove(obligation)
    return found


def _why(found: symbolic.NoProof) -> str:
    if not found.residual:
        return f"not for all sizes: {found.reason}"
    left = " ".join(found.residual)
    shown = left if len(left) <= MOST_SHOWN else f"{left[:MOST_SHOWN]} ..."
    return f"for all T and sizes a difference is left that does not reduce to zero: {shown}"


MOST_SHOWN = 200
"""Letters of a difference that are shown."""


def _from_zero(network: Network) -> Network:
    """The network with every initial state zero."""
    before = Affine(network.start - 1)
    known = {d.name for d in network.initial}
    zeros = tuple(Definition(name, Num(Fraction(0)), at=before) for name in sorted(network.states) if name not in known)
    return replace(network, initial=(*network.initial, *zeros))


def _any_start(network: Network) -> Network:
    """The network with initial values left open: what holds for any of them holds for `y(0) = 0`."""
    if not network.initial:
        return network
    return network.kept("any start", None, 1, lambda: replace(network, initial=()))


MOST_SMALLER = 8


def _without_strangers(obligation: Obligation) -> Network:
    """The network, its initial values left open, without the states on which nothing in a claim depends.

    No rule of the calculus would tell apart states that share a parameter: that one does not depend on the other is
    known only from the definitions. What a claim does not need, directly or through definitions, cannot change its
    meaning; so those states go, with everything that needs them.
    """
    network = _any_start(obligation.network)
    strangers = network.states - names_under(network, (obligation.left, obligation.right))
    if not strangers:
        return network

    def smaller() -> Network:
        left = {n: d for n, d in network.definitions.items() if not strangers & ({n} | names_under(network, (d.body,)))}
        return replace(network, definitions=left)

    return network.kept("without strangers", strangers, MOST_SMALLER, smaller)
