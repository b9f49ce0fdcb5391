r"""Raw tokens -> pieces: words, numbers, sized brackets, texts and environment names put together, blanks left out.

Most commands are one row of `tokens.KINDS`; those that look at what follows have a rule here, which takes some raw
tokens from the stream and puts pieces on it.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from bptt_symbolic.reading.parser.lexer import Raw, spell
from bptt_symbolic.reading.parser.stream import (
    BEFORE_ARGUMENT,
    FACTOR_ENDS,
    Stream,
    full_stop,
    letters,
    partners,
    plain,
)
from bptt_symbolic.reading.parser.tokens import (
    ARROWS,
    BOXES,
    COMPOUNDS,
    INTERTEXTS,
    KINDS,
    LABELLED,
    MATRICES,
    NEGATIONS,
    REFERENCES,
    SIZES,
    SPACING_WITH_ARGUMENT,
    TEXTS,
    UPRIGHT,
    WITH_COLUMNS,
    WORDS,
    Piece,
)
from bptt_symbolic.reading.source import Span

_LENGTH = re.compile(r"-?\s*[\d.]*\s*(pt|em|ex|cm|mm|in|mu|pc|\\[A-Za-z]+)")
_DIMENSION = re.compile(r"[-\d.]|[a-z]")
_NEWLINES = frozenset({"\\\\", "\\cr", "\\newline", "\\tabularnewline"})
_EMPTY = 2
"""How far the group of `^{}` ends."""
_PLACES = frozenset({"t", "b", "c"})
_DOUBTING = ("?", "!", "not", "\\ne", "\\lnot")
"""What stands over an equals sign that states no equality."""
_DEFINING = ("def", "\\triangle", "\\Delta")


class Merged(NamedTuple):
    """The pieces of a display, and the commands in it that nobody knows with their first place."""

    pieces: list[Piece]
    unknown: dict[str, Span]


def merge(raws: list[Raw]) -> Merged:
    """Put the raw tokens of a display together."""
    stream = Stream(raws, partners(raws))
    while stream.at < len(raws):
        text = raws[stream.at].text
        rule = RULES.get(text) or (letters if text.isascii() and text.isalpha() else plain)
        rule(stream)
    return Merged(stream.pieces, stream.unknown)


def _superscript(stream: Stream) -> None:
    r"""`^\prime`, `^{\prime\prime}` and `^{'}` are primes; `^{}` is nothing."""
    end = stream.group()
    if end == _EMPTY:
        _subscript(stream)
        return
    inside = [raw.text for raw in stream.inner(end)] if end else [stream.text(1)]
    if set(inside) - {"\\prime", "'"} or not inside or (end is None and inside == ["'"]):
        plain(stream)
        return
    brace = 0 if end is None else 1
    for number in range(len(inside)):
        before = 1 + brace if number == 0 else 0
        after = brace if number + 1 == len(inside) else 0
        stream.emit(before + 1 + after, "prime", "'")


def _subscript(stream: Stream) -> None:
    """`_{}` is nothing, behind something that it could belong to."""
    if stream.group() == _EMPTY and stream.pieces and stream.pieces[-1].kind in FACTOR_ENDS:
        stream.at += _EMPTY + 1
    else:
        plain(stream)


def _group(stream: Stream) -> None:
    """`{=}` and `{+}{=}` are signs, and `{}` is nothing where no argument and no base of a script is needed."""
    first = _braced(stream, 0)
    second = _braced(stream, 3) if first else ""
    bare = not stream.pieces or stream.pieces[-1].kind not in BEFORE_ARGUMENT
    if bare and first and second and (sign := COMPOUNDS.get(first + second)):
        stream.emit(6, *sign)
    elif bare and first and KINDS.get(first, ("",))[0] == "relation":
        stream.emit(3, *KINDS[first])
    elif bare and stream.group(0) == 1 and not (stream.text(2) and stream.text(2) in "_^'"):
        stream.at += 2
    else:
        plain(stream)


def _braced(stream: Stream, ahead: int) -> str:
    """The token that stands alone in a group further on."""
    return stream.text(ahead + 1) if stream.text(ahead) == "{" and stream.text(ahead + 2) == "}" else ""


def _parenthesis(stream: Stream) -> None:
    r"""`(\#eq:name)` is the label of an equation in bookdown."""
    end = stream.partners.get(stream.at)
    if stream.text(1) == "\\#" and end is not None:
        name = spell(stream.raws[stream.at + 2 : end])
        stream.emit(end + 1 - stream.at, "label", name.removeprefix("eq:"))
    else:
        plain(stream)


def _numbered(stream: Stream) -> None:
    r"""`\eqno(3)`, `\eqno{(3)}`: plain TeX for a tag."""
    end = stream.group() if stream.text(1) == "{" else stream.partners.get(stream.at + 1, 0) - stream.at
    if end is None or end <= 0:
        plain(stream)
    else:
        stream.emit(end + 1, "tag", spell(stream.inner(end)).strip("()"))


def _box(stream: Stream) -> None:
    r"""`\bbox[yellow]{a = b}`, `\colorbox{red}{x}`, `\raise2pt{x}`: what is in the box is the formula."""
    count = _after_option(stream, 1 + int(stream.text(1) == "*"))
    for _ in range(BOXES[stream.text()]):
        end = stream.group(count)
        if end is not None:
            count = _after_option(stream, end + 1)
        while end is None and stream.text(count) and _DIMENSION.fullmatch(stream.text(count)):
            count += 1
    if not stream.text(count):
        plain(stream)
    else:
        stream.emit(count, "style", "boxed")


def _after_option(stream: Stream, ahead: int) -> int:
    """The place behind an argument in square brackets, if one stands there and something after it."""
    end = stream.partners.get(stream.at + ahead) if stream.text(ahead) == "[" else None
    return ahead if end is None else end + 1 - stream.at


def _newline(stream: Stream) -> None:
    r"""`\\`, `\\*`, `\\[2pt]`, and several in a row are one."""
    count = 0
    while stream.text(count) in _NEWLINES:
        count += 1
        count += stream.text(count) == "*" and stream.glued(count)
        end = stream.partners.get(stream.at + count)
        if stream.text(count) == "[" and end is not None:
            inside = spell(stream.raws[stream.at + count + 1 : end])
            count = end + 1 - stream.at if _LENGTH.fullmatch(inside) else count
    stream.emit(count, "newline", "\\\\")


def _size(stream: Stream) -> None:
    r"""`\left(`, `\Big]`, `\qty(`, `\qty{`: one piece with the bracket; before anything else only a size."""
    count = 1
    while stream.text(count) in SIZES:
        count += 1
    role, text = SIZES[stream.text()], stream.text(count)
    role = role or SIZES[stream.text(count - 1)]
    kind, name = KINDS.get(text, ("", ""))
    if stream.text() == "\\qty" and text == "{" and stream.group(count) is not None:
        stream.closers[stream.at + (stream.group(count) or 0)] = ("close", "\\}")
        stream.emit(count + 1, "open", "\\{")
    elif kind in {"open", "close", "bar"}:
        stream.emit(count + 1, role or kind, name)
    elif text in {"<", ">"} and role:
        stream.emit(count + 1, role, {"<": "\\langle", ">": "\\rangle"}[text])
    elif text == "." and role in {"left", "right"}:
        stream.emit(count + 1, role, ".")
    elif text and kind in {"operator", "symbol", "relation"}:
        stream.emit(count + 1, kind, name)
    elif stream.text() == "\\qty":
        plain(stream)
    else:
        stream.at += count


def _matrix(stream: Stream) -> None:
    r"""`\mqty[a \\ b]` is a matrix."""
    end = stream.partners.get(stream.at + 1)
    if stream.text(1) in MATRICES and end is not None:
        name = MATRICES[stream.text(1)]
        stream.closers[end] = ("end", name)
        stream.emit(2, "begin", name)
    else:
        plain(stream)


def _substack(stream: Stream) -> None:
    end = stream.group()
    if end is None:
        plain(stream)
        return
    stream.closers[stream.at + end] = ("end", "substack")
    stream.emit(2, "begin", "substack")


def _environment(stream: Stream) -> None:
    end = stream.group()
    if end is None:
        plain(stream)
        return
    kind, name = stream.text()[1:], spell(stream.inner(end)).strip().removesuffix("*")
    count = end + 1
    if kind == "begin":
        option = stream.partners.get(stream.at + count) if stream.text(count) == "[" else None
        if option is not None and spell(stream.raws[stream.at + count + 1 : option]) in _PLACES:
            count = option + 1 - stream.at
        columns = stream.group(count) if name in WITH_COLUMNS else None
        count = count if columns is None else columns + 1
    stream.emit(count, kind, name)


def _text(stream: Stream) -> None:
    r"""`\text{softmax}` is that word, `\text{loss}` an upright one, `\text{if } x` words, `\text{ }` a space."""
    end = stream.group()
    if end is None:
        plain(stream)
        return
    inside = stream.inner(end)
    if not inside and stream.text() not in INTERTEXTS:
        stream.at += end + 1
        return
    word = "" if stream.text() in INTERTEXTS else _word(inside)
    if word in WORDS:
        stream.emit(end + 1, "word", word)
    elif word or (stream.text() in UPRIGHT and inside):
        stream.words.update(range(stream.at, stream.at + end))
        plain(stream)
    elif stream.text() in UPRIGHT:
        plain(stream)
    else:
        blank = "" if stream.glued(end) or not inside else " "
        first = "" if not inside or inside[0].glued else " "
        content = first + spell(inside) + blank
        stream.emit(end + 1, "text", content)


def _word(raws: list[Raw]) -> str:
    """The letters of a group if there is nothing else in it, else an empty text."""
    whole = all(raw.text.isascii() and raw.text.isalpha() for raw in raws)
    whole = whole and all(raw.glued for raw in raws[1:])
    return "".join(raw.text for raw in raws) if whole else ""


def _operatorname(stream: Stream) -> None:
    star = int(stream.text(1) == "*")
    end = stream.group(1 + star)
    if end is None:
        plain(stream)
        return
    inside = [raw.text for raw in stream.inner(end, 1 + star) if raw.text not in {"\\,", "\\!", "\\;", "-", "\\ "}]
    if inside[:1] in (["\\mathrm"], ["\\text"], ["\\rm"]):
        inside = [text for text in inside[1:] if text not in {"{", "}"}]
    if inside and all(text.isascii() and text.isalnum() for text in inside):
        stream.emit(end + 1, "word", "".join(inside))
    else:
        stream.emit(1 + star, "style", stream.text()[1:])


def _labelled(stream: Stream) -> None:
    r"""`\overset{a}{b}`: the first argument belongs to the command; over a relation, it is that relation."""
    end = stream.group()
    if end is None:
        plain(stream)
        return
    body = stream.group(end + 1)
    over = [raw.text for raw in stream.inner(body, end + 1)] if body else [stream.text(end + 1)]
    kind, name = KINDS.get(over[0], ("", "")) if len(over) == 1 else COMPOUNDS.get("".join(over), ("", ""))
    if kind == "relation" and stream.text() not in {"\\textcolor", "\\colorbox"}:
        above = spell(stream.inner(end))
        defines = name == "=" and any(mark in above for mark in _DEFINING)
        doubted = name == "=" and any(mark in above for mark in _DOUBTING)
        shown = ":=" if defines else r"\overset{?}{=}" if doubted else name
        stream.emit((end + 1 if body is None else body) + 1, "relation", shown)
    elif stream.text() not in {"\\textcolor", "\\colorbox"} or not _coloured_sign(stream, end):
        stream.emit(end + 1, "style", stream.text()[1:])


def _arrow(stream: Stream) -> None:
    name = ARROWS[stream.text()]
    option = stream.partners.get(stream.at + 1) if stream.text(1) == "[" else None
    first = 1 if option is None else option + 1 - stream.at
    end = stream.group(first)
    stream.emit(1 if end is None else end + 1, "relation", name)


def _wrapped(stream: Stream) -> None:
    r"""`\mathop{max}` is a word, `\mathrel{=}` the relation in it, `\mathbin{..}` the operator."""
    end = stream.group()
    inside = stream.inner(end) if end else []
    worded = len(inside) > 3 and inside[0].text in TEXTS | UPRIGHT and inside[-1].text == "}"  # noqa: PLR2004 \text{a}
    word = _word(inside[2:-1] if worded else inside)
    kind, name = KINDS.get(inside[0].text, ("", "")) if len(inside) == 1 else ("", "")
    if end and len(word) > 1:
        stream.emit(end + 1, "word", word)
    elif end and kind in {"relation", "operator", "sign"}:
        stream.emit(end + 1, kind, name, inside[0].text)
    elif end:
        stream.emit(1, "style", "boxed")
    else:
        plain(stream)


def _colour(stream: Stream) -> None:
    r"""`\color{red}{x}` colours `x`; `\color{red} x` all that follows in its group."""
    end = stream.group()
    if end is None:
        plain(stream)
    elif not _coloured_sign(stream, end):
        stream.emit(end + 1, "style" if stream.text(end + 1) == "{" else "switch", "color")


def _coloured_sign(stream: Stream, end: int) -> bool:
    r"""`\color{red}{-} x`: a sign in colour is that sign."""
    body = stream.group(end + 1)
    inside = stream.inner(body, end + 1) if body else []
    kind, name = KINDS.get(inside[0].text, ("", "")) if len(inside) == 1 else ("", "")
    if body is None or kind not in {"sign", "operator"}:
        return False
    stream.emit(body + 1, kind, name, inside[0].text)
    return True


def _switch(stream: Stream) -> None:
    r"""`\rm{x}` is written for `\mathrm{x}`."""
    if stream.text(1) == "{":
        stream.words.update(range(stream.at, stream.at + (stream.group() or 0)))
        stream.emit(1, "style", KINDS[stream.text()][1])
    else:
        stream.words.add(stream.at + 1)
        stream.emit(1, "switch", KINDS[stream.text()][1])


def _root(stream: Stream) -> None:
    r"""`\sqrt[3]{x}`: the degree belongs to the command."""
    option = stream.partners.get(stream.at + 1) if stream.text(1) == "[" else None
    stream.emit(1 if option is None else option + 1 - stream.at, "root", "sqrt")


def _not(stream: Stream) -> None:
    kind, name = KINDS.get(stream.text(1), ("", ""))
    if kind == "relation":
        stream.emit(2, "relation", NEGATIONS.get(name, "\\not" + name))
    else:
        plain(stream)


def _skip(stream: Stream) -> None:
    r"""`\hspace{1em}`, `\kern3pt`."""
    star = int(stream.text(1) == "*")
    end = stream.group(1 + star)
    if end is not None:
        stream.at += end + 1
        return
    stream.at += 1
    while stream.text() and _DIMENSION.fullmatch(stream.text()) and stream.glued(0):
        stream.at += 1


def _reference(stream: Stream) -> None:
    end = stream.group()
    if end is None:
        plain(stream)
    else:
        stream.emit(end + 1, "text", spell(stream.raws[stream.at : stream.at + end + 1]))


def _marked(stream: Stream) -> None:
    r"""`\tag{1}`, `\tag*{1}`, `\label{a}`: not part of the formula."""
    star = int(stream.text(1) == "*")
    end = stream.group(1 + star)
    if end is None:
        plain(stream)
    else:
        stream.emit(end + 1, stream.text()[1:], spell(stream.inner(end, 1 + star)))


RULES: dict[str, Callable[[Stream], None]] = {
    ".": full_stop,
    "^": _superscript,
    "_": _subscript,
    "{": _group,
    "(": _parenthesis,
    "\\eqno": _numbered,
    "\\leqno": _numbered,
    **dict.fromkeys(BOXES, _box),
    **dict.fromkeys(_NEWLINES, _newline),
    **dict.fromkeys(SIZES, _size),
    "\\mqty": _matrix,
    "\\matrixquantity": _matrix,
    "\\substack": _substack,
    "\\begin": _environment,
    "\\end": _environment,
    **dict.fromkeys(TEXTS | UPRIGHT, _text),
    "\\operatorname": _operatorname,
    "\\operatornamewithlimits": _operatorname,
    **dict.fromkeys(LABELLED, _labelled),
    **dict.fromkeys(ARROWS, _arrow),
    **dict.fromkeys(("\\mathop", "\\mathrel", "\\mathbin"), _wrapped),
    "\\color": _colour,
    **dict.fromkeys(("\\rm", "\\bf", "\\cal", "\\it", "\\sf", "\\tt"), _switch),
    "\\sqrt": _root,
    "\\not": _not,
    **dict.fromkeys(SPACING_WITH_ARGUMENT, _skip),
    **dict.fromkeys(REFERENCES, _reference),
    "\\tag": _marked,
    "\\label": _marked,
}
"""What reads a command that looks at what follows it."""
