"""Note and equation -> a NumPy program that shows why the equation is false."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import not_opened, write

SUMMARY = "write a NumPy program that shows a counterexample"


def arguments(parser: ArgumentParser) -> None:
    """`counterexample NOTE EQUATION`."""
    parser.add_argument("note", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument(
        "equation",
        metavar="EQUATION",
        help="number, tag, label, line (L61) or id (eq:16.1) of a refuted equation; or a formula in LaTeX",
    )
    add(parser, "declare", "as", "output")


def run(options: Namespace) -> int:
    """Print the program, or write it to a file."""
    from bptt_symbolic.api import NoteError, counterexample  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        program = counterexample(options.note, options.equation, declare=options.declare, kind=options.kind)
    except NoteError as error:
        return not_opened(options.note, error.fault)
    return write(program, options.output)
