"""Declarations: what they may say, what is an error, and that they never change a note."""

from pathlib import Path

import pytest

from bptt_symbolic import NoteError, check, cli
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Affine, Shape
from bptt_symbolic.proving.methods.fixed import sizes_of
from bptt_symbolic.understanding import BadDeclaration, Declared, NoDeclaration, read_declared

NOTE = r"""
Let $s_t, x_t, y_t \in \mathbb{R}^n$ and $W \in \mathbb{R}^{n \times n}$.

$$ z_t = W s_{t-1} + x_t $$

$$ s_t = \tanh(z_t) $$

$$ L = \sum_{t=1}^{T} \tfrac12 \lVert s_t - y_t \rVert^2 $$

$$ \frac{\partial s_t}{\partial z_t} = \mathrm{diag}(1 - s_t^2) $$
"""

WRONG = {
    "a boolean for sizes": ("[shapes]\nW = true", "shapes.W", 2),
    "a number that is no size": ("\n[shapes]\nW = [2.5]", "shapes.W", 3),
    "a list in a list": ('[shapes]\nW = [["D"]]', "shapes.W", 2),
    "three sizes": ('[shapes]\nW = ["D", "M", "K"]', "shapes.W", 2),
    "a product for a size": ('[shapes]\nW = ["D*M"]', "shapes.W", 2),
    "a table for sizes": ("[shapes.W]\na = 1", "shapes.W", 1),
    "a text for a boolean": ('scalar = "false"', "scalar", 1),
    "another text for a boolean": ('# no\nscalar = "no"', "scalar", 2),
    "a number for a boolean": ("scalar = inf", "scalar", 1),
    "one for a boolean": ("scalar = 1", "scalar", 1),
    "a text for a boolean in a section": ('[sections."A b"]\nscalar = "no"', "sections.A b.scalar", 2),
    "a table for a section": ("[sections]\nA = 3", "sections.A", 2),
    "a number for a cell": ("use = 3", "use", 1),
    "a date for a cell": ("use = 1979-05-27", "use", 1),
    "a list for a cell": ('use = ["elman"]', "use", 1),
    "a text for formulas": ('define = "a = b"', "define", 1),
    "numbers for formulas": ("define = [1, 2]", "define", 1),
    "a text for names": ('one_hot = "y"', "one_hot", 1),
    "a number for a macro": ("[macros]\nzv = 3", "macros.zv", 2),
    "a word for a meaning": ('[functions]\nD = "dig"', "functions.D", 2),
    "a boolean for a meaning": ("[functions]\nD = true", "functions.D", 2),
    "a list for functions": ("functions = []", "functions", 1),
}


@pytest.mark.parametrize(("text", "name", "line"), WRONG.values(), ids=WRONG)
def test_a_value_of_the_wrong_kind_is_an_error_with_its_place(text: str, name: str, line: int) -> None:
    with pytest.raises(BadDeclaration) as raised:
        read_declared(text)
    assert f"`{name}` must be" in raised.value.message
    assert f"(line {line})" in raised.value.message
    assert not isinstance(raised.value, NoDeclaration)


@pytest.mark.parametrize(
    ("text", "key"),
    [("uze = 1\nscalar = true", "uze"), ('use = "elman"\nscaler = true', "scaler"), ("[sections.A]\nuse = 1", "use")],
)
def test_a_key_that_is_not_known_is_an_error(text: str, key: str) -> None:
    with pytest.raises(BadDeclaration, match=f"nothing is declared by '{key}' .line"):
        read_declared(text)


@pytest.mark.parametrize(
    "text",
    [f"use = {'9' * 10_000}", f"use = {'[' * 3000}", f"use = {'[' * 3000}{']' * 3000}", f"a{'.a' * 5000} = 1", "use ="],
    ids=["a number of 10000 digits", "3000 brackets", "3000 brackets closed", "5000 dots", "nothing"],
)
def test_no_text_ends_in_an_exception(text: str) -> None:
    with pytest.raises(BadDeclaration):
        read_declared(text)


