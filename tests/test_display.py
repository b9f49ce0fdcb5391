"""What notebooks show: the records themselves know no format, and show themselves once `api` is there."""

import subprocess
import sys
from html.parser import HTMLParser

import pytest

import bptt_symbolic
from bptt_symbolic.reporting.report import Finding, NetworkView, Report
from bptt_symbolic.reporting.shown import Shown

NOTE = r"""
$$s_t = \tanh(w s_{t-1})$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w (1 - s_t^2) \tag{2}$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w s_t \tag{3}$$
"""


@pytest.fixture(scope="module")
def report() -> Report:
    return bptt_symbolic.check(NOTE)


def bundle(record: Shown) -> dict[str, str]:
    """What IPython asks for."""
    return record._repr_mimebundle_(include=None, exclude=None)


class Tags(HTMLParser):
    """The tags of a fragment, each closed in its turn."""

    def __init__(self, text: str) -> None:
        """Read the fragment."""
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.add(tag)
        if tag not in {"input", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_report_is_a_page_and_in_a_terminal_a_text(report: Report) -> None:
    shown = bundle(report)
    assert set(shown) == {"text/plain", "text/html"}
    assert shown["text/plain"].splitlines()[-1] == "Not every claim holds."
    assert Tags(shown["text/html"]).seen >= {"style", "article", "fieldset", "math", "svg"}


def test_a_finding_is_its_article(report: Report) -> None:
    refuted: Finding = report.findings[2]
    shown = bundle(refuted)
    assert " refuted\n" in shown["text/plain"]
    assert "article" in Tags(shown["text/html"]).seen
    assert shown["text/latex"] == (
        r"$\displaystyle \frac{\partial s_t}{\partial s_{t-1}} = w s_t \quad \text{(refuted)}$"
    )


@pytest.mark.slow
def test_a_network_is_its_equations_and_its_picture(report: Report) -> None:
    view: NetworkView = report.networks[0]
    shown = bundle(view)
    assert Tags(shown["text/html"]).seen >= {"svg", "math", "table"}
    assert shown["text/latex"] == (
        r"$\displaystyle\begin{gathered} s_{t} = \tanh\left(w \, s_{t-1}\right) \end{gathered}$"
    )
    assert "layout numerator" in shown["text/plain"]
    assert view.picture is not None
    assert bundle(view.picture)["image/svg+xml"].startswith("<svg ")


def test_programs_that_ask_for_html_alone_get_it(report: Report) -> None:
    for record in (report, report.findings[0], report.networks[0]):
        assert record._repr_html_() == bundle(record)["text/html"]


def test_a_formula_that_could_do_something_has_no_latex() -> None:
    odd = bptt_symbolic.check("$$a = \\href{javascript:alert(1)}{b}$$")
    assert all("text/latex" not in bundle(finding) for finding in odd.findings)


def test_an_unrolled_network_is_its_definitions() -> None:
    unrolled = bptt_symbolic.unroll(NOTE, steps=2)
    assert r"s^{(2)} &=" in unrolled._repr_latex_()


def test_records_alone_import_no_format() -> None:
    program = (
        "import sys; from bptt_symbolic.reporting.report import Report; "
        "from bptt_symbolic.reading.source import Source; "
        "found = Report(Source('', ''), (), (), (), 0)._repr_mimebundle_(); "
        "sys.exit(bool(found) or any(name.startswith('bptt_symbolic.reporting.formats') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
