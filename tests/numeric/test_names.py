"""Names of a note in calls and in generated code: no two are one, and none is a word of a language."""

import keyword
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt_symbolic import NumericError, api, lambdify, unroll
from bptt_symbolic.meaning.keywords import distinct, keywords_of, plain
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.terms import Shape
from bptt_symbolic.numeric import loading
from bptt_symbolic.numeric.backends import c

BACKENDS = [
    pytest.param(name, id=name, marks=pytest.mark.xdist_group(f"backend {name}"))
    for name in ("numpy", "c", "numba", "jax", "torch")
    if (c.missing() is None if name == "c" else find_spec(name) is not None)
]
PAIRS = [
    ("W", "W'"),
    (r"\alpha", r"\mathrm{alpha}"),
    (r"\hat{W}", r"\mathrm{hatW}"),
    (r"W'", r"W''"),
]
WORDS = [
    *("INFINITY", "NAN", "int", "long", "double", "register", "inline", "linux", "unix", "float", "real", "F", "math"),
    *("in", "is", "lambda", "class", "np", "zip", "range", "print", "None", "True"),
    *("self", "steps", "loss", "batch", "run", "work", "sizes", "call", "room"),
]
"""Words of C, of its headers, of Python, and of the code that is generated."""


def note(*names: str) -> str:
    """A network with a matrix of each name."""
    shapes = "".join(rf"Let ${name} \in \mathbb{{R}}^{{n \times n}}$. " for name in names)
    terms = " + ".join(rf"{name} {'s_{t-1}' if i % 2 == 0 else 'x_t'}" for i, name in enumerate(names))
    return "\n\n".join(
        [
            rf"Let $s_t, x_t, y_t \in \mathbb{{R}}^n$. {shapes}",
            rf"$$ s_t = \tanh({terms}) $$",
            r"$$ L = \sum_{t=1}^{T} \tfrac12 \lVert s_t - y_t \rVert^2 $$",
        ]
    )


def loss(first: Any, second: Any, s0: Any, x: Any, y: Any) -> complex:
    """The same by hand."""
    total, s = 0.0 + 0.0j, s0
    for x_t, y_t in zip(x, y, strict=True):
        s = np.tanh(first @ s + second @ x_t)
        total += 0.5 * np.sum((s - y_t) ** 2)
    return complex(total)


def slopes(place: int, values: list[Any]) -> Any:
    """The derivative by one matrix, by complex steps."""
    found = np.zeros((2, 2))
    for i, j in np.ndindex(2, 2):
        moved = [np.array(v, dtype=complex) for v in values]
        moved[place][i, j] += 1e-30j
        found[i, j] = loss(*moved).imag / 1e-30
    return found


@pytest.fixture
def values() -> list[Any]:
    """Two matrices, an initial state, inputs and targets."""
    draw = np.random.default_rng(0)
    return [draw.normal(size=shape) for shape in ((2, 2), (2, 2), (2,), (3, 2), (3, 2))]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_two_names_are_two_keywords_with_two_gradients(pair: tuple[str, str], backend: str, values: list[Any]) -> None:
    if backend in {"jax", "torch"}:
        values = [v.astype(np.float32) for v in values]
    network = api.network(note(*pair))
    parameters = [n for n in network.shapes if network.role[n] == "parameter"]
    words = [keywords_of(network)[name] for name in parameters]
    assert len(set(words)) == 2
    function: Any = lambdify(network, backend=backend)
    found = function(**dict(zip([*words, "s0", "x", "y"], values, strict=True)))
    for place, word in enumerate(words):
        np.testing.assert_allclose(np.asarray(found[word]), slopes(place, values), rtol=1e-3, atol=1e-4)
    assert sorted(found) == sorted([*words, "loss"])


