"""A proof-reader for derivations of back-propagation through time.

    >>> import bptt_symbolic
    >>> report = bptt_symbolic.check("note.md")
    >>> network = bptt_symbolic.unroll("elman", steps=3)

`check` settles every equation of a note, `prove` a formula about a network, `counterexample` writes a program that
shows why an equation is false; `show` gives the networks that a note defines, `picture` draws one, `unroll` makes SymPy
expressions and functions of numbers of one, `derive` writes the derivation of its gradients. Names are imported when
they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bptt_symbolic.api import (
        NoteError,
        assert_gradient,
        cells,
        check,
        check_gradient,
        counterexample,
        derive,
        fix,
        function_of,
        lambdify,
        picture,
        prove,
        show,
        unroll,
    )
    from bptt_symbolic.deriving import Derivation
    from bptt_symbolic.meaning.network import Network
    from bptt_symbolic.numeric import NumericError, NumericFunction
    from bptt_symbolic.reporting.report import Finding, NetworkView, Report
    from bptt_symbolic.showing.unrolled import Unrolled, UnrollError

__version__ = "0.1.0"

__all__ = [
    "Derivation",
    "Finding",
    "Network",
    "NetworkView",
    "NoteError",
    "NumericError",
    "NumericFunction",
    "Report",
    "UnrollError",
    "Unrolled",
    "__version__",
    "assert_gradient",
    "cells",
    "check",
    "check_gradient",
    "counterexample",
    "derive",
    "fix",
    "function_of",
    "lambdify",
    "picture",
    "prove",
    "show",
    "unroll",
]

_HOME = {
    "Derivation": "deriving",
    "Finding": "reporting.report",
    "Network": "meaning.network",
    "NetworkView": "reporting.report",
    "NoteError": "api",
    "NumericError": "numeric",
    "NumericFunction": "numeric",
    "Report": "reporting.report",
    "UnrollError": "showing.unrolled",
    "Unrolled": "showing.unrolled",
    "assert_gradient": "api",
    "cells": "api",
    "check": "api",
    "check_gradient": "api",
    "counterexample": "api",
    "derive": "api",
    "fix": "api",
    "function_of": "api",
    "lambdify": "api",
    "picture": "api",
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


def load_ipython_extension(shell: object) -> None:
    """`%load_ext bptt_symbolic`: the magics `%bptt` and `%%bptt`."""
    import_module(f"{__name__}.magics").install(shell)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
