"""Names: of equations, as people say them; and of quantities, as Python accepts them."""

import keyword

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reporting.report import Finding
from bptt_symbolic.reporting.selection import meant, shortest
from bptt_symbolic.showing.scripting.identifiers import Identifiers, plain


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (r"\hat{y}", "hat_y"),
        ("W_{hh}", "W_hh"),
        (r"\mathcal{L}", "L"),
        (r"d_{\mathrm{out}}", "d_out"),
        ("y'", "y_prime"),
        ("n_{18}", "n_18"),
        ("_19", "n_19"),
        ("θ", "q"),
    ],
)
def test_a_name_keeps_its_letters_and_digits(name: str, wanted: str) -> None:
    assert plain(name) == wanted


@given(st.lists(st.text(max_size=40), unique=True, max_size=6))
@settings(max_examples=40)
def test_every_name_gets_an_identifier_of_its_own(names: list[str]) -> None:
    identifiers = Identifiers()
    found = [identifiers.quantity(name) for name in names] + [identifiers.integer(name) for name in names]
    assert len(set(found)) == len(found)
    assert all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in found)
    assert found[: len(names)] == [identifiers.quantity(name) for name in names]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Affine(), "0"),
        (Affine.of("t") - 1, "t - 1"),
        (-Affine.of("k"), "-k"),
        (Affine(2) - Affine.of("k"), "-k + 2"),
        (Affine.of("t").times(2) - Affine.of("k") + 3, "2 * t - k + 3"),
        (Affine(-4), "-4"),
    ],
)
def test_integer_expressions_are_python(value: Affine, text: str) -> None:
    assert Identifiers().affine(value).replace("- 4", "-4") == text


def finding(identity: str, line: int, number: str | None = None, label: str | None = None) -> Finding:
    span = Span(line, line + 1)
    return Finding(identity, span, line, 1, number, "", 1, 1, "a = b", "claim", "refuted", label=label)


FINDINGS = [
    finding("eq:16.1", 98, "16"),
    finding("eq:16.2", 98, "16"),
    finding("eq:L61.1", 61),
    finding("eq:L70.1", 70, None, "eq:sum"),
]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("16", (0, 1)),
        (" (16) ", (0, 1)),
        ("eq:16", (0, 1)),
        ("eq:16.2", (1,)),
        ("L98", (0, 1)),
        ("L61", (2,)),
        ("eq:sum", (3,)),
        ("1", ()),
        ("61", ()),
        ("", ()),
    ],
)
def test_an_equation_is_found_by_each_of_its_names(name: str, places: tuple[int, ...]) -> None:
    assert meant(FINDINGS, name) == places


def test_messages_use_the_name_that_stands_on_the_page() -> None:
    assert [shortest(f) for f in FINDINGS] == ["16", "16", "L61", "eq:sum"]
