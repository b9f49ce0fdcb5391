r"""Name in LaTeX -> letters with scripts, for drawings, where neither MathML nor TeX is at hand.

\hat{y}        ŷ
W_{xh}         W with xh below
\tilde{h}      h̃, at step 3 with 3 below
"""

import re
import unicodedata
from typing import NamedTuple

_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304"}
_ACCENTS |= {"overline": "\u0304", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308"}
_ALPHABET = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
)
_LETTERS = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {name.replace('lambda', 'lamda').upper()}")
    for name in (*_ALPHABET.split(), "omega")
}
_LETTERS |= {name.title(): letter.upper() for name, letter in _LETTERS.items()} | {"ell": "\u2113", "varepsilon": "ε"}
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ACCENTED = re.compile(r"\\([A-Za-z]+)(?:\s*\{([^{}]*)\}|\s+([A-Za-z]))")
_COMMAND = re.compile(r"\\([A-Za-z]+)")


class Symbol(NamedTuple):
    """Letters, and what stands below and above them."""

    letters: str
    below: str
    above: str

    def plain(self) -> str:
        """On one line: `W_xh`, `s₃`."""
        below = self.below.translate(_LOWERED) if self.below.isdecimal() else f"_{self.below}" if self.below else ""
        return self.letters + below + (f"^{self.above}" if self.above else "")


def symbol(latex: str, step: int | None = None) -> Symbol:
    """The name as letters; the step comes last below."""
    text = latex
    while (found := _ACCENTED.search(text)) and found[1] not in _LETTERS:  # accents, and styles, which are dropped
        inside = found[2] if found[2] is not None else found[3]
        text = text[: found.start()] + inside + _ACCENTS.get(found[1], "") + text[found.end() :]
    text = _COMMAND.sub(lambda found: _LETTERS.get(found[1], found[1]), text)
    parts = {"": "", "_": "", "^": ""}
    for mark, braced, single in re.findall(r"([_^]?)(?:\{([^{}]*)\}|([^_^{}]+))", text):
        parts[mark] += braced or single
    below = [part for part in (parts["_"].strip(), "" if step is None else str(step)) if part]
    return Symbol(unicodedata.normalize("NFC", parts[""].strip()), ", ".join(below), parts["^"].strip())
