"""What the tests of the second reader share: a notation, formulas parsed, workers that misbehave."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reading.parser import collect_macros, parse_formula
from bptt_symbolic.reading.source import Source
from bptt_symbolic.understanding.crosscheck.skeleton import Skeleton, skeletons
from bptt_symbolic.understanding.notation import Notation

NOTATION = Notation(
    slots={"h": "argument", "s": "sub0"},
    times=frozenset("t"),
    main="t",
    last=frozenset("T"),
    functions={"f": "f", r"\sigma": "sigmoid"},
    bare=frozenset(),
)
"""Of a note in which h has its time in brackets, and f is a function."""


def read(latex: str) -> tuple[Skeleton, ...]:
    """The skeleton of a formula, and those inside its atoms."""
    macros, _ = collect_macros(Source("test", ""), (), {})
    tree, _ = parse_formula(latex, macros)
    assert tree is not None
    return tuple(skeletons(tree, NOTATION))


@pytest.fixture(scope="session")
def parsed() -> Callable[[str], tuple[Skeleton, ...]]:
    return read


class Worker:
    """A worker that is a script; it leaves its process number in a file, one a line."""

    def __init__(self, folder: Path, script: str) -> None:
        """Write the script."""
        self.numbers = folder / "numbers"
        file = folder / "worker.py"
        begin = f"import json, os, sys, time\nwith open({str(self.numbers)!r}, 'a') as f: print(os.getpid(), file=f)\n"
        say = "def say(x): print(x if isinstance(x, str) else json.dumps(x), flush=True)\n"
        file.write_text(begin + say + script, encoding="utf-8")
        self.command = (sys.executable, str(file))

    @property
    def started(self) -> list[int]:
        """The processes that were started."""
        return [int(line) for line in self.numbers.read_text(encoding="utf-8").split()]

    def left(self) -> list[int]:
        """The processes that are still there."""
        return [number for number in self.started if _is_there(number)]


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def worker(tmp_path: Path) -> Callable[[str], Worker]:
    return lambda script: Worker(tmp_path, script)
