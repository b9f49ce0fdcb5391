"""`init` writes the open questions of a note as declarations to fill in; once answered, what waited is settled."""

import tomllib
from pathlib import Path

import pytest

import bptt_symbolic
from bptt_symbolic import cli

NOTE = r"""# A note

$$h_t = \phi(W h_{t-1} + U x_t)$$

$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\phi'(W h_{t-1} + U x_t)) W$$

$$\frac{\partial L}{\partial h_t} = h_t^\top$$

$$q_t = \kappa(h_t) + r$$
"""


def test_questions_are_comments_and_answers_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note, beside = tmp_path / "note.md", tmp_path / "note.toml"
    note.write_text(NOTE, encoding="utf-8")
    assert cli.main(["init", str(note)]) == 0
    text = beside.read_text("utf-8")
    assert tomllib.loads(text) == {}  # nothing changes before somebody answers
    before = bptt_symbolic.check(note, repair=False)
    assert f"{len(before.questions)} open question" in capsys.readouterr().err
    assert all(question.inquiry.text.split()[0] in text for question in before.questions)
    answered = "".join(
        line.removeprefix("# ") + "\n" for line in text.splitlines() if line.startswith(("# define", "#     ", "# ]"))
    )
    beside.write_text(answered.replace("L = ...", r"L = \\sum_t \\frac12 \\|h_t\\|^2"), encoding="utf-8")
    after = bptt_symbolic.check(note, repair=False)
    assert [f.verdict for f in before.findings if f.line == 7] == ["undecided"]
    assert [f.verdict for f in after.findings if f.line == 7] == ["refuted"]  # through later states there is more


def test_what_somebody_has_declared_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note, beside = tmp_path / "note.md", tmp_path / "note.toml"
    note.write_text(NOTE, encoding="utf-8")
    beside.write_text('one_hot = ["y"]\n', encoding="utf-8")
    assert cli.main(["init", str(note)]) == 3
    assert beside.read_text("utf-8") == 'one_hot = ["y"]\n'
    assert "is there already" in capsys.readouterr().err
    assert cli.main(["init", str(note), "-o", "-"]) == 0
    assert "# define = [" in capsys.readouterr().out


def test_a_note_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["init", "no-such-note.md"]) == 3
    assert "no-such-note.md" in capsys.readouterr().err
