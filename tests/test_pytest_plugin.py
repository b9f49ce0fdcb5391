"""`pytest --bptt`: each claim of a note is a test, in a pytest of its own."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

PLUGIN = "bptt_symbolic.pytest_plugin"
NOTE = r"""$$
s_t = \tanh(W s_{t-1})
$$

$$
\frac{\partial s_t}{\partial s_{t-1}} = (1 - s_t^2) W \tag{1}
$$

$$
\frac{\partial s_t}{\partial s_{t-1}} = W \tag{2}
$$

<!--! expect refuted: an exercise -->
$$
\frac{\partial s_t}{\partial s_{t-1}} = 2 W \tag{3}
$$

$$
\frac{\partial s_t}{\partial s_{t-1}} = q W \tag{4}
$$
"""


def called(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    there = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    call = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *([] if there else ["-p", PLUGIN]), *arguments]
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with notes, and settings of pytest that are nobody's."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "note.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "notes" / "lost.md").write_text("$$ a = \\frac{1}{2", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def test_each_claim_is_an_item(folder: Path) -> None:
    done = called(folder, "--bptt", "notes", "-rsf", "-v")
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    outcomes = {line.split("::")[1].split()[0]: line.split()[1] for line in lines if "%]" in line}
    assert outcomes == {"(1)": "PASSED", "(2)": "FAILED", "(3)": "SKIPPED", "(4)": "FAILED", "faults": "FAILED"}
    assert any("expected: an exercise" in line for line in lines)
    assert "    ∂sₜ/∂sₜ₋₁ = W" in lines
    assert any("is never closed" in line for line in lines)
    assert "Traceback" not in done.stdout


def test_what_fails_is_what_the_settings_say(folder: Path) -> None:
    (folder / "bptt-symbolic.toml").write_text("fail-on = ['ill-typed']\n", encoding="utf-8")
    done = called(folder, "--bptt", "notes")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 3 skipped" in done.stdout


def test_settings_that_cannot_be_used_are_an_error_of_collection(folder: Path) -> None:
    (folder / "bptt-symbolic.toml").write_text("fail-on = 3\n", encoding="utf-8")
    done = called(folder, "--bptt", "notes")
    assert done.returncode == 2
    assert "`fail-on` must be a list of texts" in done.stdout


def test_without_the_option_nothing_is_collected_and_nothing_is_imported(folder: Path) -> None:
    (folder / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n    assert 'bptt_symbolic.api' not in sys.modules\n"
        "    assert 'bptt_symbolic.commands' not in sys.modules\n",
        encoding="utf-8",
    )
    done = called(folder)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
