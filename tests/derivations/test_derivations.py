"""Notes in `derivations/` -> verdicts: every note is a test by itself.

The expected tables were gone through by hand, equation by equation: `id kind verdict against-head`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reporting.report import Finding, Report

ROOT = Path(__file__).parents[2]
NOTES = sorted(p for p in (ROOT / "derivations").iterdir() if p.suffix in {".md", ".rst", ".tex", ".ipynb"})
EXPECTED = Path(__file__).parent / "expected"


def row(finding: Finding) -> str:
    """One line of a table."""
    return f"{finding.id} {finding.kind} {finding.verdict or '-'} {finding.against_head or '-'}"


QUICK = {"huan.md", "rnn-derivatives.ipynb"}
"""Notes that are settled in a default run; the others, in a long run, with their repairs (`test_repairs.py`)."""


@pytest.mark.parametrize("note", [n for n in NOTES if n.name in QUICK], ids=lambda n: n.name)
def test_every_verdict_of_a_note(note: Path, verdicts_of: Callable[[Path], Report]) -> None:
    """All relations of a note get the verdicts in its table."""
    assert [row(f) for f in verdicts_of(note).findings] == (EXPECTED / f"{note.stem}.txt").read_text().splitlines()


@pytest.mark.parametrize("note", NOTES, ids=lambda p: p.name)
def test_nothing_is_left_open(note: Path) -> None:
    """Every claim of the five notes is read and decided: the tables say so, and the notes are compared with them."""
    rows = (EXPECTED / f"{note.stem}.txt").read_text().splitlines()
    words = {row.split()[2] for row in rows}
    assert "proved" in words
    assert not words & {"undecided", "unread"}
