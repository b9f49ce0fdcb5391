r"""Note -> the same note with its times in another place: `s_{t,i}` as `s^{(t)}_{i}` or `s_{i}(t)`, and back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

NOTES = Path(__file__).parents[2] / "derivations"

NAMES = {
    "huan.md": r"\\hat\{y\}|[hxL]",
    "huang-2019.tex": r"\\hat\{y\}|[szxyELg]",
    "rnn-derivatives.ipynb": r"\\hat\{y\}|[zhoLxy]",
}
r"""Notes that write time as the first subscript, and what carries it there."""

SUBSCRIPT = r"(?P<name>{})_(?P<subs>\{{[^{{}}]*\}}|[A-Za-z0-9])(?P<power>\^(?:\{{[^{{}}]*\}}|\\top|[0-9T]))?"
SUPERSCRIPT = re.compile(
    r"\^\{(?P<open>\()?(?P<time>\\tilde\{T\}|[^(){}]*)\)\}(?:_(?:(?P<index>\w)|\{(?P<label>[^{}]*)\}))?"
)
ARGUMENT = re.compile(r"(?P<name>\\v(?!W)[A-Za-z]+|\\vy_\\ell|\\vx_j)\((?P<time>t|t [-+] 1|0|1|\\cT)\)")

ARGUMENTS = (("", ""), (r"L_t(y,\hat{y})", "L_t"))
"""What a loss depends on is left out where the time comes into that bracket."""

Move = Callable[[re.Match[str]], str]


def to_superscript(found: re.Match[str]) -> str:
    r"""`s_{t,i}^2` as `(s^{(t)}_{i})^2`."""
    time, _, index = found["subs"].strip("{}").partition(",")
    tail = f"_{{{index}}}" if index else ""
    power = found["power"] or ""
    if power.strip("^{}") in {"T", r"\top"} and not index:
        return f"{found['name']}^{{({time}) {power.strip('^{}')}}}"
    whole = f"{found['name']}^{{({time})}}{tail}"
    return f"({whole}){power}" if power else whole


def to_argument(found: re.Match[str]) -> str:
    """`s_{t,i}^2` as `s_{i}(t)^2`."""
    time, _, index = found["subs"].strip("{}").partition(",")
    tail = f"_{{{index}}}" if index else ""
    return f"{found['name']}{tail}({time}){found['power'] or ''}"


def to_subscript(found: re.Match[str]) -> str:
    r"""`o^{(t)}_j` as `o_{t,j}`; `J^{(t)}_{mse}` as `J_{t,mse}`."""
    script = found["index"] or found["label"]
    return f"_{{{found['time']},{script}}}" if script else f"_{{{found['time']}}}"


def to_subscript_after_labels(found: re.Match[str]) -> str:
    r"""`o^{(t)}_j` as `o_{t,j}`, but `J^{(t)}_{mse}` as `J_{mse,t}`."""
    return f"_{{{found['label']},{found['time']}}}" if found["label"] else to_subscript(found)


def to_subscript_below_labels(found: re.Match[str]) -> str:
    r"""`o^{(t)}_j` as `o_{t,j}`, but `J^{(t)}_{mse}` as `J_{t}^{mse}`."""
    return f"_{{{found['time']}}}^{{{found['label']}}}" if found["label"] else to_subscript(found)


def to_angles(found: re.Match[str]) -> str:
    r"""`o^{(t)}_j` as `o^{\langle t \rangle}_j`."""
    script = found["index"] or found["label"]
    return rf"^{{\langle {found['time']} \rangle}}" + (f"_{{{script}}}" if script else "")


def to_squares(found: re.Match[str]) -> str:
    """`o^{(t)}_j` as `o^{[t]}_j`."""
    script = found["index"] or found["label"]
    return f"^{{[{found['time']}]}}" + (f"_{{{script}}}" if script else "")


def from_argument(found: re.Match[str]) -> str:
    r"""`\vy(t + 1)` as `\vy^{(t + 1)}`."""
    return f"{found['name']}^{{({found['time']})}}"


def from_argument_to_angles(found: re.Match[str]) -> str:
    r"""`\vy(t + 1)` as `\vy^{\langle t + 1 \rangle}`."""
    return rf"{found['name']}^{{\langle {found['time']} \rangle}}"


def _dress(name: str, move: Move, *, slow: bool = False, wrong: str = "") -> object:
    marks = [*([pytest.mark.slow] if slow else []), *([pytest.mark.xfail(strict=True, reason=wrong)] if wrong else [])]
    return pytest.param(name, move, id=f"{name}-{move.__name__}", marks=marks)


DRESSES = [
    _dress("huan.md", to_superscript),
    _dress("huan.md", to_argument, slow=True),
    _dress("huang-2019.tex", to_superscript, slow=True),
    _dress("rnn-derivatives.ipynb", to_superscript, slow=True),
    _dress("rnn-derivatives.ipynb", to_argument, slow=True),
    _dress("bptt-korean.md", to_subscript, slow=True),
    _dress(
        "bptt-korean.md", to_subscript_after_labels, slow=True, wrong="time behind a label, `J_{mse,t}`, is an index"
    ),
    _dress("bptt-korean.md", to_subscript_below_labels, slow=True),
    _dress("bptt-korean.md", to_angles, slow=True),
    _dress("bptt-korean.md", to_squares, slow=True),
    _dress("profatxuanall.rst", from_argument, slow=True),
    _dress("profatxuanall.rst", from_argument_to_angles, slow=True),
]


@pytest.mark.parametrize(("name", "move"), DRESSES)
def test_time_in_another_place_has_the_same_verdicts(
    name: str, move: Move, same_verdicts: Callable[..., None], rewritten: Callable[..., str]
) -> None:
    place = _place(name)
    beside = NOTES / f"{Path(name).stem}.toml"
    declared = _declared(beside, place, move) if beside.exists() else None
    dress = rewritten(NOTES / name, lambda formula: place.sub(move, formula.replace(*ARGUMENTS[move is to_argument])))
    same_verdicts(NOTES / name, dress, declared=declared)


def _declared(path: Path, place: re.Pattern[str], move: Move) -> str:
    """The declarations beside a note with their times moved; TOML doubles a backslash."""
    return place.sub(lambda found: move(found).replace("\\", "\\\\"), path.read_text(encoding="utf-8"))


def _place(name: str) -> re.Pattern[str]:
    """Where a note writes its times."""
    if name in NAMES:
        return re.compile(SUBSCRIPT.format(NAMES[name]))
    return SUPERSCRIPT if name == "bptt-korean.md" else ARGUMENT
