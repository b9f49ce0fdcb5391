r"""LaTeX -> one line of letters and signs, for terminals; and such a line -> lines that break at operators.

    \frac{\partial s_t}{\partial W}        ∂sₜ/∂W
    \sum_{k=1}^{t} W^{t-k} \hat{y}_k^\top   Σₖ₌₁ᵗ Wᵗ⁻ᵏ ŷₖᵀ

The tree is that of latex2mathml, trusted as far as pages trust it; a formula that it is not trusted with stays LaTeX.
Every part is a *piece*: its text, and what it is to its neighbours (an operator, a bracket, a word, ...), which says
where blanks stand. Brackets are put where the tree has them without showing them: `(a + b)/(c d)`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from html import unescape
from itertools import takewhile
from typing import Literal, NamedTuple
from xml.etree.ElementTree import Element

from bptt_symbolic.reporting.formats._mathml import arrives, styled, tree
from bptt_symbolic.reporting.formats._terminal import clean, columns
from bptt_symbolic.reporting.formats._words import squeezed

_Kind = Literal["atom", "number", "letter", "word", "sign", "prefix", "large", "open", "close", "bar", "comma", "gap"]


class _Piece(NamedTuple):
    text: str
    kind: _Kind


_BELOW = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ,", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ,", strict=True))
_ABOVE = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθφχ⊤′*∗†",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠᵡᵀ′**†",
        strict=True,
    )
)
_ACCENTS = dict(zip("^~¯‾→˙¨ˇ´", "\u0302\u0303\u0304\u0304\u20d7\u0307\u0308\u030c\u0301", strict=True))
_ACCENTS |= {"ˆ": "\u0302", "˜": "\u0303", "ˉ": "\u0304", "―": "\u0304"}
_BELOW_ALL = dict.fromkeys("_¯‾ˉ―", "\u0332")
_LARGE = {"∑": "Σ", "∏": "Π", "∫": "∫", "⨀": "⨀", "⨁": "⨁", "⨂": "⨂"}
_SIGNS = frozenset("=+−-±∓·⋅×∗*⊙∘⊗⊕≠≈≡≤≥<>≪≫∼≃≅∝∣→←⇒⇐⇔↦∈∉⊂⊆∪∩∧∨:⟶⟹≔÷⩽⩾")
_PRODUCTS = frozenset("·⋅×∗*⊙∘⊗⊕÷")
_UNARY = frozenset("−-+±∓")
_PREFIXES = frozenset("∂∇¬∀∃")
_PRIMES = frozenset("′″‴")
_BRACES = frozenset("⏟⏞")
_WORDS = frozenset({"tanh", "sinh", "cosh", "exp", "log", "sin", "cos", "net", "loss", "softmax", "sigmoid", "relu"})
_EMS = re.compile(r"([0-9.]+)em")
_SCRIPTED = frozenset({"msub", "msup", "msubsup", "mfrac"})
_ROWS = frozenset({"math", "mrow", "mstyle", "mpadded"})
_BREAKS = re.compile(rf" (?=[{re.escape(''.join(_SIGNS))}] )")
"""Where a line may break: before an operator."""
_SCRIPT = r"[_^](?:\{[^{}\s]*\}|\\?[A-Za-z]+|[0-9])"
_NAME = rf"\\[A-Za-z]+(?:\{{[^{{}}\s]*\}})*(?:{_SCRIPT}|')*"
_LETTER = rf"(?:(?<![A-Za-z0-9_^])|(?<=\bd))[A-Za-z]'*(?:{_SCRIPT})+(?![A-Za-z0-9_])"
_NORM = r"\\left\\\|(?:(?!\\right\\\|).)*\\right\\\|"
_WORD_BELOW = re.compile(r"([_^])([A-Za-z]{2,})")
_LATEX = re.compile(f"{_NORM}|{_NAME}|{_LETTER}")
"""A name, or a norm, in LaTeX inside of a sentence."""


@lru_cache(maxsize=4096)
def formula(latex: str) -> str:
    """The formula on one line; in LaTeX as it stands where it cannot be set."""
    with suppress(RecursionError):  # brackets within brackets, deeper than anybody's
        made = tree(latex)
        shown = "" if made is None else _row(made)
        return clean(shown if made is not None and arrives(latex, shown) else squeezed(latex))
    return clean(squeezed(latex))


def sentence(text: str) -> str:
    """A sentence in which names are written in LaTeX."""
    return _LATEX.sub(lambda found: formula(_WORD_BELOW.sub(r"\1{\2}", found[0])), clean(text))


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """The formula in lines that break before an operator, in as few brackets as possible, or else at a blank, and never
    in the middle of anything; `first` is the room on the first line, which stays empty if nothing fits.
    """
    room, lines = width if first is None else first, list[str]()
    while columns(text) > room:
        place = _break(text, room)
        if place is None:
            if lines or room == width:
                break
            place = 0
        lines.append(text[:place])
        text = text[place:].lstrip()
        text, room = f"  {text}" if lines != [""] else text, width
    return [*lines, text]


def _break(text: str, room: int) -> int | None:
    """Where to break: as far out of brackets as possible, at a relation rather than a sum rather than a product, late;
    None if nothing fits.
    """
    start = len(text) - len(text.lstrip()) + 1
    fits = [p for p in (m.start() for m in _BREAKS.finditer(text, start)) if columns(text[:p]) <= room]
    full = [place for place in fits if 3 * columns(text[:place]) > room] or fits
    if full:
        return min(full, key=lambda place: (_depth(text[:place]), _loose(text[place + 1]), -place))
    blanks = (m.start() for m in re.finditer(" ", text[start:]))
    return max((start + place for place in blanks if columns(text[: start + place]) <= room), default=None)


def _loose(sign: str) -> int:
    return 1 if sign in "+−-±∓" else 2 if sign in _PRODUCTS else 0


def _depth(text: str) -> int:
    return sum((letter in "([{") - (letter in ")]}") for letter in text)


def _row(element: Element) -> str:
    return _joined(list(_pieces(element)))


def _joined(pieces: Sequence[_Piece]) -> str:
    text, before = "", None
    for piece in _with_words(pieces):
        kind = piece.kind
        if kind == "gap":
            continue
        if kind == "sign" and piece.text in _UNARY and _begins(before):
            kind = "prefix"
        now = _Piece(piece.text, kind)
        text += (" " if before is not None and _apart(before, now) else "") + now.text
        before = now
    return text


def _with_words(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Three letters or more in a row are a word, as `tanh` is without its backslash, and three dots are one sign; a
    word that is known may have scripts at its last letter, `tanh'`.
    """
    rest = list(pieces)
    while rest:
        run = list(takewhile(lambda piece: _is_letter(piece) or piece.text == ".", rest))
        word = "".join(piece.text for piece in run)
        if len(run) < len(rest) and word + rest[len(run)].text[:1] in _WORDS:
            run.append(rest[len(run)])
            word += run[-1].text
        if len(run) < 3:  # noqa: PLR2004 - see above
            run = rest[: max(len(run), 1)]
            yield from run
        else:
            yield _Piece(word.replace("...", "…"), "word")
        del rest[: len(run)]


