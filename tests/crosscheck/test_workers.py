"""The second reader with workers that misbehave: whatever they do is a warning, and none is left behind."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import understand
from bptt_symbolic.cli import main
from bptt_symbolic.understanding import crosscheck
from bptt_symbolic.understanding.crosscheck.second_reader import NoReader, SecondReader, Unread
from bptt_symbolic.understanding.crosscheck.trees import Tree
from bptt_symbolic.understanding.crosscheck.worker import plain

Workers = Callable[[str], Any]
"""A script -> a worker (`conftest.py`)."""
READY = "say({'ready': True})\n"
NOTE = r"""
Let $x_t \in \mathbb{R}^M$, $s_t \in \mathbb{R}^D$, $U \in \mathbb{R}^{D \times M}$.

$$
s_t = U x_t + s_{t-1}
$$
"""

HABITS = {
    "hangs": ("time.sleep(1000)", "no answer within 0.5 seconds"),
    "goes": ("input(); sys.exit(1)", "it fails on it"),
    "babbles": ("for line in sys.stdin: say('no JSON')", "its answer is no tree"),
    "answers a number": ("for line in sys.stdin: say(1)", "its answer is no tree"),
    "answers no tree": ("for line in sys.stdin: say({'tree': [1, 2]})", "its answer is no tree"),
    "answers nothing": ("for line in sys.stdin: say({})", "its answer is no tree"),
    "nests deeply": ("for line in sys.stdin: say('[' * 100000)", "its answer is no tree"),
}
"""What a worker does once it is asked, and what is said about it."""

FALSE_STARTS = {
    "says why": ("say({'error': 'No module named typing.io'})", "No module named typing.io"),
    "goes": ("", "it fails on it"),
    "hangs": ("time.sleep(1000)", "no answer within 0.5 seconds"),
}
"""How a worker does not start, and what is said about it."""


HOSTILE = {
    "long sum": "+".join([r"\tanh(x_t)"] * 1000),
    "long product": " ".join([r"\tanh(x_t)"] * 1000),
    "long number": "9" * 6000,
    "many names": "+".join(f"a_{{{i}}}" for i in range(800)),
    "deep brackets": "(" * 60 + "x" + ")" * 60,
    "deep functions": r"\exp(" * 40 + "x" + ")" * 40,
    "many signs": r"\sum_k " * 100 + "x",
}
"""Formulas of nobody's derivation."""


@pytest.mark.parametrize("habit", HABITS)
def test_a_worker_that_misbehaves_reads_nothing_and_is_gone(worker: Workers, habit: str) -> None:
    script, reason = HABITS[habit]
    found = worker(READY + script)
    with SecondReader(found.command, limit=0.5) as reader:
        assert reader.read("x_{1}") == Unread(reason)
        assert reader.read("x_{2}") == Unread(reason)
    assert len(found.started) == reader.starts
    assert found.left() == []


def test_after_a_hang_a_new_worker_reads_on(worker: Workers) -> None:
    script = "for line in sys.stdin: time.sleep(1000) if '1' in line else say({'tree': 'x_2'})"
    found = worker(READY + script)
    with SecondReader(found.command, limit=0.5) as reader:
        assert reader.read("x_{1}") == Unread("no answer within 0.5 seconds")
        assert reader.read("x_{2}") == Tree("x_{2}")
        assert reader.read("x_{2}") == Tree("x_{2}")
        assert found.left() == found.started[1:]
    assert reader.starts == len(found.started) == 2
    assert found.left() == []


@pytest.mark.parametrize("habit", FALSE_STARTS)
def test_a_worker_that_does_not_start_is_gone(worker: Workers, habit: str) -> None:
    script, reason = FALSE_STARTS[habit]
    found = worker(script)
    with SecondReader(found.command, patience=0.5 if habit == "hangs" else 60) as reader, pytest.raises(NoReader) as it:
        reader.read("x_{1}")
    assert str(it.value) == reason
    assert found.left() == []


def test_a_worker_that_does_not_start_is_one_warning() -> None:
    found = crosscheck.cross_check(understand(NOTE), command=(sys.executable, "-c", "raise SystemExit(1)"))
    assert [fault.code for fault in found.faults] == ["second-reader"]
    assert "does not start: it fails on it" in found.faults[0].message


