r"""Lines -> notation: how this note writes time, entries, labels and functions.

Decided once for the whole note, from all formulas: a letter is a *time* if some name carries it and its neighbour in
the same place (`s_t` and `s_{t-1}`); the place is then the *time slot* of every name that has the letter there. A
subscript that is no time is a label or an index: an index when the name also occurs without it, when a sum binds it,
or when it is a letter that indices have; a label when it is a word, or the name of another quantity.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.parser.tokens import FUNCTIONS
from bptt_symbolic.reading.syntax import Fenced, List, Node, Product, Relation, Scripted, Symbol, Token, leaves
from bptt_symbolic.scalars.rows import WORDS
from bptt_symbolic.understanding.lines import Lines
from bptt_symbolic.understanding.names import (
    BIG,
    Occurrence,
    Use,
    affine,
    bracket_in,
    inside,
    label_text,
    letters_of,
    listed,
    occurrence,
    uses,
    word_of,
)

Slot = Literal["sub0", "sub1", "bracket", "sup", "argument"]

KNOWN: dict[str, str] = {
    **WORDS,
    **{f"\\{word}": name for word, name in WORDS.items()},
    **dict.fromkeys(("diag", "Diag"), "diag"),
    r"\ln": "log",
}
"""Words for known functions."""
INDEX_LETTERS = frozenset([*"ijklmnpqrabcd", r"\ell", r"\alpha", r"\beta", r"\mu", r"\nu"])
FUNCTION_LETTERS = frozenset([*"fgFG", r"\sigma", r"\phi", r"\varphi", r"\psi", r"\theta", r"\Phi", r"\rho", r"\ell"])
LOSS_LETTERS = frozenset(
    ["L", "E", "J", "C", "l", r"\mathcal{L}", r"\mathcal{E}", r"\mathcal{J}", r"\ell", r"\mathscr{L}", "loss"]
)
PAIR = 2
"""Indices of a matrix."""
LAST_LETTERS = ("T", r"\mathcal{T}", "N", r"\tau")
ONE_NAMES = frozenset([r"\mathbf{1}", r"\mathbb{1}", r"\mathbb{I}", r"\mathds{1}"])


@dataclass(frozen=True)
class Notation:
    """What a reader of the note knows about its symbols before reading a single equation closely."""

    slots: Mapping[str, Slot]
    """Name -> where its time stands."""
    times: frozenset[str]
    """Letters that are times."""
    main: str
    """The running time."""
    last: frozenset[str]
    """Names of the last step."""
    functions: Mapping[str, str]
    """Name -> known function, or the name itself for a function of the note's own."""
    bare: frozenset[str]
    """Names that occur without any subscript but time."""
    indexed: frozenset[str] = frozenset()
    """Names that occur with a letter that a sum binds, or with a pair of indices."""
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name -> the single letters it carries as labels."""
    both: frozenset[str] = frozenset()
    """Names that are a quantity and, with a bracket behind, a function of it: `u = u(x)`."""
    tops: bool = False
    """Transposes are written by a sign of their own somewhere, so that `W^T` may be a power."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Names that are another one written carelessly: `L(` where the note defines `\\mathcal{L}(`."""

    def time_of(self, found: Occurrence, bracket: Fenced | None) -> tuple[Affine | None, bool]:
        """The time of an occurrence, and whether its bracket was used up for it."""
        slot = self.slots.get(found.name)
        if slot is None:
            return None, False
        node, used = slot_node(found, bracket, slot)
        value = None if node is None else affine(node)
        if value is not None and slot == "sub0" and self._labelled(found, value):
            value = affine(found.subs[1])  # `a_{f,t}` beside `h_t`: the step stands behind a label
        return (None, False) if value is None else (value, used)

    def rest_of(self, found: Occurrence) -> tuple[Node, ...]:
        """The subscripts of an occurrence that are not its time."""
        slot = self.slots.get(found.name)
        if slot == "sub0" and len(found.subs) > 1:
            first = affine(found.subs[0])
            behind = first is not None and self._labelled(found, first)
            return found.subs[:1] + found.subs[2:] if behind else found.subs[1:]
        if slot == "sub0":
            return ()
        return found.subs[:1] + found.subs[2:] if slot == "sub1" else found.subs

    def _labelled(self, found: Occurrence, first: Affine) -> bool:
        """Whether the step of a name that has it in its first subscript stands in the second one here."""
        second = affine(found.subs[1]) if len(found.subs) > 1 else None
        running = second is not None and self.main in second.names()
        return running and not first.names() & (self.times | self.last) and bool(first.names())


