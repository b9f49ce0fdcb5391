r"""A step or an index that is off by one where no quantity carries it: `f_{i+1}`, `[x; y]_{j+1}`, `L(y(t+2))`."""

from collections.abc import Iterator

from bptt_symbolic.mending.repair.edit import Edit, Named, in_node
from bptt_symbolic.mending.repair.site import Site
from bptt_symbolic.reading.syntax import Group, List, Node, Product, Relation, Scripted, Symbol, Token
from bptt_symbolic.understanding import INDEX_LETTERS
from bptt_symbolic.understanding.occurrences import affine, bracket_in, inside
from bptt_symbolic.understanding.sum_bounds import big


def edits(site: Site) -> Iterator[Edit | None]:
    """Every step and every index of the side, one more and one less."""
    notation = site.spelling.builder.notation
    for node, in_script in _places(site.side):
        value = affine(node)
        if value is None or not value.names() or not value.names() <= notation.times | INDEX_LETTERS:
            continue
        old = site.page.text(node)
        kind = "off by one in time" if notation.main in value.names() else "wrong index"
        for other in (value - 1, value + 1):
            new = site.spelling.integer(other)
            text = f"{{{new}}}" if in_script and isinstance(node, Symbol) and len(new) > 1 else new
            yield in_node(site.page, node, text, Named(kind, f"write {new} for {old}", 1.05))


def _places(node: Node) -> Iterator[tuple[Node, bool]]:
    """What stands in a script, and whether braces are needed there; what stands alone in a bracket behind a name."""
    if isinstance(node, Scripted) and big(node) is None:
        for script in node.scripts:
            if script.body is not None:
                for part in _parts(script.body):
                    yield part, isinstance(script.body, Symbol)
    if isinstance(node, Product):
        for here, following in zip(node.items, node.items[1:], strict=False):
            bracket = None if isinstance(here, Token) else bracket_in(following)
            if bracket is not None and bracket.body is not None:
                yield from ((part, False) for part in _parts(bracket.body))
    for child in inside(node):
        if not isinstance(child, Relation):
            yield from _places(child)


def _parts(body: Node) -> Iterator[Node]:
    """A script or an argument; each of several."""
    match body:
        case Group(body=inner) if inner is not None:
            yield from _parts(inner)
        case List(items=items):
            yield from (item for item in items if item is not None)
        case _:
            yield body
