r"""Pieces of a part -> pieces whose brackets match: every bracket, bar, full stop and blank gets its kind.

Brackets are matched inside each group, cell and `\left`-`\right` pair; one without a partner is a stray and reads as
an atom. Two bars at one level are a pair where the first can open and the second can close; any other is a symbol.
"""

from itertools import chain, repeat

from bptt_symbolic.reading.parser.tokens import CONNECTIVES, KINDS, PARTNERS, Piece
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reading.syntax import Token

MAX_NESTING = 60
"""Levels of brackets and arguments in a formula; deeper trees could not be walked by simple recursion."""

FACTOR_STARTS = frozenset(
    {
        "symbol",
        "word",
        "number",
        "text",
        "stray",
        "style",
        "fraction",
        "root",
        "switch",
        "lbrace",
        "open",
        "left",
        "begin",
        "bar",
    }
)
FACTOR_ENDS = frozenset({"symbol", "word", "number", "text", "stray", "rbrace", "close", "right", "end", "prime"})
_INWARD = frozenset({"lbrace", "open", "begin"})
_OUTWARD = frozenset({"rbrace", "close", "end"})
_CELL = frozenset({"amp", "newline"})
_LEFT_EDGE = _INWARD | _CELL | {"separator"}
_RIGHT_EDGE = _OUTWARD | _CELL | {"separator", "point"}
_BETWEEN = frozenset({"relation", "sign", "operator"})
_DEEP = "write the formula with fewer brackets inside one another"


def unclosed(pieces: list[Piece]) -> Fault | None:
    """The first brace or environment without its other end."""
    opened: list[Piece] = []
    for piece in pieces:
        if piece.kind in {"lbrace", "begin"}:
            opened.append(piece)
        elif piece.kind in {"rbrace", "end"}:
            if not opened:
                message = f"'{piece.token.text}' closes nothing"
                help_ = f"remove it, or write what it closes: {_opening(piece)}"
                return Fault("unread", message, help_, piece.token.span)
            first = opened.pop()
            if (first.kind, first.name) != _opened_by(piece):
                return _unclosed(first)
    return _unclosed(opened[0]) if opened else None


def too_deep(pieces: list[Piece]) -> Fault | None:
    """The place where brackets and arguments are nested too deeply."""
    outer: list[tuple[list[int], int]] = []
    needs: list[int] = []
    depth = 0
    for piece in pieces:
        if piece.kind in {"lbrace", "begin", "open", "left"}:
            outer.append((needs, depth))
            needs, depth = [], depth + len(needs) + 1
        elif piece.kind in {"rbrace", "end", "close", "right"} and outer:
            needs, depth = outer.pop()
            _supply(needs)
        elif piece.kind in {"style", "root", "sub", "sup", "fraction"}:
            needs.append(2 if piece.kind == "fraction" else 1)
        elif piece.kind == "switch":
            depth += 1
        elif piece.kind != "prime":
            _supply(needs)
        if depth + len(needs) > MAX_NESTING:
            message = f"the formula is nested more than {MAX_NESTING} levels deep"
            return Fault("too-deep", message, _DEEP, piece.token.span)
    return None


def matched(pieces: list[Piece]) -> list[Piece]:
    """The pieces with every kind decided; braces and environments must be closed."""
    kinds = [piece.kind for piece in pieces]
    _match_sized(pieces, kinds)
    _match_plain(pieces, kinds)
    _match_bars(pieces, kinds)
    closed = [_of_kind(piece, "open" if kind == "strong" else kind) for piece, kind in zip(pieces, kinds, strict=True)]
    return _settled([_of_kind(piece, "close") if piece.kind == "strong-close" else piece for piece in closed])


def _opening(piece: Piece) -> str:
    return "{" if piece.kind == "rbrace" else rf"\begin{{{piece.name}}}"


def _opened_by(piece: Piece) -> tuple[str, str]:
    return ("lbrace", "{") if piece.kind == "rbrace" else ("begin", piece.name)


def _unclosed(piece: Piece) -> Fault:
    last = "}" if piece.kind == "lbrace" else rf"\end{{{piece.name}}}"
    message = f"expected '{last}' to close '{piece.token.text}'"
    return Fault("unread", message, f"write '{last}' where it ends", piece.token.span)


def _supply(needs: list[int]) -> None:
    while needs:
        needs[-1] -= 1
        if needs[-1] > 0:
            return
        needs.pop()


def _of_kind(piece: Piece, kind: str) -> Piece:
    if kind == piece.token.kind:
        return piece if kind == piece.kind else Piece(kind, piece.name, piece.token)
    return Piece(kind, piece.name, Token(kind, piece.token.text, piece.token.span))


def _match_sized(pieces: list[Piece], kinds: list[str]) -> None:
    """Pair `left` with `right`; those without a partner become plain brackets."""
    stack: list[int] = []

    def drop() -> None:
        while stack and kinds[stack[-1]] == "left":
            _demote(pieces, kinds, stack.pop())

    for at, piece in enumerate(pieces):
        if piece.kind in {"lbrace", "begin", "left"}:
            stack.append(at)
        elif piece.kind in {"rbrace", "end"}:
            drop()
            stack.pop()
        elif piece.kind in _CELL:
            drop()
        elif piece.kind == "right":
            if stack and kinds[stack[-1]] == "left":
                kinds[stack.pop()], kinds[at] = "strong", "strong-close"
            else:
                _demote(pieces, kinds, at)
    drop()


