"""What repairs stand on: every formula of every note is written by its own text, and reads as itself again."""

from pathlib import Path

import pytest

from bptt_symbolic.api import understand
from bptt_symbolic.mending.repair.page import New, Page, Tree, alike, expanded
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding.occurrences import inside

ROOT = Path(__file__).parents[2]
NOTES = sorted(
    p
    for folder in ("derivations", "tests/notes")
    for p in (ROOT / folder).iterdir()
    if p.suffix in {".md", ".tex", ".rst"}
)


def below(node: Node) -> list[Node]:
    return [node, *(n for child in inside(node) for n in below(child))]


LONG = {
    "angle-brackets.md",
    "bptt-korean.md",
    "general-functions.rst",
    "gru.md",
    "huang-2019.tex",
    "indices.md",
    "lstm.md",
    "nablas.tex",
    "profatxuanall.rst",
    "truncated.md",
}
"""Notes that are read in a long run only."""


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.name, marks=[pytest.mark.slow] if p.name in LONG else []) for p in NOTES]
)
def test_every_formula_reads_as_itself(path: Path) -> None:
    note = understand(path)
    page = Page(note.lines.source, note.lines.macros)
    sides = [s for i in note.items for s in (i.stated.left, i.stated.right) if s is not None]
    assert sides
    for side in sides:
        for node in below(side):
            again = page.read(expanded(node))
            if again is None:
                assert expanded(node) in {"+", "-"}  # a sign alone, as in a derivative with a plus
                continue
            assert alike(again, node)
            own = page.span(node)
            if own is not None:
                read = page.read(note.lines.source.slice(own))
                assert read is not None
                assert alike(read, node)


def test_a_tree_with_a_node_replaced_shares_the_rest() -> None:
    note = understand(ROOT / "derivations" / "huan.md")
    side = next(i.stated.right for i in note.items if i.kind == "claim" and i.stated.right is not None)
    page = Page(note.lines.source, note.lines.macros)
    new = page.read("q")
    assert new is not None
    tree = Tree(side)
    for old in below(side)[1:]:
        made = tree.replaced({id(old): New(new, None)})
        assert any(n is new for n in below(made))
        assert {id(n) for n in below(made)} - {id(n) for n in below(side)} <= {
            id(n) for n in below(made) if any(m is new for m in below(n))
        }
