"""Conventions: how authors write, one row a practice and one file a family of them.

A file more in this folder is a family more: its `ROWS` are asked about every note. A row decides nothing, it says what
it finds and how much that weighs; what it takes for granted, an example where it must win and a counter-example where
it must not stand beside it and are read by a test.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.roles import Evidence

__all__ = ["Convention", "View", "rows", "speak"]


@cache
def rows() -> tuple[Convention, ...]:
    """Every convention, family by family."""
    families = sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(row for family in families for row in import_module(f"{__name__}.{family}").ROWS)


def speak(view: View, *questions: str) -> Iterator[Evidence]:
    """What the conventions that answer some questions find on a page."""
    for row in rows():
        if row.question in questions:
            yield from (replace(evidence, row=row.id) for evidence in row.find(view))
