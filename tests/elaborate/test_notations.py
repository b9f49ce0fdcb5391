"""Notations -> verdicts: kinds that the generator of dresses found, each with a wrong twin or an innocent neighbour."""

import pytest

from bptt_symbolic.api import check

PLAIN = r"""
$$z_t = W h_{t-1} + U x_t$$

$$h_t = \tanh(z_t)$$

$$L = \sum_{t=1}^{T} \frac12 \| h_t - d_t \|^2$$
"""
ABOVE = PLAIN.replace("_{t-1}", "^{t-1}").replace("_t", "^t")
SQUARE = PLAIN.replace("_{t-1}", "[t-1]").replace("_t", "[t]")
LAST = r"""
$$h(t) = \tanh(W h(t-1) + U x(t))$$

$$o(n) = V h(n)$$

$$L = \frac12 \| o(n) - y \|^2$$

$$\frac{\partial L}{\partial U}
= \sum_{t=1}^n \left( \frac{\partial L}{\partial h(t)} \odot (1 - h(t)^2) \right) x(t)^\top$$
"""
LAST_ENTRIES = r"""
$$h_{t,i} = \tanh(\sum_j W_{ij} h_{t-1,j} + \sum_j U_{ij} x_{t,j})$$

$$o_{T,i} = \sum_j V_{ij} h_{T,j}$$

$$L = \frac12 \sum_i (o_{T,i} - y_i)^2$$
"""
OPEN_END = PLAIN.replace(r"\sum_{t=1}^{T}", r"\sum_t")


def settled(note: str, claim: str) -> str:
    """The verdict of a claim at the end of a note."""
    report = check(f"# A note\n{note}\n\n$$\n{claim}\n$$\n", repair=False)
    return report.findings[-1].verdict or report.findings[-1].kind


def gradient(below: str, delta: str, factor: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {below}}} = \sum_{{t=1}}^{{T}} {delta} {factor}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial h^t}{\partial h^{t-1}} = \mathrm{diag}(1 - {h^t}^2) W", "proved"),
        (r"\frac{\partial h^t}{\partial h^{t-1}} = \mathrm{diag}(1 - {h^t}^3) W", "refuted"),
        (r"\frac{\partial h^t}{\partial h^{t-1}} = \mathrm{diag}(1 - {h^t}) W", "refuted"),
        (gradient("W", r"\frac{\partial L}{\partial z^t}", r"h^{t-1 \top}"), "proved"),
        (gradient("W", r"\frac{\partial L}{\partial z^t}", r"h^{t-1\mathsf{T}}"), "proved"),
        (gradient("W", r"\frac{\partial L}{\partial z^t}", r"h^{t-1\intercal}"), "proved"),
        (gradient("W", r"\frac{\partial L}{\partial z^t}", r"h^{t\top}"), "refuted"),
    ],
)
def test_a_step_above_takes_one_script(claim: str, verdict: str) -> None:
    assert settled(ABOVE, claim) == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (gradient("W", r"\frac{\partial L}{\partial z[t]}", r"h[t-1]^\top"), "proved"),
        (gradient("W", r"\frac{\partial L}{\partial z[t]}", r"h[t]^\top"), "refuted"),
        (r"\frac{\partial L}{\partial h[T]} = [h[T] - d[T]]", "proved"),
    ],
)
def test_a_step_may_stand_in_square_brackets_behind(claim: str, verdict: str) -> None:
    assert settled(SQUARE, claim) == verdict


GRADIENT = r"\frac{\partial L}{\partial z_t}"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (rf"Write $\delta_t$ for the gradient ${GRADIENT}$.", r"\delta_t"),
        (rf"We denote ${GRADIENT}$ by $\delta_t$.", r"\delta_t"),
        (rf"The gradient ${GRADIENT}$ is written $\bar z_t$.", r"\bar z_t"),
        (r"On note $\bar z_t$ le gradient $\nabla_{z_t} L$.", r"\bar z_t"),
        (r"记 $g_t$ 为梯度 $\partial L / \partial z_t$。", "g_t"),
        (rf"Wir schreiben $\delta z_t$ für den Gradienten ${GRADIENT}$.", r"\delta z_t"),
        (rf"Обозначим через $\delta_t$ градиент ${GRADIENT}$.", r"\delta_t"),
        (rf"Write $dz_t$ for the gradient ${GRADIENT}$.", "dz_t"),
        (rf"$$dz_t = {GRADIENT}$$", "dz_t"),
        (rf"$$\mathrm{{d}}z_t = {GRADIENT}$$", r"\mathrm{d}z_t"),
    ],
)
def test_names_of_gradients_are_said_in_words_and_with_a_differential(words: str, name: str) -> None:
    assert settled(f"{PLAIN}\n{words}\n", gradient("U", name, r"x_t^\top")) == "proved"
    assert settled(f"{PLAIN}\n{words}\n", gradient("W", name, r"h_t^\top")) == "refuted"


