"""Wrong claim, and the note as it was before a change -> what was found out about the mistake then, where it stands.

To look for repairs takes far longer than to settle. While somebody types, what was found stays with a claim that says
the same and came out the same, behind the same mistakes: its repair is proved of this very model. Only what it is like
(the habits of the note, formulas nearby that lend factors) may have changed since, and is looked at anew when the note
is checked without a memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bptt_symbolic.mending.repair.edit import Edit
from bptt_symbolic.proving.review import Settled
from bptt_symbolic.proving.settle import Outcome
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reporting.report import Finding, Repair

Edits = dict[str, tuple[Edit, ...]]
"""Id of a finding -> the edits of its nearest repair."""


@dataclass(frozen=True, slots=True)
class Before:
    """A note as it was: its text, how its relations came out, and what was told of them."""

    source: Source
    found: Sequence[Settled]
    told: Sequence[Finding]
    edits: Edits
    """What mended its mistakes: a later one may be the same."""


@dataclass(slots=True)
class Keeper:
    """Goes through the wrong claims of a note in their order, and finds them in the note as it was."""

    source: Source
    before: Before | None
    _seen: list[str] = field(default_factory=list)
    """The wrong claims so far."""
    _ids: dict[str, str] = field(default_factory=dict)
    """Id in the note as it was -> id now."""

    def kept(self, one: Settled) -> tuple[Finding, tuple[Edit, ...]] | None:
        """What was told of a wrong claim, at its place now, and the edits that mended it; None where it is another
        claim, or was never looked at.
        """
        self._seen.append(one.finding.latex)
        for old, told in self._candidates(one):
            self._ids.setdefault(told.id, one.finding.id)
            finding = self._moved(one.finding, old.finding, told)
            if finding is not None and self.before is not None:
                return finding, self.before.edits.get(told.id, ())
        return None

    def _candidates(self, one: Settled) -> Iterator[tuple[Settled, Finding]]:
        """The same claim in the note as it was, if the same mistakes stood before it."""
        if self.before is None:
            return
        seen: list[str] = []
        for old, told in zip(self.before.found, self.before.told, strict=True):
            if old.holds:
                continue
            seen.append(old.finding.latex)
            if len(seen) == len(self._seen):
                if seen == self._seen and _came_out_alike(one, old):
                    yield old, told
                return

    def _moved(self, now: Finding, old: Finding, told: Finding) -> Finding | None:
        by = now.span.start - old.span.start
        follows = None if told.follows is None else self._ids.get(told.follows)
        repairs = [r for r in (told.repair, *told.alternatives) if r is not None]
        if (told.follows is not None and follows is None) or not all(self._fits(repair, by) for repair in repairs):
            return None
        moved = [_repair(repair, by) for repair in repairs]
        found = told.diagnosis
        if found is not None and found.culprit is not None:
            found = replace(found, culprit=_span(found.culprit, by))
        return replace(
            now,
            message=told.message,
            repair=moved[0] if moved else None,
            alternatives=tuple(moved[1:]),
            diagnosis=found,
            follows=follows,
        )

    def _fits(self, repair: Repair, by: int) -> bool:
        """Whether the text that a repair changes stands where it would be changed."""
        was = None if self.before is None else self.before.source
        return was is not None and all(
            was.slice(change.span) == self.source.slice(_span(change.span, by)) for change in repair.changes
        )


def _came_out_alike(one: Settled, old: Settled) -> bool:
    """Whether a claim is the same, and how it came out."""
    now, then = one.finding, old.finding
    return (
        (now.latex, now.message, now.number) == (then.latex, then.message, then.number)
        and _same(one.outcome, old.outcome)
        and _same(one.against, old.against)
    )


def _same(one: Outcome | None, other: Outcome | None) -> bool:
    if one is None or other is None:
        return one is other
    return replace(one, culprit=None) == replace(other, culprit=None)


def _repair(repair: Repair, by: int) -> Repair:
    return replace(repair, changes=tuple(replace(change, span=_span(change.span, by)) for change in repair.changes))


def _span(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
