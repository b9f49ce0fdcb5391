r"""Lines and words -> what the page shows: vectors and matrices, and commands that nothing explains.

Where anything shows vectors (`diag`, `\top`, `\odot`, a norm, softmax, bold letters, an entry, a stated shape, the word
"matrix"), a capital parameter is a matrix and a small letter with a step a vector, as if the page had said so.
"""

import re
from dataclasses import dataclass

from bptt_symbolic.understanding.lines import Lines
from bptt_symbolic.understanding.prose import shows_vectors

_VECTORS = re.compile(
    r"\\(top|intercal|odot|otimes|Vert|lVert|mathbf|boldsymbol|bm|bf|vec|mathbb|circ)(?![A-Za-z])|\\\||[Dd]iag|softmax"
)
_TRANSPOSED = re.compile(r"\^\s*\{?\s*\\?(mathsf\s*\{\s*)?T(?![A-Za-z])")
_LAST = re.compile(r"\\(sum|prod)\s*_\s*(\{[^}]*\}|\w)\s*\^\s*\{?\s*T|_\s*\{?\s*T(?![A-Za-z])|\{[^}]*=\s*T\s*\}")
"""A `T` that is the last step stands above a letter as a power, perhaps."""
_MACRO = re.compile(r"\\[A-Za-z]+")


@dataclass(frozen=True)
class Signs:
    """What the page shows, besides what its formulas say."""

    vectors: bool = False
    """Something shows vectors or matrices."""
    unknown: frozenset[str] = frozenset()
    """Commands without a meaning, which are read as symbols."""


def signs_of(lines: Lines) -> Signs:
    """The signs of a note."""
    texts = [lines.source.slice(line.span) for line in lines.lines if line.text is None and line.span.end]
    vectors = any(_VECTORS.search(t) for t in texts) or any(shows_vectors(text) for _, text in lines.words)
    if not any(_LAST.search(t) for t in texts):
        vectors = vectors or any(_TRANSPOSED.search(t) for t in texts)
    return Signs(vectors, unexplained(lines))


def unexplained(lines: Lines) -> frozenset[str]:
    """The commands without a meaning."""
    return frozenset(m for f in lines.faults if f.code == "unknown-macro" for m in _MACRO.findall(f.message)[:1])
