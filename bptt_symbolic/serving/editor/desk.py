"""Changes of open notes -> checks of them, one after the other: a newer change ends the check of an older one.

A note is checked a moment after its last change, by a worker. Verdicts are published as soon as they are there, repairs
when they are found. Whoever asks about a note that has just changed waits for its verdicts.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from lsprotocol import types
from pygls.uris import to_fs_path

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.serving.editor import protocol_shapes as showing
from bptt_symbolic.serving.editor.protocol_shapes import Shown
from bptt_symbolic.serving.labour import Ended, Limits, Worker
from bptt_symbolic.serving.pages import Pages, Sheet, pages_of, pages_of_cells
from bptt_symbolic.serving.tasks import Checked, Progressed, Refused

PAUSE = 0.25
"""Seconds after a change in which another one may come."""
LIMITS = Limits(seconds=600, megabytes=8192)
_BAR = 0.5
"""Seconds that a check takes before its progress is shown."""

Publish = Callable[[str, int | None, list[types.Diagnostic]], None]


@dataclass(slots=True)
class OpenNote:
    """A note that an editor has open: a text, or the cells of a notebook."""

    uri: str
    sheets: tuple[Sheet, ...]
    version: int | None
    kind: str | None
    cells: tuple[str, ...] | None = None
    """The kinds of its cells; None for a text."""
    shown: Shown | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether this very state has been checked."""
    published: frozenset[str] = frozenset()
    """Texts about which something has been said."""

    @property
    def name(self) -> str:
        """The path, as declarations and settings are looked for beside it."""
        return to_fs_path(self.uri) or self.uri

    @property
    def text(self) -> str:
        """The text of its file, as far as the checker reads it."""
        if self.cells is None:
            return self.sheets[0].text
        cells = [{"cell_type": kind, "source": s.text} for kind, s in zip(self.cells, self.sheets, strict=True)]
        return json.dumps({"cells": cells})

    def pages(self, source: Source) -> Pages:
        """Where the source of a report stands."""
        return pages_of(source, self.sheets[0]) if self.cells is None else pages_of_cells(source, self.sheets)


@dataclass(slots=True)
class _Due:
    """A check that is wanted."""

    when: float
    fresh: bool


class Bar:
    """What is told about the progress of a check; a server puts another one in its place."""

    def show(self, what: Progressed) -> None:
        """A part of it is done."""

    def end(self) -> None:
        """All of it is done, or nobody wants it."""


