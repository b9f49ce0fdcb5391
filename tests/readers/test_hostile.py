"""Any text at all: never an exception, spans that are right, and time that grows with the size only."""

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt_symbolic.reading.document import Document, Paragraph, Words
from bptt_symbolic.reading.readers import read, source_of
from bptt_symbolic.reading.source import Source, Span

TOKENS = [
    "$", "$$", "\\[", "\\]", "\\(", "\\)", "\\\\[", "\\\\]", "\\\\", "\\$", "\\begin{align}", "\\end{align}",
    "\\begin{math}", "\\end{math}", "\\begin{verbatim}", "\\newcommand", "\\def\\a", "\\let\\a\\b", "{", "}", "[",
    "]", "(", ")", "`", "``", "```", "~~~", ":::", "{math}", "math", "<!--", "<!--!", "-->", "<pre>", "</pre>", ">",
    "-", "1.", "#", "=", "===", "---", "..", "math::", ":nowrap:", ":label:", ":math:`", "::", "!", "%", "%!",
    "\\item", "\\section", "\\verb|", "\\iffalse", "\\fi", "(5)", "{#a}", "{%", "%}", "*", "_", "|", "x", "1", "5",
    "word", "é", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\x00", "\x1e", ".. ", ".. math:: ", "\n   ",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=60).map("".join)
KINDS = ["markdown", "latex", "rst", "notebook"]
LONG = 60_000
REPEATED = [
    "$a ", "$1", "$$x$$", "$$ $", "\\[", "\\begin{align}", "`", "`a``", "<!-- ", "{", "[", "](",
    "_a", "> ", ":math:`", "  ",
]  # fmt: skip


def document_of(text: str, kind: str) -> Document:
    if kind == "notebook":
        text = json.dumps({"cells": [{"cell_type": "markdown", "source": part} for part in text.split("word")]})
    source = source_of(text, "note", kind)
    assert isinstance(source, Source)
    return read(source)


def contents(document: Document) -> list[Span]:
    """The spans of a document, each paragraph as its parts."""
    spans: list[Span] = []
    for block in document.blocks:
        spans += [part.span for part in block.parts] if isinstance(block, Paragraph) else [block.span]
    return spans


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_its_parts_are_in_order(kind: str, text: str) -> None:
    document = document_of(text, kind)
    size = len(document.source.text)
    assert all(0 <= span.start <= span.end <= size for span in contents(document))
    in_order = sorted(contents(document))
    assert all(before.end <= after.start for before, after in pairwise(in_order))
    assert [block.span.start for block in document.blocks] == sorted(block.span.start for block in document.blocks)
    for block in document.blocks:
        if isinstance(block, Paragraph):
            assert all(before.span.end <= after.span.start for before, after in pairwise(block.parts))
            assert all(part.text for part in block.parts if isinstance(part, Words))


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("token", REPEATED)
def test_time_grows_with_the_size_only(token: str, kind: str) -> None:
    text = token * (LONG // len(token))
    start = time.process_time()
    document_of(text, kind)
    assert time.process_time() - start < 3, "a quadratic scan takes many seconds here; a linear one a tenth of one"
