"""Name -> option: the one table of the options that commands share; what one command alone has stands in its module."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bptt_symbolic.reporting import formats

_OPTIONS: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "declare": (
        ("--declare",),
        {"metavar": "FILE", "help": "declarations (default: NOTE's stem with .toml, if there)"},
    ),
    "as": (
        ("--as",),
        {
            "dest": "kind",
            "metavar": "KIND",
            "help": "document format, such as markdown, rst, latex, notebook (default: by name)",
        },
    ),
    "format": (
        ("--format",),
        {
            "choices": formats.names(),
            "metavar": "NAME",
            "help": f"{', '.join(formats.names())} (default: by the suffix of -o, or text)",
        },
    ),
    "colour": (
        ("--colour",),
        {"choices": ("auto", "always", "never"), "default": "auto", "help": "(default: %(default)s)"},
    ),
    "verbose": (("-v", "--verbose"), {"action": "store_true", "help": "say everything, about what is right too"}),
    "output": (("-o", "--output"), {"type": Path, "metavar": "FILE", "help": "write the result to a file"}),
    "no-repair": (
        ("--no-repair",),
        {"action": "store_true", "help": "do not look for repairs: much faster on a note with mistakes"},
    ),
}


def add(parser: ArgumentParser, *names: str) -> None:
    """Let a command take these options."""
    for name in names:
        flags, about = _OPTIONS[name]
        parser.add_argument(*flags, **about)