@pytest.mark.parametrize("pair", PAIRS[:2], ids=" ".join)
def test_names_of_the_note_are_understood_in_calls(pair: tuple[str, str], values: list[Any]) -> None:
    network = api.network(note(*pair))
    names = [n for n in network.shapes if network.role[n] == "parameter"]
    function: Any = lambdify(network, [names[1]])
    found = function(**dict(zip([*names, "s0", "x", "y"], values, strict=True)))
    (result,) = found.values()
    np.testing.assert_allclose(result, slopes(1, values), rtol=1e-8)


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_the_unrolled_network_calls_them_by_the_same_keywords(pair: tuple[str, str], values: list[Any]) -> None:
    network = api.network(note(*pair))
    names = [n for n in network.shapes if network.role[n] == "parameter"]
    words = [keywords_of(network)[name] for name in names]
    function: Any = unroll(network, steps=3, sizes={"n": 2}).lambdify(names)
    found = function(**dict(zip([*words, "s0", "x", "y"], values, strict=True)))
    for place, word in enumerate(words):
        np.testing.assert_allclose(found[word], slopes(place, values), rtol=1e-8)


@pytest.mark.parametrize("backend", [one for one in BACKENDS if one.id in {"numpy", "c"}])
@pytest.mark.parametrize("word", WORDS)
def test_words_of_a_language_are_names_like_others(word: str, backend: str, values: list[Any]) -> None:
    network = api.network(note(rf"\mathrm{{{word.replace('_', '')}}}", "V"))
    function: Any = lambdify(network, backend=backend)
    name = next(n for n in network.shapes if network.role[n] == "parameter" and n != "V")
    keyword_ = keywords_of(network)[name]
    shown = f"{keyword_}_" if keyword.iskeyword(keyword_) else keyword_
    assert shown in function.__signature__.parameters
    found = function(**dict(zip([shown, "V", "s0", "x", "y"], values, strict=True)))
    np.testing.assert_allclose(found[keyword_], slopes(0, values), rtol=1e-8)


@given(st.sets(st.text(alphabet=r"aAbW'_^{}\,0é ", min_size=1, max_size=5), max_size=12))
@settings(max_examples=80, deadline=None)
def test_keywords_are_injective(names: set[str]) -> None:
    network = Network({}, {name: Shape() for name in names}, frozenset())
    words = keywords_of(network)
    assert set(words) == names
    assert len(set(words.values())) == len(names)
    assert all(word.isascii() and f"_{word}".isidentifier() for word in words.values())
    changed, new = distinct(network)
    assert len({plain(name) for name in changed.shapes}) == len(names)
    assert all(words[name] == plain(new.get(name, name)) for name in names)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which compiled code is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "bptt_symbolic"


def test_a_new_cache_is_for_its_owner_alone(cache: Path) -> None:
    assert loading.cache_folder() == cache
    assert cache.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o707, 0o770, 0o722, 0o1777])
@pytest.mark.parametrize("backend", [one for one in BACKENDS if one.id in {"c", "numba"}])
def test_a_cache_that_others_can_write_is_refused(cache: Path, mode: int, backend: str, values: list[Any]) -> None:
    cache.mkdir(parents=True)
    cache.chmod(mode)
    function: Any = lambdify(note("W", "V"), backend=backend)
    with pytest.raises(NumericError, match="others can write in it"):
        function(**dict(zip(["W", "V", "s0", "x", "y"], values, strict=True)))
    assert not list(cache.iterdir())


def test_a_cache_that_others_can_exchange_is_refused(cache: Path) -> None:
    cache.mkdir(parents=True, mode=0o700)
    cache.parent.chmod(0o777)
    with pytest.raises(NumericError, match="others can put another folder in its place"):
        loading.cache_folder()
    cache.parent.chmod(0o1777)
    assert loading.cache_folder() == cache


def test_a_cache_of_somebody_else_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True, mode=0o700)
    owner = cache.stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    with pytest.raises(NumericError, match="belongs to somebody else"):
        loading.cache_folder()
