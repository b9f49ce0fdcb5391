"""A fault of the program costs the claim or the stage in which it happens, and nothing else."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bptt_symbolic import api, check, cli, pipeline, prove
from bptt_symbolic.mending import mistakes
from bptt_symbolic.proving.review import settling
from bptt_symbolic.proving.settle import claims
from bptt_symbolic.proving.settle.outcome import Outcome
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.reporting import formats, guard

TEXT = r"""
Let $s_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ z_t = x_t + W s_{t-1} \tag{1} $$

$$ \frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t^2) \tag{2} $$

$$ \frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 + s_t^2) \tag{3} $$
"""
FAULTS = [IndexError("x"), RecursionError(), MemoryError(), AssertionError(), KeyError("x")]
NAMES = [type(fault).__name__ for fault in FAULTS]


def failing(fault: BaseException, at: int) -> object:
    """`settle`, but it falls on the claim of that number."""
    calls = iter(range(1, 100))
    real = claims.settle

    def settle(question: Question) -> Outcome:
        if next(calls) == at:
            raise fault
        return real(question)

    return settle


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """The note as a file."""
    path = tmp_path / "note.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_claim_that_the_program_falls_on_is_undecided_and_the_others_are_settled(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(settling, "settle", failing(fault, 2))
    found = [f for f in check(TEXT, repair=False).findings if f.kind == "claim"]
    assert [f.verdict for f in found] == ["proved", "undecided", "refuted"]
    assert found[1].code == guard.CODE
    assert "internal error, please report" in found[1].message
    assert type(fault).__name__ in found[1].message


def test_a_recursion_that_really_is_too_deep_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(question: Question) -> Outcome:
        return settle(question)

    monkeypatch.setattr(settling, "settle", settle)
    assert {f.code for f in check(TEXT).findings if f.kind == "claim"} == {guard.CODE}


def test_what_continues_the_chain_of_a_fallen_claim_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = TEXT + r"$$ z_t = x_t + W s_{t-1} = W s_{t-1} + x_t $$"
    monkeypatch.setattr(settling, "settle", failing(ValueError(), 4))
    first, second = check(chain, repair=False).findings[-2:]
    assert (first.verdict, first.code) == ("undecided", guard.CODE)
    assert (second.verdict, second.against_head) == ("proved", "proved")


def test_a_search_for_a_repair_that_falls_leaves_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def mend(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr(mistakes, "mend", mend)
    found = check(TEXT)["3"]
    assert (found.verdict, found.repair, found.code) == ("refuted", None, guard.CODE)
    assert "internal error" in found.message


@pytest.mark.parametrize("stage", ["understand", "findings", "views"])
@pytest.mark.parametrize("name", formats.names())
def test_a_stage_that_falls_costs_no_other_note_anything(
    monkeypatch: pytest.MonkeyPatch, note: Path, capsys: pytest.CaptureFixture[str], stage: str, name: str
) -> None:
    home = api if stage == "understand" else pipeline
    real = getattr(home, stage)
    calls = iter(range(1, 100))

    def falling(*given: object, **named: object) -> object:
        if next(calls) == 1:
            raise ZeroDivisionError
        return real(*given, **named)

    monkeypatch.setattr(home, stage, falling)
    other = note.with_name("other.md")
    other.write_text(note.read_text(encoding="utf-8"), encoding="utf-8")
    assert cli.main(["check", str(note), str(other), "--no-repair", "--format", name]) == 4
    printed = capsys.readouterr().out
    assert "ZeroDivisionError" in printed.replace("\n", "")
    if name == "json":
        first, second = json.loads(printed)
        assert [fault["code"] for fault in first["faults"]] == [guard.CODE]
        assert (second["faults"], second["summary"]["proved"], second["summary"]["refuted"]) == ([], 2, 1)


def test_a_format_that_falls_on_one_note_prints_the_others(
    monkeypatch: pytest.MonkeyPatch, note: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = tmp_path / "good.md"
    good.write_text(TEXT.replace("1 + s_t", "1 - s_t"), encoding="utf-8")
    text = formats.load("text")
    real = text.render

    def render(reports: list[object], **options: object) -> str:
        if any("refuted" in {f.verdict for f in r.findings} for r in reports):  # type: ignore[attr-defined]
            raise KeyError
        return real(reports, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(text, "render", render)
    assert cli.main(["check", str(note), str(good), "--no-repair"]) == 4
    printed = capsys.readouterr().out
    assert "printing the report: internal error" in printed
    assert printed.count("✓") == 3


@pytest.mark.parametrize("command", [["show"], ["picture"], ["fix"], ["derive"], ["counterexample"]])
def test_every_command_ends_with_four_and_says_why(
    monkeypatch: pytest.MonkeyPatch, note: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    def understand(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api, "understand", understand)
    monkeypatch.setattr(api, "understand_source", understand)
    equation = ["3"] if command == ["counterexample"] else []
    assert cli.main([*command, str(note), *equation]) == 4
    assert "internal error, please report (ZeroDivisionError" in capsys.readouterr().err


def test_a_formula_that_the_program_falls_on_ends_with_four(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settling, "settle", failing(IndexError(), 1))
    assert cli.main(["prove", "--network", "elman", "s_t = s_t"]) == 4
    assert "internal error" in capsys.readouterr().out
    monkeypatch.setattr(pipeline, "findings", failing(IndexError(), 1))
    assert [fault.code for fault in prove("s_t = s_t", "elman").faults] == [guard.CODE]


def test_the_message_names_the_line_of_the_package_and_no_path_of_this_machine() -> None:
    fallen = guard.guarded(lambda: claims.settle(None), lambda fallen: fallen)  # type: ignore[arg-type]
    assert isinstance(fallen, guard.Fallen)
    assert fallen.where.startswith("proving/settle/asked_once.py, line ")
    assert str(Path(settling.__file__).parents[2]) not in fallen.message


def test_an_interrupt_is_no_fault_and_ends_with_a_message(
    monkeypatch: pytest.MonkeyPatch, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settling, "settle", failing(KeyboardInterrupt(), 2))
    assert cli.main(["check", str(note)]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "bptt-symbolic: interrupted; nothing was written\n"


@pytest.mark.parametrize("text", ["Nothing but words.\n", "", "$$ s_t = \\tanh(W s_{t-1} + x_t) $$\n"])
def test_of_a_note_without_claims_it_is_not_said_that_they_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    note = tmp_path / "note.md"
    note.write_text(text, encoding="utf-8")
    assert cli.main(["check", str(note)]) == 0
    printed = capsys.readouterr().out
    assert "No claim was found" in printed
    assert "Every claim holds" not in printed


@pytest.mark.parametrize(("only", "status"), [("99", 3), ("99,98", 3), ("2,99", 0)])
def test_numbers_that_meet_nothing_are_said(
    note: Path, capsys: pytest.CaptureFixture[str], only: str, status: int
) -> None:
    assert cli.main(["check", str(note), "--only", only]) == status
    printed = capsys.readouterr()
    assert "99" in printed.err
    assert ("Every claim holds." in printed.out) == (status == 0)


def run(arguments: str) -> subprocess.CompletedProcess[str]:
    """A call in a shell, for what only a shell can do to a program's streams."""
    command = f'"{sys.executable}" -m bptt_symbolic {arguments}'
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607


