"""The verdicts of the notes of `derivations/`, what is wrong in them, and what should stand there.

The expected tables were gone through by hand: what is wrong, whether it only follows from something earlier, and the
formula that is offered first.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reporting.report import Finding, Report

ROOT = Path(__file__).parents[2]
NOTES = sorted(p for p in (ROOT / "derivations").iterdir() if p.suffix in {".md", ".rst", ".tex", ".ipynb"})
EXPECTED = Path(__file__).parent / "repairs"
VERDICTS = Path(__file__).parent / "expected"


def rows(finding: Finding) -> str:
    """A few lines for one finding."""
    kind = "-" if finding.diagnosis is None else finding.diagnosis.kind
    lines = [f"{finding.id} {finding.verdict}, {kind}" + (f", follows {finding.follows}" if finding.follows else "")]
    if finding.repair is not None:
        lines.append(f"    {finding.repair.latex}")
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("note", [pytest.param(n, id=n.name, marks=pytest.mark.xdist_group(n.name)) for n in NOTES])
def test_every_repair_of_a_note(note: Path, reported: Callable[[Path], Report]) -> None:
    """All relations get the verdicts in the table; what is wrong is told, and mended, as in the other one."""
    found = reported(note).findings
    verdicts = [f"{f.id} {f.kind} {f.verdict or '-'} {f.against_head or '-'}" for f in found]
    assert verdicts == (VERDICTS / f"{note.stem}.txt").read_text().splitlines()
    wrong = [f for f in found if f.repair or f.follows or f.verdict in {"refuted", "ill-typed"}]
    assert "\n".join(map(rows, wrong)).splitlines() == (EXPECTED / f"{note.stem}.txt").read_text().splitlines()
