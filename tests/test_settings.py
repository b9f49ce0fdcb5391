"""Configuration up the tree from a note, and which notes a call takes: real files, the real checker."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

from bptt_symbolic import check, cli
from bptt_symbolic.understanding.notes import NoteError

NOTE = r"""$$
h_t = F(A h_{t-1} + x_t)
$$

$$
\pd{h_t}{h_{t-1}} = \mathrm{diag}(F'(A h_{t-1} + x_t)) A
$$
"""
DECLARED = r"""
[macros]
'\pd' = '[2] \frac{\partial #1}{\partial #2}'
[functions]
F = "elementwise"
[shapes]
A = ["n", "n"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a note two folders below."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "note.md").write_text(NOTE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdict() -> object:
    return check(Path("a/b/note.md"), repair=False)["eq:L6.1"].verdict


def test_declarations_hold_for_every_note_below(folder: Path) -> None:
    assert verdict() == "undecided"
    (folder / "bptt-symbolic.toml").write_text(DECLARED, encoding="utf-8")
    assert verdict() == "proved"


def test_they_may_stand_in_pyproject(folder: Path) -> None:
    inside = DECLARED.replace("[m", "[tool.bptt-symbolic.m").replace("[f", "[tool.bptt-symbolic.f")
    inside = inside.replace("[s", "[tool.bptt-symbolic.s")
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n{inside}", encoding="utf-8")
    assert verdict() == "proved"


def test_the_nearest_file_counts_and_a_pyproject_without_settings_is_none(folder: Path) -> None:
    (folder / "bptt-symbolic.toml").write_text(DECLARED, encoding="utf-8")
    (folder / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert verdict() == "proved"
    (folder / "a" / "bptt-symbolic.toml").write_text("", encoding="utf-8")
    assert verdict() == "undecided"


def test_what_stands_beside_the_note_wins_name_by_name(folder: Path) -> None:
    wrong = DECLARED.replace(r"\partial #1}{\partial #2", r"\partial #2}{\partial #1")
    (folder / "bptt-symbolic.toml").write_text(wrong, encoding="utf-8")
    assert verdict() != "proved"
    beside = r"""
[macros]
'\pd' = '[2] \frac{\partial #1}{\partial #2}'
"""
    (folder / "a" / "b" / "note.toml").write_text(beside, encoding="utf-8")
    assert verdict() == "proved"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("fail-on = 'refuted'", 1, "`fail-on` must be a list of texts"),
        ("\nignore = ['refutd']", 2, "'refutd' is none; did you mean refuted?"),
        ("format = 'jsno'", 1, "did you mean json?"),
        ("repair = 1", 1, "`repair` must be true or false"),
        ("\n\nfailon = ['refuted']", 3, "nothing is declared by 'failon'"),
        ("[shapes]\nA = 3.5", 2, "must be a list of at most two sizes"),
        ("a = ", None, "cannot be read"),
    ],
)
def test_an_error_names_the_file_and_the_line(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, line: int | None, said: str
) -> None:
    (folder / "bptt-symbolic.toml").write_text(text, encoding="utf-8")
    assert cli.main(["check", "a/b/note.md"]) == 3
    printed = capsys.readouterr().err
    assert printed.startswith("error[configuration] a/b/note.md: ")
    assert said in printed
    assert f"bptt-symbolic.toml:{line}: " in printed or line is None


def test_in_python_an_error_of_the_configuration_is_a_note_error(folder: Path) -> None:
    (folder / "bptt-symbolic.toml").write_text("[shapes]\nA = 3.5", encoding="utf-8")
    with pytest.raises(NoteError, match="at most two sizes"):
        check(Path("a/b/note.md"))


def test_the_call_wins_over_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bptt-symbolic.toml").write_text("format = 'short'\nfail-on = ['refuted']\n", encoding="utf-8")
    assert cli.main(["check", "a/b/note.md"]) == 0
    assert capsys.readouterr().out.startswith("a/b/note.md:")
    assert cli.main(["check", "a/b/note.md", "--fail-on", "undecided", "--format", "json"]) == 2
    assert capsys.readouterr().out.startswith("{")


def test_verdicts_and_codes_can_be_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bptt-symbolic.toml").write_text("ignore = ['undecided', 'unknown-macro']\n", encoding="utf-8")
    assert cli.main(["check", "a/b/note.md", "--strict"]) == 0
    assert "ignored by the configuration: by its code" in capsys.readouterr().out


GOOD = "$$ s_t = \\tanh(W s_{t-1}) $$\n"


def taken(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    cli.main(["check", *arguments, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    return [one["note"] for one in (found if isinstance(found, list) else [found])]


def test_of_a_folder_every_note_is_taken_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("z.md", "c.tex", "d.txt", ".hidden/e.md", ".f.md", "a/g.rst"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(GOOD, encoding="utf-8")
    assert taken(capsys, ".") == ["a/b/note.md", "a/g.rst", "c.tex", "z.md"]
    assert taken(capsys, "a", "d.txt", "a/g.rst") == ["a/b/note.md", "a/g.rst", "d.txt"]
    assert taken(capsys, "**/*.md") == ["a/b/note.md", "z.md"]


@pytest.mark.parametrize("argument", ["*.nothing", "empty"])
def test_what_stands_for_no_note_is_a_wrong_call(
    folder: Path, capsys: pytest.CaptureFixture[str], argument: str
) -> None:
    (folder / "empty").mkdir()
    assert cli.main(["check", argument]) == 3
    assert argument in capsys.readouterr().err


def test_a_dash_is_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b".. math::\n\n   s_t = W s_{t-1}\n")))
    assert cli.main(["check", "-", "--as", "rst"]) == 0
    assert capsys.readouterr().out.startswith("stdin  1 displayed equation")


@pytest.mark.parametrize(
    ("name", "begin"), [("x.json", "{"), ("x.html", "<!DOCTYPE"), ("x.sarif", "{"), ("x.xml", "<?xml")]
)
def test_the_suffix_of_a_file_is_the_format(folder: Path, name: str, begin: str) -> None:
    (folder / "g.md").write_text(GOOD, encoding="utf-8")
    assert cli.main(["check", "g.md", "-o", name]) == 0
    assert (folder / name).read_text(encoding="utf-8").startswith(begin)


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (["chekc", "a.md"], "check"),
        (["check", "a.md", "--frmat=json"], "--format"),
        (["check", "a.md", "--format", "jsn"], "json"),
        (["check", "a.md", "--fail-on", "refuetd"], "refuted"),
    ],
)
def test_a_wrong_word_gets_the_right_one(call: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(call)
    assert ended.value.code == 3
    assert capsys.readouterr().err.endswith(f"did you mean {hint}?\n")


def test_a_watched_note_is_checked_again_when_it_or_its_settings_change(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = iter([("a/b/note.md", GOOD), ("bptt-symbolic.toml", "format = 'json'\n")])

    def wait(_: float) -> None:
        file, text = next(changes, (None, ""))
        if file is None:
            raise KeyboardInterrupt
        (folder / file).write_text(text, encoding="utf-8")

    monkeypatch.setattr("time.sleep", wait)
    assert cli.main(["check", "a/b/note.md", "--watch"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("a/b/note.md  ") == 2
    assert printed.out.count('"note": "a/b/note.md"') == 1
    assert printed.err.count("watching; Ctrl-C ends it") == 3


def test_the_hook_for_pre_commit_is_a_call_that_the_command_line_takes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = (Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entry = re.search(r"^  entry: bptt-symbolic (.*)$", hook, re.MULTILINE)
    files = re.search(r"^  files: (.*)$", hook, re.MULTILINE)
    assert entry is not None
    assert files is not None
    assert [name for name in ("a.md", "b.tex", "c.py", "d.md.bak") if re.search(files[1], name)] == ["a.md", "b.tex"]
    (folder / "g.md").write_text(GOOD, encoding="utf-8")
    assert cli.main([*entry[1].split(), "g.md", "a/b/note.md"]) == 2
    assert capsys.readouterr().out.startswith("a/b/note.md:6:1: ")


def test_settings_are_never_written_over(folder: Path) -> None:
    (folder / "bptt-symbolic.toml").write_text("repair = false\n", encoding="utf-8")
    assert cli.main(["check", "a/b/note.md", "-o", "bptt-symbolic.toml"]) == 3
    assert (folder / "bptt-symbolic.toml").read_text(encoding="utf-8") == "repair = false\n"
