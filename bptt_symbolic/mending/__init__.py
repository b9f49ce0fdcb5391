"""Wrong claim -> diagnosis, repair, corrected note."""

from bptt_symbolic.mending.correction import Correction, corrected
from bptt_symbolic.mending.kept_repairs import Before, Edits
from bptt_symbolic.mending.mistakes import unmended, with_repairs

__all__ = [
    "Before",
    "Correction",
    "Edits",
    "corrected",
    "unmended",
    "with_repairs",
]
