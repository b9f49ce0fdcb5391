"""reStructuredText as people type it, and what is read."""

from collections.abc import Callable

import pytest

NOTES = [
    (".. math:: x = 1", ["display 1:11 x = 1"]),
    (".. math::\n\n   x = 1\n", ["display 3:4 x = 1"]),
    (".. math:: x\n   :label: a\n\n   y", ["display 1:11 x #a", "display 4:4 y"]),
    (".. math::\n   :label: a\n\n   x\n\n   y", ["display 4:4 x #a", "display 6:4 y"]),
    (".. math::\n   :nowrap:\n\n   \\[\n     x\n   \\]\n", ["display 5:6 x"]),
    (
        ".. math::\n   :nowrap:\n\n   \\begin{align*}\n     x\n   \\end{align*}\n\n   \\begin{align}y\\end{align}",
        ["display 4:4 \\begin{align*}\n     x\n   \\end{align*}", "display 8:4 \\begin{align}y\\end{align}"],
    ),
    (".. math::\n   :nowrap:\n\n   x = 1\n\n   y", ["display 4:4 x = 1\n\n   y"]),
    ("A :math:`j`\\-th one, :math:`\\alpha`.", ["A <j> -th one, <\\alpha> ."]),
    (
        ".. dropdown:: By :math:`x`\n\n   .. note::\n\n      .. math:: y\n\n      in $a$\n\nafter",
        ["By <x>", "display 5:17 y", "in $a$", "after"],
    ),
    (".. comment\n   .. math:: x\n\ny", ["y"]),
    (".. ! a = 1\n   b = 2\n\ntext", ["! a = 1\n   b = 2", "text"]),
    ("Title\n=====\ntext\n\nSub\n---\n\nOther\n=====", ["# Title", "text", "## Sub", "# Other"]),
    ("====\nOver\n====\n\nSub\n====", ["# Over", "## Sub"]),
    ("a\n\n----\n\nb", ["a", "b"]),
    ("- a :math:`x`\n\n  - b\n- .. math:: y\n- c", ["a <x>", "b", "display 4:13 y", "c"]),
    (".. code-block:: tex\n\n   .. math:: x\n\na", ["a"]),
    ("as::\n\n  .. math:: x\n\nafter", ["as:", "after"]),
    ("``:math:`x``` and :math:`y`", ["x and y"]),
    (
        ".. math::\n\n   \\newcommand{\\a}{b}\n   % c\n   \\def\\b{c}\n",
        ["macros \\newcommand{\\a}{b}\n   % c\n   \\def\\b{c}"],
    ),
    (":math:`x", ["fault unclosed-formula 1:1"]),
    (":term:`RNN` and `text <url>`_ *em* **b**", ["RNN and text em b"]),
    (":author: Me\n:date: now\n\ntext", ["Me", "now", "text"]),
    (".. default-role:: math\n\n`x_t` is", ["<x_t> is"]),
    (".. _target:\n\n.. [1] Foot :math:`x`", ["Foot <x>"]),
    (
        ".. math::\n\n   \\begin{split}\n   a\n\n   b\n   \\end{split}",
        ["display 3:4 \\begin{split}\n   a\n\n   b\n   \\end{split}"],
    ),
    ("> a\r\n\r\n.. math::\r\n\r\n   x\r\n\r\nb", ["> a", "display 5:4 x", "b"]),
    ("1. a\n#. b\n\n   .. math:: x", ["a", "b", "display 4:14 x"]),
    (".. |s| replace:: text", ["text"]),
    (".. math::\n   x\ny", ["display 2:4 x", "y"]),
    ("text\n.. math:: x", ["text", "display 2:11 x"]),
    ("a :math:`b\nc` d", ["a <b\nc> d"]),
]


@pytest.mark.parametrize(("text", "expected"), NOTES)
def test_a_note_is_read_as_its_author_meant_it(
    text: str,
    expected: list[str],
    outline: Callable[[str, str], list[str]],
) -> None:
    assert outline(text, "rst") == expected
