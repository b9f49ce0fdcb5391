r"""Lines -> lines: the second reader, in the process `python -m bptt_symbolic.understanding.crosscheck.worker`.

It is latex2sympy2, or latex2sympy2-extended, its successor, which runs on every Python. The successor is asked for what
stands on the page: it would mend what it takes for slips first, and read `2 \frac{1}{2}` as a mixed number.

    -> {"ready": true}                   or {"error": "No module named ..."} and the end
    <- {"latex": "x_{1} - x_{2}"}
    -> {"tree": ["Add", "x_1", ["Mul", "-1", "x_2"]]}

A formula that it cannot read ends the process: an exception may come from any depth of it, and nobody knows
in what state it leaves its module-level variables. Whoever asks starts a new one (`second_reader.py`).
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TextIO

from bptt_symbolic.understanding.crosscheck.second_reader import NEW, OLD, READERS


def plain(expression: object) -> object:
    """The tree of a SymPy expression as lists; the order of the arguments is that of the page."""
    args = getattr(expression, "args", ())
    return [type(expression).__name__, *map(plain, args)] if args else str(expression)


def main() -> int:
    """Answer until stdin ends."""
    answers = _own_stdout()
    try:
        read = second_reader()
    except ImportError as error:
        _tell(answers, {"error": str(error)})
        return 1
    _tell(answers, {"ready": True})
    for line in sys.stdin:
        _tell(answers, {"tree": plain(read(json.loads(line)["latex"]))})
    return 0


def second_reader() -> Callable[[str], object]:
    """LaTeX -> a SymPy expression; raises ImportError."""
    name = next((name for name in READERS if find_spec(name) is not None), READERS[-1])
    if name == OLD:
        old: Callable[[str], object] = import_module(OLD).latex2sympy
        return old
    new = import_module(f"{NEW}.latex2sympy2")
    literal = {
        "normalization_config": None,
        "conversion_config": new.ConversionConfig(interpret_as_mixed_fractions=False),
    }
    return lambda latex: new.latex2sympy(latex, **literal)


def _own_stdout() -> TextIO:
    """Stdout for answers alone: what the second reader prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _tell(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
