"""Tasks -> results, by several processes, in the order of the tasks.

Each worker has a pipe of its own, so that it is known which task a worker had that was killed: the task is given to
another worker once, and is lost if that is killed as well. No worker lives long, so that what it remembers is bounded;
and no more than a window of tasks is under way or waits for its turn to be told.
"""

import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from threading import current_thread, main_thread

_CONTEXT = get_context("spawn")
_MOST = 32
"""Tasks that a worker does before another one takes its place."""
_WINDOW = 8
"""Tasks for each worker that may be done before the first of them is."""
_TRIES = 2
_LOOK = 1.0
"""Seconds after which it is looked whether somebody interrupts."""

Work = Callable[[str], str]


@dataclass(slots=True)
class _Worker:
    """A process, and the place of the task that it has."""

    work: Work
    task: int | None = None
    done: int = 0
    pipe: Connection = field(init=False)
    process: object = field(init=False)

    def __post_init__(self) -> None:
        self.pipe, end = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_worked, args=(self.work, end), daemon=True)
        process.start()
        end.close()
        self.process = process

    def give(self, place: int, task: str) -> None:
        """Let it begin; if it has just died, that is found out later."""
        self.task = place
        with suppress(OSError):
            self.pipe.send(task)

    def take(self) -> str | None:
        """What it made; None if it was killed."""
        self.task = None
        self.done += 1
        try:
            result: str = self.pipe.recv()
        except (EOFError, OSError):
            self.done = _MOST
            return None
        return result


def in_order(work: Work, tasks: Sequence[str], jobs: int) -> Iterator[str | None]:
    """The result of each task, None for one that two workers were killed by."""
    crew = [_Worker(work) for _ in range(min(jobs, len(tasks)))]
    waiting, ready, tries = deque(range(len(tasks))), dict[int, str | None](), Counter[int]()
    told = 0
    asked = _Interrupts()
    try:
        while told < len(tasks):
            asked.look()
            for worker in crew:
                if worker.task is None and waiting and waiting[0] < told + _WINDOW * jobs:
                    worker.give(waiting[0], tasks[waiting.popleft()])
            busy = {worker.pipe: i for i, worker in enumerate(crew) if worker.task is not None}
            for pipe in wait(list(busy), timeout=_LOOK):
                i = busy[pipe]  # type: ignore[index]  # `wait` gives back what it is given
                place, result = crew[i].task or 0, crew[i].take()
                tries[place] += 1
                if result is None and tries[place] < _TRIES:
                    waiting.appendleft(place)
                else:
                    ready[place] = result
                if crew[i].done >= _MOST:
                    _dismiss(crew[i])
                    crew[i] = _Worker(work)
            while told in ready:
                yield ready.pop(told)
                told += 1
    finally:
        asked.restore()
        for worker in crew:
            _dismiss(worker)


class _Interrupts:
    """What a person asks with Ctrl-C, kept: raised in a finalizer, a KeyboardInterrupt is printed and forgotten."""

    def __init__(self) -> None:
        self.came = False
        is_main = current_thread() is main_thread()  # no other may ask for signals
        self.before = signal.signal(signal.SIGINT, self._came) if is_main else None

    def _came(self, *given: object) -> None:
        del given
        self.came = True
        raise KeyboardInterrupt

    def look(self) -> None:
        """Raises KeyboardInterrupt if one came that was forgotten."""
        if self.came:
            raise KeyboardInterrupt

    def restore(self) -> None:
        """Whoever answered before answers again."""
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)


def _dismiss(worker: _Worker) -> None:
    worker.pipe.close()
    process = worker.process
    if isinstance(process, _CONTEXT.Process):
        process.terminate()
        process.join()


def _worked(work: Work, pipe: Connection) -> None:
    """What a worker does: one task after the other, until nobody gives it one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began it ends it
    with suppress(EOFError, OSError):
        while True:
            pipe.send(work(pipe.recv()))