def test_thousands_of_formulas_are_refused() -> None:
    with pytest.raises(BadDeclaration, match="3000 formulas"):
        read_declared("define = [" + '"a = b",' * 3000 + "]")


def test_what_is_right_is_taken() -> None:
    text = """
    use = "elman"
    define = ["a = b"]
    one_hot = ["y"]
    scalar = false
    [macros]
    '\\zv' = '0'
    [functions]
    D = "diag"
    F = "elementwise"
    [shapes]
    W = ["D", "M+K"]
    b = "D"
    c = []
    row = [1, "D"]
    [sections.A]
    scalar = true
    define = ["c = d"]
    """
    assert read_declared(text) == Declared(
        "elman",
        (("", "a = b"), ("A", "c = d")),
        frozenset({"y"}),
        {"\\zv": "0"},
        {"D": "diag", "F": "elementwise"},
        (("", "W", ("D", "M+K")), ("", "b", ("D",)), ("", "c", ()), ("", "row", ("1", "D"))),
        frozenset({"A"}),
    )


def test_a_wrong_value_ends_the_call_with_three_and_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "note.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "note.toml").write_text('scalar = "false"\n', encoding="utf-8")
    assert cli.main(["check", str(tmp_path / "note.md")]) == 3
    printed = capsys.readouterr().err
    assert f"{tmp_path / 'note.toml'}: `scalar` must be true or false (line 1)" in printed


def test_a_wrong_value_in_a_comment_is_no_formula() -> None:
    with pytest.raises(NoteError, match="in a comment of the note: `scalar` must be true or false"):
        check(f'<!--! scalar = "yes" -->\n{NOTE}')


def test_a_formula_in_a_comment_that_is_toml_by_chance_is_a_formula() -> None:
    with pytest.raises(NoDeclaration):
        read_declared("a = 1")
    assert not check(f"<!--! a = 1 -->\n{NOTE}", repair=False).faults


@pytest.mark.parametrize("declared", ["s_t = z_t", "L = s_T", "z_t = x_t", r"s_t = \tanh(W z_t)"])
def test_a_declaration_of_what_the_note_defines_is_a_fault_and_the_note_is_followed(declared: str) -> None:
    plain, report = check(NOTE, repair=False), check(f"<!--! {declared} -->{NOTE}", repair=False)
    assert [fault.code for fault in report.faults] == ["declaration-conflict"]
    assert [(f.kind, f.verdict) for f in report.findings] == [(f.kind, f.verdict) for f in plain.findings]
    assert report.networks[0].equations == plain.networks[0].equations


def test_declaring_what_the_note_says_in_the_same_words_is_no_fault() -> None:
    report = check(f"<!--! z_t = W s_{{t-1}} + x_t -->{NOTE}", repair=False)
    assert not report.faults
    assert "refuted" not in {f.verdict for f in report.findings}


def test_an_initial_value_of_the_note_is_followed_too() -> None:
    report = check(f"<!--! s_0 = 1 -->{NOTE}\n\n$$ s_0 = 0 $$", repair=False)
    assert [fault.code for fault in report.faults] == ["declaration-conflict"]
    assert report.findings[-1].kind == "definition"


def test_a_name_that_is_declared_to_be_a_derivative_makes_the_formula_for_it_a_claim() -> None:
    right = r"\delta_t = \mathrm{diag}(1 - s_t^2) \left( s_t - y_t + W^\top \delta_{t+1} \right)"
    for formula, verdict in ((right, "proved"), (right.replace(r"W^\top", "W"), "refuted")):
        meaning = r"<!--! \delta_t = \frac{\partial L}{\partial z_t} -->"
        report = check(f"{meaning}{NOTE}\n\n$$ {formula} $$", repair=False)
        assert not report.faults
        assert (report.findings[-1].kind, report.findings[-1].verdict) == ("claim", verdict)


def test_a_network_may_have_any_number_of_sizes() -> None:
    shapes = {f"a{number}": Shape((Affine.of(f"n{number}"),)) for number in range(300)}
    sizes = sizes_of(Network({}, shapes, frozenset()), (3,), (2, 4))
    assert len(set(sizes.values())) == 300