def slot_node(found: Occurrence, bracket: Fenced | None, slot: Slot) -> tuple[Node | None, bool]:
    """What stands in a slot of an occurrence, and whether that is the bracket behind it."""
    if slot == "sub0":
        return (found.subs[0] if found.subs else None), False
    if slot == "sub1":
        return (found.subs[1] if len(found.subs) > 1 else None), False
    if slot == "argument":
        ok = bracket is not None and bracket.left == "("
        return (bracket.body if ok and bracket is not None else None), ok
    wanted = slot == "bracket"
    return next((s.body for s in found.sups if s.bracketed == wanted), None), False


def survey(lines: Lines, functions: Mapping[str, str], *, convention: bool = False) -> Notation:
    """The notation of a note; `functions` are declared ones, under the summation `convention` no sum binds an index."""
    found = [use for line in lines.lines for use in uses(line.tree)]
    slots, times, main = _times(found, _recurrences(lines))
    counted = _counted(lines, slots, main)
    slots, times = {**{name: "sub0" for name, _ in counted}, **slots}, times | {letter for _, letter in counted}
    bound = _bound(lines) | (INDEX_LETTERS if convention else frozenset())
    both = frozenset(n for line in lines.lines if line.tree is not None for n in _applied_to_itself(line.tree))
    known = {**_functions(found, slots, times, functions, lines), **{n: n for n in both}}
    last = _last(lines, found, slots, main)
    bare = frozenset(u.occurrence.name for u in found if not _rest(u, slots))
    notation = Notation(slots, times, main, last, known, bare, both=both, aliases=_aliases(found))
    letters = bound | {
        x
        for u in found
        for n in _rest(u, slots)
        if (pair := letters_of(n)) and len(pair) == PAIR and set(pair) & bound
        for x in pair
    }
    letters |= {
        x
        for u in found
        if len(rest := _rest(u, slots)) == PAIR and any(_names(n) & bound for n in rest)
        for n in rest
        for x in _names(n)
    }
    indexed = frozenset(u.occurrence.name for u in found if _clearly_indexed(u, notation, letters - frozenset(slots)))
    tops = any(
        t.text.strip() in {r"\top", r"\intercal"} for line in lines.lines if line.tree for t in leaves(line.tree)
    )
    return replace(notation, tops=tops, indexed=indexed, labels=_labels(found, slots))


def _applied_to_itself(node: Node) -> Iterable[str]:
    """`u = u(x)`: the name is a quantity and the function that gives it."""
    if isinstance(node, Relation) and len(node.sides) == 2 and node.names == ("=",):  # noqa: PLR2004
        left, right = node.sides
        name = None if left is None else occurrence(left)
        if name is not None and isinstance(right, Product) and len(right.items) == 2:  # noqa: PLR2004
            first, second = right.items
            again = None if isinstance(first, Token) else occurrence(first)
            if again is not None and again.name == name.name and isinstance(second, Fenced) and not again.subs:
                yield name.name
    if isinstance(node, List):
        for item in node.items:
            if item is not None:
                yield from _applied_to_itself(item)


def _aliases(found: list[Use]) -> dict[str, str]:
    """A capital and its script form that both are always applied to something are one name."""
    alone = {u.occurrence.name for u in found if u.bracket is None}
    counts: dict[str, int] = defaultdict(int)
    for use in found:
        counts[use.occurrence.name] += 1
    pairs = [(n, f"\\mathcal{{{n}}}") for n in counts if len(n) == 1 and n.isupper()]
    return {a: b for a, b in pairs if b in counts and a not in alone and counts[a] < counts[b]}


def _candidates(use: Use) -> Iterable[tuple[Slot, Affine]]:
    places: tuple[Slot, ...] = ("sub0", "sub1", "bracket", "sup", "argument")
    for slot in places:
        node, _ = slot_node(use.occurrence, use.bracket, slot)
        value = None if node is None else affine(node)
        if value is not None and len(value.parts) <= 1:
            yield slot, value


def _recurrences(lines: Lines) -> Counter[str]:
    """Letter -> the number of equations that step by it: `s_n = tanh(Ux_n + Ws_{n-1})` steps by n."""
    letters: Counter[str] = Counter()
    for line in lines.lines:
        for item in () if line.tree is None else listed(line.tree):
            if isinstance(item, Relation) and (given := _given(item.sides[0])) is not None:
                here = {v for _, v in _candidates(given) if v.names()}
                there = [v for side in item.sides[1:] for use in uses(side) for _, v in _candidates(use)]
                letters.update({a.parts[0][0] for a in here for b in there if a.parts == b.parts and a != b})
    return letters


def _given(side: Node | None) -> Use | None:
    """The quantity that a left side is: `s_n`, `h(n)`."""
    items = side.items if isinstance(side, Product) else (side,)
    name = None if items[0] is None or isinstance(items[0], Token) else occurrence(items[0])
    bracket = bracket_in(items[1]) if len(items) == 2 else None  # noqa: PLR2004
    return None if name is None or (len(items) > 1 and bracket is None) else Use(name, bracket)


