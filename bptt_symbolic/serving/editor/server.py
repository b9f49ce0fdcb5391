"""The protocol of language servers -> the desk: what is asked is answered, what editors want to know is told."""

import asyncio
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from itertools import count
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from bptt_symbolic.reading.source import Span
from bptt_symbolic.serving.editor import protocol_shapes as showing
from bptt_symbolic.serving.editor.desk import Bar, Desk, OpenNote, cell_kinds, kind_of
from bptt_symbolic.serving.editor.protocol_shapes import Shown
from bptt_symbolic.serving.pages import Encoding, Sheet, Spot
from bptt_symbolic.serving.tasks import Progressed

_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook=types.NotebookDocumentFilterPattern(pattern="**/*.ipynb"),
            cells=[types.NotebookCellLanguage(name) for name in ("markdown", "latex", "python")],
        )
    ],
    save=True,
)
_WATCHED = types.DidChangeWatchedFilesRegistrationOptions(
    watchers=[types.FileSystemWatcher(pattern) for pattern in ("**/*.toml", "**/*.sty")]
)
COUNTEREXAMPLE = "bptt-symbolic.counterexample"
"""Command: address of a text and id of a finding -> a NumPy program that shows why it is false."""


class Answers:
    """The server of one editor."""

    def __init__(self) -> None:
        self.server = LanguageServer(showing.SOURCE, version("bptt-symbolic"), notebook_document_sync=_NOTEBOOKS)
        self.desk = Desk(self._publish, self._begun)
        self._numbers = count(1)
        answers: dict[str, Callable[..., Any]] = {
            types.INITIALIZED: self.initialized,
            types.TEXT_DOCUMENT_DID_OPEN: self.text_opened,
            types.TEXT_DOCUMENT_DID_CHANGE: self.text_changed,
            types.TEXT_DOCUMENT_DID_SAVE: self.text_saved,
            types.TEXT_DOCUMENT_DID_CLOSE: self.text_closed,
            types.NOTEBOOK_DOCUMENT_DID_OPEN: self.book_opened,
            types.NOTEBOOK_DOCUMENT_DID_CHANGE: self.book_changed,
            types.NOTEBOOK_DOCUMENT_DID_SAVE: self.book_saved,
            types.NOTEBOOK_DOCUMENT_DID_CLOSE: self.book_closed,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self.files_changed,
            types.TEXT_DOCUMENT_HOVER: self.hover,
            types.TEXT_DOCUMENT_DEFINITION: self.definition,
            types.TEXT_DOCUMENT_REFERENCES: self.references,
            types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: self.symbols,
            types.TEXT_DOCUMENT_INLAY_HINT: self.hints,
            types.SHUTDOWN: self.shutdown,
        }
        for feature, answer in answers.items():
            self.server.feature(feature)(partial(answer))  # a method holds no attributes, as pygls wants
        quick = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
        self.server.feature(types.TEXT_DOCUMENT_CODE_ACTION, quick)(partial(self.actions))
        self.server.command(COUNTEREXAMPLE)(partial(self.counterexample))

    # what editors tell

    def initialized(self, _: types.InitializedParams) -> None:
        """Ask to be told when declarations, settings or style files change."""
        workspace = self.server.client_capabilities.workspace
        watched = None if workspace is None else workspace.did_change_watched_files
        if watched is not None and watched.dynamic_registration:
            wanted = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _WATCHED)
            self.server.client_register_capability(types.RegistrationParams([wanted]))

    def text_opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """A text, which is a note unless it is a cell."""
        self._text(params.text_document.uri, params.text_document.language_id, pause=0)

    def text_changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """A text, or a cell."""
        uri = params.text_document.uri
        note = self.desk.note_of(uri)
        if note is not None and note.cells is None:
            self._text(uri, None, kind=note.kind)

    def text_saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """Everything is looked for anew."""
        if params.text_document.uri in self.desk.notes:
            self.desk.again(params.text_document.uri, fresh=True)

    def text_closed(self, params: types.DidCloseTextDocumentParams) -> None:
        """A text that is no cell."""
        self.desk.drop(params.text_document.uri)

    def book_opened(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """A notebook by its cells."""
        self._book(params.notebook_document.uri, pause=0)

    def book_changed(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Its cells, or what is in one."""
        self._book(params.notebook_document.uri)

    def book_saved(self, params: types.DidSaveNotebookDocumentParams) -> None:
        """Everything is looked for anew."""
        if params.notebook_document.uri in self.desk.notes:
            self.desk.again(params.notebook_document.uri, fresh=True)

    def book_closed(self, params: types.DidCloseNotebookDocumentParams) -> None:
        """The notebook."""
        self.desk.drop(params.notebook_document.uri)

    def files_changed(self, _: types.DidChangeWatchedFilesParams) -> None:
        """Declarations or settings: they may be those of any note."""
        for uri in list(self.desk.notes):
            self.desk.again(uri)

    async def shutdown(self, _: None) -> None:
        """End the worker."""
        await self.desk.close()

    # what editors ask

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What was read, and why."""
        shown, offset = await self._at(params.text_document.uri, params.position)
        return None if shown is None or offset is None else showing.hover(shown, offset)

    async def definition(self, params: types.DefinitionParams) -> types.Location | None:
        """The relation that says what a symbol is."""
        shown, offset = await self._at(params.text_document.uri, params.position)
        symbol = None if shown is None or offset is None else shown.symbol_at(offset)
        return None if shown is None or symbol is None else shown.location(symbol.defined)

    async def references(self, params: types.ReferenceParams) -> list[types.Location]:
        """Every place that names the quantity."""
        shown, offset = await self._at(params.text_document.uri, params.position)
        symbol = None if shown is None or offset is None else shown.symbol_at(offset)
        if shown is None or symbol is None:
            return []
        key = (symbol.network, symbol.name)
        return [shown.location(s.span) for s in shown.checked.symbols if (s.network, s.name) == key]

    async def symbols(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        """Its relations; of a cell, nothing: the outline is that of the notebook."""
        shown = await self.desk.shown(params.text_document.uri)
        return [] if shown is None or params.text_document.uri not in self.desk.notes else showing.outline(shown)

    async def hints(self, params: types.InlayHintParams) -> list[types.InlayHint]:
        """The verdicts."""
        shown, within = await self._within(params.text_document.uri, params.range)
        return [] if shown is None else list(showing.hints(shown, within))

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Proved repairs."""
        shown, within = await self._within(params.text_document.uri, params.range)
        return [] if shown is None else list(showing.repairs(shown, within, params.context.diagnostics))

    async def counterexample(self, uri: str, identity: str) -> str | None:
        """The program of a counterexample."""
        note = self.desk.note_of(uri)
        if note is None:
            return None
        asked = {"note": note.text, "kind": note.kind, "equation": identity}
        found = await asyncio.to_thread(self.desk.worker.do, "counterexample", asked)
        return found if isinstance(found, str) else None

    # parts

    @property
    def _encoding(self) -> Encoding:
        encoding: Encoding = str(self.server.workspace.position_encoding).lower()  # type: ignore[assignment]
        return encoding if encoding in {"utf-8", "utf-32"} else "utf-16"

    def _text(self, uri: str, language: str | None, *, kind: str | None = None, pause: float | None = None) -> None:
        document = self.server.workspace.get_text_document(uri)
        if not uri.startswith("file:") and kind is None and kind_of(document.path, language) is None:
            return  # a cell, or what is no file
        if language is not None and language not in {"json", "plaintext"}:
            kind = kind_of(document.path, language)
        sheet = Sheet(uri, document.source, self._encoding)
        self._put(OpenNote(uri, (sheet,), document.version, kind), pause)

    def _book(self, uri: str, *, pause: float | None = None) -> None:
        book = self.server.workspace.get_notebook_document(notebook_uri=uri)
        if book is None:
            return
        texts = [self.server.workspace.get_text_document(cell.document) for cell in book.cells]
        sheets = tuple(Sheet(c.document, t.source, self._encoding) for c, t in zip(book.cells, texts, strict=True))
        self._put(OpenNote(uri, sheets, None, "notebook", cell_kinds(book.cells)), pause)

    def _put(self, note: OpenNote, pause: float | None) -> None:
        if pause is None:
            self.desk.put(note)
        else:
            self.desk.put(note, pause=pause)

    async def _at(self, uri: str, position: types.Position) -> tuple[Shown | None, int | None]:
        shown = await self.desk.shown(uri)
        if shown is None:
            return None, None
        return shown, shown.pages.offset(uri, Spot(position.line, position.character))

    async def _within(self, uri: str, within: types.Range) -> tuple[Shown | None, Span]:
        shown, start = await self._at(uri, within.start)
        if shown is None:
            return None, Span(0, 0)
        end = shown.pages.offset(uri, Spot(within.end.line, within.end.character))
        return (None, Span(0, 0)) if start is None or end is None else (shown, Span(start, end))

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _begun(self, note: OpenNote, stop: Callable[[], None]) -> Bar:
        window = self.server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return Bar()
        name = note.name.rpartition("/")[2]
        return _Told(self.server, f"{showing.SOURCE}-{next(self._numbers)}", name, stop)


class _Told(Bar):
    """The progress of a check as the protocol tells it; a person may end it."""

    def __init__(self, server: LanguageServer, token: str, title: str, stop: Callable[[], None]) -> None:
        self._progress, self._token, self._title, self._stop = server.work_done_progress, token, title, stop
        self._begun: asyncio.Task[None] | None = None
        self._open = False

    def show(self, what: Progressed) -> None:
        """Begin, and then go on."""
        if self._begun is None:
            self._begun = asyncio.get_running_loop().create_task(self._begin())
        elif self._open:
            share = 100 * what.done // max(what.total, 1)
            self._progress.report(self._token, types.WorkDoneProgressReport(message=what.what, percentage=share))
            if self._progress.tokens[self._token].cancelled():
                self._stop()

    def end(self) -> None:
        """Take it away."""
        if self._open:
            self._progress.end(self._token, types.WorkDoneProgressEnd())
        elif self._begun is not None:
            self._begun.cancel()

    async def _begin(self) -> None:
        await self._progress.create_async(self._token)
        self._progress.begin(self._token, types.WorkDoneProgressBegin(self._title, cancellable=True, percentage=0))
        self._open = True


def serve() -> None:
    """Talk to an editor until it ends."""
    Answers().server.start_io()
