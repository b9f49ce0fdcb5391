r"""Raw tokens -> raw tokens in which what was pasted or typed in words is LaTeX: scripts, accents, letters of Unicode.

    hₜ₋₁   h_{t-1}      a run of raised or lowered characters is one script
    Wᵀ     W^{T}
    Σ_{i=1}  \sum_{i=1}
    ŷ      \hat y       a letter with a hat, tilde, bar or dot, in one character or two
    U+1D416  \mathbf W    letters of mathematics, bold ones and others

    \text{p $\ne$ i}     p \ne i                   mathematics inside a text; its words stay texts
    \text{if i = j}      \text{if} i = j           a relation between letters

Every other character means what `tokens.KINDS` says. Texts keep theirs: nobody writes mathematics in `\text{é}`.
"""

import unicodedata
from collections.abc import Iterator

from bptt_symbolic.reading.parser.lexer import Raw, spell
from bptt_symbolic.reading.parser.tokens import CONNECTIVES, INTERTEXTS, KINDS, REFERENCES, TEXTS
from bptt_symbolic.reading.source import Span

_ACCENTS = {"\u0302": "\\hat", "\u0303": "\\tilde", "\u0304": "\\bar", "\u0305": "\\bar", "\u0307": "\\dot"}
_ACCENTS |= {"\u0308": "\\ddot", "\u20d7": "\\vec", "\u030c": "\\check"}
_BIG = {"Σ": "\\sum", "Π": "\\prod"}
"""Capitals that are typed for a sum and a product, where a range stands below them."""
_SHIFTS = {"<sub>": "_", "<super>": "^"}
_WORDED = TEXTS - set(INTERTEXTS)
_SHUT = {"\\begin", "\\end", "\\tag", "\\label", *TEXTS, *REFERENCES}
"""Commands whose argument is no mathematics."""
_EACH = frozenset({"all", "each", "every", "any"})
_MARKS = frozenset({"$", "\\(", "\\)"})


def as_typed(raws: list[Raw]) -> list[Raw]:
    """Write out what stands for LaTeX."""
    if all(raw.text.isascii() for raw in raws) and not any(raw.text in TEXTS for raw in raws):
        return raws
    out: list[Raw] = []
    at = 0
    while at < len(raws):
        end = _argument_end(raws, at)
        if end is None:
            at = _character(raws, at, out)
            continue
        inside = raws[at + 2 : end]
        whole = raws[at : end + 1]
        before = out[-1].text if out else ""
        out += _opened(whole, inside, scripted=before in {"_", "^"}) if raws[at].text in _WORDED else whole
        at = end + 1
    return out


def _argument_end(raws: list[Raw], at: int) -> int | None:
    """Where the braces of a command end that holds no mathematics."""
    if raws[at].text not in _SHUT or at + 1 >= len(raws) or raws[at + 1].text != "{":
        return None
    depth = 0
    for here in range(at + 1, len(raws)):
        depth += (raws[here].text == "{") - (raws[here].text == "}")
        if depth == 0:
            return here
    return None


# characters


def _character(raws: list[Raw], at: int, out: list[Raw]) -> int:
    """Add what a character stands for; the position after it."""
    raw = raws[at]
    following = raws[at + 1].text if at + 1 < len(raws) else ""
    if following in _ACCENTS and raw.text.isalpha():
        out += [raw._replace(text=_ACCENTS[following]), raw._replace(glued=True)]
        return at + 2
    if raw.text in _BIG and _counts(raws, at + 1):
        out.append(raw._replace(text=_BIG[raw.text]))
        return at + 1
    if raw.text.isascii() or raw.text in KINDS:
        kind, name = KINDS.get(raw.text, ("", ""))
        out.append(raw._replace(text=name) if kind in {"sign", "operator"} and name in KINDS else raw)
        return at + 1
    mark, _ = _shifted(raw.text)
    if not mark:
        out += _letter(raw)
        return at + 1
    end = at
    while end < len(raws) and _shifted(raws[end].text)[0] == mark and (end == at or raws[end].glued):
        end += 1
    first, last = _empty(raw.span.start), _empty(raws[end - 1].span.end)
    inside = [Raw(_shifted(r.text)[1], r.span, place > 0, r.trail) for place, r in enumerate(raws[at:end])]
    out += [Raw(mark, first), Raw("{", first), *inside, Raw("}", last)]
    return end


