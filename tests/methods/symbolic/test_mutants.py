"""Never a false proof: what is proved of mutants of true claims survives a look at T up to 6 and unequal sizes.

The short run takes a sample; the long one takes all mutants with one edit and a sample with two, several thousand.
Proofs of a sample are confirmed by the kernel, too.
"""

import random
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from bptt_symbolic.meaning.network import Network
from bptt_symbolic.proving.evidence import Identity
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed
from bptt_symbolic.proving.methods.symbolic import Proof, prove
from bptt_symbolic.proving.methods.tensor import Unsupported
from bptt_symbolic.proving.obligation import Obligation

STEPS = (1, 2, 3, 4, 6)
SIZES: tuple[dict[str, int], ...] = ({"C": 2, "D": 3, "M": 4}, {"C": 4, "D": 2, "M": 3}, {"C": 3, "D": 1, "M": 2})

Named = tuple[str, Obligation]


def everything(claims: ModuleType, mutants: ModuleType, cells: dict[str, Network]) -> list[Named]:
    """All mutants with one edit."""
    return [
        (f"{claim.cell}: {claim.name}: {what}", mutant)
        for claim in claims.CLAIMS
        for what, mutant in mutants.mutants(claim.about(cells[claim.cell]))
    ]


def few(rows: list[Named], draw: random.Random) -> list[Named]:
    return draw.sample(rows, min(6, len(rows)))


def disagreements(sample: list[Named]) -> Iterator[str]:
    """The names of the mutants that are proved and false."""
    for name, mutant in sample:
        if isinstance(prove(mutant), Proof) and not survives(mutant):
            yield name


def survives(obligation: Obligation) -> bool:
    """Whether both sides agree wherever they can be computed."""
    for steps in STEPS:
        for sizes in SIZES:
            here = {name: sizes[name] for name in obligation.network.sizes}
            try:
                with np.errstate(all="ignore"):
                    if not fixed.agrees(obligation, steps, here):
                        return False
            except Unsupported:
                continue
    return True


def test_a_sample_of_mutants_has_no_false_proof(
    claims: ModuleType, mutants: ModuleType, cells: dict[str, Network]
) -> None:
    sample = random.Random(1).sample(everything(claims, mutants, cells), 60)  # noqa: S311 - reproducible
    assert list(disagreements(sample)) == []


@pytest.mark.slow
def test_thousands_of_mutants_have_no_false_proof(
    claims: ModuleType, mutants: ModuleType, cells: dict[str, Network]
) -> None:
    single = everything(claims, mutants, cells)
    draw = random.Random(2)  # noqa: S311 - reproducible
    double = [
        (f"{name} + {what}", worse)
        for name, mutant in draw.sample(single, 300)
        for what, worse in few(list(mutants.mutants(mutant)), draw)
    ]
    assert len(single) + len(double) > 2000
    assert list(disagreements([*single, *double])) == []


@pytest.mark.slow
def test_the_kernel_confirms_mutants_that_are_proved(
    claims: ModuleType, mutants: ModuleType, cells: dict[str, Network]
) -> None:
    refused = []
    for name, mutant in random.Random(3).sample(everything(claims, mutants, cells), 400):  # noqa: S311 - reproducible
        found = prove(mutant)
        if isinstance(found, Proof):
            sizes = {size: SIZES[0][size] for size in mutant.network.sizes}
            verdict = judge.confirm_identity(mutant, Identity("symbolic", found.steps, 3, sizes))
            if isinstance(verdict, judge.Refusal) and "vacuous" not in verdict.reason:
                refused.append((name, verdict.reason))
    assert refused == []


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_true_claims_survive(claims: ModuleType, cells: dict[str, Network], every: int) -> None:
    for claim in claims.CLAIMS[::every]:
        assert survives(claim.about(cells[claim.cell])), claim.name
