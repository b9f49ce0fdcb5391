"""Wrong relation -> its repairs: the smallest edits of the author's formula that make it true, and are proved.

One edit is tried before two, the likeliest mistakes first. A quick look weeds out almost all; what passes is written
down as text, read again and settled like any other claim. Only what is then proved is a repair.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations, islice

from bptt_symbolic.meaning.shapes import Scope
from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, free_names, walk
from bptt_symbolic.mending.repair.edit import Edit
from bptt_symbolic.mending.repair.handwriting import Spelling
from bptt_symbolic.mending.repair.hollow import cases, copies, hollow
from bptt_symbolic.mending.repair.inherited import Mistake, inherited, repeated
from bptt_symbolic.mending.repair.kinds import edits
from bptt_symbolic.mending.repair.likeness import is_untidy, key
from bptt_symbolic.mending.repair.looking import EVERYTHING, Habits, Looking
from bptt_symbolic.mending.repair.offers import offers_of
from bptt_symbolic.mending.repair.page import Page, Place, alike, apart
from bptt_symbolic.mending.repair.site import Site, indices_of, times_of
from bptt_symbolic.mending.repair.spots import Spots, spots_of
from bptt_symbolic.proving.obligation import AT_LAST, Obligation
from bptt_symbolic.proving.settle import Marks, Outcome, Question, place_of, settle
from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding import Builder
from bptt_symbolic.understanding.occurrences import Use, uses

MOST_LOOKS = 1200
"""Single edits of one relation that are looked at in the readings of the note's habits."""
MOST_BRIEFLY = 150
"""The same in a brief search."""
MOST_ELSEWHERE = 400
"""Those that are looked at in all readings."""
MOST_PAIRS = 250
"""Pairs of edits that are looked at when no single one is enough."""
MOST_PAIRED = 60
"""Edits that pairs are made of."""
FEWER = 0.6
"""A repair holds for at least this part of the cases that the wrong claim spoke of."""
MARGIN = 0.35
"""How much less likely than the best repair another one may be to be mentioned."""
MOST_AGAIN = 20_000
"""Letters that are read again in one search, because edits are nested."""
DROPPED, A_TERM = "superfluous term", 0.5
"""A term that an author wrote is mostly right: it is taken away only where nothing else helps that is not far off."""
MOST_REPAIRS = 3
MOST_SETTLED = 8
"""Edits that pass the quick look, are settled, and turn out not to be proved."""
MOST_HOLLOW = 30
"""Those that are proved, and are no repair."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A repair that is proved."""

    edits: tuple[Edit, ...]
    outcome: Outcome
    on_left: bool
    side: str
    """The new text of the side."""
    changes: tuple[Place, ...]
    """New text for places of the page."""
    strangeness: float
    """How unlike what the author writes it is: readings that the rest of the note does not need, factors of one."""
    hollow: frozenset[str]
    """What is hollow about it, in words."""

    @property
    def cost(self) -> float:
        """How far it is from what the author wrote, and from a literal reading."""
        return cost_of(self.edits) + self.strangeness + 0.5 * self.on_left + A_TERM * self.drops

    @property
    def drops(self) -> bool:
        """Whether a term that the author wrote is taken away."""
        return any(edit.kind == DROPPED for edit in self.edits)


@dataclass(frozen=True)
class Wrong:
    """A relation that is to be mended."""

    question: Question
    spelling: Spelling
    near: tuple[Spots, ...]
    """Spots of other formulas of the note, the nearest first."""
    marks: Marks
    """The charitable readings that the note marks: a repair needs no other."""
    left_fixed: bool = False
    """The left side belongs to another claim, and is not touched."""
    habits: Habits = EVERYTHING
    """The readings that an edit is looked at in first."""
    obligation: Obligation | None = None
    """What the wrong relation was understood to say, where it has a meaning."""
    briefly: bool = False
    """Only the likeliest single edits are looked at."""
    pulse: Callable[[], None] = lambda: None
    """Called before each edit is looked at, by who wants to know that the search goes on, or wants to end it."""

    @cached_property
    def hollow(self) -> frozenset[str]:
        """What is hollow about it as it stands, in words."""
        return frozenset() if self.obligation is None else hollow(self.obligation)


def cost_of(chosen: tuple[Edit, ...]) -> float:
    """What edits cost together; one that is made everywhere is hardly more than one."""
    if len({(e.kind, e.after) for e in chosen}) == 1:
        return max(e.cost for e in chosen) + 0.1 * (len(chosen) - 1)
    return sum(e.cost for e in chosen)


@dataclass(frozen=True, slots=True)
class Mending:
    """What became of a wrong relation."""

    repairs: tuple[Mended, ...] = ()
    """Nearest to what its author wrote first; at most three."""
    follows: str | None = None
    """The id of the earlier mistake that this one was copied from."""


