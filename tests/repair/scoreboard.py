"""Scoreboard of refutation and repair, in one command.

    python tests/repair/scoreboard.py [--mutants 2000] [--pairs 200] [--dresses 500] [--seed 1] [--missed]

Takes the true claims of the notes in `derivations/` and `tests/notes/`, makes one mistake in each (or two, with
`--pairs`), and says what became of them: refuted or ill-typed, still true (proved to be so), undecided; whether a
repair was found, whether it is the formula that the author had, and how far from the top of the list; and how long it
took.
"""

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from page_dresses import dressed  # noqa: E402
from page_mutants import Mutant, mutants, sample  # noqa: E402 - a script beside its module

from bptt_symbolic.api import understand  # noqa: E402
from bptt_symbolic.meaning.shapes import Scope  # noqa: E402
from bptt_symbolic.mending.repair.handwriting import Spelling  # noqa: E402
from bptt_symbolic.mending.repair.likeness import key  # noqa: E402
from bptt_symbolic.mending.repair.looking import Habits, habits_of  # noqa: E402
from bptt_symbolic.mending.repair.page import Page, alike  # noqa: E402
from bptt_symbolic.mending.repair.search import Wrong, mend  # noqa: E402
from bptt_symbolic.mending.repair.spots import spots_of  # noqa: E402
from bptt_symbolic.pipeline import Settled, examine  # noqa: E402
from bptt_symbolic.proving.methods import fixed  # noqa: E402
from bptt_symbolic.proving.methods.tensor import Unsupported  # noqa: E402
from bptt_symbolic.proving.review.second_look import marks_of  # noqa: E402
from bptt_symbolic.proving.settle.claims import settle  # noqa: E402
from bptt_symbolic.proving.settle.enumeration import place_of  # noqa: E402
from bptt_symbolic.proving.settle.marks import Marks  # noqa: E402
from bptt_symbolic.proving.settle.outcome import Outcome  # noqa: E402
from bptt_symbolic.proving.settle.question import Question  # noqa: E402
from bptt_symbolic.reading.parser import parse_display  # noqa: E402
from bptt_symbolic.reading.source import Span  # noqa: E402
from bptt_symbolic.reading.syntax import Node  # noqa: E402
from bptt_symbolic.understanding import Note  # noqa: E402
from bptt_symbolic.understanding.dots import NoPattern  # noqa: E402
from bptt_symbolic.understanding.interpret import survey  # noqa: E402
from bptt_symbolic.understanding.lines import Line, Lines  # noqa: E402
from bptt_symbolic.understanding.sum_bounds import NotBuilt  # noqa: E402

SUFFIXES = {".md", ".tex", ".rst", ".ipynb"}
PLACES = (2, 4, 5)


@dataclass
class Row:
    """What became of one mutant."""

    note: str
    kind: str
    verdict: str
    false_proof: bool = False
    repairs: int = 0
    rank: int = 0
    """Place of the author's own formula among the repairs, from 1; 0 if it is not there."""
    seconds: float = 0.0
    text: str = ""
    offered: tuple[str, ...] = ()


@dataclass
class Claim:
    """A true claim of a note with all that is needed to mend what becomes of it."""

    note: Note
    question: Question
    page: Page
    spelling: Spelling
    habits: Habits
    others: tuple[Node, ...]
    name: str
    left_fixed: bool
    marks: Marks

    @cached_property
    def found(self) -> list[Mutant]:
        """What may be wrong in it."""
        return mutants(self.question.right, self.page, self.question.model.network)


@cache
def everything(notes: tuple[str, ...] = ()) -> tuple[Claim, ...]:
    """All of these, found once."""
    return tuple(claims(notes))


def claims(notes: tuple[str, ...] = ()) -> Iterator[Claim]:
    """The true claims of all notes, or of those named; those that are proved step by step."""
    paths = sorted(p for folder in ("derivations", "tests/notes") for p in (ROOT / folder).iterdir())
    for path in [p for p in paths if not notes or p.name in notes]:
        if path.suffix in SUFFIXES:
            yield from claims_of(path)


