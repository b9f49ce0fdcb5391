"""Networks that are nobody's cell: those of the short notes, scalars, means, losses without a step."""

from pathlib import Path

import pytest

from bptt_symbolic import derive
from bptt_symbolic.deriving.naming import with_named_arguments, with_total
from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import LAST, Affine, Apply, Function, Mul, Ref, Shape, Sum

NOTES = Path(__file__).parents[1] / "notes"
WRITTEN = ("general-functions.rst", "last-state.ipynb", "row-vectors.md")
WRITTEN_SLOWLY = (
    "deltas.tex",
    "denominator.md",
    "francais.tex",
    "gru.md",
    "lstm.md",
    "mittelwert.md",
    "nablas.tex",
    "superscripts.md",
    "two-recurrences.md",
)
T = Affine.of("t")


@pytest.mark.parametrize("name", [*WRITTEN, *(pytest.param(n, marks=pytest.mark.slow) for n in WRITTEN_SLOWLY)])
def test_a_note_of_somebody_else_is_derived(name: str) -> None:
    found = derive(NOTES / name, style=("recursion", "growth"), layout="denominator", format="markdown")
    assert len(found.checked.proved) == found.checked.relations >= 5


def test_scalars_need_no_transposes() -> None:
    note = "# Scalar form\n\nEvery quantity is a scalar.\n\n$$s_t = \\tanh(w s_{t-1})$$\n\n$$E_t = (s_t - y_t)^2$$\n"
    found = derive(note, style=("recursion", "index", "sum-of-products", "truncated"), format="markdown")
    text = found.render("markdown")
    assert isinstance(text, str)
    assert r"\top" not in text
    assert r"\operatorname{diag}" not in text
    assert len(found.checked.proved) == found.checked.relations > 15


def one_state(total: Sum) -> Network:
    """`h_t = tanh(W h_{t-1})` with a loss of all steps."""
    state = Apply(Function("tanh"), (Mul(Ref("W"), Ref("h", T - 1)),))
    size = Affine.of("D")
    return Network(
        {"h": Definition("h", state, "t"), "L": Definition("L", total)},
        {"h": Shape((size,)), "W": Shape((size,), (size,)), "L": Shape()},
        frozenset({"h"}),
    )


def test_what_a_total_sums_gets_a_name() -> None:
    square = Mul(Ref("v"), Ref("h", T))
    found = with_total(one_state(Sum("t", Affine(1), Affine.of(LAST), square)))
    assert found is not None
    network, total = found
    assert total == "L°"
    assert network.definitions["L"].body == square
    assert network.definitions[total].body == Sum("t", Affine(1), Affine.of(LAST), Ref("L", T))


def test_an_argument_of_a_function_gets_a_name_of_its_own() -> None:
    network, fresh = with_named_arguments(one_state(Sum("t", Affine(1), Affine.of(LAST), Ref("h", T))))
    assert fresh == (r"\bar{h}",)
    assert network.definitions["h"].body == Apply(Function("tanh"), (Ref(r"\bar{h}", T),))
    assert network.definitions[r"\bar{h}"].body == Mul(Ref("W"), Ref("h", T - 1))
    assert network.shapes[r"\bar{h}"] == network.shapes["h"]


def test_a_weight_that_state_and_output_share_is_used_in_both_places() -> None:
    note = (
        "Let $W \\in \\mathbb{R}^{D \\times D}$.\n\n$$s_t = \\tanh(W s_{t-1})$$\n\n$$o_t = W s_t$$\n\n"
        "$$E_t = \\frac{1}{2} (o_t - y_t)^\\top (o_t - y_t)$$\n\n$$E = \\sum_{t=1}^{T} E_t$$\n"
    )
    found = derive(note, style=("recursion", "sum-of-products", "truncated"), layout="denominator", format="markdown")
    text = found.render("markdown")
    assert isinstance(text, str)
    assert not found.left_out
    both = r"\left(\frac{\partial E}{\partial \bar{s}_t} s_{t-1}^\top + \frac{\partial E}{\partial o_t} s_t^\top\right)"
    assert rf"\frac{{\partial E}}{{\partial W}} = \sum_{{t=1}}^{{T}} {both}" in text.replace(r"\, ", "")
    assert "used in several places" in text
