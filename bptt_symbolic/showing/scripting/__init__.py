"""Obligation and witness -> a Python program that shows the disagreement, without this package.

The program is the network's forward computation in the note's own names, derivatives by complex steps (which are exact
to rounding), and both sides as the checker read them. It needs NumPy, and a reader can check it by eye.
"""

from bptt_symbolic.showing.scripting.numpy_expressions import NotWritten
from bptt_symbolic.showing.scripting.witness_program import Heading, script

__all__ = ["Heading", "NotWritten", "script"]
