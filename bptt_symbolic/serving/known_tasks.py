"""Name of a task -> the function that a worker calls: it gets what tells the one who waits, and the arguments."""

from collections.abc import Callable, Mapping
from typing import Any

from bptt_symbolic.serving import tasks
from bptt_symbolic.serving.web import tasks_of_page

TASKS: Mapping[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (
        tasks.check,
        tasks.check_pasted,
        tasks.counterexample,
        tasks.derive,
        tasks.fix,
        tasks.prove,
        tasks_of_page.check_page,
        tasks_of_page.derive_page,
        tasks_of_page.program,
        tasks_of_page.repaired,
    )
}
