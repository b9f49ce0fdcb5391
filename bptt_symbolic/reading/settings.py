"""Note -> the settings that hold for it: `bptt-symbolic.toml`, or `[tool.bptt-symbolic]` of `pyproject.toml`.

The nearest such file counts, in the folder of the note or one above it. It may hold everything that declarations hold
(`docs/declarations.md`), which the note's own declarations win over, and what the command line can be told (`OWN`).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bptt_symbolic.reading.source import Fault, Source

OWN = ("format", "fail-on", "ignore", "repair")
"""Keys that are no declarations."""
_FILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bptt-symbolic.toml", ()),
    ("pyproject.toml", ("tool", "bptt-symbolic")),
)
_KEY = re.compile(r"['\"`]([\w.-]+)['\"`]")


class BadSettings(Exception):  # noqa: N818 - a fault of a file, on its way to the person
    """Settings that cannot be used; `fault` says where and what to do."""

    def __init__(self, where: str, message: str, help: str) -> None:  # noqa: A002 - the word of the reports
        super().__init__(message)
        self.fault = Fault("configuration", f"{where}: {message}", help)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file of settings holds; nothing where there is none."""

    file: Path | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def declared(self) -> Mapping[str, Any]:
        """The declarations among it."""
        return {key: value for key, value in self.data.items() if key not in OWN}

    def bad(self, message: str, help: str) -> BadSettings:  # noqa: A002 - the word of the reports
        """The fault of a key, which the message names first of all, with its line."""
        lines = [] if self.file is None else self.file.read_text(encoding="utf-8").splitlines()
        key = _KEY.search(message)
        name = key[1].rpartition(".")[2] if key else ""
        found = [i for i, line in enumerate(lines, 1) if name and re.match(rf"\s*\[*['\"]?{re.escape(name)}\b", line)]
        return BadSettings(f"{self.file}:{found[0]}" if found else str(self.file), message, help)


def settings_of(source: Source) -> Settings:
    """The settings of the nearest file that has some; raises BadSettings. The text of a note has none."""
    path = Path(source.name)
    return settings_in(path.parent) if path.is_file() else Settings()


def settings_in(folder: Path) -> Settings:
    """The same for whatever is in a folder."""
    start = folder.resolve()
    for above in (start, *start.parents):
        for name, keys in _FILES:
            file = above / name
            if file.is_file() and (data := _table(file, keys)) is not None:
                return Settings(file, data)
    return Settings()


def _table(file: Path, keys: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The table at a place of a TOML file; None if it has none."""
    try:
        text = file.read_text(encoding="utf-8")
        data: Any = tomllib.loads(text) if not keys or keys[-1] in text else {}
    except (OSError, ValueError, RecursionError) as error:
        raise BadSettings(str(file), f"cannot be read: {error}", "look at the place it names") from error
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else None
