"""Corpus -> notation: the best role of each subject, given the running step; each decision is kept with its reasons."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import cast

from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding.conventions import View, speak
from bptt_symbolic.understanding.conventions.places import counted
from bptt_symbolic.understanding.conventions.running import RUNNING
from bptt_symbolic.understanding.corpus import (
    Corpus,
    Slot,
    Spot,
    applied_to_itself,
    bound_in,
    corpus_of,
    from_zero_in,
    names_of,
    rest,
)
from bptt_symbolic.understanding.lines import Lines
from bptt_symbolic.understanding.notation import COUNTING, FUNCTION_LETTERS, INDEX_LETTERS, LAST_LAYER, PAIR, Notation
from bptt_symbolic.understanding.occurrences import Occurrence, Use, affine, label_above, label_text, letters_of, uses
from bptt_symbolic.understanding.page_signs import unexplained
from bptt_symbolic.understanding.reach import reaching
from bptt_symbolic.understanding.roles import Decision, Subject, decide
from bptt_symbolic.understanding.scripts_in_place import in_place
from bptt_symbolic.understanding.spelling import Spelling, styled_letters

AT_LAST = "place/at-the-last-step"
"""The convention that finds names which have no other step than the last one."""


def spelled(lines: Lines) -> tuple[Lines, Spelling, dict[Subject, Decision]]:
    """The lines with the names put together that the page writes as several signs, and what was decided about that."""
    found = decide(speak(View(corpus_of(lines)), "word", "number behind", "digits below"))
    spelling = Spelling(
        frozenset(s.name for s in found if s.question == "word"),
        frozenset(s.name for s in found if s.question == "number behind" and not s.text),
        frozenset((s.name, s.text) for s in found if s.question == "number behind" and s.text),
        styled_letters(unexplained(lines)),
        frozenset(s.name for s in found if s.question == "digits below"),
    )
    again = (replace(x, tree=None if x.tree is None else spelling.of(x.tree)) for x in lines.lines)
    placed = in_place(replace(lines, lines=tuple(again))).lines
    whole = (replace(x, tree=None if x.tree is None else reaching(x.tree)) for x in placed)
    return replace(lines, lines=tuple(whole)), spelling, found


def survey(lines: Lines, functions: Mapping[str, str], *, convention: bool = False) -> Notation:
    """The notation of a note; `functions` are declared ones, under the summation `convention` no sum binds an index."""
    corpus = corpus_of(lines, convention=convention)
    view, decisions = _steps(View(corpus))
    found = decide(speak(view, "function", "last step", "sign", "layer", "label"))
    both = frozenset(n for tree in corpus.trees for n in applied_to_itself(tree))
    known = {s.name: s.name for s in found if s.question == "function"}
    last = frozenset(s.name for s in found if s.question == "last step" and s.name != view.main)
    bare = frozenset(s.name for s in corpus.spots if not rest(s.use.occurrence, view.slots))
    layers = frozenset(s.name for s in found if s.question == "layer" and not s.text)
    notation = Notation(
        view.slots,
        view.times - layers,
        view.main,
        last or frozenset({"T"}),
        {**known, **functions, **{n: n for n in both}},
        bare,
        at_last=frozenset(s.name for s, d in decisions.items() if AT_LAST in {e.row for e in d.evidence}),
        both=both,
        tops=corpus.tops,
        aliases=_aliases(corpus),
        labels=_labels(corpus, view.slots),
        gates=_gates(view, {(s.name, s.text) for s in found if s.question == "label"}),
        beside=_functions_beside(view),
        entrywise=frozenset(s.name for s, d in found.items() if d.role == "entrywise product"),
        layers=layers,
        also_above=_also_above(view),
        last_layers=frozenset(s.name for s in found if s.question == "layer" and s.text == LAST_LAYER),
        numbered=frozenset(s.name for s in found if s.question == "layer" and s.text not in {"", LAST_LAYER}),
        matrix=frozenset(s.name for s, d in found.items() if d.role == "matrix product"),
        from_zero=any(n not in view.times for tree in corpus.trees for n in from_zero_in(tree)),
    )
    families = _families(corpus, notation)
    above = _entries_above(corpus, notation)
    indexed = _indexed(corpus, notation)
    plain = frozenset(s.name for s in corpus.spots if not set(_raised(s.use.occurrence)) & above)
    raised = frozenset(s.name for s in corpus.spots) - plain if above else frozenset()
    decided = decisions | found
    return replace(notation, indexed=indexed, families=families, above=above, raised=raised, decisions=decided)


def _steps(view: View) -> tuple[View, dict[Subject, Decision]]:
    """The running step, and where each name carries it."""
    found = decide(speak(view, "running step"))
    carried = any(v.parts == (("t", 1),) for values in view.corpus.values.values() for v in values)
    if RUNNING in found or carried:
        main = found[RUNNING].role if RUNNING in found else "t"
        view = replace(view, main=main, times=frozenset({*_letters(found), main}))
    places = decide(speak(view, "place of the step"))
    found |= places
    slots = {s.name: cast("Slot", d.role) for s, d in places.items()}
    return _with_partial_sums(replace(view, slots=slots), found)


def _letters(found: Mapping[Subject, Decision]) -> frozenset[str]:
    """Every letter that steps may have, the second choices too."""
    return frozenset(found[RUNNING].heard) if RUNNING in found else frozenset()


def _with_partial_sums(view: View, found: dict[Subject, Decision]) -> tuple[View, dict[Subject, Decision]]:
    """The letters of partial sums are steps too."""
    partial = _with_rows(found, "place/partial-sum")
    letters = frozenset(letter for name, letter, _ in counted(view) if name in partial)
    return replace(view, times=view.times | letters), found


def _with_rows(found: Mapping[Subject, Decision], row: str) -> frozenset[str]:
    """The names about which nothing but one convention says something."""
    return frozenset(s.name for s, d in found.items() if {e.row for e in d.evidence} == {row})


def _aliases(corpus: Corpus) -> dict[str, str]:
    """A capital and its script form that both are always applied to something are one name."""
    alone = {s.name for s in corpus.spots if s.use.bracket is None}
    counts: dict[str, int] = defaultdict(int)
    for spot in corpus.spots:
        counts[spot.name] += 1
    pairs = [(n, f"\\mathcal{{{n}}}") for n in counts if len(n) == 1 and n.isupper()]
    return {a: b for a, b in pairs if b in counts and a not in alone and counts[a] < counts[b]}


def _indexed(corpus: Corpus, notation: Notation) -> frozenset[str]:
    """Names that occur with a letter that a sum binds, or with a pair of indices."""
    bound = _entry_letters(corpus, notation.slots) | (INDEX_LETTERS if corpus.convention else frozenset())
    others = [(s, rest(s.use.occurrence, notation.slots)) for s in corpus.spots]
    letters = bound | {
        x
        for _, nodes in others
        for n in nodes
        if (pair := letters_of(n)) and len(pair) == PAIR and set(pair) & bound
        for x in pair
    }
    letters |= {
        x
        for _, nodes in others
        if len(nodes) == PAIR and any(names_of(n) & bound for n in nodes)
        for n in nodes
        for x in names_of(n)
    }
    plain = letters - frozenset(notation.slots)
    return frozenset(s.name for s, nodes in others if _clearly_indexed(nodes, plain))


def _entries_above(corpus: Corpus, notation: Notation) -> frozenset[str]:
    r"""The letters that stand above a quantity with its step below and in a pair below another name of the same
    formula, `W_{ij} h^j_{t-1}`, and those that stand above or in a pair with one of them."""
    found: set[str] = set()
    groups: list[set[str]] = []
    for tree in corpus.trees:
        scripts = [use.occurrence for use in uses(tree)]
        pairs = [set(p) for one in scripts for n in one.subs if (p := letters_of(n)) and len(p) == PAIR]
        pairs += [set(p) for one in scripts if (p := _mixed_pair(one, notation))]
        raised = {n for one in scripts if notation.slots.get(one.name) == "sub0" for n in _raised(one)}
        groups += [*pairs, *([raised] if raised else [])]
        found |= {n for pair in pairs for n in pair & raised}
    for group in groups:
        found |= group if group & found else set()
    return frozenset(found & _ENTRIES_ABOVE - notation.layers)


_ENTRIES_ABOVE = COUNTING - {"l"} | {"p", "q"}
"""Letters that may count entries above a name."""


def _mixed_pair(one: Occurrence, notation: Notation) -> tuple[str, ...]:
    """The letters above and below a parameter, `W^i_j`."""
    below = affine(one.subs[0]) if len(one.subs) == 1 and one.name not in notation.slots else None
    above = tuple(_raised(one))
    return (*above, *below.names()) if above and below is not None and not below.const else ()


def _raised(one: Occurrence) -> Iterator[str]:
    for sup in one.sups:
        value = affine(sup.body)
        if value is not None and not value.const and len(value.names()) == 1:
            yield from value.names()


def _entry_letters(corpus: Corpus, slots: Mapping[str, Slot]) -> frozenset[str]:
    r"""The letters that a formula binds and that are no step there: the `i` of `\prod_i \diag(h_i)` is one."""
    found: set[str] = set()
    for tree in corpus.trees:
        letters = frozenset(bound_in(tree))
        if letters:
            found |= letters - {n for use in uses(tree) for n in _step_of(use, slots)}
    return frozenset(found)


def _step_of(use: Use, slots: Mapping[str, Slot]) -> frozenset[str]:
    """The letters in the place where a name carries its step."""
    slot = slots.get(use.occurrence.name)
    return frozenset(n for place, v in Spot(use, None).candidates() if place == slot for n in v.names())


def _clearly_indexed(nodes: tuple[Node, ...], bound: frozenset[str]) -> bool:
    if len(nodes) >= PAIR:  # `V_{i,j}`
        return True
    for node in nodes:
        letters = letters_of(node) or tuple(names_of(node))
        if (
            letters
            and len(letters) <= PAIR
            and all(x in bound or x in INDEX_LETTERS for x in letters)
            and any(x in bound for x in letters)
        ):
            return True
    return False


_FIRST_LETTERS = frozenset("abcd")
"""Letters that count entries, and as well tell versions apart."""


def _families(corpus: Corpus, notation: Notation) -> dict[str, frozenset[str]]:
    r"""The labels above each name that has its step below and several labels, one the letter of a quantity: c and f in
    `\delta^c_t`, `\delta^f_t`; or two with formulas of their own, `h^f_t = ...` and `h^b_t = ...`. What a formula binds
    is none of them. The same letters above a parameter are the same labels: `W^f`."""
    others = corpus.bound | notation.times | notation.last | {r"\top"}
    defined = _labels_of([head for head, _ in corpus.heads], others | (INDEX_LETTERS - _FIRST_LETTERS))
    seen = _labels_of([spot.use for spot in corpus.spots], others)
    families = {
        n: frozenset(f)
        for n, f in seen.items()
        if notation.slots.get(n, "sup") != "sup"
        and len(f) >= PAIR
        and (f & notation.letters or len(defined.get(n, ())) >= PAIR)
    }
    told = frozenset[str]().union(*(defined.get(n, ()) for n in families))
    return families | {n: frozenset(f & told) for n, f in seen.items() if n not in notation.slots and f & told}


def _labels_of(uses: Iterable[Use], others: frozenset[str]) -> dict[str, set[str]]:
    """The labels above each name, but for `others`."""
    found: dict[str, set[str]] = defaultdict(set)
    for use in uses:
        texts = (label_above(s.body) for s in use.occurrence.sups if not s.bracketed)
        found[use.occurrence.name] |= {text for text in texts if text} - others
    return found


def _gates(view: View, labels: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    r"""The letters below a name that are labels: those that tell versions apart; and before the step all that are
    quantities with steps, where entries are counted by others. One by itself, the `a` of `\delta_{a,t}`, is such a
    letter where no formula binds it."""
    seen: dict[str, set[str]] = defaultdict(set)
    for spot in view.corpus.spots:
        subs = spot.use.occurrence.subs
        if view.slots.get(spot.name) == "sub0" and len(subs) >= PAIR and names_of(subs[1]) & view.times:
            seen[spot.name] |= names_of(subs[0]) - view.times
    bound = view.corpus.bound
    found = {n: set(letters) for n, letters in seen.items() if letters <= view.slots.keys()}
    gates = {n: letters for n, letters in found.items() if len(letters) >= PAIR or (letters and not letters & bound)}
    for name, letter in labels:
        gates.setdefault(name, set()).add(letter)
    return {n: frozenset(letters) for n, letters in gates.items()}


def _also_above(view: View) -> frozenset[str]:
    r"""Names with the running step in brackets above and nothing below, `h^{(t)}`, that have it below elsewhere."""
    found = (s for s in view.corpus.spots if view.slots.get(s.name) == "sub0" and not s.use.occurrence.subs)
    steps = ((s.name, affine(sup.body)) for s in found for sup in s.use.occurrence.sups if sup.bracketed)
    return frozenset(name for name, value in steps if value is not None and view.main in value.names())


def _functions_beside(view: View) -> frozenset[tuple[str, str]]:
    r"""Names with a quantity for a label that always stand before a bracket: the `f_h` of `f_h(x_t, h_{t-1})`."""
    applied: dict[tuple[str, str], bool] = {}
    for spot in view.corpus.spots:
        subs, bracket = spot.use.occurrence.subs, spot.use.bracket
        label = label_text(subs[0]) if len(subs) == 1 else None
        if label is None or spot.name not in FUNCTION_LETTERS & view.slots.keys():
            continue
        if label in view.slots.keys() - view.times:
            called = bracket is not None and bracket.left == "("
            applied[spot.name, label] = called and applied.get((spot.name, label), True)
    return frozenset(name for name, always in applied.items() if always)


def _labels(corpus: Corpus, slots: Mapping[str, Slot]) -> dict[str, frozenset[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for spot in corpus.spots:
        for node in rest(spot.use.occurrence, slots):
            text = label_text(node)
            if text is not None:
                seen[spot.name].add(text)
    return {name: frozenset(texts) for name, texts in seen.items()}
