"""Two reports of one note are equal byte for byte: in one process and in several, under every hash seed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting import formats

ROOT = Path(__file__).parents[2]
HEAD = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ s_t = \tanh(W s_{t-1} + x_t) $$

$$ L = \sum_{t=1}^{T} \tfrac12 \lVert s_t - y_t \rVert^2 $$
"""
NOTES = {
    "dots": HEAD
    + r"""
$$ \sum_{t=1}^{T} s_t = s_1 + s_2 + \cdots + s_T $$

$$
\frac{\partial s_t}{\partial s_k} = \frac{\partial s_t}{\partial s_{t-1}} \cdots \frac{\partial s_{k+1}}{\partial s_k}
$$
""",
    "a mistake with repairs": HEAD
    + r"""
$$ \frac{\partial s_t}{\partial s_{t-1}} = W \, \mathrm{diag}(1 - s_t^2) \tag{1} $$

$$ \frac{\partial s_t}{\partial s_{t-2}} = \mathrm{diag}(1 - s_t^2) W \mathrm{diag}(1 - s_t^2) W \tag{2} $$
""",
    "sizes that nothing states": r"""
$$ f_t = \sigma(W_f [h_{t-1}; x_t] + b_f) $$

$$ c_t = f_t \odot c_{t-1} + \tanh(U x_t) $$

$$ h_t = \phi(c_t) $$

$$ \frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1}) $$

$$ \frac{\partial h_t}{\partial h_{t-1}} = W_f U $$
""",
    "nothing is defined": r"$$ \frac{\partial a_t}{\partial b_i} = c_j d_k + e_l $$",
}
PROGRAM = """
import sys
from bptt_symbolic import check
from bptt_symbolic.reporting import formats
for note in sys.argv[2:]:
    report = check(note, repair=sys.argv[1] == "True")
    for name in ("json", "text", "latex"):
        sys.stdout.write(formats.load(name).render([report]))
"""


AT_ONCE = ["dots", "nothing is defined"]
"""What three processes settle in a default run."""
LATER_ON = [note for note in NOTES if note not in AT_ONCE]


def is_mended(note: str) -> bool:
    """Repairs are looked for in one note alone: that takes long."""
    return "repairs" in note


def printed(note: str) -> str:
    """The report in several formats."""
    report = check(NOTES[note], repair=is_mended(note))
    return "".join(formats.load(name).render([report]) for name in ("json", "text", "latex"))


@pytest.mark.parametrize("note", [pytest.param(n, marks=[pytest.mark.slow] * is_mended(n)) for n in NOTES])
def test_a_second_report_in_one_process_is_the_same(note: str) -> None:
    first = printed(note)
    check(NOTES["dots"], repair=False)
    assert printed(note) == first


@pytest.mark.parametrize(
    "notes", [AT_ONCE, *(pytest.param([note], marks=pytest.mark.slow) for note in LATER_ON)], ids=", ".join
)
def test_a_report_is_the_same_in_every_process(notes: list[str]) -> None:
    """Each process settles the notes one after the other."""
    seen = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(any(map(is_mended, notes))), *(NOTES[note] for note in notes)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "11")
    }
    assert len(seen) == 1


LATER = {"kernel", "methods"}
"""Folders whose caches are looked at by tests of their own."""
FILES = [
    file
    for file in sorted((ROOT / "bptt_symbolic").rglob("*.py"))
    if file.relative_to(ROOT / "bptt_symbolic").parts[0] not in LATER
]


def test_no_module_counts_or_remembers_what_lives_in_the_process_alone() -> None:
    """No counter at the level of a module, and no dictionary there that something is entered in by its `id`."""
    texts = [(file, file.read_text(encoding="utf-8")) for file in FILES]
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file, text in texts
        if "count(" in text or "dict[int," in text
        for node in ast.parse(text).body
        if _counts(node) or _is_by_id(node)
    ]
    assert found == []


def _counts(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in {"count", "itertools.count"}
    )


def _is_by_id(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and "dict[int," in ast.unparse(node.annotation)
