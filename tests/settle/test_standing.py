r"""What a verdict may rest on: what the note does not say carries no accusation, and a proof that takes something for
granted says so.

Whether a claim is true is known by hand: the derivatives are those of `h_t = \tanh(W h_{t-1} + U x_t)` and its kin, and
what fails is a factor, a sign, a step or an order.
"""

import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding, Report

SIZES = (
    r"Let $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^d$, $W \in \mathbb{R}^{n \times n}$ and "
    r"$U \in \mathbb{R}^{n \times d}$."
)
STATE = r"$$h_t = \tanh(W h_{t-1} + U x_t)$$"
SLOPE = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"
SWAPPED = r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2)"


def report_on(*parts: str) -> Report:
    return check("\n\n".join(parts), repair=False)


def last(*parts: str) -> Finding:
    """The last claim of a note, the last part of which is a formula."""
    found = report_on(*parts[:-1], f"$$ {parts[-1]} $$")
    return [f for f in found.findings if f.kind == "claim"][-1]


# names that nothing defines


def test_a_name_that_nothing_defines_is_a_question() -> None:
    found = last(SIZES, STATE, r"\frac{\partial h_t}{\partial h_{t-1}} = Q_t W + Q_t")
    assert (found.verdict, found.code) == ("undecided", "undefined-symbol")
    assert found.question is not None
    assert "Q" in found.question.text


def test_two_names_below_derivatives_that_nothing_defines_are_a_question() -> None:
    found = last(SIZES, STATE, r"\frac{\partial x_t}{\partial w} = \frac{\partial x_t}{\partial p_t}")
    assert (found.verdict, found.code) == ("undecided", "undefined-symbol")


def test_a_constant_that_does_not_fit_its_letter_is_no_fault_of_the_program() -> None:
    loss = r"$$L = \frac12 \sum_{t=1}^{T} \| h_t - y_t \|^2$$"
    report = report_on(SIZES, STATE, loss, r"$$W = \left(1 \cdot 1\right)^{-1}$$", f"$$ {SLOPE} $$")
    codes = [f.code for f in report.faults] + [f.code for f in report.findings]
    assert "internal-error" not in codes


def test_a_state_without_its_step_is_a_question_about_the_step() -> None:
    found = last(SIZES, STATE, r"L = \sum_{t=1}^{T} h_t^\top h_t, \quad \frac{\partial L}{\partial h_T} = 2 h^\top")
    assert (found.verdict, found.message) == ("undecided", "h stands without its step")
    assert found.question is not None
    assert found.question.text == "Which step of h is meant, or what is it without one?"


