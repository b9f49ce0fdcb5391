"""Two terms -> the same with their derivatives total, immediate or direct, most literal first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from bptt_symbolic.meaning.names import as_written
from bptt_symbolic.meaning.network import Network, base_of, gap_of
from bptt_symbolic.meaning.terms import (
    LAST,
    Affine,
    Deriv,
    Entry,
    Family,
    Mode,
    Neg,
    Prod,
    Ref,
    Stack,
    Sum,
    Term,
    Transpose,
    children,
    rebuild,
    walk,
)
from bptt_symbolic.proving.obligation import Obligation
from bptt_symbolic.proving.settle.ahead import leads

MOST_MODES = 96
"""Assignments of modes that are tried for one pair of terms."""


@dataclass(frozen=True, slots=True)
class Charity:
    """A derivative that is read as an immediate one, though it is written like a total one."""

    side: Literal["left", "right"]
    mode: Mode
    of: str
    by: str
    words: str


def is_derivative(term: Term) -> bool:
    """Whether a side is a derivative and nothing else, or a matrix of such, so that a claim says what these are."""
    while isinstance(term, Transpose | Neg | Family):
        term = term.body
    return all(map(is_derivative, term.items)) if isinstance(term, Stack) else isinstance(term, Deriv)


def charity_of(before: Term, after: Term, side: Literal["left", "right"]) -> tuple[Charity, ...]:
    """The derivatives whose mode a reading changes."""
    found: dict[Charity, None] = {}
    for new in _changed(before, after):
        of, by = base_of(new.of), base_of(new.by)
        names = ("" if of is None else of.name, "" if by is None else by.name)
        found[Charity(side, new.mode, *names, derivative_words(new))] = None
    return tuple(found)


def _changed(before: Term, after: Term) -> Iterator[Deriv]:
    for old, new in zip(walk(before), walk(after), strict=True):
        if isinstance(old, Deriv) and isinstance(new, Deriv) and old.mode != new.mode:
            yield new


NEIGHBOURS = (Affine(0), Affine(1))
"""Steps apart at which an immediate derivative by a state is not zero by itself."""


def modes(left: Term, right: Term, network: Network) -> Iterator[tuple[Term, Term, tuple[str, ...]]]:
    """The sides with every assignment of modes that is tried, most literal first."""
    seen: set[tuple[Term, Term]] = set()
    for number, (chosen, where) in enumerate(_assignments(left, right)):
        if number >= MOST_MODES:
            return
        if not all(_means(d, mode, network) for d, mode in chosen.items()):
            continue
        a = left if where == "right" else _with_modes(left, chosen)
        b = right if where == "left" else _with_modes(right, chosen)
        if (a, b) not in seen:
            seen.add((a, b))
            yield a, b, _mode_words(left, a, right, b)


def _assignments(left: Term, right: Term) -> Iterator[tuple[dict[Deriv, Mode], Literal["right", "both", "left"]]]:
    """Derivative -> mode, on the right side alone, then on both, then in the terms of the left side alone."""
    yield {}, "right"
    on_right, on_left = _open(right), _open(left)
    kinds: tuple[Mode, ...] = ("immediate", "direct")
    for mode in kinds:
        groups = _groups(on_right)
        for size in range(1, len(groups) + 1):
            for chosen in combinations(groups, size):
                yield {d: mode for g in chosen for d in g}, "right"
        for size in range(1, min(len(on_right), 4)):
            for picked in combinations(on_right, size):
                yield dict.fromkeys(picked, mode), "right"
    for mode in kinds:
        yield dict.fromkeys([*on_left, *on_right], mode), "both"
        yield {d: mode for d in on_left if d not in on_right}, "both"
        yield dict.fromkeys(on_left, mode), "both"
    for mode in kinds if len(on_left) > 1 else ():  # `sum = derivative`, with the sides exchanged
        for size in range(1, min(len(on_left), 4)):
            for picked in combinations(on_left, size):
                yield dict.fromkeys(picked, mode), "left"


def _open(term: Term) -> list[Deriv]:
    """The derivatives that a step in between could make ambiguous."""
    found = []
    for x in walk(term):
        if isinstance(x, Deriv) and x.mode == "total" and x not in found:
            of, by = base_of(x.of), base_of(x.by)
            if by is None or (of is not None and (of.time is None or of == by)):
                continue
            if of is None or of.time is None or by.time is None or (of.time - by.time) in NEIGHBOURS:
                found.append(x)
    return found


def _means(derivative: Deriv, mode: Mode, network: Network) -> bool:
    """Whether a derivative in this mode is about something: what it is taken by occurs in the formula that it
    differentiates or, for an immediate one, in what that needs within the same step."""
    of, by = base_of(derivative.of), base_of(derivative.by)
    if of is None or by is None:
        return True
    seen: set[str] = set()
    todo = [of.name]
    while todo:
        definition = network.definitions.get(todo.pop())
        if definition is None:
            continue
        for x in walk(definition.body):
            if isinstance(x, Ref):
                if x.name == by.name:
                    return True
                same = definition.var is None or x.time == Affine.of(definition.var)
                if mode == "immediate" and same and x.name not in seen:
                    seen.add(x.name)
                    todo.append(x.name)
    return False


def _groups(derivatives: list[Deriv]) -> list[list[Deriv]]:
    """Derivatives of one quantity by another, at whatever steps: authors mean the same by them. Parameters first."""
    groups: dict[tuple[str, str], list[Deriv]] = {}
    for d in derivatives:
        of, by = base_of(d.of), base_of(d.by)
        if by is not None:
            groups.setdefault(("" if of is None else of.name, by.name), []).append(d)
    return sorted(groups.values(), key=lambda g: _is_timed(g[0]))


def _is_timed(derivative: Deriv) -> bool:
    by = base_of(derivative.by)
    return by is not None and by.time is not None


def _with_modes(term: Term, chosen: dict[Deriv, Mode]) -> Term:
    if isinstance(term, Deriv):
        return replace(term, mode=chosen.get(term, term.mode))
    return rebuild(term, lambda child: _with_modes(child, chosen))


def _mode_words(left: Term, a: Term, right: Term, b: Term) -> tuple[str, ...]:
    sides = ((left, a, " on the left"), (right, b, ""))
    words = (f"{d.mode}: {derivative_words(d)}{side}" for old, new, side in sides for d in _changed(old, new))
    return tuple(dict.fromkeys(words))


def derivative_words(term: Deriv) -> str:
    """A derivative in a line of text: `ds_k/dW`."""
    return f"d{_plain(term.of)}/d{_plain(term.by)}"


def _plain(term: Term) -> str:
    ref = base_of(term)
    if ref is None:
        return "(...)"
    name = as_written(ref.name)
    text = name if ref.time is None else f"{name}_{ref.time}" if len(str(ref.time)) == 1 else f"{name}_{{{ref.time}}}"
    if isinstance(term, Entry):
        text += "[" + ",".join(":" if i is None else str(i) for i in term.indices) + "]"
    return text


# what notes leave unsaid at the ends


def ahead_words(obligation: Obligation) -> tuple[str, ...]:
    """Derivatives of an earlier step by a later one that a sum runs into: they are zero."""
    found: dict[str, None] = {}
    env = {LAST: AHEAD_STEPS}
    for term in (obligation.left, obligation.right):
        for x, gap in _gaps(term, env):
            if gap < 0 and not _sees_ahead(obligation.network, x):
                found[f"{derivative_words(x)} is zero where the step below is the later one"] = None
    return tuple(found)


def _sees_ahead(network: Network, derivative: Deriv) -> bool:
    of, by = base_of(derivative.of), base_of(derivative.by)
    return of is None or by is None or leads(network, of.name, by.name)


AHEAD_STEPS = 4


def _gaps(term: Term, env: Mapping[str, int]) -> Iterator[tuple[Deriv, int]]:
    """Every derivative of one step by another under a sum, with how far the steps lie apart."""
    if isinstance(term, Sum | Prod | Family):
        if not (term.low.names() | term.high.names()) <= set(env):
            return
        for i in range(term.low.at(env), term.high.at(env) + 1):
            yield from _gaps(term.body, {**env, term.var: i})
        return
    if isinstance(term, Deriv):
        gap = gap_of(term)
        if gap is not None and gap.names() and gap.names() <= set(env):
            yield term, gap.at(env)
    for child in children(term):
        yield from _gaps(child, env)
