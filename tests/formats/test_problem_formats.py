"""The formats that programs read: what is wrong or open, a row each."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reporting.formats import github, junit, sarif, short
from bptt_symbolic.reporting.report import Report, Silence


@pytest.fixture
def hushed(report: Report) -> Report:
    """The report with its first mistake silenced."""
    quiet = replace(report.findings[1], silence=Silence("ignore", "an exercise"))
    return replace(report, findings=(report.findings[0], quiet, *report.findings[2:]))


def test_a_problem_is_a_line_that_an_editor_opens(report: Report) -> None:
    lines = short.render([report]).splitlines()
    assert lines[0].startswith("notes/<i>bptt</i>.md:7:4: refuted (2): ∂sₜ/∂sₜ₋₁ = Wᵀ; The slope of tanh")
    assert lines[0].endswith("write ∂sₜ/∂sₜ₋₁ = diag(1 − sₜ²) W")
    assert all(re.match(r"[^:]+:\d+:\d+: [a-z-]+ ", line) for line in lines)
    assert [line.split()[1] for line in lines] == ["refuted", "refuted", "unclosed"]


def test_a_fault_that_says_again_why_a_relation_is_unread_is_no_second_problem(report: Report) -> None:
    found = replace(report, faults=(*report.faults, Fault("no-network", "None.", "Write one.", None, "warning")))
    assert short.render([found]).splitlines()[0] == "notes/<i>bptt</i>.md: no-network None.; Write one."
    assert short.render([found]).count("unclosed") == 1


def test_what_is_silenced_is_no_problem(hushed: Report) -> None:
    assert "(2)" not in short.render([hushed])
    assert "(2)" not in github.render([hushed])


def test_a_workflow_command_cannot_be_broken_by_a_note(report: Report) -> None:
    fault = Fault("unread", "100% wrong\nnext, line: x", "", Span(0, 5))
    text = github.render([replace(report, source=Source("a,b:c.md", report.source.text), faults=(fault,))])
    assert (
        "::error file=a%2Cb%3Ac.md,line=1,col=1,endLine=1,endColumn=6,title=unread::100%25 wrong next, line: x\n"
        in text
    )
    assert "::error file=a%2Cb%3Ac.md,line=7,col=4,endLine=7,endColumn=50,title=refuted::(2): ∂sₜ" in text
    assert len(text.splitlines()) == 4


def test_a_place_in_a_notebook_is_in_the_message(report: Report) -> None:
    inside = replace(report, findings=(replace(report.findings[1], cell=4),), faults=())
    assert github.render([inside]).startswith(
        "::error file=notes/<i>bptt</i>.md,title=refuted::notes/<i>bptt</i>.md:cell 4:7:4: (2)"
    )


def log(*reports: Report) -> Any:
    return json.loads(sarif.render(reports))


def test_a_sarif_log_has_what_the_standard_asks_for(report: Report) -> None:
    """The required properties of SARIF 2.1.0, by hand: sections 3.13, 3.14, 3.18, 3.19, 3.27, 3.30, 3.55 to 3.57."""
    found = log(report, report)
    assert found["version"] == "2.1.0"
    assert found["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = found["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for result in run["results"]:
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        assert ids[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w./~%-]+", uri, re.ASCII)
        check_region(location["physicalLocation"].get("region"))
        for fix in result.get("fixes", []):
            for change in fix["artifactChanges"]:
                assert change["artifactLocation"]["uri"] == uri
                assert change["replacements"]
                for replacement in change["replacements"]:
                    check_region(replacement["deletedRegion"])


def check_region(region: Any) -> None:
    if region is not None:
        assert 1 <= region["startLine"] <= region["endLine"]
        assert min(region["startColumn"], region["endColumn"]) >= 1


def test_a_fingerprint_stays_when_lines_move_and_goes_when_the_formula_changes(report: Report) -> None:
    def prints(shown: Report) -> list[Any]:
        return [result.get("partialFingerprints") for result in log(shown)["runs"][0]["results"]]

    moved = replace(report, findings=tuple(replace(f, line=f.line + 9) for f in report.findings))
    assert prints(moved) == prints(report)
    changed = replace(report, findings=tuple(replace(f, latex=f"{f.latex} x") for f in report.findings))
    assert not {str(p) for p in prints(changed) if p} & {str(p) for p in prints(report) if p}


def test_what_is_silenced_is_suppressed_and_says_why(hushed: Report) -> None:
    found = [result.get("suppressions") for result in log(hushed)["runs"][0]["results"]]
    assert found[0] == [{"kind": "inSource", "justification": "ignored: an exercise"}]
    assert not any(found[1:])


def test_every_claim_is_a_case_and_what_is_not_proved_a_failure(hushed: Report) -> None:
    lost = Fault("unclosed-formula", "Open.", "Close it.", Span(0, 1))
    root = ET.fromstring(junit.render([hushed, replace(hushed, faults=(lost,))]))
    assert [suite.get("name") for suite in root] == ["notes/<i>bptt</i>.md"] * 2
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.get("skipped")) == (
        "4",
        "2",
        "0",
        "1",
    )
    assert root[1].get("errors") == "1"
    assert [case.get("name") for case in suite][:3] == ["(2)", "(3)", "(5)"]
    failure = suite[2].find("failure")
    assert failure is not None
    assert failure.get("type") == "refuted"


def test_hostile_text_is_still_xml(hostile: Report) -> None:
    assert len(ET.fromstring(junit.render([hostile]))) == 1
