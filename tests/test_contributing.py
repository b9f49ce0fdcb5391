"""CONTRIBUTING.md does what it says: each file it shows is written into a copy of the package, and each command run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^### (?P<title>.+?)$(?P<body>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(?P<path>bptt_symbolic/[\w/.]+)`.*?^```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(
    r"^```console\n\$ bptt-symbolic (?P<arguments>.*?)\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCK = re.compile(r"^```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = {found["title"]: found["body"] for found in SECTION.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8"))}
SCALAR = SECTIONS.pop("A scalar function")


def test_the_page_has_the_open_folders() -> None:
    assert len(SECTIONS) >= 7


def words_of(line: str) -> list[str]:
    """The arguments of a command, in which a backslash is one of LaTeX."""
    words = shlex.shlex(line, posix=True)
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    return list(words)


@pytest.mark.slow
@pytest.mark.parametrize("title", SECTIONS)
def test_one_file_is_one_more(title: str, tmp_path: Path) -> None:
    package = copied(tmp_path)
    file = FILE.search(SECTIONS[title])
    assert file is not None
    assert not (tmp_path / file["path"]).exists()
    (package.parent / file["path"]).write_text(file["text"], encoding="utf-8")
    runs(SECTIONS[title], tmp_path)


@pytest.mark.slow
def test_two_rows_are_one_more_scalar_function(tmp_path: Path) -> None:
    package = copied(tmp_path)
    row, own = BLOCK.findall(SCALAR)
    rows, kernel = package / "scalars" / "rows.py", package / "proving" / "kernel" / "balls.py"
    first = "_ROWS = (\n"
    assert first in rows.read_text("utf-8")
    rows.write_text(rows.read_text("utf-8").replace(first, f"{first}{row},"), encoding="utf-8")
    kernel.write_text(kernel.read_text("utf-8") + own, encoding="utf-8")
    runs(SCALAR, tmp_path)


def copied(folder: Path) -> Path:
    """The package in a folder of its own."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "bptt_symbolic", folder / "bptt_symbolic", ignore=ignored))


def runs(section: str, folder: Path) -> None:
    """The command of a section prints what the section says."""
    console = CONSOLE.search(section)
    assert console is not None
    call = [sys.executable, "-m", "bptt_symbolic", *words_of(console["arguments"])]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert console["printed"].strip() in done.stdout + done.stderr, done.stdout + done.stderr
