"""The printed report: safe to compile, whatever stands in the note."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bptt_symbolic.reporting.formats import _tex, latex
from bptt_symbolic.reporting.report import Report


@pytest.mark.parametrize(
    "formula",
    [
        r"\frac{\partial s_t}{\partial W} = \mathrm{diag}(1-s_t^2) s_{t-1}",
        r"\left( \sum_{k=1}^{t} \prod_{j=k+1}^{t} W_j \right)^\top",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"x \text{ if } y, \quad z \in \mathbb{R}^{D \times M}",
    ],
)
def test_mathematics_is_set_as_mathematics(formula: str) -> None:
    assert _tex.formula(formula).startswith(rf"\formula{{{formula}}}{{")


@pytest.mark.parametrize(
    "formula",
    [
        r"\input{/etc/passwd}",
        r"\write18{ls}",
        r"\end{document}",
        r"\begin{document}",
        r"\begin{verbatim} x \end{verbatim}",
        r"\mycommand{x}",
        r"\frac{a}{b",
        r"a}{b",
        r"\left( x",
        r"x \right)",
        r"\begin{pmatrix} a \end{bmatrix}",
        r"a & b",
        r"a \\ b",
        r"x % comment",
        r"a $ b",
        r"\text{x_y}",
        r"\text{역}",
        r"x ^^5c",
        r"x_a_b",
        r"x^a{}^b^c",
        r"x^T'",
        "",
    ],
)
def test_anything_else_is_shown_as_text(formula: str) -> None:
    assert _tex.formula(formula) == rf"\verbatimtext{{{_tex.escaped(formula)}}}"


def test_escaped_text_has_no_command_of_the_note(hostile: Report) -> None:
    text = latex.render([hostile])
    assert text.count(r"\end{document}") == 1
    assert r"\input" not in text


@pytest.mark.parametrize(
    "formula", [r"x_a^b", r"x'^T", r"x_{a_b}", r"x^{a}{}^b", r"{x_a}_b", r"f''_i", r"x_\alpha y_a"]
)
def test_scripts_that_tex_can_set_are_set(formula: str) -> None:
    assert _tex.formula(formula).startswith(r"\formula")


def test_a_script_on_an_accented_group_is_kept_apart_from_the_script_inside() -> None:
    assert r"{{}\hat{y}_t}_{[i]}" in _tex.formula(r"a - {\hat{y}_t}_{[i]}")


@pytest.mark.parametrize(
    ("formula", "pieces"),
    [
        ("a = b + c", ["a", "= b", "+ c"]),
        (r"-a (b + c) = \left(d - e\right)", [r"-a (b + c)", r"= \left(d - e\right)"]),
        (r"\sum_{k=1}^{t} a_k \le \frac{a+b}{c}", [r"\sum_{k=1}^{t} a_k", r"\le \frac{a+b}{c}"]),
    ],
)
def test_a_long_formula_can_break_before_its_outer_signs(formula: str, pieces: list[str]) -> None:
    cut = " ".join(rf"\piece{{{{}}{piece}}}" for piece in pieces)
    assert _tex.formula(formula) == rf"\formula{{{formula}}}{{{cut}}}"


def test_letters_beyond_the_font_are_marked_once() -> None:
    assert _tex.escaped("a 역전파 b") == r"a \beyond{역전파} b"


def test_the_margin_says_what_is_wrong_and_the_page_how_to_mend_it(report: Report) -> None:
    text = latex.render([report])
    assert r"\verdict{refuted}{\boldsymbol{\times}}{(2) line 7:4}" in text
    assert r"\said{diagnosis}{missing factor: The slope of tanh" in text
    assert r"\said{follows}{(2), whose mistake it only inherits}" in text
    assert r"\below{repair: drop the transpose; multiply by diag  (proved for every T, all sizes)}" in text
    assert r"\below{or: derive by z\_\allowbreak{}t}" in text
    assert r"f(x) = x^2 - \frac{1}{2} x" in text
    assert r"W = \begin{pmatrix} 1 & \frac{1}{2} \\ 0 & -1 \end{pmatrix}" in text


NOTES = sorted(path for path in (Path(__file__).parents[2] / "derivations").iterdir() if path.suffix != ".toml")
TEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex (Debian: texlive-latex-recommended) is not installed"
)


def compiled(text: str, folder: Path) -> str:
    """The log of TeX; it must have made a document, and found nothing wrong."""
    (folder / "report.tex").write_text(text, encoding="utf-8")
    call = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "report.tex"]
    done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    assert (folder / "report.pdf").is_file()
    return log


@TEX
@pytest.mark.slow
@pytest.mark.parametrize("which", ["report", "hostile", "empty"])
def test_the_document_compiles(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    compiled(latex.render([request.getfixturevalue(which)]), tmp_path)


@TEX
@pytest.mark.slow
@pytest.mark.parametrize(
    "note", [pytest.param(n, id=n.stem, marks=pytest.mark.xdist_group(n.name)) for n in NOTES[::3]]
)
def test_no_line_of_a_real_report_is_much_too_wide(
    note: Path, reported: Callable[[Path], Report], tmp_path: Path
) -> None:
    log = compiled(latex.render([reported(note)]), tmp_path)
    widths = [float(found) for found in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert max(widths, default=0.0) <= 10
