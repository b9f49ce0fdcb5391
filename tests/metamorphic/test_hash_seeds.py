"""The same note twice -> the same report: nothing depends on the order in which Python keeps a set."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOTES = Path(__file__).parents[2] / "derivations"
TIME = re.compile(r"(?<![A-Za-z\\])t(?![A-Za-z])")
"""The letter of the running time."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "letter", "seeds"), [("huan.md", "t", "014"), ("huan.md", "n", "014"), ("huang-2019.tex", "n", "01")]
)
def test_the_report_is_the_same_under_every_hash_seed(
    name: str, letter: str, seeds: str, tmp_path: Path, rewritten: Callable[..., str]
) -> None:
    note = tmp_path / name
    note.write_text(rewritten(NOTES / name, lambda formula: TIME.sub(letter, formula)), encoding="utf-8")
    first, *others = (_report(note, seed) for seed in seeds)
    assert first["summary"]["claims"]
    assert all(other == first for other in others)


def _report(note: Path, seed: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bptt_symbolic", "check", str(note), "--no-repair", "--format", "json"],
        env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
