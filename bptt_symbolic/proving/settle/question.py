"""Question: a relation to be settled, and how literally it is to be taken."""

from dataclasses import dataclass

from bptt_symbolic.reading.syntax import Node
from bptt_symbolic.understanding import Model


@dataclass(frozen=True, slots=True)
class Question:
    """A relation to be settled in a model."""

    left: Node
    right: Node
    beside: tuple[Node, ...]
    model: Model
    head: Node | None = None
    """Head of the chain: its free indices may be used."""
    proof_only: bool = False
    """Nobody wants to know why it is false, if it is: no counterexample is searched."""
    any_witness: bool = False
    """Nobody sees its counterexample: the first that is found will do."""
    literal: bool = False
    """Nothing on the page says that derivatives on the left are immediate ones: they are total."""
    outer: bool = True
    """A product of two columns may be meant as the outer product."""
