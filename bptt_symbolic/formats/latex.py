r"""Reports -> LaTeX: a document to print, the author's relation beside what was understood, the verdict in the margin.

It compiles whatever stands in the note: a formula is typeset only if it is balanced and made of commands that cannot do
anything but set mathematics (`_SAFE`), and is shown as escaped text otherwise. A letter that pdfTeX has no font for
is wrapped in `\beyond`, which LuaTeX and XeTeX print.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from bptt_symbolic.formats._words import differs, groups, numbers, place, plural, rows, shape, squeezed
from bptt_symbolic.report import Finding, NetworkView, Report
from bptt_symbolic.source import Fault, Source

NAME = "latex"

_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage{amsmath,amssymb,graphicx,iftex}
\usepackage[left=30mm,right=42mm,top=25mm,bottom=25mm,marginparwidth=30mm]{geometry}
\ifPDFTeX\usepackage[T1]{fontenc}\newcommand{\beyond}[1]{[\dots]}\else\newcommand{\beyond}[1]{#1}\fi
\newsavebox{\formulabox}
\newcommand{\fitted}[1]{\sbox{\formulabox}{$\displaystyle #1$}%
  \ifdim\wd\formulabox>\linewidth\resizebox{\linewidth}{!}{\usebox{\formulabox}}\else\usebox{\formulabox}\fi}
\newcommand{\verbatimtext}[1]{{\raggedright\ttfamily\small #1\par}}
\newcommand{\beside}[2]{\par\noindent\begin{minipage}[t]{.48\linewidth}#1\end{minipage}\hfill
  \begin{minipage}[t]{.48\linewidth}#2\end{minipage}\par}
\newcommand{\verdict}[2]{\par\medskip\noindent\marginpar{\raggedright\small\textbf{#1}\\#2}}
\newcommand{\said}[2]{\par{\small\noindent\textit{#1:} #2\par}}
\setlength{\parindent}{0pt}
\emergencystretch=3em
\nonstopmode % a formula that TeX dislikes, as the author wrote it, is noted in the log and does not stop the rest
"""
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_\allowbreak{}",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "✓": "yes",
    "×": r"\ensuremath{\times}",
    "∂": r"\ensuremath{\partial}",
}
_LAST_LATIN = 0xFF
_TEXT = re.compile(r"\\text(?:bf|it|rm)?\s*\{[A-Za-z0-9 ,.;:()'=+-]*\}")
_TOKEN = re.compile(r"\\(?:begin|end)\{[A-Za-z]*\}|\\[A-Za-z]+|\\[\s\S]|[\s\S]")
_ENVIRONMENTS = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "Bmatrix", "smallmatrix", "cases", "array"})
_COMMANDS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell
hbar imath jmath Re Im partial nabla infty emptyset forall exists neg prime top bot angle frac dfrac tfrac binom
sqrt sum prod int lim max min sup inf log ln exp sin cos tan sinh cosh tanh det dim ker arg cdot times odot otimes
oplus circ ast star bullet div pm mp wedge vee cap cup setminus leq le geq ge neq ne equiv approx sim simeq cong
propto ll gg in ni notin subset subseteq supset supseteq mid parallel to rightarrow leftarrow Rightarrow Leftarrow
leftrightarrow Leftrightarrow mapsto longrightarrow implies iff ldots cdots dots vdots ddots dotsc dotsb quad qquad
colon hat widehat tilde widetilde bar overline underline vec dot ddot overrightarrow underbrace overbrace mathbf
mathrm mathit mathsf mathtt mathcal mathbb mathfrak boldsymbol operatorname left right big Big bigg Bigg bigl bigr
Bigl Bigr biggl biggr langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert displaystyle
textstyle limits nolimits boxed
"""
_SAFE = frozenset([*_COMMANDS.split(), *",;:!{}| "])


def render(reports: Sequence[Report], *, colour: bool = False, width: int = 100) -> str:  # noqa: ARG001 - every format
    """One document over all reports."""
    return _document(line for report in reports for line in _note(report))


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone, as a document."""
    return _document(line for view in views for line in _network(view))


def escaped(text: str) -> str:
    """The text as LaTeX text."""
    return "".join(_escaped(character) for character in text)


