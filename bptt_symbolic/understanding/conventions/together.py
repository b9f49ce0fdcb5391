r"""Which signs side by side are one name: letters that are a word, a number or a name behind `\delta`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from bptt_symbolic.reading.syntax import (
    Fenced,
    Fraction,
    List,
    Node,
    Number,
    Product,
    Relation,
    Scripted,
    Symbol,
    Token,
)
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.corpus import nodes
from bptt_symbolic.understanding.differentials import derivative_parts, is_differential, is_operator
from bptt_symbolic.understanding.notation import KNOWN, PAIR
from bptt_symbolic.understanding.occurrences import ERRORS, inside, letters_of, listed, occurrence, unwrap, word_of
from bptt_symbolic.understanding.roles import Evidence, Subject
from bptt_symbolic.understanding.spelling import (
    SHORTEST,
    base_name,
    braced_word,
    head_name,
    is_mixed,
    letters_from,
    pair_of,
    sign_and_name,
)

_AGAIN = 2
"""Times that a run of letters stands on the page before it looks like a word."""


def _runs(items: Sequence[Node | Token]) -> Iterator[tuple[str, Node]]:
    """The runs of letters in a product that are as long as they can be, each with the node it ends with."""
    place = 0
    while place < len(items):
        run = list(letters_from(items, place))
        if len(run) >= SHORTEST:
            yield "".join(letter.name for letter, _ in run), run[-1][1]
        place += max(len(run), 1)


def _all_runs(view: View) -> list[tuple[str, Node]]:
    """Those of small letters: capitals side by side are matrices."""
    return [one for product in view.corpus.products for one in _runs(product.items) if one[0].islower()]


def _calls(view: View) -> list[tuple[str, Node]]:
    """The capitals side by side that a bracket with several arguments follows."""
    found = []
    for product in view.corpus.products:
        for place, behind in enumerate(product.items):
            several = isinstance(behind, Fenced) and isinstance(behind.body, List) and behind.left in {"(", "["}
            letters = list(takewhile(_is_capital, reversed(product.items[:place]))) if several else []
            if len(letters) > 1 and not isinstance(letters[0], Token):
                found.append(("".join(x.name for x in reversed(letters) if isinstance(x, Symbol)), letters[0]))
    return found


def _is_capital(item: Node | Token) -> bool:
    return isinstance(item, Symbol) and len(item.name) == 1 and item.name.isupper()


def _called(view: View) -> Iterator[Evidence]:
    r"""`CE(y_t, \hat y_t)`: a function of several arguments."""
    yield from (Evidence(Subject("word", text), "word", 3, node.span) for text, node in _calls(view))


def _written(view: View) -> Iterator[Evidence]:
    """The same letters stand somewhere as a word."""
    words = {word for tree in view.corpus.trees for node in nodes(tree) if (word := word_of(node))}
    for text, node in _all_runs(view):
        for word in sorted(words):
            if len(word) >= SHORTEST and text.startswith(word) and word.islower():
                yield Evidence(Subject("word", word), "word", 3, node.span)


def _spaced(view: View) -> Iterator[Evidence]:
    """The same, with blanks between the letters, and the last one with a script."""
    words = {word for tree in view.corpus.trees for node in nodes(tree) if (word := word_of(node)) and word.islower()}
    for product in view.corpus.products:
        for place in range(len(product.items)):
            run = list(letters_from(product.items, place, spaced=True))
            text = "".join(letter.name for letter, _ in run)
            if len(text) >= SHORTEST and text in words and isinstance(run[-1][1], Scripted):
                yield Evidence(Subject("word", text), "word", 3, run[-1][1].span)


def _scripted(view: View) -> Iterator[Evidence]:
    """The letters end with a script, and stand so again and again."""
    runs = _all_runs(view)
    count = Counter(text for text, _ in runs)
    for text, node in runs:
        if isinstance(node, Scripted) and count[text] >= _AGAIN:
            yield Evidence(Subject("word", text), "word", 2 / count[text] + 0.5, node.span)  # 2, and more with each


def _applied(view: View) -> Iterator[Evidence]:
    """The letters stand before a bracket, and nowhere else but where the words speak of them."""
    found: dict[str, list[tuple[Node, Fenced]]] = {}
    for product in view.corpus.products:
        for place, behind in enumerate(product.items):
            if isinstance(behind, Fenced) and behind.left == "(" and place >= SHORTEST:
                before = list(_runs(product.items[:place]))
                if before and before[-1][1] is product.items[place - 1] and before[-1][0].islower():
                    found.setdefault(before[-1][0], []).append((before[-1][1], behind))
    runs = Counter(text for text, _ in _all_runs(view))
    called = Counter("".join(x.name for x, _ in run) for tree in view.corpus.alone if (run := list(_letters(tree))))
    for text, places in found.items():
        often = len(places) >= _AGAIN or isinstance(places[0][1].body, List)
        if runs[text] == len(places) + called[text] and (often or called[text]):
            yield Evidence(Subject("word", text), "word", 2, places[0][0].span)


def _letters(tree: Node) -> Iterator[tuple[Symbol, Node]]:
    """The letters of a formula that is nothing but letters side by side."""
    items = tree.items if isinstance(tree, Product) else ()
    run = list(letters_from(items, 0)) if items else []
    yield from run if len(run) == len(items) else ()


def _braced(view: View) -> Iterator[Evidence]:
    """The letters stand in braces that carry a script of their own."""
    for tree in view.corpus.trees:
        for node in nodes(tree):
            word = braced_word(node)
            if word is not None:
                yield Evidence(Subject("word", word), "word", 3, node.span)


def _letters_alone(view: View) -> Iterator[Evidence]:
    """One of the letters is a quantity of its own."""
    runs = [text for text, _ in (*_all_runs(view), *_calls(view))]
    within = Counter(letter for text in runs for letter in text)
    stands = Counter(spot.name for spot in view.corpus.spots)
    for text in sorted(set(runs)):
        alone = [letter for letter in set(text) if stands[letter] > within[letter]]
        if len(alone) > 1:
            yield Evidence(Subject("word", text), "word", -2.0 * len(alone))


def _numbers(view: View) -> Iterator[Evidence]:
    r"""`\delta 3`, `\delta 4`: a number behind a sign, and not the same one each time."""
    found: dict[str, dict[str, Number]] = {}
    for product in view.corpus.products:
        for sign, behind in zip(product.items, product.items[1:], strict=False):
            base = behind.base if isinstance(behind, Scripted) else behind
            if isinstance(sign, Symbol) and sign.name in ERRORS and isinstance(base, Number):
                found.setdefault(sign.name, {})[base.token.text] = base
    for name, numbers in found.items():
        if len(numbers) >= _AGAIN:
            yield from (Evidence(Subject("number behind", name), "number", 2, n.span) for n in numbers.values())


def _digits(view: View) -> Iterator[Evidence]:
    """`W_{11}`, `W_{12}`: below a name stand two digits, not the same each time, or two letters, and nothing else; one
    `W_{1n}` is enough, as nobody writes `1 n` for `n`."""
    below: dict[str, list[Node]] = {}
    strange: set[str] = set()
    for spot in view.corpus.spots:
        subs = spot.use.occurrence.subs
        if len(subs) == 1:
            below.setdefault(spot.name, []).append(unwrap(subs[0]))
        elif subs and len(subs) != PAIR:
            strange.add(spot.name)
    for name, found in below.items():
        pairs = {n.token.text: n for n in found if isinstance(n, Number) and pair_of(n)}
        mixed = [n for n in found if is_mixed(n) and _begins_with_one(n)]
        others = [n for n in found if not pair_of(n) and len(letters_of(n) or ()) != PAIR]
        if (len(pairs) >= _AGAIN or mixed) and not others and name not in strange:
            first = next(iter([*pairs.values(), *mixed]))
            yield Evidence(Subject("digits below", name), "matrix with two indices", 3, first.span)


def _begins_with_one(script: Product) -> bool:
    first = script.items[0]
    return isinstance(first, Number) and first.token.text == "1"


def _errors(view: View) -> Iterator[Evidence]:
    r"""`\delta W = ...`: a relation gives the two together."""
    for tree in view.corpus.trees:
        for item in listed(tree):
            side = item.sides[0] if isinstance(item, Relation) else None
            found = sign_and_name(side)
            if found is not None and found[0] in ERRORS and side is not None:
                yield Evidence(Subject("number behind", *found), "name", 3, side.span)


def _differentials(view: View) -> Iterator[Evidence]:
    r"""`dh_t = \frac{\partial L}{\partial h_t}`; where one is so, `dW = ...` is, too."""
    found: dict[str, Node] = {}
    said = False
    for tree in view.corpus.trees:
        for item in listed(tree):
            side = item.sides[0] if isinstance(item, Relation) else None
            sign = sign_and_name(side)
            if sign is not None and sign[0] == "d" and isinstance(item, Relation):
                found.setdefault(sign[1], item)
                said |= any(_derived_by(other) == sign[1] for other in item.sides[1:])
    if said:
        yield from (Evidence(Subject("number behind", "d", n), "name", 3, item.span) for n, item in found.items())


def _derived_by(side: Node | None) -> str | None:
    """The name that a derivative is taken by, where a side is one."""
    parts = derivative_parts(side) if isinstance(side, Fraction) else None
    if parts is not None:
        return head_name(parts[1])
    if not isinstance(side, Product):
        return None
    slash = next((n for n, i in enumerate(side.items) if isinstance(i, Token) and i.text.strip() == "/"), None)
    if slash is not None:
        below = [i for i in side.items[slash + 1 :] if not isinstance(i, Token)]
        return base_name(below[1]) if len(below) > 1 and is_differential(below[0]) is not None else None
    first = side.items[0]
    found = None if isinstance(first, Token) or not is_operator(first) else occurrence(first)
    return None if found is None or not found.subs else head_name(found.subs[0])


def _sign_alone(view: View) -> Iterator[Evidence]:
    """The sign is a quantity by itself: it stands where neither a name nor a number follows."""
    alone = {sign for tree in view.corpus.trees for sign in _without_name(tree)}
    heard = {(e.subject, e.role) for e in (*_numbers(view), *_errors(view)) if e.subject.name in alone}
    yield from (Evidence(subject, role, -20) for subject, role in sorted(heard))


def _without_name(node: Node) -> Iterator[str]:
    """Signs without scripts behind which neither a name nor a number stands."""
    if isinstance(node, Product):
        for here, behind in zip(node.items, (*node.items[1:], None), strict=True):
            sign = None if isinstance(here, Token) else _sign(here)
            base = behind.base if isinstance(behind, Scripted) else behind
            name = None if behind is None or isinstance(behind, Token) else base_name(behind)
            if sign is not None and not isinstance(base, Number) and (name is None or name in KNOWN):
                yield sign
            elif not isinstance(here, Token) and sign is None:
                yield from _without_name(here)
        return
    sign = _sign(node)
    if sign is not None:
        yield sign
    if not isinstance(node, Scripted) or _sign(node.base) is None:  # `\delta_t` is another name
        for child in inside(node):
            yield from _without_name(child)


def _sign(side: Node | None) -> str | None:
    return side.name if isinstance(side, Symbol) and side.name in ERRORS else None


ROWS = (
    Convention(
        "together/word",
        "word",
        "letters side by side that stand as a word elsewhere are that word",
        _written,
        r"$$\mathrm{net}_t = W h_{t-1} + U x_t$$ $$h_t = \tanh(net_t)$$",
        r"$$h_t = \tanh(W h_{t-1} + u v w)$$",
    ),
    Convention(
        "together/spaced",
        "word",
        "letters with blanks between them, the last with a script, that stand as a word elsewhere are that word",
        _spaced,
        r"$$\mathrm{net}_t = W h_{t-1} + U x_t$$ $$h_{t,i} = \tanh(n e t_i^t)$$",
        r"$$\mathrm{net}_t = W h_{t-1} + U x_t$$ $$h_{t,i} = \tanh(n e w_i^t)$$",
    ),
    Convention(
        "together/scripted",
        "word",
        "letters side by side that end with a script, again and again, are a word",
        _scripted,
        r"$$net_t = W h_{t-1} + U x_t$$ $$h_t = \tanh(net_t)$$",
        r"$$h_t = \tanh(w h_{t-1} + u x_t)$$",
    ),
    Convention(
        "together/applied",
        "word",
        "letters side by side that stand before brackets, and nowhere else, are the name of a function",
        _applied,
        r"$$h_t = act(W h_{t-1} + U x_t)$$ $$y_t = act(V h_t)$$",
        r"$$h_t = uvw(h_{t-1} + x_t)$$ $$y_t = uvw h_t$$",
    ),
    Convention(
        "together/called",
        "word",
        "capitals side by side before a bracket with several arguments are a function",
        _called,
        r"$$h_t = \tanh(W h_{t-1})$$ $$L_t = CE(y_t, h_t)$$",
        r"$$h_t = WU(x_t)$$",
    ),
    Convention(
        "together/braced",
        "word",
        "letters in braces that carry a script are a word",
        _braced,
        r"$$\frac{\partial {loss}_t}{\partial W} = {loss}_t$$",
        r"$$\frac{\partial L_t}{\partial W} = {L_t}^2$$",
    ),
    Convention(
        "together/letters-alone",
        "word",
        "letters that are quantities of their own are factors",
        _letters_alone,
        r"$$s_t = f(abh_t)$$ $$h_t = a x_t + b s_{t-1}$$ $$c = abh_t$$",
        r"$$net_t = W h_{t-1} + U x_t$$ $$h_t = \tanh(net_t)$$",
        against=True,
    ),
    Convention(
        "together/number",
        "number behind",
        r"different numbers behind `\delta` tell errors apart",
        _numbers,
        r"$$\delta 2 = \delta 1 \cdot a$$",
        r"$$\delta_2 = \delta_1 2$$",
    ),
    Convention(
        "together/digits",
        "digits below",
        "below a name stand two digits, not the same each time, or a one and a letter, and nothing else",
        _digits,
        r"$$h_{t} = \tanh(W h_{t-1})$$ $$W = \begin{pmatrix} W_{11} & W_{12} \\ W_{21} & W_{22} \end{pmatrix}$$",
        r"$$h_{t} = \tanh(W h_{t-1})$$ $$h_{11} = \tanh(W h_{10})$$",
    ),
    Convention(
        "together/error",
        "number behind",
        r"`\delta` before a name on a left side makes the name of its error",
        _errors,
        r"$$\delta W = \delta_t h_{t-1}^\top$$",
        r"$$g = \delta W$$",
    ),
    Convention(
        "together/differential",
        "number behind",
        "`d` before the name of a quantity is the gradient by it, where one such name is said to be",
        _differentials,
        r"$$dh_t = \frac{\partial L}{\partial h_t}$$",
        r"$$dh_t = W^\top d_t$$",
    ),
    Convention(
        "together/sign-alone",
        "number behind",
        "a sign that stands by itself is a factor",
        _sign_alone,
        r"$$\delta = W^\top e$$ $$\delta W = a$$",
        r"$$\delta W = a$$",
        against=True,
    ),
)
