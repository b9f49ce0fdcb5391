"""Note in another dress -> the same verdicts: what every dress needs, and how two tables are compared.

A dress is a transformation of the text of a note that changes how the note looks and not what it says.
"""

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from bptt_symbolic.api import check
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.document import Document, Maths, Paragraph
from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.reporting.report import Finding, Report

EXPECTED = Path(__file__).parents[1] / "derivations" / "expected"
KINDS = {".md": "markdown", ".rst": "rst", ".tex": "latex", ".ipynb": "notebook"}

Edit = Callable[[str], str]


@pytest.fixture
def rewritten() -> Callable[[Path, Edit], str]:
    """A function: the text of a note with every formula edited, its words left alone."""
    return _rewritten


@pytest.fixture
def same_verdicts(tmp_path: Path, verdicts_of: Callable[[Path], Report]) -> Callable[..., None]:
    """A function: asserts that a dress of a note has the verdicts of the note, relation by relation."""

    def same(note: Path, dress: str, kind: str | None = None, declared: str | None = None) -> None:
        beside = note.with_suffix(".toml")
        declare = beside if beside.exists() else None
        if declared is not None:
            declare = tmp_path / "declared.toml"
            declare.write_text(declared, encoding="utf-8")
        found = check(dress, kind=kind or KINDS[note.suffix], declare=declare, repair=False).findings
        if [_verdict(f) for f in found] != _known(note):
            lines = _differences(verdicts_of(note).findings, found)
            assert not lines, "\n".join(["- the note, + its dress", *lines])

    return same


def _known(note: Path) -> list[tuple[str, ...]] | None:
    """The verdicts of a note of `derivations/`, from the table with which its own are compared; None for others."""
    table = EXPECTED / f"{note.stem}.txt"
    if note.parent.name != "derivations":
        return None
    return [tuple(line.split()[1:]) for line in table.read_text(encoding="utf-8").splitlines()]


def _differences(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> list[str]:
    """The lines in which two tables differ."""
    found = []
    old, new = [_verdict(f) for f in before], [_verdict(f) for f in after]
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [f"- {_line(f)}" for f in before[a:b]] + [f"+ {_line(f)}" for f in after[c:d]]
    return found


def _verdict(finding: Finding) -> tuple[str, str, str]:
    return (finding.kind, finding.verdict or "-", finding.against_head or "-")


def _line(finding: Finding) -> str:
    return f"{finding.id} {' '.join(_verdict(finding))}   {' '.join(finding.latex.split())}   ({finding.message})"


def _rewritten(note: Path, edit: Edit) -> str:
    text = note.read_text(encoding="utf-8")
    if note.suffix != ".ipynb":
        return _edited(text, KINDS[note.suffix], edit)
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = _edited("".join(cell["source"]), "markdown", edit)
    return json.dumps(notebook)


def _edited(text: str, kind: str, edit: Edit) -> str:
    source = readers.source_of(text, "text", kind)
    assert not isinstance(source, Fault)
    for span in sorted(_formulas(readers.read(source)), reverse=True):
        text = text[: span.start] + edit(text[span.start : span.end]) + text[span.end :]
    return text


def _formulas(document: Document) -> list[Span]:
    """Where formulas and definitions of macros stand."""
    parts = [p for b in document.blocks for p in (b.parts if isinstance(b, Paragraph) else (b,))]
    return [*document.macros, *(p.span for p in parts if isinstance(p, Maths))]
