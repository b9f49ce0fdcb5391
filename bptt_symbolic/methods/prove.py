"""Obligation -> proposals: every method that can prove it, the most general first.

An open set: a method is a function from an obligation to a `Proposal`; it settles nothing by itself.
"""

from collections.abc import Iterator

from bptt_symbolic.evidence import Proposal
from bptt_symbolic.methods import fixed
from bptt_symbolic.obligation import Obligation


def proofs(obligation: Obligation) -> Iterator[Proposal]:
    """Proposals of the methods in turn, lazily."""
    yield fixed.propose(obligation)
