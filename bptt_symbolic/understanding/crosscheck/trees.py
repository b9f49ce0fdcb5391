r"""Numbers and atoms -> trees: the one form in which two readings of a formula are compared.

A tree is a head with arguments in the order of the page, named as SymPy names them: `Add`, `Mul`, `Pow`, `log`, `exp`,
`tanh`; a leaf is an atom `x_{1}` or a number `-3/2`. There is no subtraction and no division: `a - b` is
`Add(a, Mul(-1, b))` and `a / b` is `Mul(a, Pow(b, -1))`. In normal form, sums and products are flat, a product has no
factor 1 and at most one factor -1, in front, and a number divided by a number is a number; nothing else is evaluated or
sorted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

ATOM = re.compile(r"x_\{?(\d+)\}?")
NUMBER = re.compile(r"-?\d{1,999}(/\d{1,999})?")
DECIMAL = re.compile(r"-?\d{1,999}\.\d{1,999}(e-?\d{1,3})?")


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
            return Tree(tree.head, args) if args else _leaf(tree.head)


def heads(tree: Tree) -> Iterator[str]:
    """Every head in a tree."""
    yield tree.head
    for part in tree.args:
        yield from heads(part)


def has_atom(tree: Tree) -> bool:
    """Whether anything in a tree is not a number."""
    return any(ATOM.fullmatch(head) for head in heads(tree))


def _leaf(head: str) -> Tree:
    if found := ATOM.fullmatch(head):
        return atom(int(found[1]))
    return number(Fraction(head)) if DECIMAL.fullmatch(head) else Tree(head)


def _flat(args: Iterable[Tree], head: str) -> Iterator[Tree]:
    for part in args:
        if part.head == head:
            yield from part.args
        else:
            yield part


def _product(written: tuple[Tree, ...]) -> Tree:
    factors = _divided(written)
    odd = sum(_is_number(f) and f.head.startswith("-") for f in factors) % 2
    kept = [f for f in (_size(f) for f in factors) if f != ONE] or [ONE]
    if len(kept) == 1:
        return negative(kept[0]) if odd else kept[0]
    return Tree("Mul", (MINUS, *kept) if odd else tuple(kept))


def _divided(factors: tuple[Tree, ...]) -> list[Tree]:
    """The factors with `3 / 4` as one number: one reader divides, the other writes a product."""
    found: list[Tree] = []
    for factor in factors:
        below = _divisor(factor)
        if below is not None and found and _is_number(found[-1]):
            found[-1] = number(Fraction(found[-1].head) / below)
        else:
            found.append(factor)
    return found


def _divisor(tree: Tree) -> Fraction | None:
    """`b` of `1 / b` where it is a number, and not 0."""
    if tree.head != "Pow" or tree.args[1:] != (MINUS,) or not _is_number(tree.args[0]):
        return None
    return Fraction(tree.args[0].head) or None


def _size(tree: Tree) -> Tree:
    """A number without its sign."""
    return Tree(tree.head.removeprefix("-")) if _is_number(tree) else tree


def _is_number(tree: Tree) -> bool:
    return not tree.args and NUMBER.fullmatch(tree.head) is not None
