"""Sizes of what is put together: every axis has an entry, whichever of its parts the note states."""

import itertools
import subprocess
import sys

import pytest

from bptt_symbolic import api, check, unroll
from bptt_symbolic.meaning.network import enlarged
from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.proving.methods.fixed import sizes_of
from bptt_symbolic.showing.unrolled.unroll_error import UnrollError

CELL = r"$$ h_t = \tanh(W [h_{t-1}; x_t] + b) $$"
LSTM = r"""
$$ f_t = \sigma(W_f [h_{t-1}; x_t] + b_f) $$

$$ i_t = \sigma(W_i [h_{t-1}; x_t] + b_i) $$

$$ g_t = \tanh(W_g [h_{t-1}; x_t] + b_g) $$

$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t $$

$$ h_t = \tanh(c_t) $$

$$ \frac{\partial c_t}{\partial g_t} = \mathrm{diag}(i_t) $$
"""
LOSS = r"""

$$ L = \sum_{t=1}^{T} \tfrac12 \lVert h_t - y_t \rVert^2 $$

$$ \frac{\partial L}{\partial h_T} = (h_T - y_T)^\top $$

$$ \frac{\partial L}{\partial x_T} = 0 $$
"""
STATED = {
    "nothing": "",
    "the state": r"Let $h_t \in \mathbb{R}^n$. ",
    "the input": r"Let $x_t \in \mathbb{R}^m$. ",
    "the matrix": r"Let $W \in \mathbb{R}^{n \times k}$. ",
    "the matrix and the state": r"Let $W \in \mathbb{R}^{n \times k}$ and $h_t \in \mathbb{R}^n$. ",
    "everything": r"Let $W \in \mathbb{R}^{n \times k}$, $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^{k-n}$. ",
}
STACKS = {
    "a stack": CELL,
    "three in a stack": r"$$ h_t = \tanh(W [h_{t-1}; x_t; u_t] + b) $$",
    "the input first": r"$$ h_t = \tanh(W [x_t; h_{t-1}] + b) $$",
}


FITTING = [
    (stated, stack)
    for stated, stack in itertools.product(STATED, STACKS)
    if (stated, stack) != ("everything", "three in a stack")  # these sizes leave no room for a third part
]


@pytest.mark.parametrize(("stated", "stack"), FITTING)
def test_claims_about_a_stack_are_settled(stated: str, stack: str) -> None:
    report = check(STATED[stated] + "\n\n" + STACKS[stack] + LOSS, repair=False)
    assert [f.verdict for f in report.findings if f.kind == "claim"] == ["proved", "refuted"]
    assert not report.faults


@pytest.mark.parametrize("stack", [*STACKS.values(), LSTM])
def test_a_stack_is_as_long_as_its_parts_and_none_of_them_is_a_difference(stack: str) -> None:
    network = api.network(stack)
    assert all(factor > 0 for axis in network.axes for _, factor in axis.parts)
    assert network.fits(dict.fromkeys(network.sizes, 1))


def test_sizes_that_are_tried_leave_an_entry_along_every_axis() -> None:
    network = api.network(STATED["the matrix and the state"] + "\n\n" + CELL)
    assert any(factor < 0 for axis in network.axes for _, factor in axis.parts)
    for states, others in itertools.product([(1,), (2,), (3,), (7,)], [(1, 1), (2, 4), (3, 1)]):
        assert network.fits(sizes_of(network, states, others))


def test_an_unrolled_network_has_room_for_every_part_or_says_that_it_has_not() -> None:
    note = STATED["the matrix and the state"] + "\n\n" + CELL
    assert unroll(note, steps=1).jacobian(("h", 1), "b").shape == (2, 2)
    assert unroll(note, steps=1, sizes={"n": 5}).jacobian(("h", 1), ("x", 1)).shape == (5, 1)
    with pytest.raises(UnrollError, match="no entries"):
        unroll(note, steps=1, sizes={"n": 3, "k": 2})


def test_shapes_that_leave_no_sizes_are_a_fault_of_the_note() -> None:
    text = (
        r"Let $h_t \in \mathbb{R}^n$, $W \in \mathbb{R}^{n \times k}$, $V \in \mathbb{R}^{k \times n}$."
        "\n\n"
        r"$$ h_t = \tanh(W [h_{t-1}; x_t]) $$"
        "\n\n"
        r"$$ o_t = V [o_{t-1}; u_t] $$"
    )
    assert "shape-mismatch" in {fault.code for fault in check(text, repair=False).faults}


