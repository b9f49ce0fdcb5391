"""Note -> settled relations: every one by itself, then in the light of the whole note."""

from bptt_symbolic.proving.review.second_look import looked_again, marks_of
from bptt_symbolic.proving.review.settling import WRONG, Progress, Settled, marked, settled

__all__ = [
    "WRONG",
    "Progress",
    "Settled",
    "looked_again",
    "marked",
    "marks_of",
    "settled",
]