def mend(wrong: Wrong, mistakes: tuple[Mistake, ...] = ()) -> Mending:
    """The repairs of a relation; `mistakes` are earlier ones that it may have been copied from."""
    sites = list(_sites(wrong))
    before = {edit.module for mistake in mistakes for edit in mistake.edits}
    known = [*repeated(edits(sites[0], before), mistakes, wrong.spelling.page), *inherited(sites[0], mistakes)]
    found = _tried(
        wrong, Looking(wrong.question, EVERYTHING, wrong.obligation), (((edit,), sites[0]) for _, edit in known)
    )
    if found:
        return Mending((found[0],), next(m.id for m, edit in known if edit is found[0].edits[0]))
    same = next((m.id for m in mistakes if _restates(wrong, m)), None)
    own = edits(sites[0])
    singles = [(edit, site) for site in sites for edit in (own if site is sites[0] else edits(site))]
    singles.sort(key=lambda e: e[0].cost + _on_left(wrong, e[1]))
    passes = (
        ((((e,), site) for e, site in singles[: MOST_BRIEFLY if wrong.briefly else MOST_LOOKS]), wrong.habits),
        ((((e,), site) for e, site in singles[:MOST_ELSEWHERE]), EVERYTHING),
        (((group, sites[0]) for group in _everywhere(own)), EVERYTHING),
        (((pair, sites[0]) for pair in _pairs(own)), wrong.habits),
    )
    for candidates, habits in passes[:1] if wrong.briefly else passes:
        found = _tried(wrong, Looking(wrong.question, habits, wrong.obligation), candidates)
        if found:
            break
    best = sorted([m for m in found if not m.drops] or found, key=lambda m: m.cost)
    return Mending(tuple(m for m in best if m.cost <= best[0].cost + MARGIN)[:MOST_REPAIRS], same)


def _restates(wrong: Wrong, mistake: Mistake) -> bool:
    """Whether a relation says in another form what an earlier, wrong one said about the same quantity."""
    if not alike(wrong.question.left, mistake.left):
        return False
    return settle(replace(wrong.question, left=mistake.right, proof_only=True)).verdict.word == "proved"


def _on_left(wrong: Wrong, site: Site) -> float:
    return 0.5 if site.side is wrong.question.left else 0


def _sites(wrong: Wrong) -> Iterator[Site]:
    """The right side, then the left one."""
    network, builder = place_of(wrong.question)
    scope = Scope(network, {})
    right = spots_of(wrong.question.right, builder, scope)
    left = spots_of(wrong.question.left, builder, scope)
    bound = tuple(dict.fromkeys(Affine.of(n) for c in right.chains for n in c.bound))
    running = tuple(a for a in bound if a.names() <= builder.notation.times)
    said = (_step(use, builder) for side in (wrong.question.right, wrong.question.left) for use in uses(side))
    times = tuple(dict.fromkeys((*times_of(right, left), *running, *(step for step in said if step is not None))))
    indices = indices_of(right, left)
    if any(x.time == AT_LAST for d in network.definitions.values() for x in walk(d.body) if isinstance(x, Ref)):
        times = tuple(dict.fromkeys((*times, AT_LAST)))
    offers = partial(offers_of, (right, left, *wrong.near), times, indices, bound, network, wrong.spelling)
    names = tuple(dict.fromkeys(n for spots in (left, *wrong.near) for n in _names(spots, wrong.spelling.page)))
    links = _in_links((right, *wrong.near))
    yield Site(wrong.question.right, right, network, wrong.spelling, left, offers, names, links)
    if not wrong.left_fixed:
        yield Site(wrong.question.left, left, network, wrong.spelling, right, names=names)


def _in_links(near: Sequence[Spots]) -> bool:
    """Whether the note writes the chain rule as products of derivatives, or nothing shows that it carries them out."""
    chains = [[isinstance(f.term, Deriv) for f in chain.factors] for spots in near for chain in spots.chains]
    linked, carried_out = (
        sum(test(c) for c in chains if len(c) > 1) for test in (all, lambda c: any(c) and not all(c))
    )
    return linked > 0 or not carried_out


def _step(use: Use, builder: Builder) -> Affine | None:
    """The step of a name wherever it stands, below a nabla too."""
    return builder.notation.time_of(use.occurrence, use.bracket)[0]


def _names(spots: Spots, page: Page) -> Iterator[str]:
    """Names without a step, as they are written."""
    for q in spots.quantities:
        if q.ref.time is None and q.plain:
            yield page.run(q.chain.items[q.start : q.end])
    for chain, place in spots.strangers:
        yield page.run(chain.items[place : place + 1])


def _everywhere(edits_: Sequence[Edit]) -> Iterator[tuple[Edit, ...]]:
    """The same edit at every place where it can be made: a mistake that was copied along."""
    groups: dict[tuple[str, str, str], list[Edit]] = {}
    for edit in edits_:
        if edit.new.places and edit.after:
            for before in dict.fromkeys((edit.before, "")):
                groups.setdefault((edit.kind, before, edit.after), []).append(edit)
    seen: set[tuple[int, ...]] = set()
    for group in groups.values():
        apart = list(_apart(group))
        key = tuple(id(e) for e in apart)
        if len(apart) > 1 and key not in seen:
            seen.add(key)
            yield tuple(apart)