def test_the_nearest_sizes_are_found_and_a_cycle_has_none() -> None:
    n, k, m = (Affine.of(name) for name in "nkm")
    assert enlarged([k - n, n], {"n": 3, "k": 2}) == {"n": 3, "k": 4}
    assert enlarged([k - n.times(2), m - k], {"n": 2, "k": 2, "m": 1}) == {"n": 2, "k": 5, "m": 6}
    assert enlarged([k - n, n - k], {"n": 1, "k": 1}) is None


@pytest.mark.slow
def test_the_sizes_are_the_same_under_every_hash_seed() -> None:
    program = (
        "import sys; from bptt_symbolic import api\n"
        "for text in sys.argv[1:]: print(sorted(api.network(text).shapes.items()))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, CELL + LOSS, LSTM],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }
    assert len(seen) == 1
    assert len(seen.pop().splitlines()) == 2


NETWORK = r"""
Let $h_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ h_t = \tanh(W h_{t-1} + x_t) $$

"""


@pytest.mark.parametrize(
    "norm", [r"\lVert W \rVert_F^2", r"\|W\|^2", r"\|W\|_{F}^{2}", r"\lVert W \rVert_{\mathrm{F}}^2"]
)
def test_the_squared_norm_of_a_matrix_is_the_sum_of_its_squares(norm: str) -> None:
    loss = rf"$$ L = \sum_{{t=1}}^{{T}} \tfrac12 \lVert h_t - y_t \rVert^2 + \tfrac{{\lambda}}{{2}} {norm} $$"
    claims = [
        rf"$$ \frac{{\partial L}}{{\partial \lambda}} = \frac12 {norm} $$",
        rf"$$ \frac{{\partial L}}{{\partial \lambda}} = {norm} $$",
        r"$$ \frac{\partial L}{\partial \lambda} = \frac12 \sum_{i=1}^{n} \sum_{j=1}^{n} W_{ij}^2 $$",
    ]
    report = check(NETWORK + "\n\n".join([loss, *claims]), repair=False)
    assert [f.verdict for f in report.findings if f.kind == "claim"] == ["proved", "refuted", "proved"]


def test_a_norm_with_another_mark_is_not_the_euclidean_one() -> None:
    report = check(
        NETWORK + r"$$ L = \lVert h_T \rVert_1^2 $$ $$ \frac{\partial L}{\partial h_T} = 2 h_T^\top $$", repair=False
    )
    assert "proved" not in {f.verdict for f in report.findings}


# vectors that are stated by their size alone


ROWS = (
    r"$s_t, h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$, "
    r"$W \in \mathbb{R}^{m \times n}$, $R \in \mathbb{R}^{n \times n}$"
    "\n\n"
    r"$$ s_t = x_t W + h_{t-1} R $$"
    "\n\n"
    r"$$ h_t = \tanh(s_t) $$"
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"s_{t,k} = \sum_{d=1}^m x_{t,d} W_{d,k} + \sum_{i=1}^n h_{t-1,i} R_{i,k}", "proved"),
        (r"s_{t,k} = \sum_{d=1}^m x_{t,d} W_{d,k} + \sum_{i=1}^n h_{t-1,i} R_{k,i}", "refuted"),
        (r"\frac{\partial s_{t,k}}{\partial h_{t-1,i}} = R_{i,k}", "proved"),
        (r"\frac{\partial s_{t,k}}{\partial h_{t-1,i}} = R_{k,i}", "refuted"),
    ],
)
def test_a_vector_that_is_stated_by_its_size_may_stand_as_a_row(claim: str, verdict: str) -> None:
    (finding,) = api.prove(claim, ROWS, repair=False).findings
    assert finding.verdict == verdict


@pytest.mark.parametrize("size", [r"n \times 1", r"n"])
def test_rows_are_not_made_of_what_is_stated_as_columns(size: str) -> None:
    r"""`x_t \in \mathbb{R}^{m \times 1}` is a column, and `x_t W` has no meaning; nothing is proved of it."""
    stated = rf"$h_t \in \mathbb{{R}}^{{{size}}}$, $W \in \mathbb{{R}}^{{m \times n}}$"
    stated += r", $x_t \in \mathbb{R}^{m \times 1}$"
    state = r"$$ h_t = \tanh(x_t W + h_{t-1} R) $$"
    (finding,) = api.prove(
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) R^\top", f"{stated}\n\n{state}"
    ).findings
    assert finding.verdict != "proved"


def test_a_loss_may_be_named_by_the_steps_that_it_is_taken_over() -> None:
    r"""`L(1, T)` is no product with a row of two numbers."""
    (finding,) = api.prove(
        r"\frac{\partial L(1, T)}{\partial R_{i,j}} = \sum_{t=1}^T \frac{\partial L_t}{\partial R_{i,j}}", ROWS
    ).findings
    assert finding.verdict == "proved"
