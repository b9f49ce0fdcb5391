r"""Chance -> dress: a value on every axis of notation, and letters that fit together."""

import re
from collections.abc import Mapping
from random import Random

from dress_networks import Network
from dress_printing import Dress, Name

AXES: Mapping[str, Mapping[str, int]] = {
    "cell": {"tanh": 4, "sigmoid": 2, "open": 3, "LSTM": 2, "GRU": 2},
    "loss": {"cross-entropy": 3, "squared": 3, "open": 1},
    "total": {"sum": 5, "mean": 1, "last": 2},
    "step": {
        "below": 8,
        "above in brackets": 4,
        "above": 2,
        "behind": 2,
        "above in angles": 2,
        "behind in square brackets": 1,
        "above in square brackets": 1,
    },
    "letter": {"t": 8, "n": 2, "k": 2, "i": 1, r"\tau": 1},
    "weights": {"letters": 4, "pairs": 3, "pairs above": 1, "single labels": 2, "words": 1},
    "style": {"italic": 5, "bold": 2, "boldsymbol": 1},
    "entrywise": {r"\odot": 6, r"\circ": 3, "*": 2, r"\ast": 1, r"\cdot": 1},
    "product": {"juxtaposed": 6, "dot": 1},
    "derivative": {"fraction": 6, "d": 1, "upright d": 1, "nabla": 2, "slash": 1},
    "gradients": {"derivatives": 4, "delta": 3, "d": 1, "bar": 1, "delta before": 1},
    "naming": {"display": 2, "words": 1},
    "order": {"before": 4, "one display": 2, "prose": 1, "where": 1, "claims first": 1},
    "vectors": {"columns": 4, "rows": 1},
    "container": {"markdown": 4, "equation": 2, "align": 2, "notebook": 1, "html": 1, "rst": 1},
    "macros": {"none": 4, "newcommand": 1, "def": 1},
    "form": {"matrix": 4, "index": 1},
    "entries": {"together": 3, "apart": 1},
    "language": {"English": 3, "German": 1, "French": 1, "Spanish": 1, "Chinese": 1, "Russian": 1},
    "transpose": {r"\top": 5, "T": 3, r"\mathsf{T}": 1, r"\intercal": 1, r"\mathrm{T}": 1},
    "script on script": {"brackets": 2, "joined": 2, "braces": 1},
    "brackets": {"left": 3, "plain": 3, "big": 1},
    "norm": {"norm": 2, "lVert": 1},
    "shapes": {"said": 2, "silent": 1},
    "start": {"given": 1, "zero": 1, "silent": 1},
    "targets": {"one-hot": 1, "silent": 1},
    "sums": {"full": 2, "letter": 1},
    "until": {"silent": 2, "display": 1, "words": 1},
    "named": {"pre-activations": 3, "inline": 1},
    "bias": {"with": 2, "without": 1},
}
"""Axis -> value -> how often it is drawn."""

