"""Style name -> style: the open folder of ways to set out a gradient.

One module is one style: `TITLE` and `sections`. Its name, with hyphens, is the name for `--style`. A module whose name
starts with an underscore is a part that styles share.
"""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.deriving.setting import Setting
from bptt_symbolic.deriving.steps import Section

ORDER = ("recursion", "sum-of-products", "unrolled", "index", "minibatch", "truncated", "growth")
"""In which order `all` sets them out; styles that are not listed follow, by name."""


class NotApplicable(Exception):  # noqa: N818 - not an error: the reason is printed in the derivation
    """A style that has nothing to say about a network; its message is the reason."""


class Style(Protocol):
    """What every module of this folder offers."""

    TITLE: str
    """One line for people."""

    def sections(self, setting: Setting) -> Iterable[Section]:
        """What the style has to say about a network; nothing where it does not apply."""
        ...


def names() -> tuple[str, ...]:
    """Names of all styles, in the order in which they are set out."""
    found = [m.name.replace("_", "-") for m in iter_modules(__path__) if not m.name.startswith("_")]
    return tuple(sorted(found, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n)))


def load(name: str) -> Style:
    """The style of that name; `KeyError` if there is none."""
    if name not in names():
        raise KeyError(name)
    return cast("Style", import_module(f"{__name__}.{name.replace('-', '_')}"))
