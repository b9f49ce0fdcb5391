"""Note or cell -> SVG: the unrolled network, with the way of a gradient through it."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import not_opened, write

SUMMARY = "draw the unrolled network and the way of a gradient"


def arguments(parser: ArgumentParser) -> None:
    """`picture NOTE|CELL [--by W] [--steps 3] [-o FILE]`."""
    parser.add_argument("note", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument(
        "--by", metavar="NAME", help="what the gradient is taken by (default: a matrix of the recurrence)"
    )
    parser.add_argument("--steps", type=_steps, default=3, metavar="N", help="steps to draw, 1 to 20 (default: 3)")
    add(parser, "output")


def run(options: Namespace) -> int:
    """Write the picture."""
    from bptt_symbolic.api import NoteError, picture  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        return write(picture(options.note, options.steps, options.by), options.output)
    except NoteError as error:
        return not_opened(options.note, error.fault)


def _steps(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 20:  # noqa: PLR2004 - what still fits a wall
        raise ArgumentTypeError(f"expected a number from 1 to 20, got {text!r}")
    return int(text)
