r"""Relations -> names of entries: a parameter that is written out names its entries.

After `U = \begin{bmatrix} u_{11} & u_{12} \\ u_{21} & u_{22} \end{bmatrix}` the name `u_{12}` is the entry of U in the
first row and the second column, wherever it stands. Where the numbers of the names are their places, the name without a
number is U itself; and in a note that writes its parameters out so, `v_1` and `v_2` beside a bare `v` are its entries.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.meaning.names import is_homonym
from bptt_symbolic.meaning.terms import Affine, Entry, Ref, Term
from bptt_symbolic.reading.syntax import Environment, Fenced, List, Node, Scripted, Symbol
from bptt_symbolic.understanding.build import MATRICES, TRANSPOSES, Builder, is_left_out
from bptt_symbolic.understanding.entry_names import EntryNames, Key, indices_of, key_of
from bptt_symbolic.understanding.occurrences import occurrence, unwrap, uses
from bptt_symbolic.understanding.relations import DEFINING, SETTLED, Stated

_NUMBERED = re.compile(r"(\D*?)(\d+(?:,\d+)*)(\D*)")
"""The numbers of an entry among the labels of its name: `11`, `h11`, `1,12`."""
Place = tuple[int, ...]


@dataclass(frozen=True)
class _Written:
    """A parameter as it is written out."""

    name: Ref
    size: Place
    places: Mapping[Key, Place]
    """The names of its entries."""

    def base(self) -> Key | None:
        """The name without its numbers, where these are the places."""
        bases = set()
        for key, place in self.places.items():
            numbered = _numbered(key)
            if numbered is None or numbered[1] not in {_joined(place), ",".join(map(str, place))}:
                return None
            bases.add(numbered[0])
        return bases.pop() if len(bases) == 1 else None


def entry_names(found: Sequence[Stated], builder: Builder) -> EntryNames:
    """The names of entries in a note."""
    written = [one for stated in found if (one := _written(stated, builder)) is not None]
    terms: dict[Key, Term] = {}
    twice: set[Key] = set()
    for name, term in (pair for one in written for pair in _terms(one)):
        if terms.setdefault(name, term) != term:
            twice.add(name)
    heads = {key for stated in found if (key := _head(stated)) is not None}
    sizes = {n for one in written for n in one.size}
    terms = {k: t for k, t in terms.items() if k not in twice and (k not in heads or isinstance(t, Ref))}
    letters = dict(pair for stated in found if (pair := _dotted(stated, builder)) is not None)
    return EntryNames({**dict(_numbered_vectors(found, sizes, builder)), **terms}, letters)


def _terms(one: _Written) -> Iterator[tuple[Key, Term]]:
    for key, place in one.places.items():
        yield key, Entry(one.name, tuple(map(Affine, place)))
    base = one.base()
    if base is not None:
        yield base, one.name


def _head(stated: Stated) -> Key | None:
    """The name that a relation gives."""
    found = None if stated.left is None else occurrence(unwrap(stated.left))
    return None if found is None else key_of(found, found.sups)


# a parameter written out


def _written(stated: Stated, builder: Builder) -> _Written | None:
    """The parameter that a relation writes out."""
    if stated.left is None or stated.right is None or stated.mark not in SETTLED | DEFINING:
        return None
    name, laid = builder.tried(stated.left), _cells(stated.right)
    if not isinstance(name, Ref) or name.time is not None or is_homonym(name.name) or laid is None:
        return None
    rows, turned = laid
    several = len(rows) > 1 and len(rows[0]) > 1
    column = len(rows) > 1 or turned
    places: dict[Key, Place] = {}
    for i, row in enumerate(rows, 1):
        for j, cell in enumerate(row, 1):
            found = occurrence(unwrap(cell))
            key = None if found is None or found.name in builder.notation.slots else key_of(found, found.sups)
            if key is None or key in places:
                return None
            places[key] = ((j, i) if turned else (i, j)) if several else (max(i, j),)
    if not _are_entries(tuple(places), name, several=several, column=column):
        return None
    size = (len(rows[0]), len(rows)) if turned else (len(rows), len(rows[0]))
    return _Written(name, size if several else (max(size),), places)


def _dotted(stated: Stated, builder: Builder) -> tuple[Key, tuple[Ref, int]] | None:
    r"""The letter of the entries of a parameter that is written out with dots, `W = [w_{11} \cdots w_{mn}]`."""
    for side, other in ((stated.left, stated.right), (stated.right, stated.left)):
        name = None if side is None or stated.mark not in SETTLED | DEFINING else builder.tried(side)
        laid = None if other is None or not isinstance(name, Ref) or name.time is not None else _corners(other)
        if laid is None or not isinstance(name, Ref) or (laid[1] == 1 and is_homonym(name.name)):
            continue  # `z` beside a `z_t` is a vector of some step; a matrix without a step is a parameter with copies
        corners, rank = laid
        found = [occurrence(unwrap(cell)) for cell in corners]
        indices = [None if one is None else indices_of(one, rank) for one in found]
        keys = {None if one is None else key_of(replace(one, subs=()), one.sups) for one in found}
        key = keys.pop() if len(keys) == 1 else None
        if key is None or None in indices or key[0] in builder.notation.slots or not _are_corners(indices, rank):
            continue
        small = not key[0].lstrip("\\")[:1].isupper()
        if small or key[0] == name.name.split("_")[0]:
            return key, (name, rank)
    return None


def _are_corners(indices: Sequence[tuple[Affine, ...] | None], rank: int) -> bool:
    """Whether the first entry, the last of its row, and the last of all stand in their places."""
    first, row, last = indices
    assert first is not None and row is not None and last is not None  # noqa: S101, PT018 - the caller has seen to it
    ones = all(index == Affine(1) for index in first)
    return ones and bool(last[-1].parts) and (rank == 1 or (row == (Affine(1), last[1]) and last[0] != Affine(1)))


def _corners(node: Node) -> tuple[tuple[Node, Node, Node], int] | None:
    """The first cell of a matrix with dots, the last of its row, the last of all, and the number of indices."""
    inner = unwrap(node)
    if isinstance(inner, Fenced) and inner.left in {"[", "("} and inner.body is not None:
        inner = unwrap(inner.body)
    if not isinstance(inner, Environment) or inner.name.rstrip("*") not in MATRICES:
        return None
    cells = [[c for c in row if c is not None and not is_left_out(c)] for row in inner.rows]
    rows = [row for row in cells if row]
    dotted = any(c is not None and is_left_out(c) for row in inner.rows for c in row)
    if not dotted or len(rows) < 2:  # noqa: PLR2004 - the first and the last
        return None
    return (rows[0][0], rows[0][-1], rows[-1][-1]), 1 if max(map(len, rows)) == 1 else 2


def _are_entries(keys: Sequence[Key], name: Ref, *, several: bool, column: bool) -> bool:
    """Whether names are those of numbers: one letter with numbers, or in rows and columns small letters.

    A row of names may be columns beside each other, unless it is a vector that is written out; and capitals may be
    blocks, unless they are the letter of the matrix itself.
    """
    own = all(key[0] == name.name.split("_")[0] for key in keys)
    small = all(not key[0].lstrip("\\")[:1].isupper() for key in keys)
    numbered = [_numbered(key) for key in keys]
    one_letter = None not in numbered and len({n[0] for n in numbered if n is not None}) == 1
    if several:
        return (one_letter and (small or own)) or (small and all(not key[2] for key in keys))
    return len(keys) > 1 and one_letter and small and (own or column)


def _cells(node: Node) -> tuple[list[list[Node]], bool] | None:
    """The cells of a matrix or list by rows, and whether it is transposed."""
    inner = unwrap(node)
    turned = False
    if isinstance(inner, Scripted) and len(inner.scripts) == 1 and inner.scripts[0].body is not None:
        sign = unwrap(inner.scripts[0].body)
        turned = inner.scripts[0].mark == "^" and isinstance(sign, Symbol) and sign.name in TRANSPOSES
        inner = unwrap(inner.base) if turned else inner
    if isinstance(inner, Fenced) and inner.left in {"[", "("} and inner.body is not None:
        body = unwrap(inner.body)
        if isinstance(body, List) and all(mark.text.strip() == "," for mark in body.marks):
            return [[item for item in body.items if item is not None]], turned
        inner = body
    if not isinstance(inner, Environment) or inner.name.rstrip("*") not in MATRICES:
        return None
    rows = [[cell for cell in row if cell is not None] for row in inner.rows if any(c is not None for c in row)]
    return (rows, turned) if rows and len({len(row) for row in rows}) == 1 else None


# names with numbers


def _numbered(key: Key) -> tuple[Key, str] | None:
    """A name taken apart: without its numbers, and these."""
    found = _NUMBERED.fullmatch(key[2])
    return None if found is None else ((key[0], key[1], found[1] + found[3], key[3]), found[2])


def _joined(place: Place) -> str:
    return "".join(map(str, place)) if all(n < 10 for n in place) else ""  # noqa: PLR2004 - one digit each


def _numbered_vectors(found: Sequence[Stated], sizes: set[int], builder: Builder) -> Iterator[tuple[Key, Term]]:
    """The entries of vectors that stand both bare and with every number up to a size of what is written out."""
    numbers: dict[Key, dict[str, Key]] = defaultdict(dict)
    bare: set[Key] = set()
    trees = {id(s.line.tree): s.line.tree for s in found}
    for use in (use for tree in trees.values() if sizes for use in uses(tree)):
        name = use.occurrence
        if name.name in builder.notation.slots or name.name.lstrip("\\")[:1].isupper():
            continue
        key = key_of(name, ())
        if key is None:
            continue
        if not key[2]:
            bare.add(key)
        elif (numbered := _numbered(key)) is not None:
            numbers[numbered[0]][numbered[1]] = key
    for base, names in numbers.items():
        if base in bare and any(set(names) == {str(n) for n in range(1, size + 1)} for size in sizes):
            yield from ((key, Entry(Ref(base[0]), (Affine(int(n)),))) for n, key in names.items())
