"""A report depends on the note alone: not on what was checked before it, and not on where things lie in memory."""

import gc
import subprocess
import sys

import pytest

from bptt_symbolic.api import check
from bptt_symbolic.reporting import formats

NOTE = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ L_t = \frac12 \| s_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$

$$ \frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L_t}{\partial W} $$

$$ \frac{\partial s_t}{\partial s_k} = \prod_{i=k+1}^{t} \mathrm{diag}(1 - s_i^2) W $$

$$ \frac{\partial s_t}{\partial s_{t-1}} = W \mathrm{diag}(1 - s_t^2) $$
"""
OTHER = NOTE.replace(r"\tanh", r"\phi")


def rendered(note: str) -> str:
    return formats.load("json").render([check(note, repair=False)])


@pytest.mark.slow
def test_two_reports_of_one_note_are_equal_whatever_was_checked_between_them() -> None:
    first = rendered(NOTE)
    for _ in range(2):
        rendered(OTHER)
        gc.collect()
        assert rendered(NOTE) == first


@pytest.mark.slow
def test_a_report_of_another_process_with_another_hash_seed_is_the_same() -> None:
    program = (
        "import sys; from bptt_symbolic.reporting import formats; from bptt_symbolic.api import check;"
        "sys.stdout.write(formats.load('json').render([check(sys.stdin.read(), repair=False)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=NOTE,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "2"},
    )
    assert done.stdout == rendered(NOTE)
