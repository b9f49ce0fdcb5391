r"""Syntax -> conditions on integers: `i = j`, `k \le t`, `1 \le k < t`, "if i = j", "otherwise"."""

from collections.abc import Callable
from typing import Literal

from bptt_symbolic.elaborate.names import affine, unwrap, word_of
from bptt_symbolic.syntax import Fenced, List, Node, Product, Relation, Symbol, Text, Token
from bptt_symbolic.terms import Affine, Condition

Sign = Literal["=", "!=", "<", "<="]
RELATIONS: dict[str, tuple[Sign, bool]] = {
    "=": ("=", False), r"\ne": ("!=", False), "<": ("<", False), ">": ("<", True), r"\le": ("<=", False), r"\ge":
    ("<=", True),
}  # fmt: skip
"""Mark -> comparison, and whether the sides change places."""
WORDS = frozenset(
    {"if", "for", "when", "where", "and", "otherwise", "else", "si", "wenn", "falls", "sonst", "sinon", "pour"}
)


def conditions_of(node: Node, last: Callable[[Affine], Affine]) -> tuple[Condition, ...]:
    """The conditions that a formula states; none for "otherwise"; things that are no integers are left out."""
    return tuple(c for part in relations_in(node) for c in _of_relation(part, last))


def relations_in(node: Node | None) -> list[Relation]:
    """The relations in a condition, words and punctuation taken away."""
    if node is None:
        return []
    match unwrap(node):
        case Relation() as relation:
            return [_without_words(r) for r in _parted(relation)]
        case List(items=items) | Product(items=items):
            return [r for i in items if not isinstance(i, Symbol | Text) and hasattr(i, "span") for r in _inner(i)]
        case Fenced(body=body):
            return relations_in(body)
        case _:
            return []


def _inner(item: object) -> list[Relation]:
    return relations_in(item) if isinstance(item, Relation | List | Product | Fenced) else []


def _parted(relation: Relation) -> list[Relation]:
    """`t < 1 and t > T` parses as one relation with the word in a middle side."""
    for number, side in enumerate(relation.sides[1:-1], 1):
        if isinstance(side, Product):
            where = next((n for n, i in enumerate(side.items) if _is_word(i)), None)
            if where:
                left, right = _joined(side.items[:where]), _joined(side.items[where + 1 :])
                first = Relation((*relation.sides[:number], left), relation.marks[:number], relation.names[:number])
                rest = Relation(
                    (right, *relation.sides[number + 1 :]), relation.marks[number:], relation.names[number:]
                )
                return [first, *_parted(rest)]
    return [relation]


def _joined(items: "tuple[Node | Token, ...]") -> Node | None:
    nodes = [i for i in items if not isinstance(i, Token)]
    return None if not nodes else nodes[0] if len(items) == 1 else Product(items)


def _without_words(relation: Relation) -> Relation:
    """`if i = j` parses with the word in the first side."""
    first = relation.sides[0]
    if isinstance(first, Product):
        kept = tuple(i for i in first.items if not _is_word(i))
        if len(kept) < len(first.items) and kept:
            node = kept[0] if len(kept) == 1 else Product(kept)
            return Relation((node, *relation.sides[1:]), relation.marks, relation.names)  # type: ignore[arg-type]
    return relation


def _is_word(item: object) -> bool:
    if isinstance(item, Text):
        return True
    return isinstance(item, Symbol) and (item.name in WORDS or word_of(item) in WORDS)


def _of_relation(relation: Relation, last: Callable[[Affine], Affine]) -> list[Condition]:
    found = []
    for number, name in enumerate(relation.names):
        left, right = (affine(s) for s in relation.sides[number : number + 2])
        if left is None or right is None or name not in RELATIONS:
            continue
        sign, swapped = RELATIONS[name]
        a, b = last(left), last(right)
        found.append(Condition(b, sign, a) if swapped else Condition(a, sign, b))
    return found
