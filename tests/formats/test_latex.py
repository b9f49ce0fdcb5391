"""The printed report: safe to compile, whatever stands in the note."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bptt_symbolic.formats import latex
from bptt_symbolic.report import Report


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
    assert latex.formula(formula) == rf"\fitted{{{formula}}}"


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
        "",
    ],
)
def test_anything_else_is_shown_as_text(formula: str) -> None:
    assert latex.formula(formula) == rf"\verbatimtext{{{latex.escaped(formula)}}}"


def test_escaped_text_has_no_command_of_the_note(hostile: Report) -> None:
    text = latex.render([hostile])
    assert text.count(r"\end{document}") == 1
    assert r"\input" not in text


def test_the_relation_stands_beside_what_was_understood(report: Report) -> None:
    text = latex.render([report])
    assert r"\verdict{refuted}{(2) 7:4}" in text
    assert r"\beside{\fitted{\frac{\partial s_t}{\partial s_{t-1}} = W^\top}}" in text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("which", ["report", "hostile", "empty"])
def test_the_document_compiles(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = tmp_path / "report.tex"
    file.write_text(latex.render([request.getfixturevalue(which)]), encoding="utf-8")
    call = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", file.name]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    assert (tmp_path / "report.pdf").is_file()
