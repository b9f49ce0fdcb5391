"""LaTeX -> MathML, or None: formulas for pages, when the optional library is there and can be trusted with them.

The library copies the text of a note into its output as it stands, so its output is rebuilt here from a list of what is
allowed: tags and attributes of presentation MathML, no links, styles or classes. Whatever else comes (a command
that the library did not know, a tag that a note smuggled in) means that the formula is shown as LaTeX instead.
"""

from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec

_TAGS = frozenset(
    {
        *(
            "math",
            "mfrac",
            "mi",
            "mn",
            "mo",
            "mover",
            "mpadded",
            "mphantom",
            "mroot",
            "mrow",
            "mspace",
            "msqrt",
            "mstyle",
        ),
        *("msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "menclose"),
    }
)
_ATTRIBUTES = frozenset(
    {
        *("columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle", "fence", "height"),
        *("largeop", "linebreak", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits"),
        *("notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric"),
        *("width", "xmlns"),
    }
)
_LIMIT = 4000
"""Longest formula to set: the library is quadratic in places, and recursive."""


class _NotTrustedError(Exception):
    """The library's output has something in it that a formula has no need of."""


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str | None:
    """The formula as an inline `<math>` element, safe to put into a page; None if it has to stay LaTeX."""
    text = " ".join(latex.split())
    if len(text) > _LIMIT or not text.isprintable() or not available():
        return None
    converter = import_module("latex2mathml.converter")  # optional and only for pages
    try:
        return _rebuilt(converter.convert(text))
    except _failures():
        return None  # whatever the library trips over in a hostile formula, the page shows the LaTeX


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether the library is installed (extra `html`)."""
    return find_spec("latex2mathml") is not None


@lru_cache(maxsize=1)
def _failures() -> tuple[type[Exception], ...]:
    """What the library raises and trips over: its own exceptions have no common base."""
    known = vars(import_module("latex2mathml.exceptions")).values()
    own = (kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception))
    return (_NotTrustedError, RecursionError, ValueError, LookupError, AttributeError, TypeError, *own)


def _rebuilt(text: str) -> str:
    builder = _Builder()
    builder.feed(text)
    builder.close()
    if builder.open:
        raise _NotTrustedError
    return "".join(builder.parts)


class _Builder(HTMLParser):
    """Writes again what is allowed, escaped, and refuses the rest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._begin(tag, attrs, "")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._begin(tag, attrs, f"</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise _NotTrustedError
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if "\\" in data:  # a command that the library did not know
            raise _NotTrustedError
        self.parts.append(escape(data))

    def handle_comment(self, data: str) -> None:
        raise _NotTrustedError(data)

    def handle_decl(self, decl: str) -> None:
        raise _NotTrustedError(decl)

    def handle_pi(self, data: str) -> None:
        raise _NotTrustedError(data)

    def unknown_decl(self, data: str) -> None:
        raise _NotTrustedError(data)

    def _begin(self, tag: str, attrs: list[tuple[str, str | None]], end: str) -> None:
        if tag not in _TAGS:
            raise _NotTrustedError(tag)
        kept = [f' {name}="{escape(value or "")}"' for name, value in attrs if name in _ATTRIBUTES]
        self.parts.append(f"<{tag}{''.join(kept)}>{end}")