def test_a_slip_of_one_letter_is_an_accusation_that_says_which_letter_holds() -> None:
    net = r"$$h_t = \tanh(W_h h_{t-1} + W_x x_t)$$"
    found = last(net, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W")
    assert found.verdict == "ill-typed"
    assert "W_{h}" in found.message


def test_a_slip_that_would_not_hold_with_another_letter_is_none() -> None:
    net = r"$$h_t = \tanh(W_h h_{t-1} + W_x x_t)$$"
    assert last(net, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 + h_t^2) W").verdict == "undecided"


def test_an_index_that_is_bound_nowhere_is_a_slip_where_another_letter_makes_it_hold() -> None:
    found = last(SIZES, STATE, r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) W_{il}")
    assert found.verdict == "ill-typed"
    assert "with j for l" in found.message


def test_a_definition_that_could_not_be_used_is_said_once_at_its_line() -> None:
    found = report_on(
        SIZES,
        STATE,
        r"$$L_t = \arccos(h_t^\top h_t)$$",
        r"$$\frac{\partial L_t}{\partial h_t} = h_t^\top$$",
        r"$$\frac{\partial L_t}{\partial h_t} = 2 h_t^\top$$",
    )
    claims = [f for f in found.findings if f.number is None and f.verdict is not None and "partial" in f.latex]
    assert [f.verdict for f in claims] == ["undecided", "undecided"]
    (question,) = [q for q in found.questions if set(q.waiting) >= {f.id for f in claims}]
    assert question.span is not None
    assert found.source.place(question.span.start).line == 5


# losses that nobody defined


def test_a_loss_that_nobody_defined_is_not_refuted_by_a_loss_that_the_checker_made_up() -> None:
    found = last(SIZES, STATE, r"\frac{\partial L_t}{\partial h_t} = (h_t - y_t)^\top")
    assert found.verdict == "undecided"


def test_a_loss_with_written_arguments_depends_on_these_alone() -> None:
    net = r"$$f_t = \sigma(V h_{t-1}), \quad h_t = f_t \odot h_{t-1} + \tanh(U x_t)$$"
    total = r"$$L = \sum_{t=1}^{T} \ell_t(h_t)$$"
    assert (
        last(net, total, r"\frac{\partial L}{\partial h_T} = \frac{\partial \ell_T}{\partial h_T}").verdict == "proved"
    )


def test_what_fails_for_every_loss_of_the_network_is_refuted() -> None:
    right = r"\frac{\partial L}{\partial h_{t-1}} = \frac{\partial L}{\partial h_t} \mathrm{diag}(1 - h_t^2) W"
    wrong = right.replace("(1 - h_t^2)", "(1 + h_t^2)")
    assert last(SIZES, STATE, r"$L$ is the loss.", right).verdict == "proved"
    assert last(SIZES, STATE, r"$L$ is the loss.", wrong).verdict == "refuted"


def test_a_proof_for_a_loss_of_one_kind_says_which() -> None:
    net = r"$$c_t = f_t \odot c_{t-1} + \tanh(U x_t), \quad h_t = o_t \odot \tanh(c_t)$$"
    claim = (
        r"\frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \mathrm{diag}(o_t \odot (1 - \tanh^2(c_t)))"
        r" + \frac{\partial L}{\partial c_{t+1}} \mathrm{diag}(f_{t+1})"
    )
    found = last(net, claim)
    assert found.verdict == "proved"
    assert any("loss" in fact.what for fact in found.assumptions)


# functions


def test_sigma_is_the_logistic_function_only_under_given() -> None:
    found = last(
        r"$$h_t = \sigma(W h_{t-1} + x_t)$$",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(h_t \odot (1 - h_t)) W",
    )
    assert found.verdict == "proved"
    assert [fact.grade for fact in found.assumptions] == ["assumed"]


def test_what_holds_for_another_sigma_is_not_refuted() -> None:
    found = last(
        r"$$h_t = \sigma(W h_{t-1} + x_t)$$", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"
    )
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (r"where $\sigma$ is the logistic function.", "refuted"),
        (r"where $\sigma$ denotes the hyperbolic tangent.", "proved"),
        (r"We use $\sigma = \tanh$, rather than the logistic sigmoid.", "proved"),
        (r"The word sigmoid stands here beside no letter.", "undecided"),
    ],
)
def test_a_word_says_what_a_function_is_beside_its_letter_and_a_formula_beats_it(words: str, verdict: str) -> None:
    net = r"$$h_t = \sigma(W h_{t-1} + x_t)$$"
    assert last(net, words, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W").verdict == verdict


def test_a_function_that_nobody_knows_accuses_nobody() -> None:
    found = last(SIZES, STATE, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{prod}(h_t, W)")
    assert found.verdict == "undecided"


# numbers and vectors


@pytest.mark.parametrize(
    "line",
    [
        "All losses are scalars.",
        "Note that not all quantities here are scalars.",
        "# Gradient of a scalar loss",
        r"$$L_t = \frac12 (h_t - y_t)^2$$",
    ],
)
def test_nothing_makes_everything_a_number_in_silence(line: str) -> None:
    assert last(line, STATE, SWAPPED).verdict == "refuted"
    assert last(line, STATE, SLOPE).verdict == "proved"


def test_the_square_of_a_vector_in_a_loss_is_its_squared_norm() -> None:
    found = last(
        SIZES, STATE, r"$$L_t = \frac12 (h_t - y_t)^2$$", r"\frac{\partial L_t}{\partial h_t} = (h_t - y_t)^\top"
    )
    assert found.verdict == "proved"
    assert any("squared norm" in fact.what for fact in found.assumptions)


def test_small_letters_that_fit_as_numbers_only_are_numbers() -> None:
    net = "$$h_t = w h_{t-1} + u x_t$$"
    found = last(net, r"\frac{\partial h_t}{\partial h_{t-2}} = w^2")
    assert found.verdict == "proved"


def test_gates_are_multiplied_by_entries() -> None:
    net = r"$$z_t = \sigma(W h_{t-1} + x_t), \quad h_t = z_t h_{t-1} + (1 - z_t) \tanh(U x_t)$$"
    true = r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(h_{t-1} - \tanh(U x_t))"
    assert last(net, true).verdict == "proved"
    assert last(net, true.replace("- \\tanh", "+ \\tanh")).verdict == "refuted"


# sentences


@pytest.mark.parametrize(
    ("remark", "claim"),
    [
        (r"In the special case $\phi(x) = x$ the network is linear.", r"\frac{\partial h_t}{\partial h_{t-1}} = W"),
        (r"If $W = 0$ there is no memory.", r"\frac{\partial h_t}{\partial h_{t-1}} = 0"),
        (r"We do not assume that $h_0 = 0$.", r"h_1 = \phi(x_1)"),
        (r"The mistake $U = W$ is common.", r"\frac{\partial h_t}{\partial h_{t-1}} = 0"),
    ],
)
def test_a_remark_proves_nothing(remark: str, claim: str) -> None:
    net = r"$$h_t = \phi(W h_{t-1} + x_t)$$"
    sizes = r"Let $h_t, x_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$."
    assert last(sizes, net, remark, claim).verdict != "proved"
    assert last(sizes, remark, net, claim).verdict != "proved"


def test_an_initial_state_that_is_said_to_be_zero_is_zero() -> None:
    assert last(SIZES, STATE, "The initial state is zero.", r"h_1 = \tanh(U x_1)").verdict == "proved"
    assert last(SIZES, STATE, r"h_1 = \tanh(U x_1)").verdict == "undecided"


# readings that are too kind


def test_the_forgotten_recursion_is_refuted_where_nothing_marks_an_immediate_derivative() -> None:
    loss = r"$$L_t = \frac12 \| h_t - y_t \|^2$$"
    claim = r"\frac{\partial L_t}{\partial W} = \mathrm{diag}(1 - h_t^2) (h_t - y_t) h_{t-1}^\top"
    assert last(SIZES, STATE, loss, claim).verdict == "refuted"
    marked = last(SIZES, STATE, loss, "Only the immediate derivatives of a step stand here.", claim)
    assert marked.verdict == "proved"
    assert any(reading.startswith("immediate") for reading in marked.readings)


def test_two_claims_that_contradict_each_other_are_never_both_proved() -> None:
    net = r"$$q_t = \tanh(w h_{t-1}), \quad h_t = (1 - a) h_{t-1} + a q_t$$"
    both = (
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = 1 - a$$",
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = 1 - a + a w (1 - q_t^2)$$",
    )
    found = report_on("All weights and states are scalars.", net, *both)
    assert [f.verdict for f in found.findings if f.kind == "claim"] == ["refuted", "proved"]


def test_columns_side_by_side_are_no_outer_product() -> None:
    loss = r"$$L = \frac12 \sum_{t=1}^{T} \| V h_t - y_t \|^2$$"
    true = r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (V h_t - y_t) h_t^\top"
    assert last(SIZES, STATE, loss, true).verdict == "proved"
    assert last(SIZES, STATE, loss, true.replace(r"^\top", "")).verdict == "ill-typed"


def test_a_derivative_that_is_zero_carries_no_proof() -> None:
    net = "$$h_t = f(x_t, h_{t-1}, w)$$"
    claim = (
        r"\frac{\partial h_t}{\partial w} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w}"
        r" + \frac{\partial f(x_t, h_{t-1}, w)}{\partial x_{t+1}} \frac{\partial h_{t-1}}{\partial w}"
    )
    assert last(net, claim).verdict != "proved"


def test_what_holds_because_a_term_beside_it_is_zero_is_not_refuted_in_another_layout() -> None:
    gate = r"$$u_t = \sigma(A h_{t-1} + U x_t)$$"
    net = r"$$h_t = u_t \odot h_{t-1} + \tanh(W h_{t-1})$$"
    slope = r"\frac{\partial h_t}{\partial h_{t-1}}"
    assert last(gate, net, rf"{slope} = {slope} + \frac{{\partial h_{{t-1}}}}{{\partial h_t}}").verdict == "undecided"
    assert last(gate, net, rf"{slope} = 2 {slope} + \frac{{\partial h_{{t-1}}}}{{\partial h_t}}").verdict == "refuted"


# what is named late


def test_an_expression_that_is_named_after_its_use_is_that_name() -> None:
    named = r"$$z_t = W h_{t-1} + U x_t$$"
    assert (
        last(SIZES, STATE, named, r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2)").verdict == "proved"
    )
    assert last(SIZES, STATE, named, r"\frac{\partial h_t}{\partial z_t} = 0").verdict == "refuted"


# numbers of examples, and notes that were misunderstood


@pytest.mark.parametrize("formula", ["$h_1 = 0.46$", "$x_1 = 2$", r"$1 - h_1^2 = 1 - 0.46^2 = 0.79$"])
def test_numbers_of_an_example_accuse_nobody(formula: str) -> None:
    found = report_on("$$h_t = \\tanh(w h_{t-1} + x_t)$$", f"For instance {formula} here.")
    assert not [f for f in found.findings if f.verdict in {"refuted", "ill-typed"}]


def test_a_note_whose_claims_are_mostly_wrong_was_misunderstood() -> None:
    wrong = [
        rf"$$\frac{{\partial h_t}}{{\partial h_{{t-1}}}} = {n} \, \mathrm{{diag}}(1 - h_t^2) W$$" for n in range(2, 8)
    ]
    found = report_on(SIZES, STATE, *wrong)
    assert {f.verdict for f in found.findings if f.kind == "claim"} == {"undecided"}
    assert {f.code for f in found.findings if f.kind == "claim"} == {"misunderstood"}
    right = [rf"$$h_t = {n} \tanh(W h_{{t-1}} + U x_t) - {n - 1} h_t$$" for n in range(2, 9)]
    mixed = report_on(SIZES, STATE, *wrong, *right)
    assert [f.verdict for f in mixed.findings if f.kind == "claim"] == ["refuted"] * 6 + ["proved"] * 7


@pytest.mark.parametrize("name", ["Q", "Y"])
def test_another_single_letter_is_no_slip(name: str) -> None:
    """`L` for `Q` would make any chain through `Q` true: it is a name of which the note does not speak."""
    chain = r"\frac{\partial L}{\partial h_T} = \frac{\partial L}{\partial Q_T} \frac{\partial Q_T}{\partial h_T}"
    found = last(SIZES, STATE, r"$$ L = \sum_t \|h_t\|^2 $$", chain.replace("Q", name))
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial f_t} \odot f_t (1 - f_t)", "proved"),
        (r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial f_t} \odot (1 - f_t) f_t", "proved"),
        (r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial f_t} \odot f_t (1 + f_t)", None),
        (r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial f_t} \odot h_t (1 - f_t)", None),
        (r"\frac{\partial L}{\partial a_t} = f_t (1 - f_t)", "refuted"),
    ],
)
def test_a_slope_by_its_value_is_taken_by_entries(claim: str, verdict: str | None) -> None:
    note = r"$$ a_t = A h_{t-1} $$", r"$$ f_t = \mathrm{sigmoid}(a_t) $$", r"$$ h_t = f_t \odot x_t $$"
    found = last(*note, r"$$ L = \sum_t \|h_t\|^2 $$", claim)
    assert found.verdict == verdict if verdict else found.verdict != "proved"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("If $W = 0$, then we get", "undecided"),
        ("如果 $W = 0$, 则可以得到", "undecided"),
        ("若采用 $W = 0$, 我们得到", "undecided"),
        ("Wenn $W = 0$, so folgt", "undecided"),
        ("Если $W = 0$, то", "undecided"),
        ("我们得到", "refuted"),
        ("前面说过, 如果 $W = 0$ 就没有记忆。", "refuted"),
        ("如果序列很长, 就有", "refuted"),
    ],
)
def test_what_a_sentence_supposes_holds_in_it_alone(words: str, verdict: str) -> None:
    assert last(SIZES, STATE, words, r"\frac{\partial h_t}{\partial h_{t-1}} = 0").verdict == verdict


@pytest.mark.parametrize(("slope", "verdict"), [(r"(1 - u_t)", "proved"), (r"(1 + u_t)", "refuted")])
def test_what_agrees_for_the_usual_sigma_is_not_accused(slope: str, verdict: str) -> None:
    """It is taken for the logistic function, which is said."""
    note = (
        r"$$ u_t = \sigma(W x_t + U h_{t-1}) $$",
        r"$$ f_t = \sigma(A x_t + B h_{t-1}) $$",
        r"$$ g_t = \tanh(Q x_t + R h_{t-1}) $$",
        r"$$ C_t = f_t \odot C_{t-1} + u_t \odot g_t $$",
        r"$$ h_t = \tanh(C_t) $$",
        r"$$ L = \sum_{t=1}^T \|h_t\|^2 $$",
        r"$$ e_t = \frac{\partial L}{\partial u_t} $$",
    )
    found = last(*note, rf"\frac{{\partial L}}{{\partial W}} = \sum_t (e_t \odot u_t \odot {slope}) x_t^\top")
    assert found.verdict == verdict