def formula(latex: str) -> str:
    """The formula as mathematics where that is safe, as text where it is not."""
    text = squeezed(latex)
    if text and _is_safe(text):
        return rf"\fitted{{{text}}}"
    return rf"\verbatimtext{{{escaped(text)}}}"


def _document(body: Iterator[str]) -> str:
    return "\n".join([_PREAMBLE + r"\begin{document}", *body, r"\end{document}"]) + "\n"


def _note(report: Report) -> Iterator[str]:
    yield rf"\section*{{{escaped(report.source.name)}}}"
    yield f"{plural(report.equations, 'displayed equation')}, {plural(len(report.findings), 'relation')}."
    for view in report.networks:
        yield from _network(view)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        if section:
            yield rf"\subsection*{{{escaped(section)}}}"
        for finding in findings:
            yield from _finding(finding)
    for fault in report.faults:
        yield from _fault(fault, report.source)


def _network(view: NetworkView) -> Iterator[str]:
    where = f": {', '.join(view.sections)}" if view.sections else ""
    yield rf"\subsection*{{{escaped('The network as it was understood' + where)}}}"
    for title, members in groups(view):
        names = ", ".join(f"{quantity.name} ({shape(quantity) or 'scalar'})" for quantity in members)
        yield rf"\said{{{escaped(title)}}}{{{escaped(names)}}}"
    yield rf"\said{{layout}}{{{escaped(view.layout)}}}"
    yield from (rf"\par {formula(equation)}" for equation in view.equations)
    yield from (rf"\said{{note}}{{{escaped(note)}}}" for note in view.notes)


def _finding(finding: Finding) -> Iterator[str]:
    mark = f"({finding.number}) " if finding.number else ""
    yield rf"\verdict{{{finding.verdict or finding.kind}}}{{{escaped(mark + place(finding))}}}"
    if finding.understood is not None and differs(finding):
        yield rf"\beside{{{formula(finding.latex)}}}{{{formula(finding.understood)}}}"
    else:
        yield formula(finding.latex)
    for label, sentence in rows(finding):
        if label not in {"read as", "repair"}:
            yield rf"\said{{{label}}}{{{escaped(sentence)}}}"
    if finding.repair is not None:
        edits = escaped("; ".join(finding.repair.edits))
        yield rf"\said{{repair}}{{{formula(finding.repair.latex)} {edits}}}"
    if finding.counterexample is not None:
        values = "; ".join(f"{name} = {value}" for name, value in numbers(finding.counterexample))
        yield rf"\said{{where}}{{{escaped(values)}}}"


def _fault(fault: Fault, source: Source) -> Iterator[str]:
    found = None if fault.span is None else source.place(fault.span.start)
    where = "" if found is None else f"{found.line}:{found.column}"
    yield rf"\verdict{{{fault.severity}}}{{{escaped(fault.code)} {where}}}"
    yield escaped(fault.message)
    yield rf"\said{{help}}{{{escaped(fault.help)}}}"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not character.isprintable():
        return " "
    return character if ord(character) <= _LAST_LATIN else rf"\beyond{{{character}}}"


def _is_safe(latex: str) -> bool:
    """Whether the formula is balanced, in plain letters, and made of commands and environments that are known."""
    without = _TEXT.sub("", latex)
    if "^^" in latex:  # the way to write any character by its number, a backslash among them
        return False
    opened: list[str] = []
    for part in _TOKEN.findall(without):
        if not _is_known(part) or not _nests(part, opened):
            return False
    return not opened and latex.isascii() and "\\text" not in without


def _is_known(part: str) -> bool:
    if part.startswith((r"\begin", r"\end")):
        return part.partition("{")[2].rstrip("}") in _ENVIRONMENTS
    if part == r"\\" or not part.startswith("\\"):
        return part.isprintable() and part not in {"%", "#", "$", "~"}
    return part[1:] in _SAFE


def _nests(part: str, opened: list[str]) -> bool:
    """Whether the part may stand here, with the list of what is open brought up to date."""
    if part in {"{", r"\left"} or part.startswith(r"\begin{"):
        opened.append(part.replace("begin", "end"))
        return True
    if part in {"}", r"\right"} or part.startswith(r"\end{"):
        return bool(opened) and opened.pop() == {"}": "{", r"\right": r"\left"}.get(part, part)
    return part not in {"&", r"\\"} or bool(opened and opened[-1].startswith(r"\end{"))
