r"""Syntax: what is on the page, as a presentation tree with a span on every node.

Nothing is decided here: juxtaposition stays a flat `Product`, a sum sign is a symbol with scripts, `T` in `W^T` is a
letter. The leaves of a tree, in order, are the tokens of the row it was read from.

    Row      = List
    List     = Relation (separator Relation)*          , ; \quad
    Relation = Side (relation Side)*                    = \in \to : <= ...   a Side may be absent
    Sum      = Product? (sign Product?)*                + - \pm
    Product  = (factor | operator)+                     \cdot \times * / \odot
    factor   = atom script*                             x_t^{(k)}'
    atom     = Symbol | Number | Text | Styled | Fraction | Group | Fenced | Environment | Stray

A level with a single child and no operator is *not* wrapped: `x` parses to a `Symbol`, `a b` to a `Product`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bptt_symbolic.reading.source import Span


@dataclass(frozen=True, slots=True)
class Token:
    r"""One token of the page. `kind` is one of the kinds in `parser/tokens.py`; `text` is the source text of it.

    A token that came out of a macro has the span of the macro's call.
    """

    kind: str
    text: str
    span: Span


class _Placed:
    """A node, which finds where it stands once."""

    __slots__ = ("_span",)
    _span: Span

    @property
    def span(self) -> Span:
        """Where it stands."""
        try:
            return self._span
        except AttributeError:
            object.__setattr__(self, "_span", self._found())
            return self._span

    def _found(self) -> Span:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Symbol(_Placed):
    r"""A letter, a command or a word. `name` is normal: `x`, `\alpha`, `\partial`, `\sum`, `tanh` (for `\tanh`, bare
    `tanh`, `\operatorname{tanh}`), `\cdots` (for `\ldots`, `\dots`, `...` too)."""

    name: str
    tokens: tuple[Token, ...]

    def _found(self) -> Span:
        return self.tokens[0].span.to(self.tokens[-1].span)


@dataclass(frozen=True, slots=True)
class Number(_Placed):
    """A decimal number as written."""

    token: Token

    def _found(self) -> Span:
        return self.token.span


@dataclass(frozen=True, slots=True)
class Text(_Placed):
    r"""`\text{...}`, `\mbox{...}`, `\textrm{...}` with words in it; `content` is without the command and braces."""

    content: str
    token: Token

    def _found(self) -> Span:
        return self.token.span


@dataclass(frozen=True, slots=True)
class Stray(_Placed):
    """A bracket without a partner, as the `)` in `J^{T)}`."""

    token: Token

    def _found(self) -> Span:
        return self.token.span


@dataclass(frozen=True, slots=True)
class Styled(_Placed):
    r"""A command that changes how its argument looks: `\mathbf`, `\hat`, `\underbrace`, `\boxed`, `\color{red}`."""

    command: str
    """Without the backslash; synonyms folded: textbf, bm, boldsymbol -> mathbf; widehat -> hat; widetilde -> tilde;
    overline -> bar; textrm, rm, text of one word -> mathrm; cal -> mathcal."""
    tokens: tuple[Token, ...]
    body: "Node"

    def _found(self) -> Span:
        return self.tokens[0].span.to(self.body.span)


@dataclass(frozen=True, slots=True)
class Script(_Placed):
    """One subscript `_`, superscript `^` or prime `'`; a prime has no body."""

    mark: str
    token: Token
    body: "Node | None"

    def _found(self) -> Span:
        return self.token.span if self.body is None else self.token.span.to(self.body.span)


@dataclass(frozen=True, slots=True)
class Scripted(_Placed):
    """An atom with its scripts in the order of the page."""

    base: "Node"
    scripts: tuple[Script, ...]

    def _found(self) -> Span:
        return self.base.span.to(self.scripts[-1].span)


@dataclass(frozen=True, slots=True)
class Fraction(_Placed):
    r"""`\frac{upper}{lower}` (also `\dfrac`, `\tfrac`, `\cfrac`), `\binom`, and `\sqrt` with `lower` None."""

    command: str
    tokens: tuple[Token, ...]
    upper: "Node"
    lower: "Node | None"

    def _found(self) -> Span:
        return self.tokens[0].span.to((self.lower or self.upper).span)


def _around(first: Token, body: "Node | None", last: Token) -> Span:
    """The span of a bracket; the brackets of a macro have the span of its call, which may be narrower than the body."""
    span = first.span.to(last.span)
    return span if body is None else span.to(body.span)


@dataclass(frozen=True, slots=True)
class Group(_Placed):
    """`{ body }`; the body is None for `{}`."""

    open: Token
    body: "Node | None"
    close: Token

    def _found(self) -> Span:
        return _around(self.open, self.body, self.close)


@dataclass(frozen=True, slots=True)
class Fenced(_Placed):
    r"""A matched pair of brackets; `left` and `right` are normal (`(`, `[`, `\{`, `|`, `\|`, `\langle`, `.`), whatever
    size command stands before them (`\left`, `\Big`, `\qty`)."""

    left: str
    right: str
    open: Token
    body: "Node | None"
    close: Token

    def _found(self) -> Span:
        return _around(self.open, self.body, self.close)


@dataclass(frozen=True, slots=True)
class Environment(_Placed):
    r"""`\begin{name} rows \end{name}`; every cell a node, or None where it is empty. `name` without a star.

    `marks` are the tokens between cells in order (`&`, `\\`).
    """

    name: str
    open: Token
    rows: tuple[tuple["Node | None", ...], ...]
    marks: tuple[Token, ...]
    close: Token

    def _found(self) -> Span:
        return self.open.span.to(self.close.span)


@dataclass(frozen=True, slots=True)
class Product(_Placed):
    r"""Factors and product operators in the order of the page: a `Token` of kind `operator`, anything else a factor."""

    items: tuple["Node | Token", ...]

    def _found(self) -> Span:
        return self.items[0].span.to(self.items[-1].span)


@dataclass(frozen=True, slots=True)
class Sum(_Placed):
    """Terms and signs in the order of the page: a `Token` of kind `sign`, anything else a term."""

    items: tuple["Node | Token", ...]

    def _found(self) -> Span:
        return self.items[0].span.to(self.items[-1].span)


@dataclass(frozen=True, slots=True)
class Relation(_Placed):
    r"""Sides with relation tokens between them: len(sides) == len(marks) + 1; an absent side is None (`= x`,
    `W_{i,:}`).

    `names` are the marks in normal form: `=`, `\ne`, `\le`, `\ge`, `<`, `>`, `\in`, `\to`, `\gets`, `:=`, `:`,
    `\approx`, `\equiv`, `\propto`, `\sim`, `\mapsto`, `\Rightarrow`, `+=`, `-=`, ...
    """

    sides: tuple["Node | None", ...]
    marks: tuple[Token, ...]
    names: tuple[str, ...]

    def _found(self) -> Span:
        spans = [node.span for node in (*self.sides, *self.marks) if node is not None]
        return Span(min(s.start for s in spans), max(s.end for s in spans))


@dataclass(frozen=True, slots=True)
class List(_Placed):
    r"""Items separated by `,`, `;`, `\quad` or a full stop; an absent item is None: len(items) == len(marks) + 1."""

    items: tuple["Node | None", ...]
    marks: tuple[Token, ...]

    def _found(self) -> Span:
        spans = [node.span for node in (*self.items, *self.marks) if node is not None]
        return Span(min(s.start for s in spans), max(s.end for s in spans))


Node = (
    Symbol
    | Number
    | Text
    | Stray
    | Styled
    | Scripted
    | Fraction
    | Group
    | Fenced
    | Environment
    | Product
    | Sum
    | Relation
    | List
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a display. `parts` are the column pairs of an `align` (one in most notes), each a tree; a part that
    could not be read is None, and the display's faults say why. `tokens` are all tokens of the row, in order."""

    span: Span
    parts: tuple[Node | None, ...]
    tokens: tuple[Token, ...]
    tag: str | None = None
    label: str | None = None


