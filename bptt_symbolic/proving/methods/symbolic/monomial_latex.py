"""Monomial -> LaTeX: what a person sees of a normal form."""

from collections.abc import Mapping
from fractions import Fraction

from bptt_symbolic.proving.methods.symbolic.forms import (
    BOUND,
    COLUMN,
    DISTANT,
    HEAD,
    INSIDE,
    NAMED,
    PARAMETER,
    RESULT,
    ROW,
    SOURCE,
    Atom,
    Index,
    Mono,
    Time,
    split,
)
from bptt_symbolic.proving.methods.symbolic.world import World

LETTERS = "abcdefghlmnpqruvw"
RESULTS = "ijkl"
SIGNS = {HEAD: "#", PARAMETER: "?", ROW: "r", COLUMN: "c", DISTANT: "q", SOURCE: "s", INSIDE: "u", BOUND: "~"}
"""How variables of templates are shown."""
NO_NAMES: Mapping[Index | str, str] = {}


def written(world: World, coefficient: Fraction, mono: Mono) -> str:
    """A monomial with its sign, its sums and their ranges."""
    names: dict[Index | str, str] = {
        i: LETTERS[n % len(LETTERS)] + "'" * (n // len(LETTERS)) for n, i in enumerate(mono.idx)
    }
    names |= {t: r"\tau" + "'" * n for n, t in enumerate(mono.times)}
    factors = " ".join(_factor(world, atom, e, names) for atom, e in mono.factors)
    sign = "-" if coefficient < 0 else "+"
    size = abs(coefficient)
    number = "" if size == 1 and factors else _fraction(size)
    return " ".join(x for x in (sign, number, _sums(mono, names), factors) if x)


def _fraction(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"


def _sums(mono: Mono, names: Mapping[Index | str, str]) -> str:
    over = [names[i] for i in mono.idx]
    ranges = []
    for t in mono.times:
        lows = [_shift(x, -c, names) for x, y, c in mono.cons if y == t and x not in mono.times]
        highs = [_shift(y, c, names) for x, y, c in mono.cons if x == t and y not in mono.times]
        low = lows[0] if len(lows) == 1 else rf"\max({', '.join(lows)})"
        high = highs[0] if len(highs) == 1 else rf"\min({', '.join(highs)})"
        ranges.append(rf"{low} \le {names[t]} \le {high}")
    for x, y, c in mono.cons:
        if x in mono.times and y in mono.times:
            ranges.append(rf"{names[x]} \le {_shift(y, c, names)}")
    return "".join(rf"\sum_{{{part}}}" for part in (*over, ", ".join(ranges)) if part)


def _shift(name: str, constant: int, names: Mapping[Index | str, str]) -> str:
    return _time((name, constant), names)


def _time(time: Time, names: Mapping[Index | str, str]) -> str:
    name, constant = time
    if not name:
        return str(constant)
    return names.get(name, name) + (f"{constant:+d}" if constant else "")


def index_latex(index: Index, names: Mapping[Index | str, str] = NO_NAMES) -> str:
    """An index: its offset and its variable."""
    offset, variable = split(index)
    text = "" if variable is None else names.get(variable) or _letter(variable)
    return "+".join(x for x in (offset if offset != "0" else "", text) if x)


def _letter(variable: Index) -> str:
    """A variable that is not bound: a name of the claim, an entry of its result, or the place of a template."""
    if variable.role == NAMED:
        return str(variable.which)
    if variable.role == RESULT and int(variable.which) < len(RESULTS):
        return RESULTS[int(variable.which)]
    return f"{variable.sort}:{SIGNS.get(variable.role, '')}{variable.which}"


def _factor(world: World, atom: Atom, exponent: int, names: Mapping[Index | str, str]) -> str:
    kind = world.names[atom.kind]
    stamps = [_time(t, names) for t in atom.times]
    places = [index_latex(i, names) for i in atom.idx]
    power = "" if exponent == 1 else f"^{{{exponent}}}"
    match kind[0]:
        case "q":
            body = _subscripted(str(kind[1]), [*stamps, *places])
        case "delta":
            body = rf"\delta_{{{places[0]} {places[1]}}}"
        case "chain":
            chain = world.chains[int(str(kind[1]))]
            block = f"{kind[2]}{kind[3]}" if len(chain.blocks) > 1 else ""
            body = (
                _subscripted(f"P^{{{block}}}" if block else "P", [])
                + f"({stamps[0]}, {stamps[1]})"
                + (f"_{{{' '.join(places)}}}" if places else "")
            )
        case "time":
            body = stamps[0]
        case "size":
            body = str(kind[1])
        case _:
            body = _function(world, kind, stamps, places)
    return body + power


def _function(world: World, kind: tuple[object, ...], stamps: list[str], places: list[str]) -> str:
    del world
    if kind[0] == "fn":
        name, marks = str(kind[1]), "'" * int(str(kind[2]))
        return rf"\mathrm{{{name}}}{marks}[{kind[3]}]" + _tail([*stamps, *places])
    words = {
        "softmax": "softmax",
        "total": "S",
        "log total": r"\log S",
        "whole": "q",
        "run": r"\prod",
        "mix": "F",
        "slope": r"\partial F",
    }
    number = kind[1] if kind[0] not in {"mix", "slope"} else "".join(str(k) for k in kind[1:3])
    return rf"\mathrm{{{words.get(str(kind[0]), str(kind[0]))}}}[{number}]" + _tail([*stamps, *places])


def _subscripted(name: str, parts: list[str]) -> str:
    return name + _tail(parts)


def _tail(parts: list[str]) -> str:
    return f"_{{{', '.join(parts)}}}" if parts else ""
