r"""Syntax -> conditions on integers: `i = j`, `k \le t`, `1 \le k < t`, `t = 1, \dots, T`, `t \in \{1, \dots, T\}`.

What cannot be read as such is never left out: it raises NotBuilt with its place, so that the formula is undecided.
Words around a condition ("if", "for all", `\forall`) say that it is one, and "otherwise" says nothing by itself.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from bptt_symbolic.meaning.terms import Affine, Condition
from bptt_symbolic.reading.syntax import Fenced, List, Node, Product, Relation, Symbol, Text, Token
from bptt_symbolic.understanding.occurrences import affine, occurrence, unwrap, word_of
from bptt_symbolic.understanding.sum_bounds import RELATIONS, NotBuilt, compared, is_dots, range_of

Last = Callable[[Affine], Affine]
WORDS = frozenset(
    {"if", "for", "when", "whenever", "where", "with", "at", "provided", "si", "wenn", "falls", "pour", "für"}
)
"""Words that a condition may begin with."""
LEAVING_OUT = frozenset({"unless", "except", "excluding", "only"})
"""Words that begin a condition which says more than what stands behind them; `only for` does not."""
BARE = WORDS - {"where", "with"}
"""Those that begin nothing but a condition: `where` may give a definition."""
OTHERWISE = frozenset({"otherwise", "else", "sonst", "sinon"})
JOINING = frozenset({"and", "et", "und"})
EVERY = re.compile(
    r"(only\s+)?(for|at|if|when|whenever|where|with|provided|in|and)?\s*(all|any|every|each|some)?\s*(the\s*)?"
    r"((time\s*)?(steps?|index|indices|times?|that))?\s*",
    re.IGNORECASE,
)
"""Words that say "for every" or "if", and nothing else."""
LAST_STEP = re.compile(r"\b(last|first|final|initial)\s+(time\s*)?steps?\b", re.IGNORECASE)
"""A condition in words that no word begins."""
QUANTIFIED = re.compile(
    r"\(?\s*(for|at)\s+(all|any|every|each)\s+(time[- ]?)?(steps?|times?)\s*\)?[.,]?", re.IGNORECASE
)
"""`for every step` restricts nothing."""
NUMBERS = frozenset({r"\mathbb{N}", r"\mathbb{Z}", r"\mathbb{N}_0"})
UNKNOWN = "a condition that compares no steps and no indices"


def conditions_of(node: Node, last: Last) -> tuple[Condition, ...]:
    """The conditions that a formula states; none for "otherwise" and "for every step"; raises NotBuilt."""
    inner = unwrap(node)
    if _is_word(inner):
        if said(inner).lower() in OTHERWISE or restricts_nothing(inner):
            return ()
        raise NotBuilt("not-settled", f"the condition in words: {said(inner)}", inner.span)
    match inner:
        case Relation():
            return tuple(c for part in _joined_relations(inner) for c in _chain(part, last))
        case List(items=items):
            return _listed([i for i in items if i is not None], last)
        case Fenced(body=body) if body is not None:
            return conditions_of(body, last)
        case Product():
            rest = _without_words(inner)
            if rest is None:
                return ()
            if rest is not inner:
                return conditions_of(rest, last)
    if (value := affine(inner)) is not None and len(value.parts) == 1:
        return ()  # `\forall t`
    raise NotBuilt("not-settled", UNKNOWN, inner.span)


def said(node: Node | Token) -> str:
    """The words of a node, empty where it has none."""
    if isinstance(node, Text):
        return node.content.strip().rstrip(".,;")
    if isinstance(node, Symbol) and node.name == r"\forall":
        return "for all"
    return "" if isinstance(node, Token) else (word_of(node) or "")


def begins(words: str) -> str:
    """The word of a condition that words begin with, empty where there is none."""
    if LAST_STEP.search(words):
        return "at"
    first = re.match(r"\(?\s*([^\W\d_]+)", words)
    return first[1].lower() if first and first[1].lower() in WORDS | LEAVING_OUT else ""


def restricts_nothing(node: Node) -> bool:
    """`for every step`."""
    return bool(QUANTIFIED.fullmatch(said(node)))


def _is_word(node: Node | Token) -> bool:
    if isinstance(node, Text):
        return True
    words = said(node)
    return words == "for all" or (len(words) > 1 and words.lower() in WORDS | LEAVING_OUT | OTHERWISE | JOINING)


def _listed(items: Sequence[Node], last: Last) -> tuple[Condition, ...]:
    r"""`t = 1, \dots, T`, `i, j = 1, \dots, n`, `k < t, t > 1`."""
    found: list[Condition] = []
    letters: list[Affine] = []
    place = 0
    while place < len(items):
        item = items[place]
        inner = unwrap(item)
        if not isinstance(inner, Relation):
            value = affine(_without_words(inner) if isinstance(inner, Product) else inner)
            if value is None or len(value.parts) != 1 or value.const:
                found.extend(conditions_of(item, last))
            else:
                letters.append(value)
            place += 1
            continue
        end = _end_of_range(items, place)
        if end is not None:
            found.extend(_counted(inner, items[place + 1 : end + 1], letters, last))
            place, letters = end + 1, []
            continue
        found.extend(conditions_of(item, last))
        for letter in letters:
            found.extend(_shared(inner, letter, last))
        letters, place = [], place + 1
    return tuple(found)


def _end_of_range(items: Sequence[Node], place: int) -> int | None:
    """Where the range ends that begins with a relation: at what stands behind its dots, or with the whole list."""
    for number in range(place + 1, len(items)):
        if is_dots(items[number]):
            return number + 1 if number + 1 < len(items) else None
        if affine(items[number]) is None:
            return None
    return len(items) - 1 if place + 1 < len(items) else None


def _counted(relation: Relation, rest: Sequence[Node], letters: list[Affine], last: Last) -> list[Condition]:
    relation = stripped(relation)
    if relation.names != ("=",):
        raise NotBuilt("not-settled", "a range of a form that is not known", relation.span)
    name, low = affine(relation.sides[0]), affine(relation.sides[1])
    high = affine(rest[-1])
    dotted = any(map(is_dots, rest))
    listed = [affine(n) for n in (rest[:-2] if dotted else rest)]
    if name is None or low is None or high is None or listed != [low + n + 1 for n in range(len(listed))]:
        raise NotBuilt("not-settled", "a range of a form that is not known", relation.span)
    return [c for v in (*letters, name) for c in _between(v, low, high, last)]


def _between(value: Affine, low: Affine, high: Affine, last: Last) -> list[Condition]:
    return [Condition(last(low), "<=", last(value)), Condition(last(value), "<=", last(high))]


def _shared(relation: Relation, letter: Affine, last: Last) -> Iterator[Condition]:
    r"""`i, j \in \{1, \dots, n\}`: what is said of the last one holds for those before it."""
    relation = stripped(relation)
    first = affine(relation.sides[0])
    for condition in _chain(relation, last):
        if first is not None:
            put = dict.fromkeys(first.names(), letter)
            yield Condition(condition.left.put(put), condition.relation, condition.right.put(put))


def _joined_relations(relation: Relation) -> list[Relation]:
    """`t < 1 and t > T` parses as one relation with the word in a middle side."""
    for number, side in enumerate(relation.sides[1:-1], 1):
        if isinstance(side, Product):
            where = next((n for n, i in enumerate(side.items) if _is_word(i)), None)
            if where and said(side.items[where]).lower() in JOINING:
                left, right = _joined(side.items[:where]), _joined(side.items[where + 1 :])
                first = Relation((*relation.sides[:number], left), relation.marks[:number], relation.names[:number])
                rest = Relation(
                    (right, *relation.sides[number + 1 :]), relation.marks[number:], relation.names[number:]
                )
                return [first, *_joined_relations(rest)]
    return [relation]


def _chain(relation: Relation, last: Last) -> Iterator[Condition]:
    if isinstance(relation.sides[0], Product):
        _without_words(relation.sides[0])  # words that say more
    relation = stripped(relation)
    for number, name in enumerate(relation.names):
        first, second = relation.sides[number : number + 2]
        left, right = affine(first), affine(second)
        if name == r"\in" and left is not None and second is not None:
            yield from _member(left, second, last)
            continue
        if left is None or right is None or name not in RELATIONS:
            raise NotBuilt("not-settled", UNKNOWN, relation.span)
        yield compared(last(left), name, last(right))


def _member(value: Affine, node: Node, last: Last) -> list[Condition]:
    r"""`t \in \{1, \dots, T\}`, `t \in [1, T]`, `t \in [T]`, `t \in \{T\}`."""
    inner = unwrap(node)
    found = occurrence(inner)
    if found is not None and found.name in NUMBERS:
        return []
    if isinstance(inner, Fenced) and inner.body is not None and inner.left in {r"\{", "["}:
        body = unwrap(inner.body)
        items = [i for i in body.items if i is not None] if isinstance(body, List) else [body]
        ends = range_of(items)
        if ends is not None and (inner.left != "[" or len(items) > 1):
            return _between(value, *ends, last) if ends[0] != ends[1] else [Condition(last(value), "=", last(ends[0]))]
        numbers = [affine(i) for i in items]
        if inner.left == "[" and numbers[0] is not None and len(numbers) <= len(("low", "high")):
            low = Affine(1) if len(numbers) == 1 else numbers[0]
            if (high := numbers[-1]) is not None:
                return _between(value, low, high, last)
    raise NotBuilt("not-settled", "a set that is no range of steps", node.span)


def relations_in(node: Node | None) -> list[Relation]:
    """The relations in a condition, words and punctuation taken away; what else stands there is left out."""
    if node is None:
        return []
    match unwrap(node):
        case Relation() as relation:
            return [stripped(r) for r in _joined_relations(relation)]
        case List(items=items) | Product(items=items):
            return [r for i in items if isinstance(i, Relation | List | Product | Fenced) for r in relations_in(i)]
        case Fenced(body=body):
            return relations_in(body)
        case _:
            return []


def _joined(items: "tuple[Node | Token, ...]") -> Node | None:
    nodes = [i for i in items if not isinstance(i, Token)]
    return None if not nodes else nodes[0] if len(items) == 1 else Product(items)


def stripped(relation: Relation) -> Relation:
    """`if i = j` parses with the word in the first side."""
    first = relation.sides[0]
    if isinstance(first, Product):
        rest = _without_words(first, strict=False)
        if rest is not first:
            return Relation((rest, *relation.sides[1:]), relation.marks, relation.names)
    return relation


def _without_words(node: Product, *, strict: bool = True) -> Node | None:
    """A product without the words that say that a condition begins; if `strict`, NotBuilt for words that say more."""
    kept = []
    for item in node.items:
        if not _is_word(item):
            kept.append(item)
        elif EVERY.fullmatch(said(item)) or said(item).lower() in WORDS | JOINING:
            continue
        elif not strict:
            kept.append(item)
        else:
            raise NotBuilt("not-settled", f"the condition in words: {said(item)}", item.span)
    if len(kept) == len(node.items):
        return node
    return None if not kept else kept[0] if len(kept) == 1 and not isinstance(kept[0], Token) else Product(tuple(kept))
