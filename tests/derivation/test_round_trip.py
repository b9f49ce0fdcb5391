"""Derivation -> text -> reader -> kernel: every relation that is printed is read back and proved."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bptt_symbolic import cells, check, derive
from bptt_symbolic.commands import derive as command
from bptt_symbolic.deriving import Derivation, outputs, styles
from bptt_symbolic.deriving import own_notation as notation

NOTATIONS = notation.built_in()
LAYOUTS = ("numerator", "denominator")
STYLES = [name for name in styles.names() if name != "minibatch"]
"""What is checked for every network, layout and notation; the minibatch takes a minute for the networks with gates."""
OVERFULL = 10.0
"""Points by which a line may be too wide."""


@cache
def in_every_style(layout: str) -> Derivation:
    return derive("jordan", style=STYLES, layout=layout, format="latex")  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["numerator", pytest.param("denominator", marks=pytest.mark.slow)])
def test_every_style_is_read_back(layout: str) -> None:
    found = in_every_style(layout)
    assert len(found.checked.proved) == found.checked.relations > 20


@pytest.mark.slow
def test_networks_with_gates_are_read_back() -> None:
    found = derive("gru", format="notebook")
    assert len(found.checked.proved) == found.checked.relations > 40


@pytest.mark.slow
def test_the_written_document_is_a_note_without_a_mistake(tmp_path: Path) -> None:
    """What anybody can do with the file: check it."""
    file = tmp_path / "derivation.md"
    text = derive("elman", style=("recursion", "unrolled"), format="markdown").render("markdown")
    assert isinstance(text, str)
    file.write_text(text, encoding="utf-8")
    report = check(file)
    claims = [f for f in report.findings if f.kind == "claim"]
    assert len(claims) > 30
    assert {f.verdict for f in claims} == {"proved"}
    assert not report.faults


@pytest.mark.slow
def test_a_minibatch_is_proved_for_every_size() -> None:
    found = derive("elman", style="minibatch", format="markdown")
    assert {(f.scope.steps, f.scope.sizes) for f in found.checked.proved if f.scope} == {("all", "all")}
    assert "minibatch" in found.render("markdown")


def test_a_form_that_a_network_does_not_have_is_left_out_with_a_reason() -> None:
    found = derive("jordan", style="minibatch", format="markdown")
    assert found.left_out == ("Left out: the form for a minibatch, because it has no matrix form for stacked vectors.",)
    assert found.left_out[0] in found.render("markdown")


TURNS = {"gru": (0, 3), "lstm": (1, 3)}
"""Of cells with gates, which take long, every third notation, beginning with one or the other."""
EVERYTHING = [
    (cell, name)
    for cell in cells()
    for name in (NOTATIONS[TURNS[cell][0] :: TURNS[cell][1]] if cell in TURNS else NOTATIONS)
]


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "name"), EVERYTHING)
def test_everything_is_read_back_and_compiles(cell: str, name: str, tmp_path: Path) -> None:
    """The layouts take turns: that one is the other transposed is a test of its own."""
    layout = LAYOUTS[(NOTATIONS.index(name) + cells().index(cell)) % 2]
    found = derive(cell, notation=name, layout=layout, style=STYLES)  # type: ignore[arg-type]
    assert len(found.checked.proved) == found.checked.relations > 20
    assert not found.left_out
    compiles(found.render("latex"), tmp_path)


@pytest.mark.slow
def test_the_document_compiles(tmp_path: Path) -> None:
    compiles(in_every_style("numerator").render("latex"), tmp_path)


def compiles(text: str | bytes, folder: Path) -> None:
    """Whether TeX sets it, with nothing wider than the page."""
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    assert isinstance(text, str)
    (folder / "derivation.tex").write_text(text, encoding="utf-8")
    call = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "derivation.tex"]
    done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    wide = [float(line.split("(")[1].split("pt")[0]) for line in log.splitlines() if line.startswith("Overfull \\hbox")]
    assert not [points for points in wide if points > OVERFULL], wide


@pytest.mark.parametrize("name", [n for n in outputs.names() if n != "pdf"])
def test_every_format_is_a_file_of_its_folder(name: str) -> None:
    output = outputs.load(name)
    assert output.SUFFIX.startswith(".")
    assert output.KIND in {None, "latex", "markdown", "notebook"}


def test_the_command_knows_every_format_and_style() -> None:
    """It finds them without importing them, so that `--help` stays prompt."""
    assert command.there("outputs") == outputs.names()
    assert set(command.there("styles")) == set(styles.names())


@pytest.mark.slow
def test_every_label_is_of_its_own() -> None:
    found = in_every_style("numerator").document.equations
    assert len({e.label for e in found}) == len(found)
    assert "eq:adjoint-z" in {e.label for e in found}


@pytest.mark.parametrize("name", styles.names())
def test_every_style_says_what_it_is(name: str) -> None:
    assert styles.load(name).TITLE
    assert name in styles.ORDER
