r"""Matrices written out with dots: the corners show the general entry, `(1 - h_i^2) W_{ij}` in a Jacobian of `tanh`.

What is wrong has a transposed or a misplaced index in every corner.
"""

from collections.abc import Callable

import pytest

NETWORK = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ L = \sum_{t=1}^T \tfrac12 \|h_t - y_t\|^2 $$"


def claim(entry: str, left: str = r"\frac{\partial h_t}{\partial h_{t-1}}") -> str:
    """A matrix of which `entry` is the general entry, with its four corners: `I` is the row, `J` the column."""
    corners = [entry.replace("I", i).replace("J", j) for i in "1n" for j in "1n"]
    rows = r"%s & \cdots & %s \\ \vdots & \ddots & \vdots \\ %s & \cdots & %s" % tuple(corners)  # noqa: UP031
    return rf"{left} = \begin{{bmatrix}} {rows} \end{{bmatrix}}"


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (r"\frac{\partial h_{t,I}}{\partial h_{t-1,J}}", "proved"),
        (r"(1-h_{t,I}^2) W_{I,J}", "proved"),
        (r"(1-h_{t,I}^2) W_{J,I}", "refuted"),
        (r"(1-h_{t,J}^2) W_{I,J}", "refuted"),
        (r"(1-h_{t,I}^2) W_{IJ}", "proved"),
        (r"(1-h_{t,I}^2) W_{JI}", "refuted"),
        (r"W_{IJ} (1-h_{t,I}^2)", "proved"),
        (r"W_{IJ} (1-h_{t,J}^2)", "refuted"),
        (r"(1-h_{t,I} h_{t,I}) W_{IJ}", "proved"),
    ],
)
def test_the_corners_of_a_jacobian(
    entry: str, verdict: str, verdicts: Callable[..., list[tuple[str, str | None]]]
) -> None:
    written = claim(entry)
    assert verdicts(NETWORK, [(written, verdict)]) == [(written, verdict)]


DIAGONAL = r"\mathrm{diag}(1-h_t^2) = \begin{pmatrix} 1-h_{t,1}^2 & & 0 \\ & \ddots & \\ 0 & & %s \end{pmatrix}"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"\frac{\partial h_{t,1}}{\partial h_{t-1,n}} = (1-h_{t,1}^2) W_{1n}", "proved"),
        (r"\frac{\partial h_{t,n}}{\partial h_{t-1,1}} = (1-h_{t,n}^2) W_{1n}", "refuted"),
        (DIAGONAL % r"1-h_{t,n}^2", "proved"),
        (DIAGONAL % r"h_{t,n}^2", "undecided"),
    ],
)
def test_a_one_and_a_letter_below_a_matrix(
    formula: str, verdict: str, verdicts: Callable[..., list[tuple[str, str | None]]]
) -> None:
    assert verdicts(NETWORK, [(formula, verdict)]) == [(formula, verdict)]
