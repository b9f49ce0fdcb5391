"""Jupyter notebook -> document: its Markdown cells, one after the other.

The text of the source is the text of the Markdown cells with a blank line between them; `cells` says where each begins.
Code and raw cells are not read, but counted, so that a cell has the number that a person counts.
"""

import json

from bptt_symbolic.document import Document
from bptt_symbolic.readers.markdown import read_part
from bptt_symbolic.source import Fault, Source

KIND = "notebook"
SUFFIXES = (".ipynb",)

_BETWEEN = "\n\n"
_ADVICE = "Save it again in Jupyter, or give its text in another format."


def recognises(text: str) -> bool:
    """Whether the text is a JSON object with cells."""
    return text.lstrip().startswith("{") and '"cells"' in text and not isinstance(_cells(text, ""), Fault)


def source_of(text: str, name: str) -> Source | Fault:
    """The Markdown cells of a notebook, or what is wrong with it."""
    cells = _cells(text, name)
    if isinstance(cells, Fault):
        return cells
    starts: list[tuple[int, int]] = []
    parts: list[str] = []
    offset = 0
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            parts.append(_words(cell.get("source")))
            starts.append((offset, number))
            offset += len(parts[-1]) + len(_BETWEEN)
    return Source(name, _BETWEEN.join(parts), KIND, tuple(starts))


def read(source: Source) -> Document:
    """What the Markdown cells of a notebook say; nothing that one leaves open reaches the next."""
    starts = [start for start, _ in source.cells] or [0]
    ends = [start - len(_BETWEEN) for start in starts[1:]] + [len(source.text)]
    pages = [read_part(source.text[start:end], start) for start, end in zip(starts, ends, strict=True)]
    cells = [page.document(source) for page in pages]
    return Document(
        source,
        tuple(block for cell in cells for block in cell.blocks),
        tuple(span for cell in cells for span in cell.macros),
        tuple(fault for cell in cells for fault in cell.faults),
    )


def _cells(text: str, name: str) -> list[object] | Fault:
    try:
        notebook: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        line = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return Fault("broken-notebook", f"`{name}` is not a notebook: {reason}{line}.", _ADVICE)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return Fault("broken-notebook", f"`{name}` is not a notebook: it has no list of cells.", _ADVICE)
    return cells


def _words(source: object) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
