"""Reports -> workflow commands of GitHub, which shows them at the lines of a pull request.

    ::error file=note.md,line=8,col=1,endLine=8,endColumn=40,title=refuted::(1) refuted: ...

A notebook's lines count inside its cells, which GitHub does not know: there the place stands in the message.
"""

from collections.abc import Iterator, Sequence

from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._problems import Problem, address, file_of, problems
from bptt_symbolic.reporting.formats.text import render_networks
from bptt_symbolic.reporting.report import Report

__all__ = ["NAME", "render", "render_networks"]

NAME = "github"

_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:
    """A command a problem; nothing where nothing is wrong or open."""
    del look
    return "".join(_command(problem, report) for report in reports for problem in problems(report))


def _command(problem: Problem, report: Report) -> str:
    properties = ",".join(f"{name}={str(value).translate(_PROPERTY)}" for name, value in _properties(problem, report))
    inside = problem.start is not None and problem.start.cell is not None
    message = f"{address(problem, report.source)}: {problem.message}" if inside else problem.message
    return f"::{problem.level} {properties}::{message.translate(_TEXT)}\n"


def _properties(problem: Problem, report: Report) -> Iterator[tuple[str, object]]:
    yield "file", address(problem, report.source) if problem.start is None else _name(file_of(problem, report.source))
    if problem.start is not None and problem.end is not None and problem.start.cell is None:
        yield from (("line", problem.start.line), ("col", problem.start.column))
        yield from (("endLine", problem.end.line), ("endColumn", problem.end.column))
    yield "title", problem.code


def _name(file: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in file)
