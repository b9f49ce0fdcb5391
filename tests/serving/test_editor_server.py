"""The language server as editors talk to it: a client of the protocol, and the program in a child process."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pygls", reason="needs the extra lsp")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

BEFORE = r"""# A note 𝒲

Let $s_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

"""
WRONG = r"𝒲: $$ \frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 + s_t^2) \tag{1} $$"
RIGHT = WRONG.replace("1 + s", "1 - s")
NOTE = f"{BEFORE}{WRONG}\n"
RST = """.. math::

   s_t = \\tanh(w s_{t-1})

.. math::

   \\frac{\\partial s_t}{\\partial s_{t-1}} = w (1 + s_t^2)
"""
PATIENCE = 120


class Client:
    """An editor without a screen."""

    def __init__(self) -> None:
        """Begin to listen."""
        self.client = LanguageClient("test", "1")
        self.said: dict[str, list[types.Diagnostic]] = {}
        self.versions: dict[str, list[int | None]] = {}
        self.progress: list[tuple[Any, dict[str, Any]]] = []
        self.came = asyncio.Event()
        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(partial(self._heard))
        self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda _: None)
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda _: None)
        self.client.feature(types.PROGRESS)(partial(self._went_on))

    def _heard(self, params: types.PublishDiagnosticsParams) -> None:
        self.said[params.uri] = list(params.diagnostics)
        self.versions.setdefault(params.uri, []).append(params.version)
        self.came.set()

    def _went_on(self, params: types.ProgressParams) -> None:
        self.progress.append((params.token, dict(params.value)))
        self.came.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that is said."""
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                self.came.clear()
                await self.came.wait()

    def open(self, uri: str, text: str, language: str = "markdown") -> None:
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, uri: str, version: int, text: str, within: types.Range | None = None) -> None:
        change = (
            types.TextDocumentContentChangeWholeDocument(text)
            if within is None
            else types.TextDocumentContentChangePartial(within, text)
        )
        which = types.VersionedTextDocumentIdentifier(version, uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(which, [change]))

    async def actions(self, uri: str, within: types.Range) -> list[types.CodeAction]:
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(uri), within, types.CodeActionContext(self.said.get(uri, []))
        )
        return list(await self.client.text_document_code_action_async(asked) or [])


@asynccontextmanager
async def editor(encodings: list[str] | None = None, *, progress: bool = False) -> AsyncIterator[Client]:
    """An editor that has started the server."""
    one = Client()
    await one.client.start_io(sys.executable, "-m", "bptt_symbolic", "lsp")
    general = None if encodings is None else types.GeneralClientCapabilities(position_encodings=encodings)
    window = types.WindowClientCapabilities(work_done_progress=progress)
    asked = types.InitializeParams(types.ClientCapabilities(general=general, window=window))
    await one.client.initialize_async(asked)
    one.client.initialized(types.InitializedParams())
    try:
        yield one
    finally:
        await one.client.shutdown_async(None)
        one.client.exit(None)
        await one.client.stop()


def everywhere(text: str) -> types.Range:
    return types.Range(types.Position(0, 0), types.Position(text.count("\n") + 1, 0))


def cut(text: str, within: types.Range, unit: str = "utf-16-le") -> str:
    """The text under a range, by Python's own encoder."""
    lines = text.split("\n")
    assert within.start.line == within.end.line
    size = 2 if unit == "utf-16-le" else 1
    data = lines[within.start.line].encode(unit)
    start, end = int(within.start.character), int(within.end.character)
    return str(data[size * start : size * end], unit)


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """The text with edits made, by Python's own encoder."""
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        assert edit.range.start.line == edit.range.end.line
        line = lines[edit.range.start.line]
        first, last = 2 * edit.range.start.character, 2 * edit.range.end.character
        lines[edit.range.start.line] = line[:first] + edit.new_text.encode("utf-16-le") + line[last:]
    return "\n".join(line.decode("utf-16-le") for line in lines)


def is_right(formula: str) -> bool:
    """Whether `diag(1 ? s^2)` is what a complex step gives for the slope of tanh."""
    z = np.array([0.3, -0.7])
    slope = np.tanh(z + 1e-30j).imag / 1e-30
    value = 1 - np.tanh(z) ** 2 if "1 - s" in formula else 1 + np.tanh(z) ** 2
    return bool(np.allclose(slope, value))