_PLAIN: tuple[Mapping[str, str], ...] = (
    {"h": "h", "z": "z", "o": "o", "p": r"\hat{y}", "y": "y"},
    {"h": "s", "z": "z", "o": "o", "p": r"\hat{y}", "y": "y"},
    {"h": "h", "z": "a", "o": "o", "p": "p", "y": "y"},
    {"h": "h", "z": "z", "o": "v", "p": "y", "y": "d"},
    {"h": "a", "z": "z", "o": "q", "p": r"\hat{y}", "y": "y"},
    {"h": "h", "z": "u", "o": "s", "p": "p", "y": "q"},
    {"h": "h", "z": "z", "o": "o", "p": "y", "y": r"\hat{y}"},
    {"h": "s", "z": "a", "o": "z", "p": "y", "y": r"y^{*}"},
    {"h": "h", "z": r"\mathrm{net}", "o": "o", "p": r"\hat{y}", "y": "y"},
)
_GATED: tuple[Mapping[str, str], ...] = (
    {"h": "h", "c": "c", "o": "v", "p": r"\hat{y}", "y": "y"},
    {"h": "h", "c": "c", "o": "q", "p": "p", "y": "y"},
    {"h": "s", "c": "c", "o": "u", "p": r"\hat{y}", "y": "y"},
    {"h": "h", "c": "C", "o": "v", "p": "y", "y": "d"},
)
_LSTM_GATES: tuple[Mapping[str, str], ...] = (
    {"gi": "i", "gf": "f", "go": "o", "gg": "g"},
    {"gi": "i", "gf": "f", "go": "o", "gg": r"\tilde{c}"},
)
_GRU_GATES: tuple[Mapping[str, str], ...] = (
    {"gz": "z", "gr": "r", "gg": r"\tilde{h}"},
    {"gz": "z", "gr": "r", "gg": "g"},
    {"gz": "u", "gr": "r", "gg": r"\hat{h}"},
)
_LOSSES = ("L", "E", "J", r"\mathcal{L}", r"\mathcal{E}")
_OTHERS: Mapping[str, tuple[str, str]] = {
    "t": ("k", "j"), "n": ("k", "j"), "k": ("s", "j"), "i": ("k", "l"), r"\tau": ("k", "j"),
}  # fmt: skip
"""Letter of the step -> letters of an earlier step, and between the two."""
_SIZES = (("n", "d", "m"), ("H", "D", "C"), ("d_h", "d_x", "d_y"), ("p", "q", "r"))


def drawn(draw: Random) -> tuple[Network, Dress]:
    """A network in a dress."""
    axes = {axis: draw.choices([*values], [*values.values()])[0] for axis, values in AXES.items()}
    axes = _fitting(axes)
    network = Network(
        axes["cell"], axes["loss"], axes["total"], axes["named"] == "pre-activations", axes["bias"] == "with"
    )
    names = _names(network, axes, draw)
    sums = axes["sums"]
    return network, Dress(
        axes,
        names,
        _letters(axes, names, sums, draw),
        _functions(axes, draw),
        _gradients(network, axes, names),
        sums,
    )


def _fitting(axes: dict[str, str]) -> dict[str, str]:
    """What nobody combines is drawn apart."""
    gated = axes["cell"] in {"LSTM", "GRU"}
    if axes["form"] == "index":
        axes |= _by_entries(axes, gated=gated)
    if axes["cell"] == "open":
        axes["named"] = "pre-activations"
    if axes["step"] == "above":  # `h^T` would be the last state and a transpose
        axes["transpose"] = r"\top"
        axes["weights"] = "single labels" if axes["weights"] == "pairs above" else axes["weights"]
    if axes["product"] == "dot" and axes["entrywise"] == r"\cdot":
        axes["product"] = "juxtaposed"
    if axes["product"] == "dot" and axes["entrywise"] == "*":
        axes["entrywise"] = r"\odot"
    if (axes["letter"] == "i" and gated) or (axes["letter"] in "ik" and axes["form"] == "index"):
        axes["letter"] = "t"
    if axes["derivative"] == "slash":
        axes["macros"] = "none"
    if axes["order"] == "prose" and axes["container"] == "rst":
        axes["order"] = "before"
    if axes["loss"] != "cross-entropy":
        axes["targets"] = "silent"
    return axes


def _by_entries(axes: Mapping[str, str], *, gated: bool) -> dict[str, str]:
    """What an index form is combined with."""
    if axes["cell"] == "LSTM" and axes["step"] != "below":
        return {"form": "matrix"}  # the gate of `a_{i,j}(t)` looks like an entry
    return {
        "loss": "squared" if axes["loss"] == "open" else axes["loss"],
        "derivative": "fraction" if axes["derivative"] == "nabla" else axes["derivative"],
        "product": "juxtaposed",
        "weights": "single labels" if gated else "letters",
        "style": "italic",
    }


