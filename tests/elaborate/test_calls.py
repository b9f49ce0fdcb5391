r"""Calls: partial derivatives of `f(x_t, h_{t-1}, w)` that have a name, words as functions, `\mathrm{prod}(A, b)`."""

import pytest

from bptt_symbolic import check

STATE = r"$$ h_t = f(x_t, h_{t-1}, w) $$"
BY_W = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial w}"
BY_H = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial h_{t-1}}"
BY_X = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial x_t}"


def verdicts(*parts: str) -> list[str | None]:
    found = check("\n\n".join(parts), repair=False)
    return [f.verdict for f in found.findings if f.kind == "claim"]


@pytest.mark.parametrize(("second", "verdict"), [(BY_H, "proved"), (BY_X, "refuted")])
def test_a_named_derivative_by_an_argument_holds_the_others_fixed(second: str, verdict: str) -> None:
    recursion = r"Take $a_0 = 0$ and $a_t = b_t + c_t a_{t-1}$ with"
    parts = rf"$$ a_t = \frac{{\partial h_t}}{{\partial w}} $$ $$ b_t = {BY_W} $$ $$ c_t = {second} $$"
    assert verdicts(STATE, recursion, parts) == [verdict]


def test_the_name_of_the_immediate_part_is_not_the_whole() -> None:
    total = r"\frac{\partial h_t}{\partial w}"
    carried = r"\frac{\partial h_t}{\partial h_{t-1}} \frac{\partial h_{t-1}}{\partial w}"
    name = f"$$ g_t = {BY_W} $$"
    assert verdicts(STATE, name, f"$$ {total} = g_t + {carried} $$") == ["proved"]
    assert verdicts(STATE, name, f"$$ {total} = g_t $$") == ["refuted"]


LINEAR = r"$$ h_t = A x_t + B h_{t-1} $$ $$ o_t = V h_t $$ $$ L = \sum_t \ell(o_t, y_t) $$"


def grad(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"{grad('L', 'V')} = \sum_t \mathrm{{prod}}({grad('L', 'o_t')}, {grad('o_t', 'V')})", "proved"),
        (rf"{grad('L', 'h_T')} = \text{{prod}}\left({grad('L', 'o_T')}, {grad('o_T', 'h_T')}\right)", "proved"),
        (rf"{grad('L', 'h_t')} = \mathrm{{prod}}({grad('L', 'h_{t+1}')}, {grad('h_{t+1}', 'h_t')})", "refuted"),
        (r"h_t = \mathrm{matmul}(A, x_t) + \mathrm{matmul}(B, h_{t-1})", "proved"),
        (r"h_t = \mathrm{matmul}(A, x_t) + \mathrm{matmul}(A, x_{t-1})", "refuted"),
    ],
)
def test_a_product_may_be_written_as_a_function(claim: str, verdict: str) -> None:
    assert verdicts(LINEAR, f"$$ {claim} $$") == [verdict]


@pytest.mark.parametrize(("stack", "verdict"), [("h_{t-1}, x_t", "proved"), ("x_t, h_{t-1}", "refuted")])
def test_vectors_may_be_stacked_by_a_function(stack: str, verdict: str) -> None:
    cell = r"$$ z_t = W \mathrm{concat}(h_{t-1}, x_t) + b $$ $$ h_t = \tanh(z_t) $$ $$ L = \sum_t \ell(h_t) $$"
    claim = rf"$$ {grad('L', 'W')} = \sum_t {grad('L', 'z_t')} \mathrm{{concat}}({stack})^\top $$"
    assert verdicts(cell, claim) == [verdict]


def test_a_word_before_brackets_alone_is_a_function_whatever_the_words_say_of_it() -> None:
    cell = (
        r"$$ s_0 = func(z_0) $$ where $func$ is chosen later, and $$ z_t = U x_t + W s_{t-1} $$ $$ s_t = func(z_t) $$"
    )
    assert verdicts(cell, rf"$$ {grad('s_t', 'z_t')} = \mathrm{{diag}}(func'(z_t)) $$")[-1] == "proved"
    assert "ill-typed" not in verdicts(cell)
    assert "refuted" not in verdicts(cell)


def test_a_loss_may_be_called_by_its_word() -> None:
    network = (
        r"$$ h_t = act(W h_{t-1} + U x_t) $$ $$ y_t = out(V h_t) $$ $$ L_t = loss(y_t, d_t) $$ $$ L = \sum_t L_t $$"
    )
    claim = rf"$$ {grad('L', 'V')} = \sum_t (out'(V h_t) \odot {grad('L', 'y_t')}) h_t^\top $$"
    assert verdicts(network, claim) == ["proved"]
    assert verdicts(network, claim.replace(r"h_t^\top", r"h_{t-1}^\top")) != ["proved"]


def test_letters_that_stand_without_a_bracket_too_are_factors() -> None:
    numbers = r"$$ h_t = uvw(h_{t-1} + x_t) $$ $$ y_t = uvw h_t $$"
    assert verdicts(numbers, rf"$$ {grad('y_t', 'h_t')} = uvw $$") == ["proved"]


@pytest.mark.parametrize(
    ("factor", "verdict"), [(r"\mathbf{1}(i = k)", "proved"), (r"\mathbf{1}(i = j)", "refuted"), ("1", "refuted")]
)
def test_a_unit_that_compares_pairs_of_indices_elsewhere_is_no_function(factor: str, verdict: str) -> None:
    pairs = r"$$ \frac{\partial V_{k,l}}{\partial V_{i,j}} = \mathbf{1}(k = i, l = j) $$"
    claim = rf"$$ \frac{{\partial o_{{t,k}}}}{{\partial V_{{i,j}}}} = {factor} h_{{t,j}} $$"
    assert verdicts(LINEAR, pairs, claim)[-1] == verdict


@pytest.mark.parametrize(
    "words",
    [
        "In some variants the gate is replaced, in which case the update would be rewritten as",
        "Some authors instead write",
        "In other implementations the cell is",
        "In einigen Varianten gilt",
    ],
)
def test_what_others_write_is_no_claim_of_the_note(words: str) -> None:
    cell = r"$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t $$ $$ h_t = \tanh(c_t) $$"
    other = r"$$ c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t $$"
    assert verdicts(cell, words, other) == ["undecided"]
    assert verdicts(cell, "So the update is", other) == ["refuted"]
