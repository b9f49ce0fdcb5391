"""Two sides -> whether they are one formula, once sums stand before derivatives: true whatever its parts mean."""

from bptt_symbolic.meaning.terms import Add, Deriv, Neg, Sum, Term, free_names, rebuild


def one_formula(left: Term, right: Term) -> bool:
    """Whether linearity of the derivative alone makes one side the other."""
    return _spread(left) == _spread(right)


def _spread(term: Term) -> Term:
    """The term with total derivatives of sums, and of what has a minus before it, taken term by term."""
    if isinstance(term, Deriv) and term.mode == "total":
        of = term.of
        if isinstance(of, Add | Neg) or (isinstance(of, Sum) and of.var not in free_names(term.by)):
            return _spread(rebuild(of, lambda part: Deriv(part, term.by, term.mode, term.layout, term.span)))
    return rebuild(term, _spread)
