"""Network -> a derivation of its gradients, written in a notation, of which every line has been read back and proved.

    network --backward--> gradients as terms --styles--> plan --writing, document--> text --readback--> derivation

A plan is data: sections of lines, each a relation with a reason. Styles are an open folder, so are formats and
notations. What is written is what was proved: the document goes through the reader and the kernel like a note.
"""

from bptt_symbolic.deriving.derivation import (
    Asked,
    Derivation,
    DeriveError,
    built_in,
    derive,
    network_of,
    notation_of,
    styles_of,
)
from bptt_symbolic.deriving.own_notation import Style

__all__ = [
    "Asked",
    "Derivation",
    "DeriveError",
    "Style",
    "built_in",
    "derive",
    "network_of",
    "notation_of",
    "styles_of",
]
