r"""Terms -> LaTeX in a notation, such that the reader of notes gets the same terms back.

Products are juxtaposed, `\odot` binds looser than they do and sets its factors in brackets where they are products; a
sum or product sign stands last in its product or in brackets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bptt_symbolic.deriving.algebra import Algebra
from bptt_symbolic.deriving.entry_sums import squared
from bptt_symbolic.deriving.own_notation import Style
from bptt_symbolic.meaning.names import as_written, head_and_label, letter_of
from bptt_symbolic.meaning.network import Network
from bptt_symbolic.meaning.printing import SIGNS, WORDS, index_latex
from bptt_symbolic.meaning.terms import (
    LAST,
    Add,
    Affine,
    Apply,
    AtLabel,
    Condition,
    Constant,
    Count,
    Deriv,
    Diag,
    Divide,
    Entry,
    Function,
    Hadamard,
    Indicator,
    Inner,
    Mul,
    Neg,
    Num,
    Outer,
    Power,
    Prod,
    Ref,
    Stack,
    Sum,
    Term,
    Transpose,
)

SUM, ENTRYWISE, PRODUCT, ATOM = range(4)
"""How tightly a printed term holds together."""
BASE = re.compile(r"([A-Za-z]|\\[A-Za-z]+)(?=\}*'*$)")


LETTERS = frozenset({r"\ell", r"\phi", r"\psi"})
"""Functions that are losses of which nothing is known, where a note calls them so."""


def has_letter(term: Apply) -> bool:
    r"""Whether a loss of one quantity is written as a function: `\ell(h_t)`, which the reader takes for such a loss."""
    return term.function.name in LETTERS and len(term.args) == 1


class NotWritten(ValueError):  # noqa: N818 - a limit of the writer, reported as a fault
    """A term that the writer has no form for."""


@dataclass(frozen=True)
class Writer:
    """Writes the terms of one network."""

    network: Network
    style: Style
    names: Mapping[str, str]
    """Name in the network -> how it is written."""

    def __call__(self, term: Term | Affine) -> str:
        """A term, or an integer expression, in LaTeX."""
        return self.index(term) if isinstance(term, Affine) else self._print(term)[0]

    def items(self, term: Term) -> list[str]:
        """The terms of a sum, each with its sign: places where a line may break."""
        if not isinstance(term, Add):
            return [self(term)]
        return [self._item(item, first=not place) for place, item in enumerate(term.items)]

    def index(self, value: Affine) -> str:
        """An integer expression: `t-1`, or the last step by the name that the notation has for it."""
        return index_latex(value.put({LAST: Affine.of(self.style.last)}))

    def name(self, name: str) -> str:
        """The name of a quantity, without time."""
        head, label = self._parts(name)
        return head + (f"_{{{label}}}" if label else "")

    def quantity(self, name: str, time: Affine | None, indices: Sequence[str] = (), sup: str = "") -> str:
        """A quantity at a time, its entry, with a superscript such as a transpose."""
        head, label = self._parts(name)
        subs = [label] if label else []
        place = self.style.time if time is not None else None
        if place is None and indices and (label or self._has_labels(head)):
            return self._scripted(f"({self._scripted(head, subs, '')})", list(indices), sup)
        when = "" if time is None else self.index(time)
        match place:
            case None:
                return self._scripted(head, [*subs, *indices], sup)
            case "subscript":
                return self._scripted(head, [when, *subs, *indices], sup)
            case "parentheses":
                return self._scripted(head, [*subs, *indices], f"({when}){sup}")
            case "superscript":
                text = self._scripted(head, [*subs, *indices], when)
                return f"{{{text}}}^{_braced(sup)}" if sup else text  # a bracket would be read as an argument
            case "argument":
                text = f"{self._scripted(head, [*subs, *indices], '')}({when})"
                return text + (f"^{{{sup}}}" if sup else "")

    def _has_labels(self, head: str) -> bool:
        """Whether the name is also that of others, with labels: `b_j` beside `b_i`, `b_f` could be either."""
        return any(self._parts(n)[0] == head and self._parts(n)[1] for n in self.network.shapes)

    def _scripted(self, head: str, subs: Sequence[str], sup: str) -> str:
        below = "_" + _braced(",".join(subs)) if subs else ""
        above = "^" + _braced(sup) if sup else ""
        return head + (above + below if sup.startswith("(") or head.endswith("'") else below + above)

    def _parts(self, name: str) -> tuple[str, str]:
        """Head and label of a name; the head in the font of its kind."""
        text = self.names.get(name, as_written(name))
        head, label = head_and_label(text)
        axes = len(self.network.shapes[name].axes) if name in self.network.shapes else 0
        font = ("", self.style.vectors, self.style.matrices)[min(axes, 2)]
        if font and font not in text and r"\mathcal" not in text:
            head = BASE.sub(lambda m: f"{font}{{{m[1]}}}", head, count=1)
        return head, label

    def _print(self, term: Term) -> tuple[str, int]:  # noqa: C901, PLR0912 - one case a constructor
        match term:
            case Num(value=value):
                if value.denominator == 1:
                    return str(value.numerator), ATOM if value >= 0 else SUM
                return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM if value >= 0 else SUM
            case Count(value=value):
                return self.index(value), ATOM if len(value.parts) + bool(value.const) <= 1 else SUM
            case Ref(name=name, time=time):
                return self.quantity(name, time), ATOM
            case Constant(kind=kind):
                return {"zero": "0", "ones": r"\mathbf{1}", "identity": "I"}[kind], ATOM
            case Entry():
                return self._entry(term), ATOM
            case AtLabel(body=Ref() as body, label=label):
                return self.quantity(body.name, body.time, [self(label)]), ATOM
            case Add():
                return " ".join(self.items(term)), SUM
            case Neg(body=body):
                return f"-{self._at(body, ENTRYWISE)}", SUM
            case Mul() | Outer() | Inner():
                return self._product(term), PRODUCT
            case Hadamard(left=left, right=right):
                first = self(left) if isinstance(left, Hadamard) else self._at(left, ATOM)
                return rf"{first} \odot {self._at(right, ATOM)}", ENTRYWISE
            case Divide(left=left, right=right):
                return self._quotient(left, right)
            case Power(body=body, exponent=exponent):
                return self._raised(body, self.index(exponent)), ATOM
            case Transpose(body=body):
                return self._raised(body, r"\top"), ATOM
            case Diag(body=body):
                return rf"\operatorname{{diag}}{bracketed(self(body))}", ATOM
            case Apply(function=Function(name="step", order=0), args=(body,)):
                return rf"\mathbf{{1}}\left[{self(body)} > 0\right]", ATOM
            case Apply(function=Function(name="sqrt", order=0), args=(body,)):
                return rf"\sqrt{{{self(body)}}}", ATOM
            case Apply(function=function, args=args):
                return self._function(function) + bracketed(", ".join(map(self, args))), ATOM
            case Stack(items=items, across=across):
                joint = " & " if across else r" \\ "
                written = (
                    " & ".join(map(self, item.items)) if isinstance(item, Stack) and item.across else self(item)
                    for item in items
                )
                return rf"\begin{{bmatrix}} {joint.join(written)} \end{{bmatrix}}", ATOM
            case Sum() if (matrix := squared(term, Algebra(self.network))) is not None:
                return rf"\lVert {self(matrix)} \rVert_F^2", ATOM
            case Sum(var=var, low=low, high=high, body=body, where=()):
                return rf"\sum_{{{var}={self.index(low)}}}^{{{self.index(high)}}} {self._at(body, ENTRYWISE)}", SUM
            case Prod(var=var, low=low, high=high, body=body):
                return rf"\prod_{{{var}={self.index(low)}}}^{{{self.index(high)}}} {self._at(body, PRODUCT)}", SUM
            case Indicator(conditions=conditions):
                return rf"\mathbf{{1}}({', '.join(map(self._condition, conditions))})", ATOM
            case Deriv():
                return self._derivative(term), ATOM
            case _:
                raise NotWritten(type(term).__name__)

    def _item(self, item: Term, *, first: bool) -> str:
        if isinstance(item, Neg):
            return f"- {self._at(item.body, ENTRYWISE)}" if not first else self(item)
        text, level = self._print(item)
        shown = bracketed(text) if level == SUM and not isinstance(item, Sum | Prod) else text
        return shown if first else f"+ {shown}"

    def _at(self, term: Term, level: int) -> str:
        """A term in brackets unless it holds together this tightly; a sum sign holds to the end of its product."""
        text, own = self._print(term)
        if isinstance(term, Sum | Prod) and level == ENTRYWISE:
            return text
        return text if own >= level else bracketed(text)

    def _product(self, term: Term) -> str:
        factors = list(_factors(term, Algebra(self.network)))
        parts = [self._at(f, PRODUCT) for f in factors[:-1]]
        last = factors[-1]
        parts.append(self(last) if isinstance(last, Sum | Prod) and len(factors) > 1 else self._at(last, PRODUCT))
        text = parts[0]
        for before, part in pairwise(parts):
            # a bracket behind a name would be read as its argument
            call = part.startswith(("(", r"\left(")) and re.search(r"[A-Za-z}'\d]$", before) is not None
            text += (
                r" \, " if before.endswith("}") and part.startswith(r"\frac") else " " if not call else r" \, "
            ) + part
        return text

    def _quotient(self, left: Term, right: Term) -> tuple[str, int]:
        if isinstance(right, Num | Count) or self._is_number(right):
            return rf"\frac{{{self(left)}}}{{{self(right)}}}", ATOM
        return rf"{self._at(left, ATOM)} \oslash {self._at(right, ATOM)}", PRODUCT

    def _is_number(self, term: Term) -> bool:
        """Whether a term is a number by its form."""
        match term:
            case Num() | Count() | Indicator() | Inner() | AtLabel():
                return True
            case Ref(name=name):
                return not self.network.shapes[name].axes
            case Entry(body=body, indices=indices):
                axes = len(self.network.shapes[body.name].axes) if isinstance(body, Ref) else 1
                return len(indices) == axes and None not in indices
            case Sum(body=body) | Neg(body=body) | Power(body=body):
                return self._is_number(body)
            case Add(items=items):
                return all(self._is_number(i) for i in items)
            case Mul(left=left, right=right) | Divide(left=left, right=right):
                return self._is_number(left) and self._is_number(right)
            case Apply(args=args):
                return all(self._is_number(a) for a in args)
            case _:
                return False

    def _entry(self, term: Entry) -> str:
        indices = [":" if i is None else self.index(i) for i in term.indices]
        if isinstance(term.body, Ref):
            return self.quantity(term.body.name, term.body.time, indices)
        return rf"\left({self(term.body)}\right)_{{{','.join(indices)}}}"

    def _raised(self, body: Term, sup: str) -> str:
        if isinstance(body, Ref) and (body.time is None or sup == r"\top" or self.style.time == "subscript"):
            return self.quantity(body.name, body.time, sup=sup)
        if isinstance(body, Entry) and isinstance(body.body, Ref) and self.style.time == "subscript":
            indices = [":" if i is None else self.index(i) for i in body.indices]
            return self.quantity(body.body.name, body.body.time, indices, sup)
        text, level = self._print(body)
        plain = isinstance(body, Apply | Diag | Stack | Constant) and level == ATOM
        return f"{text if plain else bracketed(text)}^{_braced(sup)}"

    def _function(self, function: Function) -> str:
        word = {**WORDS, "sigmoid": r"\sigma"}.get(function.name)
        name = word or (function.name if function.name in LETTERS else function.called)
        if not name.startswith("\\") and len(letter_of(name)) > 1:
            name = rf"\operatorname{{{name}}}"
        index = f"_{{{self.index(function.index)}}}" if function.index is not None and function.index.parts else ""
        return name + index + "'" * function.order

    def _condition(self, condition: Condition) -> str:
        return f"{self.index(condition.left)} {SIGNS[condition.relation]} {self.index(condition.right)}"

    def _derivative(self, term: Deriv) -> str:
        sign = self.style.derivative if term.mode == "total" else r"\partial"
        above = r"\partial^{+}" if term.mode == "immediate" else sign
        text, level = self._print(term.of)
        of = text if level == ATOM else bracketed(text)
        return rf"\frac{{{above} {of}}}{{{sign} {self(term.by)}}}"


def _factors(term: Term, algebra: Algebra) -> Sequence[Term]:
    match term:
        case Mul(left=left, right=right):
            return (*_factors(left, algebra), *_factors(right, algebra))
        case Outer(left=left, right=right):
            return (*_factors(left, algebra), Transpose(right))
        case Inner(left=left, right=right) if algebra.row(left):
            return (*_factors(left, algebra), Transpose(right))
        case Inner(left=left, right=right):
            return (Transpose(left), *_factors(right, algebra))
        case _:
            return (term,)


def bracketed(text: str) -> str:
    """In round brackets, as tall as needed."""
    tall = any(command in text for command in (r"\frac", r"\sum", r"\prod", r"\begin", r"\left"))
    return rf"\left({text}\right)" if tall else f"({text})"


def _braced(text: str) -> str:
    return text if len(text) == 1 or (text.startswith("\\") and text[1:].isalpha()) else f"{{{text}}}"
