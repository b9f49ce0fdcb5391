r"""Claim -> verdict and domain: a claim is settled wherever it has a meaning, and what it is confined to is said.

What is true is found out by a network written by hand in NumPy: its derivatives are complex steps through the states,
at every pair of steps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from bptt_symbolic import check
from bptt_symbolic.reporting.report import Finding

NOTE = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ L_t = \frac12 \| s_t - y_t \|^2 $$

$$ L = \sum_{t=1}^{T} L_t $$

"""
T, N = 4, 2


class Net:
    """The network of the note at random numbers."""

    def __init__(self) -> None:
        """Draw the numbers."""
        draw = np.random.default_rng(5)
        self.w = draw.uniform(-1, 1, (N, N))
        self.x, self.y = draw.uniform(-1, 1, (T + 2, N)), draw.uniform(-1, 1, (T + 2, N))
        self.s0 = draw.uniform(-1, 1, N)

    def states(self, at: int | None = None, entry: int = 0) -> list[np.ndarray]:
        """All states, one entry of the state `at` a step moved in the imaginary direction."""
        states = [self.s0.astype(complex)]
        for t in range(1, T + 1):
            states.append(np.tanh(self.w @ states[-1] + self.x[t]))
            if t == at:
                states[t] = states[t] + 1e-30j * np.eye(N)[entry]
        return states

    def losses(self, states: list[np.ndarray]) -> list[complex]:
        """The losses of steps 0 to T."""
        return [0.5 * np.sum((s - y) ** 2) for s, y in zip(states, self.y, strict=False)]

    def ds(self, t: int, k: int) -> np.ndarray:
        """Jacobian of a state by another."""
        return np.array([self.states(k, i)[t].imag / 1e-30 for i in range(N)]).T

    def dloss(self, t: int, k: int) -> np.ndarray:
        """Gradient of a loss by a state, as a row."""
        return np.array([self.losses(self.states(k, i))[t].imag / 1e-30 for i in range(N)])

    def dtotal(self, k: int) -> np.ndarray:
        """Gradient of the total loss."""
        return sum((self.dloss(t, k) for t in range(1, T + 1)), np.zeros(N))

    def step(self, t: int) -> np.ndarray:
        """`diag(1 - s_t^2) W`."""
        return np.diag(1 - self.states()[t].real ** 2) @ self.w

    def chain(self, t: int, k: int) -> np.ndarray:
        """The product of those steps, newest first, from `k + 1` to `t`."""
        found = np.eye(N)
        for i in range(k + 1, t + 1):
            found = self.step(i) @ found
        return found

    def error(self, t: int) -> np.ndarray:
        """`(s_t - y_t)^T`."""
        return np.asarray(self.states()[t].real - self.y[t])


