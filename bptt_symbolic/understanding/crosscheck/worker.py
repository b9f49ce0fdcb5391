r"""Lines -> lines: latex2sympy2 in a process of its own, `python -m bptt_symbolic.crosscheck.worker`.

    -> {"ready": true}                   or {"error": "No module named ..."} and the end
    <- {"latex": "x_{1} - x_{2}"}
    -> {"tree": ["Add", "x_1", ["Mul", "-1", "x_2"]]}

A formula that latex2sympy2 cannot read ends the process: an exception may come from any depth of it, and nobody knows
in what state it leaves its module-level variables. Whoever asks starts a new one (`reader.py`).
"""

import json
import os
import sys
from importlib import import_module
from typing import TextIO


def plain(expression: object) -> object:
    """The tree of a SymPy expression as lists; the order of the arguments is that of the page."""
    args = getattr(expression, "args", ())
    return [type(expression).__name__, *map(plain, args)] if args else str(expression)


def main() -> int:
    """Answer until stdin ends."""
    answers = _own_stdout()
    try:
        read = import_module("latex2sympy2").latex2sympy
    except ImportError as error:
        _tell(answers, {"error": str(error)})
        return 1
    _tell(answers, {"ready": True})
    for line in sys.stdin:
        _tell(answers, {"tree": plain(read(json.loads(line)["latex"]))})
    return 0


def _own_stdout() -> TextIO:
    """Stdout for answers alone: what latex2sympy2 prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _tell(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