def _is_letter(piece: _Piece) -> bool:
    return piece.kind == "atom" and len(piece.text) == 1 and piece.text.isascii() and piece.text.isalpha()


def _begins(before: _Piece | None) -> bool:
    """Whether a sign that stands behind this is that of a number, and no operator."""
    return before is None or before.kind in {"open", "sign", "comma", "prefix"}


def _apart(before: _Piece, now: _Piece) -> bool:
    """Whether a blank stands between the two."""
    if before.kind in {"open", "prefix"} or now.kind in {"close", "comma"}:
        return False
    if "bar" in {before.kind, now.kind}:
        return bool({"sign", "comma"} & {before.kind, now.kind}) or before.kind in {"word", "large"}
    if before.kind == now.kind == "letter" or (before.text, now.text) == (":", "="):
        return False  # the letters of a word; a sign in two parts
    if now.kind == "open":
        return before.kind in {"sign", "comma", "large"} or "/" in before.text
    return not (before.kind == "number" and now.kind in {"atom", "word", "letter"})


def _pieces(element: Element) -> Iterator[_Piece]:
    if element.tag in _ROWS and not element.get("fence"):
        for child in element:
            yield from _pieces(child)
        return
    made = _MAKERS.get(element.tag, _leaf)(element)
    if made.text or made.kind == "gap":
        yield made


def _leaf(element: Element) -> _Piece:
    if len(element):  # an operator that is made of others
        return _Piece(_row_of(element), "word")
    variant = element.get("mathvariant")
    text = styled(unescape(element.text or ""), None if variant == "normal" else variant).replace("\xa0", " ")
    if element.tag == "mo" or text in {",", ";"}:
        return _operator(element, text)
    if element.tag == "mn":
        return _Piece(text, "number")
    if element.tag == "mtext":
        return _Piece(text.strip(), "atom")
    if element.tag == "mi" and len(text) > 1 and text.isalpha():
        return _Piece(text, "word")
    return _Piece(text, "letter" if variant == "normal" else "atom")


def _operator(element: Element, text: str) -> _Piece:
    form = element.get("form") if element.get("fence") else None
    if text in _LARGE:
        return _Piece(_LARGE[text], "large")
    if text in _SIGNS:
        return _Piece({"⋅": "·", "∗": "*"}.get(text, text), "sign")
    if text in _PREFIXES:
        return _Piece(text, "prefix")
    if text in {"(", "[", "{", "⟨", "⌊", "⌈"} or form == "prefix":
        return _Piece(text, "open")
    if text in {")", "]", "}", "⟩", "⌋", "⌉"} or form == "postfix":
        return _Piece(text, "close")
    if text in {",", ";", "."}:
        return _Piece(text, "comma")
    if text in {"|", "‖", "∥", "/", "!"}:
        return _Piece(text, "bar")
    return _Piece(text, "word" if text.isalpha() and len(text) > 1 else "atom")


