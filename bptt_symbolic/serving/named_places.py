"""Note -> its symbols: every place where a quantity of a network is named, and where the note says what it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding import Item, Model, Note
from bptt_symbolic.understanding.notes import shown_name
from bptt_symbolic.understanding.occurrences import uses


@dataclass(frozen=True, slots=True)
class Symbol:
    """A place where a quantity is named."""

    span: Span
    name: str
    """The quantity, as reports call it."""
    network: int
    """Which of the note's networks it belongs to."""
    defined: Span
    """The relation that says what it is, or the first place that names it."""


def symbols_of(note: Note) -> tuple[Symbol, ...]:
    """Every named quantity of the page, in its order."""
    homes = {id(item.stated.line): item.model for item in note.items}
    said = _said(note)
    found: list[Symbol] = []
    model = 0
    for line in note.lines.lines:
        if line.tree is None or line.declared or line.text is not None:
            continue
        model = homes.get(id(line), model)
        if model < len(note.models):
            named = _named(line.tree, note.models[model])
            known = note.models[model].network
            found += [Symbol(s, shown_name(n, known), model, said.setdefault((model, n), s)) for s, n in named]
    return tuple(sorted(found, key=lambda symbol: symbol.span))


def _said(note: Note) -> dict[tuple[int, str], Span]:
    """Model and quantity -> the relation that defines it, or else the first one that declares it."""
    found: dict[tuple[int, str], Span] = {}
    for kind in ("definition", "declaration"):
        for item in note.items:
            if item.kind == kind and not item.stated.line.declared:
                for name in _heads(item, note.models[item.model]):
                    found.setdefault((item.model, name), item.stated.span)
    return found


def _heads(item: Item, model: Model) -> Iterator[str]:
    """The quantities that a relation is about."""
    for node in (*item.stated.listed, item.stated.left):
        if node is not None:
            yield from (name for _, name in list(_named(node, model))[: 1 if item.kind == "definition" else None])


def _named(node: Node, model: Model) -> Iterator[tuple[Span, str]]:
    for use in uses(node):
        found = use.occurrence
        name = model.builder.named(found) or model.builder.named(replace(found, sups=()))  # without a power
        if name is not None and name in model.network.shapes:
            yield found.span, name
