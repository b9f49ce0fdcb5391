"""`bptt-symbolic counterexample` and its function in Python."""

from pathlib import Path

import pytest

from bptt_symbolic import NoteError, cli, counterexample

NOTE = r"""
$$s_t = \tanh(w s_{t-1}) \tag{1}$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w (1 - s_t^2) \tag{2}$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w s_t \label{eq:wrong}$$

$$\frac{\partial s_t}{\partial s_{t-1}} = w + s_t = w s_t^2 \tag{4}$$
"""


@pytest.mark.parametrize("name", ["eq:wrong", "L6", "eq:L6.1"])
def test_a_refuted_equation_gives_a_program(name: str) -> None:
    program = counterexample(NOTE, name)
    assert "right = w() * s(t)\n" in program
    assert program.startswith("# The equation in line 6 of text is false")


def test_of_a_chain_each_relation_is_shown_by_itself() -> None:
    """By number, the first refuted one; by id, any. The left side is the relation's own."""
    first, second = counterexample(NOTE, "4"), counterexample(NOTE, "eq:4.2")
    assert "left = derivative(lambda: s(t), s, t - 1)\nright = w() + s(t)\n" in first
    assert "left = w() + s(t)\nright = w() * s(t) ** 2\n" in second


def test_a_formula_about_a_cell_gives_a_program() -> None:
    program = counterexample("elman", r"\frac{\partial s_t}{\partial s_{t-1}} = W^\top")
    assert "right = W().T" in program


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("7", "no-such-equation", "there is no equation '7'"),
        ("1", "no-counterexample", "1 is a definition; only what is refuted has a counterexample"),
        ("2", "no-counterexample", "2 is proved; only what is refuted has a counterexample"),
        (r"\frac{\partial s_t}{\partial w} = 1 +", "no-counterexample", "is unread"),
    ],
)
def test_without_a_counterexample_the_fault_lists_what_there_is(name: str, code: str, message: str) -> None:
    with pytest.raises(NoteError) as raised:
        counterexample(NOTE, name)
    fault = raised.value.fault
    assert fault.code == code
    assert message in fault.message
    if "=" not in name:
        assert fault.help == "refuted here: eq:wrong, 4"


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note, program = tmp_path / "note.md", tmp_path / "shown.py"
    note.write_text(NOTE, encoding="utf-8")
    assert cli.main(["counterexample", str(note), "eq:wrong", "-o", str(program)]) == 0
    assert not capsys.readouterr().out
    assert cli.main(["counterexample", str(note), "eq:wrong"]) == 0
    assert capsys.readouterr().out == program.read_text(encoding="utf-8")
    assert cli.main(["counterexample", str(note), "2"]) == 3
    assert "refuted here: eq:wrong, 4" in capsys.readouterr().err
    assert cli.main(["counterexample", str(tmp_path / "none.md"), "2"]) == 3
    assert "no-such-file" in capsys.readouterr().err
