r"""Syntax -> equations and the conditions beside them: `a = b \quad \text{for } t < T`, `a = b \text{ if } i = j`.

A condition is set off by its words, or by being nothing but a comparison of steps or indices behind an equation. It may
stand in the middle of a side, because a word ends no formula: `a_t = b_t if t = T` parses with `b_t if t` as one side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bptt_symbolic.meaning.names import is_single
from bptt_symbolic.reading.syntax import Fenced, List, Node, Product, Relation, Scripted, Sum, Symbol, Text, Token
from bptt_symbolic.understanding.conditions import BARE, JOINING, LEAVING_OUT, OTHERWISE, begins, said, stripped
from bptt_symbolic.understanding.occurrences import affine, inside, unwrap
from bptt_symbolic.understanding.sum_bounds import is_dots

DEFINING = frozenset({"where", "with"})
"""Words behind which a definition may stand as well as a condition."""
COMPARING = frozenset({"<", ">", r"\le", r"\ge", r"\ne", r"\in"})
EXPLAINING = frozenset({"example", "instance", "short", "brevity", "simplicity", "convenience", "clarity"})


@dataclass(frozen=True, slots=True)
class Parts:
    """The items of a line sorted."""

    equations: tuple[Node, ...]
    conditions: tuple[Node, ...]
    others: tuple[Node, ...]


def parts_of(items: Sequence[Node]) -> Parts:
    """Equations, the conditions beside them, and what is neither and stands before."""
    equations: list[Node] = []
    groups: list[list[Node]] = []
    others: list[Node] = []
    going = False
    for place, item in enumerate(items):
        cut = list(_pieces(item, joined=going or bool(equations)))
        for number, (begun, node) in enumerate(cut):
            word = "" if begun == "and" and not going else begun
            if going and not word and _goes_on(node, equations):
                groups[-1].append(node)
                continue
            behind = [*(n for _, n in cut[number + 1 :]), *items[place + 1 :]]
            going = bool(word) or (bool(equations) and _is_range(node, behind, equations))
            if going:
                groups.append([node])
            elif isinstance(unwrap(node), Relation):
                equations.append(node)
            elif not equations:
                others.append(node)
    conditions = tuple(g[0] if len(g) == 1 else List(tuple(g), ()) for g in groups)
    return Parts(tuple(equations), conditions, tuple(others))


def is_condition(tree: Node) -> bool:
    """A formula that begins with the word "if", "for", "when", and defines nothing."""
    items = listed(tree)
    return bool(items) and bool(_word(items[0]))


def is_beside(cell: Node, before: Node | None) -> bool:
    """Whether a cell behind an equation is nothing but a condition on it."""
    known = parts_of(listed(before))
    if not known.equations or not listed(cell):
        return False
    found = parts_of([*listed(before), *listed(cell)])
    return len(found.equations) == len(known.equations) and found.conditions != known.conditions


def listed(tree: Node | None) -> list[Node]:
    """The items of a line."""
    return [i for i in (tree.items if isinstance(tree, List) else (tree,)) if i is not None]


# words


def _word(node: Node) -> str:
    """The word of a condition that a node begins with; empty where it begins with none, or with a definition."""
    inner = unwrap(node)
    if isinstance(inner, Fenced):
        return "" if inner.body is None or inner.left not in {"(", "["} else _word(inner.body)
    word = _opens(_first(node))
    return "" if word in DEFINING and not _compares_steps(node) else word


def _opens(item: Node | Token | None) -> str:
    """The word of a condition, where one begins at this item."""
    words = "" if item is None else said(item)
    if words == "for all":
        return "for"
    if words.lower() in OTHERWISE:
        return words.lower()
    word = begins(words)
    return "" if isinstance(item, Text) and _explains(words, word) else word


def _explains(words: str, word: str) -> bool:
    """`for example`; `where x is the input`."""
    rest = words.lower().split()
    return len(rest) > 1 and (rest[1].strip(",.)") in EXPLAINING or word not in BARE | LEAVING_OUT)


def _first(node: Node) -> Node | Token | None:
    inner = unwrap(node)
    match inner:
        case Relation(sides=sides):
            return None if sides[0] is None else _first(sides[0])
        case Product(items=items) | Sum(items=items):
            return items[0] if isinstance(items[0], Token) else _first(items[0])
        case List():
            return None if not listed(inner) else _first(listed(inner)[0])
        case _:
            return node if said(node) else inner


# cutting


def pieces(item: Node) -> list[Node]:
    """A formula and the conditions typed behind it without a sign between them."""
    return [node for _, node in _pieces(item, joined=False)]


def _pieces(item: Node, *, joined: bool) -> Iterator[tuple[str, Node]]:
    """An item cut where conditions begin, each piece with the word that it begins with."""
    word, inner = _word(item), unwrap(item)
    if word and isinstance(inner, Relation) and ":" in inner.names[1:]:
        place = inner.names.index(":", 1)  # `for t = T: a = b`
        yield word, Relation(inner.sides[: place + 1], inner.marks[:place], inner.names[:place])
        rest = Relation(inner.sides[place + 1 :], inner.marks[place + 1 :], inner.names[place + 1 :])
        yield from _pieces(rest, joined=False)
        return
    joined = joined or bool(word)
    cut = _cut(inner, start=True, joined=joined)
    if cut is None:
        yield word, _plain(item) if not word else item
        return
    before, joint, after = cut
    if before is not None:
        yield word, before
    for number, (more, piece) in enumerate(_pieces(after, joined=joined)):
        yield more or ("" if number else joint), piece


def _plain(item: Node) -> Node:
    """A definition without the "where" before it."""
    inner = unwrap(item)
    return stripped(inner) if isinstance(inner, Relation) and _opens(_first(inner)) in DEFINING else item


Cut = tuple[Node | None, str, Node]
"""What stands before, the word between where it joins two conditions, and what stands behind."""


def _cut(node: Node, *, start: bool, joined: bool) -> Cut | None:
    """A node cut before the word of a condition in it; at its `start` there is nothing to be cut off."""
    match node:
        case Product(items=items):
            for place, item in enumerate(items):
                joins = joined and not isinstance(item, Token) and said(item).lower() in JOINING
                if (place or not start) and (joins or _opens(item)):
                    rest = _whole(Product, items[place + 1 :] if joins else items[place:])
                    return None if rest is None else (_whole(Product, items[:place]), "and" if joins else "", rest)
        case Sum(items=items):
            for place, item in enumerate(items):
                cut = None if isinstance(item, Token) else _cut(item, start=start or place > 0, joined=joined)
                if cut is not None:
                    kept = () if cut[0] is None else (cut[0],)
                    rest = _whole(Sum, (cut[2], *items[place + 1 :]))
                    return None if rest is None else (_whole(Sum, (*items[:place], *kept)), cut[1], rest)
        case Relation(sides=sides, marks=marks, names=names):
            for place, side in enumerate(sides):
                cut = None if side is None else _cut(side, start=start and not place, joined=joined)
                if cut is not None:
                    before = Relation((*sides[:place], cut[0]), marks[:place], names[:place]) if place else cut[0]
                    after = Relation((cut[2], *sides[place + 1 :]), marks[place:], names[place:])
                    return before, cut[1], after if after.names else cut[2]
    return None


def _whole(kind: type[Product] | type[Sum], items: Sequence[Node | Token]) -> Node | None:
    if not items:
        return None
    only = items[0]
    return kind(tuple(items)) if len(items) > 1 or isinstance(only, Token) else only


# comparisons


def _goes_on(node: Node, equations: Sequence[Node]) -> bool:
    """Whether a piece still belongs to the condition before it: dots, an end, one more comparison."""
    inner = unwrap(node)
    if not isinstance(inner, Relation):
        return is_dots(inner) or affine(inner) is not None
    return _compares_steps(inner) and (bool(equations) or "=" not in inner.names)


def _is_range(node: Node, behind: Sequence[Node], equations: Sequence[Node]) -> bool:
    r"""`(i = 1, \dots, C)`, `k \le t`, `t > 0` behind an equation; `t = T` where `t` is a script in the equation."""
    inner = unwrap(node)
    if isinstance(inner, Fenced):
        return inner.left in {"(", "["} and inner.body is not None and compares(inner.body)
    if isinstance(inner, Relation):
        if not _compares_steps(inner):
            return False
        counted = bool(behind) and any(is_dots(n) for n in behind[:3])
        letters = _letters(inner)
        return "=" not in inner.names or counted or any(letters & scripts(e) for e in equations)
    letter = affine(inner)
    alone = letter is not None and len(letter.parts) == 1 and not letter.const
    return (
        alone
        and bool(behind)
        and isinstance(unwrap(behind[0]), Relation)
        and _is_range(behind[0], behind[1:], equations)
    )


def compares(tree: Node) -> bool:
    """Whether a formula does nothing but compare steps and indices."""
    parts = listed(tree)
    return any(isinstance(unwrap(p), Relation) for p in parts) and _compare(parts)


def _compare(parts: Sequence[Node]) -> bool:
    return all(
        _compares_steps(p) if isinstance(unwrap(p), Relation) else is_dots(p) or affine(p) is not None for p in parts
    )


def _compares_steps(node: Node) -> bool:
    """Whether a relation compares nothing but steps, indices and sizes."""
    inner = unwrap(node)
    if isinstance(inner, Fenced) and inner.body is not None:
        return _compares_steps(inner.body)
    if isinstance(inner, List):
        return _compare(listed(inner))
    if not isinstance(inner, Relation):
        return False
    relation = stripped(inner)
    sides = [s for s in relation.sides if s is not None]
    if len(sides) < len(relation.sides) or not set(relation.names) <= COMPARING | {"="}:
        return False
    spaces = {place + 1 for place, name in enumerate(relation.names) if name == r"\in"}
    if any(affine(s) is None and not (n in spaces and isinstance(unwrap(s), Fenced)) for n, s in enumerate(sides)):
        return False
    names = [n for s in sides if (a := affine(s)) is not None for n in a.names()]
    small = all(is_single(n) for n in names)
    first = affine(sides[0])
    return small and ("=" not in relation.names or (first is not None and not any(n.isupper() for n in first.names())))


def _letters(relation: Relation) -> frozenset[str]:
    first = affine(relation.sides[0])
    return frozenset() if first is None else first.names()


def scripts(node: Node) -> frozenset[str]:
    """The letters that stand in scripts and brackets of a formula: those that may be steps or indices."""
    found: set[str] = set()
    todo: list[tuple[Node, bool]] = [(node, False)]
    while todo:
        here, counts = todo.pop()
        if counts and isinstance(here, Symbol):
            found.add(here.name)
        if isinstance(here, Scripted):
            todo.append((here.base, counts))
            todo.extend((s.body, True) for s in here.scripts if s.body is not None)
            continue
        argument = isinstance(here, Fenced) and here.left in {"(", "["} and affine(here.body) is not None
        todo.extend((child, counts or argument) for child in inside(here))
    return frozenset(found)
