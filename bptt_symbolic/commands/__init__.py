"""Command name -> command: the open folder of what the command line can do.

One module is one command: `SUMMARY`, `arguments` and `run`. A module whose name starts with an underscore is a part
that commands share. Heavy imports belong into `run`, so that `--help` stays prompt.
"""

from argparse import ArgumentParser, Namespace
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast


class Command(Protocol):
    """What every module of this folder offers."""

    SUMMARY: str
    """One line for `bptt-symbolic --help`."""

    def arguments(self, parser: ArgumentParser) -> None:
        """Tell the parser which arguments the command takes."""
        ...

    def run(self, options: Namespace) -> int:
        """Do it; what comes back is the exit status."""
        ...


def names() -> tuple[str, ...]:
    """Names of all commands."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def load(name: str) -> Command:
    """The command of that name; `KeyError` if there is none."""
    if name not in names():
        raise KeyError(name)
    return cast("Command", import_module(f"{__name__}.{name}"))
