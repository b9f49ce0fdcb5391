"""A short run of the scoreboard: nothing false is proved, nothing true refuted, and most mistakes are mended."""

import random

import pytest
import scoreboard


def test_right_formulas_in_unusual_dress_are_not_refuted() -> None:
    rows = scoreboard.dresses(8, 7, ("row-vectors.md",))
    assert len(rows) == 8
    assert [r.text for r in rows if r.verdict in {"refuted", "ill-typed"}] == []


@pytest.mark.slow
@pytest.mark.xdist_group("scoreboard")
def test_many_right_formulas_in_unusual_dress_are_not_refuted() -> None:
    rows = scoreboard.dresses(150, seed=8)
    assert len(rows) == 150
    assert [r.text for r in rows if r.verdict in {"refuted", "ill-typed"}] == []


@pytest.mark.slow
@pytest.mark.xdist_group("scoreboard")
def test_mutants_are_not_proved_and_mostly_mended() -> None:
    rows = scoreboard.run(30, 1, random.Random(9).randrange(10**6))  # noqa: S311 - reproducible
    assert [r.text for r in rows if r.false_proof] == []
    wrong = [r for r in rows if r.verdict in {"refuted", "ill-typed"}]
    assert len(wrong) > 18
    assert sum(r.rank == 1 for r in wrong) > 0.5 * len(wrong)
