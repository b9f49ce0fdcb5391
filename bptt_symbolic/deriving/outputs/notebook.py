r"""Document -> Jupyter notebook of Markdown cells, one a section, and two cells that run.

The first cell that runs holds the definitions as a note, the second computes both sides of every gradient at random
numbers: what the derivation says, and what the derivative is.
"""

import json
from collections.abc import Iterator

from bptt_symbolic.deriving.outputs import markdown
from bptt_symbolic.deriving.outputs.markdown import display
from bptt_symbolic.deriving.steps import Line
from bptt_symbolic.deriving.written import Document, Equation, Heading, Words

SUFFIX = ".ipynb"
KIND = "notebook"
COMPARED = ("eq:gradient-", "eq:initial-", "eq:input-")
"""Labels of the equations that are computed."""


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
            *(_cell("markdown", f"part-{n}", "\n\n".join(parts)) for n, parts in enumerate(cells)),
            *(_cell("code", f"check-{n}", text) for n, text in enumerate(_programs(document))),
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, name: str, text: str) -> dict[str, object]:
    more: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True), **more}


def _programs(document: Document) -> Iterator[str]:
    """The cells that run; none where there is no gradient to compute."""
    formulas = [_formula(e) for e in document.equations if e.label.startswith(COMPARED)]
    if not formulas:
        return
    note = markdown.render(Document(document.title, tuple(_defining(document))))
    yield f'import bptt_symbolic\n\nnote = r"""\n{note}"""\n'
    listed = "".join(f'    r"{formula}",\n' for formula in formulas)
    loop = (
        "for formula in formulas:\n"
        "    try:\n"
        "        print(bptt_symbolic.function_of(formula, note).compare(steps=(2, 3, 4), draws=3))\n"
        "    except bptt_symbolic.NumericError as missing:\n"
        "        print(formula, missing, sep='\\n')\n"
    )
    yield f"# Both sides at random numbers, and how far apart they are.\nformulas = [\n{listed}]\n{loop}"


def _formula(equation: Equation) -> str:
    """An equation on one line."""
    return " ".join(f"{left} {right}".strip() for left, right in equation.rows).replace(r"\quad ", "")


def _defining(document: Document) -> Iterator[Heading | Words | Equation]:
    """What stands before the first claim."""
    for block in document.blocks:
        if isinstance(block, Equation) and not (isinstance(block.line, Line) and block.line.kind == "definition"):
            return
        yield block
