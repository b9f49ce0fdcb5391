"""Note or cell -> a derivation of its gradients, every line of it proved."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from pkgutil import iter_modules

from bptt_symbolic.commands._files import written
from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import (
    HOLDS,
    WRONG,
    not_opened,
    not_written,
    say,
    write,
)

SUMMARY = "write a derivation of the gradients of a network"
_DERIVING = Path(__file__).parents[1] / "deriving"
MOST_STEPS = 12
"""Steps written out, or in a window: more would be no derivation that anybody reads."""


def there(folder: str) -> tuple[str, ...]:
    """The names of an open folder, found without importing anything heavy."""
    found = (m.name for m in iter_modules([str(_DERIVING / folder)]) if not m.name.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in found))


def arguments(parser: ArgumentParser) -> None:
    """`derive NETWORK` and how to set it out."""
    parser.add_argument("network", metavar="NOTE|CELL", help="a note, or the name of a built-in cell")
    parser.add_argument("--by", type=_names, default=(), metavar="W,U,V", help="parameters (default: all)")
    parser.add_argument(
        "--style",
        type=_names,
        default=("recursion",),
        metavar="NAME,...",
        help=f"{', '.join(there('styles'))}, or all (default: recursion)",
    )
    parser.add_argument("--steps", type=_few, default=3, metavar="N", help="steps of the unrolled style (default: 3)")
    parser.add_argument("--window", type=_few, default=2, metavar="N", help="steps of the truncated style (default: 2)")
    parser.add_argument(
        "--notation", metavar="NAME|FILE|NOTE", help="a built-in notation, a TOML file, or a note to take it from"
    )
    parser.add_argument("--layout", choices=("numerator", "denominator"), help="(default: that of the notation)")
    parser.add_argument("--format", choices=there("outputs"), default="latex", help="(default: %(default)s)")
    parser.add_argument("--explain", action="store_true", help="say why each line has the form that it has")
    for kind, words in (
        ("slides", "slides for LaTeX's beamer"),
        ("notebook", "a Jupyter notebook with a numeric check"),
    ):
        parser.add_argument(
            f"--{kind}", action="store_const", dest="format", const=kind, help=f"the same as --format {kind}: {words}"
        )
    add(parser, "declare", "output")


def run(options: Namespace) -> int:
    """Write it; exit status 3 if it cannot be written."""
    from bptt_symbolic.api import NoteError, derive  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt
    from bptt_symbolic.deriving import DeriveError  # noqa: PLC0415 - the same

    if options.format == "pdf" and options.output is None:
        say("a PDF needs a file to be written to: add -o FILE.pdf")
        return WRONG
    try:
        found = derive(
            options.network,
            by=options.by,
            style=options.style,
            steps=options.steps,
            window=options.window,
            notation=options.notation,
            layout=options.layout,
            explain=options.explain,
            format=options.format,
            declare=options.declare,
        )
        text = found.render(options.format)
    except (NoteError, DeriveError) as error:
        return not_opened(options.network, error.fault)
    for sentence in found.left_out:
        say(sentence)
    return write(text, options.output) if isinstance(text, str) else _write_bytes(text, options.output)


def _write_bytes(content: bytes, output: Path) -> int:
    try:
        written(content, output)
    except OSError as error:
        return not_written(output, error)
    return HOLDS


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _few(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_STEPS:
        raise ArgumentTypeError(f"a number from 1 to {MOST_STEPS}")
    return int(text)
