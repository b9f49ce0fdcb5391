"""Format name -> format: the open folder of documents that a derivation can be.

One module is one format: `SUFFIX`, `KIND` and `render`. `KIND` is the reader that reads such a document back, or None:
then the Markdown of the same derivation is read instead.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.deriving.written import Document
from bptt_symbolic.reading.source import Fault


class Unavailable(Exception):  # noqa: N818 - a fault of the machine, on its way
    """A format that something is missing for; `fault` says what."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Output(Protocol):
    """What every module of this folder offers."""

    SUFFIX: str
    """Suffix of a file."""
    KIND: str | None
    """The document format that reads it back."""

    def render(self, document: Document) -> str | bytes:
        """The document."""
        ...


def names() -> tuple[str, ...]:
    """Names of all formats."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> Output:
    """The format of that name; `KeyError` if there is none."""
    if name not in names():
        raise KeyError(name)
    return cast("Output", import_module(f"{__name__}.{name}"))
