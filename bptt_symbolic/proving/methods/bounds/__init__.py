"""Inequality -> proof for every number of steps and all sizes, or the reason why there is none.

Entries are compared by intervals (`intervals`), norms and absolute values by making the smaller side larger until it
is the other (`comparing`, by the rules of `larger`). `propose` is the way in.
"""

from bptt_symbolic.proving.methods.bounds.proposing import propose

__all__ = ["propose"]
