"""What the method of fixed sizes proposes, and what it says when it has nothing to propose."""

import ast
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from types import ModuleType

import pytest

from bptt_symbolic.meaning.network import Definition, Network
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    AtLabel,
    Condition,
    Deriv,
    Entry,
    Function,
    Indicator,
    Mul,
    Neg,
    Num,
    Prod,
    Ref,
    Shape,
    Sum,
    Term,
    Transpose,
)
from bptt_symbolic.proving.evidence import Identity
from bptt_symbolic.proving.kernel import judge
from bptt_symbolic.proving.methods import fixed, layers, polynomials
from bptt_symbolic.proving.methods.fixed import agrees, propose, sizes_of
from bptt_symbolic.proving.obligation import Assumptions, Obligation, labelings

T, K, ROW, J = (Affine.of(name) for name in "tkij")
FIRST, END = Affine(1), Affine.of(LAST)
S, P, L, Y = (Ref(name, T) for name in ("s", "haty", "L", "y"))
EVERY = ("t", (FIRST, END))


@pytest.fixture
def elman(networks: ModuleType) -> Network:
    network: Network = networks.elman()
    return network


def closed_form(mode: str = "immediate", *, newest: bool = True) -> Term:
    """`sum_{k=1}^t dL_t/ds_t prod_{i=k+1}^t ds_i/ds_{i-1} ds_k/dW`."""
    steps = Prod("i", K + 1, T, Deriv(Ref("s", ROW), Ref("s", ROW - 1)), newest=newest)
    last = Deriv(Ref("s", K), Ref("W"), mode)  # type: ignore[arg-type]
    return Sum("k", FIRST, T, Mul(Deriv(L, S), Mul(steps, last)))


def test_the_closed_form_of_the_gradient_is_proved_at_three_steps_and_unequal_sizes(elman: Network) -> None:
    proposal = propose(Obligation(Deriv(L, Ref("W")), closed_form(), elman, (EVERY,)))
    assert proposal.identity is not None
    assert proposal.identity.at_steps == 3
    assert sorted(proposal.identity.at_sizes.values()) == [2, 3, 4]
    assert any("reduces to zero" in step for step in proposal.identity.steps)
    assert not proposal.witnesses


@pytest.mark.parametrize(("mode", "newest"), [("total", True), ("immediate", False)])
def test_a_wrong_closed_form_gets_small_witnesses_that_the_kernel_confirms(
    elman: Network,
    mode: str,
    newest: bool,  # noqa: FBT001 - a row of the table
) -> None:
    claim = Obligation(Deriv(L, Ref("W")), closed_form(mode, newest=newest), elman, (EVERY,))
    proposal = propose(claim)
    assert proposal.identity is None
    first = proposal.witnesses[0]
    assert first.point.steps == (2 if newest else 3), "an error of order needs a product of two"
    assert first.point.sizes == {"D": 2, "C": 3, "M": 1}
    verdict = judge.confirm_witness(claim, first)
    assert isinstance(verdict, judge.Verdict)


def test_more_steps_are_taken_where_three_leave_nothing(elman: Network) -> None:
    proposal = propose(Obligation(S, S, elman, (("t", (Affine(5), END)),)))
    assert proposal.identity is not None
    assert proposal.identity.at_steps == 5


def test_a_claim_about_nothing_is_called_vacuous(elman: Network) -> None:
    proposal = propose(Obligation(S, S, elman, (("t", (END + 1, END)),)))
    assert proposal.identity is None
    assert not proposal.witnesses
    assert proposal.reason.startswith("vacuous")


def test_the_number_of_steps_of_the_claim_is_taken(elman: Network) -> None:
    proposal = propose(Obligation(S, S, elman, (EVERY,), (), Assumptions(steps=2)))
    assert proposal.identity is not None
    assert proposal.identity.at_steps == 2


def test_conditions_leave_out_what_they_exclude(elman: Network) -> None:
    """`dp_i/do_j = -p_i p_j` where `i` is not `j`; and `p_i (delta_ij - p_j)` everywhere."""
    variables = (EVERY, ("i", (FIRST, Affine.of("C"))), ("j", (FIRST, Affine.of("C"))))
    left = Deriv(Entry(P, (ROW,)), Entry(Ref("o", T), (J,)))
    product = Mul(Entry(P, (ROW,)), Entry(P, (J,)))
    unequal = (Condition(ROW, "!=", J),)
    assert propose(Obligation(left, Neg(product), elman, variables, unequal)).identity is not None
    assert propose(Obligation(left, Neg(product), elman, variables)).witnesses
    delta = Add((Indicator((Condition(ROW, "=", J),)), Neg(Entry(P, (J,)))))
    assert propose(Obligation(left, Mul(Entry(P, (ROW,)), delta), elman, variables)).identity is not None


