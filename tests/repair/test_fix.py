"""A corrected note: the repairs in place, everything else byte for byte the same."""

import json
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from wrong_notes import STATE, a_note

import bptt_symbolic
from bptt_symbolic import cli

WRONG = r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 + s_t^2)"
RIGHT = r"\frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t^2)"


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A note with one mistake, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "note.md"
    path.write_text(a_note(WRONG, network=STATE), encoding="utf-8")
    return path


def test_the_copy_differs_in_the_repair_alone(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = note.read_bytes()
    assert cli.main(["fix", "note.md", "-o", "good.md"]) == 0
    assert note.read_bytes() == before
    assert Path("good.md").read_text(encoding="utf-8") == a_note(RIGHT, network=STATE)
    out, err = capsys.readouterr()
    assert f"+{RIGHT}" in out
    assert "(proved)" in err
    assert cli.main(["check", "good.md"]) == 0


@pytest.mark.parametrize("ending", [pytest.param("\n", marks=pytest.mark.slow), "\r\n"])
def test_line_endings_and_a_byte_order_mark_stay(note: Path, ending: str) -> None:
    text = "\ufeff" + a_note(WRONG, network=STATE).replace("\n", ending)
    note.write_bytes(text.encode())
    cli.main(["fix", "note.md", "-o", "good.md"])
    assert Path("good.md").read_bytes() == text.replace(WRONG, RIGHT).encode()


def test_nothing_is_written_without_being_asked(note: Path) -> None:
    before = note.read_bytes()
    assert cli.main(["fix", "note.md"]) == 0
    assert note.read_bytes() == before
    assert [p.name for p in note.parent.iterdir()] == ["note.md"]


def test_the_note_itself_is_written_over_in_place_only(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fix", "note.md", "-o", "note.md"]) == 3
    assert "--in-place" in capsys.readouterr().err
    assert cli.main(["fix", "note.md", "--in-place"]) == 0
    assert note.read_text(encoding="utf-8") == a_note(RIGHT, network=STATE)


@pytest.mark.slow
def test_several_repairs_are_a_choice_of_the_author(note: Path) -> None:
    wrong = r"\frac{\partial s_t}{\partial s_k} = W^{t-k}"
    note.write_text(a_note(wrong, network=STATE), encoding="utf-8")
    assert cli.main(["fix", "note.md", "-o", "good.md"]) == 1
    assert Path("good.md").read_bytes() == note.read_bytes()
    assert cli.main(["fix", "note.md", "-o", "good.md", "--nearest"]) == 0
    assert cli.main(["check", "good.md"]) == 0


def test_a_note_without_mistakes_stays_as_it_is(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note.write_text(a_note(RIGHT, network=STATE), encoding="utf-8")
    assert cli.main(["fix", "note.md", "-o", "good.md"]) == 0
    assert Path("good.md").read_bytes() == note.read_bytes()
    assert "0 mended, 0 left" in capsys.readouterr().err


def test_a_note_that_is_not_there(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert note.exists()
    assert cli.main(["fix", "gone.md"]) == 3
    assert "no file" in capsys.readouterr().err


def test_a_notebook_keeps_every_other_byte(note: Path) -> None:
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": STATE.splitlines(keepends=True)},
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "print('$x$')"},
        {"cell_type": "markdown", "metadata": {}, "source": f"é \U0001f600 \t$$\n{WRONG}\n$$\n"},
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=3)
    path = note.with_suffix(".ipynb")
    path.write_text(text, encoding="utf-8")
    assert cli.main(["fix", "note.ipynb", "-o", "good.ipynb"]) == 0
    good = Path("good.ipynb").read_text(encoding="utf-8")
    assert json.loads(good)["cells"][2]["source"] == str(cells[2]["source"]).replace(WRONG, RIGHT)
    changed = [op for op in SequenceMatcher(None, text, good, autojunk=False).get_opcodes() if op[0] != "equal"]
    assert changed
    place = text.index(json.dumps(WRONG)[1:-1])
    assert all(place <= start <= end <= place + len(json.dumps(WRONG)) for _, start, end, _, _ in changed)


def test_from_python() -> None:
    found, again = bptt_symbolic.fix(a_note(WRONG, network=STATE))
    assert found.text == a_note(RIGHT, network=STATE)
    assert [f.verdict for f in again.findings if f.kind == "claim"] == ["proved"]
    assert len(found.applied) == 1


@pytest.mark.parametrize(
    ("said", "mark"), [("", r"W^\top"), (r"$$ a = b^{T} c $$", "W^T "), (r"$$ a = b' c $$", r"W^\top")]
)
def test_a_transpose_is_written_as_in_the_note_and_the_end_of_a_sum_is_none(said: str, mark: str) -> None:
    note = rf"""
$$ s_t = \tanh(W s_{{t-1}} + x_t) $$ $$ L = \sum_{{t=1}}^{{T}} \frac12 \| s_t - y_t \|^2 $$ {said}
$$ \frac{{dL}}{{ds_t}} = s_t - y_t + W ((1-s_{{t+1}}^2) \odot \frac{{dL}}{{ds_{{t+1}}}}) $$
"""
    finding = bptt_symbolic.check(note).findings[-1]
    assert finding.repair is not None
    assert mark in finding.repair.latex
