"""Reports -> a line a problem, `file:line:column: code message`, as editors and `grep` read them."""

from collections.abc import Sequence

from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._problems import address, problems
from bptt_symbolic.reporting.formats.text import render_networks
from bptt_symbolic.reporting.report import Report

__all__ = ["NAME", "render", "render_networks"]

NAME = "short"


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:
    """Nothing where nothing is wrong or open."""
    del look
    return "".join(
        f"{address(problem, report.source)}: {problem.code} {problem.message}\n"
        for report in reports
        for problem in problems(report)
    )
