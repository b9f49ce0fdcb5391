r"""Note -> the same formulas spelled otherwise: `\top` for `T`, `\tfrac`, other brackets, macros, rows of a display."""

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

NOTES = sorted(p for p in (Path(__file__).parents[2] / "derivations").iterdir() if p.suffix not in {".toml", ""})
LATEX = next(n for n in NOTES if n.suffix == ".tex")
ROWS = next(n for n in NOTES if "align" in n.read_text(encoding="utf-8") and n.suffix == ".md")
CONTINUED = re.compile(r"\n?\\end\{equation\}\s*\\begin\{equation\}\n=")
EQUATION = re.compile(r"\\begin\{equation\}\n(?P<body>.*?)\n\\end\{equation\}", re.DOTALL)

DEFINITIONS = r"\newcommand{\pd}{\partial} \newcommand{\est}[1]{\hat{#1}}"

Edit = Callable[[str], str]


def transposes(formula: str) -> str:
    r"""`V^T` as `V^{\top}`, and `V^{\top}` as `V^T`."""
    if r"\top" in formula:
        return formula.replace(r"^{\top}", "^T").replace(r"^\top", "^T")
    return re.sub(r"\^T(?!\w)(?=\s*(?:\\times|\s))", r"^{\\top}", formula) if "textbf" in formula else formula


def fractions(formula: str) -> str:
    r"""`\frac` as `\tfrac` and `\dfrac`."""
    number = count()
    return re.sub(r"\\frac(?![a-z])", lambda _: (r"\tfrac", r"\dfrac")[next(number) % 2], formula)


def brackets(formula: str) -> str:
    r"""Big brackets that stretch, and others that do not."""
    for size, bracket in ((r"\left", "["), (r"\right", "]"), (r"\left", "("), (r"\right", ")")):
        formula = formula.replace(size + bracket, r"\bigg" + bracket)
    formula = formula.replace(r"\Big(", r"\left(").replace(r"\Big)", r"\right)")
    return formula.replace(r"\bigg[", r"\Bigl[").replace(r"\bigg]", r"\Bigr]")


def spaces(formula: str) -> str:
    """Space that means nothing, and comments."""
    formula = formula.replace("&=", "&\\; = \\,").replace(r"\partial ", r"\partial\, ")
    return re.sub(r"(?<!%)\n", " % a comment: x = 1\n", formula) if "begin" in formula else formula


def braces(formula: str) -> str:
    """`s_t` as `s_{t}`, `W^T` as `W^{T}`."""
    return re.sub(r"(?<!\\)([_^])([A-Za-z0-9])(?![A-Za-z]*\{)", r"\1{\2}", formula)


def functions(formula: str) -> str:
    r"""`tanh` as `\tanh`, `softmax` as `\operatorname{softmax}`."""
    formula = re.sub(r"(?<![\\A-Za-z{])(tanh|log|exp)(?![A-Za-z])", r"\\\1", formula)
    formula = re.sub(r"\\text\{(softmax)\}|(?<![A-Za-z{])(softmax)(?=\()", r"\\operatorname{softmax}", formula)
    return re.sub(r"(?<![\\A-Za-z{])(sigm)(?=\()", r"\\mathrm{sigm}", formula)


def macros(formula: str) -> str:
    r"""Macros of one's own, defined where they are used first."""
    return re.sub(r"\\partial(?![a-z])", r"\\pd", re.sub(r"\\hat\{(y)\}", r"\\est{\1}", formula))


def everything(formula: str) -> str:
    """All of these together."""
    for edit in (transposes, fractions, brackets, braces, functions, spaces):
        formula = edit(formula)
    return formula


LONG = 3_000
"""Bytes of a note that is settled in a long run only."""


def _marks(note: Path) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if note.stat().st_size >= LONG else []


SINGLY: tuple[Edit, ...] = (transposes, fractions, brackets, spaces, braces, functions)
SHORT = {"huan.md"}
"""Notes that are spelled in every way by itself; the others in all ways at once."""


@pytest.mark.parametrize("note", [pytest.param(n, id=n.name, marks=_marks(n)) for n in NOTES])
def test_other_spellings_have_the_same_verdicts(
    note: Path, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    same_verdicts(note, rewritten(note, everything))


@pytest.mark.slow
@pytest.mark.parametrize("edit", SINGLY, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("note", [n for n in NOTES if n.name in SHORT], ids=lambda note: note.name)
def test_another_spelling_has_the_same_verdicts(
    note: Path, edit: Edit, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    same_verdicts(note, rewritten(note, edit))


@pytest.mark.slow
@pytest.mark.parametrize("note", NOTES[::2], ids=lambda note: note.name)
def test_macros_have_the_same_verdicts(
    note: Path, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    dress = rewritten(note, macros)
    if note.suffix == ".ipynb":
        quoted = json.dumps(f"${DEFINITIONS}$\n\n")[1:-1]
        dress = dress.replace('"source": "', f'"source": "{quoted}', 1)
    else:
        rst = f".. math::\n\n   {DEFINITIONS}\n\n"
        lead = {".md": f"${DEFINITIONS}$\n\n", ".rst": rst, ".tex": f"{DEFINITIONS}\n"}
        dress = lead[note.suffix] + dress
    same_verdicts(note, dress)


def _shortened(text: str) -> str:
    """What comes before the equation (11): a chain of three, about numbers."""
    before = text[: text.index(r"\tag{11}")]
    return before[: before.rindex(r"\begin{equation}")] + "\\end{document}\n"


def _in_rows(text: str) -> str:
    r"""Equations that go on with `=` as rows of one `align`."""
    dress = EQUATION.sub(_aligned, CONTINUED.sub(r" \\\\\n&=", text))
    assert r"\begin{align}" in dress
    return dress


def test_one_display_for_a_chain_has_the_same_verdicts(same_verdicts: Callable[..., None], tmp_path: Path) -> None:
    text = _shortened(LATEX.read_text(encoding="utf-8"))
    note = tmp_path / LATEX.name
    note.write_text(text, encoding="utf-8")
    beside = LATEX.with_suffix(".toml")
    note.with_suffix(".toml").write_text(beside.read_text(encoding="utf-8"), encoding="utf-8")
    same_verdicts(note, _in_rows(text))


@pytest.mark.slow
def test_displays_for_every_chain_have_the_same_verdicts(same_verdicts: Callable[..., None]) -> None:
    same_verdicts(LATEX, _in_rows(LATEX.read_text(encoding="utf-8")))


def _aligned(found: re.Match[str]) -> str:
    body = found["body"]
    if r"\\" + "\n&=" not in body:
        return found[0]
    return f"\\begin{{align}}\n{re.sub(r'(?<!&)=', '&=', body, count=1)}\n\\end{{align}}"


@pytest.mark.slow
def test_a_display_for_each_row_has_the_same_verdicts(same_verdicts: Callable[..., None]) -> None:
    """Rows of an `align` are displays of their own."""
    text = ROWS.read_text(encoding="utf-8")
    text = re.sub(r"\\\\(?:\\\\)?\s*\n&=", "\n$$\n\n$$\n=", text).replace("&=", "=")
    same_verdicts(ROWS, re.sub(r"\\(?:begin|end)\{align\}\n", "", text))
