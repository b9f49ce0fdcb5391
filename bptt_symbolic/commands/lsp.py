"""Editor -> verdicts in it: a language server on standard input and output."""

from argparse import ArgumentParser, Namespace

from bptt_symbolic.commands._output import HOLDS, WRONG, say
from bptt_symbolic.serving.extras import missing

SUMMARY = "serve an editor that speaks the language server protocol"


def arguments(parser: ArgumentParser) -> None:
    """`lsp`; editors may say `--stdio`, which is what happens anyway."""
    parser.add_argument("--stdio", action="store_true", help="talk over standard input and output (always)")


def run(options: Namespace) -> int:
    """Talk to an editor until it ends; exit status 3 without the libraries."""
    del options
    if (said := missing("lsp")) is not None:
        say(said)
        return WRONG
    from bptt_symbolic.serving.editor.server import serve  # noqa: PLC0415 - an extra, and heavy

    serve()
    return HOLDS
