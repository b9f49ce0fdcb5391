"""Network -> SymPy: the network unrolled at fixed steps and sizes, with loss, gradients, functions of numbers."""

from bptt_symbolic.showing.unrolled.compiled import Compiled
from bptt_symbolic.showing.unrolled.unroll import Unrolled, unroll
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

__all__ = ["Compiled", "UnrollError", "Unrolled", "unroll"]
