"""Note -> findings: every relation settled; what is wrong diagnosed, mended, and told apart from what only follows."""

from bptt_symbolic.elaborate import Note
from bptt_symbolic.guard import guarded
from bptt_symbolic.report import Finding
from bptt_symbolic.review.mending import unmended, with_repairs
from bptt_symbolic.review.second_look import looked_again
from bptt_symbolic.review.settling import Progress, Settled, settled

__all__ = ["Progress", "Settled", "examined", "findings"]


def findings(
    note: Note, progress: Progress | None = None, *, asked: bool = False, repair: bool = True
) -> list[Finding]:
    """Settle a note, or with `asked` only the formulas that are asked about; `repair` looks for repairs, too."""
    found = examined(note, progress, asked=asked)
    if not repair:
        return [one.finding for one in found]
    return guarded(lambda: with_repairs(note, found, progress), lambda fallen: [unmended(one, fallen) for one in found])


def examined(note: Note, progress: Progress | None = None, *, asked: bool = False) -> list[Settled]:
    """Every relation settled, by itself and in the light of the whole note."""
    return looked_again(note, settled(note, progress, asked=asked), asked=asked)
