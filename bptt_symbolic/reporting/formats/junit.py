"""Reports -> JUnit XML: a suite a note, a case a claim, as servers of continuous integration read it.

A claim that is wrong or open is a failure whose type is its verdict; a fault of the note is a case of its own with an
error.
"""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._problems import Problem, address, problems
from bptt_symbolic.reporting.formats._terminal import clean
from bptt_symbolic.reporting.formats._words import names, silence
from bptt_symbolic.reporting.formats.text import render_finding, render_networks
from bptt_symbolic.reporting.report import Finding, Report

__all__ = ["NAME", "SUFFIX", "render", "render_networks"]

NAME = "junit"
SUFFIX = ".xml"


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:
    """The suites as XML."""
    del look
    root = Element("testsuites", name="bptt-symbolic")
    for report in reports:
        suite = SubElement(root, "testsuite", name=clean(report.source.name))
        suite.extend(_cases(report))
        for what in ("failure", "error", "skipped"):
            plural = what if what == "skipped" else f"{what}s"
            suite.set(plural, str(sum(case.find(what) is not None for case in suite)))
        suite.set("tests", str(len(suite)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(report: Report) -> Iterator[Element]:
    wrong = {problem.finding.id: problem for problem in problems(report) if problem.finding is not None}
    known = names(report.findings)
    for finding in report.findings:
        if finding.verdict is not None:
            yield _case(finding, known[finding.id], report, wrong.get(finding.id))
    for problem in problems(report):
        if problem.finding is None and problem.level == "error":
            case = Element("testcase", classname=clean(report.source.name), name=address(problem, report.source))
            SubElement(case, "error", type=problem.code, message=problem.message)
            yield case


def _case(finding: Finding, name: str, report: Report, problem: Problem | None) -> Element:
    case = Element("testcase", classname=clean(report.source.name), name=clean(name))
    case.set("file", clean(finding.file or report.source.name))
    case.set("line", str(finding.line))
    if finding.silence is not None:
        SubElement(case, "skipped", message=clean(silence(finding)))
    if problem is not None:
        failure = SubElement(case, "failure", type=problem.kind, message=problem.message)
        failure.text = f"\n{render_finding(finding)}\n"
    return case
