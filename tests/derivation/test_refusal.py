"""A derivation with a line that is wrong, or that is read as something else, is not written."""

from dataclasses import replace
from typing import Any

import pytest

from bptt_symbolic import NoteError, derive
from bptt_symbolic.deriving import gradients as backward
from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.deriving.own_notation import Style
from bptt_symbolic.deriving.readback import canonical, misread
from bptt_symbolic.deriving.term_latex import Writer
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Add, Affine, Mul, Ref, Term, Transpose


def refused(**options: Any) -> str:
    with pytest.raises(NoteError) as caught:
        derive("elman", by=("W",), format="markdown", **options)
    assert caught.value.fault.code == "derive-unproved"
    return caught.value.fault.message


@pytest.mark.slow
def test_a_lost_transpose_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Algebra.transpose

    def wrong(self: Algebra, term: Term) -> Term:
        return term if term == Ref("W") else right(self, term)

    monkeypatch.setattr(Algebra, "transpose", wrong)
    message = refused(layout="denominator")
    assert "W" in message
    assert "is not proved" in message


def test_a_lost_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what comes back from the next step."""
    right = backward.Backward.adjoint

    def wrong(self: backward.Backward, name: str) -> list[Term]:
        return right(self, name)[:1]

    monkeypatch.setattr(backward.Backward, "adjoint", wrong)
    assert r"\frac{\partial L}{\partial s_t}" in refused()


@pytest.mark.slow
def test_a_wrong_slope_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Algebra, "square", lambda _self, term: term)
    assert "1 - s_t" in refused()


def test_a_network_that_is_read_as_another_one_is_refused(networks: Any) -> None:
    """Definitions and shapes of what was read are compared with what was meant."""
    network = networks.elman()
    write = Writer(network, Style("plain"), {})
    assert misread(network, write) == ""
    z = network.definitions["z"]
    assert isinstance(z.body, Add)
    swapped = Definition("z", Add((*z.body.items[:1], Mul(Transpose(Ref("W")), Ref("s", Affine.of("t") - 1)))), "t")
    other = replace(network, definitions={**network.definitions, "z": swapped})
    assert "z as" in misread(other, write)
    lost = replace(network, shapes={n: s for n, s in network.shapes.items() if n != "c"})
    assert misread(lost, write) == "nothing about c"
    wider = replace(network, shapes={**network.shapes, "b": network.shapes["c"]})
    assert misread(wider, write).startswith("b as")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("s", "s"),
        (r"\mathbf{h}", "h"),
        (r"\hat{\mathbf{y}}", r"\hat{y}"),
        ("b_h", "b_{h}"),
        ("W_{xh}", "W_{xh}"),
        ("L°", "L"),
    ],
)
def test_names_are_compared_without_fonts(name: str, read: str) -> None:
    assert canonical(name) == read


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"by": ("Q",)}, "derive-by"),
        ({"style": "backwards"}, "derive-style"),
        ({"format": "docx"}, "derive-style"),
        ({"notation": "nothing.toml"}, "bad-notation"),
        ({"notation": "nonsense"}, "bad-notation"),
    ],
)
def test_a_wrong_call_is_a_fault_with_something_to_do(options: dict[str, Any], code: str) -> None:
    with pytest.raises(NoteError) as caught:
        derive("elman", **options)
    assert caught.value.fault.code == code
    assert caught.value.fault.help


def test_a_note_without_a_network_is_a_fault() -> None:
    with pytest.raises(NoteError) as caught:
        derive("There is nothing here.\n\n$$a = b$$\n")
    assert caught.value.fault.code in {"no-network", "no-loss"}
