"""Notation: files, roles and notes."""

from pathlib import Path

import pytest

from bptt_symbolic import NoteError, api, derive
from bptt_symbolic.deriving import own_notation as notation
from bptt_symbolic.deriving.own_notation import BadNotation, Style, batch_name, load, names_of, parse
from bptt_symbolic.meaning.network import Network

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", notation.built_in())
def test_every_built_in_notation_says_what_it_is(name: str) -> None:
    style = load(name)
    assert style.name == name
    assert style.about.endswith(".")
    assert set(style.names) <= set(notation.ROLES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time = [", "is no TOML"),
        ('time = "above"', "time = 'above' is not known"),
        ('colour = "red"', "'colour' is no key of a notation"),
        ('[names]\nhidden = "h"', "'hidden' is no role"),
        ("[names]\nstate = 'h} \\input{x}'", "is no name"),
        ("[names]\nstate = 3", "is no name"),
        ("vectors = '\\input'", "is not known"),
    ],
)
def test_a_wrong_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadNotation, match=message.replace("[", r"\[")):
        parse(text, "mine")


def slowly(name: str, written: str) -> object:
    return pytest.param(name, written, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("bold", r"\frac{\partial J}{\partial \mathbf{a}^{(t)}} = \frac{\partial J}{\partial \mathbf{h}^{(t)}} \odot"),
        slowly(
            "argument", r"\frac{d \mathcal{J}}{d \mathbf{h}(t)} = \mathbf{V}^\top \frac{d \mathcal{J}}{d \mathbf{o}(t)}"
        ),
        slowly("plain", r"\frac{\partial L}{\partial s_t} = \frac{\partial L}{\partial g_t} V"),
        slowly("slashed", r"\frac{\delta \mathcal{L}}{\delta h_t} = \frac{\delta \mathcal{L}}{\delta o_t} U"),
        slowly(
            "labelled",
            r"\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} \frac{\partial L}{\partial z_t} h_{t-1}^\top",
        ),
    ],
)
def test_a_notation_is_seen_in_the_lines(name: str, written: str) -> None:
    text = derive("elman", notation=name, by=("W",), format="markdown").render("markdown")
    assert isinstance(text, str)
    assert written in text.replace(r"\, ", "")


@pytest.mark.slow
def test_a_notation_can_be_taken_from_a_note() -> None:
    note = ROOT / "derivations" / "bptt-korean.md"
    text = derive("elman", notation=note, by=("W",), layout="denominator", format="markdown")
    assert r"\mathbf{h}^{(t)}" in text.render("markdown")
    assert text.checked.relations == len(text.checked.proved)


def test_a_notation_can_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("time = 'superscript'\n[names]\nstate = 'a'\nstate_weights = 'R'\n", encoding="utf-8")
    text = derive("elman", notation=file, by=("R",), format="markdown").render("markdown")
    assert isinstance(text, str)
    written = r"\frac{\partial L}{\partial R} = \sum_{t=1}^{T} \frac{\partial L}{\partial z^t} {a^{t-1}}^\top"
    assert written in text.replace(r"\, ", "")


def test_a_state_and_a_bias_are_not_given_one_letter() -> None:
    """`c_t` is the memory of an LSTM, so that its output bias is not called `c`."""
    network = api.network("lstm")
    roles = {"output_bias": "b", "total": "L°", "loss": "L"}
    shown = names_of(network, Style("mine", names={"output_bias": "c", "total": "E", "loss": "E"}), roles)
    assert (shown["c"], shown["b"], shown["L"], shown["L°"]) == ("c", "b", "E", "E")


@pytest.mark.parametrize(
    ("name", "matrix"), [("s", "S"), (r"\hat{y}", r"\hat{Y}"), (r"\tilde{c}", r"\tilde{\mathcal{C}}"), ("y'", "Y'")]
)
def test_a_matrix_of_columns_has_a_capital(name: str, matrix: str) -> None:
    assert batch_name(name, {}, Network({}, {}, frozenset())) == matrix


def test_a_wrong_notation_names_those_that_there_are() -> None:
    with pytest.raises(NoteError) as caught:
        derive("elman", notation="nothing.toml")
    assert "plain" in (caught.value.fault.help or "")