ERROR = Transpose(Add((P, Neg(Y))))


def test_hypotheses_decide(elman: Network) -> None:
    """`dL/do = p - y` needs `sum(y) = 1`; one-hot is enough."""
    left = Deriv(L, Ref("o", T))
    assert propose(Obligation(left, ERROR, elman, (EVERY,))).witnesses
    for assumptions in (Assumptions(sum_to_one=frozenset("y")), Assumptions(one_hot=frozenset("y"))):
        assert propose(Obligation(left, ERROR, elman, (EVERY,), (), assumptions)).identity is not None


def test_the_class_that_a_label_marks_is_tried_in_turn(elman: Network) -> None:
    """`dL/do_j = p_j - 1` if `y = j`, `p_j` if not."""
    variables = (EVERY, ("j", (FIRST, Affine.of("C"))))
    left, entry = Deriv(L, Entry(Ref("o", T), (J,))), Entry(P, (J,))
    hot = frozenset({"y"})
    marked = Assumptions(one_hot=hot, label={"y": J}, marked_at=T)
    other = Assumptions(one_hot=hot, other={"y": J}, marked_at=T)
    less = Add((entry, Neg(Num(Fraction(1)))))
    assert propose(Obligation(left, less, elman, variables, (), marked)).identity is not None
    assert propose(Obligation(left, entry, elman, variables, (), other)).identity is not None
    wrong = Obligation(left, less, elman, variables, (), other)
    assert isinstance(judge.confirm_witness(wrong, propose(wrong).witnesses[0]), judge.Verdict)


def test_a_loss_of_a_label_is_the_logarithm_of_its_entry(elman: Network) -> None:
    right = Neg(Apply(Function("log"), (AtLabel(P, Y),)))
    one_hot = Assumptions(one_hot=frozenset({"y"}))
    assert propose(Obligation(L, right, elman, (EVERY,), (), one_hot)).identity is not None
    assert propose(Obligation(L, right, elman, (EVERY,))).witnesses


def test_a_zero_start_makes_the_first_step_forget_its_weights(elman: Network) -> None:
    left = Deriv(Ref("s", FIRST), Ref("W"))
    right = Mul(Num(Fraction(0)), left)
    assert propose(Obligation(left, right, elman, (), (), Assumptions(zero_start=True))).identity is not None
    assert propose(Obligation(left, right, elman)).witnesses


@pytest.mark.parametrize(
    "cell", ["elman", "jordan", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("gru", "lstm"))]
)
def test_the_total_loss_is_differentiated_step_by_step(networks: ModuleType, cell: str) -> None:
    """`dL/dW = sum_t dL_t/dW` for a matrix of each cell, gates and several states included."""
    network = networks.CELLS[cell]()
    weights = Ref("W" if "W" in network.shapes else "W_h" if cell == "gru" else "W_f")
    claim = Obligation(Deriv(Ref("total"), weights), Sum("t", FIRST, END, Deriv(L, weights)), network)
    assert propose(claim).identity is not None
    wrong = Obligation(Deriv(Ref("total"), weights), Sum("t", Affine(2), END, Deriv(L, weights)), network)
    assert propose(wrong).witnesses


def test_numbers_that_are_not_finite_do_not_count() -> None:
    """`log x` is no number at half of the points; the others decide."""
    x, e = Ref("x", T), Ref("e", T)
    log = Definition("e", Apply(Function("log"), (x,)), "t")
    network = Network({"e": log}, {"x": Shape(), "e": Shape()}, frozenset({"x", "e"}))
    claim = Obligation(Apply(Function("exp"), (e,)), x, network, (("t", (FIRST, FIRST)),))
    proposal = propose(claim)
    assert proposal.identity is not None or "reduce to zero" in proposal.reason
    wrong = Obligation(Deriv(e, x), e, network, (("t", (FIRST, FIRST)),))
    assert propose(wrong).witnesses


