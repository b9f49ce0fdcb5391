"""Path -> source: which format a note has, and what can be wrong with a file."""

from pathlib import Path

import pytest

from bptt_symbolic.reading.readers import READERS, open_source, source_of
from bptt_symbolic.reading.source import Fault, Source


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("note.md", ".. math:: x", "markdown"),
        ("note.Rmd", "", "markdown"),
        ("note.qmd", "", "markdown"),
        ("note.rst", "$$x$$", "rst"),
        ("note.tex", "$$x$$", "latex"),
        ("note.ipynb", '{"cells": []}', "notebook"),
        ("note.txt", "text\n\n.. math:: x", "rst"),
        ("note.txt", "% comment\n\\documentclass{article}", "latex"),
        ("note", '{"cells": []}', "notebook"),
        ("note.txt", '{"cells": [', "markdown"),
        ("note.txt", "$$x$$", "markdown"),
        ("note.txt", "", "markdown"),
        ("a.md/note", "plain", "markdown"),
    ],
)
def test_the_suffix_tells_the_format_and_the_text_where_it_does_not(name: str, text: str, kind: str) -> None:
    source = source_of(text, name)
    assert isinstance(source, Source)
    assert source.kind == kind


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.5 ...", "binary-file"),
        (b"text\0text", "binary-file"),
        (b"caf\xe9", "not-utf-8"),
        ("text".encode("utf-16"), "not-utf-8"),
    ],
)
def test_a_file_that_is_not_utf_8_text_is_a_fault(data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(data)
    fault = open_source(path)
    assert isinstance(fault, Fault)
    assert fault.code == code


def test_the_byte_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(b"one\ncaf\xe9")
    fault = open_source(path)
    assert isinstance(fault, Fault)
    assert fault.message.endswith("is not UTF-8: line 2 has the byte 0xe9.")


@pytest.mark.parametrize(
    ("path", "code"),
    [("", "not-a-file"), ("missing.md", "no-such-file"), ("a\0b", "unreadable-file")],
)
def test_a_path_without_a_file_is_a_fault(path: str, code: str, tmp_path: Path) -> None:
    fault = open_source(tmp_path / path)
    assert isinstance(fault, Fault)
    assert fault.code == code


def test_an_unknown_kind_is_a_fault_that_names_the_known_ones() -> None:
    fault = source_of("", "note.md", kind="word")
    assert fault == Fault(
        "unknown-kind", "`word` is not a document format.", "Choose one of html, latex, markdown, notebook, rst."
    )


def test_a_kind_overrules_the_suffix() -> None:
    source = source_of("", "note.md", kind="rst")
    assert isinstance(source, Source)
    assert source.kind == "rst"


def test_a_byte_order_mark_moves_no_column(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_bytes(b"\xef\xbb\xbf$$x$$")
    source = open_source(path)
    assert isinstance(source, Source)
    assert source.text == "$$x$$"


def test_every_module_with_a_kind_is_a_format_and_the_default_comes_last() -> None:
    assert list(READERS) == ["html", "latex", "notebook", "rst", "markdown"]
