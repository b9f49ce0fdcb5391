"""The JSON contract: `docs/json.md` and what is printed have the same keys."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic.reading.source import Piece
from bptt_symbolic.reporting.formats import json as form
from bptt_symbolic.reporting.report import Decided, Reason, Report, Silence

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")


def documented(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)


@pytest.fixture
def found(report: Report) -> Any:
    """The report of one note, in a notebook, so that every key is there."""
    inside = [replace(finding, cell=1) for finding in report.findings]
    inside[3] = replace(inside[3], silence=Silence("ignore", "an exercise"))
    source = replace(report.source, cells=((0, 1),))
    decided = Decided("the running step", "t", None, 4.0, (Reason("step/time", "steps are counted by t", 4.0),))
    shown = replace(report, source=source, findings=tuple(inside), decisions=(decided,))
    return json.loads(form.render([shown]))


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("The object", ()),
        ("network", ("network",)),
        ("network", ("networks", 0)),
        ("quantity", ("network", "quantities", 0)),
        ("summary", ("summary",)),
        ("finding", ("findings", 0)),
        ("scope", ("findings", 2, "scope")),
        ("counterexample", ("findings", 1, "counterexample")),
        ("repair", ("findings", 1, "repair")),
        ("repair", ("findings", 1, "alternatives", 0)),
        ("change", ("findings", 1, "repair", "changes", 0)),
        ("diagnosis", ("findings", 1, "diagnosis")),
        ("evidence", ("findings", 2, "evidence")),
        ("silence", ("findings", 3, "silenced")),
        ("fault", ("faults", 0)),
        ("decision", ("decisions", 0)),
        ("reason", ("decisions", 0, "reasons", 0)),
    ],
)
def test_printed_keys_are_the_documented_keys(found: Any, heading: str, path: tuple[Any, ...]) -> None:
    for step in path:
        found = found[step]
    assert sorted(found) == sorted(set(documented(heading)) - {"file"})  # which no notebook has


def test_a_file_that_a_note_puts_in_is_named_wherever_that_is_documented(report: Report) -> None:
    source = replace(report.source, pieces=(Piece(0, "part.tex", 0, 1, 1),))
    inside = tuple(replace(finding, file="part.tex") for finding in report.findings)
    found = json.loads(form.render([replace(report, source=source, findings=inside)]))
    for heading, one in (
        ("finding", found["findings"][1]),
        ("change", found["findings"][1]["repair"]["changes"][0]),
        ("fault", found["faults"][0]),
    ):
        assert "file" in documented(heading)
        assert one["file"] == "part.tex"


def test_keys_of_the_first_contract_are_never_lost(found: Any) -> None:
    assert {"note", "network", "summary", "findings"} <= found.keys()
    assert {
        *("id", "line", "column", "number", "section", "row", "part", "latex", "kind", "verdict", "against_head"),
        *("scope", "readings", "hypotheses", "message", "help", "counterexample", "repair", "evidence"),
    } <= found["findings"][0].keys()


def test_the_summary_counts(found: Any) -> None:
    assert found["summary"] == {
        "equations": 5,
        "relations": 5,
        "definitions": 1,
        "declarations": 0,
        "others": 0,
        "claims": 4,
        "root_mistakes": 1,
        "proved_at_sizes": 0,
        "silenced": 1,
        "proved": 1,
        "refuted": 2,
        "ill_typed": 0,
        "undecided": 0,
        "unread": 1,
    }


def test_the_network_is_by_name(found: Any) -> None:
    assert found["network"]["parameters"] == {"U": ["D", "M"], "W": ["D", "D"]}
    assert found["network"]["states"] == ["s"]
    assert found["network"]["losses"] == ["L"]


def test_a_counterexample_is_printed_exactly(found: Any) -> None:
    example = found["findings"][1]["counterexample"]
    assert example["values"] == {"W": [["1", "1/2"], ["0", "-1"]]}
    assert example["entry"] == [1, 2]


def test_a_change_says_what_stands_there_and_what_belongs_there(found: Any, report: Report) -> None:
    change = found["findings"][1]["repair"]["changes"][0]
    line = report.source.text.splitlines()[change["line"] - 1]
    assert change["end_line"] == change["line"]
    assert line[change["column"] - 1 : change["end_column"] - 1] == change["old"] == r"W^\top"
    assert change["new"] == r"\mathrm{diag}(1-s_t^2) W"


def test_a_mistake_that_follows_names_the_finding_that_it_follows(found: Any) -> None:
    ids = [finding["id"] for finding in found["findings"]]
    assert [finding["follows"] for finding in found["findings"] if finding["follows"]] == [ids[1]]


def test_several_notes_are_a_list(report: Report, empty: Report) -> None:
    found = json.loads(form.render([report, empty]))
    assert [one["note"] for one in found] == ["notes/<i>bptt</i>.md", "empty.md"]


def test_a_notebook_adds_the_cell_and_others_do_not(report: Report, found: Any) -> None:
    assert found["findings"][0]["cell"] == 1
    assert "cell" not in form.to_object(report)["findings"][0]


def test_the_text_is_ascii(hostile: Report) -> None:
    assert form.render([hostile]).isascii()


def test_the_version_is_a_whole_number_and_the_one_of_the_page(found: Any) -> None:
    assert found["version"] == form.VERSION == 4
    assert f"now {form.VERSION} |" in PAGE
