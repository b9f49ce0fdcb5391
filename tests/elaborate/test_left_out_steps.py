r"""Names with a label and without their step, `z_f = W h_{t-1} + b` beside `f_t = \sigma(z_f)`."""

import pytest

from bptt_symbolic import check

STACK = r"[h_{t-1}, x_t]"
GATES = rf"$$ z_f = W_f {STACK} + b_f $$ $$ f_t = \sigma(z_f) $$ $$ z_g = W_g {STACK} $$ $$ g_t = \tanh(z_g) $$"
CELL = r"$$ c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t $$ $$ h_t = \tanh(c_t) $$"


def verdicts(*parts: str) -> list[str | None]:
    found = check("\n\n".join(parts), repair=False)
    return [f.verdict for f in found.findings if f.kind == "claim"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial f_t}{\partial z_f} = \mathrm{diag}(f_t \odot (1 - f_t))", "proved"),
        (r"\frac{\partial c_t}{\partial z_g} = \mathrm{diag}((1 - f_t) \odot (1 - g_t^2))", "proved"),
        (r"\frac{\partial c_t}{\partial z_g} = \mathrm{diag}(f_t \odot (1 - g_t^2))", "refuted"),
    ],
)
def test_what_belongs_to_a_gate_has_its_step(claim: str, verdict: str) -> None:
    said = r"$\sigma$ is the logistic function."
    assert verdicts(GATES, CELL, said, f"$$ {claim} $$") == [verdict]


def test_the_argument_of_a_state_has_its_step() -> None:
    cell = r"$$ a_h = W h_{t-1} + U x_t $$ $$ h_t = \tanh(a_h) $$"
    assert verdicts(cell, r"$$ \frac{\partial a_h}{\partial h_{t-1}} = W $$") == ["proved"]
    assert verdicts(cell, r"$$ \frac{\partial a_h}{\partial h_{t-1}} = 2 W $$") == ["refuted"]


def test_labels_of_parameters_and_totals_say_nothing_of_steps() -> None:
    cell = r"$$ h_t = \tanh(W_h h_{t-1} + U_h x_t) $$ $$ \bar{h}_s = \sum_t h_t $$ $$ \gamma_h = 1 $$"
    assert verdicts(cell, r"$$ \frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U_h $$") == ["proved"]


def test_the_letter_of_an_entry_is_no_label() -> None:
    neurons = r"$$ s_k = \sum_i w_{ki} x_i(t) $$ $$ y_k(t) = \tanh(s_k) $$"
    assert "refuted" not in verdicts(neurons)
    assert "ill-typed" not in verdicts(neurons)