SLOWLY = [pytest.param(arguments, marks=pytest.mark.slow) for arguments in ("show '{}'", "picture '{}'", "fix --help")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", ["check '{}' --no-repair", "explain", "--version", *SLOWLY])
def test_a_full_disk_below_standard_output_is_a_message_and_status_three(note: Path, arguments: str) -> None:
    done = run(arguments.format(note) + " >/dev/full")
    assert done.returncode == 3
    assert done.stderr == f"bptt-symbolic: cannot write to standard output: {os.strerror(errno.ENOSPC)}\n"


@pytest.mark.parametrize(
    "arguments", ["check '{}' --no-repair", "--version", pytest.param("show '{}'", marks=pytest.mark.slow)]
)
def test_a_standard_output_that_is_closed_is_a_message_and_status_three(note: Path, arguments: str) -> None:
    done = run(arguments.format(note) + " >&-")
    assert done.returncode == 3
    assert done.stderr == "bptt-symbolic: cannot write to standard output: it is closed\n"


@pytest.mark.slow
def test_with_both_streams_closed_the_status_is_all_there_is(note: Path) -> None:
    done = run(f"check '{note}' --no-repair -o '{note.parent / 'report'}' >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert "refuted" in (note.parent / "report").read_text(encoding="utf-8")
    assert run(f"check '{note.parent / 'gone.md'}' 2>&-").returncode == 3
    assert run(f"check '{note.parent / 'gone.md'}' 2>/dev/full").returncode == 3


def test_a_reader_that_has_seen_enough_is_no_fault(note: Path) -> None:
    done = run(f"check '{note}' --no-repair | head -n 1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (1, "")


def test_streams_are_text_and_have_no_file_in_a_notebook(monkeypatch: pytest.MonkeyPatch, note: Path) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", seen)
    assert cli.main(["check", str(note), "--no-repair"]) == 1
    assert "refuted" in seen.getvalue()
