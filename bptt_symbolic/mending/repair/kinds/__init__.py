"""Kind of mistake -> edits: the open folder of what authors get wrong.

One module is one kind: `edits(site)` yields every edit that would mend a mistake of this kind somewhere in a side, most
of which mend nothing. The search looks at each and keeps what makes the relation true.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from importlib import import_module
from itertools import takewhile
from pkgutil import iter_modules
from typing import Protocol, cast

from bptt_symbolic.mending.repair.edit import Edit
from bptt_symbolic.mending.repair.site import Site


class Kind(Protocol):
    """What every module of this folder offers."""

    def edits(self, site: Site) -> Iterator[Edit | None]:
        """Edits of a side; None where one cannot be written."""
        ...


def edits(site: Site, modules: Collection[str] | None = None) -> list[Edit]:
    """All edits of a side, or those of some modules, the likeliest first."""
    wanted = [name for name in names() if modules is None or name in modules]
    sized = [
        replace(edit, cost=edit.cost + A_TOKEN * min(MOST_TOKENS, _size(edit, site)), module=name)
        for name in wanted
        for edit in _load(name).edits(site)
        if edit is not None
    ]
    seen: set[object] = set()
    return [e for e in sorted(sized, key=lambda e: (e.cost, e.culprit, e.after)) if _is_new(e, seen)]


def _is_new(edit: Edit, seen: set[object]) -> bool:
    """Whether no cheaper edit changes the page in the same way."""
    places = edit.new.places
    if places is None or places not in seen:
        seen.add(places)
        return True
    return False


A_TOKEN = 0.01
"""What each letter and sign that an edit writes or removes adds to its cost."""
MOST_TOKENS = 30
FACE = r"\\(?:left|right|langle|rangle|math[a-z]+|text|boldsymbol|bm|operatorname)(?![a-z])"
TOKEN = re.compile(rf"{FACE}\{{[A-Za-z]+\}}|(?!{FACE})(?:\\[A-Za-z]+|[^\s{{}}()])")
"""What counts: neither brackets nor the face of a letter; a word is one."""


def _size(edit: Edit, site: Site) -> int:
    """How much an edit changes: the letters and signs that it writes, or takes away."""
    changed = [(site.page.source.slice(span), new) for span, new in edit.new.places or ()]
    return sum(_distance(old, new) for old, new in changed or [(edit.before, edit.after)])


def _distance(old: str, new: str) -> int:
    """Letters and signs between the common beginning and the common end of two texts."""
    a, b = TOKEN.findall(old), TOKEN.findall(new)
    for turn in (1, -1):
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a[::turn], b[::turn], strict=False)))
        a, b = (a[same:], b[same:]) if turn == 1 else (a[: len(a) - same], b[: len(b) - same])
    return max(len(a), len(b))


def names() -> tuple[str, ...]:
    """Names of all kinds."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def _load(name: str) -> Kind:
    return cast("Kind", import_module(f"{__name__}.{name}"))