def _times(found: list[Use], steps: Counter[str]) -> tuple[dict[str, Slot], frozenset[str], str]:
    seen: dict[tuple[str, Slot], set[Affine]] = defaultdict(set)
    for use in found:
        for slot, value in _candidates(use):
            seen[use.occurrence.name, slot].add(value)
    votes: Counter[str] = Counter()
    for values in seen.values():
        for value in values:
            if (
                value.parts
                and value.parts[0][1] == 1
                and value.const == 0
                and any(v.parts == value.parts and abs(v.const) in {1, 2} for v in values)
            ):
                votes[value.parts[0][0]] += 1

    def rank(letter: str) -> tuple[int, bool, bool, int]:
        return steps[letter], letter == "t", letter not in INDEX_LETTERS, votes[letter]

    main = max(sorted(votes), key=rank) if votes else "t"
    if not votes and not any(v.parts == (("t", 1),) for vs in seen.values() for v in vs):
        return {}, frozenset(), "t"
    return _slots(seen, main), frozenset({*votes, main}), main


def _slots(seen: Mapping[tuple[str, Slot], set[Affine]], main: str) -> dict[str, Slot]:
    slots: dict[str, Slot] = {}
    order: tuple[Slot, ...] = ("sub0", "bracket", "argument", "sub1", "sup")
    plain_sup = any(slot == "sup" and _steps(values, main) for (_, slot), values in seen.items())
    for slot in order:
        for (name, place), values in seen.items():
            if place != slot or name in slots or name in KNOWN:
                continue
            carries = any(v.parts == ((main, 1),) for v in values)
            capital = name.isupper() and name not in LOSS_LETTERS
            if carries and (slot != "sup" or (plain_sup and not capital) or _steps(values, main)):
                slots[name] = slot
    return slots


def _steps(values: set[Affine], main: str) -> bool:
    constants = {v.const for v in values if v.parts == ((main, 1),)}
    return len(constants) > 1


def _bound(lines: Lines) -> frozenset[str]:
    """Letters bound by some sum or product."""
    letters: set[str] = set()

    def visit(node: Node) -> None:
        if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in BIG:
            for script in node.scripts:
                if script.mark == "_" and script.body is not None:
                    for item in listed(script.body):
                        sides = item.sides if isinstance(item, Relation) else (item,)
                        letters.update(n for s in sides[:1] for n in _names(s))
        for child in inside(node):
            visit(child)

    for line in lines.lines:
        if line.tree is not None:
            visit(line.tree)
    return frozenset(letters)


def _names(node: Node | None) -> frozenset[str]:
    value = affine(node)
    return frozenset() if value is None else value.names()


def _rest(use: Use, slots: Mapping[str, Slot]) -> tuple[Node, ...]:
    """The subscripts of an occurrence that are not its time."""
    slot = slots.get(use.occurrence.name)
    if slot == "sub0":
        return use.occurrence.subs[1:]
    if slot == "sub1":
        return use.occurrence.subs[:1]
    return use.occurrence.subs


def _clearly_indexed(use: Use, notation: Notation, bound: frozenset[str]) -> bool:
    rest = _rest(use, notation.slots)
    if len(rest) >= PAIR:  # `V_{i,j}`
        return True
    for node in rest:
        letters = letters_of(node) or tuple(_names(node))
        if (
            letters
            and len(letters) <= PAIR
            and all(x in bound or x in INDEX_LETTERS for x in letters)
            and any(x in bound for x in letters)
        ):
            return True
    return False


