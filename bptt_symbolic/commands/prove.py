"""Formula and network -> report: settle one formula."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import (
    WRONG,
    has_colour,
    not_opened,
    say,
    status,
    width,
    write,
)
from bptt_symbolic.reporting import formats

SUMMARY = "settle one formula about a network"


def arguments(parser: ArgumentParser) -> None:
    """`prove --network NOTE|CELL LATEX`."""
    parser.add_argument("formula", metavar="LATEX", help="relations in LaTeX, in the notation of the network's note")
    parser.add_argument("--network", required=True, metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    add(parser, "declare", "format", "colour")


def run(options: Namespace) -> int:
    """Settle the formula; exit status as in `check`."""
    from bptt_symbolic.api import NoteError, prove  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        report = prove(options.formula, options.network, declare=options.declare)
    except NoteError as error:
        return not_opened(options.network, error.fault, options.colour)
    if not report.findings:
        say("the formula has no relation, such as `left = right`")
        return WRONG
    look = formats.Look(has_colour(options.colour), width(), verbose=True)
    text = formats.load(options.format or "text").render([report], look)
    return write(text, None) or status(report)
