"""Where a name carries its step."""

from collections.abc import Callable, Collection, Iterator, Mapping

from bptt_symbolic.meaning.terms import Affine
from bptt_symbolic.reading.syntax import Node, Relation, leaves
from bptt_symbolic.understanding.conventions._row import Convention, View
from bptt_symbolic.understanding.conventions.last_step import letters_above, letters_of_losses
from bptt_symbolic.understanding.conventions.running import second_sequences
from bptt_symbolic.understanding.corpus import SLOTS, Slot, Spot, bound_in, bound_up_to, ends, given, names_of
from bptt_symbolic.understanding.notation import FUNCTION_LETTERS, KNOWN, LAST_LETTERS, LOSS_LETTERS
from bptt_symbolic.understanding.occurrences import DIFFERENTIAL, ERRORS, label_text, letters_of, listed, uses
from bptt_symbolic.understanding.roles import Evidence, Subject

_WEIGHT: Mapping[Slot, float] = {"sub0": 4, "bracket": 3.5, "argument": 3, "sub1": 2.5, "sup": 2}


def _carried(slot: Slot) -> Callable[[View], Iterator[Evidence]]:
    def find(view: View) -> Iterator[Evidence]:
        powers = slot == "sup" and not any(
            place == "sup" and steps(values, view.main) for (_, place), values in view.corpus.values.items()
        )
        bare = _bare_factors(view) if slot == "sup" else frozenset()
        varying = frozenset(_in_recurrences(view)) if slot == "sup" else frozenset()
        for (name, place), values in view.corpus.values.items():
            spot = next((s for v, s in values.items() if v.parts == ((view.main, 1),)), None)
            if place != slot or spot is None or name in KNOWN or name in bare:
                continue
            capital = _is_capital(name) and name not in varying
            if slot == "sup" and (powers or capital) and not steps(values, view.main):
                continue  # `W^t` is a power, unless something is written `h^{t-1}`
            yield Evidence(Subject("place of the step", name), slot, _WEIGHT[slot], spot.span)

    return find


def _bare_factors(view: View) -> frozenset[str]:
    r"""The names of which `W^t` and `W^{t-1}` are powers: they stand in formulas without anything above, too, and
    nothing that the page gives has its step above."""
    above = {s.span for s in view.corpus.spots if "sup" in dict(s.candidates())}
    steps_above = (dict(Spot(head, None).candidates()).get("sup") for head, _ in view.corpus.heads)
    if any(value is not None and view.main in value.names() for value in steps_above):
        return frozenset()
    return frozenset(s.name for s in view.corpus.spots if s.span not in above | view.corpus.called)


def _in_recurrences(view: View) -> Iterator[str]:
    r"""`W` of `a^l = g(W^l a^{l-1})`: what multiplies the step before has a step there, and is no power."""
    own, before = Affine.of(view.main), Affine.of(view.main) - 1
    for head, item in view.corpus.heads:
        if dict(Spot(head, None).candidates()).get("sup") == own and len(item.sides) > 1 and item.sides[1] is not None:
            above = {u.occurrence.name: dict(Spot(u, None).candidates()).get("sup") for u in uses(item.sides[1])}
            if before in above.values():
                yield from (name for name, value in above.items() if value == own)


def _as_others(view: View) -> Iterator[Evidence]:
    """`z^{(k)}` where it stands nowhere at `t`, but `h^{(t)}` and `h^{(k)}` do; below, `d_k` beside `d_{k+1}`."""
    for slot in ("bracket", "sub0"):
        here = {name: values for (name, place), values in view.corpus.values.items() if place == slot}
        others = (names for _, names, _ in second_sequences(view) if slot == "sub0")
        running = _running(view, slot).union(*others) & {name for name, place in view.corpus.values if place == slot}
        letters = {letter for n in running for v in here[n] for letter in v.names()}
        for name, values in here.items():
            if name in running or name in KNOWN or not all(v.names() <= letters for v in values):
                continue
            lettered = all(v.names() for v in values)
            if (slot == "bracket" and lettered) or any(steps(values, letter) for letter in letters):
                yield Evidence(Subject("place of the step", name), slot, 1.5, next(iter(values.values())).span)


