"""The page of `bptt-symbolic serve` in Chromium: written to and used by keyboard, at 360 pixels, dark and light.

Screenshots go to the folder in BPTT_SCREENSHOTS, if there is one, for people to look at.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

pytest.importorskip("selenium.webdriver", reason="selenium (extra browser) is not installed")
pytest.importorskip("starlette", reason="needs the extra web")
pytest.importorskip("uvicorn", reason="needs the extra web")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("chromium") is None or shutil.which("chromedriver") is None,
        reason="chromium and chromedriver are not installed",
    ),
]
NOTE = (
    "# A note\n\n$$ z_t = w s_{t-1} + x_t $$\n\n$$ s_t = \\tanh(z_t) $$\n\n"
    "$$ \\frac{\\partial s_t}{\\partial z_t} = 1 + s_t^2 \\tag{1} $$\n"
)
ENTER = "\ue007"
PATIENCE = 90


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program itself, serving a note."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    note = tmp_path_factory.mktemp("served") / "note.md"
    note.write_text(NOTE, encoding="utf-8")
    call = [sys.executable, "-m", "bptt_symbolic", "serve", str(note), "--port", str(port)]
    with subprocess.Popen(call, stderr=subprocess.DEVNULL) as server:
        found = f"http://127.0.0.1:{port}/"
        for _ in range(300):
            with suppress(URLError), urlopen(found):
                break
            time.sleep(0.1)
        yield found
        server.terminate()
    assert note.read_text(encoding="utf-8") == NOTE


def opened(browser: Any, address: str, width: int = 1280, scheme: str = "light") -> None:
    """The page anew, with empty logs."""
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(address)


def element(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def until(browser: Any, said: str, selector: str = "#status") -> None:
    """Wait for something that the page says."""
    ends = time.monotonic() + PATIENCE
    while said not in (shown := " ".join(e.text for e in browser.find_elements("css selector", selector))):
        assert time.monotonic() < ends, shown
        time.sleep(0.05)


def too_wide(browser: Any, width: int) -> list[str]:
    """What reaches beyond the window and is not in something that scrolls."""
    script = """
        const inside = ".formula, .values, .skip, svg, math, pre";
        return [...document.querySelectorAll(".desk *")]
            .filter(e => e.checkVisibility() && !e.closest(inside))
            .filter(e => e.getBoundingClientRect().right > arguments[0] + 1)
            .map(e => e.outerHTML.slice(0, 80));
    """
    found: list[str] = browser.execute_script(script, width)
    return found


def wholly(browser: Any) -> None:
    until(browser, "1 refuted.")


def test_a_note_is_read_refuted_and_mended_without_a_mouse(browser: Any, address: str) -> None:
    opened(browser, address)
    wholly(browser)
    verdict = element(browser, "details.box > summary")
    verdict.send_keys(ENTER)
    assert element(browser, "details.box[open] article").is_displayed()
    element(browser, 'button[data-act="program"]').send_keys(ENTER)
    until(browser, "# Equation (1)", "pre.program:not([hidden])")
    element(browser, 'button[data-act="repair"]').send_keys(ENTER)
    until(browser, "1 proved.")
    text = browser.execute_script("return document.querySelector('#text').value")
    assert text == NOTE.replace("1 + s", "1 - s")
    assert browser.get_log("browser") == []


def test_what_is_typed_is_checked(browser: Any, address: str) -> None:
    opened(browser, address)
    wholly(browser)
    field = element(browser, "#text")
    field.send_keys("\n$$ \\frac{\\partial s_t}{\\partial x_t} = 1 - s_t^2 $$\n")
    until(browser, "1 proved, 1 refuted.")
    assert len(browser.find_elements("css selector", "#note math")) >= 4


def test_nothing_is_asked_of_another_machine(browser: Any, address: str) -> None:
    opened(browser, address)
    wholly(browser)
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert len(asked) >= 4
    assert all(url.startswith((address, "about:")) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_window_in_both_schemes(browser: Any, address: str, width: int, scheme: str) -> None:
    opened(browser, address, width, scheme)
    wholly(browser)
    element(browser, "details.box > summary").send_keys(ENTER)
    assert too_wide(browser, width) == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    ground = browser.execute_script("return getComputedStyle(document.querySelector('.bptt')).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 23, 26)"}[scheme]
    folder = os.environ.get("BPTT_SCREENSHOTS")
    if folder:
        taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        (Path(folder) / f"desk-{width}-{scheme}.png").write_bytes(base64.b64decode(taken["data"]))


def test_a_note_of_the_gallery_and_a_derivation_are_shown(browser: Any, address: str) -> None:
    opened(browser, address)
    wholly(browser)
    gallery = element(browser, "#gallery")
    gallery.send_keys("elman")
    until(browser, "0 claims")
    assert "tanh" in browser.execute_script("return document.querySelector('#text').value")
    element(browser, "#derive input").send_keys("W", ENTER)
    until(browser, "read back and proved", "#derived-status")
    element(browser, "#derived-open").send_keys(ENTER)
    until(browser, " proved.")
    assert "refuted" not in element(browser, "#status").text
