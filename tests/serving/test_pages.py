"""Places in the protocol's units: compared with Python's own encoders, on texts with letters of every width."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.serving.pages import Encoding, Sheet, Spot, pages_of, pages_of_cells

LETTERS = st.text(alphabet='aé∂𝒲\n\r \\"', max_size=40)


@given(LETTERS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_a_place_is_what_the_encoder_counts_and_leads_back(text: str, encoding: Encoding) -> None:
    sheet = Sheet("note", text, encoding)
    unit = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    for offset in range(len(text) + 1):
        before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
        last = before.rpartition("\n")[2]
        if text[offset - 1 : offset + 1] == "\r\n" and offset:
            continue  # between the two there is no place
        spot = sheet.spot(offset)
        assert spot == Spot(before.count("\n"), len(last.encode(codec)) // unit)
        assert sheet.offset(spot) == offset


def book(*cells: tuple[str, object]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": text} for kind, text in cells]})


def opened(raw: str, name: str) -> Source:
    source = readers.source_of(raw, name)
    assert isinstance(source, Source)
    return source


def test_every_letter_of_a_notebook_has_its_place_in_the_json() -> None:
    raw = book(("markdown", ["# é\n", "$a$ 𝒲"]), ("code", "x"), ("markdown", 'b "c"\n\\d'))
    source = opened(raw, "note.ipynb")
    pages = pages_of(source, Sheet("note", raw))
    for offset, letter in enumerate(source.text):
        if letter in "#$abcd":
            sheet, start, _ = pages.range(Span(offset, offset + 1))
            assert raw[sheet.offset(start)] == letter
            assert pages.offset("note", start) == offset


def test_a_change_of_a_notebook_is_a_change_of_its_json() -> None:
    raw = book(("markdown", ["one\n", "two three"]), ("markdown", "four"))
    source = opened(raw, "note.ipynb")
    pages = pages_of(source, Sheet("note", raw))
    new = raw
    start = source.text.index("two")
    for sheet, first, last, text in reversed(pages.edits([(Span(start, start + 3), 'a\n"b"')])):
        new = new[: sheet.offset(first)] + text + new[sheet.offset(last) :]
    assert json.loads(new)["cells"][0]["source"] == ["one\n", 'a\n"b" three']


def test_cells_are_texts_of_their_own() -> None:
    texts = ["first\nline", "code", "second 𝒲 x"]
    raw = book(("markdown", texts[0]), ("code", texts[1]), ("markdown", texts[2]))
    source = opened(raw, "note.ipynb")
    sheets = [Sheet(f"cell{i}", text) for i, text in enumerate(texts)]
    pages = pages_of_cells(source, sheets)
    at = source.text.index("x")
    assert pages.range(Span(at, at + 1)) == (sheets[2], Spot(0, 10), Spot(0, 11))
    assert pages.offset("cell2", Spot(0, 10)) == at
    assert pages.offset("cell0", Spot(1, 4)) == len(texts[0])
    assert pages.offset("cell1", Spot(0, 0)) is None


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_is_a_letter_of_the_editor(mark: str) -> None:
    raw = f"{mark}$x$"
    pages = pages_of(opened(raw, "note.md"), Sheet("note", raw))
    assert pages.range(Span(1, 2))[1] == Spot(0, 1 + len(mark))
