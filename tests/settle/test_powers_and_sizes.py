r"""`W^T` as a power, `n` as a number: readings that the letters of a note allow."""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

LINEAR = r"""
Let $h_t, x_t \in \mathbb{R}^n$ and $W, U \in \mathbb{R}^{n \times n}$.

$$ h_t = W h_{t-1} + U x_t $$

$$ L = \frac12 \| h_T \|^2 $$

"""
AVERAGED = r"""
Let $h_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ h_t = \tanh(W h_{t-1} + x_t) $$

$$ L_t = \frac{1}{n} \| h_t - y_t \|^2 $$

"""


def last(note: str, claim: str) -> Finding:
    """The finding of a claim at the end of a note."""
    return check(note + f"$$ {claim} $$\n", repair=False).findings[-1]


@pytest.mark.parametrize(
    ("claim", "verdict", "power"),
    [
        (r"\frac{\partial h_T}{\partial h_0} = W^T", "proved", True),
        (r"h_T = W^T h_0 + 2 \sum_{k=1}^T W^{T-k} U x_k", "refuted", False),
        (r"\frac{\partial L}{\partial h_{T-1}} = W^T h_T", "proved", False),
        (r"\frac{\partial L}{\partial h_0} = W^T h_T", "refuted", False),
    ],
)
def test_the_last_step_above_a_square_parameter_is_a_power_or_a_transpose(
    claim: str, verdict: str, *, power: bool
) -> None:
    found = last(LINEAR, claim)
    assert found.verdict == verdict
    assert ("the last step above a parameter is a power" in found.readings) == power


def test_a_true_closed_form_with_a_power_is_not_accused() -> None:
    """The calculus does not unroll a state to its start, so that it may stay undecided."""
    found = last(LINEAR, r"h_T = W^T h_0 + \sum_{k=1}^T W^{T-k} U x_k")
    assert found.verdict in {"proved", "undecided"}
    assert "the last step above a parameter is a power" in found.readings


def test_a_note_with_a_sign_for_transposes_says_so_when_it_uses_the_letter() -> None:
    found = last(LINEAR + "$$ L = \\frac12 h_T^\\top h_T $$\n\n", r"\frac{\partial L}{\partial h_{T-1}} = W^T h_T")
    assert found.verdict == "proved"
    assert "the last step above a parameter is the sign of a transpose" in found.readings


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_{i=1}^{n} 1 = n", "proved"),
        (r"\sum_{i=1}^{n} 1 = n + 1", "refuted"),
        (r"\frac{\partial L_t}{\partial h_t} = \frac{2}{n} (h_t - y_t)^\top", "proved"),
        (r"\frac{\partial L_t}{\partial h_t} = 2 (h_t - y_t)^\top", "refuted"),
        (r"\frac{\partial L_t}{\partial h_t} = \frac{2}{n + 1} (h_t - y_t)^\top", "refuted"),
    ],
)
def test_a_size_that_stands_where_a_number_does_is_that_size(claim: str, verdict: str) -> None:
    assert last(AVERAGED, claim).verdict == verdict


@pytest.mark.parametrize(("stated", "verdict"), [(r"h_t \in \mathbb{R}^{n_h}, ", "ill-typed"), ("", "undecided")])
@pytest.mark.parametrize("size", ["n_x", "n_h", "d_x"])
def test_sizes_that_the_page_tells_apart_are_not_the_same(size: str, stated: str, verdict: str) -> None:
    """Whatever they are called; where the page says only one of them, the other may be equal to it."""
    stated = stated.replace("n_h", "n_q")
    note = f"Let ${stated}x_t \\in \\mathbb{{R}}^{{{size}}}$.\n\n$$ h_t = \\tanh(U x_t + W h_{{t-1}}) $$\n\n"
    assert last(note, r"x_t^\top h_t = h_t^\top x_t").verdict == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h_t}{\partial x_{t+1}} = \mathrm{diag}(1 - h_1^2) 0", "proved"),
        (r"\frac{\partial h_t}{\partial x_{t+1}} = -W 0", "proved"),
        (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) 0", "refuted"),
        (r"\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) 2", "ill-typed"),
    ],
)
def test_a_product_with_zero_has_any_shape(claim: str, verdict: str) -> None:
    note = (
        r"Let $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^d$, $U \in \mathbb{R}^{n \times d}$."
        "\n\n"
        r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$"
        "\n\n"
    )
    assert last(note, claim).verdict == verdict
