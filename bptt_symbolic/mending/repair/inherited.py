"""Earlier mistakes -> edits: a wrong formula that was copied into a later one.

Where the right side of an earlier, wrong equation stands in a later formula, its left side is put back: if that makes
the later claim true, it failed only because of the earlier one. An edit that mended an earlier claim is tried again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bptt_symbolic.mending.repair.edit import Edit, Named, rewritten
from bptt_symbolic.mending.repair.handwriting import renamed
from bptt_symbolic.mending.repair.page import Page, skeleton
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.mending.repair.spots import Chain
from bptt_symbolic.reading.syntax import Fenced, Node, Product, Token

KIND = "copied from an earlier mistake"
LEAST = 2
"""Factors that a copy has at the least: one alone may stand there for any reason."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """An earlier claim that is wrong by itself."""

    id: str
    left: Node
    right: Node
    edits: tuple[Edit, ...]
    """What mended it, if anything did."""


def inherited(site: Site, mistakes: tuple[Mistake, ...]) -> Iterator[tuple[Mistake, Edit]]:
    """The left side of an earlier wrong equation in the place of its right side."""
    for mistake in mistakes:
        pattern = _flat((mistake.right,))
        if len(pattern) < LEAST:
            continue
        for chain in site.spots.chains:
            for start, end in _windows(chain):
                letters = _matched(pattern, _flat(chain.items[start:end]))
                if letters is None:
                    continue
                text = renamed(mistake.left, letters)
                named = Named(KIND, f"put {text} back", 0.9)
                edit = rewritten(site.page, chain, (start, end), text, named)
                if edit is not None:
                    yield mistake, edit


def repeated(edits: list[Edit], mistakes: tuple[Mistake, ...], page: Page) -> Iterator[tuple[Mistake, Edit]]:
    """Edits of a side that mended an earlier claim already."""
    for mistake in mistakes:
        if len(mistake.edits) == 1:
            known = _signature(mistake.edits[0], page)
            for edit in edits:
                if edit.kind == known[0] and _signature(edit, page) == known:
                    yield mistake, edit


def _signature(edit: Edit, page: Page) -> tuple[object, ...]:
    return edit.kind, *(skeleton(page.read(text)) or text for text in (edit.before, edit.after))


def _flat(items: Sequence[Node | Token]) -> tuple[Node, ...]:
    """The factors of a product, those inside brackets included."""
    found: list[Node] = []
    for item in items:
        if isinstance(item, Token):
            continue
        if isinstance(item, Fenced) and item.left == "(" and isinstance(item.body, Product):
            found.extend(_flat((item.body,)))
        elif isinstance(item, Product):
            found.extend(_flat(item.items))
        else:
            found.append(item)
    return tuple(found)


def _windows(chain: Chain) -> Iterator[tuple[int, int]]:
    """Runs of factors of a chain, operators between them included."""
    places = [n for n, item in enumerate(chain.items) if not isinstance(item, Token)]
    for first in places:
        for last in places:
            if first <= last:
                yield first, last + 1


def _matched(pattern: tuple[Node, ...], nodes: tuple[Node, ...]) -> dict[str, str] | None:
    """The letters of a pattern as those of some nodes; None where they do not fit."""
    letters: dict[str, str] = {}
    if len(pattern) != len(nodes):
        return None
    for one, two in zip(pattern, nodes, strict=True):
        if not _unified(skeleton(one), skeleton(two), letters):
            return None
    return letters if len(set(letters.values())) == len(letters) else None


def _unified(a: object, b: object, letters: dict[str, str]) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        if a[:1] == b[:1] == ("Symbol",) and _is_letter(a[1]) and _is_letter(b[1]):
            return bool(letters.setdefault(str(a[1]), str(b[1])) == b[1])
        return all(_unified(x, y, letters) for x, y in zip(a, b, strict=True))
    return a == b


def _is_letter(name: object) -> bool:
    """A letter that steps and indices have; one of a quantity may not be renamed."""
    return isinstance(name, str) and len(name) == 1 and name.islower() and name in "ijklmnpqrtuv"
