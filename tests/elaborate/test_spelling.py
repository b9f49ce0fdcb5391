r"""Names: whatever letters a note has, no two are spelled alike, and none looks like one of ours."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt_symbolic import check
from bptt_symbolic.meaning import names
from bptt_symbolic.meaning.names import Name
from bptt_symbolic.meaning.printing import quantity_latex
from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.proving.methods.symbolic.forms import FRESH, LITERAL, NAMED, Index, literal, moved
from bptt_symbolic.reporting.formats import json

HOSTILE = st.text(alphabet="aW1_^{}'°|?~%:+-\\x ", max_size=6) | st.text(max_size=3)
"""Letters of a note, among them every sign that a spelling has."""
WHOLE = st.builds(Name, HOSTILE, st.integers(0, 2), *[st.lists(HOSTILE, max_size=2).map(tuple)] * 2, st.integers(0, 1))


@given(name=WHOLE)
def test_a_name_is_read_back_as_it_was(name: Name) -> None:
    """A spelling has one reading, so that no two names share one."""
    assert names.name_of(str(name)) == name


@given(name=WHOLE, other=WHOLE)
def test_different_names_have_different_spellings(name: Name, other: Name) -> None:
    """The same, said of two."""
    assert (str(name) == str(other)) == (name == other)


@given(name=WHOLE.filter(lambda n: not n.homonym))
def test_a_homonym_is_another_name_written_alike(name: Name) -> None:
    """`L` and the `L` without a step."""
    spelling = str(name)
    twin = names.homonym_of(spelling)
    assert twin != spelling
    assert (names.is_homonym(twin), names.is_homonym(spelling)) == (True, False)
    assert names.as_written(twin) == spelling


OURS = [names.end_of("k"), names.unknown(1), names.unknown("k"), names.numbered(1), names.internal("marked")]


@given(base=HOSTILE, label=HOSTILE)
def test_no_letter_of_a_note_is_a_name_of_ours(base: str, label: str) -> None:
    """An end, an unknown size and a numbered name come from the checker only."""
    for name in (names.letter(base), names.labelled(base, label)):
        assert name not in OURS
        assert not names.is_end(name)
        assert not names.is_unknown(name)
        assert names.number_of(name) is None


LABELS = st.text(alphabet="a1_{}°|?:+-\\x ", min_size=1, max_size=5)


@given(one=LABELS, two=LABELS, constant=st.integers(-2, 2))
def test_sizes_are_written_alike_only_when_they_are_one(one: str, two: str, constant: int) -> None:
    """The symbolic method tells sizes apart by how they are written: `n_{2+1}` is not `n_2 + 1`."""
    a, b = Affine.of(names.labelled("n", one)), Affine.of(names.labelled("n", two)) + constant
    assert (str(a) == str(b)) == (a == b)


SORTS = st.sampled_from(["D", "D:1", "0|D", "d_in", ""])


@given(sort=SORTS, other=SORTS, offset=st.sampled_from(["", "0", "2", "d_in"]))
def test_indices_are_one_only_when_all_their_parts_are(sort: str, other: str, offset: str) -> None:
    """A size with a sign of an index in its letters makes no index of another size."""
    variable = Index(sort, FRESH, 1)
    assert (variable == Index(other, FRESH, 1)) == (sort == other)
    assert (moved(offset, variable) == variable) == (not offset)
    assert len({variable, Index(sort, NAMED, "1"), literal(sort or "0"), moved("7", variable)}) == 4
    assert literal("2").role == LITERAL


@pytest.mark.parametrize(
    ("spelling", "parts"),
    [
        ("W", Name("W")),
        (r"\hat{y}", Name(r"\hat{y}")),
        ("W_{xh}", Name("W", labels=("xh",))),
        ("W_x", Name("W", labels=("x",))),
        (r"h''_{a}_{b}^{new}", Name("h", 2, ("a", "b"), ("new",))),
        (r"\delta^{h}", Name(r"\delta", marks=("h",))),
        ("L°", Name("L", homonym=1)),
    ],
)
def test_what_is_in_a_name(spelling: str, parts: Name) -> None:
    """The parts of names as notes have them."""
    assert names.name_of(spelling) == parts


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("h", "h_{t}"),
        ("L°", "L_{t}"),
        ("W_{xh}", r"W_{xh,\,t}"),
        (r"\delta^{h}", r"\delta^{h}_{t}"),
        (r"h'_{a}_{b}^{new}", r"h'^{new}_{a,\,b,\,t}"),
    ],
)
def test_a_quantity_with_its_step(name: str, shown: str) -> None:
    """Labels, marks and the step, each in its place."""
    assert quantity_latex(name, ["t"]) == shown


WRITTEN = [
    "a",
    r"\text{a}",
    "a_b",
    r"\text{a\_b}",
    r"\text{a°}",
    r"\text{a|b}",
    r"\text{a?}",
    r"\text{a b}",
    r"\alpha x",
    "x",
    "xh",
]
SAME = {("a", r"\text{a}")}
"""A word is its letters."""


@pytest.mark.parametrize(("one", "two"), [*itertools.combinations(WRITTEN, 2)])
def test_two_labels_never_make_one_parameter(one: str, two: str) -> None:
    """Scripts that differ on the page are different parameters."""
    report = check(f"$$ h_t = \\tanh(W_{{{one}}} h_{{t-1}} + W_{{{two}}} x_t) $$", repair=False)
    parameters = json.to_object(report)["network"]["parameters"]
    assert len(parameters) == (1 if (one, two) in SAME else 2), parameters


def test_the_name_of_an_error_goes_on_with_that_of_its_quantity() -> None:
    assert names.behind(r"\delta{h}", r"\delta") == "h"
    assert names.behind(r"\delta{\bar{f}}_{x}", r"\delta") == r"\bar{f}_{x}"
    assert names.behind(r"\delta_{h}", r"\delta") is None
    assert names.behind(r"\Delta{h}", r"\delta") is None
