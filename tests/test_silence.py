"""Marks in notes, and what else silences findings: real notes, the real checker."""

import json
import subprocess
from functools import partial
from pathlib import Path

import pytest

from bptt_symbolic import check as fully
from bptt_symbolic import cli
from bptt_symbolic.reporting.report import Report

check = partial(fully, repair=False)
FORWARD = "$$\ns_t = \\tanh(W s_{t-1})\n$$\n\n"
WRONG = r"\frac{\partial s_t}{\partial s_{t-1}} = W"
RIGHT = r"\frac{\partial s_t}{\partial s_{t-1}} = (1 - s_t^2) W"
OPEN = r"\frac{\partial s_t}{\partial s_{t-1}} = q W"


def silenced(report: Report) -> list[tuple[str, str]]:
    found = [(f.silence.by, f.silence.reason) for f in report.findings if f.silence is not None]
    return [(str(by), reason) for by, reason in found]


def codes(report: Report) -> list[str]:
    return [fault.code for fault in report.faults]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("markdown", f"{FORWARD}<!--! ignore: shown -->\n$$\n{WRONG}\n$$\n"),
        ("markdown", f"{FORWARD}$$ {WRONG} $$ <!--! ignore: shown -->\n"),
        ("markdown", f"{FORWARD}$$\n{WRONG}\n$$ <!--! ignore: shown -->\n\nWords.\n"),
        ("markdown", f"{FORWARD}<!--! ignore refuted: shown -->\n\n$$\n{WRONG}\n$$\n"),
        ("latex", f"{FORWARD}%! ignore: shown\n\\[ {WRONG} \\]\n"),
        ("latex", f"{FORWARD}\\[ {WRONG} \\] %! ignore: shown\n"),
        ("latex", f"{FORWARD}%! ignore: shown\n\\begin{{align}}\n{WRONG}\n\\end{{align}}\n"),
        ("rst", f".. math::\n\n   s_t = \\tanh(W s_{{t-1}})\n\n.. ! ignore: shown\n\n.. math::\n\n   {WRONG}\n"),
        ("html", f"<p>$$ s_t = \\tanh(W s_{{t-1}}) $$</p>\n<!--! ignore: shown -->\n<p>$$ {WRONG} $$</p>\n"),
    ],
)
def test_a_mark_silences_the_equation_of_its_line_or_the_next_one(kind: str, text: str) -> None:
    report = check(text, kind=kind)
    assert silenced(report) == [("ignore", "shown")]
    assert codes(report) == []
    assert [f.verdict for f in report.findings if f.kind == "claim"] == ["refuted"]


def test_a_mark_in_a_cell_of_a_notebook_silences() -> None:
    cells = [FORWARD, f"<!--! ignore: shown -->\n$$ {WRONG} $$"]
    made = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in cells]
    book = json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert silenced(check(book + "\n", kind="notebook")) == [("ignore", "shown")]


def test_in_an_align_a_mark_is_about_its_row() -> None:
    rows = f"\\begin{{align}}\n{WRONG} \\\\ %! ignore: shown\n{WRONG} 2\n\\end{{align}}\n"
    report = check(FORWARD + rows, kind="latex")
    assert [f.silence is not None for f in report.findings if f.kind == "claim"] == [True, False]


def test_a_mark_before_a_display_is_about_all_its_rows_and_about_no_other_display() -> None:
    rows = f"%! ignore: shown\n\\begin{{align}}\n{WRONG} \\\\\n{WRONG} 2\n\\end{{align}}\n\\[ {WRONG} 3 \\]\n"
    report = check(FORWARD + rows, kind="latex")
    assert [f.silence is not None for f in report.findings if f.kind == "claim"] == [True, True, False]


def test_a_mark_beside_a_declaration_is_none() -> None:
    text = f"{FORWARD}%! ignore: shown\n%! [shapes]\n%! W = ['D', 'D']\n\\[ {WRONG} \\]\n"
    report = check(text, kind="latex")
    assert silenced(report) == [("ignore", "shown")]
    assert codes(report) == []


def test_a_name_that_is_called_ignore_can_still_be_declared() -> None:
    report = check(f"<!--! ignore_t = s_t -->\n{FORWARD}", kind="markdown")
    assert "bad-mark" not in codes(report)


