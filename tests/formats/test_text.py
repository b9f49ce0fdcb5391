"""The report in a terminal."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bptt_symbolic.reading.source import Fault, Source, Span
from bptt_symbolic.reporting.formats import Look, text
from bptt_symbolic.reporting.formats._terminal import Pen, clean, columns, excerpt, padded
from bptt_symbolic.reporting.formats._unicode import formula
from bptt_symbolic.reporting.formats._words import short_numbers
from bptt_symbolic.reporting.grounds import Inquiry
from bptt_symbolic.reporting.report import Report

EXPECTED = Path(__file__).parent / "expected"


@pytest.mark.parametrize(("file", "verbose"), [("report.txt", False), ("report-verbose.txt", True)])
def test_a_report_looks_like_this(report: Report, file: str, *, verbose: bool) -> None:
    look = Look(width=80, verbose=verbose)
    assert text.render([report], look) == (EXPECTED / file).read_text(encoding="utf-8")


def test_a_network_looks_like_this(report: Report) -> None:
    assert text.render_networks(report.networks) == (EXPECTED / "network.txt").read_text(encoding="utf-8")


def test_no_line_of_a_relation_is_wider_than_the_terminal(report: Report) -> None:
    wide = replace(report, findings=tuple(replace(found, latex=found.latex * 9) for found in report.findings))
    for line in text.render([wide], Look(width=80)).splitlines():
        assert columns(line) <= 80, line


def test_colour_changes_nothing_but_colour(report: Report) -> None:
    coloured = text.render([report], Look(colour=True))
    assert re.sub(r"\x1b\[[0-9;]+m", "", coloured) == text.render([report])


def test_several_notes_get_a_last_line_over_all(report: Report) -> None:
    last = text.render([report, report]).splitlines()[-1]
    assert last == "2 notes: 2 proved, 4 refuted, 2 of them root mistakes, 2 unread"


def test_a_finding_in_a_notebook_names_its_cell(report: Report) -> None:
    inside = replace(report, findings=(replace(report.findings[1], cell=4),))
    assert "notes/<i>bptt</i>.md:cell 4:7:4: ✗ (2)" in text.render([inside])


def test_a_fault_without_a_place_is_a_headline_and_a_help_line() -> None:
    fault = Fault("missing-file", "There is no such file.", "Check the path.")
    assert text.render_fault(Source("a.md", ""), fault) == (
        "error[missing-file] a.md: There is no such file.\n  help: Check the path.\n"
    )


def test_carets_stand_under_the_span_after_wide_letters() -> None:
    source = Source("a.md", "역전파 \\foo 끝\n")
    drawn = excerpt(source, Fault("unknown-macro", "Unknown.", "Define it.", Span(4, 8)), Pen(colour=False), 80)
    assert drawn[2:4] == ["  1 | 역전파 \\foo 끝", "    |        ^^^^"]


def test_a_megabyte_in_one_line_is_cut_around_the_span() -> None:
    source = Source("a.md", "x" * 500_000 + "HERE" + "x" * 500_000)
    span = Span(500_000, 500_004)
    drawn = excerpt(source, Fault("too-long", "Too long.", "Split it.", span), Pen(colour=False), 80)
    assert all(columns(line) <= 80 for line in drawn)
    assert drawn[2].index("HERE") == drawn[3].index("^^^^")


@pytest.mark.parametrize("offset", [0, 3, 4, 99])
def test_a_span_at_the_end_of_a_line_or_past_it_gets_one_caret(offset: int) -> None:
    source = Source("a.md", "abc\n")
    drawn = excerpt(source, Fault("unclosed", "Open.", "Close.", Span(offset, offset)), Pen(colour=False), 80)
    assert drawn[3].count("^") == 1


def test_clean_keeps_the_number_of_characters() -> None:
    assert clean("a\x1b\tb\u202e") == "a\ufffd b\ufffd"


def test_padded_counts_columns() -> None:
    assert padded("역", 4) == "역  "


@pytest.mark.parametrize(
    ("identity", "expected"),
    [("eq:2.1", "(2)"), ("eq:14.3", "(14)"), ("eq:A.1.2", "(A.1)"), ("eq:L57.1", "line 57"), ("eq:C4L2.1", "line 2")],
)
def test_a_mistake_that_is_not_in_the_report_is_named_by_its_id(identity: str, expected: str, report: Report) -> None:
    alone = replace(report, findings=(replace(report.findings[3], follows=identity),))
    printed = text.render([alone])
    assert f"refuted, inherited from {expected}\n" in printed
    assert "root" not in printed


def test_relations_of_one_place_are_told_apart(report: Report) -> None:
    second = replace(report.findings[1], id="eq:2.2", part=2)
    third = replace(report.findings[3], follows="eq:2.2")
    printed = text.render([replace(report, findings=(report.findings[1], second, third))])
    assert "refuted, inherited from (2), part 2\n" in printed


def test_every_place_is_one_that_a_terminal_opens(report: Report) -> None:
    lines = [line for line in text.render([report], Look(verbose=True)).splitlines() if line.startswith("notes/")]
    assert len(lines) == 1 + len(report.findings)
    assert all(re.match(r"notes/<i>bptt</i>\.md:\d+:\d+: ", line) for line in lines[1:])


def test_what_is_right_is_one_line_and_what_it_rests_on_stands_below(report: Report) -> None:
    proved = [replace(report.findings[2], id=f"eq:{i}.1", number=str(i), latex="s_t = 1") for i in range(3, 7)]
    printed = text.render([replace(report, findings=tuple(proved), faults=())])
    assert printed.count("✓") == 4
    assert "reading    immediate: dsₜ/dW: all" in printed
    assert "Every claim holds" in printed.splitlines()[-1]


def test_the_question_that_most_claims_wait_for_stands_first(report: Report) -> None:
    first, second = Inquiry("What is a?", 'define = ["a = ..."]'), Inquiry("What is b?")
    asked = [
        replace(report.findings[2], id=f"eq:{i}.1", number=str(i), verdict="undecided", question=question)
        for i, question in enumerate([first, second, second], start=1)
    ]
    printed = text.render([replace(report, findings=tuple(asked))])
    assert printed.index("? What is b? (2 claims wait for this)") < printed.index("? What is a? (1 claim waits")
    assert 'declare: define = ["a = ..."]' in printed


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("[0.246871, 0.246872]", "0.24687"),
        ("[-0.419975, -0.419974]", "-0.41997"),
        ("[1.1, 1.9]", "[1.1, 1.9]"),
        ("[0.14, 0.1401]", "0.14"),
        ("[0, 1]", "[0, 1]"),
        ("[[0, 0], [1, 0]]", "[[0, 0], [1, 0]]"),
        ("[1.00001e-7, 1.00002e-7]", "1e-07"),
    ],
)
def test_an_interval_is_printed_as_the_number_that_its_ends_round_to(interval: str, expected: str) -> None:
    assert short_numbers(interval) == expected


def test_what_some_proofs_rest_on_names_them(report: Report) -> None:
    proved = [replace(report.findings[2], id=f"eq:{i}.1", number=str(i), latex="s_t = 1") for i in range(3, 9)]
    proved[0] = replace(proved[0], readings=())
    proved[1] = replace(proved[1], readings=("immediate: ds_t/dW", "immediate: ds_t/dU"))
    printed = text.render([replace(report, findings=tuple(proved), faults=())])
    assert "reading    immediate: dsₜ/dW: (4) to (8); immediate: dsₜ/dU: (4)" in printed


def test_of_faults_of_one_code_only_the_first_is_drawn(report: Report) -> None:
    again = replace(report, faults=(*report.faults, replace(report.faults[0], message="Another brace.")))
    printed = text.render([again])
    assert printed.count("help: Close it.") == 1
    assert "error[unclosed] notes/<i>bptt</i>.md:13:16: Another brace." in printed
    assert text.render([again], Look(verbose=True)).count("help: Close it.") == 2


def test_the_wrong_part_is_shown_without_the_macros_of_the_note(report: Report) -> None:
    wrong = replace(report.findings[1], standard="a = \\hat{b}", culprit_in_standard=Span(4, 11))
    assert "    culprit    b\u0302\n" in text.render([replace(report, findings=(wrong,))])


def test_a_formula_that_nests_deeper_than_any_is_printed_as_latex() -> None:
    deep = "{" * 900 + "x" + "}" * 900
    assert formula(deep) == deep
