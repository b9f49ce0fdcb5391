r"""Commands that nothing defines -> what their names say, where that is layout: the signs and words of an algorithm.

A page may take its macros from the site that it belongs to. What such a command stands for in a formula stays unknown;
but that `\algoEq` is the sign of an assignment, `\indent{2}` room on the left, and `\algEndFor` a word of an algorithm
can be told, and the rows of the algorithm can then be read. A row decides by the whole name, and says what it takes.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_WORDS = (
    "for|each|forall|while|do|if|then|else|elsif|elif|end|endfor|endwhile|endif|endproc|endfunction|endprocedure|loop|"
    "endloop|repeat|until|return|proc|procedure|func|function|state|statement|require|ensure|input|output|comment|print"
)


class Named(NamedTuple):
    """A practice of naming commands."""

    pattern: re.Pattern[str]
    """The whole name, without the backslash."""
    body: str
    r"""What it stands for, as in a declaration; `{}` is the word that the name says."""
    example: str
    counter_example: str
    """A command of nearly that name which says something else."""


NAMED: tuple[Named, ...] = (
    Named(re.compile(r"(?i:alg(?:o|orithm)?|assign|let)(?:Eq(?:ual)?s?|Gets|Assign|To|Is)"), r"\gets", "algoEq", "seq"),
    Named(re.compile(r"(?i:alg(?:o|orithm)?)?(?i:indent|tabs?|hskip|spacing)"), r"[1] \quad", "indent", "tabular"),
    Named(re.compile(rf"(?:alg(?:o|orithm)?|ALG)(?i:(?P<word>{_WORDS}))"), r"\text{{{}}} ", "algoFor", "algebra"),
)


def named(commands: Iterable[str]) -> dict[str, str]:
    r"""What commands such as `\algoEq` stand for by their names; those of which the name says nothing are left out."""
    found = {}
    for command in commands:
        for row in NAMED:
            match = row.pattern.fullmatch(command[1:])
            if match is not None:
                found[command] = row.body.format(match["word"].lower()) if "word" in match.re.groupindex else row.body
    return found
