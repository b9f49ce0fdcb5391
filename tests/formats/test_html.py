"""The page: well formed, safe, and readable without anything else."""

from html.parser import HTMLParser

import pytest

from bptt_symbolic.formats import _mathml, html
from bptt_symbolic.report import Report

VOID = {"meta", "input"}


class Page(HTMLParser):
    """Tags and attributes of a page; a tag closed out of order is an error."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("which", ["report", "hostile", "empty"])
def test_the_page_is_well_formed(which: str, request: pytest.FixtureRequest) -> None:
    page = Page(html.render([request.getfixturevalue(which)]))
    assert page.open == []
    assert page.tags[0] == "html"


def test_nothing_of_a_note_becomes_a_tag_or_an_attribute(hostile: Report) -> None:
    page = Page(html.render([hostile]) + html.render_networks(hostile.networks))
    assert "script" not in page.tags
    assert not any(name.startswith("on") or name in {"href", "src", "style"} for name, _ in page.attributes)


def test_the_page_needs_no_network(report: Report) -> None:
    page = Page(html.render([report]))
    assert not {"link", "img", "script", "iframe"} & set(page.tags)
    assert "url(" not in html.render([report])
    assert "@import" not in html.render([report])


def test_every_verdict_can_be_filtered_and_every_relation_is_an_article(report: Report) -> None:
    page = Page(html.render([report]))
    assert page.tags.count("article") == len(report.findings)
    ids = {value for name, value in page.attributes if name == "id"}
    assert {"only-all", "only-proved", "only-refuted", "only-ill-typed", "only-undecided", "only-unread"} <= ids


def test_the_counterexample_and_the_evidence_are_there(report: Report) -> None:
    text = html.render([report])
    assert "[[1, 1/2], [0, -1]]" in text
    assert "Evidence, by index form:" in text


def test_without_the_library_formulas_are_code(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_mathml, "available", lambda: False)
    _mathml.mathml.cache_clear()
    text = html.render([report])
    _mathml.mathml.cache_clear()
    assert "<math" not in text
    assert r"<code>s_t = \tanh(U x_t + W s_{t-1})</code>" in text


@pytest.mark.skipif(not _mathml.available(), reason="latex2mathml (extra html) is not installed")
class TestMathML:
    """Formulas as MathML, where they can be."""

    def test_a_formula_is_set(self) -> None:
        found = _mathml.mathml(r"\frac{\partial s_t}{\partial W}")
        assert found is not None
        assert "<mfrac>" in found

    @pytest.mark.parametrize(
        "latex",
        [
            r"\text{<script>alert(1)</script>}",
            r"\text{<b>x}",
            r"\unknown{x}",
            r"\frac{",
            "x_x_x",
            "{" * 3000 + "}" * 3000,
            "x" * 5000,
        ],
    )
    def test_what_cannot_be_trusted_stays_latex(self, latex: str) -> None:
        assert _mathml.mathml(latex) is None

    @pytest.mark.parametrize("latex", [r"\href{javascript:alert(1)}{x}", r"\style{position:fixed}{x}", r"\class{a}{x}"])
    def test_links_styles_and_classes_are_dropped(self, latex: str) -> None:
        found = _mathml.mathml(latex) or ""
        assert "javascript" not in found
        assert "position" not in found
        assert "class" not in found