def _letters(axes: Mapping[str, str], names: Mapping[str, Name], sums: str, draw: Random) -> dict[str, str]:
    earlier, between = _OTHERS[axes["letter"]]
    taken = {re.sub(r"\\(mathbf|boldsymbol)\{(.*)\}", r"\2", name.base) for name in names.values()}
    earlier = earlier if earlier not in taken else "m"
    last = {"t": ("T", "T", "N", r"\tau", "n"), "n": ("N", "T")}.get(axes["letter"], ("T", "N"))
    last = tuple(x for x in last if x not in taken and (x.isupper() or sums == "full"))  # the sums say what `n` is
    if axes["transpose"] == "T":
        last = tuple(x for x in last if x != "T") if axes["step"] != "below" else last
    entries = [x for x in "ijklmpqr" if x not in taken | {axes["letter"], earlier}]
    sizes = draw.choice(
        [s for s in _SIZES if not set(s) & (taken | {axes["letter"], *last})] or [("N_h", "N_x", "N_y")]
    )
    return {
        "t": axes["letter"], "k": earlier, "j": between, "T": draw.choice(last), "1": "1",
        "a": entries[0], "b": entries[1], "entries": " ".join(entries[2:]),
        "n": sizes[0], "d": sizes[1], "m": sizes[2],
    }  # fmt: skip


def _functions(axes: Mapping[str, str], draw: Random) -> dict[str, str]:
    wrap = draw.choice((r"\mathrm{%s}", r"\operatorname{%s}", r"\text{%s}"))
    greek = draw.choice(("f", "g", r"\phi", r"\varphi")) if axes["cell"] == "open" else "f"
    if axes["cell"] == "open" and axes["letter"] != "g":
        greek = draw.choice((greek, r"\sigma"))
    return {
        "tanh": draw.choice((r"\tanh", r"\tanh", wrap % "tanh")),
        "sigmoid": draw.choice((r"\sigma", r"\sigma", wrap % "sigmoid")),
        "softmax": wrap % "softmax",
        "log": draw.choice((r"\log", r"\ln")),
        "exp": r"\exp",
        "diag": wrap % "diag",
        "open": greek,
        "loss": r"\ell",
    }


def _names(network: Network, axes: Mapping[str, str], draw: Random) -> dict[str, Name]:
    """Letters of which no two are the same; the loss of a step may be called as the whole."""
    while True:
        found = _some_names(network, axes, draw)
        known = [name for key, name in found.items() if key != "l" and key in network.used]
        if len({*known}) == len(known):
            return found


def _some_names(network: Network, axes: Mapping[str, str], draw: Random) -> dict[str, Name]:
    letters = dict(draw.choice(_GATED if network.gates else _PLAIN))
    if axes["total"] == "last" and letters["y"] == "y^{*}":
        letters["y"] = "y"
        letters["p"] = r"\hat{y}"
    if axes["step"].startswith("above") and "^" in letters["y"]:
        letters |= {"y": "d"}
    if network.cell == "LSTM":
        letters |= draw.choice(_LSTM_GATES)
    if network.cell == "GRU":
        letters |= draw.choice(_GRU_GATES)
    if axes["loss"] != "cross-entropy" and draw.random() < 0.5:
        letters["o"] = letters["p"]  # without a softmax the output is what is read off the state
    letters["x"] = draw.choice(("x", "x", "x", "u")) if "u" not in letters.values() else "x"
    styled = {key: _styled(letter, axes["style"]) for key, letter in letters.items()}
    found = {key: Name(letter) for key, letter in styled.items()}
    total = draw.choice(_LOSSES)
    found |= {"L": Name(total), "l": Name(r"\ell" if axes["loss"] != "open" and draw.random() < 0.2 else total)}
    found |= _weights(network, axes, letters, draw)
    for one in network.gates:
        if f"a{one}" in network.shapes:
            found[f"a{one}"] = Name(
                _styled("a" if "a" not in letters.values() else "z", axes["style"]), _label(letters, one)
            )
    return found


def _label(letters: Mapping[str, str], one: str) -> str:
    """The letter of a gate as a label: that of its weights."""
    return letters[f"g{one}"].removeprefix(r"\tilde{").removeprefix(r"\hat{").removesuffix("}")


def _styled(letter: str, style: str) -> str:
    if style == "italic" or letter.startswith(r"\mathrm"):
        return letter
    command = {"bold": r"\mathbf", "boldsymbol": r"\boldsymbol"}[style]
    for mark in (r"\hat", r"\tilde"):
        if letter.startswith(mark):
            return f"{mark}{{{command}{letter.removeprefix(mark)}}}"
    return f"{command}{{{letter.removesuffix('^{*}')}}}{'^{*}' if letter.endswith('^{*}') else ''}"