Where = Callable[[int, int], bool]
Sides = Callable[[Net, int, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Claim:
    """A formula with what has to come out, and both sides by hand."""

    latex: str
    verdict: str
    sides: Sides
    where: Where = lambda t, k: True  # noqa: ARG005 - everywhere
    domain: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


BEFORE_LAST: Where = lambda t, k: t < T  # noqa: ARG005, E731 - a row of a table
AT_LAST: Where = lambda t, k: t == T  # noqa: ARG005, E731
DL_DS = r"\frac{\partial L}{\partial s_t} = (s_t - y_t)^\top"
LAST: Sides = lambda n, t, k: (n.dtotal(t), n.error(t))  # noqa: ARG005, E731 - a row of a table
ZERO: Sides = lambda n, t, k: (n.ds(t, k), np.zeros((N, N)))  # noqa: E731
PROD = r"\frac{\partial s_t}{\partial s_k} = \prod_{i=k+1}^t \mathrm{diag}(1 - s_i^2) W"
CHAIN: Sides = lambda n, t, k: (n.ds(t, k), n.chain(t, k))  # noqa: E731
AHEAD = r"(s_t - y_t)^\top + \frac{\partial L}{\partial s_{t+1}} \mathrm{diag}(1 - s_{t+1}^2) W"
BACK = r"\frac{\partial L}{\partial s_t} = " + AHEAD
RECURSION: Sides = lambda n, t, k: (n.dtotal(t), n.error(t) + n.dtotal(t + 1) @ n.step(t + 1))  # noqa: ARG005, E731

CLAIMS = [
    # narrowed to one line of steps today: false
    Claim(
        r"\frac{\partial L_t}{\partial s_k} = \frac{\partial L_t}{\partial s_t} \frac{\partial s_k}{\partial s_t}",
        "refuted",
        lambda n, t, k: (n.dloss(t, k), n.dloss(t, t) @ n.ds(k, t)),
    ),
    Claim(
        r"\frac{\partial s_t}{\partial s_k} = \frac{\partial s_k}{\partial s_t}",
        "refuted",
        lambda n, t, k: (n.ds(t, k), n.ds(k, t)),
    ),
    Claim(
        r"\frac{\partial L_t}{\partial s_k} = \frac{\partial L_t}{\partial s_t} \frac{\partial s_t}{\partial s_k}",
        "proved",
        lambda n, t, k: (n.dloss(t, k), n.dloss(t, t) @ n.ds(t, k)),
    ),
    # narrowed and said
    Claim(PROD, "proved", CHAIN, lambda t, k: k <= t, ("k <= t",), ("for k <= t",)),
    Claim(BACK, "proved", RECURSION, BEFORE_LAST, ("t < T",), ("for t < T",)),
    Claim(
        r"\frac{\partial L}{\partial s_t} = \sum_{k=t-1}^{T} \frac{\partial L_k}{\partial s_t}",
        "proved",
        lambda n, t, k: (n.dtotal(t), sum((n.dloss(i, t) for i in range(t - 1, T + 1)), np.zeros(N))),  # noqa: ARG005
        lambda t, k: t > 1,  # noqa: ARG005
        ("t >= 2",),
        ("for t >= 2",),
    ),
    # conditions on the page
    *(
        Claim(DL_DS + beside, "proved", LAST, AT_LAST, ("t = T",))
        for beside in (
            r" \quad \text{for } t = T",
            r" \text{ if } t = T",
            r" \quad \text{where } t = T",
            r" \quad \text{at } t = T",
            r",\ \text{for}\ t = T",
            r", \quad t = T",
            r", \quad t \in \{T\}",
            r" \quad (t = T)",
            r" \quad \text{only for } t = T",
        )
    ),
    Claim(DL_DS, "refuted", LAST),
    Claim(DL_DS + r" \quad \text{for } t < T", "refuted", LAST, BEFORE_LAST, ("t < T",)),
    *(
        Claim(r"\frac{\partial s_t}{\partial s_k} = 0" + beside, "proved", ZERO, lambda t, k: t < k, domain)
        for beside, domain in (
            (r" \quad \text{for } t < k", ("t < k",)),
            (r", \quad t < k", ("t < k",)),
            (r" \quad \forall k > t", ("t < k",)),
            (r" \quad \text{for } k = t+1, \dots, T", ("t < k", "k <= T")),
        )
    ),
    Claim(
        r"\frac{\partial s_t}{\partial s_k} = 0 \quad \text{for } k < t",
        "refuted",
        ZERO,
        lambda t, k: k < t,
        ("k < t",),
    ),
    Claim(PROD + r", \quad 1 \le k < t \le T", "proved", CHAIN, lambda t, k: k < t, ("k >= 1", "k < t", "t <= T")),
    Claim(BACK + r", \quad t = 1, \dots, T-1", "proved", RECURSION, BEFORE_LAST, ("t >= 1", "t < T")),
    Claim(
        r"\frac{\partial L}{\partial s_t} = \begin{cases} (s_t - y_t)^\top & t = T \\ (s_t - y_t)^\top"
        r" + \frac{\partial L}{\partial s_{t+1}} \mathrm{diag}(1 - s_{t+1}^2) W & \text{otherwise} \end{cases}",
        "proved",
        lambda n, t, k: LAST(n, t, k) if t == T else RECURSION(n, t, k),
    ),
    # what a sum leaves out
    Claim(
        r"\sum_{k=1, k \ne t}^{T} L_k = L - L_t",
        "proved",
        lambda n, t, k: (  # noqa: ARG005
            np.array(sum(n.losses(n.states())[i] for i in range(1, T + 1) if i != t)),
            np.array(sum(n.losses(n.states())[1 : T + 1]) - n.losses(n.states())[t]),
        ),
    ),
    Claim(
        r"\sum_{\substack{k=1 \\ k \ne t}}^{T} L_k + 0 L_t = L",
        "refuted",
        lambda n, t, k: (  # noqa: ARG005
            np.array(sum(n.losses(n.states())[i] for i in range(1, T + 1) if i != t)),
            np.array(sum(n.losses(n.states())[1 : T + 1])),
        ),
    ),
]


def settled(text: str) -> Finding:
    """The finding of the last claim of the note with more text behind."""
    return [f for f in check(NOTE + text, repair=False).findings if f.kind == "claim" and not f.inline][-1]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.latex)
def test_a_claim_is_settled_on_its_domain_and_that_is_said(claim: Claim) -> None:
    found = settled(f"$$ {claim.latex} $$\n")
    assert (found.verdict, found.domain) == (claim.verdict, claim.domain)
    assert found.hypotheses == claim.given
    assert all(g.removeprefix("for ") in found.message for g in claim.given)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.latex)
