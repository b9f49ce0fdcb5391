"""Every scalar function in a note: read, settled, derived, computed, unrolled; compared with SymPy and differences."""

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sympy  # type: ignore[import-untyped]

import bptt_symbolic
from bptt_symbolic.scalars.rows import WRITTEN

Z = sympy.Symbol("z", real=True)
FUNCTIONS = {
    r"\tanh": sympy.tanh(Z),
    r"\mathrm{sigmoid}": 1 / (1 + sympy.exp(-Z)),
    r"\operatorname{ReLU}": sympy.Max(0, Z),
    r"\operatorname{softplus}": sympy.log(1 + sympy.exp(Z)),
    r"\sin": sympy.sin(Z),
    r"\cos": sympy.cos(Z),
    r"\arctan": sympy.atan(Z),
    r"\operatorname{erf}": sympy.erf(Z),
    r"\mathrm{GELU}": Z * (1 + sympy.erf(Z / sympy.sqrt(2))) / 2,
    r"\mathrm{SiLU}": Z / (1 + sympy.exp(-Z)),
    r"\mathrm{ELU}": sympy.Piecewise((Z, Z > 0), (sympy.exp(Z) - 1, True)),
    r"\text{LeakyReLU}": sympy.Max(0, Z) + sympy.Min(0, Z) / 100,
    r"\operatorname{hardsigmoid}": sympy.Min(sympy.Max(0, Z + 3), 6) / 6,
    r"\operatorname{softsign}": Z / (1 + sympy.Abs(Z)),
}
GROWING = {r"\sinh": sympy.sinh(Z), r"\cosh": sympy.cosh(Z), r"\exp": sympy.exp(Z)}
"""Functions whose values in a recurrence are too large to compute with; they stand behind one."""
QUICK = {r"\tanh", r"\operatorname{ReLU}", r"\mathrm{GELU}"}
SAMPLED = [pytest.param(word, marks=[pytest.mark.slow] * (word not in QUICK)) for word in FUNCTIONS]
"""One smooth, one with a kink, one with a function in its slope; the others in the long run."""


def note(word: str, *claims: str) -> str:
    """A network whose state is this function of its argument."""
    tagged = "\n".join(rf"$$ {claim} \tag{{{n}}} $$" for n, claim in enumerate(claims, 1))
    return rf"""
# A network

$$ z_t = W s_{{t-1}} + U x_t $$
$$ s_t = {word}(z_t) $$
$$ L_t = \frac12 \| s_t - y_t \|^2 $$
$$ L = \sum_{{t=1}}^T L_t $$

{tagged}
"""


def behind(word: str, *claims: str) -> str:
    """The function behind a linear recurrence."""
    text = note(word, *claims).replace(rf"s_t = {word}(z_t)", f"s_t = z_t $$\n$$ q_t = {word}(s_t)")
    return text.replace(r"\| s_t - y_t", r"\| q_t - y_t")


def verdicts(text: str) -> list[str]:
    return [f.verdict or "" for f in bptt_symbolic.check(text, repair=False).findings if f.kind == "claim"]


@pytest.mark.parametrize("word", FUNCTIONS)
def test_right_claims_are_proved_for_all_steps_and_sizes_and_wrong_ones_refuted(word: str) -> None:
    right = rf"\frac{{\partial s_t}}{{\partial s_{{t-1}}}} = \operatorname{{diag}}({word}'(z_t)) W"
    gradient = (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \left(\frac{\partial L}{\partial z_t}\right)^\top s_{t-1}^\top"
    )
    wrong = rf"\frac{{\partial s_t}}{{\partial z_t}} = \operatorname{{diag}}({word}(z_t))"
    report = bptt_symbolic.check(note(word, right, gradient, wrong), repair=False)
    claims = [f for f in report.findings if f.kind == "claim"]
    assert [f.verdict for f in claims] == ["proved", "proved", "refuted"]
    assert all(f.scope is not None and f.scope.steps == f.scope.sizes == "all" for f in claims[:2])


@pytest.mark.parametrize("word", GROWING)
def test_functions_that_grow_are_settled_behind_a_recurrence(word: str) -> None:
    right = rf"\frac{{\partial q_t}}{{\partial s_t}} = \operatorname{{diag}}({word}'(s_t))"
    wrong = rf"\frac{{\partial q_t}}{{\partial s_t}} = -\operatorname{{diag}}({word}'(s_t))"
    assert verdicts(behind(word, right, wrong)) == ["proved", "refuted"]


