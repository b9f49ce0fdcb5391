"""Arguments -> exit status: the command line. Each command is a module of `commands/`.

    bptt-symbolic check NOTE|FOLDER|PATTERN|-... [--declare FILE] [--as KIND] [--format NAME] [-v] [--only 16,54]
                              [--fail-on WORD,...] [--baseline FILE] [--since REV] [--watch] [-o FILE]
    bptt-symbolic show NOTE|CELL [--format text|latex]
    bptt-symbolic picture NOTE|CELL [--by NAME] [--steps N] [-o FILE]
    bptt-symbolic prove --network NOTE|CELL LATEX
    bptt-symbolic derive NOTE|CELL [--by W,U] [--style NAME,...] [--notation NAME|FILE|NOTE] [--layout NAME]
                               [--format NAME] [-o FILE]
    bptt-symbolic fix NOTE [-o FILE | --in-place] [--nearest]
    bptt-symbolic counterexample NOTE|CELL 16|LATEX [--declare FILE] [--as KIND] [-o FILE]
    bptt-symbolic explain [CODE]
    bptt-symbolic lsp
    bptt-symbolic mcp

Exit status of `check`: 0 all claims hold, as those of a note without claims do; 1 some claim is refuted or ill-typed; 2
something is unread or undecided, or proved at the sizes tried only, or the note has a fault; 3 a note could not be
opened, the call was wrong, or the report could not be written; 4 the program itself is at fault, and says where. Of
several notes, the worst: 4, 3, 1, 2.
"""

import argparse
import io
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, NoReturn

from bptt_symbolic import commands
from bptt_symbolic.commands._files import inputs, is_one_of
from bptt_symbolic.commands._output import FALLEN, WRONG, say, tell, write
from bptt_symbolic.reporting.formats._terminal import harmless
from bptt_symbolic.reporting.guard import HELP, Fallen, guarded

_CHOICE = re.compile(r"argument (.+?): invalid choice: '([^']*)' \(choose from (.*)\)")
_OPTION = re.compile(r"unrecognized arguments: (--?[\w-]+)")


class _Parser(argparse.ArgumentParser):
    """argparse, with exit status 3 for a wrong call, as 2 means that something is open; and with what may be meant."""

    known: ClassVar[set[str]] = set()
    """The options of all commands."""

    def add_argument(self, *flags: Any, **about: Any) -> argparse.Action:
        self.known.update(flag for flag in flags if flag.startswith("-"))
        return super().add_argument(*flags, **about)

    def error(self, message: str) -> NoReturn:
        tell(self.format_usage())
        tell(f"{self.prog}: {harmless(self._with_hint(message))}\n")
        self.exit(WRONG)

    def _with_hint(self, message: str) -> str:
        """The complaint of argparse, with what may have been meant instead of all there is."""
        if choice := _CHOICE.search(message):
            near = get_close_matches(choice[2], re.findall(r"[\w-]+", choice[3]), n=1)
            what = "no command is called" if " | " in choice[1] else f"{choice[1]}: nothing is called"
            said = f"{what} {choice[2]!r}" if near else message
        else:
            option = _OPTION.search(message)
            near = get_close_matches(option[1], sorted(self.known), n=1, cutoff=0.7) if option is not None else []
            said = message
        return f"{said}; did you mean {near[0]}?" if near else said

    def print_help(self, _: object = None) -> NoReturn:
        self.exit(write(self.format_help(), None))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what comes back is the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the letters of the note is no reason to stop
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    written = [vars(options).get(name) for name in ("output", "write_baseline")]
    output = next((file for file in written if file is not None and is_one_of(file, inputs(options))), None)
    if output is not None:
        instead = "; write over it with --in-place" if "in_place" in options else ""
        say(f"{output} is read by this call, and would be lost: it is the note itself, or belongs to it{instead}")
        return WRONG
    try:
        return guarded(lambda: run(options), _fallen)
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        return WRONG


def _fallen(fallen: Fallen) -> int:
    say(fallen.message)
    say(HELP)
    return FALLEN


def _parser() -> _Parser:
    parser = _Parser(
        prog="bptt-symbolic", description="A proof-reader for derivations of back-propagation through time."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    added = parser.add_subparsers(title="commands", required=True, metavar=" | ".join(commands.names()))
    for name in commands.names():
        command = commands.load(name)
        own = added.add_parser(name, help=command.SUMMARY)
        own.set_defaults(run=command.run)
        command.arguments(own)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and wanted by nobody else

        parser.exit(write(f"bptt-symbolic {version('bptt-symbolic')}\n", None))
