"""Commands that nothing defines, and whose names say what they are."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reading.parser.by_name import NAMED, Named, named

ALGORITHM = r"""
$$\begin{aligned}
& \algFor{t = 1, \dots, T} \\
& \indent{1} a_t \algoEq W h_{t-1} + U x_t \\
& \indent{1} h_t \algoEq \tanh(a_t) \\
& \algEndFor
\end{aligned}$$
"""


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row.example)
def test_a_row_takes_its_example_and_no_other(row: Named) -> None:
    assert set(named(["\\" + row.example, "\\" + row.counter_example])) == {"\\" + row.example}


def test_an_algorithm_in_the_macros_of_a_site_defines_a_network() -> None:
    right, wrong = (
        check(rf"{ALGORITHM} $$\frac{{\partial h_t}}{{\partial h_{{t-1}}}} = \mathrm{{diag}}(1 - {of}^2) W$$")
        for of in ("h_t", "a_t")
    )
    assert right.findings[-1].verdict == "proved"
    assert wrong.findings[-1].verdict == "refuted"
    told = {f.message: f.help for f in right.faults if f.code == "unknown-macro"}
    assert told[r"nothing says what \algoEq means"].endswith(r"it is read as \gets, for its name")


def test_what_the_note_says_of_a_command_comes_first() -> None:
    network = r"$\newcommand{\algoEq}{+}$ $$h_t = \tanh(W h_{t-1} + U x_t)$$"
    report = check(rf"{network} $$\frac{{\partial (h_t \algoEq x_t)}}{{\partial h_t}} = I$$", repair=False)
    assert report.findings[-1].verdict == "proved"
    assert not report.faults