def test_a_note_is_checked_while_it_is_written_and_mended_by_an_action(tmp_path: Path) -> None:
    uri = (tmp_path / "note.md").as_uri()

    async def session() -> None:
        async with editor() as one:
            one.open(uri, NOTE)
            await one.until(lambda: bool(one.said.get(uri)) and "write" in one.said[uri][0].message)
            (found,) = one.said[uri]
            assert (found.code, found.severity, found.source) == (
                "refuted",
                types.DiagnosticSeverity.Error,
                "bptt-symbolic",
            )
            assert cut(NOTE, found.range) in WRONG
            assert not is_right(WRONG)
            (action,) = await one.actions(uri, found.range)
            assert action.is_preferred
            assert list(action.diagnostics or ()) == [found]
            assert action.edit is not None
            assert action.edit.changes is not None
            mended = applied(NOTE, list(action.edit.changes[uri]))
            assert mended == f"{BEFORE}{RIGHT}\n"
            assert is_right(mended)
            one.change(uri, 2, mended)
            await one.until(lambda: one.said[uri] == [])
            assert one.versions[uri][-1] == 2
            await hovers_and_symbols(one, uri, mended)

    asyncio.run(session())


async def hovers_and_symbols(one: Client, uri: str, text: str) -> None:
    """What the editor shows of a note that holds."""
    document = types.TextDocumentIdentifier(uri)
    line = text.split("\n").index(RIGHT)
    at = types.Position(line, len(RIGHT[: RIGHT.index("s_t}")].encode("utf-16-le")) // 2)
    hover = await one.client.text_document_hover_async(types.HoverParams(document, at))
    assert hover is not None
    assert "proved" in hover.contents.value
    assert "every T, all sizes" in hover.contents.value
    assert "sₜ = tanh(zₜ)" in hover.contents.value
    assert hover.range is not None
    assert cut(text, hover.range) == "s_t"
    place = await one.client.text_document_definition_async(types.DefinitionParams(document, at))
    assert cut(text, place.range) == r"s_t = \tanh(z_t)"
    asked = types.ReferenceParams(types.ReferenceContext(include_declaration=True), document, at)
    places = await one.client.text_document_references_async(asked)
    assert [cut(text, p.range) for p in places or []] == ["s_t", "s_{t-1}", "s_t", "s_t", "s_t^2"]
    (section,) = await one.client.text_document_document_symbol_async(types.DocumentSymbolParams(document)) or []
    assert section.name == "A note 𝒲"
    assert [child.name.partition(" ")[2] for child in section.children][-1] == "proved"
    hints = await one.client.text_document_inlay_hint_async(types.InlayHintParams(document, everywhere(text)))
    assert [hint.label for hint in hints or []] == ["✓ proved"]


@pytest.mark.slow
def test_a_newer_change_ends_the_check_of_an_older_one(tmp_path: Path) -> None:
    uri = (tmp_path / "note.md").as_uri()

    async def session() -> None:
        async with editor(progress=True) as one:
            text = NOTE
            one.open(uri, text)
            for version in range(2, 12):
                text += f"\nWords {version}.\n"
                one.change(uri, version, text)
                await asyncio.sleep(0.02)
            final = text.replace("1 + s", "1 - s")
            one.change(uri, 12, final)
            await one.until(lambda: 12 in one.versions.get(uri, []))
            assert one.said[uri] == []
            assert len(one.versions[uri]) < 6  # most were never told about
            assert one.versions[uri] == sorted(one.versions[uri], key=lambda v: v or 0)

    asyncio.run(session())


@pytest.mark.slow
def test_incremental_changes_marks_declarations_and_settings_hold(tmp_path: Path) -> None:
    uri = (tmp_path / "note.md").as_uri()

    async def session() -> None:
        async with editor() as one:
            one.open(uri, NOTE)
            await one.until(lambda: bool(one.said.get(uri)))
            line = NOTE.split("\n").index(WRONG)
            begin = types.Position(line, 0)
            one.change(uri, 2, "<!--! expect refuted: shown -->\n", types.Range(begin, begin))
            await one.until(lambda: one.said[uri] == [])
            marked = types.Range(begin, types.Position(line + 1, 0))
            one.change(uri, 3, "", marked)
            await one.until(lambda: bool(one.said[uri]))
            (tmp_path / "bptt-symbolic.toml").write_text('ignore = ["refuted"]\n', encoding="utf-8")
            (tmp_path / "note.md").write_text(NOTE, encoding="utf-8")
            one.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
            await one.until(lambda: one.said[uri] == [])
            (tmp_path / "bptt-symbolic.toml").write_text("ignore = 7\n", encoding="utf-8")
            one.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([]))
            await one.until(lambda: [d.code for d in one.said[uri]] == ["configuration"])
            one.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
            await one.until(lambda: one.said[uri] == [])

    asyncio.run(session())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "language", "text"),
    [
        ("note.tex", "latex", f"\\documentclass{{article}}\\begin{{document}}\n{NOTE[12:]}\\end{{document}}\n"),
        (
            "note.rst",
            "restructuredtext",
            RST,
        ),
        ("note.ipynb", "json", json.dumps({"cells": [{"cell_type": "markdown", "source": [BEFORE, WRONG]}]}, indent=1)),
    ],
)
def test_every_format_is_checked_and_mended(name: str, language: str, text: str, tmp_path: Path) -> None:
    uri = (tmp_path / name).as_uri()

    async def session() -> None:
        async with editor() as one:
            one.open(uri, text, language)
            await one.until(lambda: bool(one.said.get(uri)) and "write" in one.said[uri][0].message)
            actions = await one.actions(uri, everywhere(text))
            edits = actions[0].edit
            assert edits is not None
            assert edits.changes is not None
            mended = applied(text, list(edits.changes[uri]))
            assert mended == text.replace("1 + s", "1 - s")
            one.change(uri, 2, mended)
            await one.until(lambda: one.said[uri] == [])

    asyncio.run(session())


