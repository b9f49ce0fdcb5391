"""Network -> SymPy: the network unrolled at fixed steps and sizes, with loss, gradients, functions of numbers."""

from bptt_symbolic.showing.unrolled.compiled import Compiled
from bptt_symbolic.showing.unrolled.faults import UnrollError
from bptt_symbolic.showing.unrolled.unroll import Unrolled, unroll

__all__ = ["Compiled", "UnrollError", "Unrolled", "unroll"]
