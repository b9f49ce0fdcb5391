"""Task -> its result, by a process of its own, which can be stopped and has limits of time and memory.

A task is the name of one of `known_tasks` with its arguments. While it works it may tell something, and it looks
whether it is to stop whenever it does; one that does not look for too long is killed, with its process, and the next
task gets a new one. Nothing that a note does to the worker, hang it, crash it or fill it, reaches this process as
anything but `Ended`.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event, Lock
from typing import Any, Literal

from bptt_symbolic.reporting.guard import Fallen, guarded

_CONTEXT = get_context("spawn")
_LOOK = 0.05
"""Seconds between two looks at whether to stop."""
_GRACE = 3.0
"""Seconds that a worker has to stop by itself."""

Tell = Callable[[object], None]
Message = tuple[Literal["told", "done", "stopped", "fallen"], Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """The one who waits for a task, as its worker sees them."""

    tell: Tell
    """Gets what is told on the way; raises Stop where the result is not wanted any more."""
    known: dict[str, Any] = field(default_factory=dict)
    """What the tasks of one worker remember, by name: it lives as long as the worker."""

    def __call__(self, content: object) -> None:
        """Tell something."""
        self.tell(content)


class Stop(BaseException):
    """Somebody does not want the result any more: no fault of the program, so that no guard catches it."""


class Ended(Exception):  # noqa: N818 - an answer, which the caller gives to the person
    """A task without a result; `why` is one clause."""

    def __init__(self, why: str, *, wanted: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.wanted = wanted
        """It was stopped because somebody asked for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a task may take."""

    seconds: float | None = None
    megabytes: int | None = None
    """Of memory, where the system can limit it."""


@dataclass(slots=True)
class Worker:
    """A process that does one task after the other; it is begun when the first one comes."""

    limits: Limits = field(default_factory=Limits)
    _process: Any = None
    _pipe: Connection | None = None
    _busy: Lock = field(default_factory=Lock)

    def do(
        self, task: str, arguments: Mapping[str, Any], tell: Tell = lambda _: None, unwanted: Event | None = None
    ) -> Any:
        """The result of a task, one at a time; raises Ended. Who sets `unwanted` does not want it any more."""
        with self._busy:
            pipe = self._begun()
            try:
                pipe.send((task, dict(arguments)))
                return self._awaited(pipe, tell, Event() if unwanted is None else unwanted)
            except (EOFError, OSError) as error:
                self._killed()
                raise Ended("the checker took too much memory, or fell") from error

    def close(self) -> None:
        """End the process, once it has done what it does."""
        with self._busy:
            self._killed()

    def _begun(self) -> Connection:
        if self._pipe is None or not self._process.is_alive():
            self._killed()
            self._pipe, end = _CONTEXT.Pipe()
            self._process = _CONTEXT.Process(target=_works, args=(end, self.limits.megabytes), daemon=True)
            self._process.start()
            end.close()
        return self._pipe

    def _awaited(self, pipe: Connection, tell: Tell, unwanted: Event) -> Any:
        began = time.monotonic()
        deadline: float | None = None
        while True:
            if pipe.poll(_LOOK):
                kind, content = pipe.recv()
                if kind == "told":
                    tell(content)
                    continue
                return _result(kind, content)
            now = time.monotonic()
            late = self.limits.seconds is not None and now - began > self.limits.seconds
            if deadline is not None and now > deadline:
                self._killed()
                raise Ended("it was stopped", wanted=True)
            if late:
                self._killed()
                raise Ended(f"it took longer than {self.limits.seconds:g} seconds")
            if unwanted.is_set() and deadline is None:
                deadline = now + _GRACE
                pipe.send("stop")

    def _killed(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
        self._pipe = self._process = None


def _result(kind: str, content: Any) -> Any:
    if kind == "stopped":
        raise Ended("it was stopped", wanted=True)
    if kind == "fallen":
        raise Ended(content)
    return content


def _works(pipe: Connection, megabytes: int | None) -> None:
    """The life of a worker."""
    from bptt_symbolic.serving.known_tasks import TASKS  # noqa: PLC0415 - the process that asks needs none of it

    _confined(megabytes)
    known: dict[str, Any] = {}
    with suppress(EOFError, OSError, KeyboardInterrupt):  # nobody wants anything any more
        while True:
            asked = pipe.recv()
            if asked != "stop":  # else it came too late
                pipe.send(_done(pipe, TASKS[asked[0]], asked[1], known))


def _done(pipe: Connection, work: Callable[..., Any], arguments: Mapping[str, Any], known: dict[str, Any]) -> Message:
    def tell(content: object) -> None:
        if pipe.poll() and pipe.recv() == "stop":
            raise Stop
        if content is not None:
            pipe.send(("told", content))

    def fell(fallen: Fallen) -> Message:
        return "fallen", fallen.message

    try:
        return guarded(lambda: ("done", work(Asker(tell, known), **arguments)), fell)
    except Stop:
        return "stopped", None


def _confined(megabytes: int | None) -> None:
    """Let this process have no more memory than that."""
    if megabytes is None or sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every system

    most = megabytes * 2**20
    with suppress(ValueError, OSError):  # a system that has a smaller limit already
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