@pytest.mark.parametrize(
    "words",
    [
        rf"Here $\delta_t$ is not ${GRADIENT}$.",
        rf"The difference of $\delta_t$ and ${GRADIENT}$ is small.",
        rf"We compute $\delta_t$ from ${GRADIENT}$.",
    ],
)
def test_other_words_between_say_nothing(words: str) -> None:
    assert settled(f"{PLAIN}\n{words}\n", gradient("U", r"\delta_t", r"x_t^\top")) == "undecided"


def test_a_d_that_nothing_calls_a_gradient_is_a_factor() -> None:
    assert settled(PLAIN.replace("d_t", "y_t"), gradient("U", r"dz_t", r"x_t^\top")) == "undecided"


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (LAST, r"\frac{\partial L}{\partial V} = (o(n) - y) h(n)^\top", "proved"),
        (LAST, r"\frac{\partial L}{\partial h(n)} = V^\top (y - o(n))", "refuted"),
        (LAST_ENTRIES, r"\frac{\partial L}{\partial V_{ij}} = (o_{T,i} - y_i) h_{T,j}", "proved"),
        (LAST_ENTRIES, r"\frac{\partial L}{\partial V_{ij}} = (y_i - o_{T,i}) h_{T,j}", "refuted"),
    ],
)
def test_what_there_is_at_the_last_step_alone_is_defined_there(note: str, claim: str, verdict: str) -> None:
    assert settled(note, claim) == verdict


@pytest.mark.parametrize(("step", "verdict"), [("t+1", "proved"), ("t", "refuted")])
def test_a_capital_above_the_running_step_is_the_last_one(step: str, verdict: str) -> None:
    slope = rf"(1 - h_{{{step}}}^2)"
    later = rf"W^\top (\frac{{\partial L}}{{\partial h_{{t+1}}}} \odot {slope})"
    claim = rf"\frac{{\partial L}}{{\partial h_t}} = h_t - d_t + {later}, \qquad t < N"
    assert settled(OPEN_END, claim) == verdict


def test_a_sum_with_an_undefined_name_is_no_accusation() -> None:
    claim = r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_{t+1}} \odot h_{t+1} + W^\top e_{t+1}"
    assert settled(PLAIN, claim) == "undecided"
    assert settled(PLAIN, claim.replace(r"W^\top e_{t+1}", r"U x_t x_t^\top")) == "ill-typed"


@pytest.mark.parametrize(
    "words",
    [
        r"Hier ist $*$ das elementweise Produkt.",
        r"Ici $*$ désigne le produit terme à terme.",
        r"Aquí $*$ es el producto elemento a elemento.",
        r"其中 $*$ 表示逐元素乘积。",
        r"Здесь $*$ обозначает поэлементное произведение.",
        r"Qui $*$ è il prodotto elemento per elemento.",
    ],
)
def test_the_entrywise_product_is_said_in_many_languages(words: str) -> None:
    claim = r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} * (1 - h_t * h_t)"
    assert settled(f"{PLAIN}\n{words}\n", claim) == "proved"
    assert settled(f"{PLAIN}\n{words}\n", claim.replace("1 -", "1 +")) == "refuted"


