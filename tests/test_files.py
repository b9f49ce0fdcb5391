"""Files: nothing that anybody wrote is ever lost, and what a note holds is shown and never sent to a terminal."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic import api, cli, pipeline
from bptt_symbolic.commands import _files
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.report import Report

NOTE = r"""
Let $s_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ \frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 + s_t^2) \tag{1} $$
"""
MENDED = NOTE.replace("1 + s", "1 - s")


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A note with one mistake, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "note.md"
    path.write_text(NOTE, encoding="utf-8")
    return path


def others(note: Path) -> list[str]:
    """What else is in the folder of the note."""
    return sorted(path.name for path in note.parent.iterdir() if path != note)


@pytest.mark.parametrize("mode", [0o640, 0o755])
def test_in_place_the_note_keeps_its_mode_and_nothing_is_left_beside_it(note: Path, mode: int) -> None:
    note.chmod(mode)
    assert cli.main(["fix", "note.md", "--in-place"]) == 0
    assert note.read_text(encoding="utf-8") == MENDED
    assert stat.S_IMODE(note.stat().st_mode) == mode
    assert others(note) == []


def test_a_link_to_a_note_stays_a_link(note: Path) -> None:
    Path("link.md").symlink_to("note.md")
    assert cli.main(["fix", "link.md", "--in-place"]) == 0
    assert Path("link.md").is_symlink()
    assert note.read_text(encoding="utf-8") == MENDED


def test_the_confirmation_is_said_before_anything_is_written(
    note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("bptt_symbolic.commands.fix.written", lambda *_: seen.append(capsys.readouterr().err))
    cli.main(["fix", "note.md", "--in-place"])
    assert "(proved)" in seen[0]
    assert note.read_text(encoding="utf-8") == NOTE


def test_a_repair_that_is_not_confirmed_is_not_written_over_the_note(
    note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = api.fix

    def fix(*given: object, **named: object) -> object:
        found, again = real(*given, **named)  # type: ignore[arg-type]
        return found, Report(again.source, (), (), (), 0)

    monkeypatch.setattr(api, "fix", fix)
    assert cli.main(["fix", "note.md", "--in-place"]) == 1
    assert "NOT confirmed" in capsys.readouterr().err
    assert note.read_text(encoding="utf-8") == NOTE
    assert cli.main(["fix", "note.md", "-o", "copy.md"]) == 1
    assert Path("copy.md").read_text(encoding="utf-8") == MENDED


@pytest.mark.parametrize("change", ["a line on top\n" + NOTE, NOTE + "a line below\n", "", MENDED])
def test_what_the_author_saves_meanwhile_is_kept(
    note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    real = vars(pipeline)["findings"]

    def findings(*given: Any, **named: Any) -> Any:
        note.write_text(change, encoding="utf-8")
        return real(*given, **named)

    monkeypatch.setattr(pipeline, "findings", findings)
    assert cli.main(["fix", "note.md", "--in-place"]) == 3
    assert "was changed while it was checked" in capsys.readouterr().err
    assert note.read_text(encoding="utf-8") == change
    assert others(note) == []


def test_a_copy_is_made_of_what_was_read_once(note: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = vars(pipeline)["findings"]

    def findings(*given: Any, **named: Any) -> Any:
        note.write_text("a line on top\n" + NOTE, encoding="utf-8")
        return real(*given, **named)

    monkeypatch.setattr(pipeline, "findings", findings)
    assert cli.main(["fix", "note.md", "-o", "copy.md"]) == 0
    assert Path("copy.md").read_text(encoding="utf-8") == MENDED


@pytest.mark.parametrize(
    "arguments",
    [
        "fix note.md --in-place",
        "check note.md -o old.md",
        pytest.param("fix note.md -o old.md", marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_loses_nothing(note: Path, arguments: str) -> None:
    """A limit on the size of files is met in the middle of writing, as a full disk is."""
    Path("old.md").write_text("old", encoding="utf-8")

    limited = (
        "import resource, sys; from bptt_symbolic.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); sys.exit(main(sys.argv[1:]))"
    )
    call = [sys.executable, "-B", "-c", limited, *arguments.split()]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "cannot write" in done.stderr
    assert note.read_text(encoding="utf-8") == NOTE
    assert Path("old.md").read_text(encoding="utf-8") == "old"
    assert others(note) == ["old.md"]


@pytest.mark.parametrize("moment", ["fsync", "_dress"])
def test_an_interrupt_while_writing_loses_nothing(
    note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os if moment == "fsync" else _files, moment, interrupted)
    assert cli.main(["fix", "note.md", "--in-place"]) == 3
    assert "interrupted" in capsys.readouterr().err
    assert note.read_text(encoding="utf-8") == NOTE
    assert others(note) == []


def spelled(_: Path) -> str:
    return "./../{folder}/note.md"


def symbolic(note: Path) -> str:
    (note.parent / "symbolic").symlink_to(note)
    return "symbolic"


def hard(note: Path) -> str:
    (note.parent / "hard").hardlink_to(note)
    return "hard"


def folder(note: Path) -> str:
    (note.parent / "folder").symlink_to(note.parent)
    return "folder/note.md"


@pytest.mark.parametrize("name", [lambda _: "note.md", spelled, symbolic, hard, folder])
@pytest.mark.parametrize(
    "call",
    [
        ["check", "note.md"],
        ["check", "other.md", "note.md"],
        ["check", "note.md", "--format", "json"],
        ["counterexample", "note.md", "1"],
        ["picture", "note.md"],
        ["derive", "note.md"],
        ["derive", "elman", "--notation", "note.md"],
        ["fix", "note.md"],
        ["check", "other.md", "--declare", "note.md"],
    ],
    ids=" ".join,
)
def test_an_output_is_never_written_over_what_is_read(
    note: Path, capsys: pytest.CaptureFixture[str], call: list[str], name: Callable[[Path], str]
) -> None:
    output = name(note).format(folder=note.parent.name)
    assert cli.main([*call, "-o", output]) == 3
    assert "would be lost" in capsys.readouterr().err
    assert note.read_text(encoding="utf-8") == NOTE


def test_the_declarations_beside_a_note_are_not_written_over(note: Path) -> None:
    beside = note.with_suffix(".toml")
    beside.write_text("scalar = false\n", encoding="utf-8")
    assert cli.main(["check", "note.md", "-o", "note.toml"]) == 3
    assert beside.read_text(encoding="utf-8") == "scalar = false\n"


def test_what_cannot_be_renamed_over_is_written_to(note: Path) -> None:
    del note
    call = [sys.executable, "-m", "bptt_symbolic", "check", "note.md", "--no-repair", "-o", "/dev/stdout"]
    with Path("report").open("wb") as stream:
        assert subprocess.run(call, stdout=stream, check=False).returncode == 1
    assert "refuted" in Path("report").read_text(encoding="utf-8")
    assert cli.main(["check", "note.md", "--no-repair", "-o", os.devnull]) == 1


def test_a_new_file_has_the_mode_of_any_new_file(note: Path) -> None:
    cli.main(["check", "note.md", "--no-repair", "-o", "report"])
    Path("plain").write_text("", encoding="utf-8")
    assert Path("report").stat().st_mode == Path("plain").stat().st_mode
    assert others(note) == ["plain", "report"]


STEERING = "\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f\u202e\u2066\r"


@pytest.fixture
def hostile(note: Path) -> Path:
    """A note that tries to steer the terminal from its words, its numbers, its headings, its formulas and its names."""
    inside = STEERING[:-1]  # a bare carriage return ends a line of a note
    text = NOTE.replace(r"\tag{1}", rf"\tag{{1}} % {inside}")
    named = rf"$$ \mathrm{{q{inside}}}_t = s_t \tag{{2{inside}}} $$"
    text = f"# Head{STEERING}ing\n{text}{STEERING}{named} {STEERING}\n\nThe end.{STEERING}\n"
    note.write_bytes(text.encode())
    return note


@pytest.mark.parametrize(
    "call",
    [
        *(["check", "note.md", "--format", name] for name in formats.names()),
        ["check", "note.md", "--only", f"7{STEERING}"],
        ["check", f"gone{STEERING}.md"],
        ["check", "note.md", "-o", f"gone{STEERING}/report"],
        ["show", "note.md"],
        ["show", f"{STEERING}"],
        ["fix", "note.md"],
        ["fix", "note.md", "--in-place"],
        ["fix", "note.md", "-o", f"gone{STEERING}/copy"],
        ["picture", "note.md"],
        ["picture", "note.md", "--by", STEERING],
        ["derive", "note.md"],
        ["derive", "note.md", "--by", STEERING],
        ["derive", "note.md", "--style", STEERING],
        ["counterexample", "note.md", "1"],
        ["counterexample", "note.md", STEERING],
        ["prove", "--network", "note.md", f"s_t = {STEERING}"],
        ["explain", STEERING],
        [f"{STEERING}"],
    ],
    ids=lambda call: ascii(" ".join(call))[:60],
)
def test_nothing_of_a_note_or_a_call_steers_the_terminal(
    hostile: Path, capsys: pytest.CaptureFixture[str], call: list[str]
) -> None:
    del hostile
    with suppress(SystemExit):
        cli.main(call)
    printed = "".join(capsys.readouterr()).replace("\r\n", "\n")
    assert printed
    own = {"\n", "\u200b"}  # a place where a line of a picture may be broken
    assert {c for c in printed if not c.isprintable()} <= own


def test_what_could_steer_a_terminal_is_shown(hostile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del hostile
    cli.main(["fix", "note.md"])
    assert r"\x1b[2J\x1b]0;title\x07\x9b31m" in capsys.readouterr().out


def test_letters_of_every_script_are_left_alone_in_a_diff(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "통과하는 기울기　時間を遡る、обратно dérivée"
    note.write_text(NOTE.replace("$$ \\frac", f"{words}\n\n$$ \\frac"), encoding="utf-8")
    cli.main(["fix", "note.md"])
    assert words in capsys.readouterr().out