def _apart(group: Sequence[Edit]) -> Iterator[Edit]:
    """Edits of a group that do not overlap, from the left."""
    taken: tuple[Place, ...] = ()
    for edit in sorted(group, key=lambda e: e.culprit):
        places = tuple(sorted((*taken, *(edit.new.places or ()))))
        if apart(places):
            taken = places
            yield edit


def _pairs(edits_: Sequence[Edit]) -> Iterator[tuple[Edit, ...]]:
    """Two edits at different places, the likeliest first."""
    placed = [e for e in edits_ if e.new.places][:MOST_PAIRED]
    for pair in islice(sorted(combinations(placed, 2), key=lambda p: p[0].cost + p[1].cost), MOST_PAIRS):
        if len(list(_apart(pair))) == len(pair):
            yield pair


def _tried(wrong: Wrong, looking: Looking, candidates: Iterator[tuple[tuple[Edit, ...], Site]]) -> list[Mended]:
    """Those that are proved, until the rest is much less likely."""
    found: list[Mended] = []
    failed = empty = again = 0
    for chosen, site in candidates:
        wrong.pulse()
        cost = cost_of(chosen) + _on_left(wrong, site)
        if failed >= MOST_SETTLED or empty >= MOST_HOLLOW or (found and cost > min(m.cost for m in found) + MARGIN):
            break
        nested = _is_nested(site, chosen)
        again += len(site.page.text(site.side)) if nested else 0
        new = None if again > MOST_AGAIN and nested else _edited(site, chosen, nested=nested)
        if new is None:
            continue
        on_left = site.side is wrong.question.left
        left, right = (new, wrong.question.right) if on_left else (wrong.question.left, new)
        if looking.may_hold(left, right):
            mended = _proved(wrong, chosen, site)
            if mended is None:
                failed += 1
            elif _says_less(wrong, mended):
                empty += 1
            elif not any(_is_same(mended, m) for m in found):
                found.append(mended)
    return found


def _is_same(one: Mended, two: Mended) -> bool:
    """Whether two repairs are one formula but for the order of what commutes."""
    a, b = one.outcome.obligation, two.outcome.obligation
    if a is None or b is None or one.on_left != two.on_left:
        return one.side == two.side
    return key(a.left, a.network) == key(b.left, b.network) and key(a.right, a.network) == key(b.right, b.network)


def _is_nested(site: Site, chosen: tuple[Edit, ...]) -> bool:
    """Whether one of several edits is made inside what another one rewrites."""
    ways = [site.tree.way(e.old) for e in chosen]
    return any(id(a.old) in way for n, a in enumerate(chosen) for m, way in enumerate(ways) if n != m)


def _edited(site: Site, chosen: tuple[Edit, ...], *, nested: bool) -> Node | None:
    """A side with some edits made; it is read again where they are nested."""
    if not nested:
        return site.tree.replaced({id(e.old): e.new for e in chosen})
    return site.page.read(site.page.spliced(site.page.closed(site.side.span), _places(chosen)))


def _places(chosen: tuple[Edit, ...]) -> tuple[Place, ...]:
    return tuple(sorted(p for e in chosen for p in e.new.places or ()))


def _proved(wrong: Wrong, chosen: tuple[Edit, ...], site: Site) -> Mended | None:
    """The edits written down, read again and settled; None unless the kernel confirms a proof."""
    page = site.page
    alone = len(chosen) == 1
    changes = page.changed(site.side, {id(chosen[0].old): chosen[0].new}) if alone else _places(chosen)
    if changes is None:
        return None
    text = page.spliced(page.closed(site.side.span), changes)
    again = page.read(text)
    if again is None:
        return None
    on_left = site.side is wrong.question.left
    asked = replace(wrong.question, proof_only=True)
    question = replace(asked, left=again) if on_left else replace(asked, right=again)
    outcome = settle(question)
    literally = wrong.marks.literally(question, outcome, text)
    outcome = outcome if literally is None else settle(literally)
    if outcome.verdict.word != "proved" or outcome.obligation is None:
        return None
    empty = hollow(outcome.obligation)
    unusual = [word for word in outcome.readings if not wrong.habits.usual(word)]
    untidy = is_untidy(outcome.obligation.right) or is_untidy(outcome.obligation.left)
    strangeness = 0.1 * len(unusual) + 0.3 * untidy + 0.3 * bool(empty)
    return Mended(chosen, outcome, on_left, text, changes, strangeness, empty)


def _says_less(wrong: Wrong, mended: Mended) -> bool:
    """A repair that makes the claim hollow, that holds for fewer cases, that only writes what was to be shown anew, or
    that needs the left side to mean something else than it seems to."""
    obligation, before = mended.outcome.obligation, wrong.obligation
    if obligation is None or mended.hollow - wrong.hollow:
        return True
    on_the_left = wrong.habits.on_the_left or wrong.marks.immediate is None
    if not on_the_left and any(word.endswith("on the left") for word in mended.outcome.readings):
        return True
    if before is None:
        return False
    if not mended.on_left and copies(before, obligation):
        return True
    letters = free_names(before.right) if mended.on_left else None  # a side that stays says what the claim is about
    return cases(obligation, letters) < FEWER * cases(before, letters)
