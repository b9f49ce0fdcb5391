"""LaTeX mathematics -> presentation trees (`syntax.py`): every token of the page is in the tree, with its place."""

from bptt_symbolic.reading.parser.displayed import ParsedDisplay, parse_display, parse_formula
from bptt_symbolic.reading.parser.faults import render_fault
from bptt_symbolic.reading.parser.macros import Macros, collect_macros
from bptt_symbolic.reading.parser.standard import standard, standard_place

__all__ = [
    "Macros",
    "ParsedDisplay",
    "collect_macros",
    "parse_display",
    "parse_formula",
    "render_fault",
    "standard",
    "standard_place",
]