FORMULAS = {
    "the derivative of arctan": (r"\arctan", r"\arctan'(z_t) = \frac{1}{1 + z_t^2}", "proved"),
    "without the square": (r"\arctan", r"\arctan'(z_t) = \frac{1}{1 + z_t}", "refuted"),
    "the derivative of SiLU": (
        r"\mathrm{SiLU}",
        r"\mathrm{SiLU}'(z_t) = \mathrm{sigmoid}(z_t) + z_t \, \mathrm{sigmoid}(z_t) (1 - \mathrm{sigmoid}(z_t))",
        "proved",
    ),
    "SiLU with a missing factor": (
        r"\mathrm{SiLU}",
        r"\mathrm{SiLU}'(z_t) = \mathrm{sigmoid}(z_t) + \mathrm{sigmoid}(z_t) (1 - \mathrm{sigmoid}(z_t))",
        "refuted",
    ),
    "GELU by the error function": (
        r"\mathrm{GELU}",
        r"s_t = \frac{1}{2} z_t \left(1 + \operatorname{erf}\left(\frac{z_t}{\sqrt{2}}\right)\right)",
        "proved",
    ),
    "GELU without the root": (
        r"\mathrm{GELU}",
        r"s_t = \frac{1}{2} z_t \left(1 + \operatorname{erf}\left(\frac{z_t}{2}\right)\right)",
        "refuted",
    ),
    "twice": (r"\arctan", r"\arctan''(z_t) = - \frac{2 z_t}{(1 + z_t^2)^2}", "proved"),
    "leaky": (r"\mathrm{LeakyReLU}", r"s_t = \frac{1}{100} z_t + \frac{99}{100} \mathrm{ReLU}(z_t)", "proved"),
    "leaky, the other way": (
        r"\mathrm{LeakyReLU}",
        r"s_t = \frac{99}{100} z_t + \frac{1}{100} \mathrm{ReLU}(z_t)",
        "refuted",
    ),
    "ELU below zero only": (r"\mathrm{ELU}", r"s_t = \exp(z_t) - 1", "refuted"),
}


@pytest.mark.parametrize(("word", "claim", "verdict"), FORMULAS.values(), ids=FORMULAS)
def test_derivatives_that_are_written_out_are_settled(word: str, claim: str, verdict: str) -> None:
    text = (
        "All quantities are scalars.\n\n" + r"$$ z_t = w s_{t-1} + u x_t $$" + "\n\n" + rf"$$ s_t = {word}(z_t) $$"
        "\n\n" + rf"$$ {claim} \tag{{1}} $$"
    )
    assert verdicts(text) == [verdict]


ROOTS = {
    r"\frac{\partial s_t}{\partial z_t} = \frac{z_t}{s_t}": "proved",
    r"\frac{\partial s_t}{\partial z_t} = \frac{z_t}{\sqrt[2]{1 + z_t^2}}": "proved",
    r"\left(\sqrt{1 + x_t^2}\right)^2 = 1 + x_t^2": "proved",
    r"\frac{\partial s_t}{\partial z_t} = \frac{1}{2 s_t}": "refuted",
    r"\frac{\partial s_t}{\partial z_t} = \frac{z_t}{\sqrt[3]{1 + z_t^2}}": "undecided",
}


@pytest.mark.parametrize(("claim", "verdict"), ROOTS.items())
def test_square_roots_are_read(claim: str, verdict: str) -> None:
    text = rf"""
All quantities are scalars.

$$ z_t = w s_{{t-1}} + u x_t $$

$$ s_t = \sqrt{{1 + z_t^2}} $$

$$ {claim} \tag{{1}} $$
"""
    assert verdicts(text) == [verdict]


@pytest.mark.slow
def test_log_sum_exp_has_the_softmax_for_its_derivative() -> None:
    text = r"""
$$ h_t = \tanh(W h_{t-1} + U x_t) $$
$$ o_t = V h_t $$
$$ L_t = \operatorname{logsumexp}(o_t) - y_t^\top o_t $$
$$ L = \sum_{t=1}^T L_t $$

$$ \frac{\partial L_t}{\partial o_t} = (\mathrm{softmax}(o_t) - y_t)^\top \tag{1} $$
$$ \frac{\partial L_t}{\partial o_t} = (o_t - y_t)^\top \tag{2} $$
$$ \frac{\partial L}{\partial V} = \sum_{t=1}^T (\mathrm{softmax}(o_t) - y_t) h_t^\top \tag{3} $$
"""
    assert verdicts(text) == ["proved", "refuted", "proved"]
    assert verdicts(text.replace(r"\operatorname{logsumexp}", r"\mathrm{LSE}")) == ["proved", "refuted", "proved"]
    assert bptt_symbolic.derive(text) is not None
    rng = np.random.default_rng(3)
    values: dict[str, Any] = {
        name: rng.normal(size=size) for name, size in (("W", (3, 3)), ("U", (3, 2)), ("V", (4, 3)))
    }
    values |= {"x": rng.normal(size=(3, 2)), "y": rng.normal(size=(3, 4)), "h0": rng.normal(size=3)}
    computed: Any = bptt_symbolic.lambdify(text, ["loss", "V"])
    unrolled = bptt_symbolic.unroll(text, steps=2, sizes={"n_h": 1, "n_x": 1, "n_o": 2})
    assert "exp" in str(unrolled.gradient("V", written_out=True))
    assert computed(**values)["V"] == pytest.approx(difference(computed, values, "V"), rel=1e-6)


