r"""Definitions -> definitions in which a step uses its copy of a weight, where the note differentiates by such a copy.

`\frac{\partial L}{\partial W^{(k)}}` is the part of the gradient that the use of `W` at step `k` makes. With
`W^{(t)} = W` for every step, and `W^{(t)}` in the formulas of step `t`, it is a derivative like others, and that by
`W` is the sum of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bptt_symbolic.meaning.names import as_written, homonym_of, letter_of
from bptt_symbolic.meaning.network import Definition
from bptt_symbolic.meaning.terms import Affine, Deriv, Ref, Term, rebuild, walk
from bptt_symbolic.reporting.grounds import Fact


def copied_weights(
    definitions: Mapping[str, Definition], mentioned: Sequence[Term]
) -> tuple[dict[str, Definition], tuple[Fact, ...]]:
    """The definitions with a copy of each weight that the note differentiates by with a step, and of others of its
    letter that it writes with one; each copy is said.
    """
    by = (r for term in mentioned for x in walk(term) if isinstance(x, Deriv) for r in walk(x.by))
    letters = {letter_of(r.name) for r in by if isinstance(r, Ref) and r.time is not None}
    stepped = {x.name for term in mentioned for x in walk(term) if isinstance(x, Ref) and x.time is not None}
    names = {name for name in stepped if letter_of(name) in letters}
    whole = {homonym_of(name): name for name in sorted(names - definitions.keys())}
    used = {x.name for d in definitions.values() if d.var is not None for x in walk(d.body) if isinstance(x, Ref)}
    whole = {homonym: name for homonym, name in whole.items() if homonym in used - definitions.keys()}
    if not whole:
        return dict(definitions), ()
    found = {
        n: d if d.var is None else replace(d, body=_with_copies(d.body, d.var, whole)) for n, d in definitions.items()
    }
    copies = {name: Definition(name, Ref(homonym), "t") for homonym, name in whole.items()}
    said = (Fact(n, f"{as_written(n)}_t is the copy of {as_written(n)} that step t uses", "convention") for n in copies)
    return copies | found, tuple(said)


def _with_copies(term: Term, var: str, whole: Mapping[str, str]) -> Term:
    if isinstance(term, Ref) and term.time is None and term.name in whole:
        return replace(term, name=whole[term.name], time=Affine.of(var))
    if isinstance(term, Deriv):
        return term
    return rebuild(term, lambda child: _with_copies(child, var, whole))
