"""Jupyter notebooks: only Markdown cells are read, all cells are counted."""

import json
from collections.abc import Callable

import pytest

from bptt_symbolic.reading.readers import source_of
from bptt_symbolic.reading.source import Fault


def notebook(*cells: tuple[str, object]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells], "nbformat": 4})


def test_lines_count_inside_a_cell_and_code_cells_count_too(outline: Callable[[str, str], list[str]]) -> None:
    last = ["text\n", "\n", "$$\n", "x = 1\n", "$$ (2)"]
    text = notebook(("markdown", "# T"), ("code", "$$no$$"), ("markdown", last))
    assert outline(text, "notebook") == ["# T", "text", "display 4:1 in cell 3 x = 1 (2)"]


def test_what_a_cell_leaves_open_does_not_reach_the_next(outline: Callable[[str, str], list[str]]) -> None:
    text = notebook(("markdown", "```\nopen"), ("markdown", "$$x"), ("markdown", "$$y$$"))
    expected = ["display 1:3 in cell 3 y", "fault unclosed-formula 1:1 in cell 2"]
    assert outline(text, "notebook") == expected


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 1}', '{"cells": [}', "[" * 100_000])
def test_a_broken_notebook_is_a_fault(text: str) -> None:
    fault = source_of(text, "note.ipynb")
    assert isinstance(fault, Fault)
    assert fault.code == "broken-notebook"


@pytest.mark.parametrize(
    "cells",
    [[], [1, None], [{}], [{"cell_type": "markdown"}], [{"cell_type": "markdown", "source": 3}]],
)
def test_odd_cells_are_empty(cells: list[object], outline: Callable[[str, str], list[str]]) -> None:
    assert outline(json.dumps({"cells": cells}), "notebook") == []
