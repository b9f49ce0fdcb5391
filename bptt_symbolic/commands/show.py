"""Note or cell -> its networks, printed."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import OPEN, WRONG, not_opened, say, write
from bptt_symbolic.reporting import formats

SUMMARY = "print the network that a note defines"


def arguments(parser: ArgumentParser) -> None:
    """`show NOTE|CELL [--why]`."""
    parser.add_argument("note", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument("--why", action="store_true", help="print what the signs of the note were taken for")
    add(parser, "format")


def run(options: Namespace) -> int:
    """Print the networks, or the decisions that they rest on; exit status 2 if there is no network."""
    from bptt_symbolic.api import NoteError, show  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt

    name = options.format or "text"
    try:
        if options.why:
            return _why(options.note, name)
        views = show(options.note)
    except NoteError as error:
        return not_opened(options.note, error.fault)
    if not views:
        say("the note defines no network (bptt-symbolic explain no-network)")
        return OPEN
    return write(formats.load(name).render_networks(views), None)


def _why(note: str, name: str) -> int:
    from bptt_symbolic.api import decisions  # noqa: PLC0415 - the same

    form = formats.load(name)
    if not hasattr(form, "render_decisions"):
        say(f"--why is printed as text or json, not as {name}")
        return WRONG
    source, found = decisions(note)
    return write(form.render_decisions(found, source), None)
