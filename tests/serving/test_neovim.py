"""The language server in Neovim, without a screen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra lsp")
NEOVIM = shutil.which("nvim")
NOTE = (
    "# 𝒲\n\n$$ z_t = w s_{t-1} + x_t $$\n\n$$ s_t = \\tanh(z_t) $$\n\n"
    "𝒲: $$ \\frac{\\partial s_t}{\\partial z_t} = 1 + s_t^2 $$\n"
)


@pytest.mark.slow
@pytest.mark.skipif(NEOVIM is None, reason="Neovim is not installed")
def test_neovim_shows_what_is_wrong_and_mends_it(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text(NOTE, encoding="utf-8")
    assert NEOVIM is not None
    script = Path(__file__).with_name("neovim.lua")
    done = subprocess.run(
        [NEOVIM, "--headless", "-u", "NONE", "-c", f"luafile {script}", "-c", "cquit"],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        env={**os.environ, "BPTT_PYTHON": sys.executable, "BPTT_NOTE": str(note), "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert note.read_text(encoding="utf-8") == NOTE.replace("1 + s", "1 - s")
