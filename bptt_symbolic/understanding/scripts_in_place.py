r"""Lines -> lines: scripts that stand one place beside where they belong, out of hasty typing or of programs that read
pictures.

- `\nabla_{W t} E` is `\nabla_{W_t} E`: the step stands beside the name of what is differentiated by;
- `\frac{\partial z_t}{\partial_{h t-1}}` is `\frac{\partial z_t}{\partial h_{t-1}}`: nothing else is meant below a bar;
- `f^{\prime l}(z)` is `f'^{l}(z)`, and `V^{\prime (i)}` is `V'^{(i)}`: a prime opens a superscript;
- `\operatorname{Wdiag}[a]` is `W \diag[a]`: the name of a matrix is glued to that of a function;
- a word at the bar behind a derivative belongs to what that is taken by (`bars`);
- `e_{tj}` is `e_{t,j}` where `t` runs, as in `s_{t-1}`, and a sum binds `j`;
- `U_{x_t}` is `U x_t` where the page writes that product elsewhere, and never `U_{x_t} x_t`. This one is said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bptt_symbolic.reading.syntax import Fraction, Node, Product, Script, Scripted, Sum, Symbol, Token
from bptt_symbolic.understanding.bars import without_bar
from bptt_symbolic.understanding.corpus import bound_in, names_of, nodes
from bptt_symbolic.understanding.differentials import is_differential
from bptt_symbolic.understanding.lines import Line, Lines
from bptt_symbolic.understanding.notation import KNOWN
from bptt_symbolic.understanding.occurrences import DERIVING, affine, bracket_in, occurrence, unwrap, uses
from bptt_symbolic.understanding.spelling import rebuilt

_Pair = tuple[str, str]
_SHORTEST = 4
"""Letters of a function that a name is glued to: `Selu` is no `S` times `elu`."""


@dataclass(frozen=True)
class _Page:
    """What the page shows of its names, by which a script out of its place is known."""

    steps: frozenset[str]
    """Letters that stand in scripts, or are bound by sums, and are never factors."""
    capitals: frozenset[str]
    """Capitals that stand as names."""
    running: frozenset[str]
    """Letters of steps, which stand in scripts with a one less, too."""
    bound: frozenset[str]
    """Letters that sums bind."""
    lowered: frozenset[_Pair]
    """Names with a name that stands below them, for a factor behind them elsewhere."""


def in_place(lines: Lines) -> Lines:
    """The lines with every script where it belongs."""
    trees = [line.tree for line in lines.lines if line.tree is not None]
    page = _page(trees)
    return replace(lines, lines=tuple(_line(line, page) for line in lines.lines))


def _line(line: Line, page: _Page) -> Line:
    if line.tree is None:
        return line
    tree = _scripts(line.tree, page)
    again = _raised(tree, page) if page.lowered else tree
    said = next((_said(pair) for pair in sorted(page.lowered) if pair in set(_below(tree))), "")
    return replace(line, tree=again, slip=said)


def _said(pair: _Pair) -> str:
    name, factor = pair
    return f"{name}_{{{factor}}} with a step is read as the product {name} {factor}, as it is written elsewhere"


def _page(trees: Sequence[Node]) -> _Page:
    found = [use.occurrence for tree in trees for use in uses(tree)]
    letters = {n for one in found for node in (*one.subs, *(s.body for s in one.sups)) for n in names_of(node)}
    letters |= {n for tree in trees for n in bound_in(tree)}
    products = {triple for tree in trees for triple in _side_by_side(tree)}
    labelled, written = ({(name, x) for name, x, below in products if below == wanted} for wanted in (True, False))
    return _Page(
        frozenset(letters) - {name for tree in trees for name in _factors(tree)},
        frozenset(one.name for one in found if len(one.name) == 1 and one.name.isupper()),
        frozenset(n for one in found for node in one.subs if (v := affine(node)) and v.const == -1 for n in v.names()),
        frozenset(n for tree in trees for n in bound_in(tree)),
        frozenset({pair for tree in trees for pair in _below(tree)} & written - labelled),
    )


def _factors(tree: Node) -> Iterator[str]:
    """The names that are factors, but for those below the sign of a derivative: there a step may stand beside one."""
    below = [n.scripts[0].body for n in nodes(tree) if isinstance(n, Scripted) and _is_sign(n)]
    beside = {id(inner) for body in below if body is not None for inner in nodes(body)}
    for node in nodes(tree):
        if isinstance(node, Product) and id(node) not in beside:
            found = [occurrence(item) for item in node.items if not isinstance(item, Token)]
            yield from (one.name for one in found if one is not None)


def _is_sign(node: Node) -> bool:
    r"""`\nabla_{...}`, `\partial_{...}`."""
    base = unwrap(node.base) if isinstance(node, Scripted) else None
    return (
        isinstance(node, Scripted)
        and isinstance(base, Symbol)
        and base.name in DERIVING
        and len(node.scripts) == 1
        and node.scripts[0].mark == "_"
    )


# scripts


def _scripts(node: Node, page: _Page) -> Node:
    again = without_bar(rebuilt(node, lambda child: _scripts(child, page)))
    if isinstance(again, Scripted):
        again = _with_step(again, page) if _is_sign(again) else _step_and_index(_with_prime(again), page)
    if isinstance(again, Fraction):
        return _below_the_bar(again)
    if isinstance(again, Symbol):
        return _apart(again, page)
    return _flat(again, node) if isinstance(again, Product) and isinstance(node, Product) else again


def _with_step(sign: Scripted, page: _Page) -> Node:
    r"""`\nabla_{W t-1}` as `\nabla_{W_{t-1}}`."""
    script = sign.scripts[0]
    split = None if script.body is None else _first_and_rest(unwrap(script.body))
    found = None if split is None else occurrence(split[0])
    value = None if split is None else affine(split[1])
    if split is None or found is None or value is None or found.subs or found.sups or bracket_in(split[1]):
        return sign  # `\nabla_{c[t]}` has its step
    if not (value.names() <= page.steps and (value.names() or value.const >= 0)):
        return sign
    below = Scripted(split[0], (Script("_", script.token, split[1]),))
    return replace(sign, scripts=(replace(script, body=below),))


def _first_and_rest(node: Node) -> tuple[Node, Node] | None:
    """A node taken apart behind its first factor: `W t - 1` into `W` and `t - 1`."""
    whole = node.items if isinstance(node, Sum) else (node,)
    product = whole[0]
    if not isinstance(product, Product) or len(product.items) < 2:  # noqa: PLR2004 - a name and what is beside it
        return None
    first, *others = product.items
    if isinstance(first, Token) or isinstance(others[0], Token):
        return None
    behind = others[0] if len(others) == 1 else Product(tuple(others))
    return first, behind if len(whole) == 1 else Sum((behind, *whole[1:]))


def _with_prime(node: Scripted) -> Node:
    r"""`f^{\prime l}` as `f'^{l}`."""
    scripts: list[Script] = []
    for script in node.scripts:
        split = None if script.mark != "^" or script.body is None else _first_and_rest(unwrap(script.body))
        if split is not None and isinstance(split[0], Symbol) and split[0].name == r"\prime":
            scripts += [Script("'", script.token, None), replace(script, body=split[1])]
        else:
            scripts.append(script)
    return replace(node, scripts=tuple(scripts))


def _step_and_index(node: Node, page: _Page) -> Node:
    """`e_{tj}` as `e_{t,j}`, a script for each."""
    base = occurrence(node.base) if isinstance(node, Scripted) else None
    if not isinstance(node, Scripted) or base is None or base.name[:1].isupper():
        return node
    return replace(node, scripts=tuple(one for script in node.scripts for one in _apart_below(script, page)))


def _apart_below(script: Script, page: _Page) -> Iterator[Script]:
    inner = None if script.mark != "_" or script.body is None else unwrap(script.body)
    items = inner.items if isinstance(inner, Product) else ()
    letters = [item.name for item in items if isinstance(item, Symbol)]
    pair = len(items) == len(letters) == 2 and letters[0] in page.running  # noqa: PLR2004 - a step and an index
    if not pair or letters[1] not in page.bound - page.running:
        yield script
        return
    yield from (replace(script, body=item) for item in items if isinstance(item, Symbol))


def _below_the_bar(node: Fraction) -> Fraction:
    r"""`\frac{\partial z}{\partial_{h}}` as `\frac{\partial z}{\partial h}`."""
    upper, lower = unwrap(node.upper), None if node.lower is None else unwrap(node.lower)
    first = upper.items[0] if isinstance(upper, Product) else upper
    if not isinstance(lower, Scripted) or not _is_sign(lower) or is_differential(first) is None:
        return node
    body = lower.scripts[0].body
    split = None if body is None else _first_and_rest(unwrap(body))
    if body is None or (split is None and occurrence(body) is None):
        return node
    quantity = body if split is None else Scripted(split[0], (Script("_", lower.scripts[0].token, split[1]),))
    return replace(node, lower=Product((lower.base, quantity)))


def _apart(node: Symbol, page: _Page) -> Node:
    r"""`Wdiag` as `W \diag`."""
    name, function = node.name[:1], node.name[1:]
    known = function in KNOWN and len(function) >= _SHORTEST and node.name.lower() not in KNOWN
    if name not in page.capitals or not known:
        return node
    return Product((Symbol(name, node.tokens), Symbol(function, node.tokens)))


# factors


def _side_by_side(tree: Node) -> Iterator[tuple[str, str, bool]]:
    """A name with that of the quantity with a script behind it, and whether that stands below the first as well."""
    for node in nodes(tree):
        if not isinstance(node, Product):
            continue
        for first, second in zip(node.items, node.items[1:], strict=False):
            names = [None if isinstance(i, Token) else occurrence(i) for i in (first, second)]
            here, behind = names
            if here is not None and behind is not None and behind.subs:
                yield here.name, behind.name, bool(here.subs)


def _below(tree: Node) -> Iterator[_Pair]:
    """The names that stand with a script of their own below another, which has no other script."""
    for node in nodes(tree):
        found = _lowered(node)
        if found is not None:
            yield found


def _lowered(node: Node) -> _Pair | None:
    if not isinstance(node, Scripted) or len(node.scripts) != 1 or node.scripts[0].mark != "_":
        return None
    name, body = occurrence(node.base), node.scripts[0].body
    factor = None if body is None else occurrence(unwrap(body))
    if name is None or factor is None or not factor.subs or not name.name.isupper() or factor.name.isdigit():
        return None
    return name.name, factor.name


def _raised(node: Node, page: _Page) -> Node:
    again = rebuilt(node, lambda child: _raised(child, page))
    if _lowered(again) in page.lowered and isinstance(again, Scripted) and again.scripts[0].body is not None:
        return Product((again.base, unwrap(again.scripts[0].body)))
    return _flat(again, node) if isinstance(again, Product) and isinstance(node, Product) else again


def _flat(node: Product, before: Product) -> Product:
    """A product with the factors that were put apart among its own."""
    items: list[Node | Token] = []
    for new, old in zip(node.items, before.items, strict=True):
        apart = isinstance(new, Product) and not isinstance(old, Product)
        items.extend(new.items if isinstance(new, Product) and apart else (new,))
    return replace(node, items=tuple(items))