def difference(function: Any, values: dict[str, Any], name: str) -> Any:
    """The gradient of the loss by one parameter, by central differences."""
    found = np.zeros_like(np.asarray(values[name]))
    for place in np.ndindex(found.shape):
        losses = []
        for step in (1e-5, -1e-5):
            moved = np.array(values[name])
            moved[place] += step
            losses.append(float(np.squeeze(function(**{**values, name: moved})["loss"])))
        found[place] = (losses[0] - losses[1]) / 2e-5
    return found


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("word", FUNCTIONS)
def test_gradients_are_those_of_differences(word: str, backend: str) -> None:
    rng = np.random.default_rng(0)
    values: dict[str, Any] = {"W": rng.normal(size=(3, 3)), "U": rng.normal(size=(3, 2)), "x": rng.normal(size=(4, 2))}
    values |= {"y": rng.normal(size=(4, 3)), "s0": rng.normal(size=3)}
    function: Any = bptt_symbolic.lambdify(note(word), ["loss", "W"], backend=backend)
    assert function(**values)["W"] == pytest.approx(difference(function, values, "W"), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("word", [*FUNCTIONS, *GROWING])
@pytest.mark.parametrize("x", [-800.0, -2.5, 2.5, 800.0])
def test_values_are_those_of_sympy_for_numbers_of_any_size(word: str, x: float) -> None:
    formula = FUNCTIONS[word] if word in FUNCTIONS else GROWING[word]
    if word in GROWING and abs(x) > 700:
        return
    text = behind(word).replace("W s_{t-1} + U x_t", "w s_{t-1} + u x_t")
    function: Any = bptt_symbolic.lambdify("All quantities are scalars.\n" + text, ["q"])
    values: dict[str, Any] = {"w": 0.0, "u": 1.0, "x": np.array([x]), "y": np.array([0.0]), "s0": 0.0}
    found = float(np.squeeze(function(**values)["q"]))
    assert found == pytest.approx(float(formula.subs(Z, sympy.Rational(x)).evalf(40)), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("word", SAMPLED)
def test_a_derivation_reads_back_and_unrolls(word: str) -> None:
    assert bptt_symbolic.derive(note(word)) is not None
    unrolled = bptt_symbolic.unroll(note(word), steps=1, sizes={"n_s": 1, "n_x": 1})
    (found,) = unrolled.gradient("W", written_out=True)
    numbers = {symbol: sympy.Rational(n + 2, 7) for n, symbol in enumerate(sorted(found.free_symbols, key=str))}
    by = {str(symbol)[0].lower(): value for symbol, value in numbers.items()}
    at = by["w"] * by["s"] + by["u"] * by["x"]
    value, slope = (sympy.diff(FUNCTIONS[word], Z, n).subs(Z, at) for n in (0, 1))
    expected = (value - by["y"]) * slope * by["s"]
    assert float(found.subs(numbers)) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("word", SAMPLED)
def test_the_program_of_a_counterexample_agrees_with_the_kernel(word: str) -> None:
    wrong = r"\frac{\partial L_t}{\partial z_t} = 2 (s_t - y_t)^\top"
    program = bptt_symbolic.counterexample(note(word, wrong), "1")
    done = subprocess.run([sys.executable, "-c", str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d", done.stdout)


PROSE = {
    "the rectified linear unit": "relu",
    "the hard sigmoid": "hardsigmoid",
    "the logistic sigmoid": "sigmoid",
    "the Gaussian error linear unit": "gelu",
    "the sigmoid linear unit": "silu",
    "the softsign": "softsign",
    "the Gauss error function": "erf",
}


@pytest.mark.parametrize(("words", "name"), PROSE.items())
def test_prose_says_what_a_letter_is(words: str, name: str) -> None:
    text = note("f").replace("# A network", f"# A network\n\nThe activation $f$ is {words}.")
    (view,) = bptt_symbolic.show(text)
    assert name in str(view).lower().replace("leakyrelu", "leaky_relu"), str(view)


@pytest.mark.parametrize("words", ["the leaky ReLU", "the ELU with $\\alpha = 2$", "the error function", "a hard tanh"])
def test_prose_that_leaves_a_function_open_does(words: str) -> None:
    text = note("f").replace("# A network", f"# A network\n\nThe activation $f$ is {words}.")
    (view,) = bptt_symbolic.show(text)
    assert r"s_{t} = f\left(z_{t}\right)" in view.equations


def test_a_formula_that_is_linear_near_zero_is_no_hard_sigmoid() -> None:
    text = note("f").replace("# A network", "# A network\n\n$$ f(a) = \\frac{a + 3}{6} $$\n")
    assert "hardsigmoid" not in str(bptt_symbolic.show(text))


def test_every_function_that_a_note_can_write_is_tested_here() -> None:
    assert len(WRITTEN) == len(FUNCTIONS) + len(GROWING) + len({"identity", "log", "sqrt"})