def _weights(network: Network, axes: Mapping[str, str], letters: Mapping[str, str], draw: Random) -> dict[str, Name]:
    def styled(letter: str) -> str:
        return _styled(letter, axes["style"])

    if network.gates:
        return _gate_weights(network, axes, letters, draw)
    state, given, output = letters["h"], letters["x"], letters["p"].removeprefix(r"\hat{").removesuffix("}")
    way = axes["weights"]
    turned = draw.random() < 0.5
    pairs = (f"{state}{state}", f"{given}{state}" if turned else f"{state}{given}",
             f"{state}{output}" if turned else f"{output}{state}")  # fmt: skip
    if way == "letters":
        recurrent, reads, writes = draw.choice((("W", "U", "V"), ("U", "W", "V"), ("A", "B", "C"), ("R", "W", "Q")))
        return {"W": Name(styled(recurrent)), "U": Name(styled(reads)), "V": Name(styled(writes)),
                "b": Name(styled("b")), "bv": Name(styled("c" if "c" not in letters.values() else "e"))}  # fmt: skip
    if way == "pairs":
        labels, biases = [f"_{{{pair}}}" for pair in pairs], (f"_{state}", f"_{output}")
    elif way == "pairs above":
        labels, biases = [f"^{{({pair})}}" for pair in pairs], (f"^{{({state})}}", f"^{{({output})}}")
    elif way == "words":
        wrap = draw.choice((r"_{\mathrm{%s}}", r"_{\text{%s}}"))
        labels, biases = [wrap % word for word in ("rec", "in", "out")], ("", wrap % "out")
    else:
        labels, biases = [f"_{state}", f"_{given}", f"_{output}"], (f"_{state}", f"_{output}")
    return {
        **{key: Name(styled("W"), label) for key, label in zip(("W", "U", "V"), labels, strict=True)},
        **{key: Name(styled("b"), label) for key, label in zip(("b", "bv"), biases, strict=True)},
    }


def _gate_weights(
    network: Network, axes: Mapping[str, str], letters: Mapping[str, str], draw: Random
) -> dict[str, Name]:
    recurrent, reads = draw.choice((("W", "U"), ("U", "W"), ("R", "W")))
    pairs = axes["weights"] in {"pairs", "pairs above"}
    found: dict[str, Name] = {}
    for one in network.gates:
        label = _label(letters, one)
        if pairs:
            found |= {
                f"W{one}": Name("W", f"_{{{letters['h']}{label}}}"),
                f"U{one}": Name("W", f"_{{{letters['x']}{label}}}"),
            }
        else:
            found |= {f"W{one}": Name(recurrent, f"_{label}"), f"U{one}": Name(reads, f"_{label}")}
        found[f"b{one}"] = Name("b", f"_{label}")
    found |= {"V": Name("V"), "bv": Name("b", "_y")}
    return {key: Name(_styled(name.base, axes["style"]), name.label) for key, name in found.items()}


def _gradients(network: Network, axes: Mapping[str, str], names: Mapping[str, Name]) -> dict[str, Name]:
    """Quantity -> the name of the gradient of the whole loss by it."""
    way = axes["gradients"]
    if way == "derivatives":
        return {}
    if way == "delta":
        if network.gates:
            if not network.named:
                return {}
            return {f"a{one}": Name(r"\delta", names[f"a{one}"].label) for one in network.gates}
        return {"z" if network.named else "h": Name(r"\delta")}
    before = {"d": "d", "bar": r"\bar", "delta before": r"\delta "}[way]
    found = {}
    for key in ("h", "c", "z", "o", *(f"{kind}{one}" for one in network.gates for kind in "ga")):
        if key in names and network.shapes.get(key):
            base = names[key].base
            if way == "bar" and base.startswith("\\hat"):
                continue
            found[key] = Name(f"{before}{{{base}}}" if way == "bar" else f"{before}{base}", names[key].label)
    return found
