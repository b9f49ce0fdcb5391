"""Random formulas in LaTeX end in a verdict: no exception, no long time, no great memory."""

import itertools

import pytest
from attack_grammar import MOST, NOTES, Failure, formulas, fuzz, settle


def said(failures: list[Failure]) -> str:
    return "\n".join(f"note {f.note}: {f.formula}\n{f.what}" for f in failures)


@pytest.mark.parametrize("note", range(len(NOTES)))
def test_random_formulas_end_in_verdicts(note: int) -> None:
    failures, counts = settle(note, list(formulas(40, 100 + note)))
    assert not failures, said(failures)
    assert counts.get("undecided", 0) < sum(counts.values()), "nothing of it was understood"


SMALL = (
    r"\frac{\partial x_t}{\partial s_{t,3}} = 0",
    r"\left(\frac{\partial W}{\partial W}\right)^{2} = \frac{\partial W}{\partial W}",
    r"W_{ji} + x_{t,2} = 0",
)
LARGE = (
    r"\frac{\partial L}{\partial W_{4,5}} = 0",
    r"\frac{\partial W_{ij}}{\partial s_{t,9}} = \frac{\partial s_{t,9}}{\partial x_{t,2}}",
)
"""Formulas that are true only where they say nothing, so that large sizes are looked at."""


@pytest.mark.parametrize(
    ("note", "formula"),
    [
        *itertools.product(range(len(NOTES)), SMALL),
        *((1, formula) for formula in LARGE),
        *(pytest.param(n, one, marks=pytest.mark.slow) for n in range(len(NOTES)) if n != 1 for one in LARGE),
    ],
)
def test_entries_that_small_sizes_do_not_have_are_no_fault(note: int, formula: str) -> None:
    failures, _ = settle(note, [formula])
    assert not failures, said(failures)


def test_formulas_are_the_same_for_a_seed() -> None:
    assert list(formulas(20, 1)) == list(formulas(20, 1)) != list(formulas(20, 2))


@pytest.mark.slow
def test_many_random_formulas_end_in_verdicts() -> None:
    failures, _, memory = fuzz(1500, seed=0)
    assert not failures, said(failures)
    assert memory < MOST