def test_an_expectation_that_is_met_silences_and_one_that_is_not_is_an_error() -> None:
    met = check(f"{FORWARD}<!--! expect refuted: shown -->\n$$\n{WRONG}\n$$\n")
    assert silenced(met) == [("expect", "shown")]
    unmet = check(f"{FORWARD}<!--! expect refuted: shown -->\n$$\n{RIGHT}\n$$\n")
    assert [(fault.code, fault.severity) for fault in unmet.faults] == [("unmet-expectation", "error")]
    other = check(f"{FORWARD}<!--! expect ill-typed: shown -->\n$$\n{WRONG}\n$$\n")
    assert codes(other) == ["unmet-expectation"]
    assert silenced(other) == []


@pytest.mark.parametrize("after", [f"$$\n{RIGHT}\n$$\n", "Words.\n", ""])
def test_an_ignore_that_silences_nothing_is_said(after: str) -> None:
    report = check(f"{FORWARD}<!--! ignore: shown -->\n\n{after}")
    assert [(fault.code, fault.severity) for fault in report.faults] == [("idle-ignore", "warning")]


@pytest.mark.parametrize("mark", ["ignore", "expect: why", "ignore:", "expect refuted"])
def test_a_mark_without_reason_or_verdict_silences_nothing(mark: str) -> None:
    report = check(f"{FORWARD}<!--! {mark} -->\n$$\n{WRONG}\n$$\n")
    assert (codes(report), silenced(report)) == (["bad-mark"], [])


def written(folder: Path, text: str, name: str = "note.md") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_what_is_silenced_is_counted_and_does_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = written(tmp_path, f"{FORWARD}<!--! expect refuted: shown -->\n$$\n{WRONG}\n$$\n")
    assert cli.main(["check", "--no-repair", note]) == 0
    printed = capsys.readouterr().out
    assert f"{note}:7:1: ✗ refuted, expected: shown\n" in printed
    assert printed.splitlines()[-2:] == [
        "1 claim: 1 refuted  (1 definition, 1 silenced)",
        "Every claim holds, but for those that are silenced.",
    ]


@pytest.mark.parametrize(
    ("words", "body", "expected"),
    [
        ("refuted", WRONG, 1),
        ("undecided", WRONG, 0),
        ("none", WRONG, 0),
        ("undecided", OPEN, 2),
        ("refuted,ill-typed", OPEN, 0),
        ("undefined-symbol", OPEN, 2),
    ],
)
def test_the_exit_status_counts_what_it_is_told_to(tmp_path: Path, words: str, body: str, expected: int) -> None:
    note = written(tmp_path, f"{FORWARD}$$\n{body}\n$$\n")
    assert cli.main(["check", "--no-repair", note, "--fail-on", words, "--format", "short"]) == expected


def test_a_baseline_silences_what_was_there_even_where_it_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    note = written(tmp_path, f"{FORWARD}$$\n{WRONG}\n$$\n")
    assert cli.main(["check", "--no-repair", "note.md", "--write-baseline", "base.json"]) == 0
    assert cli.main(["check", "--no-repair", note, "--baseline", "base.json"]) == 0
    written(tmp_path, f"Words.\n\n{FORWARD}$$\n{WRONG}\n$$\n")
    assert cli.main(["check", "--no-repair", "note.md", "--baseline", "base.json"]) == 0
    written(tmp_path, f"{FORWARD}$$\n{WRONG}\n$$\n\n$$\n{WRONG}\n$$\n\n$$\n{WRONG} 2\n$$\n")
    capsys.readouterr()
    assert cli.main(["check", "--no-repair", "note.md", "--baseline", "base.json", "--format", "short"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    written(tmp_path, f"{FORWARD}$$\n{RIGHT}\n$$\n")
    assert cli.main(["check", "--no-repair", "note.md", "--baseline", "base.json"]) == 0
    assert "1 of the findings in base.json are there no more" in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "[]", "{}", '{"version": 9, "notes": {}}', '{"version": 1, "notes": {"a": 3}}'])
