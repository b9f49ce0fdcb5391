"""Format name -> format: the open folder of report formats.

One module is one format. It has `NAME`, `render`, and `render_networks` if it can also print networks alone; a module
whose name starts with an underscore is a part that formats share. Names are listed without importing a format.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.reporting.report import NetworkView, Report


@dataclass(frozen=True, slots=True)
class Look:
    """How a report is to look; formats for programs and pages need not mind."""

    colour: bool = False
    width: int = 100
    """Columns of the terminal."""
    verbose: bool = False
    """Whether everything is said, about what is right too."""


PLAIN = Look()


class Format(Protocol):
    """What every module of this folder offers."""

    NAME: str
    """Name for `--format`, the name of the module; a format may have a SUFFIX besides, of files written in it."""

    def render(self, reports: Sequence[Report], look: Look = PLAIN) -> str:
        """The reports as text, ending in a line feed."""
        ...

    def render_networks(self, views: Sequence[NetworkView]) -> str:
        """The networks alone, as `bptt-symbolic show` prints them."""
        ...


def names() -> tuple[str, ...]:
    """Names of all formats."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def of_suffix(suffix: str) -> str | None:
    """Name of the format whose files end so, `.html`."""
    return next((name for name in names() if getattr(load(name), "SUFFIX", None) == suffix), None)


def load(name: str) -> Format:
    """The format of that name; `KeyError` if there is none."""
    if name not in names():
        raise KeyError(name)
    return cast("Format", import_module(f"{__name__}.{name}"))
