r"""TOML -> declarations: what a person adds to a note because its author left it unsaid.

use = "elman"                       the note speaks about this cell
define = ["L = \\sum_t L_t"]        definitions, as the note would have written them
one_hot = ["y"]                     targets that are one-hot
[macros]      "\\zv" = "\\mathbf{0}"   macros of the site that the note comes from
[functions]   D = "diag"            what a function name means: a known function, "elementwise" or "vector"
[shapes]      W = ["D", "M"]        sizes by name; [] for a scalar
[sections."Scalar form"]            the same keys for one section, and scalar = true
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEYS = frozenset({"use", "define", "one_hot", "macros", "functions", "shapes", "sections", "scalar"})


class BadDeclaration(Exception):  # noqa: N818 - a fault of the declaration on its way
    """The declaration cannot be used; what is wrong, and what to do."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word of the reports
        super().__init__(message)
        self.message, self.help = message, help


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


def read_declared(text: str) -> Declared:
    """Declarations from TOML; raises BadDeclaration."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDeclaration(f"the declarations are no TOML: {error}", "look at the place it names") from error
    unknown = sorted(set(data) - KEYS)
    if unknown:
        raise BadDeclaration(f"nothing is declared by {unknown[0]!r}", f"known are {', '.join(sorted(KEYS))}")
    define = [("", d) for d in _texts(data.get("define", []), "define")]
    shapes = _shapes("", data.get("shapes", {}))
    scalar = {""} if data.get("scalar") else set()
    for title, part in _table(data.get("sections", {}), "sections").items():
        section = _table(part, title)
        define += [(title, d) for d in _texts(section.get("define", []), "define")]
        shapes += _shapes(title, section.get("shapes", {}))
        scalar |= {title} if section.get("scalar") else set()
    use = data.get("use")
    if use is not None and not isinstance(use, str):
        raise BadDeclaration("`use` must be the name of a cell", 'write use = "elman"')
    return Declared(
        use,
        tuple(define),
        frozenset(_texts(data.get("one_hot", []), "one_hot")),
        _strings(data.get("macros", {}), "macros"),
        _strings(data.get("functions", {}), "functions"),
        tuple(shapes),
        frozenset(scalar),
    )


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadDeclaration(f"`{name}` must be a table", f"write [{name}]")
    return value


def _strings(value: Any, name: str) -> Mapping[str, str]:
    table = _table(value, name)
    for key, text in table.items():
        if not isinstance(text, str):
            raise BadDeclaration(f"`{key}` in [{name}] must be a text", f'write "{key}" = "..."')
    return table


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise BadDeclaration(f"`{name}` must be a list of texts", f'write {name} = ["..."]')
    return list(value)


def _shapes(section: str, value: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    rows = []
    for name, sizes in _table(value, "shapes").items():
        listed = [sizes] if isinstance(sizes, str) else sizes
        rows.append((section, name, tuple(str(s) for s in listed)))
    return rows