def claims_of(path: Path) -> Iterator[Claim]:
    """The true claims of one note."""
    note = understand(path)
    found = examine(note)
    habits = habits_of(s.outcome.readings for s in found if s.outcome and s.outcome.verdict.word == "proved")
    marks = marks_of(note, found)
    page = Page(note.lines.source, note.lines.macros)
    trees = tuple(line.tree for line in note.lines.lines if line.tree is not None)
    good = [s for s in found if s.outcome and s.holds and s.outcome.verdict.word == "proved"]
    for one in good:
        assert one.item is not None
        stated, model = one.item.stated, note.models[one.item.model]
        assert stated.left is not None
        assert stated.right is not None
        question = Question(
            stated.left if one.head is None else one.head, stated.right, stated.conditions, model, one.head
        )
        others = tuple(_near(one, good))
        spelling = Spelling(page, trees, model.builder)
        yield Claim(note, question, page, spelling, habits, others, path.name, one.head is not None, marks)


def _near(one: Settled, good: list[Settled]) -> Iterator[Node]:
    at = good.index(one)
    for other in sorted(good, key=lambda o: abs(good.index(o) - at))[1:7]:
        right = None if other.item is None else other.item.stated.right
        if right is not None and other.item is not None and one.item is not None and other.item.model == one.item.model:
            yield right


def judged(claim: Claim, chosen: tuple[Mutant, ...]) -> Row | None:
    """What becomes of a claim with some mistakes in it; None where the text cannot be read."""
    side, page = claim.question.right, claim.page
    text = page.spliced(page.closed(side.span), tuple(sorted((m.span, m.text) for m in chosen)))
    wrong_page = Page(replace(page.source, text=_with(page, side, text)), page.macros)
    wrong = wrong_page.read(text)
    if wrong is None or alike(wrong, side):
        return None
    began = time.process_time()
    here = _moved(claim, text)
    if here is None:
        return None
    moved, moved_page = here
    outcome = settle(_surveyed(replace(claim.question, right=moved), claim.note.lines))
    row = Row(claim.name, " + ".join(m.kind for m in chosen), outcome.verdict.word, text=text)
    if outcome.verdict.word in {"refuted", "ill-typed"}:
        mended = _mended(claim, outcome, moved, moved_page)
        row.repairs, row.offered = len(mended), tuple(mended)
        for rank, repair in enumerate(mended, 1):
            again = moved_page.read(repair)
            if again is not None and (alike(again, side) or _is_same(claim, again, side)):
                row.rank = rank
                break
    row.seconds = time.process_time() - began
    row.false_proof = outcome.verdict.word == "proved" and not survives(outcome)
    return row


def _surveyed(question: Question, lines: Lines) -> Question:
    """The question in the notation of the note with the mistake in it: a wrong letter has a step as others have."""
    builder = question.model.builder
    line = Line(question.right, question.right.span, "", 0)
    wrong = survey(replace(lines, lines=(*lines.lines, line)), builder.notation.functions)
    slots, indexed = {**wrong.slots, **builder.notation.slots}, wrong.indexed | builder.notation.indexed
    builder = replace(builder, notation=replace(builder.notation, slots=slots, indexed=indexed))
    return replace(question, model=replace(question.model, builder=builder))


def _is_same(claim: Claim, one: Node, two: Node) -> bool:
    """Whether two formulas are one but for brackets, spelling, and the order of what commutes."""
    network, builder = place_of(claim.question)
    try:
        return key(builder.build(one), network) == key(builder.build(two), network)
    except (NotBuilt, NoPattern):
        return False


def _with(page: Page, side: Node, text: str) -> str:
    whole = page.closed(side.span)
    return page.source.text[: whole.start] + text + page.source.text[whole.end :]


