"""Tasks in a process of their own: nothing that happens there comes here."""

import time
from threading import Event, Timer

import pytest

from bptt_symbolic.serving.labour import Ended, Limits, Worker
from bptt_symbolic.serving.tasks import Checked, Refused

NOTE = "$$ s_t = \\tanh(w s_{t-1}) $$\n\n$$ \\frac{\\partial s_t}{\\partial s_{t-1}} = w (1 - s_t^2) $$\n"


def test_a_task_has_its_result_and_one_that_takes_too_long_has_none() -> None:
    worker = Worker(Limits(seconds=120))
    found = worker.do("check", {"name": "note.md", "text": NOTE})
    assert isinstance(found, Checked)
    assert [f.verdict for f in found.report.findings] == [None, "proved"]
    assert isinstance(worker.do("check", {"name": "note.ipynb", "text": "{"}), Refused)
    worker.limits = Limits(seconds=0.1)
    with pytest.raises(Ended, match=r"longer than 0\.1 seconds"):
        worker.do("check", {"name": "note.md", "text": NOTE * 40})
    worker.limits = Limits(seconds=120)
    assert isinstance(worker.do("check", {"name": "note.md", "text": NOTE}), Checked)  # by a new process
    worker.close()


@pytest.mark.slow
def test_a_task_that_fills_the_memory_ends_alone() -> None:
    worker = Worker(Limits(seconds=120, megabytes=150))
    with pytest.raises(Ended, match=r"internal error|too much memory"):
        worker.do("check", {"name": "note.md", "text": NOTE * 2000})
    worker.close()


@pytest.mark.slow
def test_a_task_that_nobody_wants_ends() -> None:
    worker, unwanted = Worker(Limits(seconds=300)), Event()
    Timer(8, unwanted.set).start()
    began = time.monotonic()
    text = "".join(f"$$ \\frac{{\\partial s_t}}{{\\partial s_{{t-{k}}}}} = w^{k} + {k} $$\n\n" for k in range(1, 60))
    with pytest.raises(Ended) as ended:
        worker.do("check", {"name": "note.md", "text": NOTE + text}, unwanted=unwanted)
    assert ended.value.wanted
    assert time.monotonic() - began < 60
    worker.close()