def test_a_file_that_is_no_baseline_is_a_wrong_call(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        written(tmp_path, text, "base.json")
    assert (
        cli.main(["check", "--no-repair", written(tmp_path, FORWARD), "--baseline", str(tmp_path / "base.json")]) == 3
    )
    assert "base.json" in capsys.readouterr().err


def test_a_baseline_is_never_written_over_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = written(tmp_path, FORWARD)
    assert cli.main(["check", str(tmp_path), "--write-baseline", note]) == 3
    assert Path(note).read_text(encoding="utf-8") == FORWARD
    assert "would be lost" in capsys.readouterr().err


def test_since_a_revision_only_changed_lines_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607

    written(tmp_path, f"{FORWARD}$$\n{WRONG}\n$$\n")
    git("init", "-q")
    git("add", "note.md")
    git("commit", "-qm", "first")
    written(tmp_path, f"Words.\n\n{FORWARD}$$\n{WRONG}\n$$\n")
    assert cli.main(["check", "--no-repair", "note.md", "--since", "HEAD"]) == 0
    assert "refuted, unchanged since HEAD" in capsys.readouterr().out
    written(tmp_path, f"{FORWARD}$$\n{WRONG}\n$$\n\n$$\n{WRONG} 2\n$$\n")
    assert cli.main(["check", "--no-repair", "note.md", "--since", "HEAD", "--format", "short"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert (
        cli.main(["check", "--no-repair", written(tmp_path, f"{FORWARD}$${WRONG}$$", "new.md"), "--since", "HEAD"]) == 1
    )
    assert cli.main(["check", "--no-repair", "note.md", "--since", "no-such-thing"]) == 3
    assert "git knows no revision no-such-thing" in capsys.readouterr().err


def test_a_mark_on_a_line_of_its_own_is_about_the_next_claim_and_not_about_names_before_it() -> None:
    words = "<!--! ignore: shown -->\nWith $s_t$ as above and $W$ too,\n\n"
    report = check(f"{FORWARD}{words}$$\n{WRONG}\n$$\n")
    assert silenced(report) == [("ignore", "shown")]


def test_every_claim_in_a_line_of_text_is_meant() -> None:
    report = check(f"{FORWARD}So ${WRONG}$ and ${WRONG} 2$. <!--! ignore: shown -->\n\nThen ${WRONG} 3$.\n")
    assert [f.silence is not None for f in report.findings if f.kind == "claim"] == [True, True, False]


def test_what_is_silenced_is_not_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{FORWARD}<!--! expect refuted: shown -->\n$$\n{WRONG}\n$$\n"
    note = written(tmp_path, text)
    assert cli.main(["fix", note, "--in-place"]) == 0
    assert Path(note).read_text(encoding="utf-8") == text
    assert "0 mended, 0 left" in capsys.readouterr().err


def test_many_marks_are_no_slower_than_the_claims() -> None:
    many = "".join(f"<!--! ignore: {i} -->\n$$\n{WRONG}\n$$\n\n" for i in range(60))
    report = check(FORWARD + many)
    assert [reason for _, reason in silenced(report)] == [str(i) for i in range(60)]


@pytest.mark.parametrize(
    "text",
    [
        f"> <!--! ignore: shown -->\n> $$\n> {WRONG}\n> $$\n",
        f"- An item. <!--! ignore: shown -->\n\n  $$ {WRONG} $$\n",
        f"<!--! ignore: shown\n-->\n$$ {WRONG} $$\n",
        f"$$\n{WRONG}\n$$. <!--! ignore: shown -->\n\n$$ {RIGHT} $$\n",
    ],
)
def test_in_quotes_lists_and_behind_words_a_mark_is_about_the_next_equation(text: str) -> None:
    report = check(FORWARD + text, kind="markdown")
    assert (silenced(report), codes(report)) == ([("ignore", "shown")], [])


def test_two_marks_may_be_about_one_equation() -> None:
    report = check(f"{FORWARD}%! ignore: one\n%! expect refuted: two\n\\[ {WRONG} \\]\n", kind="latex")
    assert (silenced(report), codes(report)) == ([("ignore", "one")], [])


def test_between_rows_a_mark_is_about_the_next_one() -> None:
    rows = f"\\begin{{align}}\n{WRONG} \\\\\n%! ignore: shown\n{WRONG} 2 \\\\\n{WRONG} 3\n\\end{{align}}\n"
    report = check(FORWARD + rows, kind="latex")
    assert [f.silence is not None for f in report.findings if f.kind == "claim"] == [False, True, False]
