r"""Syntax -> terms: what a formula means under given options.

Everything that the page leaves open is an option (`Options`), so that a reading is a value and two readings of one
formula are two terms. Juxtaposition, `\cdot` and `\times` are the product of the calculus; a sum sign takes the whole
rest of its product, or only the next factor; `\odot` binds looser than products, or tighter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction as Rational
from typing import Literal

from bptt_symbolic.meaning.names import as_written, homonym_of, is_homonym, letter_of, spelled
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    AtLabel,
    Cases,
    Condition,
    Constant,
    Count,
    Deriv,
    Divide,
    Entry,
    Function,
    Hadamard,
    Indicator,
    Inner,
    Kind,
    Layout,
    Mode,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    SameEntry,
    Stack,
    Term,
    Transpose,
    fresh_name,
    walk,
)
from bptt_symbolic.meaning.terms import Sum as SumTerm
from bptt_symbolic.reading.parser.tokens import FUNCTIONS
from bptt_symbolic.reading.source import Span
from bptt_symbolic.reading.syntax import (
    Environment,
    Fenced,
    Fraction,
    Group,
    List,
    Node,
    Number,
    Product,
    Relation,
    Script,
    Scripted,
    Stray,
    Styled,
    Sum,
    Symbol,
    Text,
    Token,
)
from bptt_symbolic.understanding import dots
from bptt_symbolic.understanding.beside import pieces
from bptt_symbolic.understanding.conditions import conditions_of
from bptt_symbolic.understanding.counting import counted_from_one
from bptt_symbolic.understanding.differentials import derivative_parts, factors_before, is_differential, is_operator
from bptt_symbolic.understanding.entry_names import EntryNames
from bptt_symbolic.understanding.layer_marks import layer_mark
from bptt_symbolic.understanding.makers import made_of
from bptt_symbolic.understanding.named_entries import NamedEntry
from bptt_symbolic.understanding.named_losses import is_loss, written_out
from bptt_symbolic.understanding.notation import (
    INDEX_LETTERS,
    KNOWN,
    LOSS_LETTERS,
    ONE_NAMES,
    UNIT_NAMES,
    Notation,
    known_function,
)
from bptt_symbolic.understanding.occurrences import (
    Occurrence,
    Sup,
    affine,
    bracket_in,
    hung_on,
    is_entries,
    label_above,
    label_text,
    letters_of,
    listed,
    occurrence,
    unwrap,
    uses,
    word_of,
)
from bptt_symbolic.understanding.sum_bounds import RELATIONS, Bounds, NotBuilt, big, is_big, is_dots, ranges_of
from bptt_symbolic.understanding.two_steps import Taken, TwoSteps

HADAMARD = frozenset({r"\odot", r"\circ", r"\ast", r"\star"})
PRODUCTS = frozenset({"*", r"\cdot", r"\times", "."})
"""Signs of the product, which may also be left out."""
TRANSPOSES = frozenset({"T", r"\top", r"\intercal", "Tr", "tr", r"\mathsf{T}", r"\dagger"})
SHOWN = frozenset(
    {"underbrace", "overbrace", "boxed", "color", "textcolor", "cancel", "overset", "underset", "stackrel"}
)
"""Styles that show something and mean nothing."""
BRACES = frozenset({"underbrace", "overbrace", "overset", "underset", "stackrel"})
"""Of these, the ones whose scripts are words about it."""
BARS = frozenset({"|", r"\|"})
EXTREMES = frozenset({r"\max", "max", r"\min", "min"})
MATRICES = frozenset(
    ["matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix", "array", "mqty"]
)
"""Environments that are a matrix; between bars, a `vmatrix`, it would be its determinant."""
PAIR = 2
MOST_FACTORS, MOST_SIGNS, MOST_TERMS, MOST_DIGITS = 200, 12, 400, 40
"""Factors and sum signs of one product, terms of one sum, digits of one number; more is no derivation."""


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of one reading that change the term."""

    layout: Layout = "numerator"
    narrow: bool = False
    """A sum or product sign takes only the next factor."""
    tight: bool = False
    """A Hadamard sign binds tighter than a product."""
    star: Literal["product", "hadamard"] = "product"
    newest: bool = True
    """Ordered products run newest factor first."""
    power: bool = False
    """The last step above a parameter is a power, not a transpose: `W^T`."""