def test_complex_steps_say_the_same(claim: Claim) -> None:
    net = Net()
    pairs = [(t, k) for t in range(1, T + 1) for k in range(1, T + 1) if claim.where(t, k)]
    agree = [np.allclose(*claim.sides(net, t, k), atol=1e-12) for t, k in pairs]
    assert pairs
    assert all(agree) == (claim.verdict == "proved")


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        (r"L_t + \sum_{k=T+1}^{t} L_k = L_T", "t = T"),
        (r"W^{t-T} s_t = s_T", "t = T"),
        (r"W^{k-t} W^{t-k} s_t = s_t", "k = t"),
    ],
)
def test_what_holds_only_where_letters_are_tied_together_is_undecided(claim: str, line: str) -> None:
    found = settled(f"$$ {claim} $$\n")
    assert (found.verdict, found.code, found.domain) == ("undecided", "narrow", (line,))
    assert f"only for {line}" in found.message


def test_the_same_with_the_condition_on_the_page_is_proved() -> None:
    assert settled("$$ L_t + \\sum_{k=T+1}^{t} L_k = L_T \\quad \\text{for } t = T $$\n").verdict == "proved"


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial L}{\partial W} = \sum_{t=0}^{T} \frac{\partial L_t}{\partial W}",
        r"\frac{\partial s_{T+1}}{\partial s_T} = \mathrm{diag}(1 - s_{T+1}^2) W",
        r"\frac{\partial L}{\partial x_{T+1}} = 0",
    ],
)
def test_steps_outside_of_the_sequence_are_said(claim: str) -> None:
    found = settled(f"$$ {claim} $$\n")
    assert found.verdict == "proved"
    assert any(word.startswith("steps outside 1..T") for word in found.readings)


def test_states_before_the_first_step_need_no_word() -> None:
    found = settled(r"$$ \frac{\partial s_1}{\partial s_0} = \mathrm{diag}(1 - s_1^2) W $$")
    assert (found.verdict, found.readings) == ("proved", ())


