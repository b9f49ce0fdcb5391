"""The notes in `derivations/`: every displayed equation is found, and nothing is wrong with any of them."""

from pathlib import Path

import pytest

from bptt_symbolic.reading.document import Document, Heading, Maths
from bptt_symbolic.reading.readers import open_source, read
from bptt_symbolic.reading.source import Source

DERIVATIONS = Path(__file__).parents[2] / "derivations"


def note(name: str) -> Document:
    source = open_source(DERIVATIONS / name)
    assert isinstance(source, Source)
    return read(source)


@pytest.mark.parametrize(
    ("name", "kind", "displays", "headings"),
    [
        ("bptt-korean.md", "markdown", 6, 1),
        ("huan.md", "markdown", 7, 0),
        ("huang-2019.tex", "latex", 72, 3),
        ("profatxuanall.rst", "rst", 23, 6),
        ("rnn-derivatives.ipynb", "notebook", 16, 1),
    ],
)
def test_every_displayed_equation_is_found(name: str, kind: str, displays: int, headings: int) -> None:
    document = note(name)
    assert document.source.kind == kind
    assert sum(isinstance(block, Maths) for block in document.blocks) == displays
    assert sum(isinstance(block, Heading) for block in document.blocks) == headings
    assert document.faults == ()


def test_the_macros_of_a_directive_are_no_equation() -> None:
    document = note("profatxuanall.rst")
    assert len(document.macros) == 1
    assert document.source.slice(document.macros[0]).count("\\newcommand") == 29
