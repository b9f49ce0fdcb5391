"""The kinds of mistakes are a closed list: what edits are called is in it, and the documentation has them all."""

import re
from pathlib import Path

from bptt_symbolic.mending.repair.diagnosis import MEANINGS

ROOT = Path(__file__).parents[2]


def test_every_kind_is_documented() -> None:
    page = (ROOT / "docs" / "repairs.md").read_text(encoding="utf-8")
    assert [kind for kind in MEANINGS if f"`{kind}`" not in page] == []


def test_every_kind_that_edits_are_called_by_has_a_meaning() -> None:
    folder = ROOT / "bptt_symbolic" / "repair"
    texts = [p.read_text(encoding="utf-8") for p in (*folder.glob("kinds/*.py"), folder / "inherited.py")]
    named = {k for t in texts for k in re.findall(r'(?:Named\(|KIND = |kind = )"([a-z A-Z]+)"', t)}
    assert len(named) > 20
    assert named <= set(MEANINGS)
