"""Formula -> the functions whose arguments it leaves out."""

from collections.abc import Iterator
from itertools import pairwise

from bptt_symbolic.reading.syntax import Fenced, Node, Product, Token
from bptt_symbolic.understanding.build import Builder
from bptt_symbolic.understanding.corpus import nodes
from bptt_symbolic.understanding.notation import known_function
from bptt_symbolic.understanding.occurrences import unwrap
from bptt_symbolic.understanding.sum_bounds import is_dots


def elided_in(tree: Node, builder: Builder) -> Iterator[str]:
    r"""The functions whose slope a formula takes at something that it leaves out, `f'(\dots)`."""
    for product in (node for node in nodes(tree) if isinstance(node, Product)):
        for item, behind in pairwise(product.items):
            called = None if isinstance(item, Token) else known_function(item, builder.notation)
            inner = unwrap(behind.body) if isinstance(behind, Fenced) and behind.body is not None else None
            if called is not None and called[1] is not None and inner is not None and is_dots(inner):
                yield builder.function_of(called[0], called[1]).name
