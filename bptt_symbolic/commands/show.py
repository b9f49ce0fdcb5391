"""Note or cell -> its networks, printed."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._terminal import OPEN, add_format, not_opened, say, write
from bptt_symbolic.reporting import formats

SUMMARY = "print the network that a note defines"


def arguments(parser: ArgumentParser) -> None:
    """`show NOTE|CELL`."""
    parser.add_argument("note", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    add_format(parser)


def run(options: Namespace) -> int:
    """Print the networks; exit status 2 if there is none."""
    from bptt_symbolic.api import NoteError, show  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    try:
        views = show(options.note)
    except NoteError as error:
        return not_opened(options.note, error.fault)
    if not views:
        say("the note defines no network (bptt-symbolic explain no-network)")
        return OPEN
    return write(formats.load(options.format).render_networks(views), None)