def _counts(raws: list[Raw], at: int) -> bool:
    """Whether a script that says a range begins here."""
    here = [raw.text for raw in raws[at : at + 4]]
    return here[:2] == ["_", "{"] and len(here) == 4 and here[3] in {"=", "\\in", "∈"}  # noqa: PLR2004 _ { i =


def _empty(at: int) -> Span:
    return Span(at, at)


def _shifted(character: str) -> tuple[str, str]:
    """`_` or `^` and the character, if it is a raised or lowered one."""
    kind, _, code = unicodedata.decomposition(character).partition(" ") if len(character) == 1 else ("", "", "")
    return (_SHIFTS[kind], _plain(chr(int(code, 16)))) if kind in _SHIFTS and " " not in code else ("", "")


def _plain(character: str) -> str:
    """`-` for a minus of Unicode."""
    kind, name = KINDS.get(character, ("", ""))
    return name if kind == "sign" else character


def _letter(raw: Raw) -> list[Raw]:
    kind, *codes = unicodedata.decomposition(raw.text).split(" ") if len(raw.text) == 1 else [""]
    if kind == "<font>" and len(codes) == 1:
        plain = raw._replace(text=chr(int(codes[0], 16)))
        bold = " BOLD " in unicodedata.name(raw.text, "")
        return [raw._replace(text="\\mathbf"), plain._replace(glued=True)] if bold else [plain]
    accent = _ACCENTS.get(chr(int(codes[0], 16))) if len(codes) == 1 and kind and kind[0] != "<" else None
    if accent is None:
        return [raw]
    return [raw._replace(text=accent), raw._replace(text=chr(int(kind, 16)), glued=True)]


# texts


def _opened(whole: list[Raw], inside: list[Raw], *, scripted: bool) -> list[Raw]:
    """A text whose mathematics is read, as it is a condition; a remark stays one."""
    pieces = list(_runs(inside)) if any(raw.text in _MARKS for raw in inside) else list(_compared(inside))
    if not pieces or not all(_leads(word) for prose, piece in pieces if prose for word in _words(piece)):
        return whole
    opening, closing = [whole[1]] * scripted, [whole[-1]] * scripted
    words = [raw for prose, piece in pieces for raw in (_said(whole[0], piece) if prose else piece)]
    return [*opening, *words, *closing]


def _runs(inside: list[Raw]) -> Iterator[tuple[bool, list[Raw]]]:
    """Stretches of a text between its `$`, and whether they are prose."""
    here: list[Raw] = []
    prose = True
    for raw in inside:
        if raw.text in _MARKS:
            yield prose, here
            here, prose = [], not prose
        else:
            here.append(raw)
    yield prose, here


def _compared(inside: list[Raw]) -> Iterator[tuple[bool, list[Raw]]]:
    """A relation between letters and numbers, and the words that lead to it; nothing where there is more prose."""
    words = _words(inside)
    spelled = [spell(word) for word in words]
    if not any(_is_relation(text) for text in spelled):
        return
    if all(text in CONNECTIVES or _is_short(text) for text in spelled):
        yield from ((text in CONNECTIVES, word) for text, word in zip(spelled, words, strict=True))


def _words(inside: list[Raw]) -> list[list[Raw]]:
    """Runs of letters, and everything else alone."""
    found: list[list[Raw]] = []
    for raw in inside:
        if found and raw.glued and raw.text.isalpha() and found[-1][-1].text.isalpha():
            found[-1].append(raw)
        else:
            found.append([raw])
    return found


def _leads(word: list[Raw]) -> bool:
    """Whether a word may stand in a condition."""
    return spell(word) in CONNECTIVES | _EACH or len(word) == 1


def _is_relation(text: str) -> bool:
    return KINDS.get(text, ("",))[0] == "relation" and text != ":"


def _is_short(text: str) -> bool:
    return len(text) == 1 or text in KINDS


def _said(command: Raw, words: list[Raw]) -> list[Raw]:
    """A run of prose as a text again; one letter in it is a symbol, and a blank is nothing."""
    if len(words) <= 1:
        return words
    first, last = words[0].span.start, words[-1].span.end
    return [command._replace(span=_empty(first)), Raw("{", _empty(first)), *words, Raw("}", _empty(last))]
