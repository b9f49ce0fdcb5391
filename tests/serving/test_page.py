"""The page over HTTP: who is answered, what is shown, what is limited."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="needs the extra web")
pytest.importorskip("httpx", reason="needs the extra surfaces")

from starlette.testclient import TestClient

from bptt_symbolic import check
from bptt_symbolic.reporting.formats._words import counts
from bptt_symbolic.serving.labour import Limits, Worker
from bptt_symbolic.serving.web.app import Site, hosts_of

DERIVATIONS = Path(__file__).parents[2] / "derivations"
HOST = "http://127.0.0.1:8271"
NOTE = r"""# A note

$$ z_t = w s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ \frac{\partial s_t}{\partial z_t} = 1 + s_t^2 \tag{1} $$
"""
HOSTILE = r"""# <script>document.title = "taken"</script>

<img src=x onerror="document.title='taken'"> $\text{<img src=x onerror=alert(1)>}$

$$ s_t = \tanh(w s_{t-1}) $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = w s_t \tag{"><script>alert(1)</script>} $$
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A page with its workers."""
    made = Site()
    yield made
    made.checker.close()
    made.helper.close()


@pytest.fixture(scope="module")
def client(site: Site) -> TestClient:
    return TestClient(site.app(hosts_of(8271)), base_url=HOST, headers={"origin": HOST})


class Tags(HTMLParser):
    """The tags of a fragment with their attributes, each closed in its turn."""

    def __init__(self, text: str) -> None:
        """Read the fragment."""
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def lines(client: TestClient, text: str, kind: str = "") -> list[dict[str, Any]]:
    """What comes back for a note."""
    answer = client.post("/check", json={"text": text, "kind": kind})
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_note_is_typeset_with_verdicts_and_mended(client: TestClient) -> None:
    first, last = lines(client, NOTE)
    assert not first["mended"]
    assert last["mended"]
    assert last["summary"] == "1 claim: 1 refuted"
    tags = Tags(last["note"]).seen
    (box,) = [a for tag, a in tags if tag == "details" and "box" in str(a.get("class"))]
    assert box["class"] == "box refuted"
    assert {"math", "article", "button"} <= {tag for tag, _ in tags}
    place = int(str(box["data-place"]))
    mended = client.post("/repaired", json={"text": NOTE, "kind": "", "place": place, "which": 0}).json()
    assert mended["text"] == NOTE.replace("1 + s", "1 - s")
    assert [line["summary"] for line in lines(client, mended["text"])] == ["1 claim: 1 proved"]
    program = client.post("/program", json={"text": NOTE, "kind": "", "place": place}).json()["program"]
    assert program.startswith("# Equation (1)")
    assert client.post("/repaired", json={"text": NOTE, "kind": "", "place": 99, "which": 0}).json() == {"text": None}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example:8271"}, 403),
        ({"host": "127.0.0.1:9"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 403),
        ({"host": "localhost:8271", "origin": "http://localhost:8271"}, 400),
    ],
)
def test_only_our_own_page_on_this_machine_is_answered(
    headers: dict[str, str], status: int, client: TestClient
) -> None:
    said = {"origin": HOST, "content-type": "application/json", **headers}
    assert client.post("/check", content="{}", headers=said).status_code == status


def test_work_is_not_done_for_nobody(site: Site) -> None:
    stranger = TestClient(site.app(hosts_of(8271)), base_url=HOST)
    assert stranger.post("/check", json={"text": "x"}).status_code == 403
    page = stranger.get("/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert all(a.get("src", "/").startswith("/") for _, a in parsed(page.text))  # type: ignore[union-attr]


def parsed(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """The tags of a whole page."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(text)
    return found


@pytest.mark.parametrize("body", ["", "[]", "{", '{"text": 7}', '{"text": "x", "kind": 7}'])
def test_what_is_no_request_is_refused(body: str, client: TestClient) -> None:
    said = {"content-type": "application/json"}
    assert client.post("/check", content=body, headers=said).status_code == 400


def test_what_is_too_large_is_refused(client: TestClient) -> None:
    assert client.post("/check", json={"text": "x" * 700_000}).status_code == 413


def test_nothing_of_a_hostile_note_is_a_tag_or_an_attribute(client: TestClient) -> None:
    for line in lines(client, HOSTILE):
        for tag, attributes in Tags(line["note"]).seen:
            assert tag not in {"script", "img", "iframe", "object", "link", "style"}
            assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
            assert not any("alert" in str(value) or "taken" in str(value) for value in attributes.values())


@pytest.mark.slow
def test_a_derivation_is_a_note_that_holds(client: TestClient) -> None:
    found = client.post("/derive", json={"network": "elman", "by": "W", "style": "recursion"}).json()
    assert "read back and proved" in found["summary"]
    assert "math" in {tag for tag, _ in Tags(found["note"]).seen}
    summary = lines(client, found["text"])[-1]["summary"]
    assert summary.endswith(" proved")
    assert "," not in summary
    wrong = client.post("/derive", json={"network": "elman", "by": "nonsense", "style": "recursion"}).json()
    assert wrong["text"] is None


@pytest.mark.slow
def test_every_note_of_the_gallery_is_shown(client: TestClient) -> None:
    names = client.get("/notes").json()["notes"]
    assert {"elman", "gru", "lstm", "jordan", "huang-2019"} <= set(names)
    place = names.index("elman")
    note = client.get(f"/notes/{place}").json()
    assert lines(client, note["text"], "markdown")[-1]["summary"] == "0 claims: nothing to settle"
    assert client.get(f"/notes/{len(names)}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bptt-korean.md", "huang-2019.tex", "profatxuanall.rst"])
def test_a_note_of_the_gallery_brings_its_declarations(name: str, client: TestClient) -> None:
    note = DERIVATIONS / name
    place = client.get("/notes").json()["notes"].index(note.stem)
    text = client.get(f"/notes/{place}").json()["text"]
    there = counts(check(note, repair=False))
    kind = {".md": "markdown", ".tex": "latex", ".rst": "rst"}[note.suffix]
    here = check(text, repair=False, kind=kind)
    assert counts(here) == there
    assert here.questions == check(note, repair=False).questions


def test_questions_can_be_answered_in_the_note(client: TestClient) -> None:
    open_ = "$$ h_t = \\tanh(W h_{t-1} + U x_t) $$\n\n$$ \\frac{\\partial E}{\\partial h_t} = 0 $$\n"
    shown = lines(client, open_)[-1]
    (question,) = shown["questions"]
    assert question["declare"].startswith("define")
    answer = 'define = ["E = \\\\sum_t h_t^\\\\top h_t"]'
    again = lines(client, f"<!--! {answer} -->\n\n{open_}")[-1]
    assert again["questions"] == []
    assert again["summary"] == "1 claim: 1 refuted"


def test_a_check_that_takes_too_long_says_so() -> None:
    site = Site(checker=Worker(Limits(seconds=0.1)))
    client = TestClient(site.app(hosts_of(8271)), base_url=HOST, headers={"origin": HOST})
    (line,) = lines(client, NOTE)
    assert "longer than 0.1 seconds" in line["ended"]
    site.checker.close()
