r"""Network, dress and chance -> a note: what it says, the claims that stand in it, and its text in a container."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from dress_formulas import Derivative, Node, Step, Var, transposed, walk
from dress_networks import Claim, Network
from dress_printing import Dress, Printer
from dress_words import WORDS

MOST = 5
"""Claims of a note."""
NOT_BY_ENTRIES = frozenset({"product of Jacobians", "product of steps", "contribution of a step"})
NOT_IN_ROWS = frozenset({"contribution of a step"})


@dataclass(frozen=True)
class Written:
    """A note, with the LaTeX of each claim."""

    text: str
    claims: tuple[tuple[Claim, str], ...]


@dataclass(frozen=True)
class _Words:
    text: str


@dataclass(frozen=True)
class _Title:
    text: str


@dataclass(frozen=True)
class _Display:
    rows: tuple[str, ...]


_Block = _Words | _Title | _Display


def chosen(network: Network, dress: Dress, draw: Random) -> tuple[Claim, ...]:
    """Some of the claims about a network that this notation can say, in their order."""
    left_out = NOT_BY_ENTRIES if dress["form"] == "index" else frozenset[str]()
    left_out |= NOT_IN_ROWS if dress["vectors"] == "rows" else frozenset[str]()
    fitting = [claim for claim in network.claims if claim.kind not in left_out]
    taken = {id(claim) for claim in draw.sample(fitting, min(MOST, len(fitting)))}
    return tuple(claim for claim in fitting if id(claim) in taken)


def written(network: Network, dress: Dress, claims: Sequence[Claim]) -> Written:
    """The note."""
    printer = Printer(network, dress)
    words = WORDS[dress["language"]]
    said = tuple((claim, _relation(claim, printer)) for claim in claims)
    definitions = [_laid(head, body, printer) for head, body in network.definitions]
    makes = {"html": _html, "notebook": _notebook, "rst": _rst, "equation": _latex, "align": _latex}
    network_part = [_Title(words["network"]), *_given(network, printer, words)]
    network_part += _definitions(definitions, dress, words)
    gradients = [_Title(words["gradients"]), *_named(network, claims, printer, words)]
    gradients += _claims(said, dress, words)
    first, second = (gradients, network_part) if dress["order"] == "claims first" else (network_part, gradients)
    text = makes.get(dress["container"], _markdown)([*first, *second], dress)
    return Written(text, said)


def _rowed(node: Node, dress: Dress) -> Node:
    return transposed(node) if dress["vectors"] == "rows" else node


def _laid(left: Node, right: Node, printer: Printer) -> str:
    return printer.relation(_rowed(left, printer.dress), _rowed(right, printer.dress))


def _relation(claim: Claim, printer: Printer) -> str:
    return _laid(claim.left, claim.right, printer)


def _given(network: Network, printer: Printer, words: Mapping[str, str]) -> Iterator[_Block]:
    """What is said about shapes, functions, the start and the targets."""
    dress = printer.dress
    names = dress.functions
    if dress["vectors"] == "rows":
        yield _Words(words["rows"])
    if dress["shapes"] == "said":
        yield _Words(words["shapes"].format(_columns(network, printer)))
        yield _Words(words["parameters"].format(_matrices(network, printer)))
    if dress["start"] == "given":
        yield _Words(words["given"].format(_zeroth("h", printer)))
    if dress["start"] == "zero":
        starts = ["h", "c"] if network.cell == "LSTM" else ["h"]
        yield _Words(" ".join(words["zero"].format(_zeroth(one, printer)) for one in starts))
    if dress["targets"] == "one-hot":
        yield _Words(words["one-hot"])
    if names["sigmoid"] == r"\sigma" and network.cell in {"sigmoid", "LSTM", "GRU"}:
        yield _Words(words["sigmoid"].format(names["sigmoid"]))
    if network.cell == "open":
        yield _Words(words["open"].format(names["open"]))
    if dress["entrywise"] in {r"\cdot", "*", r"\ast"}:
        yield _Words(words["entrywise"].format(dress["entrywise"]))


def _zeroth(name: str, printer: Printer) -> str:
    return printer.name(printer.dress.names[name], Step("0"))


def _columns(network: Network, printer: Printer) -> str:
    by: dict[str, list[str]] = {}
    for name, shape in network.shapes.items():
        if name in network.used and len(shape) == 1 and name not in network.parameters:
            step = None if name == "y" and network.total == "last" else _step_of(name, network)
            by.setdefault(shape[0], []).append(printer.name(printer.dress.names[name], step))
    one = r"1 \times " if printer.dress["vectors"] == "rows" else ""
    return ", ".join(_in_space(names, f"{one}{printer.dress.letters[size]}") for size, names in by.items())


def _in_space(names: Sequence[str], sizes: str) -> str:
    return rf"${', '.join(names)} \in \mathbb{{R}}^{{{sizes}}}$"


def _step_of(name: str, network: Network) -> Step:
    return Step("T") if network.total == "last" and name in {"o", "p"} else Step("t")


def _matrices(network: Network, printer: Printer) -> str:
    by: dict[tuple[str, ...], list[str]] = {}
    rows = printer.dress["vectors"] == "rows"
    for name in network.parameters:
        shape = network.shapes[name]
        shape = shape[::-1] if rows and len(shape) > 1 else shape
        by.setdefault(("1", *shape) if rows and len(shape) == 1 else shape, []).append(
            printer.name(printer.dress.names[name], None)
        )
    letters = {**printer.dress.letters, "1": "1"}
    return ", ".join(_in_space(names, r" \times ".join(letters[s] for s in shape)) for shape, names in by.items())


def _definitions(lines: Sequence[str], dress: Dress, words: Mapping[str, str]) -> list[_Block]:
    if dress["order"] == "one display":
        return [_Words(words["compute"]), _Display(tuple(lines))]
    if dress["order"] == "prose":
        return [_Words(words["prose"].format(", ".join(f"${line}$" for line in lines)))]
    if dress["order"] == "where":
        first, *others = lines[::-1]
        found: list[_Block] = [_Words(words["compute"]), _Display((first,))]
        for line in others:
            found += [_Words(words["where"]), _Display((line,))]
        return found
    found = [_Words(words["compute"])]
    for place, line in enumerate(lines):
        found += [*([_Words(words["and"])] if place else []), _Display((line,))]
    return found


def _named(network: Network, claims: Sequence[Claim], printer: Printer, words: Mapping[str, str]) -> Iterator[_Block]:
    """The names of gradients that the claims use."""
    dress = printer.dress
    used = {
        node.under.name
        for claim in claims
        for side in (claim.left, claim.right)
        for _, node in walk(side)
        if isinstance(node, Derivative) and node.over == Var("L") and node.under.step is not None
    }
    found: list[tuple[str, str]] = []
    for key, name in dress.gradients.items():
        if key in used:
            under = Var(key, _step_of(key, network))
            at = (dress.letters["a"],) if dress["form"] == "index" else ()
            found.append((printer.name(name, under.step, at), printer.spelled(Derivative(Var("L"), under), (), at)))
    if found and dress["naming"] == "words":
        yield _Words(" ".join(words["named"].format(*one) for one in found))
    elif found:
        yield _Words(words["name"])
        yield from (_Display((f"{short} = {long}",)) for short, long in found)


def _claims(said: Sequence[tuple[Claim, str]], dress: Dress, words: Mapping[str, str]) -> Iterator[_Block]:
    running, last = dress.letters["t"], dress.letters["T"]
    for place, (claim, line) in enumerate(said):
        lead = (words["follows"], words["then"], words["and"])[min(place, 2)]
        if claim.until and dress["until"] == "words":
            lead = words["until"].format(running, last)
        if claim.until and dress["until"] == "display":
            line = rf"{line}, \qquad {running} < {last}"  # noqa: PLW2901 - the same line with its range
        yield _Words(lead)
        yield _Display((line,))


def _markdown(blocks: Sequence[_Block], dress: Dress) -> str:
    parts = [f"$${macros}$$" for macros in [_macros(dress)] if macros]
    for block in blocks:
        match block:
            case _Title(text):
                parts.append(f"## {text}")
            case _Words(text):
                parts.append(text)
            case _Display(rows):
                parts.append(f"$$\n{_rows(rows, 'aligned')}\n$$")
    return "\n\n".join(parts) + "\n"


def _rows(rows: Sequence[str], environment: str) -> str:
    if len(rows) == 1:
        return rows[0]
    lines = " \\\\\n".join(row.replace(" = ", " &= ", 1) for row in rows)
    return f"\\begin{{{environment}}}\n{lines}\n\\end{{{environment}}}"


def _latex(blocks: Sequence[_Block], dress: Dress) -> str:
    parts = [r"\documentclass{article}", r"\usepackage{amsmath,amssymb}", _macros(dress), r"\begin{document}"]
    for block in blocks:
        match block:
            case _Title(text):
                parts.append(rf"\section{{{text}}}")
            case _Words(text):
                parts.append(text)
            case _Display(rows):
                align = dress["container"] == "align"
                body = _rows(rows, "align" if align else "aligned")
                if not align or len(rows) == 1:
                    body = f"\\begin{{equation}}\n{body}\n\\end{{equation}}"
                parts.append(body)
    return "\n".join([*parts, r"\end{document}"]) + "\n"


def _notebook(blocks: Sequence[_Block], dress: Dress) -> str:
    cells: list[list[_Block]] = []
    for block in blocks:
        if isinstance(block, _Title) or not cells:
            cells.append([])
        cells[-1].append(block)
    texts = [_markdown(cell, dress) for cell in cells]
    made = [{"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)} for text in texts]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _html(blocks: Sequence[_Block], dress: Dress) -> str:
    parts = [f"<p>\\[{macros}\\]</p>" for macros in [_macros(dress)] if macros]
    for block in blocks:
        match block:
            case _Title(text):
                parts.append(f"<h2>{text}</h2>")
            case _Words(text):
                shown = _inline(text, r"\(", r"\)")
                parts.append(f"<p>{html.escape(shown, quote=False)}</p>")
            case _Display(rows):
                parts.append(f"<p>\\[{html.escape(_rows(rows, 'aligned'), quote=False)}\\]</p>")
    body = "\n".join(parts)
    return f"<!DOCTYPE html>\n<html><body>\n{body}\n</body></html>\n"


def _inline(text: str, left: str, right: str) -> str:
    """The formulas of a text between other signs."""
    parts = text.split("$")
    return "".join(part if place % 2 == 0 else f"{left}{part}{right}" for place, part in enumerate(parts))


def _rst(blocks: Sequence[_Block], dress: Dress) -> str:
    parts = [f".. math::\n\n   {macros}" for macros in [_macros(dress)] if macros]
    for block in blocks:
        match block:
            case _Title(text):
                parts.append(f"{text}\n{'=' * (2 * len(text))}")
            case _Words(text):
                parts.append(_inline(text, ":math:`", "`"))
            case _Display(rows):
                body = _rows(rows, "aligned").replace("\n", "\n   ")
                parts.append(f".. math::\n\n   {body}")
    return "\n\n".join(parts) + "\n"


def _macros(dress: Dress) -> str:
    """The macros of the note."""
    return {
        "newcommand": r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}",
        "def": r"\def\pd#1#2{\frac{\partial #1}{\partial #2}}",
    }.get(dress["macros"], "")
