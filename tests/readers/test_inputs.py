"""A LaTeX note of several files: each finding has the place of its own file, and what is missing is said."""

import json
from pathlib import Path

import pytest

from bptt_symbolic import check
from bptt_symbolic.api import fix
from bptt_symbolic.cli import main
from bptt_symbolic.reading.readers import open_source, read
from bptt_symbolic.reading.source import Fault

MODEL = r"""\begin{equation}
h_t = \tanh(W h_{t-1} + U x_t)
\end{equation}
\[ o_t = V h_t, \quad L = \sum_{t=1}^T \tfrac12 \|o_t - y_t\|^2 \]
"""
GRADIENTS = r"""By the chain rule
\begin{align}
\dpart{L}{V} &= \sum_{t=1}^T (o_t - y_t) h_t^\top \\
\dpart{L}{V} &= \sum_{t=1}^T (o_t - y_t) h_{t-1}^\top
\end{align}
"""
MAIN = r"""\documentclass{article}
\input{macros}
\begin{document}
% \input{not/read}
Here is \input{parts/model} and more.
\include{parts/gradients}
\[ \dpart{L}{V} = \sum_{t=1}^T (o_t + y_t) h_t^\top \]
\end{document}
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "macros.tex").write_text(r"\newcommand{\dpart}[2]{\frac{\partial #1}{\partial #2}}")
    (tmp_path / "parts" / "model.tex").write_text(MODEL)
    (tmp_path / "parts" / "gradients.tex").write_text(GRADIENTS)
    (tmp_path / "main.tex").write_text(MAIN)
    return tmp_path / "main.tex"


def test_the_files_are_one_note_and_each_finding_has_its_own_place(note: Path) -> None:
    report = check(note, repair=False)
    places = [(f.file and Path(f.file).name, f.line, f.column, f.verdict) for f in report.findings]
    assert places == [
        ("model.tex", 2, 1, None),
        ("model.tex", 4, 4, None),
        ("model.tex", 4, 4, None),
        ("gradients.tex", 3, 1, "proved"),
        ("gradients.tex", 4, 1, "refuted"),
        (None, 7, 4, "refuted"),
    ]
    assert not report.faults
    assert len({f.id for f in report.findings}) == len(report.findings)


def test_every_letter_keeps_its_place(note: Path) -> None:
    source = open_source(note)
    assert not isinstance(source, Fault)
    for offset, letter in enumerate(source.text):
        place = source.place(offset)
        lines = Path(place.file or note).read_text().splitlines(keepends=True)
        assert lines[place.line - 1][place.column - 1] == letter


def test_places_are_printed_so_that_they_can_be_opened(note: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = note.parent / "parts" / "gradients.tex"
    for format_, expected in (("short", f"{inside}:4:1: refuted"), ("github", f"file={inside},line=4,col=1")):
        assert main(["check", "--no-repair", "--format", format_, str(note)]) == 1
        assert expected in capsys.readouterr().out
    main(["check", "--format", "sarif", str(note)])
    run = json.loads(capsys.readouterr().out)["runs"][0]
    where = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [w["artifactLocation"]["uri"] for w in where] == [str(note), str(inside)]
    (changed,) = next(r["fixes"][0]["artifactChanges"] for r in run["results"] if "fixes" in r)
    assert changed["artifactLocation"]["uri"] in {str(note), str(inside)}


def test_only_the_note_itself_is_mended(note: Path) -> None:
    found, report = fix(note)
    assert [(finding.line, why) for finding, why in found.left if finding.file] == [
        (4, f"it stands in {note.parent / 'parts' / 'gradients.tex'}")
    ]
    assert found.text == MAIN.replace("o_t + y_t", "o_t - y_t")
    assert report.findings[-1].verdict == "proved"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (r"\input{parts/absent}", "no such file"),
        (r"\input{../elsewhere}", "no such file below"),
        (r"\input{/etc/hostname}", "no such file below"),
        (r"\include{main}", "it puts itself in"),
        (r"\import{parts/}{absent}", "no such file"),
    ],
)
def test_what_cannot_be_put_in_is_said_at_its_place_and_loses_nothing_else(note: Path, command: str, said: str) -> None:
    (note.parent.parent / "elsewhere.tex").write_text(GRADIENTS)
    note.write_text(MAIN.replace("By the", "by the").replace(r"\end{document}", f"{command}\n\\end{{document}}"))
    report = check(note, repair=False)
    (fault,) = report.faults
    assert (fault.code, fault.severity) == ("not-put-in", "warning")
    assert said in fault.message
    assert fault.span is not None
    assert (report.source.place(fault.span.start).line, report.source.slice(fault.span)) == (8, command)
    assert len(report.findings) == 6


def test_files_that_put_each_other_in_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text(r"\[ x = 1 \] \input{b}")
    (tmp_path / "b.tex").write_text(r"\[ y = 2 \] \input{a}")
    source = open_source(tmp_path / "a.tex")
    assert not isinstance(source, Fault)
    assert [f.code for f in read(source).faults] == ["not-put-in"]


def test_a_text_that_is_no_file_puts_nothing_in() -> None:
    report = check(MAIN, kind="latex", repair=False)
    assert {f.code for f in report.faults} >= {"not-put-in"}


def test_a_file_that_is_a_document_by_itself_gives_its_body(tmp_path: Path) -> None:
    whole = rf"\documentclass{{article}}\begin{{document}}{MODEL}\end{{document}} \[ z = 1 \]"
    (tmp_path / "sub.tex").write_text(whole)
    (tmp_path / "main.tex").write_text(r"\documentclass{article}\begin{document}\subfile{sub}\end{document}")
    assert len(check(tmp_path / "main.tex", repair=False).findings) == 3