def _with_its_formula(view: View) -> Iterator[Evidence]:
    """`E_n = ...`, where the formula reads a state at `n` and nothing has the running step: the letter of the left
    side is the step of the right one."""
    running = _running(view, "sub0")
    for head, item in view.corpus.heads:
        own = dict(Spot(head, None).candidates()).get("sub0")
        if item.names[0] != "=" or head.occurrence.name in running | KNOWN.keys() or len(head.occurrence.subs) != 1:
            continue
        states = (Spot(use, None) for use in uses(item.sides[1]) if use.occurrence.name in running)
        read = {value for state in states for place, value in state.candidates() if place == "sub0"}
        if own is not None and own.names() and own.names() != {view.main} and read == {own}:
            yield Evidence(Subject("place of the step", head.occurrence.name), "sub0", 2, item.span)


def _in_own_recurrence(view: View) -> Iterator[Evidence]:
    """`s_i = f(s_{i-1}, y_{i-1})` beside `h_t = f(h_{t-1})`: a second sequence, with a letter of its own."""
    for _, names, item in second_sequences(view):
        yield from (Evidence(Subject("place of the step", n), "sub0", 2, item.span) for n in sorted(names))


def _running(view: View, slot: Slot | None = None) -> frozenset[str]:
    """The names that carry the running step, or one beside it, somewhere or in one place."""
    found = (key for key, values in view.corpus.values.items() if any(v.parts == ((view.main, 1),) for v in values))
    return frozenset(name for name, place in found if slot in {None, place})


def _is_capital(name: str) -> bool:
    """A capital that is no loss: mostly a matrix."""
    return name.isupper() and name not in LOSS_LETTERS


def _at_the_last(view: View) -> Iterator[Evidence]:
    r"""`o_T = V h_T`: what there is at the last step alone carries it where the others carry theirs."""
    values = view.corpus.values
    usual = [slot for slot in SLOTS if any(place == slot and steps(v, view.main) for (_, place), v in values.items())]
    last = frozenset(n for tree in view.corpus.trees for n in ends(tree, view.main)) | frozenset(LAST_LETTERS[:3])
    last |= {letter for letter, _ in (*letters_above(view), *letters_of_losses(view))}
    last |= _summed_steps(view)
    stepped = _running(view)
    others = stepped | KNOWN.keys() | FUNCTION_LETTERS | last
    capitals = any(_is_capital(name) for name in stepped)
    for (name, slot), found in values.items():
        if slot not in usual or name in others or (_is_capital(name) and not capitals):
            continue
        letters = {n for v in found for n in v.names()}
        if slot == "sup" and "T" in letters and not view.corpus.tops:
            continue  # `y^T` is a transpose
        if letters and letters <= last:
            yield Evidence(Subject("place of the step", name), slot, 2, next(iter(found.values())).span)


def _summed_steps(view: View) -> frozenset[str]:
    r"""The other letters that sums run over and at which stands what carries the running step: `\sum_k E_k(h_k)`."""
    values = view.corpus.values
    places = {place for place, found in values.items() if any(view.main in v.names() for v in found)}
    there = {n for place in places for v in values[place] for n in v.names()}
    return _step_letters(view, places) & view.corpus.bound & there


def steps(values: Mapping[Affine, Spot], main: str) -> bool:
    """Whether two steps of the running letter stand in a place."""
    return len({v.const for v in values if v.parts == ((main, 1),)}) > 1


def counted(view: View) -> Iterator[tuple[str, str, Relation]]:
    r"""The names that are given by a sum up to, or from, their own step, and its letter: `J_k = \sum_{t=1}^k L_t`."""
    for tree in view.corpus.trees:
        for item in listed(tree):
            head = given(item.sides[0]) if isinstance(item, Relation) else None
            if head is None or not isinstance(item, Relation) or len(head.occurrence.subs) != 1:
                continue
            letters = names_of(head.occurrence.subs[0]) & frozenset(ends(item, view.main, both=True))
            yield from ((head.occurrence.name, n, item) for n in sorted(letters) if n.islower())


def _partial_sums(view: View) -> Iterator[Evidence]:
    for name, _, item in counted(view):
        yield Evidence(Subject("place of the step", name), "sub0", 1, item.span)