@pytest.mark.parametrize(
    "beside",
    [
        r"\text{if the gate is open}",
        r"\text{unless } t < T",
        r"\text{except for } t < T",
        r"\text{(last step)}",
        r"\text{for } t = T, T-1",
        r"\text{for } t = n",
        r"\text{if } W = 0",
        r"\text{for } t \text{ even}",
        r"\text{otherwise}",
    ],
)
def test_a_condition_that_is_not_understood_leaves_the_claim_undecided(beside: str) -> None:
    assert settled(rf"$$ {DL_DS} \quad {beside} $$").verdict == "undecided"
    assert (
        settled(rf"$$ \frac{{\partial L_t}}{{\partial s_t}} = (s_t - y_t)^\top \quad {beside} $$").verdict
        == "undecided"
    )


@pytest.mark.parametrize(
    "words", [r"\text{for every step}", r"\forall t", r"\text{(chain rule)}", r"\text{for all } t"]
)
def test_words_that_restrict_nothing_change_nothing(words: str) -> None:
    assert settled(rf"$$ \frac{{\partial L_t}}{{\partial s_t}} = (s_t - y_t)^\top \quad {words} $$").verdict == "proved"
    assert settled(rf"$$ {DL_DS} \quad {words} $$").verdict == "refuted"


@pytest.mark.parametrize(
    ("before", "behind", "verdict"),
    [
        ("For $t = T$ we have", "", "proved"),
        ("In the base case $t = T$, we have", "", "proved"),
        ("Take the case $t = T$. Then", "", "proved"),
        ("We have", "for $t = T$, and nothing else.", "proved"),
        ("For $t = T$ nothing follows. We have", "", "refuted"),
        ("We have", "For $t = T$ nothing follows.", "refuted"),
        ("If $W = 0$ we have", "", "undecided"),
    ],
)
def test_a_sentence_governs_the_display_that_it_runs_into(before: str, behind: str, verdict: str) -> None:
    assert settled(f"{before}\n\n$$ {DL_DS} $$\n\n{behind}\n").verdict == verdict


def test_cells_and_rows_behind_an_equation_are_conditions_on_it() -> None:
    rows = (
        rf"{DL_DS.replace('=', '&=')} && t = T \\ \frac{{\partial s_t}}{{\partial s_k}} &= 0 \\ & \text{{for }} t < k"
    )
    report = check(NOTE + rf"$$\begin{{align}} {rows} \end{{align}}$$", repair=False)
    assert [(f.verdict, f.domain) for f in report.findings if f.kind == "claim"] == [
        ("proved", ("t = T",)),
        ("proved", ("t < k",)),
    ]


def test_the_end_of_one_sum_is_not_the_last_step_of_the_note() -> None:
    more = "$$ J_k = \\sum_{t=1}^{k} L_t $$\n\n$$ J_k - J_{k-1} = L_k $$\n\n$$ J_k = L $$\n"
    claims = [f for f in check(NOTE + more, repair=False).findings if f.kind == "claim"]
    assert [f.verdict for f in claims] == ["proved", "refuted"]


def test_another_letter_for_the_last_step_is_known_in_conditions() -> None:
    note = NOTE.replace("^{T}", r"^{\tau}")
    text = rf"$$ {DL_DS}, \quad t = \tau $$"
    found = check(note + text, repair=False).findings[-1]
    assert (found.verdict, found.domain) == ("proved", ("t = T",))


@pytest.mark.parametrize(
    "claim",
    [
        r"L = \sum_{t \in \{1, T\}} L_t",
        r"L = \sum_{t \in \{1, 3, \dots, T\}} L_t",
        r"\frac{\partial s_{t,i}}{\partial z_{t,j}} = \mathbf{1}(i \equiv j) (1 - s_{t,i}^2)",
        r"L = \begin{cases} \sum_{t=1}^T L_t & \text{if the gate is open} \\ 0 & \text{otherwise} \end{cases}",
    ],
)
def test_sets_and_conditions_without_a_meaning_are_undecided(claim: str) -> None:
    assert settled(f"$$ {claim} $$\n").verdict == "undecided"


def test_a_set_without_gaps_is_a_range() -> None:
    assert settled(r"$$ L = \sum_{t \in \{1, 2, \dots, T\}} L_t $$").verdict == "proved"
