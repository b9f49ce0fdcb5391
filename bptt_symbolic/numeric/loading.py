"""Source of our own -> module: an import from memory, so that tracebacks show the lines of the generated code.

What a compiler makes of a source is kept in the user's cache folder, under a hash of everything it depends on.
"""

import hashlib
import importlib.abc
import importlib.util
import os
import stat
import sys
from pathlib import Path
from types import ModuleType

from bptt_symbolic.numeric.numeric_error import NumericError


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
    """Where compiled code is kept: `bptt_symbolic` in the cache folder of the user. What lies there is run unseen, so a
    folder that others can write, or that belongs to somebody else, is refused; raises NumericError.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bptt_symbolic"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        reason = _danger(folder)
    except OSError as error:
        raise _unkept(folder, error.strerror or str(error)) from error
    if reason:
        raise _unkept(folder, reason)
    return folder


def _danger(folder: Path) -> str:
    """Why code in a folder may be somebody else's; empty where it cannot be."""
    if not hasattr(os, "getuid"):
        return ""  # a system whose folders have no such owners and modes
    own, above = folder.stat(), folder.resolve().parent.stat()
    if own.st_uid != os.getuid():
        return "it belongs to somebody else"
    if own.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others can write in it"
    if above.st_mode & stat.S_IWOTH and not above.st_mode & stat.S_ISVTX:
        return f"others can put another folder in its place, since they can write in {folder.resolve().parent}"
    return ""


def _unkept(folder: Path, reason: str) -> NumericError:
    message = f"backend: compiled code cannot be kept in {folder}: {reason}"
    return NumericError(message, "set XDG_CACHE_HOME to a folder of your own, or take the backend numpy")


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
        moving.write_bytes(content)
        moving.replace(file)
    except OSError as error:
        raise _unkept(file.parent, error.strerror or str(error)) from error