def test_what_takes_too_much_work_is_given_up_with_a_reason(elman: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = Obligation(Deriv(L, Ref("W")), closed_form(), elman, (EVERY,))
    monkeypatch.setattr(polynomials, "MOST_WORK", 1000)
    assert "more than 1000 exponents" in propose(claim).reason


def test_no_verdict_of_a_method_or_of_the_kernel_looks_at_a_clock() -> None:
    clocks = {"time", "signal", "threading"}
    for folder in ("proving", "mending"):
        for path in (Path(fixed.__file__).parents[2] / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if any(word in text for word in clocks):
                nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
                assert not clocks & {name.name for node in nodes for name in node.names}, path


def test_names_for_long_derivatives_prove_what_is_too_long_without(
    elman: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the terms are not enough to write the sides out, and enough to compare them step by step."""
    weights = Ref("W")
    claim = Obligation(Deriv(Ref("total"), weights), Sum("t", FIRST, END, Deriv(L, weights)), elman)
    monkeypatch.setattr(layers, "MOST_TERMS", 100)
    assert propose(claim).identity is not None
    monkeypatch.setattr(fixed, "MOST_ROOM", 97)
    assert "more than 97 atoms" in propose(replace(claim, network=replace(elman))).reason


def test_opening_names_tells_zero_from_what_is_not(elman: Network) -> None:
    """The named derivatives of the total loss and of the step losses, at sizes where names are needed."""
    ring = layers.LayeredPolynomials(600)
    tensors = layers.LayeredTensors(elman, ring, 3, {"D": 3, "M": 2, "C": 4})
    total = tensors.evaluate(Deriv(Ref("total"), Ref("W")), {}).data[0, 0]
    sums = [tensors.evaluate(Sum("t", low, END, Deriv(L, Ref("W"))), {}).data[0, 0] for low in (FIRST, FIRST + 1)]
    assert ring.is_zero(total - sums[0])
    assert not ring.is_zero(total - sums[1])


def test_a_function_that_is_not_known_is_a_reason(elman: Network) -> None:
    claim = Obligation(Apply(Function("gamma"), (S,)), S, elman, (EVERY,))
    assert "gamma" in propose(claim).reason


def test_the_sizes_are_all_different_and_states_come_first(networks: ModuleType) -> None:
    for make in networks.CELLS.values():
        network = make()
        for numbers in (((3,), (2, 4)), ((2,), (3, 1))):
            sizes = sizes_of(network, *numbers)
            assert set(sizes) == set(network.sizes)
            assert len(set(sizes.values())) == len(sizes)
            assert sizes["D"] == numbers[0][0]


EARLIER = [1, 2, 3]


@pytest.mark.parametrize("classes", [1, 2, 3, 5])
@pytest.mark.parametrize("earlier", EARLIER)
def test_what_a_target_marks_at_one_step_says_nothing_about_another(elman: Network, classes: int, earlier: int) -> None:
    """`dL_t/do_t = p_t - y_{t-k}` is false for one-hot targets, however k and the number of classes go together."""
    right = Transpose(Add((P, Neg(Ref("y", T - earlier)))))
    one_hot = Assumptions(one_hot=frozenset({"y"}))
    variables = (("t", (Affine(1 + earlier), Affine.of("T"))),)
    claim = Obligation(Deriv(L, Ref("o", T)), right, elman, variables, (), one_hot, 1 + earlier)
    sizes = {**sizes_of(elman, (3,), (classes, 4)), "C": classes}
    assert agrees(claim, 1 + earlier, sizes) is (classes == 1)
    if classes > 1:
        identity = Identity("a lie", (), 1 + earlier, sizes)
        assert isinstance(judge.confirm_identity(claim, identity), judge.Refusal)


@pytest.mark.parametrize("classes", [2, 3])
def test_labelings_have_any_two_classes_at_any_two_steps(elman: Network, classes: int) -> None:
    one_hot = Assumptions(one_hot=frozenset({"y"}))
    claim = Obligation(L, L, elman, (EVERY,), (), one_hot)
    rows = [marks["y"] for marks in labelings(claim, 4, {"C": classes, "D": 2, "M": 2}, {"t": 1})]
    for one, two in combinations(range(1, 5), 2):
        assert len({(row[one], row[two]) for row in rows}) == classes**2
