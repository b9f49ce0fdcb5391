"""Macros: definitions in every spelling, calls, limits, and which definition wins."""

from collections.abc import Callable

import pytest

from bptt_symbolic.reading.parser import Macros, ParsedDisplay, collect_macros, parse_formula
from bptt_symbolic.reading.source import Source, Span

DEFINITIONS = [
    (r"\newcommand{\vx}{\mathbf{x}} \vx_t", "((mathbf {x}) _ t)"),
    (r"\newcommand\vx{\mathbf{x}} \vx", "(mathbf {x})"),
    (r"\newcommand*{\vx}[1]{\mathbf{#1}} \vx{a} \vx b", "(* (mathbf {a}) (mathbf {b}))"),
    (r"\newcommand{\d}[2][L]{\frac{\partial #1}{\partial #2}} \d{W}", r"(frac {(* \partial L)} {(* \partial W)})"),
    (r"\newcommand{\d}[2][L]{\frac{\partial #1}{\partial #2}} \d[E]{W}", r"(frac {(* \partial E)} {(* \partial W)})"),
    (r"\renewcommand{\R}{Q} \R", "Q"),
    (r"\renewcommand{\dv}[2]{#1/#2} \dv{a}{b}", "(* a / b)"),
    (r"\providecommand{\R}{Q} \R", "Q"),
    (r"\newcommand{\q}{a} \providecommand{\q}{b} \q", "a"),
    (r"\providecommand{\hat}[1]{b} \hat x", "(hat x)"),
    (r"\def\h#1#2{#1_{#2}} \h{a}b", "(a _ {b})"),
    (r"\long\gdef\h{a} \h", "a"),
    (r"\let\old\hat \renewcommand{\hat}[1]{\old{\old{#1}}} \hat x", "(hat {(hat {x})})"),
    (r"\let\v=\vec \v{x}", "(vec {x})"),
    (r"\newcommand{\a}{x} \let\b\a \b", "x"),
    (r"\DeclareMathOperator{\lse}{log\,sumexp} \lse(x)", "(* logsumexp <( x )>)"),
    (r"\DeclareMathOperator*{\am}{arg\,max} \am_x", "(argmax _ x)"),
    (
        r"\DeclarePairedDelimiter{\ab}{\lvert}{\rvert} \ab{x} + \ab*{y} + \ab[\Big]{z}",
        "(+ <| x |> + <| y |> + <| z |>)",
    ),
    (r"\DeclarePairedDelimiter\ab\langle\rangle \ab{x}", r"<\langle x \rangle>"),
    (r"\newcommand{\a}{\b y} \newcommand{\b}{x} \a", "(* x y)"),
    (r"\newcommand{\f}[1]{(#1)} \f{\f{x}}", "<( <( x )> )>"),
    (r"\newcommand{\s}{softmax} \s(x)", "(* softmax <( x )>)"),
]


@pytest.mark.parametrize(("text", "tree"), DEFINITIONS)
def test_a_definition_is_carried_out(read: Callable[[str], list[str]], text: str, tree: str) -> None:
    assert read(text) == [tree]


def test_macros_of_a_region_and_of_a_declaration_are_collected(read: Callable[..., list[str]]) -> None:
    source = Source("note", r"Words \newcommand{\vx}{\mathbf{x}} and \vy % \newcommand{\no}{x}")
    extra = {r"\zv": r"\mathbf{0}", "pair": "<#1 | #2>", r"\one": "[1] a"}
    macros, faults = collect_macros(source, [Span(0, len(source.text))], extra)
    assert faults == ()
    assert read(r"\vx = \zv", "latex", macros) == ["(=: (mathbf {x}) = (mathbf {0}))"]
    assert read(r"\pair a b", "latex", macros) == ["(=: _ < (* a | b) > _)"]
    assert read(r"\one b", "latex", macros) == ["a"]


def test_a_definition_inside_a_display_holds_after_it(parse: Callable[..., ParsedDisplay]) -> None:
    later = parse(r"\newcommand{\q}{a} \q = b").macros
    assert parse(r"\q", "latex", later).faults == ()
    assert later.table.keys() > Macros().table.keys()


def test_tokens_of_a_macro_stand_at_its_call_and_arguments_at_their_own_place(
    parse: Callable[[str], ParsedDisplay],
) -> None:
    text = r"\newcommand{\f}[1]{a #1} \f{b}"
    (row,) = parse(text).rows
    assert [text[token.span.start : token.span.end] for token in row.tokens] == [r"\f", "b"]


RECURSIVE = [
    r"\newcommand{\a}{\a x} \a",
    r"\newcommand{\a}{\b} \newcommand{\b}{\a} \a",
    r"\renewcommand{\vec}[1]{\vec{#1}} \vec x",
]


@pytest.mark.parametrize("text", RECURSIVE)
def test_a_recursive_macro_is_a_fault(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    parsed = parse(text)
    assert [fault.code for fault in parsed.faults] == ["macro-recursion"]
    assert parsed.rows[0].parts == (None,)


EXPLOSIONS = [
    r"\def\w#1{#1{#1}} \w\w",
    "".join(rf"\def\{a}{{\{b}\{b}\{b}\{b}}}" for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
    + r"\def\k{x} \a",
]


@pytest.mark.parametrize("text", EXPLOSIONS)
def test_an_expansion_without_end_is_a_fault(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    assert [fault.code for fault in parse(text).faults] == ["macro-expansion"]


MALFORMED = [
    r"\newcommand{\h}[two]{h_{#1}}",
    r"\newcommand{h}{x}",
    r"\def\h(#1){x}",
    r"\let",
    r"\newcommand",
    r"\def\h{x",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_a_definition_that_cannot_be_read_is_a_warning(parse: Callable[[str], ParsedDisplay], text: str) -> None:
    assert parse(text).faults[0].code == "macro-definition"


def test_a_formula_from_elsewhere_has_its_own_places() -> None:
    macros, _ = collect_macros(Source("note", ""), [], {})
    node, faults = parse_formula(r"\R^n", macros)
    assert node is not None
    assert (node.span, faults) == (Span(0, 4), ())
    assert [fault.message for fault in parse_formula("", macros)[1]] == ["expected one formula, found none"]
    assert [fault.message for fault in parse_formula(r"a \\ b", macros)[1]] == ["expected one formula, found 2"]
