"""Inequalities: which bounds are proved, which are refuted, and what a verdict rests on."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bptt_symbolic import check, counterexample
from bptt_symbolic.reporting.report import Finding

RNN = r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ L = \sum_{t=1}^T \tfrac12 \|h_t - y_t\|^2 $$"
LONG = r"\left\| \frac{\partial h_t}{\partial h_k} \right\|_2"


def _claim(note: str, claim: str) -> Finding:
    return next(f for f in check(f"{note}\n\n$$ {claim} $$", repair=False).findings if f.latex == claim)


def _jacobians(rng: np.random.Generator, scale: float) -> tuple[np.ndarray, np.ndarray, int]:
    """The Jacobian of a random network over some steps, the recurrent matrix, and how many steps."""
    n, steps = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    weights, state, found = rng.normal(size=(n, n)) * scale, np.zeros(n), np.eye(n)
    for _ in range(steps):
        state = np.tanh(weights @ state + rng.normal(size=n) * rng.choice([0, 0.1, 1]))
        found = np.diag(1 - state**2) @ weights @ found
    return found, weights, steps


GRID = list(product((1, 2, 0.5), (0, 1, -1)))


@pytest.mark.parametrize(("factor", "more"), GRID)
def test_powers_of_the_norm_are_proved_only_where_sampling_never_contradicts(factor: float, more: int) -> None:
    rng = np.random.default_rng(7)
    holds = True
    for scale in (0.05, 0.3, 1.0, 3.0) * 200:
        jacobian, weights, steps = _jacobians(rng, scale)
        right = factor * np.linalg.norm(weights, 2) ** (steps + more)
        holds = holds and bool(np.linalg.norm(jacobian, 2) <= right * (1 + 1e-9))
    exponent = "t-k" + {0: "", 1: "+1", -1: "-1"}[more]
    number = {1: "", 2: "2 ", 0.5: r"\frac12 "}[factor]
    verdict = _claim(RNN, rf"{LONG} \le {number}\|W\|_2^{{{exponent}}}").verdict
    assert verdict == "proved" if holds else verdict in {"refuted", "undecided"}


def test_a_verdict_says_what_it_supposes() -> None:
    note = RNN + "\n\nAssume that $\\|W\\|_2 < 1$."
    found = _claim(note, rf"{LONG} < 1")
    assert found.verdict == "proved"
    assert any(r"\left\|W\right\|_2 < 1" in said for said in found.hypotheses)
    assert any("k < t" in said for said in found.hypotheses)
    assert _claim(RNN, rf"{LONG} < 1").verdict == "refuted"


def test_a_norm_without_a_mark_is_said_to_be_the_spectral_one() -> None:
    found = _claim(RNN, r"\left\| \frac{\partial h_t}{\partial h_{t-1}} \right\| \le \|W\|")
    assert found.verdict == "proved"
    assert any("spectral" in fact.what for fact in found.assumptions)


CONDITIONS = (
    "Gradients vanish if\n\n$$ {} $$",
    "This happens when\n\n$$ {} $$",
    "For that it is required that\n\n$$ {} $$",
    "We suppose that\n\n$$ {} $$",
)


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_is_no_claim(text: str) -> None:
    condition = r"\left\| \frac{\partial h_t}{\partial h_{t-1}} \right\| < 1"
    found = check(f"{RNN}\n\n{text.format(condition)}", repair=False).findings
    assert [f.verdict for f in found if f.latex == condition] == [None]


def test_what_contradicts_itself_refutes_nothing() -> None:
    note = RNN + "\n\nIf $\\|W\\| < 1$, gradients vanish. If $\\|W\\| > 1$, they may explode."
    assert _claim(note, r"\left\| \frac{\partial h_t}{\partial h_k} \right\| \le \frac12").verdict == "undecided"
    assert _claim(note, r"\left\| \frac{\partial h_t}{\partial h_k} \right\| \le 1").verdict == "proved"


def test_what_is_supposed_of_a_function_holds_at_every_number() -> None:
    note = RNN.replace(r"\tanh", r"\phi") + "\n\nLet $|\\phi'(z)| \\le \\beta$ and $\\|W\\| \\le \\alpha$."
    step = r"\left\| \frac{\partial h_t}{\partial h_{t-1}} \right\|"
    assert _claim(note, rf"{step} \le \alpha \beta").verdict == "proved"
    assert _claim(note, rf"{step} \le \alpha").verdict != "proved"
    assert _claim(note, rf"{step} \le \alpha + \beta").verdict != "proved"
    known = RNN + "\n\nLet $|\\tanh'(z)| \\le \\beta$ and $\\|W\\| \\le \\alpha$."
    assert _claim(known, rf"{step} \le \alpha \beta").verdict == "proved"
    assert _claim(known, rf"{step} \le \beta").verdict == "refuted"


def test_a_counterexample_is_a_program_that_says_so_again(tmp_path: Path) -> None:
    claim = r"\left\| \frac{\partial h_t}{\partial h_{t-1}} \right\|_F \le \|W\|_2"
    file = tmp_path / "again.py"
    file.write_text(counterexample(f"{RNN}\n\n$$ {claim} \\tag{{1}} $$", "1"), encoding="utf-8")
    assert "np.linalg.norm" in file.read_text(encoding="utf-8")
    assert subprocess.run([sys.executable, str(file)], check=False, capture_output=True).returncode == 0


WORDS = (
    ("If the largest singular value of the recurrent matrix $W$ is below 1, then", r"\le 1", "proved"),
    ("We assume that the largest singular value of $W$ is at most $\\lambda$, and $\\lambda < 1$.", r"< 1", "proved"),
    ("If the largest singular value of $U$ is below 1, then", r"\le 1", "refuted"),
    ("If the largest singular value of $W$ is not below 1, then", r"\le 1", "undecided"),
    ("If the spectral radius of $W$ is below 1, then", r"\le 1", "undecided"),
    ("Suppose $W$ is orthogonal. Then", r"\le 1", "undecided"),
)


@pytest.mark.parametrize(("words", "bound", "verdict"), WORDS)
def test_what_the_words_suppose_is_used_or_nothing_is_refuted(words: str, bound: str, verdict: str) -> None:
    claim = rf"\left\| \frac{{\partial h_t}}{{\partial h_k}} \right\| {bound}"
    assert _claim(f"{RNN}\n\n{words}", claim).verdict == verdict


def test_a_parameter_between_two_numbers_is_supposed() -> None:
    gate = r"Scalars: $$ c_t = f c_{t-1} + g x_t $$ with scalar $f$, $g$ and $0 < f < 1$."
    assert _claim(gate, r"\left| \frac{\partial c_t}{\partial c_k} \right| \le 1").verdict == "proved"
    assert (
        _claim(gate.replace("1$.", "2$."), r"\left| \frac{\partial c_t}{\partial c_k} \right| \le 1").verdict
        != "proved"
    )