def test_a_command_that_does_not_exist_is_one_warning() -> None:
    found = crosscheck.cross_check(understand(NOTE), command=("no-such-command-here",))
    assert [fault.code for fault in found.faults] == ["second-reader"]


def test_no_worker_is_left_when_something_else_fails(worker: Workers) -> None:
    found = worker(READY + "for line in sys.stdin: say({'tree': 'x_1'})")
    with pytest.raises(KeyboardInterrupt), SecondReader(found.command) as reader:  # noqa: PT012 - both belong together
        reader.read("x_{1}")
        raise KeyboardInterrupt
    assert found.left() == []


def test_a_disagreement_is_a_warning_with_its_place_and_both_trees(worker: Workers) -> None:
    found = worker(READY + "for line in sys.stdin: say({'tree': ['Add', 'x_1', ['Mul', '-1', 'x_2']]})")
    note = understand(NOTE)
    result = crosscheck.cross_check(note, found.command)
    fault = next(f for f in result.faults if "Mul(x1, x2)" in f.message)
    assert fault.message == (
        r"two readers disagree about `x_{1} \cdot x_{2} + x_{3}`: "
        "Add(Mul(x1, x2), x3) here, Add(x1, Mul(-1, x2)) there"
    )
    assert (fault.code, fault.severity) == ("second-reader", "warning")
    assert fault.span is not None
    assert note.lines.source.slice(fault.span).strip() == "U x_t + s_{t-1}"
    assert result.agreed == 0


def test_a_text_is_read_once(worker: Workers) -> None:
    found = worker(READY + "for n, line in enumerate(sys.stdin): say({'tree': f'x_{n + 1}'})")
    one = next(crosscheck.skeletons_of(understand(NOTE)))
    with SecondReader(found.command) as reader:
        result = crosscheck.compare([one] * 5, reader)
    assert (result.sides, result.agreed) == (5, 5)


def test_a_long_formula_is_not_given_to_the_second_reader(worker: Workers) -> None:
    found = worker(READY + "for line in sys.stdin: say({'tree': 'x_1'})")
    one = next(crosscheck.skeletons_of(understand(NOTE)))
    with SecondReader(found.command) as reader:
        result = crosscheck.compare([one, replace(one, latex="1 + " * 1000 + "1")], reader)
    (fault,) = result.faults
    assert fault.message.endswith("it is given no more than 2000 characters")
    assert (result.sides, result.agreed) == (1, 1)


@pytest.mark.parametrize("formula", HOSTILE.values(), ids=HOSTILE)
def test_no_formula_is_too_much(worker: Workers, formula: str) -> None:
    found = worker(READY + "for line in sys.stdin: say({'tree': 'x_1'})")
    result = crosscheck.cross_check(understand(f"$$\ny = {formula}\n$$\n"), found.command)
    assert {fault.code for fault in result.faults} <= {"second-reader"}
    assert found.left() == []


def test_a_note_has_a_limit_too(worker: Workers) -> None:
    found = worker(READY)
    one = next(crosscheck.skeletons_of(understand(NOTE)))
    with SecondReader(found.command) as reader:
        result = crosscheck.compare([one] * 5, reader, budget=-1)
    assert [f.message for f in result.faults] == [
        "the second reader took too long: 5 formulas from here on were read once only"
    ]


def test_without_a_second_reader_nothing_else_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosscheck, "find_spec", lambda _: None)
    plain_report, report = check(NOTE), check(NOTE, cross_check=True)
    assert report.findings == plain_report.findings
    (fault,) = set(report.faults) - set(plain_report.faults)
    assert (fault.code, fault.severity) == ("second-reader", "warning")
    assert "pip install 'bptt-symbolic[cross-check]'" in fault.help


def test_the_command_line_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crosscheck, "find_spec", lambda _: None)
    file = tmp_path / "note.md"
    file.write_text(NOTE, encoding="utf-8")
    main(["check", str(file)])
    assert "second-reader" not in capsys.readouterr().out
    main(["check", str(file), "--cross-check"])
    assert "second-reader" in capsys.readouterr().out


def test_the_tree_of_an_expression_is_its_arguments_in_their_order() -> None:
    class Add:
        args = ("x_2", "x_1")

    assert plain(Add()) == ["Add", "x_2", "x_1"]
    assert plain("x_1") == "x_1"
