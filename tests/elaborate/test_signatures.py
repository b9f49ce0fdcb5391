r"""What a quantity is computed from, said before how it is computed: `h_t = f(x_t, h_{t-1})`, `E = E(U, W)`."""

import pytest

from bptt_symbolic import check

CELL = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$"
SLOPE = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W $$"
WRONG = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2) $$"


def kinds(*parts: str) -> list[str | None]:
    found = check("\n\n".join(parts), repair=False)
    return [f.verdict or f.kind for f in found.findings]


@pytest.mark.parametrize(
    "signature",
    [
        r"$$ h_t = f(x_t, h_{t-1}) $$",
        r"$$ h_t = f_W(h_{t-1}, x_t) $$",
        r"$$ h_t = h(x_t, h_{t-1}) $$",
        r"$$ h_t = F(h_{t-1}, x_t; \theta) $$",
    ],
)
def test_a_list_of_arguments_gives_way_to_the_formula_behind_it(signature: str) -> None:
    assert kinds(signature, CELL, SLOPE, WRONG) == ["definition", "definition", "proved", "refuted"]


def test_the_formula_may_be_the_next_member_of_the_chain() -> None:
    chain = r"$$ h_t = f(x_t, h_{t-1}; \theta) = \tanh(W h_{t-1} + U x_t) $$"
    assert kinds(chain, SLOPE, WRONG) == ["definition", "definition", "proved", "refuted"]


def test_the_formula_may_be_given_in_parts() -> None:
    parts = r"$$ y_t = g(h_t) $$ $$ o_t = V h_t $$ $$ y_t = \mathrm{softmax}(o_t) $$"
    claim = r"$$ \frac{\partial y_t}{\partial o_t} = \mathrm{diag}(y_t) - y_t y_t^\top $$"
    assert kinds(r"$$ h_t = f(x_t, h_{t-1}) $$", parts, CELL, claim)[-2:] == ["definition", "proved"]


def test_a_loss_is_not_a_function_of_its_parameters_alone() -> None:
    loss = r"$$ E = \frac12 \sum_t \|h_t - d_t\|^2 $$"
    claims = (
        r"$$ \frac{\partial E}{\partial W} = \sum_t \frac{\partial E}{\partial h_t} \frac{\partial h_t}{\partial W} $$",
        r"$$ \frac{\partial E}{\partial h_T} = h_T - d_T $$",
        r"$$ \frac{\partial E}{\partial h_T} = d_T - h_T $$",
    )
    assert kinds("$$ E = E(U, W) $$", CELL, loss, *claims)[3:] == ["proved", "proved", "refuted"]


def test_a_function_that_the_note_speaks_of_stays_open_and_an_example_of_it_is_no_claim() -> None:
    signature = r"$$ h_t = f(x_t, h_{t-1}, w) $$"
    claim = (
        r"$$ \frac{\partial h_t}{\partial w} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w} "
        r"+ \frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial w} $$"
    )
    example = r"$$ h_t = \tanh(w h_{t-1} + x_t) $$"
    assert kinds(signature, claim, example) == ["definition", "proved", "other"]


def test_a_formula_that_reads_more_than_the_list_is_not_what_was_meant() -> None:
    more = r"$$ h_t = \tanh(W h_{t-1} + B h_{t-2} + U x_t) $$"
    assert kinds(r"$$ h_t = f(x_t, h_{t-1}) $$", more, SLOPE)[1:] == ["undecided", "undecided"]


def test_a_function_may_be_the_known_one_that_gives_the_same_of_the_same() -> None:
    before = r"$$ z_t = W h_{t-1} + U x_t $$"
    slopes = (
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(f'(z_t)) $$",
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2) $$",
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - z_t^2) $$",
    )
    for given in (r"$$ h_t = f(z_t) = \tanh(z_t) $$", r"$$ h_t = f(z_t) $$ $$ h_t = \tanh(z_t) $$"):
        assert kinds(before, given, *slopes)[3:] == ["proved", "proved", "refuted"]


def test_two_known_functions_for_one_name_leave_it_open() -> None:
    given = r"$$ h_t = f(U x_t) = \tanh(U x_t) $$ $$ g_t = f(V x_t) = \mathrm{sigmoid}(V x_t) $$"
    claim = r"$$ \frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U $$"
    assert kinds(given, claim)[-1] != "proved"


FUNCTION_BESIDE_A_GATE = r"$$ h_t = f_h(x_t, h_{t-1}) $$ $$ c_t = f_t \odot c_{t-1} $$"


def test_a_function_may_have_the_letter_of_a_gate() -> None:
    assert kinds(FUNCTION_BESIDE_A_GATE, CELL, SLOPE, WRONG)[2:] == ["definition", "proved", "refuted"]


def test_a_gate_before_a_bracket_stays_a_gate() -> None:
    gate = r"$$ f_t = \sigma(W h_{t-1}) $$ $$ h_t = f_t (h_{t-1} + x_t) $$"
    claim = r"$$ \frac{\partial f_t}{\partial h_{t-1}} = \mathrm{diag}(f_t (1 - f_t)) W $$"
    assert kinds(gate, claim)[-1] == "proved"


def test_a_function_may_be_written_out_at_the_quantity_that_it_takes() -> None:
    given = r"$$ z_t = W h_{t-1} + U x_t $$ $$ h_t = \sigma(z_t) = \frac{1}{1 + e^{-z_t}} $$"
    slopes = (
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(h_t \odot (1 - h_t)) $$",
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2) $$",
    )
    assert kinds(given, *slopes)[-2:] == ["proved", "refuted"]
