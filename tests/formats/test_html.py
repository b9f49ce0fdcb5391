"""The page: well formed, safe, accessible, and readable without anything else."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise, product

import pytest

from bptt_symbolic.reading.source import Span
from bptt_symbolic.reporting.formats import html
from bptt_symbolic.reporting.formats._style import GROUNDS, INKS, PAGE
from bptt_symbolic.reporting.formats._words import MARKS, VERDICTS
from bptt_symbolic.reporting.report import Report

VOID = {"meta", "input", "wbr"}
LANDMARKS = {"header", "nav", "main", "footer"}


class Page(HTMLParser):
    """Tags and attributes of a page; a tag closed out of order is an error."""

    def __init__(self, text: str) -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value or "" for found, value in self.attributes if found == name]


@pytest.mark.parametrize("which", ["report", "hostile", "empty"])
def test_the_page_is_well_formed(which: str, request: pytest.FixtureRequest) -> None:
    page = Page(html.render([request.getfixturevalue(which)]))
    assert page.open == []
    assert page.tags[0] == "html"


def test_nothing_of_a_note_becomes_a_tag_or_an_attribute(hostile: Report) -> None:
    page = Page(html.render([hostile]) + html.render_networks(hostile.networks) + html.fragment([hostile]))
    assert "script" not in page.tags
    assert not any(name.startswith("on") or name in {"src", "style", "action"} for name, _ in page.attributes)
    assert all(target.startswith("#") for target in page.values("href"))
    assert not any("alert" in (value or "") for _, value in page.attributes)


def test_the_page_needs_no_network(report: Report) -> None:
    page = Page(html.render([report]))
    assert not {"link", "img", "script", "iframe"} & set(page.tags)
    assert "url(" not in html.render([report])
    assert "@import" not in html.render([report])


def test_the_policy_allows_the_style_sheet_by_its_hash_and_nothing_else(report: Report) -> None:
    page = Page(html.render([report]))
    hashed = b64encode(sha256(page.style.encode()).digest()).decode()
    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{hashed}'"]
    assert "unsafe" not in policy


def test_every_verdict_can_be_chosen_and_every_relation_is_an_article(report: Report) -> None:
    page = Page(html.render([report]))
    assert page.tags.count("article") == len(report.findings)
    assert {"all", "wrong", *VERDICTS} == set(page.values("value"))
    assert page.tags.count("label") == page.tags.count("input")


@pytest.mark.parametrize("word", VERDICTS)
def test_what_is_not_chosen_is_hidden_by_the_style_sheet(word: str) -> None:
    assert f'input[value="{word}"]:checked) article:not(.{word})' in PAGE


@pytest.mark.parametrize(("ground", "ink"), list(product(GROUNDS, INKS)), ids=lambda colour: colour.name)
@pytest.mark.parametrize("side", [1, 2], ids=["light", "dark"])
def test_every_ink_can_be_read_on_every_ground(
    ground: tuple[str, str, str], ink: tuple[str, str, str], side: int
) -> None:
    """Contrast as WCAG 2.2 defines it; AA asks for 4.5. Marks and gains carry plain ink only."""
    if ground[0] in {"mark", "gain"} and ink[0] != "ink":
        return
    lighter, darker = sorted((luminance(ground[side]), luminance(ink[side])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_page_has_a_language_landmarks_and_headings_in_order(report: Report) -> None:
    page = Page(html.render([report, report]))
    assert page.values("lang") == ["en"]
    assert set(page.tags) >= LANDMARKS
    levels = [int(tag[1]) for tag in page.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_every_link_leads_to_one(report: Report) -> None:
    page = Page(html.render([report, report]))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in page.values("href")} <= set(ids)


@pytest.mark.parametrize("word", VERDICTS)
def test_no_verdict_is_told_by_colour_alone(word: str, report: Report) -> None:
    assert MARKS[word] in html.render([report])  # type: ignore[index]  # VERDICTS are the keys
    assert f"{MARKS[word]} {word}" in html.render([report])  # type: ignore[index]  # the same


def test_the_counterexample_is_a_small_matrix_and_the_evidence_a_list(report: Report) -> None:
    text = html.render([report])
    assert text.count("<mtable>") == 1
    assert "<mfrac><mrow><mn>83</mn></mrow><mrow><mn>200</mn></mrow></mfrac>" in text
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac><mi>x</mi>" in text
    assert "<li>differentiate</li><li>normalise</li>" in text


def test_the_culprit_is_marked_in_the_text_of_the_author(report: Report) -> None:
    assert r"\frac{\partial s_t}{\partial s_{t-1}} = <mark>W^\top</mark>" in html.render([report])


def test_the_culprit_is_marked_in_the_formula(report: Report) -> None:
    marked = '<mrow class="culprit"><msup><mi>W</mi><mo>\u22a4</mo></msup></mrow>'
    assert html.render([report]).count(marked) == 1
    unclosed = replace(report.findings[1], culprit_in_standard=Span(0, 12))
    page = html.render([replace(report, findings=(unclosed,))])
    assert 'class="culprit"' not in page
    assert "<mfrac><mrow><mo>∂</mo>" in page


def test_a_repair_shows_what_goes_and_what_comes(report: Report) -> None:
    text = html.render([report])
    assert r"<del>W^\top</del> becomes <ins>\mathrm{diag}(1-s_t^2) W</ins>" in text
    assert "(proved for every T, all sizes)" in text
    assert "<dt>or</dt>" in text


def test_a_consequence_leads_to_its_mistake_and_the_overview_lists_it(report: Report) -> None:
    text = html.render([report])
    assert '<dt>follows</dt><dd><a href="#note-1-2">(2)</a>, whose mistake it only inherits</dd>' in text
    assert (
        '<li><a href="#note-1-2">(2)</a> refuted, missing factor; inherited by <a href="#note-1-4">(5)</a></li>' in text
    )


def test_a_fragment_says_nothing_about_the_page_around_it(report: Report) -> None:
    page = Page(html.fragment([report]))
    assert not {"html", "head", "body", "meta"} & set(page.tags)
    selectors = [line for line in page.style.splitlines() if line.startswith(("body", "*", "html", "a ", "h1"))]
    assert selectors == []


def test_two_fragments_share_no_id_and_no_group_of_radio_buttons(report: Report, empty: Report) -> None:
    first, second = Page(html.fragment([report])), Page(html.fragment([empty]))
    for name in ("id", "name"):
        assert not set(first.values(name)) & set(second.values(name))


def test_what_inherits_by_two_steps_is_listed_with_the_first_mistake(report: Report) -> None:
    heir = replace(report.findings[3], id="eq:6.1", number="6", follows=report.findings[3].id)
    text = html.render([replace(report, findings=(*report.findings, heir))])
    assert 'inherited by <a href="#note-1-4">(5)</a>, <a href="#note-1-6">(6)</a></li>' in text


def test_findings_that_follow_each_other_in_a_circle_end(report: Report) -> None:
    one = replace(report.findings[1], follows=report.findings[3].id)
    other = replace(report.findings[3], follows=one.id)
    assert "(2)" in html.render([replace(report, findings=(one, other))])
