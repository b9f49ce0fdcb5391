"""The command line, with a checker that says what the test wants."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from bptt_symbolic import cli
from bptt_symbolic.commands._output import Progress
from bptt_symbolic.reading.source import Fault, Severity, Source, Span
from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.report import Finding, NetworkView, Report, Word

TEXT = "$$a = b$$\n"


class NoteError(Exception):
    """As in `bptt_symbolic.api`: a note that cannot be opened."""

    def __init__(self, fault: Fault) -> None:
        """Keep the fault."""
        super().__init__(fault.message)
        self.fault = fault


def a_report(*verdicts: Word | None, severity: Severity | None = None, name: str = "note.md") -> Report:
    """A report with a claim for each verdict, numbered from 1, and perhaps a fault."""
    findings = tuple(
        Finding(f"eq:{i}.1", Span(2, 7), 1, 3, str(i), "", 1, 1, "a = b", "claim" if verdict else "definition", verdict)
        for i, verdict in enumerate(verdicts, start=1)
    )
    faults = () if severity is None else (Fault("unclosed", "Open.", "Close it.", Span(0, 2), severity),)
    return Report(Source(name, TEXT), (), findings, faults, len(findings))


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, object]]]:
    """Put a checker in the place of the real one: it gives these reports, or raises these faults, one a call."""
    module = ModuleType("bptt_symbolic.api")
    calls: list[dict[str, object]] = []

    def install(*results: Report | Fault, views: tuple[NetworkView, ...] = ()) -> list[dict[str, object]]:
        left = iter(results)

        def check(note: object, **options: object) -> Report:
            calls.append({"note": note} | options)
            result = next(left)
            if isinstance(result, Fault):
                raise NoteError(result)
            return result

        vars(module).update(NoteError=NoteError, check=check, show=lambda _: views)
        monkeypatch.setitem(sys.modules, "bptt_symbolic.api", module)
        return calls

    return install


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), 0),
        ((None, "proved"), 0),
        (("proved", "refuted"), 1),
        (("ill-typed", "unread"), 1),
        (("undecided", "proved"), 2),
        (("unread",), 2),
    ],
)
def test_the_exit_status_says_what_was_found(
    checker: Callable[..., object], verdicts: tuple[Word | None, ...], expected: int
) -> None:
    checker(a_report(*verdicts))
    assert cli.main(["check", "note.md"]) == expected


@pytest.mark.parametrize(
    ("severity", "strict", "expected"), [("error", [], 2), ("warning", [], 0), ("warning", ["--strict"], 2)]
)
def test_an_error_leaves_something_open_and_a_warning_does_so_when_strict(
    checker: Callable[..., object], severity: Severity, strict: list[str], expected: int
) -> None:
    checker(a_report("proved", severity=severity))
    assert cli.main(["check", "note.md", *strict]) == expected


def test_of_several_notes_the_worst_counts(checker: Callable[..., object]) -> None:
    checker(a_report("undecided"), a_report("refuted"), a_report("proved"))
    assert cli.main(["check", "a.md", "b.md", "c.md"]) == 1


def test_a_note_that_cannot_be_opened_is_a_fault_on_stderr(
    checker: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    checker(Fault("missing-file", "There is no such file.", "Check the path."), a_report("proved"))
    assert cli.main(["check", "gone.md", "note.md"]) == 3
    printed = capsys.readouterr()
    assert printed.err == "error[missing-file] gone.md: There is no such file.\n  help: Check the path.\n"
    assert printed.out.startswith("note.md")


def test_json_names_the_note_that_could_not_be_opened(
    checker: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    checker(Fault("missing-file", "There is no such file.", "Check the path."))
    assert cli.main(["check", "gone.md", "--format", "json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["note"], found["faults"][0]["code"]) == ("gone.md", "missing-file")


def test_options_reach_the_checker(checker: Callable[..., list[dict[str, object]]]) -> None:
    calls = checker(a_report("proved"))
    cli.main(["check", "note.txt", "--declare", "d.toml", "--as", "rst"])
    assert calls[0]["note"] == Path("note.txt")
    assert calls[0]["declare"] == "d.toml"
    assert calls[0]["kind"] == "rst"


def test_only_some_equations_are_reported(checker: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> None:
    checker(a_report("proved", "refuted", "proved"))
    assert cli.main(["check", "note.md", "--only", "1,(3)", "--format", "json"]) == 0
    assert [found["number"] for found in json.loads(capsys.readouterr().out)["findings"]] == ["1", "3"]


def test_asking_for_a_number_that_is_not_there_is_a_wrong_call(
    checker: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    checker(a_report("proved"))
    assert cli.main(["check", "note.md", "--only", "99"]) == 3
    assert "no equation is numbered 99" in capsys.readouterr().err


@pytest.mark.parametrize("name", formats.names())
def test_every_format_can_be_written_to_a_file(checker: Callable[..., object], tmp_path: Path, name: str) -> None:
    checker(a_report("refuted"))
    assert cli.main(["check", "note.md", "--format", name, "-o", str(tmp_path / "out")]) == 1
    assert "note.md" in (tmp_path / "out").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_a_wrong_call(
    checker: Callable[..., object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checker(a_report("proved"))
    assert cli.main(["check", "note.md", "-o", str(tmp_path)]) == 3
    assert "cannot write" in capsys.readouterr().err


def test_colour_can_be_forced_and_is_off_for_pipes(
    checker: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    checker(a_report("proved"), a_report("proved"))
    cli.main(["check", "note.md"])
    assert "\x1b" not in capsys.readouterr().out
    cli.main(["check", "note.md", "--colour", "always"])
    assert "\x1b[32m" in capsys.readouterr().out


@pytest.mark.parametrize(
    "call", [[], ["check"], ["chekc", "a.md"], ["check", "a.md", "--format", "pdf"], ["check", "a.md", "--frmat=json"]]
)
def test_a_wrong_call_ends_with_three_and_says_how_to_call(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(call)
    assert ended.value.code == 3
    assert "usage: bptt-symbolic" in capsys.readouterr().err


def test_show_prints_the_network(checker: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> None:
    checker(views=(NetworkView((), ("s_t = x_t",), "numerator"),))
    assert cli.main(["show", "elman"]) == 0
    assert "s_t = x_t" in capsys.readouterr().out


def test_a_note_without_a_network_leaves_something_open(checker: Callable[..., object]) -> None:
    checker()
    assert cli.main(["show", "note.md"]) == 2


def test_explain_prints_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "refuted"]) == 0
    assert capsys.readouterr().out.startswith("# refuted\n")


def test_explain_lists_all_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain"]) == 0
    assert "macro-recursion" in capsys.readouterr().out


def test_explain_offers_what_may_have_been_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "refued"]) == 3
    assert "did you mean refuted?" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["../cli", "/etc/passwd", "", "a\x1bb"])
def test_explain_opens_nothing_but_its_pages(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", code]) == 3
    assert "\x1b" not in capsys.readouterr().err


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_after_a_second_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    now = iter([0.5, 1.5, 1.55, 2.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    progress = Progress("note.md", began=0.0)
    for done in range(4):
        progress(done, 4, "claims\x1b[2J")
    assert seen.getvalue().count("note.md") == 2
    assert "\x1b[2J" not in seen.getvalue()
    progress.clear()
    assert seen.getvalue().endswith("\r\x1b[K")


def test_progress_is_not_drawn_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    Progress("note.md", began=-100.0)(1, 2, "claims")
    assert seen.getvalue() == ""


def test_a_reader_that_has_seen_enough_is_no_fault(
    checker: Callable[..., object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return handle.fileno()

    checker(a_report("refuted"))
    with (tmp_path / "pipe").open("w", encoding="utf-8") as handle:
        monkeypatch.setattr(sys, "stdout", Closed())
        assert cli.main(["check", "note.md"]) == 1
