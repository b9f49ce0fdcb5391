"""Notebooks: the magics in a real kernel, and what every public record shows of itself."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bptt_symbolic

FORWARD = "$$ z_t = w s_{t-1} + x_t $$\n\n$$ s_t = \\tanh(z_t) $$\n"
WRONG = "$$ \\frac{\\partial s_t}{\\partial z_t} = 1 + s_t^2 $$\n"
RIGHT = WRONG.replace("+ s", "- s")
SLOPE = RIGHT.strip("$\n ")


def run(cells: list[str], folder: Path, env: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What a real kernel shows below each cell, by kind of text; what it prints is `text`."""
    nbformat = pytest.importorskip("nbformat", reason="needs the extra surfaces")
    nbclient = pytest.importorskip("nbclient", reason="needs the extra surfaces")
    pytest.importorskip("ipykernel", reason="needs the extra surfaces")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    client = nbclient.NotebookClient(
        book, timeout=200, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    with client.setup_kernel(env={**os.environ, **(env or {})}):
        for place, cell in enumerate(book.cells):
            client.execute_cell(cell, place)
    found = []
    for cell in book.cells:
        shown: dict[str, Any] = {}
        for output in cell.outputs:
            shown |= output.get("data", {})
            shown["text"] = shown.get("text", "") + output.get("text", "") + output.get("evalue", "")
        found.append(shown)
    return found


@pytest.mark.slow
def test_a_cell_and_a_notebook_are_checked_where_they_stand(tmp_path: Path) -> None:
    made = [{"cell_type": "markdown", "metadata": {}, "source": FORWARD + "\n" + RIGHT}]
    book = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "own.ipynb").write_text(json.dumps(book), encoding="utf-8")
    shown = run(
        [
            "%load_ext bptt_symbolic",
            f"%%bptt first\n{FORWARD}\n{WRONG}",
            "print(first)",
            f"%%bptt\n{FORWARD}",
            f"%%bptt later --more --no-repair\n{RIGHT}",
            "[f.verdict for f in later.findings]",
            "%bptt",
            "%bptt --nonsense",
            "%bptt nowhere.md",
        ],
        tmp_path,
        {"JPY_SESSION_NAME": str(tmp_path / "own.ipynb")},
    )
    assert "refuted" in shown[1]["text/plain"]
    assert "<article" in shown[1]["text/html"]
    assert shown[2]["text"].strip() == shown[1]["text/plain"].strip()
    assert shown[5]["text/plain"] == "[None, None, 'proved']"
    assert "Every claim holds." in shown[6]["text/plain"]
    assert "usage" in shown[7]["text"]
    assert "no file" in shown[8]["text"]


@pytest.mark.slow
def test_without_a_path_it_is_said_that_nobody_knows_it(tmp_path: Path) -> None:
    (_, shown) = run(["%load_ext bptt_symbolic", "%bptt"], tmp_path, {"JPY_SESSION_NAME": ""})
    assert "write %bptt PATH" in shown["text"]


def test_printing_a_report_prints_what_a_terminal_shows() -> None:
    report = bptt_symbolic.check(FORWARD + RIGHT, repair=False)
    assert str(report).splitlines()[-1] == "Every claim holds."
    assert "proved" in str(report.findings[-1])
    assert "tanh" in str(report.networks[0])


def test_functions_and_comparisons_show_themselves() -> None:
    right = bptt_symbolic.function_of(SLOPE, FORWARD)
    assert "proved" in str(right)
    assert right._repr_latex_().startswith(r"$\displaystyle \frac{")
    wrong = bptt_symbolic.function_of(WRONG.strip("$\n "), FORWARD)
    both = wrong.compare(steps=(2, 5), draws=2)
    rows = re.findall(r"^\| (\d+) \| (\S+) \|", both._repr_markdown_(), re.MULTILINE)
    assert [int(steps) for steps, _ in rows] == [row.steps for row in both.rows]
    assert np.allclose([float(median) for _, median in rows], [row.median for row in both.rows], rtol=0.1)
    assert all(row.median > 0.1 for row in both.rows)
    gradients = bptt_symbolic.lambdify("elman")
    assert isinstance(gradients, bptt_symbolic.NumericFunction)
    assert "| `W` |" in gradients._repr_markdown_()


def test_a_report_on_gradients_shows_which_is_wrong() -> None:
    gradients = bptt_symbolic.lambdify("elman", ["W", "U"])

    def mine(**values: Any) -> dict[str, Any]:
        found = gradients(**values)
        return {"W": np.asarray(found["W"]), "U": 2 * np.asarray(found["U"])}

    shown = bptt_symbolic.check_gradient(mine, "elman", ["W", "U"])._repr_markdown_()
    assert re.search(r"\| `W` \| right \|", shown)
    assert re.search(r"\| `U` \| wrong: ", shown)


@pytest.mark.slow
def test_a_derivation_is_its_own_note() -> None:
    found = bptt_symbolic.derive("elman", by=["W"])
    assert found._repr_markdown_() == str(found)
    report = bptt_symbolic.check(str(found), repair=False)
    assert {f.verdict for f in report.findings if f.kind == "claim"} == {"proved"}
