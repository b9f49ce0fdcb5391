r"""LaTeX -> MathML, or None: formulas for pages, when the library can be trusted with them.

latex2mathml makes a tree; its text is the note's own, so it is written out here, escaped, from a list of tags and
attributes that a formula needs: no links, no styles, and no class but that of the part that is marked. What browsers
would draw wrongly is mended on the way: letters of a style become the Unicode letters of that style (`mathvariant` is
no longer drawn), a word is a function with space around it, limits of a decorated product stand below and above it.

A formula that the library cannot be trusted with stays LaTeX: one that defines macros, one with a command that it does
not know, and one of whose letters and digits not all arrive on the page.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape, unescape
from importlib import import_module
from xml.etree.ElementTree import Element

from bptt_symbolic.reading.source import Span


def _words(rows: str) -> list[str]:
    return rows.split()


_TAGS = frozenset(
    _words("""
    math mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr
    munder munderover menclose
    """)
)
_ATTRIBUTES = frozenset(
    _words("""
    accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop
    linethickness lspace maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel
    separator stretchy symmetric width xmlns
    """)
)
_LIMIT = 4000
"""Longest formula to set: the library is quadratic in places, and recursive."""
_SHORT = 28
"""Letters of a formula that need no second line anywhere."""
_BREAKS = frozenset("=+-\u2212\u2264\u2265<>\u2192")
_OPENERS = frozenset("([{")
_CLOSERS = frozenset(")]}")
_DEFINES = re.compile(r"\\(?:re)?newcommand|\\newenvironment|\\x?def(?![A-Za-z])|\\DeclareMathOperator")
_ENVIRONMENTS = (
    ("aligned", "align*"),
    ("alignedat", "align*"),
    ("split", "align*"),
    ("align", "align*"),
    ("gathered", "matrix"),
)
"""Environments that the library does not know or would number -> ones that look the same."""
_UNSEEN = re.compile(r"\\begin\{array\}\{[^}]*\}|\\(?:begin|end)\{[A-Za-z*]*\}|\\(?:text)?color\{[^}]*\}|\\[A-Za-z]+")
"""Letters of a formula that are not meant for the page."""
_STYLES = {
    "bold": "BOLD",
    "bold-italic": "BOLD ITALIC",
    "double-struck": "DOUBLE-STRUCK",
    "script": "SCRIPT",
    "fraktur": "FRAKTUR",
    "sans-serif": "SANS-SERIF",
    "monospace": "MONOSPACE",
}
"""`mathvariant` -> the word for it in the names of Unicode letters."""
_CULPRIT = "culprit"
"""Class of the part of a formula that is marked."""
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_SCRIPTED = {"msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
"""Elements for scripts, and how many parts they have."""
_LARGE = frozenset("∏∑⨀⨁⨂")
_ROWS = frozenset({"math", "mrow", "mstyle", "mtd"})
_TALL = frozenset({"mfrac", "munder", "munderover", "mtable", "msqrt", "mroot"})
"""What brackets have to grow around; around anything else they would only get space on their sides."""
_THIN = '<mspace width="0.17em"></mspace>'


class _NotTrustedError(Exception):
    """The library's output has something in it that a formula has no need of."""


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool = False, mark: Span | None = None) -> str | None:
    """The formula as `<math>` elements, safe to put into a page; None if it has to stay LaTeX.

    `display`: as large as a formula on a line of its own. `mark`: the part of the text to mark; None where that would
    change what is shown. A formula that is long comes in several elements, so that lines can break before its relations
    and signs: browsers break no line inside of one.
    """
    text = " ".join(latex.split())
    if len(text) > _LIMIT or not text.isprintable() or _DEFINES.search(text):
        return None
    converter = import_module("latex2mathml.converter")  # only for pages
    try:
        shown = _prepared(text if mark is None else _marked(latex, mark))
        made = converter.convert_to_element(shown, display="block" if display else "inline")
        if mark is not None and _page(_unmarked(made)) != mathml(latex, display=display):
            return None
        written = _page(made)
    except _failures():
        return None  # whatever the library trips over in a hostile formula, the page shows the LaTeX
    return written if arrives(text, "".join(_texts(made))) else None


def arrives(latex: str, shown: str) -> bool:
    """Whether all letters and digits of a formula are in what is shown of it."""
    return _letters(_UNSEEN.sub(" ", latex)) <= _letters(shown)


def tree(latex: str) -> Element | None:
    """The tree of the formula, for other ways to print it; None where a page would show the LaTeX."""
    if mathml(latex) is None:
        return None
    made: Element = import_module("latex2mathml.converter").convert_to_element(_prepared(" ".join(latex.split())))
    for element in made.iter():
        _group_base(element)
    return made


@lru_cache(maxsize=1)
def _failures() -> tuple[type[Exception], ...]:
    """What the library raises and trips over: its own exceptions have no common base."""
    known = vars(import_module("latex2mathml.exceptions")).values()
    own = (kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception))
    return (_NotTrustedError, RuntimeError, StopIteration, ValueError, LookupError, AttributeError, TypeError, *own)


def _marked(latex: str, mark: Span) -> str:
    """The formula with a part of it in an element of a class of ours."""
    part = rf"{{\class{{{_CULPRIT}}}{{{latex[mark.start : mark.end]}}}}}"
    return f"{latex[: mark.start]}{part}{latex[mark.end :]}".replace("\n", " ")


