r"""Names of a note -> Python identifiers: `\hat{y}` is `hat_y`, `W_{hh}` is `W_hh`, `\lambda` is `lambda_`.

A note is hostile: an identifier is made of ASCII letters, digits and underscores that are written here, never of a
name as it stands; two names never get the same one.
"""

import builtins
import keyword
import re
from dataclasses import dataclass, field

from bptt_symbolic.meaning.terms import LAST, Affine

FONTS = frozenset(
    {
        "mathbf",
        "mathrm",
        "mathcal",
        "mathit",
        "mathsf",
        "mathtt",
        "mathbb",
        "mathfrak",
        "boldsymbol",
        "bm",
        "text",
        "textbf",
    }
)
"""Macros that say how a letter looks; they are left out of an identifier."""
OWN = frozenset(
    {"np", "reduce", "quantity", "derivative", "way", "known", "left", "right", "side", "row", "cell"}
    | {"poly", "quad", "softmax", "sigmoid", "erf", "math"}
)
"""What the programs call their own things."""
LONGEST = 24


@dataclass
class Identifiers:
    """One identifier for each quantity, function and integer name of a program."""

    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, name) -> identifier, in the order in which they were asked for."""

    def quantity(self, name: str) -> str:
        """That of a quantity."""
        return self._of("quantity", name)

    def function(self, name: str) -> str:
        """That of a function of the note's own."""
        return self._of("function", name)

    def integer(self, name: str) -> str:
        """That of a time, an index or a size."""
        return self._of("integer", name)

    def affine(self, value: Affine) -> str:
        """An integer expression: `t - 1`."""
        text = ""
        for name, c in sorted(value.parts, key=lambda p: p[1] < 0):
            size = "" if abs(c) == 1 else f"{abs(c)} * "
            text += f"{' - ' if c < 0 else ' + '}{size}{self.integer(name)}"
        if value.const or not text:
            text += f" {'-' if value.const < 0 else '+'} {abs(value.const)}"
        return "-" + text[3:] if text.startswith(" - ") else text[3:]

    def _of(self, kind: str, name: str) -> str:
        if (kind, name) not in self.taken:
            self.taken[kind, name] = self._fresh("T" if name == LAST and kind == "integer" else plain(name))
        return self.taken[kind, name]

    def _fresh(self, wanted: str) -> str:
        used = {*self.taken.values(), *keyword.kwlist, *dir(builtins), *OWN}
        while wanted in used:
            wanted += "_"
        return wanted


def plain(name: str) -> str:
    """The letters and digits of a name, its parts joined by underscores."""
    words = [w for w in re.findall(r"[A-Za-z]+|[0-9]+", name.replace("'", " prime ")) if w not in FONTS]
    text = "_".join(words)[:LONGEST].strip("_")
    return text if text[:1].isalpha() else f"n_{text}" if text else "q"
