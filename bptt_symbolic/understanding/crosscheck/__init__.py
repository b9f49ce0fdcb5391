r"""Note -> faults: every relation read a second time, by another program, and the two readings compared.

Each side of a relation is reduced to its arithmetic (`skeleton.py`), which is printed as LaTeX, read by the second
reader in a process of its own (`worker.py`, `second_reader.py`), and compared as a tree (`trees.py`). What the two
readers group differently is a warning: one of them, and perhaps a person too, misreads the formula. The second reader
is never imported here.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from bptt_symbolic.reading.source import Fault, Span
from bptt_symbolic.understanding import Note
from bptt_symbolic.understanding.crosscheck.second_reader import COMMAND, READERS, NoReader, SecondReader, Unread
from bptt_symbolic.understanding.crosscheck.skeleton import Skeleton, sides, skeletons
from bptt_symbolic.understanding.crosscheck.trees import Tree

__all__ = ["Checked", "compare", "cross_check", "is_installed", "skeletons_of"]

LONGEST = 2000
"""Characters of a formula that the second reader is given: it is slow on long ones."""
BUDGET = 120.0
"""Seconds for a whole note."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the second reader says about a note."""

    faults: tuple[Fault, ...] = ()
    sides: int = 0
    """Sides of relations that both readers have read."""
    inner: int = 0
    """Formulas inside atoms of them (what a sum sums, an argument, an entry) that both have read."""
    agreed: int = 0
    """How many of both the readers agree about."""


def is_installed() -> bool:
    """Whether a second reader is there; it is not imported to see."""
    return any(find_spec(name) is not None for name in READERS)


def cross_check(note: Note, command: Sequence[str] = COMMAND, limit: float = 10.0, budget: float = BUDGET) -> Checked:
    """Compare the two readings of every relation; `limit` is in seconds a formula, `budget` for all of them."""
    if command is COMMAND and not is_installed():
        return Checked((_absent("the second reader is not installed"),))
    with SecondReader(command, limit) as reader:
        try:
            return compare(tuple(skeletons_of(note)), reader, budget)
        except NoReader as error:
            return Checked((_absent(f"the second reader does not start: {error}"),))


def skeletons_of(note: Note) -> Iterator[Skeleton]:
    """The skeletons of all relations that stand in the note itself."""
    for line in note.lines.lines:
        if not line.declared and line.text is None:
            for side in sides(line.tree):
                yield from skeletons(side, note.notation)


def compare(found: Sequence[Skeleton], reader: SecondReader, budget: float = BUDGET) -> Checked:
    """Have skeletons read, each text once, and compare the trees; raises NoReader."""
    deadline = time.monotonic() + budget
    readings: dict[str, Tree | Unread] = {}
    faults: list[Fault] = []
    counts = {"sides": 0, "inner": 0, "agreed": 0}
    for number, one in enumerate(found):
        if time.monotonic() > deadline:
            faults.append(_stopped(one.span, len(found) - number))
            break
        if one.latex not in readings:
            readings[one.latex] = _reading(one.latex, reader)
        other = readings[one.latex]
        if not isinstance(other, Unread):
            counts["inner" if one.inner else "sides"] += 1
            counts["agreed"] += other == one.tree
        if other != one.tree:
            faults.append(_disagreement(one, other))
    return Checked(tuple(faults), **counts)


def _reading(latex: str, reader: SecondReader) -> Tree | Unread:
    if len(latex) > LONGEST:
        return Unread(f"it is given no more than {LONGEST} characters")
    return reader.read(latex)


def _disagreement(one: Skeleton, other: Tree | Unread) -> Fault:
    if isinstance(other, Unread):
        message = f"the second reader does not read `{_short(one.latex)}`: {other.reason}"
        return Fault("second-reader", message, "check by eye what the checker understood", one.span, "warning")
    trees = f"{_short(str(one.tree))} here, {_short(str(other))} there"
    message = f"two readers disagree about `{_short(one.latex)}`: {trees}"
    help_line = "write brackets that show on the page, so that the formula can be read in one way only"
    return Fault("second-reader", message, help_line, one.span, "warning")


def _absent(message: str) -> Fault:
    help_line = "install the extra: pip install 'bptt-symbolic[cross-check]'"
    return Fault("second-reader", message, help_line, None, "warning")


def _stopped(span: Span, left: int) -> Fault:
    message = f"the second reader took too long: {left} formulas from here on were read once only"
    return Fault("second-reader", message, "check a shorter note", span, "warning")


def _short(text: str) -> str:
    longest = 160
    return text if len(text) <= longest else text[:longest] + " ..."
