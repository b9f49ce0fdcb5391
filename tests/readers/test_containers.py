r"""Small notes in the containers that people put formulas in: what is right is proved, what is wrong refuted.

Every note holds one network, `h_t = tanh(W h_{t-1} + U x_t)`, and two claims about it: the first is true, the second
has a sign too many or a transpose too few.
"""

import json
from pathlib import Path

import pytest

import bptt_symbolic
from bptt_symbolic.reading import readers
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.formats import json as as_json

STATE = r"h_t = \tanh(W h_{t-1} + U x_t)"
RIGHT = r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W"
WRONG = r"\frac{\partial h_t}{\partial h_{t-1}} = -\operatorname{diag}(1 - h_t^2) W"
SHAPES = r"Here $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$."
DISPLAYS = f"$${STATE}$$\n\n$${RIGHT}$$\n\n$${WRONG}$$\n"
SHORT = (
    "$$\\st = \\tanh(\\W \\before + U x_t)$$\n\n"
    "$$\\pd{\\st}{\\before} = \\slope \\W$$\n\n"
    "$$\\pd{\\st}{\\before} = -\\slope \\W$$\n"
)
MACROS = (
    "\\newcommand{\\st}{h_t}\n\n\\def\\W{W}\n\\newcommand{\\before}{h_{t-1}}\n% the rest\n"
    "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n"
    "\\DeclareMathOperator{\\diag}{diag}\\newcommand\\slope{\\diag(1 - h_t^2)}"
)
JAX = r"""<script>MathJax = {tex: {macros: {st: "h_t", W: "W", before: "h_{t-1}",
  pd: ["\\frac{\\partial #1}{\\partial #2}", 2], slope: "\\operatorname{diag}(1 - h_t^2)"}}};</script>"""

NOTES = {
    "macros between signs, blanks and blank lines": f"# A\n$\n% mine\n{MACROS}\n$\n\n{SHAPES}\n\n{SHORT}",
    "macros between double signs, in what is not shown": (
        f'<div style="display:none">\n$$\n\\require{{cancel}}\n{MACROS}\n$$\n</div>\n\n{SHAPES}\n\n{SHORT}'
    ),
    "macros in a comment": f"<!-- $\n{MACROS}\n$ -->\n\n{SHAPES}\n\n{SHORT}",
    "macros in a script": f"{JAX}\n\n{SHAPES}\n\n{SHORT}",
    "macros longer than a thousand characters": (
        "$\n"
        + "".join(f"\\newcommand{{\\long{c}}}{{{'x' * 60}}}\n" for c in "abcdefghijklmnopqrst")
        + MACROS
        + f"\n$\n\n{SHAPES}\n\n{SHORT}"
    ),
    "macros after they are used": f"{SHAPES}\n\n{SHORT}\n\n$${MACROS.replace(chr(10) * 2, chr(10))} x = x$$\n",
    "a directive": f"```{{dropdown}} Solution\n:open:\n\n{SHAPES}\n\n{DISPLAYS}```\n",
    "a directive with code in it": f"````{{tip}}\n{SHAPES}\n\n```python\nx = '$h_t = 0$'\n```\n\n{DISPLAYS}````\n",
    "colons": f"::: {{.callout-note}}\n{SHAPES}\n:::\n\n:::{{note}}\n{DISPLAYS}:::\n",
    "fenced mathematics": f"{SHAPES}\n\n```math {STATE}```\n\n~~~math\n{RIGHT}\n~~~\n\n```{{math}}\n{WRONG}\n```\n",
    "boxes": (
        f"{SHAPES}\n\n$$\\bbox[yellow,2px]{{\n\\begin{{align}}{STATE}\\\\ {RIGHT}\\end{{align}}}}$$\n\n"
        f"$$\\colorbox{{red}}{{${WRONG}$}}$$\n"
    ),
    "boxes of HTML": (
        f"{SHAPES}\n\n$$\\htmlClass{{a}}{{{STATE}}}$$\n\n$$\\cssId{{b}}{{{RIGHT}}}$$\n\n$$\\enclose{{box}}{{{WRONG}}}$$\n"
    ),
    "furniture": (
        f"{SHAPES}\n\n\\begin{{equation}}\n\\text{{New state: }} {STATE} (\\#eq:a)\n\\end{{equation}}\n\n"
        f"$${RIGHT} \\qquad\\text{{(2)}}$$\n\n$${WRONG}, \\qquad (3)$$\n"
    ),
    "signs in braces and empty groups": (
        f"{SHAPES}\n\n$${STATE.replace('=', '{=}')}$$\n\n$$ {{}}{RIGHT}$$\n\n$${WRONG}{{}}$$\n"
    ),
    "Unicode": (
        f"{SHAPES}\n\n$$hₜ = \\tanh(W hₜ₋₁ + U xₜ)$$\n\n"
        "$$\\frac{∂hₜ}{∂hₜ₋₁} = \\operatorname{diag}(1 − hₜ²) · W$$\n\n"
        "$$\\frac{\\∂hₜ}{\\∂hₜ₋₁} = −\\operatorname{diag}(1 − hₜ²) W$$\n"
    ),
    "broken rows": (
        f"{SHAPES}\n\n$${STATE}$$\n\n\\begin{{align}}\n\\frac{{\\partial h_t}}{{\\partial h_{{t-1}}}} &= \\\\\n"
        "& \\operatorname{diag}(1 - h_t^2) \\\\\n& \\cdot W \\\\\n"
        f"{WRONG.replace('=', '&=')}\n\\end{{align}}\n"
    ),
}


