r"""Numbers and atoms -> trees: the one form in which two readings of a formula are compared.

A tree is a head with arguments in the order of the page, named as SymPy names them: `Add`, `Mul`, `Pow`, `log`, `exp`,
`tanh`; a leaf is an atom `x_{1}` or a number `-3/2`. There is no subtraction and no division: `a - b` is
`Add(a, Mul(-1, b))` and `a / b` is `Mul(a, Pow(b, -1))`. In normal form, sums and products are flat, and a product has
no factor 1 and at most one factor -1, in front; nothing else is evaluated or sorted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

ATOM = re.compile(r"x_\{?(\d+)\}?")
NUMBER = re.compile(r"-?\d+(/\d+)?")


@dataclass(frozen=True, slots=True)
class Tree:
    """A head with arguments; an atom or a number has none."""

    head: str
    args: tuple["Tree", ...] = ()

    def __str__(self) -> str:
        """Print as `Add(x1, Mul(-1, x2))`."""
        if self.args:
            return f"{self.head}({', '.join(map(str, self.args))})"
        found = ATOM.fullmatch(self.head)
        return f"x{found[1]}" if found else self.head


MINUS = Tree("-1")
ONE = Tree("1")


def number(value: Fraction) -> Tree:
    """A leaf."""
    return Tree(str(value))


def atom(place: int) -> Tree:
    """The atom with a number, from 1."""
    return Tree(f"x_{{{place}}}")


def negative(tree: Tree) -> Tree:
    """`-a`; of a number, the number."""
    return number(-Fraction(tree.head)) if _is_number(tree) else Tree("Mul", (MINUS, tree))


def inverse(tree: Tree) -> Tree:
    """`1 / a`, as in `b / a`."""
    return Tree("Pow", (tree, MINUS))


def normal(tree: Tree) -> Tree:
    """The normal form; the logarithm loses its base."""
    args = tuple(map(normal, tree.args))
    match tree.head:
        case "Add":
            flat = tuple(_flat(args, "Add"))
            return flat[0] if len(flat) == 1 else Tree("Add", flat)
        case "Mul":
            return _product(tuple(_flat(args, "Mul")))
        case "log":
            return Tree("log", args[:1])
        case _:
            found = ATOM.fullmatch(tree.head)
            return atom(int(found[1])) if found else Tree(tree.head, args)


def heads(tree: Tree) -> Iterator[str]:
    """Every head in a tree."""
    yield tree.head
    for part in tree.args:
        yield from heads(part)


def has_atom(tree: Tree) -> bool:
    """Whether anything in a tree is not a number."""
    return any(ATOM.fullmatch(head) for head in heads(tree))


def _flat(args: Iterable[Tree], head: str) -> Iterator[Tree]:
    for part in args:
        if part.head == head:
            yield from part.args
        else:
            yield part


def _product(factors: tuple[Tree, ...]) -> Tree:
    odd = sum(_is_number(f) and f.head.startswith("-") for f in factors) % 2
    kept = [f for f in (_size(f) for f in factors) if f != ONE] or [ONE]
    if len(kept) == 1:
        return negative(kept[0]) if odd else kept[0]
    return Tree("Mul", (MINUS, *kept) if odd else tuple(kept))


def _size(tree: Tree) -> Tree:
    """A number without its sign."""
    return Tree(tree.head.removeprefix("-")) if _is_number(tree) else tree


def _is_number(tree: Tree) -> bool:
    return not tree.args and NUMBER.fullmatch(tree.head) is not None