@dataclass(frozen=True)
class Builder:
    """Builds the terms of one note."""

    notation: Notation
    options: Options = field(default_factory=Options)
    bound: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()
    """Keys of the quantities that the note defines or declares."""
    components: frozenset[str] = frozenset()
    """Functions of which the note uses components `f_i`."""
    vector_functions: frozenset[str] = frozenset()
    """Functions that mix the entries of their argument."""
    loss_functions: frozenset[str] = frozenset()
    """Functions that make one number of it."""
    entropies: frozenset[str] = frozenset()
    """Functions that the words call the cross-entropy."""
    calls: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    """Function -> what the network applies it to, where that is one thing at every step."""
    softmaxes: frozenset[str] = frozenset()
    """Quantities that are a softmax."""
    matrices: frozenset[str] = frozenset()
    """Function names that make a diagonal matrix, besides `diag`."""
    convention: bool = False
    """The note leaves out the sums over repeated indices."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """The note's own function names that mean a known function."""
    formulas: frozenset[str] = frozenset()
    """The note's own function names with a formula that is none of a known function."""
    entrywise: bool = False
    """Definitions of the note make sense only if a product of two columns is taken by entries."""
    sizes: frozenset[str] = frozenset()
    """Names of sizes, which are numbers where they stand as factors: `1/C`."""
    entries: EntryNames = field(default_factory=EntryNames)
    """The names that the note gives to entries."""
    restored: Mapping[Term, Term] = field(default_factory=dict)
    """Arguments of functions from which something is left out, and what they are in full."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Names that are read as others, to see whether they are slips of the pen."""
    frozen: Mapping[tuple[str, Affine], str] = field(default_factory=dict)
    """Quantities at a step that are vectors by themselves, with the names of these."""
    supplied: frozenset[str] = frozenset()
    """Names that are written without their step, which is the running one."""
    two_steps: Mapping[str, TwoSteps] = field(default_factory=dict)
    """Names that stand for a derivative between two steps."""
    named_entries: Mapping[str, NamedEntry] = field(default_factory=dict)
    """Names that stand for a derivative of an entry by an entry."""
    ends: tuple[tuple[str, Affine, Affine], ...] = ()
    """The bound letters outside of what is built, innermost last, with the ends of their ranges."""
    upward: bool = False
    """Dots between two letters lead from the earlier step to the later one."""
    measures: bool = False
    """Bars are absolute values and norms, of matrices, too: so they are read in an inequality."""
    _known: dict[int, tuple[Node | None, Term | NotBuilt | dots.NoPattern]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was built before, or why it was not, by the identity of the node."""
    _others: "dict[tuple[object, ...], Builder]" = field(default_factory=dict, init=False, repr=False, compare=False)
    """The same builder with other choices, so that these remember as well."""

    def build(self, node: Node | None) -> Term:  # noqa: C901, PLR0912 - one case a node
        """Meaning of a formula; raises NotBuilt."""
        match node:
            case None:
                raise NotBuilt("not-settled", "a side is missing", None)
            case Number(token=token) if len(token.text) > MOST_DIGITS:
                raise NotBuilt("too-long", "a number as long as this one", token.span)
            case Number(token=token):
                whole, point, behind = token.text.partition(".")
                return Num(Rational(token.text), token.span, len(behind) if whole and point else None)
            case Sum(items=items):
                return self._sum(items, node.span)
            case Product(items=items):
                return self.product(items, node.span)
            case Fraction():
                return self.product((node,), node.span)
            case Group(body=body):
                return self.build(body)
            case Fenced():
                return self._fenced(node)
            case Styled(command=command, body=body) if command in SHOWN:
                return self.build(body)
            case Environment():
                return self._environment(node)
            case Scripted() | Symbol() | Styled():
                return self.product((node,), node.span)
            case List(items=items):
                kept = [i for i in items if i is not None]
                if len(kept) == 1:
                    return self.build(kept[0])
                raise NotBuilt("not-settled", "a list where one formula is expected", node.span)
            case Relation():
                raise NotBuilt("not-settled", "a relation inside a formula", node.span)
            case Text(content=content):
                raise NotBuilt("not-settled", f"words inside a formula: {content.strip()}", node.span)
            case Stray(token=token):
                raise NotBuilt("stray-bracket", f"{token.text} closes nothing", token.span)

    def whole(self, node: Node | None) -> Term:
        """Meaning of a formula that may be asked for again; raises NotBuilt or NoPattern."""
        found = self._asked(node)
        if isinstance(found, NotBuilt | dots.NoPattern):
            raise found.with_traceback(None)
        return found

    def tried(self, node: Node | None) -> Term | None:
        """The same, or None where it has no meaning that is known."""
        found = None if node is None else self._asked(node)
        return None if isinstance(found, NotBuilt | dots.NoPattern) else found

    def _asked(self, node: Node | None) -> Term | NotBuilt | dots.NoPattern:
        if id(node) not in self._known:
            try:
                found: Term | NotBuilt | dots.NoPattern = self.build(node)
            except (NotBuilt, dots.NoPattern) as reason:
                found = reason
            self._known[id(node)] = (node, found)
        return self._known[id(node)][1]

    def choosing(self, options: Options) -> "Builder":
        """The builder that makes these choices, which remembers what it built."""
        return self if options == self.options else self._with(("options", options))

    def from_below(self) -> "Builder":
        """The builder in which dots between two letters lead from the earlier step to the later one."""
        return self._with(("upward", True))

    def knowing(self, defined: frozenset[str], sizes: frozenset[str]) -> "Builder":
        """The builder of claims, which knows what is defined."""
        return self._with(("defined", defined), ("sizes", sizes))

    def _with(self, *choices: tuple[str, object]) -> "Builder":
        if choices not in self._others:
            self._others[choices] = replace(self, **dict(choices))  # type: ignore[arg-type]
        return self._others[choices]

    # sums

    def _sum(self, items: Sequence[Node | Token], span: Span) -> Term:
        if len(items) > MOST_TERMS:
            raise NotBuilt("too-long", "a sum as long as this one", span)
        terms: list[Term | None] = []
        sign = 1
        for item in items:
            if isinstance(item, Token):
                if item.text not in {"+", "-"}:
                    raise NotBuilt("not-settled", f"the sign {item.text}", item.span)
                sign = sign if item.text == "+" else -sign
                continue
            if is_dots(item):
                before = next((t for t in reversed(terms) if t is not None), None)
                if sign < 0 and not isinstance(before, Neg):
                    raise NotBuilt("not-settled", "a minus before dots, behind a term without one", item.span)
                terms.append(None)
            elif sign > 0 and terms and (run := self._without_plus(item, terms[-1])) is not None:
                terms.extend(run)
            else:
                term = self.build(item)
                terms.append(term if sign > 0 else Neg(term, term.span))
            sign = 1
        if None in terms:
            return dots.sum_of(terms, span, newest=not self.upward)
        kept = tuple(t for t in terms if t is not None)
        return kept[0] if len(kept) == 1 else Add(kept, span)

    def _without_plus(self, item: Node, before: Term | None) -> list[Term | None] | None:
        r"""The summands of `a_1 x_1 + a_2 x_2 \dots a_n x_n`, in which no plus stands beside the dots."""
        factors = item.items if isinstance(item, Product) else ()
        where = next((n for n, i in enumerate(factors) if not isinstance(i, Token) and is_dots(i)), 0)
        if not where or before is None or where + 1 == len(factors):
            return None
        left, right = (
            self._combined(self._factors(part), item.span) for part in (factors[:where], factors[where + 1 :])
        )
        return [left, None, right] if dots.generalise(before, left, fresh_name([before, left])) is not None else None

    # products

    def product(self, items: Sequence[Node | Token], span: Span) -> Term:
        """A product, with dots or without."""
        if len(items) > MOST_FACTORS or sum(is_big(i) for i in items) > MOST_SIGNS:
            raise NotBuilt("too-long", "a product as long as this one", span)
        if any(not isinstance(i, Token) and is_dots(i) for i in items):
            return self._dotted(items, span)
        return self._combined(self._factors(items), span)

    def _dotted(self, items: Sequence[Node | Token], span: Span) -> Term:
        where = next(n for n, i in enumerate(items) if not isinstance(i, Token) and is_dots(i))
        before = [i for i in items[:where] if not isinstance(i, Token)]
        after = [i for i in items[where + 1 :] if not isinstance(i, Token)]
        for number, item in enumerate(before):
            if big(item) is not None:  # the dots belong to what the sign sums
                return self._product_withbig(before[:number], items[items.index(item) :], span)
        left = [t for _, t in self._factors(before)]
        right = [t for _, t in self._factors(after)]
        factors = dots.product_of(left, right, span, newest=not self.upward)
        return self._combined([("mul", f) for f in factors], span)

    def _product_withbig(self, before: Sequence[Node], rest: Sequence[Node | Token], span: Span) -> Term:
        factors = self._factors(before)
        factors.extend(self._factors(rest))
        return self._combined(factors, span)

    def _factors(self, items: Sequence[Node | Token]) -> list[tuple[str, Term]]:
        """The factors with the operator before each."""
        factors: list[tuple[str, Term]] = []
        op, place = "mul", 0
        while place < len(items):
            item = items[place]
            if isinstance(item, Token):
                op = self._operator(item)
                place += 1
                continue
            slashed = self._slashed(items, place)
            term, place = slashed if slashed is not None else self.factor(items, place)
            factors.append((op, term))
            op = "mul"
        return factors

    def _slashed(self, items: Sequence[Node | Token], place: int) -> tuple[Term, int] | None:
        r"""`\partial L / \partial h_t`: a derivative in one line, and where it ends."""
        if not self._is_sign(items[place]):
            return None
        above, slash = self._operand(items, place + 1)
        sign = slash + 1
        if above is None or len(items) <= sign or not self._is_sign(items[sign]):
            return None
        between = items[slash]
        below, end = self._operand(items, sign + 1)
        if below is None or not isinstance(between, Token) or between.text.strip() != "/":
            return None
        return self.derivative(self.build(above), below, "total", _span_of(items[place:end])), end

    def _operand(self, items: Sequence[Node | Token], place: int) -> tuple[Node | None, int]:
        """What a sign of a derivative in one line stands before, with the step in brackets behind it, and its end."""
        node = items[place] if place < len(items) else None
        if node is None or isinstance(node, Token):
            return None, place
        found = occurrence(node)
        behind = items[place + 1] if place + 1 < len(items) else None
        stepped = found is not None and self.notation.slots.get(found.name) == "argument"
        if stepped and isinstance(behind, Fenced) and affine(behind.body) is not None:
            return Product((node, behind)), place + 2
        return node, place + 1

    def _is_sign(self, item: Node | Token) -> bool:
        r"""Whether it is the `\partial` or the `d` of a derivative in one line; a `d` with steps is a quantity."""
        if isinstance(item, Token) or is_differential(item) != "total":
            return False
        sign = unwrap(item)
        return isinstance(sign, Symbol) and (
            sign.name == r"\partial" or (sign.name == "d" and "d" not in self.notation.slots)
        )

    def _operator(self, token: Token) -> str:
        name = token.text.strip()
        if name in HADAMARD or name in self.notation.entrywise:
            return "had"
        if name == r"\otimes":
            return "outer"
        if name in {"/", r"\div", r"\oslash"}:
            return "div"
        if name == "*" and self.options.star == "hadamard":
            return "had"
        if name in PRODUCTS:
            return "mul"
        raise NotBuilt("not-settled", f"the sign {name}", token.span)

    def _combined(self, factors: list[tuple[str, Term]], span: Span) -> Term:
        """Fold the factors: tighter operators first, then from the left."""
        tight = ("had",) if self.options.tight else ("mul", "div", "outer")
        groups: list[tuple[str, Term]] = []
        for op, term in factors:
            if groups and op in tight:
                groups[-1] = (groups[-1][0], _apply_op(op, groups[-1][1], term, span))
            else:
                groups.append((op, term))
        result = groups[0][1]
        for op, term in groups[1:]:
            result = _apply_op(op, result, term, span)
        return replace(result, span=span) if len(factors) > 1 else result

    def factor(self, items: Sequence[Node | Token], place: int) -> tuple[Term, int]:
        """The factor that begins at a place, and where it ends."""
        node = items[place]
        assert not isinstance(node, Token)  # noqa: S101 - the caller has seen to it
        if big(node) is not None:
            return self._big_operator(node, items, place)
        if is_operator(node):
            return self._operator_form(node, items, place)
        function = known_function(node, self.notation)
        if function is not None and (function[0] not in self.notation.both or _bracket_after(items, place) is not None):
            term, end = self._application(function, node, items, place)
            after = items[place + 1] if place + 1 < len(items) else None
            if isinstance(after, Scripted) and _bracket_after(items, place) is not None:
                term = self._with_scripts(term, after)
            return term, end
        found = self._with_index(occurrence(node))
        special = self._special(found, items, place)
        if special is not None:
            return special
        _known_or_raise(found, self.notation, node.span)
        if found is None:
            return self._atom(node), place + 1
        following = None if _is_turned_factor(found, items[place + 1 : place + 2]) else _bracket_after(items, place)
        term, used = self.quantity(found, following, node)
        behind = items[place + 1] if used else None
        return self._with_scripts(term, behind) if isinstance(behind, Scripted) else term, place + 1 + used

    def _special(self, found: Occurrence | None, items: Sequence[Node | Token], place: int) -> tuple[Term, int] | None:
        """The larger of two, a gradient at an argument, an indicator; and where it ends."""
        extreme = self._extreme(found, items, place)
        if extreme is not None or found is None:
            return None if extreme is None else (extreme, place + 2)
        if found.name == r"\nabla" and place + 1 < len(items):
            return self._gradient(items, place)
        if found.name in ONE_NAMES or found.name == r"\delta":
            indicator = self._indicator(found, _bracket_after(items, place))
            return None if indicator is None else (indicator[0], place + 1 + indicator[1])
        return None

    def _with_index(self, found: Occurrence | None) -> Occurrence | None:
        r"""`\sum_r s_{r_n}`: an index that hangs on a letter which is a step here stands beside it."""
        hung = hung_on(found.subs[0]) if found is not None and len(found.subs) == 1 else None
        if found is None or hung is None or self.notation.slots.get(found.name) != "sub0":
            return found
        value, step, index = hung
        steps = value.names() <= self.bound | self.notation.times and _letter(index) in INDEX_LETTERS | self.bound
        return replace(found, subs=(step, index)) if steps else found

    def _atom(self, node: Node) -> Term:
        match node:
            case Scripted():
                return self._scripted(node)
            case Fraction():
                return self._fraction(node)
            case Symbol(name=name):
                raise NotBuilt("not-settled", f"the symbol {name}", node.span)
            case Styled(command=command) if command not in SHOWN:
                raise NotBuilt("not-settled", f"what \\{command} stands over", node.span)
            case _:
                return self.build(node)

    # sum and product signs

    def _big_operator(self, node: Node, items: Sequence[Node | Token], place: int) -> tuple[Term, int]:
        sign, scripts = big(node) or ("", ())
        rest = list(items[place + 1 :])
        while rest and isinstance(rest[0], Token):
            rest.pop(0)
        if not rest:
            raise NotBuilt("not-settled", f"{sign} with nothing behind it", node.span)
        if sign == r"\sum" and not scripts:
            return self._over_entries(self.product(rest, node.span), node), len(items)
        ranges = [self._upward(r) for r in ranges_of(scripts)]
        ends = tuple((var, self._last(low), self._last(high)) for var, low, high, _ in ranges)
        inner = replace(self, bound=self.bound | {r[0] for r in ranges}, ends=(*self.ends, *ends))
        if self.options.narrow:
            skipped = len(items) - place - 1 - len(rest)
            body, end = inner.factor(rest, 0)
            end += place + 1 + skipped
        else:
            body, end = inner.product(rest, node.span), len(items)
        span = node.span.to(body.span) if body.span else node.span
        for var, first, last, where in reversed(ranges):
            low, high = self._last(first), self._last(last)
            if sign == r"\sum":
                put = tuple(Condition(self._last(c.left), c.relation, self._last(c.right)) for c in where)
                low, high = counted_from_one(var, (low, high), body, put)
                body = SumTerm(var, low, high, body, put, span)
            elif where:
                raise NotBuilt("not-settled", "a product that leaves factors out", node.span)
            else:
                body = Prod(var, low, high, body, self.options.newest, span=span)
        return body, end

    def _over_entries(self, body: Term, node: Node) -> Term:
        r"""`\frac12 \sum (y_t - o_t)^2`: a sum sign without a range, before a vector and no step that is free."""
        if any(isinstance(x, Ref) and x.time is None and x.name[:1].isupper() for x in walk(body)):
            raise NotBuilt("not-settled", "a sum sign that does not say over what", node.span)
        return Inner(Constant("ones", None, node.span), body, node.span)

    def _upward(self, bounds: Bounds) -> Bounds:
        r"""A range with its lower end first: `\sum_{i=t}^{1}` and `\prod_{j=t}^{i+1}` under `i \le t` run downward."""
        var, low, high, where = bounds
        first, last = self._last(low), self._last(high)
        most = last - first
        for letter, least, greatest in reversed(self.ends):
            coefficient = dict(most.parts).get(letter, 0)
            if coefficient:
                most = most.put({letter: greatest if coefficient > 0 else least})
        down = (last - first).parts and all(c < 0 for _, c in most.parts) and most.const <= 1
        return (var, high, low, where) if down else bounds

    def at_last(self, value: Affine) -> Affine:
        """An integer expression with the note's names of the last step put as one."""
        return self._last(value)

    def _last(self, value: Affine) -> Affine:
        if value.names() & self.notation.foreign:
            raise NotBuilt("not-settled", "the last step of one sequence in a claim about another", None)
        return value.put({n: Affine.of(LAST) for n in self.notation.last})

    # functions

    def _application(
        self, function: tuple[str, Occurrence | None], node: Node, items: Sequence[Node | Token], place: int
    ) -> tuple[Term, int]:
        name, found = function
        assert found is not None  # noqa: S101 - known_function gives it
        args, end = self._arguments(items, place)
        made = made_of("diag" if name in self.matrices else name, args, node.span)
        if made is not None:
            return self._powers(made, found.sups), end
        if any(affine(s.body) == Affine(-1) for s in found.sups):
            raise NotBuilt("not-settled", "the inverse of a function", node.span)
        meant = self.function_of(name, found)
        if args == [None] and meant.order:  # `f'(\dots)`, where the network applies `f`
            args = list(self.calls.get(meant.name, args))
        plain = tuple(self.restored.get(a, a) for a in args if a is not None)
        if len(plain) < len(args):
            raise NotBuilt("not-settled", "dots among the arguments of a function", _span_of(items[place:end]))
        span = node.span if plain[-1].span is None else node.span.to(plain[-1].span)
        known = written_out(meant, plain, self.softmaxes, self.entropies)
        slope = self._slope_of_loss(_applied(meant, plain, span), span)
        term = slope if known is None else replace(known, span=span)
        return self._powers(term, [s for s in found.sups if self._layer(s) is None]), end

    def _extreme(self, found: Occurrence | None, items: Sequence[Node | Token], place: int) -> Term | None:
        r"""`\max(a, b)`, by entries: a and what b is more; `\max(0, b)` is the rectifier."""
        bracket = items[place + 1] if place + 1 < len(items) else None
        if found is None or found.name not in EXTREMES or found.subs or found.sups or not isinstance(bracket, Fenced):
            return None
        parts = () if bracket.body is None else listed(bracket.body)
        if len(parts) != PAIR or bracket.left not in {"(", "[", r"\{"}:
            return None
        a, b = (self.build(part) for part in parts)
        if isinstance(b, Num) and not b.value:
            a, b = b, a
        zero = isinstance(a, Num) and not a.value
        if found.name.endswith("min"):
            less = Neg(b) if zero else Add((a, Neg(b)))
            more: Term = Neg(Apply(Function("relu"), (less,), bracket.span))
        else:
            more = Apply(Function("relu"), (b if zero else Add((b, Neg(a))),), bracket.span)
        return more if zero else Add((a, more), bracket.span)

    def _gradient(self, items: Sequence[Node | Token], place: int) -> tuple[Term, int]:
        r"""`\nabla \ell(h_T)`: the gradient of a function of one quantity, at that."""
        span = items[place].span
        rest = list(items[place + 1 :])
        term, used = self.factor(rest, 0) if not isinstance(rest[0], Token) else (None, 0)
        if not (
            isinstance(term, Apply) and term.function.own and len(term.args) == 1 and isinstance(term.args[0], Ref)
        ):
            raise NotBuilt("not-settled", "a nabla that does not say by what", span)
        plain = replace(term, function=replace(term.function, kind="loss"))
        return Deriv(plain, term.args[0], "total", "gradient", span), place + 1 + used

    def _slope_of_loss(self, term: Term, span: Span) -> Term:
        r"""`\ell'(h_T)`, where `\ell` makes one number of a vector, is its gradient, a row or a column."""
        if not (isinstance(term, Apply) and term.function.kind == "loss" and term.function.order):
            return term
        if term.function.order > 1 or len(term.args) > 1 or not isinstance(term.args[0], Ref):
            raise NotBuilt("not-settled", "a prime on a function that makes one number of several vectors", span)
        plain = replace(term, function=replace(term.function, order=0))
        return Deriv(plain, term.args[0], "total", self.options.layout, span)

    def function_of(self, name: str, found: Occurrence) -> Function:
        """The function that an occurrence means."""
        order = found.primes
        own = found.name in self.notation.functions or self.notation.is_beside(found)
        if not own or name != found.name:
            return Function(name, order=order)
        index = None
        labels: tuple[str, ...] = ()
        for sub in found.subs:
            value = affine(sub)
            if (
                value is not None
                and (value.names() <= self.bound or value.names() <= INDEX_LETTERS)
                and self._is_component(found)
            ):
                index = value
            else:
                labels = (_label(sub),)
        layers = (self._layer(s) for s in found.sups)
        key = spelled(found.name, labels=labels, marks=tuple(layer for layer in layers if layer is not None))
        if key in self.meanings:
            return Function(self.meanings[key], order=order)
        if index is None and key in self.components:
            index = Affine(0)  # each entry by its own component
        return Function(key, self.kind_of(key), order, index)

    def kind_of(self, function: str) -> Kind:
        """What a function of the note's own makes of a vector."""
        if function in self.loss_functions | self.entropies or is_loss(function):
            return "loss"
        return "vector" if function in self.vector_functions else "generic"

    def _is_component(self, found: Occurrence) -> bool:
        return found.name in self.components

    def _arguments(self, items: Sequence[Node | Token], place: int) -> tuple[list[Term | None], int]:
        """The arguments of a function and where its application ends."""
        bracket = _bracket_after(items, place)
        if bracket is not None and bracket.body is not None:
            inner = unwrap(bracket.body)
            parts = [i for i in inner.items if i is not None] if isinstance(inner, List) else [inner]
            return [None if is_dots(p) else self.build(p) for p in parts], place + 2
        end = place + 1
        if end < len(items) and is_big(items[end]):
            return [self.product(items[end:], _span_of(items[end:]))], len(items)
        while end < len(items) and not isinstance(items[end], Token):
            end += 1
            following = items[end] if end < len(items) else None
            if following is not None and not isinstance(following, Token) and known_function(following, self.notation):
                break
        if end == place + 1:
            raise NotBuilt("not-settled", "a function without its argument", _span_of(items[place:end]))
        return [self.product(items[place + 1 : end], _span_of(items[place + 1 : end]))], end

    # quantities

    def quantity(self, found: Occurrence, bracket: Fenced | None, node: Node) -> tuple[Term, bool]:
        """The quantity that an occurrence means, and whether the bracket behind it belongs to it."""
        known = self._known_whole(found, bracket, node)
        if known is not None:
            return known
        time, used = self.notation.time_of(found, bracket)
        if time is None and self._is_exponential(found):
            return Apply(Function("exp"), (self.build(found.sups[0].body),), node.span), False
        labels, indices, at = self._subscripts(found)
        raised = [s for s in found.sups if self.notation.is_entry_above(found, s)]
        labels, indices = self._with_raised(found, raised, (labels, indices))
        sups = [s for s in found.sups if not self._is_time(found, s) and s not in raised]
        marks = tuple(t for t in (self._mark(found, s) for s in sups) if t is not None)
        sups = [s for s in sups if self._mark(found, s) is None]
        over = None if time is not None or bracket is None or used else self._range(found, bracket)
        marks, used = (marks, used) if over is None else ((*marks, over), True)
        name = spelled(self.notation.aliases.get(found.name, found.name), found.primes, labels, marks)
        if time is None and bracket is not None and not used:
            time, used = self._by_arguments(found, bracket)
        if time is not None and not used and bracket is not None and self._says_arguments(found, bracket):
            used = True  # `L_t(y, \hat y)`: what it depends on is said by its definition
        if time is not None and not used and at is None:
            at = self._class_behind(found, bracket)
            used = at is not None
        if self._is_number(name, time, found):
            return self._powers(Count(self._last(Affine.of(name)), found.span), tuple(sups)), False
        span = found.span if not used or bracket is None else found.span.to(bracket.span)
        if time is None and found.name in self.notation.slots:
            name = homonym_of(name)
        name = self.renamed.get(name, name)
        term: Term = self._at(name, time, span)
        if at is not None:
            time = term.time if isinstance(term, Ref) and at.time is None else at.time
            term = AtLabel(term, replace(at, time=time, span=None), span)
        if indices:
            term = self._entry(term, [None if i is None else self._last(i) for i in indices], node.span)
        return self._powers(term, tuple(sups)), used

    def _with_raised(
        self, found: Occurrence, raised: Sequence[Sup], below: tuple[tuple[str, ...], list[Affine | None]]
    ) -> tuple[tuple[str, ...], list[Affine | None]]:
        """The labels and the indices of a name, those above first: `h^i_t`, `W^i_j`."""
        labels, indices = below
        above = [affine(s.body) for s in raised]
        if raised and found.name not in self.notation.slots:
            return (), [*above, *(affine(node) for node in found.subs)]
        return labels, [*above, *indices]

    def _at(self, name: str, time: Affine | None, span: Span) -> Ref:
        """A quantity at a step, or the vector that it is there."""
        if time is None and is_homonym(name) and as_written(name) in self.supplied:
            name, time = as_written(name), Affine.of(self.notation.main)
        if time is not None and (name, time) in self.frozen:
            return Ref(self.frozen[name, time], None, span)
        return Ref(name, None if time is None else self._last(time), span)

    def _known_whole(self, found: Occurrence, bracket: Fenced | None, node: Node) -> tuple[Term, bool] | None:
        """What a name means with all its scripts, and whether the bracket behind it is one of them."""
        fixed = self._fixed(found, node)
        named = self.named_entries.get(found.name) if fixed is None else None
        entry = None if named is None else named.at(found, bracket)
        if named is not None and entry is not None:
            return entry, named.bracket
        return None if fixed is None else (fixed, False)

    def _fixed(self, found: Occurrence, node: Node) -> Term | None:
        """What a name means whatever stands behind it: a constant, an entry that has the name, a derivative."""
        constant = self._constant(found)
        if constant is not None:
            return self._powers(constant, found.sups)
        entry = self.entries.of(found)
        if entry is not None:
            return self._powers(*entry)
        short = self.two_steps.get(found.name)
        taken = None if short is None else short.taken(found)
        return None if short is None or taken is None else self._between_steps(short.meant, taken, node.span)

    def _between_steps(self, meant: Deriv, taken: Taken, span: Span) -> Term:
        r"""`\delta_{t[i]}^{(k)}`: the derivative that the name stands for, at its steps, or an entry of it."""
        of, by = meant.of, meant.by
        assert isinstance(of, Ref) and isinstance(by, Ref)  # noqa: S101, PT018 - a name of two steps stands for no other
        sides = (replace(of, time=self._last(taken.of), span=span), replace(by, time=self._last(taken.by), span=span))
        term: Term = Deriv(*sides, meant.mode, self.options.layout, span)
        indices = [i for node in taken.subs for i in self._plain_entries(node) or [self._index(node)]]
        return self._powers(self._entry(term, indices, span) if indices else term, taken.sups)

    def _is_exponential(self, found: Occurrence) -> bool:
        """`e^{x}`; of a note that has a quantity of this name, `e^{(t)}`, only with more above it than a letter."""
        if found.name != "e" or len(found.sups) != 1 or found.subs or found.primes:
            return False
        (sup,) = found.sups
        return "e" not in self.notation.slots or not (sup.bracketed or _is_transpose(sup.body) or affine(sup.body))

    def named(self, found: Occurrence) -> str | None:
        """The name of the quantity that an occurrence is, without what may stand in brackets behind it."""
        try:
            term, _ = self.quantity(found, None, Text("", Token("text", "", found.span)))
        except (NotBuilt, dots.NoPattern):
            return None
        inner = term.body if isinstance(term, Entry) else term
        return inner.name if isinstance(inner, Ref) else None

    def _mark(self, found: Occurrence, sup: Sup) -> str | None:
        r"""The text of a superscript that is a label: a word, or the letter of another quantity, `\delta^h_t`."""
        layer = self._layer(sup)
        if layer is not None:
            return layer
        text = _sup_label(sup)
        if text is not None or sup.bracketed:
            return text
        if found.name in self.notation.numbered and sup is found.sups[0] and isinstance(unwrap(sup.body), Number):
            return str(affine(sup.body))
        inner = unwrap(sup.body)
        letter = inner.name if isinstance(inner, Symbol) else ""
        if letter == "*":
            return letter
        several = letters_of(sup.body) or ()
        indices = {*self.bound, *self.notation.times} if len(several) <= PAIR else set()
        if len(several) > 1 and not {"T", *indices} & set(several):
            return "".join(several)  # `W^{hh}`, `W^{out}`
        above = label_above(sup.body)
        if above in self.notation.families.get(found.name, frozenset()):
            return above
        steps = self.bound | self.notation.times | self.notation.last
        return letter if letter in self.notation.letters and letter not in steps and letter != found.name else None

    def _layer(self, sup: Sup) -> str | None:
        """The layer that a superscript is."""
        value = affine(sup.body)
        if value is None or not value.names() or not value.names() <= self.notation.layers | self.notation.last_layers:
            return None
        if value.names() & self.bound or value != Affine.of(*value.names()) + value.const:
            raise NotBuilt("not-settled", "a layer that a sum runs over", sup.body.span)
        return layer_mark(value)

    def _is_number(self, name: str, time: Affine | None, found: Occurrence) -> bool:
        """A bound index or the last step used as a factor: `1/T`, `(t-k)`."""
        if time is not None or found.subs or name in self.defined:
            return False
        return (
            name in self.bound
            or name in self.sizes
            or name in self.notation.last
            or (name in self.notation.times and name not in self.notation.slots)
        )

    def _is_time(self, found: Occurrence, sup: Sup) -> bool:
        slot = self.notation.slots.get(found.name)
        if sup is self.notation.step_above(found):
            return True
        if slot != "sup":
            return slot == "bracket" and sup.bracketed
        first = next((s for s in found.sups if not s.bracketed), None)  # `{h^t}^2` is a power of a step
        return sup is first and affine(sup.body) is not None and not _is_transpose_sign(sup.body)

    def _constant(self, found: Occurrence) -> Term | None:
        if found.name in UNIT_NAMES and len(found.subs) == 1 and (label := self._class(found.subs[0])) is not None:
            return replace(label, span=found.span)
        if found.name == r"\mathbf{0}":
            return Constant("zero", None, found.span)
        if found.name in ONE_NAMES and not found.subs:
            return Constant("ones", None, found.span)
        stepped = found.name in self.notation.slots and found.subs  # the input gate `I_t`
        known = {"I", r"\mathbb{I}", r"\mathbb{1}"} - self.defined
        if found.name in known and not (found.sups or stepped):
            return Constant("identity", None, found.span)
        return None

    def _by_arguments(self, found: Occurrence, bracket: Fenced) -> tuple[Affine | None, bool]:
        r"""`\mathcal{L}(y(t+1), \hat y(t+1))`: a loss has the time of what it compares."""
        if self.notation.aliases.get(found.name, found.name) not in LOSS_LETTERS or not self._only_quantities(bracket):
            return None, False
        assert bracket.body is not None  # noqa: S101 - _only_quantities has seen to it
        items = listed(bracket.body)
        if any(is_dots(item) for item in items):
            return None, True  # `L(x_1, \ldots, x_T)` is one number of them all
        times = {t.time for t in (self.build(n) for n in items) if isinstance(t, Ref)}
        if len(times) == 1:
            return next(iter(times)), True
        return None, len(times) > 0

    def _range(self, found: Occurrence, bracket: Fenced) -> str | None:
        r"""The steps that a loss is said to be taken over, `\mathcal{L}^{total}(1, T)`: a part of its name."""
        ends = [] if bracket.left != "(" or bracket.body is None else [affine(n) for n in listed(bracket.body)]
        fixed = [a for a in ends if a is not None and a.names() <= self.notation.last]
        if len(ends) != PAIR or len(fixed) != PAIR or found.name not in LOSS_LETTERS:
            return None
        return f"({fixed[0]},{fixed[1]})"

    def _says_arguments(self, found: Occurrence, bracket: Fenced) -> bool:
        """Whether a bracket behind a quantity holds what it depends on: behind a loss, or with several in it; a single
        quantity in brackets is a factor."""
        name = self.notation.aliases.get(found.name, found.name)
        several = bracket.body is not None and len(listed(bracket.body)) > 1
        return (name in LOSS_LETTERS or several) and self._only_quantities(bracket)

    def _only_quantities(self, bracket: Fenced) -> bool:
        if bracket.left != "(" or bracket.body is None:
            return False
        for item in listed(bracket.body):
            parts = unwrap(item)
            if is_dots(item):
                continue
            first = parts.items[0] if isinstance(parts, Product) and len(parts.items) <= 2 else parts  # noqa: PLR2004
            if isinstance(first, Token) or occurrence(first) is None:
                return False
            if isinstance(parts, Product) and not isinstance(parts.items[-1], Fenced):
                return False
        return True

    def _subscripts(self, found: Occurrence) -> tuple[tuple[str, ...], list[Affine | None], Ref | None]:
        """Labels, entry indices, and the label vector at whose class the entry is taken."""
        rest = self.notation.rest_of(found)
        labels: list[str] = []
        at = None
        indices: list[Affine | None] = []
        bracketed = any(is_entries(node) for node in rest)
        for place, node in enumerate(rest):
            kind, value = self._subscript(found, node)
            if kind == "class" and place + 1 < len(rest) and letters_of(node) is None:
                kind, value = "label", _label(node)  # `a_{h,i}`: an entry stands behind it
            if bracketed and kind != "label" and not is_entries(node):
                kind, value = "label", _label(node)  # `s_{b[i]}`: entries stand in the brackets
            if kind == "label":
                labels.append(str(value))
            elif kind == "class":
                at = value if isinstance(value, Ref) else None
            else:
                indices.extend(value if isinstance(value, list) else [])
        return tuple(labels), indices, at

    def _subscript(self, found: Occurrence, node: Node) -> tuple[str, object]:
        certain = self._certain(node)
        if certain is not None:
            return certain
        text = label_text(node)
        seen = self.notation.labels.get(found.name, frozenset())
        least = PAIR if found.name in self.notation.slots else 1
        gates = len(seen) >= least and seen <= self.notation.quantities
        if gates or text in self.notation.gates.get(found.name, frozenset()):
            return "label", _label(node)  # `b_i`, `b_f`, `b_o`: the letters are gates
        entries = found.name in self.notation.bare or found.name in self.notation.indexed
        entries = entries or self.notation.step_above(found) is not None
        letters = letters_of(node)
        if letters is not None:
            if entries and len(letters) == PAIR and all(x in self.bound or x in INDEX_LETTERS for x in letters):
                return "index", [Affine.of(x) for x in letters]
            return "label", _label(node)
        value = affine(node)
        if value is None or word_of(node) is not None:
            return "label", _label(node)
        names = value.names()
        if names & self.bound or (entries and not names):
            return "index", [value]
        if len(names) == 1 and not value.const:
            name = next(iter(names))
            if name in self.notation.slots and name not in INDEX_LETTERS:
                return ("class", Ref(name)) if entries and found.name in self.notation.slots else ("label", text)
            if name in self.notation.slots and not entries:
                return "label", text
        return ("index", [value]) if entries else ("label", _label(node))

    def _certain(self, node: Node) -> tuple[str, object] | None:
        """What a script is that can be nothing else."""
        plain = self._plain_entries(node)
        if plain is not None:
            return "index", plain
        label = self._class(node)
        return None if label is None else ("class", label)

    def _class(self, node: Node) -> Ref | None:
        r"""The label vector of a class that a script names: the `y_t` of `p_{t, y_t}` and `e_{y_t}`, the `y^{(t)}` of
        `p^{(t)}_{y^{(t)}}`."""
        found = occurrence(unwrap(node))
        if found is None or found.primes or len(found.subs) + len(found.sups) != 1:
            return None
        step = affine(found.subs[0]) if found.subs else self.notation.time_of(found, None)[0]
        letters = self.notation.times | self.notation.last | self.bound | {self.notation.main}
        if step is None or found.name in letters or self.notation.main not in step.names():
            return None
        return Ref(spelled(found.name), self._last(step), found.span)

    def _class_behind(self, found: Occurrence, bracket: Fenced | None) -> Ref | None:
        r"""The class in square brackets behind a vector: the `k_t` of `p_t[k_t]`, as programs write it."""
        one = bracket is not None and is_entries(bracket) and not letter_of(found.name).isupper()
        return self._class(bracket.body) if one and bracket is not None and bracket.body is not None else None

    def _plain_entries(self, node: Node) -> list[Affine | None] | None:
        """The indices of a script that can be nothing else: `:`, or square brackets as in `h_{[i]}`."""
        if isinstance(node, Relation) and node.names == (":",) and node.sides == (None, None):
            return [None]
        if isinstance(node, Fenced) and is_entries(node) and node.body is not None:
            return [self._index(item) for item in listed(node.body)]
        return None

    def _powers(self, term: Term, sups: "Sequence[Sup]") -> Term:
        for sup in sups:
            if _is_transpose(sup.body) and not (self.options.power and self.may_be_power(term, sup.body)):
                term = Transpose(term, term.span)
                continue
            value = affine(sup.body)
            if value is None:
                raise NotBuilt(
                    "not-settled", "a superscript that is neither a time, a power nor a transpose", sup.body.span
                )
            term = Power(term, self._last(value), entrywise=False, span=term.span)
        return term

    def may_be_power(self, term: Term, above: Node) -> bool:
        """Whether a parameter with the last step above it may be a power: `W^T`, where steps run to `T`."""
        value = affine(above)
        names = frozenset() if value is None else value.names()
        return isinstance(term, Ref) and term.time is None and bool(names) and names <= self.notation.last

    # scripts on brackets, matrices

    def _scripted(self, node: Scripted) -> Term:
        base = unwrap(node.base)
        if isinstance(base, Symbol) and base.name == "|":
            raise NotBuilt("not-settled", "an evaluated-at bar", node.span)
        sups = [s.body for s in node.scripts if s.mark == "^" and s.body is not None]
        if self.measures and isinstance(base, Fenced) and base.left in BARS and base.body is not None:
            return self._measured(base, node.scripts, node.span)
        if (
            isinstance(base, Fenced)
            and base.left in BARS
            and base.body is not None
            and [affine(x) for x in sups] == [Affine(2)]
        ):
            marks = [n for s in node.scripts if s.mark == "_" and s.body is not None for n in listed(s.body)]
            if not all(_is_euclidean(mark) for mark in marks):
                raise NotBuilt("not-settled", "a norm with this mark", node.span)
            inner = self.build(base.body)
            return Inner(inner, inner, node.span)
        if any(s.mark == "'" for s in node.scripts):
            raise NotBuilt("not-settled", "a prime on something that is no function", node.span)
        if isinstance(node.base, Styled) and node.base.command in BRACES:
            if any(s.mark == "^" for s in node.scripts) and node.base.command == "underbrace":
                raise NotBuilt("not-settled", "a superscript on a brace", node.span)
            return self.build(node.base)
        return self._with_scripts(self.build(base), node)

    def _with_scripts(self, term: Term, node: Scripted) -> Term:
        """Entries, powers and transposes that the scripts of a bracket ask for."""
        subs = [n for s in node.scripts if s.mark == "_" and s.body is not None for n in listed(s.body)]
        sups = [s.body for s in node.scripts if s.mark == "^" and s.body is not None]
        label = self._class(subs[0]) if len(subs) == 1 else None
        if label is not None:
            term = AtLabel(term, replace(label, span=None), node.span)
        elif subs:
            term = self._entry(term, [i for s in subs for i in self._indices(s)], node.span)
        return self._powers(term, [Sup(s, bracketed=False) for s in sups])

    def _entry(self, term: Term, indices: Sequence[Affine | None], span: Span) -> Term:
        """Entries of a quantity; which one a number means depends on where the note begins to count."""
        if self.notation.from_zero and any(i is not None and not i.parts for i in indices):
            raise NotBuilt("not-settled", "an entry by its number where others are counted from zero", span)
        return Entry(term, tuple(indices), span)

    def _indices(self, node: Node) -> tuple[Affine | None, ...]:
        """The entries that a script behind a bracket asks for: `(W_f)_{ij}` two of them."""
        pair = letters_of(node) or ()
        return tuple(Affine.of(x) for x in pair) if len(pair) == PAIR else (self._index(node),)

    def _index(self, node: Node) -> Affine | None:
        if isinstance(node, Relation) and node.names == (":",):
            return None
        value = affine(node)
        if value is None:
            raise NotBuilt("not-settled", "an index that is no integer expression", node.span)
        return self._last(value)

    def _fenced(self, node: Fenced) -> Term:
        body = None if node.body is None else unwrap(node.body)
        if body is None:
            raise NotBuilt("not-settled", "an empty bracket", node.span)
        if self.measures and node.left in BARS:
            return self._measured(node, (), node.span)
        if node.left in BARS:
            return self._norm(node, body)
        if node.left not in {"(", "[", r"\{"}:
            raise NotBuilt("not-settled", f"the bracket {node.left}", node.span)
        if node.left == "[" and isinstance(body, Relation):
            return Indicator(conditions_of(body, self._last), node.span)
        if node.left in {"[", "("} and isinstance(body, List):
            separators = {m.text.strip() for m in body.marks}
            parts = [None if is_dots(i) else self.build(i) for i in body.items if i is not None]
            if separators == {";"} and None not in parts:
                return Stack(tuple(p for p in parts if p is not None), across=False, span=node.span)
            return dots.row_of(parts, node.span)
        return self.build(body)

    def _measured(self, bars: Fenced, scripts: Sequence[Script], span: Span) -> Term:
        r"""`|w|^{t-k}`, `\|W\|_F`: how large something is, and powers of that; bars are no determinant here."""
        marks = [n for s in scripts if s.mark == "_" and s.body is not None for n in listed(s.body)]
        name = "abs" if bars.left == "|" and not marks else _norm_named(marks, span)
        term: Term = Apply(Function(name), (self.build(bars.body),), span)
        for script in scripts:
            value = affine(script.body) if script.mark == "^" else Affine(1)
            if value is None or script.mark not in {"^", "_"}:
                raise NotBuilt("not-settled", "a norm with this superscript", span)
            term = term if script.mark == "_" else Power(term, self._last(value), span=span)
        return term

    def _norm(self, node: Fenced, body: Node) -> Term:
        r"""`\|y_t - d_t\|`: the Euclidean norm of a column; matrices have several, and bars may be a determinant."""
        inner = self.build(body) if node.left == r"\|" else None
        if inner is None or not _is_column(inner):
            raise NotBuilt("not-settled", "a norm or an absolute value", node.span)
        return Apply(Function("sqrt"), (Inner(inner, inner, node.span),), node.span)

    def _environment(self, node: Environment) -> Term:
        if node.name == "cases":
            return Cases(tuple(self._branch(row) for row in node.rows if any(c is not None for c in row)), node.span)
        if node.name.rstrip("*") in MATRICES:
            return self._matrix(node)
        raise NotBuilt("not-settled", f"a {node.name} written out", node.span)

    def _matrix(self, node: Environment) -> Term:
        """A column, or rows one above the other."""
        rows = [row for row in node.rows if any(cell is not None for cell in row)]
        dotted = any(is_left_out(cell) for row in rows for cell in row if cell is not None)
        if not rows or (not dotted and any(cell is None for row in rows for cell in row)):
            raise NotBuilt("not-settled", "a matrix with empty places", node.span)
        if not dotted and len({len(row) for row in rows}) > 1:
            raise NotBuilt("not-settled", "a matrix with rows of different lengths", node.span)
        cells = [[None if cell is None or is_left_out(cell) else self.build(cell) for cell in row] for row in rows]
        if max(map(len, cells)) > 1:
            return dots.matrix_of(cells, node.span)
        column = dots.once([row[0] for row in cells])
        return column[0] if len(column) == 1 and column[0] is not None else dots.column_of(column, node.span)

    def _branch(self, row: Sequence[Node | None]) -> tuple[Term, tuple[Condition, ...]]:
        cells = [c for c in row if c is not None]
        items = [p for item in listed(cells[0]) for p in pieces(item)]
        first, rest = items[0], [*items[1:], *cells[1:]]
        found = tuple(c for r in rest for c in conditions_of(r, self._last))
        return self.build(first), found

    def _indicator(self, found: Occurrence, bracket: Fenced | None) -> tuple[Term, int] | None:
        r"""`\mathbf 1(i = j)`, `\mathbb 1_{i = j}`, `\delta_{ij}`."""
        if found.name == r"\delta":
            letters = [n for s in found.subs for n in (letters_of(s) or ())] if len(found.subs) == 1 else []
            pair = [Affine.of(x) for x in letters] if letters else [a for a in map(affine, found.subs) if a is not None]
            if len(pair) != 2 or found.name in self.notation.slots or found.sups:  # noqa: PLR2004 - a Kronecker delta has two
                return None
            return Indicator((Condition(self._last(pair[0]), "=", self._last(pair[1])),), found.span), 0
        if len(found.subs) == 1 and isinstance(found.subs[0], Relation):
            step = self._unit_step(found.subs[0])
            return step or Indicator(conditions_of(found.subs[0], self._last), found.span), 0
        if bracket is not None and bracket.body is not None and isinstance(unwrap(bracket.body), Relation):
            return self._condition_indicator(bracket, found.span.to(bracket.span)), 1
        return None

    def _condition_indicator(self, bracket: Fenced, span: Span) -> Term:
        relation = unwrap(bracket.body) if bracket.body is not None else None
        assert isinstance(relation, Relation)  # noqa: S101 - the caller has seen to it
        step = self._unit_step(relation)
        if step is not None:
            return step
        if all(affine(s) is not None for s in relation.sides):
            return Indicator(conditions_of(relation, self._last), span)
        return self._same_entry(relation, span)

    def _unit_step(self, relation: Relation) -> Term | None:
        r"""`\mathbf 1[z_t > 0]`: the slope of a rectifier; what happens at the bend itself is left open."""
        compared = any(use.occurrence.name in self.notation.slots for side in relation.sides for use in uses(side))
        sign, larger_first = RELATIONS.get(relation.names[0], ("=", False))
        if not compared or len(relation.sides) != PAIR or sign not in {"<", "<="}:
            return None
        large, small = relation.sides if larger_first else relation.sides[::-1]
        a, b = self.build(large), self.build(small)
        if isinstance(b, Num) and not b.value:
            return Apply(Function("step"), (a,), relation.span)
        less = Neg(b)
        return Apply(Function("step"), (less if isinstance(a, Num) and not a.value else Add((a, less)),), relation.span)

    def _same_entry(self, relation: Relation, span: Span) -> Term:
        """`1([x; y]_l = y_l)`: whether two expressions are the same entry of the same vector."""
        left, right = (self.build(s) for s in relation.sides)
        if not (isinstance(left, Entry) and isinstance(left.body, Stack) and isinstance(right, Entry)):
            raise NotBuilt("not-settled", "an indicator of an equality that is not between indices", span)
        return SameEntry(left, right, span)

    # derivatives

    def _fraction(self, node: Fraction) -> Term:
        if node.lower is None:
            return self._root(node)
        split = derivative_parts(node)
        if split is None:
            return self._quotient(node, node.lower)
        upper, lower, mode = split
        if upper is None:
            raise NotBuilt("not-settled", "a derivative of nothing", node.span)
        return self.derivative(self.build(upper), lower, mode, node.span)

    def _quotient(self, node: Fraction, lower: Node) -> Term:
        r"""A fraction that begins with no differential: a plain one, or `\frac{\partial l}{T \cdot \partial o_t}`."""
        above, below = factors_before(node.upper), factors_before(lower)
        split = (
            None if above is None or below is None else derivative_parts(replace(node, upper=above[1], lower=below[1]))
        )
        if above is None or below is None or split is None or split[0] is None:
            return Divide(self.build(node.upper), self.build(lower), node.span)
        found = self.derivative(self.build(split[0]), split[1], split[2], node.span)
        if above[0]:
            found = Mul(self.product(above[0], node.span), found, node.span)
        return Divide(found, self.product(below[0], node.span), node.span) if below[0] else found

    def _root(self, node: Fraction) -> Term:
        r"""`\sqrt{x}`, `\sqrt[2]{x}`; the token of the command holds the degree."""
        _, _, degree = node.tokens[0].text.partition("[")
        if degree.strip(" ]\n") not in {"", "2"}:
            raise NotBuilt("not-settled", "a root of another degree than 2", node.span)
        return Apply(Function("sqrt"), (self.build(node.upper),), node.span)

    def derivative(self, of: Term, lower: Node, mode: Mode, span: Span) -> Term:
        """The derivative of a term by what stands below the bar."""
        base = self.build(lower)
        if isinstance(base, Transpose):
            body = base.body
            if not (isinstance(body, Ref) and body.time is None and body.name[:1].isupper()):
                raise NotBuilt("not-settled", "a derivative by a transpose", lower.span)  # a layout, or not
            return Transpose(Deriv(of, body, mode, self.options.layout, span), span)
        base = _argument(of, base)
        inner = base.body if isinstance(base, Entry) else base
        if not isinstance(inner, Ref):
            raise NotBuilt("not-settled", "a derivative by something that is not a quantity", lower.span)
        return Deriv(of, base, mode, self.options.layout, span)

    def _operator_form(self, node: Node, items: Sequence[Node | Token], place: int) -> tuple[Term, int]:
        r"""`\frac{\partial}{\partial W} X`, `\nabla_W X`, `\partial_W X`."""
        rest = list(items[place + 1 :])
        if not rest:
            raise NotBuilt("not-settled", "a derivative of nothing", node.span)
        if isinstance(node, Fraction):
            split = derivative_parts(node)
            if split is None:
                raise NotBuilt("not-settled", "a derivative by nothing", node.span)
            lower, mode = split[1], split[2]
        else:
            found = occurrence(node)
            assert found is not None  # noqa: S101 - that is how it was recognised
            lower, mode = found.subs[0], "total"
        of, used = (
            self.factor(rest, 0) if not isinstance(node, Fraction) else (self.product(rest, node.span), len(rest))
        )
        span = node.span if of.span is None else node.span.to(of.span)
        found_sign = occurrence(node)
        own = replace(self.options, layout="gradient") if found_sign and found_sign.name == r"\nabla" else self.options
        return replace(self, options=own).derivative(of, lower, mode, span), place + 1 + used


def _argument(of: Term, by: Term) -> Term:
    r"""`\partial_h f(x_t, h_{t-1}, w)`: a name without its step is the only argument of the function with that name."""
    if not (isinstance(of, Apply) and isinstance(by, Ref) and by.time is None):
        return by
    found = [a for a in of.args if isinstance(a, Ref) and a.time is not None and homonym_of(a.name) == by.name]
    return found[0] if len(found) == 1 else by


def _applied(function: Function, args: tuple[Term, ...], span: Span) -> Term:
    """`softmax(o_j)` is the entry j of the softmax of o."""
    first = args[0]
    if function.name == "softmax" and isinstance(first, Entry) and isinstance(first.body, Ref):
        return Entry(Apply(function, (first.body,), span), first.indices, span)
    return Apply(function, args, span)


# what the page says, without meaning


def is_left_out(cell: Node) -> bool:
    r"""A cell of a matrix that stands for others: dots, or a point or `\cdot` by itself."""
    inner = unwrap(cell)
    if isinstance(inner, List):
        return all(item is None for item in inner.items)
    return is_dots(inner) or (isinstance(inner, Symbol) and inner.name == r"\cdot")


def _letter(node: Node) -> str:
    return node.name if isinstance(node, Symbol) else ""


def _is_turned_factor(found: Occurrence | None, behind: Sequence[Node | Token]) -> bool:
    r"""`\nabla_z L (h)^\top`: a number is not turned, so that a bracket behind a loss with a transpose is a factor."""
    scripted = behind[0] if behind else None
    if found is None or found.name not in LOSS_LETTERS or not isinstance(scripted, Scripted):
        return False
    return any(s.mark == "^" and s.body is not None and _is_transpose(s.body) for s in scripted.scripts)


def _bracket_after(items: Sequence[Node | Token], place: int) -> Fenced | None:
    following = bracket_in(items[place + 1]) if place + 1 < len(items) else None
    return following if following is not None and following.left in {"(", "[", r"\{"} else None


def _span_of(items: Sequence[Node | Token]) -> Span:
    return items[0].span.to(items[-1].span)


def _is_column(term: Term) -> bool:
    """Whether a term is a column by its looks: quantities with a step, or small letters, summed and weighted."""
    match term:
        case Ref(name=name, time=time):
            return time is not None or not letter_of(name).isupper()
        case Add(items=items):
            return all(map(_is_column, items))
        case Neg(body=body) | Apply(args=(body,)):
            return _is_column(body)
        case Mul(left=Ref() | Num(), right=right):
            return _is_column(right)
        case _:
            return False


def _norm_named(marks: Sequence[Node], span: Span) -> str:
    """The norm that its mark names; without one, it is left open which."""
    kinds = {_norm_of(mark) for mark in marks}
    if len(kinds) > 1 or None in kinds:
        raise NotBuilt("not-settled", "a norm with this mark", span)
    return f"norm_{kinds.pop()}" if kinds else "norm"


def _norm_of(mark: Node) -> str | None:
    inner = unwrap(mark)
    if _is_euclidean(mark):
        return "2" if affine(inner) == Affine(2) else "F"
    if affine(inner) == Affine(1):
        return "1"
    return "inf" if isinstance(inner, Symbol) and inner.name == r"\infty" else None


def _is_euclidean(mark: Node) -> bool:
    r"""The mark of a norm whose square is the sum of squares of the entries: `\|x\|_2`, `\|W\|_F`."""
    inner = unwrap(mark)
    return affine(inner) == Affine(2) or (isinstance(inner, Symbol) and inner.name in {"F", "Fro", "fro"})


def _known_or_raise(found: Occurrence | None, notation: Notation, span: Span) -> None:
    r"""Refuse `\partial` by itself, and `arctan`, `max`: functions by their name, whose meaning no note can give."""
    name = "" if found is None else found.name.removeprefix("\\")
    if name == "partial":
        raise NotBuilt("not-settled", "a sign of a derivative by itself", span)
    if name in FUNCTIONS and not {name, f"\\{name}"} & {*KNOWN, *notation.functions} and name != "T":
        raise NotBuilt("not-settled", f"the function {name}", span)


def _label(node: Node) -> str:
    """The text of a label; what cannot be read is no label, so that two of them never become one name."""
    text = label_text(node)
    if text is None:
        raise NotBuilt("not-settled", "a subscript that is neither a step, an index nor a label", node.span)
    return text


def _is_transpose(node: Node) -> bool:
    inner = unwrap(node)
    return (isinstance(inner, Symbol) and inner.name in TRANSPOSES) or word_of(node) in TRANSPOSES


def _is_transpose_sign(node: Node) -> bool:
    """A sign that is nothing but a transpose; a `T` may be the last step."""
    inner = unwrap(node)
    return isinstance(inner, Symbol) and inner.name in TRANSPOSES - {"T"}


def _sup_label(sup: Sup) -> str | None:
    """The text of a superscript that is a label: `new`, `(l)`, `*`."""
    if sup.bracketed:
        return label_text(sup.body)
    word = word_of(sup.body)
    if word is not None and word not in TRANSPOSES:
        return word
    inner = unwrap(sup.body)
    return inner.name if isinstance(inner, Symbol) and inner.name in {r"\ast", r"\star"} else None


def _apply_op(op: str, left: Term, right: Term, span: Span) -> Term:
    match op:
        case "had":
            return Hadamard(left, right, span)
        case "div":
            return Divide(left, right, span)
        case "outer":
            return Outer(left, right, span)
        case _:
            return Mul(left, right, span)
