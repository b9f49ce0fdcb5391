"""Arguments -> notes: files, folders, patterns, and `-` for standard input.

Of a folder every file that some reader knows by its suffix is taken, in the order of its path; hidden files and folders
are left out. What is named itself is taken whatever it is called. A note that comes twice is taken once.
"""

import sys
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path

STDIN = "-"
"""What stands for standard input, and the name of a note that comes from there."""


class NoNotes(Exception):  # noqa: N818 - an answer, which the command gives to the person
    """An argument that stands for no note."""


def notes(arguments: Iterable[str]) -> tuple[str, ...]:
    """The notes that are meant; raises NoNotes."""
    return tuple(dict.fromkeys(note for argument in arguments for note in _of(argument)))


def text_of_stdin() -> str:
    """The whole of standard input, as the text of a note."""
    return sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n") + "\n"


def suffixes() -> frozenset[str]:
    """Suffixes of the files that some reader knows."""
    from bptt_symbolic.reading.readers import READERS  # noqa: PLC0415 - `--help` stays prompt

    return frozenset(suffix for reader in READERS.values() for suffix in reader.SUFFIXES)


def _of(argument: str) -> Iterator[str]:
    path = Path(argument)
    if argument == STDIN:
        yield argument
    elif has_magic(argument) and not path.exists():
        found = sorted(name for name in glob(argument, recursive=True) if Path(name).is_file())  # noqa: PTH207 - keeps the name as it is given
        if not found:
            raise NoNotes(f"no file is called {argument}")
        yield from found
    elif path.is_dir():
        ends = suffixes()
        inside = sorted(file for file in path.rglob("*") if _is_note(file, path, ends))
        if not inside:
            raise NoNotes(f"there is no note in {argument}: none of its files ends in {', '.join(sorted(ends))}")
        yield from map(str, inside)
    else:
        yield argument


def _is_note(file: Path, folder: Path, ends: frozenset[str]) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.suffix.lower() in ends and file.is_file()