def _demote(pieces: list[Piece], kinds: list[str], at: int) -> None:
    kinds[at] = KINDS[pieces[at].name][0] if pieces[at].name in KINDS else "stray"


def _match_plain(pieces: list[Piece], kinds: list[str]) -> None:
    scopes: list[list[int]] = [[]]
    for at, kind in enumerate(kinds):
        if kind in {"lbrace", "begin", "strong"}:
            scopes.append([])
        elif kind in {"rbrace", "end", "strong-close"}:
            _leave(scopes.pop(), kinds)
        elif kind in _CELL:
            _leave(scopes[-1], kinds)
        elif kind == "open":
            scopes[-1].append(at)
        elif kind == "close":
            _close(pieces, kinds, scopes[-1], at)
    _leave(scopes[-1], kinds)


def _leave(opened: list[int], kinds: list[str]) -> None:
    for at in opened:
        kinds[at] = "stray"
    opened.clear()


def _close(pieces: list[Piece], kinds: list[str], opened: list[int], at: int) -> None:
    for number in range(len(opened) - 1, max(-1, len(opened) - MAX_NESTING - 1), -1):
        if PARTNERS.get(pieces[opened[number]].name) == pieces[at].name:
            _leave_some(opened, number, kinds)
            return
    kinds[at] = "symbol" if pieces[at].name in {"|", "\\|"} else "stray"


def _leave_some(opened: list[int], number: int, kinds: list[str]) -> None:
    for at in opened[number + 1 :]:
        kinds[at] = "stray"
    del opened[number:]


def _match_bars(pieces: list[Piece], kinds: list[str]) -> None:
    levels: list[list[int]] = [[]]
    for at, kind in enumerate(kinds):
        if kind in {"lbrace", "begin", "open", "strong"}:
            levels.append([])
        elif kind in {"rbrace", "end", "close", "strong-close"}:
            _pair_bars(levels.pop(), pieces, kinds)
        elif kind in _CELL or kind in {"relation", "separator"}:
            _pair_bars(levels[-1], pieces, kinds)
            levels[-1].clear()
        elif kind == "bar":
            levels[-1].append(at)
    _pair_bars(levels[-1], pieces, kinds)


def _pair_bars(bars: list[int], pieces: list[Piece], kinds: list[str]) -> None:
    number = 0
    while number < len(bars):
        first = bars[number]
        second = bars[number + 1] if number + 1 < len(bars) else None
        if (
            second is not None
            and pieces[first].name == pieces[second].name
            and _fits(first, second, kinds, len(bars), double=pieces[first].name == "\\|")
        ):
            kinds[first], kinds[second] = "open", "close"
            number += 2
        else:
            kinds[first] = "symbol"
            number += 1


def _fits(first: int, second: int, kinds: list[str], count: int, *, double: bool) -> bool:
    after = kinds[second + 1] if second + 1 < len(kinds) else ""
    opens = first == 0 or kinds[first - 1] not in FACTOR_ENDS | {"strong-close"}
    paired = count % 2 == 0  # with an odd number at this level, one of them stands alone: `p(a | |b|)`
    opens = opens or (paired and (double or after not in FACTOR_STARTS | {"strong"}))
    opens = opens and kinds[first + 1] in FACTOR_STARTS | {"sign", "strong"}
    return opens and (kinds[second - 1] in FACTOR_ENDS | {"strong-close"})


def _settled(pieces: list[Piece]) -> list[Piece]:
    """Decide what depends on the neighbours: full stops, wide blanks, signs that stand alone, switches."""
    out: list[Piece] = []
    following = chain(pieces[1:], repeat(None, 1))
    for piece, after in zip(pieces, following, strict=True):
        before = out[-1].kind if out else ""
        if piece.kind == "point":
            out.append(_of_kind(piece, _point(before, after)))
        elif piece.name == "\\quad":
            if not _is_blank(before, after):
                out.append(piece)
        elif piece.kind in {"sign", "operator"} and _stands_alone(piece.kind, before, after):
            out.append(_of_kind(piece, "symbol"))
        elif piece.kind == "switch":
            out.append(_of_kind(piece, _switch(before, after)))
        else:
            out.append(piece)
    return out


def _point(before: str, after: Piece | None) -> str:
    if after is None or before not in FACTOR_ENDS or after.kind not in FACTOR_STARTS:
        return "separator"
    return "separator" if after.kind == "text" or after.name in CONNECTIVES else "operator"


def _is_blank(before: str, after: Piece | None) -> bool:
    if not before or after is None or before in _LEFT_EDGE | _BETWEEN:
        return True
    return after.kind in _RIGHT_EDGE | _BETWEEN


def _stands_alone(kind: str, before: str, after: Piece | None) -> bool:
    r"""`f(\cdot)`, `W^{+}`; a row may be `\odot : \text{...}` but not `+`."""
    if not before:
        return kind == "operator" and (after is None or after.kind in {"relation", "separator"})
    return before in _LEFT_EDGE and after is not None and after.kind in _RIGHT_EDGE


def _switch(before: str, after: Piece | None) -> str:
    if after is None or after.kind not in FACTOR_STARTS | {"sign"}:
        return "symbol"
    return "switch" if not before or before in _INWARD | _CELL | {"switch"} else "style"
