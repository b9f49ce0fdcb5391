r"""Reports -> LaTeX: a document to print. The author's equations stand on the left, the verdicts in a wide margin.

In the margin of each relation: the verdict with a sign, where it stands, the reading and what is given, what is wrong,
and where that comes from. Below a mistake stand the relation as it was read, numbers at which it fails, and its repair.
What comes from a note passes `_tex`, so that the document compiles whatever stands there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from bptt_symbolic.reading.source import Fault, Source
from bptt_symbolic.reporting.formats import PLAIN, Look
from bptt_symbolic.reporting.formats._tex import escaped, formula, mathematics
from bptt_symbolic.reporting.formats._words import (
    chain,
    compact,
    diagnosis,
    differs,
    edits,
    function_latex,
    groups,
    inherits,
    instance,
    names,
    place,
    plural,
    scope,
    shape,
    silence,
    tally,
    value_latex,
)
from bptt_symbolic.reporting.report import Counterexample, Finding, NetworkView, Repair, Report

NAME = "latex"
SUFFIX = ".tex"

_PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage{amsmath,amssymb,graphicx,iftex,xcolor}
\usepackage[left=22mm,right=22mm,top=22mm,bottom=24mm]{geometry}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\ifPDFTeX\usepackage[T1]{fontenc}\newcommand{\beyond}[1]{[\dots]}\else\newcommand{\beyond}[1]{#1}\fi
\definecolor{proved}{HTML}{17672D}\definecolor{refuted}{HTML}{AE0A24}\definecolor{ill-typed}{HTML}{86198F}
\definecolor{undecided}{HTML}{775000}\definecolor{unread}{HTML}{005C75}\definecolor{said}{HTML}{5C5D66}
\newsavebox{\formulabox}
\newcommand{\piece}[1]{\sbox{\formulabox}{$\displaystyle #1$}%
  \ifdim\wd\formulabox>\dimexpr\linewidth-15pt\relax\resizebox{\dimexpr\linewidth-15pt\relax}{!}{\usebox{\formulabox}}%
  \else\usebox{\formulabox}\fi}
\newcommand{\formula}[2]{\sbox{\formulabox}{$\displaystyle #1$}%
  \ifdim\wd\formulabox>\linewidth{\raggedright\hangindent=15pt #2\par}\else\usebox{\formulabox}\fi}
\newcommand{\verbatimtext}[1]{{\raggedright\ttfamily\footnotesize #1\par}}
\newcommand{\relation}[3]{\par\addvspace{7pt}\noindent
  \begin{minipage}[t]{.66\linewidth}\vspace{0pt}\strut #2\par\end{minipage}\hfill
  \begin{minipage}[t]{.3\linewidth}\vspace{0pt}\footnotesize\raggedright\setlength{\leftskip}{6pt}%
  \color{black!80}\strut #3\par\end{minipage}\par\vspace{4pt}{\color{#1}\hrule height .4pt}}
\newcommand{\verdict}[3]{{\normalsize\color{#1}$#2$~\textbf{#1}}\quad #3\par}
\newcommand{\kind}[2]{{\color{said}\textbf{#1}}\quad #2\par}
\newcommand{\said}[2]{\par\vspace{1pt}\textit{#1:} #2\par}
\newcommand{\below}[2]{\par\vspace{3pt}{\footnotesize\raggedright{\color{said}#1}\par}\vspace{1pt}{\small #2\par}}
\setlength{\parindent}{0pt}
\normallineskip=4pt \normallineskiplimit=3pt \lineskip=4pt \lineskiplimit=3pt
\emergencystretch=3em
\nonstopmode % a formula that TeX dislikes, as the author wrote it, is noted in the log and does not stop the rest
"""
_SIGNS = {
    "proved": r"\checkmark",
    "refuted": r"\boldsymbol{\times}",
    "ill-typed": r"\boldsymbol{!}",
    "undecided": r"\boldsymbol{?}",
    "unread": r"\boldsymbol{\sim}",
}


def render(reports: Sequence[Report], look: Look = PLAIN) -> str:  # noqa: ARG001 - every format
    """One document over all reports."""
    return _document(line for report in reports for line in _note(report))


def render_networks(views: Sequence[NetworkView]) -> str:
    """The networks alone, as a document."""
    return _document(line for view in views for line in _network(view))


def fragment_of_finding(finding: Finding) -> str | None:
    """The relation for a notebook, with its verdict; None if it is not safe to typeset."""
    text = mathematics(finding.standard or finding.latex)
    word = finding.verdict or finding.kind
    return None if text is None else rf"$\displaystyle {text} \quad \text{{({word})}}$"


def fragment_of_network(view: NetworkView) -> str | None:
    """The equations for a notebook, one below the other; None if one is not safe to typeset."""
    rows = [mathematics(equation) for equation in view.equations]
    if not rows or None in rows:
        return None
    lines = r" \\ ".join(row or "" for row in rows)
    return rf"$\displaystyle\begin{{gathered}} {lines} \end{{gathered}}$"


def _document(body: Iterator[str]) -> str:
    return "\n".join([_PREAMBLE + r"\begin{document}", *body, r"\end{document}"]) + "\n"


