"""Document -> HTML: one file, formulas as MathML, nothing fetched, no script, light and dark, printable."""

import re
from html import escape

from bptt_symbolic.deriving.written import Document, Equation, Heading, Words
from bptt_symbolic.reporting.formats import _mathml

SUFFIX = ".html"
KIND = None
STYLE = """
:root { color-scheme: light dark; }
body { font: 1.05rem/1.6 Georgia, serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.2rem; font-size: 1.25rem; }
.equation { display: flex; align-items: center; gap: 1rem; margin: 1rem 0; }
.rows { flex: 1; overflow-x: auto; padding-bottom: .2rem; }
.rows table { margin: 0 auto; border-collapse: collapse; }
.rows td { padding: .15rem .2rem; }
.rows td:first-child { text-align: right; }
.number, footer { color: GrayText; }
footer { margin-top: 3rem; border-top: 1px solid; padding-top: .5rem; font-size: .95rem; }
@media print { body { margin: 0; max-width: none; } .rows { overflow: visible; } }
"""


def render(document: Document) -> str:
    """The document as a page."""
    title = _inline(document.title)
    body = [f"<h1>{title}</h1>"]
    for block in document.blocks:
        match block:
            case Heading(text=text):
                body.append(f"<h2>{_inline(text)}</h2>")
            case Words(text=text):
                body.append(f"<p>{_inline(text)}</p>")
            case Equation():
                if words := document.words(block):
                    body.append(f"<p>{_inline(words)}</p>")
                body.append(_display(block))
    closing = "".join(f"<p>{_inline(text)}</p>" for text in document.closing)
    body.append(f"<footer>{closing}</footer>")
    about = f'<meta name="viewport" content="width=device-width"><title>{escape(document.title)}</title>'
    head = f'<meta charset="utf-8">{about}'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}<style>{STYLE}</style></head>\n<body>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _display(equation: Equation) -> str:
    rows = []
    for left, right in equation.rows:
        indent = right.startswith(r"\quad")
        cell = _formula(right.removeprefix(r"\quad").strip()) if right else ""
        pad = ' style="padding-left: 2.5rem"' if indent else ""
        rows.append(f"<tr><td>{_formula(left) if left else ''}</td><td{pad}>{cell}</td></tr>")
    number = f'<span class="number">({equation.number})</span>'
    table = f'<div class="rows"><table role="presentation">{"".join(rows)}</table></div>'
    return f'<div class="equation" id="{equation.label}">{table}{number}</div>'


def _formula(latex: str) -> str:
    """A formula as MathML; as LaTeX where that cannot be made."""
    found = _mathml.mathml(rf"\displaystyle {latex}")
    return found if found is not None else f"<code>{escape(latex)}</code>"


def _inline(text: str) -> str:
    """Words with formulas between dollar signs."""
    parts = re.split(r"\$([^$]*)\$", text)
    shown = [
        escape(part) if place % 2 == 0 else (_mathml.mathml(part) or f"<code>{escape(part)}</code>")
        for place, part in enumerate(parts)
    ]
    return "".join(shown)
