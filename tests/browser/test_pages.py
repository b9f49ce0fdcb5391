"""Pages in Chromium: nothing is fetched, nothing is complained about, formulas are drawn, the filter works.

Needs Chromium with its driver (Debian: `chromium chromium-driver`) and selenium (extra `browser`). Screenshots at two
widths and in both colour schemes go to the folder in BPTT_SCREENSHOTS, if there is one, for people to look at.
"""

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bptt_symbolic import check, derive, picture
from bptt_symbolic.reporting.formats import html
from bptt_symbolic.reporting.report import Report

pytest.importorskip("selenium.webdriver", reason="selenium (extra browser) is not installed")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed"),
]

NOTES = sorted(path for path in (Path(__file__).parents[2] / "derivations").iterdir() if path.suffix != ".toml")
HOSTILE = r"""# <script>document.title = "taken"</script><img src="http://example.invalid/a.png">

$$ \text{<img src=x onerror="document.title='taken'">} = \href{javascript:alert(1)}{x} $$

$$ s_t = \tanh(w s_{t-1}) $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = w s_t \tag{</title><script src="http://example.invalid/b.js"></script>} $$
"""
SMALL = r"""
$$ s_t = \tanh(w s_{t-1}) $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = w (1 - s_t^2) $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = w s_t $$
"""
SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)


@pytest.fixture(
    scope="module", params=[pytest.param(note.name, marks=pytest.mark.xdist_group(note.name)) for note in NOTES]
)
def page(
    request: pytest.FixtureRequest, reported: Callable[[Path], Report], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The report of a note, as a file."""
    note = next(note for note in NOTES if note.name == request.param)
    file = tmp_path_factory.mktemp("page") / f"{note.stem}.html"
    file.write_text(html.render([reported(note)]), encoding="utf-8")
    return file


def opened(browser: Any, page: Path, width: int = 1280, scheme: str = "light") -> None:
    """Open the page anew, with empty logs."""
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(page.as_uri())


def requests(browser: Any) -> list[str]:
    """Every address that was asked for since the page was opened."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


def seen(browser: Any, selector: str) -> list[Any]:
    """The sizes of everything that fits a selector and is shown."""
    found: list[Any] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
        ".map(e => { const box = e.getBoundingClientRect(); return [box.width, box.height]; })",
        selector,
    )
    return found


def chosen(browser: Any, value: str) -> None:
    browser.find_element("css selector", f'.choice input[value="{value}"]').click()


def shot(browser: Any, name: str) -> None:
    """A picture of the whole page, for people."""
    folder = os.environ.get("BPTT_SCREENSHOTS")
    if folder:
        taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


def test_the_page_asks_for_nothing_and_the_console_is_empty(browser: Any, page: Path) -> None:
    opened(browser, page)
    assert requests(browser) == [page.as_uri()]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_formulas_are_drawn_and_nothing_is_wider_than_the_window(
    browser: Any, page: Path, width: int, scheme: str
) -> None:
    opened(browser, page, width, scheme)
    sizes = seen(browser, "math")
    assert len(sizes) > 10
    assert all(wide > 3 and high > 3 for wide, high in sizes)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    shot(browser, f"{page.stem}-{width}-{scheme}")


def test_light_and_dark_differ(browser: Any, page: Path) -> None:
    grounds = set()
    for scheme in SCHEMES:
        opened(browser, page, scheme=scheme)
        script = "return getComputedStyle(document.querySelector('.bptt')).backgroundColor"
        grounds.add(browser.execute_script(script))
    assert grounds == {"rgb(255, 255, 255)", "rgb(22, 23, 26)"}


def test_the_filter_shows_what_was_chosen_and_hides_the_rest(browser: Any, page: Path) -> None:
    opened(browser, page)
    everything = len(seen(browser, "article"))
    for value in ("proved", "refuted", "ill-typed", "undecided", "unread"):
        choice = browser.find_element("css selector", f'.choice input[value="{value}"]')
        there = len(browser.find_elements("css selector", f"article.{value}"))
        assert choice.is_enabled() == bool(there)
        if there:
            chosen(browser, value)
            assert len(seen(browser, "article")) == len(seen(browser, f"article.{value}")) == there
            assert all(high > 0 for _, high in seen(browser, ".part"))
    chosen(browser, "all")
    assert len(seen(browser, "article")) == everything


