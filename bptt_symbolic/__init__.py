"""A proof-reader for derivations of back-propagation through time.

    >>> import bptt_symbolic
    >>> report = bptt_symbolic.check("note.md")
    >>> network = bptt_symbolic.unroll("elman", steps=3)

`check` settles every equation of a note, `prove` a formula about a network; `show` gives the networks that a note
defines, `unroll` makes SymPy expressions and functions of numbers of one, and `derive` writes the derivation of
its gradients. Names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bptt_symbolic.api import NoteError, cells, check, derive, prove, show, unroll
    from bptt_symbolic.derivation import Derivation
    from bptt_symbolic.network import Network
    from bptt_symbolic.report import Finding, NetworkView, Report
    from bptt_symbolic.unrolled import Unrolled, UnrollError

__version__ = "0.1.0"

__all__ = [
    "Derivation",
    "Finding",
    "Network",
    "NetworkView",
    "NoteError",
    "Report",
    "UnrollError",
    "Unrolled",
    "__version__",
    "cells",
    "check",
    "derive",
    "prove",
    "show",
    "unroll",
]

_HOME = {
    "Derivation": "derivation",
    "Finding": "report",
    "Network": "network",
    "NetworkView": "report",
    "NoteError": "api",
    "Report": "report",
    "UnrollError": "unrolled",
    "Unrolled": "unrolled",
    "cells": "api",
    "check": "api",
    "derive": "api",
    "prove": "api",
    "show": "api",
    "unroll": "api",
}
"""Public name -> module that it comes from."""


def __getattr__(name: str) -> object:
    """A public name, imported now."""
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
