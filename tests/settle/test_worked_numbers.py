r"""Worked examples: numbers are settled to the digits that are written, with the values that the note works with."""

from typing import Any

import pytest

import bptt_symbolic

CELL = r"""# One unit

$$z_t = w s_{t-1} + u x_t$$

$$s_t = \tanh(z_t)$$

$$p_t = v s_t$$

$$L_t = \frac12 (p_t - d_t)^2, \qquad L = \sum_t L_t$$

$$\frac{\partial L_t}{\partial p_t} = p_t - d_t$$

$$\frac{\partial p_t}{\partial v} = s_t$$

$$\frac{\partial L_t}{\partial v} = (p_t - d_t) s_t$$

"""
DATA = "We take $w = 0.5$, $u = 0.8$, $v = 1.5$, $s_0 = 0$, $x_1 = 2$, $x_2 = -0.5$, $d_1 = 0.7$, $d_2 = 0.2$.\n\n"
FIRST = r"$$z_1 = 0.5 \cdot 0 + 0.8 \cdot 2 = 1.6$$" + "\n\n"
STATES = r"Then $s_1 = \tanh(1.6) \approx 0.922$ and $s_2 = \tanh(0.061) \approx 0.061$." + "\n\n"

ARITHMETIC = [
    (r"1 - 0.46^2 = 0.788", "proved"),
    (r"1 - 0.46^2 = 0.878", "refuted"),
    (r"\tanh(0.5) \approx 0.46", "proved"),
    (r"\tanh(0.5) \approx 0.64", "refuted"),
    (r"\tanh(0.5) = 0.462", "proved"),
    (r"\frac23 \approx 0.67", "proved"),
    (r"\frac23 = 0.66", "proved"),
    (r"\frac23 = 0.76", "refuted"),
    (r"1.1^{50} \approx 117", "proved"),
    (r"e^{-1} \approx 0.37", "proved"),
    (r"0.1 + 0.2 = 0.4", "refuted"),
    (r"0.5 \cdot 3 = 1.6", "refuted"),
    (r"-0.31 \cdot 1.207 = -0.374", "proved"),
    (r"-0.31 \cdot 1.207 = 0.374", "refuted"),
    (r"0.46 \cdot 3.0 = 1.39", None),  # 0.4621 was meant, perhaps
]
EXAMPLES = [
    (FIRST + r"$$s_1 = \tanh(1.6)$$", "proved"),
    (FIRST + r"$$s_1 = \tanh(1.9)$$", "refuted"),
    (STATES + r"$$1 - s_1^2 = 1 - (0.922)^2$$", "proved"),
    (STATES + r"$$1 - s_1^2 = 1 - (0.229)^2$$", "refuted"),
    (STATES + r"$$z_2 = 0.5 \cdot 0.922 - 0.8 \cdot 0.5$$", "proved"),
    (STATES + r"$$z_2 = 0.5 \cdot 0.922 + 0.8 \cdot 0.5$$", "refuted"),
    (STATES + r"$$L_1 = \frac12 (1.5 \cdot 0.922 - 0.7)^2$$", "proved"),
    (STATES + r"$$L_1 = (1.5 \cdot 0.922 - 0.7)^2$$", "refuted"),
    (STATES + r"$$\frac{\partial L_1}{\partial v} = (1.383 - 0.7) \cdot 0.922$$", "proved"),
    (STATES + r"$$\frac{\partial L_1}{\partial v} = (0.7 - 1.383) \cdot 0.922$$", "refuted"),
    (r"$$\frac{\partial z_2}{\partial z_1} = 0.5 \cdot 0.15$$", "proved"),
    (FIRST.replace("= 1.6", "= 1.8") + r"$$s_1 = \tanh(1.6) $$", "proved"),
]
GENERAL = [
    r"\frac{\partial L_t}{\partial v} = (1.5 s_t - d_t) s_t + 0.01",
    r"\frac{\partial p_t}{\partial s_t} = 1.5",
    r"\frac{\partial p_1}{\partial s_1} = 1",
    r"\frac{\partial L_1}{\partial v} = p_1 s_1",
]


