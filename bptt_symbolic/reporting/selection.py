"""What a person calls an equation -> the findings that are meant.

name = number | tag | label | "L" line | "C" cell "L" line | id        16, (16), eq:sum, L61, C3L2, eq:16.1
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from bptt_symbolic.reporting.report import Finding


def meant(findings: Sequence[Finding], name: str) -> tuple[int, ...]:
    """The places in the list of the findings that go by a name: those whose id, number, label or line it is."""
    wanted = name.strip()
    bare = wanted.removeprefix("(").removesuffix(")")
    return tuple(i for i, finding in enumerate(findings) if {wanted, bare} & set(names_of(finding)))


def names_of(finding: Finding) -> Iterator[str]:
    """Everything that a finding may be called."""
    yield finding.id
    yield finding.id.rpartition(".")[0]
    if finding.number is not None:
        yield finding.number
    if finding.label is not None:
        yield finding.label
    yield line_of(finding)


def line_of(finding: Finding) -> str:
    """`L61`; in a notebook `C3L2`, the second line of the third cell; in a file that is put in `gradients:L61`."""
    if finding.file is not None:
        return f"{PurePath(finding.file).stem}:L{finding.line}"
    return f"L{finding.line}" if finding.cell is None else f"C{finding.cell}L{finding.line}"


def shortest(finding: Finding) -> str:
    """The name that a message uses: number, label or line; with the id where that is no name of its own."""
    return finding.number or finding.label or line_of(finding)
