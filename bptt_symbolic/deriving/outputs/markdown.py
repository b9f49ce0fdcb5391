"""Document -> Markdown, with formulas between double dollar signs and numbers as tags."""

from bptt_symbolic.deriving.written import Document, Equation, Heading, Words

SUFFIX = ".md"
KIND = "markdown"


def render(document: Document) -> str:
    """The document as Markdown."""
    parts = [f"# {document.title}"]
    for block in document.blocks:
        match block:
            case Heading(text=text):
                parts.append(f"## {text}")
            case Words(text=text):
                parts.append(text)
            case Equation():
                parts.extend(w for w in (document.words(block), display(block)) if w)
    if document.closing:
        parts.append("---")
        parts.extend(document.closing)
    return "\n\n".join(parts) + "\n"


def display(equation: Equation) -> str:
    """One equation between double dollar signs."""
    rows = [f"{left} &{right}" if len(equation.rows) > 1 else f"{left} {right}" for left, right in equation.rows]
    if len(rows) == 1:
        return f"$$\n{rows[0].strip()} \\tag{{{equation.number}}}\n$$"
    body = " \\\\\n".join(rows)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}} \\tag{{{equation.number}}}\n$$"
