"""Note -> findings: readings searched, evidence proposed and confirmed, chains followed."""

from bptt_symbolic.proving.settle.claims import settle
from bptt_symbolic.proving.settle.enumeration import (
    Breadth,
    Reading,
    Relation,
    in_modes,
    literally,
    place_of,
    readings,
    related,
)
from bptt_symbolic.proving.settle.hypotheses import assumptions_of
from bptt_symbolic.proving.settle.inequalities import settle_inequality
from bptt_symbolic.proving.settle.marks import Marks
from bptt_symbolic.proving.settle.outcome import Outcome, left_open
from bptt_symbolic.proving.settle.question import Question
from bptt_symbolic.proving.settle.ranges import Domain
from bptt_symbolic.proving.settle.sides import LAYOUTS, OUTER
from bptt_symbolic.proving.settle.special import with_sigma
from bptt_symbolic.proving.settle.stepping import settle_update

__all__ = [
    "LAYOUTS",
    "OUTER",
    "Breadth",
    "Domain",
    "Marks",
    "Outcome",
    "Question",
    "Reading",
    "Relation",
    "assumptions_of",
    "in_modes",
    "left_open",
    "literally",
    "place_of",
    "readings",
    "related",
    "settle",
    "settle_inequality",
    "settle_update",
    "with_sigma",
]
