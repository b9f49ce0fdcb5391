"""What every file in the folder of formats has to keep."""

import subprocess
import sys
from dataclasses import replace

import pytest

from bptt_symbolic.reporting import formats
from bptt_symbolic.reporting.report import Report, Silence


@pytest.fixture(params=formats.names())
def form(request: pytest.FixtureRequest) -> formats.Format:
    """Each format in turn."""
    return formats.load(request.param)


def test_the_formats_of_the_design_are_there() -> None:
    assert {"text", "json", "html", "latex"} <= set(formats.names())


def test_a_format_is_called_as_its_module(form: formats.Format) -> None:
    assert form.NAME in formats.names()


PROBLEMS_ONLY = {"github", "short"}
"""Formats that say nothing where nothing is wrong."""


def test_a_report_without_findings_is_printed(form: formats.Format, empty: Report) -> None:
    assert ("empty.md" in form.render([empty])) == (form.NAME not in PROBLEMS_ONLY)


def test_the_text_ends_with_one_line_feed(form: formats.Format, report: Report) -> None:
    text = form.render([report, report])
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_the_same_report_gives_the_same_text(form: formats.Format, report: Report) -> None:
    assert form.render([report]) == form.render([report])


def test_networks_can_be_printed_alone(form: formats.Format, report: Report) -> None:
    assert "numerator" in form.render_networks(report.networks)


def test_no_control_character_of_a_note_gets_through(form: formats.Format, hostile: Report) -> None:
    text = form.render([hostile]) + form.render_networks(hostile.networks)
    assert not set(text) & set("\x1b\x9b\u202e")


def test_listing_the_formats_imports_none() -> None:
    code = "import sys; from bptt_symbolic.reporting import formats as f; f.names(); "
    code += "print(f.__name__ + '.html' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        formats.load("_words")


@pytest.mark.parametrize("name", sorted(set(formats.names()) - PROBLEMS_ONLY))
def test_what_is_silenced_is_there_with_its_reason(name: str, report: Report) -> None:
    quiet = replace(report.findings[1], silence=Silence("ignore", "an exercise"))
    assert "an exercise" in formats.load(name).render([replace(report, findings=(report.findings[0], quiet))])