def _fraction(element: Element) -> _Piece:
    if element.get("linethickness") in {"0", "0px", "0em"}:  # a binomial coefficient
        return _Piece(f"{_row_of(element[0])} over {_row_of(element[1])}", "atom")
    return _Piece("/".join(_atomic(_over(child)) for child in element), "atom")


def _over(element: Element) -> str:
    """One side of a fraction: the `d` of a derivative stands at what is differentiated."""
    first, *rest = list(_pieces(element)) or [_Piece("", "atom")]
    is_differential = first.text in {"d", "δ"} and bool(rest) and rest[0].kind == "atom" and "/" not in rest[0].text
    return _joined([_Piece(first.text, "prefix") if is_differential else first, *rest])


def _atomic(text: str) -> str:
    """The text in brackets, unless it is one thing."""
    return text if _is_one(text) else f"({text})"


def _is_one(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter in " /":
            return False
    return not text.startswith(tuple(_UNARY))


def _scripted(element: Element) -> _Piece:
    """A base with scripts: primes first, then below, then above."""
    base, *scripts = element
    below = above = ""
    if element.tag in {"msub", "munder"}:
        below = _row(scripts[0])
    elif element.tag in {"msup", "mover"}:
        above = _row(scripts[0])
    else:
        below, above = map(_row, scripts)
    pieces = [piece for piece in _pieces(base) if piece.kind != "gap"]
    whole = _joined(pieces)
    kind = pieces[-1].kind if len(pieces) == 1 else "atom"
    held = whole if _is_base(pieces, base) else f"({whole})"
    primes = above if above and set(above) <= _PRIMES else ""
    text = held + primes + _script(below, _BELOW, "_") + _script(above[len(primes) :], _ABOVE, "^")
    is_plain = kind in {"letter", "number", "sign", "comma"} or (kind == "prefix" and bool({"_", "^"} & set(text)))
    return _Piece(text, "atom" if is_plain else kind)


def _is_base(pieces: Sequence[_Piece], base: Element) -> bool:
    """Whether scripts can stand at it without brackets: at one piece without scripts, and at a bracket."""
    if len(pieces) != 1:
        fenced = bool(pieces) and pieces[0].kind == "open" and pieces[-1].kind == "close"
        at_bar = bool(pieces) and pieces[-1].text == "|"
        return not pieces or fenced or at_bar or all(p.kind == "letter" for p in pieces)
    return _is_one(pieces[0].text) and not any(part.tag in _SCRIPTED for part in base.iter())


def _script(text: str, table: Mapping[str, str], mark: str) -> str:
    bare = text.replace(" ", "")
    if all(letter in table for letter in bare):
        return "".join(table[letter] for letter in bare)
    is_word = len(bare) == 1 or (bare.isascii() and bare.isalnum())
    return f"{mark}{bare}" if is_word else f"{mark}{{{bare}}}"


def _stacked(element: Element) -> _Piece:
    """Something over or under: limits of a sum, an accent, a brace with what stands at it."""
    base, script = element[0], "".join(_row(child) for child in element[1:])
    if len(element) == 2 and script in _BRACES:  # noqa: PLR2004 - the base and the brace
        return _Piece(_row(base), "atom")
    letters = _row(base)
    accent = _ACCENTS.get(script) if element.tag == "mover" else _BELOW_ALL.get(script)
    if accent is None or len(element) > 2:  # noqa: PLR2004 - the same
        return _scripted(element)
    if len(letters) == 1:
        return _Piece(unicodedata.normalize("NFC", letters + accent), "atom")
    return _Piece("".join(x + accent if x.isalnum() else x for x in letters), "atom")


def _root(element: Element) -> _Piece:
    index = _script(_row(element[1]), _ABOVE, "^") if element.tag == "mroot" else ""
    inside = _joined([p for child in element for p in _pieces(child)] if not index else list(_pieces(element[0])))
    return _Piece(f"{index}√{_atomic(inside)}", "atom")


def _table(element: Element) -> _Piece:
    rows = ([_row_of(cell).rstrip(",") for cell in row] for row in element)
    return _Piece("; ".join(", ".join(filter(None, row)) for row in rows), "atom")


def _row_of(cell: Element) -> str:
    return _joined([piece for child in cell for piece in _pieces(child)])


def _space(element: Element) -> _Piece:
    """A gap between two formulas; the small blanks inside of one are those of this printer."""
    width = _EMS.match(element.get("width", ""))
    is_wide = width is not None and float(width[1]) >= 1
    return _Piece(" ", "comma") if is_wide else _Piece("", "gap")


def _enclosed(element: Element) -> _Piece:
    return _Piece(_joined([p for child in element for p in _pieces(child)]), "atom")


_MAKERS: Mapping[str, Callable[[Element], _Piece]] = {
    "mfrac": _fraction,
    "msub": _scripted,
    "msup": _scripted,
    "msubsup": _scripted,
    "munder": _stacked,
    "mover": _stacked,
    "munderover": _stacked,
    "msqrt": _root,
    "mroot": _root,
    "mtable": _table,
    "mspace": _space,
    "mphantom": _space,
    "menclose": _enclosed,
}