def _unmarked(element: Element) -> Element:
    """A copy in which the marked part stands without its two rows around it."""
    copy = Element(element.tag, element.attrib)
    copy.text = element.text
    for child in map(_unmarked, element):
        is_part = len(child) == 1 and child[0].get("class") == _CULPRIT
        is_whole = is_part and (element.tag in _ROWS or len(child[0]) == 1)
        copy.extend(child[0] if is_whole else [child])
    return copy


def _prepared(text: str) -> str:
    for name, known in _ENVIRONMENTS:
        for side in ("begin", "end"):
            text = text.replace(rf"\{side}{{{name}}}", rf"\{side}{{{known}}}")
    return text


def _page(formula: Element) -> str:
    return "<wbr>".join(_written(part) for part in _parts(formula))


def _parts(formula: Element) -> Iterator[Element]:
    """The formula in pieces that begin with a relation or a sign outside of brackets."""
    if len("".join(_texts(formula))) <= _SHORT:
        yield formula
        return
    row: list[Element] = []
    depth = 0
    for child in formula[0]:
        text = unescape(child.text or "") if child.tag == "mo" else ""
        depth += (text in _OPENERS) - (text in _CLOSERS)
        if row and depth == 0 and text in _BREAKS:
            yield _part(formula, row)
            child.set("form", "infix")
            row = []
        row.append(child)
    yield _part(formula, row)


def _part(formula: Element, children: Sequence[Element]) -> Element:
    whole = Element(formula.tag, formula.attrib)
    row = Element("mrow")
    row.extend(children)
    whole.append(row)
    return whole


def _texts(element: Element) -> list[str]:
    return [unescape(part.text) for part in element.iter() if part.text]


def _letters(text: str) -> Counter[str]:
    """How often every letter and digit occurs, whatever its style."""
    plain = unicodedata.normalize("NFKD", text)
    return Counter(letter for letter in plain if letter.isascii() and letter.isalnum())


def _written(element: Element, beside: tuple[Element | None, Element | None] | None = None) -> str:
    """The element as text; `beside` is what stands before and after it in a row."""
    _group_base(element)
    tag, attributes = _mended(element)
    text = styled(unescape(element.text or ""), element.get("mathvariant"))
    if tag not in _TAGS or "\\" in text or (tag != "mtext" and "&" in text):
        raise _NotTrustedError(tag, text)  # a command that the library did not know, a lost column
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    whole = f"<{tag}{written}>{escape(text)}{''.join(_inside(element))}</{tag}>"
    return _spaced(whole, *beside) if beside is not None and tag == "mi" and _is_word(element) else whole


def _group_base(element: Element) -> None:
    """One element for a base that came in several, such as a matrix with its brackets."""
    spare = len(element) - _SCRIPTED.get(element.tag, len(element))
    if spare > 0:
        base = Element("mrow")
        base.extend(element[: spare + 1])
        del element[: spare + 1]
        element.insert(0, base)


def _mended(element: Element) -> tuple[str, dict[str, str]]:
    """The tag and the attributes that browsers draw rightly."""
    tag = _LIMITS.get(element.tag, element.tag) if _is_large(element) else element.tag
    attributes = {name: value for name, value in element.items() if name in _ATTRIBUTES}
    if attributes.pop("display", "") == "block":
        attributes["displaystyle"] = "true"
    if tag == "mo" and _is_word(element):
        tag = "mi"
    if element.get("class") == _CULPRIT:
        attributes["class"] = _CULPRIT
    if element.get("mathvariant") == "normal":
        attributes["mathvariant"] = "normal"
    return tag, attributes


def _inside(element: Element) -> Iterator[str]:
    children: list[Element | None] = [None, *element, None]
    is_row = element.tag in _ROWS
    low = not any(part.tag in _TALL or _LARGE & set(unescape(part.text or "")) for part in element.iter())
    for before, child, after in zip(children, children[1:], children[2:], strict=False):
        if child is None:
            continue
        if low and child.get("fence"):
            child.set("stretchy", "false")
        yield _written(child, (before, after) if is_row else None)


def _is_word(element: Element) -> bool:
    """Whether it is the name of a function in more than one letter."""
    text = (element.text or "").strip()
    return element.tag in {"mi", "mo"} and len(text) > 1 and text.isalpha()


def _is_large(element: Element) -> bool:
    """Whether it is a script of a sum or product, perhaps of one with an arrow over it."""
    if element.tag not in _LIMITS or not len(element) or element[0].tag not in {"mo", "mover", "munder"}:
        return False
    return bool(_LARGE & set(_texts(element[0])))


def _spaced(word: str, before: Element | None, after: Element | None) -> str:
    """A function with thin space towards what it is no bracket or sign."""
    left = "" if before is None or before.tag == "mo" else _THIN
    opens = after is None or after.tag == "mo" or (len(after) and after[0].tag == "mo" and after[0].get("fence"))
    return left + word + ("" if opens else _THIN)


def styled(text: str, variant: str | None) -> str:
    """The text in the Unicode letters of a style."""
    style = _STYLES.get(variant or "")
    return text if style is None else "".join(_letter(letter, style) for letter in text)


def _letter(letter: str, style: str) -> str:
    """The letter of that style; one that Unicode had before the others has another name, one it never had stays."""
    name = unicodedata.name(letter, "").removeprefix("LATIN ").removeprefix("GREEK ").replace(" LETTER", "")
    old = {"FRAKTUR": "BLACK-LETTER"}.get(style, style)
    for called in (f"MATHEMATICAL {style} {name}", f"{old} {name}"):
        try:
            return unicodedata.lookup(called)
        except KeyError:
            continue
    return letter
