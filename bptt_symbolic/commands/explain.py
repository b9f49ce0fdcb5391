"""Code -> its help page."""

from argparse import ArgumentParser, Namespace
from contextlib import suppress

from bptt_symbolic.commands._output import WRONG, say, write
from bptt_symbolic.reporting import help_pages as explain

SUMMARY = "print the help page of a verdict or fault"


def arguments(parser: ArgumentParser) -> None:
    """`explain [CODE]`."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="as printed in a report; all codes if left out")


def run(options: Namespace) -> int:
    """Print the page, or the list of all pages."""
    if options.code is None:
        return write(explain.overview(), None)
    with suppress(KeyError):
        return write(explain.page(options.code).text, None)
    meant = " or ".join(explain.near(options.code))
    hint = f"; did you mean {meant}?" if meant else "; `bptt-symbolic explain` lists them all"
    say(f"there is no code {options.code!r}{hint}")
    return WRONG
