"""Wrong claim -> diagnosis, repair, corrected note."""

from bptt_symbolic.mending.correction import Correction, corrected
from bptt_symbolic.mending.mistakes import unmended, with_repairs

__all__ = [
    "Correction",
    "corrected",
    "unmended",
    "with_repairs",
]