def _copies(view: View) -> Iterator[Evidence]:
    r"""`\frac{\partial L}{\partial W_k}` beside a `W` without script and steps `h_k`: the copy of `W` at step k."""
    stepped = {place for place, values in view.corpus.values.items() if any(view.main in v.names() for v in values)}
    letters = _step_letters(view, stepped)
    without = {(s.name, slot) for s in view.corpus.spots for slot in _WEIGHT.keys() - dict(s.candidates()).keys()}
    for use in view.corpus.below:
        name = use.occurrence.name
        if not any(name == other for other, _ in stepped):
            slots = [slot for slot, value in Spot(use, None).candidates() if value.names() & letters]
            found = [slot for slot in slots if (name, slot) in without]
            yield from (Evidence(Subject("place of the step", name), slot, _WEIGHT[slot]) for slot in found)


def _step_letters(view: View, stepped: Collection[tuple[str, Slot]]) -> frozenset[str]:
    """The letters that stand where the running step does, or run to it, and count no entries."""
    values = view.corpus.values
    there = {n for place in stepped for v in values[place] for n in v.names()}
    last = {n for tree in view.corpus.trees for n in ends(tree, view.main)} | {view.main}
    running = {n for tree in view.corpus.trees for n in bound_up_to(tree, last)}
    names = {name for name, _ in stepped}
    beside = {
        n for place in values if place[0] in names and place not in stepped for v in values[place] for n in v.names()
    }
    pairs = {n for s in view.corpus.spots for node in s.use.occurrence.subs for n in letters_of(node) or ()}
    return frozenset((there | running) - beside - pairs - names)  # the `i` of `W_i` is a gate where it is a quantity


def _left_out(view: View) -> Iterator[Evidence]:
    """`E = (y_t - d_t)^2` gives the E of a step, and `J = 2 E` the J of it."""
    open_heads = [(name, item) for name, item in _plain_heads(view) if view.main not in bound_in(item)]
    stepped: set[str] = set()
    while True:
        more = {name: item for name, item in open_heads if name not in stepped and _of_a_step(item, view, stepped)}
        for name, item in more.items():
            yield Evidence(Subject("place of the step", name), "left out", 1, item.span)
        if not more:
            return
        stepped |= set(more)


def _of_a_step(item: Relation, view: View, stepped: Collection[str]) -> bool:
    """Whether what a relation gives is made of quantities of one step; of derivatives only the name of an error is."""
    error = any((_plain_head(item) or "").startswith(sign + "{") for sign in (*ERRORS, DIFFERENTIAL))
    if not error and any(_derives(side) for side in item.sides[1:]):
        return False
    found = [use for side in item.sides[1:] for use in uses(side)]
    values = [v for use in found for _, v in Spot(use, None).candidates()]
    plain = {u.occurrence.name for u in found if not u.occurrence.subs and not u.occurrence.sups}
    return any(v.parts == ((view.main, 1),) for v in values) or bool(plain & set(stepped))


def _total(view: View) -> Iterator[Evidence]:
    """A name that is a sum over the steps has none, nor has one that is given a formula without any."""
    stepped = {e.subject.name for e in _left_out(view)}
    for name, item in _plain_heads(view):
        if view.main in bound_in(item) or not _of_a_step(item, view, stepped):
            yield Evidence(Subject("place of the step", name), "left out", -4, item.span)


def _plain_heads(view: View) -> Iterator[tuple[str, Relation]]:
    """The relations that give a name without any script, or with a label alone."""
    gates = _running(view)
    for tree in view.corpus.trees:
        for item in listed(tree):
            name = _plain_head(item, gates)
            if name is not None and isinstance(item, Relation):
                yield name, item


def _plain_head(item: Node, gates: Collection[str] = ()) -> str | None:
    """The name that a relation gives, written without any script but the letter of a gate, the f of `z_f`."""
    head = given(item.sides[0]) if isinstance(item, Relation) and item.names[0] in {"=", ":="} else None
    if head is None or head.bracket is not None or head.occurrence.sups:
        return None
    subs = head.occurrence.subs
    labelled = len(subs) == 1 and label_text(subs[0]) in gates
    return head.occurrence.name if labelled or not subs else None


def _derives(side: Node | None) -> bool:
    """Whether a derivative stands in a formula: then it says something of what it gives a name, and defines nothing."""
    return side is not None and any(token.text == r"\partial" for token in leaves(side))


