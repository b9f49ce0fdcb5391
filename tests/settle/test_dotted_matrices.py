r"""Matrices with dots: their corners show the general entry, so that a claim about one holds for every size or none.

`z_t = W s_{t-1} + U x_t` and `s_t = \tanh(z_t)`: the Jacobians are W, U and `diag(1 - s_i^2) W` by hand.
"""

import pytest

from bptt_symbolic import check

SIZES = (
    r"Let $s_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$, $W \in \mathbb{R}^{n \times n}$, "
    r"$U \in \mathbb{R}^{n \times m}$."
)
STATE = r"$$ z_t = W s_{t-1} + U x_t $$ $$ s_t = \tanh(z_t) $$"


def jacobian(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def at(entry: str, row: str, column: str) -> str:
    """An entry whose numbers are written `@` and `#`."""
    return entry.replace("@", row).replace("#", column)


def corners(first: str, row: str, column: str, last: str) -> str:
    rows = rf"{first} & \cdots & {row} \\ \vdots & \ddots & \vdots \\ {column} & \cdots & {last}"
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def more(entry: str) -> str:
    """The same with two rows and columns before the dots."""
    rows = [" & ".join([at(entry, i, "1"), at(entry, i, "2"), r"\cdots", at(entry, i, "n")]) for i in "12n"]
    return rf"\begin{{pmatrix}} {rows[0]} \\ {rows[1]} \\ \vdots & \vdots & & \vdots \\ {rows[2]} \end{{pmatrix}}"


def entries(entry: str, columns: str = "n") -> str:
    """The corners of a matrix of entries."""
    return corners(*(at(entry, i, j) for i, j in (("1", "1"), ("1", columns), ("n", "1"), ("n", columns))))


def column(entry: str) -> str:
    return rf"\begin{{bmatrix}} {at(entry, '1', '')} \\ \vdots \\ {at(entry, 'n', '')} \end{{bmatrix}}"


NAMED = f"where $$ W = {entries('w_{@#}')} $$"
Z_BY_S, S_BY_S, S_BY_Z = jacobian("z_t", "s_{t-1}"), jacobian("s_t", "s_{t-1}"), jacobian("s_t", "z_t")
TRUE = {
    "corners": f"{Z_BY_S} = {entries('W_{@,#}')}",
    "two rows and columns": f"{Z_BY_S} = {more('W_{@,#}')}",
    "of another width": f"{jacobian('z_t', 'x_t')} = {entries('U_{@,#}', 'm')}",
    "entries of a Jacobian": f"{S_BY_S} = {entries(jacobian('s_{t,@}', 's_{t-1,#}'))}",
    "slopes of the rows": f"{S_BY_S} = {entries('(1 - s_{t,@}^2) W_{@,#}')}",
    "a diagonal": f"{S_BY_Z} = {corners('1 - s_{t,1}^2', '0', '0', '1 - s_{t,n}^2')}",
    "a column": "W s_t = " + column(r"\sum_{j=1}^{n} W_{@,j} s_{t,j}"),
}
FALSE = {
    "slopes of the columns": f"{S_BY_S} = {entries('(1 - s_{t,#}^2) W_{@,#}')}",
    "no square": f"{S_BY_Z} = {corners('1 - s_{t,1}', '0', '0', '1 - s_{t,n}')}",
    "without slopes": f"{S_BY_S} = {entries('W_{@,#}')}",
    "a column of columns": "W s_t = " + column(r"\sum_{j=1}^{n} W_{j,@} s_{t,j}"),
}
OPEN = {
    "corners that do not fit": f"{Z_BY_S} = {corners('W_{1,1}', 'W_{1,n}', 'U_{n,1}', 'W_{n,n}')}",
    "a triangle": f"{Z_BY_S} = {corners('W_{1,1}', '0', 'W_{n,1}', 'W_{n,n}')}",
}


def verdict(*parts: str) -> str | None:
    return check("\n\n".join([*parts[:-1], f"$$ {parts[-1]} $$"]), repair=False).findings[-1].verdict


@pytest.mark.parametrize("claim", TRUE.values(), ids=TRUE)
def test_true_matrices_are_proved(claim: str) -> None:
    assert verdict(SIZES, STATE, claim) == "proved"


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_wrong_matrices_are_refuted(claim: str) -> None:
    assert verdict(SIZES, STATE, claim) == "refuted"


@pytest.mark.parametrize("claim", OPEN.values(), ids=OPEN)
def test_a_matrix_without_a_pattern_is_left_open(claim: str) -> None:
    assert verdict(SIZES, STATE, claim) == "undecided"


@pytest.mark.parametrize(
    ("entry", "expected"), [("w_{ij}", "proved"), ("w_{i,j}", "proved"), ("w_{ji}", "refuted"), ("w_{ii}", "refuted")]
)
def test_letters_of_entries_are_entries(entry: str, expected: str) -> None:
    assert verdict(STATE, NAMED, f"{jacobian('z_i^t', 's_j^{t-1}')} = {entry}") == expected


def test_a_size_that_nothing_states_is_that_of_what_is_listed() -> None:
    assert verdict(STATE, f"{Z_BY_S} = {entries(jacobian('z_@^t', 's_#^{t-1}'))}") == "proved"


def test_points_and_empty_places_beside_dots_are_dots() -> None:
    rows = (
        r"W_{1,1} & W_{1,2} & & \ldots & W_{1,n} \\ & \cdot & & & \\ & & . & & \\ "
        r"W_{n,1} & W_{n,2} & & \ldots & W_{n,n}"
    )
    assert verdict(SIZES, STATE, rf"{Z_BY_S} = \left[\begin{{array}}{{ccccc}} {rows} \end{{array}}\right]") == "proved"