def test_the_filter_works_by_keyboard(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html.render([check(HOSTILE)]), encoding="utf-8")
    opened(browser, file)
    browser.find_element("css selector", '.choice input[value="all"]').send_keys("\ue014")  # arrow right
    assert browser.execute_script("return document.querySelector('.choice input:checked').value") == "wrong"
    assert len(seen(browser, "article")) == len(seen(browser, "article.wrong")) == 1


def test_a_link_leads_to_a_mistake_that_the_filter_hides(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html.render([check(SMALL)]), encoding="utf-8")
    opened(browser, file)
    chosen(browser, "proved")
    assert not seen(browser, "article.refuted")
    browser.find_element("css selector", "nav a").click()
    assert len(seen(browser, "article.refuted")) == 1


def test_a_proof_is_folded_away_and_opens(browser: Any, page: Path) -> None:
    opened(browser, page)
    folded = browser.find_elements("css selector", "article.proved details")
    assert folded
    assert not seen(browser, "article.proved details dl")
    folded[0].find_element("css selector", "summary").click()
    assert seen(browser, "article.proved details dl")


def test_in_print_there_is_no_filter_and_no_dark_ground(browser: Any, page: Path) -> None:
    opened(browser, page, scheme="dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not seen(browser, "fieldset")
    ground = browser.execute_script("return getComputedStyle(document.querySelector('.bptt')).backgroundColor")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert ground == "rgb(255, 255, 255)"


def test_a_hostile_note_runs_nothing_and_asks_for_nothing(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html.render([check(HOSTILE)]), encoding="utf-8")
    opened(browser, file)
    assert requests(browser) == [file.as_uri()]
    assert "taken" not in browser.title
    assert browser.execute_script("return document.scripts.length + document.images.length") == 0


def test_the_policy_stops_a_script_that_somebody_puts_into_the_page(browser: Any, tmp_path: Path) -> None:
    """The page is corrupted on purpose: the policy is a second wall behind the escaping."""
    file = tmp_path / "page.html"
    text = html.render([check(HOSTILE)])
    file.write_text(text.replace("</main>", "<script>document.title = 'taken'</script></main>"), encoding="utf-8")
    opened(browser, file)
    assert "taken" not in browser.title
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


DERIVED = ("elman", "lstm", "huang-2019.tex")


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"derived {name}")) for name in DERIVED]
)
def derived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A derivation in several styles, as a file."""
    note = next((note for note in NOTES if note.name == request.param), request.param)
    file = tmp_path_factory.mktemp("derived") / f"derivation-{Path(request.param).stem}.html"
    page = derive(note, style=("recursion", "sum-of-products", "unrolled")).render("html")
    assert isinstance(page, str)
    file.write_text(page, encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_derivation_is_drawn_asks_for_nothing_and_fits(browser: Any, derived: Path, width: int, scheme: str) -> None:
    opened(browser, derived, width, scheme)
    assert requests(browser) == [derived.as_uri()]
    assert browser.get_log("browser") == []
    sizes = seen(browser, "math")
    assert len(sizes) > 20
    assert all(wide > 3 and high > 3 for wide, high in sizes)
    assert browser.execute_script("return document.scripts.length + document.images.length") == 0
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    ground = browser.execute_script("return getComputedStyle(document.documentElement).colorScheme")
    assert ground == "light dark"
    shot(browser, f"{derived.stem}-{width}-{scheme}")


@pytest.mark.parametrize("cell", ["elman", "jordan", "gru", "lstm"])
def test_labels_of_a_picture_fit_into_their_nodes_and_do_not_touch(browser: Any, cell: str, tmp_path: Path) -> None:
    file = tmp_path / f"{cell}.svg"
    file.write_text(picture(cell), encoding="utf-8")
    opened(browser, file)
    assert browser.get_log("browser") == []
    boxes = browser.execute_script(
        "const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };"
        "return [...document.querySelectorAll('.node')]"
        ".map(n => [box(n.querySelector('rect')), ...[...n.querySelectorAll('text')].map(box)])"
    )
    for outer, *labels in boxes:
        for left, top, right, bottom in labels:
            assert outer[0] <= left
            assert right <= outer[2]
            assert outer[1] - 2 <= top
            assert bottom <= outer[3] + 2
    shot(browser, f"picture-{cell}")
