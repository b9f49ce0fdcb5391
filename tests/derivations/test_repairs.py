"""What is wrong in the notes of `derivations/`, and what should stand there.

The expected tables were gone through by hand: what is wrong, whether it only follows from something earlier, and the
formula that is offered first.
"""

from pathlib import Path

import pytest

from bptt_symbolic.api import check
from bptt_symbolic.reporting.report import Finding

ROOT = Path(__file__).parents[2]
NOTES = sorted(p for p in (ROOT / "derivations").iterdir() if p.suffix in {".md", ".rst", ".tex", ".ipynb"})
EXPECTED = Path(__file__).parent / "repairs"


def rows(finding: Finding) -> str:
    """A few lines for one finding."""
    kind = "-" if finding.diagnosis is None else finding.diagnosis.kind
    lines = [f"{finding.id} {finding.verdict}, {kind}" + (f", follows {finding.follows}" if finding.follows else "")]
    if finding.repair is not None:
        lines.append(f"    {finding.repair.latex}")
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("note", NOTES, ids=lambda p: p.name)
def test_every_repair_of_a_note(note: Path) -> None:
    """What is wrong is told, and mended, as in its table."""
    wrong = [f for f in check(note).findings if f.repair or f.follows or f.verdict in {"refuted", "ill-typed"}]
    assert "\n".join(map(rows, wrong)).splitlines() == (EXPECTED / f"{note.stem}.txt").read_text().splitlines()
