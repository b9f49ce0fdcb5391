"""Name of a task -> what a worker does: the program, for somebody who waits in another process.

Results are records that can be sent; what is wrong with a note or a call is one of them (`Refused`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bptt_symbolic import pipeline
from bptt_symbolic.pipeline import Before, Edits, NoteError
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.settings import BadSettings
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.preferences import Wanted, wanted
from bptt_symbolic.reporting.report import Finding, Report
from bptt_symbolic.reporting.silence import by_code
from bptt_symbolic.serving.named_places import Symbol, symbols_of
from bptt_symbolic.understanding import Note

Tell = Callable[[object], None]
MOST_NOTES = 8
"""Notes whose last state is kept in mind."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A note that cannot be opened, or a call that cannot be answered."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a check is."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A report on a text, with what an editor wants besides."""

    report: Report
    symbols: tuple[Symbol, ...]
    mended: bool
    """Whether repairs have been looked for, as far as anybody wants them."""


@dataclass(frozen=True, slots=True)
class _State:
    """A note as it was checked last."""

    note: Note
    before: Before | None


_KNOWN: dict[str, _State] = {}


def check(
    tell: Tell, *, name: str, text: str, kind: str | None = None, fresh: bool = False, repair: bool = True
) -> Checked | Refused:
    """The text of a note that is called `name`, checked under the settings and with the declarations that lie there.

    The verdicts are told as soon as they are known, and then repairs are looked for. What did not change since the last
    time is not settled again; `fresh` looks for all repairs anew.
    """
    try:
        told = wanted(name)
        source = readers.source_of(text, name, kind, Path(name).parent)
        if isinstance(source, Fault):
            return Refused(source)
        note = pipeline.understand_source(source, None, ())
    except (NoteError, BadSettings) as error:
        return Refused(error.fault)
    state = _KNOWN.pop(name, None)
    if state is not None:
        note = pipeline.carried_over(note, state.note)
    before = None if state is None or fresh else state.before
    _remember(name, _State(note, before))
    return _settled(tell, name, note, before, replace(told, repair=told.repair and repair))


def _settled(tell: Tell, name: str, note: Note, before: Before | None, told: Wanted) -> Checked:
    symbols = symbols_of(note)
    found = pipeline.examine(note, partial(_progress, tell))
    plain = _report(note, pipeline.placed(note, found, [one.finding for one in found]), told)
    if not told.repair or all(one.holds for one in found):
        _remember(name, _State(note, None))
        return Checked(plain, symbols, mended=True)
    tell(Checked(plain, symbols, mended=False))
    made: Edits = {}
    mended = pipeline.mend(note, found, partial(_progress, tell), before, made)
    _remember(name, _State(note, Before(note.lines.source, found, mended, made)))
    return Checked(_report(note, pipeline.placed(note, found, mended), told), symbols, mended=True)


def _report(note: Note, found: Sequence[Finding], told: Wanted) -> Report:
    return by_code(pipeline.reported(note, found), told.ignore)


def _remember(name: str, state: _State) -> None:
    _KNOWN.pop(name, None)
    while len(_KNOWN) >= MOST_NOTES:
        _KNOWN.pop(next(iter(_KNOWN)))
    _KNOWN[name] = state


def _progress(tell: Tell, done: int, total: int, what: str) -> None:
    tell(Progressed(done, total, what))


def forget(tell: Tell, *, name: str) -> None:
    """Keep a note that is closed no longer in mind."""
    del tell
    _KNOWN.pop(name, None)


def counterexample(tell: Tell, *, note: str, kind: str | None, equation: str) -> str | Refused:
    """A NumPy program that shows why an equation is false."""
    from bptt_symbolic.api import counterexample as program  # noqa: PLC0415 - wanted by few

    tell(None)
    try:
        return program(note, equation, kind=kind)
    except NoteError as error:
        return Refused(error.fault)


TASKS: Mapping[str, Callable[..., Any]] = {"check": check, "counterexample": counterexample, "forget": forget}
