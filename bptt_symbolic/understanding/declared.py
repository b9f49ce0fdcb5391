r"""TOML -> declarations: what a person adds to a note because its author left it unsaid.

use = "elman"                       the note speaks about this cell
define = ["L = \\sum_t L_t"]        definitions, as the note would have written them
one_hot = ["y"]                     targets that are one-hot
[macros]      "\\zv" = "\\mathbf{0}"   macros of the site that the note comes from
[functions]   D = "diag"            what a function name means: a known function, "elementwise" or "vector"
[shapes]      W = ["D", "M"]        sizes by name; [] for a scalar
[sections."Scalar form"]            the same keys for one section, and scalar = true
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bptt_symbolic.understanding.notation import KNOWN

KEYS = frozenset({"use", "define", "one_hot", "macros", "functions", "shapes", "sections", "scalar"})
OF_A_SECTION = frozenset({"define", "shapes", "scalar"})
MEANINGS = frozenset({"diag", "elementwise", "vector", *KNOWN.values()})
"""What a function name can be declared to mean."""
MOST = 500
"""Formulas that a declaration may add."""
SIZE = re.compile(r"[1-9]\d*|\\?[A-Za-z][\w\\{}^',]*(\s*\+\s*\\?[A-Za-z][\w\\{}^',]*)*")
"""A size: a number, a name, or a sum of names."""


class BadDeclaration(Exception):  # noqa: N818 - a fault of the declaration on its way
    """The declaration cannot be used; what is wrong, and what to do."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word of the reports
        super().__init__(message)
        self.message, self.help = message, help


class NoDeclaration(BadDeclaration):
    """The text is no TOML, or says nothing about anything that can be declared: a formula, perhaps."""


@dataclass(frozen=True)
class Declared:
    """Declarations for a whole note."""

    use: str | None = None
    define: tuple[tuple[str, str], ...] = ()
    """(section or "", formula) of every added definition."""
    one_hot: frozenset[str] = frozenset()
    macros: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    shapes: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(section or "", name, sizes)."""
    scalar: frozenset[str] = frozenset()
    """Sections in which everything is a scalar; "" is the whole note."""


def read_declared(text: str, below: Mapping[str, Any] | None = None) -> Declared:
    """Declarations from TOML, which win over those `below` them; raises BadDeclaration, which names the place."""
    try:
        data = _over(below or {}, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise NoDeclaration(f"the declarations are no TOML: {error}", "look at the place it names") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets thousands deep
        raise BadDeclaration("the declarations are larger than anything they could say", "shorten them") from error
    return _Reading(text).declared(data)


def _over(below: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Both: tables name by name, and else what is declared above."""
    tables = {k: _over(below[k], v) for k, v in data.items() if isinstance(v, dict) and isinstance(below.get(k), dict)}
    return {**below, **data, **tables}


Path = tuple[str, ...]
"""Tables and key of a value."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text of declarations, whose values are taken only if they are of the right kind."""

    text: str

    def declared(self, data: Mapping[str, Any]) -> Declared:
        """All of it."""
        self._known((), data, KEYS)
        define, shapes, scalar = self._of_section("", (), data)
        for title, part in self._table(("sections",), data.get("sections", {})).items():
            path = ("sections", title)
            section = self._table(path, part)
            self._known(path, section, OF_A_SECTION)
            more, sizes, flat = self._of_section(title, path, section)
            define, shapes, scalar = define + more, shapes + sizes, scalar | flat
        if len(define) > MOST:
            raise BadDeclaration(f"{len(define)} formulas are declared", f"declare {MOST} at the most")
        use = data.get("use")
        if use is not None and not isinstance(use, str):
            raise self._bad(("use",), "the name of a cell", 'use = "elman"')
        functions = self._strings(("functions",), data.get("functions", {}))
        for name, meaning in functions.items():
            if meaning not in MEANINGS:
                raise self._bad(("functions", name), f"one of {', '.join(sorted(MEANINGS))}", 'D = "diag"')
        return Declared(
            use,
            define,
            frozenset(self._texts(("one_hot",), data.get("one_hot", []))),
            self._strings(("macros",), data.get("macros", {})),
            functions,
            shapes,
            scalar,
        )

    def _of_section(
        self, title: str, path: Path, data: Mapping[str, Any]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str, tuple[str, ...]], ...], frozenset[str]]:
        """Definitions, shapes, and the title if everything in it is a scalar."""
        define = tuple((title, formula) for formula in self._texts((*path, "define"), data.get("define", [])))
        sizes = self._table((*path, "shapes"), data.get("shapes", {}))
        shapes = tuple((title, name, self._sizes((*path, "shapes", name), value)) for name, value in sizes.items())
        scalar = data.get("scalar", False)
        if not isinstance(scalar, bool):
            raise self._bad((*path, "scalar"), "true or false", "scalar = true")
        return define, shapes, frozenset({title} if scalar else ())

    def _known(self, path: Path, data: Mapping[str, Any], keys: frozenset[str]) -> None:
        for key in data:
            if key not in keys:
                what = f"nothing is declared by {key!r}{self._place((*path, key))}"
                kind = BadDeclaration if keys & set(data) else NoDeclaration
                raise kind(what, f"known are {', '.join(sorted(keys))}")

    def _table(self, path: Path, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._bad(path, "a table", f"[{'.'.join(path)}]")
        return value

    def _strings(self, path: Path, value: Any) -> Mapping[str, str]:
        table = self._table(path, value)
        for key, text in table.items():
            if not isinstance(text, str):
                raise self._bad((*path, key), "a text", f'"{key}" = "..."')
        return table

    def _texts(self, path: Path, value: Any) -> Sequence[str]:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._bad(path, "a list of texts", f'{path[-1]} = ["..."]')
        return value

    def _sizes(self, path: Path, value: Any) -> tuple[str, ...]:
        """`["D", "M"]`, or one size alone."""
        listed = value if isinstance(value, list) else [value]
        numbers = [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in listed]
        sizes = tuple(v for v in numbers if isinstance(v, str) and SIZE.fullmatch(v))
        if len(sizes) != len(listed) or len(sizes) > 2:  # noqa: PLR2004 - rows and columns
            raise self._bad(path, "a list of at most two sizes", f'{path[-1]} = ["D", "M"]')
        return sizes

    def _bad(self, path: Path, wanted: str, example: str) -> BadDeclaration:
        name = ".".join(path)
        return BadDeclaration(f"`{name}` must be {wanted}{self._place(path)}", f"write {example}")

    def _place(self, path: Path) -> str:
        """` (line 3)`, where the key stands: under its table, or with dots before it; nothing where it is not found."""
        table: list[str] = []
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*\[+(.*?)\]+\s*(#.*)?$", line):
                table = _parts(header[1])
                here = table
            else:
                here = [*table, *_parts(line.partition("=")[0])] if "=" in line else []
            if here == list(path):
                return f" (line {number})"
        return ""


def _parts(key: str) -> list[str]:
    """`sections."Scalar form"` as its two parts."""
    return [next(filter(None, found)) for found in re.findall(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)', key)]
