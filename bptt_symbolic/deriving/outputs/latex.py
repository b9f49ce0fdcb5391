"""Document -> LaTeX: an article that `pdflatex` compiles with nothing but the AMS packages."""

from bptt_symbolic.deriving.written import Document, Equation, Heading, Words

SUFFIX = ".tex"
KIND = "latex"
HEAD = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[a4paper,margin=27mm]{geometry}
\usepackage{amsmath,amssymb}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\setlength{\emergencystretch}{6em}
\allowdisplaybreaks
"""


def render(document: Document) -> str:
    """The document as an article."""
    parts = [HEAD + f"\\title{{{document.title}}}\n\\date{{}}\n", "\\begin{document}\n\\maketitle"]
    for block in document.blocks:
        match block:
            case Heading(text=text):
                parts.append(f"\\section{{{text}}}")
            case Words(text=text):
                parts.append(text)
            case Equation():
                words = document.words(block)  # in one paragraph with the display, so that no page ends between them
                parts.append(f"{words}\n{display(block)}" if words else display(block))
    if document.closing:
        parts.append("\\section*{What was checked}")
        parts.extend(document.closing)
    parts.append("\\end{document}")
    return "\n\n".join(parts) + "\n"


def display(equation: Equation) -> str:
    """One numbered equation."""
    label = f"\\label{{{equation.label}}}"
    if len(equation.rows) == 1:
        left, right = equation.rows[0]
        return f"\\begin{{equation}}{label}\n  {f'{left} {right}'.strip()}\n\\end{{equation}}"
    body = " \\\\\n".join(f"    {left} &{right}" for left, right in equation.rows)
    return f"\\begin{{equation}}{label}\n  \\begin{{aligned}}\n{body}\n  \\end{{aligned}}\n\\end{{equation}}"