def _moved(claim: Claim, text: str) -> tuple[Node, Page] | None:
    """The wrong side as it would stand in the note, in its own place."""
    whole = claim.page.closed(claim.question.right.span)
    source = replace(claim.page.source, text=_with(claim.page, claim.question.right, text))
    parsed = parse_display(source, Span(whole.start, whole.start + len(text)), claim.page.macros)
    parts = [part for row in parsed.rows for part in row.parts]
    if len(parts) != 1 or parts[0] is None or any(f.severity == "error" for f in parsed.faults):
        return None
    return parts[0], Page(source, claim.page.macros)


def _mended(claim: Claim, outcome: Outcome, right: Node, page: Page) -> list[str]:
    question = replace(claim.question, right=right)
    network, builder = place_of(question)
    near = tuple(spots_of(node, builder, Scope(network, {})) for node in claim.others)
    spelling = replace(claim.spelling, page=claim.page)
    spelling.samples  # noqa: B018 - learned from the note as it was
    wrong = Wrong(question, _on(spelling, page), near, claim.marks, claim.left_fixed, claim.habits, outcome.obligation)
    return [m.side for m in mend(wrong).repairs if not m.on_left]


def _on(spelling: Spelling, page: Page) -> Spelling:
    """The same spelling for a page whose text has moved."""
    new = replace(spelling, page=page)
    new.__dict__["samples"] = spelling.samples
    new.__dict__["transpose"] = spelling.transpose
    return new


def survives(outcome: Outcome) -> bool:
    """Whether what was proved holds wherever it can be computed in floating point."""
    obligation = outcome.obligation
    assert obligation is not None
    scope = outcome.verdict.scope
    everywhere = scope is not None and scope.steps == "all"
    room = tuple(n for n in PLACES if everywhere or n >= obligation.least_steps)  # a proof at T = 3 says nothing below
    for steps in room if obligation.assumptions.steps is None else (obligation.assumptions.steps,):
        for states, others in (((3,), (2, 4)), ((2,), (4, 3)), ((4,), (3, 2))):
            try:
                if not fixed.agrees(obligation, steps, fixed.sizes_of(obligation.network, states, others)):
                    return False
            except Unsupported:
                continue
    return True


def run(count: int, size: int, seed: int) -> list[Row]:
    """`count` mutants with `size` mistakes each, spread over all claims."""
    draw = random.Random(seed)  # noqa: S311 - reproducible
    candidates = [c for c in everything() if len(c.found) >= size]
    rows: list[Row] = []
    tries = 0
    while len(rows) < count and tries < 20 * count:
        tries += 1
        claim = candidates[tries % len(candidates)]
        chosen = tuple(sample(list(claim.found), size, draw))
        spans = sorted(m.span for m in chosen)
        if any(a.end > b.start or a == b for a, b in pairwise(spans)):
            continue
        row = judged(claim, chosen)
        if row is not None:
            rows.append(row)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{len(rows)}/{count}")
    return rows


def dresses(count: int, seed: int, notes: tuple[str, ...] = ()) -> list[Row]:
    """Right formulas in unusual dress, and what the checker says of each."""
    draw = random.Random(seed)  # noqa: S311 - reproducible
    candidates = everything(notes)
    rows: list[Row] = []
    seen: set[tuple[str, str]] = set()
    tries = 0
    while len(rows) < count and tries < 10 * count:
        claim = candidates[tries % len(candidates)]
        tries += 1
        page, question = claim.page, claim.question
        sides = dressed(question.right, (page.text(question.left), page.text(question.right)), page, draw)
        read = None if sides is None else (page.read(sides[0]), page.read(sides[1]))
        if sides is None or read is None or read[0] is None or read[1] is None or sides in seen:
            continue
        seen.add(sides)
        verdict = settle(replace(question, left=read[0], right=read[1], head=None)).verdict.word
        rows.append(Row(claim.name, "dress", verdict, text=" = ".join(sides)))
    return rows


