"""Note -> a file of declarations beside it, with the questions that the note leaves open."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bptt_symbolic.commands._options import add
from bptt_symbolic.commands._output import HOLDS, WRONG, Progress, not_opened, say, write

SUMMARY = "write the questions that a note leaves open into a file of declarations beside it"


def arguments(parser: ArgumentParser) -> None:
    """`init NOTE [-o FILE]`."""
    parser.add_argument("note", metavar="NOTE", help="a note, as Markdown, reStructuredText, LaTeX, HTML, Jupyter")
    add(parser, "as")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="another file than NOTE-stem.toml; - prints")


def run(options: Namespace) -> int:
    """Ask what is open; exit status 3 if the note cannot be opened, or if the file is there already: what somebody has
    declared is never written over.
    """
    from bptt_symbolic.api import NoteError, check  # noqa: PLC0415 - heavy; `explain` and `--help` stay prompt
    from bptt_symbolic.reporting.questionnaire import declarations  # noqa: PLC0415 - the same

    path = Path(options.note).with_suffix(".toml") if options.output is None else options.output
    shown = str(path) == "-"
    if not shown and path.exists():
        say(f"{path} is there already, and is left as it is; -o FILE writes another one")
        return WRONG
    progress = Progress(Path(options.note).name)
    try:
        report = check(Path(options.note), kind=options.kind, progress=progress, repair=False)
    except NoteError as error:
        progress.clear()
        return not_opened(options.note, error.fault)
    progress.clear()
    printed = write(declarations(report), None if shown else path)
    if printed == HOLDS and not shown:
        say(f"{path}: {len(report.questions)} open question{'' if len(report.questions) == 1 else 's'}")
    return printed
