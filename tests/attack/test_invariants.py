r"""What holds for every note, by Hypothesis: names keep their scripts, prose and other definitions change no verdict.

`scripts` are pairs: how LaTeX writes it, and what it is, so that only scripts that mean one thing may make one name.
"""

import pytest
from attack_grammar import COLUMN, formulas
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bptt_symbolic.api import NoteError, check

NOTE = COLUMN
CLAIMS = {
    r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W": "proved",
    r"\frac{\partial s_t}{\partial s_{t-1}} = W \mathrm{diag}(1 - s_t^2)": "refuted",
    r"\frac{\partial s_t}{\partial s_k} = \prod_{i=k+1}^{t} \frac{\partial s_i}{\partial s_{i-1}}": "proved",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L_t}{\partial W}": "proved",
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T-1} \frac{\partial L_t}{\partial W}": "refuted",
    r"\frac{\partial L}{\partial s_t} = \frac{\partial L_t}{\partial s_t} + \frac{\partial L}{\partial s_{t+1}}"
    r" \frac{\partial s_{t+1}}{\partial s_t}": "proved",
    r"\frac{\partial L}{\partial s_t} = \sum_{k=t}^{T} \frac{\partial L_k}{\partial s_t}": "proved",
    r"\frac{\partial L_t}{\partial s_t} = (s_t + y_t)^\top": "refuted",
}
QUICK = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Examples of the default run; the long run is that of the attack."""


def displayed(*lines: str) -> str:
    return "".join(f"\n$$ {line} $$\n" for line in lines)


def verdicts(text: str) -> dict[str, str]:
    """Verdicts of the claims that are displayed, by their LaTeX."""
    report = check(text, repair=False)
    return {f.latex: f.verdict or f.kind for f in report.findings if f.kind == "claim" and not f.inline}


BELOW = st.sampled_from(
    [
        ("a", "a"),
        ("b", "b"),
        ("{ab}", "ab"),
        ("{a,b}", "a,b"),
        ("{ba}", "ba"),
        (r"{\alpha}", "alpha"),
        (r"\beta", "beta"),
        (r"{\mathrm{in}}", "in"),
        (r"{\mathrm{out}}", "out"),
        (r"{\text{new}}", "new"),
        ("{1}", "1"),
        ("2", "2"),
        ("+", "+"),
        ("-", "-"),
        (r"{\star}", "star"),
        (r"{\circ}", "circ"),
        ("{*}", "*"),
        (r"{\dagger}", "dagger"),
        (r"{\ell}", "ell"),
        ("{l}", "l"),
        (r"{\uparrow}", "up"),
        (r"{\downarrow}", "down"),
        ("{<}", "<"),
        ("{>}", ">"),
        (r"{\square}", "square"),
        (r"{a_b}", "a_b"),
        ("{a'}", "a'"),
        (r"{\hat{a}}", "hat a"),
        (r"{\bar{a}}", "bar a"),
        ("{A}", "A"),
        (r"{\infty}", "infty"),
        (r"{\mathbf{a}}", "a"),
        (r"{\parallel}", "parallel"),
        (r"{\perp}", "perp"),
        (r"{\oplus}", "oplus"),
        (r"{\#}", "#"),
    ]
)


@given(first=BELOW, second=BELOW)
@example(first=("+", "+"), second=("-", "-"))
@example(first=(r"{\star}", "star"), second=(r"{\circ}", "circ"))
@settings(QUICK, max_examples=25)
def test_names_with_scripts_that_differ_are_two_names(first: tuple[str, str], second: tuple[str, str]) -> None:
    if first[1] == second[1]:
        return
    text = NOTE.replace("+ x_t", "+ x_t + q" + f"_{first[0]} + q_{second[0]}")
    text = text.replace("$W \\in", f"$q_{first[0]}, q_{second[0]} \\in \\mathbb{{R}}^n$, $W \\in")
    claim = f"q_{first[0]} = q_{second[0]}"
    assert "proved" not in verdicts(text + displayed(claim)).values()


@pytest.mark.slow
@given(first=BELOW, second=BELOW)
@example(first=("{<}", "<"), second=("{>}", ">"))
@example(first=("a", "a"), second=("{a'}", "a'"))
@settings(QUICK, max_examples=25)
def test_a_definition_is_not_that_of_a_name_with_another_script(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    if first[1] == second[1]:
        return
    text = NOTE + displayed(f"q_{first[0]} = W s_1 + x_2", f"2 q_{second[0]} = 2 (W s_1 + x_2)")
    assert "proved" not in verdicts(text).values()


ABOVE = st.sampled_from(
    [
        ("*", "*"),
        (r"{\star}", "star"),
        ("{+}", "+"),
        ("{-}", "-"),
        ("{(1)}", "(1)"),
        ("{(2)}", "(2)"),
        (r"{\mathrm{in}}", "in"),
        (r"{\text{out}}", "out"),
        (r"{\circ}", "circ"),
        (r"{\dagger}", "dagger"),
        (r"{\ell}", "ell"),
        ("{[1]}", "[1]"),
        ("'", "'"),
        ("{''}", "''"),
        (r"{\#}", "#"),
        (r"{\flat}", "flat"),
        (r"{\natural}", "natural"),
        (r"{\uparrow}", "up"),
    ]
)


def raised(script: str) -> str:
    return "q'" if script == "'" else f"q^{script}"


@given(first=ABOVE, second=ABOVE)
@settings(QUICK, max_examples=25)
def test_scripts_above_that_differ_make_two_names(first: tuple[str, str], second: tuple[str, str]) -> None:
    if first[1] == second[1]:
        return
    a, b = raised(first[0]), raised(second[0])
    text = NOTE.replace("+ x_t", f"+ x_t + {a} + {b}")
    assert "proved" not in verdicts(text + displayed(f"{a} = {b}")).values()


SENTENCES = st.sampled_from(
    [
        "This is a scalar.",
        "We use the sigmoid here.",
        "The matrix is zero in many papers.",
        "It is the identity.",
        "If this is not clear, read on.",
        "Not all of this is needed.",
        "Suppose that everything is linear.",
        "All losses are scalars.",
        "Note that not all quantities here are scalars.",
        "The targets are not one-hot.",
        "We do not assume that the state vanishes.",
        "In the special case of no input there is no memory.",
        "The mistake of a lost transpose is common.",
        "Recall the chain rule.",
        "Let us differentiate.",
        "Unlike before, gradients are rows.",
        "When there is one step, the sum has one term.",
        "All entries of the matrices are real numbers.",
        "The activation is bounded.",
        "The inputs may be one-hot or not.",
        "A scalar loss is assumed throughout.",
        "The network is initialised at random.",
        "Otherwise nothing changes.",
    ]
)
WORDS = st.lists(
    st.sampled_from(
        [
            "scalar",
            "scalars",
            "sigmoid",
            "zero",
            "identity",
            "if",
            "not",
            "the",
            "is",
            "are",
            "vector",
            "matrix",
            "loss",
            "state",
            "linear",
            "one-hot",
            "symmetric",
            "where",
            "when",
            "suppose",
            "assume",
            "let",
            "all",
            "every",
            "no",
            "tanh",
            "softmax",
            "initial",
            "input",
            "target",
            "transpose",
            "gradient",
            "mean",
            "sum",
            "step",
        ]
    ),
    min_size=3,
    max_size=12,
).map(lambda words: " ".join(words).capitalize() + ".")
PLACES = st.integers(0, len(NOTE.split("\n\n")))


UNSTATED = NOTE.split("\n\n", 1)[1]
"""The same network without a word on shapes: the claims show that there are vectors."""


def with_sentence(sentence: str, place: int, *, note: str = NOTE, heading: bool = False) -> str:
    blocks = note.strip().split("\n\n")
    blocks.insert(place, ("# " if heading else "") + sentence)
    return "\n\n".join(blocks) + "\n" + displayed(*CLAIMS)


@pytest.mark.slow
@given(sentence=SENTENCES | WORDS, place=PLACES)
@settings(QUICK)
def test_a_sentence_without_mathematics_changes_no_verdict(sentence: str, place: int) -> None:
    assert verdicts(with_sentence(sentence, place)) == CLAIMS


@pytest.mark.slow
@given(sentence=SENTENCES, place=PLACES)
@example(sentence="All losses are scalars.", place=0)
@example(sentence="Note that not all quantities here are scalars.", place=2)
@settings(QUICK)
def test_a_sentence_changes_no_verdict_where_no_shape_is_stated(sentence: str, place: int) -> None:
    assert verdicts(with_sentence(sentence, place, note=UNSTATED)) == verdicts(UNSTATED + displayed(*CLAIMS))


@pytest.mark.slow
@given(
    sentence=st.sampled_from(["Gradient of a scalar loss", "The scalar case", "Identity, zero, and other words"]),
    place=PLACES,
)
@settings(QUICK, max_examples=3)
def test_a_heading_changes_no_verdict_where_shapes_are_stated(sentence: str, place: int) -> None:
    found = verdicts(with_sentence(sentence, place, heading=True))
    assert all(found.get(claim) in {word, "undecided", None} for claim, word in CLAIMS.items())


UNRELATED = st.lists(
    st.sampled_from(
        [
            r"r_t = \tanh(x_t)",
            r"E_t = \frac12 \| r_t \|^2",
            r"q_t = W r_t",
            r"m = 3 c",
            r"v_t = x_t + y_t",
            "u_t = u_{t-1} + x_t",
            r"E = \sum_{t=1}^{T} E_t",
            r"g_{t} = \tanh(W g_{t+1} + x_t)",
            r"a = W b",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


@pytest.mark.slow
@given(lines=UNRELATED)
@settings(QUICK)
def test_definitions_that_nothing_needs_change_no_verdict(lines: list[str]) -> None:
    """So a claim that is proved with them is never refuted when they are removed."""
    found = verdicts(NOTE + displayed(*lines) + displayed(*CLAIMS))
    assert {claim: found.get(claim) for claim in CLAIMS} == CLAIMS


@given(seed=st.integers(0, 10**6))
@settings(QUICK, max_examples=3)
def test_two_verdicts_of_one_note_in_one_process_are_equal(seed: int) -> None:
    text = NOTE + displayed(*list(CLAIMS)[:3], *formulas(3, seed))
    assert check(text, repair=False).findings == check(text, repair=False).findings


PIECES = st.lists(
    st.sampled_from(
        [
            "$",
            "$$",
            "\\frac",
            "\\partial",
            "{",
            "}",
            "_",
            "^",
            "s_t",
            "W",
            "=",
            "\\sum_{t=1}^{T}",
            "(",
            ")",
            "\\left(",
            "\\right)",
            "\\begin{align}",
            "\\end{align}",
            "&",
            "\\\\",
            "\\text{if }",
            "1",
            "T",
            "\\top",
            "\\tanh",
            "|",
            "\n\n",
            "\\begin{cases}",
            "\\end{cases}",
            "'",
            ",",
            "\\ldots",
            "\\mathrm{diag}",
            "let",
            "\\in",
            "\\mathbb{R}^n",
            "-",
            "+",
        ]
    ),
    max_size=40,
).map(" ".join)


@pytest.mark.slow
@given(text=PIECES | st.text(max_size=80))
@settings(QUICK, max_examples=25)
def test_no_text_ends_in_an_exception(text: str) -> None:
    """Also none behind a network; `NoteError` is an answer."""
    for note in (f"{text}\n", f"{NOTE}\n$$ {text} $$\n", f"{NOTE}\n{text}\n"):
        try:
            report = check(note, kind="markdown", repair=False)
        except NoteError:
            continue
        faults = [*(f.code or "" for f in report.findings), *(f.code for f in report.faults)]
        assert not any("internal" in code for code in faults)


@pytest.mark.parametrize("line", [r"\delta_t = \frac{\partial L}{\partial z_t}", r"r_t = W s_t", "c = W b"])
def test_a_proof_does_not_need_a_definition_that_it_does_not_use(line: str) -> None:
    found = verdicts(NOTE + displayed(line) + displayed(*CLAIMS))
    assert {claim: found.get(claim) for claim in CLAIMS} == CLAIMS
