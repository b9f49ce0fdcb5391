"""Kind of mistake -> edits: the open folder of what authors get wrong.

One module is one kind: `edits(site)` yields every edit that would mend a mistake of this kind somewhere in a side, most
of which mend nothing. The search looks at each and keeps what makes the relation true.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.repair.edit import Edit
from bptt_symbolic.repair.site import Site


class Kind(Protocol):
    """What every module of this folder offers."""

    def edits(self, site: Site) -> Iterator[Edit | None]:
        """Edits of a side; None where one cannot be written."""
        ...


def edits(site: Site) -> list[Edit]:
    """All edits of a side, the likeliest first."""
    found = [edit for name in names() for edit in _load(name).edits(site) if edit is not None]
    return sorted(found, key=lambda e: (e.cost, e.culprit, e.after))


def names() -> tuple[str, ...]:
    """Names of all kinds."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def _load(name: str) -> Kind:
    return cast("Kind", import_module(f"{__name__}.{name}"))
