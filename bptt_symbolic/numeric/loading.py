"""Source of our own -> module: an import from memory, so that tracebacks show the lines of the generated code.

What a compiler makes of a source is kept in the user's cache folder, under a hash of everything it depends on.
"""

import hashlib
import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from bptt_symbolic.numeric.faults import NumericError


class _Source(importlib.abc.SourceLoader):
    """A module whose source is a string."""

    def __init__(self, source: str, path: str) -> None:
        self._source, self._path = source, path

    def get_filename(self, fullname: str) -> str:
        del fullname
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        del path
        return self._source.encode()


def loaded(source: str, backend: str) -> ModuleType:
    """The module; the source comes from the writers of the backends and holds names of our own only."""
    name = f"bptt_symbolic_generated_{backend}_{key_of(source)}"
    loader = _Source(source, f"<{name}>")
    spec = importlib.util.spec_from_loader(name, loader)
    if spec is None:
        raise AssertionError(name)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def cache_folder() -> Path:
    """Where compiled code is kept: `bptt_symbolic` in the cache folder of the user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bptt_symbolic"


def key_of(*parts: str) -> str:
    """A name for what depends on these texts only."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def kept(source: str, backend: str) -> ModuleType:
    """The module from a file of the cache folder, beside which a compiler can keep what it makes."""
    name = f"bptt_symbolic_{backend}_{key_of(source)}"
    file = cache_folder() / f"{name}.py"
    if not file.exists():
        put(file, source.encode())
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise AssertionError(name)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # what numba keeps refers to it by name
    spec.loader.exec_module(module)
    return module


def put(file: Path, content: bytes) -> None:
    """A file of the cache folder, whole or not at all; raises NumericError if nothing can be written there."""
    moving = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        moving.write_bytes(content)
        moving.replace(file)
    except OSError as error:
        message = f"backend: compiled code cannot be kept in {file.parent}: {error.strerror}"
        raise NumericError(message, "set XDG_CACHE_HOME to a folder that can be written") from error
