"""Call and its notes -> the call again, whenever one of the files that it reads has changed.

Files are looked at twice a second: their time and their size. An interrupt ends it, with the status of the last call.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from bptt_symbolic.commands._output import HOLDS, say
from bptt_symbolic.reading.settings import BadSettings, settings_in

_PAUSE = 0.5
"""Seconds between two looks."""


def watched(work: Callable[[], int], notes: Sequence[str]) -> int:
    """Do the work, and again after each change; the status of the last time."""
    status = HOLDS
    with suppress(KeyboardInterrupt):
        while True:
            before = _state(notes)
            status = work()
            say("watching; Ctrl-C ends it")
            while _state(notes) == before:
                time.sleep(_PAUSE)
    return status


def _state(notes: Iterable[str]) -> dict[Path, tuple[int, int]]:
    """Time and size of every file that the call reads."""
    found = {}
    for file in {path for note in notes for path in _read_with(Path(note))}:
        with suppress(OSError):
            about = file.stat()
            found[file] = (about.st_mtime_ns, about.st_size)
    return found


def _read_with(note: Path) -> tuple[Path, ...]:
    with suppress(BadSettings):
        file = settings_in(note.parent).file
        return (note, note.with_suffix(".toml"), *([] if file is None else [file]))
    return (note, note.with_suffix(".toml"))
