"""Work -> its result, or the fault of the program that ended it: the one place where every exception is caught.

What is wrong with a note is a value; an exception is a fault of the program, and must cost nothing but the claim or the
stage in which it happens: not the other claims, not the other notes of the call, and never the difference between "the
program fell" and "refuted". So there is one guard round each claim and one round each stage. A recursion that is too
deep and memory that is not there are among the faults; an interrupt is none, and passes.

This is the only broad `except` of the package, and a test allows no other. Nothing is swallowed: what was caught is
said in the report, with the code `internal-error`, and the traceback goes to the log `bptt_symbolic.reporting.guard`.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bptt_symbolic.reading.source import Fault

CODE = "internal-error"
HELP = "please report it, with the note: the checker is at fault, not its author; everything else is settled"

Result = TypeVar("Result")

_PACKAGE = Path(__file__).parents[1]
_ANYWHERE = (RecursionError, MemoryError)
"""These strike wherever the stack or the memory happens to end, which differs from call to call."""
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Fallen:
    """A fault of the program that ended some work."""

    kind: str
    """The name of the exception."""
    where: str
    """Module and line of the package, the same on every machine; empty where that says nothing."""

    @property
    def message(self) -> str:
        """One sentence for a report."""
        place = f" in {self.where}" if self.where else ""
        return f"internal error, please report ({self.kind}{place})"


def guarded(
    work: Callable[[], Result],
    instead: Callable[[Fallen], Result],
    answers: tuple[type[Exception], ...] = (),
) -> Result:
    """The result of some work, or what stands `instead` of it; exceptions that are `answers` pass."""
    try:
        return work()
    except answers:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        _LOG.info("a fault of the program", exc_info=True)
        return instead(_fallen(error))


def staged(stage: str, work: Callable[[], Iterable[Result]]) -> tuple[tuple[Result, ...], tuple[Fault, ...]]:
    """What a stage finds and no fault, or nothing and the fault that says so."""
    return guarded(lambda: (tuple(work()), ()), lambda fallen: ((), (fault_of(stage, fallen),)))


def fault_of(stage: str, fallen: Fallen) -> Fault:
    """A fault of a whole stage."""
    return Fault(CODE, f"{stage}: {fallen.message}", HELP)


def _fallen(error: Exception) -> Fallen:
    where = ""
    if not isinstance(error, _ANYWHERE):
        for frame in traceback.extract_tb(error.__traceback__):
            path = Path(frame.filename)
            if path.is_relative_to(_PACKAGE):
                where = f"{path.relative_to(_PACKAGE).as_posix()}, line {frame.lineno}"
    return Fallen(type(error).__name__, where)
