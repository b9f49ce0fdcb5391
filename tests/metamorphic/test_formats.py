"""Note -> the same note as another kind of document: headings, words and formulas written again, in another markup."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.document import Declaration, Document, Heading, Maths, Paragraph
from bptt_symbolic.reading.source import Fault

ROOT = Path(__file__).parents[2]
SUFFIXES = {".md": "markdown", ".rst": "rst", ".tex": "latex", ".ipynb": "notebook"}
NOTES = sorted(p for p in (ROOT / "derivations").iterdir() if p.suffix in SUFFIXES)
SHORT = sorted(p for p in (ROOT / "tests/notes").iterdir() if p.suffix in SUFFIXES)
EVERYDAY = {"markdown": "rst", "rst": "latex", "latex": "markdown", "notebook": "rst"}
"""Kind -> the other kind that a long note is written in."""
OWN_NUMBER = re.compile(r"\\begin\{(?P<name>equation\*?|displaymath)\}(?P<body>.*)\\end\{(?P=name)\}", re.DOTALL)
EVERY = sorted(set(SUFFIXES.values()))
QUICK = ("huan.md", "rst")
"""What is settled in a default run."""


def _others(note: Path) -> list[str]:
    return [kind for kind in EVERY if kind != SUFFIXES[note.suffix]]


PAIRS = [
    *((note, kind) for note in NOTES for kind in _others(note) if note.name == QUICK[0]),
    *((note, EVERYDAY[SUFFIXES[note.suffix]]) for note in NOTES if note.name != QUICK[0]),
    *((note, _others(note)[number % 3]) for number, note in enumerate(SHORT[::2])),
]
"""One note in every other format; of the rest each in one, and the formats take turns. The short notes between these
are written in other letters, in `test_letters.py`."""


def _dress(note: Path, kind: str) -> object:
    group = [pytest.mark.xdist_group(note.name)] if note in SHORT else []
    slow = [] if (note.name, kind) == QUICK else [pytest.mark.slow]
    return pytest.param(note, kind, id=f"{note.name}-{kind}", marks=[*group, *slow])


@pytest.mark.parametrize(("note", "kind"), [_dress(*pair) for pair in PAIRS])
def test_another_document_format_has_the_same_verdicts(
    note: Path, kind: str, same_verdicts: Callable[..., None]
) -> None:
    source = readers.open_source(note)
    assert not isinstance(source, Fault)
    same_verdicts(note, in_format(readers.read(source), kind), kind)


def in_format(document: Document, kind: str) -> str:
    """A document written in a format."""
    write = {"markdown": _markdown, "notebook": _markdown, "rst": _rst, "latex": _latex}[kind]
    macros = [Maths(span, display=False) for span in document.macros]
    blocks = [write(block, document) for block in (*macros, *document.blocks)]
    if kind == "latex":
        body = "\n\n".join(blocks)
        return f"\\documentclass{{article}}\n\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"
    if kind == "notebook":
        cells = [{"cell_type": "markdown", "metadata": {}, "source": block} for block in blocks]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return "\n\n".join(blocks) + "\n"


def _formula(maths: Maths, document: Document) -> str:
    r"""A formula with its number inside, without blank lines, and without an `equation` around it."""
    text = document.source.slice(maths.span).strip()
    text = "\n".join(line.strip().removeprefix("> ") for line in text.splitlines() if line.strip())
    alone = OWN_NUMBER.fullmatch(text)
    text = alone["body"].strip() if alone else text.replace(r"\\\\", r"\\")
    return rf"{text} \tag{{{maths.number}}}" if maths.number else text


def _markdown(block: object, document: Document) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"{'#' * level} {text}"
        case Maths(display=display):
            formula = _formula(block, document)
            return f"$$\n{formula}\n$$" if display else f"${formula}$"
        case Declaration(text=text):
            return f"<!--! {text} -->"
        case Paragraph(parts=parts):
            texts = [f"${_formula(p, document)}$" if isinstance(p, Maths) else p.text.strip() for p in parts]
            return " ".join(texts)
    raise AssertionError(block)


def _rst(block: object, document: Document) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"{text}\n{'=-~^'[level - 1] * (2 * len(text))}"
        case Maths():
            return ".. math::\n\n   " + _formula(block, document).replace("\n", "\n   ")
        case Declaration(text=text):
            return f".. ! {text}"
        case Paragraph(parts=parts):
            texts = [f":math:`{_formula(p, document)}`" if isinstance(p, Maths) else p.text.strip() for p in parts]
            return " ".join(texts)
    raise AssertionError(block)


def _latex(block: object, document: Document) -> str:
    match block:
        case Heading(text=text, level=level):
            return rf"\{'sub' * (level - 1)}section{{{text}}}"
        case Maths(display=display):
            formula = _formula(block, document)
            outer = re.match(r"\\begin\{(?:align|gather|multline)\*?\}", formula)
            return f"\\[\n{formula}\n\\]" if display and not outer else formula
        case Declaration(text=text):
            return "\n".join(f"%! {line}" for line in text.splitlines())
        case Paragraph(parts=parts):
            texts = [f"${_formula(p, document)}$" if isinstance(p, Maths) else _words(p.text) for p in parts]
            return " ".join(texts)
    raise AssertionError(block)


def _words(text: str) -> str:
    """Words with the characters that LaTeX reserves written out."""
    return re.sub(r"[%&#_$]", r"\\\g<0>", text.strip())