MEAN = PLAIN.replace(r"\sum_{t=1}^{T}", r"\frac{1}{N} \sum_t")
DIFFERENTIALS = rf"{PLAIN}{chr(10)}$$dh_t = \frac{{\partial L}}{{\partial h_t}}$$"
CAPITALS = r"""
$$x_t = \tanh(H x_{t-1} + S w_t)$$

$$u_t = L x_t$$

$$\ell = \sum_{t=1}^{T} \frac12 \| u_t - s_t \|^2$$
"""
GATES = r"""
$$a^{h}_t = W_h x_t + U_h s_{t-1}$$

$$\tilde{h}_t = \tanh(a^{h}_t)$$

$$s_t = s_{t-1} + \tilde{h}_t$$

$$L = \sum_{t=1}^{T} \frac12 \| s_t - d_t \|^2$$
"""
LABEL_AND_ENTRY = r"""
$$a_{h,i}^t = \sum_l (W_h)_{il} x_l^t + \sum_l (U_h)_{il} h_l^{t-1}$$

$$h_i^t = \tanh(a_{h,i}^t)$$

$$L = \frac12 \sum_t \sum_l (h_l^t - d_l^t)^2$$
"""


@pytest.mark.parametrize(
    ("note", "claim", "verdict"),
    [
        (MEAN, r"\frac{\partial L}{\partial h_N} = \frac{1}{N} (h_N - d_N)", "proved"),
        (MEAN, r"\frac{\partial L}{\partial h_N} = h_N - d_N", "refuted"),
        (DIFFERENTIALS, r"dh_T = h_T - d_T", "proved"),
        (DIFFERENTIALS, r"dh_T = W^\top U^\top b", "undecided"),
        (PLAIN, r"\nabla_U L = \sum_{t=1}^T \nabla_{z_t} L (x_t)^\top", "proved"),
        (PLAIN, r"\nabla_W L = \sum_{t=1}^T \nabla_{z_t} L (h_t)^\top", "refuted"),
        (SQUARE, r"\nabla_{h[T]} L = h[T] - d[T]", "proved"),
        (SQUARE, r"\nabla_{h[T]} L = d[T] - h[T]", "refuted"),
        (CAPITALS, r"\frac{\partial u_t}{\partial x_t} = L", "proved"),
        (CAPITALS, r"\frac{\partial \ell}{\partial L} = \sum_{t=1}^{T} x_t (u_t - s_t)^\top", "ill-typed"),
        (
            GATES,
            r"\frac{\partial L}{\partial U_h} = \sum_{t=1}^T \frac{\partial L}{\partial a^{h}_t} s_{t-1}^\top",
            "proved",
        ),
        (
            GATES,
            r"\frac{\partial L}{\partial U_h} = \sum_{t=1}^T \frac{\partial L}{\partial a^{h}_t} s_t^\top",
            "refuted",
        ),
        (
            LABEL_AND_ENTRY,
            r"\frac{\partial L}{\partial (U_h)_{ij}} = \sum_t \frac{\partial L}{\partial a_{h,i}^t} h_j^{t-1}",
            "proved",
        ),
        (
            LABEL_AND_ENTRY,
            r"\frac{\partial L}{\partial (U_h)_{ij}} = \sum_t \frac{\partial L}{\partial a_{h,j}^t} h_i^{t-1}",
            "refuted",
        ),
    ],
)
def test_letters_and_places_of_other_kinds(note: str, claim: str, verdict: str) -> None:
    assert settled(note, claim) == verdict


ARGUMENT = PLAIN.replace("_{t-1}", "(t-1)").replace("_t", "(t)")


@pytest.mark.parametrize("note", [ARGUMENT, SQUARE])
def test_derivatives_in_one_line_take_the_step_behind(note: str) -> None:
    left, right = "[]" if note is SQUARE else "()"

    def at(name: str, step: str) -> str:
        return f"{name}{left}{step}{right}"

    jacobian = rf"\partial {at('h', 't')} / \partial {at('h', 't-1')} = \mathrm{{diag}}(1 - {at('h', 't')}^2) W"
    delta = rf"\delta {at('z', 't')} = \partial L / \partial {at('z', 't')}"
    sum_ = rf"\partial L / \partial U = \sum_{{t=1}}^T \delta {at('z', 't')} {at('x', 't')}^\top"
    assert settled(note, jacobian) == "proved"
    assert settled(note, jacobian.replace("1 -", "1 +")) == "refuted"
    assert settled(f"{note}\n$$\n{delta}\n$$", sum_) == "proved"
    assert settled(f"{note}\n$$\n{delta.replace('= ', '= 2 ')}\n$$", sum_) == "refuted"
