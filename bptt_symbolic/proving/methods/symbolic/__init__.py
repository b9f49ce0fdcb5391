"""Obligation -> proof for every number of steps and all sizes: sums of products in index form, over symbolic times.

One entry of each side is written as a sum of products of atoms with indices and times (`values`, `slopes`, `effects`).
Transfers through time and ordered products are atoms with rules of their own (`chains`, `collapse`), and the difference
is brought to a normal form (`rewrite`, `canonical`, `reduce`). `prove` is the way in.
"""

from bptt_symbolic.proving.methods.symbolic.proving import NoProof, Proof, prove, residual_latex

__all__ = ["NoProof", "Proof", "prove", "residual_latex"]