def _note(report: Report) -> Iterator[str]:
    yield rf"\section*{{\raggedright {escaped(report.source.name)}}}"
    claims = sum(finding.kind == "claim" for finding in report.findings)
    counted = ", ".join(text for _, text in tally([report])) or "nothing to settle"
    yield f"{plural(report.equations, 'displayed equation')}, {plural(len(report.findings), 'relation')}; "
    yield f"{plural(claims, 'claim')}: {counted}."
    for view in report.networks:
        yield from _network(view)
    known = names(report.findings)
    for section, findings in groupby(report.findings, key=lambda finding: finding.section):
        if section:
            yield rf"\subsection*{{\raggedright {escaped(section)}}}"
        for finding in findings:
            yield from _finding(finding, known)
    for fault in report.faults:
        yield from _fault(fault, report.source)


def _network(view: NetworkView) -> Iterator[str]:
    where = f": {', '.join(view.sections)}" if view.sections else ""
    yield rf"\subsection*{{\raggedright {escaped('The network as it was understood' + where)}}}"
    yield r"{\small\raggedright"
    for title, members in groups(view):
        named = ", ".join(f"{quantity.name} ({shape(quantity) or 'scalar'})" for quantity in members)
        yield rf"\said{{{escaped(title)}}}{{{escaped(named)}}}"
    yield rf"\said{{layout}}{{{escaped(view.layout)}}}"
    yield from (rf"\said{{note}}{{{escaped(note)}}}" for note in view.notes)
    yield r"\par}\vspace{4pt}"
    yield from (rf"\par\vspace{{2pt}}{formula(equation)}" for equation in view.equations)


def _finding(finding: Finding, known: Mapping[str, str]) -> Iterator[str]:
    yield rf"\relation{{{finding.verdict or 'said'}}}{{%"
    yield formula(finding.standard or finding.latex)
    yield from _below(finding)
    yield r"}{%"
    yield _verdict(finding)
    yield from (rf"\said{{{label}}}{{{escaped(sentence)}}}" for label, sentence in _margin(finding, known) if sentence)
    yield "}"


def _verdict(finding: Finding) -> str:
    where = escaped((f"({finding.number}) " if finding.number else "") + f"line {place(finding)}")
    if finding.verdict is None:
        return rf"\kind{{{finding.kind}}}{{{where}}}"
    return rf"\verdict{{{finding.verdict}}}{{{_SIGNS[finding.verdict]}}}{{{where}}}"


def _margin(finding: Finding, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(label, sentence) beside the relation."""
    yield "reading", "; ".join(finding.readings)
    yield "given", "; ".join(finding.hypotheses)
    if finding.scope is not None:
        yield "scope", scope(finding.scope)
    if finding.diagnosis is not None:
        yield "diagnosis", diagnosis(finding.diagnosis)
    yield "follows", inherits(finding, known)
    if finding.verdict != "proved":
        yield "why", finding.message
    yield "chain", chain(finding)
    yield "silenced", silence(finding)


def _below(finding: Finding) -> Iterator[str]:
    """What needs more room than the margin has."""
    if finding.understood is not None and differs(finding) and finding.verdict != "proved":
        yield rf"\below{{read as}}{{{formula(finding.understood)}}}"
    if finding.counterexample is not None:
        yield _counterexample(finding.counterexample)
    repairs = (() if finding.repair is None else (finding.repair,)) + finding.alternatives
    for i, repair in enumerate(repairs):
        yield _repair("repair" if i == 0 else "or", repair)


def _counterexample(example: Counterexample) -> str:
    chosen = [_assigned(name, value) for name, value in example.values.items()]
    chosen += [formula(function_latex(name, body)) for name, body in example.functions.items()]
    values = r"\quad ".join(chosen)
    where = f"in entry ({', '.join(map(str, example.entry))}) " if example.entry else ""
    sides = (("left side", example.left), ("right side", example.right), ("difference", example.difference))
    said = ", ".join(f"{side} {_number(text)}" for side, text in sides)
    take = escaped(f"take {instance(example)}")
    return rf"\below{{{take}}}{{\raggedright {values}\par\vspace{{2pt}}{where}{said}}}"


def _assigned(name: str, value: object) -> str:
    latex = value_latex(value)
    if latex is None:
        return rf"\verbatimtext{{{escaped(f'{name} = {compact(value)}')}}}"
    return formula(f"{name} = {latex}")


def _number(text: str) -> str:
    latex = value_latex(text)
    return escaped(text) if latex is None else formula(latex)


def _repair(label: str, repair: Repair) -> str:
    return rf"\below{{{label}: {escaped(edits(repair))}}}{{{formula(repair.standard or repair.latex)}}}"


def _fault(fault: Fault, source: Source) -> Iterator[str]:
    found = None if fault.span is None else source.place(fault.span.start)
    where = "" if found is None else f"line {found.line}:{found.column}"
    yield rf"\par\addvspace{{8pt}}{{\raggedright\textbf{{{fault.severity}}} {escaped(fault.code)} {where}: "
    yield rf"{escaped(fault.message)}\said{{help}}{{{escaped(fault.help)}}}}}"