class Desk:
    """The notes that are open, and the worker that checks them."""

    def __init__(self, publish: Publish, bar: Callable[[OpenNote, Callable[[], None]], Bar]) -> None:
        self.notes: dict[str, OpenNote] = {}
        self.worker = Worker(LIMITS)
        self._publish, self._bar = publish, bar
        self._due: dict[str, _Due] = {}
        self._now: tuple[str, Event] | None = None
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def put(self, note: OpenNote, *, pause: float = PAUSE, fresh: bool = False) -> None:
        """A note was opened or has changed."""
        old = self.notes.get(note.uri)
        if old is not None:
            note.published = old.published
            old.settled.set()  # whoever waits for it looks for the new one
        self.notes[note.uri] = note
        self.again(note.uri, pause=pause, fresh=fresh)

    def again(self, uri: str, *, pause: float = 0.0, fresh: bool = False) -> None:
        """Check a note once more; a check of it that goes on is ended."""
        self._due[uri] = _Due(time.monotonic() + pause, fresh)
        self.notes[uri].settled.clear()
        self._stopped(uri)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._work())
        self._woken.set()

    def drop(self, uri: str) -> None:
        """A note was closed: nothing is said about it any more."""
        note = self.notes.pop(uri, None)
        self._due.pop(uri, None)
        self._stopped(uri)
        if note is not None:
            note.settled.set()
            for name in note.published:
                self._publish(name, None, [])

    def stop(self, uri: str) -> None:
        """Somebody does not want this check to go on."""
        self._due.pop(uri, None)
        self._stopped(uri)
        self.notes[uri].settled.set()

    async def shown(self, uri: str) -> Shown | None:
        """What is known of a note as it is now, once that is settled; None for one that cannot be checked."""
        while (note := self.note_of(uri)) is not None:
            await note.settled.wait()
            if self.note_of(uri) is note:
                return note.shown
        return None

    def note_of(self, uri: str) -> OpenNote | None:
        """The note that a text belongs to: itself, or the notebook of a cell."""
        found = self.notes.get(uri)
        return found or next((n for n in self.notes.values() if any(s.name == uri for s in n.sheets)), None)

    async def close(self) -> None:
        """End everything."""
        if self._now is not None:
            self._now[1].set()
        if self._task is not None:
            self._task.cancel()
        await asyncio.to_thread(self.worker.close)

    def _stopped(self, uri: str) -> None:
        if self._now is not None and self._now[0] == uri:
            self._now[1].set()

    async def _work(self) -> None:
        """Check what is due, the longest waiting first."""
        while True:
            self._woken.clear()
            uri = min(self._due, key=lambda u: self._due[u].when, default=None)
            if uri is None:
                await self._woken.wait()
                continue
            wait = self._due[uri].when - time.monotonic()
            if wait > 0:
                await asyncio.sleep(min(wait, PAUSE))
                continue
            due = self._due.pop(uri)
            await self._check(self.notes[uri], fresh=due.fresh)

    async def _check(self, note: OpenNote, *, fresh: bool) -> None:
        loop, unwanted = asyncio.get_running_loop(), Event()
        self._now = note.uri, unwanted
        bar = self._bar(note, unwanted.set)
        began = time.monotonic()

        def told(message: object) -> None:
            if isinstance(message, Checked):
                self._found(note, message)
            elif isinstance(message, Progressed) and time.monotonic() - began > _BAR:
                bar.show(message)

        asked = {"name": note.name, "text": note.text, "kind": note.kind, "fresh": fresh}
        try:
            result = await asyncio.to_thread(self.worker.do, "check", asked, lambda m: _safely(loop, told, m), unwanted)
            self._found(note, result)
        except Ended as ended:
            if not ended.wanted:
                fault = Fault("internal-error", f"nothing was settled: {ended.why}", "make the note smaller")
                self._found(note, Refused(fault))
        finally:
            self._now = None
            bar.end()

    def _found(self, note: OpenNote, result: Checked | Refused) -> None:
        """Publish what was found out, if it is about the note as it is now."""
        if self.notes.get(note.uri) is not note:
            return
        if isinstance(result, Checked):
            note.shown = Shown(result, note.pages(result.report.source), note.version)
            said = showing.diagnostics(note.shown)
        else:
            note.shown = None
            said = showing.refused(result.fault, note.sheets[0]) if note.sheets else {}
        for name in note.published - said.keys():
            self._publish(name, None, [])
        for name, found in said.items():
            self._publish(name, note.version if name == note.uri else None, found)
        note.published = frozenset(said)
        note.settled.set()


def _safely(loop: asyncio.AbstractEventLoop, told: Callable[[object], None], message: object) -> None:
    loop.call_soon_threadsafe(told, message)


def kind_of(path: str, language: str | None) -> str | None:
    """The document format by the editor's name for the language, where the suffix of the file does not tell."""
    suffix = Path(path).suffix.lower()
    if any(suffix in reader.SUFFIXES for reader in readers.READERS.values()):
        return None
    names: dict[str | None, str] = {"tex": "latex", "restructuredtext": "rst", "json": "notebook"}
    return names.get(language) or (language if language in readers.READERS else None)


def cell_kinds(cells: Sequence[Any]) -> tuple[str, ...]:
    """The kinds of the cells of a notebook as its file has them."""
    return tuple("markdown" if cell.kind == types.NotebookCellKind.Markup else "code" for cell in cells)