_EXAMPLES: Mapping[Slot, tuple[str, str]] = {
    "sub0": (r"$$h_t = \tanh(W h_{t-1} + U x_t)$$", r"$$h^{(t)}_i = \tanh(\sum_j W_{ij} h^{(t-1)}_j)$$"),
    "bracket": (r"$$h^{(t)} = \tanh(W h^{(t-1)} + U x^{(t)})$$", r"$$h^{(1)}_t = \tanh(W h^{(1)}_{t-1} + U x_t)$$"),
    "argument": (r"$$h(t) = \tanh(W h(t-1) + U x(t))$$", r"$$h_t = f(W h_{t-1} + U x_t)$$"),
    "sub1": (r"$$h_{i,t} = \tanh(\sum_j W_{ij} h_{j,t-1})$$", r"$$h_{t,i} = \tanh(\sum_j W_{ij} h_{t-1,j})$$"),
    "sup": (
        r"$$h^t = \tanh(W h^{t-1} + U x^t)$$",
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial h_t}{\partial h_0} = W^t$$",
    ),
}
_IDS: Mapping[Slot, str] = {
    "sub0": "below", "bracket": "in-brackets-above", "argument": "as-an-argument", "sub1": "behind-an-index",
    "sup": "above",
}  # fmt: skip

ROWS = (
    *(
        Convention(
            f"place/{_IDS[slot]}",
            "place of the step",
            f"the step stands {where}",
            _carried(slot),
            *_EXAMPLES[slot],
        )
        for slot, where in SLOTS.items()
        if slot in _EXAMPLES
    ),
    Convention(
        "place/as-others",
        "place of the step",
        "letters that are steps of others in a place are steps there",
        _as_others,
        r"$$h^{(t)} = \tanh(W h^{(t-1)})$$ $$\frac{\partial h^{(k)}}{\partial z^{(k)}}$$",
        r"$$h^{(t)} = \tanh(W h^{(t-1)})$$ $$z^{(l)} = W h^{(t)}$$",
    ),
    Convention(
        "place/with-its-formula",
        "place of the step",
        "the letter below the left side is the step of the state that its formula reads",
        _with_its_formula,
        r"$$h_t = \tanh(W h_{t-1})$$ $$E_n = (v^\top h_n - y_n)^2$$",
        r"$$h_t = \tanh(W h_{t-1})$$ $$c_n = v_n^2$$",
    ),
    Convention(
        "place/second-sequence",
        "place of the step",
        "a formula for a quantity reads the one before it, in a letter of a second sequence",
        _in_own_recurrence,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$s_i = \tanh(R s_{i-1} + Q y_{i-1})$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$s_i = \tanh(R s_{i+1})$$",
    ),
    Convention(
        "place/copy",
        "place of the step",
        "a parameter that is differentiated by step for step has a copy at each",
        _copies,
        r"$$h_t = \tanh(W h_{t-1})$$ $$\frac{\partial h_t}{\partial h_k}$$ $$\frac{\partial h_t}{\partial W_k}$$",
        r"$$h_{t,k} = \tanh(\sum_j W_{kj} h_{t-1,j} + b_k)$$ $$\frac{\partial h_t}{\partial b_k}$$",
    ),
    Convention(
        "place/at-the-last-step",
        "place of the step",
        "what there is at the last step alone carries it where the others carry theirs",
        _at_the_last,
        r"$$h(t) = \tanh(W h(t-1) + U x(t))$$ $$o(n) = V h(n)$$ $$L = \sum_{t=1}^n v^\top h(t)$$",
        r"$$h(t) = \tanh(W h(t-1) + U x(t))$$ $$o = a(n) V h(n)$$ $$L = v^\top h(t)$$",
    ),
    Convention(
        "place/left-out",
        "place of the step",
        "a name that is given by quantities of one step belongs to that step",
        _left_out,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$E = \frac12 (h_t - d_t)^2$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$E = \sum_t (h_t - d_t)^2$$",
    ),
    Convention(
        "place/total",
        "place of the step",
        "a name that is given by a sum over the steps, or without any, has no step",
        _total,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$E = h_t^2$$ $$E = \sum_t h_t^2$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$E = h_t^2$$",
        against=True,
    ),
    Convention(
        "place/partial-sum",
        "place of the step",
        "a sum that ends at its own step is a quantity of that step",
        _partial_sums,
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$J_k = \sum_{t=1}^k L_t(h_t)$$",
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$a_k = \sum_{j=1}^n W_{kj}$$",
    ),
)
