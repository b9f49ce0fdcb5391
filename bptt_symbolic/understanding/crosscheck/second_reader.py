"""LaTeX -> tree, by another program: one worker process for a whole note, with a time limit for every formula.

A worker that gives no answer in time is killed, one that ends is gone; the next formula starts a new one. Nothing that
the worker does, hang, crash or talk nonsense, reaches this process as anything but `Unread`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Self

from bptt_symbolic.understanding.crosscheck.trees import Tree, normal

OLD, NEW = "latex2sympy2", "latex2sympy2_extended"
READERS = (OLD, NEW) if sys.version_info < (3, 13) else (NEW,)
"""Modules of the second reader, the first that is installed is taken: the old one needs `typing.io`, gone in 3.13."""
COMMAND = (sys.executable, "-P", "-W", "ignore", "-m", "bptt_symbolic.understanding.crosscheck.worker")
"""`-P`: what lies in the working directory is never imported."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A formula that the second reader did not read."""

    reason: str


class NoReader(Exception):  # noqa: N818 - an honest "not installed" on its way
    """The worker does not start."""


@dataclass
class _Process:
    """A running worker. A thread reads its answers, so that waiting for one can have a limit on every system."""

    handle: subprocess.Popen[str]
    asked: IO[str]
    answered: IO[str]
    answers: "SimpleQueue[str | None]"
    thread: Thread

    @classmethod
    def start(cls, command: Sequence[str]) -> Self:
        handle = subprocess.Popen(  # noqa: S603 - our own worker, in this Python
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
        )
        assert handle.stdin is not None  # noqa: S101 - they are pipes
        assert handle.stdout is not None  # noqa: S101
        answers: SimpleQueue[str | None] = SimpleQueue()
        thread = Thread(target=_pump, args=(handle.stdout, answers), daemon=True)
        thread.start()
        return cls(handle, handle.stdin, handle.stdout, answers, thread)

    def stop(self) -> None:
        self.handle.kill()
        self.handle.wait()
        self.thread.join()
        self.answered.close()
        try:
            self.asked.close()
        except OSError:
            return  # what was never sent stays unsent


@dataclass
class SecondReader:
    """Reads formulas, one after the other; to be used in a `with` statement, which leaves no process behind."""

    command: Sequence[str] = COMMAND
    limit: float = 10.0
    """Seconds for a formula."""
    patience: float = 60.0
    """Seconds for a worker to start: it has SymPy to import."""
    starts: int = 0
    """How many workers were started."""
    _process: _Process | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """Nothing yet: the first formula starts the worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the worker."""
        self._stop()

    def read(self, latex: str) -> Tree | Unread:
        """The tree of a formula, in normal form. Raises NoReader if the worker does not start."""
        process = self._process or self._start()
        try:
            process.asked.write(json.dumps({"latex": latex}) + "\n")
            process.asked.flush()
        except OSError:
            self._stop()
            return Unread("it ended")
        answer = self._answer(process, self.limit)
        if isinstance(answer, Unread):
            self._stop()
            return answer
        tree = _tree(answer.get("tree"))
        return Unread("its answer is no tree") if tree is None else normal(tree)

    def _start(self) -> _Process:
        self.starts += 1
        try:
            self._process = _Process.start(self.command)
        except OSError as error:
            raise NoReader(str(error)) from error
        answer = self._answer(self._process, self.patience)
        if isinstance(answer, Unread) or "ready" not in answer:
            self._stop()
            raise NoReader(answer.reason if isinstance(answer, Unread) else str(answer.get("error")))
        return self._process

    def _answer(self, process: _Process, limit: float) -> Mapping[str, object] | Unread:
        try:
            line = process.answers.get(timeout=limit)
        except Empty:
            return Unread(f"no answer within {limit:g} seconds")
        if line is None:
            return Unread("it fails on it")
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            return Unread("its answer is no tree")
        return answer if isinstance(answer, dict) else Unread("its answer is no tree")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


def _environment() -> dict[str, str]:
    """The worker finds this package where this process found it."""
    here = str(Path(__file__).parents[3])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))}


def _pump(stream: IO[str], answers: "SimpleQueue[str | None]") -> None:
    for line in stream:
        answers.put(line)
    answers.put(None)


def _tree(value: object) -> Tree | None:
    if isinstance(value, str):
        return Tree(value)
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return None
    args = [_tree(part) for part in value[1:]]
    found = tuple(part for part in args if part is not None)
    return Tree(value[0], found) if len(found) == len(args) else None
