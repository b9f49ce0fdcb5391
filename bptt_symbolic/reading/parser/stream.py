r"""Raw tokens -> pieces, the part without commands: letters, numbers, full stops, signs of two characters.

A run of letters is a word when the whole run is a known one (`log`), when it ends in one and a bracket follows
(`Wtanh(`), or when a command around it says so (`\mathrm{loss}`); otherwise every letter is a symbol.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from bptt_symbolic.reading.parser.lexer import Raw, spell
from bptt_symbolic.reading.parser.tokens import COMPOUNDS, FUNCTIONS, KINDS, SIZES, SPACING, WORDS, Piece
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import Token

BEFORE_ARGUMENT = frozenset({"sub", "sup", "style", "fraction", "root"})
FACTOR_ENDS = frozenset({"symbol", "word", "number", "text", "rbrace", "close", "prime"})
_BRACKETS = frozenset({"(", "[", "|", *SIZES})


@dataclass(slots=True)
class Stream:
    """The raw tokens of a display, how far they are read, and the pieces made of them."""

    raws: list[Raw]
    partners: dict[int, int]
    """Where the bracket or brace at a position is closed."""
    at: int = 0
    pieces: list[Piece] = field(default_factory=list)
    unknown: dict[str, Span] = field(default_factory=dict)
    closers: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Closing braces and brackets that close something else than a group."""
    words: set[int] = field(default_factory=set)
    """Where a run of letters is a word because of the command around it."""

    def text(self, ahead: int = 0) -> str:
        """The text of a token further on, empty after the last."""
        at = self.at + ahead
        return self.raws[at].text if at < len(self.raws) else ""

    def glued(self, ahead: int) -> bool:
        """Nothing stands between that token and the one before."""
        at = self.at + ahead
        return at < len(self.raws) and self.raws[at].glued

    def emit(self, count: int, kind: str, name: str, text: str | None = None) -> None:
        """One piece of the next tokens; a sign in a command is read by its own `text`."""
        taken = self.raws[self.at : self.at + count]
        span = taken[0].span if count == 1 else taken[0].span.to(taken[-1].span)
        self.pieces.append(Piece(kind, name, Token(kind, spell(taken) if text is None else text, span)))
        self.at += count

    def group(self, ahead: int = 1) -> int | None:
        """How far the group ends that begins `ahead` tokens on, if one begins there and ends."""
        if self.text(ahead) != "{":
            return None
        end = self.partners.get(self.at + ahead)
        return None if end is None else end - self.at

    def inner(self, end: int, ahead: int = 1) -> list[Raw]:
        """The tokens in a group that begins `ahead` tokens on."""
        return self.raws[self.at + ahead + 1 : self.at + end]


def partners(raws: list[Raw]) -> dict[int, int]:
    """Where each brace, bracket and parenthesis is closed; those that are not are left out."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, raw in enumerate(raws):
        text = raw.text
        if text in {"{", "[", "("}:
            opened.append(at)
        elif text == "}":
            while opened and raws[opened[-1]].text != "{":
                opened.pop()
            if opened:
                found[opened.pop()] = at
        elif text in {"]", ")"} and opened and raws[opened[-1]].text == {"]": "[", ")": "("}[text]:
            found[opened.pop()] = at
    return found


def plain(stream: Stream) -> None:
    """A command or character that means the same wherever it stands; two characters that are one sign."""
    text = stream.text()
    if stream.at in stream.closers:
        kind, name = stream.closers.pop(stream.at)
        stream.emit(2 if kind == "amp" else 1, kind, name)
    elif stream.glued(1) and (compound := COMPOUNDS.get(text + stream.text(1))):
        stream.emit(2, *compound)
    elif text in SPACING:
        stream.at += 1
    elif known := KINDS.get(text):
        stream.emit(1, *known)
    elif text.isdecimal():
        _number(stream)
    elif text[0] == "\\":
        if text[1:].isalpha():
            stream.unknown.setdefault(text, stream.raws[stream.at].span)
            _opaque(stream)
        else:
            stream.emit(1, "symbol", text)
    elif text.isalpha():
        _foreign(stream)
    else:
        stream.emit(1, "symbol", text)


def _opaque(stream: Stream) -> None:
    r"""A command that nobody knows: a name, and with arguments `\foo{a}{b}` a thing of which only those are known.

    It reads as an environment of that name, each argument a cell: what it makes of them is not on the page.
    """
    ends: list[int] = []
    following = 1
    while (end := stream.group(following)) is not None and end > following + 1:
        ends.append(stream.at + end)
        following = end + 1
    if not ends:
        stream.emit(1, "symbol", stream.text())
        return
    name = stream.text()
    stream.closers |= dict.fromkeys(ends[:-1], ("amp", "&"))
    stream.closers[ends[-1]] = ("end", name)
    stream.emit(2, "begin", name)


def _alone(stream: Stream) -> bool:
    """The next token is an argument by itself: only one letter or digit of a run belongs to it."""
    return bool(stream.pieces) and stream.pieces[-1].kind in BEFORE_ARGUMENT


def _run(stream: Stream, fits: Callable[[str], bool]) -> int:
    count = 1
    while stream.glued(count) and fits(stream.text(count)):
        count += 1
    return count


def letters(stream: Stream) -> None:
    """Letters: a word that is known, letters before such a word and a bracket, else one letter each."""
    if _alone(stream):
        stream.emit(1, "symbol", stream.text())
        return
    count = _run(stream, lambda text: text.isascii() and text.isalpha())
    word = "".join(stream.text(ahead) for ahead in range(count))
    if word in WORDS or (stream.at in stream.words and count > 1):
        stream.emit(count, "word", word)
        return
    ends = (start for start in range(max(1, count - 12), count) if word[start:] in FUNCTIONS)
    cut = next(ends, count) if stream.text(count) in _BRACKETS else count
    for letter in word[:cut]:
        stream.emit(1, "symbol", letter)
    if cut < count:
        stream.emit(count - cut, "word", word[cut:])


def _number(stream: Stream) -> None:
    count = 1 if _alone(stream) else _run(stream, str.isdecimal)
    if not _alone(stream) and stream.text(count) == "." and stream.glued(count) and stream.glued(count + 1):
        after = stream.text(count + 1)
        if after.isdecimal():
            stream.at, start = stream.at + count + 1, stream.at
            more = _run(stream, str.isdecimal)
            stream.at, count = start, count + 1 + more
    stream.emit(count, "number", spell(stream.raws[stream.at : stream.at + count]))


def _foreign(stream: Stream) -> None:
    """Letters of another script: prose."""
    count = _run(stream, lambda text: not text.isascii() and text.isalpha() and text not in KINDS)
    stream.emit(count, "text", spell(stream.raws[stream.at : stream.at + count]))


def full_stop(stream: Stream) -> None:
    """Three are dots, one before a digit begins a number, any other waits for its neighbours."""
    if stream.text(1) == stream.text(2) == ".":
        stream.emit(3, "symbol", "\\cdots")
    elif stream.text(1).isdecimal() and stream.glued(1) and not _after_factor(stream):
        stream.at, start = stream.at + 1, stream.at
        more = _run(stream, str.isdecimal)
        stream.at = start
        stream.emit(1 + more, "number", spell(stream.raws[start : start + 1 + more]))
    else:
        stream.emit(1, "point", ".")


def _after_factor(stream: Stream) -> bool:
    return bool(stream.pieces) and stream.pieces[-1].kind in FACTOR_ENDS