def table(rows: list[Row]) -> str:
    """The figures as a Markdown table."""
    verdicts = Counter(r.verdict for r in rows)
    wrong = [r for r in rows if r.verdict in {"refuted", "ill-typed"}]
    found = [r for r in wrong if r.repairs]
    first, three = sum(r.rank == 1 for r in wrong), sum(1 <= r.rank <= 3 for r in wrong)
    times = sorted(r.seconds for r in rows)
    lines = [
        "| what | count | share |",
        "|---|---|---|",
        f"| mutants | {len(rows)} | |",
        f"| refuted with a confirmed witness | {verdicts['refuted']} | {_share(verdicts['refuted'], len(rows))} |",
        f"| ill-typed | {verdicts['ill-typed']} | {_share(verdicts['ill-typed'], len(rows))} |",
        f"| still true, proved so | {verdicts['proved']} | {_share(verdicts['proved'], len(rows))} |",
        f"| undecided | {verdicts['undecided']} | {_share(verdicts['undecided'], len(rows))} |",
        f"| proved and false | {sum(r.false_proof for r in rows)} | |",
        f"| of the wrong: a repair is found | {len(found)} | {_share(len(found), len(wrong))} |",
        f"| the author's formula is the first repair | {first} | {_share(first, len(wrong))} |",
        f"| it is among the first three | {three} | {_share(three, len(wrong))} |",
        f"| median CPU time, settled and mended | {statistics.median(times) * 1000:.0f} ms | |",
        f"| 95th percentile | {times[int(0.95 * (len(times) - 1))] * 1000:.0f} ms | |",
    ]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def by_kind(rows: list[Row]) -> str:
    """One line for each kind of mistake."""
    lines = [
        "| mistake | mutants | still true | first repair | first three | none found |",
        "|---|---|---|---|---|---|",
    ]
    for kind in sorted({r.kind for r in rows}):
        own = [r for r in rows if r.kind == kind]
        wrong = [r for r in own if r.verdict in {"refuted", "ill-typed"}]
        lines.append(
            f"| {kind} | {len(own)} | {sum(r.verdict == 'proved' for r in own)} | {sum(r.rank == 1 for r in wrong)} | "
            f"{sum(r.rank > 0 for r in wrong)} | {sum(not r.repairs for r in wrong)} |"
        )
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say_missed(rows: list[Row]) -> None:
    for r in rows:
        if r.verdict in {"refuted", "ill-typed"} and r.rank != 1:
            _say(f"{r.note} [{r.kind}] {r.verdict} repairs {r.repairs} rank {r.rank} {r.seconds:.2f} s: {r.text}")
            for text in r.offered:
                _say(f"    offered: {text}")
        if r.verdict == "undecided" or r.false_proof:
            _say(f"{r.note} [{r.kind}] {r.verdict}{' FALSE' * r.false_proof}: {r.text}")


def main() -> int:
    """Print the tables; exit status 1 if anything false was proved, or anything true refuted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--dresses", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missed", action="store_true", help="list the mutants whose author's formula is not first")
    options = parser.parse_args()
    false = 0
    for size, count in ((1, options.mutants), (2, options.pairs)):
        if not count:
            continue
        rows = run(count, size, options.seed)
        false += sum(r.false_proof for r in rows)
        _say(f"\n## {'One mistake' if size == 1 else 'Two mistakes'}\n\n{table(rows)}\n")
        if size == 1:
            _say(by_kind(rows))
        if options.missed:
            _say_missed(rows)
    if options.dresses:
        rows = dresses(options.dresses, options.seed)
        words = Counter(r.verdict for r in rows)
        said = ", ".join(f"{count} {word}" for word, count in words.most_common())
        _say(f"\n## Right formulas in unusual dress\n\n{len(rows)} formulas: {said}")
        wrong = [r for r in rows if r.verdict in {"refuted", "ill-typed"}]
        false += len(wrong)
        for r in wrong:
            _say(f"{r.note} {r.verdict}: {r.text}")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
