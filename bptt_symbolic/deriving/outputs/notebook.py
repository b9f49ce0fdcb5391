"""Document -> Jupyter notebook of Markdown cells, one a section."""

import json

from bptt_symbolic.deriving.outputs.markdown import display
from bptt_symbolic.deriving.written import Document, Equation, Heading, Words

SUFFIX = ".ipynb"
KIND = "notebook"


def render(document: Document) -> str:
    """The document as a notebook."""
    cells: list[list[str]] = [[f"# {document.title}"]]
    for block in document.blocks:
        match block:
            case Heading(text=text):
                cells.append([f"## {text}"])
            case Words(text=text):
                cells[-1].append(text)
            case Equation():
                cells[-1].extend(w for w in (document.words(block), display(block)) if w)
    if document.closing:
        cells.append(list(document.closing))
    content = {
        "cells": [
            {
                "cell_type": "markdown",
                "id": f"part-{n}",
                "metadata": {},
                "source": "\n\n".join(parts).splitlines(keepends=True),
            }
            for n, parts in enumerate(cells)
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
