"""Many notes into one file: the same for any number of processes, through kills and interrupts."""

import json
import os
import posixpath
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic import cli
from bptt_symbolic.commands._crew import in_order

FORWARD = "$$\ns_t = \\tanh(W s_{t-1})\n$$\n\n"
CLAIM = "$$\n\\frac{\\partial s_t}{\\partial s_{t-1}} = %s\n$$\n"
BODIES = ["W", "(1 - s_t^2) W", "\\strange{W}", "q W"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four notes, and one that cannot be read."""
    for i, body in enumerate(BODIES):
        (tmp_path / f"n{i}.md").write_text(FORWARD + CLAIM % body, encoding="utf-8")
    (tmp_path / "x.md").write_bytes(b"\xff\xfe")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_one_process_or_two_the_lines_are_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for jobs in ("1", "2"):
        assert cli.main(["corpus", ".", "-o", f"r{jobs}.jsonl", "--jobs", jobs]) == 0
    assert (folder / "r1.jsonl").read_bytes() == (folder / "r2.jsonl").read_bytes()
    assert [row["note"] for row in rows(folder / "r1.jsonl")] == ["n0.md", "n1.md", "n2.md", "n3.md", "x.md"]
    printed = capsys.readouterr().out.split("5 notes: ")[1]
    assert printed.splitlines()[:2] == ["1 proved, 1 refuted, 2 undecided", "1 note could not be read"]
    assert "    1  nothing says what \\strange means" in printed


def test_a_second_call_goes_on_and_does_what_has_changed(folder: Path) -> None:
    call = ["corpus", ".", "-o", "r.jsonl", "--jobs", "1", "--no-repair"]
    assert cli.main(call) == 0
    whole = (folder / "r.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    (folder / "r.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:50])  # as an interrupt may leave it
    assert cli.main(call) == 0
    assert (folder / "r.jsonl").read_bytes() == whole
    (folder / "n0.md").write_text(FORWARD, encoding="utf-8")
    assert cli.main(call) == 0
    assert sorted(row["note"] for row in rows(folder / "r.jsonl")) == ["n0.md", "n1.md", "n2.md", "n3.md", "x.md"]
    assert rows(folder / "r.jsonl")[-1]["report"]["summary"]["claims"] == 0


def test_lines_about_other_notes_stay_and_other_files_are_left_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["corpus", "n0.md", "-o", "r.jsonl"]) == 0
    assert cli.main(["corpus", "n1.md", "-o", "r.jsonl"]) == 0
    assert [row["note"] for row in rows(folder / "r.jsonl")] == ["n0.md", "n1.md"]
    (folder / "notes.txt").write_text("What I must not forget.\n", encoding="utf-8")
    assert cli.main(["corpus", "n0.md", "-o", "notes.txt"]) == 3
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "What I must not forget.\n"
    assert cli.main(["corpus", ".", "-o", "n1.md"]) == 3
    assert "would be lost" in capsys.readouterr().err


def test_results_come_in_the_order_of_the_tasks() -> None:
    tasks = [f"a/{i}" for i in range(70)]
    assert list(in_order(posixpath.basename, tasks, 2)) == [str(i) for i in range(70)]
    assert list(in_order(posixpath.basename, [], 2)) == []


def workers(parent: int) -> list[int]:
    """Processes that a call has begun to settle notes."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    found = [int(word) for word in path.read_text(encoding="utf-8").split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.fixture
def stuck(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A call that waits for a note which is a pipe that nobody writes to."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("needs /proc")
    os.mkfifo(folder / "n1.pipe.md")
    call = [sys.executable, "-m", "bptt_symbolic", "corpus", "n0.md", "n1.pipe.md", "n2.md", "-o", "r.jsonl"]
    call += ["--jobs", "1", "--no-repair"]
    process = subprocess.Popen(call, cwd=folder, stderr=subprocess.PIPE, start_new_session=True)
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its workers as well, which hold the pipe open
    process.communicate()


def until(what: Any) -> None:
    """Wait for something, half a minute at most."""
    for _ in range(300):
        if what():
            return
        time.sleep(0.1)
    pytest.fail("it took too long")


@pytest.mark.slow
def test_a_note_that_two_workers_are_killed_over_is_recorded_and_the_others_are_settled(
    folder: Path, stuck: subprocess.Popen[bytes]
) -> None:
    killed: set[int] = set()
    for _ in range(2):
        until(lambda: (folder / "r.jsonl").exists() and len(rows(folder / "r.jsonl")) == 1)
        until(lambda: set(workers(stuck.pid)) - killed)
        time.sleep(2)  # it has the task by then
        (worker,) = set(workers(stuck.pid)) - killed
        os.kill(worker, signal.SIGKILL)
        killed.add(worker)
    assert stuck.wait(60) == 4
    found = rows(folder / "r.jsonl")
    assert [row["note"] for row in found] == ["n0.md", "n1.pipe.md", "n2.md"]
    assert found[1]["failed"] == "two processes were killed"
    assert found[2]["report"]["summary"]["claims"] == 1


@pytest.mark.slow
def test_an_interrupt_leaves_what_is_done(folder: Path, stuck: subprocess.Popen[bytes]) -> None:
    until(lambda: (folder / "r.jsonl").exists() and len(rows(folder / "r.jsonl")) == 1)
    stuck.send_signal(signal.SIGINT)
    _, told = stuck.communicate(timeout=60)
    assert stuck.returncode == 3
    assert b"interrupted; r.jsonl has 1 note" in told
    (folder / "n1.pipe.md").unlink()
    (folder / "n1.pipe.md").write_text(FORWARD, encoding="utf-8")
    assert cli.main(["corpus", "n0.md", "n1.pipe.md", "n2.md", "-o", "r.jsonl", "--no-repair"]) == 0
    assert [row["note"] for row in rows(folder / "r.jsonl")] == ["n0.md", "n1.pipe.md", "n2.md"]
