"""Source of our own -> module: an import from memory, so that tracebacks show the lines of the generated code."""

import importlib.abc
import importlib.util
import itertools
from types import ModuleType

_NUMBERS = itertools.count()


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
    name = f"bptt_symbolic_generated_{backend}_{next(_NUMBERS)}"
    loader = _Source(source, f"<{name}>")
    spec = importlib.util.spec_from_loader(name, loader)
    if spec is None:
        raise AssertionError(name)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