def leaves(node: Node | Token | None) -> Iterator[Token]:  # noqa: C901, PLR0912 - one case a node
    """The tokens under a node, in the order of the page."""
    match node:
        case None:
            return
        case Token():
            yield node
        case Symbol(tokens=tokens):
            yield from tokens
        case Number(token=token) | Text(token=token) | Stray(token=token):
            yield token
        case Styled(tokens=tokens, body=body):
            yield from tokens
            yield from leaves(body)
        case Scripted(base=base, scripts=scripts):
            yield from leaves(base)
            for script in scripts:
                yield script.token
                yield from leaves(script.body)
        case Fraction(tokens=tokens, upper=upper, lower=lower):
            yield from tokens
            yield from leaves(upper)
            yield from leaves(lower)
        case Group(open=first, body=body, close=last) | Fenced(open=first, body=body, close=last):
            yield first
            yield from leaves(body)
            yield last
        case Environment():
            yield node.open
            marks = iter(node.marks)
            cells = [cell for row in node.rows for cell in row]
            for number, cell in enumerate(cells):
                yield from leaves(cell)
                if number + 1 < len(cells):
                    yield next(marks)
            yield from marks
            yield node.close
        case Product(items=items) | Sum(items=items):
            for item in items:
                yield from leaves(item)
        case Relation(sides=parts, marks=joints) | List(items=parts, marks=joints):
            for number, part in enumerate(parts):
                yield from leaves(part)
                if number < len(joints):
                    yield joints[number]
