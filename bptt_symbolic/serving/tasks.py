"""What a worker does: the program, for somebody who waits in another process.

Results are records that can be sent; what is wrong with a note or a call is one of them (`Refused`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bptt_symbolic import api, pipeline
from bptt_symbolic.mending import Correction
from bptt_symbolic.pipeline import Before, Edits, NoteError
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.settings import BadSettings
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.preferences import Wanted, wanted
from bptt_symbolic.reporting.report import Finding, Report
from bptt_symbolic.reporting.silence import by_code
from bptt_symbolic.serving.labour import Asker
from bptt_symbolic.serving.named_places import Symbol, symbols_of
from bptt_symbolic.understanding import Note
from bptt_symbolic.understanding.notes import cells

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
class Derived:
    """A derivation as text."""

    text: str
    left_out: tuple[str, ...]
    """What is not in it because it was not proved."""
    relations: int
    """How many relations of it were read back and proved."""


@dataclass(frozen=True, slots=True)
class _State:
    """A note as it was checked last."""

    note: Note
    before: Before | None


def check(
    tell: Asker, *, name: str, text: str, kind: str | None = None, fresh: bool = False, repair: bool = True
) -> Checked | Refused:
    """The text of a note that is called `name`, checked under the settings and with the declarations that lie there.

    The verdicts are told as soon as they are known, and then repairs are looked for. What did not change since the last
    time is not settled again; `fresh` looks for all repairs anew.
    """
    try:
        told = wanted(name)
    except BadSettings as error:
        return Refused(error.fault)
    told = replace(told, repair=told.repair and repair)
    return _checked(tell, readers.source_of(text, name, kind, Path(name).parent), told, fresh=fresh)


PASTED = "pasted note"


def check_pasted(tell: Asker, *, text: str, kind: str | None = None, repair: bool = True) -> Checked | Refused:
    """The same for a text without a place: no settings hold, and no file is read."""
    return _checked(tell, readers.source_of(text, PASTED, kind), Wanted(repair=repair), fresh=False)


def _checked(tell: Asker, source: Source | Fault, told: Wanted, *, fresh: bool) -> Checked | Refused:
    if isinstance(source, Fault):
        return Refused(source)
    try:
        note = pipeline.understand_source(source, None, ())
    except NoteError as error:
        return Refused(error.fault)
    state: _State | None = tell.known.pop(source.name, None)
    if state is not None:
        note = pipeline.carried_over(note, state.note)
    before = None if state is None or fresh else state.before
    _remember(tell, source.name, _State(note, before))
    return _settled(tell, source.name, note, before, told)


def _settled(tell: Asker, name: str, note: Note, before: Before | None, told: Wanted) -> Checked:
    symbols = symbols_of(note)
    found = pipeline.examine(note, partial(_progress, tell))
    plain = _report(note, pipeline.placed(note, found, [one.finding for one in found]), told)
    if not told.repair or all(one.holds for one in found):
        _remember(tell, name, _State(note, None))
        return Checked(plain, symbols, mended=True)
    tell(Checked(plain, symbols, mended=False))
    made: Edits = {}
    mended = pipeline.mend(note, found, partial(_progress, tell), before, made)
    _remember(tell, name, _State(note, Before(note.lines.source, found, mended, made)))
    return Checked(_report(note, pipeline.placed(note, found, mended), told), symbols, mended=True)


def _report(note: Note, found: Sequence[Finding], told: Wanted) -> Report:
    return by_code(pipeline.reported(note, found), told.ignore)


def _remember(tell: Asker, name: str, state: _State) -> None:
    known = tell.known
    known.pop(name, None)
    while len(known) >= MOST_NOTES:
        known.pop(next(iter(known)))
    known[name] = state


def _progress(tell: Asker, done: int, total: int, what: str) -> None:
    tell(Progressed(done, total, what))


def _text(network: str) -> str:
    """A cell by its name, or the text of a note; never a path, whatever it looks like."""
    return network if network in cells() else f"{network}\n"


def prove(tell: Asker, *, claim: str, network: str, repair: bool = True) -> Report | Refused:
    """A formula about a cell or the text of a note, settled."""
    tell(None)
    try:
        return api.prove(claim, _text(network), repair=repair)
    except NoteError as error:
        return Refused(error.fault)


def counterexample(tell: Asker, *, note: str, kind: str | None, equation: str) -> str | Refused:
    """A NumPy program that shows why an equation, or a formula about a note, is false."""
    tell(None)
    try:
        return api.counterexample(_text(note), equation, kind=kind)
    except NoteError as error:
        return Refused(error.fault)


def fix(tell: Asker, *, note: str, kind: str | None, nearest: bool) -> tuple[Correction, Report] | Refused:
    """The text of a note with its repairs in place, and the report on that."""
    try:
        return api.fix(_text(note), kind=kind, nearest=nearest, progress=partial(_progress, tell))
    except NoteError as error:
        return Refused(error.fault)


def derive(tell: Asker, *, network: str, by: Sequence[str], style: str, output: str) -> Derived | Refused:
    """A derivation of gradients, every line of it proved, as text."""
    from bptt_symbolic.deriving import DeriveError  # noqa: PLC0415 - wanted by few

    tell(None)
    try:
        found = api.derive(_text(network), by=by, style=style, format=output)
        text = found.render(output)
    except (NoteError, DeriveError) as error:
        return Refused(error.fault)
    return Derived(text if isinstance(text, str) else "", found.left_out, len(found.checked.proved))
