"""Program -> LaTeX: the unrolled network, or one gradient, as a formula."""

import sympy  # type: ignore[import-untyped]

from bptt_symbolic.showing.unrolled.entries import Block
from bptt_symbolic.showing.unrolled.symbol_program import Node, Program, latex_name
from bptt_symbolic.showing.unrolled.sympy_functions import Expr


def gradient(by: Node, value: Expr, loss: Node | None) -> str:
    """`dL/dW` = the matrix of its entries."""
    of = "L" if loss is None else latex_name(loss[0], loss[1], ())
    return rf"\frac{{\partial {of}}}{{\partial {latex_name(*by, ())}}} = {sympy.latex(value)}"


def program(made: Program) -> str:
    """Every computed quantity with its definition, a line each, in the order of computation."""
    lines = []
    for node, block in made.blocks.items():
        if all(s in made.bodies for s in block.flat):
            body = sympy.latex(_column([made.bodies[s] for s in block.flat], block))
            lines.append(rf"{latex_name(*node, ())} &= {body}")
    return "$\\displaystyle\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$"


def _column(entries: list[Expr], block: Block) -> Expr:
    if not block.data.ndim:
        return entries[0]
    shape = block.data.shape if block.data.ndim == 2 else (len(entries), 1)  # noqa: PLR2004
    return sympy.Matrix(*shape, entries)
