"""Document -> PDF: the LaTeX of the same derivation, set by `pdflatex` in a folder that is thrown away."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from bptt_symbolic.deriving.outputs import Unavailable, latex
from bptt_symbolic.deriving.written import Document
from bptt_symbolic.reading.source import Fault

SUFFIX = ".pdf"
KIND = "latex"
SECONDS = 120
"""Longest time that one run may take."""


def render(document: Document) -> bytes:
    """The document as a PDF; raises Unavailable without TeX."""
    program = shutil.which("pdflatex")
    if program is None:
        message = "pdflatex is not installed, so that no PDF can be made"
        raise Unavailable(Fault("no-tex", message, "install TeX, or ask for --format latex"))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "derivation.tex"
        file.write_text(latex.render(document), encoding="utf-8")
        call = [program, "-no-shell-escape", "-interaction=nonstopmode", file.name]
        done = None
        for _ in range(2):  # the second run knows the labels
            done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603
        made = file.with_suffix(".pdf")
        if done is None or done.returncode or not made.is_file():
            message = "pdflatex could not set the derivation"
            raise Unavailable(Fault("no-tex", message, "ask for --format latex and look at its log"))
        return made.read_bytes()