def _page(body: str) -> str:
    return (
        "<!DOCTYPE html>\n<html><head><style>p {}</style></head><body><h1>A <em>cell</em></h1>\n"
        f"<p>{SHAPES}</p>\n<pre>$$h_t = 0$$</pre>\n{body}\n</body></html>\n"
    )


PAGES = {
    "brackets and entities": _page(
        rf"\[{STATE}\]<p>For \(t &lt; T\):</p>\begin{{align}}{RIGHT.replace('=', '&amp;=')}\end{{align}}$${WRONG}$$"
    ),
    "scripts": _page("".join(f'<script type="math/tex; mode=display">{f}</script>\n' for f in (STATE, RIGHT, WRONG))),
    "annotations": _page(
        "".join(
            '<span class="katex-display"><math><semantics><mi>h</mi><annotation encoding="application/x-tex">'
            f'{f}</annotation></semantics></math><span class="katex-html">h = 0</span></span>\n'
            for f in (STATE, RIGHT, WRONG)
        )
    ),
}


def verdicts(text: str, kind: str) -> list[str]:
    source = readers.source_of(text, "note", kind)
    assert not isinstance(source, Fault)
    found = as_json.to_object(bptt_symbolic.check(text, kind=kind, repair=False))["findings"]
    return [f["verdict"] for f in found if f["verdict"] and not f["inline"]]


@pytest.mark.parametrize("name", NOTES)
def test_what_a_container_holds_is_settled(name: str) -> None:
    assert verdicts(NOTES[name], "markdown") == ["proved", "refuted"]


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_holds_is_settled(name: str) -> None:
    assert verdicts(PAGES[name], "html") == ["proved", "refuted"]


@pytest.mark.parametrize("name", PAGES)
def test_a_formula_of_a_page_has_its_place_in_the_html(name: str) -> None:
    page = PAGES[name]
    source = readers.source_of(page, "a.html")
    assert not isinstance(source, Fault)
    assert len(source.text) == len(page)
    spans = [block.span for block in readers.read(source).blocks]
    assert any(page[span.start : span.end] == STATE for span in spans)


def test_code_that_holds_formulas_stays_hidden() -> None:
    for info in ("", "python", "latex", "{python}", "{r, echo=FALSE}", "{code-cell} ipython3", "{=latex}"):
        source = readers.source_of(f"```{info}\n$$h_t = 0$$\n```\n", "a.md")
        assert not isinstance(source, Fault)
        assert readers.read(source).blocks == ()


def test_a_style_file_beside_the_note_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.sty").write_text(MACROS, encoding="utf-8")
    note = tmp_path / "note.tex"
    note.write_text(
        f"\\usepackage{{amsmath,mine}}\n\\begin{{document}}\n{SHAPES}\n\n{SHORT}\\end{{document}}\n", encoding="utf-8"
    )
    found = as_json.to_object(bptt_symbolic.check(note, repair=False))["findings"]
    assert [f["verdict"] for f in found if f["verdict"] and not f["inline"]] == ["proved", "refuted"]


def test_cells_of_a_notebook_that_only_define_macros_are_read() -> None:
    cells = [
        {"cell_type": "raw", "source": "\\newcommand{\\st}{h_t}"},
        {"cell_type": "code", "source": "%%latex\n$$\\newcommand{\\before}{h_{t-1}} \\def\\W{W}$$"},
        {"cell_type": "markdown", "source": f"{SHAPES}\n\n{SHORT}"},
        {"cell_type": "markdown", "source": f"${MACROS}$"},
    ]
    assert verdicts(json.dumps({"cells": cells}), "notebook") == ["proved", "refuted"]


def test_a_macro_that_is_defined_twice_holds_from_its_place_on() -> None:
    text = (
        f"{SHAPES}\n\n$$\\newcommand{{\\M}}{{W}}$$\n\n$${STATE}$$\n\n$${RIGHT[:-1]}\\M$$\n\n"
        f"$$\\renewcommand{{\\M}}{{-W}}$$\n\n$${RIGHT[:-1]}\\M$$\n"
    )
    assert verdicts(text, "markdown") == ["proved", "refuted"]


def test_a_macro_that_nobody_knows_accuses_nobody() -> None:
    text = f"{SHAPES}\n\n$${STATE}$$\n\n$$\\foo{{h_t}}{{h_{{t-1}}}} = \\operatorname{{diag}}(1 - h_t^2) W$$\n"
    assert verdicts(text, "markdown") == ["undecided"]
