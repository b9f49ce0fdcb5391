r"""Plan -> blocks: a derivation in a notation, with numbers, labels and line breaks, before any document format.

Words hold formulas between dollar signs, as LaTeX and Markdown both have it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bptt_symbolic.deriving.steps import Inequality, Line, Plan, Section, Sentence
from bptt_symbolic.deriving.term_latex import Writer
from bptt_symbolic.meaning.names import spoken
from bptt_symbolic.meaning.terms import Affine, Ref

SIGNS = re.compile(r"\\le\b|\\ge\b|[<>]")
TOGETHER = 4
"""Names in one formula of a paragraph, which is not broken."""
WIDE = 64
"""About so many letters fit on a line of print."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Title of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Equation:
    """A display. `rows` are its lines: what stands before the alignment, and what behind."""

    number: int
    label: str
    rows: tuple[tuple[str, str], ...]
    line: Line | Inequality
    relations: int
    """How many relations the reader should find in it."""
    reason: str = ""
    """What is said before it."""


Block = Heading | Words | Equation


@dataclass(frozen=True)
class Document:
    """A derivation ready to be set."""

    title: str
    blocks: tuple[Block, ...]
    closing: tuple[str, ...] = ()
    """What is said at the end: scope and count of what was proved."""
    verdicts: Mapping[int, str] = field(default_factory=dict)
    """Number of an equation -> under which hypotheses it is proved, where there are any."""

    def words(self, equation: Equation) -> str:
        """What is said before an equation: its reason, and under which hypotheses it is proved."""
        return " ".join(w for w in (equation.reason, self.verdicts.get(equation.number, "")) if w)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The displays."""
        return tuple(b for b in self.blocks if isinstance(b, Equation))


def compose(plan: Plan, write: Writer) -> Document:
    """Number the lines of a plan and write them."""
    blocks: list[Block] = []
    number, labels = 0, set[str]()
    for section in plan.sections:
        blocks.append(Heading(section.title))
        blocks.extend(_words(section, write))
        for line in section.lines:
            number += 1
            label = _label(line, number, labels)
            blocks.append(replace(_equation(line, number, write), reason=sentence(line.reason, write), label=label))
        blocks.extend(Words(sentence(s, write)) for s in section.after)
    return Document(plan.title, tuple(blocks))


def _label(line: Line | Inequality, number: int, taken: set[str]) -> str:
    """What a reader of the source refers to: `eq:adjoint-s`; the number where a line has no label of its own."""
    own = "" if isinstance(line, Inequality) else re.sub(r"[^A-Za-z0-9-]+", "", spoken(line.label))
    label = f"eq:{own}" if own and f"eq:{own}" not in taken else f"eq:{number}"
    taken.add(label)
    return label


def sentence(words: Sentence, write: Writer) -> str:
    """Words with formulas in dollar signs."""
    return "".join(p if isinstance(p, str) else f"${write(p)}$" for p in words.parts)


def _words(section: Section, write: Writer) -> Iterator[Words]:
    for words in section.before:
        yield Words(sentence(words, write))
    shown = [
        _shape(refs[start : start + TOGETHER], axes, write)
        for refs, axes in section.shapes
        for start in range(0, len(refs), TOGETHER)
    ]
    if shown:
        yield Words(f"The quantities are {', '.join(shown[:-1])}{' and ' if shown[1:] else ''}{shown[-1]}.")


def _shape(refs: tuple[Ref, ...], axes: tuple[Affine, ...], write: Writer) -> str:
    size = r" \times ".join(write(a) if len(a.parts) + bool(a.const) <= 1 else f"({write(a)})" for a in axes)
    names = ", ".join(write(r) for r in refs)
    return rf"${names} \in \mathbb{{R}}^{{{size}}}$"


def _equation(line: Line | Inequality, number: int, write: Writer) -> Equation:
    if isinstance(line, Inequality):
        text = " ".join(p if isinstance(p, str) else write(p) for p in line.parts)
        return Equation(number, f"eq:{number}", ((text, ""),), line, len(SIGNS.findall(text)))
    rows: list[tuple[str, str]] = []
    left = write(line.left)
    for place, member in enumerate(line.members):
        items = write.items(member)
        pieces = _broken(items, WIDE - width(left))
        rows.append((left if not place else "", f"= {pieces[0]}"))
        rows.extend(("", rf"\quad {p}") for p in pieces[1:])
    return Equation(number, f"eq:{number}", tuple(rows), line, len(line.members))


def _broken(items: list[str], room: int) -> list[str]:
    """The terms of a sum on lines that are no wider than there is room."""
    lines = [items[0]]
    for item in items[1:]:
        if width(lines[-1]) + width(item) > room:
            lines.append(item)
        else:
            lines[-1] += " " + item
    return lines


FRACTION = re.compile(r"\\frac\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def width(text: str) -> int:
    """About how many letters wide a formula is set."""
    while (found := FRACTION.search(text)) is not None:
        text = text[: found.start()] + "x" * max(width(found[1]), width(found[2])) + text[found.end() :]
    text = re.sub(r"\\(?:left|right|,|operatorname|mathbf|mathrm|hat|tilde|bar|quad|top)\b", "", text)
    text = re.sub(r"\\(?:odot|oslash|le)\b|(?<= )[-+=](?= )", "xxx", text)
    text = re.sub(r"[_^](\{[^{}]*\}|.)", lambda m: "x" * (len(m[1].strip("{}")) * 2 // 3), text)
    return len(re.sub(r"[{}\s]", "", re.sub(r"\\[a-zA-Z]+", "xx", text)))
