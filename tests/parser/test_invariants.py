"""What holds for every text: nothing on the page is dropped, nothing is raised, nothing takes long."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt_symbolic.reading.parser import Macros, ParsedDisplay, collect_macros, parse_display, render_fault
from bptt_symbolic.reading.source import Source, Span
from bptt_symbolic.reading.syntax import leaves

_NOTES = r"""
s_t = tanh(Ux_t + Ws_{t-1}) \tag{1}

\hat{y}_t = sigm(Vs_t)

L_t = -y_t^{\top} \log(\hat{y}_t)

z_t, s_t: D \times 1

\frac{\partial \hat{y}_{t,i}}{\partial g_{t,j}} = \begin{cases}
  \hat{y}_{t,i} (1 - \hat{y}_{t,i}) & \text{if } i = j\\
  -\hat{y}_{t,i} \hat{y}_{t,j} & \text{if } i \neq j
\end{cases}

= \sum_{k=1}^{t} \frac{\partial L_{t}}{\partial s_{t}} W^{t-k}
  \left(\prod_{i=k+1}^{t} \frac{\partial s_{i}}{\partial z_{i}} \right) \frac{\partial s_{k}}{\partial z_{k}}

g_{t,i} = \sum_{d=1}^{D} V_{i,d} s_{t,d}, \quad (i = 1, 2, \dots, C)

\frac{\partial s_i}{\partial z_i} = \operatorname{diag}((1 - s_{i,1}^2), \cdots, (1 - s_{i,D}^2))

\begin{align}
\frac{\partial J^{(t)}}{\partial o^{(t)}_j} &= \frac{\partial -log \ y'^{(t)}_y }{\partial o^{(t)}_j} \\\\
&= \frac{\partial -log\Big( \frac{exp(o^{(t)}_y)}{\sum_i exp(o^{(t)}_i)} \Big)}{\partial o^{(t)}_j} \\\\
&= -1 + softmax(o^{(t)}_j)
\end{align}

\textbf W^T \times \frac{\partial J^{T)}}{\partial \textbf h^{(T)}} \odot tanh'(\textbf a^{(T)})

[ \frac{\delta h_{t}} {\delta W} + ( \frac{\delta h_{t}} {\delta h_{t-1}} \frac{\delta h_{t-1}} {\delta W} ) + ... ]

\dv{\vec{L}(y(t + 1))}{z_i(t + 1)} = \qty[y_i - \hat y_i] \cdot f_i'\qty(z_i(t)) \cdot \mqty[x(t) \\ y(t)]_j.

& \algoFor{t \in \Set{0, \dots, T - 1}} \\ & \indent{2} z(t + 1) \algoEq W
"""

CORPUS = _NOTES.strip().split("\n\n")

_COMMANDS = r"""
    \frac \sqrt \hat \mathbf \bf \color \left \right \big \Big \bigl \bigr \{ \} \| \langle \rangle \qty \mqty \\ \cr
    \quad \, \cdot \times \sum \partial \alpha \foo \le \to \in \text \mathrm \operatorname \tag \label \overset \over
    \stackrel \substack \prime \not \dots \dv \Set \R \newcommand \def \let \hspace \limits tanh( log softmax {x} _{t}
    ^{T} ... α 你好 { } { } #1 [1] \
"""

ALPHABET = [
    *"abxtLW012.,;:=<>+-*/!'|()[]{}^_& \n%#",
    *_COMMANDS.split(),
    *(rf"\{end}{{{name}}}" for end in ("begin", "end") for name in ("align", "cases", "array", "aligned", "eqnarray")),
]

TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=40).map("".join)


def known() -> Macros:
    return collect_macros(Source("", ""), [], {})[0]


def check_nothing_is_dropped(parsed: ParsedDisplay) -> None:
    for row in parsed.rows:
        if None not in row.parts:
            assert [token for part in row.parts for token in leaves(part)] == list(row.tokens)


@pytest.mark.parametrize("text", CORPUS)
def test_a_formula_of_a_note_is_read_whole(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    parsed = parse(text)
    assert all(part is not None for row in parsed.rows for part in row.parts)
    check_nothing_is_dropped(parsed)


@pytest.mark.parametrize("text", CORPUS)
def test_every_token_of_the_page_is_under_its_span(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    for row in parse(text).rows:
        for token in row.tokens:
            at_place = "".join(text[token.span.start : token.span.end].split())
            assert at_place == "".join(token.text.split()) or at_place in {
                r"\dv",
                r"\Set",
                r"\algoFor",
                r"\indent",
                r"\algoEq",
            }


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_any_text_is_a_tree_or_a_fault(text: str) -> None:
    source = Source("note", text, "markdown")
    parsed = parse_display(source, Span(0, len(text)), known())
    check_nothing_is_dropped(parsed)
    unread = any(part is None for row in parsed.rows for part in row.parts)
    assert unread == any(fault.severity == "error" for fault in parsed.faults)
    assert all(render_fault(fault, source) for fault in parsed.faults)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(CORPUS), st.integers(0, 400), st.sampled_from(ALPHABET)), min_size=1, max_size=3)
)
def test_a_broken_formula_is_a_tree_or_a_fault(edits: list[tuple[str, int, str]]) -> None:
    text = edits[0][0]
    for _, at, inserted in edits:
        text = text[: at % len(text)] + inserted + text[at % len(text) + 1 :]
    parsed = parse_display(Source("note", text), Span(0, len(text)), known())
    check_nothing_is_dropped(parsed)


HOSTILE = [
    ("{" * 3_000, "too-deep"),
    ("{" * 3_000 + "}" * 3_000, "too-deep"),
    ("(" * 3_000 + ")" * 3_000, "too-deep"),
    (r"\left(" * 3_000 + r"\right)" * 2_000, "too-deep"),
    (r"\hat" * 3_000 + "x", "too-deep"),
    (r"\frac 1" * 3_000 + "2", "too-deep"),
    (r"\begin{cases}" * 300 + r"\end{cases}" * 300, "too-deep"),
    (r"\bf" * 3_000 + " x", "too-deep"),
    ("x" * 100_001, "too-long"),
    (r"\dv{" * 3_000, "too-deep"),
    ("x_" * 10_000, "unread"),
]


@pytest.mark.parametrize(("text", "code"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_formula_is_a_fault(parse: Callable[[str], ParsedDisplay], text: str, code: str) -> None:
    parsed = parse(text)
    assert [fault.code for fault in parsed.faults if fault.severity == "error"] == [code]
    assert parsed.rows[0].parts == (None,)


LONG = [
    "(" * 6_000,
    "|" * 3_000,
    "a+" * 3_000 + "a",
    "x'" * 3_000,
    r"\\" * 3_000,
    "a&" * 3_000,
    " \n" * 40_000,
    r"(a\\" * 3_000,
    r"\let\a\b" * 3_000,
    "{[" * 30 + "[(" * 3_000,
    r"\tag{" * 20,
    "." * 6_000,
    "a_1" * 3_000,
    r"\foo" * 3_000,
    r"\mqty[" * 3_000,
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_a_long_formula_is_read(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    check_nothing_is_dropped(parse(text))
