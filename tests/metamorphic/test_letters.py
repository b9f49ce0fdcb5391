"""Note -> the same note in other letters: a consistent renaming of its quantities changes no verdict.

Only letters of formulas are renamed, those of the declarations beside the note with them; words, macros and text are
left alone.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTES = sorted(p for p in (ROOT / "tests/notes").iterdir() if p.suffix in {".md", ".rst", ".tex", ".ipynb"})[1::2]
TOKEN = re.compile(
    r"\\(?:text|operatorname\*?|mathrm|begin|end|tag\*?|label|eqref)\{[^{}]*\}|\\[A-Za-z]+|\\.|%[^\n]*|[A-Za-z]+",
    re.DOTALL,
)
WORDS = frozenset(
    ["tanh", "sigm", "sigmoid", "softmax", "log", "ln", "exp", "diag", "if", "and", "for", "mse", "cse", "llk", "si"]
)

LETTERS: dict[str, dict[str, str]] = {
    "bptt-korean.md": {
        "h": "s", "a": "z", "W": "A", "U": "B", "V": "Q", "o": "g", "y": "v", "x": "u", "b": "p", "c": "q", "J": "E",
        "D": "H", "j": "k", "i": "m",
    },
    "huan.md": {"h": "s", "U": "V", "V": "U", "W": "A", "L": "E", "f": "g", "y": "o", "x": "u", "b": "c", "k": "j"},
    "huang-2019.tex": {
        "s": "h", "U": "A", "W": "B", "V": "Q", "E": "J", "L": "E", "z": "a", "g": "o", "y": "r", "x": "w", "u": "p",
        "v": "q", "C": "K", "D": "H", "M": "F", "i": "j", "j": "i", "k": "l",
    },
    "profatxuanall.rst": {
        "x": "u", "y": "h", "z": "a", "W": "R", "L": "E", "f": "g", "i": "p", "j": "q", "k": "r", "d": "n",
    },
    "rnn-derivatives.ipynb": {
        "z": "a", "h": "s", "o": "g", "y": "r", "L": "E", "W": "U", "x": "u", "b": "c", "k": "j",
    },
}  # fmt: skip
PAIRS = (("h", "s"), ("x", "u"), ("W", "A"), ("U", "B"), ("V", "Q"), ("L", "E"), ("z", "a"), ("y", "r"))
SWAPS = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
"""For any note: letters that change places."""


LABEL = "a target whose letter indices have, as in `-log y_y` written `-log r_r`, is not taken for the class it marks"
LOSS = "a scalar loss of the last step alone is a vector where it is called E or C, and a scalar where it is L or J"


def _one(name: str, letter: str, other: str, wrong: str = "") -> object:
    return pytest.param(name, letter, other, id=f"{name}-{letter}-{other.strip()}", marks=_wrong(wrong))


def _note(note: Path) -> object:
    wrong = _wrong(LOSS if note.name == "last-state.ipynb" else "")
    return pytest.param(note, id=note.name, marks=[*wrong, pytest.mark.xdist_group(note.name)])


def _wrong(reason: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=reason)] if reason else []


LONG = 3_000
"""Bytes of a note that is settled in a long run only."""


def _long(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if (ROOT / "derivations" / name).stat().st_size >= LONG else []


ONE_LETTER = [
    _one("huan.md", "t", r"\tau "),
    _one("rnn-derivatives.ipynb", "t", r"\tau "),
    _one("bptt-korean.md", "t", r"\tau "),
    _one("rnn-derivatives.ipynb", "t", "n"),
    _one("huan.md", "t", "n"),
    _one("bptt-korean.md", "y", "r", LABEL),
]
"""Single letters: mostly of time."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=_long(name)) for name in LETTERS])
def test_other_letters_have_the_same_verdicts(
    name: str, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    _in_letters(ROOT / "derivations" / name, LETTERS[name], same_verdicts, rewritten)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "letter", "other"), ONE_LETTER)
def test_one_other_letter_has_the_same_verdicts(
    name: str, letter: str, other: str, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    _in_letters(ROOT / "derivations" / name, {letter: other}, same_verdicts, rewritten)


@pytest.mark.slow
@pytest.mark.parametrize("note", [_note(note) for note in NOTES])
def test_letters_that_change_places_have_the_same_verdicts(
    note: Path, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    _in_letters(note, SWAPS, same_verdicts, rewritten)


def _in_letters(
    note: Path, letters: Mapping[str, str], same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    rename = partial(renamed, letters=letters)
    beside = note.with_suffix(".toml")
    declared = _renamed_declarations(beside, rename) if beside.exists() else None
    same_verdicts(note, rewritten(note, rename), declared=declared)


def renamed(formula: str, letters: Mapping[str, str]) -> str:
    r"""A formula in other letters: `Ws_{t-1}` is `Ah_{t-1}`, `tanh` is a word and `\hat` a macro."""
    return TOKEN.sub(lambda found: _renamed_token(found[0], letters), formula)


def _renamed_token(token: str, letters: Mapping[str, str]) -> str:
    if not token.isalpha() or token in WORDS:
        return token
    return "".join(letters.get(letter, letter) for letter in token)


def _renamed_declarations(path: Path, rename: Callable[[str], str]) -> str:
    """The declarations beside a note in other letters."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return "\n".join(_toml(data, (), rename))


def _toml(data: Mapping[str, Any], head: tuple[str, ...], rename: Callable[[str], str]) -> list[str]:
    lines = [f"[{'.'.join(map(json.dumps, head))}]"] if head else []
    for key, value in data.items():
        if isinstance(value, list):
            lines.append(f"{json.dumps(key)} = {json.dumps([rename(v) for v in value])}")
        elif isinstance(value, str):
            lines.append(f"{json.dumps(rename(key))} = {json.dumps(value)}")
    for key, value in data.items():
        if isinstance(value, dict):
            lines += _toml(value, (*head, key), rename)
    return lines
