"""Every convention wins in its own example and not in its counter-example; ids are unique; decisions have reasons."""

import json

import pytest

import bptt_symbolic
from bptt_symbolic import cli
from bptt_symbolic.pipeline import understand
from bptt_symbolic.understanding.conventions import Convention, rows
from bptt_symbolic.understanding.roles import Subject


def spoken(row: Convention, text: str) -> bool:
    """Whether the row speaks for something that was decided about a note."""
    decisions = understand(f"{text}\n").notation.decisions.values()
    return any(e.row == row.id and e.weight > 0 for d in decisions for e in d.evidence)


def decided(row: Convention, text: str) -> set[Subject]:
    """What the question of a row is answered about."""
    return {s for s in understand(f"{text}\n").notation.decisions if s.question == row.question}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_wins_in_its_example_and_only_there(row: Convention) -> None:
    if row.against:  # what the counter-example decides is not decided in the example
        here, there = decided(row, row.example), decided(row, row.counter)
        assert there - here
        return
    assert spoken(row, row.example)
    assert not spoken(row, row.counter)


def test_ids_are_unique() -> None:
    ids = [row.id for row in rows()]
    assert len(set(ids)) == len(ids)


def test_the_report_says_what_was_decided_and_where() -> None:
    report = bptt_symbolic.check("# A note\n\n$$h_k = f(W h_{k-1} + U x_k)$$\n", repair=False)
    running = next(d for d in report.decisions if d.about == "the running step")
    assert running.answer == "k"
    assert all(report.source.slice(r.span).startswith("h_") for r in running.reasons if r.span is not None)
    assert {d.about for d in report.decisions} >= {"f", "h", "x"}


def test_show_why_prints_the_answer_its_reasons_and_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "--why", "# A note\n\n$$h_k = f(W h_{k-1} + U x_k)$$\n"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "the running step: k"
    assert any("(step/recurrence)" in line and line.endswith("line 3, column 3") for line in printed)
    assert "f: a function" in printed
    assert cli.main(["show", "--why", "--format", "json", "$$h_k = f(W h_{k-1})$$"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["answer"] == "k"
    assert cli.main(["show", "--why", "--format", "html", "$$h_k = f(W h_{k-1})$$"]) == 3
