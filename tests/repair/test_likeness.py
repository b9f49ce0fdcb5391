"""Which formulas are one but for the order of what commutes."""

import pytest

from bptt_symbolic.api import understand
from bptt_symbolic.mending.repair.likeness import key
from bptt_symbolic.reading.parser import parse_formula

NOTE = understand(r"""
$$s_t = \tanh(U x_t + W s_{t-1})$$

$$L_t = \frac{1}{2} (s_t - y_t)^\top (s_t - y_t)$$
""")


def key_of(formula: str) -> object:
    tree, _ = parse_formula(formula, NOTE.lines.macros)
    model = NOTE.models[0]
    return key(model.builder.build(tree), model.network)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (r"2 W s_t", r"W 2 s_t"),
        (r"s_t \odot x_t", r"x_t \odot s_t"),
        (r"U x_t + W s_{t-1}", r"W s_{t-1} + U x_t"),
        (r"L_t W s_t", r"W s_t L_t"),
        (r"(W s_t)", r"W s_t"),
    ],
)
def test_order_and_brackets_make_no_difference(one: str, two: str) -> None:
    assert key_of(one) == key_of(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (r"W U x_t", r"U W x_t"),
        (r"W s_t", r"W^\top s_t"),
        (r"W s_t", r"W s_{t-1}"),
        (r"2 s_t", r"s_t + s_t"),
        (r"s_t - y_t", r"y_t - s_t"),
        (r"\frac{\partial s_t}{\partial W}", r"\frac{\partial s_t}{\partial U}"),
    ],
)
def test_what_means_something_else_has_another_key(one: str, two: str) -> None:
    assert key_of(one) != key_of(two)
