"""LaTeX as people type it, and what is read."""

from collections.abc import Callable

import pytest

NOTES = [
    (
        "\\documentclass{a}\\newcommand{\\R}{\\mathbb{R}}\n\\begin{document}\nHi $x$.\n\\end{document}\n$y$",
        ["Hi <x> .", "macros \\newcommand{\\R}{\\mathbb{R}}"],
    ),
    ("a % $x$\nb \\% $y$", ["a b % <y>"]),
    ("\\[x\\]", ["display 1:3 x"]),
    ("$$x$$", ["display 1:3 x"]),
    ("$$\nx\n$$\ntext", ["display 2:1 x", "text"]),
    (
        "\\begin{align*}\na &= b \\\\[2pt]\n c\n\\end{align*}",
        ["display 1:1 \\begin{align*}\na &= b \\\\[2pt]\n c\n\\end{align*}"],
    ),
    (
        "\\begin{equation}\\begin{aligned}a\\end{aligned}\\end{equation}",
        ["display 1:1 \\begin{equation}\\begin{aligned}a\\end{aligned}\\end{equation}"],
    ),
    ("\\begin{math}x\\end{math}", ["<\\begin{math}x\\end{math}>"]),
    ("%! a = 1\n%! b = 2\ntext", ["! a = 1\nb = 2", "text"]),
    ("%! a\n\n%! b", ["! a", "! b"]),
    ("%!TEX root = a", []),
    ("%! s_0 = 0\nx", ["! s_0 = 0", "x"]),
    ("\\section{One \\emph{two}}\ntext", ["# One two", "text"]),
    ("\\subsection*{A}\\paragraph{B} text", ["## A", "#### B", "text"]),
    ("\\begin{itemize}\n\\item a $x$\n\\item b\n\\end{itemize}", ["a <x>", "b"]),
    ("a\n\nb\\par c", ["a", "b", "c"]),
    ("\\begin{verbatim}\n$$x$$\n\\end{verbatim}\n$y$", ["<y>"]),
    ("\\verb|$x$| and $y$", ["$x$ and <y>"]),
    ("\\begin{lstlisting}[language=C]\n$\n\\end{lstlisting}", []),
    ("$x", ["fault unclosed-formula 1:1"]),
    ("$$x\n\ntext", ["text", "fault unclosed-formula 1:1"]),
    ("\\[x\n\n\\[y\\]", ["display 3:3 y", "fault unclosed-formula 1:1"]),
    ("\\begin{align}x\n\n$y$", ["<y>", "fault unclosed-formula 1:1"]),
    ("\\newcommand\\a{b}\n$\\a$", ["<\\a>", "macros \\newcommand\\a{b}"]),
    ("see \\eqref{eq:a}\\label{l}, \\cite{b}~c ``q''", ['see (eq:a), c "q"']),
    ("\\(x\\) costs \\$5", ["<x> costs $5"]),
    ("\\begin{theorem}[Name] If $x$.\\end{theorem}", ["If <x> ."]),
    ("\\begin{comment}$x$\\end{comment}a", ["a"]),
    (
        "\\DeclareMathOperator{\\d}{diag} \\let\\x\\y \\def\\z#1{#1} t",
        ["t", "macros \\DeclareMathOperator{\\d}{diag}", "macros \\let\\x\\y", "macros \\def\\z#1{#1}"],
    ),
    (
        "\\begin{eqnarray}x\\end{eqnarray}\\begin{multline}y\\end{multline}\\begin{alignat}{2}z\\end{alignat}",
        [
            "display 1:1 \\begin{eqnarray}x\\end{eqnarray}",
            "display 1:32 \\begin{multline}y\\end{multline}",
            "display 1:63 \\begin{alignat}{2}z\\end{alignat}",
        ],
    ),
    ("a\r\n\r\n\\[\r\nx\r\n\\]\r\n", ["a", "display 4:1 x"]),
]


@pytest.mark.parametrize(("text", "expected"), NOTES)
def test_a_note_is_read_as_its_author_meant_it(
    text: str,
    expected: list[str],
    outline: Callable[[str, str], list[str]],
) -> None:
    assert outline(text, "latex") == expected
