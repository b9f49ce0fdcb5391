"""The kinds of mistakes are a closed list: what edits are called is in it, and the documentation has them all."""

import re
from pathlib import Path

import pytest

from bptt_symbolic import check
from bptt_symbolic.mending.repair.diagnosis import MEANINGS

ROOT = Path(__file__).parents[2]
NOTE = r"""
$\newcommand{\R}{\mathbf{R}} \newcommand{\by}[2]{\frac{\partial #1}{\partial #2}}$

$$ s_t = \tanh(\R s_{t-1} + x_t) $$

$$ EQUATION $$
"""
MARKED = {
    r"\by{s_t}{s_{t-1}} = \mathrm{diag}(1 - s_t^2)   \R^\top": r"\mathbf{R}^\top",
    r"\begin{aligned}\by{s_t}{s_{t-1}} &= \mathrm{diag}(1-s_t^2) \R \\ &= \mathrm{diag}(1+s_t^2) \R\end{aligned}": "+",
}
"""Wrong relation of the note, as its author wrote it -> the part that is wrong, in standard LaTeX."""


def test_every_kind_is_documented() -> None:
    page = (ROOT / "docs" / "repairs.md").read_text(encoding="utf-8")
    assert [kind for kind in MEANINGS if f"`{kind}`" not in page] == []


def test_every_kind_that_edits_are_called_by_has_a_meaning() -> None:
    folder = ROOT / "bptt_symbolic" / "mending" / "repair"
    texts = [p.read_text(encoding="utf-8") for p in (*folder.glob("kinds/*.py"), folder / "inherited.py")]
    named = {k for t in texts for k in re.findall(r'(?:Named\(|KIND = |kind = )"([a-z A-Z]+)"', t)}
    assert len(named) > 20
    assert named <= set(MEANINGS)


@pytest.mark.parametrize("equation", MARKED)
def test_the_part_that_is_wrong_is_found_again_in_standard_latex(equation: str) -> None:
    (wrong,) = (f for f in check(NOTE.replace("EQUATION", equation)).findings if f.verdict == "refuted")
    place, text = wrong.culprit_in_standard, wrong.standard
    assert place is not None
    assert text is not None
    assert text[place.start : place.end] == MARKED[equation]