def _last(note: str) -> Any:
    return bptt_symbolic.check(note, repair=False).findings[-1]


@pytest.mark.parametrize(("claim", "verdict"), ARITHMETIC)
def test_numbers_are_settled_to_their_digits(claim: str, verdict: str | None) -> None:
    found = _last(f"{CELL}$${claim}$$\n").verdict
    assert found == verdict if verdict else found in {"undecided", None}


@pytest.mark.parametrize(("text", "verdict"), EXAMPLES)
def test_an_example_is_settled_with_its_values(text: str, verdict: str) -> None:
    found = _last(CELL + DATA + text)
    assert found.verdict == verdict, found.message
    assert "the values that the note works with" in found.message


@pytest.mark.parametrize("claim", GENERAL)
def test_an_example_proves_no_general_claim(claim: str) -> None:
    zero = DATA.replace("v = 1.5", "v = 1").replace("d_1 = 0.7", "d_1 = 0")
    for data in (DATA, zero):
        assert _last(f"{CELL}{data}{STATES}# In general\n\n$${claim}$$\n").verdict != "proved"


def test_a_claim_that_inherits_a_slip_is_not_accused() -> None:
    found = bptt_symbolic.check(CELL + DATA + FIRST.replace("= 1.6", "= 1.2") + r"$$s_1 = \tanh(1.6)$$", repair=False)
    assert [f.verdict for f in found.findings[-3:]] == ["proved", "refuted", "proved"]


def test_values_of_another_example_accuse_nobody() -> None:
    other = r"Now let $x_1 = 0.25$ instead." + "\n\n" + r"$$z_1 = 0.5 \cdot 0 + 0.8 \cdot 0.25$$"
    assert _last(CELL + DATA + FIRST + other).verdict != "refuted"


def test_examples_with_vectors_are_left_open() -> None:
    weights = (
        r"$$W = \begin{pmatrix} 0.5 & 0.1 \\ 0 & 0.2 \end{pmatrix}, \quad h_0 = \begin{pmatrix} 0 \\ 0 \end{pmatrix}$$"
    )
    claims = r"$$h_1 = \begin{pmatrix} 0.46 \\ 0.2 \end{pmatrix}$$" + "\n\n" + r"$$W h_1 = 0.25 \cdot 0.46$$"
    found = bptt_symbolic.check(rf"$$h_t = \tanh(W h_{{t-1}} + U x_t)$$ {weights} {claims}", repair=False)
    assert "internal-error" not in {f.code for f in found.findings}
    assert not {f.verdict for f in found.findings} & {"proved", "refuted"}


def test_what_is_only_supposed_gives_no_value() -> None:
    assert _last(CELL + "If $x_1 = 3$, nothing changes.\n\n" + r"$$z_1 = 0.8 \cdot 3.0$$").verdict == "undecided"


def test_nearly_equal_quantities_are_no_claim() -> None:
    found = _last(CELL + r"$$\frac{\partial s_t}{\partial s_{t-1}} \approx 0.9$$")
    assert (found.kind, found.verdict) == ("other", None)


def test_minus_one_is_a_value_of_an_example_as_any_other_number() -> None:
    note = r"""$$h_t = \tanh(w h_{t-1} + u x_t)$$

Let $w = 0.5$, $x_1 = 0.5$ and $x_2 = -1$.

$$\tanh(0.5 \cdot 0.46 - 1) \approx -0.65$$
"""
    assert [f.verdict for f in bptt_symbolic.check(note, repair=False).findings if f.kind == "claim"] == ["proved"]


@pytest.mark.parametrize(("value", "verdict"), [("0.368", "proved"), ("0.378", "refuted")])
def test_a_number_worked_out_twice_is_refuted_where_it_is_wrong(value: str, verdict: str) -> None:
    note = rf"$$h_t = \tanh(w h_{{t-1}} + u x_t)$$ $$e^{{-1}} \approx 0.368$$ $$e^{{-1}} \approx {value}$$"
    assert bptt_symbolic.check(note, repair=False).findings[-1].verdict == verdict
