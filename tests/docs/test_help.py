"""Help page -> verdict: the examples of a help page that are notes get what the page is about, the good ones do not."""

import re

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting import help_pages as explain
from bptt_symbolic.reporting.report import Report

HALF = re.compile(r"^## (Bad|Good)\n+```markdown\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOTES = [(code, found[1], found[2]) for code in explain.codes() for found in HALF.finditer(explain.page(code).text)]
HOLDS = {"definition", "proved"}
"""Pages about something that is as it should be: it is their good example that gets the code."""
NOT_YET: dict[str, str] = {}
"""Bad examples that the checker does not yet answer with the code of their page, and what it does."""


def bad() -> list[object]:
    marks = {code: [pytest.mark.xfail(reason=reason)] for code, reason in NOT_YET.items()}
    found = [(code, text) for code, which, text in NOTES if which == "Bad" and code not in HOLDS]
    return [pytest.param(code, text, id=code, marks=marks.get(code, ())) for code, text in found]


def good() -> list[object]:
    return [pytest.param(code, text, id=code) for code, which, text in NOTES if which == "Good"]


def told(report: Report) -> set[str | None]:
    """Kinds, verdicts and codes of everything that a report says."""
    found = {word for finding in report.findings for word in (finding.kind, finding.verdict, finding.code)}
    return found | {fault.code for fault in report.faults}


@pytest.mark.parametrize(("code", "text"), bad())
def test_the_bad_example_gets_the_code_of_its_page(code: str, text: str) -> None:
    assert code in told(check(text))


@pytest.mark.parametrize(("code", "text"), good())
def test_the_good_example_is_good(code: str, text: str) -> None:
    report = check(text)
    assert not [fault for fault in report.faults if fault.code != "no-network"]
    assert not [found.latex for found in report.findings if found.verdict not in {None, "proved"}]
    if code in HOLDS:
        assert code in told(report)