@pytest.mark.slow
def test_a_notebook_is_checked_by_its_cells(tmp_path: Path) -> None:
    book, cells = (tmp_path / "note.ipynb").as_uri(), [f"vscode-notebook-cell:note.ipynb#{i}" for i in range(3)]
    texts = [BEFORE, "print(1)", WRONG]

    async def session() -> None:
        async with editor() as one:
            kinds = [types.NotebookCellKind.Markup, types.NotebookCellKind.Code, types.NotebookCellKind.Markup]
            listed = [types.NotebookCell(kind, uri) for kind, uri in zip(kinds, cells, strict=True)]
            items = [types.TextDocumentItem(uri, "markdown", 1, text) for uri, text in zip(cells, texts, strict=True)]
            opened = types.NotebookDocument(book, "jupyter-notebook", 1, listed)
            one.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(opened, items))
            await one.until(lambda: bool(one.said.get(cells[2])) and "write" in one.said[cells[2]][0].message)
            assert one.said[cells[0]] == []
            assert cut(WRONG, one.said[cells[2]][0].range) in WRONG
            (action,) = await one.actions(cells[2], everywhere(WRONG))
            assert action.edit is not None
            assert action.edit.changes is not None
            assert applied(WRONG, list(action.edit.changes[cells[2]])) == RIGHT

    asyncio.run(session())


@pytest.mark.slow
def test_letters_are_counted_as_the_editor_wants(tmp_path: Path) -> None:
    uri = (tmp_path / "note.md").as_uri()

    async def session() -> None:
        async with editor(["utf-8"]) as one:
            one.open(uri, NOTE)
            await one.until(lambda: bool(one.said.get(uri)))
            assert cut(NOTE, one.said[uri][0].range, "utf-8") in WRONG

    asyncio.run(session())


@pytest.mark.slow
def test_progress_is_told_and_can_be_ended(tmp_path: Path) -> None:
    note = Path(__file__).parents[1] / "notes" / "gru.md"
    uri = (tmp_path / "gru.md").as_uri()

    async def session() -> None:
        async with editor(progress=True) as one:
            one.open(uri, note.read_text(encoding="utf-8"))
            await one.until(lambda: any("repair" in value.get("message", "") for _, value in one.progress))
            token = one.progress[-1][0]
            one.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
            await one.until(lambda: (token, {"kind": "end"}) in one.progress)
            assert "write" not in " ".join(d.message for d in one.said[uri])  # no repair was found any more
            at = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(3, 3))
            assert await one.client.text_document_hover_async(at) is not None

    asyncio.run(session())
