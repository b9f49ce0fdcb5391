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
SECTIONS = {found["title"]: found["body"] for found in SECTION.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8"))}


def test_the_page_has_the_open_folders() -> None:
    assert len(SECTIONS) >= 7


@pytest.mark.slow
@pytest.mark.parametrize("title", SECTIONS)
def test_one_file_is_one_more(title: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bptt_symbolic", tmp_path / "bptt_symbolic", ignore=shutil.ignore_patterns("__pycache__"))
    file, console = FILE.search(SECTIONS[title]), CONSOLE.search(SECTIONS[title])
    assert file is not None
    assert console is not None
    assert not (tmp_path / file["path"]).exists()
    (tmp_path / file["path"]).write_text(file["text"], encoding="utf-8")
    call = [sys.executable, "-m", "bptt_symbolic", *shlex.split(console["arguments"].replace("\\", "\\\\"))]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert console["printed"].strip() in done.stdout + done.stderr, done.stdout + done.stderr
