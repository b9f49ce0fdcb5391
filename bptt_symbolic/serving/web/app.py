"""Requests of a browser on this machine -> answers; every check is done by a worker, and nothing leaves the machine.

Only a browser on this machine is answered, and only a page of ours: the name of the host has to be that of the loopback
address (else another page could reach it by a name that leads here), and what asks for work has to come from our own
page, as JSON.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bptt_symbolic.reporting.formats._style import PAGE
from bptt_symbolic.serving.labour import Ended, Limits, Worker
from bptt_symbolic.understanding.notes import cells

LIMITS = Limits(seconds=90, megabytes=4096)
MOST_BYTES = 600_000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Refuses whatever does not come from our own page on this machine."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        why = self._refused(scope)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        answer: ASGIApp = self._app if why is None else PlainTextResponse(why, 403)
        await answer(scope, receive, sent)

    def _refused(self, scope: Scope) -> str | None:
        said = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = said.get("host", ""), said.get("origin")
        if host not in self._hosts:
            return "this host is not served"
        if said.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return "another page asks"
        if origin is not None and origin != f"http://{host}":
            return "another page asks"
        if scope["method"] == "POST":
            if origin is None:
                return "nobody says which page asks"
            if said.get("content-type", "").partition(";")[0].strip() != "application/json":
                return "work is asked for in JSON"
        return None


class _Wrong(Exception):  # noqa: N818 - an answer
    """A request that cannot be read."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Site:
    """The page, its notes, and the workers: one for checks, one for what is asked besides."""

    checker: Worker = field(default_factory=lambda: Worker(LIMITS))
    helper: Worker = field(default_factory=lambda: Worker(LIMITS))
    first: str | None = None
    """The text of the note that the page begins with."""
    _unwanted: Event = field(default_factory=Event)

    @cached_property
    def notes(self) -> tuple[tuple[str, Path], ...]:
        """The gallery: derivations of people, and the built-in networks."""
        package = Path(str(files("bptt_symbolic")))
        folders = (package / "serving" / "web" / "derivations", package.parent / "derivations")
        kept = next((folder for folder in folders if folder.is_dir()), None)
        found = [] if kept is None else sorted(file for file in kept.iterdir() if file.suffix != ".toml")
        built_in = [package / "understanding" / "cells" / f"{name}.md" for name in cells()]
        return tuple((file.stem, file) for file in (*found, *built_in))

    def app(self, hosts: frozenset[str]) -> Starlette:
        """What answers, to requests for these hosts."""
        routes = [
            Route("/", self.page),
            Route("/page.css", self.style),
            Route("/page.js", self.script),
            Route("/notes", self.gallery),
            Route("/notes/{place:int}", self.note),
            Route("/check", self.check, methods=["POST"]),
            Route("/repaired", self.repaired, methods=["POST"]),
            Route("/program", self.program, methods=["POST"]),
            Route("/derive", self.derive, methods=["POST"]),
        ]
        return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=hosts)])

    async def page(self, _: Request) -> Response:
        """The page itself."""
        return Response(_file("page.html"), media_type="text/html")

    async def style(self, _: Request) -> Response:
        """The style of reports, and what the page adds."""
        return Response(PAGE + _file("page.css"), media_type="text/css")

    async def script(self, _: Request) -> Response:
        """Its script."""
        return Response(_file("page.js"), media_type="text/javascript")

    async def gallery(self, _: Request) -> Response:
        """The names of the notes, and the note to begin with."""
        return JSONResponse({"notes": [name for name, _ in self.notes], "first": self.first, "cells": cells()})

    async def note(self, request: Request) -> Response:
        """One of them."""
        place = int(request.path_params["place"])
        if place >= len(self.notes):
            return PlainTextResponse("there is no such note", 404)
        name, file = self.notes[place]
        return JSONResponse({"name": name, "suffix": file.suffix, "text": _with_declarations(file)})

    async def check(self, request: Request) -> Response:
        """The note typeset with its verdicts: a line of JSON with these, then one with repairs."""
        try:
            asked = await _asked(request, text=str)
        except _Wrong as wrong:
            return PlainTextResponse(str(wrong), wrong.status)
        self._unwanted.set()  # whatever was asked before
        self._unwanted = Event()
        return StreamingResponse(self._lines(asked, self._unwanted), media_type="application/x-ndjson")

    async def _lines(self, asked: Mapping[str, Any], unwanted: Event) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[Any] = asyncio.Queue()

        def tell(message: object) -> None:
            loop.call_soon_threadsafe(told.put_nowait, message)

        def work() -> None:
            try:
                tell(self.checker.do("check_page", asked, tell, unwanted))
            except Ended as ended:
                tell({"ended": ended.why, "unwanted": ended.wanted})
            tell(None)

        doing = asyncio.create_task(asyncio.to_thread(work))
        try:
            while (line := await told.get()) is not None:
                yield json.dumps(line) + "\n"
            await doing
        finally:
            unwanted.set()

    async def repaired(self, request: Request) -> Response:
        """The text with a repair."""
        return await self._helped(request, "repaired", text=str, place=int, which=int)

    async def program(self, request: Request) -> Response:
        """A counterexample as a program."""
        return await self._helped(request, "program", text=str, place=int)

    async def derive(self, request: Request) -> Response:
        """A derivation."""
        return await self._helped(request, "derive_page", network=str, by=str, style=str)

    async def _helped(self, request: Request, task: str, **fields: type) -> Response:
        worker = self.checker if task == "repaired" else self.helper  # which knows the note already
        try:
            asked = await _asked(request, **fields)
            return JSONResponse(await asyncio.to_thread(worker.do, task, asked))
        except _Wrong as wrong:
            return PlainTextResponse(str(wrong), wrong.status)
        except Ended as ended:
            return JSONResponse({"ended": ended.why})


async def _asked(request: Request, **fields: type) -> dict[str, Any]:
    """The fields of a request, each of its type, and the document format where there is a text; raises _Wrong."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _Wrong("the note is too large for this page", 413)
    try:
        found = json.loads(body)
    except ValueError as error:
        raise _Wrong("no JSON") from error
    if not isinstance(found, dict) or any(type(found.get(name)) is not kind for name, kind in fields.items()):
        raise _Wrong(f"the request has the fields {', '.join(fields)}")
    asked = {name: found[name] for name in fields}
    if "text" in fields:
        asked["kind"] = found.get("kind") or None
        if not isinstance(asked["kind"], str | None):
            raise _Wrong("kind is a text")
    return asked


def _with_declarations(note: Path) -> str:
    """The text of a note, with what is declared beside it in comments of its own."""
    text, beside = note.read_text(encoding="utf-8"), note.with_suffix(".toml")
    if not beside.is_file() or note.suffix == ".ipynb":
        return text
    said = [line for line in beside.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    if note.suffix == ".tex":
        return "".join(f"%! {line}\n" for line in said) + text
    if note.suffix == ".rst":
        return ".. ! " + "\n     ".join(said) + f"\n\n{text}"
    return "<!--! " + "\n".join(said) + f" -->\n\n{text}"


def _file(name: str) -> str:
    return (files("bptt_symbolic.serving.web") / name).read_text(encoding="utf-8")


def hosts_of(port: int) -> frozenset[str]:
    """What a browser on this machine may call it."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))


def serve(port: int, first: str | None) -> None:
    """Answer until somebody interrupts."""
    import uvicorn  # noqa: PLC0415 - tests of the page need no server

    app = Site(first=first).app(hosts_of(port))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", server_header=False)
