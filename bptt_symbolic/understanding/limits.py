r"""What is said of the long run: `\lim_{t} \|\partial h_t/\partial h_0\| = 0`, `... \to 0`, `... \approx 0`.

None of them is proved or refuted: what they need is said.
"""

from bptt_symbolic.reading.syntax import Node, leaves
from bptt_symbolic.understanding.relations import Stated

NEEDS = {
    "0": "a limit is not settled: a product of Jacobians vanishes if the norms of all of them stay below one number "
    "less than 1, which the note would have to suppose",
    r"\infty": "a limit is not settled: a product of Jacobians explodes if each of them lengthens every vector by one "
    "number greater than 1, which the note would have to suppose",
}
"""What a limit needs, by where it goes."""
_SIGNS = frozenset({r"\lim", r"\limsup", r"\liminf"})
_LARGE = ("|", r"\|", "Vert", r"\vert", r"\partial", r"\nabla", "norm")


def need_of_limit(stated: Stated) -> str:
    """What a statement about the long run needs; nothing for any other."""
    if stated.line.inline or stated.left is None or stated.right is None:
        return ""
    limit = stated.mark in {r"\approx", r"\to", r"\rightarrow"} or bool(_SIGNS & set(_texts(stated.left)))
    derivative = any(sign in text for text in _texts(stated.left) for sign in _LARGE)
    return NEEDS.get("".join(_texts(stated.right)), "") if limit and derivative else ""


def _texts(node: Node) -> list[str]:
    return [text for sign in leaves(node) if (text := sign.text.strip()) not in {"{", "}", ""}]
