"""Whether a name is a function."""

import re
from collections.abc import Iterator

from bptt_symbolic.reading.parser.tokens import FUNCTIONS
from bptt_symbolic.reading.syntax import List
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import Spot
from bptt_symbolic.understanding.notation import FUNCTION_LETTERS, KNOWN, ONE_NAMES
from bptt_symbolic.understanding.occurrences import affine
from bptt_symbolic.understanding.roles import Evidence, Subject

_BEHIND = 2
"""Arguments that make a bracket behind a name more than a factor."""


def _places(view: View, *, applied: bool, called: bool = True) -> dict[str, Spot]:
    """Name -> the first place where it stands with an argument, or without one; `called` counts where words speak of
    it, `$act$ is the activation`, too."""
    found: dict[str, Spot] = {}
    for spot in view.corpus.spots:
        name, bracket = spot.name, spot.use.bracket
        if not called and spot.use.occurrence.span in view.corpus.called and len(name) > 1:
            continue
        if name in view.slots or name in KNOWN or name.removeprefix("\\") in FUNCTIONS or name in ONE_NAMES:
            continue
        argument = None if bracket is None or bracket.left not in {"(", "["} else bracket.body
        time = None if argument is None else affine(argument)
        with_step = time is not None and bool(time.names()) and time.names() <= view.times
        alone = argument is None or with_step
        if alone != applied and not (alone and spot.use.occurrence.primes):
            found.setdefault(name, spot)
    return found


def _letters(view: View) -> Iterator[Evidence]:
    for name, spot in _places(view, applied=True).items():
        if name in FUNCTION_LETTERS:
            yield Evidence(Subject("function", name), "function", 4, spot.span)


def _words(view: View) -> Iterator[Evidence]:
    for name, spot in _places(view, applied=True).items():
        if len(name) > 1 and name.isalpha() and name not in FUNCTION_LETTERS:
            yield Evidence(Subject("function", name), "function", 2, spot.span)


def _several(view: View) -> Iterator[Evidence]:
    several = {
        s.name
        for s in view.corpus.spots
        if s.use.bracket is not None
        and isinstance(s.use.bracket.body, List)
        and len([i for i in s.use.bracket.body.items if i is not None]) >= _BEHIND
    }
    for name, spot in _places(view, applied=True).items():
        if name in several and not name.isupper() and name not in FUNCTION_LETTERS:
            yield Evidence(Subject("function", name), "function", 2, spot.span)


def _primed(view: View) -> Iterator[Evidence]:
    primed = {s.name for s in view.corpus.spots if s.use.bracket is not None and s.use.occurrence.primes}
    for name, spot in _places(view, applied=True).items():
        if name in primed and name.islower() and name not in FUNCTION_LETTERS:
            yield Evidence(Subject("function", name), "function", 2, spot.span)


def _alone(view: View) -> Iterator[Evidence]:
    applied = _places(view, applied=True)
    for name, spot in _places(view, applied=False, called=False).items():
        if name in applied and name not in FUNCTION_LETTERS:
            yield Evidence(Subject("function", name), "function", -5, spot.span)


def _said(view: View) -> Iterator[Evidence]:
    for name, spot in _places(view, applied=False).items():
        words = rf"\${re.escape(name)}\$[^.]*(activation|nonlinear|non-linear|function)"
        if name in FUNCTION_LETTERS and re.search(words, view.corpus.words):
            yield Evidence(Subject("function", name), "function", 3, spot.span)


ROWS = (
    Convention(
        "function/letter",
        "function",
        "a letter that functions have stands before a bracket",
        _letters,
        r"$$h_t = f(W h_{t-1} + U x_t)$$",
        r"$$h_t = a(W h_{t-1} + U x_t)$$",
    ),
    Convention(
        "function/word",
        "function",
        "a word stands before a bracket",
        _words,
        r"$$h_t = \mathrm{act}(W h_{t-1} + U x_t)$$",
        r"$$h_t = a(W h_{t-1} + U x_t)$$",
    ),
    Convention(
        "function/several-arguments",
        "function",
        "a small letter stands before a bracket with several arguments",
        _several,
        r"$$h_t = q(W h_{t-1}, U x_t)$$",
        r"$$h_t = W(h_{t-1} + x_t)$$",
    ),
    Convention(
        "function/primed",
        "function",
        "a small letter with a prime stands before a bracket: a slope",
        _primed,
        r"$$q_t = a(z_t)$$ $$\frac{\partial q_t}{\partial z_t} = \diag(a'(z_t))$$",
        r"$$q_t = a(z_t)$$ $$q_t = a' z_t$$",
    ),
    Convention(
        "function/alone",
        "function",
        "a name that also stands without a bracket is a factor",
        _alone,
        r"$$h_t = q(h_{t-1}, x_t)$$ $$z_t = q h_t$$",
        r"$$h_t = q(h_{t-1}, x_t)$$",
        against=True,
    ),
    Convention(
        "function/said",
        "function",
        "the words call a letter an activation",
        _said,
        "Here $\\rho$ is the activation.\n\n$$h_t = \\rho \\tanh(W h_{t-1})$$",
        r"$$h_t = \rho \tanh(W h_{t-1})$$",
    ),
)
