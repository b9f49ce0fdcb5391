r"""TOML, or a note -> notation: how a derivation writes what the network calls by its own names.

A notation is data: names for the roles of quantities (`state`, `input_weights`, ...), where the time stands, the sign
of a derivative, upright or bold, the layout. The built-in ones are files of `notations/`, one file one notation.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from bptt_symbolic.deriving.steps import Form
from bptt_symbolic.meaning.names import as_written, stem_of
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.reading.source import Fault
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.understanding import Note
from bptt_symbolic.understanding.occurrences import uses

Time = Literal["subscript", "parentheses", "superscript", "argument"]
"""`h_t`, `h^{(t)}`, `h^t`, `h(t)`."""
SLOTS: Mapping[str, Time] = {
    "sub0": "subscript",
    "sub1": "subscript",
    "bracket": "parentheses",
    "sup": "superscript",
    "argument": "argument",
    "left out": "subscript",  # what a note leaves out, a derivation writes
}
LAYOUTS: tuple[Form, ...] = ("numerator", "denominator")
"""Those that a notation may have; that of rows and matrices follows from the network."""
ROLES = (
    *("state", "argument", "score", "prediction", "target", "input", "loss", "total"),
    *("input_weights", "state_weights", "output_weights", "state_bias", "output_bias"),
)
NAME = re.compile(
    r"(?:\\(?:hat|tilde|bar|check|dot|vec|mathcal|mathbf|boldsymbol)\{)*(?:[A-Za-z]|\\[A-Za-z]+)\}*'?(?:_\{?[A-Za-z]+\}?)?"
)


class BadNotation(ValueError):  # noqa: N818 - a fault of the caller's file, on its way
    """A notation that cannot be used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Style:
    """A notation."""

    name: str
    """What it is called: the name of its file."""
    about: str = ""
    """One sentence for people."""
    time: Time = "subscript"
    """Where the time stands."""
    derivative: Literal[r"\partial", r"\delta", "d"] = r"\partial"
    """The sign of a derivative."""
    vectors: str = ""
    """Command that sets vectors, such as `\\mathbf`; empty for none."""
    matrices: str = ""
    """The same for matrices."""
    layout: Form = "denominator"
    """How derivatives are laid out, unless somebody asks for another layout."""
    last: str = "T"
    """The name of the last step."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Role -> name."""


def built_in() -> tuple[str, ...]:
    """The names of the notations that come with the package."""
    folder = resources.files("bptt_symbolic.deriving") / "notations"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def load(name: str | Path) -> Style:
    """A built-in notation by its name, or one from a TOML file; raises BadNotation."""
    if str(name) in built_in():
        text = (resources.files("bptt_symbolic.deriving") / "notations" / f"{name}.toml").read_text(encoding="utf-8")
        return parse(text, str(name))
    try:
        return parse(Path(name).read_text(encoding="utf-8"), Path(name).stem)
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"the notation {name} cannot be read: {error}", f"built-in ones: {', '.join(built_in())}") from error


