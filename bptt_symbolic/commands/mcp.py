"""Assistant -> verdicts for it: tools of the Model Context Protocol on standard input and output."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._output import HOLDS, WRONG, say
from bptt_symbolic.serving.extras import missing

SUMMARY = "serve an assistant that speaks the model context protocol"


def arguments(parser: ArgumentParser) -> None:
    """`mcp`."""
    del parser


def run(options: Namespace) -> int:
    """Talk to an assistant until it ends; exit status 3 without the libraries."""
    del options
    if (said := missing("mcp")) is not None:
        say(said)
        return WRONG
    from bptt_symbolic.serving.assistant import serve  # noqa: PLC0415 - an extra, and heavy

    serve()
    return HOLDS
