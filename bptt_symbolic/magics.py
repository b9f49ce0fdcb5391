"""Cells of a notebook -> reports below them, after `%load_ext bptt_symbolic`.

    %%bptt [NAME] [--more] [--no-repair]      check the Markdown below; --more: together with the cells checked before
    %bptt [PATH] [--no-repair]                check a notebook or note; without a path, the notebook that runs

What comes back is the report, which shows itself; with NAME it is kept under that name.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.error import UsageError

from bptt_symbolic.api import NoteError, check
from bptt_symbolic.reporting.report import Report

_BETWEEN = "\n\n"


class _Parser(ArgumentParser):
    """argparse, with a complaint below the cell in place of an exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; {self.format_usage().strip()}")


class Magics:
    """The two magics of one shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._before: list[str] = []
        """What the cells that were checked before say."""
        self._of_cell = _Parser("%%bptt", add_help=False)
        self._of_cell.add_argument("name", nargs="?", metavar="NAME")
        self._of_cell.add_argument("--more", action="store_true")
        self._of_line = _Parser("%bptt", add_help=False)
        self._of_line.add_argument("path", nargs="?", metavar="PATH")
        for parser in (self._of_cell, self._of_line):
            parser.add_argument("--no-repair", action="store_true")

    def bptt(self, line: str, cell: str | None = None) -> Report:
        """Check the Markdown of a cell, or a whole notebook."""
        words = line.split()
        if cell is None:
            options = self._of_line.parse_args(words)
            return _checked(_path(options.path, self._shell.user_ns), options)
        return self._cell(self._of_cell.parse_args(words), cell)

    def _cell(self, options: Namespace, cell: str) -> Report:
        before = self._before if options.more else []
        report = _checked(_BETWEEN.join([*before, f"{cell}\n"]), options)
        self._before = [*before, cell]
        if options.name is not None:
            self._shell.user_ns[options.name] = report
        return report


def _checked(note: str | Path, options: Namespace) -> Report:
    try:
        return check(note, repair=not options.no_repair)
    except NoteError as error:
        raise UsageError("; ".join(filter(None, (error.fault.message, error.fault.help)))) from error


def _path(given: str | None, names: Mapping[str, Any]) -> Path:
    """The notebook that is meant: the one that is given, or the one that runs where that is known."""
    if given is not None:
        return Path(given)
    for known in (names.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if known and Path(known).is_file():
            return Path(known)
    raise UsageError("nobody says which notebook this is: write %bptt PATH")


def install(shell: Any) -> None:
    """Let a shell know the magics."""
    magics = Magics(shell)
    shell.register_magic_function(magics.bptt, "line_cell", "bptt")