def parse(text: str, name: str) -> Style:
    """A notation from the text of a TOML file; raises BadNotation."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(f"the notation {name} is no TOML: {error}", "see the documentation on notations") from error
    known = {f.name for f in fields(Style)} - {"name"}
    for key in data:
        if key not in known:
            raise _bad(f"{key!r} is no key of a notation", f"known keys: {', '.join(sorted(known))}")
    _choice(data, "time", get_args(Time))
    _choice(data, "derivative", (r"\partial", r"\delta", "d"))
    _choice(data, "layout", LAYOUTS)
    _choice(data, "vectors", ("", r"\mathbf", r"\boldsymbol"))
    _choice(data, "matrices", ("", r"\mathbf", r"\boldsymbol"))
    for role, shown in data.get("names", {}).items():
        if role not in ROLES:
            raise _bad(f"{role!r} is no role of a quantity", f"known roles: {', '.join(ROLES)}")
        if not isinstance(shown, str) or not NAME.fullmatch(shown):
            raise _bad(f"{shown!r} is no name", r"write one letter, with an accent or a label: \hat{y}, W_{xh}")
    return Style(name, **data)


def _choice(data: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> None:
    if key in data and data[key] not in allowed:
        raise _bad(f"{key} = {data[key]!r} is not known", f"write one of {', '.join(repr(a) for a in allowed)}")


def _bad(message: str, what_to_do: str) -> BadNotation:
    return BadNotation(Fault("bad-notation", message, what_to_do))


# the notation of a note


def of_note(note: Note, network: Network, roles: Mapping[str, str], layout: Form) -> Style:
    """The notation of a note; `roles` are the names of the roles in its network."""
    places = Counter(SLOTS[slot] for slot in note.notation.slots.values())
    return Style(
        name="note",
        time=places.most_common(1)[0][0] if places else "subscript",
        derivative=_sign(note.lines.source.text),
        vectors=_font(note, network, 1),
        matrices=_font(note, network, 2),
        layout=layout,
        last=min(note.notation.last, default="T"),
        names={role: as_written(name) for role, name in roles.items()},
    )


def layout_of(findings: Sequence[Finding]) -> Form:
    """The layout in which the claims of a note hold; numerator, the most literal, where nothing speaks against it."""
    columns = ("layout: gradients shaped like their variable", "layout: denominator")
    return "denominator" if any(r in columns for f in findings for r in f.readings) else "numerator"


def _sign(text: str) -> Literal[r"\partial", r"\delta", "d"]:
    """The sign of a derivative that stands most often above a bar."""
    counts: dict[Literal[r"\partial", r"\delta", "d"], int] = {
        r"\partial": len(re.findall(r"\\frac\s*\{\s*\\partial", text)),
        r"\delta": len(re.findall(r"\\frac\s*\{\s*\\delta", text)),
        "d": len(re.findall(r"\\dv\b|\\frac\s*\{\s*(?:d\b|\\mathrm\s*\{?d)", text)),
    }
    return max(counts, key=lambda sign: counts[sign])


def _font(note: Note, network: Network, axes: int) -> str:
    r"""`\mathbf` where the note sets most of its vectors, or matrices, bold."""
    names = {stem_of(n) for n, shape in network.shapes.items() if len(shape.axes) == axes}
    found = [use.occurrence for line in note.lines.lines for use in uses(line.tree) if use.occurrence.name in names]
    return r"\mathbf" if sum(o.bold for o in found) * 2 > len(found) else ""


def names_of(network: Network, style: Style, roles: Mapping[str, str]) -> dict[str, str]:
    """Name of the network -> how it is written; a role's name that something else already has is not taken.

    The loss of a step and the total may share a name: the one has a time, and the other has none.
    """
    wanted = {name: style.names[role] for role, name in roles.items() if role in style.names}
    shown = {n: wanted.get(n, as_written(n)) for n in network.shapes}
    total = roles.get("total")
    while True:
        counts = Counter((text, n == total) for n, text in shown.items())
        clashes = [n for n, text in shown.items() if counts[text, n == total] > 1 and n in wanted]
        clashes = [n for n in clashes if shown[n] != as_written(n)]
        if not clashes:
            return shown
        for name in clashes:
            shown[name] = as_written(name)


def batch_name(name: str, names: Mapping[str, str], network: Network) -> str:
    r"""The name of the matrix of a quantity's columns: `\hat{Y}` of `\hat{y}`; in script if that is taken."""
    shown = names.get(name, as_written(name))
    letter = re.search(r"(?<![\\A-Za-z])[a-z](?![A-Za-z])", shown)
    if letter is None:
        return rf"\mathcal{{{shown}}}" if re.fullmatch("[A-Z]", shown) else shown + "_B"
    taken = {*names.values(), *network.sizes, "I", "F", "G", "C", "L", "E", "J", "N", "T"}
    capital = letter[0].upper()
    if capital in taken:
        capital = rf"\mathcal{{{capital}}}"
    return shown[: letter.start()] + capital + shown[letter.end() :]
