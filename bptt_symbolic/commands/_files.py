"""Text -> file: written beside and renamed, so that a file is the old one or the new one and never a part of either.

What cannot be renamed over (a device, a pipe) is written to as it is. A link is followed, and stays a link.
"""

import os
import shutil
import stat
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bptt_symbolic.commands._inputs import NoNotes
from bptt_symbolic.commands._inputs import notes as taken
from bptt_symbolic.reading.settings import BadSettings, settings_in

_DEVICES = (("/", "dev"), ("/", "proc"))
"""Where names stand for what is open already, `/dev/stdout` for a file perhaps."""


class Changed(Exception):  # noqa: N818 - an answer, which the caller gives to the person
    """The file is not any more what was read from it."""


def written(content: bytes, file: Path, expected: bytes | None = None) -> None:
    """The content in the file, which keeps its mode and owner; raises OSError, and Changed if there is not what was
    `expected`.
    """
    if file.exists() and (not file.is_file() or Path(os.path.abspath(file)).parts[:2] in _DEVICES):  # noqa: PTH100
        file.write_bytes(content)
        return
    target = Path(os.path.realpath(file))
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".new", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _dress(beside, target)
        if expected is not None and target.read_bytes() != expected:
            raise Changed
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _dress(beside: Path, target: Path) -> None:
    """Give a new file the mode and the owner of the one it will replace, or those of any new file."""
    try:
        old = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        return
    with suppress(OSError):  # attributes of a kind that this file system does not have
        shutil.copystat(target, beside)
        os.utime(beside)
    with suppress(OSError):  # only the superuser can give a file away
        os.chown(beside, old.st_uid, old.st_gid)
    beside.chmod(stat.S_IMODE(old.st_mode))


def inputs(options: Namespace) -> tuple[str, ...]:
    """Every file that a call reads: notes, declarations named or beside a note, a notation, settings."""
    given = vars(options)
    notes = [
        *_taken(given.get("notes", [])),
        *(given[name] for name in ("note", "network") if given.get(name) is not None),
    ]
    beside = [str(Path(note).with_suffix(".toml")) for note in notes if _has_name(note)]
    named = [given[name] for name in ("declare", "notation") if given.get(name) is not None]
    return tuple(map(str, (*notes, *beside, *named, *_settings(notes))))


def _settings(notes: Iterable[str]) -> Iterator[Path]:
    """The files of settings that hold for notes."""
    for folder in {Path(note).parent for note in notes if _has_name(note)}:
        with suppress(BadSettings, OSError, ValueError):
            if (file := settings_in(folder).file) is not None:
                yield file


def _taken(arguments: Iterable[str]) -> tuple[str, ...]:
    """The notes that arguments stand for."""
    with suppress(NoNotes):
        return taken(arguments)
    return tuple(arguments)


def _has_name(note: str) -> bool:
    """Whether a suffix can be put to it: a note may be the text of one, and that may be anything."""
    return bool(Path(note).name) and "\0" not in note


def is_one_of(file: Path, others: Iterable[str | Path]) -> bool:
    """Whether a file is one of the others under any spelling, by a link, or as another name of the same file."""
    with suppress(OSError, ValueError):
        return any(Path(other).exists() and Path(file).samefile(other) for other in others)
    return False