def _labels(found: list[Use], slots: Mapping[str, Slot]) -> dict[str, frozenset[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for use in found:
        for node in _rest(use, slots):
            text = label_text(node)
            if text is not None:
                seen[use.occurrence.name].add(text)
    return {name: frozenset(texts) for name, texts in seen.items()}


def _functions(
    found: list[Use], slots: Mapping[str, Slot], times: frozenset[str], declared: Mapping[str, str], lines: Lines
) -> dict[str, str]:
    with_bracket: set[str] = set()
    without: set[str] = set()
    for use in found:
        name = use.occurrence.name
        if name in slots or name in KNOWN or name.removeprefix("\\") in FUNCTIONS:
            continue
        argument = None if use.bracket is None or use.bracket.left not in {"(", "["} else use.bracket.body
        time = None if argument is None else affine(argument)
        if argument is None or (time is not None and time.names() and time.names() <= times):
            if not use.occurrence.primes:
                without.add(name)
        else:
            with_bracket.add(name)
    words = " ".join(text for _, text in lines.words)
    several = {u.occurrence.name for u in found if u.bracket is not None and _has_several(u.bracket)}
    own = {
        n
        for n in with_bracket
        if n in FUNCTION_LETTERS or (n not in without and (_is_function_name(n) or (n in several and not n.isupper())))
    }
    own |= {n for n in FUNCTION_LETTERS if n in without and n not in slots and _called_activation(n, words)}
    return {**{n: n for n in own}, **declared}


def _has_several(bracket: Fenced) -> bool:
    """A bracket with two or more arguments."""
    return isinstance(bracket.body, List) and len([i for i in bracket.body.items if i is not None]) > 1


def _is_function_name(name: str) -> bool:
    return name.islower() and len(name) > 1 and name.isalpha()


def _called_activation(name: str, words: str) -> bool:
    return bool(re.search(rf"\${re.escape(name)}\$[^.]*(activation|nonlinear|non-linear|function)", words))


def _last(lines: Lines, found: list[Use], slots: Mapping[str, Slot], main: str) -> frozenset[str]:
    """Names of the last step: upper ends of sums over the running time, and capitals in time slots."""
    names: set[str] = set()
    for line in lines.lines:
        if line.tree is not None:
            names |= _ends(line.tree, main) - _own_steps(line.tree)
    if any(n in LAST_LETTERS or n.isupper() for n in names):
        names = {n for n in names if n in LAST_LETTERS or not n.islower()}  # `\sum_{t=1}^{k}` ends at any step
    names -= _bound(lines) - set(LAST_LETTERS)
    for use in found:
        slot = slots.get(use.occurrence.name)
        node = None if slot is None else slot_node(use.occurrence, use.bracket, slot)[0]
        names |= {n for n in _names(node) if n in LAST_LETTERS[:3]}
    said = re.compile(r"(?:final|last)\s+(?:time\s*)?step,?\s*\$([^$]{1,12})\$", re.IGNORECASE)
    names |= {m.strip() for _, text in lines.words for m in said.findall(text)}
    return frozenset(n for n in names if n != main) or frozenset({"T"})


def _counted(lines: Lines, slots: Mapping[str, Slot], main: str) -> list[tuple[str, str]]:
    r"""The names that are given by a sum up to, or from, their own step, and its letter: `J_k = \sum_{t=1}^k L_t`."""
    found = []
    for line in lines.lines:
        for item in () if line.tree is None else listed(line.tree):
            given = _given(item.sides[0]) if isinstance(item, Relation) else None
            if given is None or given.occurrence.name in slots or len(given.occurrence.subs) != 1:
                continue
            letters = _names(given.occurrence.subs[0])
            ends = letters & frozenset(_ends(item, main, both=True))
            found += [(given.occurrence.name, n) for n in sorted(ends) if n.islower()]
    return found


def _own_steps(tree: Node) -> frozenset[str]:
    r"""The letters of the left side in `J_k = \sum_{t=1}^k L_t`."""
    first = listed(tree)[0] if listed(tree) else None
    side = first.sides[0] if isinstance(first, Relation) and len(first.sides) > 1 else None
    values = [] if side is None else [v for use in uses(side) for _, v in _candidates(use)]
    return frozenset(n for v in values for n in v.names() if n.islower())


def _ends(node: Node, main: str, *, both: bool = False) -> set[str]:
    """The letters at the upper end of ranges of the running time, or at `both` ends."""
    names: set[str] = set()
    if isinstance(node, Scripted) and isinstance(node.base, Symbol) and node.base.name in BIG:
        lower = [s.body for s in node.scripts if s.mark == "_" and s.body is not None]
        upper = [s.body for s in node.scripts if s.mark == "^" and s.body is not None]
        if any(isinstance(i, Relation) and main in _names(i.sides[0]) for b in lower for i in listed(b)):
            names |= {n for u in upper for n in _names(u)}
            below = [i.sides[-1] for b in lower for i in listed(b) if isinstance(i, Relation)]
            names |= {n for b in below for n in _names(b)} if both else set()
    if isinstance(node, Relation) and node.names[0] in {"=", r"\in"} and _names(node.sides[0]) == {main}:
        right = node.sides[1]
        if isinstance(right, Fenced) and isinstance(right.body, List):
            names |= {n for i in right.body.items for n in _names(i)}
    for child in inside(node):
        names |= _ends(child, main, both=both)
    return names - {main}


def is_word(node: Node, *words: str) -> bool:
    """Whether a node is one of some words."""
    return word_of(node) in words


def known_function(node: Node, notation: Notation) -> tuple[str, Occurrence | None] | None:
    """The function that a symbol names, with its scripts; None when it is no function."""
    found = occurrence(node)
    if found is None:
        return None
    if found.name in notation.functions:
        return notation.functions[found.name], found
    if found.name in KNOWN and found.name not in notation.slots:
        return KNOWN[found.name], found
    return None
