r"""Pieces of a display -> lines: rows split at `\\`, columns at `&`, what goes on joined to the row before.

    pairs   align, aligned, split ...   cells 1 and 2 are part 1, cells 3 and 4 part 2
    whole   eqnarray, gather, multline  the row is one part
    cells   cases, array (as a system)  each cell a part, unless a relation joins it to the one before

    \left\{ \begin{array}{ll} .. \end{array} \right.   is cases, wherever it stands
    \text{Input gate: } i_t = ..                        the words are a part of their own
    a = b \qquad (3)                                     the number is the tag of the row

Environments that only arrange rows are taken off, also inside one another, in a box and as a system
`\left\{ ... \right.`; `\tag` and `\label` go with their row. A row that begins with a sign, or follows one that is
not at its end, is no row.
"""

import re
from dataclasses import dataclass, field

from bptt_symbolic.reading.parser.tokens import CONNECTIVES, INTERTEXTS, PARTNERS, Piece
from bptt_symbolic.reading.syntax import Token

_PAIRS = "align aligned alignat alignedat flalign xalignat xxalignat split alignqty"
_WHOLE = "eqnarray gather gathered multline multlined equation displaymath math dmath dgroup subequations IEEEeqnarray"
LAYOUTS = {**dict.fromkeys(_PAIRS.split(), "pairs"), **dict.fromkeys(_WHOLE.split(), "whole")}
"""How the columns of an environment make parts."""

_SYSTEMS = frozenset({"cases", "dcases", "array", "rcases"})
_TABLES = frozenset({"array", "aligned", "matrix", "tabular", "gathered", "smallmatrix", "cases", "dcases"})
"""Environments that are cases behind a brace."""
_BOXES = frozenset({"boxed", "color", "textcolor"})
_HEADS = frozenset({"symbol", "word", "style", "fraction", "separator", "lbrace", "begin", "switch"})
"""Pieces that may begin the left side of an equation behind words."""
_NUMBER = re.compile(r"(\(|\[)?\s*(Eq(uation)?\.?\s*)?[A-Z]?\d{1,3}([.\-]\d{1,3}){0,3}[a-z]?'{0,2}\s*(?(1)[)\]])")
_GOES_ON = frozenset({"sign", "operator", "relation"})
_LOOK_AHEAD = 20
"""Rows in which the end of a bracket is looked for."""


@dataclass(slots=True)
class Line:
    """A row with its parts, before they are trees."""

    parts: list[list[Piece]]
    tag: str | None = None
    label: str | None = None

    @property
    def pieces(self) -> list[Piece]:
        """All pieces of the row."""
        return [piece for part in self.parts for piece in part]


def lines(pieces: list[Piece]) -> list[Line]:
    """The rows of a display; one without a formula gives its tag and label to its neighbour."""
    found: list[Line] = []
    waiting = Line([])
    for line in _Splitter(_with_cases(_without_system(_without_box(pieces)))).split():
        if line.parts:
            line.tag, line.label = line.tag or waiting.tag, line.label or waiting.label
            waiting = Line([])
            found.append(line)
        elif found and (found[-1].tag, found[-1].label) == (None, None):
            found[-1].tag, found[-1].label = line.tag, line.label
        else:
            waiting = line
    return [_labelled(_numbered(line)) for line in _joined(found)]


def _without_box(pieces: list[Piece]) -> list[Piece]:
    r"""Take off boxes and colours around all rows: `\boxed{\begin{aligned} .. \end{aligned}}`."""
    body = [at for at, piece in enumerate(pieces) if piece.kind not in {"tag", "label", "separator", "point"}]
    while len(body) > 3 and _is_box(pieces, body):  # noqa: PLR2004 a box, its braces and something
        drop = {body[0], body[1], body[-1]}
        pieces = [piece for at, piece in enumerate(pieces) if at not in drop]
        body = [at for at, piece in enumerate(pieces) if piece.kind not in {"tag", "label", "separator", "point"}]
    return pieces


def _is_box(pieces: list[Piece], body: list[int]) -> bool:
    first, second, last = (pieces[at] for at in (body[0], body[1], body[-1]))
    boxed = first.kind in {"style", "switch"} and first.name in _BOXES and second.kind == "lbrace"
    rows = any(pieces[at].kind == "begin" and pieces[at].name in LAYOUTS for at in body)
    numbered = any(pieces[at].kind in {"tag", "label"} for at in range(body[0], body[-1]))
    return (
        boxed
        and (rows or numbered or _number_at(pieces[body[1] + 1 : body[-1]]) is not None)
        and (last.kind == "rbrace" and _end(pieces, body[1], ("lbrace", "rbrace")) == body[-1])
    )


