"""Document -> slides for LaTeX's beamer: a few equations a frame, with the words that belong to them."""

from collections.abc import Iterator, Sequence

from bptt_symbolic.deriving.outputs.latex import display
from bptt_symbolic.deriving.written import Block, Document, Equation, Heading, Words

SUFFIX = ".tex"
KIND = "latex"
ROWS = 4
"""Rows of formulas on one frame."""
LETTERS = 420
"""Letters of words on one frame; a row of a formula takes the room of about 90."""
ROW = 90
HEAD = r"""\documentclass[10pt]{beamer}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\allowdisplaybreaks
"""


def render(document: Document) -> str:
    """The document as slides."""
    parts = [HEAD + f"\\title{{{document.title}}}\n\\date{{}}\n", "\\begin{document}\n\\frame{\\titlepage}"]
    for title, blocks in _sections(document.blocks):
        frames = list(_frames(document, blocks))
        for number, frame in enumerate(frames, 1):
            shown = f"{title} ({number}/{len(frames)})" if len(frames) > 1 else title
            parts.append(_frame(shown, frame))
    if document.closing:
        parts.append(_frame("What was checked", document.closing))
    parts.append("\\end{document}")
    return "\n\n".join(parts) + "\n"


def _frame(title: str, parts: Sequence[str]) -> str:
    return f"\\begin{{frame}}{{{title}}}\n\n" + "\n\n".join(parts) + "\n\n\\end{frame}"


def _sections(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Each title with what stands below it."""
    found: list[tuple[str, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append((block.text, []))
        else:
            found[-1][1].append(block)
    return found


def _frames(document: Document, blocks: Sequence[Block]) -> Iterator[list[str]]:
    """The parts of each frame; what does not fit begins the next one."""
    frame: list[str] = []
    rows, letters = 0, 0
    for block in blocks:
        words = document.words(block) if isinstance(block, Equation) else block.text
        more = len(block.rows) if isinstance(block, Equation) else 0
        if frame and (rows + more > ROWS or letters + len(words) > LETTERS - ROW * more):
            yield frame
            frame, rows, letters = [], 0, 0
        frame.append(_written(words, block))
        rows, letters = rows + more, letters + len(words) + ROW * more
    if frame:
        yield frame


def _written(words: str, block: Block) -> str:
    match block:
        case Equation():
            return f"{words}\n{display(block)}" if words else display(block)
        case Words() | Heading():
            return words
