"""Browser on this machine -> a page that typesets a note with its verdicts while one writes."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bptt_symbolic.commands._output import HOLDS, WRONG, not_opened, say
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.serving.extras import missing

SUMMARY = "show a page on this machine that checks notes while one writes"
PORT = 8271


def arguments(parser: ArgumentParser) -> None:
    """`serve [NOTE] [--port N]`."""
    parser.add_argument("note", nargs="?", metavar="NOTE", help="a note to begin with; it is never written to")
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help="(default: %(default)s)")


def run(options: Namespace) -> int:
    """Answer until somebody interrupts; exit status 3 without the libraries, or where the note cannot be opened."""
    from bptt_symbolic.reading.readers import text_of  # noqa: PLC0415 - `--help` stays prompt

    if (said := missing("web")) is not None:
        say(said)
        return WRONG
    text = None if options.note is None else text_of(Path(options.note))
    if isinstance(text, Fault):
        return not_opened(options.note, text)
    from bptt_symbolic.serving.web.app import serve  # noqa: PLC0415 - an extra, and heavy

    say(f"http://127.0.0.1:{options.port}/  Ctrl-C ends it")
    serve(options.port, text)
    return HOLDS