def _with_cases(pieces: list[Piece]) -> list[Piece]:
    r"""Join a brace with the array behind it: `\left\{ \begin{array}{ll} .. \end{array} \right.` is `cases`."""
    changed: dict[int, Piece | None] = {}
    ends = _ends(pieces)
    for at, piece in enumerate(pieces[:-1]):
        array = pieces[at + 1]
        if (piece.kind, piece.name) not in {("left", "\\{"), ("open", "\\{")} or array.kind != "begin":
            continue
        end = ends.get(at + 1, -1)
        after = pieces[end + 1] if 0 <= end < len(pieces) - 1 else None
        ended = after is not None and (after.kind, after.name) == ("right", ".")
        if array.name not in _TABLES or end < 0 or ended != (piece.kind == "left"):
            continue
        if after is not None and after.name == "\\}":
            continue
        changed |= {at: None, at + 1: _together(piece, array), end: pieces[end]._replace(name="cases")}
        if ended and after is not None:
            changed |= {end: None, end + 1: _together(pieces[end], after, kind="end")}
    return [new for at, piece in enumerate(pieces) if (new := changed.get(at, piece)) is not None]


def _ends(pieces: list[Piece]) -> dict[int, int]:
    """Where each environment ends that does."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.kind == "begin":
            opened.append(at)
        elif piece.kind == "end" and opened:
            found[opened.pop()] = at
    return found


def _together(first: Piece, second: Piece, kind: str = "begin") -> Piece:
    """Two pieces as one mark of `cases`."""
    token = Token(kind, first.token.text + second.token.text, first.token.span.to(second.token.span))
    return Piece(kind, "cases", token)


def _numbered(line: Line) -> Line:
    r"""The number at the end of a row, behind a wide blank, is its tag."""
    part = line.parts[-1]
    at = _number_at(part)
    if at is not None and line.tag is None:
        line.tag = re.sub(r"[^\w.\-']", "", "".join(piece.token.text for piece in _said(part[at:])))
        line.parts[-1] = part[: at - 1] if at > 1 else part[:at]
    return line


def _said(pieces: list[Piece]) -> list[Piece]:
    return [Piece(p.kind, p.name, Token(p.kind, p.name, p.token.span)) if p.kind == "text" else p for p in pieces]


def _number_at(part: list[Piece]) -> int | None:
    """Where the number of a row begins, if the row ends in one."""
    wide = next((at for at in range(len(part) - 1, 0, -1) if part[at].name == "\\quad"), None)
    behind = [] if wide is None else part[wide + 1 :]
    said = "".join(piece.name if piece.kind == "text" else piece.token.text for piece in behind)
    return wide + 1 if wide is not None and _NUMBER.fullmatch(said) else None


def _labelled(line: Line) -> Line:
    r"""Words before the head of a row are a part of their own."""
    first = line.parts[0]
    if len(first) < 3 or not _is_label(first):  # noqa: PLR2004 words, a blank or not, and a formula
        return line
    rest = first[2:] if first[1].name == "\\quad" else first[1:]
    line.parts[:1] = [first[: len(first) - len(rest)], rest] if first[1].name != "\\quad" else [[first[0]], rest]
    return line


def _is_label(part: list[Piece]) -> bool:
    """Whether a part begins with words that only say what the equation behind them is."""
    words, after = part[0], part[1]
    if words.kind != "text" or words.name.split()[:1] == [] or words.name.split()[0].lower() in CONNECTIVES:
        return False
    blank = after.name == "\\quad" or words.name.rstrip()[-1:] in {":", ")"} or words.name != words.name.rstrip()
    return blank and after.kind in _HEADS and any(_relations(part))


def _without_system(pieces: list[Piece]) -> list[Piece]:
    r"""Take off a system around all rows: `\left\{ \begin{aligned} .. \end{aligned} \right.`, `\begin{cases} ..`."""
    body = [at for at, piece in enumerate(pieces) if piece.kind not in {"tag", "label"}]
    while body and pieces[body[-1]].kind in {"separator", "point"}:
        body.pop()
    if len(body) < 3:  # noqa: PLR2004 two brackets and something
        return pieces
    first, last = body[0], body[-1]
    drop = set()
    if (pieces[first].kind, pieces[first].name, pieces[last].name) == ("left", "\\{", "."):
        drop = {first, last}
        first, last = body[1], body[-2]
    opening = pieces[first]
    if opening.kind != "begin" or _end(pieces, first) != last:
        return pieces
    if opening.name in _SYSTEMS and _all_related(pieces[first + 1 : last]):
        kept = {first: opening._replace(name="array rows"), last: pieces[last]._replace(name="array rows")}
        return [kept.get(at, piece) for at, piece in enumerate(pieces) if at not in drop]
    return [piece for at, piece in enumerate(pieces) if at not in drop] if opening.name in LAYOUTS else pieces


def _end(pieces: list[Piece], first: int, marks: tuple[str, str] = ("begin", "end")) -> int:
    """Where an environment or a group ends that begins at a place; -1 if it does not."""
    depth = 0
    for at in range(first, len(pieces)):
        depth += (pieces[at].kind == marks[0]) - (pieces[at].kind == marks[1])
        if depth == 0:
            return at
    return -1


def _all_related(pieces: list[Piece]) -> bool:
    """Every row is an equation."""
    rows = [line for line in _Splitter(pieces, "cells").split() if line.parts]
    return len(rows) > 1 and all(any(_relations(part)) for line in rows for part in line.parts[:1])


def _relations(part: list[Piece]) -> list[Piece]:
    """The relations of a part that are in no bracket."""
    depth, found = 0, []
    for piece in part:
        depth += piece.kind in {"lbrace", "begin", "left", "open"}
        depth -= piece.kind in {"rbrace", "end", "right", "close"}
        if piece.kind == "relation" and depth <= 0:
            found.append(piece)
    return found


@dataclass(slots=True)
class _Splitter:
    pieces: list[Piece]
    layout: str = "pairs"
    found: list[Line] = field(default_factory=list)
    cells: list[list[Piece]] = field(default_factory=lambda: [[]])
    tag: str | None = None
    label: str | None = None
    outer: list[str] = field(default_factory=list)
    depth: int = 0
    sized: int = 0

    def split(self) -> list[Line]:
        """One line for each row, also where it is empty."""
        paired = _paired(self.pieces)
        for at, piece in enumerate(self.pieces):
            if piece.kind == "tag":
                self.tag = piece.name
            elif piece.kind == "label":
                self.label = piece.name
            elif self.depth or not (self._arranges(piece) or self._breaks(at)):
                self._take(piece, at in paired)
        self._finish()
        return self.found

    def _arranges(self, piece: Piece) -> bool:
        """The piece only says where rows and columns are."""
        if piece.kind == "newline" and not self.sized:
            self._finish()
        elif piece.kind == "amp":
            self.cells.append([])
        elif piece.kind == "text" and piece.token.text.startswith(INTERTEXTS):
            self._finish()
            self.cells = [[piece]]
            self._finish()
        elif piece.kind == "begin" and not self.sized and (layout := self._layout(piece.name)):
            self._finish()
            self.outer.append(self.layout)
            self.layout = layout
        elif piece.kind == "end" and self.outer:
            self._finish()
            self.layout = self.outer.pop()
        else:
            return False
        return True

    def _breaks(self, at: int) -> bool:
        r"""A line that is broken behind a sign inside `\left( .. \right)`, which TeX would not allow."""
        if self.pieces[at].kind != "newline" or not self.sized:
            return False
        beside = [self.pieces[n].kind for n in (at - 1, at + 1) if 0 <= n < len(self.pieces)]
        return any(kind in _GOES_ON for kind in beside)

    @staticmethod
    def _layout(name: str) -> str | None:
        return "cells" if name == "array rows" else LAYOUTS.get(name)

    def _take(self, piece: Piece, paired: bool) -> None:  # noqa: FBT001 only called above
        if piece.kind in {"lbrace", "rbrace", "begin", "end"} and paired:
            self.depth += 1 if piece.kind in {"lbrace", "begin"} else -1
        elif self.depth == 0:
            self.sized = max(0, self.sized + (piece.kind == "left") - (piece.kind == "right"))
        self.cells[-1].append(piece)

    def _finish(self) -> None:
        self.found.append(Line(_parts(self.cells, self.layout), self.tag, self.label))
        self.cells, self.tag, self.label, self.sized = [[]], None, None, 0


def _paired(pieces: list[Piece]) -> set[int]:
    """Positions of the braces and environment marks that have a partner."""
    found: set[int] = set()
    opened: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.kind in {"lbrace", "begin"}:
            opened.append(at)
        elif piece.kind in {"rbrace", "end"}:
            wanted = "lbrace" if piece.kind == "rbrace" else "begin"
            while opened and pieces[opened[-1]].kind != wanted and piece.kind == "end":
                opened.pop()
            if opened and pieces[opened[-1]].kind == wanted:
                found |= {opened.pop(), at}
    return found


def _parts(cells: list[list[Piece]], layout: str) -> list[list[Piece]]:
    if layout == "whole":
        groups = [[piece for cell in cells for piece in cell]]
    elif layout == "pairs":
        groups = [[piece for cell in cells[at : at + 2] for piece in cell] for at in range(0, len(cells), 2)]
    else:
        groups = cells
    parts: list[list[Piece]] = []
    for group in map(_without_margins, groups):
        if group and parts and (group[0].kind == "relation" or parts[-1][-1].kind in _GOES_ON):
            parts[-1] = parts[-1] + group
        elif group:
            parts.append(group)
    return parts


def _without_margins(group: list[Piece]) -> list[Piece]:
    r"""Without the `\quad` at its ends."""
    kept = [at for at, piece in enumerate(group) if piece.name != "\\quad"]
    return group[kept[0] : kept[-1] + 1] if kept else []


def _joined(found: list[Line]) -> list[Line]:
    """Join each row that goes on with the one before."""
    rows: list[Line] = []
    for number, line in enumerate(found):
        if rows and _torn(rows[-1], line):
            rows[-1].parts[-1].pop()
            del line.parts[0][_torn_at(line)]
            _append(rows[-1], line)
        elif rows and _goes_on(rows[-1].parts[-1], line.parts[0], found[number : number + _LOOK_AHEAD]):
            _append(rows[-1], line)
        else:
            rows.append(line)
    return rows


def _append(row: Line, line: Line) -> None:
    for number, part in enumerate(line.parts):
        if number < len(row.parts):
            row.parts[number] = row.parts[number] + part
        else:
            row.parts.append(part)
    row.tag, row.label = row.tag or line.tag, row.label or line.label


def _torn(row: Line, line: Line) -> bool:
    r"""One pair of brackets over two rows: `\left( a \right. \\ \left. + b \right)`."""
    last = row.parts[-1][-1]
    return last.kind == "right" and last.name == "." and _torn_at(line) >= 0


def _torn_at(line: Line) -> int:
    for at, piece in enumerate(line.parts[0][:2]):
        if piece.kind == "left" and piece.name == ".":
            return at if len(line.pieces) > at + 1 else -1
    return -1


def _goes_on(before: list[Piece], part: list[Piece], rest: list[Line]) -> bool:
    first = part[0]
    if first.kind == "relation":
        return False
    if before[-1].kind in _GOES_ON or first.kind == "operator":
        return True
    if first.kind == "sign":
        return first.name == "+" or not _relations(part)
    return bool(_unmatched(before)[0]) and _closes(_unmatched(before)[0], rest)


def _closes(opened: list[str], rest: list[Line]) -> bool:
    """A later row closes one of these brackets, before another equation begins."""
    for line in rest:
        if line.parts[0][0].kind == "relation":
            return False
        if set(_unmatched(line.parts[0])[1]) & {PARTNERS.get(name, name) for name in opened}:
            return True
    return False


def _unmatched(part: list[Piece]) -> tuple[list[str], list[str]]:
    """Names of the brackets of a part that are opened and not closed, closed and not opened; braces kept apart."""
    opened: list[str] = []
    closed: list[str] = []
    depth = 0
    for piece in part:
        depth += (piece.kind in {"lbrace", "begin"}) - (piece.kind in {"rbrace", "end"})
        if depth:
            continue
        if piece.kind in {"left", "open"}:
            opened.append("left" if piece.kind == "left" else piece.name)
        elif piece.kind in {"right", "close"}:
            name = "left" if piece.kind == "right" else piece.name
            if opened and PARTNERS.get(opened[-1], "left") == name:
                opened.pop()
            else:
                closed.append(name)
    return opened, closed
